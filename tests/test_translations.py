"""The English catalogue is complete and fits the pages."""

import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

SOURCE = Path(__file__).parents[1] / "signoff/translations/en/LC_MESSAGES/messages.po"
TAG = re.compile(r"<[^>]+>")
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")
DATE_PATTERN = re.compile(r"[dMyE., ]+")  # of Unicode CLDR; no sentence
GERMAN_SIGN = re.compile(r'["„]|‘')  # English quotes are “…” and ’


def pairs() -> Iterator[tuple[str, str]]:
    """Every German message with its English, the forms of a plural one by one."""
    with SOURCE.open("rb") as lines:
        catalogue = read_po(lines, locale="en")
    for message in catalogue:
        if message.id:
            assert not message.fuzzy, message.id
            german = message.id if isinstance(message.id, tuple) else (message.id,)
            english = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from (pair for pair in zip(german, english, strict=True) if pair[1])


def test_placeholders_and_tags_are_those_of_the_german_text() -> None:
    for pattern in (PLACE, TAG):
        different = [
            (german, english)
            for german, english in pairs()
            if sorted(set(pattern.findall(german))) != sorted(set(pattern.findall(english)))
        ]
        assert different == []


def test_quotation_marks_are_english() -> None:
    assert [
        english for _german, english in pairs() if GERMAN_SIGN.search(TAG.sub("", english))
    ] == []


def test_translation_ends_with_the_same_punctuation() -> None:
    ends = ".:?!,…"

    assert [
        (german, english)
        for german, english in pairs()
        if german[-1] != english[-1]
        and not DATE_PATTERN.fullmatch(german)
        and (german[-1] in ends or english[-1] in ends)
    ] == []
