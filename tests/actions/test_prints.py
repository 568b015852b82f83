"""From closing to the public: what is printed, what is decided, what is released and when."""

from datetime import date, timedelta

import pytest

from signoff import actions, store
from signoff.cli.context import get_latest_round
from signoff.domain.errors import PrintError, Reason
from signoff.domain.releases import PrintKind
from tests.actions.test_rounds import refused
from tests.factories import (
    ADOPTED,
    BEISPIELSTADT,
    HESITANT,
    MAYOR,
    MUSTERHAUSEN,
    OFFICE,
    SLUG,
    UNWILLING,
    decline,
    member,
    sign,
)
from tests.world import DEADLINE, World

NOTE = "Im Rahmen der Mittel."


@pytest.fixture
def ending(world: World) -> World:
    """Musterhausen has signed with a note, Ähringen declined, and the deadline has passed."""
    world.opened()
    world.answer(MAYOR, sign(note=NOTE))
    world.answer(UNWILLING, decline())
    world.work()
    world.now = DEADLINE
    return world


def decide(world: World, what: str, accepted: bool = True, key: str = "01") -> None:
    actions.amendments.decide(
        world.db, world.invitation_status(key).invitation.id, what, accepted, "office", world.now
    )


def release(world: World, at=None):
    return actions.releases.release_paper(
        world.db, get_latest_round(world.db, SLUG).id, at, "office", world.now
    )


def final(world: World):
    return store.releases.find_latest_print(world.db, world.round().id, PrintKind.FINAL)


def test_the_round_closes_by_time_and_owes_its_print(ending: World) -> None:
    assert ending.round().closed_at is None
    ending.work()
    assert ending.round().closed_at == DEADLINE
    assert ending.events()[-3:] == ["round_closed", "typeset", "printed"]
    ending.now += timedelta(days=1)
    before = ending.contents()
    ending.work()
    assert ending.contents() == before


def test_a_round_closed_by_time_surprises_nobody_with_mail(ending: World) -> None:
    ending.postbox.clear()
    ending.work()
    assert ending.postbox == []


def test_early_closing_is_mailed_to_everybody(world: World) -> None:
    world.opened()
    world.work()
    world.postbox.clear()
    world.closed()
    world.work()
    assert {m["To"].addresses[0].addr_spec for m in world.postbox} == {
        MAYOR,
        OFFICE,
        HESITANT,
        UNWILLING,
    }
    assert refused(world, world.closed) is Reason.ALREADY_CLOSED


def test_closing_and_releasing_need_a_round(world: World) -> None:
    assert refused(world, world.closed) is Reason.NO_SUCH_PAPER
    world.enrol()
    world.paper()
    assert refused(world, world.closed) is Reason.NO_ROUND
    assert refused(world, lambda: release(world)) is Reason.NO_ROUND
    world.open()
    assert refused(world, lambda: release(world)) is Reason.NOT_YET_CLOSED


def test_nothing_is_released_while_a_note_or_a_name_is_undecided(ending: World) -> None:
    ending.work()
    assert refused(ending, lambda: release(ending)) is Reason.UNDECIDED
    decide(ending, "note")
    assert refused(ending, lambda: release(ending)) is Reason.NOT_PRINTED
    ending.work()
    assert release(ending)


def test_a_decision_after_closing_owes_a_new_print_that_shows_it(ending: World) -> None:
    ending.work()
    (line,) = ending.printed[-1].signatories
    assert line.note == ""
    first = final(ending)
    decide(ending, "note")
    ending.work()
    (line,) = ending.printed[-1].signatories
    assert line.note == NOTE
    assert final(ending).number == first.number + 1
    assert final(ending).sha256 != first.sha256
    assert release(ending).sha256 == final(ending).sha256
    assert refused(ending, lambda: decide(ending, "note", False)) is Reason.ALREADY_RELEASED


def test_a_decision_before_closing_owes_no_print(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign(note=NOTE))
    decide(world, "note")
    assert final(world) is None
    assert world.events()[-1] == "note_decided"


def test_only_what_is_there_is_decided(ending: World) -> None:
    assert (
        refused(ending, lambda: decide(ending, "name")) is Reason.NOTHING_TO_DECIDE
    )  # it signed as registered
    assert refused(ending, lambda: decide(ending, "note", key="03")) is Reason.NOTHING_TO_DECIDE
    assert refused(ending, lambda: decide(ending, "note", key="02")) is Reason.NOTHING_TO_DECIDE


def test_a_decision_is_valid_only_for_the_text_it_is_about(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign("Hansestadt Musterhausen", note=NOTE))
    decide(world, "note")
    decide(world, "name", False)
    assert world.invitation_status().undecided == ()
    world.answer(MAYOR, sign("Hansestadt Musterhausen", note="Etwas ganz anderes."))
    assert world.invitation_status().undecided == ("note",)
    world.answer(MAYOR, sign("Hansestadt Musterhausen", note=NOTE))
    assert (world.invitation_status().note_accepted, world.invitation_status().name_accepted) == (
        True,
        False,
    )


def test_everyone_counted_stands_in_the_print_and_nobody_else(ending: World) -> None:
    ending.work()
    document = ending.printed[-1]
    assert [each.key for each in document.signatories] == ["01"]
    assert document.as_of == DEADLINE
    assert document.checkpoint
    assert document.edition.text.adopted_on == ADOPTED


def test_a_second_release_finds_the_first(ending: World) -> None:
    decide(ending, "note")
    ending.work()
    first = release(ending)
    before = ending.contents()
    ending.now += timedelta(days=1)
    assert release(ending) == first
    assert ending.contents() == before
    assert (
        refused(
            ending,
            lambda: actions.rounds.cancel(
                ending.db, get_latest_round(ending.db, SLUG).id, "office", ending.now
            ),
        )
        is Reason.ALREADY_CLOSED
    )


def test_a_release_under_embargo_is_public_at_its_moment_and_not_before(ending: World) -> None:
    decide(ending, "note")
    ending.work()
    ending.postbox.clear()
    at = DEADLINE + timedelta(days=2)
    released = release(ending, at)
    ending.now = at - timedelta(microseconds=1)
    ending.work()
    assert ending.postbox == []
    assert ending.round().phase(ending.now) == "closed"
    assert store.dashboard.list_publications(ending.db, ending.now) == []
    assert not ending.services.archive.release_path(released.sha256).exists()

    ending.now = at
    ending.work()
    assert len(ending.postbox) == 4
    assert [
        each.edition.slug for each in store.dashboard.list_publications(ending.db, ending.now)
    ] == [SLUG]
    content = ending.services.archive.release_path(released.sha256).read_bytes()
    assert ending.services.archive.find_record(content)["paper"] == SLUG
    assert ending.services.archive.find_record(content + b" ") is None


def test_a_release_is_not_backdated(ending: World) -> None:
    decide(ending, "note")
    ending.work()
    assert (
        refused(ending, lambda: release(ending, DEADLINE - timedelta(seconds=1)))
        is Reason.RELEASE_PAST
    )


def test_closing_holds_where_printing_fails_and_it_can_be_asked_for_again(ending: World) -> None:
    def jammed(document: object) -> None:
        raise PrintError("das Zeichen fehlt in der Druckschrift")

    decide(ending, "note")
    ending.work(print_pdf=jammed)
    assert ending.round().closed_at
    assert refused(ending, lambda: release(ending)) is Reason.PRINT_FAILED
    actions.releases.prepare_release(
        ending.db, get_latest_round(ending.db, SLUG).id, "office", ending.now
    )
    ending.work()
    assert release(ending)


def test_preparing_closes_what_has_ended_and_refuses_what_has_not(world: World) -> None:
    world.opened()
    prepare = lambda: actions.releases.prepare_release(
        world.db, get_latest_round(world.db, SLUG).id, "office", world.now
    )  # noqa: E731
    assert refused(world, prepare) is Reason.NOT_YET_CLOSED
    world.now = DEADLINE
    assert prepare().closed_at == DEADLINE
    closing_again = world.contents()
    prepare()
    assert world.contents() == closing_again


def test_killed_while_printing_the_next_start_finishes_with_the_same_bytes(
    ending: World,
) -> None:
    class Killed(BaseException):
        pass

    def killed(document: object) -> None:
        raise Killed

    decide(ending, "note")
    for _ in range(3):
        with pytest.raises(Killed):
            ending.work(print_pdf=killed)
    assert final(ending).printed_at is None
    ending.work()
    first = final(ending).sha256
    assert release(ending).sha256 == first
    assert ending.events().count("printed") == 2  # the draft and the final one
    assert ending.services.archive.print_path(first).exists()


def test_a_file_is_kept_whole_or_not_at_all(ending: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between writing and its name the disk fails: nothing half, and the print is still owed."""

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    decide(ending, "note")
    with monkeypatch.context() as disk, pytest.raises(OSError, match="space"):
        disk.setattr("signoff.storage.os.fsync", fail)
        ending.work()
    archive = ending.services.archive.prints
    assert all(len(path.stem) == 64 for path in archive.iterdir())
    ending.work()
    assert release(ending)


@pytest.mark.parametrize("names", [("Groß-Gerau", "Łódź", "Ñemby", "Ελλάδα", "Київ", "Ä" * 120)])
def test_every_name_comes_through_whole_and_in_german_order(
    world: World, names: tuple[str, ...]
) -> None:
    world.opened(
        rows=[
            member(f"{n}", name, f"Stadt {name}", f"a@{n}.example") for n, name in enumerate(names)
        ]
    )
    for n, name in enumerate(names):
        world.answer(f"a@{n}.example", sign(f"Stadt {name}"))
    world.closed()
    world.work()
    listed = [each.sort_name for each in world.printed[-1].signatories]
    assert listed == ["Ä" * 120, "Groß-Gerau", "Łódź", "Ñemby", "Ελλάδα", "Київ"]


def test_the_deadline_holds_across_the_change_of_summer_time(world: World) -> None:
    world.opened(last_day=date(2027, 3, 28), rows=[MUSTERHAUSEN, BEISPIELSTADT])
    end = world.round().deadline
    assert end
    world.now = end - timedelta(microseconds=1)
    assert world.now.isoformat() == "2027-03-28T21:59:59.999999+00:00" or world.now.utcoffset()
    world.answer(MAYOR, sign())
    world.now = end
    assert refused(world, lambda: world.answer(HESITANT, sign())) is Reason.NOT_OPEN
    world.work()
    assert [each.key for each in world.printed[-1].signatories] == ["01"]


def test_a_print_of_a_decision_withdrawn_is_superseded_and_never_released(ending: World) -> None:
    ending.work()
    decide(ending, "note", True)
    decide(ending, "note", False)
    ending.work()
    assert store.releases.find_for_round(ending.db, ending.round().id) is None
    released = release(ending)
    (line,) = ending.printed[-1].signatories
    assert (line.note, released.sha256) == ("", final(ending).sha256)
