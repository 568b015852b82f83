"""The database of each released version, as SQL, and what its users had in their hands then.

``python -m tests.released`` writes those of this version into ``tests/data/released``: run it when a
version is released, and never again for that version.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from signoff import actions
from signoff.backups import copy_database
from tests.factories import HESITANT, decline
from tests.world import (
    BASE,
    DEADLINE,
    KEYS,
    LAST_DAY,
    NOW,
    Settings,
    World,
    new_world,
    write_keys,
)

FOLDER = Path(__file__).parent / "data" / "released"


@dataclass(frozen=True)
class Facts:
    """What holds in the open round of a released version, by its own code."""

    links: dict[str, str]  # address → token of a link that was mailed
    owed: list[list[str]]  # recipient and subject of each mail that is owed, as it was sent then
    reminders: list[list[str]]  # the same of the first reminder
    deadline: str


def unfold(name: str, folder: Path) -> tuple[World, Facts]:
    """An instance of this version with its schema as it was; nothing is migrated."""
    settings = Settings(folder, BASE, KEYS, second_factor=False, recall_minutes=0)
    for each in ("archive", "outbox", "workers"):
        (folder / each).mkdir(mode=0o700)
    write_keys(folder)
    with closing(sqlite3.connect(settings.database)) as db:  # without foreign keys
        db.executescript((FOLDER / f"{name}.sql").read_text("utf-8"))
    facts = Facts(**json.loads((FOLDER / f"{name}.json").read_text("utf-8")))
    return World(settings), facts


def observe(world: World) -> dict[str, Any]:
    """What goes out as owed, and as first reminder."""
    return {"owed": send(world), "reminders": send_reminders(world)}


def send(world: World) -> list[list[str]]:
    world.postbox.clear()
    world.work()
    return sorted([str(mail["To"]), str(mail["Subject"])] for mail in world.postbox)


def send_reminders(world: World) -> list[list[str]]:
    world.now = DEADLINE + timedelta(days=7 - 21, hours=12)
    return send(world)


def write(folder: Path) -> None:
    with TemporaryDirectory() as instance:
        world = new_world(Path(instance))
        world.opened()
        world.work()
        links = world.links()
        world.now = NOW + timedelta(days=1)
        world.answer(HESITANT, decline())
        actions.rounds.extend(
            world.db, world.round().id, LAST_DAY + timedelta(days=7), "office", world.now
        )
        name = version("signoff")
        copy_database(world.db, Path(instance) / "copy.sqlite")
        with closing(sqlite3.connect(Path(instance) / "copy.sqlite")) as copy:
            dump = "\n".join(copy.iterdump())
        (folder / f"{name}.sql").write_text(f"{dump}\n", "utf-8")
        deadline = world.round().deadline.isoformat()
        facts = {"links": links, "deadline": deadline, **observe(world)}
        (folder / f"{name}.json").write_text(
            f"{json.dumps(facts, indent=1, ensure_ascii=False)}\n", "utf-8"
        )


if __name__ == "__main__":
    write(FOLDER)
