"""The representative's pages, behind a link. GET changes nothing; what does something takes typed input on a POST."""

from signoff.web.sign import afterwards, answering, certificate, code, fresh, kit, passing, reading, stale  # noqa: F401, I001 (add views)
from signoff.web.sign.door import blueprint

__all__ = ["blueprint"]
