"""A text: a Word document or a Markdown file as canonical HTML."""

from dataclasses import dataclass

from signoff.intake.canonical import canonical
from signoff.intake.docx import read_docx
from signoff.intake.markdown import read_markdown
from signoff.intake.package import OLE, ZIP
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading
from signoff.intake.remark import Remark

WORD = (".docx", ".docm", ".doc", ".dotx", ".dotm")
MARKDOWN = (".md", ".markdown", ".txt")


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a file says. ``html`` is canonical and sanitised; ``warnings`` are for the office to check."""

    html: str
    warnings: tuple[Remark, ...]


def read_text(filename: str, content: bytes, title: str) -> ReadText:
    """The text of a DOCX or Markdown file whose paper is called ``title``.

    FileRefused where the file is not what it is called, is too large, carries what may act (macros, embedded objects),
    or has no form that can be printed and read aloud; then nothing of it is used.
    """
    name = filename.lower()
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    reading = Reading()
    if name.endswith(WORD):
        html = read_docx(content, reading)
    elif name.endswith(MARKDOWN) and not content.startswith((ZIP, OLE)):
        html = read_markdown(content, reading)
    else:
        raise refuse(FileReason.UNKNOWN_KIND, name=filename[-60:])
    html = canonical(html, title, reading)
    return ReadText(html, tuple(reading.remarks))
