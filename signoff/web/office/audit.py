"""The audit trail in sentences, and the proof that nothing in it was changed."""

import time
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue

from signoff import store
from signoff.domain.audit import AuditQuery, DetailedEntry, Event
from signoff.domain.dates import end_of_day, parse_date, start_of_day
from signoff.domain.errors import Refusal
from signoff.exports.tables import build_csv
from signoff.i18n import events, format
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.web.context import current_language, db, now
from signoff.web.office.access import blueprint

# What of the journal is asked for, as it was typed: a day that is wrong says so at its field and filters nothing.

MAX_DIGITS = 15  # of the longest number that is looked for


@dataclass(frozen=True, slots=True)
class ParsedAuditQuery:
    """The choice, the words it was typed in, and what of them could not be taken, by field."""

    choice: AuditQuery
    query: Mapping[str, str]
    wrong: Mapping[str, Refusal] = field(default_factory=dict)

    @classmethod
    def of(cls, typed: Mapping[str, str], people: Container[str]) -> "ParsedAuditQuery":
        """Anything that is not on offer counts as nothing asked; days are typed, so they may be wrong."""
        names = ("event", "actor", "round", "from", "to")
        query = {
            name: typed.get(name, "").strip()[:60] for name in names if typed.get(name, "").strip()
        }
        event, actor = query.get("event", ""), query.get("actor", "")
        wrong: dict[str, Refusal] = {}
        since, until = parse_day_arg(query, "from", wrong), parse_day_arg(query, "to", wrong)
        zone = g.association.zone
        choice = AuditQuery(
            event=Event(event) if event in list(Event) else None,
            actor=actor if actor in people else "",
            round_id=parse_int(query.get("round", "")) or None,
            since=start_of_day(since, zone) if since else None,
            before=end_of_day(until, zone) if until and until != date.max else None,
        )
        return cls(choice, query, wrong)


def parse_day_arg(query: Mapping[str, str], name: str, wrong: dict[str, Refusal]) -> date | None:
    if name not in query:
        return None
    try:
        return parse_date(query[name], name)
    except Refusal as refusal:
        wrong[name] = refusal
        return None


def get_int_arg(name: str) -> int:
    """A number of the address; 0 where there is none."""
    return parse_int(request.args.get(name, ""))


def parse_int(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else 0


PAGE_SIZE = 50
CHECK_BATCH_SIZE = 20_000  # as many entries are examined in one request: less than a second
MAX_EXPORT_ROWS = 1_000_000
MEMBER_ACTORS = {"link": _("Ansprechpersonen der Mitglieder")}
EXPORT_HEADERS = (
    _("Nr."),
    _("Wann"),
    _("Art des Eintrags"),
    _("Wer"),
    _("Was geschah"),
    _("Mehr"),
    _("Gegenstand"),
)


@dataclass(frozen=True, slots=True)
class ChainCheck:
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
def show_audit_log() -> ResponseReturnValue:
    return render_audit_log()


@blueprint.get("/journal/check")
def check_audit_log() -> ResponseReturnValue:
    """Walk the chain. It changes nothing, so whoever may look may ask for it; a long one is walked in pieces."""
    last = store.audit.find_latest(db())
    length = last.seq if last else 0
    after = min(get_int_arg("after"), length)
    begun = time.monotonic()
    bad, reached = store.audit.verify_entries(db(), after, CHECK_BATCH_SIZE)
    spent = get_int_arg("spent") + round((time.monotonic() - begun) * 1000)
    return render_audit_log(
        check=ChainCheck(bad, reached, max(length, reached), spent, last.root if last else "")
    )


@blueprint.get("/journal.csv")
def download_audit_log() -> Response:
    """Every line the filter leaves, the newest first."""
    asked, spoken, zone = (
        ParsedAuditQuery.of(request.args, list_actors()),
        current_language(),
        g.association.zone,
    )
    heads = [get_catalogue(spoken).gettext(head) for head in EXPORT_HEADERS]
    lines = (
        (
            str(line.seq),
            format.format_cell(line.at.astimezone(zone), spoken),
            format_event(line.event),
            events.format_actor(line, spoken),
            events.describe_entry(line, spoken),
            events.describe_details(line, zone, spoken),
            line.subject,
        )
        for line in store.audit.list_detailed_entries(db(), MAX_EXPORT_ROWS, None, asked.choice)
    )
    response = Response(build_csv(heads, lines), content_type="text/csv; charset=utf-8")
    name = f"protokoll-{now().astimezone(zone).date().isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def render_audit_log(**result: object) -> ResponseReturnValue:
    offered = list_actors()
    asked = ParsedAuditQuery.of(request.args, offered)
    first = get_int_arg("older") or None
    lines = store.audit.list_detailed_entries(db(), PAGE_SIZE + 1, first, asked.choice)
    text = render_template(
        "office/audit/list.html",
        lines=[
            (line, events.describe_entry(line, current_language()), format_details(line))
            for line in lines[:PAGE_SIZE]
        ],
        found=store.audit.count_detailed_entries(db(), asked.choice),
        older=lines[PAGE_SIZE].seq if len(lines) > PAGE_SIZE else None,
        first=first,
        asked=asked,
        events=sorted(((each, format_event(each)) for each in Event), key=lambda pair: pair[1]),
        people=offered,
        rounds=list_round_titles(),
        **result,
    )
    return text, 422 if asked.wrong else 200


def list_actors() -> dict[str, str]:
    """Who may have done something, by how the journal names them: colleagues, members, and what runs by itself."""
    gettext = get_catalogue(current_language()).gettext
    colleagues = {
        f"staff/{each.id}": each.name or each.email for each in store.accounts.list_all(db())
    }
    return colleagues | {
        actor: gettext(name) for actor, name in (MEMBER_ACTORS | events.ACTOR_LABELS).items()
    }


def list_round_titles() -> dict[int, str]:
    """Every round by the title of its text, the newest first."""
    editions = store.papers.get_editions_by_id(db())
    return {each.id: editions[each.edition_id].text.title for each in store.rounds.list_all(db())}


def format_details(line: DetailedEntry) -> str:
    return events.describe_details(line, g.association.zone, current_language())


def format_event(event: Event) -> str:
    return get_catalogue(current_language()).gettext(events.EVENT_LABELS[event])
