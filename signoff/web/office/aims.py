"""How many signatures are aimed at. GET asks, POST sets; a colleague's figure is never overwritten unseen."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import aiming
from signoff.domain.aim import aim
from signoff.domain.refusal import Refusal
from signoff.store.desks import Case
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, case_here, for_editors, to_round
from signoff.web.office.forms import AimForm


@blueprint.get("/rounds/<int:id>/aim")
@for_editors
def aim_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return to_round(id) if case.round.closed_at or case.round.cancelled_at else asked(case, AimForm.of(case.round))


@blueprint.post("/rounds/<int:id>/aim")
@for_editors
def set_aim(id: int) -> ResponseReturnValue:
    """Set or take away the aim. What was typed stays where it is refused; the aim that holds has then been seen."""
    case, form = case_here(id), AimForm()
    try:
        wanted = aim(form.aim.data or "", len(case.standing.places))
        aiming.set_aim(db(), id, wanted, form.known(), actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        form.seen.data = case.round.aim
        return asked(case, form, strangers), 409 if strangers else 422
    flash(_("Das Ziel ist gespeichert.") if wanted else _("Für dieses Verfahren gilt kein Ziel."))
    return to_round(id)


def asked(case: Case, form: AimForm, strangers: list[Refusal] | None = None) -> str:
    return render_template("office/aim.html", case=case, form=form, strangers=strangers or [])
