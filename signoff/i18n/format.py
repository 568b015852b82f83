"""Dates, times, names and lists as people read them, in any language of the catalogues."""

import re
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_timezone_name
from babel.numbers import format_decimal

from signoff.domain.answers import AnswerVersion, Channel
from signoff.domain.dates import get_last_day
from signoff.domain.releases import PrintKind
from signoff.domain.text import sort_key
from signoff.i18n.catalogue import SOURCE_LANGUAGE, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# Days and moments as people read them. Every printed time carries its zone.

NO_BREAK_SPACE = "\u00a0"  # no line break inside a date or a time
# Date patterns of Unicode CLDR; a translation gives the pattern usual in its language.
DAY_PATTERN = _("d. MMMM y")
WEEKDAY_PATTERN = _("EEEE, d. MMMM y")
SHORT_DAY_PATTERN = _("dd.MM.y")
DAY_AND_MONTH_PATTERN = _("d.M.")
TIME_FORMAT = _("%(time)s\u00a0Uhr (%(zone)s)")


@lru_cache(512)
def format_day(value: date, language: str) -> str:
    """``26. Februar 2027`` in one piece."""
    return format_pattern(value, DAY_PATTERN, language).replace(" ", NO_BREAK_SPACE)


@lru_cache(512)
def format_weekday(value: date, language: str) -> str:
    """``Freitag, 26. Februar 2027``; only the weekday may stand on a line of its own."""
    name, _space, rest = format_pattern(value, WEEKDAY_PATTERN, language).partition(" ")
    return f"{name} {rest.replace(' ', NO_BREAK_SPACE)}"


@lru_cache(512)
def format_short_day(value: date, language: str) -> str:
    """``26.02.2027``, for tables."""
    return format_pattern(value, SHORT_DAY_PATTERN, language)


@lru_cache(512)
def format_day_and_month(value: date, language: str) -> str:
    """``26.2.``, where the year is plain."""
    return format_pattern(value, DAY_AND_MONTH_PATTERN, language)


def format_pattern(value: date, pattern: str, language: str) -> str:
    """``value`` by one of the patterns above, as the catalogue of ``language`` has it."""
    return format_date(value, get_catalogue(language).gettext(pattern), language)


@lru_cache(512)
def format_time(hour: int, minute: int, at: datetime, zone: ZoneInfo, language: str) -> str:
    """``10:42 Uhr (MEZ)`` with the name the zone has ``at`` that moment."""
    local = at.astimezone(zone)
    # CLDR has abbreviations such as MEZ in some languages; in others it gives an offset, and the zone's own is used.
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
    """``Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)`` for the inclusive last day that ends at ``value``.

    A moment that is no midnight (a list closed early) is printed as the moment it is.
    """
    local = value.astimezone(zone)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return format_moment(value, zone, language)
    last = get_last_day(value, zone)
    return f"{format_weekday(last, language)}, {format_time(24, 0, value - timedelta(seconds=1), zone, language)}"


def format_cell(value: object, language: str) -> str:
    """A cell of a table as text: days and moments short, without a zone; nothing for ``None``."""
    if isinstance(value, datetime):
        return f"{format_short_day(value.date(), language)} {value:%H:%M}"
    if isinstance(value, date):
        return format_short_day(value, language)
    return "" if value is None else str(value)


# Who adopted a paper, when and where, in one phrase.

FEMININE_COMMITTEES = re.compile(r"\w*(ung|schaft|ion|enz|kammer)\b")
OTHER_COMMITTEES = re.compile(
    r"\w*(vorstand|rat|tag|ausschuss|präsidium|kongress|kreis|forum)\b", re.IGNORECASE
)


def format_adoption(by: str, on: date | None, at: str, language: str) -> tuple[str, str]:
    """Two lines, either may be empty: ``Beschlossen von der 27. Mitgliederversammlung``, ``am … in Mannheim``.

    German wants the article; where the name does not show its gender, a colon does without.
    """
    translate = get_catalogue(language).gettext
    body = re.sub(r"^\d+\.\s*", "", by)
    if not by:
        who = translate(_("Beschlossen")) if on or at else ""
    elif language != SOURCE_LANGUAGE:
        who = translate(_("Beschlossen von: %(body)s")) % {"body": by}
    elif FEMININE_COMMITTEES.match(body):
        who = f"Beschlossen von der {by}"
    elif OTHER_COMMITTEES.match(body):
        who = f"Beschlossen vom {by}"
    else:
        who = f"Beschlossen von: {by}"
    when = translate(_("am %(day)s")) % {"day": format_day(on, language)} if on else ""
    where = translate(_("in %(place)s")) % {"place": at} if at else ""
    return who, " ".join(filter(None, (when, where)))


# Who represents a member of some kind: the functions suggested in the form. Any other can be typed.

# The first that fits counts; a kind or an official name that fits none gets all of them.
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
    """The functions of those who may sign for such a member, the likeliest first, in German."""
    for told in (kind, " ".join(official_name.split()[:-1])):
        for pattern, found in FUNCTIONS_BY_KIND:
            if told and re.search(pattern, told.casefold()):
                return (*found, *DEPUTIES)
    return (*COMMON_FUNCTIONS, *DEPUTIES)


# What the documents of one paper are called: its editions of the list, and its addenda.

LIST_EDITION_LABELS = {
    PrintKind.FINAL: _("%(number)s. Ausgabe"),
    PrintKind.EDITION: _("%(number)s. Ausgabe"),
    PrintKind.ADDENDUM: _("%(number)s. Nachtrag"),
}


def format_list_edition(kind: PrintKind, number: int, language: str) -> str:
    """``2. Ausgabe``, ``1. Nachtrag``; the final PDF is the first edition."""
    return get_catalogue(language).gettext(LIST_EDITION_LABELS[kind]) % {"number": number}


# Official names inside German sentences: "die Stadt Ulm", "der Freien und Hansestadt Hamburg", "des Landkreises Celle".


class GrammaticalCase(Enum):
    """The grammatical case a sentence asks for."""

    NOMINATIVE = 0
    GENITIVE = 1
    ACCUSATIVE = 2


FEMININE_ARTICLES = ("die", "der", "die")
MASCULINE_ARTICLES = ("der", "des", "den")
NEUTER_ARTICLES = ("das", "des", "das")
# The kind of body a name says it is, with its article and its genitive; compounds count with their last part.
NAME_KINDS = (
    (re.compile(r"\S*(?:stadt|gemeinde|region|insel)", re.IGNORECASE), FEMININE_ARTICLES, ""),
    (re.compile(r"\S*(?:kreis|bezirk)", re.IGNORECASE), MASCULINE_ARTICLES, "es"),
    (re.compile(r"Markt|\S*verband", re.IGNORECASE), MASCULINE_ARTICLES, "es"),
    (re.compile(r"Flecken"), MASCULINE_ARTICLES, "s"),
    (re.compile(r"(?:\S*land|Amt)", re.IGNORECASE), NEUTER_ARTICLES, "es"),
)
NAME_PREFIX = re.compile(r"(?:freie|große|alte|königliche|kreisfreie|und|\S+-)", re.IGNORECASE)


def format_name(official_name: str, case: GrammaticalCase, language: str = SOURCE_LANGUAGE) -> str:
    """``official_name`` with its article in ``case``; without one where none is known, and in other languages."""
    if language != SOURCE_LANGUAGE:
        return official_name
    found = find_noun(official_name)
    if found is None:
        return f"von {official_name}" if case is GrammaticalCase.GENITIVE else official_name
    words, at, articles, ending = found
    if case is GrammaticalCase.GENITIVE:
        words[at] += ending
    weak = case is GrammaticalCase.GENITIVE or (
        case is GrammaticalCase.ACCUSATIVE and articles is MASCULINE_ARTICLES
    )
    before = [f"{word}n" if weak and word.lower().endswith("e") else word for word in words[:at]]
    return " ".join([articles[case.value], *before, *words[at:]])


def find_noun(official_name: str) -> tuple[list[str], int, tuple[str, str, str], str] | None:
    """The words of a name, where its kind stands ("Stadt"), the articles of that kind and its genitive ending."""
    words = official_name.split()
    for at, word in enumerate(words[:-1]):  # the last word is the place itself
        for kind, articles, ending in NAME_KINDS:
            if kind.fullmatch(word):
                return words, at, articles, ending
        if not NAME_PREFIX.fullmatch(word):
            return None
    return None


def split_at_place(official_name: str, name: str) -> tuple[str, str, str]:
    """``official_name`` before, at and after the place it is sorted by; where it does not contain it, all of it is the place."""
    at = official_name.rfind(name)
    if not name or at < 0:
        return "", official_name, ""
    return official_name[:at], name, official_name[at + len(name) :]


def join_names(names: list[str], language: str = SOURCE_LANGUAGE) -> str:
    """``Hanau, Konstanz und Lünen`` in the order of the list."""
    *first, last = sorted(names, key=sort_key) or [""]
    if not first:
        return last
    return get_catalogue(language).gettext(_("%(names)s und %(last)s")) % {
        "names": ", ".join(first),
        "last": last,
    }


# When an answer came: to the minute through a link, to the day where the office noted it.


def format_received_at(version: AnswerVersion, zone: ZoneInfo, language: str) -> str:
    """``Donnerstag, 21. Januar 2027, 10:42 Uhr (MEZ)``; of an answer that the office recorded, the day alone."""
    if version.channel is Channel.LINK:
        return format_moment(version.received_at, zone, language)
    return format_weekday(version.received_at.astimezone(zone).date(), language)


def format_number(number: int, language: str) -> str:
    """``11.084`` with the separator usual in ``language``."""
    return str(format_decimal(number, locale=language))


def get_country_name(code: str, language: str) -> str:
    """The name of the country with the ISO 3166-1 ``code``; the code itself where there is none."""
    return str(Locale.parse(language).territories.get(code.upper(), code))
