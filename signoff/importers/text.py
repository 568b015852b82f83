"""Bytes to characters: UTF-8 with or without a byte order mark, or Windows-1252."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from signoff.importers.errors import FileReason, refuse

# Characters: what cannot be seen is removed, what the fonts lack is reported.

# Breaks that are not spaces to HTML; the rest of white space collapses.
BREAK_CHARS = re.compile("[\u0085\u2028\u2029\u3000\t\n\f\r\v]+")
# Zero width, soft hyphens, directional controls, private use, C0 and C1: two texts that look alike must be alike.
INVISIBLE_CHARS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
# Latin, Greek, Cyrillic with their extensions, punctuation, currency, letter-like, arrows, mathematics, shapes in use.
PRINTABLE_CHARS = re.compile(
    "[\x20-\x7e\u00a0-\u024f\u02b9-\u02dd\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff\u2000-\u200a\u2010-\u2027\u202f-\u205e"
    "\u2070-\u209c\u20a0-\u20bf\u2100-\u214f\u2150-\u215e\u2190-\u2199\u2202-\u2265\u25a0-\u25cf\u2713\ufb00-\ufb04]"
)


@dataclass(slots=True)
class CharacterFindings:
    """What a text contained that cannot be seen or may not be printed, each once, in order.

    What may not be printed stands with the words around it where it was met first.
    """

    invisible: dict[str, None] = field(default_factory=dict)
    unprintable: dict[str, str] = field(default_factory=dict)


def clean_text(text: str, found: CharacterFindings) -> str:
    """``text`` in NFC without invisible characters; what was met is noted in ``found``."""
    found.invisible.update(dict.fromkeys(sign for sign in text if sign in "\u2028\u2029\u0085"))
    found.invisible.update(dict.fromkeys(INVISIBLE_CHARS.findall(text)))
    text = unicodedata.normalize("NFC", INVISIBLE_CHARS.sub("", BREAK_CHARS.sub(" ", text)))
    for at, sign in enumerate(text):
        if not PRINTABLE_CHARS.match(sign):
            found.unprintable.setdefault(sign, excerpt_around(text, at))
    return text


def excerpt_around(text: str, at: int, reach: int = 16) -> str:
    """The words around a place in ``text``, cut between words."""
    before, after = text[max(0, at - reach) : at], text[at : at + reach]
    before = before if at <= reach else f"…{before.partition(' ')[2]}"
    return before + (after if at + reach >= len(text) else f"{after.rpartition(' ')[0] or after}…")


def format_characters(signs: Mapping[str, str | None], limit: int = 20) -> str:
    """The characters with their code points and where they stand, for a sentence: ``😀 (U+1F600, „Hallo 😀“)``."""
    shown = []
    for sign, place in signs.items():
        code = f"U+{ord(sign):04X}" + (f", „{place}“" if place else "")
        shown.append(f"{sign} ({code})" if sign.isprintable() else code)
    return ", ".join(shown[:limit]) + (" …" if len(shown) > limit else "")


# What ä, ö, ü, ß look like when UTF-8 is taken for Windows-1252: the sign of a file of mixed or broken encoding.
MOJIBAKE = re.compile("Ã[\u00a4\u00b6\u00bc\u201e\u2013\u0153\u0178]")


def decode_text(content: bytes) -> str:
    """The characters of ``content``; FileRefused where the encoding is neither UTF-8 nor Windows-1252."""
    if b"\0" in content or content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse(FileReason.UNKNOWN_ENCODING)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise refuse(FileReason.UNKNOWN_ENCODING) from None
    if MOJIBAKE.search(text):
        raise refuse(FileReason.UNKNOWN_ENCODING)
    return text
