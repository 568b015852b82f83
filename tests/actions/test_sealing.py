"""From closing to the sealed file: recorded before sealing, repeated after a crash, and never failing silently."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.documents import VerificationCheck
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import Print, PrintKind
from signoff.pdf import keys
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.verify import verify_pdf
from signoff.services import build_sealing
from signoff.store.connection import transaction
from tests.factories import FORUM, MAYOR, sign
from tests.pdf.certificate_authority import authority
from tests.world import DEADLINE, FakeSeal, World

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def closing(world: World) -> World:
    """A round whose deadline has just passed, with a real printer and a real seal."""
    world.opened()
    world.work()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.settings.own_seal.write_bytes(keys.generate_key("Verband"))
    world.services = replace(
        world.services, print_pdf=print_in_subprocess, sealing=build_sealing(world.settings)
    )
    return world


def final(world: World) -> Print:
    print_ = store.releases.find_latest_print(world.db, world.round().id, PrintKind.FINAL)
    assert print_
    return print_


def content(world: World) -> bytes:
    return world.services.archive.print_path(final(world).sha256).read_bytes()


def details(world: World, event: str) -> dict[str, object]:
    return next(entry.details or {} for entry in reversed(world.entries()) if entry.event == event)


def trusted(world: World):
    return keys.parse_pem(world.services.sealing.export_certificates(FORUM.name))


def test_file_is_sealed_after_its_digest_is_in_the_audit_log(
    closing: World,
) -> None:
    closing.work()
    done = final(closing)

    assert (done.step, done.seal) == ("done", "B-B")
    assert closing.events()[-3:] == ["round_closed", "typeset", "printed"]
    report = verify_pdf(content(closing), trusted(closing))
    assert report.genuine
    assert (report.holder, report.count) == (FORUM.name, 1)
    (checkpoint,) = store.log.list_checkpoints(closing.db)
    assert (report.size, report.root) == (checkpoint.size, checkpoint.root.hex())
    assert report.checks[VerificationCheck.CHECKPOINT]

    unsealed = content(closing)[: content(closing).index(b"%%EOF") + 6]
    assert details(closing, "typeset") == {"unsealed_sha256": done.unsealed_sha256}
    assert sha256(unsealed).hexdigest() == done.unsealed_sha256


def test_round_is_typeset_identically_in_another_process_and_time_zone(
    closing: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing.work()
    done = final(closing)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        document = actions.prints.build_document(
            closing.db,
            done,
            closing.settings.base_url,
            closing.services.sealing,
        )
        document = actions.prints.attach_files(closing.db, done, document, closing.services)
        assert print_in_subprocess(document).sha256 == done.unsealed_sha256
    finally:
        monkeypatch.undo()
        time.tzset()


def test_failed_examination_leaves_a_way_out_that_changes_no_answer(closing: World) -> None:
    closing.print_error = "die gedruckte Liste weicht ab"
    fakes = {"print_pdf": closing.print_pdf, "sealing": FakeSeal()}
    closing.work(**fakes)
    assert final(closing).error == "die gedruckte Liste weicht ab"

    closing.print_error = ""
    actions.prints.retry_failed_print(
        closing.db, closing.round().id, "office", closing.now, plain=True
    )
    closing.work(**fakes)
    assert closing.printed[-1].plain
    assert closing.printed[-1].layout == "state"
    assert details(closing, "print_ordered")["plain"] is True
    assert final(closing).step == "done"


def test_failed_timestamp_does_not_undo_the_closing_and_is_explained_to_the_office(
    closing: World,
) -> None:
    with authority("broken") as url:
        closing.services = replace(
            closing.services, sealing=replace(closing.services.sealing, tsa_url=url)
        )
        closing.work()

        assert closing.round().closed_at == DEADLINE
        assert final(closing).error == "die Zeitstempelstelle 127.0.0.1 meldet einen Fehler (500)"
        with pytest.raises(Refusal) as refused:
            actions.releases.release_paper(
                closing.db, closing.round().id, None, "office", closing.now
            )
        assert refused.value.reason is Reason.PRINT_FAILED

        actions.prints.reprint(closing.db, closing.round().id, False, "office", closing.now)
        closing.work()
        assert (final(closing).step, final(closing).seal) == ("done", "B-B")
        assert details(closing, "print_ordered")["timestamp"] is False

    with authority() as url:
        closing.services = replace(
            closing.services, sealing=replace(closing.services.sealing, tsa_url=url)
        )
        actions.prints.reprint(closing.db, closing.round().id, True, "office", closing.now)
        closing.work()
    assert (final(closing).step, final(closing).seal) == ("done", "B-LTA")
    assert verify_pdf(content(closing), trusted(closing)).genuine


def test_decision_to_seal_without_timestamp_applies_to_later_prints(closing: World) -> None:
    closing.work()
    actions.prints.reprint(closing.db, closing.round().id, False, "office", closing.now)
    assert not final(closing).timestamp
    with transaction(closing.db):
        store.releases.enqueue_print(
            closing.db, closing.round().id, PrintKind.FINAL, 1, closing.now
        )
    assert not final(closing).timestamp


def test_print_without_a_key_fails_with_an_explanation(closing: World) -> None:
    closing.settings.own_seal.unlink()
    closing.work()

    assert final(closing).error == "die Siegeldatei oder ihr Kennwort ist nicht lesbar (seal.p12)"


def test_only_a_closed_and_unreleased_paper_can_be_reprinted(closing: World) -> None:
    with pytest.raises(Refusal) as refused:
        actions.prints.reprint(
            closing.db,
            closing.round().id,
            True,
            "office",
            DEADLINE - timedelta(days=1),
        )
    assert refused.value.reason is Reason.NOT_YET_CLOSED
    closing.work()
    actions.releases.release_paper(closing.db, closing.round().id, None, "office", closing.now)
    with pytest.raises(Refusal) as refused:
        actions.prints.reprint(closing.db, closing.round().id, True, "office", closing.now)
    assert refused.value.reason is Reason.ALREADY_RELEASED


WORK = """
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from signoff.services import build_services
from signoff.worker import Worker
from signoff.store.connection import connect
from tests import world
settings = world.Settings(Path(sys.argv[1]), world.BASE, world.KEYS)
db = connect(settings.database)
played = replace(build_services(settings), clock=lambda: world.DEADLINE, send_mail=lambda mail: None)
print("begun", flush=True)
with Worker(settings, db, played) as worker:
    worker.run_once()
"""


def test_worker_killed_while_printing_leaves_one_file(closing: World) -> None:
    folder = closing.settings.instance
    for pause in (0.05, 0.7, 1.6):
        process = subprocess.Popen(
            [sys.executable, "-c", WORK, str(folder)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ},
        )
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        time.sleep(pause)  # the instant of the kill, not a wait for something
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    closing.work()

    assert final(closing).step == "done"
    assert closing.events().count("printed") == 2  # the draft and the final one
    assert closing.events().count("typeset") == 1
    assert verify_pdf(content(closing), trusted(closing)).genuine
    assert store.audit.find_fault(closing.db) is None


def test_decision_after_sealing_enqueues_another_sealed_file(closing: World) -> None:
    closing.now = DEADLINE - timedelta(days=1)
    closing.answer(MAYOR, sign(note="Im Rahmen der Haushaltsmittel."))
    closing.now = DEADLINE
    closing.work()
    first = final(closing).sha256
    actions.amendments.decide(
        closing.db, closing.invitation_status().invitation.id, "note", True, "office", closing.now
    )
    closing.work()

    assert final(closing).sha256 != first
    assert verify_pdf(content(closing), trusted(closing)).genuine
