"""The moment of the worker's last beat, which outlives the processes: a small file in the folder
``workers/``, which is in no backup.
"""

from datetime import datetime, timedelta
from pathlib import Path

BEAT = ".beat"  # the file
MAX_JUMP = timedelta(days=1)  # of the clock, without anybody who says that it is right


def find_beat(instance: Path) -> datetime | None:
    """When the worker was last at work; ``None`` if that is not known."""
    try:
        return datetime.fromisoformat((instance / "workers" / BEAT).read_text("ascii"))
    except (OSError, ValueError):
        return None


def find_jump(instance: Path, latest: datetime | None, now: datetime) -> datetime | None:
    """The last moment that is known (the worker's last beat, or else the ``latest`` one of the
    audit log), if the clock is more than a day away from it.
    """
    known = find_beat(instance) or latest
    return known if known and abs(now - known) > MAX_JUMP else None


def save_beat(instance: Path, now: datetime) -> None:
    """Remember it; on a full disk this raises, and the older moment stays."""
    path = instance / "workers" / BEAT
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f"{BEAT}.new")
    part.write_text(now.isoformat(), "ascii")
    part.replace(path)
