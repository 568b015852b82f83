"""Every text is translated into English: no message is missing or fuzzy."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import CommandLineInterface, parse_keywords
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
ENGLISH = ROOT / "signoff" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
KEYWORDS = "_l lazy_gettext lazy_ngettext:1,2 SettingsError MailboxError say Column"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The current messages of pages, mails, PDF and code, collected as by ``make messages``."""
    template = tmp_path_factory.mktemp("messages") / "messages.pot"
    command = [
        "pybabel",
        "-q",
        "extract",
        f"--mapping={ROOT / 'pyproject.toml'}",
        f"--keywords={KEYWORDS}",
    ]
    CommandLineInterface().run([*command, f"--output={template}", str(ROOT)])
    with template.open("rb") as file:
        return read_po(file)


@cache
def english() -> Catalog:
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def texts(message: Message) -> tuple[str, ...]:
    """The message and, where it has one, its plural."""
    return message.id if isinstance(message.id, tuple) else (message.id,)


def translations(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string,)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def list_changed_placeholders(messages: Catalog) -> list[str]:
    """Translations with another set of placeholders than their German."""
    wrong = []
    for message in filter(lambda entry: entry.id, messages):
        singular, plural = placeholders(texts(message)[0]), placeholders(texts(message)[-1])
        for number, translated in enumerate(filter(None, translations(message))):
            expected = plural if number else singular
            # A singular may say "one" where the plural counts.
            if placeholders(translated) != expected and not (
                number == 0 and placeholders(translated) | {"num"} == expected
            ):
                wrong.append(texts(message)[0])
    return wrong


def test_no_message_is_marked_inside_an_f_string() -> None:
    """Python 3.11 hides it there from the collection of messages."""
    hidden = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "signoff").rglob("*.py"))
        for string in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("_", "N_")
        and isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


def test_every_message_has_its_english(extracted: Catalog) -> None:
    translated = english()
    missing = [
        texts(message)[0]
        for message in extracted
        if message.id
        and not (
            (translation := translated.get(message.id, message.context))
            and all(translations(translation))
        )
    ]
    assert not missing, f"{len(missing)} messages without English, the first: {missing[:5]}"


def test_no_english_message_is_fuzzy() -> None:
    fuzzy = [texts(message)[0] for message in english() if message.id and message.fuzzy]
    assert not fuzzy


def test_translations_keep_all_placeholders() -> None:
    assert not list_changed_placeholders(english())


def test_missing_placeholder_is_reported() -> None:
    broken = Catalog(locale="en")
    broken.add("Bitte kürzen Sie „%(field)s“.", "Please shorten it.")
    broken.add(("%(num)s Tag", "%(num)s Tage"), ("one day", "%(number)s days"))
    assert list_changed_placeholders(broken) == ["Bitte kürzen Sie „%(field)s“.", "%(num)s Tag"]


def test_a_message_in_a_template_is_collected(extracted: Catalog) -> None:
    assert extracted.get("Impressum"), "of a template"
    assert extracted.get("keine Rückmeldung"), "of a table of words"
    assert len(extracted) > 100


def test_catalogue_contains_no_unused_messages(extracted: Catalog) -> None:
    collected = {(message.id, message.context) for message in extracted}
    assert not [
        texts(entry)[0]
        for entry in english()
        if entry.id and (entry.id, entry.context) not in collected
    ]


def test_make_messages_collects_with_the_same_keywords() -> None:
    assert KEYWORDS in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["babel"][
        "mappings"
    ]


def test_no_message_is_asked_for_with_and_without_a_plural() -> None:
    """Python 3.11.2 finds a message that has a plural only with ``ngettext``; 3.11.7 also without."""
    keywords = DEFAULT_KEYWORDS | parse_keywords(KEYWORDS.split())
    methods = [("signoff/**.py", "python"), ("templates/**", "jinja2")]
    alone, plural = set(), set()
    for _file, _line, messages, _comments, context in extract_from_dir(ROOT, methods, {}, keywords):
        if isinstance(messages, tuple):
            plural.add((messages[0], context))
        else:
            alone.add((messages, context))
    assert len(plural) > 100
    assert alone & plural == set()
