"""The representative's pages, behind a link. GET changes nothing; what does something takes typed input on a POST."""

from signoff.web.invitation import (  # noqa: F401 (each module adds its views to the blueprint)
    answer,
    delegation,
    downloads,
    followups,
    pages,
    redisplay,
    short_codes,
)
from signoff.web.invitation.access import blueprint

__all__ = ["blueprint"]
