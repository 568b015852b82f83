"""Who runs the instance: name, ways to reach it, logo and legal texts. Everybody in the office sees it, admins edit."""

from dataclasses import asdict, replace

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.actions import founding, seconding
from signoff.domain import legal
from signoff.domain.legal import LegalText
from signoff.domain.refusal import Refusal
from signoff.intake.logo import read_logo
from signoff.intake.problem import FileRefused
from signoff.intake.text import read_text
from signoff.store import associations
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.association_forms import AssociationForm, LogoForm, TextForm
from signoff.web.office.door import blueprint, for_admins
from signoff.words.catalogue import LANGUAGES, catalogue
from signoff.words.intake import words as problem_words
from signoff.words.labels import LANGUAGE, LEGAL


@blueprint.get("/association")
def association() -> str:
    """What is known of the association; for admins as a form."""
    return page(AssociationForm(data=asdict(g.association)), LogoForm())


@blueprint.post("/association")
@for_admins
def describe() -> ResponseReturnValue:
    form = AssociationForm()
    try:
        if not form.validate():
            return page(form, LogoForm()), 422
        founding.describe(db(), replace(g.association, **form.given()), actor(), now(), seen=form.seen.data or "")
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
        founding.show_logo(db(), None, actor(), now())
        flash(_("Das Logo ist entfernt."))
        return to_association()
    try:
        found = read_logo(sent.read() if sent else b"")
    except FileRefused as refused:
        form.logo.errors = spoken(refused)
        return page(AssociationForm(data=asdict(g.association)), form), 422
    founding.show_logo(db(), found, actor(), now())
    flash(_("Das Logo ist übernommen. Es steht auf allen Seiten und auf der Titelseite der nächsten PDF."))
    return to_association()


@blueprint.post("/association/confirmation")
@for_admins
def confirmation() -> WerkzeugResponse:
    """Whether every release needs a second person."""
    wanted = "second" in request.form
    seconding.require_second(db(), wanted, actor(), now())
    flash(_("Jede Veröffentlichung braucht nun eine zweite Person.") if wanted else _("Eine Person genügt nun."))
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
        saved = founding.edit_text(db(), kind, lang, form.typed, actor(), now(), seen=form.was)
    except Refusal as refusal:
        form.seen.data = found.markdown
        return text_page(found, form, strangers=[refusal]), 409
    left = len(legal.blanks(saved.markdown))
    if left:
        flash(_("Gespeichert. Es sind noch Lücken auszufüllen: %(count)s.", count=left))
    else:
        flash(_("Der Text ist gespeichert und steht auf der öffentlichen Seite."))
    return to_association()


def to_association() -> WerkzeugResponse:
    return redirect(url_for("office.association"), 303)


def text_here(kind: str, lang: str) -> LegalText:
    """The text an address names; 404 where there is none."""
    if kind not in legal.KINDS or lang not in LANGUAGES:
        raise NotFound
    return associations.text(db(), kind, lang) or LegalText(kind, lang, "", None)


def shown(markdown: str, title: str) -> Markup:
    """The text as the public page will show it. Raises ``FileRefused`` where it cannot be shown."""
    return Markup(read_text("text.md", markdown.encode(), title).html)  # noqa: S704 (nh3 has been over it)


def spoken(refused: FileRefused) -> list[str]:
    speak = catalogue(language()).gettext
    return [problem_words(each, speak) for each in refused.problems]


def page(form: AssociationForm, logo: LogoForm, strangers: list[Refusal] | None = None) -> str:
    if not form.seen.data or strangers:
        form.seen.data = founding.state(associations.get(db()))
    known = {(text.kind, text.language): text for text in associations.texts(db())}
    texts = [known.get((kind, lang), LegalText(kind, lang, "", None)) for kind in legal.KINDS for lang in LANGUAGES]
    return render_template(
        "office/association.html",
        form=form,
        logo=logo,
        legal_names=LEGAL,
        language_names=LANGUAGE,
        texts=[(text, len(legal.blanks(text.markdown))) for text in texts],
        saved=associations.get(db()),
        strangers=strangers or [],
    )


def text_page(
    text: LegalText, form: TextForm, strangers: list[Refusal] | None = None, preview: Markup | None = None
) -> str:
    return render_template(
        "office/legal.html",
        text=text,
        legal_names=LEGAL,
        language_names=LANGUAGE,
        form=form,
        strangers=strangers or [],
        preview=preview,
        blanks=legal.blanks(form.typed),
    )
