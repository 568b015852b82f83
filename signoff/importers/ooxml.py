"""Unpack Office files with bounds on size, depth and number of elements."""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from io import BytesIO
from xml.parsers import expat

from lxml import etree

from signoff.importers.errors import FileReason, refuse

ZIP_SIGNATURE = b"PK\x03\x04"
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, .xls, and files with a password
CHUNK_SIZE = 1 << 16


def unpack(content: bytes, parts: int, size: int) -> dict[str, bytes]:
    """The parts of the package by name: at most ``parts`` files of ``size`` bytes in total.

    Bytes are counted while unpacking, as the sizes declared in a zip file cannot be trusted. Raises
    ``FileRefused`` if it is no package, is locked, or exceeds a bound.
    """
    if content.startswith(OLE_SIGNATURE):
        raise refuse(FileReason.LEGACY_OR_LOCKED)
    if not content.startswith(ZIP_SIGNATURE):
        raise refuse(FileReason.NOT_A_PACKAGE)
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            entries = package.infolist()
            if len(entries) > parts:
                raise refuse(FileReason.TOO_MANY_PARTS, limit=parts)
            return _read_parts(package, entries, size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError):
        raise refuse(FileReason.NOT_A_PACKAGE) from None


def _read_parts(
    package: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int
) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    left = size
    for entry in entries:
        if entry.flag_bits & 1:
            raise refuse(FileReason.LEGACY_OR_LOCKED)
        # Office uses only these two methods. With duplicate names, the reader could see another
        # part than the one that was checked.
        if (
            entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            or entry.filename in contents
        ):
            raise refuse(FileReason.NOT_A_PACKAGE)
        data = bytearray()
        with package.open(entry) as part:
            while chunk := part.read(CHUNK_SIZE):
                left -= len(chunk)
                if left < 0:
                    raise refuse(FileReason.UNPACKS_TOO_LARGE, limit=size >> 20)
                data += chunk
        contents[entry.filename] = bytes(data)
    return contents


def pack(parts: Mapping[str, bytes]) -> BytesIO:
    """The checked ``parts`` as an uncompressed zip file in memory."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    file.seek(0)
    return file


MAX_XML_DEPTH = 100
ElementHandler = Callable[[str, Mapping[str, str]], None]


def scan_xml(
    part: bytes,
    elements: int,
    on_start: ElementHandler | None = None,
    on_end: Callable[[str], None] | None = None,
) -> None:
    """Scan ``part`` and call the handlers with prefixed element names (``w:p``).

    Raises ``FileRefused`` if it is malformed, has a document type (entities expand to any size),
    nests deeper than ``MAX_XML_DEPTH`` (readers recurse) or has more than ``elements`` elements (a
    tree takes about a kilobyte for each).
    """
    depth = count = 0
    parser = expat.ParserCreate()

    def handle_start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_XML_DEPTH:
            raise refuse(FileReason.TOO_DEEP)
        if count > elements:
            raise refuse(FileReason.TOO_COMPLEX)
        if on_start:
            on_start(name, attributes)

    def handle_end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if on_end:
            on_end(name)

    def handle_doctype(*_: object) -> None:
        raise refuse(FileReason.DOCTYPE)

    parser.StartElementHandler = handle_start
    parser.EndElementHandler = handle_end
    parser.StartDoctypeDeclHandler = handle_doctype
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise refuse(FileReason.BROKEN) from None


# Names of elements and attributes, the same in transitional and strict files.

Element = etree._Element
OFFICE_SPACE = re.compile(
    r"(?:http://schemas\.openxmlformats\.org|http://purl\.oclc\.org/ooxml)/(.*)"
)
PREFIXES = {
    "wordprocessingml/2006/main": "w",
    "wordprocessingml/main": "w",
    "officeDocument/2006/math": "m",
    "officeDocument/math": "m",
    "officeDocument/2006/relationships": "r",
    "officeDocument/relationships": "r",
}
VML_SPACE = "urn:schemas-microsoft-com:vml"


def get_name(element: Element) -> str:
    """The prefixed name: ``w:p``; without prefix if the namespace is none of ours."""
    return _prefix(str(element.tag))


def get_attribute(element: Element, name: str) -> str:
    """The attribute with the prefixed ``name``; empty without it."""
    return next(
        (str(value) for key, value in element.attrib.items() if _prefix(str(key)) == name), ""
    )


@lru_cache(maxsize=1000)
def _prefix(tag: str) -> str:
    name = etree.QName(tag)
    if name.namespace == VML_SPACE:
        return f"v:{name.localname}"
    office = OFFICE_SPACE.fullmatch(name.namespace or "")
    prefix = PREFIXES.get(office[1]) if office else None
    return f"{prefix}:{name.localname}" if prefix else name.localname


# Elements in the namespace of another one, transitional or strict.


def qualify(near: Element, name: str) -> str:
    """``name`` in the namespace of ``near``."""
    return f"{{{etree.QName(near).namespace}}}{name}"


def find(parent: Element | None, name: str) -> Element | None:
    return None if parent is None else parent.find(qualify(parent, name))


def find_all(parent: Element, name: str) -> list[Element]:
    return parent.findall(qualify(parent, name))


def get(element: Element, name: str) -> str:
    return element.get(qualify(element, name), "")


def get_value(parent: Element | None, name: str) -> str:
    """The attribute ``val`` of the child ``name``; empty without it."""
    child = find(parent, name)
    return "" if child is None else get(child, "val")


def extract_text(paragraph: Element) -> str:
    return "".join(item.text or "" for item in paragraph.iter(qualify(paragraph, "t")))


# Parts, which were scanned before.


def parse_part(part: bytes) -> Element:
    """The root of ``part``. Raises ``FileRefused`` if it is malformed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError:
        raise refuse(FileReason.BROKEN) from None


def find_related(parts: Mapping[str, bytes], name: str, kind: str) -> str:
    """The name of the part of ``kind`` that the part ``name`` refers to."""
    folder, _, file = name.rpartition("/")
    relationships = parts.get(f"{folder}/_rels/{file}.rels".lstrip("/"))
    for relationship in parse_part(relationships) if relationships else ():
        if relationship.get("Type", "").endswith(f"/{kind}"):
            found = posixpath.normpath(posixpath.join("/", folder, relationship.get("Target", "")))
            if found.lstrip("/") in parts:
                return found.lstrip("/")
    return f"{folder}/{kind}.xml"


def find_target(parts: Mapping[str, bytes], name: str, identifier: str) -> str:
    """The name of the part that the part ``name`` calls ``identifier``; empty without it."""
    folder, _, file = name.rpartition("/")
    relationships = parts.get(f"{folder}/_rels/{file}.rels")
    for relationship in parse_part(relationships) if relationships else ():
        if relationship.get("Id") == identifier and relationship.get("TargetMode") != "External":
            target = posixpath.join("/", folder, relationship.get("Target", ""))
            return posixpath.normpath(target).lstrip("/")
    return ""
