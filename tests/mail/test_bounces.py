"""Bounces and replies as mail servers and mail programs write them."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from signoff.domain.mail import BounceType
from signoff.mail import bounces
from signoff.mail.bounces import classify_message
from signoff.mail.message import BouncePath

RETURNS = BouncePath("bounces@forum.example", [b"k" * 32])
PATH = RETURNS.build_address(4711)


def report(action: str, status: str, words: str, to: str = PATH) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@mail.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at host mail.example.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; rathaus@musterhausen.example
Original-Recipient: rfc822;rathaus@musterhausen.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words}

--b
Content-Type: text/rfc822-headers

Subject: Mitzeichnung

--b--
""".replace("\n", "\r\n").encode()


DATA = Path(__file__).parent.parent / "data"


def reply(**headers: str) -> bytes:
    message = EmailMessage()
    message["To"], message["From"] = PATH, "rathaus@musterhausen.example"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Ich bin ab dem 1. Februar wieder da.")
    return message.as_bytes()


def test_a_hard_bounce_names_its_mail_and_the_servers_words() -> None:
    bounce = classify_message(
        report("failed", "5.1.1", "550 5.1.1 <rathaus@musterhausen.example>: User unknown"), RETURNS
    )
    assert (bounce.bounce_type, bounce.message_id) == (BounceType.BOUNCE, 4711)
    assert bounce.diagnostic == "550 5.1.1 <rathaus@musterhausen.example>: User unknown"


@pytest.mark.parametrize(
    ("system", "words"),
    [
        ("exchange", "550 5.1.10 RESOLVER.ADR.RecipientNotFound"),
        ("postfix", "550 5.1.1 <rathaus@musterhausen.example>: Recipient address rejected"),
        ("exim", "550 5.1.1 <rathaus@musterhausen.example>: User unknown"),
        ("sendmail", "550 5.1.1 <rathaus@musterhausen.example>... User unknown"),
        ("notes", "User not listed in public Name & Address Book"),
        ("workmail", "550 5.1.1 <rathaus@musterhausen.example>... User Unknown"),
        ("yahoo", "550 5.1.1 <rathaus@musterhausen.example>: User Unknown"),
        ("t-online", "<rathaus@musterhausen.example> ... unknown user"),
        ("gmx", "5.1.1 <rathaus@musterhausen.example>... User unknown"),
    ],
)
def test_the_report_of_each_mail_system_tells_address_mail_and_reason(
    system: str, words: str
) -> None:
    content = (DATA / "reports" / f"{system}.eml").read_bytes()
    bounce = classify_message(content.replace(b"\n", b"\r\n"), RETURNS)
    assert bounce.bounce_type is BounceType.BOUNCE
    assert bounce.addresses == ("rathaus@musterhausen.example",)
    assert bounce.references
    assert words in bounce.diagnostic


def test_a_field_that_the_library_stumbles_over_fills_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Anybody may write to the mailbox; a traceback for each of its mails would bury the log."""
    content = (DATA / "mail" / "text-only-daemon-failure.eml").read_bytes()
    _, _, rest = content.partition(b"\nFrom:")
    classify_message(b"From: \xc3\xa4 (((\n" + rest.partition(b"\n")[2], RETURNS)
    assert not caplog.records


def test_a_delay_is_no_bounce() -> None:
    bounce = classify_message(
        report("delayed", "4.4.1", "connect to mx.example: timed out"), RETURNS
    )
    assert (bounce.bounce_type, bounce.diagnostic) == (
        BounceType.DELAY,
        "connect to mx.example: timed out",
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-replied; owner-email=x"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Subject": "Abwesenheitsnotiz: Einladung zur Mitzeichnung"},
        {"Subject": "Automatische Antwort: Größe"},
        {"Subject": "Out of Office"},
    ],
)
def test_an_automatic_reply_is_recognised(headers: dict[str, str]) -> None:
    assert classify_message(reply(**headers), RETURNS).bounce_type is BounceType.AUTOREPLY


def test_a_personal_reply_is_told_apart() -> None:
    assert classify_message(reply(Subject="AW: Einladung"), RETURNS).bounce_type is BounceType.REPLY
    assert classify_message(b"", RETURNS).bounce_type is BounceType.UNKNOWN
    assert (
        classify_message(b"\xff\xfe\x00 no mail at all", RETURNS).bounce_type is BounceType.UNKNOWN
    )


@pytest.mark.parametrize(
    "to",
    [
        "bounces+4711@forum.example",
        PATH.replace("4711", "4712"),
        PATH.replace("forum", "other"),
        BouncePath("bounces@forum.example", [b"x" * 32]).build_address(4711),
        "mitzeichnung@forum.example",
    ],
)
def test_only_a_genuine_return_path_names_a_mail(to: str) -> None:
    bounce = classify_message(report("failed", "5.1.1", "550 unknown", to), RETURNS)
    assert (bounce.message_id, bounce.references) == (None, ())


def test_return_path_is_valid_in_another_case_and_after_a_new_key() -> None:
    assert RETURNS.parse_outbox_id(PATH.upper()) == 4711
    assert BouncePath("bounces@forum.example", [b"n" * 32, b"k" * 32]).parse_outbox_id(PATH) == 4711
    assert len(PATH.partition("@")[0]) <= 64


def test_maildir_is_read_once_and_other_messages_stay_unread(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "box")
    box.add(report("failed", "5.1.1", "550 unknown"))
    box.add(reply(Subject="AW: Einladung"))
    for content, done in bounces.iter_maildir(tmp_path / "box"):
        if classify_message(content, RETURNS).bounce_type is BounceType.BOUNCE:
            done()
    left = [
        classify_message(content, RETURNS).bounce_type
        for content, _ in bounces.iter_maildir(tmp_path / "box")
    ]
    assert left == [BounceType.REPLY]
    assert len(list((tmp_path / "box").rglob("*:2,S"))) == 1


def test_other_folder_is_refused_as_maildir(tmp_path: Path) -> None:
    with pytest.raises(bounces.MailboxError):
        list(bounces.iter_maildir(tmp_path))


@pytest.mark.parametrize("url", ["", "imap://mail.example/", "pop3://mail.example", "imaps://"])
def test_unencrypted_mailbox_is_refused(url: str) -> None:
    with pytest.raises(bounces.MailboxError):
        list(bounces.iter_imap(url))
