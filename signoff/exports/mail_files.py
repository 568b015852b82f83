"""The files that go with a mail."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from signoff.domain.mail import AttachedFile, MailAttachment, MailContext
from signoff.domain.reminders import Calendar
from signoff.exports.ical import build_calendar_uid, build_deadline_file, describe_calendar_entry
from signoff.i18n import formatting
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.labels import MAIL_ATTACHMENT

FILE_NAMES = {MailAttachment.DRAFT: _("entwurf"), MailAttachment.CALENDAR: _("frist")}


@dataclass(frozen=True, slots=True)
class MailFileBuilder:
    """Builds the chosen files of a mail in the reader's language; empty content if one cannot be
    had now.
    """

    read_print: Callable[[str], bytes]  # by digest; empty if there is no such file
    calendar: Calendar
    host: str

    def __call__(self, context: MailContext, language: str) -> list[AttachedFile]:
        builders = {
            MailAttachment.DRAFT: ("pdf", "application/pdf", self.read_draft),
            MailAttachment.CALENDAR: ("ics", "text/calendar", self.build_calendar),
        }
        files, gettext = [], get_catalogue(language).gettext
        for attachment in context.attachments:
            extension, media_type, build = builders[attachment]
            name = f"{context.invitation.reference}-{gettext(FILE_NAMES[attachment])}.{extension}"
            title, content = gettext(MAIL_ATTACHMENT[attachment]), build(context, language)
            files.append(AttachedFile(name, media_type, title, content))
        return files

    def read_draft(self, context: MailContext, language: str) -> bytes:
        return self.read_print(context.draft_sha256) if context.draft_sha256 else b""

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
