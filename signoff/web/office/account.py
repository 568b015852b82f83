"""One's own account."""

from flask import render_template
from flask_login import current_user

from signoff.domain.staff import ABSOLUTE, IDLE
from signoff.store import staff
from signoff.web.context import db
from signoff.web.office.door import blueprint


@blueprint.get("/account")
def account() -> str:
    session = staff.session(db(), current_user.session_id)
    assert session
    idle, most = int(IDLE.total_seconds() // 60), int(ABSOLUTE.total_seconds() // 3600)
    return render_template("office/account.html", session=session, idle=idle, most=most)
