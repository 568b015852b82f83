"""Writes the table of printable characters in signoff/domain/characters.py from the print fonts.

Run it after the fonts or the packages they come from have changed.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / "static/vendor/fonts/print"
MODULE = ROOT / "signoff/domain/characters.py"
# Each style has its text font; the font of the symbols stands behind all of them.
TEXT_FONTS = ("FiraSans-Regular.ttf", "FiraSans-Italic.ttf", "FiraSans-SemiBold.ttf")
SYMBOL_FONT = "DejaVuSans.ttf"
LEFT_OUT = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
REPLACEMENT = "\ufffd"  # stands for what could not be read
# Pango draws these with a font for emoji, which is not ours (Emoji_Presentation and the bases of
# Emoji_Modifier in Unicode's emoji-data.txt).
EMOJI = frozenset(
    {0x25FD, 0x25FE, 0x2614, 0x2615, 0x261D, *range(0x2648, 0x2654), 0x267F, 0x2693, 0x26A1}
    | {0x26AA, 0x26AB, 0x26BD, 0x26BE, 0x26C4, 0x26D4, 0x2705, *range(0x270A, 0x270E), 0x2728}
    | {0x274C, 0x274E, 0x2757, *range(0x2753, 0x2756), 0x27B0, 0x27BF, *range(0x2795, 0x2798)}
    | {0x2B1B, 0x2B1C, 0x2B50, 0x2B55, 0x1F0CF, *range(0x1F300, 0x1F650), *range(0x1F680, 0x1FB00)}
)


def list_printable_codes() -> list[int]:
    """The characters that every style prints, and that cleaning leaves as they are."""
    text_fonts = [read_codes(name) for name in TEXT_FONTS]
    codes = set.intersection(*text_fonts) | read_codes(SYMBOL_FONT)
    return sorted(code for code in codes - EMOJI if is_text(chr(code)))


def read_codes(name: str) -> set[int]:
    with TTFont(FONTS / name, lazy=True) as font:
        return set(font.getBestCmap())


def is_text(char: str) -> bool:
    from signoff.domain.characters import clean_characters

    return (
        unicodedata.category(char) not in LEFT_OUT
        and char != REPLACEMENT
        and clean_characters(char) == char
    )


def format_ranges(codes: Iterable[int]) -> str:
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    entries = (f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in ranges)
    return fill(" ".join(entries), 98, break_on_hyphens=False)


def main() -> None:
    source = MODULE.read_text("utf-8")
    table = f'PRINTABLE = """\n{format_ranges(list_printable_codes())}\n"""'
    MODULE.write_text(re.sub(r'PRINTABLE = """\n[^"]*"""', table, source, count=1), "utf-8")


if __name__ == "__main__":
    main()
