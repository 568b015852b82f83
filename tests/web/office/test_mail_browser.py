"""The progress of sending on the mail page: due mails, completion time, and outages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Route, expect

from signoff import actions
from signoff.domain.accounts import Role
from signoff.domain.delivery import DeliveryError, DeliveryProgress
from signoff.mail.sent import DUMMY_TOKEN
from tests.factories import NOW
from tests.prepared import made_once
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    empty_office.enrol([(f"Ort {n:03d}", f"Stadt Ort {n:03d}", "Hessen") for n in range(120)])
    empty_office.draft()
    empty_office.open()
    return empty_office


def send(office: Office, post: object = lambda message: None) -> int:
    """Send one batch of 50 mails."""
    return actions.mail.deliver_batch(office.db, replace(office.services, send_mail=post), "w")


def test_the_completion_time_follows_from_the_last_minute() -> None:
    assert DeliveryProgress(600, 120).estimate_completion(NOW) == NOW + timedelta(minutes=5)
    assert DeliveryProgress(600, 0).estimate_completion(NOW) is None
    assert DeliveryProgress(0, 50).estimate_completion(NOW) is None


def test_the_page_shows_the_due_mails_and_the_completion_time(office: Office) -> None:
    page = office.browser(Role.VIEWER)
    assert "120 Nachrichten sind an der Reihe." in page.open("/office/mail").text
    send(office)
    text = page.open("/office/mail").text
    assert "70 Nachrichten sind an der Reihe; 50 gingen in der letzten Minute hinaus." in text
    assert "Voraussichtlich fertig: Donnerstag, 21. Januar 2027" in text.replace("\u00a0", " ")
    office.work()
    assert "Gerade ist keine Nachricht an der Reihe." in page.open("/office/mail").text


def test_the_page_quotes_a_mail_server_that_is_down(office: Office) -> None:
    def refuse(message: object) -> None:
        raise DeliveryError("421 4.3.2 Service shutting down", server=True)

    page = office.browser(Role.VIEWER)
    for _ in range(2):
        send(office, refuse)
        office.later(minutes=2)
    text = page.open("/office/mail").text
    assert "Der Versand über outbox/ ruht seit" in text
    assert "Wenn die Störung länger als einen Tag dauert" in text
    assert "421 4.3.2 Service shutting down" in text
    office.later(minutes=30)
    office.work()
    assert "Der Versand über" not in page.open("/office/mail").text


def test_an_unchanged_state_answers_304(office: Office) -> None:
    client = office.browser(Role.VIEWER).client
    first = client.get("/office/mail/progress", base_url="http://localhost")
    second = client.get(
        "/office/mail/progress",
        base_url="http://localhost",
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (first.status_code, second.status_code, second.get_data()) == (200, 304, b"")


@pytest.mark.browser
def test_an_open_page_updates_itself(chromium: Browser, office: Office) -> None:
    with office_page(chromium, office, "/office/mail", Role.VIEWER) as page:
        page.route("**/mail.js*", poll_faster)
        page.reload()
        text = page.locator("[data-run-text]")
        expect(text).to_contain_text("120 Nachrichten sind an der Reihe")
        send(office)
        expect(text).to_contain_text("70 Nachrichten sind an der Reihe; 50 gingen")
        expect(page.locator("[data-run-news]")).to_contain_text("70 Nachrichten")


def poll_faster(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("5000", "500"))


@pytest.mark.browser
def test_the_html_part_of_a_sent_mail_is_in_its_frame(chromium: Browser, office: Office) -> None:
    office.work()
    with office_page(chromium, office, "/office/mail/1", Role.VIEWER) as page:
        expect(page.frame_locator("iframe").locator("body")).to_contain_text(DUMMY_TOKEN)
        for width in (320, 1024, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
