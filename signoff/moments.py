"""Moments that outlive the processes: the worker's last beat and the last backup, each in a small
file of the folder ``workers/``, which is in no backup.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

MAX_JUMP = timedelta(days=1)  # of the clock, without anybody who says that it is right


class Moment(StrEnum):
    """What happened; its value is the name of the file."""

    BEAT = ".beat"


def find_moment(instance: Path, moment: Moment) -> datetime | None:
    """When it happened last; ``None`` if that is not known."""
    try:
        return datetime.fromisoformat((instance / "workers" / moment).read_text("ascii"))
    except (OSError, ValueError):
        return None


def find_jump(instance: Path, latest: datetime | None, now: datetime) -> datetime | None:
    """The last moment that is known (the worker's last beat, or else the ``latest`` one of the
    audit log), if the clock is more than a day away from it.
    """
    known = find_moment(instance, Moment.BEAT) or latest
    return known if known and abs(now - known) > MAX_JUMP else None


def save_moment(instance: Path, moment: Moment, now: datetime) -> None:
    """Remember it. On a full disk the older moment stays: what happened is not affected."""
    path = instance / "workers" / moment
    part = path.with_name(f"{moment}.new")
    with suppress(OSError):
        part.write_text(now.isoformat(), "ascii")
        part.replace(path)
