"""Every page of the office's URL map in a browser: it fits, is accessible, logs no error and is in one language."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import pytest
from babel.messages.pofile import read_po
from playwright.sync_api import Browser, Page

from signoff.domain.accounts import Role
from signoff.domain.association import BRACES
from tests.chromium import NARROW, faults, sideways, spaced_out
from tests.nu_validator import validate
from tests.office_pictures import STARTS, at_work, start_trial_round
from tests.page_checks import complaints, parsed
from tests.web.office.browser_page import office_page
from tests.web.office.walk import list_endpoints, walk

pytestmark = pytest.mark.browser
SIZES = ({"width": 1280, "height": 900}, NARROW)
CATALOGUE = Path(__file__).parents[3] / "signoff/translations/en/LC_MESSAGES/messages.po"
# A placeholder, a value of Python or JavaScript, or a key of the program.
RAW = re.compile(r"%\(\w+|\{\{|\bNone\b|\bundefined\b|\b[a-z]+_[a-z_]+\b|\w+\.\w+ object")
# To these pages no link of this office leads; others look at them.
ELSEWHERE = {
    "login.show_address_confirmation",  # tests/web/office/test_own_account.py
    "login.show_password_reset_form",  # tests/web/test_login.py
    "login.show_password_reset_sent",
    "login.show_setup_form",  # tests/web/office/test_setup_browser.py
    "login.show_second_factor",  # tests/test_two_factor_browser.py
    "login.show_second_factor_setup",
    "login.show_session",  # a number for the script: tests/web/office/test_access.py
    "oidc.finish",  # tests/test_oidc_browser.py
    "oidc.show_done",
    "oidc.start",
    "office.show_trial_round_form",  # start_trial_round opens it
    "office.list_follow_ups",  # tests/web/office/test_follow_ups.py
    "office.show_extension_recall_form",  # the page of "office.show_opening_recall_form"
}


@pytest.fixture(scope="module")
def german() -> set[str]:
    """The German texts that no English page shows as a whole; single words may also be names."""
    with CATALOGUE.open("rb") as lines:
        messages = [(message.id, message.string) for message in read_po(lines) if message.id]
    ids = {
        text
        for id, _ in messages
        for text in (id if isinstance(id, tuple) else (id,))
        if " " in text
    }
    return ids - {
        text
        for _, string in messages
        for text in (string if isinstance(string, tuple) else (string,))
    }


def read_texts(element: Element) -> Iterator[str]:
    """The texts of the page; without what is marked as German and what the office has typed."""
    if element.get("lang") == "de" or element.tag in ("script", "textarea", "option"):
        return
    yield from filter(None, (element.text, element.get("aria-label"), element.get("placeholder")))
    for child in element:
        yield from read_texts(child)
        yield child.tail or ""


def list_problems(page: Page) -> Iterator[str]:
    for size in SIZES:
        page.set_viewport_size(size)
        yield sideways(page)
    yield from spaced_out(page)
    yield from faults(page)
    yield from RAW.findall(BRACES.sub("", page.inner_text("body")))


def test_every_page_fits_is_accessible_and_translated(
    chromium: Browser, tmp_path: Path, german: set[str]
) -> None:
    """Each page once, on a wide and a narrow screen."""
    office = at_work(tmp_path)
    english, seen, wrong = office.browser(Role.ADMIN).client, set(), []
    with office_page(chromium, office, "/office/") as page:
        start_trial_round(page)
        for endpoint in walk(page, office.app, STARTS, most=1):
            seen.add(endpoint)
            path = urlsplit(page.url)._replace(scheme="", netloc="", fragment="").geturl()
            problems = set(filter(None, list_problems(page)))
            query = "&lang=en" if "?" in path else "?lang=en"
            answer = english.get(path + query, base_url="http://localhost", follow_redirects=True)
            html = answer.get_data(as_text=True)
            problems |= set(complaints(html))
            root, _ = parsed(html)
            problems |= german & {" ".join(text.split()) for text in read_texts(root.find("body"))}
            wrong += [f"{path}: {problem}" for problem in problems]
            (tmp_path / f"{endpoint}.html").write_bytes(answer.data)
    wrong += validate(tmp_path)
    assert not wrong, "\n".join(wrong)
    assert list_endpoints(office.app) - seen == ELSEWHERE
