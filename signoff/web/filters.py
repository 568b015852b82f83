"""What templates call to turn values into words: in the language of the page and the zone of the association."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from html import unescape
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask, g
from flask_babel import get_locale
from markupsafe import Markup, escape

from signoff.domain import answers
from signoff.domain.answers import Basis, Channel, Decision, Kind, Timing, Version
from signoff.domain.dates import days_left
from signoff.domain.errors import Refusal
from signoff.domain.members import Member
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import MailState, Signatory
from signoff.domain.rounds import Phase
from signoff.domain.text import sort_key
from signoff.i18n import errors, format, labels
from signoff.i18n.catalogue import catalogue
from signoff.i18n.catalogue import marked as _
from signoff.store.access import Door
from signoff.web.context import tools

# The published list in its order on the page: by state or by place, its notes numbered.


class Listed(NamedTuple):
    """One signatory as it stands in the list; ``note`` is the number of its note, 0 without one."""

    signatory: Signatory
    note: int


def listed(signatories: Iterable[Signatory], layout: str) -> list[tuple[str, list[Listed]]]:
    """The list in its printed order, by state (``layout`` "state") or under one empty heading; notes are numbered."""
    ordered = list(signatories)
    if layout == "state":
        ordered.sort(key=lambda each: (sort_key(each.state), sort_key(each.sort_name), each.key))
    number = 0
    lines = []
    for each in ordered:
        number += bool(each.note)
        lines.append(Listed(each, number if each.note else 0))
    if layout != "state":
        return [("", lines)] if lines else []
    return [
        (state, list(group))
        for state, group in groupby(lines, key=lambda line: line.signatory.state)
    ]


# An edition's canonical HTML inside a page: headings one level down and with addresses, tables that scroll.

HEADING = re.compile(r"<h([2-5])([^>]*)>(.*?)</h\1>", re.DOTALL)
TABLE = re.compile(r"<table.*?</table>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
NOTE = re.compile(r"<sup\b.*?</sup>", re.DOTALL)


class Heading(NamedTuple):
    """One heading of a text: its level in the text (2 is the highest), its address on the page, its words."""

    level: int
    anchor: str
    words: str


def contents(html: str) -> list[Heading]:
    """The two upper levels of headings, for the table of contents."""
    found = (
        Heading(int(each[1]), f"a{at}", plain(each[3]))
        for at, each in enumerate(HEADING.finditer(html), 1)
    )
    return [heading for heading in found if heading.level <= 3]


def reading(html: str, table: str = "Tabelle") -> Markup:
    """``html`` (sanitised, headings from level 2) below a heading of level 2; ``table`` names a scrolling table."""
    at = 0

    def lower(found: re.Match[str]) -> str:
        nonlocal at
        at += 1
        level = int(found[1]) + 1
        attributes = re.sub(r'\s+id="[^"]*"', "", found[2])
        return f'<h{level} id="a{at}"{attributes}>{found[3]}</h{level}>'

    region = (
        f'<div class="so-scroll" role="region" tabindex="0" aria-label="{Markup.escape(table)}">'
    )
    text = HEADING.sub(lower, html)
    count = len(TABLE.findall(text))
    number = 0

    def scrolling(found: re.Match[str]) -> str:
        nonlocal number
        number += 1
        named = region if count == 1 else region.replace('">', f' {number}">')
        return f"{named}{found[0]}</div>"

    return Markup(TABLE.sub(scrolling, text))


def plain(html: str) -> str:
    return " ".join(unescape(TAG.sub("", NOTE.sub("", html))).split())


# What the pages say about a sitting that has been named, and about who may sign for a member.


def timing(on: date, deadline: datetime) -> Timing:
    """How a sitting ``on`` that day lies to the deadline."""
    return answers.timing(on, deadline, g.association.zone)


def asked_on(door: Door) -> date | None:
    """The day on which the result of the sitting named here is asked for; ``None`` where that will not be."""
    on = door.version.answer.expected_on if door.version else None
    if on is None or door.round.deadline is None:
        return None
    works = partial(tools().calendar.works, country=door.member.country, state=door.member.state)
    return answers.asked_on(on, door.round.deadline, g.association.zone, works)


def functions_of(member: Member, language: str) -> list[str]:
    """The functions suggested for the signer."""
    told = format.functions(member.kind, member.official_name)
    return list(dict.fromkeys(catalogue(language).gettext(each) for each in told))


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
    return format.day(local_day(value), language())


def weekday(value: date | datetime) -> str:
    return format.weekday(local_day(value), language())


def short_day(value: date | datetime) -> str:
    return format.short_day(local_day(value), language())


def moment(value: datetime) -> str:
    return format.moment(value, zone(), language())


def received(version: Version) -> str:
    """When an answer came: the moment, or the day where the office noted it."""
    return format.received(version, zone(), language())


def deadline(value: datetime) -> str:
    """``Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)``."""
    return format.deadline(value, zone(), language())


def left(value: datetime, now: datetime) -> int:
    """Days from ``now`` to the last day of the deadline ``value``."""
    return days_left(value, now, zone())


def short_date(value: date) -> str:
    """``26.2.``, for the ends of a chart."""
    return format.day_and_month(value, language())


def number(value: int) -> str:
    """``11.084``, as the language groups its digits."""
    return str(format_decimal(value, locale=language()))


def seconds(milliseconds: int) -> str:
    """``0,3 Sekunden``."""
    return (
        f"{format_decimal(round(milliseconds / 1000, 1), locale=language())} {word(_('Sekunden'))}"
    )


def abroad(member: Member) -> str:
    """The country of a member that does not lie in Germany; empty for all others."""
    return (
        format.country(member.country, language())
        if member.country.upper() not in ("DE", "")
        else ""
    )


def local_day(value: date | datetime) -> date:
    return value.astimezone(zone()).date() if isinstance(value, datetime) else value


# names


def the(official_name: str) -> str:
    """``die Stadt Ulm``."""
    return format.in_sentence(official_name, format.Case.NOMINATIVE, language())


def of(official_name: str) -> str:
    """``der Stadt Ulm`` (genitive)."""
    return format.in_sentence(official_name, format.Case.GENITIVE, language())


def whom(official_name: str) -> str:
    """``die Stadt Ulm``, ``den Landkreis Celle`` (accusative)."""
    return format.in_sentence(official_name, format.Case.ACCUSATIVE, language())


def capital(text: str) -> str:
    """``text`` with a capital first letter and the rest as it is."""
    return text[:1].upper() + text[1:]


def placed(official_name: str, name: str) -> Markup:
    """The official name with the place it is sorted by in semi-bold."""
    before, place, after = format.split_at_place(official_name, name)
    return Markup("{}<strong>{}</strong>{}").format(before, place, after)


def enumerated(each: Iterable[str]) -> str:
    return format.enumerated(list(each), language())


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
    return format.called(kind, number, language())


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
    return (
        grounds(basis, decision.body, decision.on, decision.number) if decision else grounds(basis)
    )


def refusal(value: Refusal) -> str:
    return errors.describe_refusal(value, language())


def digest(value: str) -> str:
    """A digest in groups of eight."""
    return " ".join(value[at : at + 8] for at in range(0, len(value), 8))


def size(value: int) -> str:
    """``612 kB``, ``1,3 MB`` (decimal units, at least 1 kB)."""
    if value < 999_500:
        return f"{format_decimal(max(1, round(value / 1000)), locale=language())}{format.HARD}kB"
    return f"{format_decimal(round(value / 1e6, 1), locale=language())}{format.HARD}MB"


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
