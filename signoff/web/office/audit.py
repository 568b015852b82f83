"""The audit log in sentences, and the check that nothing in it or in the tables was changed."""

import time
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from flask import Response, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from signoff import store
from signoff.domain.audit import AuditFault, AuditQuery, DetailedEntry, Event, FaultKind
from signoff.domain.dates import end_of_day, parse_date, start_of_day
from signoff.domain.errors import Refusal
from signoff.i18n import events, formatting
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.store.connection import snapshot
from signoff.web.context import current_date, current_language, db
from signoff.web.downloads import send_csv
from signoff.web.listing import ListQuery, get_int
from signoff.web.office.access import blueprint


class AuditListQuery(ListQuery):
    FILTERS = {
        "q": None,
        "event": tuple(Event),
        "actor": None,
        "round": None,
        "from": None,
        "to": None,
    }


@dataclass(frozen=True, slots=True)
class ParsedAuditQuery:
    """The entered filters, the entries they select, and refusals by field.

    An invalid day filters nothing.
    """

    query: AuditListQuery
    selection: AuditQuery
    errors: Mapping[str, Refusal]

    @classmethod
    def from_args(cls, args: MultiDict[str, str], actors: Container[str]) -> "ParsedAuditQuery":
        query = AuditListQuery.from_args(args)
        errors: dict[str, Refusal] = {}
        since, until = parse_day(query, "from", errors), parse_day(query, "to", errors)
        zone = g.association.zone
        selection = AuditQuery(
            event=Event(query["event"]) if query["event"] else None,
            actor=query["actor"] if query["actor"] in actors else "",
            round_id=get_int(args, "round") or None,
            since=start_of_day(since, zone) if since else None,
            before=end_of_day(until, zone) if until and until != date.max else None,
            text=query["q"].casefold(),
        )
        return cls(query, selection, errors)


def parse_day(query: AuditListQuery, name: str, errors: dict[str, Refusal]) -> date | None:
    if not query[name]:
        return None
    try:
        return parse_date(query[name], name)
    except Refusal as refusal:
        errors[name] = refusal
        return None


PAGE_SIZE = 50
CHECK_BATCH_SIZE = 20_000  # entries checked in one request: less than a second
CHECK_PAUSE = 0.5  # seconds after which a request begins no further table
TABLES = tuple(store.bound_rows.BOUND_TABLES)
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
class AuditCheck:
    """The progress of the check: ``checked`` of ``total`` entries, then ``compared`` of
    ``tables``, in so many milliseconds.
    """

    fault: AuditFault | None
    checked: int
    total: int
    compared: int
    milliseconds: int
    root: str
    tables: int = len(TABLES)

    @property
    def finished(self) -> bool:
        return self.fault is not None or self.compared >= self.tables


@blueprint.get("/audit")
def show_audit_log() -> ResponseReturnValue:
    return render_audit_log()


@blueprint.get("/audit/check")
def check_audit_log() -> ResponseReturnValue:
    """Check the chain and compare the tables with it, much of it piece by piece. It changes
    nothing, so every role may.
    """
    with snapshot(db()):
        check = check_next_piece()
    return render_audit_log(check)


def check_next_piece() -> AuditCheck:
    latest = store.audit.find_latest(db())
    length = latest.seq if latest else 0
    after = min(get_int(request.args, "after"), length)
    compared = min(get_int(request.args, "compared"), len(TABLES))
    started = time.monotonic()
    bad, checked = store.audit.verify_entries(db(), after, CHECK_BATCH_SIZE)
    fault = None if bad is None else AuditFault(FaultKind.ENTRY, bad)
    if fault is None and checked >= length:
        fault = store.audit.find_checkpoint_fault(db()) if compared == 0 else None
        while fault is None and compared < len(TABLES):
            fault = store.bound_rows.find_fault(db(), TABLES[compared : compared + 1])
            compared += 1
            if time.monotonic() > started + CHECK_PAUSE:
                break
    elapsed = round((time.monotonic() - started) * 1000)
    return AuditCheck(
        fault,
        checked,
        max(length, checked),
        compared,
        get_int(request.args, "spent") + elapsed,
        latest.root if latest else "",
    )


@blueprint.get("/audit.csv")
def download_audit_log() -> Response:
    """All entries that match the filter, the newest first."""
    language, zone = current_language(), g.association.zone
    selection = ParsedAuditQuery.from_args(request.args, list_actors()).selection
    header = [get_catalogue(language).gettext(name) for name in EXPORT_HEADERS]
    rows = (
        (
            str(entry.seq),
            formatting.format_cell(entry.at.astimezone(zone), language),
            format_event(entry.event),
            events.format_actor(entry, language),
            events.describe_entry(entry, language),
            format_details(entry),
            entry.subject,
        )
        for entry in store.audit.list_detailed_entries(db(), MAX_EXPORT_ROWS, None, selection)
    )
    return send_csv(header, rows, f"protokoll-{current_date().isoformat()}.csv")


def render_audit_log(check: AuditCheck | None = None) -> ResponseReturnValue:
    actors = list_actors()
    parsed = ParsedAuditQuery.from_args(request.args, actors)
    newest = get_int(request.args, "older") or None
    entries = store.audit.list_detailed_entries(db(), PAGE_SIZE + 1, newest, parsed.selection)
    html = render_template(
        "office/audit/list.html",
        entries=[
            (entry, events.describe_entry(entry, current_language()), format_details(entry))
            for entry in entries[:PAGE_SIZE]
        ],
        found=store.audit.count_detailed_entries(db(), parsed.selection),
        older=entries[PAGE_SIZE].seq if len(entries) > PAGE_SIZE else None,
        first=newest,
        query=parsed.query,
        errors=parsed.errors,
        events=sorted(((event, format_event(event)) for event in Event), key=itemgetter(1)),
        actors=actors,
        rounds=list_round_titles(),
        check=check,
    )
    return html, 422 if parsed.errors else 200


def list_actors() -> dict[str, str]:
    """The possible actors by their names in the log: accounts, members, and the program
    itself.
    """
    gettext = get_catalogue(current_language()).gettext
    accounts = {
        f"staff/{account.id}": account.name or account.email
        for account in store.accounts.list_all(db())
    }
    others = MEMBER_ACTORS | events.ACTOR_LABELS
    return accounts | {actor: gettext(label) for actor, label in others.items()}


def list_round_titles() -> dict[int, str]:
    """Every round by the title of its paper, the newest first."""
    editions = store.papers.get_editions_by_id(db())
    return {
        round.id: editions[round.edition_id].text.title for round in store.rounds.list_all(db())
    }


def format_details(entry: DetailedEntry) -> str:
    return events.describe_details(entry, g.association.zone, current_language())


def format_event(event: Event) -> str:
    return get_catalogue(current_language()).gettext(events.EVENT_LABELS[event])
