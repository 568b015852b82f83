"""Every kind of mail as its recipient reads it."""

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.mail import MailKind, UnmailableError
from signoff.domain.rounds import Terms
from signoff.mail.compose import compose_message
from tests.factories import DEADLINE, FORUM, NOW, PAPER
from tests.mail.samples import BASE, ID, LINK, TOKEN, all_mails, composed, mail, part, to_staff

MAILS = all_mails()
every_mail = pytest.mark.parametrize("name", MAILS)
OBJECTION = f"{LINK}/objection"
LINKS = {kind: [LINK] for kind in MailKind} | {
    MailKind.CANCELLED: [],
    MailKind.ENDED: [],
    MailKind.RELEASED: [],
    MailKind.RETRACTED: [],
    MailKind.FOLLOW_UP: [],
    MailKind.DELEGATION_NOTICE: [f"{LINK}/links"],
    MailKind.RECEIPT: [LINK, OBJECTION],
    MailKind.WITHDRAWAL: [LINK, OBJECTION],
    MailKind.CORRECTION: [LINK, OBJECTION],
}
TO_MEMBERS = list(MAILS)
every_mail_to_members = pytest.mark.parametrize("name", TO_MEMBERS)
ADDRESS = re.compile(r"https?://\S+")


def received(message: EmailMessage) -> EmailMessage:
    """The message as a mail program reads it from its bytes."""
    return message_from_bytes(message.as_bytes(), policy=policy.default)


@every_mail
def test_link_is_alone_on_its_line(name: str) -> None:
    lines = part(received(composed(MAILS[name])), "plain").splitlines()
    links = [line for line in lines if "/s/" in line and not line.startswith("> ")]
    leads_back = name in ("released-late", "released-sign")
    assert links == ([LINK] if leads_back else LINKS[MAILS[name].message.kind])


@every_mail
def test_text_lines_have_at_most_76_columns_except_addresses(name: str) -> None:
    for line in part(composed(MAILS[name]), "plain").splitlines():
        assert len(line) <= (160 if ADDRESS.fullmatch(line) else 76), line
        assert "\u00a0" not in line
        assert line == line.rstrip() or line == "-- "


@every_mail_to_members
def test_text_names_sender_and_telephone_and_has_no_open_placeholders(name: str) -> None:
    text = part(composed(MAILS[name]), "plain")
    assert "Sehr geehrte Damen und Herren," in text
    assert "0221 4710-128" in text
    assert "\n-- \nStädteforum Öffentlicher Raum e. V., Musterstraße 1, 50667 Köln\n" in text
    assert not re.search(r"\n\n\n|[{}]|None|\(\)|„“", text)
    assert MAILS[name].link.email in text


@every_mail
def test_text_and_html_say_the_same(name: str) -> None:
    message = composed(MAILS[name])
    spoken = re.sub(r"<(style|head).*?</\1>|<[^>]+>", " ", part(message, "html"), flags=re.DOTALL)
    rich = set(re.findall(r"\w+", html.unescape(spoken).casefold()))
    plain = set(re.findall(r"\w+", part(message, "plain").casefold()))
    assert not plain - rich


@every_mail
def test_the_html_fetches_nothing_and_names_no_other_address(name: str) -> None:
    rich = part(composed(MAILS[name]), "html")
    assert not re.search(
        r"<(img|link|script|iframe|object|form|input|svg|video|base)\b|@import|url\(|\bon\w+=", rich
    )
    named = re.findall(r'href="(https?:[^"]+)"', rich)
    assert all(address.startswith(f"{BASE}/") for address in named)
    assert '<meta name="color-scheme" content="light dark">' in rich
    assert rich.startswith('<!doctype html>\n<html lang="de">')
    assert rich.count("<h1") == 1
    assert max(map(len, composed(MAILS[name]).as_bytes().split(b"\r\n"))) <= 160


@every_mail_to_members
def test_headers_mark_automatic_mail_and_set_the_reply_address(name: str) -> None:
    message = received(composed(MAILS[name]))
    assert (
        str(message["From"])
        == '"Städteforum Öffentlicher Raum e. V." <mitzeichnung@staedteforum.example>'
    )
    assert str(message["To"]) == f"{MAILS[name].link.name} <{MAILS[name].link.email}>"
    assert str(message["Reply-To"]) == "Geschäftsstelle <mitzeichnung@staedteforum.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<leitgedanken.mitzeichnung.staedteforum.example>"
    assert "DR" not in str(message["X-Auto-Response-Suppress"]).split(
        ", "
    )  # bounces must still come
    assert message["Content-Language"] == "de"
    assert message["Date"] == "Thu, 21 Jan 2027 10:45:00 +0100"
    assert message.get_content_type() == "multipart/alternative"
    assert [subpart.get_content_type() for subpart in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]
    assert len(message.defects) == 0
    assert TOKEN not in "".join(f"{field}{value}" for field, value in message.items())


def test_message_id_is_stable_and_does_not_contain_the_id_of_the_link() -> None:
    first = composed(mail(MailKind.RECEIPT, AnswerKind.COSIGN))
    second = composed(mail(MailKind.RECEIPT, AnswerKind.COSIGN), NOW + timedelta(hours=5))
    assert (
        first["Message-ID"]
        == second["Message-ID"]
        == "<receipt.e95d1e6bead615be.1.7@mitzeichnung.staedteforum.example>"
    )
    assert ID not in first.as_string()
    assert (
        first.as_bytes().split(b"\r\n")[2:] == second.as_bytes().split(b"\r\n")[2:]
    )  # all but the date


def test_mails_about_different_things_have_different_message_ids() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    variants = [
        base,
        replace(base, link=replace(base.link, generation=2)),
        replace(base, link=replace(base.link, public_id="other")),
        replace(base, message=replace(base.message, number=8)),
        mail(MailKind.CLOSED, AnswerKind.COSIGN),
    ]
    assert len({str(composed(variant)["Message-ID"]) for variant in variants}) == len(variants)


def test_the_subject_of_an_invitation_begins_with_the_deadline() -> None:
    subject = str(received(composed(mail(MailKind.INVITATION)))["Subject"])
    assert subject.startswith(
        "Bis 26. Februar 2027: Rückmeldung erbeten zu „Leitgedanken zu marginalisierten Gruppen"
    )
    assert subject.endswith("(Stadt Musterhausen)")


@every_mail
def test_every_subject_names_the_paper(name: str) -> None:
    """The receipts for three papers lie side by side in one mailbox."""
    assert "„Leitgedanken zu marginalisierten" in str(composed(MAILS[name])["Subject"])


@pytest.mark.parametrize("kind", [MailKind.RECEIPT, MailKind.WITHDRAWAL])
def test_the_subject_of_a_receipt_begins_with_the_reference_number(kind: MailKind) -> None:
    answer = AnswerKind.WITHDRAWN if kind is MailKind.WITHDRAWAL else AnswerKind.COSIGN
    assert str(composed(mail(kind, answer))["Subject"]).startswith("MZ-2027-0024: ")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (
            AnswerKind.COSIGN,
            [
                "Rückmeldung: mitgezeichnet",
                "Name in der Liste: Stadt Musterhausen",
                "Erklärt durch: Dr. Vorname Nachname, Oberbürgermeisterin",
                "Name der Person veröffentlichen: ja",
                "Grundlage: Beschluss des Rates oder eines Ausschusses",
                "Gremium: Rat der Stadt",
                "Datum des Beschlusses: 14. Januar 2027",
                "Nummer der Vorlage: VO/2027/0012",
                "Ergebnis: einstimmig",
                "Protokollnotiz:\n> Die Stadt weist auf ihren Beschluss von 2019 hin.\n> Dort ist der",
            ],
        ),
        (
            AnswerKind.DECLINE,
            [
                "Rückmeldung: nicht mitgezeichnet",
                "nur die Geschäftsstelle): Der Haushalt lässt es nicht zu.",
            ],
        ),
        (AnswerKind.NOT_COMPETENT, ["Rückmeldung: keine Befassung"]),
        (
            AnswerKind.PENDING,
            ["Tag der Sitzung: Donnerstag, 18. Februar 2027", "Gremium: Hauptausschuss"],
        ),
    ],
)
def test_a_receipt_repeats_the_whole_answer(kind: AnswerKind, expected: list[str]) -> None:
    text = part(composed(mail(MailKind.RECEIPT, kind)), "plain")
    always = [
        "Vorgangsnummer: MZ-2027-0024",
        "Ausgefüllt von (wird nicht veröffentlicht): Sachbearbeitung, Hauptamt,",
        f"Prüfsumme der Fassung (SHA-256):\n  {PAPER.digest}\n",
        "Eingegangen: Donnerstag, 21. Januar 2027, 10:42 Uhr (MEZ)",
        "Bis Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) können Sie Ihre Rückmeldung",
        "sagen Sie es der",
    ]
    for words in (*expected, *always):
        assert words in text


def test_a_refusal_is_never_called_a_signature() -> None:
    for kind in (AnswerKind.DECLINE, AnswerKind.NOT_COMPETENT, AnswerKind.PENDING):
        message = composed(mail(MailKind.RECEIPT, kind))
        assert "Mitzeichnung eingegangen" not in str(message["Subject"])
        assert "Mitzeichnung ist eingegangen" not in part(message, "plain")
        assert "in der Liste aufgeführt" not in part(
            composed(mail(MailKind.RELEASED, kind)), "plain"
        )
    assert "in der Liste aufgeführt" in part(
        composed(mail(MailKind.RELEASED, AnswerKind.COSIGN)), "plain"
    )


def test_a_receipt_sent_after_the_deadline_promises_no_change() -> None:
    late = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    assert "ändern oder zurücknehmen" in part(
        composed(late, DEADLINE - timedelta(microseconds=1)), "plain"
    )
    text = part(composed(late, DEADLINE), "plain")
    assert "ändern" not in text
    assert "Rückmeldungen werden nicht mehr angenommen." in text


def test_a_meeting_after_the_deadline_is_mentioned() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.PENDING)
    assert base.version is not None
    answer = replace(base.version.answer, expected_on=date(2027, 2, 27))
    after = replace(base, version=replace(base.version, answer=answer))
    late = replace(after, round=replace(base.round, terms=Terms(late=True)))
    assert "nach dem Ende der Frist" not in part(composed(base), "plain")
    assert "Bitte rufen Sie uns an" in part(composed(after), "plain")
    assert "Nachzeichnung" in part(composed(late), "plain")


def test_receipt_names_the_channel_letter() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    assert base.version is not None
    context = replace(base, version=replace(base.version, channel=Channel.LETTER))
    assert "Eingangsweg: per Brief" in part(composed(context), "plain")
    assert "Eingangsweg" not in part(composed(base), "plain")


def test_mail_about_an_early_closing_says_so() -> None:
    closed = mail(MailKind.CLOSED, AnswerKind.COSIGN)
    early = replace(closed.round, closed_at=datetime(2027, 2, 1, 9, 0, tzinfo=UTC))
    message = composed(replace(closed, round=early))
    assert message["Subject"].startswith("Vorzeitig geschlossen: ")
    text = " ".join(part(message, "plain").split())
    assert "vorzeitig geschlossen: am Montag, 1. Februar 2027, 10:00 Uhr (MEZ)." in text
    assert "Angekündigt war die Frist Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)." in text
    assert "> Der Landtag berät > schon im März." in text
    assert "Nachzeichnung" not in text
    late = replace(early, closing_reason="", terms=replace(early.terms, late=True))
    text = part(composed(replace(closed, round=late)), "plain")
    assert "Als Grund" not in text
    assert "Nachzeichnung" in text


def test_a_withdrawn_answer_counts_as_none() -> None:
    text = part(composed(mail(MailKind.CLOSED, AnswerKind.WITHDRAWN)), "plain")
    assert "Als Rückmeldung der Stadt Musterhausen gilt: keine Rückmeldung." in text


def test_release_mail_has_the_addresses_of_paper_and_pdf_on_separate_lines() -> None:
    lines = part(composed(mail(MailKind.RELEASED)), "plain").splitlines()
    assert f"{BASE}/papers/leitgedanken" in lines
    assert f"{BASE}/papers/leitgedanken/leitgedanken.pdf" in lines
    assert "ab" * 32 in lines


def test_paper_without_place_or_date_of_adoption_is_introduced() -> None:
    base = mail(MailKind.INVITATION)
    context = replace(base, edition=replace(base.edition, text=replace(PAPER, adopted_on=None)))
    dated = replace(base, edition=replace(base.edition, text=replace(PAPER, adopted_at="")))
    assert "die 27. Mitgliederversammlung hat in Mannheim das Positionspapier" in part(
        composed(context), "plain"
    )
    assert "die 27. Mitgliederversammlung hat am 12. November 2026 das" in part(
        composed(dated), "plain"
    )


def test_mail_to_the_only_representative_mentions_no_others() -> None:
    text = part(composed(mail(MailKind.INVITATION, other_recipients=())), "plain").replace(
        "\n", " "
    )
    assert "gelten nur für praevention@musterhausen.example. " in text


def test_input_is_not_interpreted_as_markup_or_template() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    named = replace(
        base, member=replace(base.member, official_name="<b>Stadt</b> & {{ 7 * 7 }} %(reference)s")
    )
    message = composed(named)
    assert "<b>Stadt</b>" not in part(message, "html")
    assert "&lt;b&gt;Stadt&lt;/b&gt; &amp; {{ 7 * 7 }} %(reference)s" in part(message, "html")
    assert "<b>Stadt</b> & {{ 7 * 7 }} %(reference)s" in part(message, "plain")
    assert str(message["Subject"]).endswith("(<b>Stadt</b> & {{ 7 * 7 }} %(reference)s)")


def test_link_in_a_note_is_never_alone_on_a_line() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    assert base.version is not None
    assert base.version.answer.declaration is not None
    declared = replace(base.version.answer.declaration, note=f"Siehe\n{BASE}/s/falsch\n{LINK}")
    answer = replace(base.version.answer, declaration=declared)
    lines = part(
        composed(replace(base, version=replace(base.version, answer=answer))), "plain"
    ).splitlines()
    assert [line for line in lines if line.startswith("http")] == [LINK, OBJECTION]
    assert f"> {BASE}/s/falsch" in lines


def test_long_names_and_unbroken_words_stay_within_the_columns() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    long = replace(
        base,
        member=replace(base.member, official_name="Ü" * 120),
        other_recipients=tuple(["a" * 60 + "@x.example"] * 9),
    )
    assert (
        max(
            len(line)
            for line in part(composed(long), "plain").splitlines()
            if not line.startswith(LINK)
        )
        <= 76
    )


@pytest.mark.parametrize(
    ("link_language", "member_language"), [("fr", "de"), ("", "de"), ("", "xx"), ("de", "en")]
)
def test_german_is_used_for_unsupported_languages(link_language: str, member_language: str) -> None:
    base = mail(MailKind.INVITATION)
    spoken = replace(
        base,
        link=replace(base.link, language=link_language),
        member=replace(base.member, language=member_language),
    )
    assert composed(spoken)["Content-Language"] == "de"


def test_date_has_the_time_zone_of_the_association_in_summer_and_winter() -> None:
    winter = datetime(2027, 3, 28, 0, 59, tzinfo=UTC)
    summer = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    for now, offset in ((winter, 1), (summer, 2)):
        dated = parsedate_to_datetime(str(composed(mail(MailKind.INVITATION), now)["Date"]))
        assert (dated, dated.utcoffset()) == (now, timedelta(hours=offset))


def test_a_trailing_slash_of_the_base_address_is_not_doubled() -> None:
    message = compose_message(mail(MailKind.INVITATION), token=TOKEN, base_url=f"{BASE}/", now=NOW)
    assert LINK in part(message, "plain").splitlines()


def test_a_link_too_long_for_its_line_is_refused() -> None:
    with pytest.raises(UnmailableError, match="160"):
        compose_message(
            mail(MailKind.INVITATION),
            token=TOKEN,
            base_url="https://" + "a" * 80 + ".example",
            now=NOW,
        )


def test_an_association_without_office_hours_prints_no_empty_brackets() -> None:
    text = part(composed(mail(MailKind.INVITATION, association=replace(FORUM, hours=""))), "plain")
    assert "Fragen? Rufen Sie uns an: 0221 4710-128, oder antworten Sie" in text


def test_mail_to_a_colleague_gives_the_telephone_number_and_no_objection_link() -> None:
    base = mail(MailKind.RECEIPT, AnswerKind.COSIGN)
    text = part(composed(replace(base, link=replace(base.link, representative_id=None))), "plain")
    assert OBJECTION not in text
    assert "stammt, rufen Sie bitte gleich die Geschäftsstelle an: 0221 4710-128." in " ".join(
        text.split()
    )


def test_the_message_of_a_colleague_is_quoted_and_attributed() -> None:
    lines = part(composed(mail(MailKind.DELEGATION)), "plain").splitlines()
    text = " ".join(lines)
    assert "> Können Sie das bitte übernehmen?" in lines
    assert "> https://anderswo.example/s/falsch" in lines
    assert (
        "Stabsstelle Prävention, praevention@musterhausen.example hat eine Aufgabe an Sie weitergegeben"
        in text
    )
    assert "diese Worte stammen nicht von uns" in text


def test_a_line_break_in_a_name_never_becomes_a_header() -> None:
    base = mail(MailKind.DELEGATION)
    for name in ("Amt\r\nBcc: alle@anderswo.example", "Amt\u2028x", "=?utf-8?q?x?="):
        with pytest.raises(UnmailableError):
            composed(replace(base, link=replace(base.link, name=name)))
    with pytest.raises(UnmailableError):
        composed(replace(base, link=replace(base.link, email="a@x.example, b@x.example")))


def test_the_mail_names_the_bare_domain_and_the_short_code() -> None:
    for kind in (MailKind.INVITATION, MailKind.NEW_LINK, MailKind.DELEGATION):
        text = " ".join(part(composed(mail(kind)), "plain").split())
        assert "Adresszeile Ihres Browsers mitzeichnung.staedteforum.example/s und" in text
        assert "den Kurzcode ABCD-EFGH." in text


def test_the_mail_about_an_objection_quotes_it_and_contains_no_link_of_the_member() -> None:
    message = compose_message(to_staff(MailKind.DIGEST), token=TOKEN, base_url=BASE, now=NOW)
    text = part(message, "plain")
    assert "Das Schreiben kennt hier niemand." in " ".join(text.split())
    assert TOKEN not in message.as_string()
    assert f"{BASE}/office/invitations/24" in text
    assert f"{BASE}/office/" in text.splitlines()


def test_the_result_request_names_day_and_committee() -> None:
    text = " ".join(
        part(composed(mail(MailKind.MEETING_RESULT_REQUEST, AnswerKind.PENDING)), "plain").split()
    )
    assert "am Donnerstag, 18. Februar 2027, sollte" in text
    assert "(Hauptausschuss)" in text
    late = " ".join(
        part(
            composed(mail(MailKind.MEETING_RESULT_REQUEST, AnswerKind.PENDING), DEADLINE), "plain"
        ).split()
    )
    assert "Rückmeldungen werden nicht mehr angenommen." in late
