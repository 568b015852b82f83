"""Codes of authenticator apps (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, what every app can do)."""

import json
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple

import pyotp
import segno
import webauthn
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from signoff.domain.accounts import COMMON_PASSWORDS, Passkey, require_strong_password

# Passkeys (WebAuthn). The browser asks the device; here its answers are checked against what was asked.

MAX_RESPONSE_LENGTH = 20_000  # characters of an answer; real ones have about 1,500


class InvalidPasskeyResponse(Exception):
    """The answer of a device that does not fit what was asked."""


class PasskeyChallenge(NamedTuple):
    """What the browser is to ask the device (JSON), and the challenge in it (base64url)."""

    options: str
    challenge: str


class NewPasskey(NamedTuple):
    """A new passkey, as its device described it."""

    credential_id: str
    public_key: str
    sign_count: int


def build_registration_options(
    host: str, issuer: str, handle: bytes, email: str, known: tuple[Passkey, ...]
) -> PasskeyChallenge:
    """Ask for a new passkey on a device that has none of this account yet. ``handle`` names the account to it."""
    made = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=issuer,
        user_id=handle,
        user_name=email,
        exclude_credentials=build_descriptors(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return PasskeyChallenge(webauthn.options_to_json(made), bytes_to_base64url(made.challenge))


def verify_registration(answer: str, challenge: str, host: str, origin: str) -> NewPasskey:
    """The new passkey in a device's answer. Raises ``NotGenuine``."""
    try:
        checked = webauthn.verify_registration_response(
            credential=parse_response(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as wrong:
        raise InvalidPasskeyResponse from wrong
    key = bytes_to_base64url(checked.credential_public_key)
    return NewPasskey(bytes_to_base64url(checked.credential_id), key, checked.sign_count)


def build_authentication_options(host: str, known: tuple[Passkey, ...]) -> PasskeyChallenge:
    """Ask for one of these passkeys."""
    made = webauthn.generate_authentication_options(
        rp_id=host, allow_credentials=build_descriptors(known)
    )
    return PasskeyChallenge(webauthn.options_to_json(made), bytes_to_base64url(made.challenge))


def verify_authentication(
    answer: str, challenge: str, host: str, origin: str, known: tuple[Passkey, ...]
) -> tuple[Passkey, int]:
    """Which of the passkeys answered, and how often it says it has. Raises ``NotGenuine``."""
    told = parse_response(answer)
    used = next((each for each in known if each.credential_id == told.get("id")), None)
    if used is None:
        raise InvalidPasskeyResponse
    try:
        checked = webauthn.verify_authentication_response(
            credential=told,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(used.public_key),
            credential_current_sign_count=used.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as wrong:
        raise InvalidPasskeyResponse from wrong
    return used, checked.new_sign_count


def parse_response(answer: str) -> dict[str, object]:
    try:
        told = json.loads(answer if len(answer) <= MAX_RESPONSE_LENGTH else "")
    except ValueError as wrong:
        raise InvalidPasskeyResponse from wrong
    if not isinstance(told, dict):
        raise InvalidPasskeyResponse
    return told


def build_descriptors(known: tuple[Passkey, ...]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in known
    ]


# Passwords of the office: argon2id, 64 MiB, 3 passes, 4 lanes (OWASP ASVS 5.0, 11.4.2).

PASSWORD_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Of no account: verified where there is none, so that an unknown address takes as long as a known one.
DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2lnbm9mZi1ub2JvZHktc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def hash_password(password: str) -> str:
    """The hash of an acceptable password; refuses a short, a common or a uniform one."""
    return PASSWORD_HASHER.hash(require_strong_password(password, COMMON_PASSWORDS))


def verify_password(stored: str, password: str) -> bool:
    """Whether ``password`` is the one behind ``stored``; an empty hash costs the same and never fits."""
    try:
        return PASSWORD_HASHER.verify(stored or DUMMY_HASH, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


TOTP_STEP = 30  # seconds
TOTP_WINDOW = 1  # steps by which the clock of a telephone may be off


class QrCode(NamedTuple):
    """A QR code: its modules as the path of a drawing ``size`` units wide, quiet zone included."""

    size: int
    path: str


def build_otpauth_uri(secret: bytes, email: str, issuer: str) -> str:
    """What the QR code says: ``otpauth://totp/…``."""
    return pyotp.TOTP(format_secret(secret)).provisioning_uri(name=email, issuer_name=issuer)


def format_secret(secret: bytes) -> str:
    """The secret for an app that cannot read the QR code."""
    return b32encode(secret).decode().rstrip("=")


def find_totp_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step whose code this is, now or one step off; ``None`` for any other code."""
    bare = "".join(code.split())
    if len(bare) != 6 or not (bare.isascii() and bare.isdecimal()):
        return None
    totp, current, found = (
        pyotp.TOTP(format_secret(secret)),
        int(now.timestamp()) // TOTP_STEP,
        None,
    )
    for step in range(current - TOTP_WINDOW, current + TOTP_WINDOW + 1):
        if compare_digest(totp.generate_otp(step), bare):
            found = step
    return found


def draw_qr_code(text: str) -> QrCode:
    code = segno.make(text, error="m", micro=False)
    rows = enumerate(code.matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in rows for x, module in enumerate(row) if module)
    return QrCode(int(code.symbol_size(border=4)[0]), "".join(dark))
