"""Characters: what cannot be seen is removed, what the fonts lack is reported."""

import re
import unicodedata
from dataclasses import dataclass, field

# Breaks that are not spaces to HTML; the rest of white space collapses.
BREAKS = re.compile("[\u0085\u2028\u2029\u3000\t\n\f\r\v]+")
# Zero width, soft hyphens, directional controls, private use, C0 and C1: two texts that look alike must be alike.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\uffff\ue000-\uf8ff\U000e0000-\U0010ffff]"
)
# Latin, Greek, Cyrillic with their extensions, punctuation, currency, letter-like, arrows, mathematics, shapes in use.
PRINTABLE = re.compile(
    "[\x20-\x7e\u00a0-\u024f\u02b9-\u02dd\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff\u2000-\u200a\u2010-\u2027\u202f-\u205e"
    "\u2070-\u209c\u20a0-\u20bf\u2100-\u214f\u2150-\u215e\u2190-\u2199\u2202-\u2265\u25a0-\u25cf\u2713\ufb00-\ufb04]"
)


@dataclass(slots=True)
class Found:
    """What a text contained that cannot be seen or may not be printed, each once, in order."""

    invisible: dict[str, None] = field(default_factory=dict)
    unprintable: dict[str, None] = field(default_factory=dict)


def clean(text: str, found: Found) -> str:
    """``text`` in NFC without invisible characters; what was met is noted in ``found``."""
    found.invisible.update(dict.fromkeys(sign for sign in text if sign in "\u2028\u2029\u0085"))
    found.invisible.update(dict.fromkeys(INVISIBLE.findall(text)))
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", BREAKS.sub(" ", text)))
    found.unprintable.update(dict.fromkeys(sign for sign in text if not PRINTABLE.match(sign)))
    return text


def named(signs: dict[str, None], limit: int = 20) -> str:
    """The characters with their code points, for a sentence: ``😀 (U+1F600)``."""
    shown = [f"{sign} (U+{ord(sign):04X})" if sign.isprintable() else f"U+{ord(sign):04X}" for sign in signs]
    return ", ".join(shown[:limit]) + (" …" if len(shown) > limit else "")
