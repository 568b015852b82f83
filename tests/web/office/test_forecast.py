"""The forecast on the page of a round: from earlier rounds and named sittings, or said to be missing."""

from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.forecast import Course
from signoff.domain.rounds import Round
from signoff.store.forecast import list_courses
from tests.factories import BERLIN, decline, pending, sign
from tests.web.office.office import Office, new_office
from tests.web.office.pages import visible_text
from tests.world import open_round

NAMES = [f"Ort {number:02d}" for number in range(12)]
DAYS = 20


def enrol(office: Office) -> None:
    office.enrol([(name, f"Gemeinde {name}", "Hessen") for name in NAMES])


def hold_round(office: Office, slug: str) -> Round:
    """Four sign at once; four name a sitting at once, of whom three sign, the third after it; of the
    others, one signs and one declines in the second half.
    """
    round = open_for_days(office, slug)
    end = office.now + timedelta(days=DAYS)
    for name in NAMES[:4]:
        office.answer(round, name, sign(f"Gemeinde {name}"))
    for name in NAMES[4:8]:
        office.answer(round, name, pending(end.date() - timedelta(days=5)))
    office.later(days=15)
    for name in (*NAMES[4:7], NAMES[8]):
        office.answer(round, name, sign(f"Gemeinde {name}"))
    office.answer(round, NAMES[9], decline())
    office.now = round.deadline
    actions.rounds.close(office.db, round.id, "cli", office.now)
    actions.rounds.end_unpublished(office.db, round.id, "Zu wenige", "cli", office.now)
    return store.rounds.get(office.db, round.id)


def open_for_days(office: Office, slug: str) -> Round:
    office.draft(slug)
    opening = actions.rounds.Opening(office.now.date() + timedelta(days=DAYS))
    return open_round(office.db, slug, opening, "cli", office.now)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = new_office(tmp_path)
    enrol(office)
    return office


def read_forecast(office: Office, round: Round) -> str:
    return " ".join(visible_text(office.browser().open(f"/office/rounds/{round.id}")).split())


def test_a_course_counts_who_was_open_and_who_of_them_signed(office: Office) -> None:
    round = hold_round(office, "erstes")

    at_half = list_courses(office.db, [round], 0.5, BERLIN)
    at_once = list_courses(office.db, [round], 0.0, BERLIN)
    at_the_end = list_courses(office.db, [round], 0.9, BERLIN)

    assert at_half == [Course(12, unanswered=4, unanswered_signed=1, meetings=4, meetings_signed=3)]
    assert at_once == at_half  # all of it came in the moment of the opening
    assert at_the_end == [
        Course(12, unanswered=2, unanswered_signed=0, meetings=1, meetings_signed=0)
    ]


def test_a_sitting_after_the_deadline_is_not_counted(office: Office) -> None:
    round = open_for_days(office, "erstes")
    office.answer(round, NAMES[0], pending(office.now.date() + timedelta(days=DAYS + 1)))
    office.answer(round, NAMES[1], pending(office.now.date() + timedelta(days=DAYS)))
    office.now = round.deadline
    actions.rounds.close(office.db, round.id, "cli", office.now)
    round = store.rounds.get(office.db, round.id)

    (course,) = list_courses(office.db, [round], 0.5, BERLIN)
    assert (course.unanswered, course.meetings) == (10, 1)


def test_the_page_says_the_range_and_how_it_is_computed(office: Office) -> None:
    hold_round(office, "erstes")
    hold_round(office, "zweites")
    round = open_for_days(office, "drittes")
    for name in NAMES[:3]:
        office.answer(round, name, sign(f"Gemeinde {name}"))
    for name in NAMES[3:7]:
        office.answer(round, name, pending(office.now.date() + timedelta(days=15)))
    office.later(days=10)

    status = store.round_status.load(office.db, round)
    forecast = store.forecast.load(office.db, status, office.now.date(), BERLIN)
    text = read_forecast(office, round)

    assert forecast
    assert 3 < forecast.low < forecast.high < 12
    assert (
        f"Bis zur Frist voraussichtlich {forecast.low} bis {forecast.high} Mitzeichnungen." in text
    )
    assert "In 2 früheren Verfahren haben nach demselben Teil der Zeit" in text
    assert "in vier von fünf Fällen" in text
    refreshed = office.browser().client.get(
        f"/office/rounds/{round.id}/status", base_url="http://localhost"
    )
    assert f"voraussichtlich {forecast.low} bis {forecast.high} " in refreshed.get_data(
        as_text=True
    )


def test_the_page_says_why_there_is_no_forecast(office: Office) -> None:
    hold_round(office, "erstes")
    round = open_for_days(office, "zweites")

    text = read_forecast(office, round)
    assert "voraussichtlich" not in text
    assert "braucht es mindestens zwei frühere, geschlossene Verfahren" in text


def test_a_round_that_is_over_has_no_forecast(office: Office) -> None:
    for slug in ("erstes", "zweites", "drittes"):
        round = hold_round(office, slug)

    text = read_forecast(office, round)
    assert "voraussichtlich" not in text
    assert "Vorhersage" not in text


def test_rounds_that_were_cancelled_or_short_tell_nothing(office: Office) -> None:
    hold_round(office, "erstes")
    cancelled = open_for_days(office, "zweites")
    actions.rounds.cancel(office.db, cancelled.id, "cli", office.now)
    short = open_for_days(office, "drittes")
    office.later(days=6)
    actions.rounds.close(office.db, short.id, "cli", office.now, reason="Alle sind da")
    round = open_for_days(office, "viertes")

    assert "braucht es mindestens zwei" in read_forecast(office, round)
