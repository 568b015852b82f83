"""The day of a decision is checked for typing errors."""

from datetime import date

import pytest

from signoff.domain.answer_forms import AnswerForm
from signoff.domain.errors import Reason

TODAY = date(2027, 3, 1)


def refused(day: str) -> list[Reason]:
    fields = {"body": "Rat der Stadt", "decision_date": day}
    form = AnswerForm(fields, today=TODAY)
    form.decision()
    return [refusal.reason for refusal in form.refusals]


@pytest.mark.parametrize("day", ["24.2.2027", "2027-02-24", "1.3.2027"])
def test_decision_up_to_today_is_accepted(day: str) -> None:
    assert refused(day) == []


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2.3.2027", Reason.DATE_IN_FUTURE),
        ("24.2.0227", Reason.DATE_TOO_EARLY),
        ("31.12.1999", Reason.DATE_TOO_EARLY),
        ("30.2.2027", Reason.NO_SUCH_DAY),
        ("", Reason.MISSING),
    ],
)
def test_mistyped_day_is_reported(day: str, reason: Reason) -> None:
    assert refused(day) == [reason]
