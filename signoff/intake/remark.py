"""What was changed or left out when a text was read, for the office to check (words: ``signoff.words.intake``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RemarkKind(StrEnum):
    """Every kind of thing the office is told about a text that was taken."""

    # about the structure
    LEVEL_SKIPPED = "level_skipped"
    LEVEL_TOO_DEEP = "level_too_deep"
    HEADING_MOVED = "heading_moved"
    NO_FIRST_HEADING = "no_first_heading"
    NO_HEADINGS = "no_headings"
    HEADER_MADE = "header_made"
    CELLS_ADDED = "cells_added"
    CONTENTS_DROPPED = "contents_dropped"
    LINK_DROPPED = "link_dropped"
    TABLE_WIDE = "table_wide"
    # left out
    IMAGE_DROPPED = "image_dropped"
    RULE_DROPPED = "rule_dropped"
    ELEMENT_DROPPED = "element_dropped"
    REFERENCE_DROPPED = "reference_dropped"
    COMMENTS_DROPPED = "comments_dropped"
    # taken, but not as it looked
    TRACKED_CHANGES = "tracked_changes"
    HIDDEN_TEXT = "hidden_text"
    STRUCK_TEXT = "struck_text"
    RAW_MARKUP = "raw_markup"
    CODE = "code"
    UNKNOWN_STYLE = "unknown_style"
    HEADING_NUMBERS = "heading_numbers"
    LIST_RESTARTED = "list_restarted"
    STAR_IN_WORD = "star_in_word"
    LAYOUT_LOST = "layout_lost"
    INVISIBLE_CHARACTERS = "invisible_characters"
    UNPRINTABLE_CHARACTERS = "unprintable_characters"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing the office should know about a text that was read."""

    kind: RemarkKind
    facts: Mapping[str, object] = field(default_factory=dict)
