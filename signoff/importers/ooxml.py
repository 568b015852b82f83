"""One pass over an XML part before a parser builds a tree of it: no entities, bounded depth and number of elements."""

import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from xml.parsers import expat

from signoff.importers.errors import FileReason, refuse

# The zip file that a DOCX or XLSX is, unpacked into memory with every bound measured and none believed.

ZIP_SIGNATURE = b"PK\x03\x04"
OLE_SIGNATURE = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc and .xls, and any Office file under a password
)
CHUNK_SIZE = 1 << 16


def unpack(content: bytes, parts: int, size: int) -> dict[str, bytes]:
    """The parts of the package by name.

    ``parts`` is the largest number of files, ``size`` the largest sum of unpacked bytes. The bytes are counted while
    they are unpacked, because the sizes a zip file declares are whatever its maker wrote. FileRefused where it is no
    package, is locked, or exceeds a bound.
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
    read: dict[str, bytes] = {}
    left = size
    for entry in entries:
        if entry.flag_bits & 1:
            raise refuse(FileReason.LEGACY_OR_LOCKED)
        # Office writes these two methods only. Of two parts with one name, checker and reader might see different ones.
        if (
            entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            or entry.filename in read
        ):
            raise refuse(FileReason.NOT_A_PACKAGE)
        whole = bytearray()
        with package.open(entry) as part:
            while chunk := part.read(CHUNK_SIZE):
                left -= len(chunk)
                if left < 0:
                    raise refuse(FileReason.UNPACKS_TOO_LARGE, limit=size >> 20)
                whole += chunk
        read[entry.filename] = bytes(whole)
    return read


def pack(parts: Mapping[str, bytes]) -> BytesIO:
    """``parts`` as a zip file in memory, uncompressed: exactly what was checked, for a reader that wants a file."""
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
    seen: ElementHandler | None = None,
    ended: Callable[[str], None] | None = None,
) -> None:
    """Walks through ``part`` and calls ``seen(name, attributes)`` and ``ended(name)`` with names as written (``w:p``).

    FileRefused where it is not well-formed, has a document type (entities expand to any size), nests deeper than
    ``DEPTH`` (readers recurse) or has more than ``elements`` elements (a tree costs about a kilobyte for each).
    """
    depth = count = 0
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_XML_DEPTH:
            raise refuse(FileReason.TOO_DEEP)
        if count > elements:
            raise refuse(FileReason.TOO_COMPLEX)
        if seen:
            seen(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if ended:
            ended(name)

    def doctype(*_: object) -> None:
        raise refuse(FileReason.DOCTYPE)

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise refuse(FileReason.BROKEN) from None
