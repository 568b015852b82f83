"""What is kept of a mail that was sent: everything but its links and codes."""

import re
from collections.abc import Iterable

from signoff.domain.mail import SentMail
from signoff.mail.message import ComposedMail

DUMMY_TOKEN = "muster-ohne-zugang"  # in place of a token; no real token looks like it
DUMMY_CODE = "MUST-ER00"
# Payload and signature of any token (``signoff.tokens``), whatever it is for and whatever key has
# signed it.
TOKEN = re.compile(r"[\w-]{8,}\.[\w-]{43}(?![\w-])", re.ASCII)
SIGNATURE = re.compile(r"\.[\w-]{43}(?![\w-])", re.ASCII)  # found in a fraction of the time
# Fields of the parts, and the return path, by which anybody could declare the mail undelivered.
LEFT_OUT = ("return-path", "mime-version")


def build_sent_mail(message: ComposedMail, codes: Iterable[str]) -> SentMail:
    """``message`` with every token and these short codes masked; attachments by name alone."""

    def mask(text: str) -> str:
        text = "".join(
            TOKEN.sub(DUMMY_TOKEN, line) if SIGNATURE.search(line) else line
            for line in text.splitlines(keepends=True)
        )
        for code in codes:
            text = text.replace(code, DUMMY_CODE)
        return text

    kept = [
        (name, " ".join(str(value).split()))
        for name, value in message.items()
        if name.lower() not in LEFT_OUT and not name.lower().startswith("content-")
    ]
    values = mask("\n".join(value for _, value in kept)).split("\n")
    return SentMail(
        email=str(message["To"].addresses[0].addr_spec),
        headers=tuple((name, value) for (name, _), value in zip(kept, values, strict=True)),
        text=mask(message.text),
        html=mask(message.html),
        attachments=tuple(str(part.get_filename("")) for part in message.iter_attachments()),
    )
