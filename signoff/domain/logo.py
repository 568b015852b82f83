"""The association's logo, as pages and the PDF use it."""

from dataclasses import dataclass

WIDEST, HIGHEST = 1200, 600  # pixels kept: at 80 mm, the most the title page gives it, 380 a inch


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG with its size in pixels; ``sha256`` is over its bytes and names it."""

    sha256: str
    png: bytes
    width: int
    height: int
