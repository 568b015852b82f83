"""What a form begins with, beyond the answer itself; and what was typed in vain, to be read again."""

from collections.abc import Mapping
from datetime import date

from signoff.domain.answer import Answer
from signoff.web.sign.forms import ANSWERS, BASES, FIELDS, spelt, typed
from signoff.words.catalogue import catalogue
from signoff.words.labels import FIELD

TICKS = ("authorised", "publish_name")


def result(answer: Answer, today: date) -> dict[str, str]:
    """What is known of a sitting's decision; which answer it makes is chosen anew."""
    fields = {name: value for name, value in typed(answer).items() if name not in ("answer", "expected_on")}
    if answer.expected_on and answer.expected_on <= today:
        fields["decision_date"] = spelt(answer.expected_on)
    return fields


def unsent(fields: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was typed in a form that came too late: label and value, to be copied or read out on the telephone."""
    words = {choice.value: str(choice.label) for choice in (*ANSWERS, *BASES)}
    told = catalogue(language).gettext
    shown = [name for name in FIELDS if fields.get(name) and name not in TICKS]
    return [(told(FIELD[name]), words.get(fields[name], fields[name])) for name in shown]
