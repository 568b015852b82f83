"""What comes next, in words."""

from signoff.domain.upcoming import Upcoming, UpcomingKind
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

MAX_NAMES = 5  # of members that a sitting is about
WORDS = {
    UpcomingKind.DEADLINE: _("Frist: „%(title)s“"),
    UpcomingKind.MEETING: _("Sitzung (%(names)s): „%(title)s“"),
    UpcomingKind.REMINDER: _("Erinnerung an alle ohne Rückmeldung: „%(title)s“"),
    UpcomingKind.RELEASE: _("Geplante Veröffentlichung: „%(title)s“"),
    UpcomingKind.LATE_END: _("Ende der Nachzeichnung: „%(title)s“"),
}


def describe_upcoming(upcoming: Upcoming, language: str) -> str:
    """What will happen, and in which round."""
    names = ", ".join(upcoming.names[:MAX_NAMES])
    if len(upcoming.names) > MAX_NAMES:
        names += ", …"
    sentence = get_catalogue(language).gettext(WORDS[upcoming.kind])
    return sentence % {"title": upcoming.title, "names": names}
