"""The representative's further pages: passing on, the links there are, putting right, a sitting moved, objecting."""

from collections.abc import Callable
from dataclasses import replace

from flask import render_template
from werkzeug.datastructures import MultiDict

from signoff.domain.answer_forms import MAX_OPEN_DELEGATIONS, build_delegation_tree
from signoff.domain.answers import AnswerVersion, Objection
from signoff.domain.errors import Reason, Refusal
from signoff.store.access import InvitationAccess
from signoff.web.forms import BaseForm
from signoff.web.invitation import forms
from signoff.web.invitation.forms import WithdrawForm
from tests.gallery.values import (
    LINK,
    LONG,
    LONG_NAME,
    LONG_TITLE,
    MEMBER,
    NOW,
    OTHER,
    PENDING,
    SIGNED,
    TOKEN,
    Scene,
    door,
    scene,
    version,
)

WRONG_NAME = Refusal(Reason.NOT_THE_NAME, "confirm", name=MEMBER.name)
HERS = replace(
    LINK, id=3, name="Leitung Ordnungsamt", unit="Ordnungsamt", email="amt@musterhausen.example"
)
HERS = replace(HERS, delegated_by=LINK.id)
DEEP = replace(
    HERS,
    id=4,
    name=f"Leitung {LONG_NAME}",
    unit=LONG_TITLE,
    email=f"{'sehr-' * 9}lang@rathaus.example",
)
CHAIN = (
    LINK,
    OTHER,
    HERS,
    replace(DEEP, delegated_by=3),
    replace(DEEP, id=5, delegated_by=4, ended_at=NOW),
)


def sheet(
    template: str,
    kind: type[BaseForm],
    typed: dict[str, str],
    refused=(),
    access: InvitationAccess | None = None,
    **other,
):
    form = kind(MultiDict(typed))
    form.add_errors(*refused)
    context = {"token": TOKEN, "now": NOW, "access": access or door(), "form_key": "key", **other}
    return render_template(f"invitation/{template}.html", form=form, **context)


def empty_and_wrong(
    name: str,
    template: str,
    kind: type[BaseForm],
    missing: tuple[str, ...],
    counts: AnswerVersion | None,
    **other,
) -> None:
    """Two scenes: as it is opened, and as it comes back with each of its errors and a long name."""

    def page(member, refused) -> Scene:
        return lambda: sheet(template, kind, {}, refused, door(counts, member=member), **other)

    refused = [Refusal(Reason.MISSING, field) for field in missing] + [WRONG_NAME]
    for called, made in ((name, page(MEMBER, ())), (f"{name}-wrong", page(LONG, refused))):
        made.__name__ = called
        scene(made)


SHEETS: tuple[
    tuple[str, str, type[BaseForm], tuple[str, ...], AnswerVersion | None, dict[str, object]], ...
] = (
    (
        "pass-on",
        "delegation",
        forms.ColleagueForm,
        ("name", "unit", "email"),
        None,
        {"limit": MAX_OPEN_DELEGATIONS},
    ),
    ("end-link", "end_link", WithdrawForm, (), None, {"link": HERS}),
    (
        "correction",
        "correction",
        forms.CorrectionForm,
        ("official_name", "function"),
        version(SIGNED),
        {},
    ),
    ("sitting", "meeting", forms.MeetingForm, ("expected_on",), version(PENDING), {}),
    ("objection", "objection", forms.ObjectionForm, (), version(SIGNED), {"objection": None}),
)
for name, template, kind, missing, counts, other in SHEETS:
    empty_and_wrong(name, template, kind, missing, counts, **other)


def with_links(to=None, access: InvitationAccess | None = None) -> Callable[[], str]:
    context = {
        "token": TOKEN,
        "now": NOW,
        "nodes": build_delegation_tree(CHAIN),
        "endable": {3, 4},
        "new_link": to,
    }
    return lambda: render_template("invitation/links.html", access=access or door(), **context)


@scene
def links() -> str:
    return with_links()()


@scene
def links_passed_on() -> str:
    return with_links(HERS)()


@scene
def objection_told() -> str:
    objection = Objection(1, 1, 1, 1, "", NOW)
    return sheet(
        "objection", forms.ObjectionForm, {}, access=door(version(SIGNED)), objection=objection
    )


@scene
def code() -> str:
    return sheet("code", forms.ShortCodeForm, {})


@scene
def code_wrong() -> str:
    return sheet(
        "code", forms.ShortCodeForm, {"code": "ACDF 2347"}, [Refusal(Reason.UNKNOWN_CODE, "code")]
    )
