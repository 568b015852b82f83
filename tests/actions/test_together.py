"""One administration and its municipalities: one address of several members gets one mail."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.domain.mail import Bounce, BounceType, MailKind
from tests.factories import CAST, HESITANT, decline, member
from tests.world import World

AMT = "amt@amt-foehr.example"
WYK = member("11", "Wyk", "Stadt Wyk", AMT)
NIEBLUM = member("12", "Nieblum", "Gemeinde Nieblum", AMT, "buergermeister@nieblum.example")
OEVENUM = member("13", "Oevenum", "Gemeinde Oevenum", AMT)
AMT_FOEHR = (WYK, NIEBLUM, OEVENUM)


def opened(world: World) -> None:
    world.opened(rows=(*CAST, *AMT_FOEHR))


def link_id(world: World, key: str, email: str = AMT) -> int:
    invitation = world.invitation_status(key).invitation
    links = store.rounds.list_open_links(world.db, invitation.id)
    return next(link.id for link in links if link.email == email)


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    return body.get_content()


def link_lines(message: EmailMessage) -> list[str]:
    return [line for line in text(message).splitlines() if line.startswith("http")]


def test_an_address_of_several_members_gets_one_invitation_that_lists_them(world: World) -> None:
    opened(world)
    assert store.outbox.count_totals(world.db)["owed"] == 6
    world.work()
    (message,) = world.messages_to(AMT)
    assert "(3 Kommunen)" in message["Subject"]
    assert "Zeichnen Ihre Kommunen mit?" in text(message)
    for name, key in (("Stadt Wyk", "11"), ("Gemeinde Nieblum", "12"), ("Gemeinde Oevenum", "13")):
        reference = world.invitation_status(key).invitation.reference
        assert f"- {name} ({reference})" in text(message).splitlines()
    assert len(link_lines(message)) == 1
    assert "buergermeister@nieblum.example" in text(message)
    (alone,) = world.messages_to("buergermeister@nieblum.example")
    assert "(Gemeinde Nieblum)" in alone["Subject"]
    assert {world.invitation_status(key).mail for key in ("11", "12", "13")} == {"sent"}
    totals = store.outbox.count_totals(world.db)
    assert (totals["sent"], totals["owed"]) == (6, 0)


def test_an_address_corrected_before_the_mail_leaves_falls_out_of_it(world: World) -> None:
    opened(world)
    actions.mail.correct_address(
        world.db, link_id(world, "11"), "rathaus@wyk.example", "office", world.now
    )
    world.work()
    (message,) = world.messages_to(AMT)
    assert "(2 Kommunen)" in message["Subject"]
    assert "Wyk" not in text(message)
    (own,) = world.messages_to("rathaus@wyk.example")
    assert "Nieblum" not in text(own)


def test_a_bounce_counts_for_each_member_of_the_mail(world: World) -> None:
    opened(world)
    world.work()
    sent = store.outbox.find_latest(world.db, MailKind.INVITATION, link_id(world, "11"))
    assert sent
    bounce = Bounce(BounceType.BOUNCE, sent.id, "550 unknown")
    assert actions.mail.record_bounce(world.db, bounce, world.now)
    assert [world.invitation_status(key).mail for key in ("11", "13")] == ["bounced", "bounced"]
    assert world.invitation_status("12").mail == "sent"  # its mayor has a mail of their own


def test_a_mail_that_could_not_be_sent_is_owed_once(world: World) -> None:
    opened(world)
    row = store.outbox.find_latest(world.db, MailKind.INVITATION, link_id(world, "13"))
    assert row
    with store.connection.transaction(world.db):
        claimed = store.outbox.claim(world.db, "worker", (), 50, world.now)
        assert row.id not in [message.id for message in claimed]
        first = store.outbox.find_latest(world.db, MailKind.INVITATION, link_id(world, "11"))
        assert first
        store.outbox.mark_failed(world.db, first.id, "550", world.now)
    assert world.invitation_status("13").mail == "failed"


@pytest.mark.parametrize("typed", ["ÖVENUM", "övenum", "Straße 7", "STRASSE", "amt@großmünster"])
def test_the_list_of_mail_folds_the_case_of_all_letters(world: World, typed: str) -> None:
    address = "amt@xn--gromnster-i1a43a.example"
    world.opened(rows=[member("13", "Övenum", "Gemeinde Övenum Straße 7", address)])
    (found,) = store.outbox.list_messages(world.db, kind="", state="", q=typed, most=10)
    assert found.member == "Gemeinde Övenum Straße 7"


def test_the_list_of_mail_finds_a_mail_by_each_of_its_members(world: World) -> None:
    opened(world)
    (found,) = store.outbox.list_messages(world.db, kind="", state="", q="oevenum", most=10)
    assert (found.email, found.member, found.further) == (AMT, "Stadt Wyk", 2)
    assert store.outbox.count_messages(world.db, kind="", state="", q="") == 6
    assert sum(store.outbox.count_by_state(world.db).values()) == 6


def test_members_added_together_get_one_mail(world: World) -> None:
    opened(world)
    world.work()
    rows = [replace(WYK, key="14", name="Utersum"), replace(WYK, key="15", name="Dunsum")]
    world.enrol(rows)
    actions.rounds.invite_members(world.db, world.round().id, ["14", "15"], "office", world.now)
    world.work()
    first, second = world.messages_to(AMT)
    assert "(3 Kommunen)" in first["Subject"]
    assert "(2 Kommunen)" in second["Subject"]


def test_one_member_with_an_address_of_its_own_stays_alone(world: World) -> None:
    opened(world)
    assert store.access.list_together(world.db, world.access(HESITANT)) == []


def test_an_opening_counts_members_and_mails_apart(world: World) -> None:
    world.enrol((*CAST, *AMT_FOEHR))
    members = store.members.list_to_invite(world.db, ("voll",))
    assert (len(members), actions.rounds.count_mails(world.db, members)) == (7, 6)
    world.paper()
    round = world.open()
    assert store.outbox.count_for_round(world.db, MailKind.INVITATION, round.id) == 6


def remind(world: World) -> list[EmailMessage]:
    world.postbox.clear()
    world.now = world.round().deadline - timedelta(days=7, hours=12)
    calendar = world.services.calendar
    ids = [link.id for link in store.rounds.list_links_of_round(world.db, world.round().id)]
    actions.reminders.remind_now(world.db, calendar, world.round().id, ids, "office", world.now)
    world.work()
    return world.messages_to(AMT)


def test_one_reminder_lists_the_members_without_an_answer(world: World) -> None:
    opened(world)
    world.answer("buergermeister@nieblum.example", decline())
    world.work()
    (message,) = remind(world)
    lines = text(message).splitlines()
    assert [line for line in lines if line.startswith("- ")] == [
        f"- {name} ({world.invitation_status(key).invitation.reference})"
        for key, name in (("11", "Stadt Wyk"), ("13", "Gemeinde Oevenum"))
    ]
    assert len(link_lines(message)) == 1
    assert "(2 Kommunen)" in message["Subject"]


def test_a_reminder_about_two_papers_has_one_link_for_each(world: World) -> None:
    opened(world)
    world.paper("zweites")
    world.open("zweites")
    world.work()
    assert len(world.messages_to(AMT)) == 2
    (message,) = remind(world)
    assert len(link_lines(message)) == 2
    assert text(message).count("Gemeinde Oevenum (MZ-") == 2
    assert "2 Papieren" in text(message)
    assert "6 Rückmeldungen stehen noch aus" in message["Subject"]


def test_a_delegated_task_keeps_a_link_of_its_own_in_the_reminder(world: World) -> None:
    opened(world)
    access = world.access(HESITANT)
    actions.delegation.delegate(world.db, access, Colleague("Amt", "Amt", AMT), world.now)
    world.work()
    (message,) = remind(world)
    assert len(link_lines(message)) == 2


def test_an_address_corrected_after_the_reminder_was_owed_is_not_in_it(world: World) -> None:
    opened(world)
    world.work()
    world.postbox.clear()
    world.now = world.round().deadline - timedelta(days=7, hours=12)
    ids = [link_id(world, key) for key in ("11", "12", "13")]
    actions.reminders.remind_now(
        world.db, world.services.calendar, world.round().id, ids, "office", world.now
    )
    actions.mail.correct_address(
        world.db, link_id(world, "11"), "rathaus@wyk.example", "office", world.now
    )
    world.work()
    (message,) = world.messages_to(AMT)
    assert "Wyk" not in text(message)
    assert "Oevenum" in text(message)
