"""One member: its people, all its rounds, and what the journal says about it; archived and back."""

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.actions import amending
from signoff.domain.journal import Line
from signoff.domain.member import Member
from signoff.domain.refusal import Refusal
from signoff.store import directories, journals, members
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint
from signoff.words import events

HISTORY = 50  # lines


@blueprint.get("/members/<int:id>")
def member(id: int) -> str:
    return show(member_here(id))


@blueprint.post("/members/<int:id>/archive")
def archive_member(id: int) -> ResponseReturnValue:
    here = member_here(id)
    try:
        amending.archive_member(db(), id, actor(), now())
    except Refusal as refusal:
        return show(here, refusal), 409
    flash(_("Das Mitglied ist archiviert und wird in neuen Verfahren nicht mehr gefragt."))
    return to_member(id)


@blueprint.post("/members/<int:id>/restore")
def restore_member(id: int) -> ResponseReturnValue:
    amending.restore_member(db(), member_here(id).id, actor(), now())
    flash(_("Das Mitglied ist wieder aufgenommen. In neuen Verfahren wird es gefragt."))
    return to_member(id)


def show(here: Member, refusal: Refusal | None = None) -> str:
    lines = journals.of_member(db(), here.id, here.key, HISTORY + 1)
    return render_template(
        "office/membership/member.html",
        member=here,
        line=directories.one(db(), here),
        archived=[each for each in members.people(db(), here.id) if each.archived_at],
        parts=directories.parts(db(), here.id),
        history=[(each, events.sentence(each, language()), more(each)) for each in lines[:HISTORY]],
        longer=len(lines) > HISTORY,
        refusal=refusal,
    )


def more(line: Line) -> str:
    return events.more(line, g.association.zone, language())


def member_here(id: int) -> Member:
    """The member an address names; 404 where there is none."""
    found = members.get(db(), id)
    if found is None:
        raise NotFound
    return found


def to_member(id: int) -> WerkzeugResponse:
    return redirect(url_for("office.member", id=id), 303)
