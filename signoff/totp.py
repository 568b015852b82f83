"""Codes of authenticator apps (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, what every app can do)."""

from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple

import pyotp
import segno

STEP = 30  # seconds
EITHER_SIDE = 1  # steps by which the clock of a telephone may be off


class Drawing(NamedTuple):
    """A QR code: its modules as the path of a drawing ``size`` units wide, quiet zone included."""

    size: int
    path: str


def address(secret: bytes, email: str, issuer: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    return pyotp.TOTP(typed(secret)).provisioning_uri(name=email, issuer_name=issuer)


def typed(secret: bytes) -> str:
    """The secret for an app that cannot read the QR code."""
    return b32encode(secret).decode().rstrip("=")


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step whose code this is, now or one step off; ``None`` for any other code."""
    bare = "".join(code.split())
    if len(bare) != 6 or not (bare.isascii() and bare.isdecimal()):
        return None
    totp, current, found = pyotp.TOTP(typed(secret)), int(now.timestamp()) // STEP, None
    for step in range(current - EITHER_SIDE, current + EITHER_SIDE + 1):
        if compare_digest(totp.generate_otp(step), bare):
            found = step
    return found


def drawing(text: str) -> Drawing:
    code = segno.make(text, error="m", micro=False)
    rows = enumerate(code.matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in rows for x, module in enumerate(row) if module)
    return Drawing(int(code.symbol_size(border=4)[0]), "".join(dark))
