"""The message catalogues.

The German text is the message; each folder of translations adds a language.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError

SOURCE_LANGUAGE = "de"
TRANSLATIONS_FOLDER = Path(__file__).parent.parent / "translations"
# The languages on offer, the source language first. A new folder with a catalogue is a new
# language.
LANGUAGES = (
    SOURCE_LANGUAGE,
    *sorted(
        path.parts[-3]
        for path in TRANSLATIONS_FOLDER.glob("*/LC_MESSAGES/messages.po")
        if path.parts[-3] != SOURCE_LANGUAGE
    ),
)


@cache
def get_catalogue(language: str) -> NullTranslations:
    """The translations for ``language``; the source language needs none, and an unknown language
    gets it.
    """
    if language not in LANGUAGES or language == SOURCE_LANGUAGE:
        return NullTranslations()
    catalogue = TRANSLATIONS_FOLDER / language / "LC_MESSAGES" / "messages.mo"
    with catalogue.open("rb") as file:
        return GNUTranslations(file)


def gettext_noop(text: str) -> str:
    """``text`` itself: marks a message that is translated later, where the language is known."""
    return text


def choose_language(requested: str) -> str:
    """``requested`` if it is on offer, else the source language."""
    return requested if requested in LANGUAGES else SOURCE_LANGUAGE


@cache
def get_language_name(code: str, language: str) -> str:
    """The name of the language ``code`` in ``language``: ``Englisch``; the code itself if it is
    unknown.
    """
    try:
        name = Locale.parse(code).get_display_name(language)
    except (ValueError, UnknownLocaleError):
        name = None
    return f"{name[0].upper()}{name[1:]}" if name else code


def list_language_choices(language: str) -> list[tuple[str, str]]:
    """The languages on offer with their names in ``language``."""
    return [(code, get_language_name(code, language)) for code in LANGUAGES]
