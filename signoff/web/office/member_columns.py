"""Assigning the columns of an uploaded member list; remembered for the next list."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from signoff import store
from signoff.importers.errors import ImportProblem
from signoff.importers.member_columns import (
    COLUMNS,
    MAX_TITLE_ROWS,
    REQUIRED_COLUMNS,
    Layout,
    find_column_problems,
    guess_layout,
    normalize_heading,
)
from signoff.importers.members import UploadedList
from signoff.importers.sheets import Sheet, SheetFile
from signoff.store.members import StoredMemberFile
from signoff.web.context import db
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.member_import import (
    describe_problems,
    find_list_or_404,
    find_list_to_change,
    inspect_list,
    save_list,
    translate_labels,
)

MAX_SAMPLES = 3
COLUMN_LABELS = {
    "country": _l("Staat"),
    "representative": _l("Ansprechperson"),
    "function": _l("Funktion der Ansprechperson"),
    "email": _l("E-Mail-Adresse der Ansprechperson"),
    "role": _l("Aufgabe der Ansprechperson"),
}


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of the file: its heading, some of its texts, and the column that it means."""

    index: int
    heading: str
    samples: tuple[str, ...]
    column: str


@blueprint.get("/members/import/<digest>/columns")
@editor_required
def show_import_columns(digest: str) -> str:
    stored, uploaded = find_list_or_404(digest)
    return render_columns(stored, uploaded.sheets, choose_layout(uploaded, request.args))


@blueprint.post("/members/import/<digest>/columns")
def choose_import_columns(digest: str) -> ResponseReturnValue:
    """Read the list anew with these columns, and remember them."""
    stored, uploaded = find_list_to_change(digest)
    layout = choose_layout(uploaded, request.form)
    chosen = tuple(request.form.get(f"column-{index}", "") for index in range(len(layout.columns)))
    layout = replace(layout, columns=tuple(name if name in COLUMNS else "" for name in chosen))
    header = uploaded.sheets.sheets[layout.sheet].rows[layout.header]
    if problems := find_column_problems(layout.columns, header.line):
        return render_columns(stored, uploaded.sheets, layout, problems), 422
    headings = list_decided_headings(header.cells, layout)
    save_list(digest, stored.name, inspect_list(uploaded.sheets, layout), headings)
    return redirect(url_for("office.show_import_preview", digest=digest), 303)


def choose_layout(uploaded: UploadedList, fields: Mapping[str, str]) -> Layout:
    """The layout with the sheet and the row of headings in ``fields``, else the one there is."""
    sheets = uploaded.sheets.sheets
    sheet = parse_index(fields.get("sheet", ""), len(sheets))
    if sheet is None:
        return uploaded.layout
    header = parse_index(fields.get("header", ""), len(sheets[sheet].rows))
    if sheet == uploaded.layout.sheet and header in (None, uploaded.layout.header):
        return uploaded.layout
    # The row belongs to the sheet that was shown before.
    header = header if sheet == parse_index(fields.get("shown", ""), len(sheets)) else None
    return guess_layout(uploaded.sheets, store.members.list_headings(db()), sheet, header)


def parse_index(text: str, count: int) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 6
    return int(text) if is_number and int(text) < count else None


def list_decided_headings(cells: Iterable[str], layout: Layout) -> dict[str, str]:
    """The column of each heading; without headings that occur twice."""
    headings = [normalize_heading(cell) for cell in cells]
    counts = Counter(headings)
    return {
        heading: column
        for heading, column in zip(headings, layout.columns, strict=True)
        if heading and counts[heading] == 1
    }


def render_columns(
    stored: StoredMemberFile,
    sheets: SheetFile,
    layout: Layout,
    problems: Iterable[ImportProblem] = (),
) -> str:
    sheet = sheets.sheets[layout.sheet]
    labels = {**translate_labels(), **{name: str(label) for name, label in COLUMN_LABELS.items()}}
    return render_template(
        "office/members/import_columns.html",
        file=stored,
        sheets=[each.name for each in sheets.sheets],
        layout=layout,
        headers=[
            (index, row.line, " · ".join(filter(None, row.cells)))
            for index, row in enumerate(sheet.rows[:MAX_TITLE_ROWS])
        ],
        columns=list_file_columns(sheet, layout),
        choices=[(name, labels[name]) for name in COLUMNS],
        required=REQUIRED_COLUMNS,
        problems=describe_problems(
            replace(problem, column=labels.get(problem.column or "")) for problem in problems
        ),
    )


def list_file_columns(sheet: Sheet, layout: Layout) -> list[FileColumn]:
    """The columns of the file that are not empty."""
    header, rows = sheet.rows[layout.header], sheet.rows[layout.header + 1 :]
    columns: list[FileColumn] = []
    for index, heading in enumerate(header.cells):
        texts = dict.fromkeys(
            row.cells[index] for row in rows if index < len(row.cells) and row.cells[index].strip()
        )
        if heading.strip() or texts:
            samples = tuple(texts)[:MAX_SAMPLES]
            columns.append(FileColumn(index, heading, samples, layout.columns[index]))
    return columns
