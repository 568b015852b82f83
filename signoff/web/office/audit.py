"""The audit trail in sentences, and the proof that nothing in it was changed."""

import time
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from signoff import store
from signoff.domain.audit import Choice, Event, Line
from signoff.domain.dates import day, end_of, start_of
from signoff.domain.errors import Refusal
from signoff.exports.tables import as_csv
from signoff.i18n import events, format
from signoff.i18n.catalogue import catalogue
from signoff.i18n.catalogue import marked as _
from signoff.web.context import db, language, now
from signoff.web.office.access import blueprint

# What of the journal is asked for, as it was typed: a day that is wrong says so at its field and filters nothing.

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
        query = {
            name: typed.get(name, "").strip()[:60] for name in names if typed.get(name, "").strip()
        }
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


A_PAGE = 50
A_PIECE = 20_000  # as many entries are examined in one request: less than a second
EVERYTHING = 1_000_000
MEMBERS = {"link": _("Ansprechpersonen der Mitglieder")}
HEADS = (
    _("Nr."),
    _("Wann"),
    _("Art des Eintrags"),
    _("Wer"),
    _("Was geschah"),
    _("Mehr"),
    _("Gegenstand"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """How far the chain has been examined: ``reached`` of ``all`` entries, in so many milliseconds."""

    bad: int | None
    reached: int
    all: int
    spent: int
    root: str

    @property
    def done(self) -> bool:
        return self.bad is not None or self.reached >= self.all


@blueprint.get("/journal")
def journal() -> ResponseReturnValue:
    return page()


@blueprint.get("/journal/check")
def check() -> ResponseReturnValue:
    """Walk the chain. It changes nothing, so whoever may look may ask for it; a long one is walked in pieces."""
    last = store.audit.find_latest(db())
    length = last.seq if last else 0
    after = min(whole("after"), length)
    begun = time.monotonic()
    bad, reached = store.audit.examine(db(), after, A_PIECE)
    spent = whole("spent") + round((time.monotonic() - begun) * 1000)
    return page(check=Check(bad, reached, max(length, reached), spent, last.root if last else ""))


@blueprint.get("/journal.csv")
def journal_file() -> Response:
    """Every line the filter leaves, the newest first."""
    asked, spoken, zone = Asked.of(request.args, people()), language(), g.association.zone
    heads = [catalogue(spoken).gettext(head) for head in HEADS]
    lines = (
        (
            str(line.seq),
            format.cell(line.at.astimezone(zone), spoken),
            word(line.event),
            events.who(line, spoken),
            events.sentence(line, spoken),
            events.more(line, zone, spoken),
            line.subject,
        )
        for line in store.audit.list_detailed_entries(db(), EVERYTHING, None, asked.choice)
    )
    response = Response(as_csv(heads, lines), content_type="text/csv; charset=utf-8")
    name = f"protokoll-{now().astimezone(zone).date().isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def page(**result: object) -> ResponseReturnValue:
    offered = people()
    asked = Asked.of(request.args, offered)
    first = whole("older") or None
    lines = store.audit.list_detailed_entries(db(), A_PAGE + 1, first, asked.choice)
    text = render_template(
        "office/journal.html",
        lines=[(line, events.sentence(line, language()), more(line)) for line in lines[:A_PAGE]],
        found=store.audit.count(db(), asked.choice),
        older=lines[A_PAGE].seq if len(lines) > A_PAGE else None,
        first=first,
        asked=asked,
        events=sorted(((each, word(each)) for each in Event), key=lambda pair: pair[1]),
        people=offered,
        rounds=titles(),
        **result,
    )
    return text, 422 if asked.wrong else 200


def people() -> dict[str, str]:
    """Who may have done something, by how the journal names them: colleagues, members, and what runs by itself."""
    gettext = catalogue(language()).gettext
    colleagues = {
        f"staff/{each.id}": each.name or each.email for each in store.accounts.every(db())
    }
    return colleagues | {actor: gettext(name) for actor, name in (MEMBERS | events.ACTOR).items()}


def titles() -> dict[int, str]:
    """Every round by the title of its text, the newest first."""
    editions = store.papers.every(db())
    return {each.id: editions[each.edition_id].text.title for each in store.rounds.every(db())}


def more(line: Line) -> str:
    return events.more(line, g.association.zone, language())


def word(event: Event) -> str:
    return catalogue(language()).gettext(events.EVENT[event])
