"""Replies to mails of ours: what a member wrote instead of using its link."""

from dataclasses import dataclass
from datetime import datetime

MAX_ATTACHMENTS = 20
EVIDENCE_TYPE = "eml"  # a reply is kept whole, as the mail that came


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a reply. ``type`` is its extension by content, empty if it is not offered."""

    name: str
    type: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class IncomingReply:
    """A reply as it came: ``text`` is without the quoted mail, ``whole_text`` with it."""

    sender: str  # the address
    sender_name: str
    subject: str
    text: str
    whole_text: str = ""
    attachments: tuple[Attachment, ...] = ()
    received_at: datetime | None = None  # as the mailbox's own server says


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was assigned to an invitation, and to the link whose mail it answers."""

    id: int
    invitation_id: int
    link_id: int | None
    sender: str
    sender_name: str
    subject: str
    text: str
    whole_text: str
    attachments: tuple[Attachment, ...]
    sha256: str  # of the mail, which is kept as evidence
    size: int
    received_at: datetime
    is_known_sender: bool  # whether it is one of the member's addresses
    answer_id: int | None = None  # the answer that was recorded from it
    settled_at: datetime | None = None
    settled_by: str = ""
