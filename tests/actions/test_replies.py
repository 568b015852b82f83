"""What comes to the mailbox: which mail it is about, and replies that wait for the office."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.mail import Bounce, BounceType, MailboxError, OutboxMessage
from signoff.domain.replies import Reply
from signoff.domain.round_status import MailState
from signoff.mail import bounces
from signoff.mail.message import BouncePath
from signoff.services import build_services
from tests.actions.test_mail_delivery import notices_to_account
from tests.factories import sign
from tests.world import MAYOR, World

CASES = Path(__file__).parents[1] / "data" / "mail"
STRANGER = "jemand@anderswo.example"


def write(subject: str = "AW: Mitzeichnung", sender: str = MAYOR, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "forum@forum.example", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Wir zeichnen mit.\n\nAm 01.03.27 um 09:00 schrieb Forum:\n> Guten Tag")
    return message


def read(world: World, *messages: EmailMessage | bytes) -> tuple[Counter[BounceType], list[int]]:
    """Read a mailbox with these messages; also returns which of them were marked as read."""
    seen: list[int] = []
    contents = [each if isinstance(each, bytes) else each.as_bytes() for each in messages]
    unread = [
        (content, lambda number=number: seen.append(number))
        for number, content in enumerate(contents)
    ]
    return actions.mail.process_messages(world.db, world.services, unread), seen


def invitation(world: World, email: str = MAYOR) -> EmailMessage:
    (message,) = world.messages_to(email)
    return message


def outbox_row(world: World, email: str = MAYOR) -> OutboxMessage:
    access = world.access(email)
    rows = store.outbox.list_for_invitation(world.db, access.invitation.id)
    return next(row for row, _ in rows if row.link_id == access.link.id)


def report(returned: str = "", recipient: str = MAYOR, to: str = "forum@forum.example") -> bytes:
    return (
        f"From: MAILER-DAEMON@mx.example\nTo: {to}\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        f"Content-Type: text/rfc822-headers\n\n{returned}\n\n--b--\n"
    ).encode()


def replies(world: World, email: str = MAYOR) -> list[Reply]:
    return store.replies.list_for_invitation(world.db, world.access(email).invitation.id)


@pytest.fixture
def sent(world: World) -> World:
    world.opened()
    world.work()
    return world


# which mail it is about


def test_a_report_names_the_mail_by_its_return_path_anywhere(sent: World) -> None:
    returns = BouncePath("bounces@forum.example", sent.settings.keys.links)
    path = returns.build_address(outbox_row(sent).id)
    assert read(sent, report(f"Return-Path: <{path}>", STRANGER))[0][BounceType.BOUNCE] == 1
    assert outbox_row(sent).state is MailState.BOUNCED


def test_a_report_names_the_mail_by_our_message_id(sent: World) -> None:
    returned = f"Message-ID: {invitation(sent)['Message-ID']}"
    assert read(sent, report(returned, STRANGER))[0][BounceType.BOUNCE] == 1
    assert outbox_row(sent).state is MailState.BOUNCED


def test_a_message_id_cannot_be_made_up(sent: World) -> None:
    made_up = str(invitation(sent)["Message-ID"])
    hashed = made_up.split(".")[1]
    returned = f"Message-ID: {made_up.replace(hashed, '0' * 16)}"
    counts, seen = read(sent, report(returned, STRANGER))
    assert (counts[BounceType.UNRELATED], seen) == (1, [])


def test_an_address_alone_names_the_only_mail_that_went_to_it_lately(sent: World) -> None:
    assert read(sent, report())[1] == [0]
    assert outbox_row(sent).state is MailState.BOUNCED


def test_an_address_that_got_two_mails_or_an_old_one_names_none(sent: World) -> None:
    sent.now += timedelta(days=15)
    assert read(sent, report())[1] == []
    sent.now -= timedelta(days=15)
    sent.answer(MAYOR, sign())
    sent.work()
    assert len(sent.messages_to(MAYOR)) == 2
    assert read(sent, report())[1] == []


def test_mail_about_none_of_ours_stays_unread(sent: World) -> None:
    before = sent.contents()
    counts, seen = read(sent, write(), write(Auto_Submitted="auto-replied"))
    assert (counts, seen) == ({BounceType.UNRELATED: 2}, [])
    assert sent.contents() == before


# nothing that a stranger writes stops the reading


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("autoreply-from-raw-latin1.eml", BounceType.AUTOREPLY),
        ("autoreply-from-raw-utf8.eml", BounceType.AUTOREPLY),
        ("control-plain-dsn.eml", BounceType.BOUNCE),
        ("report-without-status-part.eml", BounceType.BOUNCE),
        ("text-only-daemon-failure.eml", BounceType.BOUNCE),
    ],
)
def test_each_case_is_recorded_and_the_mail_behind_it_is_read(
    sent: World, case: str, expected: BounceType
) -> None:
    returns = BouncePath("bounces@forum.example", sent.settings.keys.links)
    path = returns.build_address(outbox_row(sent).id).encode()
    content = (CASES / case).read_bytes()
    content = content.replace(b"{RETURN_PATH}", path).replace(b"{RECIPIENT}", MAYOR.encode())
    behind = write(In_Reply_To=invitation(sent)["Message-ID"])
    counts, seen = read(sent, content, behind)
    assert counts == {expected: 1, BounceType.REPLY: 1}
    assert seen == [0, 1]
    assert outbox_row(sent).returned_at


def test_a_mail_that_no_parser_takes_is_counted_and_stepped_over(
    sent: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(message: object) -> None:
        raise RecursionError

    monkeypatch.setattr(bounces, "find_failures", fail)
    behind = write(In_Reply_To=invitation(sent)["Message-ID"])
    counts, seen = read(sent, b"From: mailer-daemon@x.example\n\nx", behind)
    assert counts == {BounceType.UNREADABLE: 1, BounceType.REPLY: 1}
    assert seen == [0, 1]


def test_what_cannot_be_stored_is_stepped_over(sent: World) -> None:
    classify = sent.services.classify
    strange = Bounce(BounceType.BOUNCE, addresses=("\udcff@x.example",))
    sent.services = replace(
        sent.services, classify=lambda content: strange if content == b"x" else classify(content)
    )
    behind = write(In_Reply_To=invitation(sent)["Message-ID"])
    counts, seen = read(sent, b"x", behind)
    assert counts == {BounceType.UNREADABLE: 1, BounceType.REPLY: 1}
    assert seen == [0, 1]


# what is shown beside the mail


def test_what_no_rule_understands_is_kept_to_be_read(sent: World) -> None:
    path = BouncePath("b@f.example", sent.settings.keys.links).build_address(outbox_row(sent).id)
    odd = write("Ihre Nachricht", Return_Path="<>", Delivered_To=path)
    assert read(sent, odd)[0] == {BounceType.UNKNOWN: 1}
    row = outbox_row(sent)
    assert row.needs_reading
    assert row.state is MailState.SENT
    assert "Wir zeichnen mit." in row.returned_text
    before = sent.contents()
    read(sent, odd)
    assert sent.contents() == before


def test_an_out_of_office_is_no_bounce_and_no_reply(sent: World) -> None:
    away = write("Abwesend", In_Reply_To=invitation(sent)["Message-ID"], Precedence="auto_reply")
    assert read(sent, away)[0] == {BounceType.AUTOREPLY: 1}
    assert outbox_row(sent).autoreplied_at
    assert not outbox_row(sent).needs_reading
    assert replies(sent) == []


# replies


def test_a_reply_waits_with_its_invitation_and_counts_for_nothing(sent: World) -> None:
    message = write(References=f"<x@y> {invitation(sent)['Message-ID']}")
    assert read(sent, message, message) == ({BounceType.REPLY: 2}, [0, 1])
    (reply,) = replies(sent)
    assert (reply.sender, reply.text, reply.settled_at) == (MAYOR, "Wir zeichnen mit.", None)
    assert "schrieb Forum" in reply.whole_text
    assert reply.is_known_sender
    kept = sent.services.archive.scan_path(reply.sha256, "eml").read_bytes()
    assert kept == message.as_bytes()
    assert sent.invitation_status("01").version is None
    assert sent.events().count("reply_received") == 1


def test_a_reply_by_somebody_else_says_so(sent: World) -> None:
    read(sent, write(sender=STRANGER, In_Reply_To=invitation(sent)["Message-ID"]))
    (reply,) = replies(sent)
    assert not reply.is_known_sender


def test_the_moment_of_receipt_is_that_of_the_mailbox_and_never_in_the_future(sent: World) -> None:
    reference = invitation(sent)["Message-ID"]
    early = sent.now - timedelta(minutes=5)
    for moment in (early, sent.now + timedelta(days=300)):
        stamp = f"from a by b; {moment:%a, %d %b %Y %H:%M:%S} +0000"
        read(sent, write(str(moment), In_Reply_To=reference, Received=stamp))
    later, first = replies(sent)
    assert (first.received_at, later.received_at) == (early.replace(microsecond=0), sent.now)


def test_settling_a_reply_is_one_entry(sent: World) -> None:
    read(sent, write(In_Reply_To=invitation(sent)["Message-ID"]))
    (reply,) = replies(sent)
    for _ in range(2):
        actions.replies.settle(sent.db, reply, "staff/1", sent.now)
    assert store.replies.list_unsettled(sent.db) == []
    assert sent.events().count("reply_settled") == 1


# where replies go


@pytest.mark.parametrize(("imap_url", "comes_to_us"), [("", False), ("imaps://u:p@x/", True)])
def test_replies_come_to_the_mailbox_only_where_one_is_read(
    sent: World, imap_url: str, comes_to_us: bool
) -> None:
    settings = replace(sent.settings, bounces_address="b@forum.example", imap_url=imap_url)
    row = outbox_row(sent)
    context = store.mail.load(sent.db, row)
    assert context
    message = build_services(settings).compose(context, sent.now)
    (reply_to,) = message["Reply-To"].addresses
    returns = BouncePath("b@forum.example", settings.keys.links)
    assert (returns.parse_outbox_id(reply_to.addr_spec) == row.id) is comes_to_us
    assert comes_to_us or reply_to.addr_spec == store.association.get(sent.db).email


def test_a_reply_to_the_return_path_needs_no_reference(sent: World) -> None:
    path = BouncePath("b@f.example", sent.settings.keys.links).build_address(outbox_row(sent).id)
    read(sent, write(Delivered_To=path))
    assert len(replies(sent)) == 1


# the worker reads the mailbox


def test_a_mailbox_that_hangs_holds_no_mail_up(world: World) -> None:
    world.opened()
    stop, hanging, over = threading.Event(), threading.Event(), threading.Event()

    def hang() -> Iterator[tuple[bytes, object]]:
        hanging.set()
        over.wait()
        yield from ()

    def post(message: EmailMessage) -> None:
        hanging.wait()
        world.post(message)
        stop.set()

    world.settings = replace(world.settings, imap_url="imaps://u:p@mail.example/")
    try:
        with world.worker(open_mailbox=hang, send_mail=post) as worker:
            worker.run_forever(stop)
        assert world.postbox
    finally:
        over.set()


def test_an_odd_answer_of_the_server_does_not_end_the_reading(world: World) -> None:
    stop, said = threading.Event(), []

    def answer_oddly() -> Iterator[tuple[bytes, object]]:
        stop.set()
        raise TypeError("NoneType")

    world.settings = replace(world.settings, imap_url="imaps://u:p@mail.example/")
    with world.worker(open_mailbox=answer_oddly) as worker:
        worker.say = lambda message, **facts: said.append(message % facts)
        worker.repeat(worker.read_mailbox, 1, stop)
    assert said == ["unterbrochen: NoneType"]


def test_a_mailbox_that_cannot_be_read_is_recorded_until_it_can(world: World) -> None:
    def refuse() -> Iterator[tuple[bytes, object]]:
        raise MailboxError("Der Server %(hostname)s antwortet nicht.", hostname="mail.example")

    world.settings = replace(world.settings, imap_url="imaps://u:p@mail.example/")
    with world.worker(open_mailbox=refuse) as worker:
        worker.read_mailbox(world.db)
    reading = store.outbox.find_mailbox_reading(world.db)
    assert reading
    assert reading.problem % reading.facts == "Der Server mail.example antwortet nicht."
    with world.worker(open_mailbox=lambda: iter(())) as worker:
        worker.read_mailbox(world.db)
    reading = store.outbox.find_mailbox_reading(world.db)
    assert reading
    assert reading.problem == ""


def test_a_report_about_mail_to_an_account_is_recorded(world: World) -> None:
    world.opened()
    account = notices_to_account(world, 1)
    world.work()
    notice = next(each for each in world.postbox if "second_factor" in each["Message-ID"])
    assert read(world, report(f"Message-ID: {notice['Message-ID']}"))[0] == {BounceType.BOUNCE: 1}
    entry = store.audit.find_latest(world.db)
    assert entry
    assert entry.subject == f"staff/{account}"
