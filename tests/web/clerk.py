"""What the tests of the office's pages do that no page offers, and what they look up behind it."""

from urllib.parse import urlsplit

from signoff.domain.audit import Event
from signoff.store import audit
from tests.browser import Browser
from tests.web.house import House


def token(browser: Browser) -> str:
    return next(each.get("value") for each in browser.root.iter("input") if each.get("name") == "csrf_token")


def forged(browser: Browser, path: str, **data: str) -> int:
    """A form that no page offers, sent with a token of this browser all the same."""
    sent = {**data, "csrf_token": token(browser)}
    return browser.client.post(path, data=sent, base_url="http://localhost").status_code


def events(office: House, event: Event) -> int:
    return sum(entry.event is event for entry, _ in audit.lines(office.db))


def closed(office: House) -> None:
    """The deadline passes, and the worker does what is due."""
    office.now = office.round(1).deadline
    office.work()


def deeds(browser: Browser) -> list[str]:
    """The addresses to which the page's own forms and links lead, without the logout."""
    offered = [form.get("action") for form in browser.forms if form.get("action") != "/logout"]
    links = [urlsplit(each.get("href")).path for each in browser.root.find("body/main").iter("a")]
    return [each for each in [*offered, *links] if "/office/invitations/" in each]
