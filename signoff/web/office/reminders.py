"""Who will be reminded of a round when: the plan before it goes, and what the office may do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.reminders import MAX_REMINDERS, Reminder
from signoff.domain.text import sort_key
from signoff.i18n import format
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_language, db, now, services
from signoff.web.downloads import send_csv
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, get_round_or_404, get_round_summary_or_404

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One mail of the plan. ``first`` is whether it is the person's next one; ``names`` are the members it is about."""

    reminder: Reminder
    day: date
    member_names: tuple[str, ...]
    is_next: bool

    @property
    def email(self) -> str:
        return self.reminder.primary_link.email

    @property
    def form_value(self) -> str:
        """What a box of the form says: the carrying link and the day."""
        return f"{self.reminder.primary_link.link_id}.{self.day.isoformat()}"


@blueprint.get("/rounds/<int:id>/reminders")
def list_reminders(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    asked = request.args.get("q", "").strip()[:100]
    lines = filter_reminders(list_planned_reminders(db(), case, now()), asked)
    pages = max(1, -(-len(lines) // PAGE_SIZE))
    page = min(pages, max(1, request.args.get("page", 1, type=int)))
    return render_template(
        "office/reminders/show.html",
        case=case,
        q=asked,
        lines=lines[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        days=count_per_day(lines),
        found=len(lines),
        page=page,
        pages=pages,
        most=MAX_REMINDERS,
    )


@blueprint.get("/rounds/<int:id>/reminders.csv")
def download_reminders(id: int) -> Response:
    """The plan as a table, all of what the filter leaves."""
    case, zone = get_round_summary_or_404(id), g.association.zone
    heads = [_("Wann"), _("An"), _("Mitglied"), _("Zahl der Papiere")]
    lines = filter_reminders(
        list_planned_reminders(db(), case, now()), request.args.get("q", "").strip()[:100]
    )
    cells = (
        (
            f"{each.reminder.at.astimezone(zone):%Y-%m-%d %H:%M}",
            each.email,
            ", ".join(each.member_names),
            str(count_papers(each)),
        )
        for each in lines
    )
    return send_csv(heads, cells, f"{case.edition.slug}-erinnerungen.csv")


@blueprint.post("/rounds/<int:id>/reminders/skip")
def skip_reminders(id: int) -> ResponseReturnValue:
    """Leave the ticked mails out. A second click leaves out nothing more."""
    get_round_or_404(id)
    skipped = actions.reminders.skip_reminders(
        db(),
        services().calendar,
        id,
        parse_selection(request.form.getlist("mail")),
        current_actor(),
        now(),
    )
    flash(
        ngettext("%(num)d Erinnerung entfällt.", "%(num)d Erinnerungen entfallen.", skipped)
        if skipped
        else _(
            "Es wurde nichts geändert. Bitte wählen Sie die nächste Erinnerung einer Person aus."
        )
    )
    return redirect(url_for("office.list_reminders", id=id), 303)


@blueprint.post("/rounds/<int:id>/reminders/now")
def remind_now(id: int) -> ResponseReturnValue:
    """Remind the ticked persons now, or in the next office hours."""
    get_round_or_404(id)
    links = {carrier for carrier, _day in parse_selection(request.form.getlist("mail"))}
    owed = actions.reminders.remind_now(
        db(), services().calendar, id, links, current_actor(), now()
    )
    if not owed:
        flash(
            _(
                "Es wurde nichts versandt: Niemand ist ausgewählt, oder heute ging schon eine Erinnerung hinaus."
            )
        )
    elif owed[0].at > now():
        day = format.format_moment(owed[0].at, g.association.zone, current_language())
        flash(_("Die Erinnerungen gehen zur nächsten Bürozeit hinaus: %(day)s.", day=day))
    else:
        flash(
            ngettext(
                "%(num)d Erinnerung wird versandt.",
                "%(num)d Erinnerungen werden versandt.",
                len(owed),
            )
        )
    return redirect(url_for("office.list_reminders", id=id), 303)


def parse_selection(ticked: Sequence[str]) -> set[tuple[int, date]]:
    """Link and day of each ticked mail; what is none is left out."""
    found = set()
    for each in ticked:
        link, _dot, day = each.partition(".")
        if link.isascii() and link.isdecimal() and len(link) < 16:
            try:
                found.add((int(link), date.fromisoformat(day)))
            except ValueError:
                continue
    return found


def list_planned_reminders(db: Database, case: RoundSummary, now: datetime) -> list[ReminderRow]:
    """Every mail that will be sent about the round, if nobody answers."""
    planned, seen = (
        actions.reminders.list_planned(db, services().calendar, case.round.id, now),
        set(),
    )
    names = load_member_names(db, case.round.id)
    lines = []
    for each in planned:
        person = each.primary_link.person_key
        about = tuple(
            sorted({names[one.link_id] for one in each.links if one.link_id in names}, key=sort_key)
        )
        lines.append(
            ReminderRow(
                each, each.at.astimezone(g.association.zone).date(), about, person not in seen
            )
        )
        seen.add(person)
    return lines


def load_member_names(db: Database, round_id: int) -> Mapping[int, str]:
    """The official name of the member behind each link of the round."""
    known = {each.id: each.official_name for each in store.members.list_all(db)}
    asked = store.rounds.get_member_ids_by_invitation(db, round_id)
    return {
        link.id: known[asked[link.invitation_id]]
        for link in store.rounds.list_links_of_round(db, round_id)
    }


def filter_reminders(lines: list[ReminderRow], q: str) -> list[ReminderRow]:
    wanted = sort_key(q)[0]
    return (
        [
            each
            for each in lines
            if wanted in sort_key(" ".join((each.email, *each.member_names)))[0]
        ]
        if q
        else lines
    )


def count_per_day(lines: list[ReminderRow]) -> list[tuple[date, int]]:
    found: dict[date, int] = {}
    for each in lines:
        found[each.day] = found.get(each.day, 0) + 1
    return sorted(found.items())


def count_papers(line: ReminderRow) -> int:
    return len(line.reminder.links)
