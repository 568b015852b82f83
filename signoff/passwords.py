"""Passwords of the office: argon2id, 64 MiB, 3 passes, 4 lanes (OWASP ASVS 5.0, 11.4.2)."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from signoff.domain.common import PASSWORDS
from signoff.domain.staff import checked_password

HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Of no account: verified where there is none, so that an unknown address takes as long as a known one.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c2lnbm9mZi1ub2JvZHktc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def hashed(password: str) -> str:
    """The hash of an acceptable password; refuses a short, a common or a uniform one."""
    return HASHER.hash(checked_password(password, PASSWORDS))


def fits(stored: str, password: str) -> bool:
    """Whether ``password`` is the one behind ``stored``; an empty hash costs the same and never fits."""
    try:
        return HASHER.verify(stored or NOBODY, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False
