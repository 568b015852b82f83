"""docs/data-model.md fits the schema."""

import re
import runpy
from pathlib import Path

from tests.world import World

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "data_model.py"))
PAGE = (DOCS / "data-model.md").read_text(encoding="utf-8")


def test_page_is_what_the_script_makes_of_the_schema() -> None:
    assert SCRIPT["build_page"]() == PAGE, "run: python docs/data_model.py"


def test_page_describes_every_table(world: World) -> None:
    tables = {name for name in world.db.table_names() if not name.startswith(("_", "sqlite_"))}
    described = dict(re.findall(r"^- \*\*(\w+)\*\*: (.+)", PAGE, re.MULTILINE))
    assert tables <= set(described)
    assert all(described.values())
