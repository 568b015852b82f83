"""The signed link: who holds it gets in, who changes one character of it does not."""

import string
from enum import Enum
from typing import cast

import pytest
from itsdangerous import URLSafeSerializer

from signoff.tokens import LONGEST, Door, Links

KEY, OLD_KEY = b"k" * 32, b"o" * 32
ID = "3q2-7wAAQkGxk0FDR1dQcw"
LINKS = Links([KEY])
TOKEN = LINKS.token(Door.INVITATION, ID, 1)


def test_a_token_opens_its_door() -> None:
    assert LINKS.read(Door.INVITATION, TOKEN) == (ID, 1)


def test_the_same_ids_always_give_the_same_token_so_none_is_stored() -> None:
    assert Links([KEY]).token(Door.INVITATION, ID, 1) == TOKEN


def test_a_token_can_stand_in_an_address_and_on_a_line_of_mail() -> None:
    assert set(TOKEN) <= set(string.ascii_letters + string.digits + "-_.")
    assert len(TOKEN) <= 100


def test_another_generation_is_another_token() -> None:
    fresh = LINKS.token(Door.INVITATION, ID, 2)
    assert fresh != TOKEN
    assert LINKS.read(Door.INVITATION, fresh) == (ID, 2)


def test_every_single_character_change_is_refused() -> None:
    signs = string.ascii_letters + string.digits + "-_.=+/ \n\x00%ä"
    for at, sign in enumerate(TOKEN):
        for other in signs.replace(sign, ""):
            assert LINKS.read(Door.INVITATION, TOKEN[:at] + other + TOKEN[at + 1 :]) is None


def test_a_character_more_or_less_is_refused_anywhere() -> None:
    for at in range(len(TOKEN)):
        assert LINKS.read(Door.INVITATION, TOKEN[:at] + TOKEN[at + 1 :]) is None
        assert LINKS.read(Door.INVITATION, TOKEN[:at]) is None
        for more in "A.=\n ":
            assert LINKS.read(Door.INVITATION, TOKEN[:at] + more + TOKEN[at:]) is None
    assert LINKS.read(Door.INVITATION, TOKEN + "=") is None
    assert LINKS.read(Door.INVITATION, TOKEN + TOKEN) is None


def test_a_second_spelling_of_the_same_signature_is_refused() -> None:
    """The library itself accepts it: the last base64 character of 32 bytes has two spare bits."""
    signs = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    twin = TOKEN[:-1] + signs[signs.index(TOKEN[-1]) ^ 1]
    assert LINKS._serializer(KEY, Door.INVITATION).loads(twin) == [ID, 1]
    assert LINKS.read(Door.INVITATION, twin) is None


def test_an_older_key_still_verifies_and_the_newest_signs() -> None:
    rotated = Links([KEY, OLD_KEY])
    old = Links([OLD_KEY]).token(Door.INVITATION, ID, 1)
    assert rotated.read(Door.INVITATION, old) == (ID, 1)
    assert rotated.read(Door.INVITATION, TOKEN) == (ID, 1)
    assert rotated.token(Door.INVITATION, ID, 1) == TOKEN != old


def test_a_key_that_was_taken_away_opens_nothing() -> None:
    assert LINKS.read(Door.INVITATION, Links([OLD_KEY]).token(Door.INVITATION, ID, 1)) is None


def test_a_token_for_another_door_is_refused() -> None:
    class Elsewhere(Enum):
        STAFF = "signoff.staff"

    elsewhere = LINKS.token(cast(Door, Elsewhere.STAFF), ID, 1)
    assert LINKS.read(cast(Door, Elsewhere.STAFF), elsewhere) == (ID, 1)
    assert LINKS.read(Door.INVITATION, elsewhere) is None


def test_the_digest_is_sha_256_and_never_the_librarys_default() -> None:
    default = URLSafeSerializer(KEY, Door.INVITATION.value).dumps([ID, 1])
    assert LINKS.read(Door.INVITATION, str(default)) is None
    assert len(TOKEN.rpartition(".")[2]) == 43  # 32 bytes in base64


@pytest.mark.parametrize("payload", [[ID], [ID, 1, 2], [1, ID], ID, {"id": ID}, None, [ID, "1"]])
def test_a_signed_payload_of_another_shape_is_refused(payload: object) -> None:
    assert LINKS.read(Door.INVITATION, LINKS._spelt(KEY, Door.INVITATION, payload)) is None


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a", "a.b", "ä.ö", "\udcff", "\x00", ".eJw." + "A" * 43]
)
def test_nonsense_is_refused_without_an_error(token: str) -> None:
    assert LINKS.read(Door.INVITATION, token) is None


def test_an_oversized_token_is_refused_even_if_it_is_signed() -> None:
    long = LINKS.token(
        Door.INVITATION, "".join(chr(33 + pow(5, n, 10007) % 94) for n in range(400)), 1
    )
    assert len(long) > LONGEST
    assert LINKS.read(Door.INVITATION, long) is None


@pytest.mark.parametrize("keys", [[], [b""], [KEY, b""]])
def test_there_is_no_default_key(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        Links(keys)
