"""Passkeys (WebAuthn). The browser asks the device; here its answers are checked against what was asked."""

import json
from typing import NamedTuple

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from signoff.domain.factor import Passkey

LONGEST = 20_000  # characters of an answer; real ones have about 1,500


class NotGenuine(Exception):
    """The answer of a device that does not fit what was asked."""


class Asked(NamedTuple):
    """What the browser is to ask the device (JSON), and the challenge in it (base64url)."""

    options: str
    challenge: str


class Fresh(NamedTuple):
    """A new passkey, as its device described it."""

    credential_id: str
    public_key: str
    sign_count: int


def ask_for_new(host: str, issuer: str, handle: bytes, email: str, known: tuple[Passkey, ...]) -> Asked:
    """Ask for a new passkey on a device that has none of this account yet. ``handle`` names the account to it."""
    made = webauthn.generate_registration_options(
        rp_id=host,
        rp_name=issuer,
        user_id=handle,
        user_name=email,
        exclude_credentials=described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return Asked(webauthn.options_to_json(made), bytes_to_base64url(made.challenge))


def fresh(answer: str, challenge: str, host: str, origin: str) -> Fresh:
    """The new passkey in a device's answer. Raises ``NotGenuine``."""
    try:
        checked = webauthn.verify_registration_response(
            credential=read(answer),
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=host,
            expected_origin=origin,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as wrong:
        raise NotGenuine from wrong
    key = bytes_to_base64url(checked.credential_public_key)
    return Fresh(bytes_to_base64url(checked.credential_id), key, checked.sign_count)


def ask(host: str, known: tuple[Passkey, ...]) -> Asked:
    """Ask for one of these passkeys."""
    made = webauthn.generate_authentication_options(rp_id=host, allow_credentials=described(known))
    return Asked(webauthn.options_to_json(made), bytes_to_base64url(made.challenge))


def answered(answer: str, challenge: str, host: str, origin: str, known: tuple[Passkey, ...]) -> tuple[Passkey, int]:
    """Which of the passkeys answered, and how often it says it has. Raises ``NotGenuine``."""
    told = read(answer)
    used = next((each for each in known if each.credential_id == told.get("id")), None)
    if used is None:
        raise NotGenuine
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
        raise NotGenuine from wrong
    return used, checked.new_sign_count


def read(answer: str) -> dict[str, object]:
    try:
        told = json.loads(answer if len(answer) <= LONGEST else "")
    except ValueError as wrong:
        raise NotGenuine from wrong
    if not isinstance(told, dict):
        raise NotGenuine
    return told


def described(known: tuple[Passkey, ...]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in known]
