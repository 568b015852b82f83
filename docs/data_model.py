"""Writes data-model.md from the schema: ``python docs/data_model.py``.

Tables and references come from a migrated database; sections and descriptions are the comments in
the migrations.
"""

import re
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from signoff.store.connection import connect
from signoff.store.migrations import FOLDER, migrate

PAGE = Path(__file__).parent / "data-model.md"
SECTION = re.compile(r"^-- -+\n-- (.+)\n-- -+\n((?:-- .+\n)*)", re.MULTILINE)
TABLE = re.compile(r"((?:^-- .+\n)*)^CREATE (?:TABLE|VIEW) (\w+)", re.MULTILINE)
INTRODUCTION = """\
# Data model

The tables of an instance's SQLite database, by subject. This page is made by `python docs/data_model.py` from the
migrations in `signoff/store/migrations/`; a test compares the two. The migrations also contain the CHECK constraints,
indexes and triggers.
"""


def build_page() -> str:
    sql = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.sql")))
    with tempfile.TemporaryDirectory() as folder:
        db = connect(Path(folder) / "signoff.sqlite")
        migrate(db)
        page = "\n".join([INTRODUCTION, *iter_overview(db, sql), *iter_sections(db, sql)])
        db.close()
    return page.rstrip("\n") + "\n"


def iter_overview(db: Database, sql: str) -> Iterator[str]:
    yield "## Overview\n\n```mermaid\nerDiagram"
    for _, table in TABLE.findall(sql):
        yield from iter_references(db, table)
    yield "```\n"


def iter_sections(db: Database, sql: str) -> Iterator[str]:
    headings = list(SECTION.finditer(sql))
    ends = [heading.start() for heading in headings[1:]] + [len(sql)]
    for heading, end in zip(headings, ends, strict=True):
        tables = TABLE.findall(sql[heading.end() : end])
        yield f"## {heading[1]}\n"
        if heading[2]:
            yield fill(strip_comment(heading[2])) + "\n"
        yield "```mermaid\nerDiagram"
        for _, table in tables:
            yield from iter_columns(db, table)
            yield from iter_references(db, table)
        yield "```\n"
        for comment, table in tables:
            yield fill(f"- **{table}**: {strip_comment(comment)}", subsequent_indent="  ")
        yield ""


def iter_columns(db: Database, table: str) -> Iterator[str]:
    columns, targets = get_columns(db, table), get_targets(db, table)
    is_view = not any(is_key for _, _, _, is_key in columns)
    yield f"  {table} {{"
    for column, kind, is_required, is_key in columns:
        keys = ", ".join(["PK"] * is_key + ["FK"] * (column in targets))
        optional = "" if is_required or is_view else '"optional"'
        yield "    " + " ".join(filter(None, (kind or "TEXT", column, keys, optional)))
    yield "  }"


def iter_references(db: Database, table: str) -> Iterator[str]:
    columns = get_columns(db, table)
    keys = [column for column, _, _, is_key in columns if is_key]
    required = {column for column, _, is_required, _ in columns if is_required}
    for column, target in get_targets(db, table).items():
        left = "||" if column in required else "|o"
        right = "o|" if keys == [column] else "o{"
        yield f"  {target} {left}--{right} {table} : {column}"


def get_columns(db: Database, table: str) -> list[tuple[str, str, bool, bool]]:
    """Name, type, whether it is required, and whether it is part of the primary key."""
    sql = f"SELECT name, type, pk OR [notnull], pk > 0 FROM pragma_table_info('{table}')"
    return [(name, kind, bool(needed), bool(key)) for name, kind, needed, key in db.execute(sql)]


def get_targets(db: Database, table: str) -> dict[str, str]:
    """The table that each foreign key refers to, by its column."""
    sql = f"SELECT [from], [table] FROM pragma_foreign_key_list('{table}') ORDER BY id DESC"
    return dict(db.execute(sql).fetchall())


def strip_comment(comment: str) -> str:
    return " ".join(line.removeprefix("-- ") for line in comment.splitlines())


def fill(text: str, subsequent_indent: str = "") -> str:
    return textwrap.fill(text, 120, subsequent_indent=subsequent_indent, break_long_words=False)


if __name__ == "__main__":
    PAGE.write_text(build_page(), encoding="utf-8")
