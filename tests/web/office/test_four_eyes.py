"""Releases that a second person confirms."""

from datetime import datetime

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Round
from tests.factories import BERLIN, sign
from tests.web.office.office import Office
from tests.web.office.pages import (
    NOTE,
    PUBLIC_ADDRESSES,
    RELEASE,
    count_events,
    get_status,
    pass_deadline,
    plan_release,
    post_directly,
)


@pytest.fixture
def ready_for_two(ready: Office) -> Office:
    """The association wants every release confirmed by a second person."""
    actions.releases.set_four_eyes(ready.db, True, "staff/1", ready.now)
    return ready


def test_a_second_person_confirms_the_release(ready_for_two: Office) -> None:
    first, second = ready_for_two.browser(Role.EDITOR), ready_for_two.browser(Role.ADMIN)
    first.open(RELEASE).submit(action="/release")
    assert "Jetzt bestätigt sie eine zweite Person." in first.text
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404
    assert "Sie selbst können nicht bestätigen." in first.text
    requested_digest = store.releases.find_latest_print(ready_for_two.db, 1, PrintKind.FINAL).sha256
    assert post_directly(first, f"{RELEASE}/confirmation", seen=requested_digest) == 409
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404
    assert "Eine Veröffentlichung wartet auf die zweite Person" in second.open("/office/").text
    second.open(RELEASE)
    assert "Konto editor hat die Veröffentlichung beantragt" in second.text
    second.submit(action="/confirmation")
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 200
    assert (
        post_directly(first.open("/office/"), f"{RELEASE}/confirmation", seen=requested_digest)
        == 303
    )
    counts = [
        count_events(ready_for_two, event)
        for event in (Event.RELEASE_REQUESTED, Event.RELEASE_CONFIRMED, Event.RELEASED)
    ]
    assert counts == [1, 1, 1]


def test_ending_the_round_ends_the_request(ready_for_two: Office) -> None:
    first, second = ready_for_two.browser(Role.EDITOR), ready_for_two.browser(Role.ADMIN)
    first.open(RELEASE).submit(action="/release")
    second.open("/office/rounds/1/ending")
    assert "Die beantragte Veröffentlichung wird abgesagt." in second.text
    second.submit({"reason": "Zu wenige.", "sure": True}, action="/ending")
    assert store.releases.find_pending_request(ready_for_two.db, 1) is None
    final = store.releases.find_latest_print(ready_for_two.db, 1, PrintKind.FINAL).sha256
    assert post_directly(second, f"{RELEASE}/confirmation", seen=final) == 409
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404


def test_a_viewer_cannot_confirm(ready_for_two: Office) -> None:
    ready_for_two.browser(Role.EDITOR).open(RELEASE).submit(action="/release")
    viewer = ready_for_two.browser(Role.VIEWER).open(RELEASE)
    assert [form.get("action") for form in viewer.forms] == ["/logout"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_either_person_can_cancel_the_request(ready_for_two: Office, role: Role) -> None:
    plan_release(ready_for_two.browser(Role.EDITOR))
    ready_for_two.browser(role).open(RELEASE).submit(action="/cancellation")
    assert "Veröffentlichung abgesagt" in ready_for_two.browser(role).open("/office/audit").text
    browser = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    assert post_directly(browser, f"{RELEASE}/confirmation", seen="0" * 64) == 409
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404


def test_a_confirmed_release_waits_for_its_time_or_happens_now_if_that_has_passed(
    ready_for_two: Office,
) -> None:
    plan_release(ready_for_two.browser(Role.EDITOR))
    second = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    second.submit(action="/confirmation")
    assert ready_for_two.round(1).released_at == datetime(2027, 3, 3, 10, tzinfo=BERLIN)
    second.open(RELEASE).submit(action="/cancellation")
    plan_release(ready_for_two.browser(Role.EDITOR))
    ready_for_two.now = datetime(2027, 3, 3, 11, tzinfo=BERLIN)
    second = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    assert "Der gewünschte Zeitpunkt ist verstrichen" in second.text
    second.submit(action="/confirmation")
    assert ready_for_two.round(1).released_at == ready_for_two.now


def test_a_new_print_needs_a_new_request(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    actions.releases.set_four_eyes(office.db, True, "staff/1", office.now)
    first = office.browser(Role.EDITOR).open(f"/office/invitations/{id}")
    assert (
        post_directly(first, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    office.work()
    first.open(RELEASE).submit(action="/release")
    requested_digest = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).sha256
    assert post_directly(first, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    office.work()
    second = office.browser(Role.ADMIN).open(RELEASE)
    assert "Inzwischen wurde das PDF neu gefertigt." in second.text
    assert post_directly(second, f"{RELEASE}/confirmation", seen=requested_digest) == 409
    second.submit(action="/release")
    first.open(RELEASE).submit(action="/confirmation")
    assert get_status(office, PUBLIC_ADDRESSES[0]) == 200
