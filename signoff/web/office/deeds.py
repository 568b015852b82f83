"""Closing, extending and cancelling a round. GET asks, POST does; the second click is not an error."""

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import closing, inviting
from signoff.domain.moments import end_of
from signoff.domain.refusal import Refusal
from signoff.domain.round import Phase
from signoff.store.desks import Case
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.again import asked as asked_again
from signoff.web.office.door import blueprint, case_here, for_editors, slug_of, to_round
from signoff.web.office.forms import DeadlineForm, DeedForm, SureForm
from signoff.web.office.leftovers import Left, leftovers
from signoff.web.office.release_forms import TwiceForm
from signoff.web.office.tasks import unreached


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
    closing.close(db(), slug_of(case.round), actor(), now())
    flash(_("Das Verfahren ist geschlossen. Das PDF wird jetzt gefertigt."))
    return to_round(id)


@blueprint.get("/rounds/<int:id>/cancellation")
@for_editors
def cancellation_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return to_round(id) if case.round.cancelled_at or case.round.closed_at else asked("cancellation", case, SureForm())


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
    closing.cancel(db(), slug_of(case.round), actor(), now())
    flash(_("Das Verfahren ist abgebrochen. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


@blueprint.get("/rounds/<int:id>/extension")
@for_editors
def extension_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return asked("extension", case, DeadlineForm()) if case.round.phase(now()) is Phase.OPEN else to_round(id)


@blueprint.post("/rounds/<int:id>/extension")
@for_editors
def extend(id: int) -> ResponseReturnValue:
    case, form = case_here(id), DeadlineForm()
    try:
        until = form.day()
        if end_of(until, g.association.zone) != case.round.deadline:
            inviting.extend(db(), slug_of(case.round), until, actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return asked("extension", case, form, strangers), 409 if strangers else 422
    flash(_("Die Frist ist verlängert. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


def asked(name: str, case: Case, form: DeedForm, strangers: list[Refusal] | None = None, *, again: bool = False) -> str:
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
