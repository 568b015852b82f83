"""The status of a round: few queries, the answers that count, and how long it is kept."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.domain.answers import AnswerKind
from signoff.domain.members import MEMBER_FIELDS, format_fields
from signoff.domain.round_status import MailState
from signoff.store.connection import transaction
from signoff.web.office.charts import RoundCharts, build_round_charts
from tests.factories import (
    AEHRINGEN,
    BEISPIELSTADT,
    CONTACT,
    HESITANT,
    MAYOR,
    OFFICE,
    UNWILLING,
    decline,
    member,
    pending,
    sign,
)
from tests.world import World


def count_queries(world: World) -> int:
    """The number of queries needed to load the status of the round."""
    statements: list[str] = []
    round = world.round()
    world.db.conn.set_trace_callback(statements.append)
    store.round_status.load(world.db, round)
    world.db.conn.set_trace_callback(None)
    return len([sql for sql in statements if sql.lstrip().startswith(("SELECT", "WITH"))])


@pytest.mark.parametrize("members", [1, 300])
def test_status_takes_few_queries_for_any_number_of_members(world: World, members: int) -> None:
    world.opened(
        rows=[
            member(f"{n:03d}", f"Ort {n}", f"Stadt Ort {n}", f"a@{n}.example")
            for n in range(members)
        ]
    )
    store.round_status.kept.clear()
    assert count_queries(world) == 3
    assert count_queries(world) == 1  # only whether something has changed
    world.answer("a@0.example", sign("Stadt Ort 0"))
    assert count_queries(world) == 4
    assert len(world.round_status().invitations) == members


def test_status_is_kept_until_something_changes(world: World) -> None:
    world.opened()
    before = world.round_status()
    assert world.round_status().invitations is before.invitations
    world.answer(MAYOR, pending())
    after = world.round_status()
    assert after.counts != before.counts
    world.work()  # the receipt goes out
    assert world.round_status().invitations is not after.invitations


def test_only_invitations_that_have_changed_are_made_anew(world: World) -> None:
    world.opened(rows=[AEHRINGEN, BEISPIELSTADT])
    before = {each.member.name: each for each in world.round_status().invitations}
    world.answer(UNWILLING, pending())
    changed = {
        each.member.name
        for each in world.round_status().invitations
        if each is not before[each.member.name]
    }
    assert changed == {"Ähringen"}


def test_a_kept_status_is_the_one_that_would_be_read(world: World) -> None:
    world.opened()
    round, load = world.round(), store.round_status.load

    def object_to() -> None:
        access = world.access(OFFICE)
        assert access.version
        actions.answers.object_to(world.db, access, access.version.id, "Falsch.", world.now)

    def prepare() -> None:
        colleague = Colleague("Amt", "Amt", "amt@musterhausen.example")
        actions.delegation.delegate(world.db, world.access(OFFICE), colleague, world.now, "{}")

    def archive() -> None:
        (hesitant,) = (
            each for each in store.members.list_representatives(world.db) if each.email == HESITANT
        )
        actions.members.archive_representative(world.db, hesitant, "office", world.now)

    def void() -> None:
        invitation, version = (
            world.invitation_status("03").invitation,
            world.access(UNWILLING).version,
        )
        assert version
        actions.amendments.void_answer(
            world.db, invitation.id, version.id, "Versehen", "office", world.now
        )

    def rename() -> None:
        member = world.invitation_status("02").member
        facts = format_fields(member, MEMBER_FIELDS)
        actions.members.change_member(
            world.db, replace(member, name="Zell"), facts, "office", world.now
        )

    def write_letter() -> None:
        id = world.invitation_status("04").invitation.id
        actions.letters.record_sent(world.db, round.id, [id], world.now.date(), "office", world.now)

    def decide() -> None:
        id = world.invitation_status("01").invitation.id
        actions.amendments.decide(world.db, id, "name", True, "office", world.now)

    def invite() -> None:
        actions.rounds.invite_members(world.db, round.id, ["99"], "office", world.now)

    def erase() -> None:
        digests = world.services.token_signer.address_digests
        actions.privacy.erase_person(world.db, CONTACT.email, digests, "office", world.now)

    changes: list[Callable[[], object]] = [
        lambda: world.answer(MAYOR, sign("Hansestadt Musterhausen", note="Notiz")),
        lambda: world.answer(UNWILLING, decline()),
        decide,
        object_to,
        prepare,
        write_letter,
        void,
        world.work,  # mail goes out
        rename,
        archive,
        invite,
        erase,
    ]
    for change in changes:
        before = load(world.db, round)
        change()
        after = load(world.db, round)
        assert after != before
        assert after == store.round_status.read(world.db, round)


def test_a_change_of_a_member_that_is_not_invited_reads_no_invitation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    before = world.round_status()
    (other,) = (each for each in store.members.list_all(world.db) if each.key == "99")
    facts = format_fields(other, MEMBER_FIELDS)
    renamed = replace(other, name="Anderswo")
    actions.members.change_member(world.db, renamed, facts, "office", world.now)
    monkeypatch.setattr(store.round_status, "read", None)
    after = world.round_status()
    assert after is not before
    assert after == before


def test_members_of_the_same_name_stay_in_their_order(world: World) -> None:
    same = [member(key, "Neustadt", "Stadt Neustadt", f"{key}@neu.example") for key in "321"]
    world.opened(rows=same)
    world.round_status()
    world.answer("1@neu.example", decline())
    assert [each.member.key for each in world.round_status().invitations] == ["1", "2", "3"]
    world.answer("3@neu.example", decline())
    assert [each.member.key for each in world.round_status().invitations] == ["1", "2", "3"]


def test_each_table_of_a_status_is_followed() -> None:
    """A change is found by the rows that the log binds; only mail and prepared answers are always read."""
    status = store.round_status
    tables = set(re.findall(r"(?:FROM|JOIN) (\w+)", status.LIST_INVITATION_STATUSES))
    followed = {*status.INVITATION_OF_ROW, "invited_members"}  # a view of two of them
    assert tables == followed - {"members", "frozen_members"}
    assert set(status.INVITATION_OF_ROW) <= set(store.bound_rows.BOUND_TABLES)


def test_charts_are_drawn_once_a_day_while_the_status_is_kept(world: World) -> None:
    world.opened()

    def build(day: int = 0, language: str = "de") -> RoundCharts:
        now = world.now + timedelta(days=day)
        return build_round_charts(world.round_status(), now, ZoneInfo("Europe/Berlin"), language)

    first = build()
    assert build() is first
    assert build(day=1).today == first.today + timedelta(days=1)
    assert build(language="en") is not first
    world.answer(MAYOR, pending())
    assert build().answered == first.answered + 1


def test_status_of_a_transaction_that_is_rolled_back_is_not_kept(world: World) -> None:
    world.opened()
    before, round = world.round_status(), world.round()
    with pytest.raises(ZeroDivisionError), transaction(world.db):
        world.db.execute("UPDATE links SET ended_at = '2027-01-01T00:00:00.000000+00:00'")
        assert store.round_status.load(world.db, round) != before
        raise ZeroDivisionError
    assert store.round_status.load(world.db, round) == before


def test_latest_version_of_each_answer_is_loaded_unchanged(
    world: World,
) -> None:
    world.opened()
    answer = sign("Hansestadt Musterhausen", note="Zeile 1\nZeile 2", title="Dr.")
    world.answer(MAYOR, pending())
    world.answer(OFFICE, answer)
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())

    answers = {
        status.member.key: status.version and status.version.answer
        for status in world.round_status().invitations
    }
    assert answers == {"01": answer, "02": pending(), "03": decline(), "04": None}
    assert world.round_status().counts == {
        AnswerKind.COSIGN: 1,
        AnswerKind.DECLINE: 1,
        AnswerKind.NOT_COMPETENT: 0,
        AnswerKind.PENDING: 1,
        None: 1,
    }


def test_members_are_in_german_alphabetical_order(world: World) -> None:
    world.opened(rows=[member("1", "Zell", "Stadt Zell"), AEHRINGEN, BEISPIELSTADT])
    assert [status.member.name for status in world.round_status().invitations] == [
        "Ähringen",
        "Beispielstadt",
        "Zell",
    ]


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        ("", "", MailState.PENDING),
        ("sent_at", "", MailState.SENT),
        ("sent_at", "failed_at", MailState.SENT),
        ("failed_at", "", MailState.PENDING),
        ("failed_at", "failed_at", MailState.FAILED),
    ],
)
def test_member_is_reached_if_one_representative_was_reached(
    world: World, first: str, second: str, state: MailState
) -> None:
    world.opened()
    ids = world.db.conn.execute(
        "SELECT outbox.id FROM outbox JOIN links ON links.id = link_id WHERE links.email IN (?, ?) ORDER BY 1",
        [MAYOR, OFFICE],
    ).fetchall()
    for (id,), column in zip(ids, (first, second), strict=True):
        if column:
            world.db.conn.execute(
                f"UPDATE outbox SET {column} = '2027-01-18T09:00:00.000000+00:00' WHERE id = ?",
                [id],
            )
    assert world.invitation_status("01").mail is state
    assert world.invitation_status("04").mail is None  # by letter
