"""Our serialization of a message gives the same bytes as the library's, but faster."""

import pytest

from signoff.mail.message import serialize_message
from tests.mail.samples import all_mails, composed

MAILS = all_mails()


@pytest.mark.parametrize("name", MAILS)
def test_bytes_equal_those_of_the_library(name: str) -> None:
    message = composed(MAILS[name])
    assert serialize_message(message) == message.as_bytes()
