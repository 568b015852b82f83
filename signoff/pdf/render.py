"""Render documents as PDF. Equal documents give equal bytes, at any time and in any process."""

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from io import BytesIO
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from weasyprint import HTML, Attachment
from weasyprint import Document as WeasyPrintDocument
from weasyprint.text.fonts import FontConfiguration

from signoff.config import static_folder, templates_folder
from signoff.domain import documents
from signoff.domain.documents import Document, PrintedDocument, ProgressCallback, WorkingCopy
from signoff.domain.errors import PrintError
from signoff.domain.papers import PAPER_KINDS
from signoff.domain.releases import LateWithdrawal, PrintKind, PriorRelease
from signoff.i18n import formatting
from signoff.i18n.catalogue import LANGUAGES, choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import format_adoption, format_list_edition
from signoff.i18n.line_breaks import keep_together
from signoff.pdf import hyphens, languages, overflow, signatory_list, standards, tables, weasyprint
from signoff.pdf.weasyprint import PackagedFilesFetcher, PrintedHTML, raise_on_warnings

# Footnotes: at the end in HTML, at the bottom of the page in print.


def move_footnotes(root: Element) -> None:
    """Move each ``<li id="fn-…">`` of the section ``footnotes`` to its first reference.

    Further references remain superscripts; notes without a reference remain at the end.
    """
    parents = {child: parent for parent in root.iter() for child in parent}
    for section in [
        element
        for element in root.iter("section")
        if "footnotes" in element.get("class", "").split()
    ]:
        notes = {item.get("id"): item for item in section.iter("li")}
        references = [link for link in root.iter("a") if link.get("href", "#")[1:] in notes]
        for reference in references:
            sup = parents[reference]
            item = notes.pop(reference.get("href", "#")[1:], None)
            if item is None:
                del reference.attrib["href"]
                continue
            parents[item].remove(item)
            convert_to_note(sup, item, "".join(reference.itertext()).strip())
        if not notes:
            parents[section].remove(section)


def convert_to_note(reference: Element, item: Element, number: str) -> None:
    """Turn the reference into the note itself, which the style sheet moves to the bottom."""
    tail = reference.tail
    reference.clear()
    reference.tag, reference.tail = weasyprint.NOTE_TAG, tail
    reference.set("data-number", number)
    for child in unwrap_paragraphs(item):
        reference.append(child)
    reference.text = (item.text or "").lstrip()


def unwrap_paragraphs(item: Element) -> list[Element]:
    """The children of ``item``, with spans instead of paragraphs and without backlinks."""
    children = []
    for child in list(item):
        if child.get("href", "").startswith("#fnref"):
            continue
        if child.tag == "p":
            child.tag, child.tail = "span", " "
            for link in [inner for inner in child if inner.get("href", "").startswith("#fnref")]:
                child.remove(link)
        children.append(child)
    return children


# Numbers and labels of list items. Labels are text in HTML and markers in print, where markers are
# tagged as labels.

MAX_MARKER_LENGTH = 20  # a longer label remains text
MARKER_INDENT, CHARACTER_WIDTH = 3.0, 2.0  # mm


def show_labels(root: Element) -> None:
    """Turn the labels of the lists ``labelled`` into markers, with room for the longest.

    WeasyPrint does not read the attribute ``start``.
    """
    for items in root.iter("ol"):
        if start := items.get("start"):
            items.set("style", f"counter-reset: list-item {int(start) - 1}")
    for items in root.iter("ul"):
        if items.get("class") != "labelled":
            continue
        labels = [item[0] for item in items]
        longest = max(len(label.text or "") for label in labels)
        if longest > MAX_MARKER_LENGTH:
            items.set("style", "list-style: none; padding-left: 0")
            continue
        items.set("style", f"padding-left: {MARKER_INDENT + longest * CHARACTER_WIDTH:.1f}mm")
        for item, label in zip(items, labels, strict=True):
            item.set("style", f'list-style-type: "{escape_css(label.text or "")}\\a0 "')
            item.text = (label.tail or "").lstrip()
            item.remove(label)


def escape_css(text: str) -> str:
    """``text`` for a string in a style sheet."""
    return re.sub(r'[\\"\n<]', lambda match: f"\\{ord(match[0]):x} ", text)


# HTML.

MAX_RUNNING_HEAD_LENGTH = 84  # characters


def render_html(document: Document | WorkingCopy, templates: Path) -> str:
    """``document`` as HTML to be printed."""
    if isinstance(document, WorkingCopy):
        return keep_together(render_working_copy(document, templates))
    return keep_together(render_document(document, templates))


def render_document(document: Document, templates: Path) -> str:
    """In the language of the edition if supported, else in German."""
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
            trial=document.kind is PrintKind.TRIAL,
            issue=format_list_edition(document.kind, document.number, language)
            if document.kind.is_later
            else "",
            earlier=[describe_prior_release(item, document, language) for item in document.earlier],
            withdrawals=[describe_withdrawal(item, language) for item in document.withdrawals],
            mark=get_status_mark(document),
            list=signatory_list.build_signatory_list(document, language),
            language=language,
            kind_language=LANGUAGES[0] if text.kind in PAPER_KINDS else text.language,
            adopted=format_adoption(text.adopted_by, text.adopted_on, text.adopted_at, language),
            citation=cite(document, language),
            deadline=describe_deadline(document, language),
            as_of=formatting.format_deadline(document.as_of, zone, language),
            created=format_w3c(document.as_of),
            head=shorten_text(text.title, MAX_RUNNING_HEAD_LENGTH),
        )
    )


def cite(document: Document, language: str) -> str:
    return formatting.format_citation(
        document.association.name,
        document.edition.text.title,
        document.edition.number,
        formatting.format_deadline(document.as_of, document.association.zone, language),
        document.address,
        language,
    )


def finish_pdf(
    document: Document | WorkingCopy, templates: Path, layout: WeasyPrintDocument, pdf: Any
) -> None:
    """Add what the standards require and, to a paper to be released, its publisher."""
    standards.finish_pdf(layout, pdf)
    if isinstance(document, Document) and document.is_publication:
        language = choose_language(document.language)
        template = build_jinja_environment(templates, language).get_template("pdf/publication.xml")
        web_address = ADDRESS.search(document.association.licence)
        metadata = template.render(
            document=document,
            association=document.association,
            licence_address=web_address[0] if web_address else "",
            citation=cite(document, language),
            as_of=format_w3c(document.as_of),
        )
        standards.add_metadata(pdf, metadata.encode())


def describe_prior_release(
    release: PriorRelease, document: Document, language: str
) -> dict[str, str]:
    """Name, date ("Stand") and digest of a prior release."""
    as_of = formatting.format_deadline(release.as_of, document.association.zone, language)
    return {
        "name": format_list_edition(release.kind, release.number, language),
        "as_of": as_of,
        "digest": release.sha256,
    }


def describe_withdrawal(withdrawal: LateWithdrawal, language: str) -> dict[str, str]:
    before, place, after = formatting.split_at_place(withdrawal.name, withdrawal.sort_name)
    late_on = formatting.format_day(withdrawal.late_on, language) if withdrawal.late_on else ""
    days = {"on": formatting.format_day(withdrawal.on, language), "late_on": late_on}
    return {"before": before, "place": place, "after": after, **days}


def get_status_mark(document: Document) -> str:
    """The mark on every page of a document that is not the released one."""
    gettext = get_catalogue(
        document.language if document.language in LANGUAGES else LANGUAGES[0]
    ).gettext
    if document.trial_round:
        return gettext(_("Probeverfahren"))
    if document.kind is PrintKind.DRAFT:
        return gettext(_("Entwurf zur Mitzeichnung"))
    if document.kind is PrintKind.TRIAL:
        return gettext(_("Probedruck"))
    return gettext(_("Vorabzug")) if document.proof else ""


def get_page_label(document: Document | WorkingCopy) -> str:
    """The prefix of page labels; empty for the released paper."""
    return document.mark if isinstance(document, WorkingCopy) else get_status_mark(document)


def describe_deadline(document: Document, language: str) -> str:
    if document.deadline is None:
        return get_catalogue(language).gettext(_("wird noch festgelegt"))
    return formatting.format_deadline(document.deadline, document.association.zone, language)


def render_working_copy(copy: WorkingCopy, templates: Path) -> str:
    """A working copy as HTML with running head, page numbers and metadata."""
    language = copy.language if copy.language in LANGUAGES else LANGUAGES[0]
    context = {
        "copy": copy,
        "body": Markup(copy.body),  # noqa: S704 (rendered by our own templates)
        "head": shorten_text(copy.title.removeprefix(f"{copy.mark}: "), 64),
    }
    return (
        build_jinja_environment(templates, language)
        .get_template("pdf/working.html")
        .render(context, created=format_w3c(copy.created))
    )


@cache
def build_jinja_environment(templates: Path, language: str) -> Environment:
    """Jinja with autoescaping, strict undefined values and the translations of ``language``."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(get_catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["digest_groups"] = signatory_list.split_digest
    environment.filters["format_count"] = lambda number: signatory_list.format_count(
        number, language
    )
    return environment


def format_w3c(moment: datetime) -> str:
    """``moment`` in UTC with seconds, for metadata."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shorten_text(text: str, length: int) -> str:
    """``text`` in at most ``length`` characters, cut between words."""
    if len(text) <= length:
        return text
    return text[: length - 1].rpartition(" ")[0] + " …"


# Preparation of the HTML for correct PDF tags.

HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def make_taggable(root: Element) -> None:
    """Split nested links, pad tables; raise ``PrintError`` if headings skip a level."""
    check_headings(root)
    for parent in list(root.iter()):
        for link in [child for child in parent if child.tag == "a" and len(child)]:
            split_link(parent, link)
    for table in root.iter("table"):
        pad_table_rows(table)


def check_headings(root: Element) -> None:
    """Screen readers navigate by headings; ISO 14289-1, 7.4.2 forbids skipped levels."""
    headings = [element for element in root.iter() if element.tag in HEADING_TAGS]
    for previous, heading in pairwise(headings):
        if HEADING_TAGS.index(heading.tag) > HEADING_TAGS.index(previous.tag) + 1:
            raise PrintError(
                f"vor der Überschrift „{extract_text(heading)}“ fehlt eine Gliederungsebene"
            )


def split_link(parent: Element, link: Element) -> None:
    """Turn ``<a>see <em>this</em></a>`` into ``<a>see </a><em><a>this</a></em>``."""
    parts = [copy_link(link, link.text)] if link.text else []
    for child in list(link):
        tail = child.tail
        child.tail = None
        child_link = copy_link(link, extract_text(child))
        child.text, child[:] = None, [child_link]
        parts.append(child)
        if tail:
            parts.append(copy_link(link, tail))
    parts[-1].tail = link.tail
    index = list(parent).index(link)
    parent[index : index + 1] = parts


def copy_link(link: Element, text: str | None) -> Element:
    copy = Element("a", link.attrib)
    copy.text = text
    return copy


# Web and mail addresses, up to the punctuation of the sentence.
ADDRESS = re.compile(r"(?:https?://|www\.)\S*[^\s.,;:!?)\]“\"'»›]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
SOURCES_OF_ADDRESSES = ("://", "www.", "@")


def keep_addresses_whole(root: Element) -> None:
    """Give addresses a class without hyphenation: a hyphen at the end of a line would be false."""
    for element in list(root.iter()):
        if element.tag in ("head", "style", "title", "meta", "link"):
            continue
        if element.tag == "a" and element.text and ADDRESS.search(element.text):
            element.set("class", f"{element.get('class', '')} address".strip())
        elif element.text and has_address(element.text):
            element.text, parts = split_at_addresses(element.text)
            element[0:0] = parts
        for index, child in reversed(list(enumerate(element))):
            if child.tail and has_address(child.tail):
                child.tail, parts = split_at_addresses(child.tail)
                element[index + 1 : index + 1] = parts


def has_address(text: str) -> bool:
    return any(mark in text for mark in SOURCES_OF_ADDRESSES) and bool(ADDRESS.search(text))


def split_at_addresses(text: str) -> tuple[str, list[Element]]:
    """The text before the first address, and each address as ``<span>`` with the text after it."""
    matches = list(ADDRESS.finditer(text))
    parts = []
    for match, following in zip_longest(matches, matches[1:]):
        span = Element("span", {"class": "address"})
        span.text = match[0]
        span.tail = text[match.end() : following.start() if following else len(text)]
        parts.append(span)
    return text[: matches[0].start()], parts


def pad_table_rows(table: Element) -> None:
    """Fill short rows with empty cells, except in tables with row spans."""
    rows = list(table.iter("tr"))
    if any(cell.get("rowspan", "1") != "1" for row in rows for cell in row):
        return
    widths = [sum(int(cell.get("colspan", "1")) for cell in row) for row in rows]
    for row, width in zip(rows, widths, strict=True):
        row.extend(Element("td") for _ in range(max(widths) - width))


def extract_text(element: Element) -> str:
    return "".join(element.itertext())


# Printing.

PRINT_STEPS = 4
STYLE_SHEETS = ("print.css",)  # of a paper
TABLE_FONT = f"{weasyprint.FONT_FOLDER}/FiraSans-Regular.ttf"
# Classes of the title page in print.css, from the largest type to the smallest.
TITLE_SIZES = ("long", "longer", "longest")
QR_FILENAME, LOGO_FILENAME = "qr.svg", "logo.png"


@weasyprint.reserve_stack
def print_document(
    document: Document | WorkingCopy,
    templates: Path | None = None,
    static: Path | None = None,
    progress: ProgressCallback = lambda step, steps: None,
) -> PrintedDocument:
    """``document`` as PDF/A-3a and PDF/UA-1.

    ``templates`` and ``static`` are folders, by default those of the package. ``progress`` is
    called after each step. Raises ``PrintError``; a faulty print is never returned.
    """
    templates, static = templates or templates_folder(), static or static_folder()
    images = build_images(document)
    fetcher = PackagedFilesFetcher(
        {"pdf/": templates / "pdf", "fonts/": static / weasyprint.FONT_FOLDER}, images
    )
    with raise_on_warnings(), weasyprint.tune_weasyprint():
        source = PrintedHTML(
            string=render_html(document, templates), url_fetcher=fetcher, base_url="signoff:"
        )
        move_footnotes(source.etree_element)
        make_taggable(source.etree_element)
        weasyprint.substitute_in_tree(source.etree_element)
        show_labels(source.etree_element)
        weasyprint.prepare_hyphenation(document.language)
        keep_addresses_whole(source.etree_element)
        tables.fit_tables(source.etree_element, document.language, static / TABLE_FONT)
        progress(1, PRINT_STEPS)

        names = document.sheets if isinstance(document, WorkingCopy) else STYLE_SHEETS
        fonts = load_fonts(static)
        sheets = [
            weasyprint.load_style_sheet(templates / "pdf", name, fonts, fetcher) for name in names
        ]
        layout = lay_out(partial(source.render, font_config=fonts, stylesheets=sheets), source)
        overflow.require_no_overflow(layout.pages)
        progress(2, PRINT_STEPS)

        # Uncompressed and without identifier, which pikepdf adds below.
        with hyphens.mark_soft_hyphens(), languages.tag_languages():
            raw = layout.write_pdf(
                finisher=partial(finish_pdf, document, templates),
                pdf_variant="pdf/a-3a",
                uncompressed_pdf=True,
                pdf_identifier=False,
                attachments=convert_attachments(document),
            )
        progress(3, PRINT_STEPS)

    content = finalize_pdf(raw, get_page_label(document))
    progress(4, PRINT_STEPS)
    return PrintedDocument(content, len(layout.pages))


@cache
def load_fonts(_static: Path) -> FontConfiguration:
    """The fonts that the style sheets name, which WeasyPrint adds on first use: some 70 ms."""
    return FontConfiguration()


def lay_out(render: Callable[[], WeasyPrintDocument], source: HTML) -> WeasyPrintDocument:
    """The pages of ``source``. A title page that does not hold its content is set smaller.

    In the last size the facts follow the title instead of standing at the foot of the page, and
    may go on to a second page.
    """
    layout = render()
    body = weasyprint.get_body(source.etree_element)
    title = body.find("./section")
    is_titled = title is not None and title.get("class", "").split()[:1] == ["title"]
    if title is None or not is_titled or is_title_page_whole(layout):
        return layout
    content = list(body)
    body[:] = [title]
    for size in TITLE_SIZES:
        title.set("class", f"title {size}")
        if is_title_page_whole(render()):
            break
    body[:] = content
    return render()


def is_title_page_whole(layout: WeasyPrintDocument) -> bool:
    """Whether the title page is one page, with nothing overprinted and its foot clear."""
    return (
        overflow.count_title_pages(layout.pages) == 1
        and not any(overflow.iter_faults(layout.pages[:1]))
        and overflow.is_foot_clear(layout.pages[0])
    )


def build_images(document: Document | WorkingCopy) -> dict[str, bytes]:
    """The pictures of the text, and the images generated for this document, by name."""
    images = {address: b64decode(content) for address, content in document.pictures}
    if document.logo:
        images[LOGO_FILENAME] = b64decode(document.logo)
    if isinstance(document, WorkingCopy):
        codes = enumerate(document.codes, 1)
        images |= {name: drawing.encode() for name, drawing in document.drawings}
        return images | {f"qr-{number}.svg": build_qr_code(code) for number, code in codes}
    return images | {QR_FILENAME: build_qr_code(document.verify_address)}


def build_qr_code(address: str) -> bytes:
    """``address`` as a QR code (ISO 18004) in SVG, with error correction level M."""
    output = BytesIO()
    segno.make(address, error="m", micro=False).save(
        output, kind="svg", border=0, xmldecl=False, svgclass=None
    )
    return output.getvalue()


def convert_attachments(document: Document | WorkingCopy) -> list[Attachment]:
    """The embedded files; a working copy has none."""
    if isinstance(document, WorkingCopy):
        return []
    return [convert_attachment(file, document.as_of) for file in document.attachments]


def convert_attachment(file: documents.Attachment, moment: datetime) -> Attachment:
    """``file`` for WeasyPrint, dated as the document so that the output is reproducible."""
    created = moment.astimezone(UTC)
    return Attachment(
        string=file.text,
        name=file.name,
        description=file.description,
        relationship=file.relationship,
        created=created,
        modified=created,
    )


def finalize_pdf(raw: bytes, label: str = "") -> bytes:
    """``raw`` with compressed object streams and an identifier derived from its content.

    ``label`` is the prefix of page labels (ISO 32000-1, 12.4.2), which screen readers announce,
    unlike running heads. Without small object streams, the long-term validation of a seal takes
    minutes.
    """
    with pikepdf.open(BytesIO(raw)) as pdf:
        if font := weasyprint.find_foreign_font(pdf):
            raise PrintError(f"die Schrift „{font}“ gehört nicht zum Satz")
        if label:
            numbering = pikepdf.Dictionary(S=pikepdf.Name.D, P=f"{label} ")
            pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, numbering])
        output = BytesIO()
        pdf.save(
            output,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            compress_streams=True,
        )
    return output.getvalue()
