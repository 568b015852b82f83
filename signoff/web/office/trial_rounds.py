"""The page of the running trial round: starting it, its ways in, its clock and its end."""

from contextlib import closing
from datetime import datetime, timedelta

from flask import Flask, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlite_utils import Database
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store, trial_rounds
from signoff.domain.rounds import Round
from signoff.i18n.formatting import format_moment
from signoff.store.connection import connect
from signoff.tokens import TokenPurpose, TokenSigner
from signoff.trial_rounds import TrialRound
from signoff.web import errors
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.login import User, current_account, current_actor, load_user
from signoff.web.office.access import SAFE_METHODS, blueprint, editor_required
from signoff.web.office.opening import OpeningDraft

# The pages of the office about its trial round.


@blueprint.get("/papers/<slug>/trial-round")
@editor_required
def show_trial_round_form(slug: str) -> ResponseReturnValue:
    """Explain what a trial round is, before one is started."""
    if trial_rounds.find(settings()):
        return redirect(url_for("office.show_trial_round"), 303)
    return render_template(
        "office/trial_rounds/start.html",
        edition=actions.papers.get_latest_edition(db(), slug),
        account=current_account(),
        sends=bool(settings().smtp_url),
    )


@blueprint.post("/papers/<slug>/trial-round")
def start_trial_round(slug: str) -> WerkzeugResponse:
    """Start it on the terms of the opening form, or on the usual ones, unless one is running."""
    edition = actions.papers.get_latest_edition(db(), slug)
    if trial_rounds.find(settings()):
        flash(
            _(
                "Es läuft schon ein Probeverfahren. Ein neues können Sie beginnen, wenn es gelöscht ist."
            )
        )
        return redirect(url_for("office.show_trial_round"), 303)
    opening = OpeningDraft(edition, MultiDict(request.form)).build_opening()
    trial_rounds.start(
        settings(), db(), edition, opening, current_account(), current_actor(), now()
    )
    return redirect(url_for("office.show_trial_round"), 303)


@blueprint.get("/trial-round")
@editor_required
def show_trial_round() -> ResponseReturnValue:
    trial = trial_rounds.find(settings())
    if trial is None:
        return redirect(url_for("office.show_dashboard"), 303)
    signer = TokenSigner(trial.settings.keys.links)
    with closing(connect(trial.settings.database)) as trial_db:
        round, moment = get_round_and_moment(trial, trial_db)
        statuses = store.round_status.load(trial_db, round).invitations
        links = store.rounds.list_links_of_round(trial_db, round.id)
        edition = store.papers.get_edition(trial_db, round.edition_id)
        targets = list_clock_targets(trial_db, round, moment)
    tokens = {
        link.invitation_id: signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)
        for link in links
    }
    return render_template(
        "office/trial_rounds/show.html",
        trial=trial,
        edition=edition,
        round=round,
        moment=moment,
        targets=targets,
        links=[(status, tokens[status.invitation.id]) for status in statuses],
        mails=len(list(trial.settings.outbox.glob("*.eml"))),
        is_starter=trial.facts.account_id == current_account().id,
        sends=bool(settings().smtp_url),
    )


def get_round_and_moment(trial: TrialRound, trial_db: Database) -> tuple[Round, datetime]:
    """The round, and what time it is in it."""
    round = store.rounds.find_by_slug(trial_db, trial.facts.slug)
    if round is None:
        raise NotFound
    return round, trial_rounds.get_moment(trial.facts, now())


def list_clock_targets(trial_db: Database, round: Round, moment: datetime) -> dict[str, datetime]:
    """The moments to which the clock can be put forward, by their names."""
    targets = {"day": moment + timedelta(days=1), "week": moment + timedelta(days=7)}
    if planned := actions.reminders.list_planned(trial_db, services().calendar, round.id, moment):
        targets["reminder"] = planned[0].at
    if round.deadline and round.is_open(moment):
        targets["deadline"] = round.deadline
    return targets


@blueprint.post("/trial-round/clock")
def put_trial_round_forward() -> WerkzeugResponse:
    trial = trial_rounds.find(settings())
    if trial is None:
        return redirect(url_for("office.show_dashboard"), 303)
    with closing(connect(trial.settings.database)) as trial_db:
        targets = list_clock_targets(trial_db, *get_round_and_moment(trial, trial_db))
    if target := targets.get(request.form.get("to", "")):
        trial_rounds.put_clock_forward(trial, target, now())
        flash(
            _(
                "Im Probeverfahren ist jetzt %(moment)s.",
                moment=format_moment(target, g.association.zone, current_language()),
            )
        )
    return redirect(url_for("office.show_trial_round"), 303)


@blueprint.post("/trial-round/delete")
def delete_trial_round() -> WerkzeugResponse:
    """Delete it; a second request changes nothing."""
    if trial := trial_rounds.find(settings()):
        trial_rounds.end(settings(), trial, db(), current_actor(), now())
        flash(
            _("Das Probeverfahren ist gelöscht. Im Verlauf steht nur, dass es stattgefunden hat.")
        )
    return redirect(url_for("office.show_dashboard"), 303)


# The pages of the trial round itself: its own application, behind the login of the office.

OPEN_BLUEPRINTS = ("invitation",)  # who holds a link needs no login
OPEN_ENDPOINTS = (
    "static",
    "public.logo_png",
    "public.picture",
    "public.imprint",
    "public.privacy",
    "public.accessibility",
)


def restrict_to_starter(app: Flask, office: Flask, trial: TrialRound) -> None:
    """Let nobody but the person who started it see the pages of the trial round ``app``, apart
    from those of a link. The login is that of ``office``, the application of the instance.
    """

    def load_starter(session_id: str) -> User | None:
        with office.app_context():
            user = load_user(session_id)
        # The database of the trial round has the account of the starter alone.
        account = store.accounts.find(db(), user.account.id) if user else None
        return User(session_id, account) if account else None

    app.login_manager.user_loader(load_starter)  # type: ignore[attr-defined]

    @app.before_request
    def check_starter() -> ResponseReturnValue | None:
        is_open = request.blueprint in OPEN_BLUEPRINTS or request.endpoint in OPEN_ENDPOINTS
        if request.endpoint is None or is_open:
            return None
        if "trial_round" in request.endpoint or request.blueprint == "login":
            raise NotFound
        if current_user.is_authenticated:
            return None
        if request.method not in SAFE_METHODS:
            return errors.render_error(403)
        return redirect(f"/login?next={trial.root}{request.path}", 303)

    @app.after_request
    def keep_private(response: Response) -> Response:
        """No cache in between may keep what is public in other instances."""
        if request.endpoint != "static" and response.cache_control.public:
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.context_processor
    def inject_trial_round() -> dict[str, object]:
        return {"trial_round": trial}
