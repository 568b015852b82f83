"""Who runs the instance: name, ways to reach it, logo and legal texts. Everybody in the office sees it, admins edit."""

from dataclasses import asdict, replace
from zoneinfo import available_timezones

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import FileField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from signoff import actions, store
from signoff.domain import association
from signoff.domain.association import LegalText
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.catalogue import LANGUAGES, catalogue
from signoff.i18n.errors import describe_import_problem as problem_words
from signoff.i18n.labels import LANGUAGE, LEGAL
from signoff.importers.errors import FileRefused
from signoff.importers.members import address
from signoff.importers.papers import read_text
from signoff.importers.uploads import read_logo
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.access import blueprint, for_admins
from signoff.web.office.forms import DeedForm

# The forms about the association itself.

LONGEST_TEXT = 100_000  # characters
REQUIRED = _l("Diese Angabe fehlt.")
SPOKEN = [SelectChoice(each, _l(LANGUAGE[each])) for each in LANGUAGES]
LINE = Length(max=200, message=_l("Bitte höchstens 200 Zeichen."))


def typed(value: str | None) -> str:
    """``value`` in one line with single spaces."""
    return " ".join((value or "").split())


class AssociationForm(DeedForm):
    """What pages, mail and PDF say of the association."""

    seen = HiddenField()
    name = StringField(_l("Name"), [DataRequired(REQUIRED), LINE], [typed])
    short_name = StringField(_l("Kurzname"), [DataRequired(REQUIRED), LINE], [typed])
    address = TextAreaField(
        _l("Anschrift"), [Length(max=500, message=_l("Bitte höchstens 500 Zeichen."))]
    )
    contact = StringField(
        _l("Wer unterschreibt und ans Telefon geht"), [DataRequired(REQUIRED), LINE], [typed]
    )
    telephone = StringField(_l("Telefon"), [DataRequired(REQUIRED), LINE], [typed])
    hours = StringField(_l("Sprechzeiten"), [LINE], [typed])
    email = StringField(_l("E-Mail-Adresse für Antworten"), [DataRequired(REQUIRED), LINE], [typed])
    sender = StringField(_l("Absenderadresse"), [LINE], [typed])
    time_zone = StringField(_l("Zeitzone"), [DataRequired(REQUIRED)], [typed])
    language = RadioField(_l("Sprache, wenn niemand eine andere wählt"), choices=SPOKEN)

    def given(self) -> dict[str, str]:
        """The fields as typed; refuses what is no address or no time zone."""
        found = {
            field.name: field.data or ""
            for field in self
            if field.name not in ("seen", "csrf_token")
        }
        found["address"] = "\n".join(line.strip() for line in found["address"].strip().splitlines())
        for name in ("email", "sender"):
            if found[name] and address(found[name]) is None:
                raise Refusal(Reason.NOT_AN_ADDRESS, name, text=found[name])
        if found["time_zone"] not in available_timezones():
            raise Refusal(Reason.NOT_A_TIME_ZONE, "time_zone", text=found["time_zone"])
        return found


class LogoForm(DeedForm):
    logo = FileField(_l("Logo"))


class TextForm(DeedForm):
    """A legal text in Markdown. Browsers send line ends of their own."""

    seen = HiddenField()
    markdown = TextAreaField(
        _l("Text (Markdown)"),
        [DataRequired(REQUIRED), Length(max=LONGEST_TEXT, message=_l("Der Text ist zu lang."))],
    )

    @property
    def typed(self) -> str:
        return lines(self.markdown.data)

    @property
    def was(self) -> str:
        """The text as it was when the form was made."""
        return lines(self.seen.data)

    def validate_markdown(self, field: TextAreaField) -> None:
        if not self.typed.strip():
            field.errors = [*field.errors, gettext("Diese Angabe fehlt.")]


def lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


@blueprint.get("/association")
def show_association() -> str:
    """What is known of the association; for admins as a form."""
    return page(AssociationForm(data=asdict(g.association)), LogoForm())


@blueprint.post("/association")
@for_admins
def describe() -> ResponseReturnValue:
    form = AssociationForm()
    try:
        if not form.validate():
            return page(form, LogoForm()), 422
        actions.association.describe(
            db(), replace(g.association, **form.given()), actor(), now(), seen=form.seen.data or ""
        )
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return page(form, LogoForm(), strangers), 409 if strangers else 422
    flash(_("Die Angaben sind gespeichert."))
    return to_association()


@blueprint.post("/association/logo")
@for_admins
def logo() -> ResponseReturnValue:
    """Take a new logo, or none."""
    form, sent = LogoForm(), request.files.get("logo")
    if "remove" in request.form:
        actions.association.show_logo(db(), None, actor(), now())
        flash(_("Das Logo ist entfernt."))
        return to_association()
    try:
        found = read_logo(sent.read() if sent else b"")
    except FileRefused as refused:
        form.logo.errors = spoken(refused)
        return page(AssociationForm(data=asdict(g.association)), form), 422
    actions.association.show_logo(db(), found, actor(), now())
    flash(
        _(
            "Das Logo ist übernommen. Es steht auf allen Seiten und auf der Titelseite der nächsten PDF."
        )
    )
    return to_association()


@blueprint.post("/association/confirmation")
@for_admins
def confirmation() -> WerkzeugResponse:
    """Whether every release needs a second person."""
    wanted = "second" in request.form
    actions.releases.require_second(db(), wanted, actor(), now())
    flash(
        _("Jede Veröffentlichung braucht nun eine zweite Person.")
        if wanted
        else _("Eine Person genügt nun.")
    )
    return to_association()


@blueprint.get("/association/texts/<kind>/<lang>")
@for_admins
def legal_text(kind: str, lang: str) -> str:
    found = text_here(kind, lang)
    return text_page(found, TextForm(data={"markdown": found.markdown, "seen": found.markdown}))


@blueprint.post("/association/texts/<kind>/<lang>")
@for_admins
def edit_legal_text(kind: str, lang: str) -> ResponseReturnValue:
    """Save the text, or only show how it will look."""
    found, form = text_here(kind, lang), TextForm()
    if not form.validate():
        return text_page(found, form), 422
    try:
        preview = shown(form.typed, kind)
    except FileRefused as refused:
        form.markdown.errors = spoken(refused)
        return text_page(found, form), 422
    if "preview" in request.form:
        return text_page(found, form, preview=preview)
    try:
        saved = actions.association.edit_text(
            db(), kind, lang, form.typed, actor(), now(), seen=form.was
        )
    except Refusal as refusal:
        form.seen.data = found.markdown
        return text_page(found, form, strangers=[refusal]), 409
    left = len(association.blanks(saved.markdown))
    if left:
        flash(_("Gespeichert. Es sind noch Lücken auszufüllen: %(count)s.", count=left))
    else:
        flash(_("Der Text ist gespeichert und steht auf der öffentlichen Seite."))
    return to_association()


def to_association() -> WerkzeugResponse:
    return redirect(url_for("office.association"), 303)


def text_here(kind: str, lang: str) -> LegalText:
    """The text an address names; 404 where there is none."""
    if kind not in association.KINDS or lang not in LANGUAGES:
        raise NotFound
    return store.association.text(db(), kind, lang) or LegalText(kind, lang, "", None)


def shown(markdown: str, title: str) -> Markup:
    """The text as the public page will show it. Raises ``FileRefused`` where it cannot be shown."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)


def spoken(refused: FileRefused) -> list[str]:
    speak = catalogue(language()).gettext
    return [problem_words(each, speak) for each in refused.problems]


def page(form: AssociationForm, logo: LogoForm, strangers: list[Refusal] | None = None) -> str:
    if not form.seen.data or strangers:
        form.seen.data = actions.association.state(store.association.get(db()))
    known = {(text.kind, text.language): text for text in store.association.texts(db())}
    texts = [
        known.get((kind, lang), LegalText(kind, lang, "", None))
        for kind in association.KINDS
        for lang in LANGUAGES
    ]
    return render_template(
        "office/association.html",
        form=form,
        logo=logo,
        legal_names=LEGAL,
        language_names=LANGUAGE,
        texts=[(text, len(association.blanks(text.markdown))) for text in texts],
        saved=store.association.get(db()),
        strangers=strangers or [],
    )


def text_page(
    text: LegalText,
    form: TextForm,
    strangers: list[Refusal] | None = None,
    preview: Markup | None = None,
) -> str:
    return render_template(
        "office/legal.html",
        text=text,
        legal_names=LEGAL,
        language_names=LANGUAGE,
        form=form,
        strangers=strangers or [],
        preview=preview,
        blanks=association.blanks(form.typed),
    )
