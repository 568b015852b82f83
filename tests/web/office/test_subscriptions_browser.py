"""The pages of one's own notices and details, and what comes next, at three widths."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser

from signoff import actions
from signoff.domain.delivery import DeliveryError, Stage, extend_outage
from signoff.store.connection import transaction
from signoff.store.outbox import save_outage
from tests.factories import pending
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
PAGES = ("/office/account/subscriptions", "/office/account/profile", "/office/account", "/office/")


def test_no_page_scrolls_sideways(chromium: Browser, empty_office: Office) -> None:
    office = empty_office
    office.enrol([(f"Ort {n}", f"Stadt Ort {n}", "Hessen") for n in range(7)])
    office.draft(title="Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum")
    round = office.open()
    for number in range(7):
        on = date(2027, 2, 11) + timedelta(days=number % 2)
        office.answer(round, f"Ort {number}", pending(on))
    problem = DeliveryError("no route", server=True, stage=Stage.TLS)
    with transaction(office.db):
        suspected = extend_outage(None, "mail.verband.example", problem, office.now)
        save_outage(
            office.db, extend_outage(suspected, "mail.verband.example", problem, office.now)
        )
    with office_page(chromium, office, PAGES[0], script=False) as page:
        for path in PAGES:
            for width in (320, 1024, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(path)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            banner = page.get_by_text("Der Versand über mail.verband.example ist unterbrochen")
            assert banner.count() == 1
        account = actions.accounts.get_by_email(office.db, "neu@forum.example")
        actions.accounts.renew_calendar(office.db, account.id, office.now)
        page.goto(PAGES[0])
        assert page.get_by_label("Adresse des Kalenders").input_value().endswith(".ics")
