"""Passwords, passkeys and the codes of authenticator apps."""

import json
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, NamedTuple

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from signoff.domain.accounts import COMMON_PASSWORDS, Passkey, require_strong_password

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

# Passkeys (WebAuthn): challenges for the browser, and the verification of its responses. The
# library is imported when it is needed, because it takes 16 MB of each process.

MAX_RESPONSE_LENGTH = 20_000  # characters; real responses have about 1,500


class InvalidPasskeyResponse(Exception):
    """The response of a device does not match the challenge."""


class PasskeyChallenge(NamedTuple):
    """The options for the browser (JSON), and the challenge in them (base64url)."""

    options: str
    challenge: str


class NewPasskey(NamedTuple):
    """A new passkey as described by its device."""

    credential_id: str
    public_key: str
    sign_count: int


def build_registration_options(
    host: str, issuer: str, handle: bytes, email: str, existing: tuple[Passkey, ...]
) -> PasskeyChallenge:
    """Ask for a new passkey on a device that has none of this account yet.

    ``handle`` identifies the account.
    """
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=issuer,
        user_id=handle,
        user_name=email,
        exclude_credentials=build_descriptors(existing),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return PasskeyChallenge(
        webauthn.options_to_json(options), bytes_to_base64url(options.challenge)
    )


def verify_registration(response: str, challenge: str, host: str, origin: str) -> NewPasskey:
    """The new passkey in a device's response. Raises ``InvalidPasskeyResponse``."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        verified = webauthn.verify_registration_response(
            credential=parse_response(response),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise InvalidPasskeyResponse from error
    key = bytes_to_base64url(verified.credential_public_key)
    return NewPasskey(bytes_to_base64url(verified.credential_id), key, verified.sign_count)


def build_authentication_options(host: str, passkeys: tuple[Passkey, ...]) -> PasskeyChallenge:
    """Ask for one of these passkeys."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    options = webauthn.generate_authentication_options(
        rp_id=host, allow_credentials=build_descriptors(passkeys)
    )
    return PasskeyChallenge(
        webauthn.options_to_json(options), bytes_to_base64url(options.challenge)
    )


def verify_authentication(
    response_text: str, challenge: str, host: str, origin: str, passkeys: tuple[Passkey, ...]
) -> tuple[Passkey, int]:
    """The passkey that responded, and its new counter. Raises ``InvalidPasskeyResponse``."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.exceptions import WebAuthnException

    response = parse_response(response_text)
    used = next(
        (passkey for passkey in passkeys if passkey.credential_id == response.get("id")), None
    )
    if used is None:
        raise InvalidPasskeyResponse
    try:
        verified = webauthn.verify_authentication_response(
            credential=response,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
            credential_public_key=base64url_to_bytes(used.public_key),
            credential_current_sign_count=used.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise InvalidPasskeyResponse from error
    return used, verified.new_sign_count


def parse_response(text: str) -> dict[str, object]:
    try:
        response = json.loads(text if len(text) <= MAX_RESPONSE_LENGTH else "")
    except ValueError as error:
        raise InvalidPasskeyResponse from error
    if not isinstance(response, dict):
        raise InvalidPasskeyResponse
    return response


def build_descriptors(passkeys: tuple[Passkey, ...]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id))
        for passkey in passkeys
    ]


# Passwords of the office: argon2id, 64 MiB, 3 passes, 4 lanes (OWASP ASVS 5.0, 11.4.2).

PASSWORD_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Verified if there is no account, so that an unknown address takes as long as a known one.
DUMMY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2lnbm9mZi1ub2JvZHktc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


# Each needs 64 MiB; strangers can cause as many as the server has threads.
MAX_HASHING = 2  # at a time
HASHING = BoundedSemaphore(MAX_HASHING)


def hash_password(password: str) -> str:
    """The hash of an acceptable password; refuses a short, a common or a uniform one."""
    accepted = require_strong_password(password, COMMON_PASSWORDS)
    with HASHING:
        return PASSWORD_HASHER.hash(accepted)


def verify_password(stored: str, password: str) -> bool:
    """Whether the password matches the stored hash.

    An empty hash takes as long and never matches.
    """
    try:
        with HASHING:
            return PASSWORD_HASHER.verify(stored or DUMMY_HASH, password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


# Authenticator apps: TOTP (RFC 6238) with SHA-1, six digits and 30 seconds, which every app
# supports.

TOTP_STEP = 30  # seconds
TOTP_WINDOW = 1  # steps by which the clock of a phone may be off


class QrCode(NamedTuple):
    """A QR code as an SVG path in a square of ``size`` units, quiet zone included."""

    size: int
    path: str


def build_otpauth_uri(secret: bytes, email: str, issuer: str) -> str:
    """The content of the QR code: ``otpauth://totp/…``."""
    return pyotp.TOTP(format_secret(secret)).provisioning_uri(name=email, issuer_name=issuer)


def format_secret(secret: bytes) -> str:
    """The secret in base32, for an app that cannot read the QR code."""
    return b32encode(secret).decode().rstrip("=")


def find_totp_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The time step the code belongs to, at most ``TOTP_WINDOW`` steps off; ``None`` for any other
    code.
    """
    bare = "".join(code.split())
    if len(bare) != 6 or not (bare.isascii() and bare.isdecimal()):
        return None
    totp, current = pyotp.TOTP(format_secret(secret)), int(now.timestamp()) // TOTP_STEP
    matching = None
    for step in range(current - TOTP_WINDOW, current + TOTP_WINDOW + 1):
        if compare_digest(totp.generate_otp(step), bare):
            matching = step
    return matching


def draw_qr_code(text: str) -> QrCode:
    import segno

    code = segno.make(text, error="m", micro=False)
    rows = enumerate(code.matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in rows for x, module in enumerate(row) if module)
    return QrCode(int(code.symbol_size(border=4)[0]), "".join(dark))
