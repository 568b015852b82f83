"""From the closed round to the public: look at the PDF, then publish exactly that one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import printing, releasing
from signoff.domain.refusal import Refusal
from signoff.store.desks import Case
from signoff.web.context import db, now, settings
from signoff.web.login import actor
from signoff.web.office.again import asked
from signoff.web.office.door import blueprint, case_here, round_here, slug_of, to_round


@blueprint.get("/rounds/<int:id>/release")
def release_page(id: int) -> ResponseReturnValue:
    return shown(case_here(id))


@blueprint.post("/rounds/<int:id>/release")
def release(id: int) -> ResponseReturnValue:
    """Publish the print that was looked at. A second click finds what the first has done."""
    case = case_here(id)
    if case.release:
        return to_round(id)
    if page := asked():
        return page
    seen = request.form.get("seen", "")
    try:
        releasing.release(db(), slug_of(case.round), None, actor(), now(), seen=seen)
    except Refusal as refusal:
        return shown(case, refusal), 409
    flash(_("Das Papier ist veröffentlicht. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


@blueprint.post("/rounds/<int:id>/print")
def print_again(id: int) -> ResponseReturnValue:
    """Owe the PDF once more after it failed, with or knowingly without a timestamp."""
    timestamp = request.form.get("timestamp") != "without"
    printing.owe_again(db(), round_here(id).id, actor(), now(), timestamp)
    return redirect(url_for("office.release_page", id=id), 303)


def shown(case: Case, refusal: Refusal | None = None) -> str:
    address = f"{settings().base_url}/papers/{case.edition.slug}"
    return render_template(
        "office/release.html", case=case, address=address, refusal=refusal, stamping=bool(settings().tsa_url)
    )
