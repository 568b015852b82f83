"""The copies of sent mail that are kept: everything but links and codes."""

import re
from collections.abc import Iterable

from signoff.domain.mail import SentMail
from signoff.mail.message import ComposedMail
from signoff.tokens import MAX_TOKEN_LENGTH

DUMMY_TOKEN = "muster-ohne-zugang"  # in place of a token; no real token looks like it
DUMMY_CODE = "MUST-ER00"
# Payload and signature of any token (``signoff.tokens``), whatever it is for and whatever key has
# signed it, in one line or several, quoted or not.
BREAK = r"(?:\r?\n(?:[> \r\n]|&gt;)*)?"
PAYLOAD = re.compile(rf"(?<![\w-])(?:[\w-]{BREAK}){{8,}}+\Z", re.ASCII)
SIGNATURE = re.compile(rf"\.{BREAK}(?:[\w-]{BREAK}){{42}}+[\w-](?![\w-])", re.ASCII)
CODE_BREAK = r"(?:[\s>-]|&gt;)*"
# Fields of the parts, and the return path, by which anybody could declare the mail undelivered.
LEFT_OUT = ("return-path", "mime-version")


def build_sent_mail(message: ComposedMail, codes: Iterable[str], typed: str = "") -> SentMail:
    """``message`` with every token and these short codes masked; attachments by name alone.

    Somebody may have written the code ``typed``, in lower case or without its hyphen, too.
    """
    pattern = re.compile(CODE_BREAK.join(filter(str.isalnum, typed)), re.I) if typed else None

    def mask(text: str) -> str:
        text = mask_tokens(text)
        for code in codes:
            text = text.replace(code, DUMMY_CODE)
        return pattern.sub(DUMMY_CODE, text) if pattern else text

    headers = [
        (name, mask(" ".join(str(value).split())))
        for name, value in message.items()
        if name.lower() not in LEFT_OUT and not name.lower().startswith("content-")
    ]
    return SentMail(
        email=str(message["To"].addresses[0].addr_spec),
        headers=tuple(headers),
        text=mask(message.text),
        html=mask(message.html),
        attachments=tuple(str(part.get_filename("")) for part in message.iter_attachments()),
    )


def mask_tokens(text: str) -> str:
    """``text`` with a dummy in place of every token."""
    kept, end = [], 0
    for signature in SIGNATURE.finditer(text):
        start = signature.start()
        earliest = max(end, start - MAX_TOKEN_LENGTH)
        if payload := PAYLOAD.search(text[earliest:start]):  # may begin within a word
            kept += [text[end : earliest + payload.start()], DUMMY_TOKEN]
            end = signature.end()
    return "".join((*kept, text[end:]))
