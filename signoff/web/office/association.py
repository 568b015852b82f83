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
from wtforms.validators import DataRequired, Length

from signoff import actions, store
from signoff.domain import association
from signoff.domain.association import LegalText
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.errors import describe_import_problem as problem_words
from signoff.i18n.labels import LEGAL
from signoff.importers.errors import FileRefused
from signoff.importers.members import parse_email
from signoff.importers.papers import read_text
from signoff.importers.uploads import read_logo
from signoff.web.context import current_language, db, list_language_choices, now
from signoff.web.login import current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.forms import ActionForm

# The forms about the association itself.

MAX_TEXT_LENGTH = 100_000  # characters
REQUIRED_MESSAGE = _l("Diese Angabe fehlt.")
LINE_LENGTH = Length(max=200, message=_l("Bitte höchstens 200 Zeichen."))


def collapse_whitespace(value: str | None) -> str:
    """``value`` in one line with single spaces."""
    return " ".join((value or "").split())


class AssociationForm(ActionForm):
    """What pages, mail and PDF say of the association."""

    seen = HiddenField()
    name = StringField(
        _l("Name"), [DataRequired(REQUIRED_MESSAGE), LINE_LENGTH], [collapse_whitespace]
    )
    short_name = StringField(
        _l("Kurzname"), [DataRequired(REQUIRED_MESSAGE), LINE_LENGTH], [collapse_whitespace]
    )
    address = TextAreaField(
        _l("Anschrift"), [Length(max=500, message=_l("Bitte höchstens 500 Zeichen."))]
    )
    contact = StringField(
        _l("Wer unterschreibt und ans Telefon geht"),
        [DataRequired(REQUIRED_MESSAGE), LINE_LENGTH],
        [collapse_whitespace],
    )
    telephone = StringField(
        _l("Telefon"), [DataRequired(REQUIRED_MESSAGE), LINE_LENGTH], [collapse_whitespace]
    )
    hours = StringField(_l("Sprechzeiten"), [LINE_LENGTH], [collapse_whitespace])
    email = StringField(
        _l("E-Mail-Adresse für Antworten"),
        [DataRequired(REQUIRED_MESSAGE), LINE_LENGTH],
        [collapse_whitespace],
    )
    sender = StringField(_l("Absenderadresse"), [LINE_LENGTH], [collapse_whitespace])
    time_zone = StringField(_l("Zeitzone"), [DataRequired(REQUIRED_MESSAGE)], [collapse_whitespace])
    language = RadioField(
        _l("Sprache, wenn niemand eine andere wählt"), choices=list_language_choices
    )

    def given(self) -> dict[str, str]:
        """The fields as typed; refuses what is no address or no time zone."""
        found = {
            field.name: field.data or ""
            for field in self
            if field.name not in ("seen", "csrf_token")
        }
        found["address"] = "\n".join(line.strip() for line in found["address"].strip().splitlines())
        for name in ("email", "sender"):
            if found[name] and parse_email(found[name]) is None:
                raise Refusal(Reason.NOT_AN_ADDRESS, name, text=found[name])
        if found["time_zone"] not in available_timezones():
            raise Refusal(Reason.NOT_A_TIME_ZONE, "time_zone", text=found["time_zone"])
        return found


class LogoForm(ActionForm):
    logo = FileField(_l("Logo"))


class LegalTextForm(ActionForm):
    """A legal text in Markdown. Browsers send line ends of their own."""

    seen = HiddenField()
    markdown = TextAreaField(
        _l("Text (Markdown)"),
        [
            DataRequired(REQUIRED_MESSAGE),
            Length(max=MAX_TEXT_LENGTH, message=_l("Der Text ist zu lang.")),
        ],
    )

    @property
    def typed(self) -> str:
        return normalize_newlines(self.markdown.data)

    @property
    def was(self) -> str:
        """The text as it was when the form was made."""
        return normalize_newlines(self.seen.data)

    def validate_markdown(self, field: TextAreaField) -> None:
        if not self.typed.strip():
            field.errors = [*field.errors, gettext("Diese Angabe fehlt.")]


def normalize_newlines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


@blueprint.get("/association")
def show_association() -> str:
    """What is known of the association; for admins as a form."""
    return render_association(AssociationForm(data=asdict(g.association)), LogoForm())


@blueprint.post("/association")
@admin_required
def update_association() -> ResponseReturnValue:
    form = AssociationForm()
    try:
        if not form.validate():
            return render_association(form, LogoForm()), 422
        actions.association.update(
            db(),
            replace(g.association, **form.given()),
            current_actor(),
            now(),
            expected_tag=form.seen.data or "",
        )
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_association(form, LogoForm(), strangers), 409 if strangers else 422
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_association()


@blueprint.post("/association/logo")
@admin_required
def update_logo() -> ResponseReturnValue:
    """Take a new logo, or none."""
    form, sent = LogoForm(), request.files.get("logo")
    if "remove" in request.form:
        actions.association.set_logo(db(), None, current_actor(), now())
        flash(_("Das Logo ist entfernt."))
        return redirect_to_association()
    try:
        found = read_logo(sent.read() if sent else b"")
    except FileRefused as refused:
        form.logo.errors = describe_problems(refused)
        return render_association(AssociationForm(data=asdict(g.association)), form), 422
    actions.association.set_logo(db(), found, current_actor(), now())
    flash(
        _(
            "Das Logo ist übernommen. Es steht auf allen Seiten und auf der Titelseite der nächsten PDF."
        )
    )
    return redirect_to_association()


@blueprint.post("/association/confirmation")
@admin_required
def set_four_eyes() -> WerkzeugResponse:
    """Whether every release needs a second person."""
    wanted = "second" in request.form
    actions.releases.set_four_eyes(db(), wanted, current_actor(), now())
    flash(
        _("Jede Veröffentlichung braucht nun eine zweite Person.")
        if wanted
        else _("Eine Person genügt nun.")
    )
    return redirect_to_association()


@blueprint.get("/association/texts/<kind>/<lang>")
@admin_required
def show_legal_text(kind: str, lang: str) -> str:
    found = get_legal_text_or_404(kind, lang)
    return render_legal_text(
        found, LegalTextForm(data={"markdown": found.markdown, "seen": found.markdown})
    )


@blueprint.post("/association/texts/<kind>/<lang>")
@admin_required
def save_legal_text(kind: str, lang: str) -> ResponseReturnValue:
    """Save the text, or only show how it will look."""
    found, form = get_legal_text_or_404(kind, lang), LegalTextForm()
    if not form.validate():
        return render_legal_text(found, form), 422
    try:
        preview = preview_legal_text(form.typed, kind)
    except FileRefused as refused:
        form.markdown.errors = describe_problems(refused)
        return render_legal_text(found, form), 422
    if "preview" in request.form:
        return render_legal_text(found, form, preview=preview)
    try:
        saved = actions.association.edit_text(
            db(), kind, lang, form.typed, current_actor(), now(), expected=form.was
        )
    except Refusal as refusal:
        form.seen.data = found.markdown
        return render_legal_text(found, form, strangers=[refusal]), 409
    left = len(association.list_placeholders(saved.markdown))
    if left:
        flash(_("Gespeichert. Es sind noch Lücken auszufüllen: %(count)s.", count=left))
    else:
        flash(_("Der Text ist gespeichert und steht auf der öffentlichen Seite."))
    return redirect_to_association()


def redirect_to_association() -> WerkzeugResponse:
    return redirect(url_for("office.show_association"), 303)


def get_legal_text_or_404(kind: str, lang: str) -> LegalText:
    """The text an address names; 404 where there is none."""
    if kind not in association.LEGAL_TEXT_KINDS or lang not in LANGUAGES:
        raise NotFound
    return store.association.find_legal_text(db(), kind, lang) or LegalText(kind, lang, "", None)


def preview_legal_text(markdown: str, title: str) -> Markup:
    """The text as the public page will show it. Raises ``FileRefused`` where it cannot be shown."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)


def describe_problems(refused: FileRefused) -> list[str]:
    speak = get_catalogue(current_language()).gettext
    return [problem_words(each, speak) for each in refused.problems]


def render_association(
    form: AssociationForm, logo: LogoForm, strangers: list[Refusal] | None = None
) -> str:
    if not form.seen.data or strangers:
        form.seen.data = actions.association.compute_version_tag(store.association.get(db()))
    known = {(text.kind, text.language): text for text in store.association.list_legal_texts(db())}
    texts = [
        known.get((kind, lang), LegalText(kind, lang, "", None))
        for kind in association.LEGAL_TEXT_KINDS
        for lang in LANGUAGES
    ]
    return render_template(
        "office/association/edit.html",
        form=form,
        logo=logo,
        legal_names=LEGAL,
        texts=[(text, len(association.list_placeholders(text.markdown))) for text in texts],
        saved=store.association.get(db()),
        strangers=strangers or [],
    )


def render_legal_text(
    text: LegalText,
    form: LegalTextForm,
    strangers: list[Refusal] | None = None,
    preview: Markup | None = None,
) -> str:
    return render_template(
        "office/association/legal_text.html",
        text=text,
        legal_names=LEGAL,
        form=form,
        strangers=strangers or [],
        preview=preview,
        blanks=association.list_placeholders(form.typed),
    )
