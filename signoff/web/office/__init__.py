"""The office's pages, behind a login. GET shows, POST does; viewers look, editors act."""

from signoff.web.office import (  # noqa: F401 (they add their views to the blueprint)
    account,
    addresses,
    again,
    association,
    certificate,
    deeds,
    factors,
    invitations,
    journal,
    mail,
    opening,
    overview,
    people,
    release,
    reminders,
    rounds,
)
from signoff.web.office.door import blueprint

__all__ = ["blueprint"]
