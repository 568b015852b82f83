"""Saving the filter of a list under a name, for oneself or for the office, and deleting it."""

from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.domain.forms import FieldReader
from signoff.i18n import errors
from signoff.store.saved_views import SavedView
from signoff.web.context import current_language, db, now
from signoff.web.listing import ListQuery, get_int, parse_query
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint
from signoff.web.office.member_list import MemberQuery
from signoff.web.office.round_members import RoundMemberQuery

LISTS: dict[str, type[ListQuery]] = {"members": MemberQuery, "round_members": RoundMemberQuery}


@blueprint.post("/views")
def save_view() -> ResponseReturnValue:
    """Save what a list shows, for oneself or for the whole office."""
    kind = LISTS.get(request.form.get("list", ""))
    if kind is None:
        raise BadRequest
    query = kind.from_args(parse_query(request.form.get("query", ""))).query_args
    reader = FieldReader(request.form.to_dict())
    name = reader.text("name")
    if reader.refusals:
        flash(errors.describe_refusal(reader.refusals[0], current_language()), "warning")
    else:
        owner = None if request.form.get("shared") else current_account().id
        view = SavedView(0, request.form["list"], owner, name, urlencode(query, doseq=True))
        actions.saved_views.save(db(), view, current_actor(), now())
        flash(_("Die Ansicht ist gespeichert."))
    return redirect_to_list(request.form["list"], urlencode(query, doseq=True))


@blueprint.post("/views/<int:id>/delete")
def delete_view(id: int) -> ResponseReturnValue:
    """Delete one's own view or one of the office; a second click changes nothing."""
    view = store.saved_views.find(db(), id)
    if view and view.account_id not in (None, current_account().id):
        raise NotFound
    if view:
        actions.saved_views.delete(db(), view, current_actor(), now())
    flash(_("Die Ansicht ist gelöscht."))
    return redirect_to_list(request.form.get("list", ""), "")


def redirect_to_list(name: str, query: str) -> ResponseReturnValue:
    args: dict[str, Any] = parse_query(query).to_dict(flat=False)
    round_id = get_int(request.form, "round")
    if name == "round_members" and round_id:
        address = url_for("office.show_round", id=round_id, _anchor="mitglieder", **args)
    else:
        address = url_for("office.list_members", **args)
    return redirect(address, 303)
