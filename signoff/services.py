"""All that is not us: clock, links, mail, printer, archive. ``app`` makes them; tests replace them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Protocol

from signoff.config import Settings, SettingsWrong
from signoff.domain.audit import InclusionProof
from signoff.domain.documents import Attachment, Document, Report
from signoff.domain.mail import AnyLetter, MailContext, NoticeKind, StaffLetter, TestLetter
from signoff.domain.rounds import Link
from signoff.exports.attachments import attachments
from signoff.exports.docx import LAYOUT, as_word
from signoff.holidays import Calendars
from signoff.mail.compose import as_test, compose
from signoff.mail.message import Returns
from signoff.mail.transport import post_for
from signoff.pdf.examination import examine
from signoff.pdf.process import press, style
from signoff.pdf.seal import Sealing
from signoff.storage import Archive, Copies
from signoff.tokens import Door, Links

DEAD = "muster-ohne-zugang"  # stands where a token would; no token looks like it
DEAD_CODE = "MUST-ER00"


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
    compose: Callable[[AnyLetter, datetime], EmailMessage]
    rehearse: Callable[
        [MailContext | StaffLetter, datetime], EmailMessage
    ]  # the same with links that open nothing
    post: Callable[[EmailMessage], None]
    print_pdf: Callable[[Document], Printed]
    archive: Archive
    calendar: Calendars
    copies: Copies
    sealing: Sealing
    attach: Callable[[Document, InclusionProof], tuple[Attachment, ...]] = attachments
    examine: Callable[[bytes, bytes], Report] = examine


class Press:
    """The press, alone or so that it tells each finished step."""

    def __call__(self, document: Document) -> Printed:
        return press(document)

    def watched(self, progress: Callable[[int, int], None]) -> Callable[[Document], Printed]:
        return partial(press, progress=progress)


def tools(settings: Settings) -> Tools:
    """The real ones for an instance."""
    links = Links(settings.keys.links)
    returns = (
        Returns(settings.bounces_address, settings.keys.links) if settings.bounces_address else None
    )

    def token(link: Link) -> str:
        return links.token(Door.INVITATION, link.public_id, link.generation)

    def composed(letter: AnyLetter, now: datetime) -> EmailMessage:
        message = written(letter, now)
        if returns:
            message["Return-Path"] = (
                f"<{returns.path(letter.notice.id)}>"  # for the envelope; the post takes it away
            )
        return message

    def written(letter: AnyLetter, now: datetime) -> EmailMessage:
        if isinstance(letter, TestLetter):
            return as_test(rehearsed(letter.letter, now), letter, settings.base_url)
        if isinstance(letter, StaffLetter):
            return compose(letter, token=staff_token(letter), base_url=settings.base_url, now=now)
        code = links.code(letter.link.public_id, letter.link.generation)
        more = [token(each.link) for each in letter.also]
        return compose(
            letter,
            token=token(letter.link),
            code=code,
            more=more,
            base_url=settings.base_url,
            now=now,
        )

    def staff_token(letter: StaffLetter) -> str:
        if letter.notice.kind is NoticeKind.PASSWORD_LINK:
            return links.token(Door.PASSWORD, str(letter.notice.number), letter.generation)
        return links.token(Door.STAFF, str(letter.staff.id), letter.generation)

    def rehearsed(letter: MailContext | StaffLetter, now: datetime) -> EmailMessage:
        more = [DEAD] * (0 if isinstance(letter, StaffLetter) else len(letter.also))
        return compose(
            letter, token=DEAD, code=DEAD_CODE, more=more, base_url=settings.base_url, now=now
        )

    return Tools(
        clock=lambda: datetime.now(UTC),
        links=links,
        compose=composed,
        rehearse=rehearsed,
        post=post_of(settings),
        print_pdf=Press(),
        archive=Archive(settings.archive),
        copies=Copies(
            settings.cache,
            {"pdf": lambda copy: press(copy).content, "docx": as_word},
            style() + LAYOUT,
        ),
        sealing=sealing(settings),
        calendar=Calendars(),
    )


def post_of(settings: Settings) -> Callable[[EmailMessage], None]:
    """Where mail goes. The address of the mail server holds a password, so it is not repeated."""
    try:
        return post_for(settings.smtp_url or None, settings.outbox)
    except ValueError as wrong:
        raise SettingsWrong(
            "SIGNOFF_SMTP_URL muss mit smtp://, smtps:// oder smtp+starttls:// beginnen und einen Server nennen."
        ) from wrong


def sealing(settings: Settings) -> Sealing:
    """What the instance seals with: the association's own key, or the one made at set-up."""
    p12 = Path(settings.seal_p12) if settings.seal_p12 else settings.own_seal
    return Sealing(p12, settings.seal_passphrase, settings.seal_passphrase_file, settings.tsa_url)
