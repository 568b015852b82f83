"""Template filters that format values in the language of the page and the time zone of the
association.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache, partial
from importlib.metadata import version
from itertools import count
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask, g, url_for
from flask_babel import get_locale
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from signoff.domain import answers
from signoff.domain import signatories as domain_signatories
from signoff.domain.answers import (
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    CouncilDecision,
    MeetingTiming,
    WorkingDayTest,
)
from signoff.domain.audit import AuditFault
from signoff.domain.characters import format_characters, format_located_characters
from signoff.domain.dates import count_days_left
from signoff.domain.delivery import Outage
from signoff.domain.errors import Refusal
from signoff.domain.members import Member
from signoff.domain.papers import PICTURE_ELEMENT, Edition
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import InvitationStatus, MailState, Signatory
from signoff.domain.rounds import Phase, Round
from signoff.domain.signatories import (
    Origin,
    SignatureCounts,
    count_inhabitants,
    find_namesakes,
    is_domestic,
)
from signoff.domain.text import decode_domains
from signoff.exports.kit import (
    HEADING_PATTERN,
    KEPT_TEXTS,
    build_table_of_contents,
    capitalize_first,
    format_digest,
    format_email,
)
from signoff.i18n import errors, events, formatting, labels
from signoff.i18n.catalogue import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    choose_language,
    get_catalogue,
    get_language_name,
)
from signoff.i18n.catalogue import gettext_noop as _
from signoff.store.access import InvitationAccess
from signoff.web.context import services

# The published list of signatories in its printed order, with its notes numbered.


class ListedSignatory(NamedTuple):
    """One entry of the list. ``note_number`` is 0 without a note; ``region`` is empty if the
    heading names it or all are from one, and ``whereabouts`` unless another signatory of the region
    has the same name.
    """

    signatory: Signatory
    note_number: int
    region: str
    whereabouts: str


class ListedGroup(NamedTuple):
    """Entries under one heading, which may be empty."""

    heading: str
    entries: list[ListedSignatory]


def group_signatories(signatories: Iterable[Signatory], layout: str) -> list[ListedGroup]:
    """The list by state or place (``layout``), in the language of the page."""
    language, everybody = page_language(), list(signatories)
    has_several_regions = Origin.of(everybody).has_several_regions
    namesakes = find_namesakes(everybody)
    note_numbers = count(1)
    return [
        ListedGroup(
            formatting.format_list_heading(group, language),
            [
                ListedSignatory(
                    item,
                    next(note_numbers) if item.note else 0,
                    format_region(item)
                    if has_several_regions and not group.heading.is_region
                    else "",
                    formatting.format_whereabouts(item, namesakes, language),
                )
                for item in group.signatories
            ],
        )
        for group in domain_signatories.group_signatories(
            everybody, layout, partial(formatting.get_country_name, language=language)
        )
    ]


def format_region(signatory: Signatory) -> str:
    """The German state, or the country of a foreign signatory."""
    return formatting.format_region(signatory, page_language())


# The canonical HTML of an edition inside a page: headings one level lower and with anchors, tables
# that scroll.

TABLE_PATTERN = re.compile(r"<table.*?</table>", re.DOTALL)


def link_picture(match: re.Match[str]) -> str:
    address = url_for("public.picture", digest=match[1], kind=match[2])
    return f'<img src="{address}" alt="{match[3] or ""}">'


def embed_html(html: str, table: str = "Tabelle") -> Markup:
    """Sanitised ``html`` for a page below a heading of level 2.

    ``table`` is the label of scrolling tables.
    """
    embedded = PICTURE_ELEMENT.sub(link_picture, lower_headings(html, table))
    return Markup(embedded)  # noqa: S704 (sanitised when it came in)


@lru_cache(KEPT_TEXTS)
def lower_headings(html: str, table: str) -> str:
    """The same without the addresses of the pictures, which depend on the request."""
    headings, tables = count(1), count(1)
    is_only_table = len(TABLE_PATTERN.findall(html)) == 1

    def lower_heading(match: re.Match[str]) -> str:
        level = int(match[1]) + 1
        attributes = re.sub(r'\s+id="[^"]*"', "", match[2])
        return f'<h{level} id="a{next(headings)}"{attributes}>{match[3]}</h{level}>'

    def wrap_table(match: re.Match[str]) -> str:
        label = Markup.escape(table if is_only_table else f"{table} {next(tables)}")
        region = f'<div class="so-scroll" role="region" tabindex="0" aria-label="{label}">'
        return f"{region}{match[0]}</div>"

    return TABLE_PATTERN.sub(wrap_table, HEADING_PATTERN.sub(lower_heading, html))


# Announced meetings, and the functions of people who may sign.


def describe_counts(counts: SignatureCounts, language: str = "") -> str:
    """Who supports a paper, in one sentence; in the language of the page if none is given."""
    return formatting.describe_counts(counts, choose_language(language or page_language()))


def describe_origin(signatories: Sequence[Signatory]) -> str:
    """``aus 11 deutschen Ländern und 8 weiteren Staaten``; empty where all are from one."""
    return format_origin(Origin.of(signatories))


def format_origin(origin: Origin) -> str:
    return formatting.format_origin(origin, page_language())


def get_meeting_timing(on: date, deadline: datetime) -> MeetingTiming:
    """Whether a meeting ``on`` that day is early enough for the deadline."""
    return answers.classify_meeting_date(on, deadline, g.association.zone)


def find_result_request_date(access: InvitationAccess) -> date | None:
    """The day on which a mail asks for the result of the announced meeting; ``None`` if none
    will.
    """
    on = access.version.answer.expected_on if access.version else None
    if on is None or access.round.deadline is None:
        return None
    return answers.find_result_request_date(
        on, access.round.deadline, g.association.zone, get_working_day_test(access.member)
    )


def get_working_day_test(member: Member) -> WorkingDayTest:
    """Whether a day is a working day where the member is."""
    return partial(services().calendar.is_working_day, country=member.country, state=member.state)


def suggest_functions(member: Member, language: str) -> list[str]:
    """The functions that people who sign for such a member usually have."""
    functions = formatting.suggest_functions(member.kind, member.official_name)
    gettext = get_catalogue(language).gettext
    return list(dict.fromkeys(gettext(function) for function in functions))


def page_language() -> str:
    """The language of the page, as a code."""
    locale = get_locale()
    return locale.language if locale else SOURCE_LANGUAGE


def format_language(code: str) -> str:
    """The name of a language in the language of the page."""
    return get_language_name(code, page_language())


def format_paper_kind(kind: str) -> str:
    """The kind of a paper in the language of the page, if it is one of those on offer."""
    return get_catalogue(page_language()).gettext(labels.PAPER_KIND.get(kind, kind))


def list_other_languages() -> list[tuple[str, str]]:
    """The languages the page is not in, each with its own name for itself."""
    current = page_language()
    return [(code, get_language_name(code, code)) for code in LANGUAGES if code != current]


def association_zone() -> ZoneInfo:
    """The time zone in which days of the association begin and end."""
    zone: ZoneInfo = g.association.zone
    return zone


def translate(german: str) -> str:
    return get_catalogue(page_language()).gettext(german)


# Dates and numbers.


def format_date(value: date | datetime) -> str:
    """``26. Februar 2027``; of a moment, its day in the association's time zone."""
    return formatting.format_day(to_local_date(value), page_language())


def format_weekday_date(value: date | datetime) -> str:
    return formatting.format_weekday(to_local_date(value), page_language())


def format_short_date(value: date | datetime) -> str:
    return formatting.format_short_day(to_local_date(value), page_language())


def format_datetime(value: datetime) -> str:
    return formatting.format_moment(value, association_zone(), page_language())


def format_received_at(version: AnswerVersion) -> str:
    """When an answer was received: the moment, or the day if the office recorded it."""
    return formatting.format_received_at(version, association_zone(), page_language())


def format_deadline(value: datetime) -> str:
    """``Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)``."""
    return formatting.format_deadline(value, association_zone(), page_language())


def days_left(value: datetime, now: datetime) -> int:
    """Days from ``now`` to the last day of the deadline ``value``."""
    return count_days_left(value, now, association_zone())


def format_day_and_month(value: date) -> str:
    """``26.2.``, for the ends of a chart."""
    return formatting.format_day_and_month(value, page_language())


def format_number(value: int) -> str:
    """``11.084``, as the language groups its digits."""
    return formatting.format_number(value, page_language())


def ngettext(singular: str, plural: str, amount: int) -> str:
    """A text about an amount, ``%(num)s``, in the language of the page."""
    text = get_catalogue(page_language()).ngettext(singular, plural, amount)
    return text % {"num": format_number(amount)}


def format_seconds(milliseconds: int) -> str:
    """``0,3 Sekunden``; never 0."""
    unit = translate(_("Sekunden"))
    seconds = max(0.1, round(milliseconds / 1000, 1))
    return f"{format_decimal(seconds, locale=page_language())} {unit}"


def format_foreign_country(member: Member) -> str:
    """The country of a member outside Germany; empty for all others."""
    return (
        formatting.get_country_name(member.country, page_language())
        if member.country.upper() not in ("DE", "")
        else ""
    )


def to_local_date(value: date | datetime) -> date:
    return value.astimezone(association_zone()).date() if isinstance(value, datetime) else value


# Names and addresses.


def in_nominative(official_name: str) -> str:
    """``die Stadt Ulm``."""
    return formatting.format_name(
        official_name, formatting.GrammaticalCase.NOMINATIVE, page_language()
    )


def in_genitive(official_name: str) -> str:
    """``der Stadt Ulm`` (genitive)."""
    return formatting.format_name(
        official_name, formatting.GrammaticalCase.GENITIVE, page_language()
    )


def in_accusative(official_name: str) -> str:
    """``die Stadt Ulm``, ``den Landkreis Celle`` (accusative)."""
    return formatting.format_name(
        official_name, formatting.GrammaticalCase.ACCUSATIVE, page_language()
    )


def emphasize_place(official_name: str, name: str) -> Markup:
    """The official name, with the place by which it is sorted in bold."""
    before, place, after = formatting.split_at_place(official_name, name)
    return Markup("{}<strong>{}</strong>{}").format(before, place, after)


def format_signatory_name(signatory: Signatory) -> Markup:
    """The name with its place in bold, and with its language if it is a foreign one."""
    name = emphasize_place(signatory.name, signatory.sort_name)
    language = "" if is_domestic(signatory) else formatting.find_country_language(signatory.country)
    return Markup('<span lang="{}">{}</span>').format(language, name) if language else name


def format_list(names: Iterable[str]) -> str:
    return formatting.join_names(list(names), page_language())


def format_tel_uri(value: str) -> str:
    """A telephone number as a URI: ``tel:+492214710128``."""
    return f"tel:{formatting.format_dialled_number(value)}"


# Labels.


def format_answer_kind(kind: AnswerKind | None) -> str:
    return translate(labels.ANSWER[kind])


def format_basis(basis: Basis) -> str:
    return translate(labels.BASIS[basis])


def format_basis_short(basis: Basis) -> str:
    return translate(labels.BASIS_SHORT[basis])


def format_mail_state(state: MailState | None) -> str:
    return translate(labels.MAIL_STATE[state])


def format_mail_problem(words: str) -> str:
    return errors.describe_mail_problem(words, translate)


def format_outage_reason(outage: Outage) -> str:
    return translate(labels.get_outage_reason(outage))


def format_outage_advice(outage: Outage) -> str:
    return translate(labels.get_outage_advice(outage))


def format_unprintable(status: InvitationStatus) -> str:
    """``Funktion: 🧿 (U+1F9FF, „Rat 🧿“)``, for each field with such characters."""
    return "; ".join(
        f"{translate(labels.FIELD[field])}: {format_characters(characters)}"
        for field, characters in status.unprintable.items()
    )


def format_round_phase(round: Round, now: datetime) -> str:
    return translate(labels.get_phase_label(round, now))


def format_release_label(kind: PrintKind, number: int) -> str:
    """``2. Ausgabe``, ``1. Nachtrag``."""
    return formatting.format_list_edition(kind, number, page_language())


def format_citation(edition: Edition, as_of: datetime, address: str) -> str:
    """How a released paper is cited, as its PDF says."""
    moment, publisher = format_deadline(as_of), g.association.name
    title, number = edition.text.title, edition.number
    return formatting.format_citation(publisher, title, number, moment, address, page_language())


def format_channel(channel: Channel) -> str:
    return translate(labels.CHANNEL[channel])


def describe_basis(
    basis: Basis | None, body: str = "", on: date | None = None, number: str = ""
) -> str:
    """The basis of a signature, as printed: ``Beschluss (Rat der Stadt) vom 14. Januar 2027``."""
    return formatting.describe_basis(basis, body, on, number, page_language())


def describe_declared_basis(basis: Basis, decision: CouncilDecision | None) -> str:
    """The same for the basis and the decision of a declaration."""
    return formatting.describe_declared_basis(basis, decision, page_language())


def format_refusal(value: Refusal) -> str:
    return errors.describe_refusal(value, page_language())


def format_fault(fault: AuditFault) -> str:
    sentence = get_catalogue(page_language()).gettext(events.FAULT_SENTENCES[fault.kind])
    return sentence % {"entry": fault.entry, "row": fault.row}


def format_file_size(value: int) -> str:
    """``612 kB``, ``1,3 MB`` (decimal units, at least 1 kB)."""
    if value < 999_500:
        return f"{format_decimal(max(1, round(value / 1000)), locale=page_language())}{formatting.NO_BREAK_SPACE}kB"
    return f"{format_decimal(round(value / 1e6, 1), locale=page_language())}{formatting.NO_BREAK_SPACE}MB"


FILTERS = (
    format_date,
    format_weekday_date,
    format_short_date,
    format_datetime,
    format_deadline,
    days_left,
    in_nominative,
    in_genitive,
    in_accusative,
    capitalize_first,
    emphasize_place,
    format_list,
    format_email,
    decode_domains,
    format_tel_uri,
    embed_html,
    build_table_of_contents,
    format_answer_kind,
    format_basis,
    format_basis_short,
    format_mail_state,
    format_mail_problem,
    format_outage_reason,
    format_outage_advice,
    format_round_phase,
    format_located_characters,
    format_unprintable,
    format_channel,
    format_release_label,
    format_citation,
    format_received_at,
    format_refusal,
    format_fault,
    format_digest,
    format_file_size,
    group_signatories,
    describe_counts,
    describe_origin,
    format_origin,
    format_region,
    format_signatory_name,
    count_inhabitants,
    get_meeting_timing,
    suggest_functions,
    format_day_and_month,
    format_number,
    format_foreign_country,
    format_seconds,
    format_language,
    format_paper_kind,
)


CATALOGUE_FUNCTIONS = ("ngettext", "pgettext", "npgettext")


def from_catalogue(name: str) -> Callable[..., str]:
    """This function of the catalogue in the language of the page."""

    def call(*texts: Any) -> str:
        translated: str = getattr(get_catalogue(page_language()), name)(*texts)
        return translated

    return call


def format_amount(value: object) -> object:
    """A number in a text, with the separators of the language."""
    return format_number(value) if type(value) is int else value


def with_formatted_numbers(translate: Any) -> Callable[..., str]:
    """``translate``, a function of the templates, with the numbers in its texts formatted:
    ``11.084``. A variable ``number`` is no amount, but the name of something: ``Eintrag 11084``.
    """

    @pass_context
    def translated(context: Context, *texts: Any, **values: object) -> Any:
        if len(texts) == len(("singular", "plural", "amount")):
            values.setdefault("num", texts[-1])
        formatted = {
            name: value if name == "number" else format_amount(value)
            for name, value in values.items()
        }
        return translate(context, *texts, **formatted)

    return translated


def register(app: Flask) -> None:
    """Give the templates of ``app`` these filters, and ``language``, ``grounds``, ``decided``,
    ``signoff_version`` and the enumerations.
    """
    for template_filter in (*FILTERS, format_amount):
        app.add_template_filter(template_filter)
    # Flask-Babel would look for the catalogue anew at each text.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        translate, newstyle=True, **{name: from_catalogue(name) for name in CATALOGUE_FUNCTIONS}
    )
    app.jinja_env.globals.update(
        gettext=with_formatted_numbers(app.jinja_env.globals["gettext"]),
        ngettext=with_formatted_numbers(app.jinja_env.globals["ngettext"]),
        language=page_language,
        list_other_languages=list_other_languages,
        grounds=describe_basis,
        decided=describe_declared_basis,
        Kind=AnswerKind,
        Phase=Phase,
        Basis=Basis,
        MailState=MailState,
        signoff_version=version("signoff"),
    )
