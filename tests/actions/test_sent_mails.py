"""What the office is told about a mail is what has happened to it."""

import re
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import Bounce, BounceType, MailKind
from signoff.domain.reminders import Obstacle
from signoff.domain.round_status import MailState
from signoff.domain.rounds import Round
from signoff.mail.sent import DUMMY_CODE, DUMMY_TOKEN
from signoff.mail.transport import FolderTransport, SmtpTransport
from signoff.store.connection import transaction
from tests.factories import CAST, HESITANT, LAST_DAY, MAYOR, OFFICE, SLUG
from tests.mail.test_transport_smtp import Server, posting, running
from tests.world import World, build_instance

NEW = "neu@musterhausen.example"
LATER = date(2027, 4, 30)


@pytest.fixture
def public_world(tmp_path: Path) -> Iterator[World]:
    """An instance on a real address, without a mail server."""
    world = World(build_instance(tmp_path, "https://papiere.staedteforum.example"))
    yield world
    world.db.close()


def open_round(world: World, slug: str = SLUG, **options: object) -> Round:
    return actions.rounds.open_round(
        world.db,
        slug,
        Opening(LAST_DAY, ("voll",)),
        "office",
        world.now,
        setup_required=False,
        trial_required=False,
        **options,  # type: ignore[arg-type]
    )


def refused(world: World, slug: str = SLUG, **options: object) -> Refusal:
    """Why a round does not open."""
    with pytest.raises(Refusal) as refusal:
        open_round(world, slug, **options)
    return refusal.value


def history(world: World, email: str = MAYOR) -> list[tuple[str, MailKind, MailState]]:
    """The mail about an invitation with its addresses, the oldest first."""
    mails = store.outbox.list_for_invitation(world.db, world.access(email).invitation.id)
    return [(address, mail.kind, mail.state) for mail, address in mails[::-1]]


# what is kept


def test_a_mail_is_kept_as_the_server_took_it_without_its_link_and_code(world: World) -> None:
    world.opened()
    with running(server := Server()) as address, posting(address) as post:
        world.work(send_mail=post)
    (taken,) = (envelope for envelope in server.accepted if envelope.rcpt_tos == [MAYOR])
    message = message_from_bytes(taken.content or b"", policy=policy.default)
    link = world.access().link
    code = world.services.token_signer.short_code(link.public_id, link.generation)
    latest = store.outbox.find_latest(world.db, MailKind.INVITATION, link.id)
    assert latest
    kept = store.sent_mails.find(world.db, latest.id)
    assert kept
    for subtype, text in (("plain", kept.text), ("html", kept.html)):
        part = message.get_body((subtype,))
        assert part
        whole = part.get_content().replace("\r\n", "\n")
        assert world.links()[MAYOR] in whole
        masked = whole.replace(world.links()[MAYOR], DUMMY_TOKEN).replace(code, DUMMY_CODE)
        assert text.strip() == masked.strip()
    assert (kept.email, kept.subject) == (MAYOR, message["Subject"])
    assert "Return-Path" not in dict(kept.headers)


def test_nothing_that_opens_a_door_is_ever_stored(world: World) -> None:
    world.opened()
    world.work()
    signer = world.services.token_signer
    links = store.rounds.list_links_of_round(world.db, world.round().id)
    codes = {signer.short_code(link.public_id, link.generation) for link in links}
    contents = [
        zlib.decompress(row["content"]).decode()
        for row in world.db.conn.execute("SELECT content FROM sent_mails")
    ]
    assert len(contents) == 4
    assert all(f"/s/{DUMMY_TOKEN}" in content and DUMMY_CODE in content for content in contents)
    for secret in (*world.links().values(), *codes):
        assert not any(secret in content for content in contents)
    assert not any(re.search(r"/s/(?!muster)", content) for content in contents)


# the address


def test_a_bounce_stays_beside_the_address_it_came_from(world: World) -> None:
    world.opened()
    world.work()
    link = world.access().link
    sent = store.outbox.find_latest(world.db, MailKind.INVITATION, link.id)
    assert sent
    actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, sent.id, "550 5.1.1 User unknown"), world.now
    )
    actions.mail.correct_address(world.db, link.id, NEW, "staff/1", world.now)
    world.work()
    mails = history(world, NEW)
    assert (MAYOR, MailKind.INVITATION, MailState.BOUNCED) in mails
    assert (NEW, MailKind.INVITATION, MailState.SENT) in mails
    listed = store.outbox.list_messages(world.db, kind="", state="bounced", q="", most=9)
    assert [mail.email for mail in listed] == [MAYOR]
    assert not store.members.list_unreachable_ids(world.db)


def test_a_mail_that_the_server_refused_keeps_the_address_that_was_tried(world: World) -> None:
    world.opened()
    refusal = "550 5.1.1 No such user"
    with running(Server(rcpt=[refusal])) as address, posting(address) as post:
        world.work(send_mail=post)
    (failed,) = store.outbox.list_messages(world.db, kind="", state="failed", q="", most=9)
    tried, link_id = failed.email, failed.message.link_id
    assert link_id
    actions.mail.correct_address(world.db, link_id, NEW, "staff/1", world.now)
    assert store.outbox.find_summary(world.db, failed.message.id) == failed
    assert tried in (MAYOR, OFFICE, HESITANT)


# no mail server


def test_files_on_a_real_address_have_reached_nobody(public_world: World) -> None:
    public_world.opened()
    folder = FolderTransport(public_world.settings.outbox)
    public_world.work(send_mail=folder)
    assert len(list(public_world.settings.outbox.glob("*.eml"))) == 4
    assert store.outbox.count_by_state(public_world.db)[MailState.FOLDER] == 4
    assert store.outbox.count_totals(public_world.db)["sent"] == 0
    statuses = public_world.round_status().invitations
    assert {status.mail for status in statuses} == {MailState.FOLDER, None}
    public_world.now += timedelta(days=5)
    link = public_world.access().link
    reminded, obstacles = actions.reminders.remind_now(
        public_world.db,
        public_world.services.calendar,
        public_world.round().id,
        {link.id},
        "office",
        public_world.now,
    )
    assert (reminded, obstacles) == ([], {link.id: Obstacle.NOT_SENT})


def test_files_on_loopback_are_the_agreed_way(world: World) -> None:
    world.opened()
    world.work(send_mail=FolderTransport(world.settings.outbox))
    assert store.outbox.count_by_state(world.db)[MailState.SENT] == 4


def test_no_round_opens_grows_or_is_extended_without_a_mail_server(world: World) -> None:
    world.enrol()
    world.paper()
    assert refused(world, mail_servers=()).reason is Reason.NO_MAIL_SERVER
    round = world.open()
    before = world.contents()
    for change in (
        lambda: actions.rounds.invite_member(
            world.db, round.id, "99", "office", world.now, mail_servers=()
        ),
        lambda: actions.rounds.invite_members(
            world.db, round.id, ["99"], "office", world.now, mail_servers=()
        ),
        lambda: actions.rounds.extend(
            world.db, round.id, LATER, "office", world.now, mail_servers=()
        ),
    ):
        with pytest.raises(Refusal) as refusal:
            change()
        assert refusal.value.reason is Reason.NO_MAIL_SERVER
    assert world.contents() == before


def test_members_who_get_letters_need_no_mail_server(world: World) -> None:
    world.enrol(member for member in CAST if member.key == "04")
    world.paper()
    assert open_round(world, mail_servers=())


def test_no_round_opens_while_the_server_refuses_our_sender(world: World) -> None:
    world.opened()
    reply = "530 5.7.0 Authentication required"
    with running(Server(mail=[reply] * 4)) as address, posting(address) as post:
        world.work(send_mail=post)
        world.paper("zweites")
        refusal = refused(world, "zweites", mail_servers=("127.0.0.1",))
        assert refusal.reason is Reason.MAIL_REFUSED
        assert refusal.facts == {"words": reply}
    servers = ("127.0.0.1", "zweiter.example")  # the second one takes what the first refuses
    assert open_round(world, "zweites", mail_servers=servers)
    actions.rounds.cancel(world.db, world.round("zweites").id, "office", world.now)
    world.now += timedelta(hours=1)
    with running(Server()) as address, posting(address) as post:
        world.work(send_mail=post)
    assert world.open("zweites")


def test_an_unreachable_server_does_not_keep_a_round_from_opening(world: World) -> None:
    world.opened()
    world.work(send_mail=SmtpTransport("smtp://127.0.0.1:9", timeout=1))
    (outage,) = store.outbox.list_outages(world.db)
    assert "Errno 111" in outage.diagnostic
    world.paper("zweites")
    assert world.open("zweites")


# nobody is told the end of what they never heard of


def test_cancelling_what_never_went_out_tells_nobody(world: World) -> None:
    world.opened()
    actions.rounds.cancel(world.db, world.round().id, "office", world.now)
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": 0, "failed": 0}


def test_cancelling_tells_those_alone_whom_mail_has_left_for(world: World) -> None:
    world.opened()
    with transaction(world.db):
        first = store.outbox.claim(world.db, "w", [], 1, world.now)[0]
        store.outbox.mark_sent(world.db, [(first.id, world.now)])
    actions.rounds.cancel(world.db, world.round().id, "office", world.now)
    world.work()
    assert [message["To"].addresses[0].addr_spec for message in world.postbox] == [MAYOR]
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": 2, "failed": 0}


def test_an_invitation_that_waits_names_the_new_deadline_itself(world: World) -> None:
    world.opened()
    actions.rounds.extend(world.db, world.round().id, LATER, "office", world.now)
    world.work()
    assert len(world.postbox) == 4
    assert all("30. April 2027" in message.as_string() for message in world.postbox)


def test_nobody_is_reminded_beside_the_notice_of_a_new_deadline(world: World) -> None:
    world.opened(reminders=(60,), last_day=date(2027, 3, 19))
    world.work()
    world.now += timedelta(days=21, hours=1)
    assert actions.reminders.enqueue_reminders(world.db, world.services.calendar, world.now) == 0
    actions.rounds.extend(world.db, world.round().id, date(2027, 4, 9), "office", world.now)
    for _ in range(2):
        assert (
            actions.reminders.enqueue_reminders(world.db, world.services.calendar, world.now) == 0
        )
        world.work()
