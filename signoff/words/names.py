"""Official names inside German sentences: "die Stadt Ulm", "der Freien und Hansestadt Hamburg", "des Landkreises Celle"."""

import re
from enum import Enum

from signoff.domain.collation import sort_key


class Case(Enum):
    """The grammatical case a sentence asks for."""

    NOMINATIVE = 0
    GENITIVE = 1
    ACCUSATIVE = 2


FEMININE = ("die", "der", "die")
MASCULINE = ("der", "des", "den")
NEUTER = ("das", "des", "das")
# The kind of body a name says it is, with its article and its genitive; compounds count with their last part.
KINDS = (
    (re.compile(r"\S*(?:stadt|gemeinde|region|insel)", re.IGNORECASE), FEMININE, ""),
    (re.compile(r"\S*(?:kreis|bezirk)", re.IGNORECASE), MASCULINE, "es"),
    (re.compile(r"Markt|\S*verband", re.IGNORECASE), MASCULINE, "es"),
    (re.compile(r"Flecken"), MASCULINE, "s"),
    (re.compile(r"(?:\S*land|Amt)", re.IGNORECASE), NEUTER, "es"),
)
BEFORE = re.compile(r"(?:freie|große|alte|königliche|kreisfreie|und|\S+-)", re.IGNORECASE)


def in_sentence(official_name: str, case: Case, language: str = "de") -> str:
    """``official_name`` with its article in ``case``; without one where none is known, and in other languages."""
    found = noun(official_name) if language == "de" else None
    if found is None:
        return f"von {official_name}" if case is Case.GENITIVE and language == "de" else official_name
    words, at, articles, ending = found
    if case is Case.GENITIVE:
        words[at] += ending
    weak = case is Case.GENITIVE or (case is Case.ACCUSATIVE and articles is MASCULINE)
    before = [f"{word}n" if weak and word.lower().endswith("e") else word for word in words[:at]]
    return " ".join([articles[case.value], *before, *words[at:]])


def noun(official_name: str) -> tuple[list[str], int, tuple[str, str, str], str] | None:
    """The words of a name, where its kind stands ("Stadt"), the articles of that kind and its genitive ending."""
    words = official_name.split()
    for at, word in enumerate(words[:-1]):  # the last word is the place itself
        for kind, articles, ending in KINDS:
            if kind.fullmatch(word):
                return words, at, articles, ending
        if not BEFORE.fullmatch(word):
            return None
    return None


def split_at_place(official_name: str, name: str) -> tuple[str, str, str]:
    """``official_name`` before, at and after the place it is sorted by; where it does not contain it, all of it is the place."""
    at = official_name.rfind(name)
    if not name or at < 0:
        return "", official_name, ""
    return official_name[:at], name, official_name[at + len(name) :]


def enumerated(names: list[str], language: str = "de") -> str:
    """``Hanau, Konstanz und Lünen`` in the order of the list."""
    both = " and " if language == "en" else " und "
    names = sorted(names, key=sort_key)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}{both}{names[-1]}" if names else ""
