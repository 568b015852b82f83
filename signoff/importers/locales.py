"""Languages and countries by their codes or their German and English names."""

from collections.abc import Collection
from functools import cache

from babel import Locale

NAMED_IN = ("de", "en")


def find_language(text: str, offered: Collection[str] = ()) -> str:
    """The code of a language; empty if there is none, or none of those ``offered``."""
    code = text.casefold().replace("_", "-")
    code = list_language_names().get(code, code)
    languages = offered or Locale.parse(NAMED_IN[0]).languages
    short = code.partition("-")[0]  # de-AT is read by those who read de
    return next((each for each in (code, short) if each in languages), "")


def find_country(text: str) -> str:
    """The code of the country with this name; a text that is no such name is returned unchanged."""
    return list_country_names().get(text.casefold(), text)


@cache
def list_language_names() -> dict[str, str]:
    return {
        name.casefold(): code
        for language in NAMED_IN
        for code, name in Locale.parse(language).languages.items()
    }


@cache
def list_country_names() -> dict[str, str]:
    return {
        name.casefold(): code
        for language in NAMED_IN
        for code, name in Locale.parse(language).territories.items()
        if code.isalpha() and len(code) == 2
    }
