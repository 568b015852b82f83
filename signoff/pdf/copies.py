"""The mark of PDFs that are not sealed, by which the instance recognises its own copies.

The mark is the second half of the file's identifier (ISO 32000-1, 14.4): an HMAC over all other
bytes. Nothing is stored about a copy, and whoever changes it cannot mark it again.
"""

import re
from collections.abc import Sequence
from hmac import compare_digest, digest
from io import BytesIO

PURPOSE = b"signoff.copy"
IDENTIFIER = re.compile(rb"/ID \[<[0-9a-f]{32}><([0-9a-f]{32})>\]")
MAX_TITLE_LENGTH = 300  # characters


def mark_copy(content: bytes, keys: Sequence[bytes]) -> bytes:
    """``content`` with the mark by the newest of ``keys``; unchanged without an identifier."""
    found = IDENTIFIER.search(content)
    if found is None:
        return content
    mark = compute_mark(content, found, keys[0])
    return content[: found.start(1)] + mark + content[found.end(1) :]


def recognise_copy(content: bytes, keys: Sequence[bytes]) -> str:
    """The title of a copy that was marked with one of ``keys``; empty for any other file."""
    found = IDENTIFIER.search(content)
    if found is None or not any(
        compare_digest(compute_mark(content, found, key), found[1]) for key in keys
    ):
        return ""
    import pikepdf  # it takes 7 MB of each process, and only this needs it

    with pikepdf.open(BytesIO(content)) as pdf:
        return str(pdf.docinfo.get("/Title", "PDF"))[:MAX_TITLE_LENGTH]


def compute_mark(content: bytes, found: re.Match[bytes], key: bytes) -> bytes:
    """32 hexadecimal digits over everything before and after the place of the mark."""
    start, end = found.span(1)
    message = start.to_bytes(8, "big") + content[:start] + content[end:]
    return digest(digest(key, PURPOSE, "sha256"), message, "sha256")[:16].hex().encode()
