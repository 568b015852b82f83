"""Member municipalities and the people there who may receive a link."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# What the office may change; ``key`` is the AGS or any other unique key.
MEMBER_FACTS = ("key", "name", "official_name", "kind", "state", "country", "language", "tags")
REPRESENTATIVE_FACTS = ("name", "function", "email", "language", "may_answer")
# What stands before a place's name in German official names: "Große Kreisstadt", "Hanse- und Universitätsstadt", …
EPITHET = re.compile(
    r"^(?:(?:freie|grosse|kreisfreie|königliche|alte|und|der|die|des|hanse-?|universitäts-?|wissenschafts-?"
    r"|stadt|land|gemeinde|markt|flecken|ortsgemeinde|verbandsgemeinde|samtgemeinde|landkreis|kreis|city|town|of"
    r"|\S*stadt(?!\s(?:an|am|im|in|bei|ob|vor|auf|unter|a\.|b\.|i\.)\s)|\S*gemeinde)\s+)+(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A member municipality (or another member body), known by its key (the AGS or any unique key)."""

    id: int
    key: str
    name: str
    official_name: str
    kind: str = ""
    state: str = ""
    country: str = "DE"
    language: str = "de"
    tags: tuple[str, ...] = ()
    archived_at: datetime | None = None

    def is_called(self, typed: str) -> bool:
        """Whether ``typed`` names this member, compared without case, spaces, punctuation or epithet."""
        return bool(bare(typed)) and bare(typed) in {bare(self.name), bare(self.official_name)}


@dataclass(frozen=True, slots=True)
class Representative:
    """A person (or office) at a member. An empty ``email`` means: reached by letter.

    Who is for information only (``may_answer`` is false) is told of a round and can read everything, but not answer.
    """

    id: int
    member_id: int
    name: str
    function: str = ""
    email: str = ""
    language: str = ""
    archived_at: datetime | None = None
    may_answer: bool = True


def spelt(value: object, names: Iterable[str]) -> dict[str, str]:
    """Fields of a member or representative as they are typed and shown: tags with commas, a truth as ``yes``."""
    return {name: written(getattr(value, name)) for name in names}


def written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def bare(name: str) -> str:
    """A municipality's name without case, epithet, spaces and punctuation, for comparing what was typed."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return "".join(sign for sign in EPITHET.sub("", plain) if sign.isalnum())
