"""Follow-ups of a released paper: dated entries for the public page and the signatories."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, StringField, TextAreaField

from signoff import actions, store
from signoff.domain.approvals import PublicAct
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.follow_ups import FollowUpForm
from signoff.web.context import current_date, db, now
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, get_round_summary_or_404
from signoff.web.office.approvals import find_pending, submit
from signoff.web.office.reauth import require_reauth


class EntryForm(BaseForm):
    """One entry, and whether the signatories are mailed."""

    messages = {Reason.DATE_IN_FUTURE: _l("Der Tag liegt in der Zukunft.")}
    happened_on = StringField(_l("Tag"))
    event = TextAreaField(_l("Was geschehen ist"))
    tell = BooleanField()


@blueprint.get("/rounds/<int:id>/follow-ups")
def list_follow_ups(id: int) -> str:
    return render_follow_ups(id, EntryForm(None))


@blueprint.post("/rounds/<int:id>/follow-ups")
def add_follow_up(id: int) -> ResponseReturnValue:
    """Publish an entry, or request it. A second click changes nothing."""
    form = EntryForm()
    try:
        day, text = FollowUpForm(request.form.to_dict()).parse(current_date())
        if page := require_reauth():
            return page
        submit(
            f"round/{id}",
            {"day": day.isoformat(), "text": text, "tell": bool(form.tell.data)},
            lambda: actions.follow_ups.add(
                db(), id, day, text, bool(form.tell.data), current_actor(), now()
            ),
        )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_follow_ups(id, form), form.error_status
    return redirect_to_follow_ups(id)


@blueprint.post("/rounds/<int:id>/follow-ups/<int:follow_up>/removal")
def remove_follow_up(id: int, follow_up: int) -> ResponseReturnValue:
    """Take an entry from the public page. A second click changes nothing."""
    entry = store.follow_ups.find(db(), follow_up)
    if entry and entry.round_id != id:
        raise NotFound
    actions.follow_ups.remove(db(), follow_up, current_actor(), now())
    flash(_("Der Eintrag ist entfernt; was noch nicht versandt war, wird nicht versandt."))
    return redirect_to_follow_ups(id)


def render_follow_ups(id: int, form: EntryForm) -> str:
    summary = get_round_summary_or_404(id)
    if summary.release is None:
        raise NotFound
    return render_template(
        "office/follow_ups/list.html",
        summary=summary,
        form=form,
        follow_ups=store.follow_ups.list_for_round(db(), id),
        mailed=len(store.signatories.list_link_ids(db(), id)),
        pending=find_pending(PublicAct.FOLLOW_UP, f"round/{id}"),
    )


def redirect_to_follow_ups(id: int) -> ResponseReturnValue:
    return redirect(url_for("office.list_follow_ups", id=id), 303)
