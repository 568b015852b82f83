"""What states of the world are called."""

from babel import Locale


def country(code: str, language: str) -> str:
    """The name of the country with the ISO 3166-1 ``code``; the code itself where there is none."""
    return str(Locale.parse(language).territories.get(code.upper(), code))
