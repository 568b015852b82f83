"""The worker renews the timestamp of a released file before its authority's certificate runs out."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from signoff import actions, backups, checks, health, store
from signoff.backups import BackupError
from signoff.checks import Grade
from signoff.exports import verify_signoff
from signoff.pdf import keys
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.timestamps import find_timestamp_end, read_timestamp_end
from signoff.pdf.verify import verify_pdf
from signoff.services import build_sealing
from tests.cli.conftest import Run, cli, run
from tests.factories import FORUM, MAYOR, sign
from tests.pdf.public_keys import public_keys
from tests.world import DEADLINE, SLUG, World

__all__ = ["cli", "run"]
pytestmark = pytest.mark.slow

RUNS_OUT = datetime(2028, 1, 1, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Callable[[int], str]]:
    """The address of a timestamp authority whose certificate runs out at the start of a year."""
    with ExitStack() as running:

        def start(year: int) -> str:
            folder = tmp_path / str(year)
            folder.mkdir()
            _, url, _ = running.enter_context(public_keys(folder, stamps_until=year))
            return url

        yield start


@pytest.fixture
def released(world: World, authority: Callable[[int], str]) -> World:
    """A released file with a timestamp that counts until 2028."""
    world.opened()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.settings.own_seal.write_bytes(keys.generate_key("Verband"))
    sealing = replace(build_sealing(world.settings), tsa_url=authority(2028))
    world.services = replace(world.services, print_pdf=print_in_subprocess, sealing=sealing)
    world.closed()
    world.released()
    return world


def use_authority(world: World, url: str) -> None:
    world.services = replace(world.services, sealing=replace(world.services.sealing, tsa_url=url))


class Retracting:
    """Renews while somebody retracts the release."""

    def __init__(self, world: World) -> None:
        self.world, self.find_timestamp_end = world, world.services.sealing.find_timestamp_end

    def renew_timestamp(self, content: bytes, association: str) -> bytes:
        world = self.world
        actions.releases.retract_release(
            world.db, world.round().id, "Beschluss", "", "office", world.now
        )
        return world.services.sealing.renew_timestamp(content, association)


def test_a_damaged_file_stops_no_renewal_and_a_retracted_one_does_not_stay(
    released: World, authority: Callable[[int], str]
) -> None:
    world, archive = released, released.services.archive
    world.now = RUNS_OUT - timedelta(days=89)
    use_authority(world, authority(2060))
    (release,) = store.releases.list_for_round(world.db, world.round().id)
    path = archive.release_path(release.sha256)
    first = path.read_bytes()
    path.write_bytes(b"%PDF-1.7")
    read_timestamp_end.cache_clear()  # the worker has been started since
    sealing = world.services.sealing
    assert actions.renewals.renew_due(world.db, archive, sealing, world.now) == []

    path.write_bytes(first)
    actions.renewals.renew_due(world.db, archive, Retracting(world), world.now)
    world.work()
    files = list(path.parent.iterdir())
    assert [file for file in files if file.suffix == ".pdf"] == []
    assert all(b"withdrawn_at" in file.read_bytes() for file in files)
    assert len(files) == 2


def test_a_timestamp_is_renewed_before_it_runs_out(
    released: World, authority: Callable[[int], str], cli: Run, tmp_path: Path
) -> None:
    world, archive = released, released.services.archive
    (release,) = store.releases.list_for_round(world.db, world.round().id)
    first = archive.release_path(release.sha256).read_bytes()
    assert find_timestamp_end(first) == RUNS_OUT

    # Not before it is time.
    world.now = RUNS_OUT - timedelta(days=91)
    world.work()
    assert store.renewals.list_failed(world.db) == []

    # As long as the authority has no better certificate, the office is told.
    world.now = RUNS_OUT - timedelta(days=89)
    world.work()
    ((failed, title),) = store.renewals.list_failed(world.db)
    assert failed.valid_until == RUNS_OUT
    assert "kein Zertifikat, das länger gilt" in failed.error
    (finding,) = checks.check_timestamps(world.db)
    assert finding.grade is Grade.WARNING
    checked = health.check_all(world.settings, world.now)
    assert checked["timestamps"] == {"status": Grade.WARNING, "failed": 1}

    # The next authority is tried an hour later.
    use_authority(world, authority(2060))
    world.now += timedelta(minutes=59)
    world.work()
    assert len(store.renewals.list_failed(world.db)) == 1
    world.now += timedelta(minutes=1)
    world.work()
    assert store.renewals.list_failed(world.db) == []
    (renewal,) = store.renewals.list_for_release(world.db, release.id)
    renewed = archive.release_path(renewal.sha256).read_bytes()
    assert sha256(renewed).hexdigest() == renewal.sha256
    assert renewed.startswith(first)
    assert find_timestamp_end(renewed) == datetime(2060, 1, 1, tzinfo=UTC)
    entry = world.entries()[-1]
    assert (entry.event, (entry.details or {})["sha256"]) == ("timestamp_renewed", renewal.sha256)

    # Both files are genuine, with the certificates that are given away.
    certificates = world.services.sealing.export_certificates(FORUM.name)
    trust = verify_signoff.Trust(certificates)
    for content in (first, renewed):
        assert verify_pdf(content, keys.parse_pem(certificates)).genuine
        assert verify_signoff.check(content, trust).verdict == "genuine"
        record = archive.find_record(content)
        assert record
        assert record["sha256"] == sha256(content).hexdigest()

    # The pages give the new file away; the old one stays where it was.
    client = world.build_app().test_client()

    def get(path: str) -> bytes:
        with client.get(path, base_url=world.settings.base_url) as answer:
            assert answer.status_code == 200, path
            return bytes(answer.data)

    assert get(f"/papers/{SLUG}/{SLUG}.pdf") == renewed
    assert get(f"/papers/{SLUG}/{SLUG}-1.pdf") == first
    for digest, content in ((release.sha256, first), (renewal.sha256, renewed)):
        assert get(f"/files/{digest}.pdf") == content
        said = json.loads(get(f"/verify/{digest}.json"))
        assert said["verdict"] == "genuine"
        assert ("Zeitstempel erneuert" in " ".join(said["says"])) == (content == first)
        page = world.browser().open("/verify").submit({"file": (BytesIO(content), "a.pdf")})
        assert "Die Datei ist echt" in page.text
        assert digest.encode()[:8] in get(f"/papers/{SLUG}").replace(b" ", b"")

    feed = get("/feed.atom").decode()
    assert f'length="{len(renewed)}"' in feed
    assert f'length="{len(first)}"' not in feed

    # The bundle has the new one.
    bundle, key = tmp_path / "bundle.zip", world.services.log_key.verifier_key.encode()
    assert cli("bundle", SLUG, bundle).code == 0
    assert verify_signoff.read_bundle(bundle.read_bytes())["releases/1-final.pdf"] == renewed
    trust = verify_signoff.Trust(certificates + key)
    assert verify_signoff.check(bundle.read_bytes(), trust).verdict == "genuine"

    # It needs no other for years, and belongs to the archive.
    world.now += timedelta(days=366)
    world.work()
    assert len(store.renewals.list_for_release(world.db, release.id)) == 1
    assert store.audit.find_fault(world.db) is None
    assert backups.check_restored(world.settings.instance).entries
    path = archive.release_path(renewal.sha256)
    path.rename(path.with_suffix(".gone"))
    with pytest.raises(BackupError):
        backups.check_restored(world.settings.instance)
    path.with_suffix(".gone").rename(path)

    # Retraction removes both.
    actions.releases.retract_release(
        world.db, world.round().id, "Beschluss", "", "office", world.now
    )
    world.work()
    for digest in (release.sha256, renewal.sha256):
        path = archive.release_path(digest)
        assert not path.exists()
        assert "withdrawn_at" in json.loads(path.with_suffix(".json").read_text("utf-8"))
