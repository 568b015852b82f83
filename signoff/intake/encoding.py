"""Bytes to characters: UTF-8 with or without a byte order mark, or Windows-1252."""

import codecs
import re

from signoff.intake.problem import FileReason, refuse

# What ä, ö, ü, ß look like when UTF-8 is taken for Windows-1252: the sign of a file of mixed or broken encoding.
MISREAD = re.compile("Ã[\u00a4\u00b6\u00bc\u201e\u2013\u0153\u0178]")


def decode(content: bytes) -> str:
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
    if MISREAD.search(text):
        raise refuse(FileReason.UNKNOWN_ENCODING)
    return text
