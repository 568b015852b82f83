"""A column of the member list needs a line in its table and a migration, and no other change of code or template."""

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.members import ImportChange
from signoff.importers.member_columns import COLUMNS
from signoff.importers.members import read_members
from tests.browser import fields
from tests.web.office.office import new_office

ROOT = Path(__file__).resolve().parents[1]
TABLE = "signoff/domain/members.py"
LAST_LINE = '    tags: Annotated[tuple[str, ...], Column("Schlagwörter", parse=parse_tags)] = ()\n'
NEW_LINE = '    altitude: Annotated[str, Column("Höhenlage")] = ""\n'
MIGRATION = "ALTER TABLE members ADD COLUMN altitude TEXT NOT NULL DEFAULT '';\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package whose members have one more column, the altitude."""
    folder = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "signoff", folder / "signoff", ignore=ignored)
    for name in ("docs", "static", "templates", "tests"):
        (folder / name).symlink_to(ROOT / name)

    source = (folder / TABLE).read_text("utf-8")
    assert source.count(LAST_LINE) == 1
    (folder / TABLE).write_text(source.replace(LAST_LINE, LAST_LINE + NEW_LINE), "utf-8")
    (folder / "signoff/store/migrations/9999_altitude.sql").write_text(MIGRATION, "utf-8")
    return folder


@pytest.mark.slow
def test_a_member_column_touches_its_table_and_a_migration(checkout: Path, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    walked = subprocess.run(
        [sys.executable, "-m", "tests.test_member_column", instance],
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )
    assert walked.returncode == 0, walked.stderr[-3000:]


def walk(folder: Path) -> None:
    """Import, show, edit, add and export members; runs in the copy."""
    assert "altitude" in COLUMNS
    office = new_office(folder)
    editor = office.browser()

    # Import: described, previewed, imported, and a change shown by its label
    assert "Höhenlage" in editor.open("/office/members/import").text
    for text in ("4711", "4712"):
        content = f"key;name;altitude\n1;Musterhausen;{text}\n".encode()
        editor.open("/office/members/import").submit(
            {"file": (io.BytesIO(content), "list.csv")}, action="/import"
        )
        if text == "4712":
            assert "Höhenlage: „4711“ → „4712“" in editor.text
        editor.submit(action=editor.path)
        assert getattr(store.members.get(office.db, 1), "altitude") == text  # noqa: B009

    # Page and form of the member
    assert "Höhenlage 4712" in editor.open("/office/members/1").text
    editor.open("/office/members/1/edit")
    assert "Höhenlage freiwillig" in editor.text
    assert fields(editor.form("/edit"), {})["altitude"] == "4712"
    editor.submit({"altitude": "4713"}, action="/edit")
    assert "Höhenlage: „4712“ → „4713“" in editor.text
    editor.open("/office/members/new").submit(
        {"key": "2", "name": "Neudorf", "altitude": "99"}, action="/new"
    )

    # Sheet
    content = editor.open("/office/members.csv").response.get_data()
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert [(row["Name"], row["Höhenlage"]) for row in rows] == [
        ("Musterhausen", "4713"),
        ("Neudorf", "99"),
    ]
    file = read_members("members.csv", content)
    planned = actions.member_import.plan_import(office.db, file.members)
    assert {row.change for row in planned} == {ImportChange.SAME}
    template = editor.open("/office/members/template.csv").response.get_data(as_text=True)
    assert "Schlagwörter;Höhenlage;Straße oder Postfach" in template


if __name__ == "__main__":
    walk(Path(sys.argv[1]))
