"""One's own account: password and sessions. Everybody at the office may, whatever the role."""

from hashlib import sha256

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import PasswordField

from signoff import passwords
from signoff.actions import recovering, staffing
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import ABSOLUTE, IDLE
from signoff.store import factors, staff
from signoff.web.context import db, language, now, settings
from signoff.web.factors import passkeys_work
from signoff.web.login import actor, me
from signoff.web.office.door import blueprint
from signoff.web.office.forms import DeedForm


class ChangeForm(DeedForm):
    current = PasswordField(_l("Bisheriges Passwort"))
    password = PasswordField(_l("Neues Passwort"))


@blueprint.get("/account")
def account() -> str:
    idle, most = int(IDLE.total_seconds() // 60), int(ABSOLUTE.total_seconds() // 3600)
    return render_template(
        "office/account.html",
        sessions=[(named(each.id), each) for each in staff.living(db(), me().id, now())],
        mine=named(current_user.session_id),
        known=factors.of(db(), me().id),
        required=settings().second_factor,
        passkeys_work=passkeys_work(),
        idle=idle,
        most=most,
    )


@blueprint.get("/account/password")
def own_password() -> str:
    return render_template("office/password.html", form=ChangeForm(None))


@blueprint.post("/account/password")
def change_own_password() -> ResponseReturnValue:
    """Change one's own password; the other sessions end."""
    form, one = ChangeForm(), me()
    try:
        new = passwords.hashed(form.password.data or "")
        current = form.current.data or ""
        recovering.change_password(db(), one, current_user.session_id, current, new, passwords.fits, now())
    except Refusal as refusal:
        form.refuse(refusal, language())
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        return render_template("office/password.html", form=form), 429 if waits else 422
    flash(gettext("Das neue Passwort gilt. Andere Sitzungen mit diesem Konto sind beendet."))
    return to_account()


@blueprint.post("/account/sessions")
def end_own_session() -> WerkzeugResponse:
    """End one session, or with ``others`` all but this one. A second click finds it ended."""
    one, asked = me(), request.form.get("session", "")
    if asked == "others":
        staffing.end_sessions(db(), one.id, actor(), now(), but=current_user.session_id)
        flash(gettext("Alle anderen Sitzungen sind beendet."))
        return to_account()
    found = [each for each in staff.living(db(), one.id, now()) if named(each.id) == asked]
    for each in found:
        staffing.end_session(db(), one, each.id, now())
    flash(gettext("Die Sitzung ist beendet."))
    return to_account()


def named(session_id: str) -> str:
    """What a page calls a session; its id is half of the cookie and stands on no page."""
    return sha256(session_id.encode()).hexdigest()[:16]


def to_account() -> WerkzeugResponse:
    return redirect(url_for("office.account"), 303)
