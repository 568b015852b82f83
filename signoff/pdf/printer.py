"""From a document to the bytes of its PDF. The same document gives the same bytes, on any day and in any process."""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import segno
from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

from signoff.domain import document as domain
from signoff.domain.document import Document
from signoff.domain.working import WorkingCopy
from signoff.pdf import fonts, hyphens, page, speed, standards
from signoff.pdf.failure import PrintFailed, complaints_are_failures
from signoff.pdf.fetcher import PackagedOnly
from signoff.pdf.notes import footnotes_at_the_foot
from signoff.pdf.tagging import make_taggable
from signoff.places import static_folder, templates_folder

STEPS = 4
QR, LOGO = "qr.svg", "logo.png"
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished PDF. ``sha256`` is over all its bytes, ``size`` counts them."""

    content: bytes
    sha256: str
    pages: int
    size: int


def print_document(
    document: Document | WorkingCopy,
    templates: Path | None = None,
    static: Path | None = None,
    progress: Progress = lambda step, steps: None,
) -> Printed:
    """``document`` as PDF/A-3a and PDF/UA-1.

    ``templates`` and ``static`` are the folders of the same names; without them those that came with the package.
    ``progress`` is told each finished step. Raises ``PrintFailed`` with words for the office: a faulty print never
    leaves this function.
    """
    templates, static = templates or templates_folder(), static or static_folder()
    drawn = pictures(document) if isinstance(document, Document) else {}
    fetcher = PackagedOnly({"pdf/": templates / "pdf", "fonts/": static / fonts.FOLDER}, drawn)
    with complaints_are_failures(), speed.tuned():
        source = HTML(string=page.html(document, templates), url_fetcher=fetcher, base_url="signoff:")
        footnotes_at_the_foot(source.etree_element)
        make_taggable(source.etree_element)
        fonts.respell(source.etree_element)
        if isinstance(document, WorkingCopy):  # holds what people typed; the paper was looked at when it came in
            fonts.spell_out(source.etree_element, static / fonts.FOLDER)
        fonts.check_coverage(source.etree_element, static / fonts.FOLDER)
        hyphens.prepare(document.language)
        progress(1, STEPS)

        layout = source.render(font_config=FontConfiguration())
        progress(2, STEPS)

        # Written plain and without identifier: pikepdf compresses and identifies it, once, below.
        raw = layout.write_pdf(
            finisher=standards.finish,
            pdf_variant="pdf/a-3a",
            uncompressed_pdf=True,
            pdf_identifier=False,
            attachments=attachments(document),
        )
        progress(3, STEPS)

    content = tidied(raw, page.label(document))
    progress(4, STEPS)
    return Printed(content, sha256(content).hexdigest(), len(layout.pages), len(content))


def pictures(document: Document) -> dict[str, bytes]:
    """What was made for this document alone, by name."""
    drawn = {QR: qr(document.verify_address)}
    return drawn | {LOGO: b64decode(document.logo)} if document.logo else drawn


def qr(address: str) -> bytes:
    """``address`` as a QR code (ISO 18004) of one vector path; it can be read with a seventh of it damaged."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, svgclass=None)
    return drawn.getvalue()


def attachments(document: Document | WorkingCopy) -> list[Attachment]:
    """What the file carries; a working copy carries nothing."""
    if isinstance(document, WorkingCopy):
        return []
    return [attached(each, document.as_of) for each in document.attachments]


def attached(file: domain.Attachment, moment: datetime) -> Attachment:
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


def tidied(raw: bytes, label: str = "") -> bytes:
    """``raw`` saved anew: many small object streams instead of none, compressed, its identifier made from its content.

    ``label`` stands before each page's number where programs name the page: running heads are not read aloud, page
    labels (ISO 32000-1, 12.4.2) are. A seal's long-term validation walks object streams; in the form WeasyPrint writes
    it takes minutes.
    """
    with pikepdf.open(BytesIO(raw)) as pdf:
        if strangers := fonts.embedded(pdf) - fonts.OURS:
            raise PrintFailed(f"die Schrift „{sorted(strangers)[0]}“ gehört nicht zum Satz")
        if label:
            numbered = pikepdf.Dictionary(S=pikepdf.Name.D, P=f"{label} ")
            pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, numbered])
        saved = BytesIO()
        pdf.save(
            saved, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True
        )
    return saved.getvalue()
