"""The office's pages, behind a login. GET shows, POST does; viewers look, editors act."""

from signoff.web.office import (  # noqa: F401 (each module adds its views to the blueprint)
    accounts,
    answers,
    association,
    audit,
    dashboard,
    editions,
    late,
    lifecycle,
    links,
    mail,
    member_import,
    member_list,
    members,
    opening,
    paper_editor,
    papers,
    reauth,
    releases,
    reminders,
    round_members,
    rounds,
)
from signoff.web.office.access import blueprint

__all__ = ["blueprint"]
