"""Whether an instance works, for programs that watch it: as JSON and in the format of Prometheus.

Each check is cheap and waits for no writer. Nothing here is about a person.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff import backups, store
from signoff.checks import LOW_DISK_SPACE, MAX_CLOCK_SKEW, MIN_DISK_SPACE, Grade
from signoff.config import Settings
from signoff.moments import find_beat, find_jump
from signoff.store.connection import DatabaseError, NotOnDiskError, connect, recover_log

READING_TIMEOUT = 0.1  # seconds; in WAL mode readers do not wait at all
MAX_SILENCE = timedelta(minutes=10)  # of the worker: longer than any of its steps
MAX_MAIL_AGE = timedelta(hours=1)

Check = dict[str, object]  # its ``status`` (a ``Grade``), and what was measured


def check_all(settings: Settings, now: datetime) -> dict[str, Check]:
    """Every check by its name."""
    return {
        **check_tables(settings, lambda db: check_database(db, settings, now)),
        "disk": check_disk(settings),
        "worker": check_worker(settings, now),
        "backup": check_backup(settings, now),
    }


def check_database_only(settings: Settings) -> dict[str, Check]:
    """The checks that decide whether a page can be shown at all."""
    return check_tables(settings, lambda db: {})


def grade(checks: dict[str, Check]) -> Grade:
    """The worst of them. What is not known is not held against anybody."""
    found = {check["status"] for check in checks.values()}
    return next((each for each in (Grade.ERROR, Grade.WARNING) if each in found), Grade.OK)


def check_tables(
    settings: Settings, check: Callable[[Database], dict[str, Check]]
) -> dict[str, Check]:
    """Whether the database can be read and its log be stored, whether its schema fits, and if so
    ``check``.
    """
    try:
        with closing(open_database(settings)) as db:
            recover_log(db)
            if pending := store.migrations.list_pending(db):
                return {
                    "database": {"status": Grade.OK},
                    "schema": {"status": Grade.ERROR, "pending": pending},
                }
            return {
                "database": {"status": Grade.OK},
                "schema": {"status": Grade.OK},
                **check(db),
            }
    except NotOnDiskError as problem:
        failed: Check = {"status": Grade.ERROR, "reason": str(problem)}
        return {"database": failed, "schema": {"status": Grade.UNKNOWN}}
    except (DatabaseError, OSError, RuntimeError):
        return {"database": {"status": Grade.ERROR}, "schema": {"status": Grade.UNKNOWN}}


def open_database(settings: Settings) -> Database:
    settings.database.stat()  # opening would make an empty one
    return connect(settings.database, timeout=READING_TIMEOUT)


def check_database(db: Database, settings: Settings, now: datetime) -> dict[str, Check]:
    owed, oldest = store.health.count_owed_mail(db, now)
    age = now - oldest if oldest else timedelta()
    latest = store.health.find_latest_moment(db)
    clock = Grade.WARNING if latest and latest > now + MAX_CLOCK_SKEW else Grade.OK
    failed = store.renewals.list_failed(db)
    jumped = find_jump(settings.instance, latest, now) is not None
    return {
        "mail": {
            "status": Grade.WARNING if age > MAX_MAIL_AGE else Grade.OK,
            "owed": owed,
            "oldest_seconds": int(age.total_seconds()),
        },
        "timestamps": {"status": Grade.WARNING if failed else Grade.OK, "failed": len(failed)},
        "clock": {
            "status": Grade.ERROR if jumped else clock,
            "now": now.isoformat(timespec="seconds"),
        },
    }


def check_disk(settings: Settings) -> Check:
    free = shutil.disk_usage(settings.instance).free
    grade = Grade.ERROR if free < MIN_DISK_SPACE else Grade.WARNING
    return {"status": grade if free < LOW_DISK_SPACE else Grade.OK, "free_bytes": free}


def check_worker(settings: Settings, now: datetime) -> Check:
    beat = find_beat(settings.instance)
    if beat is None:
        return {"status": Grade.ERROR}
    age = now - beat
    return {
        "status": Grade.ERROR if age > MAX_SILENCE else Grade.OK,
        "beat_seconds": int(age.total_seconds()),
    }


def check_backup(settings: Settings, now: datetime) -> Check:
    """The last good one, if any."""
    state = backups.load_state(settings.instance)
    if state.good_at is None:
        return {"status": Grade.UNKNOWN}
    return {
        "status": Grade.OK if state.is_good(now) else Grade.WARNING,
        "age_seconds": int((now - state.good_at).total_seconds()),
    }


# Prometheus: text format 0.0.4, one gauge for each number.


def format_metrics(settings: Settings, now: datetime) -> str:
    """The numbers of all checks, and how much there is of what."""
    checks = check_all(settings, now)
    counts: dict[str, int] = {}
    if grade(check_database_only(settings)) is Grade.OK:
        with closing(open_database(settings)) as db:
            counts = store.health.load_counts(db)
    return "".join(f"{line}\n" for line in iter_lines(checks, counts))


def iter_lines(checks: dict[str, Check], counts: dict[str, int]) -> Iterator[str]:
    yield "# HELP signoff_check Whether a check passes: 1 ok, 0.5 warning, 0 error, NaN unknown."
    yield "# TYPE signoff_check gauge"
    values = {Grade.OK: "1", Grade.WARNING: "0.5", Grade.ERROR: "0", Grade.UNKNOWN: "NaN"}
    for name, check in checks.items():
        yield f'signoff_check{{name="{name}"}} {values[Grade(str(check["status"]))]}'
    measured = {
        f"{name}_{what}": value
        for name, check in checks.items()
        for what, value in check.items()
        if isinstance(value, int)
    }
    for name, value in (measured | counts).items():
        yield f"# TYPE signoff_{name} gauge"
        yield f"signoff_{name} {value}"
