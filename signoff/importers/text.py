"""Decode text files, and remove or report problematic characters."""

import codecs
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from signoff.importers.errors import FileReason, refuse

# White space that HTML does not collapse.
BREAK_CHARS = re.compile("[\u0085\u2028\u2029\u3000\t\n\f\r\v]+")
# Zero width, soft hyphens, directional controls, private use, C0 and C1: texts that look the same
# must be the same.
INVISIBLE_CHARS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
# The characters in the fonts: Latin, Greek, Cyrillic, punctuation, currency, arrows, mathematics, …
PRINTABLE_CHARS = re.compile(
    "[\x20-\x7e\u00a0-\u024f\u02b9-\u02dd\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff\u2000-\u200a\u2010-\u2027\u202f-\u205e"
    "\u2070-\u209c\u20a0-\u20bf\u2100-\u214f\u2150-\u215e\u2190-\u2199\u2202-\u2265\u25a0-\u25cf\u2713\ufb00-\ufb04]"
)


@dataclass(slots=True)
class CharacterFindings:
    """Invisible characters that were removed, and unprintable ones with the text around them."""

    invisible: dict[str, None] = field(default_factory=dict)
    unprintable: dict[str, str] = field(default_factory=dict)


def clean_text(text: str, findings: CharacterFindings) -> str:
    """``text`` in NFC without invisible characters, which are noted in ``findings``."""
    findings.invisible.update(dict.fromkeys(char for char in text if char in "\u2028\u2029\u0085"))
    findings.invisible.update(dict.fromkeys(INVISIBLE_CHARS.findall(text)))
    text = unicodedata.normalize("NFC", INVISIBLE_CHARS.sub("", BREAK_CHARS.sub(" ", text)))
    for index, char in enumerate(text):
        if not PRINTABLE_CHARS.match(char):
            findings.unprintable.setdefault(char, excerpt_around(text, index))
    return text


def excerpt_around(text: str, index: int, reach: int = 16) -> str:
    """The text around an index, cut between words."""
    before, after = text[max(0, index - reach) : index], text[index : index + reach]
    before = before if index <= reach else f"…{before.partition(' ')[2]}"
    return before + (
        after if index + reach >= len(text) else f"{after.rpartition(' ')[0] or after}…"
    )


def format_characters(contexts: Mapping[str, str | None], limit: int = 20) -> str:
    """The characters with code point and context: ``😀 (U+1F600, „Hallo 😀“)``."""
    described = []
    for char, excerpt in contexts.items():
        code = f"U+{ord(char):04X}" + (f", „{excerpt}“" if excerpt else "")
        described.append(f"{char} ({code})" if char.isprintable() else code)
    return ", ".join(described[:limit]) + (" …" if len(described) > limit else "")


# ä, ö, ü and ß in UTF-8 decoded as Windows-1252: the file has a mixed or broken encoding.
MOJIBAKE = re.compile("Ã[\u00a4\u00b6\u00bc\u201e\u2013\u0153\u0178]")


def decode_text(content: bytes) -> str:
    """Decode UTF-8 (with or without byte order mark), UTF-16 with one, or Windows-1252.

    Raises ``FileRefused``.
    """
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # "Unicode text"
    if b"\0" in content and not is_utf16:
        raise refuse(FileReason.UNKNOWN_ENCODING)
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "cp1252" and MOJIBAKE.search(text):
            break
        return text
    raise refuse(FileReason.UNKNOWN_ENCODING)
