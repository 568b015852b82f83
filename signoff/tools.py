"""All that is not us: clock, links, mail, printer, archive. ``app`` makes them; tests replace them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Protocol

from signoff.archive import Archive
from signoff.domain.document import Document
from signoff.domain.letter import Letter
from signoff.links import Door, Links
from signoff.mail.compose import compose
from signoff.mail.post import post_for
from signoff.mail.returns import Returns
from signoff.pdf.press import press
from signoff.settings import Settings, SettingsWrong


class Printed(Protocol):
    """A printed PDF."""

    @property
    def content(self) -> bytes: ...

    @property
    def pages(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What the parts of an instance are handed."""

    clock: Callable[[], datetime]
    links: Links
    compose: Callable[[Letter, datetime], EmailMessage]
    post: Callable[[EmailMessage], None]
    print_pdf: Callable[[Document], Printed]
    archive: Archive


def tools(settings: Settings) -> Tools:
    """The real ones for an instance."""
    links = Links(settings.keys.links)
    returns = Returns(settings.bounces_address, settings.keys.links) if settings.bounces_address else None

    def composed(letter: Letter, now: datetime) -> EmailMessage:
        token = links.token(Door.INVITATION, letter.link.public_id, letter.link.generation)
        message = compose(letter, token=token, base_url=settings.base_url, now=now)
        if returns:
            message["Return-Path"] = f"<{returns.path(letter.notice.id)}>"  # for the envelope; the post takes it away
        return message

    return Tools(
        clock=lambda: datetime.now(UTC),
        links=links,
        compose=composed,
        post=post_of(settings),
        print_pdf=press,
        archive=Archive(settings.archive),
    )


def post_of(settings: Settings) -> Callable[[EmailMessage], None]:
    """Where mail goes. The address of the mail server holds a password, so it is not repeated."""
    try:
        return post_for(settings.smtp_url or None, settings.outbox)
    except ValueError as wrong:
        raise SettingsWrong(
            "SIGNOFF_SMTP_URL muss mit smtp://, smtps:// oder smtp+starttls:// beginnen und einen Server nennen."
        ) from wrong
