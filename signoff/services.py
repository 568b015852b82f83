"""Services of an instance: clock, tokens, mail, printer, archive. Tests replace some of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path

from signoff.config import Settings, SettingsError
from signoff.domain.audit import InclusionProof
from signoff.domain.documents import Attachment, Document, PrintedDocument, VerificationReport
from signoff.domain.mail import (
    AccountMailContext,
    AnyMailContext,
    MailContext,
)
from signoff.exports.attachments import build_attachments
from signoff.exports.docx import LAYOUT_VERSION, build_docx
from signoff.holidays import HolidayCalendar
from signoff.mail.compose import MailComposer
from signoff.mail.message import BouncePath
from signoff.mail.transport import transport_for
from signoff.pdf.examination import verify_in_subprocess
from signoff.pdf.process import compute_style_digest, print_in_subprocess
from signoff.pdf.seal import SealService
from signoff.storage import Archive, RenderCache
from signoff.tokens import TokenSigner


@dataclass(frozen=True, slots=True)
class Services:
    """The services of one instance."""

    clock: Callable[[], datetime]
    token_signer: TokenSigner
    compose: Callable[[AnyMailContext, datetime], EmailMessage]
    rehearse: Callable[
        [MailContext | AccountMailContext, datetime], EmailMessage
    ]  # the same with links that open nothing
    send_mail: Callable[[EmailMessage], None]
    print_pdf: Callable[[Document], PrintedDocument]
    archive: Archive
    calendar: HolidayCalendar
    render_cache: RenderCache
    sealing: SealService
    attach: Callable[[Document, InclusionProof], tuple[Attachment, ...]] = build_attachments
    examine: Callable[[bytes, bytes], VerificationReport] = verify_in_subprocess


class PdfPrinter:
    """Prints in a subprocess, with or without reports of the finished steps."""

    def __call__(self, document: Document) -> PrintedDocument:
        return print_in_subprocess(document)

    def with_progress(
        self, report: Callable[[int, int], None]
    ) -> Callable[[Document], PrintedDocument]:
        return partial(print_in_subprocess, progress=report)


def build_services(settings: Settings) -> Services:
    """The services of an instance with these settings."""
    composer = build_composer(settings)
    return Services(
        clock=lambda: datetime.now(UTC),
        token_signer=TokenSigner(settings.keys.links),
        compose=composer.compose,
        rehearse=composer.rehearse,
        send_mail=build_transport(settings),
        print_pdf=PdfPrinter(),
        archive=Archive(settings.archive),
        render_cache=RenderCache(
            settings.cache,
            {"pdf": lambda copy: print_in_subprocess(copy).content, "docx": build_docx},
            compute_style_digest() + LAYOUT_VERSION,
        ),
        sealing=build_sealing(settings),
        calendar=HolidayCalendar(),
    )


def build_composer(settings: Settings) -> MailComposer:
    bounces = settings.bounces_address
    return MailComposer(
        TokenSigner(settings.keys.links),
        settings.base_url,
        BouncePath(bounces, settings.keys.links) if bounces else None,
    )


def with_mail_settings(services: Services, settings: Settings) -> Services:
    """``services`` with the mail set-up of ``settings``."""
    composer = build_composer(settings)
    return replace(
        services,
        compose=composer.compose,
        rehearse=composer.rehearse,
        send_mail=build_transport(settings),
    )


def build_transport(settings: Settings) -> Callable[[EmailMessage], None]:
    """The mail transport.

    The address of the mail server may contain a password, so no error repeats it.
    """
    try:
        return transport_for(settings.smtp_url or None, settings.outbox)
    except ValueError as wrong:
        raise SettingsError(
            "SIGNOFF_SMTP_URL muss mit smtp://, smtps:// oder smtp+starttls:// beginnen und einen Server nennen."
        ) from wrong


def build_sealing(settings: Settings) -> SealService:
    """The seal service, with the association's own key or the one generated at set-up."""
    p12 = Path(settings.seal_p12) if settings.seal_p12 else settings.own_seal
    return SealService(
        p12, settings.seal_passphrase, settings.seal_passphrase_file, settings.tsa_url
    )
