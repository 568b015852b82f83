"""Composes messages. The link is built here from its token and stored nowhere."""

import re
import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from markupsafe import escape

from signoff.domain.documents import LetterText
from signoff.domain.mail import (
    APPLICATION_MAIL_KINDS,
    MAX_ATTACHED_SIZE,
    AccountMailContext,
    AnyMailContext,
    ApplicationMailContext,
    AttachedFile,
    ComposedContext,
    MailContext,
    MailCopyContext,
    MailKind,
    MailTestContext,
    MessageReference,
    SentMail,
    UnmailableError,
    hash_link,
)
from signoff.domain.rounds import Link
from signoff.domain.text import decode_domains
from signoff.i18n import formatting
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.mail.content import AccountMail, ApplicationMail, Mail, MemberMail, ShortCodeAccess
from signoff.mail.markdown import encode_lines
from signoff.mail.message import BouncePath, ComposedMail, build_address, clean_header_text
from signoff.mail.sent import DUMMY_CODE, DUMMY_TOKEN, build_sent_mail
from signoff.mail.wording import get_wording
from signoff.tokens import TokenPurpose, TokenSigner

MAX_LINK_LENGTH = 160  # columns of a line that holds nothing but an address


MAX_ATTACHED_BYTES = MAX_ATTACHED_SIZE * 3 // 4  # before they are encoded
FileBuilder = Callable[[MailContext, str], Sequence[AttachedFile]]


def build_no_files(context: MailContext, language: str) -> Sequence[AttachedFile]:
    return ()


class MailComposer:
    """Composes the mails of an instance: with real links, or with links that open nothing."""

    def __init__(
        self,
        token_signer: TokenSigner,
        base_url: str,
        bounce_path: BouncePath | None,
        build_files: FileBuilder = build_no_files,
        *,
        takes_replies: bool = False,
    ) -> None:
        self._build_files = build_files
        self._token_signer = token_signer
        self._base_url = base_url
        self._bounce_path = bounce_path
        self._takes_replies = takes_replies
        self._short_code = lru_cache(64)(token_signer.short_code)  # what is kept asks for it again

    def compose(self, context: AnyMailContext, now: datetime) -> ComposedMail:
        """The message as it goes out.

        ``Return-Path`` is for the envelope; the transport removes it. Where a mailbox is read,
        replies to members' mail go there.
        """
        message = self._compose(context, now)
        if self._bounce_path:
            return_path = self._bounce_path.build_address(context.message.id)
            message["Return-Path"] = f"<{return_path}>"
            if self._takes_replies and isinstance(context, MailContext):
                del message["Reply-To"]
                message["Reply-To"] = build_address(context.association.contact, return_path)
        return message

    def rehearse(self, context: ComposedContext, now: datetime) -> ComposedMail:
        """The same message with links that open nothing."""
        further = (
            [DUMMY_TOKEN] * len(context.further_contexts)
            if isinstance(context, MailContext)
            else []
        )
        return compose_message(
            context,
            token=DUMMY_TOKEN,
            code=DUMMY_CODE,
            more=further,
            more_codes=[DUMMY_CODE] * len(further),
            base_url=self._base_url,
            now=now,
            build_files=self._build_files,
        )

    def keep(self, context: AnyMailContext, message: ComposedMail) -> SentMail:
        """What is kept of the message: its links and codes open nothing."""
        links: list[Link] = []
        typed = ""
        if isinstance(context, MailContext):
            links = [each.link for each in (context, *context.further_contexts)]
            if context.delegated_by:
                typed = self._get_code(context.delegated_by)
        return build_sent_mail(message, [self._get_code(link) for link in links], typed)

    def _compose(self, context: AnyMailContext, now: datetime) -> ComposedMail:
        if isinstance(context, MailTestContext):
            return mark_as_test(self.rehearse(context.context, now), context, self._base_url)
        if isinstance(context, MailCopyContext):
            return compose_copy(context, self._base_url, now)
        if isinstance(context, AccountMailContext):
            return compose_message(
                context, token=self._sign_account(context), base_url=self._base_url, now=now
            )
        if isinstance(context, ApplicationMailContext):
            token = self._sign_application(context)
            return compose_message(context, token=token, base_url=self._base_url, now=now)
        link = context.link
        return compose_message(
            context,
            token=self._sign_link(link),
            code=self._get_code(link),
            more_codes=[self._get_code(further.link) for further in context.further_contexts],
            more=[self._sign_link(further.link) for further in context.further_contexts],
            base_url=self._base_url,
            now=now,
            build_files=self._build_files,
        )

    def compose_letter(self, context: MailContext, now: datetime) -> LetterText:
        """The words of a letter: those of the mail, with the short code in place of the link."""
        code = self._get_code(context.link)
        access = ShortCodeAccess(f"{self._base_url.partition('://')[2]}/s", code)
        mail = MemberMail(context, [access], code, self._base_url, now, is_letter=True)
        wording = get_wording(mail, context.message.kind)
        return LetterText(
            wording.build_subject(mail),
            wording.render_letter(mail),
            mail.language,
            access.site,
            code,
            f"{self._base_url.rstrip('/')}/s?code={code}",
        )

    def _get_code(self, link: Link) -> str:
        return self._short_code(link.public_id, link.generation)

    def _sign_link(self, link: Link) -> str:
        return self._token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)

    def _sign_application(self, context: ApplicationMailContext) -> str:
        id, round_id = context.application.id, context.application.round_id
        return self._token_signer.sign(TokenPurpose.APPLICATION, str(id), round_id)

    def _sign_account(self, context: AccountMailContext) -> str:
        purpose, number = TokenPurpose.STAFF, context.account.id
        if context.message.kind is MailKind.PASSWORD_LINK:
            purpose, number = TokenPurpose.PASSWORD, context.message.number
        if context.message.kind is MailKind.ADDRESS_CONFIRMATION:
            purpose, number = TokenPurpose.ADDRESS, context.message.number
        return self._token_signer.sign(purpose, str(number), context.generation)


def compose_message(
    context: ComposedContext,
    *,
    token: str,
    code: str = "",
    more: Sequence[str] = (),
    more_codes: Sequence[str] = (),
    base_url: str,
    now: datetime,
    build_files: FileBuilder = build_no_files,
) -> ComposedMail:
    """The message for ``context``, with a text and an HTML part in the recipient's language.

    ``code`` is the short code to enter instead of clicking, ``more`` the tokens of the further
    papers a reminder is about, ``more_codes`` their codes, ``base_url`` the configured address,
    ``now`` the moment of sending, ``build_files`` what makes the files that the office has chosen.
    Composing it later gives the same message with another date: the Message-ID depends on the
    subject matter. Raises ``UnmailableError`` where a name or an address would forge a header, or
    the address of a link is too long for its line.
    """
    base_url = base_url.rstrip("/")
    links = [
        build_link_url(context.message.kind, signed_token, base_url)
        for signed_token in (token, *more)
    ]
    if max(map(len, links)) > MAX_LINK_LENGTH:
        raise UnmailableError(
            f"the address of the link is longer than {MAX_LINK_LENGTH} characters"
        )
    mail: Mail
    if isinstance(context, AccountMailContext):
        mail = AccountMail(context, links[0], base_url, now)
    elif isinstance(context, ApplicationMailContext):
        mail = ApplicationMail(context, links[0], base_url, now)
    elif is_without_link(context):
        site = urlsplit(base_url).netloc
        accesses = [ShortCodeAccess(site, each) for each in (code, *more_codes)]
        mail = MemberMail(context, accesses, code, base_url, now)
    else:
        mail = MemberMail(context, links, code, base_url, now)
    files: list[AttachedFile] = []
    if isinstance(context, MailContext) and isinstance(mail, MemberMail) and context.attachments:
        for file in build_files(context, mail.language):
            fits = sum(len(other.content) for other in (*files, file)) <= MAX_ATTACHED_BYTES
            if file.content and fits:
                files.append(file)
            titles = mail.attached if file in files else mail.not_attached
            if file.title not in titles:
                titles.append(file.title)
    wording = get_wording(mail, context.message.kind)
    subject = wording.build_subject(mail)
    message = build_empty_message(context, subject, base_url, now)
    boundary = sha256(message["Message-ID"].encode()).hexdigest()[:32]
    message.add_words(*wording.render_parts(mail, subject), boundary)
    for file in files:
        main, _, sub = file.media_type.partition("/")
        message.add_attachment(file.content, main, sub, filename=file.name)
    if files:  # a boundary never begins like another one
        message.set_boundary(f"m{boundary}")
    # last: the library moves such fields into the first part
    message["Content-Language"] = mail.language
    return message


def is_without_link(context: MailContext) -> bool:
    """Whether the town hall cannot open mail that contains an address."""
    contexts = (context, *context.further_contexts)
    return any(each.member.mail_without_link for each in contexts)


def build_link_url(kind: MailKind, token: str, base_url: str) -> str:
    """Where the mail's link leads: a member's page, the office, or the set-up of an account."""
    if kind is MailKind.ACCOUNT_INVITATION:
        return f"{base_url}/login/set-up/{token}"
    if kind is MailKind.PASSWORD_LINK:
        return f"{base_url}/login/password/{token}"
    if kind is MailKind.ADDRESS_CONFIRMATION:
        return f"{base_url}/login/address/{token}"
    if kind in APPLICATION_MAIL_KINDS:
        return f"{base_url}/application/{token}"
    return f"{base_url}/office/" if kind.is_for_account else f"{base_url}/s/{token}"


def build_empty_message(
    context: ComposedContext | MailCopyContext, subject: str, base_url: str, now: datetime
) -> ComposedMail:
    """The message without its content."""
    association = context.association
    host = urlsplit(base_url).hostname or "localhost"
    message = ComposedMail()
    message["Message-ID"] = f"<{build_message_id_stem(context)}@{host}>"
    message["Date"] = format_datetime(now.astimezone(association.zone))
    message["From"] = build_address(association.name, association.mail_from)
    message["To"] = build_address(*get_recipient(context))
    message["Reply-To"] = build_address(association.contact, association.email)
    message["Subject"] = subject
    if isinstance(context, MailContext) and context.message.kind is not MailKind.INVITATION:
        message["In-Reply-To"] = message["References"] = build_invitation_id(context.link, host)
    message["List-Id"] = (
        f"<{'office' if isinstance(context, AccountMailContext | MailCopyContext) else context.edition.slug}.{host}>"
    )
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834
    message["X-Auto-Response-Suppress"] = (
        "OOF, AutoReply, RN, NRN"  # what Exchange asks for; bounces must still come
    )
    return message


def get_recipient(context: ComposedContext | MailCopyContext) -> tuple[str, str]:
    """Name and address of who gets it."""
    if isinstance(context, MailCopyContext):
        return "", context.message.email
    if isinstance(context, AccountMailContext):
        return context.account.name, context.account.email
    if isinstance(context, ApplicationMailContext):
        return "", context.application.email
    return context.link.name, context.link.email


def build_message_id_stem(context: ComposedContext | MailCopyContext) -> str:
    """What a mail is about, the same on every try.

    The public id is hashed: with the keys it gives access.
    """
    if isinstance(context, MailCopyContext):  # ``parse_message_ids`` must not read it as the mail's
        copied = dict(context.mail.headers)["Message-ID"].strip("<>").partition("@")[0]
        return f"{context.message.kind}.{context.message.number}.{copied}"
    if isinstance(context, AccountMailContext):
        return f"{context.message.kind}.staff-{context.account.id}.{context.message.number}"
    if isinstance(context, ApplicationMailContext):
        message = context.message
        return f"{message.kind}.application-{context.application.id}.{message.number}"
    link_hash = hash_link(context.link.public_id)
    return f"{context.message.kind}.{link_hash}.{context.link.generation}.{context.message.number}"


def build_invitation_id(link: Link, host: str) -> str:
    """The Message-ID of the invitation with this link. Mail programs show all later mail with it.

    The invitation to a corrected address has the next number, as its link has the next generation.
    """
    link_hash, generation = hash_link(link.public_id), link.generation
    return f"<{MailKind.INVITATION}.{link_hash}.{generation}.{generation - 1}@{host}>"


MAIL_KINDS = {kind.value for kind in MailKind}
MESSAGE_ID_PATTERN = re.compile(
    r"<([a-z_]{1,40})\.(?:([0-9a-f]{16})\.\d{1,9}|staff-(\d{1,9}))\.(\d{1,18})@"
)


def parse_message_ids(text: str) -> tuple[MessageReference, ...]:
    """The mails that the Message-IDs in ``text`` name, each once."""
    found = [
        MessageReference(MailKind(kind), int(number), link_hash, int(account) if account else None)
        for kind, link_hash, account, number in MESSAGE_ID_PATTERN.findall(text)
        if kind in MAIL_KINDS
    ]
    return tuple(dict.fromkeys(found))


def compose_copy(context: MailCopyContext, base_url: str, now: datetime) -> ComposedMail:
    """The kept mail below a line that says what it is; its files are named, not attached."""
    mail, association = context.mail, context.association
    language = choose_language(association.language)
    gettext = get_catalogue(language).gettext
    note = gettext(
        _("Kopie der E-Mail an %(recipient)s vom %(moment)s; Links und Codes sind unkenntlich.")
    ) % {
        "recipient": decode_domains(dict(mail.headers)["To"]),
        "moment": formatting.format_moment(context.message.enqueued_at, association.zone, language),
    }
    if mail.attachments:
        files = ", ".join(mail.attachments)
        note += " " + gettext(_("Nicht beigefügte Anhänge: %(files)s.")) % {"files": files}
    subject = clean_header_text(gettext(_("Kopie: %(subject)s")) % {"subject": mail.subject})
    message = build_empty_message(context, subject, base_url, now)
    paragraph = f'<p style="margin:0;padding:16px">{escape(note)}</p>'
    html = re.sub("<body[^>]*>", lambda found: f"{found[0]}\n{paragraph}", mail.html, count=1)
    text = f"{textwrap.fill(note, break_long_words=False, break_on_hyphens=False)}\n\n{mail.text}"
    boundary = sha256(message["Message-ID"].encode()).hexdigest()[:32]
    message.add_words(text, html, encode_lines(html), boundary)
    return message


def mark_as_test(message: ComposedMail, context: MailTestContext, base_url: str) -> ComposedMail:
    """``message`` marked as a test and addressed to the account that requested it."""
    host = urlsplit(base_url).hostname or "localhost"
    subject = str(message["Subject"])
    for name in ("Message-ID", "To", "Subject", "In-Reply-To", "References"):
        del message[name]
    message["Message-ID"] = f"<test.staff-{context.account.id}.{context.message.number}@{host}>"
    message["To"] = build_address(context.account.name, context.account.email)
    message["Subject"] = f"[Test] {subject}"
    return message
