"""Pictures for sharing a paper: one with its title, and a QR code."""

import io
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT, MARGIN = 1200, 630, 80  # pixels; the size that previews of links are cut to
# Sixteen colours: paper, seven steps to each ink, which smooth letters, and the accent. Drawn as
# grey levels, they need no search for colours afterwards, and a pixel takes half a byte.
MUTED, INK, ACCENT = 7, 14, 15
COLOURS = {0: (255, 255, 255), MUTED: (84, 90, 120), INK: (19, 21, 37), ACCENT: (31, 63, 150)}
TITLE_SIZES = (76, 64, 54, 46, 40)
SMALL_SIZE, LINE_HEIGHT = 34, 1.2
MAX_TITLE_HEIGHT = 330


@lru_cache(maxsize=64)
def draw_share_picture(association: str, title: str, fact: str, fonts: Path) -> bytes:
    """A PNG with the title of a paper, who speaks, and a fact such as how many support it.

    ``fonts`` is the folder with the fonts of the print.
    """
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 24, HEIGHT), ACCENT)
    small = ImageFont.truetype(fonts / "FiraSans-Regular.ttf", SMALL_SIZE)
    for text, y in ((association, MARGIN - 20), (fact, HEIGHT - MARGIN - 20)):
        (line,) = wrap(text, small, 1)
        draw.text((MARGIN, y), line, MUTED, small)
    font, lines = fit_title(title, fonts)
    height = round(font.size * LINE_HEIGHT)
    top = (HEIGHT - height * len(lines)) / 2
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * height), line, INK, font)
    output = io.BytesIO()
    image.putpalette(build_palette())
    image.save(output, "PNG")
    return output.getvalue()


@cache
def build_palette() -> bytes:
    """The colours of all levels; those between two of ``COLOURS`` are mixed of them."""
    palette = b""
    for low, high in pairwise(sorted(COLOURS)):
        for level in range(low, high):
            share = (level - low) / (high - low)
            pairs = zip(COLOURS[low], COLOURS[high], strict=True)
            palette += bytes(round(old + (new - old) * share) for old, new in pairs)
    return palette + bytes(COLOURS[ACCENT])


def fit_title(title: str, fonts: Path) -> tuple["FreeTypeFont", list[str]]:
    """The largest font in which the title fits; in the smallest one it is cut."""
    from PIL import ImageFont

    for size in TITLE_SIZES:
        font = ImageFont.truetype(fonts / "FiraSans-SemiBold.ttf", size)
        most = int(MAX_TITLE_HEIGHT / (size * LINE_HEIGHT))
        lines = wrap(title, font, most)
        if not lines[-1].endswith("…") or title.endswith("…"):
            break
    return font, lines


def wrap(text: str, font: "FreeTypeFont", most: int) -> list[str]:
    """The lines of ``text``, at most ``most`` of them; what is cut off ends with an ellipsis."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or font.getlength(longer) <= WIDTH - 2 * MARGIN:
            lines[-1] = longer
        else:
            lines.append(word)
    is_cut = len(lines) > most
    last = lines[most - 1] if is_cut else lines[-1]
    lines = lines[: most - 1 if is_cut else -1]
    while is_cut or font.getlength(last) > WIDTH - 2 * MARGIN:
        last, is_cut = f"{last.removesuffix('…')[:-1].rstrip()}…", False
    return [*lines, last]


@lru_cache(maxsize=64)
def draw_qr_code(address: str) -> bytes:
    """The address as a QR code, an SVG."""
    import segno

    output = io.BytesIO()
    segno.make(address, error="m").save(output, kind="svg", scale=4, border=4, light="#fff")
    return output.getvalue()
