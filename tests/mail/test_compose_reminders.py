"""Reminders, the digest, what the office recorded, and the invitation to an account, as they are read."""

from dataclasses import replace

import pytest

from signoff.domain.answers import AnswerKind
from signoff.domain.mail import MailKind
from signoff.mail.compose import compose_message
from tests.factories import NOW
from tests.mail.samples import BASE, LINK, TOKEN, composed, mail, part, to_staff

OTHER = "W10.other"
STAFF = tuple(kind for kind in MailKind if kind.is_for_account and kind is not MailKind.TEST)


def sent(kind: MailKind, **changed: object):
    return compose_message(to_staff(kind, **changed), token="set-up-token", base_url=BASE, now=NOW)


def test_a_person_with_two_open_papers_finds_both_links_each_alone_on_its_line() -> None:
    first, second = mail(MailKind.REMINDER), mail(MailKind.REMINDER)
    second = replace(
        second,
        edition=replace(second.edition, text=replace(second.edition.text, title="Hitzeschutz")),
    )
    message = compose_message(
        replace(first, further_contexts=(second,)),
        token=TOKEN,
        more=[OTHER],
        base_url=BASE,
        now=NOW,
    )
    lines = part(message, "plain").splitlines()
    assert [line for line in lines if "/s/" in line] == [LINK, f"{BASE}/s/{OTHER}"]
    assert "- Hitzeschutz (Stadt Musterhausen)" in lines
    assert lines.count("Frist: Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)") == 2
    assert part(message, "html").count('href="https') == 2
    assert (
        str(message["Subject"])
        == "Erinnerung: 2 Rückmeldungen stehen noch aus, die erste bis 26. Februar 2027"
    )


def test_a_reminder_names_paper_member_and_deadline_and_offers_a_meeting_date() -> None:
    text = " ".join(part(composed(mail(MailKind.REMINDER)), "plain").split())
    assert "fehlt uns noch die Rückmeldung für Stadt Musterhausen" in text
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)." in text
    assert "nennen Sie uns dort bitte den Sitzungstermin" in text


def test_what_the_office_recorded_is_repeated_whole_and_called_so() -> None:
    message = composed(mail(MailKind.RECORDED, AnswerKind.COSIGN))
    text = part(message, "plain")
    assert str(message["Subject"]).startswith(
        "MZ-2027-0024: Rückmeldung durch die Geschäftsstelle erfasst"
    )
    assert "Rückmeldung: mitgezeichnet" in text
    assert "Nummer der Vorlage: VO/2027/0012" in text


@pytest.mark.parametrize("kind", STAFF)
def test_mail_to_the_offices_people_has_the_same_letterhead(kind: MailKind) -> None:
    message, again = sent(kind), sent(kind)
    assert message["To"].addresses[0].addr_spec == "buero@staedteforum.example"
    assert message["To"].addresses[0].display_name == "Müller, Büro"
    assert str(message["Reply-To"]) == "Geschäftsstelle <mitzeichnung@staedteforum.example>"
    assert message["Message-ID"] == again["Message-ID"]
    assert message["List-Id"] == "<office.mitzeichnung.staedteforum.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Thu, 21 Jan 2027 10:45:00 +0100"
    assert all(
        len(line) <= 76 or line.startswith("https") for line in part(message, "plain").splitlines()
    )
    assert "\n\n\n" not in part(message, "plain")


def test_the_digest_says_where_each_round_stands_and_shows_no_members_link() -> None:
    text = part(sent(MailKind.DIGEST), "plain")
    for words in (
        "1 von 2 haben mitgezeichnet.",
        "Ohne Rückmeldung: 1",
        "letzten sieben Tagen: 1",
        f"{BASE}/office/",
    ):
        assert words in text
    assert "/s/" not in text
    assert "set-up" not in text


def test_the_invitation_to_an_account_carries_its_set_up_link_alone_on_a_line() -> None:
    assert (
        f"{BASE}/login/set-up/set-up-token"
        in part(sent(MailKind.ACCOUNT_INVITATION), "plain").splitlines()
    )


def test_the_link_to_a_new_password_stands_alone_on_a_line_and_says_how_long_it_holds() -> None:
    text = part(sent(MailKind.PASSWORD_LINK), "plain")
    assert f"{BASE}/login/password/set-up-token" in text.splitlines()
    assert "Der Link gilt eine Stunde und nur einmal." in " ".join(text.split())


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.RECORDED])
def test_an_english_reader_gets_an_english_frame(kind: MailKind) -> None:
    german = mail(kind, AnswerKind.COSIGN if kind is MailKind.RECORDED else None)
    message = composed(replace(german, link=replace(german.link, language="en")))
    assert message["Content-Language"] == "en"
    assert (
        "Dear Sir or Madam" in part(message, "plain")
        or "Dear" in part(message, "plain").splitlines()[0]
    )


@pytest.mark.parametrize("kind", STAFF)
def test_an_english_association_writes_to_its_people_in_english(kind: MailKind) -> None:
    base = to_staff(kind)
    assert (
        sent(kind, association=replace(base.association, language="en"))["Content-Language"] == "en"
    )
