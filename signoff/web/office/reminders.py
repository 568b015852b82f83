"""The planned reminders of a round: list them, skip some, or remind people now."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.reminders import MAX_REMINDERS, Reminder
from signoff.domain.text import decode_domains, fold, sort_key
from signoff.i18n import errors, formatting
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_language, db, now, services
from signoff.web.downloads import send_csv
from signoff.web.filters import ngettext
from signoff.web.listing import ListQuery, paginate
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, get_round_or_404, get_round_summary_or_404
from signoff.web.office.forms import render_act

MAX_PROBLEMS = 20  # named beside what was enqueued


class ReminderQuery(ListQuery):
    FILTERS = {"q": None}


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A planned mail. ``is_next`` says whether it is the next one of its recipient."""

    reminder: Reminder
    day: date
    member_names: tuple[str, ...]
    is_next: bool

    @property
    def email(self) -> str:
        """As people write it."""
        return decode_domains(self.reminder.primary_link.email)

    @property
    def form_value(self) -> str:
        """The value of the checkbox: id of the primary link, and day."""
        return f"{self.reminder.primary_link.link_id}.{self.day.isoformat()}"


@blueprint.get("/rounds/<int:id>/reminders")
def list_reminders(id: int) -> str:
    return render_reminders(get_round_summary_or_404(id))


def render_reminders(
    summary: RoundSummary, problems: Sequence[str] = (), chosen: Collection[str] = ()
) -> str:
    """The plan; ``problems`` say why nobody was reminded, ``chosen`` are the ticks to keep."""
    query = ReminderQuery.from_args(request.args)
    rows = filter_reminders(list_planned_reminders(db(), summary, now()), query["q"])
    return render_template(
        "office/reminders/show.html",
        summary=summary,
        query=query,
        page=paginate(rows, query.page),
        days=count_per_day(rows),
        most=MAX_REMINDERS,
        uninvited=count_uninvited(db(), summary.round.id, now()),
        problems=problems,
        chosen=chosen,
    )


def count_uninvited(db: Database, round_id: int, now: datetime) -> int:
    """To how many addresses no invitation has been sent yet; they cannot be reminded."""
    return sum(
        link.informed_at is None
        for link in store.reminders.list_unanswered_links(db, now)
        if link.round_id == round_id
    )


@blueprint.get("/rounds/<int:id>/reminders.csv")
def download_reminders(id: int) -> Response:
    """The filtered plan as CSV."""
    summary, zone = get_round_summary_or_404(id), g.association.zone
    headings = [_("Wann"), _("An"), _("Mitglied"), _("Zahl der Papiere")]
    query = ReminderQuery.from_args(request.args)
    rows = filter_reminders(list_planned_reminders(db(), summary, now()), query["q"])
    cells = (
        (
            f"{row.reminder.at.astimezone(zone):%Y-%m-%d %H:%M}",
            row.email,
            ", ".join(row.member_names),
            str(count_papers(row)),
        )
        for row in rows
    )
    return send_csv(headings, cells, f"{summary.edition.slug}-erinnerungen.csv")


@blueprint.post("/rounds/<int:id>/reminders/skip")
def skip_reminders(id: int) -> ResponseReturnValue:
    """Skip the selected mails. A second click skips nothing more."""
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
        ngettext("%(num)s Erinnerung entfällt.", "%(num)s Erinnerungen entfallen.", skipped)
        if skipped
        else _(
            "Es wurde nichts geändert. Bitte wählen Sie die nächste Erinnerung einer Person aus."
        )
    )
    return redirect(url_for("office.list_reminders", id=id), 303)


@blueprint.post("/rounds/<int:id>/reminders/now")
def remind_now(id: int) -> ResponseReturnValue:
    """Remind the selected people now, or in the next office hours; says why somebody is not.

    Asks before several are reminded.
    """
    summary, ticks = get_round_summary_or_404(id), request.form.getlist("mail")
    links = {carrier for carrier, _day in parse_selection(ticks)}
    enqueued, obstacles = actions.reminders.plan_now(db(), services().calendar, id, links, now())
    asked = len(enqueued) < 2 or "sure" in request.form
    if asked:
        enqueued, obstacles = actions.reminders.remind_now(
            db(), services().calendar, id, links, current_actor(), now()
        )
    names = load_member_names(db(), id)
    problems = [
        f"{names[link]}: {errors.describe_obstacle(obstacle, current_language())}"
        for link, obstacle in sorted(obstacles.items())
        if link in names
    ]
    if not enqueued:
        problems = problems or [_("Bitte wählen Sie aus, wer erinnert werden soll.")]
        return render_reminders(summary, problems, ticks), 422
    back = url_for("office.list_reminders", id=id)
    if not asked:
        return render_act(
            _("Ausgewählte jetzt erinnern?"),
            _("Erinnern"),
            url_for("office.remind_now", id=id),
            back,
            [
                ngettext(
                    "%(num)s Erinnerung geht per E-Mail hinaus.",
                    "%(num)s Erinnerungen gehen per E-Mail hinaus.",
                    len(enqueued),
                ),
                describe_office_time(enqueued),
                *problems[:MAX_PROBLEMS],
            ],
            carried=[("sure", "y"), *(("mail", tick) for tick in ticks)],
        )
    for problem in problems[:MAX_PROBLEMS]:
        flash(problem)
    flash(
        describe_office_time(enqueued)
        or ngettext(
            "%(num)s Erinnerung wird versandt.",
            "%(num)s Erinnerungen werden versandt.",
            len(enqueued),
        )
    )
    return redirect(back, 303)


def describe_office_time(due: Sequence[Reminder]) -> str:
    """When reminders are sent that wait for office hours; empty if they are sent at once."""
    if not due or due[0].at <= now():
        return ""
    day = formatting.format_moment(due[0].at, g.association.zone, current_language())
    return str(_("Die Erinnerungen gehen zur nächsten Bürozeit hinaus: %(day)s.", day=day))


def parse_selection(values: Sequence[str]) -> set[tuple[int, date]]:
    """Link id and day of each selected mail; invalid values are ignored."""
    selection = set()
    for value in values:
        link, _dot, day = value.partition(".")
        if link.isascii() and link.isdecimal() and len(link) < 16:
            try:
                selection.add((int(link), date.fromisoformat(day)))
            except ValueError:
                continue
    return selection


def list_planned_reminders(db: Database, summary: RoundSummary, now: datetime) -> list[ReminderRow]:
    """Every reminder about the round that will be sent if nobody answers."""
    planned = actions.reminders.list_planned(db, services().calendar, summary.round.id, now)
    listed_people = set()
    names = load_member_names(db, summary.round.id)
    rows = []
    for reminder in planned:
        person_key = reminder.primary_link.person_key
        member_names = tuple(
            sorted(
                {names[link.link_id] for link in reminder.links if link.link_id in names},
                key=sort_key,
            )
        )
        rows.append(
            ReminderRow(
                reminder,
                reminder.at.astimezone(g.association.zone).date(),
                member_names,
                person_key not in listed_people,
            )
        )
        listed_people.add(person_key)
    return rows


def load_member_names(db: Database, round_id: int) -> Mapping[int, str]:
    """The official name of the member behind each link of the round."""
    names = {member.id: member.official_name for member in store.members.list_all(db)}
    member_ids = store.rounds.get_member_ids_by_invitation(db, round_id)
    return {
        link.id: names[member_ids[link.invitation_id]]
        for link in store.rounds.list_links_of_round(db, round_id)
    }


def filter_reminders(rows: list[ReminderRow], q: str) -> list[ReminderRow]:
    wanted = fold(decode_domains(q))
    return (
        [row for row in rows if wanted in fold(" ".join((row.email, *row.member_names)))]
        if q
        else rows
    )


def count_per_day(rows: list[ReminderRow]) -> list[tuple[date, int]]:
    counts: dict[date, int] = {}
    for row in rows:
        counts[row.day] = counts.get(row.day, 0) + 1
    return sorted(counts.items())


def count_papers(row: ReminderRow) -> int:
    return len(row.reminder.links)
