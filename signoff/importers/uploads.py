"""Check uploaded annexes, logos, pictures and scans by their content."""

import io
import warnings
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from signoff.domain.association import MAX_LOGO_HEIGHT, MAX_LOGO_WIDTH, Logo
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_printable
from signoff.domain.papers import Annex, Picture
from signoff.importers.errors import FileReason, refuse

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_ANNEX_SIZE = 10 << 20
PDF_EXTENSION = ".pdf"


def read_annex(filename: str, name: str, content: bytes) -> Annex:
    """The annex in ``content``, named ``name`` or as its file.

    Refuses a file that is no PDF, is encrypted, or is larger than 10 MB.
    """
    title = " ".join((name or filename).split())
    title = title[: -len(PDF_EXTENSION)] if title.casefold().endswith(PDF_EXTENSION) else title
    title = require_printable(title, "annex")
    if not content:
        raise Refusal(Reason.NO_FILE, "annex")
    if not content.startswith(b"%PDF-") or len(content) > MAX_ANNEX_SIZE or b"/Encrypt" in content:
        raise Refusal(Reason.NOT_A_PDF, "annex", name=filename[-60:])
    return Annex(title[:160] or "PDF", sha256(content).hexdigest(), len(content))


# Logo and pictures are re-encoded, so that the file contains nothing but the image.

MAX_IMAGE_SIZE = 5_000_000  # bytes
MAX_IMAGE_PIXELS = 50_000_000  # before it is scaled down
MIN_LOGO_SIDE = 120  # pixels of the longer side


def read_logo(content: bytes) -> Logo:
    """The logo in a PNG or JPEG file, in RGB, without metadata, scaled to its largest use.

    Raises ``FileRefused`` if it is no such file, broken, too large or too small.
    """
    image, _ = read_image(content, normalize_logo)
    if max(image.size) < MIN_LOGO_SIDE:
        raise refuse(FileReason.PICTURE_TOO_SMALL, limit=MIN_LOGO_SIDE)
    output = io.BytesIO()
    image.save(output, "PNG", optimize=True)
    return Logo(sha256(output.getvalue()).hexdigest(), output.getvalue(), *image.size)


def read_image(content: bytes, normalize: Callable[["Image"], "Image"]) -> tuple["Image", str]:
    """The normalised image in a PNG or JPEG file, and which of them it is.

    Raises ``FileRefused`` if it is no such file, broken or too large.
    """
    from PIL import Image

    if not content:
        raise refuse(FileReason.EMPTY)
    if len(content) > MAX_IMAGE_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_IMAGE_SIZE // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            upload = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if upload.width * upload.height > MAX_IMAGE_PIXELS:
                raise refuse(FileReason.TOO_LARGE, limit=MAX_IMAGE_SIZE // 1_000_000)
            # WeasyPrint lets Pillow accept truncated files, so check for them explicitly.
            Image.open(io.BytesIO(content)).verify()
            return normalize(upload), upload.format or ""
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise refuse(FileReason.NOT_A_PICTURE) from error


def normalize_logo(source: "Image") -> "Image":
    """The image upright, in RGB or RGBA, without transparent margins, scaled down."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(source)
    image = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if image.mode == "RGBA" and (box := image.getchannel("A").getbbox()):
        image = image.crop(box)
    image.thumbnail((MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT), Image.Resampling.LANCZOS)
    image.info.clear()
    return image


# The pictures of a text.

MAX_PICTURE_SIDE = 2000  # pixels: 300 per inch across the text of a page
WHITE = (255, 255, 255)
JPEG_QUALITY = 90


def read_picture(content: bytes) -> Picture:
    """The picture in a PNG or JPEG file, in RGB on white, without metadata, scaled down.

    Raises ``FileRefused`` if it is no such file, broken or too large.
    """
    image, file_format = read_image(content, normalize_picture)
    output = io.BytesIO()
    if file_format == "JPEG":
        image.save(output, "JPEG", quality=JPEG_QUALITY, optimize=True)
    else:
        image.save(output, "PNG", optimize=True)
    kind = "jpg" if file_format == "JPEG" else "png"
    return Picture(sha256(output.getvalue()).hexdigest(), kind, output.getvalue())


def normalize_picture(source: "Image") -> "Image":
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(source)
    image = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, WHITE)
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.thumbnail((MAX_PICTURE_SIDE, MAX_PICTURE_SIDE), Image.Resampling.LANCZOS)
    image.info.clear()
    return image


MAX_SCAN_MIB = 10  # MiB
MIB = 1024 * 1024
# The start of the file, and a marker near its end, after which some scanners append a few bytes.
SCAN_SIGNATURES = {
    "pdf": (b"%PDF-", b"%%EOF"),
    "jpg": (b"\xff\xd8\xff", b"\xff\xd9"),
    "png": (b"\x89PNG\r\n\x1a\n", b"IEND"),
}
SCAN_TAIL_LENGTH = 1024


def detect_scan_type(content: bytes) -> str:
    """``pdf``, ``jpg`` or ``png``. Refuses other, truncated and too large files."""
    if len(content) > MAX_SCAN_MIB * MIB:
        raise Refusal(Reason.SCAN_TOO_LARGE, "scan", limit=MAX_SCAN_MIB)
    for extension, (start, end) in SCAN_SIGNATURES.items():
        if content.startswith(start) and end in content[-SCAN_TAIL_LENGTH:]:
            return extension
    raise Refusal(Reason.NOT_A_SCAN, "scan")
