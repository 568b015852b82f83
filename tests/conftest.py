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
