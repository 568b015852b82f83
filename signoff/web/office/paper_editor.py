"""A new paper, and the text of one that no round has frozen. What was typed stays, whatever is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.papers import PAPER_KINDS, Edition, PaperForm, Text, slugify
from signoff.i18n import errors
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.importers.diff import compare_texts, group_changes
from signoff.importers.errors import FileReason, FileRefused
from signoff.importers.markdown import write_markdown
from signoff.importers.papers import (
    ImportedText,
    build_outline,
    read_editor_source,
    read_for_editor,
)
from signoff.web.context import current_date, current_language, db, list_language_choices, now
from signoff.web.invitation.forms import StepForm, field_label, format_input_date
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.papers import get_edition_or_404, get_editions_or_404

# The form of a paper. What is right is decided in ``signoff.domain.paper_form``; here it is typed and shown.

# In the order of the page.
PAPER_FIELDS = (
    *(
        "title",
        "subtitle",
        "kind",
        "language",
        "adopted_by",
        "assembly",
        "adopted_on",
        "adopted_at",
    ),
    *("vote", "contact", "text"),
)


class EditPaperForm(StepForm):
    """Everything said about a paper, and its text."""

    step = "paper"
    upload = FileField(field_label("upload"))
    text = TextAreaField(field_label("text"))
    title = StringField(_l("Titel des Papiers"))
    subtitle = StringField(field_label("subtitle"))
    kind = SelectField(
        _l("Art des Papiers"),
        choices=[SelectChoice(kind, kind) for kind in PAPER_KINDS],
        validate_choice=False,
    )
    language = SelectField(
        _l("Sprache des Papiers"), choices=list_language_choices, validate_choice=False
    )
    adopted_by = StringField(field_label("adopted_by"))
    assembly = StringField(field_label("assembly"))
    adopted_on = StringField(field_label("adopted_on"))
    adopted_at = StringField(field_label("adopted_at"))
    vote = StringField(field_label("vote"))
    contact = StringField(field_label("contact"))
    slug = StringField(field_label("slug"))


def get_field_labels() -> dict[str, str]:
    """What the fields are called on the page."""
    return {
        name: str(field.label.text) for name, field in EditPaperForm(formdata=None)._fields.items()
    }


def diff_fields(before: dict[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The fields beside the text that say something else: name, before, after."""
    asked = (name for name in PAPER_FIELDS if name != "text")
    return [
        (name, before[name], after.get(name, ""))
        for name in asked
        if before[name] != after.get(name, "").strip()
    ]


def get_source(edition: Edition) -> str:
    """What the editor begins with: the Markdown that was typed, or what comes of the text."""
    return edition.source or write_markdown(edition.text.html)


def build_form_values(text: Text, source: str) -> dict[str, str]:
    """The fields as they would have to be typed to give ``text`` again."""
    plain = {
        name: str(getattr(text, name))
        for name in PAPER_FIELDS
        if name not in ("adopted_on", "text")
    }
    return {**plain, "adopted_on": format_input_date(text.adopted_on), "text": source}


PREVIEW_ACTION, UPLOAD_ACTION = "preview", "upload"


@dataclass
class PaperEditor:
    """One form as it was sent, and what is to be said about it."""

    fields: dict[str, str]
    edition: Edition | None = None  # none: a new paper
    preview: ImportedText | None = None
    taken: bool = False  # the text has just come from a file
    conflict: Edition | None = None  # what somebody else has saved meanwhile

    def __post_init__(self) -> None:
        self.fields["text"] = self.fields.get("text", "").replace("\r\n", "\n")
        self.form = EditPaperForm(formdata=MultiDict(self.fields))
        self.refused: list[Refusal] = []

    @property
    def source(self) -> str:
        return self.fields["text"]

    def take_file(self) -> None:
        """The text of the file that was chosen, in place of what stands in the editor."""
        sent = request.files["upload"]
        title = self.fields.get("title", "")
        try:
            found = read_for_editor(sent.filename or "", sent.read(), title)
        except FileRefused as refused:
            self.say(self.form.upload, refused)
            return
        self.fields["text"] = self.form.text.data = found.source
        if not title.strip():
            self.fields["title"] = self.form.title.data = extract_title(found.source)
        self.preview, self.taken = (
            ImportedText(read_editor_source(found.source, "").html, found.warnings),
            True,
        )

    def read(self) -> ImportedText | None:
        """What is typed; ``None`` where it cannot be printed and read aloud, which is said at the field."""
        if not self.source.strip():
            self.form.text.errors = [_("Bitte schreiben Sie den Text oder wählen Sie eine Datei.")]
            return None
        try:
            return read_editor_source(self.source, self.fields.get("title", ""))
        except FileRefused as refused:
            self.say(self.form.text, refused)
            return None

    def say(self, field: object, refused: FileRefused) -> None:
        gettext = get_catalogue(current_language()).gettext
        field.errors = [  # type: ignore[attr-defined]
            _("Der Text ist leer.")
            if problem.reason is FileReason.EMPTY
            else errors.describe_import_problem(problem, gettext)
            for problem in refused.problems
        ]

    def paper(self) -> Text | None:
        """The text with everything said about it; ``None`` where something is wrong, which is said at its field."""
        text = self.read()
        found = self.about(text.html if text else "")
        return found if text else None

    def about(self, html: str) -> Text | None:
        kinds = (*PAPER_KINDS, self.edition.text.kind) if self.edition else PAPER_KINDS
        try:
            return PaperForm(self.fields).paper(html, current_date(), LANGUAGES, kinds)
        except Refusals as refused:
            self.refused += self.form.attach(refused.each, current_language())
            return None

    def page(self, status: int = 200) -> tuple[str, int]:
        if self.edition and (kind := self.edition.text.kind) not in PAPER_KINDS:
            self.form.kind.choices = [*self.form.kind.choices, SelectChoice(kind, kind)]
        mine = self.preview.html if self.preview else ""
        page = render_template(
            "office/papers/edit.html",
            editor=self,
            form=self.form,
            edition=self.edition,
            strangers=self.refused,
            warnings=describe_warnings(self.preview),
            runs=group_changes(compare_texts(self.conflict.text.html, mine))
            if self.conflict and mine
            else (),
            said=diff_fields(build_form_values(self.conflict.text, ""), self.fields)
            if self.conflict
            else (),
            labels=get_field_labels(),
        )
        return page, status


@blueprint.get("/papers/new")
@editor_required
def new_paper() -> ResponseReturnValue:
    return PaperEditor({"kind": "Positionspapier", "language": g.association.language}).page()


@blueprint.post("/papers/new")
@editor_required
def add_paper() -> ResponseReturnValue:
    editor = PaperEditor(request.form.to_dict())
    text = handle_submission(editor)
    if not isinstance(text, Text):
        return text
    slug = editor.fields.get("slug", "").strip() or slugify(text.title)
    try:
        if not slug:
            raise Refusal(Reason.MISSING, "slug")
        actions.papers.add_paper(db(), slug, text, current_actor(), now(), editor.source)
    except Refusal as refusal:
        return render_refusal(editor, refusal)
    actions.papers.enqueue_trial_print(db(), slug, 1, current_actor(), now())
    flash(_("Das Papier ist aufgenommen. Der Probedruck wird gefertigt."))
    return redirect_to_paper(slug)


@blueprint.get("/papers/<slug>/edit")
@editor_required
def edit_paper(slug: str) -> ResponseReturnValue:
    edition = get_editions_or_404(slug)[0]
    if store.papers.is_frozen(db(), edition.id):
        raise Refusal(Reason.TEXT_FROZEN)
    fields = {
        **build_form_values(edition.text, get_source(edition)),
        "version": str(edition.version),
    }
    editor = PaperEditor(fields, edition)
    editor.preview = editor.read()
    return editor.page()


@blueprint.post("/papers/<slug>/edit")
@editor_required
def save_paper(slug: str) -> ResponseReturnValue:
    """Keep the newest edition's text. Who saves second is told, sees both, and may save again."""
    editor = PaperEditor(request.form.to_dict())
    number, version = editor.fields.get("number", ""), editor.fields.get("version", "")
    editor.edition = edition = get_edition_or_404(
        slug, int(number[:6]) if number.isdecimal() else 0
    )
    text = handle_submission(editor)
    if not isinstance(text, Text):
        return text
    if editor.source == get_source(edition) and not edition.source:
        text = replace(
            text, html=edition.text.html
        )  # nothing was written: what came from the file stays as it is
    try:
        told = int(version[:9]) if version.isdecimal() else 0
        actions.papers.revise(
            db(),
            slug,
            edition.number,
            text,
            current_actor(),
            now(),
            source=editor.source,
            expected_version=told,
        )
    except Refusal as refusal:
        if refusal.reason is Reason.STALE:
            editor.conflict = edition
            editor.fields["version"] = str(edition.version)
        return render_refusal(editor, refusal)
    actions.papers.enqueue_trial_print(db(), slug, edition.number, current_actor(), now())
    flash(_("Gespeichert. Der Probedruck wird gefertigt."))
    return redirect_to_paper(slug)


@blueprint.post("/papers/preview")
@editor_required
def preview_paper() -> ResponseReturnValue:
    """The text as it will look, for the script of the editor; nothing is kept."""
    editor = PaperEditor(request.form.to_dict())
    text = editor.read()
    return render_template(
        "office/papers/_preview.html",
        html=text.html if text else "",
        warnings=describe_warnings(text),
        errors=editor.form.text.errors,
    )


def handle_submission(editor: PaperEditor) -> Text | tuple[str, int]:
    """The text to be kept; or the page, where only a look was asked for, a file came or something is wrong."""
    deed, sent = request.args.get("deed", ""), request.files.get("upload")
    if sent and sent.filename and (deed == UPLOAD_ACTION or not editor.source.strip()):
        editor.take_file()
        if editor.form.upload.errors and deed != UPLOAD_ACTION:
            editor.about("")  # what else is wrong is named at once
        return editor.page(422 if editor.form.upload.errors else 200)
    if deed == UPLOAD_ACTION:
        editor.form.upload.errors = [_("Bitte wählen Sie zuerst eine Datei.")]
    elif sent and sent.filename and deed != PREVIEW_ACTION:
        editor.form.upload.errors = [
            _(
                "Im Feld „Text“ steht schon etwas. Soll die Datei es ersetzen, drücken Sie „Datei übernehmen“."
            )
        ]
    elif deed != PREVIEW_ACTION and (text := editor.paper()):
        return text
    editor.preview = editor.read()
    wrong = deed != PREVIEW_ACTION or editor.form.text.errors
    return editor.page(422 if wrong else 200)


def render_refusal(editor: PaperEditor, refusal: Refusal) -> tuple[str, int]:
    editor.refused += editor.form.attach([refusal], current_language())
    editor.preview = editor.read()
    return editor.page(409 if editor.refused else 422)


def extract_title(source: str) -> str:
    """The one heading above all others, with which a text from a file begins; empty where there is none."""
    html = read_editor_source(source, "").html
    highest = [heading.text for heading in build_outline(html) if heading.level == 2]
    return highest[0] if len(highest) == 1 and html.startswith("<h2") else ""


def describe_warnings(text: ImportedText | None) -> list[str]:
    gettext = get_catalogue(current_language()).gettext
    return (
        [errors.describe_import_notice(remark, gettext) for remark in text.warnings] if text else []
    )


def redirect_to_paper(slug: str) -> WerkzeugResponse:
    return redirect(url_for("office.show_paper", slug=slug), 303)
