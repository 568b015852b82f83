"""Webhooks: which events are reported, their format and signature, and when they are retried.

The form is that of https://www.standardwebhooks.com, for which there are libraries.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import new

from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.papers import Edition
from signoff.domain.rounds import Terms

TYPES = {
    Event.ROUND_OPENED: "round.opened",
    Event.ROUND_CLOSED: "round.closed",
    Event.RELEASED: "paper.released",
    Event.RELEASE_RETRACTED: "paper.withdrawn",
    Event.LATE_SIGNATURE_REVIEWED: "signature.added",
    Event.WITHDRAWN: "signature.withdrawn",
}
# After each failed attempt; after the last one the message is given up.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440))


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address with the last audit entry that was delivered to it or given up."""

    url: str
    last_entry: int
    attempts: int = 0  # failed ones, of the next entry
    next_try_at: datetime | None = None


class WebhookError(Exception):
    """The receiver did not take a message. ``str()`` says why, for the audit log."""


def find_type(entry: DetailedEntry, terms: Terms) -> str | None:
    """The type of the message about an entry of a round with ``terms``; ``None`` where nobody is
    told.
    """
    details = entry.details or {}
    is_public = {
        Event.ROUND_OPENED: terms.public,
        Event.ROUND_CLOSED: terms.public,
        Event.LATE_SIGNATURE_REVIEWED: bool(details.get("accepted")),
        Event.WITHDRAWN: bool(details.get("late")),  # before, answers are nobody's business
    }.get(entry.event, True)
    return TYPES.get(entry.event) if is_public else None


def build_message(
    message_type: str, entry: DetailedEntry, edition: Edition, address: str
) -> dict[str, object]:
    """The message: no personal data, and no member; what is public is read at ``address``."""
    digest = (entry.details or {}).get("sha256")
    data = {
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "address": address,
        **({"sha256": digest} if digest else {}),
    }
    return {"type": message_type, "timestamp": entry.at.isoformat(), "data": data}


def sign(secret: bytes, id: str, timestamp: int, body: bytes) -> str:
    """The value of the header ``webhook-signature``."""
    content = f"{id}.{timestamp}.".encode() + body
    return "v1," + b64encode(new(secret, content, sha256).digest()).decode()
