"""Taking a released paper back whole: an administrator's deed, asked about twice."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import retracting
from signoff.domain.refusal import Reason, Refusal
from signoff.store.desks import Case
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.again import asked as asked_again
from signoff.web.office.door import blueprint, case_here, for_admins, to_round
from signoff.web.office.release_forms import WithdrawalForm


@blueprint.get("/rounds/<int:id>/withdrawal")
@for_admins
def withdrawal_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return asked(case, WithdrawalForm()) if is_public(case) else to_round(id)


@blueprint.post("/rounds/<int:id>/withdrawal")
@for_admins
def withdraw(id: int) -> ResponseReturnValue:
    """Withdraw the release: the reason and the box on the first page, the short name on the second."""
    case, form = case_here(id), WithdrawalForm()
    if case.release and case.release.withdrawn_at:
        return to_round(id)
    if not is_public(case):
        raise Refusal(Reason.NOT_RELEASED)
    told, sure = form.told(language()), form.confirmed()
    if told is None or not sure:
        return asked(case, form), 422
    if not form.asked_again:
        return asked(case, form, told)
    if not form.named(case.edition.slug, language()):
        return asked(case, form, told), 422
    if page := asked_again():
        return page
    retracting.retract(db(), id, *told, actor(), now())
    flash(_("Das Papier ist zurückgezogen. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


def is_public(case: Case) -> bool:
    return bool(case.release and case.release.is_public(now()))


def asked(case: Case, form: WithdrawalForm, told: tuple[str, str] | None = None) -> str:
    """The first page, or with what was ``told`` there the second."""
    return render_template("office/withdrawal.html", case=case, form=form, told=told)
