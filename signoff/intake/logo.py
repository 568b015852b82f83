"""A picture that is to be the association's logo: read, bounded, and written anew so that nothing else is in it."""

import io
import warnings
from hashlib import sha256

from PIL import Image, ImageOps

from signoff.domain.logo import HIGHEST, WIDEST, Logo
from signoff.intake.problem import FileReason, refuse

LARGEST = 5_000_000  # bytes
MOST = 50_000_000  # pixels, before it is made smaller
SMALLEST = 120  # pixels of the longer side: below, it is a blot on paper


def read_logo(content: bytes) -> Logo:
    """The logo in a PNG or JPEG file, in RGB, without metadata, no larger than the pages and the PDF need.

    FileRefused where it is no such file, cannot be read, or is too large or too small.
    """
    if not content:
        raise refuse(FileReason.EMPTY)
    if len(content) > LARGEST:
        raise refuse(FileReason.TOO_LARGE, limit=LARGEST // 1_000_000)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            sent = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
            if sent.width * sent.height > MOST:
                raise refuse(FileReason.TOO_LARGE, limit=LARGEST // 1_000_000)
            Image.open(io.BytesIO(content)).verify()  # the printing library switches the test for broken files off
            picture = plain(sent)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise refuse(FileReason.NOT_A_PICTURE) from problem
    if max(picture.size) < SMALLEST:
        raise refuse(FileReason.PICTURE_TOO_SMALL, limit=SMALLEST)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return Logo(sha256(written.getvalue()).hexdigest(), written.getvalue(), *picture.size)


def plain(picture: Image.Image) -> Image.Image:
    """Upright, in RGB (with transparency where there is any), without empty edges, small enough."""
    upright = ImageOps.exif_transpose(picture)
    seen = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    if seen.mode == "RGBA" and (box := seen.getchannel("A").getbbox()):
        seen = seen.crop(box)
    seen.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    seen.info.clear()
    return seen
