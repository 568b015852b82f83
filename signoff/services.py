"""Services of an instance: clock, tokens, mail, printer, archive. Tests replace some of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from signoff import webhooks
from signoff.config import Settings, SettingsError, read_webhook_secret
from signoff.domain.documents import (
    Attachment,
    Document,
    LetterText,
    PrintedDocument,
    VerificationReport,
    WorkingCopy,
)
from signoff.domain.mail import (
    AnyMailContext,
    Bounce,
    ComposedContext,
    MailContext,
    SentMail,
)
from signoff.domain.releases import SealError
from signoff.domain.replies import EVIDENCE_TYPE
from signoff.domain.replies import Attachment as ReplyAttachment
from signoff.exports import DOCX_LAYOUT_VERSION
from signoff.exports.attachments import build_attachments
from signoff.exports.mail_files import MailFileBuilder
from signoff.holidays import HolidayCalendar
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.mail.bounces import UnreadMessage, classify_message, iter_imap
from signoff.mail.compose import MailComposer
from signoff.mail.message import BouncePath, ComposedMail
from signoff.mail.oauth2 import TokenSource
from signoff.mail.replies import read_attachments
from signoff.mail.transport import transport_for
from signoff.pdf.copies import mark_copy, recognise_copy
from signoff.pdf.examination import verify_in_subprocess
from signoff.pdf.process import compute_style_digest, print_in_subprocess
from signoff.pdf.seal import SealService
from signoff.signing import LogKey
from signoff.standby import CopyService
from signoff.storage import Archive, Makeshift, RenderCache, Slots
from signoff.tokens import TokenSigner

MAX_EXAMINING = 2  # foreign files at a time
MAX_WAITING = 2  # further requests that wait for their turn
Rendered = TypeVar("Rendered", WorkingCopy, Document)
EXAMINATION_TIMEOUT = 3.0  # seconds that they wait


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one instance."""

    clock: Callable[[], datetime]
    token_signer: TokenSigner
    compose: Callable[[AnyMailContext, datetime], ComposedMail]
    # the same with links that open nothing
    rehearse: Callable[[ComposedContext, datetime], ComposedMail]
    keep: Callable[[AnyMailContext, EmailMessage], SentMail]  # what is kept of a sent mail
    tokens: TokenSource  # for mail servers and mailboxes that ask for OAuth2
    compose_letter: Callable[[MailContext, datetime], LetterText]
    send_mail: Callable[[EmailMessage], None]
    delivers_mail: bool  # else it lies in a folder that nobody collects
    print_pdf: Callable[[Document], PrintedDocument]
    archive: Archive
    calendar: HolidayCalendar
    render_cache: RenderCache
    sealing: SealService
    classify: Callable[[bytes], Bounce]
    keep_reply: Callable[[bytes], str]  # stores a mail and returns its digest
    open_mailbox: Callable[[], Iterator[UnreadMessage]]
    examine: Callable[[bytes, bytes], VerificationReport]
    recognise: Callable[[bytes], str]  # the title of an unsealed copy of ours; else empty
    post_webhook: Callable[[str, str, bytes], None]
    log_key: LogKey
    wait_for_copy: Callable[[int], None]  # until a second machine has so many audit entries
    attach: Callable[[Document], tuple[Attachment, ...]] = build_attachments
    read_attachments: Callable[[bytes], list[tuple[ReplyAttachment, bytes]]] = read_attachments


class Examiner:
    """Examines foreign files, at most two at a time over all web processes of the instance.

    Raises ``Busy`` to whoever does not get a turn within a few seconds.
    """

    def __init__(self, folder: Path) -> None:
        self.slots = Slots(
            MAX_EXAMINING,
            MAX_WAITING,
            EXAMINATION_TIMEOUT,
            [folder / f"examination-{number}.lock" for number in range(1, MAX_EXAMINING + 1)],
        )

    def __call__(self, content: bytes, certificates: bytes) -> VerificationReport:
        with self.slots.acquire():
            return verify_in_subprocess(content, certificates)


@dataclass(frozen=True, slots=True)
class PdfPrinter:
    """Prints in a subprocess, with or without reports of the finished steps.

    With ``trial_round`` every page is labelled as that of a trial round. What will not be sealed
    is marked with the newest of ``keys``, so that it is recognised.
    """

    keys: Sequence[bytes]
    trial_round: bool = False

    def __call__(
        self,
        document: Rendered,
        progress: Callable[[int, int], None] = lambda step, steps: None,
    ) -> PrintedDocument:
        labelled = label_copy(document, self.trial_round)
        printed = print_in_subprocess(labelled, progress=progress)
        if isinstance(labelled, Document) and labelled.is_publication:
            return printed
        return replace(printed, content=mark_copy(printed.content, self.keys))

    def with_progress(
        self, report: Callable[[int, int], None]
    ) -> Callable[[Document], PrintedDocument]:
        return partial(self, progress=report)


def label_copy(copy: Rendered, trial_round: bool) -> Rendered:
    """A document, labelled on every page if it is one of a trial round."""
    if not trial_round:
        return copy
    if isinstance(copy, Document):
        return replace(copy, trial_round=True)
    mark = get_catalogue(choose_language(copy.language)).gettext(_("Probeverfahren"))
    return replace(copy, mark=mark)


def print_copy(
    printer: PdfPrinter, sealing: SealService, clock: Callable[[], datetime], copy: Rendered
) -> bytes:
    """The file of a copy; a receipt or certificate is sealed, unless it is one of a trial round.

    Without a usable key it bears the mark of the other copies: an answer is confirmed anyway.
    """
    content = printer(copy).content
    if isinstance(copy, WorkingCopy) and copy.kind and not printer.trial_round:
        try:
            return sealing.seal_copy(content, copy.association.name, copy.kind, clock())
        except SealError:  # `doctor` says what is wrong
            return Makeshift(content)
    return content


def write_docx(copy: WorkingCopy) -> bytes:
    from signoff.exports.docx import build_docx  # it takes 8 MB of each process

    return build_docx(copy)


def build_services(settings: Settings) -> Services:
    """The services of an instance with these settings."""
    archive, calendar = Archive(settings.archive), HolidayCalendar()
    printer = PdfPrinter(settings.keys.links, settings.is_trial_round)
    sealing = build_sealing(settings)
    render_cache = RenderCache(
        settings.cache,
        {
            "pdf": partial(print_copy, printer, sealing, read_clock),
            "docx": lambda copy: write_docx(label_copy(copy, settings.is_trial_round)),
        },
        compute_style_digest() + DOCX_LAYOUT_VERSION,
    )
    return Services(
        clock=read_clock,
        token_signer=TokenSigner(settings.keys.links),
        print_pdf=printer,
        archive=archive,
        render_cache=render_cache,
        sealing=sealing,
        calendar=calendar,
        keep_reply=partial(archive.store_scan, media_type=EVIDENCE_TYPE),
        examine=Examiner(settings.instance),
        recognise=partial(recognise_copy, keys=settings.keys.links),
        post_webhook=partial(post_webhook, settings),
        log_key=LogKey(settings.keys.log),
        wait_for_copy=CopyService(settings),
        **build_mail_services(settings, archive, calendar, render_cache),
    )


def with_mail_settings(services: Services, settings: Settings) -> Services:
    """``services`` with the mail set-up of ``settings``."""
    return replace(
        services,
        **build_mail_services(settings, services.archive, services.calendar, services.render_cache),
    )


def build_mail_services(
    settings: Settings, archive: Archive, calendar: HolidayCalendar, render_cache: RenderCache
) -> dict[str, Any]:
    """The services that depend on the mail set-up, by their names."""
    bounces = settings.bounces_address
    composer = MailComposer(
        TokenSigner(settings.keys.links),
        settings.base_url,
        BouncePath(bounces, settings.keys.links) if bounces else None,
        MailFileBuilder(
            archive.read_print,
            partial(render_mail_file, render_cache),
            calendar,
            urlsplit(settings.base_url).hostname or "localhost",
        ),
        takes_replies=bool(bounces and settings.imap_url),
    )
    tokens = TokenSource(settings, read_clock)
    return {
        "compose": composer.compose,
        "rehearse": composer.rehearse,
        "keep": composer.keep,
        "compose_letter": composer.compose_letter,
        "tokens": tokens,
        "send_mail": build_transport(settings, tokens),
        "delivers_mail": settings.delivers_mail,
        "classify": partial(classify_message, bounce_path=BouncePath(bounces, settings.keys.links)),
        "open_mailbox": partial(iter_imap, settings.imap_url, tokens=tokens),
    }


def render_mail_file(cache: RenderCache, copy: WorkingCopy, extension: str) -> bytes:
    """The file of ``copy``. Receipts are kept for the page; thousands of motions would displace
    what members read.
    """
    render = cache if copy.kind else cache.render_once
    return render(copy, extension)


def post_webhook(settings: Settings, url: str, id: str, body: bytes) -> None:
    secret, now = read_webhook_secret(settings), read_clock()
    webhooks.post(url, id, body, secret=secret, timestamp=int(now.timestamp()))


def read_clock() -> datetime:
    return datetime.now(UTC)


def build_transport(settings: Settings, tokens: TokenSource) -> Callable[[EmailMessage], None]:
    """The mail transport.

    The address of the mail server may contain a password, so no error repeats it.
    """
    try:
        return transport_for(settings.smtp_url or None, settings.outbox, tokens)
    except ValueError as wrong:
        raise SettingsError(
            "SIGNOFF_SMTP_URL muss mit smtp://, smtps:// oder smtp+starttls:// beginnen und einen Server nennen. "
            "Mehrere Server stehen durch Leerzeichen getrennt, jeder einmal; als Zusätze sind auth, per_minute und "
            "per_day erlaubt."
        ) from wrong


def build_sealing(settings: Settings) -> SealService:
    """The seal service, with the association's own key or the one generated at set-up."""
    p12 = Path(settings.seal_p12) if settings.seal_p12 else settings.own_seal
    return SealService(
        p12,
        settings.archive / "certificates.pem",
        settings.seal_passphrase,
        settings.seal_passphrase_file,
        settings.tsa_url,
        settings.tsa_certificate,
    )
