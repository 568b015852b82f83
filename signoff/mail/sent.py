"""What is kept of a mail that was sent: everything but its links and codes."""

import re
from collections.abc import Iterable
from email.message import EmailMessage

from signoff.domain.mail import SentMail

DUMMY_TOKEN = "muster-ohne-zugang"  # in place of a token; no real token looks like it
DUMMY_CODE = "MUST-ER00"
# Payload and signature of any token (``signoff.tokens``), whatever it is for and whatever key has
# signed it.
TOKEN = re.compile(r"[\w-]{8,}\.[\w-]{43}(?![\w-])", re.ASCII)
# Fields of the parts, and the return path, by which anybody could declare the mail undelivered.
LEFT_OUT = ("return-path", "mime-version")


def build_sent_mail(message: EmailMessage, codes: Iterable[str]) -> SentMail:
    """``message`` with every token and these short codes masked; attachments by name alone."""

    def mask(text: str) -> str:
        text = TOKEN.sub(DUMMY_TOKEN, text)
        for code in codes:
            text = text.replace(code, DUMMY_CODE)
        return text

    return SentMail(
        email=str(message["To"].addresses[0].addr_spec),
        headers=tuple(
            (name, mask(" ".join(str(value).split())))
            for name, value in message.items()
            if name.lower() not in LEFT_OUT and not name.lower().startswith("content-")
        ),
        text=mask(get_body_part(message, "plain")),
        html=mask(get_body_part(message, "html")),
        attachments=tuple(str(part.get_filename("")) for part in message.iter_attachments()),
    )


def get_body_part(message: EmailMessage, subtype: str) -> str:
    """The text of the part; empty if there is none."""
    part = message.get_body((subtype,))
    return str(part.get_content()) if part else ""
