"""The words of the mails to members: a list of all kinds, and a form for each in each language."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound
from wtforms import HiddenField, StringField, TextAreaField

from signoff import actions, store
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.mail import ATTACHABLE, MailAttachment, MailKind, MailText
from signoff.domain.mail_texts import (
    EDITABLE_KINDS,
    PLACEHOLDERS,
    MailCopyReader,
    MailTextReader,
)
from signoff.domain.text import decode_domains
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.labels import MAIL_ATTACHMENT
from signoff.web.context import db, now
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.mail import compose_preview, get_body_part


class MailTextForm(BaseForm):
    """Empty fields keep the shipped words."""

    seen = HiddenField()
    subject = StringField()
    greeting = StringField()
    opening = TextAreaField()
    signature = TextAreaField()


CopiesForm = type(
    "CopiesForm",
    (BaseForm,),
    {f"copy_{kind}": StringField(_l("Kopie an")) for kind in EDITABLE_KINDS},
)


@blueprint.get("/mail/texts")
@editor_required
def list_mail_texts() -> str:
    addresses: dict[str, list[str]] = {}
    for kind, email in store.mail_texts.list_copies(db()):
        addresses.setdefault(f"copy_{kind}", []).append(decode_domains(email))
    form = CopiesForm(data={name: ", ".join(emails) for name, emails in addresses.items()})
    return render_mail_texts(form, store.mail_texts.list_attachments(db()))


def render_mail_texts(form: BaseForm, chosen: list[tuple[MailKind, MailAttachment]]) -> str:
    edited = {(text.kind, text.language) for text in store.mail_texts.list_all(db())}
    return render_template(
        "office/mail/texts.html",
        kinds=EDITABLE_KINDS,
        languages=LANGUAGES,
        edited=edited,
        attachable=ATTACHABLE,
        attachments=MAIL_ATTACHMENT,
        chosen=chosen,
        form=form,
    )


@blueprint.post("/mail/attachments")
def choose_mail_attachments() -> ResponseReturnValue:
    ticked = request.form.getlist("attach")
    chosen = [
        (kind, attachment)
        for kind, attachments in ATTACHABLE.items()
        for attachment in attachments
        if f"{kind}.{attachment}" in ticked
    ]
    form = CopiesForm()
    try:
        copies = MailCopyReader(request.form).parse()
    except Refusals as refused:
        form.add_errors(refused)
        return render_mail_texts(form, chosen), form.error_status
    actions.mail_texts.choose_attachments(db(), chosen, copies, current_actor(), now())
    flash(
        _(
            "Die Anhänge und Kopien sind gespeichert. Sie gelten für alle Nachrichten, die noch nicht versandt sind."
        )
    )
    return redirect(url_for("office.list_mail_texts"), 303)


@blueprint.get("/mail/texts/<kind>/<lang>")
@editor_required
def show_mail_text(kind: str, lang: str) -> str:
    return render_mail_text(saved := get_mail_text_or_404(kind, lang), build_form(saved))


@blueprint.post("/mail/texts/<kind>/<lang>")
def save_mail_text(kind: str, lang: str) -> ResponseReturnValue:
    """Save the words, or show what they would look like."""
    saved, form = get_mail_text_or_404(kind, lang), MailTextForm()
    try:
        text = MailTextReader(request.form).parse(saved.kind, lang)
        if "preview" in request.form:
            return render_mail_text(saved, form, text)
        actions.mail_texts.save(db(), text, form.seen.data or "", current_actor(), now())
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        if form.form_errors:
            form.seen.data = actions.mail_texts.compute_version_tag(saved)
        return render_mail_text(saved, form), form.error_status
    flash(
        _("Der Text ist gespeichert. Er gilt für alle Nachrichten, die noch nicht versandt sind.")
    )
    return redirect(url_for("office.list_mail_texts"), 303)


@blueprint.post("/mail/texts/<kind>/<lang>/reset")
def reset_mail_text(kind: str, lang: str) -> ResponseReturnValue:
    """Return to the shipped words."""
    saved = get_mail_text_or_404(kind, lang)
    tag = actions.mail_texts.compute_version_tag(saved)
    actions.mail_texts.save(db(), MailText(saved.kind, lang), tag, current_actor(), now())
    flash(_("Es gilt wieder der mitgelieferte Text."))
    return redirect(url_for("office.list_mail_texts"), 303)


def get_mail_text_or_404(kind: str, lang: str) -> MailText:
    if kind not in EDITABLE_KINDS or lang not in LANGUAGES:
        raise NotFound
    return store.mail_texts.get(db(), MailKind(kind), lang)


def build_form(text: MailText) -> MailTextForm:
    return MailTextForm(
        data={
            "seen": actions.mail_texts.compute_version_tag(text),
            "subject": text.subject,
            "greeting": text.greeting,
            "opening": text.opening,
            "signature": text.signature,
        }
    )


def render_mail_text(saved: MailText, form: MailTextForm, draft: MailText | None = None) -> str:
    """The form, and below it the mail with the ``draft``, or with what is saved."""
    member = request.form.get("member", "").strip()[:200]
    message = compose_preview(saved.kind, saved.language, None, member, draft or saved)
    return render_template(
        "office/mail/text.html",
        saved=saved,
        form=form,
        placeholders=list(PLACEHOLDERS),
        member=member,
        subject=message["Subject"] if message else "",
        text=get_body_part(message, "plain") if message else "",
        is_draft=draft is not None,
    )
