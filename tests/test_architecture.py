"""The table "Who may import whom" of docs/architecture.md, read and enforced; and four small laws beside it."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "signoff"
MODULES = sorted(PACKAGE.rglob("*.py"))
DOCUMENT = ROOT / "docs" / "architecture.md"
EVERYTHING = "everything"
LONGEST = 200  # lines of a module that are not blank
TABLES = {"store/schema.py"}  # one long text in rows; splitting it would help nobody


def part_of(path: Path) -> str:
    """The part of the house a module belongs to: its folder in the package, or its own name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def allowed() -> dict[str, tuple[set[str], set[str]]]:
    """What each part may import, as the document says: parts of Signoff, and libraries."""
    table = (
        DOCUMENT.read_text(encoding="utf-8").split("## Who may import whom")[1].split("\n## ")[0]
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line[:3] == "| `"
    ]
    found = {}
    for names, parts, libraries, *_ in rows:
        told = {EVERYTHING} if parts == EVERYTHING else set(re.findall(r"`([^`]+)`", parts))
        for name in re.findall(r"`([^`]+)`", names):
            found[name] = (told, set(re.findall(r"`([^`]+)`", libraries)))
    return found


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module imported, wherever in the file, with its line; relative ones begin with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def violations(part: str, source: str, rules: dict[str, tuple[set[str], set[str]]]) -> list[str]:
    """Each import in ``source`` that ``part`` may not have."""
    parts, libraries = rules[part]
    found = []
    for line, name in imports(ast.parse(source)):
        first, *rest = name.split(".")
        if first == "signoff":
            wrong = rest[0] != part and EVERYTHING not in parts and rest[0] not in parts
        else:
            wrong = first not in sys.stdlib_module_names and first not in libraries
        if wrong:
            found.append(f"line {line}: {part} imports {name}")
    return found


def test_every_part_of_the_house_has_a_row_and_every_row_a_part() -> None:
    there = {part_of(path) for path in MODULES} - {"__init__", "__main__"}
    assert set(allowed()) == there


def test_nobody_imports_what_the_table_does_not_grant() -> None:
    rules = allowed() | {"__init__": (set(), set()), "__main__": ({"cli"}, set())}
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in MODULES
        if (wrong := violations(part_of(path), path.read_text(encoding="utf-8"), rules))
    }
    assert not found


def test_a_forbidden_import_is_found() -> None:
    rules = allowed()
    assert violations("domain", "def late():\n    from signoff.store import rounds", rules)
    assert violations("domain", "import flask", rules)
    assert violations("pdf", "import sqlite_utils", rules)
    assert violations("web", "from signoff import mail", rules)
    assert violations("actions", "from ..web import context", rules)
    assert not violations(
        "domain", "from datetime import date\nfrom signoff.domain.rounds import Round", rules
    )


def test_no_library_is_granted_that_nobody_uses() -> None:
    used: dict[str, set[str]] = {}
    for path in MODULES:
        names = {
            name.split(".")[0] for _, name in imports(ast.parse(path.read_text(encoding="utf-8")))
        }
        used.setdefault(part_of(path), set()).update(names)
    unused = {part: libraries - used[part] for part, (_, libraries) in allowed().items()}
    assert not {part: libraries for part, libraries in unused.items() if libraries}


def test_the_house_has_no_circles() -> None:
    """Parts stand on others; no two stand on each other, by whatever way round."""
    below: dict[str, set[str]] = {}
    for path in MODULES:
        names = (
            name.split(".") for _, name in imports(ast.parse(path.read_text(encoding="utf-8")))
        )
        below.setdefault(part_of(path), set()).update(
            name[1] for name in names if name[0] == "signoff"
        )
    rank: dict[str, int] = {}
    while left := [part for part in below if part not in rank]:
        free = [
            part
            for part in left
            if all(each in rank or each == part for each in below[part] & set(below))
        ]
        assert free, f"in a circle: {', '.join(sorted(left))}"
        rank |= dict.fromkeys(free, len(rank))


def test_only_the_tools_look_at_the_clock() -> None:
    clocks = re.compile(r"datetime\.now\(|date\.today\(|utcnow\(|[^.\w]time\.time\(")
    found = {
        str(each.relative_to(PACKAGE))
        for each in MODULES
        if clocks.search(each.read_text(encoding="utf-8"))
    }
    assert found == {"tools.py"}


def test_the_current_app_is_known_to_the_web_alone() -> None:
    assert {
        part_of(each) for each in MODULES if "current_app" in each.read_text(encoding="utf-8")
    } == {"web"}


def test_one_module_opens_sqlite_and_only_actions_begin_transactions() -> None:
    opening, beginning = set(), set()
    for path in MODULES:
        for _, name in imports(ast.parse(path.read_text(encoding="utf-8"))):
            if "sqlite3" in name:
                opening.add(str(path.relative_to(PACKAGE)))
            if name == "signoff.store.connection.transaction":
                beginning.add(part_of(path))
    assert opening == {"store/connection.py"}
    assert beginning == {"actions"}


def test_no_module_grows_beyond_a_few_screens() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): sum(
            bool(line.strip()) for line in path.read_text(encoding="utf-8").splitlines()
        )
        for path in MODULES
    }
    assert lengths.keys() >= TABLES
    assert not {
        name: length for name, length in lengths.items() if length > LONGEST and name not in TABLES
    }
