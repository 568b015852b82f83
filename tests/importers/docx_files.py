"""Word documents small enough to read in a test."""

import zipfile
from io import BytesIO

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    f'xmlns:r="{RELATIONS}"'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)


def relationships(*elements: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{"".join(elements)}</Relationships>'


def external(kind: str, target: str) -> str:
    return (
        f'<Relationship Id="rX" Type="{RELATIONS}/{kind}" Target="{target}" TargetMode="External"/>'
    )


def paragraph(text: str, style: str = "", more: str = "") -> str:
    properties = (
        f'<w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>' if style else f"<w:pPr>{more}</w:pPr>"
    )
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def cell(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"


def docx(
    body: str,
    more: dict[str, str | bytes] | None = None,
    prolog: str = "",
    main: str = "word/document.xml",
) -> bytes:
    """A DOCX whose body is ``body`` in the part ``main``; ``more`` adds parts or replaces them."""
    root = f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="{main}"/>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relationships(root),
        main: f"{prolog}<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {NAMESPACES}>"
        + "".join(
            f'<w:style w:type="paragraph" w:styleId="berschrift{level}"><w:name w:val="heading {level}"/></w:style>'
            for level in range(1, 7)
        )
        + '<w:style w:type="paragraph" w:styleId="Zitat"><w:name w:val="Quote"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Kasten"><w:name w:val="Kasten"/></w:style></w:styles>',
        **(more or {}),
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def build_level(
    index: int, number_format: str, text: str, start: int | None = 1, more: str = ""
) -> str:
    start_element = "" if start is None else f'<w:start w:val="{start}"/>'
    return (
        f'<w:lvl w:ilvl="{index}">{start_element}<w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def build_start_override(start: int, level: int = 0) -> str:
    return f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride>'


def build_numbering(
    abstracts: dict[int, str], instances: dict[int, tuple[int, str]]
) -> dict[str, str | bytes]:
    """The part with numberings, and the relationships that name it.

    ``abstracts`` are levels by id; ``instances`` name an abstract numbering and its overrides.
    """
    content = "".join(
        f'<w:abstractNum w:abstractNumId="{identifier}">{levels}</w:abstractNum>'
        for identifier, levels in abstracts.items()
    ) + "".join(
        f'<w:num w:numId="{identifier}"><w:abstractNumId w:val="{abstract}"/>{overrides}</w:num>'
        for identifier, (abstract, overrides) in instances.items()
    )
    return {
        "word/numbering.xml": f"<w:numbering {NAMESPACES}>{content}</w:numbering>",
        "word/_rels/document.xml.rels": relationships(
            f'<Relationship Id="rN" Type="{RELATIONS}/numbering" Target="numbering.xml"/>',
            f'<Relationship Id="rS" Type="{RELATIONS}/styles" Target="styles.xml"/>',
        ),
    }


def build_item(text: str, number: int, level: int = 0, style: str = "", more: str = "") -> str:
    """A paragraph with the numbering ``number``."""
    properties = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>{more}'
    return paragraph(text, style, properties)
