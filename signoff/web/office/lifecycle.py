"""Closing, extending and cancelling a round. GET asks, POST does; the second click is not an error."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions
from signoff.domain.answers import Kind
from signoff.domain.dates import end_of, last_day
from signoff.domain.errors import Refusal
from signoff.domain.round_status import Place, Standing
from signoff.domain.rounds import Phase, Round
from signoff.store.dashboard import Case
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.access import blueprint, case_here, for_editors, slug_of, to_round
from signoff.web.office.dashboard import unreached
from signoff.web.office.forms import DeadlineForm, DeedForm, SureForm
from signoff.web.office.reauth import require_reauth as asked_again
from signoff.web.office.releases import TwiceForm

# What is still open in a round before it is closed, each with the members it is about.

NAMED = 8  # members named in a line; the rest is behind its link


class Left(StrEnum):
    """The kinds of open thing, most pressing first."""

    OBJECTIONS = "objections"
    NOTES = "notes"
    NAMES = "names"
    SITTINGS = "sittings"
    LATER = "later"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Leftover:
    """One kind of open thing and where it is open."""

    left: Left
    places: tuple[Place, ...]

    @property
    def named(self) -> tuple[Place, ...]:
        return self.places[:NAMED]


def leftovers(standing: Standing, zone: ZoneInfo) -> list[Leftover]:
    """Everything that is open, the most pressing first; what nobody waits for is left out."""
    rules: dict[Left, Callable[[Place], bool]] = {
        Left.OBJECTIONS: lambda place: bool(place.objections),
        Left.NOTES: lambda place: "note" in place.undecided,
        Left.NAMES: lambda place: "name" in place.undecided,
        Left.SITTINGS: lambda place: (
            place.kind is Kind.PENDING and in_time(place, standing.round, zone)
        ),
        Left.LATER: lambda place: (
            place.kind is Kind.PENDING and not in_time(place, standing.round, zone)
        ),
        Left.SILENT: lambda place: place.kind is None,
    }
    found = (Leftover(left, tuple(filter(rule, standing.places))) for left, rule in rules.items())
    return [each for each in found if each.places]


def in_time(place: Place, round: Round, zone: ZoneInfo) -> bool:
    """Whether the sitting a member has named lies before the deadline that was announced."""
    on = place.version.answer.expected_on if place.version else None
    return bool(on and round.deadline and on <= last_day(round.deadline, zone))


@blueprint.get("/rounds/<int:id>/closing")
@for_editors
def closing_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return to_round(id) if case.round.closed_at else asked("closing", case, TwiceForm())


@blueprint.post("/rounds/<int:id>/closing")
@for_editors
def close(id: int) -> ResponseReturnValue:
    """Close the round. Before the announced deadline that is asked twice: a box to tick, then a word to type."""
    case, form = case_here(id), TwiceForm()
    if case.round.closed_at:
        return to_round(id)
    if case.round.phase(now()) is Phase.OPEN:
        if not form.confirmed():
            return asked("closing", case, form), 422
        if not form.asked_again:
            return asked("closing", case, form, again=True)
        if not form.named(case.edition.slug, language()):
            return asked("closing", case, form, again=True), 422
    if page := asked_again():
        return page
    actions.rounds.close(db(), slug_of(case.round), actor(), now())
    flash(_("Das Verfahren ist geschlossen. Das PDF wird jetzt gefertigt."))
    return to_round(id)


@blueprint.get("/rounds/<int:id>/cancellation")
@for_editors
def cancellation_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return (
        to_round(id)
        if case.round.cancelled_at or case.round.closed_at
        else asked("cancellation", case, SureForm())
    )


@blueprint.post("/rounds/<int:id>/cancellation")
@for_editors
def cancel(id: int) -> ResponseReturnValue:
    case, form = case_here(id), SureForm()
    if case.round.cancelled_at:
        return to_round(id)
    if not form.confirmed():
        return asked("cancellation", case, form), 422
    if page := asked_again():
        return page
    actions.rounds.cancel(db(), slug_of(case.round), actor(), now())
    flash(_("Das Verfahren ist abgebrochen. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


@blueprint.get("/rounds/<int:id>/extension")
@for_editors
def extension_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return (
        asked("extension", case, DeadlineForm())
        if case.round.phase(now()) is Phase.OPEN
        else to_round(id)
    )


@blueprint.post("/rounds/<int:id>/extension")
@for_editors
def extend(id: int) -> ResponseReturnValue:
    case, form = case_here(id), DeadlineForm()
    try:
        until = form.day()
        if end_of(until, g.association.zone) != case.round.deadline:
            actions.rounds.extend(db(), slug_of(case.round), until, actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return asked("extension", case, form, strangers), 409 if strangers else 422
    flash(_("Die Frist ist verlängert. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


def asked(
    name: str,
    case: Case,
    form: DeedForm,
    strangers: list[Refusal] | None = None,
    *,
    again: bool = False,
) -> str:
    return render_template(
        f"office/{name}.html",
        case=case,
        form=form,
        early=case.round.phase(now()) is Phase.OPEN,
        again=again,
        unreached=unreached(case.standing.places),
        leftovers=leftovers(case.standing, g.association.zone),
        Left=Left,
        strangers=strangers or [],
    )
