"""Problems that refuse an imported file, and notices about changes to its text.

Their sentences are in ``signoff.i18n.errors``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FileReason(StrEnum):
    # any file
    EMPTY = "empty"
    UNPRINTABLE = "unprintable"
    TOO_LARGE = "too_large"
    UNKNOWN_ENCODING = "unknown_encoding"
    NOT_A_PACKAGE = "not_a_package"
    LEGACY_OR_LOCKED = "legacy_or_locked"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    TOO_MANY_PARTS = "too_many_parts"
    BROKEN = "broken"
    DOCTYPE = "doctype"
    UNKNOWN_KIND = "unknown_kind"
    # a member list
    NO_HEADER = "no_header"
    NO_ROWS = "no_rows"
    MISSING_COLUMN = "missing_column"
    DOUBLE_COLUMN = "double_column"
    TOO_MANY_ROWS = "too_many_rows"
    NOT_A_ROW = "not_a_row"
    CELL_COUNT = "cell_count"
    MISSING = "missing"
    TOO_LONG = "too_long"
    FORMULA = "formula"
    CONTROL_CHARACTERS = "control_characters"
    NOT_AN_ADDRESS = "not_an_address"
    TWICE_ENCODED = "twice_encoded"
    NOT_A_COUNTRY = "not_a_country"
    NOT_A_STATE = "not_a_state"
    NOT_INHABITANTS = "not_inhabitants"
    NOT_YES_OR_NO = "not_yes_or_no"
    NOT_A_LANGUAGE = "not_a_language"
    NOT_A_ROLE = "not_a_role"
    LOST_ZERO = "lost_zero"
    KEY_SIGNS = "key_signs"
    KNOWN_NAME = "known_name"
    CONTRADICTION = "contradiction"
    NOT_A_YEAR = "not_a_year"
    NOT_AN_ANSWER = "not_an_answer"
    UNKNOWN_MEMBER = "unknown_member"
    NAME_OF_SEVERAL = "name_of_several"
    SECOND_ANSWER = "second_answer"
    SECOND_WITHOUT_EMAIL = "second_by_letter"
    # a picture
    NO_PICTURE_FILE = "no_picture_file"
    NOT_A_PICTURE = "not_a_picture"
    PICTURE_TOO_SMALL = "picture_too_small"
    # a text
    NOT_A_DOCX = "not_a_docx"
    MACROS = "macros"
    EMBEDDED = "embedded"
    TOO_DEEP = "too_deep"
    TOO_COMPLEX = "too_complex"
    TABLE_TOO_WIDE = "table_too_wide"
    NO_TEXT = "no_text"
    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY_PICTURES = "too_many_pictures"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text: the heading above it and the words around it, each possibly empty."""

    heading: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A problem of a file. ``line`` counts from 1; 0 means the whole file."""

    reason: FileReason
    line: int = 0
    column: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    place: Place = Place()


class FileRefused(Exception):
    """A file was refused as a whole, with all of its problems in the order of lines."""

    def __init__(self, problems: Iterable[ImportProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(self.problems)


def refuse(reason: FileReason, **facts: object) -> FileRefused:
    """The exception for a single problem of the whole file."""
    return FileRefused([ImportProblem(reason, facts=facts)])


def refuse_at(place: Place, reason: FileReason, **facts: object) -> FileRefused:
    """The exception for a single problem at a place of a text."""
    return FileRefused([ImportProblem(reason, facts=facts, place=place)])


class ImportNoticeKind(StrEnum):
    """A kind of change to an imported text or list, or of something to check in it."""

    # about a member list
    SHEETS_HIDDEN = "sheets_hidden"
    SHEETS_LEFT_OUT = "sheets_left_out"
    TITLE_ROWS = "title_rows"
    ROWS_HIDDEN = "rows_hidden"
    COLUMNS_LEFT_OUT = "columns_left_out"
    ZERO_WIDTH_REMOVED = "zero_width_removed"
    KEYS_FOUND = "keys_found"
    # about the structure of a text
    LEVEL_SKIPPED = "level_skipped"
    LEVEL_TOO_DEEP = "level_too_deep"
    HEADING_MOVED = "heading_moved"
    NO_FIRST_HEADING = "no_first_heading"
    NO_HEADINGS = "no_headings"
    HEADER_MADE = "header_made"
    CELLS_ADDED = "cells_added"
    TABLE_FLATTENED = "table_flattened"
    CONTENTS_DROPPED = "contents_dropped"
    LINK_DROPPED = "link_dropped"
    TABLE_WIDE = "table_wide"
    # left out
    IMAGE_DROPPED = "image_dropped"
    PICTURE_UNDESCRIBED = "picture_undescribed"
    RULE_DROPPED = "rule_dropped"
    FIELD_DROPPED = "field_dropped"
    SYMBOL_DROPPED = "symbol_dropped"
    DRAWING_DROPPED = "drawing_dropped"
    CHART_DROPPED = "chart_dropped"
    OBJECT_DROPPED = "object_dropped"
    HEADER_DROPPED = "header_dropped"
    FOOTER_DROPPED = "footer_dropped"
    REFERENCE_DROPPED = "reference_dropped"
    COMMENTS_DROPPED = "comments_dropped"
    # imported with changes
    TRACKED_CHANGES = "tracked_changes"
    HIDDEN_TEXT = "hidden_text"
    EQUATION = "equation"
    ERROR_TEXT = "error_text"
    STRUCK_TEXT = "struck_text"
    RAW_MARKUP = "raw_markup"
    CODE = "code"
    UNKNOWN_STYLE = "unknown_style"
    NUMBER_FORMAT = "number_format"
    EMPTY_ITEM = "empty_item"
    STAR_IN_WORD = "star_in_word"
    LAYOUT_LOST = "layout_lost"
    INVISIBLE_CHARACTERS = "invisible_characters"


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """A notice for the office about an imported text or list."""

    kind: ImportNoticeKind
    facts: Mapping[str, object] = field(default_factory=dict)
    place: Place = Place()
