"""What of the journal is asked for, as it was typed: a day that is wrong says so at its field and filters nothing."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import g, request

from signoff.domain.audit import Event
from signoff.domain.journal import Choice
from signoff.domain.moments import day, end_of, start_of
from signoff.domain.refusal import Refusal

DIGITS = 15  # of the longest number that is looked for


@dataclass(frozen=True, slots=True)
class Asked:
    """The choice, the words it was typed in, and what of them could not be taken, by field."""

    choice: Choice
    query: Mapping[str, str]
    wrong: Mapping[str, Refusal] = field(default_factory=dict)

    @classmethod
    def of(cls, typed: Mapping[str, str], people: Container[str]) -> "Asked":
        """Anything that is not on offer counts as nothing asked; days are typed, so they may be wrong."""
        names = ("event", "actor", "round", "from", "to")
        query = {name: typed.get(name, "").strip()[:60] for name in names if typed.get(name, "").strip()}
        event, actor = query.get("event", ""), query.get("actor", "")
        wrong: dict[str, Refusal] = {}
        since, until = days(query, "from", wrong), days(query, "to", wrong)
        zone = g.association.zone
        choice = Choice(
            event=Event(event) if event in list(Event) else None,
            actor=actor if actor in people else "",
            round_id=number(query.get("round", "")) or None,
            since=start_of(since, zone) if since else None,
            before=end_of(until, zone) if until and until != date.max else None,
        )
        return cls(choice, query, wrong)


def days(query: Mapping[str, str], name: str, wrong: dict[str, Refusal]) -> date | None:
    if name not in query:
        return None
    try:
        return day(query[name], name)
    except Refusal as refusal:
        wrong[name] = refusal
        return None


def whole(name: str) -> int:
    """A number of the address; 0 where there is none."""
    return number(request.args.get(name, ""))


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else 0
