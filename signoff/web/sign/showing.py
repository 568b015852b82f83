"""One page of a form besides the answer: what was typed, what was refused, and the key that makes it count once."""

import secrets
from collections.abc import Mapping, Sequence

from flask import g, render_template
from werkzeug.datastructures import MultiDict

from signoff.actions import answering
from signoff.domain.refusal import Reason, Refusal
from signoff.store.doors import Door
from signoff.web.context import db, language, now
from signoff.web.sign.forms import StepForm


def form_page(
    template: str,
    kind: type[StepForm],
    door: Door,
    fields: Mapping[str, str],
    refused: Sequence[Refusal] = (),
    **given: object,
) -> str:
    """``sign/<template>.html`` with a form of this kind; its POST is sent back to the same address."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, language())
    return render_template(
        f"sign/{template}.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        form_key=fields.get("form_key") or secrets.token_urlsafe(16),
        strangers=strangers,
        **given,
    )


def name_refused(door: Door, fields: Mapping[str, str]) -> list[Refusal]:
    """Why the typed name is not the municipality's; nothing where it is."""
    if door.member.is_called(fields.get("confirm", "")):
        return []
    return [Refusal(Reason.NOT_THE_NAME, "confirm", name=door.member.name)]


def overtaken(door: Door, fields: Mapping[str, str]) -> list[Refusal]:
    """That somebody has answered since this form was opened; nothing where nobody has, or for a second click."""
    seen = fields.get("answer_id")
    if not seen or door.version is None or seen == str(door.version.id):
        return []
    return [] if answering.is_known(db(), door, fields.get("form_key", "")[:64]) else [Refusal(Reason.ANSWER_CHANGED)]


def code_page(kind: type[StepForm], fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    """The page for a short code: no door stands behind it yet."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, language())
    return render_template("sign/code.html", form=form, strangers=strangers)
