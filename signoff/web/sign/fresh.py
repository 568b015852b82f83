"""A fresh link for a dead one. The answer is always the same and never shows an address."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.actions import requesting
from signoff.links import Door
from signoff.web.context import db, now, tools
from signoff.web.sign.door import blueprint


@blueprint.post("/fresh")
def fresh() -> WerkzeugResponse:
    """Owe a mail to the registered address, if the token was ours and the municipality's name was typed."""
    read = tools().links.read(Door.INVITATION, request.form.get("token", ""))
    requesting.request_link(db(), read[0] if read else "", request.form.get("confirm", ""), now())
    return redirect(url_for("sign.fresh_sent"), 303)


@blueprint.get("/fresh")
def fresh_sent() -> str:
    return render_template("sign/fresh_sent.html")
