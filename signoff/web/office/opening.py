"""Opening a round: who is asked, until when, and how the list will stand."""

from collections import Counter

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import inviting
from signoff.actions.inviting import Opening
from signoff.domain.collation import sort_key
from signoff.domain.paper import Edition
from signoff.domain.refusal import Refusal
from signoff.domain.round import Terms
from signoff.domain.steps import steps
from signoff.store import rounds
from signoff.web.context import db, language, now, settings
from signoff.web.login import actor
from signoff.web.office.door import blueprint, for_editors, to_round
from signoff.web.office.forms import OpeningForm


@blueprint.get("/papers/<slug>/open")
@for_editors
def opening(slug: str) -> ResponseReturnValue:
    edition, running = inviting.edition_of(db(), slug), rounds.latest(db(), slug)
    if running and not running.cancelled_at:
        return to_round(running.id)
    return page(edition, OpeningForm())


@blueprint.post("/papers/<slug>/open")
@for_editors
def open_round(slug: str) -> ResponseReturnValue:
    """Freeze the text and owe the invitations. A second click finds the round."""
    edition, running = inviting.edition_of(db(), slug), rounds.latest(db(), slug)
    if running and not running.cancelled_at:
        return to_round(running.id)
    form = OpeningForm()
    try:
        layout = "place" if form.layout.data == "place" else "state"
        terms = Terms(
            public=bool(form.public.data),
            late=bool(form.late.data),
            layout=layout,
            reminders=steps(form.reminders.data or ""),
        )
        opened = inviting.open_round(
            db(),
            slug,
            Opening(form.day(), tuple(request.form.getlist("tags")), terms),
            actor(),
            now(),
            texts_required=not (settings().demo or settings().on_loopback),
        )
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return page(edition, form, strangers), 409 if strangers else 422
    flash(_("Das Verfahren ist eröffnet. Die Einladungen werden jetzt versandt."))
    return to_round(opened.id)


def page(edition: Edition, form: OpeningForm, strangers: list[Refusal] | None = None) -> str:
    asked = inviting.asked_members(db(), ())
    tags = Counter(tag for member in asked for tag in member.tags)
    return render_template(
        "office/open.html",
        edition=edition,
        form=form,
        strangers=strangers or [],
        chosen=request.form.getlist("tags"),
        members=len(asked),
        tags=sorted(tags.items(), key=lambda pair: sort_key(pair[0])),
    )
