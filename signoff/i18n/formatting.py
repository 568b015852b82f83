"""Dates, times, names and lists as people read them, in any language of the catalogues."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.languages import get_official_languages
from babel.numbers import format_decimal

from signoff.domain.answers import AnswerVersion, Basis, Channel, CouncilDecision
from signoff.domain.dates import Month, get_last_day
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import (
    ListHeading,
    Origin,
    SignatoryGroup,
    SignatureCounts,
    is_domestic,
)
from signoff.domain.text import sort_key
from signoff.i18n import labels
from signoff.i18n.catalogue import SOURCE_LANGUAGE, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# Dates and times. Every printed time names its zone.

NO_BREAK_SPACE = "\u00a0"  # no line break inside a date or a time
# Date patterns of Unicode CLDR; a translation gives the pattern usual in its language.
DAY_PATTERN = _("d. MMMM y")
WEEKDAY_PATTERN = _("EEEE, d. MMMM y")
SHORT_DAY_PATTERN = _("dd.MM.y")
DAY_AND_MONTH_PATTERN = _("d.M.")
MONTH_PATTERN = _("LLLL y")
FEBRUARY = 2
TIME_FORMAT = _("%(time)s\u00a0Uhr (%(zone)s)")


@lru_cache(512)
def format_day(value: date, language: str) -> str:
    """``26. Februar 2027``, without a line break."""
    return format_pattern(value, DAY_PATTERN, language).replace(" ", NO_BREAK_SPACE)


@lru_cache(512)
def format_weekday(value: date, language: str) -> str:
    """``Freitag, 26. Februar 2027``; a line may break after the weekday only."""
    name, _space, rest = format_pattern(value, WEEKDAY_PATTERN, language).partition(" ")
    return f"{name} {rest.replace(' ', NO_BREAK_SPACE)}"


@lru_cache(512)
def format_short_day(value: date, language: str) -> str:
    """``26.02.2027``, for tables."""
    return format_pattern(value, SHORT_DAY_PATTERN, language)


@lru_cache(512)
def format_day_and_month(value: date, language: str) -> str:
    """``26.2.``, where the year is clear from the context."""
    return format_pattern(value, DAY_AND_MONTH_PATTERN, language)


def format_month(value: Month, language: str) -> str:
    """``Juni``, or ``Februar 2027``, whose days depend on the year."""
    pattern = MONTH_PATTERN if value.number == FEBRUARY else "LLLL"
    return format_pattern(date(value.year, value.number, 1), pattern, language)


def format_pattern(value: date, pattern: str, language: str) -> str:
    """``value`` by the translation of ``pattern`` into ``language``."""
    return format_date(value, get_catalogue(language).gettext(pattern), language)


@lru_cache(512)
def format_time(hour: int, minute: int, moment: datetime, zone: ZoneInfo, language: str) -> str:
    """``10:42 Uhr (MEZ)`` with the name the zone has at that ``moment``."""
    local = moment.astimezone(zone)
    # CLDR has abbreviations such as MEZ in some languages; in others it gives an offset, and the
    # zone's own is used.
    name = get_timezone_name(local, "short", locale=language)
    if name.startswith(("+", "-")):
        name = local.tzname() or name
    return get_catalogue(language).gettext(TIME_FORMAT) % {
        "time": f"{hour:02d}:{minute:02d}",
        "zone": name,
    }


def format_moment(value: datetime, zone: ZoneInfo, language: str) -> str:
    """``Donnerstag, 21. Januar 2027, 10:42 Uhr (MEZ)``."""
    local = value.astimezone(zone)
    return f"{format_weekday(local.date(), language)}, {format_time(local.hour, local.minute, value, zone, language)}"


def format_deadline(value: datetime, zone: ZoneInfo, language: str) -> str:
    """``Freitag, 26.

    Februar 2027, 24:00 Uhr (MEZ)`` for the inclusive last day that ends at ``value``.

    A moment that is no midnight (a list closed early) is printed as the moment it is.
    """
    local = value.astimezone(zone)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return format_moment(value, zone, language)
    last = get_last_day(value, zone)
    return f"{format_weekday(last, language)}, {format_time(24, 0, value - timedelta(seconds=1), zone, language)}"


def format_cell(value: object, language: str) -> str:
    """The text of a table cell: short dates and times without their zone; empty for ``None``."""
    if isinstance(value, datetime):
        return f"{format_short_day(value.date(), language)} {value:%H:%M}"
    if isinstance(value, date):
        return format_short_day(value, language)
    return "" if value is None else str(value)


# The adoption of a paper: by whom, when and where.

FEMININE_COMMITTEES = re.compile(r"\w*(ung|schaft|ion|enz|kammer)\b")
OTHER_COMMITTEES = re.compile(
    r"\w*(vorstand|rat|tag|ausschuss|präsidium|kongress|kreis|forum)\b", re.IGNORECASE
)


NEUTER_COMMITTEES = re.compile(r"\w*(präsidium|forum)\b", re.IGNORECASE)


def format_committee(committee: str, language: str) -> str:
    """``die 27. Mitgliederversammlung``; in other languages as it is, in German empty if the gender
    is unknown.
    """
    if language != SOURCE_LANGUAGE or not committee:
        return committee
    name = re.sub(r"^\d+\.\s*", "", committee)
    if FEMININE_COMMITTEES.match(name):
        return f"die {committee}"
    if NEUTER_COMMITTEES.match(name):
        return f"das {committee}"
    return f"der {committee}" if OTHER_COMMITTEES.match(name) else ""


def format_adoption(committee: str, day: date | None, place: str, language: str) -> tuple[str, str]:
    """Two phrases, either possibly empty: ``Beschlossen von der 27.

    Mitgliederversammlung``, ``am … in Mannheim``.

    German needs an article; a colon avoids it if the gender of the committee is unknown.
    """
    translate = get_catalogue(language).gettext
    name = re.sub(r"^\d+\.\s*", "", committee)
    if not committee:
        who = translate(_("Beschlossen")) if day or place else ""
    elif language != SOURCE_LANGUAGE:
        who = translate(_("Beschlossen von: %(body)s")) % {"body": committee}
    elif FEMININE_COMMITTEES.match(name):
        who = f"Beschlossen von der {committee}"
    elif OTHER_COMMITTEES.match(name):
        who = f"Beschlossen vom {committee}"
    else:
        who = f"Beschlossen von: {committee}"
    when = translate(_("am %(day)s")) % {"day": format_day(day, language)} if day else ""
    where = translate(_("in %(place)s")) % {"place": place} if place else ""
    return who, " ".join(filter(None, (when, where)))


# The functions that the form suggests for a kind of member; it accepts any other.

# The first match counts; without one, all functions are suggested.
LORD_MAYORS = (_("Oberbürgermeisterin"), _("Oberbürgermeister"))
MAYORS = (_("Bürgermeisterin"), _("Bürgermeister"))
DISTRICT_HEADS = (_("Landrätin"), _("Landrat"))
DEPUTIES = (
    _("Erste Beigeordnete"),
    _("Erster Beigeordneter"),
    _("Beigeordnete"),
    _("Beigeordneter"),
)
FUNCTIONS_BY_KIND = (
    (r"landkreis|\bkreis\b", DISTRICT_HEADS),
    (r"städteregion", (_("Städteregionsrätin"), _("Städteregionsrat"))),
    (
        r"regionalverband|\bregion\b",
        (_("Regionalpräsidentin"), _("Regionalpräsident"), _("Verbandsvorsteherin")),
    ),
    (r"zweckverband|verband$", (_("Verbandsvorsteherin"), _("Verbandsvorsteher"))),
    (
        r"bezirksverband|regierungsbezirk|^bezirk$",
        (_("Bezirkstagspräsidentin"), _("Bezirkstagspräsident")),
    ),
    (r"stadtbezirk|^bezirk", (_("Bezirksbürgermeisterin"), _("Bezirksbürgermeister"))),
    (r"samtgemeinde", (_("Samtgemeindebürgermeisterin"), _("Samtgemeindebürgermeister"))),
    (r"ortsgemeinde", (_("Ortsbürgermeisterin"), _("Ortsbürgermeister"))),
    (
        r"\bamt\b",
        (_("Amtsdirektorin"), _("Amtsdirektor"), _("Amtsvorsteherin"), _("Amtsvorsteher")),
    ),
    (
        r"stadtstaat|\bland\b|freie.*hansestadt",
        (_("Erste Bürgermeisterin"), _("Erster Bürgermeister"), *MAYORS),
    ),
    (r"kreisangehörige stadt|gemeinde|markt|flecken|^stadt$", (*MAYORS, *LORD_MAYORS)),
    (
        r"kreisfreie stadt|große kreisstadt|stadtkreis|landeshauptstadt|stadt",
        (*LORD_MAYORS, *MAYORS),
    ),
)
COMMON_FUNCTIONS = (*LORD_MAYORS, *MAYORS, *DISTRICT_HEADS)


def suggest_functions(kind: str, official_name: str) -> tuple[str, ...]:
    """The functions of people who may sign for such a member, the likeliest first, in German."""
    for text in (kind, " ".join(official_name.split()[:-1])):
        for pattern, functions in FUNCTIONS_BY_KIND:
            if text and re.search(pattern, text.casefold()):
                return (*functions, *DEPUTIES)
    return (*COMMON_FUNCTIONS, *DEPUTIES)


# The names of list editions and addenda.

LIST_EDITION_LABELS = {
    PrintKind.FINAL: _("%(number)s. Ausgabe"),
    PrintKind.EDITION: _("%(number)s. Ausgabe"),
    PrintKind.ADDENDUM: _("%(number)s. Nachtrag"),
}


def format_list_edition(kind: PrintKind, number: int, language: str) -> str:
    """``2. Ausgabe``, ``1. Nachtrag``; the final PDF is the first edition."""
    return get_catalogue(language).gettext(LIST_EDITION_LABELS[kind]) % {"number": number}


# Official names in German sentences: "die Stadt Ulm", "der Freien und Hansestadt Hamburg", "des
# Landkreises Celle".


class GrammaticalCase(Enum):
    """A grammatical case of German."""

    NOMINATIVE = 0
    GENITIVE = 1
    ACCUSATIVE = 2
    DATIVE = 3


FEMININE_ARTICLES = ("die", "der", "die", "der")
MASCULINE_ARTICLES = ("der", "des", "den", "dem")
NEUTER_ARTICLES = ("das", "des", "das", "dem")
# Nouns in official names, with their articles and genitive endings; a compound counts by its last
# part.
NAME_KINDS = (
    (re.compile(r"\S*(?:stadt|gemeinde|region|insel)", re.IGNORECASE), FEMININE_ARTICLES, ""),
    (re.compile(r"Markt|\S*(?:kreis|bezirk)", re.IGNORECASE), MASCULINE_ARTICLES, "es"),
    (re.compile(r"Flecken"), MASCULINE_ARTICLES, "s"),
    (re.compile(r"(?:\S*land|Amt)", re.IGNORECASE), NEUTER_ARTICLES, "es"),
)
# Nouns of bodies that are no place: these may be the last word ("Deutscher Städtetag").
BODY_KINDS = (
    (
        re.compile(
            r"\S*(?:gemeinschaft|vereinigung|initiative|allianz|union|konferenz|gesellschaft|stiftung)",
            re.IGNORECASE,
        ),
        FEMININE_ARTICLES,
        "",
    ),
    (
        re.compile(r"\S*(?:verband|bund|(?:städte|kreis|gemeinde|bezirks)tag)", re.IGNORECASE),
        MASCULINE_ARTICLES,
        "es",
    ),
    (re.compile(r"\S*(?:verein|konvent)", re.IGNORECASE), MASCULINE_ARTICLES, "s"),
    (re.compile(r"\S*(?:forum|netzwerk)", re.IGNORECASE), NEUTER_ARTICLES, "s"),
    (re.compile(r"\S*bündnis", re.IGNORECASE), NEUTER_ARTICLES, "ses"),
)
# Adjectives before the noun, as they stand without an article: "Deutscher", "Freie", "Kommunales".
NAME_ADJECTIVE = re.compile(
    r"((?:frei|groß|alt|königlich|kreisfrei|kommunal|national|international|\S*sch)e)[rs]?",
    re.IGNORECASE,
)
NAME_PREFIX = re.compile(rf"{NAME_ADJECTIVE.pattern}|und|\S+-", re.IGNORECASE)


def format_name(official_name: str, case: GrammaticalCase, language: str = SOURCE_LANGUAGE) -> str:
    """``official_name`` with its German article in ``case``; without one if it is unknown, and in
    other languages.
    """
    if language != SOURCE_LANGUAGE:
        return official_name
    noun = find_noun(official_name)
    if noun is None:
        return f"von {official_name}" if case is GrammaticalCase.GENITIVE else official_name
    words, index, articles, ending = noun
    if case is GrammaticalCase.GENITIVE:
        words[index] += ending
    weak = case in (GrammaticalCase.GENITIVE, GrammaticalCase.DATIVE) or (
        case is GrammaticalCase.ACCUSATIVE and articles is MASCULINE_ARTICLES
    )
    before = [NAME_ADJECTIVE.sub(r"\1n" if weak else r"\1", word) for word in words[:index]]
    return " ".join([articles[case.value], *before, *words[index:]])


def find_noun(official_name: str) -> tuple[list[str], int, tuple[str, ...], str] | None:
    """The words of a name, the index of its noun ("Stadt"), the articles of that noun and its
    genitive ending.
    """
    words = official_name.split()
    for index, word in enumerate(words):
        is_place = word is words[-1]
        for kind, articles, ending in BODY_KINDS if is_place else NAME_KINDS + BODY_KINDS:
            if kind.fullmatch(word):
                return words, index, articles, ending
        if not NAME_PREFIX.fullmatch(word):
            return None
    return None


def split_at_place(official_name: str, name: str) -> tuple[str, str, str]:
    """``official_name`` split before and after the words that contain ``name``, by which it is
    sorted; all of it is the name if it lacks it.

    "Hansestadt ", "Rostock", "" and "", "Reykjavíkurborg", "".
    """
    start = official_name.rfind(name)
    if not name or start < 0:
        return "", official_name, ""
    end = start + len(name)
    while official_name[start - 1 : start].isalnum():
        start -= 1
    while official_name[end : end + 1].isalnum():
        end += 1
    return official_name[:start], official_name[start:end], official_name[end:]


def format_dialled_number(telephone: str) -> str:
    """``+492214710128``, as it is dialled; a German number gets its country code."""
    digits = "".join(char for char in telephone if char.isdigit() or char == "+")
    is_national = digits.startswith("0") and not digits.startswith("00")
    return f"+49{digits[1:]}" if is_national else digits


def join_names(names: list[str], language: str = SOURCE_LANGUAGE) -> str:
    """``Hanau, Konstanz und Lünen`` in the order of the list."""
    *first, last = sorted(names, key=sort_key) or [""]
    if not first:
        return last
    return get_catalogue(language).gettext(_("%(names)s und %(last)s")) % {
        "names": ", ".join(first),
        "last": last,
    }


# The time of an answer: to the minute if it came through a link, to the day if the office recorded
# it.


def format_received_at(version: AnswerVersion, zone: ZoneInfo, language: str) -> str:
    """``Donnerstag, 21.

    Januar 2027, 10:42 Uhr (MEZ)``; only the day if the office recorded the answer.
    """
    if version.channel is Channel.LINK:
        return format_moment(version.received_at, zone, language)
    return format_weekday(version.received_at.astimezone(zone).date(), language)


@lru_cache(4096)
def format_number(number: int, language: str) -> str:
    """``11.084`` with the separator usual in ``language``."""
    return str(format_decimal(number, locale=language))


def format_list_heading(group: SignatoryGroup, language: str) -> str:
    """The heading of a group of the list of signatories; empty if it has none."""
    gettext = get_catalogue(language).gettext
    if group.heading is ListHeading.COUNTRY:
        return get_country_name(group.name, language)
    if group.heading is ListHeading.NO_STATE:
        return gettext(_("Ohne Landeszuordnung"))
    if group.heading is ListHeading.FIRST:
        return gettext(_("Erstunterzeichnende"))
    if group.heading is ListHeading.OTHERS:
        return gettext(_("Weitere Unterzeichnende"))
    if group.heading is ListHeading.LATE:
        return gettext(_("Nachgezeichnet"))
    return group.name


def format_region(signatory: Signatory, language: str) -> str:
    """The German state, or the country of a foreign signatory."""
    if is_domestic(signatory):
        return signatory.state
    return get_country_name(signatory.country, language)


AGS_LENGTH = 8  # digits of the key of a German municipality


def format_whereabouts(signatory: Signatory, namesakes: Mapping[str, str], language: str) -> str:
    """The addition that tells a signatory from its ``namesakes`` (see ``find_namesakes``): the
    district, else the published key as ``AGS 03357034`` or ``Schlüssel D5002``; nothing if the name
    is its own.
    """
    key = signatory.public_key
    district = namesakes.get(signatory.key)
    if district or district is None or not key:
        return district or ""
    if len(key) == AGS_LENGTH and key.isdecimal():
        return f"AGS {key}"
    return get_catalogue(language).gettext(_("Schlüssel %(key)s")) % {"key": key}


def describe_counts(counts: SignatureCounts, language: str) -> str:
    """The supporters of a paper in one sentence: ``33 Kommunen unterstützen dieses Papier.``, and
    after later changes also how many signed first, later, and withdrew.
    """
    catalogue = get_catalogue(language)
    text = (
        catalogue.ngettext(
            "%(now)s Kommune unterstützt dieses Papier jetzt (zuerst mitgezeichnet: %(first)s, später nachgezeichnet: %(later)s, zurückgenommen: %(withdrawn)s).",
            "%(now)s Kommunen unterstützen dieses Papier jetzt (zuerst mitgezeichnet: %(first)s, später nachgezeichnet: %(later)s, zurückgenommen: %(withdrawn)s).",
            counts.now,
        )
        if counts.have_changed
        else catalogue.ngettext(
            "%(now)s Kommune unterstützt dieses Papier.",
            "%(now)s Kommunen unterstützen dieses Papier.",
            counts.now,
        )
    )
    return text % {
        "now": format_number(counts.now, language) if counts.now else catalogue.gettext(_("Keine")),
        "first": format_number(counts.first, language),
        "later": format_number(counts.later, language),
        "withdrawn": format_number(counts.withdrawn, language),
    }


def format_origin(origin: Origin, language: str) -> str:
    """``aus 11 deutschen Ländern und 8 weiteren Staaten``; empty where all are from one."""
    catalogue = get_catalogue(language)
    states, countries, domestic = origin.states, origin.countries, origin.domestic
    if not countries:
        text = catalogue.gettext(_("aus %(states)s Bundesländern")) if states > 1 else ""
    elif states > 1:
        text = catalogue.ngettext(
            "aus %(states)s deutschen Ländern und einem weiteren Staat",
            "aus %(states)s deutschen Ländern und %(countries)s weiteren Staaten",
            countries,
        )
    elif domestic:
        text = catalogue.ngettext(
            "aus Deutschland und einem weiteren Staat",
            "aus Deutschland und %(countries)s weiteren Staaten",
            countries,
        )
    else:
        text = catalogue.gettext(_("aus %(countries)s Staaten")) if countries > 1 else ""
    return text % {"states": states, "countries": countries}


def format_citation(
    publisher: str, title: str, edition: int, as_of: str, address: str, language: str
) -> str:
    """How a released paper is cited."""
    text = _("%(publisher)s: %(title)s (Fassung %(edition)s, Stand %(as_of)s). %(address)s")
    return get_catalogue(language).gettext(text) % {
        "publisher": publisher,
        "title": title,
        "edition": edition,
        "as_of": as_of,
        "address": address,
    }


def get_country_name(code: str, language: str) -> str:
    """The name of the country with the ISO 3166-1 ``code``; the code itself if it is unknown."""
    return str(Locale.parse(language).territories.get(code.upper(), code))


def find_country_language(code: str) -> str:
    """The language of a country that has a single official one; else empty."""
    languages = get_official_languages(code.upper(), de_facto=True)
    return languages[0] if len(languages) == 1 else ""


def describe_basis(
    basis: Basis | None, body: str, on: date | None, number: str, language: str
) -> str:
    """The basis of a signature, as printed: ``Beschluss (Rat der Stadt) vom 14. Januar 2027``."""
    if basis is None:
        return ""
    gettext = get_catalogue(language).gettext
    details = ", ".join(part for part in (body, number) if part)
    words = [gettext(labels.BASIS_SHORT[basis]), f"({details})" if details else ""]
    if on:
        words.append(gettext(_("vom %(day)s")) % {"day": format_day(on, language)})
    return " ".join(filter(None, words))


def describe_declared_basis(basis: Basis, decision: CouncilDecision | None, language: str) -> str:
    """The same for the basis and the decision of a declaration."""
    if decision is None:
        return describe_basis(basis, "", None, "", language)
    return describe_basis(basis, decision.body, decision.on, decision.number, language)
