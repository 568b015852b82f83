"""From the closed round to the public: look at the PDF, then publish exactly that one, at once or at an hour."""

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import printing, releasing, seconding
from signoff.domain.refusal import Refusal
from signoff.store import staff
from signoff.store.desks import Case
from signoff.web.context import db, language, now, settings
from signoff.web.headers import CONTENT
from signoff.web.login import actor
from signoff.web.office.again import asked
from signoff.web.office.door import blueprint, case_here, round_here, slug_of, to_round
from signoff.web.office.release_forms import ReleaseForm

# The PDF is looked at inside the page: from this house alone, in the browser's own viewer.
WITH_VIEWER = f"{CONTENT}; connect-src 'self'; object-src 'self'; frame-src 'self'"


@blueprint.get("/rounds/<int:id>/release")
def release_page(id: int) -> ResponseReturnValue:
    return shown(case_here(id), ReleaseForm())


@blueprint.get("/rounds/<int:id>/release/progress")
def print_progress(id: int) -> str:
    """How far the PDF is, for the script of the page that waits for it."""
    return render_template("office/progress.html", case=case_here(id))


@blueprint.post("/rounds/<int:id>/release")
def release(id: int) -> ResponseReturnValue:
    """Publish the print that was looked at, plan it, or ask for it. A second click finds what the first has done."""
    case, form = case_here(id), ReleaseForm()
    if case.release:
        return to_round(id)
    slug, seen, ask = slug_of(case.round), request.form.get("seen", ""), g.association.four_eyes
    try:
        at = form.moment(g.association.zone, now())
        if page := asked():
            return page
        if ask:
            seconding.ask(db(), slug, at, actor(), now(), seen=seen)
        else:
            releasing.release(db(), slug, at, actor(), now(), seen=seen)
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return shown(case_here(id), form, strangers), 409 if strangers else 422
    flash(done(asked=ask, planned=at is not None))
    return redirect(url_for("office.release_page", id=id), 303) if ask or at else to_round(id)


@blueprint.post("/rounds/<int:id>/release/confirmation")
def confirm(id: int) -> ResponseReturnValue:
    """The second person confirms what the first has asked for. A second click finds it."""
    case = case_here(id)
    if case.release:
        return to_round(id)
    if page := asked():
        return page
    try:
        made = seconding.confirm(db(), slug_of(case.round), actor(), now(), seen=request.form.get("seen", ""))
    except Refusal as refusal:
        return shown(case_here(id), ReleaseForm(None), [refusal]), 409
    flash(done(asked=False, planned=not made.is_public(now())))
    return to_round(id)


@blueprint.post("/rounds/<int:id>/release/calling-off")
def call_off(id: int) -> ResponseReturnValue:
    """Take back what is planned or asked for, as long as it has not happened."""
    case = case_here(id)
    try:
        releasing.call_off(db(), slug_of(case.round), actor(), now())
    except Refusal as refusal:
        return shown(case, ReleaseForm(None), [refusal]), 409
    flash(_("Die Veröffentlichung ist zurückgerufen. Es ist nichts veröffentlicht."))
    return redirect(url_for("office.release_page", id=id), 303)


@blueprint.post("/rounds/<int:id>/print")
def print_again(id: int) -> ResponseReturnValue:
    """Owe the PDF once more after it failed, with or knowingly without a timestamp."""
    timestamp = request.form.get("timestamp") != "without"
    printing.owe_again(db(), round_here(id).id, actor(), now(), timestamp)
    return redirect(url_for("office.release_page", id=id), 303)


def done(*, asked: bool, planned: bool) -> str:
    said = _("Das Papier ist veröffentlicht. Alle Eingeladenen werden benachrichtigt.")
    if asked:
        said = _("Die Veröffentlichung ist freigegeben. Jetzt bestätigt sie eine zweite Person.")
    elif planned:
        said = _("Die Veröffentlichung ist geplant. Bis dahin können Sie sie zurückrufen.")
    return str(said)


def shown(case: Case, form: ReleaseForm, strangers: list[Refusal] | None = None) -> Response:
    page = render_template(
        "office/release.html",
        case=case,
        form=form,
        strangers=strangers or [],
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        stamping=bool(settings().tsa_url),
        asker=name_of(case.request.asked_by) if case.request else "",
        mine=bool(case.request and case.request.asked_by == actor()),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = WITH_VIEWER
    return response


def name_of(actor: str) -> str:
    """Who an actor of the journal is, by name."""
    kind, _slash, id = actor.partition("/")
    found = staff.get(db(), int(id)) if kind == "staff" and id.isdecimal() else None
    return (found.name or found.email) if found else actor
