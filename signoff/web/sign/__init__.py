"""The representative's pages, behind a link. GET changes nothing; answering takes typed input on a POST."""

from signoff.web.sign import answering, fresh, kit, reading  # noqa: F401, I001 (they add their views to the blueprint)
from signoff.web.sign.door import blueprint

__all__ = ["blueprint"]
