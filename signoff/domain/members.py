"""Members, their representatives, and the import of member files."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, get_type_hints

from signoff.domain.answer_forms import ENCODED_WORD_START
from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.text import find_state, fold, parse_email, sort_key

# Epithets in German official names: "Große Kreisstadt", "Hanse- und Universitätsstadt", …
EPITHET = re.compile(
    r"^(?:(?:freie|grosse|kreisfreie|königliche|alte|und|der|die|des|hanse-?|universitäts-?|wissenschafts-?"
    r"|stadt|land|gemeinde|markt|flecken|ortsgemeinde|verbandsgemeinde|samtgemeinde|landkreis|kreis|city|town|of"
    r"|\S*stadt(?!\s(?:an|am|im|in|bei|ob|vor|auf|unter|a\.|b\.|i\.)\s)|\S*gemeinde)\s+)+(?=\w)"
)
MIN_WORD_LENGTH = 4  # of a word that stands for the whole name


@dataclass(frozen=True, slots=True)
class Column:
    """How a column of the member list is called and read."""

    label: str
    required: bool = False
    parse: Callable[[str], Any] = str  # called for texts that are not empty
    check: tuple[str, Reason] | None = None  # the pattern of a text, and why another is refused


def parse_tags(text: str) -> tuple[str, ...]:
    """The tags in a text, separated by commas, bars or semicolons, each once."""
    tags = (" ".join(tag.split()) for tag in re.split(r"[,|;]", text))
    return tuple(dict.fromkeys(tag for tag in tags if tag))


# Digits, with points, commas, apostrophes or spaces between groups of three.
INHABITANTS_PATTERN = r"[1-9]\d{0,8}|[1-9]\d{0,2}(?:[.,'’ \u00a0\u202f]\d{3}){1,2}"


def parse_inhabitants(text: str) -> str:
    """The digits of a number such as 12.345."""
    return "".join(character for character in text if character.isdecimal())


# Yes or no, as lists write it.
YES, NO = "yes", "no"
YES_OR_NO = {"yes": YES, "ja": YES, "j": YES, "x": YES, "no": NO, "nein": NO, "n": NO}
YES_OR_NO_PATTERN = f"(?i:{'|'.join(YES_OR_NO)})"


def parse_yes(text: str) -> str:
    """``yes`` or nothing; another text as it is, for ``check_field``."""
    return {YES: YES, NO: ""}.get(YES_OR_NO.get(text.casefold(), ""), text)


@dataclass(frozen=True, slots=True)
class MemberFields:
    """The table of the member list: a line is a column of file, form, sheet and database.

    An empty text leaves the default of a column. Their order is that of the file.
    """

    key: Annotated[str, Column("Schlüssel", required=True)]  # the AGS or any other unique key
    name: Annotated[str, Column("Name", required=True)]
    official_name: Annotated[str, Column("Amtliche Bezeichnung")] = ""  # else the name
    kind: Annotated[str, Column("Art")] = ""
    state: Annotated[str, Column("Bundesland")] = ""
    district: Annotated[str, Column("Landkreis")] = ""  # tells places of one name apart
    country: Annotated[
        str, Column("Land (Kürzel)", parse=str.upper, check=("[A-Za-z]{2}", Reason.NOT_A_COUNTRY))
    ] = "DE"  # ISO 3166-1 alpha-2
    language: Annotated[str, Column("Sprache")] = "de"
    inhabitants: Annotated[
        str,
        Column(
            "Einwohner",
            parse=parse_inhabitants,
            check=(INHABITANTS_PATTERN, Reason.NOT_INHABITANTS),
        ),
    ] = ""  # digits
    tags: Annotated[tuple[str, ...], Column("Schlagwörter", parse=parse_tags)] = ()
    street: Annotated[str, Column("Straße oder Postfach")] = ""
    postal_code: Annotated[str, Column("Postleitzahl")] = ""
    city: Annotated[str, Column("Ort der Anschrift")] = ""  # empty: the name
    mail_without_link: Annotated[
        str,
        Column(
            "E-Mail ohne Link", parse=parse_yes, check=(YES_OR_NO_PATTERN, Reason.NOT_YES_OR_NO)
        ),
    ] = ""  # yes, or empty

    def __post_init__(self) -> None:
        if not self.official_name:
            object.__setattr__(self, "official_name", self.name)


MEMBER_COLUMNS: dict[str, Column] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(MemberFields, include_extras=True).items()
}
MEMBER_FIELDS = tuple(MEMBER_COLUMNS)
REPRESENTATIVE_FIELDS = ("name", "function", "email", "language", "may_answer")


def parse_fields(texts: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a member from texts that have been checked."""
    fields = {
        name: column.parse(texts[name]) for name, column in MEMBER_COLUMNS.items() if texts[name]
    }
    country = fields.get("country", GERMANY)
    if "state" in fields:
        fields["state"] = parse_state(fields["state"], country)
    if country == GERMANY and re.fullmatch(r"\d{4}", fields.get("postal_code", "")):
        fields["postal_code"] = f"0{fields['postal_code']}"  # a spreadsheet has dropped the zero
    return fields


def check_field(name: str, text: str) -> Reason | None:
    """Why a text that is not empty is refused in a column of the table."""
    check = MEMBER_COLUMNS[name].check
    return check[1] if check and not re.fullmatch(check[0], text) else None


GERMANY = "DE"
# The German official keys: of a district (5 digits), a municipality (AGS, 8) or an association of
# municipalities (9), and the regional key (ARS, 12). They begin with that of the state.
OFFICIAL_KEY = re.compile(r"(?:0[1-9]|1[0-6])(?:\d{3}|\d{6}|\d{7}|\d{10})")


def parse_state(text: str, country: str) -> str:
    """The state as lists name it: a German one by its name, whatever its spelling."""
    return (country.upper() == GERMANY and find_state(text)) or text


def check_state(text: str, country: str) -> Reason | None:
    """Why a state is refused: it is none of the German ones, and the member is in Germany."""
    german = (country or GERMANY).upper() == GERMANY
    return Reason.NOT_A_STATE if text and german and not find_state(text) else None


@dataclass(frozen=True, slots=True)
class Member(MemberFields):
    """A member municipality or other body, identified by its key."""

    id: int = field(kw_only=True)
    archived_at: datetime | None = field(default=None, kw_only=True)

    @property
    def sort_key(self) -> str:
        """By name, and by key where names are equal."""
        return f"{sort_key(self.name)}\0{self.key}"

    @property
    def has_postal_address(self) -> bool:
        """Whether a letter would arrive; large German recipients have a postal code alone."""
        return bool(self.postal_code or (self.street and self.country != GERMANY))

    def is_called(self, name: str) -> bool:
        """Whether ``name`` names this member: with or without its epithet, or by a whole word of it
        and beginnings of other words (``Rothenburg o. d. T.``).

        Case, spaces, punctuation and diacritics do not matter; ``ae`` is ``ä``.
        """
        names = (self.name, self.official_name)
        typed = split_words(strip_epithet(name))
        if "".join(typed) in {"".join(split_words(strip_epithet(each))) for each in names}:
            return bool(typed)
        places = [split_words(strip_epithet(re.sub(r"\(.*?\)", "", each))) for each in names]
        known = {word for each in names for word in split_words(each)}
        return any(
            len(word) >= MIN_WORD_LENGTH and word in typed for place in places for word in place
        ) and all(any(word.startswith(part) for word in known) for part in typed)


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


def split_words(name: str) -> list[str]:
    """The words of a name without diacritics, and with ``u`` for ``ue`` as for ``ü``."""
    folded = re.sub("([aou])e", r"\1", fold(name))
    return ["st" if word == "sankt" else word for word in folded.split()]


def strip_epithet(name: str) -> str:
    """The name in lower case, without its epithet."""
    return EPITHET.sub("", " ".join(unicodedata.normalize("NFKC", name).casefold().split()))


def find_place(official_name: str) -> str:
    """``Altdorf`` in ``Stadt Altdorf``: the words after the epithet, by which lists are sorted."""
    words = official_name.split()
    return " ".join(words[len(words) - len(strip_epithet(official_name).split()) :])


def normalize_name(name: str) -> str:
    """The name without case, epithet, spaces and punctuation, for comparison."""
    return "".join(char for char in strip_epithet(name) if char.isalnum())


# Import: the rows of a member file, and the preview of what they would change.

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
class MemberRow(MemberFields):
    """A member in the file, with all its representatives. ``line`` is its first line."""

    line: int = field(kw_only=True)
    representatives: tuple[RepresentativeRow, ...] = field(default=(), kw_only=True)
    # The columns present in the file; the others are not changed.
    columns: tuple[str, ...] = field(default=MEMBER_FIELDS, compare=False, kw_only=True)


class ImportChange(StrEnum):
    """The effect of the import on a member or representative."""

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
    other_key: str = ""  # name and address of a new member are registered under this key already


# What the office enters about members and their representatives.


class MemberForm(FieldReader):
    """Reads the columns of ``MEMBER_COLUMNS``. ``languages`` are those that may be chosen."""

    def member(self, id: int, languages: Collection[str]) -> Member:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the table."""
        texts: dict[str, str] = {}
        for name, column in MEMBER_COLUMNS.items():
            if name == "language":
                texts[name] = self.choice(name, {each: each for each in languages}) or ""
                continue
            texts[name] = self.text(name, required=column.required)
            if texts[name] and (reason := check_field(name, texts[name])):
                self.refuse(reason, name, text=column.parse(texts[name]))
        if reason := check_state(texts["state"], texts["country"]):
            self.refuse(reason, "state", text=texts["state"])
        if self.refusals:
            raise Refusals(self.refusals)
        return Member(**parse_fields(texts), id=id)


class RepresentativeForm(FieldReader):
    """Reads the fields named in ``REPRESENTATIVE_FIELDS``."""

    def representative(self, id: int, member_id: int, languages: Collection[str]) -> Representative:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form.

        A name or an address is required; without an address they are reached by letter.
        """
        email = self.text("email", required=False)
        representative = Representative(
            id,
            member_id,
            self.line("name", required=not email),
            self.line("function"),
            self.address(email),
            self.choice("language", {each: each for each in languages}) or ""
            if self.fields.get("language")
            else "",
            may_answer=self.choice("may_answer", {"yes": True, "no": False}) is not False,
        )
        if self.refusals:
            raise Refusals(self.refusals)
        return representative

    def line(self, field: str, *, required: bool = False) -> str:
        """One line that is safe in the header of a mail."""
        text = self.text(field, required=required)
        if ENCODED_WORD_START in text:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
        return text

    def address(self, text: str) -> str:
        if not text or any(refusal.field == "email" for refusal in self.refusals):
            return ""
        email = parse_email(text)
        if email is None:
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=text)
        return email or ""


# Contacts.


@dataclass(frozen=True, slots=True)
class Contact:
    """A person with a valid link. An empty ``email`` means: reached by letter."""

    name: str
    email: str
    delegated: bool  # by a colleague
    prepared: bool = False  # an answer waits for them to hand it in


@dataclass(frozen=True, slots=True)
class MemberContacts:
    """The contacts of a member, and when one of them was last reminded."""

    contacts: tuple[Contact, ...] = ()
    reminded_at: datetime | None = None
