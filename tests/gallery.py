"""Every page in its states, made of hand-written values: for looking at, by the test browser and by eye."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, abort, g, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect, FlaskForm
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import PasswordField, StringField

from signoff.domain.answer import Answer, Basis, Channel, Contact, Decision, Declaration, Kind, Signer, Version
from signoff.domain.answer_form import AnswerForm
from signoff.domain.association import Association
from signoff.domain.invitation import Invitation, Link
from signoff.domain.member import Member
from signoff.domain.moments import end_of
from signoff.domain.notice import MailState
from signoff.domain.paper import Edition, Text
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Print, PrintKind, Release
from signoff.domain.round import Round, Terms
from signoff.domain.staff import Role, Staff
from signoff.domain.standing import Place, Standing, signatory
from signoff.store.doors import Door
from signoff.store.overviews import Publication
from signoff.web import filters, headers
from signoff.web.sign import forms

ROOT = Path(__file__).parent.parent
ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 1, 21, 10, 45, tzinfo=ZONE)
TOKEN = "token"
FORUM = Association(
    "Städteforum Öffentlicher Raum e. V.",
    "Städteforum Öffentlicher Raum",
    "Musterplatz 1\n50667 Köln",
    "mitzeichnung@staedteforum.example",
    "0221 4710-128",
    "Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    "Geschäftsstelle, Mitgliederbetreuung",
)
HTML = (ROOT / "tests" / "gallery_text.html").read_text()
TEXT = Text(
    "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
    HTML,
    "",
    "Positionspapier",
    "de",
    "27. Mitgliederversammlung",
    date(2026, 11, 12),
    "Mannheim",
)
EDITION = Edition(1, 1, "leitgedanken", 1, TEXT, TEXT.digest, NOW)
ROUND = Round(1, 1, NOW - timedelta(days=59), end_of(date(2027, 2, 26), ZONE), terms=Terms(late=True))
CLOSED = replace(ROUND, closed_at=ROUND.deadline)
MEMBER = Member(1, "05513000", "Musterhausen", "Stadt Musterhausen", "Stadt", "Nordrhein-Westfalen")
LONG_NAME = "Sankt Margarethen an der Nordrandschnellstraße"
LONG_TITLE = f"Hanse- und Universitätsverbandsgemeinde {LONG_NAME} und Umgebung"
LONG = Member(2, "x", LONG_NAME, LONG_TITLE, "Stadt", "Mecklenburg-Vorpommern")
LINK = Link(1, 1, "a", 1, 1, "Stabsstelle Prävention", "praevention@musterhausen.example", "de", NOW)
OTHER = replace(LINK, id=2, name="Büro der Oberbürgermeisterin", email="ob-buero@musterhausen.example")
DECLARED = Declaration(
    "Stadt Musterhausen",
    Signer("Vorname", "Nachname", "Oberbürgermeisterin", "Dr."),
    Basis.COUNCIL,
    Decision("Rat der Stadt", date(2027, 1, 14), "24-29/1234"),
    True,
    "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel.",
)
CONTACT = Contact("Vorname Nachname", "Stabsstelle Kommunale Prävention", "praevention@musterhausen.example")
SIGNED = Answer(Kind.SIGN, CONTACT, DECLARED)
DECLINED = Answer(Kind.DECLINE, CONTACT, reason="Der Rat hat sich\nmehrheitlich dagegen ausgesprochen.")
PENDING = Answer(Kind.PENDING, CONTACT, expected_on=date(2027, 3, 18), expected_body="Hauptausschuss")
RECIPIENTS = [LINK.email, OTHER.email]
DRAFT = Print(
    id=1,
    round_id=1,
    kind=PrintKind.DRAFT,
    number=0,
    entry=2,
    owed_at=NOW,
    printed_at=NOW,
    sha256="a" * 64,
    size=214_000,
    pages=9,
)
RELEASE = Release(1, 1, 1, "b7d04e19" * 8, 612_300, 11, ROUND.deadline, NOW + timedelta(days=41))
LATER = NOW + timedelta(days=60)

Scene = Callable[[], str]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    """Hang a page into the gallery under the name of the function."""
    SCENES[function.__name__.replace("_", "-")] = function
    return function


def version(answer: Answer, link_id: int | None = 1, channel: Channel = Channel.LINK) -> Version:
    return Version(1, 1, 1, answer, NOW - timedelta(minutes=3), channel, link_id, 214)


def door(answered: Version | None = None, round: Round = ROUND, member: Member = MEMBER, **other) -> Door:
    invitation = Invitation(1, 1, member.id, "MZ-2027-0024", NOW)
    by = OTHER if answered and answered.link_id == OTHER.id else LINK if answered else None
    return replace(Door(LINK, invitation, member, round, EDITION, answered, by, DRAFT, None), **other)


def filled(form, typed: dict[str, str], refused: list[Refusal] | None = None):
    """A step with ``typed`` in it and the refusals at their fields; the other fields are carried."""
    made = form(MultiDict({name: value for name, value in typed.items() if value}))
    strangers = made.attach(refused or [], "de")
    carried = made.carried(typed)
    return {"form": made, "carried": carried, "strangers": strangers, "form_key": "key", "token": TOKEN, "now": NOW}


def step(template: str, form, typed: dict[str, str], refused=None, here: Door | None = None, **other) -> str:
    given = {"door": here or door(), **filled(form, typed, refused), **other}
    return render_template(f"sign/{template}.html", **given)


def refused(typed: dict[str, str], ask: Callable[[AnswerForm], object]) -> list[Refusal]:
    form = AnswerForm(typed, today=NOW.date())
    ask(form)
    return form.refused


@scene
def read() -> str:
    return render_template("sign/read.html", token=TOKEN, now=NOW, door=door(), signed=None)


@scene
def read_long() -> str:
    return render_template("sign/read.html", token=TOKEN, now=NOW, door=door(member=LONG), signed=24)


@scene
def read_withdrawn() -> str:
    here = door(version(Answer(Kind.WITHDRAWN)), draft=None)
    return render_template("sign/read.html", token=TOKEN, now=ROUND.deadline - timedelta(hours=1), door=here, signed=1)


@scene
def answer() -> str:
    return step("answer", forms.AnswerStep, {})


@scene
def answer_pending() -> str:
    return step("answer", forms.AnswerStep, {"answer": "pending", "expected_on": "18.03.2027"})


@scene
def answer_decline_wrong() -> str:
    typed = {"answer": "decline", "filled_in_email": "kein Zeichen"}
    return step("answer", forms.AnswerStep, typed, refused(typed, lambda form: form.other(form.kind())))


@scene
def answer_nothing() -> str:
    return step("answer", forms.AnswerStep, {}, [Refusal(Reason.MISSING, "answer")])


@scene
def answer_colleague() -> str:
    return step("answer", forms.AnswerStep, forms.typed(SIGNED), here=door(version(SIGNED, 2)))


@scene
def signer() -> str:
    typed = {"answer": "sign", "official_name": "Stadt Musterhausen"}
    return step("signer", forms.SignerStep, typed)


@scene
def signer_wrong() -> str:
    typed = {**forms.typed(SIGNED), "decision_date": "18.02.2027"}
    return step("signer", forms.SignerStep, typed, refused(typed, lambda form: form.signing()))


@scene
def signer_long() -> str:
    typed = {**forms.typed(SIGNED), "official_name": LONG.official_name, "authorised": "y"}
    return step("signer", forms.SignerStep, typed, here=door(member=LONG))


@scene
def publication() -> str:
    return step("publication", forms.PublicationStep, {"answer": "sign"})


@scene
def publication_wrong() -> str:
    typed = {**forms.typed(SIGNED), "note": "Wort " * 130, "filled_in_by": ""}
    return step("publication", forms.PublicationStep, typed, refused(typed, lambda f: (f.declaration(), f.contact())))


@scene
def publication_bare() -> str:
    bare = replace(ROUND, terms=Terms(persons=False, notes=False, basis=False))
    return step("publication", forms.PublicationStep, {"answer": "sign"}, here=door(round=bare))


def reviewed(answer: Answer, refused=None, member: Member = MEMBER) -> str:
    here = door(member=member)
    place = Place(here.invitation, member, version(answer), name_accepted=True)
    preview = signatory(place, ROUND.terms, ZONE)
    typed = {**forms.typed(answer), "authorised": "y"}
    extra = {"answer": answer, "preview": preview, "recipients": RECIPIENTS}
    return step("review", forms.ReviewStep, typed, refused, here, **extra)


@scene
def review() -> str:
    return reviewed(SIGNED)


@scene
def review_wrong() -> str:
    return reviewed(SIGNED, [Refusal(Reason.NOT_THE_NAME, "confirm", name="Musterhausen")])


@scene
def review_long() -> str:
    declared = replace(DECLARED, official_name=LONG.official_name, basis=Basis.BOTH, note="Anmerkung " * 60)
    return reviewed(replace(SIGNED, declaration=declared), member=LONG)


@scene
def review_decline() -> str:
    return reviewed(DECLINED)


@scene
def review_pending() -> str:
    return reviewed(PENDING)


def receipt_of(answered: Version, **other) -> str:
    given = {"token": TOKEN, "now": NOW, "recipients": RECIPIENTS, "checkpoint": None}
    return render_template("sign/receipt.html", door=door(answered, **other), **given)


@scene
def receipt() -> str:
    return receipt_of(version(SIGNED))


@scene
def receipt_long() -> str:
    return receipt_of(version(SIGNED), member=LONG)


@scene
def receipt_pending() -> str:
    return receipt_of(version(PENDING))


@scene
def receipt_colleague() -> str:
    return receipt_of(version(DECLINED, 2))


@scene
def receipt_recorded() -> str:
    return receipt_of(version(replace(SIGNED, filled_in=None), None, Channel.LETTER))


@scene
def withdraw() -> str:
    return step("withdraw", forms.WithdrawForm, {}, here=door(version(SIGNED)))


@scene
def withdraw_wrong() -> str:
    wrong = [Refusal(Reason.NOT_THE_NAME, "confirm", name="Musterhausen")]
    return step("withdraw", forms.WithdrawForm, {}, wrong, door(version(DECLINED)))


def closed_for(answered: Version | None, round: Round = CLOSED, **other) -> str:
    return render_template(
        "sign/closed.html", token=TOKEN, now=LATER, door=door(answered, round, **other), checkpoint=None
    )


@scene
def closed() -> str:
    return closed_for(version(SIGNED))


@scene
def closed_unanswered() -> str:
    return closed_for(None)


@scene
def closed_released() -> str:
    return closed_for(version(SIGNED), replace(CLOSED, released_at=RELEASE.released_at), release=RELEASE)


@scene
def closed_cancelled() -> str:
    return closed_for(None, replace(ROUND, cancelled_at=NOW))


@scene
def unknown() -> str:
    return render_template("sign/unknown.html", token="x" * 120)


@scene
def fresh_sent() -> str:
    return render_template("sign/fresh_sent.html")


def wrong(code: int) -> Scene:
    return lambda: render_template(f"errors/{code}.html")


for code in (400, 403, 404, 409, 410, 413, 429, 500, 503):
    SCENES[f"error-{code}"] = wrong(code)


# the public


SIGNATORIES = tuple(
    filter(
        None,
        (
            signatory(
                Place(
                    door().invitation,
                    replace(MEMBER, name=name, official_name=f"Stadt {name}", state=state, key=name),
                    version(SIGNED),
                    note_accepted=name == "Beispielstadt",
                ),
                ROUND.terms,
                ZONE,
            )  # fmt: skip
            for name, state in (
                ("Musterhausen", "Nordrhein-Westfalen"),
                ("Beispielstadt", "Bayern"),
                ("Nirgendwo", "Bayern"),
                ("Sankt Margarethen an der Nordrandschnellstraße", "Mecklenburg-Vorpommern"),
            )
        ),
    )
)
RELEASED = Publication(EDITION, replace(CLOSED, released_at=RELEASE.released_at), RELEASE, 4)
OPEN = Publication(EDITION, replace(ROUND, terms=Terms(public=True, progress="everyone")), None, 24)


@scene
def index() -> str:
    withdrawn = replace(RELEASE, withdrawn_at=LATER, withdrawn_reason="Beschluss eines Gerichts")
    listed = [RELEASED, replace(RELEASED, release=withdrawn)]
    return render_template("public/index.html", publications=listed, now=LATER)


@scene
def index_empty() -> str:
    return render_template("public/index.html", publications=[], now=NOW)


def paper_of(publication: Publication, signatories=SIGNATORIES) -> str:
    given = {"now": NOW, "signatories": signatories, "draft": DRAFT}
    return render_template("public/paper.html", publication=publication, **given)


@scene
def paper() -> str:
    return paper_of(RELEASED)


@scene
def paper_by_place() -> str:
    return paper_of(replace(RELEASED, round=replace(RELEASED.round, terms=Terms(layout="place"))))


@scene
def paper_unsigned() -> str:
    return paper_of(RELEASED, ())


@scene
def paper_draft() -> str:
    return paper_of(OPEN, ())


def verified(verdict: str | None) -> Scene:
    given = {"verdict": verdict, "sha256": RELEASE.sha256, "release": RELEASE, "edition": EDITION}
    return lambda: render_template("public/verify.html", **given)


for verdict in (None, "genuine", "unknown", "missing"):
    SCENES[f"verify-{verdict or 'form'}"] = verified(verdict)


@scene
def privacy() -> str:
    html = Markup("<h2>Wer verantwortlich ist</h2><p>Die Geschäftsstelle.</p>")
    return render_template("public/text.html", title="Datenschutz", html=html, page="privacy")


# the office


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


PLACES = {
    "sign": {
        "read": "/s/<token>",
        "answer": "/s/<token>/answer",
        "withdraw": "/s/<token>/withdraw",
        "draft": "/s/<token>/draft.pdf",
        "fresh": "/s/fresh",
    },
    "public": {
        "index": "/",
        "paper": "/papers/<slug>",
        "pdf": "/papers/<slug>/<name>.pdf",
        "draft": "/papers/<slug>/draft.pdf",
        "json": "/papers/<slug>/signatories.json",
        "csv": "/papers/<slug>/signatories.csv",
        "verify": "/verify",
        "feed": "/feed.atom",
        "imprint": "/imprint",
        "privacy": "/privacy",
        "accessibility": "/accessibility",
    },
    "login": {
        "form": "/login",
        "log_in": "/login/in",
        "log_out": "/logout",
        "set_password": "/login/set-up/<token>",
    },
    "office": {
        "overview": "/office/",
        "round": "/office/rounds/<int:round_id>",
        "close": "/office/rounds/<int:round_id>/close",
        "release": "/office/rounds/<int:round_id>/release",
        "decide": "/office/rounds/<int:round_id>/decisions",
        "proof": "/office/rounds/<int:round_id>/proof.pdf",
    },
}


def gallery() -> Flask:
    """An application that shows the scenes at ``/scene/<name>``; the doors themselves answer nothing."""
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    Babel(app, locale_selector=lambda: "de")
    CSRFProtect(app)
    filters.register(app)
    headers.register(app)

    @app.before_request
    def load() -> None:
        g.association = FORUM

    for name, rules in PLACES.items():
        blueprint = Blueprint(name, __name__)
        for endpoint, rule in rules.items():
            view = lambda **_: abort(404)  # noqa: E731
            blueprint.add_url_rule(rule, endpoint, view, methods=["GET", "POST"])
        app.register_blueprint(blueprint)

    @app.get("/scene/<name>")
    def show(name: str) -> str:
        return SCENES[name]() if name in SCENES and request else abort(404)

    return app
