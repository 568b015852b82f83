"""The association: name, contact details, logo and legal texts.

Every account sees them, administrators edit.
"""

from dataclasses import asdict, replace
from zoneinfo import available_timezones

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import FileField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.approvals import PublicAct, list_confirmers
from signoff.domain.association import (
    LEGAL_TEXT_KINDS,
    PLACEHOLDERS,
    AssociationForm,
    LegalText,
    list_gaps,
)
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.errors import describe_import_problem
from signoff.i18n.labels import LEGAL
from signoff.importers.errors import FileRefused
from signoff.importers.uploads import read_logo
from signoff.web.context import current_language, db, list_language_choices, now
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.approvals import find_pending, submit
from signoff.web.office.reauth import require_reauth
from signoff.web.public import fill_placeholders, render_markdown

# The forms.

MAX_TEXT_LENGTH = 100_000  # characters


def list_time_zones() -> list[SelectChoice]:
    """Those of Europe, and the one in use; the command line takes any."""
    names = {name for name in available_timezones() if name.startswith("Europe/")}
    return [SelectChoice(name, name) for name in sorted({*names, g.association.time_zone})]


class EditAssociationForm(BaseForm):
    """The association as pages, mail and PDF name it."""

    seen = HiddenField()
    name = StringField(_l("Name"))
    short_name = StringField(_l("Kurzname"))
    address = TextAreaField(_l("Anschrift"))
    contact = StringField(_l("Ansprechperson für Rückfragen (Unterschrift der E-Mails)"))
    telephone = StringField(_l("Telefon"))
    hours = StringField(_l("Sprechzeiten"))
    email = StringField(_l("E-Mail-Adresse für Antworten"))
    sender = StringField(_l("Absenderadresse"))
    responsible = StringField(_l("Verantwortliche Person"))
    licence = StringField(_l("Lizenz der Papiere und Listen"))
    time_zone = SelectField(_l("Zeitzone"), choices=list_time_zones, validate_choice=False)
    language = RadioField(
        _l("Sprache, wenn niemand eine andere wählt"),
        choices=list_language_choices,
        validate_choice=False,
    )


class LogoForm(BaseForm):
    logo = FileField()


class LegalTextForm(BaseForm):
    """A legal text in Markdown."""

    seen = HiddenField()
    markdown = TextAreaField(_l("Text (Markdown)"))

    @property
    def text(self) -> str:
        return normalize_newlines(self.markdown.data)

    @property
    def expected_text(self) -> str:
        """The text when the form was rendered."""
        return normalize_newlines(self.seen.data)

    def require_valid_text(self) -> None:
        if not self.text.strip():
            raise Refusal(Reason.MISSING, "markdown")
        length = len(self.markdown.data)
        if length > MAX_TEXT_LENGTH:
            raise Refusal(Reason.TOO_LONG, "markdown", length=length, limit=MAX_TEXT_LENGTH)


def normalize_newlines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")


@blueprint.get("/association")
def show_association() -> str:
    """The association, for administrators as a form."""
    return render_association(EditAssociationForm(data=asdict(g.association)), LogoForm())


@blueprint.post("/association")
def update_association() -> ResponseReturnValue:
    form = EditAssociationForm()
    try:
        values = AssociationForm(request.form.to_dict()).parse(LANGUAGES)
        association = replace(g.association, **values)
        actions.association.update(
            db(), association, current_actor(), now(), expected_tag=form.seen.data or ""
        )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_association(form, LogoForm()), form.error_status
    flash(_("Die Angaben sind gespeichert."))
    return redirect_to_association()


@blueprint.post("/association/logo")
def update_logo() -> ResponseReturnValue:
    """Replace or remove the logo."""
    form, upload = LogoForm(), request.files.get("logo")
    if "remove" in request.form:
        actions.association.set_logo(db(), None, current_actor(), now())
        flash(_("Das Logo ist entfernt."))
        return redirect_to_association()
    try:
        logo = read_logo(upload.read() if upload else b"")
    except FileRefused as refused:
        form.logo.errors = describe_problems(refused)
    except Refusal as refusal:
        form.add_errors(refusal)
    else:
        actions.association.set_logo(db(), logo, current_actor(), now())
        flash(
            _(
                "Das Logo ist übernommen. Es steht auf allen Seiten und auf der Titelseite des nächsten PDF."
            )
        )
        return redirect_to_association()
    return render_association(EditAssociationForm(data=asdict(g.association)), form), 422


@blueprint.post("/association/confirmation")
def set_four_eyes() -> WerkzeugResponse:
    """Set whether what becomes public needs a second person, who also confirms the way back."""
    if "second" in request.form:
        actions.approvals.set_four_eyes(db(), True, current_actor(), now())
        flash(_("Was öffentlich wird, braucht nun eine zweite Person."))
    elif g.association.four_eyes:
        submit(
            "association",
            {},
            lambda: actions.approvals.set_four_eyes(db(), False, current_actor(), now()),
        )
    return redirect_to_association()


@blueprint.get("/association/texts/<kind>/<lang>")
@admin_required
def show_legal_text(kind: str, lang: str) -> str:
    text = get_legal_text_or_404(kind, lang)
    form = LegalTextForm(data={"markdown": text.markdown, "seen": text.markdown})
    return render_legal_text(text, form)


@blueprint.post("/association/texts/<kind>/<lang>")
def save_legal_text(kind: str, lang: str) -> ResponseReturnValue:
    """Save the text, or show its preview."""
    text, form = get_legal_text_or_404(kind, lang), LegalTextForm()
    try:
        form.require_valid_text()
        preview = preview_legal_text(replace(text, markdown=form.text))
        if "preview" in request.form:
            return render_legal_text(text, form, preview)
        if page := require_reauth():
            return page
        saved = actions.association.edit_text(
            db(), kind, lang, form.text, current_actor(), now(), expected=form.expected_text
        )
    except FileRefused as refused:
        form.markdown.errors = describe_problems(refused)
        return render_legal_text(text, form), 422
    except Refusal as refusal:
        form.add_errors(refusal)
        if form.form_errors:
            form.seen.data = text.markdown
        return render_legal_text(text, form), form.error_status
    count = len(list_gaps(saved.markdown, g.association))
    if count:
        flash(
            _(
                "Gespeichert, aber noch nicht veröffentlicht. Es sind noch Lücken auszufüllen: %(count)s.",
                count=count,
            )
        )
    else:
        flash(_("Der Text ist gespeichert und steht auf der öffentlichen Seite."))
    return redirect_to_association()


def redirect_to_association() -> WerkzeugResponse:
    return redirect(url_for("office.show_association"), 303)


def get_legal_text_or_404(kind: str, lang: str) -> LegalText:
    if kind not in LEGAL_TEXT_KINDS or lang not in LANGUAGES:
        raise NotFound
    return store.association.find_legal_text(db(), kind, lang) or LegalText(kind, lang, "", None)


def preview_legal_text(text: LegalText) -> Markup:
    """The text as on the public page. Raises ``FileRefused`` if it cannot be converted."""
    return render_markdown(fill_placeholders(text), text.kind)


def describe_problems(refused: FileRefused) -> list[str]:
    gettext = get_catalogue(current_language()).gettext
    return [describe_import_problem(problem, gettext) for problem in refused.problems]


def render_association(form: EditAssociationForm, logo: LogoForm) -> str:
    saved = store.association.get(db())
    if not form.seen.data or form.form_errors:
        form.seen.data = actions.association.compute_version_tag(saved)
    saved_texts = {
        (text.kind, text.language): text for text in store.association.list_legal_texts(db())
    }
    texts = [
        saved_texts.get((kind, lang), LegalText(kind, lang, "", None))
        for kind in LEGAL_TEXT_KINDS
        for lang in LANGUAGES
    ]
    return render_template(
        "office/association/edit.html",
        form=form,
        logo=logo,
        legal_names=LEGAL,
        texts=[
            (text, len(list_gaps(text.markdown, saved)), text.is_public(saved)) for text in texts
        ],
        saved=saved,
        pending=find_pending(PublicAct.FOUR_EYES_OFF, "association"),
        confirmers=list_confirmers(store.accounts.list_all(db()), current_actor()),
    )


def render_legal_text(text: LegalText, form: LegalTextForm, preview: Markup | None = None) -> str:
    return render_template(
        "office/association/legal_text.html",
        text=text,
        legal_names=LEGAL,
        form=form,
        preview=preview,
        blanks=list_gaps(form.text, g.association),
        public=text.is_public(g.association),
        placeholders=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
    )
