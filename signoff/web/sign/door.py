"""The one loader behind every address under /s/, GET and POST alike, and the one page of every dead link."""

from datetime import datetime, timedelta

from flask import Blueprint, g, render_template, request
from flask_wtf import FlaskForm

from signoff.links import Door as LinkKind
from signoff.store import doors
from signoff.store.doors import Door
from signoff.web.context import db, now, tools

DIES_AFTER = timedelta(days=90)  # a link after its paper's release, product.md

blueprint = Blueprint("sign", __name__, url_prefix="/s")


@blueprint.url_value_preprocessor
def find(endpoint: str | None, values: dict[str, object] | None) -> None:
    g.token = str(values["token"]) if values and "token" in values else None


@blueprint.before_request
def open_door() -> tuple[str, int] | None:
    if g.token is None:
        return None
    read = tools().links.read(LinkKind.INVITATION, g.token)
    door = doors.find(db(), *(read or ("", 0)))  # looks even for a token that is none, so that it takes as long
    if door is None or dead(door, now()):
        return unknown(g.token)
    g.door = door
    g.language = door.link.language or door.member.language
    return None


def here() -> Door:
    """The door this request came through."""
    door: Door = g.door
    return door


def dead(door: Door, at: datetime) -> bool:
    return door.release is not None and at > door.release.released_at + DIES_AFTER


def unknown(token: str) -> tuple[str, int]:
    """Unknown, truncated, altered, ended, superseded: the same words for all."""
    return render_template("sign/unknown.html", token=token, form=FlaskForm(), asked=request.method), 404
