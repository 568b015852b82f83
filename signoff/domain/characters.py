"""Characters: which ones the fonts of the print have, and what others become.

``PRINTABLE`` is written by ``.ci/printable_characters.py`` from the fonts, so that forms and
imports need no files to answer whether a text can be printed; a test compares it with the fonts.
"""

import re
import unicodedata
from collections.abc import Mapping

# Hexadecimal code points and ranges. Emoji are left out: systems draw them with fonts of their own.
PRINTABLE = """
20-7e a0-ac ae-2e9 2ec-2ee 2f3 2f7 300-33f 342 345-34e 351-353 357-358 35a 35c-362 370-373 375-377
37a-37d 37f 384-386 388-38a 38c 38e-3a1 3a3-52f 531-556 559-55f 561-587 589-58a 5b0-5c3 5c6-5c7
5d0-5ea 5f0-5f4 606-607 609-60a 60c 615 61b 61f 621-63a 640-655 657 65a 660-670 674 679-6bf
6c6-6c8 6cb-6cc 6ce 6d0 6d5 6f0-6f9 7c0-7e7 7eb-7f5 7f8-7fa e3f e81-e82 e84 e87-e88 e8a e8d
e94-e97 e99-e9f ea1-ea3 ea5 ea7 eaa-eab ead-eb9 ebb-ebd ec0-ec4 ec6 ec8-ecd ed0-ed9 edc-edd
10a0-10c5 10d0-10fc 1401-1407 1409-141b 141d-1435 1437-144a 144c-1452 1454-14bd 14c0-14ea
14ec-1507 1510-153e 1540-1550 1552-156a 1574-1585 158a-1596 15a0-15af 15de 15e1 1646-1647
166e-1676 1680-169c 1d00-1d14 1d16-1d23 1d26-1d2e 1d30-1d5b 1d5d-1d6a 1d6c-1d78 1d7b 1d7d 1d85
1d91 1d9b-1dbf 1dc4-1dc9 1e00-1efb 1f00-1f15 1f18-1f1d 1f20-1f45 1f48-1f4d 1f50-1f57 1f59 1f5b
1f5d 1f5f-1f70 1f72 1f74 1f76 1f78 1f7a 1f7c 1f80-1fb4 1fb6-1fba 1fbc-1fbd 1fbf-1fc4 1fc6-1fc8
1fca 1fcc-1fd2 1fd6-1fda 1fdd-1fe2 1fe4-1fea 1fec-1fed 1ff2-1ff4 1ff6-1ff8 1ffa 1ffc 1ffe
2002-200a 2010-2027 202f-205f 2070-2071 2074-208e 2090-209c 20a0-20b5 20b8-20ba 20bd 20d0-20d1
20d6-20d7 20db-20dc 20e1 2100-2125 2127-2129 212c-2149 214b 214e 2150-2185 2189 2190-2311
2318-2319 231c-2321 2324-2328 232b-232c 2373-2375 237a 237d 2387 2394 239b-23ae 23ce-23cf 23e3
23e5 23e8 2422-2423 2460-2469 2500-25fc 25ff-2613 2616-261c 261e-2647 2654-267e 2680-2692
2694-269c 269e-26a0 26a2-26a9 26ac-26b8 26c0-26c3 26e2 2701-2704 2706-2709 270e-2727 2729-274b
274d 274f-2752 2756 2758-275e 2761-2794 2798-27af 27b1-27be 27c5-27c6 27e0 27e6-27eb 27f0-28ff
2906-2907 290a-290b 2940-2941 2983-2984 29ce-29d5 29eb 29fa-29fb 2a00-2a02 2a0c-2a1c 2a2f
2a6a-2a6b 2a7d-2aa0 2aae-2aba 2af9-2afa 2b00-2b1a 2b1f-2b24 2b53-2b54 2c60-2c77 2c79-2c7f
2d00-2d25 2d30-2d65 2d6f 2e18 2e1f 2e22-2e25 2e2e 4dc0-4dff a4d0-a4ff a644-a647 a64c-a64d
a650-a651 a654-a657 a662-a66e a68a-a68d a694-a695 a698-a699 a708-a716 a71b-a71f a722-a72b
a730-a741 a746-a74b a74e-a753 a756-a757 a764-a767 a780-a783 a789-a78e a790-a791 a7a0-a7aa
a7ad-a7ae a7b2-a7b7 a7f8-a7ff ab53 fb1e fe20-fe23 fe73 10300-1031e 10320-10323 1d300-1d356
1d538-1d539 1d53b-1d53e 1d540-1d544 1d546 1d54a-1d550 1d552-1d56b 1d5a0-1d5d3 1d7d8-1d7eb
1ee00-1ee03 1ee05-1ee1f 1ee21-1ee22 1ee24 1ee27 1ee29-1ee32 1ee34-1ee37 1ee39 1ee3b 1ee61-1ee62
1ee64 1ee67-1ee6a 1ee6c-1ee72 1ee74-1ee77 1ee79-1ee7c 1ee7e 1f030-1f093 1f0a0-1f0ae 1f0b1-1f0be
1f0c1-1f0ce 1f0d1-1f0df
"""

# What is invisible or looks like something else. Texts that look the same must be the same.

# White space that HTML does not collapse.
BREAKS = re.compile("[\u0085\u2028\u2029\u3000\t\n\f\r\v]+")
# Zero width, soft hyphens, directional marks, variation selectors and tags.
ZERO_WIDTH = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u2065"
    "\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffc\U000e0000-\U000e0fff"
)
# Bidirectional embeddings, overrides and isolates show something else than what is stored.
BIDI_CONTROLS = "\u202a-\u202e\u2066-\u2069"
ZERO_WIDTH_PATTERN = re.compile(f"[{ZERO_WIDTH}]")
# What a text pasted from Word has for line breaks, tabs, and for hyphens of its own.
PASTED_BREAKS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
PASTED_SIGNS = str.maketrans({"\t": " ", "\x1e": "-", "\x1f": None})
INVISIBLE = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f{ZERO_WIDTH}{BIDI_CONTROLS}]")
CONTROLS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff{BIDI_CONTROLS}]")
# Ligatures from PDF files, and presentation forms of Hebrew and Arabic letters.
COMPATIBILITY_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufd3d\ufd50-\ufdff\ufe70-\ufefc]+")
# Word writes the characters of its symbol fonts in the private use area. Where Wingdings and Symbol
# differ, Word's own bullets and ticks decide.
WORD_SYMBOLS = {
    "\uf02d": "–",
    "\uf06c": "●",
    "\uf06e": "■",
    "\uf06f": "☐",
    "\uf071": "❑",
    "\uf072": "❒",
    "\uf075": "◆",
    "\uf076": "❖",
    "\uf0a3": "☐",
    "\uf0a7": "▪",
    "\uf0a8": "☐",
    "\uf0ae": "→",
    "\uf0b0": "°",
    "\uf0b1": "±",
    "\uf0b4": "×",
    "\uf0b7": "•",
    "\uf0d8": "➢",
    "\uf0d7": "·",
    "\uf0de": "⇒",
    "\uf0df": "←",
    "\uf0e0": "→",
    "\uf0e8": "➔",
    "\uf0f0": "⇨",
    "\uf0fb": "✗",
    "\uf0fc": "✓",
    "\uf0fd": "☒",
    "\uf0fe": "☑",
}
WORD_SYMBOL_TABLE = str.maketrans(WORD_SYMBOLS)
# Signs of these fonts as Unicode knows them, and the plainer ones that our fonts have.
PLAIN_SIGNS = {
    **dict.fromkeys("🞏🞐🞎❑❒", "☐"),
    **dict.fromkeys("🗷⌧🗵", "☒"),
    **{"🗹": "☑", "🗶": "✗", "🗸": "✓", "🗴": "✗"},
    **dict(zip("🡨🡪🡩🡫🡬🡭🡯🡮🡸🡺🡹🡻🡼🡽🡿🡾⮘⮚⮙⮛⮈⮊⮉⮋", "←→↑↓↖↗↙↘" * 2 + "◄►▲▼" * 2, strict=True)),
    **{"◼": "■", "⬩": "◆", "⧫": "◆", "⚫": "●", "⭘": "○", "∙": "·", "🔾": "○", "🔿": "○"},
}


def parse_ranges(text: str) -> frozenset[str]:
    """The characters in a text of code points and ranges: ``20-7e a0``."""
    bounds = (entry.partition("-") for entry in text.split())
    return frozenset(
        chr(code)
        for first, _, last in bounds
        for code in range(int(first, 16), int(last or first, 16) + 1)
    )


PRINTABLE_CHARACTERS = parse_ranges(PRINTABLE)
BREAK_HINTS = "\u00ad\u200b"  # soft hyphens and zero-width spaces, where a line may break
# Spaces and hyphens as the text fonts have them.
CHARACTER_SUBSTITUTES = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u202f": "\u00a0",
        "\u2007": "\u00a0",
        "\u2009": "\u00a0",
        **dict.fromkeys("\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u200a\u205f", " "),
        **dict.fromkeys("\u2060\ufeff", ""),
    }
)


def clean_characters(text: str, keep: str = "") -> str:
    """``text`` in NFC, without zero-width characters except those in ``keep``, with letters instead
    of ligatures, and with signs instead of the private characters of Word. Line breaks remain.
    """
    if text.isascii():
        return text
    text = ZERO_WIDTH_PATTERN.sub(
        lambda match: match[0] if match[0] in keep else "", text
    ).translate(WORD_SYMBOL_TABLE)
    text = COMPATIBILITY_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text)


def clean_pasted(text: str) -> str:
    """A text of several lines with ``\\n`` for each kind of line break, and spaces for tabs."""
    return PASTED_BREAKS.sub("\n", text).translate(PASTED_SIGNS)


def has_controls(text: str) -> bool:
    """Whether it has control, line-separating or bidirectional formatting characters.

    These can break a mail header, or display something else than what is stored.
    """
    return bool(CONTROLS.search(text))


def find_unprintable(text: str) -> dict[str, str]:
    """The characters of a clean text that cannot be printed, each with the words around it."""
    found: dict[str, str] = {}
    if PRINTABLE_CHARACTERS.issuperset(text):
        return found
    for index, char in enumerate(text):
        if char not in PRINTABLE_CHARACTERS and char != "\n":
            found.setdefault(char, excerpt_around(text, index))
    return found


def replace_unprintable(text: str, keep: str = "") -> str:
    """``text`` with visible stand-ins such as ``[U+1F600]``, for what was stored before."""
    lacking = set(text) - PRINTABLE_CHARACTERS - {*"\t\n\r", *keep}
    return text.translate({ord(char): f"[U+{ord(char):04X}]" for char in lacking})


def substitute_characters(text: str) -> str:
    """``text`` as it is printed: clean (``clean_characters``), with the spaces and hyphens of the
    fonts, and with visible stand-ins for characters that no font has.

    Forms and imports refuse such characters; what was stored before must not stop a print.
    """
    if text.isascii():
        return text
    clean = clean_characters(text, keep=BREAK_HINTS).translate(CHARACTER_SUBSTITUTES)
    return replace_unprintable(clean, keep=BREAK_HINTS)


def excerpt_around(text: str, index: int, reach: int = 16) -> str:
    """The text around an index, cut between words."""
    before, after = text[max(0, index - reach) : index], text[index : index + reach]
    before = before if index <= reach else f"…{before.partition(' ')[2]}"
    excerpt = before + (
        after if index + reach >= len(text) else f"{after.rpartition(' ')[0] or after}…"
    )
    return " ".join(excerpt.split())


def format_located_characters(places: Mapping[str, Mapping[str, str | None]]) -> str:
    """``„Zur Lage“: 😀 (U+1F600, „Hallo 😀“)``, for each heading; none for an empty one."""
    return "; ".join(
        (f"„{heading}“: " if heading else "") + format_characters(characters)
        for heading, characters in places.items()
    )


def format_characters(contexts: Mapping[str, str | None], limit: int = 20) -> str:
    """The characters with code point and context: ``😀 (U+1F600, „Hallo 😀“)``."""
    described = []
    for char, excerpt in contexts.items():
        code = f"U+{ord(char):04X}" + (f", „{excerpt}“" if excerpt else "")
        described.append(f"{char} ({code})" if char.isprintable() else code)
    return ", ".join(described[:limit]) + (" …" if len(described) > limit else "")
