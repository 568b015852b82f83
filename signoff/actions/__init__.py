"""Everything that changes something: load, decide, record, in one immediate transaction."""

from signoff.actions import (
    accounts,
    amendments,
    answers,
    association,
    delegation,
    late,
    login,
    mail,
    member_import,
    members,
    papers,
    prints,
    releases,
    reminders,
    rounds,
    short_codes,
)

__all__ = [
    "accounts",
    "amendments",
    "answers",
    "association",
    "delegation",
    "late",
    "login",
    "mail",
    "member_import",
    "members",
    "papers",
    "prints",
    "releases",
    "reminders",
    "rounds",
    "short_codes",
]
