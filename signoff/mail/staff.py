"""What the templates of mail to the office's people are given."""

from datetime import datetime

from signoff.domain.answer import Kind
from signoff.domain.digest import Report
from signoff.domain.letter import StaffLetter
from signoff.domain.moments import days_left
from signoff.domain.round import Phase
from signoff.mail.contents import dialled
from signoff.words import dates, labels
from signoff.words.catalogue import LANGUAGES, catalogue


def staff_language(letter: StaffLetter) -> str:
    """The association's language; accounts have none of their own."""
    own = letter.association.language
    return own if own in LANGUAGES else LANGUAGES[0]


def staff_contents(letter: StaffLetter, *, link: str, base_url: str, now: datetime) -> dict[str, object]:
    """The fixed set of names a template may use."""
    language, association = staff_language(letter), letter.association
    return {
        "association": association,
        "recipient": letter.staff.email,
        "staff": letter.staff,
        "role": catalogue(language).gettext(labels.ROLE[letter.staff.role]),
        "language": language,
        "link": link,
        "home": base_url,
        "telephone": association.telephone,
        "dialled": dialled(association.telephone),
        "day": dates.day(letter.notice.owed_at.astimezone(association.zone).date(), language),
        "rounds": [told(each, letter, now, language) for each in letter.digest.reports],
    }


def told(report: Report, letter: StaffLetter, now: datetime, language: str) -> dict[str, object]:
    """One round in figures."""
    zone, round, counts = letter.association.zone, report.standing.round, report.standing.counts
    return {
        "title": report.edition.text.title,
        "open": round.phase(now) is Phase.OPEN,
        "phase": catalogue(language).gettext(labels.PHASE[round.phase(now)]),
        "deadline": dates.deadline(round.deadline, zone, language) if round.deadline else "",
        "days": days_left(round.deadline, now, zone) if round.deadline else 0,
        "asked": len(report.standing.places),
        "signed": counts[Kind.SIGN],
        "pending": counts[Kind.PENDING],
        "unanswered": report.unanswered,
        "fresh": report.fresh,
        "unreached": report.unreached,
        "undecided": len(report.standing.undecided),
    }
