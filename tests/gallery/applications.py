"""The pages of a body that was not asked: the form, its confirmation, and what became of it."""

from dataclasses import replace
from functools import partial

from flask import render_template
from werkzeug.datastructures import MultiDict

from signoff.domain.applications import Application
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Terms
from signoff.web.applications import ApplicantForm, ConfirmationForm
from tests.factories import EDITION, NOW, ROUND
from tests.gallery.public import OPEN
from tests.gallery.values import LATER, LONG_TITLE, SCENES

PUBLICATION = replace(OPEN, round=replace(OPEN.round, terms=Terms(public=True, applications=True)))
APPLICATION = Application(
    1,
    ROUND.id,
    LONG_TITLE,
    "Verbandsgemeinde",
    "Mecklenburg-Vorpommern",
    "buero-der-verbandsbuergermeisterin@sankt-margarethen-an-der-nordrandschnellstrasse.example",
    "Büro der Verbandsbürgermeisterin",
    "de",
    NOW,
)
FIELDS = {
    "official_name": APPLICATION.official_name,
    "kind": APPLICATION.kind,
    "state": APPLICATION.state,
    "contact_person": APPLICATION.contact,
}
CONFIRMED = replace(APPLICATION, confirmed_at=NOW)
SUGGESTIONS = {"kinds": ["Gemeinde", "Stadt"], "states": ["Bayern", "Hessen"]}


def form(*refusals: Refusal, is_open: bool = True) -> str:
    filled = ApplicantForm(MultiDict(FIELDS | {"email": "kein Postfach"}) if refusals else None)
    filled.add_errors(*refusals)
    return render_template(
        "applications/form.html",
        publication=PUBLICATION,
        is_open=is_open,
        form=filled,
        suggestions=SUGGESTIONS,
    )


def confirmation(*refusals: Refusal) -> str:
    filled = ConfirmationForm(MultiDict(FIELDS))
    filled.add_errors(*refusals)
    return render_template(
        "applications/confirmation.html",
        application=APPLICATION,
        edition=EDITION,
        form=filled,
        suggestions=SUGGESTIONS,
    )


def state(application: Application) -> str:
    return render_template("applications/state.html", application=application, edition=EDITION)


SCENES |= {
    "application": form,
    "application-wrong": lambda: form(
        Refusal(Reason.CONTACT_DATA, "official_name"),
        Refusal(Reason.NOT_AN_ADDRESS, "email", text="kein Postfach"),
    ),
    "application-ended": lambda: form(Refusal(Reason.NOT_OPEN), is_open=False),
    "application-full": lambda: form(Refusal(Reason.TOO_MANY_APPLICATIONS)),
    "application-sent": partial(render_template, "applications/sent.html", publication=PUBLICATION),
    "application-confirmation": confirmation,
    "application-confirmation-wrong": lambda: confirmation(
        Refusal(Reason.NOT_THE_NAME, "confirm", name=APPLICATION.official_name)
    ),
    "application-waiting": lambda: state(CONFIRMED),
    "application-accepted": lambda: state(CONFIRMED.accept(7, LATER)),
    "application-refused": lambda: state(
        CONFIRMED.refuse("Das Forum nimmt zurzeit\nniemanden auf.", LATER)
    ),
    "application-unknown": partial(render_template, "applications/unknown.html"),
}
