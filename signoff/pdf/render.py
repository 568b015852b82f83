"""From a document to the bytes of its PDF. The same document gives the same bytes, on any day and in any process."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element

import pikepdf
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from signoff.config import static_folder, templates_folder
from signoff.domain import documents
from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.releases import LateWithdrawal, PrintKind, PriorRelease
from signoff.i18n import format
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.format import format_adoption, format_list_edition
from signoff.pdf import signatory_list, standards, weasyprint
from signoff.pdf.errors import PrintFailed, raise_on_warnings
from signoff.pdf.weasyprint import PackagedFilesFetcher

# Footnotes: in the text they stand at its end, in print at the foot of their page.

NOTE_TAG = "signoff-note"  # tagged as a note by standards.py


def move_footnotes(root: Element) -> None:
    """Moves each ``<li id="fn-…">`` of the section ``footnotes`` to where ``<sup><a href="#fn-…">`` first calls it.

    A further call of the same note stays a raised number. Notes nobody calls stay at the end.
    """
    parents = {child: parent for parent in root.iter() for child in parent}
    for section in [
        each for each in root.iter("section") if "footnotes" in each.get("class", "").split()
    ]:
        notes = {item.get("id"): item for item in section.iter("li")}
        calls = [link for link in root.iter("a") if link.get("href", "#")[1:] in notes]
        for call in calls:
            sup = parents[call]
            item = notes.pop(call.get("href", "#")[1:], None)
            if item is None:
                del call.attrib["href"]
                continue
            parents[item].remove(item)
            convert_to_note(sup, item, "".join(call.itertext()).strip())
        if not notes:
            parents[section].remove(section)


def convert_to_note(call: Element, item: Element, number: str) -> None:
    """Turns the raised number ``call`` into the note itself; the style sheet takes it to the foot."""
    tail = call.tail
    call.clear()
    call.tag, call.tail = NOTE_TAG, tail
    call.set("data-number", number)
    for piece in unwrap_paragraphs(item):
        call.append(piece)
    call.text = (item.text or "").lstrip()


def unwrap_paragraphs(item: Element) -> list[Element]:
    """The children of ``item`` with paragraphs made spans and links back to the call left out."""
    kept = []
    for child in list(item):
        if child.get("href", "").startswith("#fnref"):
            continue
        if child.tag == "p":
            child.tag, child.tail = "span", " "
            for link in [each for each in child if each.get("href", "").startswith("#fnref")]:
                child.remove(link)
        kept.append(child)
    return kept


# The HTML a print is set from.

MAX_RUNNING_HEAD_LENGTH = 84  # signs that fit on the line of the running head


def render_html(document: Document | WorkingCopy, templates: Path) -> str:
    """``document`` as one HTML page, in the edition's language where there are words for it, else in German."""
    if isinstance(document, WorkingCopy):
        return render_working_copy(document, templates)
    text = document.edition.text
    language = text.language if text.language in LANGUAGES else LANGUAGES[0]
    zone = document.association.zone
    return (
        build_jinja_environment(templates, language)
        .get_template("pdf/document.html")
        .render(
            document=document,
            association=document.association,
            edition=document.edition,
            text=text,
            body=Markup(text.html),  # noqa: S704 (sanitised when it came in)
            draft=document.kind is PrintKind.DRAFT,
            addendum=document.kind is PrintKind.ADDENDUM,
            issue=format_list_edition(document.kind, document.number, language)
            if document.kind.is_later
            else "",
            earlier=[describe_prior_release(each, document, language) for each in document.earlier],
            withdrawals=[describe_withdrawal(each, language) for each in document.withdrawals],
            mark=get_status_mark(document),
            list=signatory_list.build_signatory_list(document, language),
            language=language,
            adopted=format_adoption(text.adopted_by, text.adopted_on, text.adopted_at, language),
            deadline=describe_deadline(document, language),
            as_of=format.format_deadline(document.as_of, zone, language),
            created=format_w3c(document.as_of),
            head=shorten_text(text.title, MAX_RUNNING_HEAD_LENGTH),
        )
    )


def describe_prior_release(each: PriorRelease, document: Document, language: str) -> dict[str, str]:
    """What was released before: its name, its Stand, the digest of its file."""
    as_of = format.format_deadline(each.as_of, document.association.zone, language)
    return {
        "name": format_list_edition(each.kind, each.number, language),
        "as_of": as_of,
        "digest": each.sha256,
    }


def describe_withdrawal(each: LateWithdrawal, language: str) -> dict[str, str]:
    before, place, after = signatory_list.split_name_at_place(each.name, each.sort_name)
    late_on = format.format_day(each.late_on, language) if each.late_on else ""
    said = {"on": format.format_day(each.on, language), "late_on": late_on}
    return {"before": before, "place": place, "after": after, **said}


def get_status_mark(document: Document) -> str:
    """What stands on every page of a document that is not the released one."""
    spoken = get_catalogue(
        document.language if document.language in LANGUAGES else LANGUAGES[0]
    ).gettext
    if document.kind is PrintKind.DRAFT:
        return spoken(_("Entwurf zur Mitzeichnung"))
    return spoken(_("Vorabzug")) if document.proof else ""


def get_page_label(document: Document | WorkingCopy) -> str:
    """What programs say before the number of each page; empty for the paper itself."""
    return document.mark if isinstance(document, WorkingCopy) else get_status_mark(document)


def describe_deadline(document: Document, language: str) -> str:
    """The deadline in words."""
    if document.deadline is None:
        return get_catalogue(language).gettext(_("zur Frist, die noch festgelegt wird"))
    return format.format_deadline(document.deadline, document.association.zone, language)


def render_working_copy(copy: WorkingCopy, templates: Path) -> str:
    """A working copy in the frame of the paper: running head, page numbers, metadata."""
    language = copy.language if copy.language in LANGUAGES else LANGUAGES[0]
    facts = {
        "copy": copy,
        "body": Markup(copy.body),  # noqa: S704 (rendered by our own templates)
        "head": shorten_text(copy.title.removeprefix(f"{copy.mark}: "), 64),
    }
    return (
        build_jinja_environment(templates, language)
        .get_template("pdf/working.html")
        .render(facts, created=format_w3c(copy.created))
    )


def build_jinja_environment(templates: Path, language: str) -> Environment:
    """Jinja2 with everything escaped, nothing undefined, and the words of ``language``."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(get_catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters["blocks"] = signatory_list.split_digest
    made.filters["counted"] = lambda number: signatory_list.format_count(number, language)
    return made


def format_w3c(moment: datetime) -> str:
    """``moment`` as metadata wants it: to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shorten_text(text: str, length: int) -> str:
    """``text`` in at most ``length`` signs, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rpartition(" ")[0] + " …"


# The text arranged so that WeasyPrint tags it rightly; what cannot be arranged is refused.

HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def make_taggable(root: Element) -> None:
    """Splits links around other elements, evens out tables, and raises ``PrintFailed`` where headings skip a level."""
    check_headings(root)
    for parent in list(root.iter()):
        for link in [child for child in parent if child.tag == "a" and len(child)]:
            split_link(parent, link)
    for table in root.iter("table"):
        pad_table_rows(table)


def check_headings(root: Element) -> None:
    """A reader who hears the document walks by headings; ISO 14289-1, 7.4.2 wants no level left out."""
    headings = [each for each in root.iter() if each.tag in HEADING_TAGS]
    for upper, lower in pairwise(headings):
        if HEADING_TAGS.index(lower.tag) > HEADING_TAGS.index(upper.tag) + 1:
            raise PrintFailed(
                f"vor der Überschrift „{extract_text(lower)}“ fehlt eine Gliederungsebene"
            )


def split_link(parent: Element, link: Element) -> None:
    """``<a>see <em>this</em></a>`` becomes ``<a>see </a><em><a>this</a></em>``: each link holds text alone."""
    pieces = [copy_link(link, link.text)] if link.text else []
    for child in list(link):
        after = child.tail
        child.tail = None
        inner = copy_link(link, extract_text(child))
        child.text, child[:] = None, [inner]
        pieces.append(child)
        if after:
            pieces.append(copy_link(link, after))
    pieces[-1].tail = link.tail
    at = list(parent).index(link)
    parent[at : at + 1] = pieces


def copy_link(link: Element, text: str | None) -> Element:
    made = Element("a", link.attrib)
    made.text = text
    return made


def pad_table_rows(table: Element) -> None:
    """Fills short rows with empty cells, so that each has the columns of the longest. Tables with row spans stay."""
    rows = list(table.iter("tr"))
    if any(cell.get("rowspan", "1") != "1" for row in rows for cell in row):
        return
    widths = [sum(int(cell.get("colspan", "1")) for cell in row) for row in rows]
    for row, width in zip(rows, widths, strict=True):
        row.extend(Element("td") for _missing in range(max(widths) - width))


def extract_text(element: Element) -> str:
    return "".join(element.itertext())


PRINT_STEPS = 4
QR_FILENAME, LOGO_FILENAME = "qr.svg", "logo.png"
ProgressCallback = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """A finished PDF. ``sha256`` is over all its bytes, ``size`` counts them."""

    content: bytes
    sha256: str
    pages: int
    size: int


def print_document(
    document: Document | WorkingCopy,
    templates: Path | None = None,
    static: Path | None = None,
    progress: ProgressCallback = lambda step, steps: None,
) -> PrintedDocument:
    """``document`` as PDF/A-3a and PDF/UA-1.

    ``templates`` and ``static`` are the folders of the same names; without them those that came with the package.
    ``progress`` is told each finished step. Raises ``PrintFailed`` with words for the office: a faulty print never
    leaves this function.
    """
    templates, static = templates or templates_folder(), static or static_folder()
    drawn = build_images(document) if isinstance(document, Document) else {}
    fetcher = PackagedFilesFetcher(
        {"pdf/": templates / "pdf", "fonts/": static / weasyprint.FONT_FOLDER}, drawn
    )
    with raise_on_warnings(), weasyprint.tune_weasyprint():
        source = HTML(
            string=render_html(document, templates), url_fetcher=fetcher, base_url="signoff:"
        )
        move_footnotes(source.etree_element)
        make_taggable(source.etree_element)
        weasyprint.substitute_in_tree(source.etree_element)
        if isinstance(
            document, WorkingCopy
        ):  # holds what people typed; the paper was looked at when it came in
            weasyprint.replace_missing_characters(
                source.etree_element, static / weasyprint.FONT_FOLDER
            )
        weasyprint.check_coverage(source.etree_element, static / weasyprint.FONT_FOLDER)
        weasyprint.prepare_hyphenation(document.language)
        progress(1, PRINT_STEPS)

        layout = source.render(font_config=FontConfiguration())
        progress(2, PRINT_STEPS)

        # Written plain and without identifier: pikepdf compresses and identifies it, once, below.
        raw = layout.write_pdf(
            finisher=standards.finish_pdf,
            pdf_variant="pdf/a-3a",
            uncompressed_pdf=True,
            pdf_identifier=False,
            attachments=convert_attachments(document),
        )
        progress(3, PRINT_STEPS)

    content = finalize_pdf(raw, get_page_label(document))
    progress(4, PRINT_STEPS)
    return PrintedDocument(content, sha256(content).hexdigest(), len(layout.pages), len(content))


def build_images(document: Document) -> dict[str, bytes]:
    """What was made for this document alone, by name."""
    drawn = {QR_FILENAME: build_qr_code(document.verify_address)}
    return drawn | {LOGO_FILENAME: b64decode(document.logo)} if document.logo else drawn


def build_qr_code(address: str) -> bytes:
    """``address`` as a QR code (ISO 18004) of one vector path; it can be read with a seventh of it damaged."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=0, xmldecl=False, svgclass=None
    )
    return drawn.getvalue()


def convert_attachments(document: Document | WorkingCopy) -> list[Attachment]:
    """What the file carries; a working copy carries nothing."""
    if isinstance(document, WorkingCopy):
        return []
    return [convert_attachment(each, document.as_of) for each in document.attachments]


def convert_attachment(file: documents.Attachment, moment: datetime) -> Attachment:
    """``file`` as WeasyPrint takes it. Its moments are those of the document: the clock must not reach the bytes."""
    at = moment.astimezone(UTC)
    return Attachment(
        string=file.text,
        name=file.name,
        description=file.description,
        relationship=file.relationship,
        created=at,
        modified=at,
    )


def finalize_pdf(raw: bytes, label: str = "") -> bytes:
    """``raw`` saved anew: many small object streams instead of none, compressed, its identifier made from its content.

    ``label`` stands before each page's number where programs name the page: running heads are not read aloud, page
    labels (ISO 32000-1, 12.4.2) are. A seal's long-term validation walks object streams; in the form WeasyPrint writes
    it takes minutes.
    """
    with pikepdf.open(BytesIO(raw)) as pdf:
        if strangers := weasyprint.list_embedded_fonts(pdf) - weasyprint.ALLOWED_FONTS:
            raise PrintFailed(f"die Schrift „{sorted(strangers)[0]}“ gehört nicht zum Satz")
        if label:
            numbered = pikepdf.Dictionary(S=pikepdf.Name.D, P=f"{label} ")
            pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, numbered])
        saved = BytesIO()
        pdf.save(
            saved,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
    return saved.getvalue()
