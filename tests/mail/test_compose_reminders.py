"""Reminders, digests, recorded answers and account invitations as their recipients read them."""

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


def test_reminder_for_two_papers_has_both_links_on_separate_lines() -> None:
    first, second = mail(MailKind.REMINDER), mail(MailKind.REMINDER)
    second = replace(
        second,
        round=replace(second.round, id=first.round.id + 1),
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
    assert " ".join(lines).count("Frist: Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)") == 2
    assert part(message, "html").count('href="https') == 2
    assert (
        str(message["Subject"])
        == "Erinnerung: 2 Rückmeldungen stehen noch aus, die erste bis 26. Februar 2027"
        " (Vorgang MZ-2027-0024 und weitere)"
    )


def test_a_reminder_names_paper_member_and_deadline_and_offers_a_meeting_date() -> None:
    text = " ".join(part(composed(mail(MailKind.REMINDER)), "plain").split())
    assert "fehlt uns noch die Rückmeldung der Stadt Musterhausen" in text
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)." in text
    assert "nennen Sie uns dort bitte den Sitzungstermin" in text


def test_mail_about_a_recorded_answer_repeats_it_and_says_that_it_was_recorded() -> None:
    message = composed(mail(MailKind.RECORDED, AnswerKind.COSIGN))
    text = part(message, "plain")
    assert str(message["Subject"]).startswith(
        "MZ-2027-0024: Rückmeldung durch die Geschäftsstelle erfasst"
    )
    assert "Rückmeldung: mitgezeichnet" in text
    assert "Nummer der Vorlage: VO/2027/0012" in text


@pytest.mark.parametrize("kind", STAFF)
def test_mail_to_staff_has_the_same_letterhead(kind: MailKind) -> None:
    message, second = sent(kind), sent(kind)
    assert message["To"].addresses[0].addr_spec == "buero@staedteforum.example"
    assert message["To"].addresses[0].display_name == "Müller, Büro"
    assert str(message["Reply-To"]) == "Geschäftsstelle <mitzeichnung@staedteforum.example>"
    assert message["Message-ID"] == second["Message-ID"]
    assert message["List-Id"] == "<office.mitzeichnung.staedteforum.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] == "Thu, 21 Jan 2027 10:45:00 +0100"
    assert all(
        len(line) <= 76 or line.startswith("https") for line in part(message, "plain").splitlines()
    )
    assert "\n\n\n" not in part(message, "plain")


def test_digest_shows_the_status_of_each_round_and_no_links_of_members() -> None:
    text = part(sent(MailKind.DIGEST), "plain")
    for words in (
        "Mitgezeichnet: 1 von 2",
        "Ohne Rückmeldung: 1",
        "letzten sieben Tagen: 1",
        f"{BASE}/office/",
    ):
        assert words in text
    assert "/s/" not in text
    assert "set-up" not in text


def test_account_invitation_has_its_set_up_link_alone_on_a_line() -> None:
    assert (
        f"{BASE}/login/set-up/set-up-token"
        in part(sent(MailKind.ACCOUNT_INVITATION), "plain").splitlines()
    )


def test_password_mail_has_its_link_alone_on_a_line_and_names_its_validity() -> None:
    text = part(sent(MailKind.PASSWORD_LINK), "plain")
    assert f"{BASE}/login/password/set-up-token" in text.splitlines()
    assert "Der Link gilt eine Stunde und nur einmal." in " ".join(text.split())


@pytest.mark.parametrize("kind", [MailKind.REMINDER, MailKind.RECORDED])
def test_english_reader_gets_english_texts(kind: MailKind) -> None:
    german = mail(kind, AnswerKind.COSIGN if kind is MailKind.RECORDED else None)
    message = composed(replace(german, link=replace(german.link, language="en")))
    assert message["Content-Language"] == "en"
    assert (
        "Dear Sir or Madam" in part(message, "plain")
        or "Dear" in part(message, "plain").splitlines()[2]
    )


@pytest.mark.parametrize("kind", STAFF)
def test_staff_of_an_english_association_get_english_mail(kind: MailKind) -> None:
    base = to_staff(kind)
    assert (
        sent(kind, association=replace(base.association, language="en"))["Content-Language"] == "en"
    )
