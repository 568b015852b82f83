"""What the office does waits for the second machine too."""

from dataclasses import replace

from tests.test_standby import Copy
from tests.web.office.office import Office


def test_the_office_waits_and_reads_so_in_its_own_frame(office: Office) -> None:
    copy = Copy()
    copy.away = True
    instance = office.app.extensions["signoff"]
    instance.settings = replace(instance.settings, standby_socket="/socket")
    instance.services = replace(instance.services, wait_for_copy=copy)
    browser = office.browser().open("/office/rounds/1/closing")
    browser.submit({"reason": "Der Landtag berät.", "sure": True}, action="/closing")
    browser.submit({"confirm": "Schließen"}, action="/closing", status=503)
    assert "Noch nicht bestätigt" in browser.text
    assert "Positionspapiere" in browser.text, "the navigation of the office"
    assert "Rückfragen" not in browser.text
    assert office.round(1).closed_at
