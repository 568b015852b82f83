"""The pages of bodies that were not asked: the application, and its confirmation by mail."""

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound
from wtforms import StringField

from signoff import actions, store
from signoff.domain.applications import (
    Application,
    ApplicationForm,
    require_applications,
    require_confirmation,
)
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.papers import Edition
from signoff.store.dashboard import Publication
from signoff.tokens import TokenPurpose, cut_token
from signoff.web.context import current_language, db, now, services
from signoff.web.forms import BaseForm
from signoff.web.security import limiter

# Counted by network, never by what is typed. The limit of a round is MAX_PER_DAY in
# domain.applications.
LIMIT_PER_NETWORK = "10 per hour"

blueprint = Blueprint("applications", __name__)


class ApplicantForm(BaseForm):
    """An application; every field is checked by ``ApplicationForm``."""

    official_name = StringField(_l("Amtlicher Name Ihrer Kommune oder Einrichtung"))
    kind = StringField()
    state = StringField()
    contact_person = StringField()
    email = StringField(_l("E-Mail-Adresse Ihrer Kommune oder Einrichtung"))


class ConfirmationForm(ApplicantForm):
    """The application behind the link, which has settled the address."""

    messages = {
        Reason.NOT_THE_NAME: _l(
            "Das ist nicht der Name aus dem Antrag. Bitte tippen Sie „%(name)s“."
        )
    }
    last_fields = ("confirm",)
    email = None
    confirm = StringField(_l("Zur Bestätigung: Name aus dem Antrag"))


@blueprint.after_request
def forbid_storing(response: Response) -> Response:
    """The back button shows the form as it was typed, and no cache keeps it."""
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.errorhandler(CSRFError)
def show_form_again(_error: CSRFError) -> ResponseReturnValue:
    """The form as it was typed, with a fresh token. Nothing was stored: the check runs first."""
    values = request.view_args or {}
    if "slug" in values:
        form = ApplicantForm()
        form.add_errors(Refusal(Reason.FORM_STALE))
        return render_form(get_asked_or_404(values["slug"]), form), 400
    application = find_application(values["token"])
    if application is None or application.confirmed_at:
        return show_confirmation(values["token"])
    form = ConfirmationForm()
    form.add_errors(Refusal(Reason.FORM_STALE))
    return render_confirmation(application, form), 400


# Applying.


@blueprint.get("/papers/<slug>/application")
def show_form(slug: str) -> str:
    publication = get_publication_or_404(slug)
    require_applications(publication.round, now())
    return render_form(publication, ApplicantForm(None))


@blueprint.post("/papers/<slug>/application")
def apply(slug: str) -> ResponseReturnValue:
    """Store the application. Whether its address gets a mail, neither this page nor its time
    says.
    """
    publication, form = get_asked_or_404(slug), ApplicantForm()
    if "again" in request.args:  # in another language
        return render_form(publication, form)
    try:
        fields = ApplicationForm(request.form.to_dict()).parse()
        with limiter.limit(LIMIT_PER_NETWORK):
            actions.applications.apply(
                db(), publication.round.id, fields, current_language(), now()
            )
    except Refusals as refused:
        form.add_errors(refused)
        return render_form(publication, form), form.error_status
    except Refusal as refused:
        form.add_errors(refused)
        return render_form(publication, form), refused.reason.status
    except RateLimitExceeded:
        form.add_errors(Refusal(Reason.TOO_MANY_APPLICATIONS))
        return render_form(publication, form), Reason.TOO_MANY_APPLICATIONS.status
    return redirect(url_for("applications.show_sent", slug=slug), 303)


@blueprint.get("/papers/<slug>/application/sent")
def show_sent(slug: str) -> str:
    """The same page after every application; it never shows an address."""
    publication = get_publication_or_404(slug)
    return render_template("applications/sent.html", publication=publication)


def get_publication_or_404(slug: str) -> Publication:
    """The public draft, if its round was opened for applications."""
    round = store.dashboard.find_public_round(db(), slug, now())
    if round is None or not round.is_public_draft(now()) or not round.terms.applications:
        raise NotFound
    return store.dashboard.load_publication(db(), round, now())


def get_asked_or_404(slug: str) -> Publication:
    """The draft that the form was about. It may be over, but what was typed comes back."""
    round = next(iter(store.rounds.list_for_paper(db(), slug)), None)
    if round is None or not (round.opened_at and round.is_announced(now())):
        raise NotFound
    if not round.terms.applications:
        raise NotFound
    return store.dashboard.load_publication(db(), round, now())


def render_form(publication: Publication, form: ApplicantForm) -> str:
    return render_template(
        "applications/form.html",
        publication=publication,
        is_open=publication.round.is_open(now()),
        form=form,
        suggestions=store.members.list_suggestions(db()),
    )


# Confirming it with the mailed link.


@blueprint.get("/application/<token>")
def show_confirmation(token: str) -> ResponseReturnValue:
    """The application as it was typed, or what became of it."""
    application = find_application(token)
    if application is None:
        return render_template("applications/unknown.html"), 404
    if application.confirmed_at:
        return render_state(application)
    require_applications(store.rounds.get(db(), application.round_id), now())
    form = ConfirmationForm(
        None,
        official_name=application.official_name,
        kind=application.kind,
        state=application.state,
        contact_person=application.contact,
    )
    return render_confirmation(application, form)


@blueprint.post("/application/<token>")
def confirm(token: str) -> ResponseReturnValue:
    """Hand the application in. A second click finds what became of it."""
    application, form = find_application(token), ConfirmationForm()
    if application is None:
        return render_template("applications/unknown.html"), 404
    if application.confirmed_at is None and "again" in request.args:
        return render_confirmation(application, form)
    if application.confirmed_at is None:
        try:
            fields = ApplicationForm(request.form.to_dict()).parse(with_address=False)
            require_confirmation(application, form.confirm.data or "")
            actions.applications.confirm(db(), application.id, fields, now())
        except (Refusal, Refusals) as refused:
            form.add_errors(refused)
            return render_confirmation(application, form), form.error_status
    return redirect(url_for("applications.show_confirmation", token=token), 303)


def find_application(token: str) -> Application | None:
    """The application that the token of a mail names, unless nobody has confirmed it in time."""
    payload = services().token_signer.verify(TokenPurpose.APPLICATION, cut_token(token))
    if payload is None or not payload[0].isdecimal():
        return None
    application = store.applications.find(db(), int(payload[0]))
    if application is None or application.round_id != payload[1]:
        return None
    if application.is_expired(now()):
        return None
    g.language = application.language
    return application


def render_confirmation(application: Application, form: ConfirmationForm) -> str:
    return render_template(
        "applications/confirmation.html",
        application=application,
        edition=get_edition(application),
        form=form,
        suggestions=store.members.list_suggestions(db()),
    )


def render_state(application: Application) -> str:
    return render_template(
        "applications/state.html", application=application, edition=get_edition(application)
    )


def get_edition(application: Application) -> Edition:
    return store.papers.get_edition(db(), store.rounds.get(db(), application.round_id).edition_id)
