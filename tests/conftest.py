"""Fixtures of all tests, and what makes the tests quick.

Each test has an application, a database and an instance of its own. What does not differ between them is made once
for each process: compiled templates, the browser. Password hashes are cheap, and the files lie in memory where the
machine has a file system for that.
"""

import asyncio
import gc
import os
import re
from asyncio import AbstractEventLoop
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from tinyhtml5 import inputstream

from signoff import security
from signoff.i18n.catalogue import TRANSLATIONS_FOLDER
from signoff.web import templating
from signoff.web.templating import Environment
from tests.world import World, new_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MEMORY = Path("/dev/shm")  # noqa: S108 (a file system in memory, where there is one)
PRODUCTION_HASHER = security.PASSWORD_HASHER
MODULE_MARK = re.compile(r"^pytestmark = pytest\.mark\.(\w+)$", re.MULTILINE)
TEMPLATES = Path(__file__).parents[1] / ".pytest_cache" / "templates"


def pytest_configure(config: pytest.Config) -> None:
    # The command line speaks German, whatever the developer's locale.
    os.environ["LC_ALL"] = "C.UTF-8"
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    # A template that asks for a name or an attribute that does not exist fails its test.
    Flask.jinja_options = {
        "bytecode_cache": CompiledTemplates(str(TEMPLATES)),
        "undefined": StrictUndefined,
    }
    security.PASSWORD_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    inputstream.characters_until_regex = Patterns()
    if os.access(MEMORY, os.W_OK):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file whose tests all have a mark that is left out is not even imported."""
    if collection_path.suffix != ".py":
        return None
    mark = MODULE_MARK.search(collection_path.read_text("utf-8"))
    return True if mark and f"not {mark[1]}" in config.option.markexpr else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no process waits for another's last file."""
    longest = {item.path for item in items if item.get_closest_marker("browser")}
    longer = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in longest, item.path not in longer))


def pytest_collection_finish() -> None:
    # What is there now stays; the garbage collector need not look at it again and again, and at the rest less often.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class CompiledTemplates(FileSystemBytecodeCache):
    """Compiled templates are kept between runs, in each language, until their catalogue or a static file changes."""

    def get_bucket(self, environment: Environment, name: str, filename: str, source: str) -> Bucket:
        language = environment.language
        path = TRANSLATIONS_FOLDER / language / "LC_MESSAGES" / "messages.mo"
        compiled_from = [Path(templating.__file__), *([path] if language and path.exists() else [])]
        state = environment.static_root, *(each.stat().st_mtime_ns for each in compiled_from)
        return super().get_bucket(environment, f"{language}/{name}", filename, f"{source}{state}")


class Patterns(dict):
    """The patterns of the HTML parser, which looks for them in vain and joins each anew: half of its time."""

    def __missing__(self, key: tuple[Iterable[str], bool]) -> re.Pattern[str]:
        characters, opposite = key
        listed = "".join(f"\\x{ord(each):02x}" for each in characters)
        self[key] = re.compile(f"[{'' if opposite else '^'}{listed}]+")
        return self[key]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh instance; see ``tests/world.py``."""
    world = new_world(tmp_path)
    yield world
    world.db.close()


@pytest.fixture(scope="session")
def chromium_process() -> Iterator[tuple["Browser", AbstractEventLoop]]:
    from tests.chromium import launch_chromium  # Playwright is large, and most tests need none

    with launch_chromium() as browser:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield browser, loop
        asyncio._set_running_loop(loop)


@pytest.fixture
def chromium(chromium_process: tuple["Browser", AbstractEventLoop]) -> Iterator["Browser"]:
    """The browser of this process; the windows a test opens are closed after it.

    Playwright leaves its event loop running. Other tests need loops of their own, so it is set in browser tests only.
    """
    browser, loop = chromium_process
    asyncio._set_running_loop(loop)
    yield browser
    for context in browser.contexts:
        context.close()
    asyncio._set_running_loop(None)
