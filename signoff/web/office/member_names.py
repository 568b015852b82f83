"""Accepted names that the member list can take over: the office ticks them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from signoff import actions, store
from signoff.web.context import db, now
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint


@blueprint.get("/members/names")
def list_name_offers() -> str:
    return render_template(
        "office/members/names.html", offers=store.member_names.list_offers(db()), nothing=False
    )


@blueprint.post("/members/names")
def settle_names() -> ResponseReturnValue:
    """Take the ticked names over, or leave the member list as it is."""
    chosen = [
        (int(id), request.form.get(f"name-{id}", ""))
        for id in request.form.getlist("pick")
        if id.isdecimal() and len(id) < 16
    ]
    if not chosen:
        offers = store.member_names.list_offers(db())
        return render_template("office/members/names.html", offers=offers, nothing=True), 422
    if request.form.get("do") == "keep":
        actions.member_names.keep_names(db(), chosen, current_actor(), now())
        flash(_("Die Mitgliederliste bleibt, wie sie ist."))
    else:
        count = actions.member_names.take_names(db(), chosen, current_actor(), now())
        flash(
            ngettext(
                "%(num)s Name ist in die Mitgliederliste übernommen.",
                "%(num)s Namen sind in die Mitgliederliste übernommen.",
                count,
            )
        )
    page = (
        "office.list_name_offers" if store.member_names.list_offers(db()) else "office.list_members"
    )
    return redirect(url_for(page), 303)
