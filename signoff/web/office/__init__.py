"""The office's pages, behind a login. GET shows, POST does; viewers look, editors act."""

from signoff.web.office import (  # noqa: F401 (they add their views to the blueprint)
    account,
    additions,
    addresses,
    again,
    aims,
    association,
    certificate,
    corrections,
    deeds,
    downloads,
    editions,
    factors,
    invitations,
    journal,
    late,
    links,
    mail,
    membership,
    objections,
    opening,
    overview,
    paper_editor,
    papers,
    people,
    recordings,
    release,
    remarks,
    reminders,
    rounds,
    sending,
    voidings,
    withdrawal,
)
from signoff.web.office.door import blueprint

__all__ = ["blueprint"]
