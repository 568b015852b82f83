"""Renew the timestamps of released files before they run out.

A timestamp proves nothing by itself once the certificate of its authority has run out or was
revoked. One more over the whole file, by a certificate that lasts longer, takes over.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from sqlite_utils import Database

from signoff import store
from signoff.actions.releases import build_archive_record
from signoff.domain.audit import Event
from signoff.domain.releases import FailedRenewal, Release, Renewal, SealError
from signoff.store.connection import transaction

# Before the certificate runs out. An authority changes its certificate long before that; if it has
# ceased to exist or refuses, a quarter of a year is enough to find another one.
MARGIN = timedelta(days=90)
RETRY = timedelta(hours=1)  # after a failure


class RenewalArchive(Protocol):
    """The store of released files."""

    def release_path(self, digest: str) -> Path: ...

    def store_renewal(self, content: bytes, record: dict[str, object]) -> str: ...


class Renewer(Protocol):
    """Reads and renews timestamps."""

    def find_timestamp_end(self, file: Path) -> datetime | None: ...

    def renew_timestamp(self, content: bytes, association: str) -> bytes: ...


def renew_due(
    db: Database, archive: RenewalArchive, sealing: Renewer, now: datetime
) -> list[Release]:
    """Renew every timestamp that runs out soon; what fails is tried again later. The file is stored
    first: after an interruption it is made once more.
    """
    renewed = []
    for release in store.renewals.list_with_timestamp(db, now - RETRY):
        path = archive.release_path(release.latest_sha256)
        if not path.exists():  # `doctor` says so
            continue
        until = sealing.find_timestamp_end(path)
        if until is None or until - now > MARGIN:
            continue
        content = path.read_bytes()
        try:
            if sha256(content).hexdigest() != release.latest_sha256:
                raise SealError("die Datei im Archiv ist beschädigt")
            later = sealing.renew_timestamp(content, store.association.get(db).name)
        except SealError as problem:
            with transaction(db):
                store.renewals.save_failure(db, FailedRenewal(release.id, now, until, str(problem)))
            continue
        digest = archive.store_renewal(later, build_archive_record(db, release))
        with transaction(db):
            current = store.releases.get(db, release.id)
            if current.latest_sha256 != release.latest_sha256:
                continue  # another worker was faster
            # If the release was retracted meanwhile, the file is removed with the others.
            store.renewals.add(db, Renewal(digest, release.id, len(later), now))
            subject = f"round/{release.round_id}"
            details = {"sha256": digest, "released_sha256": release.sha256}
            store.audit.record(db, Event.TIMESTAMP_RENEWED, "worker", subject, now, **details)
        renewed.append(release)
    return renewed
