"""Mail scanners open links and submit forms. They must not answer for a member or keep it from answering."""

import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.tokens import TokenPurpose as Salt
from tests.factories import HESITANT, MAYOR, UNWILLING, pending, sign
from tests.form_filling import CONTACT
from tests.load import flood
from tests.page_checks import parsed
from tests.server import PATIENCE, Served, instance, serving, until

pytestmark = pytest.mark.browser
MOST = 40  # addresses a scanner fetches before it has had enough
VISITS = 300  # a second


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("robots")
    instance(folder, "")
    with serving(folder) as running:
        until(lambda: len(running.links()) == 4 and not count_owed(running))
        yield running


def rows(db: Database) -> dict[str, list[tuple]]:
    """Every row of every table; equal before and after if nothing has changed.

    How far the worker has read the log for the office's people is no change.
    """
    return {
        name: [tuple(row) for row in db.execute(f"SELECT * FROM {name}")]
        for name in sorted(db.table_names())
        if name != "subscriptions"
    }


def count_owed(served: Served) -> int:
    db = served.context.db
    (count,) = db.execute("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL").fetchone()
    (prints,) = db.execute("SELECT COUNT(*) FROM prints WHERE printed_at IS NULL").fetchone()
    (requests,) = db.execute("SELECT COUNT(*) FROM link_requests").fetchone()
    db.close()
    return int(count + prints + requests)


def fetches(chromium: Browser, link: str) -> None:
    """Fetch only the address."""
    urlopen(link, timeout=PATIENCE).read()


def follows(chromium: Browser, link: str) -> set[str]:
    """Fetch everything that the page links to, recursively, and return the addresses."""
    waiting, addresses = [link], set[str]()
    while waiting and len(addresses) < MOST:
        address = waiting.pop(0)
        if address in addresses or urlsplit(address).netloc != urlsplit(link).netloc:
            continue
        addresses.add(address)
        answer = urlopen(address, timeout=PATIENCE)
        if "html" in answer.headers["Content-Type"]:
            root, _ = parsed(answer.read().decode())
            named = [
                element.get("href") or element.get("src")
                for element in root.iter()
                if element.get("href") or element.get("src")
            ]
            waiting += [urljoin(address, target.partition("#")[0]) for target in named]
    return addresses


def runs_scripts(chromium: Browser, link: str) -> None:
    """Open the page in a browser that runs scripts."""
    with_page(chromium, link, lambda page: page.wait_for_load_state("networkidle"))


def clicks(chromium: Browser, link: str) -> set[str]:
    """Click every link, button and disclosure of all reachable pages; return the names of the pages."""
    page_names: set[str] = set()

    def click(page: Page) -> None:
        waiting, known = [link], {plain(link)}
        while waiting:
            address, number = waiting.pop(0), 0
            while True:
                visit(page, address)
                controls = page.locator(
                    "main a:visible, header a:visible, button:visible, main summary:visible"
                )
                if number == 0:
                    page_names.add(page.locator("main").get_attribute("data-page") or "")
                if number >= controls.count():
                    break
                control, number = controls.nth(number), number + 1
                target = urljoin(address, control.get_attribute("href") or "")
                if control.get_attribute("href") and (
                    leaves_invitation(target, link) or plain(target) in known
                ):
                    continue
                press(page, control.click)
                if (
                    not leaves_invitation(page.url, link)
                    and plain(page.url) not in known
                    and page.locator("main").count()
                ):
                    known.add(plain(page.url))
                    waiting.append(page.url)

    def plain(address: str) -> str:
        """The address without its anchor and without parameters of language and navigation."""
        return re.sub(r"[?&](again=1|lang=..|back=\w+)\b|#.*", "", address)

    with_page(chromium, link, click)
    return page_names


def leaves_invitation(address: str, link: str) -> bool:
    """Whether the address is outside the pages of the invitation."""
    return not address.startswith(link)


def fills(chromium: Browser, link: str) -> None:
    """Fill in every field, tick every box, choose the first and the last option, and submit."""

    def fill(page: Page) -> None:
        for option in (0, -1):
            visit(page, link + "/answer")
            for _ in range(6):
                fill_in(page, option)
                submit = page.locator("form[method=post] button[type=submit]:visible").first
                if not submit.count():
                    break
                press(page, submit.click)

    with_page(chromium, link, fill)


def fill_in(page: Page, option: int) -> None:
    for name in {radio.get_attribute("name") for radio in page.locator("input[type=radio]").all()}:
        page.locator(f"[name={name}]").nth(option).check()
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    for field in page.locator("input[type=text]:visible, textarea:visible").all():
        name = field.get_attribute("name") or ""
        field.fill(
            CONTACT.get(name) or ("1.12.2026" if name.endswith(("_date", "_on")) else "Test")
        )


def visit(page: Page, address: str) -> None:
    """Go to ``address``; what a click before has begun to load may come in between once."""
    try:
        page.goto(address)
    except Error:
        page.wait_for_load_state()
        page.goto(address)


def press(page: Page, click) -> None:
    """Click and wait briefly for the result; a click without effect is ignored."""
    try:
        click(timeout=2_000)
        page.wait_for_load_state(timeout=5_000)
    except Error:
        pass


def with_page(chromium: Browser, link: str, do) -> None:
    context: BrowserContext = chromium.new_context()
    page = context.new_page()
    page.goto(link)
    do(page)
    context.close()


FURTHER = ("/withdraw", "/pass-on", "/correction", "/sitting", "/objection", "/links/{}/end")


def sends_every_form(chromium: Browser, addresses: list[str]) -> list[str]:
    """Fill in and submit each form of these pages; return the names of the resulting pages."""
    sent: list[str] = []

    def send(page: Page) -> None:
        for address in addresses:
            page.goto(address)
            for number in range(page.locator("form[method=post]").count()):
                page.goto(address)
                fill_in(page, 0)
                for field in page.locator("input:visible:not([type=radio], [type=checkbox])").all():
                    field.fill(
                        CONTACT["filled_in_email"]
                        if "mail" in (field.get_attribute("name") or "")
                        else "Test"
                    )
                press(
                    page,
                    page.locator("form[method=post]")
                    .nth(number)
                    .locator("button:visible")
                    .first.click,
                )
                sent.append(page.locator("main").get_attribute("data-page") or "")

    with_page(chromium, addresses[0], send)
    return sent


@pytest.fixture(scope="module")
def answered(served: Served) -> dict[str, list[str]]:
    """The addresses for a member that signed and passed its task on, one with a meeting, and an ended link."""
    context, links = served.context, served.links()
    now = datetime.now(UTC)
    accesses = {
        email: store.access.find(
            context.db,
            *context.services.token_signer.verify(Salt.INVITATION, links[email].rpartition("/")[2]),
        )
        for email in links
    }
    passed = actions.delegation.delegate(
        context.db, accesses[UNWILLING], Colleague("Amt", "Amt", "amt@rathaus.example"), now
    )
    for email, answer in (
        (UNWILLING, sign("Markt Ähringen")),
        (HESITANT, pending((now + timedelta(days=9)).date())),
    ):
        digest = accesses[email].edition.digest
        actions.answers.submit(
            context.db,
            accesses[email],
            answer,
            edition_digest=digest,
            seen=None,
            form_key=email,
            now=now,
        )
    context.db.close()
    until(lambda: not count_owed(served))
    behind = {
        email: [links[email] + path.format(passed.id) for path in FURTHER]
        for email in (UNWILLING, HESITANT)
    }
    dead = [links[UNWILLING][:-3], f"{served.base_url}/s"]
    return {
        "signed": behind[UNWILLING],
        "a sitting": behind[HESITANT][:-1],
        "dead link and code": dead,
    }


@pytest.mark.parametrize(
    ("link_kind", "forms"),
    [
        ("signed", {"withdraw", "pass-on", "correction", "objection", "end-link"}),
        ("a sitting", {"sitting", "withdraw", "pass-on", "objection"}),
        ("dead link and code", {"fresh", "code"}),
    ],
)
def test_scanner_submitting_every_form_changes_nothing(
    chromium: Browser,
    served: Served,
    answered: dict[str, list[str]],
    link_kind: str,
    forms: set[str],
) -> None:
    db = served.context.db
    before, mails = rows(db), served.count_mails()
    assert forms <= set(sends_every_form(chromium, answered[link_kind])), (
        "the scanner met its forms"
    )
    until(lambda: not count_owed(served))
    assert rows(db) == before
    assert served.count_mails() == mails
    db.close()


KIT = ("motion.docx", "motion.pdf", "summary.pdf", "text.docx", "answer-form.pdf")
SEES = {  # these two are no straw men
    follows: {*(f"{{}}/kit/{file}" for file in KIT), "{}/deadline.ics", "{}/pass-on", "{}/answer"},
    clicks: {"read", "answer", "pass-on"},
}


@pytest.mark.parametrize("robot", [fetches, follows, runs_scripts, clicks, fills])
def test_scanner_creates_no_answer_draft_link_or_mail(
    chromium: Browser, served: Served, robot
) -> None:
    db, link = served.context.db, served.links()[MAYOR]
    before, mails = rows(db), served.count_mails()
    addresses = robot(chromium, link) or set()
    assert rows(db) == before
    assert served.count_mails() == mails
    assert 'data-page="read"' in urlopen(link, timeout=PATIENCE).read().decode()
    assert robot not in SEES or {pattern.format(link) for pattern in SEES[robot]} <= addresses
    db.close()


@pytest.mark.parametrize(
    ("link_kind", "pages"),
    [
        pytest.param(
            UNWILLING,
            {
                "receipt",
                "read",
                "answer",
                "correction",
                "withdraw",
                "objection",
                "pass-on",
                "links",
                "end-link",
            },
            marks=pytest.mark.soak,
            id="signed and passed on",
        ),
        pytest.param(
            HESITANT,
            {"receipt", "read", "answer", "sitting", "withdraw", "objection", "pass-on"},
            marks=pytest.mark.soak,
            id="a sitting",
        ),
    ],
)
def test_scanner_clicking_everything_changes_nothing(
    chromium: Browser,
    served: Served,
    answered: dict[str, list[str]],
    link_kind: str,
    pages: set[str],
) -> None:
    db = served.context.db
    before, mails = rows(db), served.count_mails()
    assert pages <= clicks(chromium, served.links()[link_kind])
    assert rows(db) == before
    assert served.count_mails() == mails
    db.close()


def test_robot_filling_every_form_reaches_only_the_review(
    chromium: Browser, served: Served
) -> None:
    """Only the name that must be typed stops the robot, so the other tests use a capable scanner."""
    pages: list[str] = []

    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.links()[MAYOR] + "/answer")
    for _ in range(6):
        fill_in(page, -1)
        press(page, page.locator("form[method=post] button[type=submit]:visible").first.click)
        pages.append(page.locator("main").get_attribute("data-page") or "")
    context.close()
    assert "review" in pages
    assert "receipt" not in pages


@pytest.mark.parametrize("seconds", [2, pytest.param(20, marks=pytest.mark.soak)])
def test_three_hundred_visits_a_second_are_all_answered(served: Served, seconds: int) -> None:
    """The requests do not wait for the server: some are slow, none is refused or interrupted."""
    link = served.links()[MAYOR]
    result = flood(link, VISITS, seconds)
    assert result.statuses == {200: VISITS * seconds}, f"{result.rate:.0f} answers a second"
    assert 'data-page="read"' in urlopen(link, timeout=PATIENCE).read().decode()
    assert urlopen(served.base_url + "/login", timeout=PATIENCE).status == 200


def test_open_connections_of_a_scanner_do_not_delay_others(served: Served) -> None:
    """The scanner asks for ``Connection: close`` and never closes its side."""
    link = urlsplit(served.links()[MAYOR])
    connections = [
        socket.create_connection(("127.0.0.1", link.port or 0), timeout=PATIENCE) for _ in range(20)
    ]
    for connection in connections:
        connection.sendall(
            f"GET {link.path} HTTP/1.1\r\nHost: {link.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
    start = time.monotonic()
    assert urlopen(link.geturl(), timeout=PATIENCE).status == 200
    assert time.monotonic() - start < 30, "each of the twenty was waited for, two seconds"
    for connection in connections:
        assert connection.makefile("rb").read().rstrip().endswith(b"</html>")
        connection.close()
