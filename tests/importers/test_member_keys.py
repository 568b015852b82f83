"""Keys that a spreadsheet has changed are found; the association's own numbers are left alone."""

import pytest

from signoff.domain.members import Member
from signoff.importers.errors import FileReason
from signoff.importers.member_keys import KeyCell, find_key_mends

KNOWN = Member("09162000", "München", state="Bayern", id=1)


def mends(
    *rows: tuple[str, str, str], known: tuple[Member, ...] = (), number: bool = False
) -> dict[str, tuple[str, FileReason]]:
    cells = [KeyCell(line, *row, is_number=number) for line, row in enumerate(rows, 2)]
    return {mend.key: (mend.mended, mend.problem.reason) for mend in find_key_mends(cells, known)}


def test_a_lost_zero_is_seen_by_the_state() -> None:
    found = mends(("9162000", "München", "Bayern"), ("5162", "Kreis", "NRW"))

    assert found == {"9162000": ("09162000", FileReason.LOST_ZERO)}
    assert not mends(("9162000", "Musterhausen", "Hessen"))
    assert not mends(("9162000", "Musterhausen", ""))


def test_a_lost_zero_is_seen_by_a_known_member() -> None:
    assert mends(("9162000", "Anders", ""), known=(KNOWN,)) == {
        "9162000": ("09162000", FileReason.LOST_ZERO)
    }
    district = Member("09162", "Landkreis", id=2)
    assert mends(("9162", "Landkreis", ""), known=(district,))["9162"][0] == "09162"


def test_a_lost_zero_is_seen_by_a_number_and_by_the_other_keys() -> None:
    for key in ("9162000", "91620000000"):
        assert mends((key, "München", ""), number=True)[key][0] == f"0{key}"
    assert not mends(("9162", "München", ""), number=True)
    assert (
        mends(("9162000", "München", ""), ("14612000", "Dresden", ""))["9162000"][0] == "09162000"
    )
    own_numbers = [
        (str(number), f"Ort {number}", "") for number in (7, 999_998, 9_999_999, 10_000_000)
    ]
    assert not mends(*own_numbers)


@pytest.mark.parametrize("key", ["09 162 000", "'09162000", "09162000’", "9\u00a0162\u2009000"])
def test_spaces_and_apostrophes_do_not_belong_to_a_number(key: str) -> None:
    assert mends((key, "München", "Bayern"))[key][0] == "09162000"


@pytest.mark.parametrize("key", ["'s-Hertogenbosch", "A 12", "2027-01", "1.10", "DE 9162000"])
def test_a_key_that_is_no_number_stays(key: str) -> None:
    assert not mends((key, "Musterhausen", ""))


def test_a_member_is_found_by_name_and_state_where_the_key_is_odd() -> None:
    found = ("09162000", FileReason.KNOWN_NAME)

    assert mends(("M-17", "münchen", "Bayern"), known=(KNOWN,)) == {"M-17": found}
    assert mends(("17", "München", ""), known=(KNOWN,)) == {"17": found}
    assert not mends(("M-17", "München", "Hessen"), known=(KNOWN,))
    # Another municipality of the same name has an official key of its own.
    assert not mends(("09373146", "München", "Bayern"), known=(KNOWN,))
    # The file has both.
    assert not mends(("17", "München", "Bayern"), ("09162000", "München", "Bayern"), known=(KNOWN,))


def test_a_key_that_a_member_has_is_never_odd() -> None:
    known = (Member("9162000", "München", state="Bayern", id=1), Member("09 162", "Kreis", id=2))

    assert not mends(("9162000", "München", "Bayern"), ("09 162", "Kreis", ""), known=known)
