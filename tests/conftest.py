"""What any test may ask for, and what makes tests quick: templates compiled once, databases in memory."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from tests import world as cast
from tests.world import World

MEMORY = Path("/dev/shm")  # noqa: S108 (a file system in memory, where there is one)
TEMPLATES = Path(__file__).parents[1] / ".pytest_cache" / "templates"


def pytest_configure(config: pytest.Config) -> None:
    """Each test makes an application of its own; its templates are compiled once for all of them."""
    os.environ["LC_ALL"] = (
        "C.UTF-8"  # the command line speaks German, whatever the developer's locale
    )
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(TEMPLATES))}
    if os.access(MEMORY, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh instance; see ``tests/world.py``."""
    made = cast.world(tmp_path)
    yield made
    made.db.close()
