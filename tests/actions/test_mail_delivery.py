"""Outages of the server, rate limits and bounces."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from email.utils import parseaddr

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.delivery import DeliveryError, RateLimit
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import Bounce, BounceType, MailKind
from signoff.domain.round_status import MailState
from signoff.mail.message import BouncePath
from signoff.services import build_services
from signoff.store.connection import transaction
from signoff.tokens import TokenPurpose as Salt
from tests.factories import BERLIN, HESITANT, MAYOR, OFFICE, member, sign
from tests.world import LAST_DAY, World

MANY = [
    member(f"{i:03d}", f"Ort {i}", f"Gemeinde Ort {i}", f"rathaus{i}@ort{i % 3}.example")
    for i in range(60)
]
NEW = "neu@musterhausen.example"


def down(message: EmailMessage) -> None:
    raise DeliveryError("connection refused", server=True)


def written(message: EmailMessage) -> str:
    """The text part."""
    body = message.get_body(("plain",))
    assert body
    return str(body.get_content())


def deliver(world: World, post=None, pace: RateLimit = store.outbox.UNLIMITED) -> int:  # type: ignore[no-untyped-def]
    services = replace(world.services, send_mail=post or world.services.send_mail)
    return actions.mail.deliver_batch(world.db, services, "w", rate_limit=pace)


# the breaker


def test_unavailable_server_is_tried_less_often_and_messages_keep_their_attempts(
    world: World,
) -> None:
    world.opened(rows=MANY)
    attempts = []
    for _ in range(4 * 60):
        while deliver(world, down):
            attempts.append(world.now)
        world.now += timedelta(minutes=1)
    pauses = [
        round((after - before).total_seconds() / 60)
        for before, after in zip(attempts, attempts[1:], strict=False)
    ]
    assert pauses == [0, 1, 5, 15, 60, 60, 60]
    tried = [queued.attempts for queued in notices(world)]
    assert sum(tried) == 0
    world.now += timedelta(hours=1)
    world.work()
    assert len(world.postbox) == 60
    assert store.outbox.list_outages(world.db) == []


def test_outage_is_remembered_by_the_next_worker(world: World) -> None:
    world.opened(rows=MANY)
    deliver(world, down)
    deliver(world, down)
    world.db.close()
    world.db = world.connect()
    assert deliver(world) == 0
    (outage,) = store.outbox.list_outages(world.db)
    assert outage.diagnostic == "connection refused"
    assert outage.failures == 2


def test_mail_that_breaks_the_connection_does_not_stop_the_other_mails(world: World) -> None:
    world.opened(rows=MANY)

    def break_connection(message: EmailMessage) -> None:
        if "Büro Ort 7" in str(message["To"]):
            raise DeliveryError("connection lost", server=True)
        world.postbox.append(message)

    world.work(send_mail=break_connection)
    assert len(world.postbox) == 59


def test_an_archive_that_cannot_be_written_holds_up_no_mail(world: World) -> None:
    world.opened(rows=MANY)
    prints = world.settings.archive / "prints"
    prints.parent.mkdir(exist_ok=True)
    prints.write_text("no folder")
    with world.worker() as worker, pytest.raises(OSError, match="prints"):
        worker.run_due_steps()
    assert len(world.postbox) == 60


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(days=1), timedelta(days=400)])
def test_correcting_a_fast_clock_delays_no_mail(world: World, jump: timedelta) -> None:
    world.opened(rows=MANY)
    world.now += jump
    deliver(world, down)
    deliver(world, down)
    world.now -= jump
    world.work()
    world.now += timedelta(minutes=2)
    world.work()
    assert len(world.postbox) == 60


# the pace


def test_no_minute_has_more_mails_than_the_rate_limit(world: World) -> None:
    world.opened(rows=MANY)
    per_minute = []
    while store.outbox.count_totals(world.db)["owed"]:
        before = len(world.postbox)
        while deliver(world, pace=RateLimit(overall=25)):
            pass
        per_minute.append(len(world.postbox) - before)
        world.now += timedelta(minutes=1)
    assert per_minute == [25, 25, 10]


def test_no_domain_gets_more_mails_a_minute_than_its_rate_limit(world: World) -> None:
    world.opened(rows=MANY)
    while deliver(world, pace=RateLimit(domain=4)):
        pass
    domains = [str(message["To"].addresses[0].domain) for message in world.postbox]
    assert {domain: domains.count(domain) for domain in domains} == {
        f"ort{i}.example": 4 for i in range(3)
    }


def test_mails_with_a_future_time_do_not_count_against_the_rate_limit(
    world: World,
) -> None:
    world.opened(rows=MANY)
    world.now += timedelta(days=1)
    deliver(world, pace=RateLimit(overall=25))
    world.now -= timedelta(days=1)
    assert deliver(world, pace=RateLimit(overall=25)) == 25


def test_a_rate_limited_run_waits_until_all_mail_is_sent(world: World) -> None:
    world.opened(rows=MANY)
    deliver(world, pace=RateLimit(overall=25))
    post = world.services.send_mail
    assert actions.mail.is_rate_limited(world.db, post, RateLimit(overall=25), world.now)
    assert not actions.mail.is_rate_limited(world.db, post, store.outbox.UNLIMITED, world.now)


# mail to the office's people


EDITOR = "redaktion@staedteforum.example"


def notices_to_account(world: World, count: int) -> int:
    """Enqueue ``count`` mails for one account and return its id."""
    account = actions.accounts.add(
        world.db, EDITOR, "Redaktion", Role.EDITOR, "langes Kennwort 1", "cli", world.now
    )
    with transaction(world.db):
        for number in range(1, count + 1):
            store.outbox.enqueue_for_accounts(
                world.db, MailKind.SECOND_FACTOR_RESET, [account.id], number, world.now
            )
    return account.id


def test_mail_to_accounts_keeps_the_rate_limit_of_its_domain(world: World) -> None:
    notices_to_account(world, 5)
    while deliver(world, pace=RateLimit(domain=2)):
        pass
    assert [str(message["To"].addresses[0].domain) for message in world.postbox] == [
        "staedteforum.example"
    ] * 2
    world.now += timedelta(minutes=1)
    assert deliver(world, pace=RateLimit(overall=2)) == 2


def test_obsolete_mail_is_dropped_and_the_rest_is_sent(world: World) -> None:
    world.opened()
    notices_to_account(world, 1)
    actions.accounts.disable(world.db, EDITOR, "cli", world.now)
    pending, attempts = store.outbox.count_totals(world.db)["owed"], []
    tried = actions.mail.deliver_batch(world.db, world.services, "w", on_attempt=attempts.append)
    assert tried == len(attempts) == pending
    assert len(world.postbox) == pending - 1
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": pending - 1, "failed": 0}


def test_a_change_between_two_mails_of_a_batch_is_in_the_second(world: World) -> None:
    """What the mails of a batch share is kept only as long as nobody changes it."""
    world.opened()
    office = world.connect()

    def rename(message: EmailMessage) -> None:
        world.post(message)
        with transaction(office):
            office.conn.execute("UPDATE association SET telephone = '0221 99999'")

    actions.mail.deliver_batch(world.db, replace(world.services, send_mail=rename), "w")
    first, *others = map(written, world.postbox)
    assert others
    assert "0221 99999" not in first
    assert all("0221 99999" in text for text in others)


def test_every_mail_has_its_own_return_path_and_bounces_are_recorded(world: World) -> None:
    world.opened()
    id = notices_to_account(world, 1)
    settings = replace(world.settings, bounces_address="bounces@staedteforum.example")
    returns = BouncePath(settings.bounces_address, settings.keys.links)
    services = build_services(settings)
    with transaction(world.db):
        due = store.outbox.claim(world.db, "w", [], 50, world.now)
    assert {queued.kind for queued in due} == {MailKind.INVITATION, MailKind.SECOND_FACTOR_RESET}
    for queued in due:
        mail_context = store.mail.load(world.db, queued)
        assert mail_context
        assert (
            returns.parse_outbox_id(str(services.compose(mail_context, world.now)["Return-Path"]))
            == queued.id
        )
    (notice,) = [queued for queued in due if queued.kind is MailKind.SECOND_FACTOR_RESET]
    with transaction(world.db):
        store.outbox.mark_sent(world.db, [(notice.id, world.now)])
    assert actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, notice.id, "550"), world.now
    )
    line = store.audit.find_latest(world.db)
    assert line
    assert line.subject == f"staff/{id}"


# what comes back


def notices(world: World, key: str = "") -> list:  # type: ignore[type-arg]
    return [
        queued
        for status in world.round_status().invitations
        if not key or status.member.key == key
        for queued, _ in store.outbox.list_for_invitation(world.db, status.invitation.id)
    ]


def test_bounced_member_counts_as_not_reached_and_a_second_report_changes_nothing(
    world: World,
) -> None:
    world.opened()
    world.work()
    (queued,) = notices(world, "02")
    bounce = Bounce(BounceType.BOUNCE, queued.id, "550 5.1.1 No such user")
    assert actions.mail.record_bounce(world.db, bounce, world.now)
    before = world.contents()
    assert actions.mail.record_bounce(world.db, bounce, world.now + timedelta(days=1))
    assert world.contents() == before
    assert world.invitation_status("02").mail is MailState.BOUNCED
    assert world.invitation_status("02").mail_error == "550 5.1.1 No such user"
    assert world.events().count("mail_bounced") == 1


@pytest.mark.parametrize("bounce_type", [BounceType.DELAY, BounceType.AUTOREPLY])
def test_delays_and_automatic_replies_are_only_displayed(
    world: World, bounce_type: BounceType
) -> None:
    world.opened()
    world.work()
    (queued,) = notices(world, "02")
    assert actions.mail.record_bounce(
        world.db, Bounce(bounce_type, queued.id, "Abwesend"), world.now
    )
    (after,) = notices(world, "02")
    assert after.state is MailState.SENT
    assert (after.delayed_at, after.autoreplied_at) == (
        (world.now, None) if bounce_type is BounceType.DELAY else (None, world.now)
    )


def test_reports_about_unknown_mail_are_ignored(world: World) -> None:
    world.opened()
    before = world.contents()
    (unsent,) = notices(world, "02")
    assert not actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, 4711, "550"), world.now
    )
    assert not actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, unsent.id, "550"), world.now
    )
    assert not actions.mail.record_bounce(world.db, Bounce(BounceType.UNKNOWN), world.now)
    assert world.contents() == before


# a corrected address


def test_correcting_an_address_ends_the_old_link_at_once_and_sends_a_new_one(
    world: World,
) -> None:
    world.opened()
    world.work()
    old, link = world.links()[MAYOR], world.access(MAYOR).link
    world.postbox.clear()

    actions.mail.correct_address(world.db, link.id, NEW, "staff/1", world.now)

    ids = world.services.token_signer.verify(Salt.INVITATION, old)
    assert ids
    assert store.rounds.find_open_link(world.db, *ids) is None
    world.work()
    assert [parseaddr(str(message["To"]))[1] for message in world.postbox] == [NEW]
    assert world.links()[NEW] in written(world.postbox[0])
    registered = store.members.find_by_key(world.db, "01")
    assert registered
    assert {
        representative.email
        for representative in store.members.list_representatives(world.db, registered.id)
    } == {
        NEW,
        OFFICE,
    }
    assert world.events()[-1] == "address_corrected"


def test_pending_mail_is_sent_once_to_the_corrected_address(world: World) -> None:
    world.opened()
    actions.mail.correct_address(world.db, world.access(MAYOR).link.id, NEW, "staff/1", world.now)
    world.work()
    assert len(world.messages_to(NEW)) == 1
    assert not world.messages_to(MAYOR)


def test_address_that_already_has_a_link_is_refused_and_an_unchanged_one_has_no_effect(
    world: World,
) -> None:
    world.opened()
    link, before = world.access(MAYOR).link, world.contents()
    with pytest.raises(Refusal) as refused:
        actions.mail.correct_address(world.db, link.id, OFFICE, "staff/1", world.now)
    assert refused.value.reason is Reason.ADDRESS_IN_USE
    assert actions.mail.correct_address(world.db, link.id, MAYOR, "staff/1", world.now) == link
    assert world.contents() == before


def test_addresses_cannot_be_corrected_after_the_deadline(world: World) -> None:
    world.opened()
    link = world.access(HESITANT).link
    world.now = world.round().deadline or world.now
    with pytest.raises(Refusal) as refused:
        actions.mail.correct_address(world.db, link.id, NEW, "staff/1", world.now)
    assert refused.value.reason is Reason.NOT_OPEN
    assert store.audit.find_fault(world.db) is None


def test_the_mail_to_a_corrected_address_is_an_invitation_in_a_thread_of_its_own(
    world: World,
) -> None:
    world.opened()
    world.work()
    link = world.access(MAYOR).link
    actions.mail.correct_address(world.db, link.id, NEW, "staff/1", world.now)
    world.work()
    (second,) = world.messages_to(NEW)
    assert ": Rückmeldung erbeten zu „" in str(second["Subject"])
    assert "diese Einladung ersetzt eine frühere Nachricht" in written(second)
    (first,) = world.messages_to(MAYOR)
    assert "ersetzt" not in written(first)

    world.answer(NEW, sign())
    world.work()
    _, receipt = world.messages_to(NEW)
    assert receipt["References"] == second["Message-ID"] != first["Message-ID"]
    actions.mail.correct_address(
        world.db, link.id, "dritte@musterhausen.example", "staff/1", world.now
    )
    world.work()
    (short,) = world.messages_to("dritte@musterhausen.example")
    assert str(short["Subject"]).startswith("Ihr Link zu „"), "the member has answered"


def test_a_bounced_invitation_is_not_said_to_be_replaced(world: World) -> None:
    world.opened()
    world.work()
    link = world.access(MAYOR).link
    message = store.outbox.find_latest(world.db, MailKind.INVITATION, link.id)
    assert message
    actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, message.id, "550 unbekannt"), world.now
    )
    actions.mail.correct_address(world.db, link.id, NEW, "staff/1", world.now)
    world.work()
    (second,) = world.messages_to(NEW)
    assert "ersetzt" not in written(second)


def test_a_new_deadline_and_a_reminder_do_not_go_out_together(world: World) -> None:
    world.opened(reminders=(7,))
    world.work()
    step = LAST_DAY - timedelta(days=7)
    world.now = datetime.combine(step, time(10), BERLIN)
    assert actions.reminders.list_planned(
        world.db, world.services.calendar, world.round().id, world.now
    )
    new_day = LAST_DAY + timedelta(days=1)
    actions.rounds.extend(world.db, world.round().id, new_day, "office", world.now)
    world.postbox.clear()
    world.work()
    world.now += timedelta(days=1)
    world.work()
    assert world.postbox
    assert all(str(mail["Subject"]).startswith("Neue Frist") for mail in world.postbox)
    assert len({str(mail["To"]) for mail in world.postbox}) == len(world.postbox)
    (first, *_) = actions.reminders.list_planned(
        world.db, world.services.calendar, world.round().id, world.now
    )
    assert first.at.astimezone(BERLIN).date() > step + timedelta(days=3)
