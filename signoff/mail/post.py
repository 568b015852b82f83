"""Where mail goes: to a server where one is configured, else into a folder."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from signoff.domain.delivery import PostFailed
from signoff.mail.folder import Folder
from signoff.mail.smtp import Smtp

__all__ = ["Folder", "Post", "PostFailed", "Smtp", "post_for"]

Post = Callable[[EmailMessage], None]  # returns once the message is accepted, else raises PostFailed


def post_for(smtp_url: str | None, outbox: Path) -> Folder | Smtp:
    """The post of an instance; ``close()`` it after a run. Raises ``ValueError`` for an address of no mail server."""
    return Smtp(smtp_url) if smtp_url else Folder(outbox)
