"""Helpers for the tests of the office's pages: steps of a round, and what a page contains."""

from urllib.parse import urlsplit

from signoff.domain.audit import Event
from signoff.domain.documents import WorkingCopy
from signoff.storage import RenderCache
from tests.browser import Browser
from tests.web.office.office import Office

NOTE = "Wir verstehen Leitgedanke 4 im Rahmen des Haushalts."
RELEASE = "/office/rounds/1/release"
PUBLIC_ADDRESSES = (
    "/papers/leitgedanken",
    "/papers/leitgedanken/leitgedanken.pdf",
    "/papers/leitgedanken/signatories.json",
)


def pass_deadline(office: Office) -> None:
    """Let the deadline pass and the worker do what is due."""
    office.now = office.round(1).deadline
    office.work()


def count_mails(office: Office, kind: str) -> int:
    return sum(1 for _ in office.db.execute("SELECT 1 FROM outbox WHERE kind = ?", [kind]))


def get_status(office: Office, path: str) -> int:
    return (
        office.app.test_client().get(path, base_url="http://localhost", buffered=True).status_code
    )


def plan_release(
    browser: Browser, day: str = "3.3.2027", time: str = "10:00", code: int = 200
) -> Browser:
    return browser.open(RELEASE).submit(
        {"when": "later", "day": day, "time": time}, action="/release", status=code
    )


def visible_text(browser: Browser) -> str:
    """The text of the page, with ordinary spaces."""
    return browser.text.replace("\u00a0", " ")


def count_events(office: Office, event: Event) -> int:
    return office.events().count(event)


def rows(browser: Browser) -> list[str]:
    """The members in the table of the page."""
    stacked = (
        table for table in browser.root.iter("table") if "so-table--stack" in table.get("class", "")
    )
    body = next(stacked).find("tbody")
    return ["".join(row.find("th/a").itertext()) for row in body.iter("tr")]


def post_directly(browser: Browser, path: str, **data: str) -> int:
    """Post a form that no page offers, with a valid CSRF token."""
    form = {**data, "csrf_token": token(browser)}
    return browser.client.post(path, data=form, base_url="http://localhost").status_code


def token(browser: Browser) -> str:
    return next(
        field.get("value")
        for field in browser.root.iter("input")
        if field.get("name") == "csrf_token"
    )


def count_queries(office: Office, browser: Browser, path: str) -> int:
    queries: list[str] = []
    office.db.conn.set_trace_callback(queries.append)
    browser.open(path)
    office.db.conn.set_trace_callback(None)
    return sum(query.lstrip().startswith(("SELECT", "WITH")) for query in queries)


def list_invitation_addresses(browser: Browser) -> list[str]:
    """The addresses of invitations in the page's forms and links."""
    actions = [form.get("action") for form in browser.forms if form.get("action") != "/logout"]
    links = [
        urlsplit(anchor.get("href")).path for anchor in browser.root.find("body/main").iter("a")
    ]
    return [address for address in [*actions, *links] if "/office/invitations/" in address]


def catch_copies(office: Office) -> list[WorkingCopy]:
    """The documents that are printed from now on, without printing them."""
    copies: list[WorkingCopy] = []

    def print_copy(copy: WorkingCopy) -> bytes:
        copies.append(copy)
        return b"%PDF"

    cache = RenderCache(office.settings.cache, {"pdf": print_copy})
    office.app = office.build_app(render_cache=cache)
    return copies
