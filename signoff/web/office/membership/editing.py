"""A new member, and other facts about one there is. The second of two colleagues at it is told and can merge."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff.actions import amending
from signoff.domain import member_form
from signoff.domain.member import MEMBER_FACTS, Member, spelt
from signoff.domain.merging import Overtaken
from signoff.domain.refusal import Refusal, Refusals
from signoff.store import directories
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, for_editors
from signoff.web.office.membership.forms import LANGUAGES, MemberForm, languages, opened
from signoff.web.office.membership.page import member_here, to_member


@blueprint.get("/members/new")
@for_editors
def new_member() -> str:
    return asked(None, MemberForm())


@blueprint.post("/members/new")
def add_member() -> ResponseReturnValue:
    form = MemberForm()
    try:
        id = amending.add_member(db(), typed(0), actor(), now())
    except (Refusal, Refusals) as refused:
        return asked(None, form, strangers=form.attach(each(refused), language())), 422
    flash(_("Das Mitglied ist aufgenommen. Tragen Sie nun eine Ansprechperson ein."))
    return to_member(id)


@blueprint.get("/members/<int:id>/edit")
@for_editors
def edit_member(id: int) -> str:
    here, form = member_here(id), MemberForm()
    form.show(spelt(here, MEMBER_FACTS))
    return asked(here, form, spelt(here, MEMBER_FACTS))


@blueprint.post("/members/<int:id>/edit")
def change_member(id: int) -> ResponseReturnValue:
    here, form = member_here(id), MemberForm()
    try:
        changed = typed(id, here.language)
        amending.change_member(db(), changed, opened(MEMBER_FACTS), actor(), now())
    except Overtaken as overtaken:
        form.show(overtaken.merged)
        return asked(here, form, overtaken.now, overtaken=overtaken), 409
    except (Refusal, Refusals) as refused:
        return asked(here, form, opened(MEMBER_FACTS), strangers=form.attach(each(refused), language())), 422
    flash(_("Die Angaben sind gespeichert."))
    return to_member(id)


def typed(id: int, current: str = "") -> Member:
    return member_form.MemberForm(request.form).member(id, languages(LANGUAGES, current))


def each(refused: Refusal | Refusals) -> tuple[Refusal, ...]:
    return refused.each if isinstance(refused, Refusals) else (refused,)


def asked(
    here: Member | None,
    form: MemberForm,
    before: dict[str, str] | None = None,
    *,
    strangers: list[Refusal] | None = None,
    overtaken: Overtaken | None = None,
) -> str:
    return render_template(
        "office/membership/edit.html",
        member=here,
        form=form,
        opened=before or {},
        strangers=strangers or [],
        overtaken=overtaken,
        **directories.suggestions(db()),
    )
