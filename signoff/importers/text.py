"""Decode text files, and remove or report problematic characters."""

import codecs
import re
from dataclasses import dataclass, field

from signoff.domain.characters import BREAKS, INVISIBLE, clean_characters, find_unprintable
from signoff.importers.errors import FileReason, refuse


@dataclass(slots=True)
class CharacterFindings:
    """Invisible characters that were removed, and unprintable ones with the text around them."""

    invisible: dict[str, None] = field(default_factory=dict)
    unprintable: dict[str, str] = field(default_factory=dict)


def clean_text(text: str, findings: CharacterFindings) -> str:
    """``text`` as ``clean_characters`` makes it, without invisible characters, which are noted in
    ``findings`` like those that cannot be printed.
    """
    findings.invisible.update(dict.fromkeys(char for char in text if char in "\u2028\u2029\u0085"))
    findings.invisible.update(dict.fromkeys(INVISIBLE.findall(text)))
    text = clean_characters(INVISIBLE.sub("", BREAKS.sub(" ", text)))
    findings.unprintable = find_unprintable(text) | findings.unprintable
    return text


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
