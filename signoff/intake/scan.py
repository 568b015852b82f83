"""A scan of a letter. What it is, its bytes say; its name and what the browser claims are not asked."""

from signoff.domain.refusal import Reason, Refusal

LARGEST = 10  # MiB
MIB = 1024 * 1024
# How a whole file begins and what stands near its end; behind the end some scanners leave a few bytes.
MARKS = {
    "pdf": (b"%PDF-", b"%%EOF"),
    "jpg": (b"\xff\xd8\xff", b"\xff\xd9"),
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND"),
}
TAIL = 1024


def type_of(content: bytes) -> str:
    """``pdf``, ``jpg`` or ``png``. Refuses what is none of these, is cut off, or is too large."""
    if len(content) > LARGEST * MIB:
        raise Refusal(Reason.SCAN_TOO_LARGE, "scan", limit=LARGEST)
    for type, (begins, ends) in MARKS.items():
        if content.startswith(begins) and ends in content[-TAIL:]:
            return type
    raise Refusal(Reason.NOT_A_SCAN, "scan")
