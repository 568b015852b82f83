"""A position paper and its numbered texts."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from signoff.domain.canonical import digest
from signoff.domain.refusal import Reason, Refusal

RESERVED = ("entwurf",)  # /papers/<slug>/entwurf.pdf is the marked draft
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Text:
    """What the reader of an edition sees. ``html`` is canonical and sanitised; headings begin at level 2."""

    title: str
    html: str
    subtitle: str = ""
    kind: str = "Positionspapier"
    language: str = "de"
    adopted_by: str = ""
    adopted_on: date | None = None
    adopted_at: str = ""

    @property
    def canonical(self) -> dict[str, str | None]:
        """What the digest is computed over: all that the reader sees."""
        return {
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
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of what the reader sees, 64 hexadecimal digits."""
        return digest(self.canonical)


@dataclass(frozen=True, slots=True)
class Edition:
    """One numbered text of a paper. It is frozen when its round opens."""

    id: int
    paper_id: int
    slug: str
    number: int
    text: Text
    digest: str
    created_at: datetime


def checked_slug(slug: str) -> str:
    """``slug`` if it can stand in an address: lower-case letters, digits and single hyphens, at most 60."""
    if not SLUG.fullmatch(slug) or len(slug) > 60 or slug in RESERVED:
        raise Refusal(Reason.NOT_A_SLUG, "slug", text=slug[:60])
    return slug
