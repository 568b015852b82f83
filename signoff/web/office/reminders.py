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
from signoff.domain.reminders import MOST, Reminder
from signoff.domain.text import sort_key
from signoff.exports.tables import as_csv
from signoff.i18n import format
from signoff.store.dashboard import Case
from signoff.web.context import db, language, now, tools
from signoff.web.login import actor
from signoff.web.office.access import blueprint, case_here, round_here

A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One mail of the plan. ``first`` is whether it is the person's next one; ``names`` are the members it is about."""

    reminder: Reminder
    day: date
    names: tuple[str, ...]
    first: bool

    @property
    def email(self) -> str:
        return self.reminder.carrier.email

    @property
    def named(self) -> str:
        """What a box of the form says: the carrying link and the day."""
        return f"{self.reminder.carrier.link_id}.{self.day.isoformat()}"


@blueprint.get("/rounds/<int:id>/reminders")
def reminders(id: int) -> ResponseReturnValue:
    case = case_here(id)
    asked = request.args.get("q", "").strip()[:100]
    lines = chosen(plan_of(db(), case, now()), asked)
    pages = max(1, -(-len(lines) // A_PAGE))
    page = min(pages, max(1, request.args.get("page", 1, type=int)))
    return render_template(
        "office/reminders.html",
        case=case,
        q=asked,
        lines=lines[(page - 1) * A_PAGE : page * A_PAGE],
        days=per_day(lines),
        found=len(lines),
        page=page,
        pages=pages,
        most=MOST,
    )


@blueprint.get("/rounds/<int:id>/reminders.csv")
def reminders_file(id: int) -> Response:
    """The plan as a table, all of what the filter leaves."""
    case, zone = case_here(id), g.association.zone
    heads = [_("Wann"), _("An"), _("Mitglied"), _("Zahl der Papiere")]
    lines = chosen(plan_of(db(), case, now()), request.args.get("q", "").strip()[:100])
    cells = (
        (
            f"{each.reminder.at.astimezone(zone):%Y-%m-%d %H:%M}",
            each.email,
            ", ".join(each.names),
            str(count(each)),
        )
        for each in lines
    )
    response = Response(as_csv(heads, cells), content_type="text/csv; charset=utf-8")
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"{case.edition.slug}-erinnerungen.csv"
    )
    return response


@blueprint.post("/rounds/<int:id>/reminders/skip")
def skip_reminders(id: int) -> ResponseReturnValue:
    """Leave the ticked mails out. A second click leaves out nothing more."""
    round_here(id)
    skipped = actions.reminders.skip(
        db(), tools().calendar, id, boxes(request.form.getlist("mail")), actor(), now()
    )
    flash(
        ngettext("%(num)d Erinnerung entfällt.", "%(num)d Erinnerungen entfallen.", skipped)
        if skipped
        else _(
            "Es wurde nichts geändert. Bitte wählen Sie die nächste Erinnerung einer Person aus."
        )
    )
    return redirect(url_for("office.reminders", id=id), 303)


@blueprint.post("/rounds/<int:id>/reminders/now")
def remind_now(id: int) -> ResponseReturnValue:
    """Remind the ticked persons now, or in the next office hours."""
    round_here(id)
    links = {carrier for carrier, _day in boxes(request.form.getlist("mail"))}
    owed = actions.reminders.remind_now(db(), tools().calendar, id, links, actor(), now())
    if not owed:
        flash(
            _(
                "Es wurde nichts versandt: Niemand ist ausgewählt, oder heute ging schon eine Erinnerung hinaus."
            )
        )
    elif owed[0].at > now():
        day = format.moment(owed[0].at, g.association.zone, language())
        flash(_("Die Erinnerungen gehen zur nächsten Bürozeit hinaus: %(day)s.", day=day))
    else:
        flash(
            ngettext(
                "%(num)d Erinnerung wird versandt.",
                "%(num)d Erinnerungen werden versandt.",
                len(owed),
            )
        )
    return redirect(url_for("office.reminders", id=id), 303)


def boxes(ticked: Sequence[str]) -> set[tuple[int, date]]:
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


def plan_of(db: Database, case: Case, now: datetime) -> list[Line]:
    """Every mail that will be sent about the round, if nobody answers."""
    planned, seen = actions.reminders.planned(db, tools().calendar, case.round.id, now), set()
    names = names_of(db, case.round.id)
    lines = []
    for each in planned:
        person = each.carrier.person
        about = tuple(
            sorted({names[one.link_id] for one in each.about if one.link_id in names}, key=sort_key)
        )
        lines.append(
            Line(each, each.at.astimezone(g.association.zone).date(), about, person not in seen)
        )
        seen.add(person)
    return lines


def names_of(db: Database, round_id: int) -> Mapping[int, str]:
    """The official name of the member behind each link of the round."""
    known = {each.id: each.official_name for each in store.members.list_all(db)}
    asked = store.rounds.members_of_round(db, round_id)
    return {
        link.id: known[asked[link.invitation_id]]
        for link in store.rounds.links_of_round(db, round_id)
    }


def chosen(lines: list[Line], q: str) -> list[Line]:
    wanted = sort_key(q)[0]
    return (
        [each for each in lines if wanted in sort_key(" ".join((each.email, *each.names)))[0]]
        if q
        else lines
    )


def per_day(lines: list[Line]) -> list[tuple[date, int]]:
    found: dict[date, int] = {}
    for each in lines:
        found[each.day] = found.get(each.day, 0) + 1
    return sorted(found.items())


def count(line: Line) -> int:
    return len(line.reminder.about)
