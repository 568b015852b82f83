"""Signed links: valid tokens are accepted, and tokens with any change are refused."""

import string
from hashlib import sha256

import pytest
from itsdangerous import URLSafeSerializer

from signoff.tokens import MAX_TOKEN_LENGTH, TokenPurpose, TokenSigner

KEY, OLD_KEY = b"k" * 32, b"o" * 32
ID = "3q2-7wAAQkGxk0FDR1dQcw"
LINKS = TokenSigner([KEY])
TOKEN = LINKS.sign(TokenPurpose.INVITATION, ID, 1)


def test_a_token_is_valid_for_its_purpose() -> None:
    assert LINKS.verify(TokenPurpose.INVITATION, TOKEN) == (ID, 1)


def test_same_ids_always_give_the_same_token() -> None:
    assert TokenSigner([KEY]).sign(TokenPurpose.INVITATION, ID, 1) == TOKEN


def test_token_fits_in_an_address_and_a_line_of_mail() -> None:
    assert set(TOKEN) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(TOKEN) <= 100


def test_another_generation_gives_another_token() -> None:
    fresh = LINKS.sign(TokenPurpose.INVITATION, ID, 2)
    assert fresh != TOKEN
    assert LINKS.verify(TokenPurpose.INVITATION, fresh) == (ID, 2)


def test_every_single_character_change_is_refused() -> None:
    signs = string.ascii_letters + string.digits + "-_.=+/ \n\x00%ä"
    for at, sign in enumerate(TOKEN):
        for other in signs.replace(sign, ""):
            assert (
                LINKS.verify(TokenPurpose.INVITATION, TOKEN[:at] + other + TOKEN[at + 1 :]) is None
            )


def test_added_or_missing_character_is_refused() -> None:
    for at in range(len(TOKEN)):
        assert LINKS.verify(TokenPurpose.INVITATION, TOKEN[:at] + TOKEN[at + 1 :]) is None
        assert LINKS.verify(TokenPurpose.INVITATION, TOKEN[:at]) is None
        for more in "A.=\n ":
            assert LINKS.verify(TokenPurpose.INVITATION, TOKEN[:at] + more + TOKEN[at:]) is None
    assert LINKS.verify(TokenPurpose.INVITATION, TOKEN + "=") is None
    assert LINKS.verify(TokenPurpose.INVITATION, TOKEN + TOKEN) is None


def test_alternative_encoding_of_the_same_signature_is_refused() -> None:
    """The library itself accepts it: the last base64 character of 32 bytes has two spare bits."""
    signs = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    respelled = TOKEN[:-1] + signs[signs.index(TOKEN[-1]) ^ 1]
    assert LINKS._serializers[KEY, TokenPurpose.INVITATION].loads(respelled) == [ID, 1]
    assert LINKS.verify(TokenPurpose.INVITATION, respelled) is None


def test_an_older_key_still_verifies_and_the_newest_signs() -> None:
    rotated = TokenSigner([KEY, OLD_KEY])
    old = TokenSigner([OLD_KEY]).sign(TokenPurpose.INVITATION, ID, 1)
    assert rotated.verify(TokenPurpose.INVITATION, old) == (ID, 1)
    assert rotated.verify(TokenPurpose.INVITATION, TOKEN) == (ID, 1)
    assert rotated.sign(TokenPurpose.INVITATION, ID, 1) == TOKEN != old


def test_token_of_a_removed_key_is_refused() -> None:
    assert (
        LINKS.verify(
            TokenPurpose.INVITATION, TokenSigner([OLD_KEY]).sign(TokenPurpose.INVITATION, ID, 1)
        )
        is None
    )


@pytest.mark.parametrize(
    "purpose", [each for each in TokenPurpose if each is not TokenPurpose.INVITATION]
)
def test_a_token_for_another_purpose_is_refused(purpose: TokenPurpose) -> None:
    elsewhere = LINKS.sign(purpose, ID, 1)
    assert LINKS.verify(purpose, elsewhere) == (ID, 1)
    assert LINKS.verify(TokenPurpose.INVITATION, elsewhere) is None


def test_keys_are_derived_as_the_library_derives_them() -> None:
    options = {"digest_method": sha256, "key_derivation": "hmac"}
    serializer = URLSafeSerializer(KEY, TokenPurpose.INVITATION.value, signer_kwargs=options)
    assert serializer.dumps([ID, 1]) == TOKEN


def test_digest_is_sha_256() -> None:
    default = URLSafeSerializer(KEY, TokenPurpose.INVITATION.value).dumps([ID, 1])
    assert LINKS.verify(TokenPurpose.INVITATION, str(default)) is None
    assert len(TOKEN.rpartition(".")[2]) == 43  # 32 bytes in base64


@pytest.mark.parametrize("payload", [[ID], [ID, 1, 2], [1, ID], ID, {"id": ID}, None, [ID, "1"]])
def test_signed_payload_with_another_structure_is_refused(payload: object) -> None:
    signed = LINKS._serializers[KEY, TokenPurpose.INVITATION].dumps(payload)
    assert LINKS.verify(TokenPurpose.INVITATION, str(signed)) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a", "a.b", "ä.ö", "\udcff", "\x00", ".eJw." + "A" * 43]
)
def test_invalid_token_is_refused_without_an_exception(token: str) -> None:
    assert LINKS.verify(TokenPurpose.INVITATION, token) is None


def test_an_oversized_token_is_refused_even_if_it_is_signed() -> None:
    long = LINKS.sign(
        TokenPurpose.INVITATION, "".join(chr(33 + pow(5, n, 10007) % 94) for n in range(400)), 1
    )
    assert len(long) > MAX_TOKEN_LENGTH
    assert LINKS.verify(TokenPurpose.INVITATION, long) is None


@pytest.mark.parametrize("keys", [[], [b""], [KEY, b""]])
def test_there_is_no_default_key(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        TokenSigner(keys)
