"""Releasing the print of a closed round, its progress and preview, and the advance copy."""

from pathlib import Path

import pytest

from signoff import actions, store
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import sign
from tests.pdf import reader
from tests.web.office.office import Office, new_office
from tests.web.office.pages import (
    NOTE,
    RELEASE,
    count_events,
    pass_deadline,
    post_directly,
)


def test_release_is_refused_while_a_decision_is_open(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    browser = office.browser().open(RELEASE)
    assert "Vorher ist noch zu entscheiden" in browser.text
    newest = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert post_directly(browser, RELEASE, seen=newest.sha256) == 409
    assert office.round(1).released_at is None


def test_the_inspected_print_is_released_once_despite_a_second_click(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    pass_deadline(office)
    browser = office.browser().open("/office/").follow("PDF ansehen und veröffentlichen")
    other_browser = office.browser(Role.ADMIN).open(browser.path)
    proof = browser.client.get("/office/rounds/1/proof.pdf", base_url="http://localhost")
    assert proof.data.startswith(b"%PDF")
    proof.close()
    assert proof.headers["Cache-Control"] == "no-store"
    browser.submit(action="/release")
    assert "http://localhost/papers/leitgedanken" in browser.text
    other_browser.submit(action="/release")
    assert other_browser.path == "/office/rounds/1"
    assert count_events(office, Event.RELEASED) == 1


def test_a_print_that_was_not_inspected_is_not_released(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    )
    office.work()
    browser.open(RELEASE)
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    browser.submit(action="/release", status=409)
    assert "Das PDF wird gerade gefertigt" in browser.text
    office.work()
    assert post_directly(browser, RELEASE, seen="0" * 64) == 409
    assert office.round(1).released_at is None
    browser.open(RELEASE).submit(action="/release")
    assert office.round(1).released_at == office.now


def test_a_failed_print_shows_the_reason_and_can_be_repeated(office: Office) -> None:
    office.print_error = "Schrift fehlt"
    pass_deadline(office)
    browser = office.browser().open("/office/")
    assert "Das PDF konnte nicht gefertigt werden" in browser.text
    browser.follow("Grund ansehen")
    assert "Schrift fehlt" in browser.text
    browser.submit(action="/print", press="PDF noch einmal fertigen")
    assert "Das PDF wird gerade gefertigt" in browser.text
    assert post_directly(browser, "/office/rounds/1/print") == 303
    assert count_events(office, Event.PRINT_ORDERED) == 1
    office.print_error = ""
    office.work()
    browser.open(RELEASE).submit(action="/release")


# progress and preview


def test_the_page_shows_the_progress_of_the_print(office: Office, round: Round) -> None:
    office.now = round.deadline
    browser = office.browser().open("/office/rounds/1/closing").submit(action="/closing")
    browser.open(RELEASE)
    assert "Das PDF wird gerade gefertigt." in browser.text
    assert steps(browser) == ["now", None, None, None, None, None]
    pending_print = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    actions.prints.save_progress(office.db, pending_print.id, 3)
    browser.open(RELEASE)
    assert steps(browser) == ["done", "done", "done", "now", None, None]
    html = browser.response.get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in html, (
        "without JavaScript the page looks again by itself"
    )
    part = browser.client.get(f"{RELEASE}/progress", base_url="http://localhost").get_data(
        as_text=True
    )
    assert "data-waiting" in part
    assert "<html" not in part
    office.work()
    assert (
        "data-waiting"
        not in browser.client.get(f"{RELEASE}/progress", base_url="http://localhost").text
    )
    assert "Das PDF ansehen" in browser.open(RELEASE).text


def steps(browser: Browser) -> list[str | None]:
    (row,) = [div for div in browser.root.iter("div") if div.get("data-waiting")]
    return [
        "done" if li.get("class") else "now" if li.get("aria-current") else None
        for li in row.iter("li")
    ]


def test_only_pages_of_this_site_may_embed_the_pdf(ready: Office) -> None:
    browser = ready.browser().open(RELEASE)
    (viewer,) = browser.root.iter("object")
    assert (viewer.get("data"), viewer.get("type")) == (
        "/office/rounds/1/proof.pdf",
        "application/pdf",
    )
    assert "object-src 'self'" in browser.response.headers["Content-Security-Policy"]
    pdf = browser.client.get(viewer.get("data"), base_url="http://localhost", buffered=True)
    assert "frame-ancestors 'self'" in pdf.headers["Content-Security-Policy"]
    assert (pdf.headers["X-Frame-Options"], pdf.headers["Cache-Control"]) == (
        "SAMEORIGIN",
        "no-store",
    )
    assert (
        "frame-ancestors 'none'"
        in browser.open("/office/rounds/1").response.headers["Content-Security-Policy"]
    )


# the advance copy


@pytest.mark.slow
def test_only_a_closed_round_has_an_advance_copy(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf"))
    page = office.browser(Role.VIEWER)
    page.open("/office/rounds/1/advance-copy.pdf", 404)
    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "staff/2", office.now
    )
    office.work()
    page.open(RELEASE).follow("Vorabzug zur Abstimmung (neues Fenster)")
    assert page.response.headers["Cache-Control"] == "no-store"
    text = reader.words(page.response.get_data())
    assert "Vorabzug" in text
    assert "Gemeinde Neudorf" in text
