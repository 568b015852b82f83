"""Closing, extending and cancelling a round. GET asks, POST does; the second click is not an error."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions
from signoff.domain.answers import AnswerKind
from signoff.domain.dates import end_of_day, get_last_day
from signoff.domain.errors import Refusal
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Phase, Round
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_language, db, now
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_summary_or_404,
    redirect_to_round,
)
from signoff.web.office.dashboard import list_unreached
from signoff.web.office.forms import ActionForm, ConfirmForm, DeadlineForm
from signoff.web.office.reauth import require_reauth as asked_again
from signoff.web.office.releases import DoubleConfirmForm

# What is still open in a round before it is closed, each with the members it is about.

MAX_MEMBERS_NAMED = 8  # members named in a line; the rest is behind its link


class OpenItemKind(StrEnum):
    """The kinds of open thing, most pressing first."""

    OBJECTIONS = "objections"
    NOTES = "notes"
    NAMES = "names"
    SITTINGS = "sittings"
    LATER = "later"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One kind of open thing and where it is open."""

    left: OpenItemKind
    places: tuple[InvitationStatus, ...]

    @property
    def named(self) -> tuple[InvitationStatus, ...]:
        return self.places[:MAX_MEMBERS_NAMED]


def build_closing_checklist(standing: RoundStatus, zone: ZoneInfo) -> list[OpenItem]:
    """Everything that is open, the most pressing first; what nobody waits for is left out."""
    rules: dict[OpenItemKind, Callable[[InvitationStatus], bool]] = {
        OpenItemKind.OBJECTIONS: lambda place: bool(place.objections),
        OpenItemKind.NOTES: lambda place: "note" in place.undecided,
        OpenItemKind.NAMES: lambda place: "name" in place.undecided,
        OpenItemKind.SITTINGS: lambda place: (
            place.kind is AnswerKind.PENDING
            and is_meeting_before_deadline(place, standing.round, zone)
        ),
        OpenItemKind.LATER: lambda place: (
            place.kind is AnswerKind.PENDING
            and not is_meeting_before_deadline(place, standing.round, zone)
        ),
        OpenItemKind.SILENT: lambda place: place.kind is None,
    }
    found = (OpenItem(left, tuple(filter(rule, standing.places))) for left, rule in rules.items())
    return [each for each in found if each.places]


def is_meeting_before_deadline(place: InvitationStatus, round: Round, zone: ZoneInfo) -> bool:
    """Whether the sitting a member has named lies before the deadline that was announced."""
    on = place.version.answer.expected_on if place.version else None
    return bool(on and round.deadline and on <= get_last_day(round.deadline, zone))


@blueprint.get("/rounds/<int:id>/closing")
@editor_required
def show_close_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return (
        redirect_to_round(id)
        if case.round.closed_at
        else render_action_form("closing", case, DoubleConfirmForm())
    )


@blueprint.post("/rounds/<int:id>/closing")
@editor_required
def close_round(id: int) -> ResponseReturnValue:
    """Close the round. Before the announced deadline that is asked twice: a box to tick, then a word to type."""
    case, form = get_round_summary_or_404(id), DoubleConfirmForm()
    if case.round.closed_at:
        return redirect_to_round(id)
    if case.round.phase(now()) is Phase.OPEN:
        if not form.confirmed():
            return render_action_form("closing", case, form), 422
        if not form.asked_again:
            return render_action_form("closing", case, form, again=True)
        if not form.named(case.edition.slug, current_language()):
            return render_action_form("closing", case, form, again=True), 422
    if page := asked_again():
        return page
    actions.rounds.close(db(), case.round.id, current_actor(), now())
    flash(_("Das Verfahren ist geschlossen. Das PDF wird jetzt gefertigt."))
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/cancellation")
@editor_required
def show_cancel_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return (
        redirect_to_round(id)
        if case.round.cancelled_at or case.round.closed_at
        else render_action_form("cancellation", case, ConfirmForm())
    )


@blueprint.post("/rounds/<int:id>/cancellation")
@editor_required
def cancel_round(id: int) -> ResponseReturnValue:
    case, form = get_round_summary_or_404(id), ConfirmForm()
    if case.round.cancelled_at:
        return redirect_to_round(id)
    if not form.confirmed():
        return render_action_form("cancellation", case, form), 422
    if page := asked_again():
        return page
    actions.rounds.cancel(db(), case.round.id, current_actor(), now())
    flash(_("Das Verfahren ist abgebrochen. Alle Eingeladenen werden benachrichtigt."))
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/extension")
@editor_required
def show_extend_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return (
        render_action_form("extension", case, DeadlineForm())
        if case.round.phase(now()) is Phase.OPEN
        else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/extension")
@editor_required
def extend_round(id: int) -> ResponseReturnValue:
    case, form = get_round_summary_or_404(id), DeadlineForm()
    try:
        until = form.day()
        if end_of_day(until, g.association.zone) != case.round.deadline:
            actions.rounds.extend(db(), case.round.id, until, current_actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_action_form("extension", case, form, strangers), 409 if strangers else 422
    flash(_("Die Frist ist verlängert. Alle Eingeladenen werden benachrichtigt."))
    return redirect_to_round(id)


def render_action_form(
    name: str,
    case: RoundSummary,
    form: ActionForm,
    strangers: list[Refusal] | None = None,
    *,
    again: bool = False,
) -> str:
    return render_template(
        f"office/rounds/{name}.html",
        case=case,
        form=form,
        early=case.round.phase(now()) is Phase.OPEN,
        again=again,
        unreached=list_unreached(case.standing.places),
        leftovers=build_closing_checklist(case.standing, g.association.zone),
        Left=OpenItemKind,
        strangers=strangers or [],
    )
