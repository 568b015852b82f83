"""The seal on a released PDF: who seals, how, and what failed."""

from dataclasses import dataclass
from enum import StrEnum

from signoff.domain.failure import Unprintable


class SealLevel(StrEnum):
    """ETSI EN 319 142-1: a seal alone, or one with timestamps and all that long-term validation needs."""

    BASIC = "B-B"
    LONG_TERM = "B-LTA"


@dataclass(frozen=True, slots=True)
class Sealer:
    """What is known about the seal before the print: it is told on the PDF's last page.

    ``fingerprint`` is the SHA-256 of the public key (DER, SubjectPublicKeyInfo), 64 hexadecimal digits.
    """

    holder: str
    issuer: str
    own: bool  # the instance's own key: nobody has certified who holds it
    timestamp: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file."""

    content: bytes
    level: SealLevel


class SealFailed(Unprintable):
    """No seal was set. ``str()`` is a clause without a full stop, meant for the office."""
