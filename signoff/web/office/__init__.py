"""The office's pages, behind a login. GET shows, POST does; viewers look, editors act."""

from signoff.web.office import (  # noqa: F401 (they add their views to the blueprint)
    account,
    addresses,
    association,
    certificate,
    corrections,
    deeds,
    invitations,
    journal,
    late,
    links,
    mail,
    membership,
    objections,
    opening,
    overview,
    recordings,
    release,
    remarks,
    reminders,
    rounds,
    sending,
    voidings,
)
from signoff.web.office.door import blueprint

__all__ = ["blueprint"]
