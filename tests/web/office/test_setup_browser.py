"""The checklist and the set-up in Chromium: no page is wider than the window."""

import pytest
from playwright.sync_api import Browser

from signoff.domain.accounts import Role
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office
from tests.web.office.test_setup import fresh

__all__ = ["fresh"]

pytestmark = pytest.mark.browser


def test_no_page_of_the_first_start_scrolls_sideways(fresh: Office, chromium: Browser) -> None:
    paths = ("", "setup", "association", "association/texts/privacy/de")
    with office_page(chromium, fresh, "/office/", Role.ADMIN) as page:
        for path in paths:
            page.goto(f"/office/{path}")
            for width in (320, 1024, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
