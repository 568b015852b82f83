"""The files that go with a mail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy, PrintError
from signoff.domain.mail import AttachedFile, MailAttachment, MailContext
from signoff.domain.reminders import Calendar
from signoff.exports.ical import build_calendar_uid, build_deadline_file, describe_calendar_entry
from signoff.exports.kit import MIME_TYPES, Kit
from signoff.i18n import formatting
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.labels import MAIL_ATTACHMENT

# Name, extension and media type of each.
FILES = {
    MailAttachment.DRAFT: (_("entwurf"), "pdf", MIME_TYPES["pdf"]),
    MailAttachment.MOTION: (_("beschlussvorlage"), "docx", MIME_TYPES["docx"]),
    MailAttachment.CALENDAR: (_("frist"), "ics", "text/calendar"),
    MailAttachment.RECEIPT: (_("empfangsbestaetigung"), "pdf", MIME_TYPES["pdf"]),
}
OF_EACH_MEMBER = (MailAttachment.MOTION, MailAttachment.RECEIPT)


@dataclass(frozen=True, slots=True)
class MailFileBuilder:
    """Builds the chosen files of a mail in the reader's language; empty content if one cannot be
    had now.
    """

    read_print: Callable[[str], bytes]  # by digest; empty if there is no such file
    render: Callable[[WorkingCopy, str], bytes]  # as a file with this extension
    calendar: Calendar
    host: str

    def __call__(self, context: MailContext, language: str) -> list[AttachedFile]:
        return [
            self.build(attachment, each, language)
            for attachment in MailAttachment
            if attachment in context.attachments
            for each in iter_subjects(attachment, context)
        ]

    def build(
        self, attachment: MailAttachment, context: MailContext, language: str
    ) -> AttachedFile:
        builders = {
            MailAttachment.DRAFT: self.read_draft,
            MailAttachment.MOTION: self.build_motion,
            MailAttachment.CALENDAR: self.build_calendar,
            MailAttachment.RECEIPT: self.build_receipt,
        }
        gettext = get_catalogue(language).gettext
        name, extension, media_type = FILES[attachment]
        try:
            content = builders[attachment](context, language)
        except (Busy, PrintError, OSError):  # a full disk holds up no mail
            content = b""
        return AttachedFile(
            f"{context.invitation.reference}-{gettext(name)}.{extension}",
            media_type,
            gettext(MAIL_ATTACHMENT[attachment]),
            content,
        )

    def read_draft(self, context: MailContext, language: str) -> bytes:
        return self.read_print(context.draft_sha256) if context.draft_sha256 else b""

    def build_motion(self, context: MailContext, language: str) -> bytes:
        if context.round.opened_at is None:
            return b""
        return self.render(Kit(context, context.association, language).build_motion(), "docx")

    def build_receipt(self, context: MailContext, language: str) -> bytes:
        """The file that the page has. That of a sample is not sealed, because nobody has answered
        so.
        """
        version = context.version
        if version is None:
            return b""
        kit = Kit(context, context.association, language)
        copy = kit.build_receipt(version, context.answered_by)
        if context.is_sample:
            mark = get_catalogue(language).gettext(_("Muster"))
            copy = replace(copy, title=f"{mark}: {copy.title}", mark=mark, kind=None)
        return self.render(copy, "pdf")

    def build_calendar(self, context: MailContext, language: str) -> bytes:
        round, member, zone = context.round, context.member, context.association.zone
        if round.deadline is None or round.opened_at is None:
            return b""
        title = context.edition.text.title
        return build_deadline_file(
            round.deadline,
            round.opened_at,
            zone,
            partial(self.calendar.is_working_day, country=member.country, state=member.state),
            uid=build_calendar_uid("deadline", context.edition, context.invitation, self.host),
            summary=get_catalogue(language).gettext(_("Frist: Rückmeldung zu „%(title)s“"))
            % {"title": title},
            description=describe_calendar_entry(
                context.association,
                context.invitation.reference,
                formatting.format_deadline(round.deadline, zone, language),
                language,
            ),
        )


def iter_subjects(attachment: MailAttachment, context: MailContext) -> Iterator[MailContext]:
    """Whom the files are about: one file for each member, or one for all."""
    yield context
    if attachment in OF_EACH_MEMBER:
        yield from context.further_contexts
