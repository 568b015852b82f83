"""Member municipalities and the people there who may receive a link."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

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
    """A person (or office) at a member. An empty ``email`` means: reached by letter."""

    id: int
    member_id: int
    name: str
    function: str = ""
    email: str = ""
    language: str = ""
    archived_at: datetime | None = None


def bare(name: str) -> str:
    """A municipality's name without case, epithet, spaces and punctuation, for comparing what was typed."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return "".join(sign for sign in EPITHET.sub("", plain) if sign.isalnum())
