"""The catalogues. The German text itself is the message; ``en`` translates it."""

from functools import cache
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path

LANGUAGES = ("de", "en")
TRANSLATIONS_FOLDER = Path(__file__).parent.parent / "translations"


@cache
def get_catalogue(language: str) -> NullTranslations:
    """The translations for ``language``; German needs none, and an unknown language gets German."""
    if language not in LANGUAGES or language == LANGUAGES[0]:
        return NullTranslations()
    found = translation("messages", TRANSLATIONS_FOLDER, [language])
    assert isinstance(found, GNUTranslations)
    return found


def gettext_noop(text: str) -> str:
    """``text`` itself: marks a message for the catalogue that is translated later, where the language is known."""
    return text
