"""Adding a paper, and editing its text until a round freezes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.papers import PAPER_KINDS, Edition, PaperForm, Picture, Text, slugify
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
from signoff.importers.uploads import read_picture
from signoff.web.context import current_date, current_language, db, list_language_choices, now
from signoff.web.forms import BaseForm, format_input_date
from signoff.web.listing import get_int
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.papers import get_edition_or_404, get_editions_or_404

# The form. ``signoff.domain.papers`` decides what is right.

# In the order of the page.
PAPER_FIELDS = (
    "title",
    "subtitle",
    "summary",
    "kind",
    "language",
    "adopted_by",
    "assembly",
    "adopted_on",
    "adopted_at",
    "vote",
    "contact",
    "text",
)


class EditPaperForm(BaseForm):
    """The text of a paper and its metadata."""

    upload = FileField()
    text = TextAreaField()
    title = StringField(_l("Titel des Papiers"))
    subtitle = StringField()
    summary = TextAreaField()
    kind = SelectField(
        _l("Art des Papiers"),
        choices=[SelectChoice(kind, kind) for kind in PAPER_KINDS],
        validate_choice=False,
    )
    language = SelectField(
        _l("Sprache des Papiers"), choices=list_language_choices, validate_choice=False
    )
    adopted_by = StringField()
    assembly = StringField()
    adopted_on = StringField()
    adopted_at = StringField()
    vote = StringField()
    contact = StringField()
    slug = StringField()
    annexes_only = BooleanField(_l("Nur die Anlagen ändern sich"))


def get_field_labels() -> dict[str, str]:
    """The labels of the fields by their names."""
    return {field.name: str(field.label.text) for field in EditPaperForm(formdata=None)}


def diff_fields(before: dict[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Name, old and new value of every field that differs, except for the text."""
    return [
        (name, before[name], after.get(name, ""))
        for name in PAPER_FIELDS
        if name != "text" and before[name] != after.get(name, "").strip()
    ]


def get_source(edition: Edition) -> str:
    """The Markdown for the editor: as it was entered, or converted from the text."""
    return edition.source or write_markdown(edition.text.html)


def build_form_values(text: Text, source: str) -> dict[str, str]:
    names = [name for name in PAPER_FIELDS if name not in ("adopted_on", "text")]
    return {
        **{name: str(getattr(text, name)) for name in names},
        "adopted_on": format_input_date(text.adopted_on),
        "text": source,
    }


PICTURE_EXTENSIONS = (".png", ".jpg", ".jpeg")
PREVIEW_ACTION, UPLOAD_ACTION = "preview", "upload"


@dataclass
class PaperEditor:
    """The posted form, its errors and its preview."""

    fields: dict[str, str]
    edition: Edition | None = None  # ``None`` for a new paper
    preview: ImportedText | None = None
    loaded_from_file: bool = False  # the text has just been read from a file
    picture_inserted: bool = False  # at the end of the text
    starts_edition: bool = False  # ``edition`` is the model of a new one
    conflict: Edition | None = None  # the edition that someone else has saved meanwhile

    def __post_init__(self) -> None:
        self.fields["text"] = self.fields.get("text", "").replace("\r\n", "\n")
        self.form = EditPaperForm(formdata=MultiDict(self.fields))

    @property
    def source(self) -> str:
        return self.fields["text"]

    def take_upload(self) -> None:
        """Replace the text in the editor with the text of the uploaded file."""
        upload = request.files["upload"]
        filename, title = upload.filename or "", self.fields.get("title", "")
        try:
            if filename.lower().endswith(PICTURE_EXTENSIONS):
                self.insert_picture(read_picture(upload.read()))
                return
            imported = read_for_editor(filename, upload.read(), title)
        except FileRefused as refused:
            self.add_file_errors("upload", refused)
            return
        except Refusal as refusal:
            self.form.add_errors(refusal)
            return
        actions.papers.store_pictures(db(), imported.pictures, current_actor(), now())
        self.fields["text"] = self.form.text.data = imported.source
        if not title.strip():
            self.fields["title"] = self.form.title.data = extract_title(imported.source)
        html = read_editor_source(imported.source, "").html
        self.preview, self.loaded_from_file = ImportedText(html, imported.notices), True

    def insert_picture(self, picture: Picture) -> None:
        """Store the picture and show it at the end of the text, still without description."""
        actions.papers.store_pictures(db(), [picture], current_actor(), now())
        source = f"{self.source.rstrip()}\n\n![]({picture.address})\n".lstrip()
        self.fields["text"] = self.form.text.data = source
        self.preview, self.picture_inserted = self.read_text(), True

    def read_text(self) -> ImportedText | None:
        """The text in the editor; ``None``, with an error added, if it cannot be printed or read
        aloud.
        """
        if not self.source.strip():
            self.form.text.errors = [_("Bitte schreiben Sie den Text oder wählen Sie eine Datei.")]
            return None
        try:
            return read_editor_source(self.source, self.fields.get("title", ""))
        except FileRefused as refused:
            self.add_file_errors("text", refused)
            return None

    def add_file_errors(self, field: str, refused: FileRefused) -> None:
        gettext = get_catalogue(current_language()).gettext
        self.form[field].errors = [
            _("Der Text ist leer.")
            if problem.reason is FileReason.EMPTY
            else errors.describe_import_problem(problem, gettext)
            for problem in refused.problems
        ]

    def parse(self) -> Text | None:
        """Text and metadata; ``None``, with errors added, if something is wrong."""
        text = self.read_text()
        paper = self.parse_metadata(text.html if text else "")
        return paper if text else None

    def parse_metadata(self, html: str) -> Text | None:
        kinds = (*PAPER_KINDS, self.edition.text.kind) if self.edition else PAPER_KINDS
        try:
            return PaperForm(self.fields).paper(html, current_date(), LANGUAGES, kinds)
        except Refusals as refused:
            self.form.add_errors(refused)
            return None

    def render(self, status: int = 200) -> tuple[str, int]:
        if self.edition and (kind := self.edition.text.kind) not in PAPER_KINDS:
            self.form.kind.choices = [*self.form.kind.choices, SelectChoice(kind, kind)]
        html = self.preview.html if self.preview else ""
        page = render_template(
            "office/papers/edit.html",
            editor=self,
            form=self.form,
            edition=self.edition,
            warnings=describe_warnings(self.preview),
            runs=group_changes(compare_texts(self.conflict.text.html, html))
            if self.conflict and html
            else (),
            field_changes=diff_fields(build_form_values(self.conflict.text, ""), self.fields)
            if self.conflict
            else (),
            labels=get_field_labels(),
        )
        return page, status


@blueprint.get("/papers/new")
@editor_required
def new_paper() -> ResponseReturnValue:
    return PaperEditor({"kind": "Positionspapier", "language": g.association.language}).render()


@blueprint.post("/papers/new")
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
    editor.preview = editor.read_text()
    return editor.render()


@blueprint.post("/papers/<slug>/edit")
def save_paper(slug: str) -> ResponseReturnValue:
    """Save the text of the latest edition.

    After a conflict, both texts are displayed, and the form can be resubmitted.
    """
    editor = PaperEditor(request.form.to_dict())
    editor.edition = edition = get_edition_or_404(slug, get_int(request.form, "number"))
    text = handle_submission(editor)
    if not isinstance(text, Text):
        return text
    text = keep_imported_html(editor, edition, text)
    try:
        actions.papers.revise(
            db(),
            slug,
            edition.number,
            text,
            current_actor(),
            now(),
            source=editor.source,
            expected_version=get_int(request.form, "version"),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.STALE:
            editor.conflict = edition
            editor.fields["version"] = str(edition.version)
        return render_refusal(editor, refusal)
    actions.papers.enqueue_trial_print(db(), slug, edition.number, current_actor(), now())
    flash(_("Gespeichert. Der Probedruck wird gefertigt."))
    return redirect_to_paper(slug)


@blueprint.get("/papers/<slug>/editions/new")
@editor_required
def new_edition(slug: str) -> ResponseReturnValue:
    """The text of an edition, to be changed into a new one. Nothing is stored before."""
    newest = get_editions_or_404(slug)[0]
    if not store.papers.is_frozen(db(), newest.id):
        return redirect(url_for("office.edit_paper", slug=slug), 303)
    model = get_edition_or_404(slug, get_int(request.args, "edition", newest.number))
    fields = build_form_values(model.text, get_source(model))
    editor = PaperEditor(fields, model, starts_edition=True)
    editor.preview = editor.read_text()
    return editor.render()


@blueprint.post("/papers/<slug>/editions")
def add_edition(slug: str) -> ResponseReturnValue:
    """Add an edition with the changed text. If somebody else has added one meanwhile, both texts
    are displayed.
    """
    model = get_edition_or_404(slug, get_int(request.form, "number"))
    editor = PaperEditor(request.form.to_dict(), model, starts_edition=True)
    text = handle_submission(editor)
    if not isinstance(text, Text):
        return text
    try:
        edition = actions.papers.add_edition(
            db(),
            slug,
            model.number,
            keep_imported_html(editor, model, text),
            current_actor(),
            now(),
            source=editor.source,
            annexes_only=bool(editor.form.annexes_only.data),
        )
    except Refusal as refusal:
        if refusal.reason is Reason.STALE:
            editor.edition = editor.conflict = newest = get_editions_or_404(slug)[0]
            editor.fields["version"], editor.starts_edition = str(newest.version), False
        return render_refusal(editor, refusal)
    actions.papers.enqueue_trial_print(db(), slug, edition.number, current_actor(), now())
    flash(
        _(
            "Fassung %(number)s ist angelegt. Der Probedruck wird gefertigt.",
            number=edition.number,
        )
    )
    return redirect_to_paper(slug)


def keep_imported_html(editor: PaperEditor, edition: Edition, text: Text) -> Text:
    """``text`` with the HTML of the imported file if the text was not edited."""
    if editor.source == get_source(edition) and not edition.source:
        return replace(text, html=edition.text.html)
    return text


@blueprint.post("/papers/preview")
def preview_paper() -> ResponseReturnValue:
    """The rendered text, for the script of the editor; nothing is stored."""
    editor = PaperEditor(request.form.to_dict())
    text = editor.read_text()
    return render_template(
        "office/papers/_preview.html",
        html=text.html if text else "",
        warnings=describe_warnings(text),
        errors=editor.form.text.errors,
    )


def handle_submission(editor: PaperEditor) -> Text | tuple[str, int]:
    """The text to save; or the page for a preview, after an upload or with errors."""
    action, upload = request.args.get("deed", ""), request.files.get("upload")
    if upload and upload.filename and (action == UPLOAD_ACTION or not editor.source.strip()):
        editor.take_upload()
        if editor.form.upload.errors and action != UPLOAD_ACTION:
            editor.parse_metadata("")  # adds all other errors
        return editor.render(422 if editor.form.upload.errors else 200)
    if action == UPLOAD_ACTION:
        editor.form.upload.errors = [_("Bitte wählen Sie zuerst eine Datei.")]
    elif upload and upload.filename and action != PREVIEW_ACTION:
        editor.form.upload.errors = [
            _(
                "Im Feld „Text“ steht schon etwas. Wenn die Datei es ersetzen soll, drücken Sie „Datei übernehmen“."
            )
        ]
    elif action != PREVIEW_ACTION and (text := editor.parse()):
        return text
    editor.preview = editor.read_text()
    wrong = action != PREVIEW_ACTION or editor.form.text.errors
    return editor.render(422 if wrong else 200)


def render_refusal(editor: PaperEditor, refusal: Refusal) -> tuple[str, int]:
    editor.form.add_errors(refusal)
    editor.preview = editor.read_text()
    return editor.render(editor.form.error_status)


def extract_title(source: str) -> str:
    """The only top-level heading, if the text begins with it; else empty."""
    html = read_editor_source(source, "").html
    titles = [heading.text for heading in build_outline(html) if heading.level == 2]
    return titles[0] if len(titles) == 1 and html.startswith("<h2") else ""


def describe_warnings(text: ImportedText | None) -> list[str]:
    gettext = get_catalogue(current_language()).gettext
    return (
        [errors.describe_import_notice(notice, gettext) for notice in text.notices] if text else []
    )


def redirect_to_paper(slug: str) -> WerkzeugResponse:
    return redirect(url_for("office.show_paper", slug=slug), 303)
