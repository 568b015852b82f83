"""The return path of each mail: an address of its own, so that what comes back names the mail it is about."""

import re
from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac

SALT = b"signoff.return-path"
LENGTH = 20  # hexadecimal digits of the seal: 80 bits


class Returns:
    """Return paths ``bounces+<row>-<seal>@domain``, sealed with the newest of ``keys``; all of them verify.

    The seal keeps strangers from declaring a mail undelivered. It is no link and opens nothing.
    """

    def __init__(self, address: str, keys: Sequence[bytes]) -> None:
        self._local, _, self._domain = address.partition("@")
        self._keys = tuple(keys)
        domain = re.escape(self._domain)
        self._form = re.compile(rf"{re.escape(self._local)}\+(\d{{1,18}})-([0-9a-f]{{{LENGTH}}})@{domain}", re.I)

    def path(self, notice_id: int) -> str:
        """The return path of this row of the outbox."""
        return f"{self._local}+{notice_id}-{seal(self._keys[0], notice_id)}@{self._domain}"

    def read(self, text: str) -> int | None:
        """The row named by the first return path of ours in ``text``; mail servers may have changed its case."""
        for number, given in self._form.findall(text):
            if any(compare_digest(seal(key, int(number)), given.lower()) for key in self._keys):
                return int(number)
        return None


def seal(key: bytes, notice_id: int) -> str:
    return hmac(key, SALT + str(notice_id).encode(), sha256).hex()[:LENGTH]
