"""Our way to the bytes of a message is the library's, and quicker."""

import pytest

from signoff.mail.message import serialize_message
from tests.mail.samples import composed, each_letter

LETTERS = each_letter()


@pytest.mark.parametrize("name", LETTERS)
def test_bytes_equal_those_of_the_library(name: str) -> None:
    message = composed(LETTERS[name])
    assert serialize_message(message) == message.as_bytes()
