"""Tables as CSV and XLSX, and the published list of signatories (``docs/interface.md``)."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from signoff.domain.answers import Basis
from signoff.domain.papers import Edition
from signoff.domain.releases import LateWithdrawal
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import (
    SIGNATORY_FIELDS,
    SignatureCounts,
    count_inhabitants,
    format_signatory_fields,
    get_published_value,
    serialize_signatory,
    serialize_withdrawal,
)
from signoff.domain.text import escape_formula
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import format_short_day, get_country_name
from signoff.i18n.labels import BASIS

XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INVALID_XML_CHARS = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])
COLUMN_WIDTH = 22  # characters


def build_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table for Excel: UTF-8 with a byte-order mark, semicolons, formulas escaped."""
    output = io.StringIO(newline="")
    writer = csv.writer(output, delimiter=";")
    writer.writerow(header)
    writer.writerows([escape_formula(cell) for cell in row] for row in rows)
    return output.getvalue().encode("utf-8-sig")


def build_xlsx(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    text_columns: Collection[str] = (),
) -> bytes:
    """The table as a workbook of one sheet with a bold, frozen header.

    Cells are text, integers, dates, and moments, which lose their time zone. What people type into
    ``text_columns`` remains a text, so that a key keeps its zero.
    """
    # Imported here, because it takes 13 MB of each process and few of them write a workbook.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.styles.numbers import FORMAT_TEXT
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for column in range(1, len(header) + 1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = COLUMN_WIDTH
        if header[column - 1] in text_columns:
            dimension.number_format = FORMAT_TEXT
    header_cells = [WriteOnlyCell(sheet, cell) for cell in header]
    for cell in header_cells:
        cell.font = Font(bold=True)
    sheet.append(header_cells)
    are_texts = [name in text_columns for name in header]
    for row in rows:
        cells = [convert_cell(cell) for cell in row]
        for place, is_text in enumerate(are_texts):
            if is_text:  # others need no cell of their own, which takes twice as long
                cells[place] = WriteOnlyCell(sheet, cells[place])
                cells[place].number_format = FORMAT_TEXT
        sheet.append(cells)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def convert_cell(cell: object) -> Any:
    if isinstance(cell, str):
        return escape_formula(cell.translate(INVALID_XML_CHARS)) or None
    return cell.replace(tzinfo=None, microsecond=0) if isinstance(cell, datetime) else cell


LIST_VERSION = 1
LIST_SCHEMA = f"schema/signatories-{LIST_VERSION}.json"  # its address below that of the pages


def build_list_data(
    edition: Edition,
    as_of: datetime,
    signatories: Sequence[Signatory],
    withdrawals: Sequence[LateWithdrawal] = (),
    *,
    site: str = "",
    **extra: object,
) -> dict[str, object]:
    """The data of ``signatories.json``; unpublished and empty fields are omitted. ``site`` is the
    address of the pages, where the schema is.
    """
    return {
        "$schema": f"{site}/{LIST_SCHEMA}",
        "version": LIST_VERSION,
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "as_of": as_of.isoformat(),
        "count": len(signatories),
        "signatories": [serialize_signatory(item) for item in signatories],
        **(
            {"withdrawals": [serialize_withdrawal(item) for item in withdrawals]}
            if withdrawals
            else {}
        ),
        **{name: value for name, value in extra.items() if value},
    }


def add_changes(
    data: Mapping[str, object],
    withdrawals: Sequence[LateWithdrawal],
    late_signatories: Sequence[Signatory],
    counts: SignatureCounts,
) -> dict[str, object]:
    """The ``data`` of a printed list with what has changed since, without what is empty."""
    changes = {
        "withdrawals": [serialize_withdrawal(item) for item in withdrawals],
        "late_signatories": [serialize_signatory(item) for item in late_signatories],
        "counts": serialize_counts(counts) if counts.have_changed else {},
    }
    return {
        **{name: value for name, value in data.items() if name not in changes},
        **{name: value for name, value in changes.items() if value},
    }


def serialize_inhabitants(signatories: Sequence[Signatory], as_of: str) -> dict[str, object] | None:
    """The total of the inhabitants, and the day of the figures; ``None`` if it is not published."""
    if not as_of:
        return None
    counted = count_inhabitants(signatories)
    return {"total": counted.total, "as_of": as_of, "signatories_without_figure": counted.missing}


def serialize_counts(counts: SignatureCounts) -> dict[str, int]:
    return {"now": counts.now} | {
        name: getattr(counts, name) for name in ("first", "later", "withdrawn")
    }


def build_list_csv(signatories: Sequence[Signatory]) -> bytes:
    """The list as CSV beside its data in a PDF, with the same names and values; with columns
    ``late_on`` and ``first`` if there are such signatures.
    """
    columns: tuple[str, ...] = (
        (*SIGNATORY_FIELDS, "late_on")
        if any(signatory.late_on for signatory in signatories)
        else SIGNATORY_FIELDS
    )
    if any(signatory.first for signatory in signatories):
        columns = (*columns, "first")
    return build_csv(
        columns,
        (
            [format_signatory_fields(signatory)[name] for name in columns]
            for signatory in signatories
        ),
    )


TABLE_HEADINGS = {
    "name": _("Name"),
    "sort_name": _("Ort"),
    "kind": _("Art"),
    "state": _("Land"),
    "district": _("Landkreis"),
    "country": _("Staat"),
    "key": _("Schlüssel"),
    "signer": _("Unterzeichnet durch"),
    "function": _("Funktion"),
    "basis": _("Grundlage"),
    "body": _("Gremium"),
    "decided_on": _("Datum des Beschlusses"),
    "signed_on": _("Mitgezeichnet am"),
    "note": _("Protokollnotiz"),
    "late_on": _("Nachgezeichnet am"),
    "first": _("Erstunterzeichnende"),
}


def build_list_table(signatories: Sequence[Signatory], language: str) -> bytes:
    """The list as CSV for people, with headings and values in ``language``; districts, days of late
    signatures and first signatories have columns if there are any.
    """
    gettext = get_catalogue(language).gettext
    optional = ("district", "late_on", "first")
    columns = [
        name
        for name in TABLE_HEADINGS
        if name not in optional or any(getattr(item, name) for item in signatories)
    ]
    rows = (
        [format_cell(get_published_value(signatory, name), name, language) for name in columns]
        for signatory in signatories
    )
    return build_csv([gettext(TABLE_HEADINGS[name]) for name in columns], rows)


def format_cell(value: object, name: str, language: str) -> str:
    """A field of a signatory in words."""
    gettext = get_catalogue(language).gettext
    if name == "country":
        return get_country_name(str(value), language) if value else ""
    if isinstance(value, Basis):
        return gettext(BASIS[value])
    if isinstance(value, date):
        return format_short_day(value, language)
    if isinstance(value, bool):
        return gettext(_("ja")) if value else ""
    return str(value or "")
