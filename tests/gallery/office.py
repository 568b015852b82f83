"""What the office sees, and its way in."""

from dataclasses import replace
from datetime import timedelta

from flask import render_template
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField

from signoff.domain.answer import Answer, Channel, Kind
from signoff.domain.notice import MailState
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Print, PrintKind
from signoff.domain.round import Round
from signoff.domain.staff import Role, Staff
from signoff.domain.standing import Place, Standing
from tests.gallery.cast import (
    CONTACT,
    DECLARED,
    DECLINED,
    DRAFT,
    EDITION,
    MEMBER,
    NOW,
    PENDING,
    ROUND,
    SIGNED,
    TOKEN,
    door,
    scene,
    version,
)

USER = Staff(1, "geschaeftsstelle@staedteforum.example", "Geschäftsstelle Mitte", Role.EDITOR, "", NOW)
OFFICE = {"user": USER, "now": NOW, "may_edit": True, "refusal": None}


def stood(round: Round = ROUND, decided: bool = False) -> Standing:
    names = [f"Beispielstadt {number}" for number in range(1, 14)]
    corrected = replace(SIGNED, declaration=replace(DECLARED, official_name="Große Kreisstadt Beispielstadt 2"))
    answers = [SIGNED, corrected, SIGNED, PENDING, DECLINED, Answer(Kind.NOT_COMPETENT, CONTACT)]
    places = []
    for at, name in enumerate(names):
        member = replace(MEMBER, id=at, name=name, official_name=f"Stadt {name}", state=("Bayern", "Hessen")[at % 2])
        recorded = at == 2
        channel = Channel.LETTER if recorded else Channel.LINK
        given = version(answers[at], None if recorded else 1, channel) if at < len(answers) else None
        mail = (MailState.SENT, MailState.OWED, MailState.BOUNCED, None)[at % 4]
        place = Place(door().invitation, member, given, mail=mail)
        if decided:
            place = replace(place, note_accepted=True, name_accepted=False)
        places.append(replace(place, mail_error="Adresse weist ab" if mail is MailState.BOUNCED else ""))
    return Standing.of(round, places)


def desk(standing: Standing, proof: Print | None = None) -> dict[str, object]:
    return {"edition": EDITION, "standing": standing, "proof": proof}


PROOF = replace(DRAFT, kind=PrintKind.FINAL, size=612_300, pages=11)
BROKEN = replace(PROOF, printed_at=None, failed_at=NOW, error="zu wenig Speicher")
NOFILTER = {"q": "", "answer": "", "state": "", "mail": ""}


@scene
def overview() -> str:
    ended = replace(ROUND, deadline=NOW - timedelta(days=1))
    shut = replace(ROUND, deadline=NOW - timedelta(days=3), closed_at=NOW - timedelta(days=2))
    desks = [desk(stood()), desk(stood(ended)), desk(stood(shut, True), PROOF), desk(stood(shut), BROKEN)]
    return render_template("office/overview.html", desks=desks, **OFFICE)


@scene
def overview_empty() -> str:
    return render_template("office/overview.html", desks=[], **OFFICE)


@scene
def round_open() -> str:
    standing = stood()
    given = {"places": standing.places, "filter": {**NOFILTER, "answer": "sign"}, **desk(standing)}
    return render_template("office/round.html", **given, **OFFICE)


@scene
def round_closed() -> str:
    standing = stood(replace(ROUND, deadline=NOW, closed_at=NOW))
    return render_template("office/round.html", places=[], filter=NOFILTER, **desk(standing, PROOF), **OFFICE)


@scene
def round_failed() -> str:
    standing = stood(replace(ROUND, deadline=NOW, closed_at=NOW), True)
    viewer = {**OFFICE, "may_edit": False}
    return render_template("office/round.html", places=[], filter=NOFILTER, **desk(standing, BROKEN), **viewer)


@scene
def close() -> str:
    return render_template("office/close.html", **desk(stood(replace(ROUND, deadline=NOW))), **OFFICE)


@scene
def close_early() -> str:
    given = {**OFFICE, "refusal": Refusal(Reason.ALREADY_CLOSED)}
    return render_template("office/close.html", **desk(stood()), **given)


@scene
def release() -> str:
    standing = stood(replace(ROUND, deadline=NOW, closed_at=NOW), True)
    return render_template("office/release.html", at="", **desk(standing, PROOF), **OFFICE)


@scene
def release_undecided() -> str:
    standing = stood(replace(ROUND, deadline=NOW, closed_at=NOW))
    return render_template("office/release.html", at="", **desk(standing, PROOF), **OFFICE)


class LoginForm(FlaskForm):
    email = StringField("E-Mail-Adresse")
    password = PasswordField("Passwort")


@scene
def login() -> str:
    return render_template("login/login.html", form=LoginForm(None), next="/office", refused=None)


@scene
def login_wrong() -> str:
    form = LoginForm(MultiDict({"email": "geschaeftsstelle@staedteforum.example"}))
    form.password.errors = ["E-Mail-Adresse oder Passwort stimmen nicht. Bitte prüfen Sie beides."]
    return render_template("login/login.html", form=form, next="", refused=True)


@scene
def set_up() -> str:
    return render_template("login/set_up.html", form=LoginForm(None), token=TOKEN)


@scene
def set_up_unknown() -> str:
    return render_template("login/unknown.html")
