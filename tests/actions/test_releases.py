"""Releases that are planned, cancelled or withdrawn, in the tables, the archive and the audit log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from signoff import actions, store
from signoff.actions.prints import load_pictures
from signoff.domain.approvals import Approval, PublicAct
from signoff.domain.documents import Document
from signoff.domain.errors import Reason
from signoff.domain.papers import Annex, Picture
from signoff.domain.releases import PrintKind
from signoff.store.connection import IntegrityError, transaction
from tests.actions.test_rounds import refused
from tests.factories import CAST, MAYOR, SLUG, TEXT, sign
from tests.world import Sheet, World, print_sheet

LATER = timedelta(days=2)


@pytest.fixture
def ready(world: World) -> World:
    """Musterhausen has signed, the round is closed and its PDF printed."""
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.work()
    return world


def plan(world: World) -> None:
    actions.releases.release_paper(
        world.db, world.round().id, world.now + LATER, "staff/1", world.now
    )


def test_database_allows_cancelling_a_planned_release_only_before_its_time(ready: World) -> None:
    plan(ready)
    ready.now += LATER
    ready.work()
    with pytest.raises(IntegrityError, match="never changes"), transaction(ready.db):
        ready.db.execute("DELETE FROM releases")
    assert (
        refused(
            ready,
            lambda: actions.releases.cancel_release(
                ready.db, ready.round().id, "staff/1", ready.now
            ),
        )
        is Reason.ALREADY_RELEASED
    )


def test_two_workers_record_a_planned_release_once(ready: World) -> None:
    plan(ready)
    ready.now += LATER

    def record_in_between(digest: str, record: dict[str, object]) -> None:
        actions.releases.publish_due(ready.db, ready.services.archive.publish, ready.now)

    actions.releases.publish_due(ready.db, record_in_between, ready.now)
    assert ready.events().count("released") == 1


def test_release_can_be_planned_again_after_cancelling(ready: World) -> None:
    plan(ready)
    actions.releases.cancel_release(ready.db, ready.round().id, "staff/1", ready.now)
    plan(ready)
    ready.postbox.clear()
    ready.now += LATER
    ready.work()
    assert (
        len([subject for subject in ready.subjects() if subject.startswith("Veröffentlicht")]) == 4
    )
    assert ready.events()[-4:-1] == ["release_planned", "release_called_off", "release_planned"]


def test_file_withdrawn_during_publication_is_removed(ready: World) -> None:
    release = ready.released()
    with transaction(ready.db):
        ready.db.execute("UPDATE releases SET published_at = NULL")
    archive = ready.services.archive

    def publish_after_withdrawal(digest: str, record: dict[str, object]) -> None:
        content = archive.print_path(digest).read_bytes()
        actions.releases.retract_release(
            ready.db, release.round_id, "Grund", "", "staff/1", ready.now
        )
        actions.releases.remove_retracted_files(ready.db, archive.remove_release, ready.now)
        archive.store_print(content)
        archive.publish(digest, record)

    actions.releases.publish_due(ready.db, publish_after_withdrawal, ready.now)
    assert archive.release_path(release.sha256).exists()
    ready.work()
    assert not archive.release_path(release.sha256).exists()
    assert not archive.print_path(release.sha256).exists()


def test_withdrawal_is_mailed_to_all_members_and_clears_the_cache(ready: World) -> None:
    release = ready.released()
    cache = ready.settings.cache
    cache.mkdir(exist_ok=True)
    (cache / f"{'0' * 64}.pdf").write_bytes(b"a receipt")
    ready.postbox.clear()
    actions.releases.retract_release(
        ready.db,
        release.round_id,
        "Ein Gericht.",
        "https://verband.example/neu",
        "staff/1",
        ready.now,
    )
    ready.work()
    assert list(cache.iterdir()) == []
    assert {mail["Subject"].split(":")[0] for mail in ready.postbox} == {"Zurückgezogen"}
    assert len(ready.postbox) == 4
    text = ready.postbox[0].get_body(("plain",)).get_content()
    assert "Der Grund: Ein Gericht." in text
    assert "https://verband.example/neu" in text
    reason = refused(
        ready,
        lambda: actions.releases.retract_release(
            ready.db, release.round_id, "x", "", "staff/1", ready.now
        ),
    )
    assert reason is Reason.ALREADY_RETRACTED


def test_pictures_of_a_withdrawn_paper_are_removed_unless_another_text_shows_them(
    world: World,
) -> None:
    own, shared = (Picture(letter * 64, "png", b"x") for letter in "ab")
    actions.papers.store_pictures(world.db, (own, shared), "office", world.now)
    shown = [f'<p><img src="{picture.address}" alt="Plan"></p>' for picture in (own, shared)]
    world.paper(SLUG, replace(TEXT, html=TEXT.html + "".join(shown)))
    world.paper("anderes", replace(TEXT, html=TEXT.html + shown[1]))
    world.enrol(CAST)
    round = world.open()
    edition = store.papers.get_edition(world.db, round.edition_id)

    assert [address for address, _ in load_pictures(world.db, edition)] == [
        own.address,
        shared.address,
    ]
    world.closed()
    release = world.released()
    actions.releases.retract_release(world.db, release.round_id, "Grund", "", "staff/1", world.now)
    world.work()
    assert store.papers.find_picture(world.db, own.sha256) is None
    assert store.papers.find_picture(world.db, shared.sha256) == shared

    retract_other(world)
    assert store.papers.find_picture(world.db, shared.sha256) is None


def retract_other(world: World) -> None:
    """Release the other paper and withdraw it, too."""
    world.open("anderes")
    world.closed("anderes")
    world.work()
    other = actions.releases.release_paper(
        world.db, world.round("anderes").id, None, "staff/1", world.now
    )
    world.work()
    actions.releases.retract_release(world.db, other.round_id, "Grund", "", "staff/1", world.now)
    world.work()


def test_annexes_of_a_withdrawn_paper_are_removed_unless_another_text_uses_them(
    world: World,
) -> None:
    own, shared = (
        Annex(name, world.services.archive.store_annex(name.encode()), 4)
        for name in ("eine", "zwei")
    )
    for slug, annexes in ((SLUG, (own, shared)), ("anderes", (shared,))):
        world.paper(slug)
        for annex in annexes:
            actions.papers.attach(world.db, slug, 1, annex, "office", world.now)
    world.enrol(CAST)
    world.open()
    world.closed()
    release = world.released()
    actions.releases.retract_release(world.db, release.round_id, "Grund", "", "staff/1", world.now)
    world.work()
    archive = world.services.archive
    assert not archive.annex_path(own.sha256).exists()
    assert archive.annex_path(shared.sha256).exists()

    retract_other(world)
    assert not archive.annex_path(shared.sha256).exists()


def test_mail_about_a_withdrawn_release_is_not_sent(ready: World) -> None:
    release = actions.releases.release_paper(ready.db, ready.round().id, None, "staff/1", ready.now)
    ready.postbox.clear()
    actions.releases.retract_release(ready.db, release.round_id, "Grund", "", "staff/1", ready.now)
    ready.work()
    assert not [subject for subject in ready.subjects() if subject.startswith("Veröffentlicht")]
    assert not ready.services.archive.release_path(release.sha256).exists()


def test_release_with_four_eyes_is_requested_once(ready: World) -> None:
    actions.approvals.set_four_eyes(ready.db, True, "staff/1", ready.now)
    assert refused(ready, lambda: plan(ready)) is Reason.APPROVAL_REQUIRED
    sha256 = store.releases.find_latest_print(ready.db, ready.round().id, PrintKind.FINAL).sha256
    subject, payload = f"round/{ready.round().id}", {"sha256": sha256, "released_at": None}
    for _ in range(2):
        request = actions.approvals.request(
            ready.db, PublicAct.RELEASE, subject, payload, "staff/1", ready.now
        )
    assert ready.events().count("approval_requested") == 1
    assert ready.events().count("released") == 0
    assert refused(ready, lambda: plan(ready)) is Reason.APPROVAL_PENDING
    alone = refused(
        ready, lambda: actions.approvals.confirm(ready.db, request.id, "staff/1", ready.now)
    )
    assert alone is Reason.SAME_PERSON
    actions.approvals.confirm(ready.db, request.id, "staff/2", ready.now)
    release = store.releases.find_for_round(ready.db, ready.round().id)
    assert release
    assert release.sha256 == sha256


def test_database_refuses_the_requester_as_second_person(ready: World) -> None:
    with transaction(ready.db):
        request = Approval(0, PublicAct.RETRACTION, "round/1", "staff/1", ready.now)
        store.approvals.add(ready.db, request)
        with pytest.raises(IntegrityError):
            store.approvals.end(
                ready.db, PublicAct.RETRACTION, "round/1", ready.now, confirmed_by="staff/1"
            )


class Slow:
    """A printer that reports its progress."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    def __call__(self, document: Document) -> Sheet:
        raise AssertionError("printed without anybody to tell")

    def with_progress(self, progress: Callable[[int, int], None]) -> Callable[[Document], Sheet]:
        def printed(document: Document) -> Sheet:
            for step in (1, 2, 3, 4):
                progress(step, 4)
                self.steps.append(step)
            return print_sheet(document)

        return printed


def test_progress_of_a_print_is_recorded_while_it_runs(world: World) -> None:
    world.opened()
    world.work()
    world.closed()
    slow = Slow()
    world.work(print_pdf=slow)
    done = store.releases.find_latest_print(world.db, world.round().id, PrintKind.FINAL)
    assert (slow.steps, done.progress) == ([1, 2, 3, 4], 4)
