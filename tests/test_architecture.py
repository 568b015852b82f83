"""Compares the lists of docs/architecture.md with the code: subjects, imports, and four more rules."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "signoff"
DOCUMENT = ROOT / "docs" / "architecture.md"
LAYERS = ("domain", "store", "actions", "web")
EVERYTHING = "everything"
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}


def section(title: str) -> str:
    text = DOCUMENT.read_text(encoding="utf-8")
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def part_of(module: str) -> str:
    """The part of the program that a module belongs to: the first name below ``signoff``."""
    return module.split(".")[1] if "." in module else module


# Subjects


def subjects() -> dict[str, dict[str, list[str]]]:
    """The table of subjects: for each the modules of each layer, as the document names them."""
    table: dict[str, dict[str, list[str]]] = {}
    subject = ""
    for line in section("Subjects").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] not in ("subject", "---"):
            subject = cells[0] or subject  # a line without a subject goes on with the one above
            for layer, cell in zip(LAYERS, cells[1:], strict=True):
                modules = cell.split(", ") if cell not in ("–", "") else []
                table.setdefault(subject, {}).setdefault(layer, []).extend(modules)
    return table


def layer_modules(layer: str, modules: Iterable[str]) -> set[str]:
    """The modules of a layer as the table names them, without the packages themselves."""
    names = (module.split(".")[2:] for module in modules if part_of(module) == layer)
    return {"/".join(name) for name in names if name} - {"office", "invitation"}


def misplaced(table: Mapping[str, Mapping[str, list[str]]], modules: Iterable[str]) -> list[str]:
    """What is wrong with the table of subjects for these modules."""
    wrong, modules = [], list(modules)
    for layer in LAYERS:
        existing = layer_modules(layer, modules)
        listed: dict[str, str] = {}
        for subject, layers in table.items():
            for name in layers[layer]:
                names = (
                    {n for n in existing if n.startswith(name[:-1])}
                    if name.endswith("/*")
                    else {name}
                )
                for module_name in names:
                    if module_name in listed:
                        wrong.append(
                            f"{layer}/{module_name} is in two rows: {listed[module_name]}, {subject}"
                        )
                    listed[module_name] = subject
            own = {name.split("/")[-1] for name in layers[layer]}
            if layers[layer] and subject != "shared" and subject not in own:
                wrong.append(f"{subject} has no module of its name in {layer}")
        wrong += [f"{layer}/{name} is in no row" for name in sorted(existing - set(listed))]
        wrong += [f"{layer}/{name} does not exist" for name in sorted(set(listed) - existing)]
    return wrong


def test_every_module_has_a_subject_and_every_subject_a_name() -> None:
    assert not misplaced(subjects(), SOURCES)


@pytest.mark.parametrize(
    ("planted", "removed", "complaint"),
    [
        ("signoff.store.desks", None, "store/desks is in no row"),
        ("signoff.actions.closing", "signoff.actions.rounds", "actions/rounds does not exist"),
    ],
)
def test_module_without_a_subject_is_reported(planted: str, removed: str, complaint: str) -> None:
    assert complaint in misplaced(subjects(), {*SOURCES, planted} - {removed})


def test_subject_with_different_names_in_two_layers_is_reported() -> None:
    table = subjects()
    table["rounds"]["actions"] = ["closing"]
    modules = {*SOURCES, "signoff.actions.closing"} - {"signoff.actions.rounds"}
    assert "rounds has no module of its name in actions" in misplaced(table, modules)


def test_templates_and_tests_follow_the_names_of_the_modules() -> None:
    office = layer_modules("web", SOURCES)
    folders = {path.name for path in (ROOT / "templates" / "office").iterdir() if path.is_dir()}
    assert folders <= {
        name.removeprefix("office/") for name in office if name.startswith("office/")
    }
    assert (ROOT / "templates" / "invitation").is_dir()
    parts = {part_of(module) for module in SOURCES}
    tests = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert tests <= parts


# Imports


def allowed() -> dict[str, tuple[set[str], set[str]]]:
    """What each part may import, as the document says: parts of Signoff, and libraries."""
    rules = {}
    items = re.findall(
        r"^\* (`\w+`: .*?)(?=^\* |^$|\Z)", section("Who may import whom"), re.M | re.S
    )
    for item in items:
        name, imports, libraries = re.fullmatch(
            r"`(\w+)`: .*?\. Imports (.*?)(?:; uses (.*?))?\.", " ".join(item.split())
        ).groups("")
        parts = {EVERYTHING} if imports == EVERYTHING else set(re.findall(r"`(\w+)`", imports))
        rules[name] = (parts, set(re.findall(r"`(\w+)`", libraries)))
    return rules


@cache
def nodes(source: str) -> list[ast.AST]:
    return list(ast.walk(ast.parse(source)))


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Every module imported, wherever in the file, with its line; relative ones begin with a dot."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def violations(part: str, source: str, rules: Mapping[str, tuple[set[str], set[str]]]) -> list[str]:
    """The imports in ``source`` that are not allowed for ``part``."""
    parts, libraries = rules[part]
    errors = []
    for line, name in imports(source):
        first, *rest = name.split(".")
        if first == "signoff":
            wrong = rest[0] != part and EVERYTHING not in parts and rest[0] not in parts
        else:
            wrong = first not in sys.stdlib_module_names and first not in libraries
        if wrong:
            errors.append(f"line {line}: {part} imports {name}")
    return errors


def test_every_part_is_listed() -> None:
    assert set(allowed()) == {part_of(module) for module in SOURCES} - {"signoff", "__main__"}


def test_parts_import_only_what_the_list_allows() -> None:
    rules = allowed() | {"signoff": (set(), set()), "__main__": ({"cli"}, set())}
    errors = {
        module: wrong
        for module, source in SOURCES.items()
        if (wrong := violations(part_of(module), source, rules))
    }
    assert not errors


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("domain", "def late():\n    from signoff.store import rounds"),
        ("store", "from signoff import actions"),
        ("actions", "from signoff.web import context"),
        ("actions", "from ..web import context"),
        ("web", "from signoff import mail"),
        ("domain", "import flask"),
        ("pdf", "import sqlite_utils"),
    ],
)
def test_forbidden_import_is_reported(part: str, source: str) -> None:
    assert violations(part, source, allowed())
    assert not violations(
        part, f"from datetime import date\nfrom signoff.{part} import x", allowed()
    )


def test_every_allowed_library_is_used() -> None:
    used: dict[str, set[str]] = {}
    for module, source in SOURCES.items():
        names = {name.split(".")[0] for _, name in imports(source)}
        used.setdefault(part_of(module), set()).update(names)
    unused = {part: libraries - used[part] for part, (_, libraries) in allowed().items()}
    assert not {part: libraries for part, libraries in unused.items() if libraries}


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Each module with those it imports, at import time or inside a function.

    ``from signoff import store`` is an import of the package, whose own imports are its modules; so a module of
    ``store`` that does it is part of a cycle.
    """
    edges: dict[str, set[str]] = {}
    for module, source in sources.items():
        names = {name for _, name in imports(source)}
        targets = {name if name in sources else name.rpartition(".")[0] for name in names}
        edges[module] = (targets & set(sources)) - {module}
    return edges


def cycles(sources: Mapping[str, str]) -> list[str]:
    """The modules that remain after repeatedly removing those without remaining imports."""
    edges = graph(sources)
    while free := {module for module in edges if not edges[module] & set(edges)}:
        edges = {module: targets for module, targets in edges.items() if module not in free}
    while ends := set(edges) - {target for targets in edges.values() for target in targets}:
        edges = {module: targets for module, targets in edges.items() if module not in ends}
    return sorted(edges)


def test_no_modules_import_each_other() -> None:
    assert not cycles(SOURCES)


@pytest.mark.parametrize(
    "planted",
    [
        {"signoff.store.rounds": "from signoff.store import answers", "signoff.store.answers": ""},
        {"signoff.store.rounds": "def f():\n    from signoff.store.answers import add"},
        {"signoff.store.rounds": "from signoff import store"},
    ],
)
def test_import_cycle_inside_a_function_is_reported(planted: dict[str, str]) -> None:
    back = {"signoff.store.answers": "from signoff.store.rounds import get"}
    packages = {"signoff": "", "signoff.store": "from signoff.store import answers, rounds"}
    assert "signoff.store.rounds" in cycles(packages | planted | back)


def test_parts_do_not_import_each_other() -> None:
    below: dict[str, set[str]] = {}
    for module, source in SOURCES.items():
        names = (name.split(".") for _, name in imports(source))
        below.setdefault(part_of(module), set()).update(n[1] for n in names if n[0] == "signoff")
    left = dict(below)
    while left:
        free = [part for part in left if not (below[part] & set(left)) - {part}]
        assert free, f"in a circle: {', '.join(sorted(left))}"
        left = {part: below[part] for part in left if part not in free}


# Four more rules


def test_only_services_read_the_clock() -> None:
    clocks = re.compile(r"datetime\.now\(|date\.today\(|utcnow\(|[^.\w]time\.time\(")
    users = {module for module, source in SOURCES.items() if clocks.search(source)}
    assert users == {"signoff.services"}


def test_only_the_web_uses_current_app() -> None:
    users = {part_of(module) for module, source in SOURCES.items() if "current_app" in source}
    assert users == {"web"}


def test_one_module_opens_sqlite_and_only_actions_begin_transactions() -> None:
    opening, beginning = set(), set()
    for module, source in SOURCES.items():
        for _, name in imports(source):
            if "sqlite3" in name:
                opening.add(module)
            if name == "signoff.store.connection.transaction":
                beginning.add(part_of(module))
    assert opening == {"signoff.store.connection"}
    assert beginning == {"actions"}


def test_guards_raise_exceptions() -> None:
    """An ``assert`` disappears under ``python -O``."""
    lines = {
        f"{module}:{node.lineno}"
        for module, source in SOURCES.items()
        for node in nodes(source)
        if isinstance(node, ast.Assert)
    }
    assert not lines
