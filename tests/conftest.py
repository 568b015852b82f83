"""What any test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import world as cast
from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh instance; see ``tests/world.py``."""
    made = cast.world(tmp_path)
    yield made
    made.db.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a real browser first: they take longest, and the quick ones even out what the processes have left."""
    slow = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in slow)
