"""A scan of a letter. What it is, its bytes say; its name and what the browser claims are not asked."""

import io
import warnings
from hashlib import sha256

from PIL import Image, ImageOps

from signoff.domain.association import MAX_LOGO_HEIGHT, MAX_LOGO_WIDTH, Logo
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Annex
from signoff.importers.errors import FileReason, refuse

# A PDF that is attached to a paper.

MAX_ANNEX_SIZE = 10 << 20
PDF_EXTENSION = ".pdf"


def read_annex(filename: str, name: str, content: bytes) -> Annex:
    """The annex in ``content``; called ``name``, or like its file. Refuses what is no PDF, is locked or above 10 MB."""
    called = " ".join((name or filename).split())
    called = called[: -len(PDF_EXTENSION)] if called.casefold().endswith(PDF_EXTENSION) else called
    if not content:
        raise Refusal(Reason.MISSING, "annex")
    if (
        not content.startswith(b"%PDF-")
        or len(content) > MAX_ANNEX_SIZE
        or b"/Encrypt" in content
        or not called.isprintable()
    ):
        raise Refusal(Reason.NOT_A_PDF, "annex", name=filename[-60:])
    return Annex(called[:160] or "PDF", sha256(content).hexdigest(), len(content))


# A picture that is to be the association's logo: read, bounded, and written anew so that nothing else is in it.

MAX_LOGO_SIZE = 5_000_000  # bytes
MAX_LOGO_PIXELS = 50_000_000  # pixels, before it is made smaller
MIN_LOGO_SIDE = 120  # pixels of the longer side: below, it is a blot on paper


def read_logo(content: bytes) -> Logo:
    """The logo in a PNG or JPEG file, in RGB, without metadata, no larger than the pages and the PDF need.

    FileRefused where it is no such file, cannot be read, or is too large or too small.
    """
    if not content:
        raise refuse(FileReason.EMPTY)
    if len(content) > MAX_LOGO_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_LOGO_SIZE // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            sent = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if sent.width * sent.height > MAX_LOGO_PIXELS:
                raise refuse(FileReason.TOO_LARGE, limit=MAX_LOGO_SIZE // 1_000_000)
            Image.open(
                io.BytesIO(content)
            ).verify()  # the printing library switches the test for broken files off
            picture = normalize_image(sent)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as problem:
        raise refuse(FileReason.NOT_A_PICTURE) from problem
    if max(picture.size) < MIN_LOGO_SIDE:
        raise refuse(FileReason.PICTURE_TOO_SMALL, limit=MIN_LOGO_SIDE)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return Logo(sha256(written.getvalue()).hexdigest(), written.getvalue(), *picture.size)


def normalize_image(picture: Image.Image) -> Image.Image:
    """Upright, in RGB (with transparency where there is any), without empty edges, small enough."""
    upright = ImageOps.exif_transpose(picture)
    seen = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if seen.mode == "RGBA" and (box := seen.getchannel("A").getbbox()):
        seen = seen.crop(box)
    seen.thumbnail((MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT), Image.Resampling.LANCZOS)
    seen.info.clear()
    return seen


MAX_SCAN_MIB = 10  # MiB
MIB = 1024 * 1024
# How a whole file begins and what stands near its end; behind the end some scanners leave a few bytes.
SCAN_SIGNATURES = {
    "pdf": (b"%PDF-", b"%%EOF"),
    "jpg": (b"\xff\xd8\xff", b"\xff\xd9"),
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND"),
}
SCAN_TAIL_LENGTH = 1024


def detect_scan_type(content: bytes) -> str:
    """``pdf``, ``jpg`` or ``png``. Refuses what is none of these, is cut off, or is too large."""
    if len(content) > MAX_SCAN_MIB * MIB:
        raise Refusal(Reason.SCAN_TOO_LARGE, "scan", limit=MAX_SCAN_MIB)
    for type, (begins, ends) in SCAN_SIGNATURES.items():
        if content.startswith(begins) and ends in content[-SCAN_TAIL_LENGTH:]:
            return type
    raise Refusal(Reason.NOT_A_SCAN, "scan")
