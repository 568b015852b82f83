"""Papers: their editions, annexes, slugs and trial prints."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape

from signoff.domain.characters import clean_characters, find_unprintable
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import MAX_LENGTHS, FieldReader
from signoff.domain.rounds import Round
from signoff.domain.text import canonical_digest

MAX_TITLE_LENGTH = 300  # characters; the title page holds them
PAPER_KINDS = ("Leitgedanken", "Positionspapier", "Stellungnahme", "Resolution")
RESERVED_SLUGS = ("entwurf", "new", "preview")  # /papers/<slug>/entwurf.pdf, /office/papers/new
UMLAUT_SPELLINGS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue"}  # casefold turns ß into ss
SLUG_PATTERN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Annex:
    """A PDF that accompanies the text of an edition. ``size`` is in bytes."""

    name: str
    sha256: str
    size: int


# The address of a picture in canonical HTML. As it is the digest of the file, the digest of the
# text covers its pictures.
PICTURE_ADDRESS = re.compile(r"pictures/([0-9a-f]{64})\.(png|jpg)")
PICTURE_ELEMENT = re.compile(rf'<img src="{PICTURE_ADDRESS.pattern}"(?: alt="([^"]*)")?>')


HEADING_ELEMENT = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def extract_text(html: str) -> str:
    """The text of canonical HTML, in one line."""
    return " ".join(unescape(TAG.sub(" ", html)).split())


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a text, ``png`` or ``jpg``; ``sha256`` is the digest of ``content``."""

    sha256: str
    kind: str
    content: bytes

    @property
    def address(self) -> str:
        return f"pictures/{self.sha256}.{self.kind}"


@dataclass(frozen=True, slots=True)
class Text:
    """The content of an edition. ``html`` is canonical and sanitised; headings begin at level 2.

    ``vote`` is the result according to the minutes. ``summary`` is one paragraph for those who do
    not read the whole text. ``contact`` is for questions about the text; it is public, and not part
    of what is signed.
    """

    title: str
    html: str
    subtitle: str = ""
    kind: str = "Positionspapier"
    language: str = "de"
    adopted_by: str = ""
    adopted_on: date | None = None
    adopted_at: str = ""
    assembly: str = ""
    vote: str = ""
    summary: str = ""
    contact: str = ""
    annexes: tuple[Annex, ...] = ()

    @property
    def canonical(self) -> dict[str, object]:
        """The input of the digest: all that the reader sees.

        Fields added after the first editions are omitted if empty, which keeps earlier digests
        valid.
        """
        later = {
            "annexes": [[annex.name, annex.sha256] for annex in self.annexes],
            "assembly": self.assembly,
            "summary": self.summary,
            "vote": self.vote,
        }
        return {
            **{name: value for name, value in later.items() if value},
            "adopted_at": self.adopted_at,
            "adopted_by": self.adopted_by,
            "adopted_on": self.adopted_on.isoformat() if self.adopted_on else None,
            "html": self.html,
            "kind": self.kind,
            "language": self.language,
            "subtitle": self.subtitle,
            "title": self.title,
        }

    @property
    def pictures(self) -> tuple[str, ...]:
        """The digests of the pictures in the text."""
        return tuple(dict.fromkeys(digest for digest, *_ in PICTURE_ELEMENT.findall(self.html)))

    @property
    def undescribed_pictures(self) -> int:
        """The number of pictures without a description for those who cannot see them."""
        return sum(not description for *_, description in PICTURE_ELEMENT.findall(self.html))

    @property
    def unprintable(self) -> dict[str, dict[str, str]]:
        """The characters that are printed as stand-ins, by their heading, which is
        empty before the first one. Forms and imports refuse them today; older texts may have some.
        """
        about = (self.kind, self.title, self.subtitle, self.adopted_by, self.adopted_at)
        printed = (
            *about,
            *(self.assembly, self.vote, self.summary),
            *(annex.name for annex in self.annexes),
        )
        before, *rest = HEADING_ELEMENT.split(self.html)
        sections = [
            ("", " ".join((*printed, extract_text(before)))),
            *(
                (extract_text(heading), extract_text(f"{heading} {html}"))
                for heading, html in zip(rest[::2], rest[1::2], strict=True)
            ),
        ]
        places: dict[str, dict[str, str]] = {}
        for heading, text in sections:
            if characters := find_unprintable(clean_characters(text)):
                places[heading] = characters | places.get(heading, {})
        return places

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of ``canonical``, 64 hexadecimal digits."""
        return canonical_digest(self.canonical)


@dataclass(frozen=True, slots=True)
class Edition:
    """A numbered text of a paper. It is frozen when its round opens."""

    id: int
    paper_id: int
    slug: str
    number: int
    text: Text
    digest: str
    created_at: datetime
    version: int = 1  # counts the changes of the draft, to detect conflicting edits
    source: str = ""  # the Markdown source, if it was written in the editor


MAX_SUGGESTED_SLUG = 50
MAX_DANGLING_WORD = 4


def slugify(title: str) -> str:
    """A slug for ``title``: ``Für Plätze & Parks`` gives ``fuer-plaetze-parks``. May be empty.

    It consists of whole words.
    """
    transliterated = title.casefold().translate(UMLAUT_SPELLINGS)
    ascii_title = unicodedata.normalize("NFKD", transliterated).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_title)
    kept: list[str] = []
    for word in words:
        if len("-".join((*kept, word))) > MAX_SUGGESTED_SLUG:
            break
        kept.append(word)
    # A short word at the end, such as "im" or "fuer", belongs to what was left out.
    while len(kept) > 1 and len(kept) < len(words) and len(kept[-1]) <= MAX_DANGLING_WORD:
        kept.pop()
    return "-".join(kept)


def require_valid_slug(slug: str) -> str:
    """Return ``slug`` if it consists of lower-case letters, digits and single hyphens."""
    if not SLUG_PATTERN.fullmatch(slug) or len(slug) > 60 or slug in RESERVED_SLUGS:
        raise Refusal(Reason.NOT_A_SLUG, "slug", text=slug[:60])
    return slug


# The form of a paper: from its fields to its text, or to every refusal.

EARLIEST_ADOPTION_DATE = date(1946, 1, 1)  # of an adoption; before that the year is mistyped


class PaperForm(FieldReader):
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    max_lengths = {
        **MAX_LENGTHS,
        "title": MAX_TITLE_LENGTH,
    }  # elsewhere a title is that of a person

    def title(self) -> str:
        return self.text("title")

    def paper(
        self,
        html: str,
        today: date,
        languages: Collection[str],
        kinds: tuple[str, ...] = PAPER_KINDS,
    ) -> Text:
        """The text with everything said about it.

        Raises ``Refusals`` naming every field that is wrong.
        """
        text = Text(
            title=self.title(),
            html=html,
            subtitle=self.text("subtitle", required=False),
            kind=self.choice("kind", {kind: kind for kind in kinds}) or "",
            language=self.choice("language", {code: code for code in languages}) or "",
            adopted_by=self.text("adopted_by", required=False),
            adopted_on=self.adopted_on(today),
            adopted_at=self.text("adopted_at", required=False),
            assembly=self.text("assembly", required=False),
            vote=self.text("vote", required=False),
            summary=self.summary(),
            contact=self.text("contact", required=False),
        )
        if self.refusals:
            raise Refusals(self.refusals)
        return text

    def summary(self) -> str:
        """One paragraph; empty if there is none."""
        return self.text("summary", required=False)

    def adopted_on(self, today: date) -> date | None:
        """The day of the adoption; it is before today, and not so long ago as a mistyped year."""
        day = self.date("adopted_on") if self.fields.get("adopted_on", "").strip() else None
        if day and day > today:
            self.refuse(Reason.ADOPTED_LATER, "adopted_on", day=day)
        if day and day < EARLIEST_ADOPTION_DATE:
            self.refuse(Reason.DATE_TOO_EARLY, "adopted_on", day=day)
        return day


def list_editions_without_round(
    editions: Iterable[Edition], rounds: Iterable[Round]
) -> list[tuple[Edition, Round | None]]:
    """The latest edition of each paper, if it has no round or only cancelled ones, the newest paper
    first.

    Each comes with its latest round, if there was one.
    """
    latest_edition = {
        edition.paper_id: edition
        for edition in sorted(editions, key=lambda edition: edition.number)
    }
    latest_round = {round.edition_id: round for round in sorted(rounds, key=lambda round: round.id)}
    candidates = [
        (edition, latest_round.get(edition.id))
        for edition in sorted(latest_edition.values(), key=lambda edition: -edition.paper_id)
    ]
    return [
        (edition, round) for edition, round in candidates if round is None or round.cancelled_at
    ]
