"""The one loader behind every address under /s/, GET and POST alike, and the one page of every dead link."""

from datetime import datetime, timedelta

from flask import Blueprint, Response, g, render_template, request
from flask_wtf import FlaskForm

from signoff import store
from signoff.domain.answers import may_answer, may_withdraw
from signoff.store.access import Door
from signoff.tokens import Door as LinkKind
from signoff.web.context import db, now, settings, tools

blueprint = Blueprint("sign", __name__, url_prefix="/s")


# With "no-store" the browser's back button finds no page that came of a POST, and asks to send the form again instead:
# what was typed would be lost (docs/decisions). Nobody else may keep these pages, and a fresh one is asked for first.
FORMS = ("answer", "pass-on", "withdraw", "correction", "sitting", "objection", "end")
KEPT = "private, no-cache"
NOT_FOUND = 404


@blueprint.url_value_preprocessor
def find(endpoint: str | None, values: dict[str, object] | None) -> None:
    g.token = str(values["token"]) if values and "token" in values else None


@blueprint.before_request
def open_door() -> tuple[str, int] | None:
    if g.token is None:
        return None
    read = tools().links.read(LinkKind.INVITATION, g.token)
    door = store.access.find(
        db(), *(read or ("", 0))
    )  # looks even for a token that is none, so that it takes as long
    if door is None or dead(door, now()):
        return unknown(g.token)
    g.door = door
    g.language = door.link.language or door.member.language
    return None


@blueprint.after_request
def keep_for_going_back(response: Response) -> Response:
    if request.path.rpartition("/")[2] in FORMS and response.status_code != NOT_FOUND:
        response.headers["Cache-Control"] = KEPT
    return response


def here() -> Door:
    """The door this request came through."""
    door: Door = g.door
    return door


def dead(door: Door, at: datetime) -> bool:
    """Whether the link opens nothing any more: so many days after the release, or after late signing."""
    dies_at = door.round.links_die_at(timedelta(days=settings().link_days))
    return dies_at is not None and at > dies_at


def takes_answer(door: Door) -> bool:
    """Whether this door's answer is taken now: until the deadline, or late."""
    return door.link.may_answer and may_answer(door.round, door.version, door.verdict, now())


def takes_withdrawal(door: Door) -> bool:
    """Whether this door's answer, if there is one, can be taken back now."""
    taken = door.round.is_open(now()) or may_withdraw(door.round, door.version, now())
    return door.link.may_answer and taken


def unknown(token: str) -> tuple[str, int]:
    """Unknown, truncated, altered, ended, superseded: the same words for all."""
    return render_template(
        "sign/unknown.html", token=token, form=FlaskForm(), asked=request.method
    ), 404
