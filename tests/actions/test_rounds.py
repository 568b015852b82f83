"""From the member file to an open round: invitations, mail, and refusals that change nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.association import STARTER
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.mail import MailKind
from signoff.domain.members import ImportChange, RepresentativeRow
from signoff.store.connection import transaction
from tests.factories import (
    BEISPIELSTADT,
    CAST,
    FORUM,
    HESITANT,
    MAYOR,
    MUSTERHAUSEN,
    NIRGENDWO,
    OFFICE,
    SLUG,
    STRANGER,
    UNWILLING,
    decline,
    sign,
)
from tests.world import DEADLINE, LAST_DAY, World, add_edition, record_trial_print


def refused(world: World, step: Callable[[], object]) -> Reason:
    """Check that ``step`` is refused without any change, and return the reason."""
    before = world.contents()
    with pytest.raises(Refusal) as refusal:
        step()
    assert world.contents() == before
    return refusal.value.reason


def test_importing_a_member_file_twice_changes_nothing(world: World) -> None:
    world.enrol()
    before = world.contents()
    rows = actions.member_import.import_members(
        world.db, CAST, "office", world.now + timedelta(days=1)
    )
    assert {row.change for row in rows} == {ImportChange.SAME}
    assert world.contents() == before


def test_importing_a_member_file_adds_and_changes_but_removes_no_members(world: World) -> None:
    world.enrol()
    colleague = RepresentativeRow("Stabsstelle", "Leitung", "stab@musterhausen.example")
    file = [
        replace(MUSTERHAUSEN, official_name="Hansestadt Musterhausen", representatives=(colleague,))
    ]
    planned = actions.member_import.plan_import(world.db, file)
    assert [(row.change, row.fields) for row in planned] == [
        (
            ImportChange.CHANGED,
            (("official_name", "Stadt Musterhausen", "Hansestadt Musterhausen"),),
        ),
        (ImportChange.NEW, ()),
    ]
    assert actions.member_import.import_members(world.db, file, "office", world.now) == planned
    assert len(store.members.list_all(world.db)) == len(CAST)
    emails = {
        representative.email for representative in store.members.list_representatives(world.db)
    }
    assert emails == {MAYOR, OFFICE, colleague.email, HESITANT, UNWILLING, "", STRANGER}


def test_round_invites_all_members_or_those_with_a_tag(world: World) -> None:
    world.opened(tags=())
    assert len(world.round_status().invitations) == len(CAST)
    world.paper("zweites")
    world.open("zweites", tags=("gast",))
    assert [status.member.name for status in world.round_status("zweites").invitations] == [
        NIRGENDWO.name
    ]


def test_opening_freezes_the_text_and_enqueues_one_mail_per_representative(
    world: World,
) -> None:
    opened = world.opened()
    assert opened.deadline == DEADLINE
    world.work()
    assert sorted(m["To"].addresses[0].addr_spec for m in world.postbox) == sorted(
        [MAYOR, OFFICE, HESITANT, UNWILLING]
    )
    links = world.links()
    assert STRANGER not in links
    assert len(set(links.values())) == len(links)
    for email in (MAYOR, OFFICE):
        (message,) = world.messages_to(email)
        text = message.get_body(("plain",)).get_content()
        assert (
            f"/s/{links[email]}"
            in text.split()[text.split().index(f"{world.settings.base_url}/s/{links[email]}")]
        )
    assert world.events()[-2:] == ["round_opened", "printed"]


@pytest.mark.parametrize(
    ("opening", "reason"),
    [
        ({"last_day": date(2027, 1, 17)}, Reason.DEADLINE_PAST),
        ({"last_day": date(2020, 1, 1)}, Reason.DEADLINE_PAST),
        ({"last_day": date.max}, Reason.NOT_A_DATE),
        ({"tags": ("unbekannt",)}, Reason.NOBODY_ASKED),
        ({"slug": "unbekannt"}, Reason.NO_SUCH_PAPER),
    ],
)
def test_round_with_invalid_settings_is_not_opened(
    world: World, opening: dict, reason: Reason
) -> None:
    world.enrol()
    world.paper()
    assert refused(world, lambda: world.open(**opening)) is reason


def test_round_can_end_today(world: World) -> None:
    assert world.opened(last_day=world.now.date()).deadline


def test_round_without_members_is_not_opened(world: World) -> None:
    world.paper()
    assert refused(world, lambda: world.open(tags=())) is Reason.NOBODY_ASKED


def test_paper_has_one_round_and_its_slug_is_unique(world: World) -> None:
    world.opened()
    assert refused(world, world.open) is Reason.ALREADY_OPEN
    assert refused(world, world.paper) is Reason.SLUG_TAKEN
    world.closed()
    assert refused(world, world.open) is Reason.ALREADY_OPEN


def test_new_round_can_follow_a_cancelled_one(world: World) -> None:
    first = world.opened()
    actions.rounds.cancel(world.db, world.round().id, "office", world.now)
    assert world.open().id != first.id
    assert world.round().phase(world.now) == "open"


def test_nobody_is_invited_while_a_line_of_the_checklist_that_matters_is_open(
    world: World,
) -> None:
    world.enrol()
    world.paper()
    with transaction(world.db):
        world.db.conn.execute("UPDATE representatives SET language = 'en' WHERE id = 1")
    actions.association.update(
        world.db, replace(FORUM, telephone=STARTER.telephone), "office", world.now
    )
    record_trial_print(world.db, SLUG, Opening(LAST_DAY), world.now)
    open_: Callable[[], object] = lambda: actions.rounds.open_round(
        world.db, SLUG, Opening(LAST_DAY), "office", world.now
    )  # noqa: E731

    def list_open_lines() -> list[str]:
        with pytest.raises((Refusal, Refusals)) as raised:
            open_()
        refusals = getattr(raised.value, "refusals", (raised.value,))
        assert {refusal.reason for refusal in refusals} == {Reason.SETUP_OPEN}
        return [refusal.facts["line"] for refusal in refusals]

    assert list_open_lines() == ["telephone", "texts"]
    actions.association.update(world.db, FORUM, "office", world.now)
    for kind in ("imprint", "privacy"):
        for language in ("de", "en"):
            assert list_open_lines() == ["texts"]
            actions.association.edit_text(world.db, kind, language, kind, "office", world.now)
    assert list_open_lines() == ["mail"], "no mail server has accepted anything yet"
    account = actions.accounts.add(
        world.db, "l@forum.example", "L", Role.ADMIN, "", "cli", world.now, mail=True
    )
    with transaction(world.db):
        world.db.conn.execute(
            "UPDATE outbox SET sent_at = enqueued_at, server = 'mail.forum.example' WHERE account_id = ?",
            [account.id],
        )
    assert open_()


def test_member_is_invited_later_once_and_gets_a_mail(world: World) -> None:
    world.opened()
    invitation = actions.rounds.invite_member(world.db, world.round().id, "99", "office", world.now)
    assert invitation.reference == "MZ-2027-0005"
    assert world.events()[-1] == "member_invited"
    world.work()
    assert len(world.messages_to(STRANGER)) == 1
    assert (
        refused(
            world,
            lambda: actions.rounds.invite_member(world.db, world.round().id, "99", "o", world.now),
        )
        is Reason.ALREADY_INVITED
    )
    assert (
        refused(
            world,
            lambda: actions.rounds.invite_member(world.db, world.round().id, "0", "o", world.now),
        )
        is Reason.NO_SUCH_MEMBER
    )
    world.now = DEADLINE
    assert (
        refused(
            world,
            lambda: actions.rounds.invite_member(world.db, world.round().id, "02", "o", world.now),
        )
        is Reason.NOT_OPEN
    )


def test_each_extension_of_the_deadline_is_recorded_and_mailed_to_all_members(world: World) -> None:
    world.opened()
    world.work()
    world.postbox.clear()
    actions.rounds.extend(world.db, world.round().id, date(2027, 4, 14), "office", world.now)
    world.work()
    actions.rounds.extend(world.db, world.round().id, date(2027, 4, 30), "office", world.now)
    world.work()
    assert {
        email: len(world.messages_to(email)) for email in (MAYOR, OFFICE, HESITANT, UNWILLING)
    } == dict.fromkeys((MAYOR, OFFICE, HESITANT, UNWILLING), 2)
    assert world.events().count("round_extended") == 2
    world.now = DEADLINE
    world.answer(MAYOR, sign())
    earlier: Callable[[], object] = lambda: actions.rounds.extend(
        world.db, world.round().id, LAST_DAY, "office", world.now
    )  # noqa: E731
    assert refused(world, earlier) is Reason.DEADLINE_NOT_LATER


def test_cancelled_round_accepts_no_answers_and_all_members_are_notified(world: World) -> None:
    world.opened()
    world.work()
    world.postbox.clear()
    actions.rounds.cancel(world.db, world.round().id, "office", world.now)
    world.work()
    assert len(world.postbox) == 4
    assert all("MZ-" in message["Subject"] for message in world.postbox)
    assert world.events()[-1] == "round_cancelled"
    assert refused(world, lambda: world.answer(MAYOR, decline())) is Reason.CANCELLED
    assert (
        refused(
            world,
            lambda: actions.rounds.cancel(world.db, world.round().id, "office", world.now),
        )
        is Reason.CANCELLED
    )


def test_a_cancellation_is_mailed_only_to_those_who_got_mail_before(world: World) -> None:
    world.opened()
    link = world.access(MAYOR).link
    message = store.outbox.find_latest(world.db, MailKind.INVITATION, link.id)
    assert message
    with transaction(world.db):
        store.outbox.mark_sent(world.db, [(message.id, world.now)])
    actions.rounds.extend(world.db, world.round().id, LAST_DAY + timedelta(days=7), "o", world.now)
    actions.rounds.cancel(world.db, world.round().id, "office", world.now)
    world.work()
    assert {str(message["To"].addresses[0].addr_spec) for message in world.postbox} == {MAYOR}
    assert [str(message["Subject"])[:6] for message in world.postbox] == ["Neue F", "Abgebr"]


REASON = "Es haben zu wenige Kommunen mitgezeichnet.\n* Danke für die *Antworten*!"


def end(world: World, reason: str = REASON) -> None:
    actions.rounds.end_unpublished(world.db, world.round().id, reason, "office", world.now)


@pytest.mark.parametrize("planned", [False, True])
def test_a_closed_round_ends_without_publication(world: World, planned: bool) -> None:
    world.opened()
    answer = world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.work()
    if planned:
        world.released(at=DEADLINE + timedelta(days=3))
    world.postbox.clear()
    before = world.events()
    end(world)
    assert world.events() == [*before, "round_ended"]
    assert world.entries()[-1].details == {"reason": REASON, "planned": planned}
    world.now += timedelta(days=4)
    world.work()
    assert len(world.postbox) == 4
    for message in world.postbox:
        assert message["Subject"].startswith("Ohne Veröffentlichung beendet: Mitzeichnung zu")
        text = message.get_body(("plain",)).get_content()
        assert (
            "> Es haben zu wenige Kommunen mitgezeichnet.\n> * Danke für die *Antworten*!" in text
        )
    assert world.events() == [*before, "round_ended"]
    assert world.invitation_status().version == answer
    assert store.releases.find_for_round(world.db, world.round().id) is None
    assert refused(world, lambda: end(world)) is Reason.CANCELLED


def test_an_end_without_publication_is_mailed_only_to_those_who_got_mail_before(
    world: World,
) -> None:
    world.opened()
    link = world.access(MAYOR).link
    message = store.outbox.find_latest(world.db, MailKind.INVITATION, link.id)
    assert message
    with transaction(world.db):
        store.outbox.mark_sent(world.db, [(message.id, world.now)])
    world.closed()
    end(world)
    world.work()
    assert [str(message["To"].addresses[0].addr_spec) for message in world.postbox] == [MAYOR]
    assert [str(message["Subject"])[:5] for message in world.postbox] == ["Ohne "]


def test_open_and_released_rounds_do_not_end_without_publication(world: World) -> None:
    world.opened()
    assert refused(world, lambda: end(world)) is Reason.STILL_OPEN
    world.closed()
    assert refused(world, lambda: end(world, " ")) is Reason.MISSING
    assert refused(world, lambda: end(world, "Zu wenige 🧿")) is Reason.UNPRINTABLE
    world.released()
    assert refused(world, lambda: end(world)) is Reason.ALREADY_RELEASED


def test_an_ended_round_is_neither_printed_nor_released(world: World) -> None:
    world.opened()
    world.work()
    world.closed()
    end(world)
    world.printed.clear()
    world.work()
    assert not world.printed
    round = world.round()
    assert not round.is_public_draft(world.now)
    for step in (
        lambda: actions.prints.reprint(world.db, round.id, True, "office", world.now),
        lambda: actions.prints.retry_failed_print(world.db, round.id, "office", world.now),
        lambda: actions.releases.prepare_release(world.db, round.id, "office", world.now),
        lambda: actions.releases.release_paper(world.db, round.id, None, "office", world.now),
    ):
        assert refused(world, step) is Reason.CANCELLED


def test_a_paper_is_free_after_its_round_ended_without_publication(world: World) -> None:
    ended = world.opened()
    world.now = DEADLINE
    end(world)
    world.work()
    assert world.events()[-1] == "round_ended"
    edition = add_edition(world.db, SLUG, 1, "office", world.now)
    opened = world.open(last_day=LAST_DAY + timedelta(days=60))
    assert (opened.edition_id, opened.id) == (edition.id, ended.id + 1)


def test_reference_numbers_are_consecutive_in_the_instance(world: World) -> None:
    world.opened(rows=[MUSTERHAUSEN, BEISPIELSTADT])
    world.paper("zweites")
    world.open("zweites")
    references = [
        status.invitation.reference
        for slug in (SLUG, "zweites")
        for status in world.round_status(slug).invitations
    ]
    assert sorted(references) == ["MZ-2027-0001", "MZ-2027-0002", "MZ-2027-0003", "MZ-2027-0004"]
