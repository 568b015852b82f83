"""Our way to the bytes of a message is the library's, and quicker."""

import pytest

from signoff.mail.message import serialize_message
from tests.mail.samples import all_mails, composed

MAILS = all_mails()


@pytest.mark.parametrize("name", MAILS)
def test_the_bytes_are_those_the_library_gives(name: str) -> None:
    message = composed(MAILS[name])
    assert serialize_message(message) == message.as_bytes()
