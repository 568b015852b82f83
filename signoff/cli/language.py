"""The language of the command line: the user's locale chooses it, the message catalogues have the
texts.
"""

import copy
import gettext as gettext_module
import os
import re

import click

from signoff.i18n.catalogue import TRANSLATIONS_FOLDER, choose_language, get_catalogue

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # by precedence, as POSIX has it
CLICK_DOMAIN = "click"


def get_language() -> str:
    """The language of the locale; the source language in the C locale and in one without a
    catalogue.
    """
    locale = next(filter(None, map(os.environ.get, LOCALE_VARIABLES)), "")
    return choose_language(re.split(r"[_.@]", locale)[0])


def gettext(message: str, /, **facts: object) -> str:
    """``message`` in the user's language, with ``facts`` in its placeholders."""
    text = get_catalogue(get_language()).gettext(message)
    return text % facts if facts else text


def ngettext(singular: str, plural: str, num: int, /, **facts: object) -> str:
    """The same with the form of the message that fits ``num``."""
    return get_catalogue(get_language()).ngettext(singular, plural, num) % {"num": num, **facts}


def translate_click() -> None:
    """Take click's own messages from our catalogue: it asks the standard library for its current
    domain.

    ``LANGUAGE`` is read first by that library; it is set to German in the C locale, too.
    """
    os.environ["LANGUAGE"] = get_language()
    gettext_module.bindtextdomain(CLICK_DOMAIN, TRANSLATIONS_FOLDER)
    gettext_module.textdomain(CLICK_DOMAIN)


def translate_command(command: click.Command) -> click.Command:
    """A copy of ``command``, its subcommands and options with their help in the user's language."""
    translated = copy.copy(command)
    translated.help = gettext(command.help) if command.help else None
    translated.params = [translate_parameter(parameter) for parameter in command.params]
    if isinstance(translated, click.Group) and isinstance(command, click.Group):
        translated.commands = {
            name: translate_command(subcommand) for name, subcommand in command.commands.items()
        }
    return translated


def translate_parameter(parameter: click.Parameter) -> click.Parameter:
    translated = copy.copy(parameter)
    if translated.metavar:
        translated.metavar = gettext(translated.metavar)
    if isinstance(translated, click.Option) and translated.help:
        translated.help = gettext(translated.help)
    return translated
