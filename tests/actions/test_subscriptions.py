"""What staff are told: at once, daily, weekly or never, collected into one mail."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Account, Role
from signoff.domain.approvals import PublicAct
from signoff.domain.delivery import DeliveryError, Fault, Stage
from signoff.domain.mail import Bounce, BounceType, MailKind
from signoff.domain.releases import PrintKind
from signoff.domain.subscriptions import Frequency, Topic, get_default
from signoff.mail.transport import FolderTransport
from tests.factories import HESITANT, MAYOR, UNWILLING, pending, sign
from tests.mail.samples import part
from tests.mail.test_transport_smtp import Server, posting, running
from tests.world import World, build_instance

EDITOR, ADMIN, VIEWER = (f"{role}@forum.example" for role in ("editor", "admin", "viewer"))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three accounts that have set their passwords, and an open round."""
    world = World(build_instance(tmp_path))
    for email, role in ((EDITOR, Role.EDITOR), (ADMIN, Role.ADMIN), (VIEWER, Role.VIEWER)):
        actions.accounts.add(world.db, email, email, role, "hash", "init", world.now)
    world.opened(late=True)
    world.work()
    world.now += timedelta(days=1)
    world.work()
    world.postbox.clear()
    yield world
    world.db.close()


def account(world: World, email: str = EDITOR) -> Account:
    found = store.accounts.find_by_email(world.db, email)
    assert found
    return found


def choose(world: World, topic: Topic, frequency: Frequency, email: str = EDITOR) -> None:
    actions.subscriptions.change(world.db, account(world, email), {topic: frequency}, world.now)


def only(world: World, topic: Topic, frequency: Frequency, email: str = EDITOR) -> None:
    """Tell this account about nothing but this topic."""
    choices = dict.fromkeys(Topic, Frequency.NEVER) | {topic: frequency}
    actions.subscriptions.change(world.db, account(world, email), choices, world.now)


def texts(world: World, email: str = EDITOR) -> list[str]:
    """What the mails to an account say, each on one line."""
    return [" ".join(part(message, "plain").split()) for message in world.messages_to(email)]


def object_to_answer(world: World) -> None:
    answer = world.answer(MAYOR, sign())
    actions.answers.object_to(world.db, world.access(), answer.id, "Kennt niemand.", world.now)


def test_an_objection_is_mailed_at_once_through_a_real_server(world: World) -> None:
    object_to_answer(world)
    server = Server()
    with running(server) as address, posting(address) as post:
        world.work(send_mail=post)
    told = [mail for mail in server.accepted if b"list-id: <office." in mail.content.lower()]
    assert sorted(mail.rcpt_tos[0] for mail in told) == [ADMIN, EDITOR]


def test_two_workers_at_once_make_one_digest(world: World) -> None:
    object_to_answer(world)
    editor, db = account(world), world.db
    chosen = [
        each
        for each in store.subscriptions.list_for_account(db, editor.id)
        if each.get_frequency(editor.role) is Frequency.AT_ONCE
    ]
    latest = store.subscriptions.find_latest(db, editor.id, Frequency.AT_ONCE)
    made = [
        actions.subscriptions.enqueue_digest(
            db, editor, Frequency.AT_ONCE, chosen, latest, world.now
        )
        for _worker in range(2)
    ]
    assert made == [1, 0]


def test_an_objection_names_paper_words_and_page(world: World) -> None:
    object_to_answer(world)
    world.work()
    (text,) = texts(world)
    assert "Einspruch: „Das war ich nicht“" in text
    assert "Kennt niemand." in text
    assert "(„Leitgedanken“)" in text
    assert f"/office/invitations/{world.access().invitation.id}" in text
    assert world.messages_to(VIEWER) == []


def test_twenty_events_are_one_mail(world: World) -> None:
    only(world, Topic.NOTE, Frequency.AT_ONCE)
    for number in range(20):
        world.answer(MAYOR, sign(note=f"Notiz {number}."))
        world.work()
    assert len(texts(world)) == 1
    world.now += timedelta(minutes=11)
    world.work()
    first, second = texts(world)
    assert "Notiz 0." in first
    assert "Notiz 1." in second
    assert "Notiz 19." in second
    world.now += timedelta(minutes=11)
    world.work()
    assert len(texts(world)) == 2


def test_daily_mail_comes_once_a_day_on_working_days(world: World) -> None:
    only(world, Topic.NAME, Frequency.DAILY)
    world.answer(MAYOR, sign("Stadt Muster am See"))
    world.work()
    assert len(texts(world)) == 1
    assert "Stadt Muster am See" in texts(world)[0]
    world.answer(MAYOR, sign("Stadt Muster am Meer"))
    world.now += timedelta(hours=2)
    world.work()
    assert len(texts(world)) == 1
    world.now += timedelta(days=1)
    world.work()
    assert "Stadt Muster am Meer" in texts(world)[1]
    assert "Stadt Muster am See" not in texts(world)[1]
    world.answer(MAYOR, sign("Stadt Muster am Fluss"))
    world.now += timedelta(days=3)  # a Saturday
    world.work()
    assert len(texts(world)) == 2


def test_the_weekly_mail_shows_the_rounds_and_their_sittings(world: World) -> None:
    only(world, Topic.STANDING, Frequency.WEEKLY)
    on = world.now.date() + timedelta(days=9)
    world.answer(HESITANT, pending(on=on))
    world.work()
    assert texts(world) == []  # this week's has gone out on Monday
    world.now += timedelta(days=7)
    world.work()
    (text,) = texts(world)
    assert "Sitzungen in den nächsten sieben Tagen: 1" in text
    world.now += timedelta(days=7)
    world.work()
    assert "Sitzungen, deren Ergebnis fehlt: 1" in texts(world)[1]


def test_viewers_get_only_what_they_choose(world: World) -> None:
    assert {get_default(Role.VIEWER, topic) for topic in Topic} == {Frequency.NEVER}
    choose(world, Topic.WITHDRAWAL, Frequency.AT_ONCE, VIEWER)
    world.answer(MAYOR, sign())
    actions.answers.withdraw(world.db, world.access(), form_key="", now=world.now)
    world.work()
    (text,) = texts(world, VIEWER)
    assert "zurückgenommen" in text


def test_nobody_is_mailed_about_their_own_acts(world: World) -> None:
    actions.rounds.close(world.db, world.round().id, f"staff/{account(world).id}", world.now)
    world.work()
    assert texts(world) == []
    assert "Verfahren geschlossen" in texts(world, ADMIN)[0]


def test_a_topic_chosen_later_does_not_bring_the_past(world: World) -> None:
    only(world, Topic.NOTE, Frequency.NEVER)
    world.answer(MAYOR, sign(note="Alte Notiz."))
    choose(world, Topic.NOTE, Frequency.AT_ONCE)
    world.work()
    assert texts(world) == []
    world.answer(MAYOR, sign(note="Neue Notiz."))
    world.work()
    assert "Neue Notiz." in texts(world)[0]
    assert "Alte Notiz." not in texts(world)[0]


def test_the_second_person_gets_the_link_and_the_first_one_does_not(world: World) -> None:
    world.closed()
    world.work()
    world.postbox.clear()
    round_id, first = world.round().id, account(world).id
    actions.approvals.set_four_eyes(world.db, True, f"staff/{first}", world.now)
    final = store.releases.find_latest_print(world.db, round_id, PrintKind.FINAL)
    assert final
    world.now += timedelta(hours=1)
    requested = actions.approvals.request(
        world.db,
        PublicAct.RELEASE,
        f"round/{round_id}",
        {"sha256": final.sha256, "released_at": None},
        f"staff/{first}",
        world.now,
    )
    world.work()
    assert texts(world) == []
    (text,) = texts(world, ADMIN)
    assert "Zweite Person gesucht" in text
    assert f"/office/approvals/{requested.id}" in text
    world.now += timedelta(hours=1)
    actions.approvals.confirm(
        world.db, requested.id, f"staff/{account(world, ADMIN).id}", world.now
    )
    assert world.round().released_at == world.now
    world.work()
    assert "veröffentlicht" in texts(world)[0]


def test_a_late_signature_and_a_late_withdrawal_are_reported(world: World) -> None:
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    only(world, Topic.LATE_WITHDRAWAL, Frequency.AT_ONCE)
    only(world, Topic.LATE_SIGNATURE, Frequency.AT_ONCE, ADMIN)
    world.postbox.clear()
    world.now += timedelta(hours=1)
    actions.answers.withdraw(world.db, world.access(), form_key="", now=world.now)
    world.answer(UNWILLING, sign("Markt Ähringen"))
    world.work()
    assert "nach der Veröffentlichung zurückgenommen" in texts(world)[0]
    assert "nach der Veröffentlichung geantwortet" in texts(world, ADMIN)[0]


def test_a_bounce_is_reported_but_never_that_of_a_report(world: World) -> None:
    only(world, Topic.BOUNCE, Frequency.AT_ONCE)
    invitation = store.outbox.find_latest(world.db, MailKind.INVITATION, world.access().link.id)
    assert invitation
    actions.mail.record_bounce(world.db, Bounce(BounceType.BOUNCE, invitation.id, "550"), world.now)
    world.work()
    assert "unzustellbar" in texts(world)[0]
    (row, *_) = store.outbox.list_messages(world.db, kind="digest", state="", q=EDITOR, most=9)
    actions.mail.record_bounce(
        world.db, Bounce(BounceType.BOUNCE, row.message.id, "550"), world.now
    )
    world.now += timedelta(hours=1)
    world.work()
    assert len(texts(world)) == 1


def test_mail_about_a_server_that_was_down_comes_when_it_works_again(world: World) -> None:
    def refuse(message: object) -> None:
        raise DeliveryError("451 nicht jetzt", fault=Fault.TEMPORARY, stage=Stage.CONNECT)

    choose(world, Topic.NOTE, Frequency.AT_ONCE, ADMIN)
    object_to_answer(world)
    world.work(send_mail=refuse)
    for number in range(3):
        world.now += timedelta(hours=2)
        world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt", f"Notiz {number}."))
        world.work(send_mail=refuse)
    assert texts(world, ADMIN) == []
    world.now += timedelta(hours=2)
    world.work()
    world.now += timedelta(minutes=11)
    world.work()
    told = texts(world, ADMIN)
    assert "Der Mailserver nimmt wieder E-Mails an." in told[-1]
    assert "451 nicht jetzt" in told[-1]
    assert "Notiz 0." in told[-1]
    assert "Notiz 2." in told[-1]
    assert len(told) == 2  # the objection, and what has happened since


def test_mail_in_the_folder_is_a_file(world: World) -> None:
    object_to_answer(world)
    folder = FolderTransport(world.settings.outbox)
    world.work(send_mail=folder)
    files = [path.read_text() for path in world.settings.outbox.glob("*.eml")]
    assert sum(f"To: {EDITOR}" in text or f"<{EDITOR}>" in text for text in files) == 1


def test_locked_accounts_and_those_without_a_password_get_nothing(world: World) -> None:
    actions.accounts.disable(world.db, EDITOR, "cli", world.now)
    actions.accounts.add(world.db, "neu@forum.example", "Neu", Role.ADMIN, "", "cli", world.now)
    object_to_answer(world)
    world.work()
    assert texts(world) == []
    assert world.messages_to("neu@forum.example") == []
