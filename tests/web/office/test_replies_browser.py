"""Replies by mail in Chromium: no page is wider than the window."""

import pytest
from playwright.sync_api import Browser

from tests.web.office.browser_page import office_page
from tests.web.office.office import Office
from tests.web.office.test_replies import PAGE, receive

pytestmark = pytest.mark.browser
LONG = "https://ratsinfo.stadt.example/" + "vorlage" * 30


def test_no_page_with_a_reply_scrolls_sideways(office: Office, chromium: Browser) -> None:
    sender = "ein.sehr.langer.name.der.ansprechperson@verwaltungsgemeinschaft-musterhausen.example"
    reply = receive(office, sender, f"Guten Tag,\n\nwir zeichnen mit, siehe {LONG}\n\nHauptamt")
    paths = ("/office/", "/office/replies", PAGE, f"{PAGE}/recording?reply={reply.id}")
    with office_page(chromium, office, "/office/") as page:
        for path in paths:
            page.goto(path)
            for width in (320, 1024, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
