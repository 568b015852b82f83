"""What the pages say about a sitting that has been named, and about who may sign for a member."""

from datetime import date, datetime
from functools import partial

from flask import g

from signoff.domain import sitting
from signoff.domain.member import Member
from signoff.domain.sitting import Timing
from signoff.store.doors import Door
from signoff.web.context import tools
from signoff.words import functions
from signoff.words.catalogue import catalogue


def timing(on: date, deadline: datetime) -> Timing:
    """How a sitting ``on`` that day lies to the deadline."""
    return sitting.timing(on, deadline, g.association.zone)


def asked_on(door: Door) -> date | None:
    """The day on which the result of the sitting named here is asked for; ``None`` where that will not be."""
    on = door.version.answer.expected_on if door.version else None
    if on is None or door.round.deadline is None:
        return None
    works = partial(tools().calendar.works, country=door.member.country, state=door.member.state)
    return sitting.asked_on(on, door.round.deadline, g.association.zone, works)


def functions_of(member: Member, language: str) -> list[str]:
    """The functions suggested for the signer."""
    told = functions.functions(member.kind, member.official_name)
    return list(dict.fromkeys(catalogue(language).gettext(each) for each in told))
