"""The one loader behind every address under /s/, GET and POST alike, and the one page of every dead link."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, g, render_template, request
from flask_wtf import FlaskForm

from signoff import store
from signoff.domain.answers import may_answer, may_withdraw
from signoff.store.access import InvitationAccess
from signoff.tokens import TokenPurpose as LinkKind
from signoff.web.context import db, now, services, settings

blueprint = Blueprint("invitation", __name__, url_prefix="/s")


# With "no-store" the browser's back button finds no page that came of a POST, and asks to send the form again instead:
# what was typed would be lost (docs/decisions). Nobody else may keep these pages, and a fresh one is asked for first.
FORM_PATHS = ("answer", "pass-on", "withdraw", "correction", "sitting", "objection", "end")
FORM_CACHE_CONTROL = "private, no-cache"
NOT_FOUND = 404


@blueprint.url_value_preprocessor
def pull_token(endpoint: str | None, values: dict[str, object] | None) -> None:
    g.token = str(values["token"]) if values and "token" in values else None


@blueprint.before_request
def load_access() -> tuple[str, int] | None:
    if g.token is None:
        return None
    read = services().links.read(LinkKind.INVITATION, g.token)
    door = store.access.find(
        db(), *(read or ("", 0))
    )  # looks even for a token that is none, so that it takes as long
    if door is None or is_expired(door, now()):
        return render_unknown_link(g.token)
    g.door = door
    g.language = door.link.language or door.member.language
    return None


@blueprint.after_request
def set_form_caching(response: Response) -> Response:
    if request.path.rpartition("/")[2] in FORM_PATHS and response.status_code != NOT_FOUND:
        response.headers["Cache-Control"] = FORM_CACHE_CONTROL
    return response


def current_access() -> InvitationAccess:
    """The door this request came through."""
    door: InvitationAccess = g.door
    return door


def is_expired(door: InvitationAccess, at: datetime) -> bool:
    """Whether the link opens nothing any more: so many days after the release, or after late signing."""
    dies_at = door.round.links_die_at(timedelta(days=settings().link_lifetime_days))
    return dies_at is not None and at > dies_at


def may_answer_now(door: InvitationAccess) -> bool:
    """Whether this door's answer is taken now: until the deadline, or late."""
    return door.link.may_answer and may_answer(door.round, door.version, door.verdict, now())


def may_withdraw_now(door: InvitationAccess) -> bool:
    """Whether this door's answer, if there is one, can be taken back now."""
    taken = door.round.is_open(now()) or may_withdraw(door.round, door.version, now())
    return door.link.may_answer and taken


def render_unknown_link(token: str) -> tuple[str, int]:
    """Unknown, truncated, altered, ended, superseded: the same words for all."""
    return render_template(
        "invitation/unknown.html", token=token, form=FlaskForm(), asked=request.method
    ), 404
