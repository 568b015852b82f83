"""Releases planned for a later time."""

from datetime import datetime

import pytest

from signoff import actions, store
from signoff.domain.audit import Event
from signoff.domain.releases import FailedRenewal
from signoff.domain.rounds import Round
from signoff.store.connection import transaction
from tests.factories import BERLIN, sign
from tests.web.office.office import Office
from tests.web.office.pages import (
    NOTE,
    PUBLIC_ADDRESSES,
    RELEASE,
    count_events,
    count_mails,
    get_status,
    pass_deadline,
    plan_release,
    post_directly,
    visible_text,
)


def test_a_planned_release_is_public_from_its_hour_and_not_before(ready: Office) -> None:
    browser = plan_release(ready.browser())
    assert (
        "Die Veröffentlichung ist geplant: Mittwoch, 3. März 2027, 10:00 Uhr (MEZ)."
        in visible_text(browser)
    )
    release = store.releases.find_for_round(ready.db, 1)
    addresses = (*PUBLIC_ADDRESSES, f"/files/{release.sha256}.pdf")
    ready.work()
    assert [get_status(ready, path) for path in addresses] == [404] * 4
    assert "Leitgedanken" not in ready.app.test_client().get("/", base_url="http://localhost").text
    assert (
        "Leitgedanken"
        not in ready.app.test_client().get("/feed.atom", base_url="http://localhost").text
    )
    for page in ("/office/", "/office/rounds/1"):
        assert "Veröffentlichung geplant: Mittwoch, 3. März 2027" in visible_text(
            browser.open(page)
        ), page
    assert (count_events(ready, Event.RELEASED), count_events(ready, Event.RELEASE_PLANNED)) == (
        0,
        1,
    )

    ready.now = datetime(2027, 3, 3, 9, 59, 59, tzinfo=BERLIN)
    ready.work()
    assert [get_status(ready, path) for path in addresses] == [404] * 4
    ready.later(seconds=1)
    assert [get_status(ready, path) for path in addresses] == [200] * 4, (
        "by the clock, whether or not a worker has run"
    )
    ready.work()
    assert count_events(ready, Event.RELEASED) == 1
    assert ready.services.archive.release_path(release.sha256).exists()
    assert count_mails(ready, "released") == 5


def test_cancelling_a_planned_release_cancels_its_mail(ready: Office) -> None:
    browser = plan_release(ready.browser())
    assert count_mails(ready, "released") == 5
    browser.open(f"{RELEASE}/cancellation").submit(action="/cancellation")
    assert "Es ist nichts veröffentlicht." in browser.text
    assert (ready.round(1).released_at, count_mails(ready, "released")) == (None, 0)
    assert post_directly(browser, f"{RELEASE}/cancellation") == 303
    assert count_events(ready, Event.RELEASE_CALLED_OFF) == 1
    ready.now = datetime(2027, 3, 4, tzinfo=BERLIN)
    ready.work()
    assert get_status(ready, PUBLIC_ADDRESSES[0]) == 404
    ready.browser().open(RELEASE).submit(action="/release")
    assert get_status(ready, PUBLIC_ADDRESSES[0]) == 200


def test_a_release_that_has_happened_cannot_be_cancelled(ready: Office) -> None:
    browser = plan_release(ready.browser())
    ready.now = datetime(2027, 3, 3, 10, tzinfo=BERLIN)
    assert post_directly(ready.browser(), f"{RELEASE}/cancellation") == 409
    assert get_status(ready, PUBLIC_ADDRESSES[0]) == 200
    assert "calling-off" not in browser.open(RELEASE, 200).response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("day", "time", "message"),
    [
        ("", "10:00", "Bitte geben Sie „Tag“ an."),
        ("3.3.2027", "", "Bitte geben Sie „Uhrzeit“ an."),
        ("31.2.2027", "10:00", "Der Februar 2027 hat 28 Tage"),
        ("3.3.2027", "25:00", "„25:00“ ist keine Uhrzeit."),
        ("28.3.2027", "02:30", "02:30 Uhr gibt es am 28. März 2027 nicht"),
        ("1.2.2027", "10:00", "liegt in der Vergangenheit"),
        ("9999-12-31", "10", "weit in der Zukunft"),
    ],
)
def test_an_invalid_time_is_refused_at_its_field_and_stays_in_the_form(
    ready: Office, day: str, time: str, message: str
) -> None:
    browser = plan_release(ready.browser(), day, time, 422)
    assert message in visible_text(browser)
    assert browser.title.startswith("Fehler:")
    assert {
        field.get("value")
        for field in browser.root.iter("input")
        if field.get("name") in ("day", "time")
    } == {
        day,
        time,
    }
    assert ready.round(1).released_at is None


def test_notes_cannot_be_decided_while_a_release_is_planned(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    office.work()
    plan_release(browser)
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 409
    )
    browser.open(f"{RELEASE}/cancellation").submit(action="/cancellation")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    )


def test_a_timestamp_that_could_not_be_renewed_is_a_task(ready: Office) -> None:
    release = actions.releases.release_paper(ready.db, 1, None, "office", ready.now)
    ready.work()
    failed = FailedRenewal(
        release.id, ready.now, ready.now, "die Zeitstempelstelle antwortet nicht"
    )
    assert "Zeitstempel" not in ready.browser().open("/office").text
    with transaction(ready.db):
        store.renewals.save_failure(ready.db, failed)
    page = ready.browser().open("/office")
    assert "Ein Zeitstempel ist noch nicht erneuert" in page.text
    assert "die Zeitstempelstelle antwortet nicht" in page.text
