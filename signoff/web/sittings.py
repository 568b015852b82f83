"""What the pages say about a sitting that has been named, and about who may sign for a member."""

from datetime import date, datetime

from flask import g

from signoff.domain import sitting
from signoff.domain.member import Member
from signoff.domain.sitting import Timing
from signoff.words import functions
from signoff.words.catalogue import catalogue


def timing(on: date, deadline: datetime) -> Timing:
    """How a sitting ``on`` that day lies to the deadline."""
    return sitting.timing(on, deadline, g.association.zone)


def asked_on(on: date) -> date:
    """The day on which the result of a sitting is asked for."""
    return sitting.asked_on(on)


def functions_of(member: Member, language: str) -> list[str]:
    """The functions suggested for the signer."""
    told = functions.functions(member.kind, member.official_name)
    return list(dict.fromkeys(catalogue(language).gettext(each) for each in told))
