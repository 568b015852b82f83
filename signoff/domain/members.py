"""Members, their representatives, and the import of member files."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from signoff.domain.answer_forms import ENCODED_WORD_START
from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader

# What the office may change; ``key`` is the AGS or any other unique key.
MEMBER_FIELDS = ("key", "name", "official_name", "kind", "state", "country", "language", "tags")
REPRESENTATIVE_FIELDS = ("name", "function", "email", "language", "may_answer")
# Epithets in German official names: "Große Kreisstadt", "Hanse- und Universitätsstadt", …
EPITHET = re.compile(
    r"^(?:(?:freie|grosse|kreisfreie|königliche|alte|und|der|die|des|hanse-?|universitäts-?|wissenschafts-?"
    r"|stadt|land|gemeinde|markt|flecken|ortsgemeinde|verbandsgemeinde|samtgemeinde|landkreis|kreis|city|town|of"
    r"|\S*stadt(?!\s(?:an|am|im|in|bei|ob|vor|auf|unter|a\.|b\.|i\.)\s)|\S*gemeinde)\s+)+(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A member municipality or other body, identified by its key (the AGS or any unique key)."""

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

    def is_called(self, name: str) -> bool:
        """Whether ``name`` names this member, ignoring case, spaces, punctuation, epithets."""
        return bool(normalize_name(name)) and normalize_name(name) in {
            normalize_name(self.name),
            normalize_name(self.official_name),
        }


@dataclass(frozen=True, slots=True)
class Representative:
    """A person (or office) at a member. An empty ``email`` means: reached by letter.

    With ``may_answer`` false they are informed of a round and can read everything, but not answer.
    """

    id: int
    member_id: int
    name: str
    function: str = ""
    email: str = ""
    language: str = ""
    archived_at: datetime | None = None
    may_answer: bool = True


def format_fields(value: object, names: Iterable[str]) -> dict[str, str]:
    """Form values: tags separated by commas, booleans as ``yes`` and ``no``."""
    return {name: format_value(getattr(value, name)) for name in names}


def format_value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def normalize_name(name: str) -> str:
    """The name without case, epithet, spaces and punctuation, for comparison."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return "".join(char for char in EPITHET.sub("", plain) if char.isalnum())


# Import: the rows of a member file, and the preview of what they would change.

MEMBER_COLUMNS = ("name", "official_name", "kind", "state", "country", "language", "tags")
REPRESENTATIVE_COLUMNS = ("name", "function", "language")


@dataclass(frozen=True, slots=True)
class RepresentativeRow:
    """A representative in the file, identified by the key of the member and the address."""

    name: str
    function: str = ""
    email: str = ""  # empty: reached by letter
    language: str = ""  # empty: the member's
    may_answer: bool | None = None  # None: unchanged; for a new one: yes
    line: int = field(default=0, compare=False)  # 0: that of the member
    # The columns present in the file; the others are not changed.
    columns: tuple[str, ...] = field(default=REPRESENTATIVE_COLUMNS, compare=False)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the file, with all its representatives. ``line`` is its first line."""

    line: int
    key: str
    name: str
    official_name: str
    kind: str = ""
    state: str = ""
    country: str = "DE"
    language: str = "de"
    tags: tuple[str, ...] = ()
    representatives: tuple[RepresentativeRow, ...] = ()
    # The columns present in the file; the others are not changed.
    columns: tuple[str, ...] = field(default=MEMBER_COLUMNS, compare=False)


class ImportChange(StrEnum):
    """What the import does to a member or representative."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ImportPreviewRow:
    """A row of the preview: a member, or (with ``email``) a representative, and its changes."""

    change: ImportChange
    line: int
    key: str
    name: str
    email: str | None = None
    fields: tuple[tuple[str, str, str], ...] = ()  # name of the field, before, after
    representative: str = ""  # the representative's name
    is_odd_address: bool = False  # the domain of the address differs from the others of the member
    archived: bool = False  # the member is archived, and remains so


# What the office types about a member and the people there.

AddressParser = Callable[
    [str], str | None
]  # the address as mail servers speak it, or None where it is none


class MemberForm(FieldReader):
    """Reads the fields named in ``MEMBER_FACTS``. ``languages`` are those on offer."""

    def member(self, id: int, languages: Collection[str]) -> Member:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        name, official = self.text("name"), self.text("official_name", required=False)
        member = Member(
            id,
            name=name,
            official_name=official or name,
            key=self.text("key"),
            kind=self.text("kind", required=False),
            state=self.text("state", required=False),
            country=self.country(),
            language=self.choice("language", {each: each for each in languages}) or "",
            tags=self.tags(),
        )
        if self.refusals:
            raise Refusals(self.refusals)
        return member

    def country(self) -> str:
        """ISO 3166-1 alpha-2; Germany where nothing is said."""
        typed = self.text("country", required=False).upper() or "DE"
        if not (len(typed) == 2 and typed.isascii() and typed.isalpha()):
            self.refuse(Reason.NOT_A_COUNTRY, "country", text=typed)
        return typed

    def tags(self) -> tuple[str, ...]:
        """Separated by commas, each once."""
        typed = (" ".join(tag.split()) for tag in self.text("tags", required=False).split(","))
        return tuple(dict.fromkeys(tag for tag in typed if tag))


class RepresentativeForm(FieldReader):
    """Reads the fields named in ``REPRESENTATIVE_FACTS``."""

    def representative(
        self, id: int, member_id: int, languages: Collection[str], address: AddressParser
    ) -> Representative:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form.

        A name or an address has to be there; without an address she is reached by letter.
        """
        typed = self.text("email", required=False)
        person = Representative(
            id,
            member_id,
            self.line("name", required=not typed),
            self.line("function"),
            self.address(typed, address),
            self.choice("language", {each: each for each in languages}) or ""
            if self.fields.get("language")
            else "",
            may_answer=self.choice("may_answer", {"yes": True, "no": False}) is not False,
        )
        if self.refusals:
            raise Refusals(self.refusals)
        return person

    def line(self, field: str, *, required: bool = False) -> str:
        """One line that may stand in a mail's header."""
        typed = self.text(field, required=required)
        if ENCODED_WORD_START in typed:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
        return typed

    def address(self, typed: str, address: AddressParser) -> str:
        if not typed or any(refusal.field == "email" for refusal in self.refusals):
            return ""
        found = address(typed)
        if found is None:
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=typed)
        return found or ""


# Contacts.


@dataclass(frozen=True, slots=True)
class Contact:
    """A person with a valid link. An empty ``email`` means: reached by letter."""

    name: str
    email: str
    delegated: bool  # by a colleague


@dataclass(frozen=True, slots=True)
class MemberContacts:
    """The holders of the valid links of a member, and when one of them was last reminded."""

    contacts: tuple[Contact, ...] = ()
    reminded_at: datetime | None = None
