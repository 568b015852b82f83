"""What templates call to turn values into words: in the language of the page and the zone of the association."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup, escape

from signoff.domain.answer import Basis, Channel, Decision, Kind, Version
from signoff.domain.member import Member
from signoff.domain.moments import days_left
from signoff.domain.refusal import Refusal
from signoff.domain.release import PrintKind
from signoff.domain.round import Phase
from signoff.domain.standing import MailState
from signoff.web.listing import listed
from signoff.web.reading import contents, reading
from signoff.web.sittings import functions_of, timing
from signoff.words import dates, issues, labels, names, receipt, refusals, regions
from signoff.words.catalogue import catalogue
from signoff.words.catalogue import marked as _


def language() -> str:
    """The language of the page: ``de`` or ``en``."""
    locale = get_locale()
    return locale.language if locale else "de"


def zone() -> ZoneInfo:
    """The zone in which the association's days begin."""
    here: ZoneInfo = g.association.zone
    return here


def word(german: str) -> str:
    return catalogue(language()).gettext(german)


# dates


def day(value: date | datetime) -> str:
    """``26. Februar 2027``; of a moment, its day where the association is."""
    return dates.day(local_day(value), language())


def weekday(value: date | datetime) -> str:
    return dates.weekday(local_day(value), language())


def short_day(value: date | datetime) -> str:
    return dates.short_day(local_day(value), language())


def moment(value: datetime) -> str:
    return dates.moment(value, zone(), language())


def received(version: Version) -> str:
    """When an answer came: the moment, or the day where the office noted it."""
    return receipt.received(version, zone(), language())


def deadline(value: datetime) -> str:
    """``Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)``."""
    return dates.deadline(value, zone(), language())


def left(value: datetime, now: datetime) -> int:
    """Days from ``now`` to the last day of the deadline ``value``."""
    return days_left(value, now, zone())


def short_date(value: date) -> str:
    """``26.2.``, for the ends of a chart."""
    return dates.day_and_month(value, language())


def number(value: int) -> str:
    """``11.084``, as the language groups its digits."""
    return str(format_decimal(value, locale=language()))


def seconds(milliseconds: int) -> str:
    """``0,3 Sekunden``."""
    return f"{format_decimal(round(milliseconds / 1000, 1), locale=language())} {word(_('Sekunden'))}"


def abroad(member: Member) -> str:
    """The country of a member that does not lie in Germany; empty for all others."""
    return regions.country(member.country, language()) if member.country.upper() not in ("DE", "") else ""


def local_day(value: date | datetime) -> date:
    return value.astimezone(zone()).date() if isinstance(value, datetime) else value


# names


def the(official_name: str) -> str:
    """``die Stadt Ulm``."""
    return names.in_sentence(official_name, names.Case.NOMINATIVE, language())


def of(official_name: str) -> str:
    """``der Stadt Ulm`` (genitive)."""
    return names.in_sentence(official_name, names.Case.GENITIVE, language())


def whom(official_name: str) -> str:
    """``die Stadt Ulm``, ``den Landkreis Celle`` (accusative)."""
    return names.in_sentence(official_name, names.Case.ACCUSATIVE, language())


def capital(text: str) -> str:
    """``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def placed(official_name: str, name: str) -> Markup:
    """The official name with the place it is sorted by in semi-bold."""
    before, place, after = names.split_at_place(official_name, name)
    return Markup("{}<strong>{}</strong>{}").format(before, place, after)


def enumerated(each: Iterable[str]) -> str:
    return names.enumerated(list(each), language())


def tel(value: str) -> str:
    """A telephone number as an address: ``tel:02214710128``."""
    return "tel:" + "".join(sign for sign in value if sign.isdigit() or sign == "+")


def mailaddress(value: str) -> Markup:
    """An address that may break after its @."""
    return escape(value).replace("@", Markup("@<wbr>"))


# labels


def answer_word(kind: Kind | None) -> str:
    return word(labels.ANSWER[kind])


def basis_word(basis: Basis) -> str:
    return word(labels.BASIS[basis])


def basis_short(basis: Basis) -> str:
    return word(labels.BASIS_SHORT[basis])


def mail_word(state: MailState | None) -> str:
    return word(labels.MAIL[state])


def phase_word(phase: Phase) -> str:
    return word(labels.PHASE[phase])


def issue_word(kind: PrintKind, number: int) -> str:
    """``2. Ausgabe``, ``1. Nachtrag``."""
    return issues.called(kind, number, language())


def channel_word(channel: Channel) -> str:
    return word(labels.CHANNEL[channel])


def grounds(basis: Basis | None, body: str = "", on: date | None = None, number: str = "") -> str:
    """What a signature rests on, in one line: ``Beschluss vom 14. Januar 2027 (Rat der Stadt)``."""
    if basis is None:
        return ""
    said = basis_short(basis)
    if on:
        said = word(_("%(basis)s vom %(day)s")) % {"basis": said, "day": day(on)}
    inside = ", ".join(part for part in (body, number) if part)
    return f"{said} ({inside})" if inside else said


def decided(basis: Basis, decision: Decision | None) -> str:
    """``grounds`` of a declaration."""
    return grounds(basis, decision.body, decision.on, decision.number) if decision else grounds(basis)


def refusal(value: Refusal) -> str:
    return refusals.words(value, language())


def digest(value: str) -> str:
    """A digest in groups of eight."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))


def size(value: int) -> str:
    """``612 kB``, ``1,3 MB`` (decimal units, at least 1 kB)."""
    if value < 999_500:
        return f"{format_decimal(max(1, round(value / 1000)), locale=language())}{dates.HARD}kB"
    return f"{format_decimal(round(value / 1e6, 1), locale=language())}{dates.HARD}MB"


FILTERS = (
    day,
    weekday,
    short_day,
    moment,
    deadline,
    left,
    the,
    of,
    whom,
    capital,
    placed,
    enumerated,
    mailaddress,
    tel,
    reading,
    contents,
    answer_word,
    basis_word,
    basis_short,
    mail_word,
    phase_word,
    channel_word,
    issue_word,
    received,
    refusal,
    digest,
    size,
    listed,
    timing,
    functions_of,
    short_date,
    number,
    abroad,
    seconds,
)


def register(app: Flask) -> None:
    """Give the templates of ``app`` these filters, and ``language``, ``grounds``, ``decided`` and the enumerations."""
    for each in FILTERS:
        app.add_template_filter(each)
    app.jinja_env.globals.update(
        language=language,
        grounds=grounds,
        decided=decided,
        Kind=Kind,
        Phase=Phase,
        Basis=Basis,
        MailState=MailState,
    )
