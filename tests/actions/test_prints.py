"""From closing to release: prints, decisions and the time of the release."""

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
def ended_world(world: World) -> World:
    """Musterhausen has signed with a note, Ähringen declined, and the deadline has passed."""
    world.opened()
    world.answer(MAYOR, sign(note=NOTE))
    world.answer(UNWILLING, decline())
    world.work()
    world.now = DEADLINE
    return world


def decide(world: World, item: str, accepted: bool = True, key: str = "01") -> None:
    actions.amendments.decide(
        world.db, world.invitation_status(key).invitation.id, item, accepted, "office", world.now
    )


def release(world: World, at=None):
    return actions.releases.release_paper(
        world.db, get_latest_round(world.db, SLUG).id, at, "office", world.now
    )


def final(world: World):
    return store.releases.find_latest_print(world.db, world.round().id, PrintKind.FINAL)


def test_round_closes_at_its_deadline_and_enqueues_its_print(ended_world: World) -> None:
    assert ended_world.round().closed_at is None
    ended_world.work()
    assert ended_world.round().closed_at == DEADLINE
    assert ended_world.events()[-3:] == ["round_closed", "typeset", "printed"]
    ended_world.now += timedelta(days=1)
    before = ended_world.contents()
    ended_world.work()
    assert ended_world.contents() == before


def test_closing_at_the_deadline_sends_no_mail(ended_world: World) -> None:
    ended_world.postbox.clear()
    ended_world.work()
    assert ended_world.postbox == []


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


def test_early_closing_is_mailed_to_nobody_who_was_not_invited_yet(world: World) -> None:
    world.opened()
    world.closed()
    world.work()
    assert world.postbox == []


def test_closing_and_releasing_need_an_existing_round(world: World) -> None:
    assert refused(world, world.closed) is Reason.NO_SUCH_PAPER
    world.enrol()
    world.paper()
    assert refused(world, world.closed) is Reason.NO_ROUND
    assert refused(world, lambda: release(world)) is Reason.NO_ROUND
    world.open()
    assert refused(world, lambda: release(world)) is Reason.NOT_YET_CLOSED


def test_round_is_not_released_while_a_note_or_name_is_undecided(ended_world: World) -> None:
    ended_world.work()
    assert refused(ended_world, lambda: release(ended_world)) is Reason.UNDECIDED
    decide(ended_world, "note")
    assert refused(ended_world, lambda: release(ended_world)) is Reason.NOT_PRINTED
    ended_world.work()
    assert release(ended_world)


def test_decision_after_closing_enqueues_a_new_print(ended_world: World) -> None:
    ended_world.work()
    (line,) = ended_world.printed[-1].signatories
    assert line.note == ""
    first = final(ended_world)
    decide(ended_world, "note")
    ended_world.work()
    (line,) = ended_world.printed[-1].signatories
    assert line.note == NOTE
    assert final(ended_world).number == first.number + 1
    assert final(ended_world).sha256 != first.sha256
    assert release(ended_world).sha256 == final(ended_world).sha256
    assert (
        refused(ended_world, lambda: decide(ended_world, "note", False)) is Reason.ALREADY_RELEASED
    )


def test_decision_before_closing_enqueues_no_print(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign(note=NOTE))
    decide(world, "note")
    assert final(world) is None
    assert world.events()[-1] == "note_decided"


def test_decision_needs_a_note_or_a_name(ended_world: World) -> None:
    assert (
        refused(ended_world, lambda: decide(ended_world, "name")) is Reason.NOTHING_TO_DECIDE
    )  # it signed as registered
    assert (
        refused(ended_world, lambda: decide(ended_world, "note", key="03"))
        is Reason.NOTHING_TO_DECIDE
    )
    assert (
        refused(ended_world, lambda: decide(ended_world, "note", key="02"))
        is Reason.NOTHING_TO_DECIDE
    )


def test_decision_is_valid_only_for_the_text_it_was_made_about(world: World) -> None:
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


def test_print_lists_exactly_the_counted_signatories(ended_world: World) -> None:
    ended_world.work()
    document = ended_world.printed[-1]
    assert [signatory.key for signatory in document.signatories] == ["01"]
    assert document.as_of == DEADLINE
    assert document.log
    assert document.edition.text.adopted_on == ADOPTED


def test_print_is_made_from_the_tables_and_not_from_what_is_kept(ended_world: World) -> None:
    actions.rounds.close_due(ended_world.db, ended_world.now)
    ended_world.round_status()
    ended_world.db.conn.execute(
        "UPDATE answer_people SET last_name = 'Anders'"
    )  # not by the program
    ended_world.work()
    (line,) = ended_world.printed[-1].signatories
    assert line.signer.endswith("Anders")


def test_releasing_twice_returns_the_first_release(ended_world: World) -> None:
    decide(ended_world, "note")
    ended_world.work()
    first = release(ended_world)
    before = ended_world.contents()
    ended_world.now += timedelta(days=1)
    assert release(ended_world) == first
    assert ended_world.contents() == before
    assert (
        refused(
            ended_world,
            lambda: actions.rounds.cancel(
                ended_world.db, get_latest_round(ended_world.db, SLUG).id, "office", ended_world.now
            ),
        )
        is Reason.ALREADY_CLOSED
    )


def test_planned_release_becomes_public_at_its_time(ended_world: World) -> None:
    decide(ended_world, "note")
    ended_world.work()
    ended_world.postbox.clear()
    at = DEADLINE + timedelta(days=2)
    released = release(ended_world, at)
    ended_world.now = at - timedelta(microseconds=1)
    ended_world.work()
    assert ended_world.postbox == []
    assert ended_world.round().phase(ended_world.now) == "closed"
    assert store.dashboard.list_publications(ended_world.db, ended_world.now) == []
    assert not ended_world.services.archive.release_path(released.sha256).exists()

    ended_world.now = at
    ended_world.work()
    assert len(ended_world.postbox) == 4
    assert [
        publication.edition.slug
        for publication in store.dashboard.list_publications(ended_world.db, ended_world.now)
    ] == [SLUG]
    content = ended_world.services.archive.release_path(released.sha256).read_bytes()
    assert ended_world.services.archive.find_record(content)["paper"] == SLUG
    assert ended_world.services.archive.find_record(content + b" ") is None


def test_release_cannot_be_backdated(ended_world: World) -> None:
    decide(ended_world, "note")
    ended_world.work()
    assert (
        refused(ended_world, lambda: release(ended_world, DEADLINE - timedelta(seconds=1)))
        is Reason.RELEASE_PAST
    )


def test_failed_print_does_not_undo_the_closing_and_can_be_requested_again(
    ended_world: World,
) -> None:
    def fail_to_print(document: object) -> None:
        raise PrintError("das Zeichen fehlt in der Druckschrift")

    decide(ended_world, "note")
    ended_world.work(print_pdf=fail_to_print)
    assert ended_world.round().closed_at
    assert refused(ended_world, lambda: release(ended_world)) is Reason.PRINT_FAILED
    actions.releases.prepare_release(
        ended_world.db, get_latest_round(ended_world.db, SLUG).id, "office", ended_world.now
    )
    ended_world.work()
    assert release(ended_world)


def test_prepare_closes_an_ended_round_and_refuses_an_open_one(world: World) -> None:
    world.opened()
    prepare = lambda: actions.releases.prepare_release(
        world.db, get_latest_round(world.db, SLUG).id, "office", world.now
    )  # noqa: E731
    assert refused(world, prepare) is Reason.NOT_YET_CLOSED
    world.now = DEADLINE
    assert prepare().closed_at == DEADLINE
    contents = world.contents()
    prepare()
    assert world.contents() == contents


def test_restarted_worker_finishes_an_interrupted_print_with_the_same_bytes(
    ended_world: World,
) -> None:
    class Killed(BaseException):
        pass

    def killed(document: object) -> None:
        raise Killed

    decide(ended_world, "note")
    for _ in range(3):
        with pytest.raises(Killed):
            ended_world.work(print_pdf=killed)
    assert final(ended_world).printed_at is None
    ended_world.work()
    first = final(ended_world).sha256
    assert release(ended_world).sha256 == first
    assert ended_world.events().count("printed") == 2  # the draft and the final one
    assert ended_world.services.archive.print_path(first).exists()


def test_file_is_stored_completely_or_not_at_all(
    ended_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fails between writing and renaming: no partial file, and the print is still due."""

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    decide(ended_world, "note")
    with monkeypatch.context() as disk, pytest.raises(OSError, match="space"):
        disk.setattr("signoff.storage.os.fsync", fail)
        ended_world.work()
    archive = ended_world.services.archive.prints
    assert all(len(path.stem) == 64 for path in archive.iterdir())
    ended_world.work()
    assert release(ended_world)


@pytest.mark.parametrize("names", [("Groß-Gerau", "Łódź", "Ñemby", "Ελλάδα", "Київ", "Ä" * 120)])
def test_names_are_printed_unchanged_and_in_german_order(
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
    listed = [signatory.sort_name for signatory in world.printed[-1].signatories]
    assert listed == ["Ä" * 120, "Groß-Gerau", "Łódź", "Ñemby", "Ελλάδα", "Київ"]


def test_deadline_is_correct_across_the_change_to_summer_time(world: World) -> None:
    world.opened(last_day=date(2027, 3, 28), rows=[MUSTERHAUSEN, BEISPIELSTADT])
    end = world.round().deadline
    assert end
    world.now = end - timedelta(microseconds=1)
    assert world.now.isoformat() == "2027-03-28T21:59:59.999999+00:00" or world.now.utcoffset()
    world.answer(MAYOR, sign())
    world.now = end
    assert refused(world, lambda: world.answer(HESITANT, sign())) is Reason.NOT_OPEN
    world.work()
    assert [signatory.key for signatory in world.printed[-1].signatories] == ["01"]


def test_print_made_before_a_reversed_decision_is_never_released(ended_world: World) -> None:
    ended_world.work()
    decide(ended_world, "note", True)
    decide(ended_world, "note", False)
    ended_world.work()
    assert store.releases.find_for_round(ended_world.db, ended_world.round().id) is None
    released = release(ended_world)
    (line,) = ended_world.printed[-1].signatories
    assert (line.note, released.sha256) == ("", final(ended_world).sha256)
