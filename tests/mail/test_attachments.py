"""The files that the office attaches, as a mail server receives them."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

import pytest

from signoff.domain.mail import MailAttachment, MailKind
from signoff.exports.mail_files import MailFileBuilder
from signoff.holidays import HolidayCalendar
from signoff.mail.compose import compose_message
from signoff.mail.message import serialize_message
from tests.factories import NOW
from tests.mail.samples import BASE, LINK, TOKEN, mail, part
from tests.mail.test_transport_smtp import Server, posting, running

DRAFT = b"%PDF-1.7 \x00\xff" + b"x" * 100_000
BOTH = (MailAttachment.DRAFT, MailAttachment.CALENDAR)


def compose(draft: bytes = DRAFT, language: str = "de", **changed: object) -> EmailMessage:
    base = mail(MailKind.INVITATION, attachments=BOTH, draft_sha256="ab" * 32, **changed)
    context = replace(base, link=replace(base.link, language=language))
    build = MailFileBuilder(lambda digest: draft, HolidayCalendar(), "mitzeichnung.example")
    return compose_message(context, token=TOKEN, base_url=BASE, now=NOW, build_files=build)


def list_files(message: EmailMessage) -> dict[str, bytes]:
    return {
        str(file.get_filename()): file.get_payload(decode=True)
        for file in message.iter_attachments()
    }


def test_the_files_arrive_whole_and_the_mail_names_them() -> None:
    with running(server := Server()) as address, posting(address) as post:
        post(compose())
    (envelope,) = server.accepted
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert not message.defects
    files = list_files(message)
    assert files["MZ-2027-0024-entwurf.pdf"] == DRAFT
    calendar = files["MZ-2027-0024-frist.ics"].decode()
    assert "DTSTART;VALUE=DATE:20270226" in calendar
    assert TOKEN not in calendar
    text = part(message, "plain")
    assert "Dieser E-Mail ist beigefügt: Entwurf des Papiers (PDF), Frist" in " ".join(text.split())
    assert LINK in text.splitlines()
    assert "<h1" in part(message, "html")


def test_an_english_mail_has_english_file_names() -> None:
    assert list(list_files(compose(language="en"))) == [
        "MZ-2027-0024-draft.pdf",
        "MZ-2027-0024-deadline.ics",
    ]


@pytest.mark.parametrize("draft", [b"", b"x" * 3_750_001])
def test_a_file_that_is_missing_or_too_large_is_left_out_and_named(draft: bytes) -> None:
    message = compose(draft)
    assert list(list_files(message)) == ["MZ-2027-0024-frist.ics"]
    text = " ".join(part(message, "plain").split())
    assert "noch nicht fertig: Entwurf des Papiers (PDF). Sie finden alles" in text
    assert "Dieser E-Mail ist beigefügt: Frist für den Kalender (ICS)." in text


def test_the_bytes_of_a_mail_stay_below_the_limit_and_equal_those_of_the_library() -> None:
    message = compose(b"x" * 3_740_000)
    assert len(list_files(message)) == 2
    assert len(serialize_message(message)) < 5_300_000
    assert serialize_message(compose()) == compose().as_bytes()


def test_without_a_choice_nothing_is_attached() -> None:
    build = partial(pytest.fail, "files were built")
    message = compose_message(
        mail(MailKind.INVITATION), token=TOKEN, base_url=BASE, now=NOW, build_files=build
    )
    assert not list_files(message)
    assert message.get_content_type() == "multipart/alternative"
