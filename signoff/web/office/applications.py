"""Applications of bodies that were not asked: the list of a round, and the decision."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.applications import (
    LIMIT_PERIOD,
    MAX_PER_DAY,
    AcceptanceForm,
    Application,
    list_doubts,
)
from signoff.domain.approvals import PublicAct
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.members import GERMANY, find_place
from signoff.web.context import db, now
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    get_round_or_404,
    get_round_summary_or_404,
)
from signoff.web.office.approvals import find_pending, list_pending_ids, submit
from signoff.web.office.reauth import require_reauth


class DecisionForm(BaseForm):
    """Accept with what the member list needs, or refuse with a reason; nothing is preselected."""

    accepted = RadioField(
        choices=[
            SelectChoice("yes", _l("Antrag annehmen und einladen")),
            SelectChoice("no", _l("Antrag ablehnen")),
        ],
        validate_choice=False,
    )
    name = StringField()
    key = StringField()
    country = StringField()
    reason = TextAreaField(_l("Begründung für den Antragsteller"))


@blueprint.get("/rounds/<int:id>/applications")
def list_applications(id: int) -> str:
    summary = get_round_summary_or_404(id)
    return render_template(
        "office/applications/list.html",
        summary=summary,
        applications=store.applications.list_confirmed(db(), id),
        waiting=list_pending_ids(PublicAct.APPLICATION),
        is_limited=store.applications.count_mails(db(), id, now() - LIMIT_PERIOD) >= MAX_PER_DAY,
    )


@blueprint.get("/applications/<int:id>")
def show_application(id: int) -> str:
    application = get_application_or_404(id)
    form = DecisionForm(None, name=find_place(application.official_name), country=GERMANY)
    return render_application(application, form)


@blueprint.post("/applications/<int:id>")
def decide_application(id: int) -> ResponseReturnValue:
    """Accept or refuse. Accepting reaches a stranger with a say, therefore it asks for the
    password again, and where four eyes are required for a second person.
    """
    application, form = get_application_or_404(id), DecisionForm()
    try:
        if form.accepted.data not in ("yes", "no"):
            raise Refusal(Reason.NOT_CHOSEN, "accepted")
        if form.accepted.data == "no":
            reason = form.reason.data or ""
            actions.applications.refuse(db(), id, reason, current_actor(), now())
            flash(_("Der Antrag ist abgelehnt. Der Antragsteller erhält eine E-Mail."))
        else:
            key, name, country = AcceptanceForm(request.form.to_dict()).parse()
            if page := require_reauth():
                return page
            submit(
                f"application/{id}",
                {"key": key, "name": name, "country": country},
                lambda: actions.applications.accept(
                    db(), id, key, name, country, current_actor(), now()
                ),
            )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_application(application, form), form.error_status
    return redirect(url_for("office.list_applications", id=application.round_id), 303)


def render_application(application: Application, form: DecisionForm) -> str:
    doubts = list_doubts(
        application,
        store.members.list_all(db()),
        store.members.list_all_representatives(db()),
        store.applications.list_confirmed(db(), application.round_id),
    )
    round = get_round_or_404(application.round_id)
    return render_template(
        "office/applications/show.html",
        summary=store.dashboard.load_round_summary(db(), round),
        application=application,
        doubts=doubts,
        form=form,
        pending=find_pending(PublicAct.APPLICATION, f"application/{application.id}"),
    )


def get_application_or_404(id: int) -> Application:
    """A confirmed application; before that, nobody sees it."""
    application = store.applications.find(db(), id)
    if application is None or application.confirmed_at is None:
        raise NotFound
    return application
