"""Days as people type them."""

from datetime import date

import pytest

from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal


@pytest.mark.parametrize(
    "typed", ["14.01.2027", "14. 1. 2027", "14/01/2027", "14/1/2027", "2027-01-14", " 14.1.2027 "]
)
def test_a_day_is_read_in_german_english_and_iso_form(typed: str) -> None:
    assert parse_date(typed) == date(2027, 1, 14)


@pytest.mark.parametrize(
    "typed", ["14.01/2027", "01/14/2027", "31.02.2027", "14/01/27", "14 January", ""]
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(typed)

    assert refused.value.reason is Reason.NOT_A_DATE
