"""Mail scanners open every link, and worse. None of them answers for a municipality, or keeps it from answering."""

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

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.tokens import TokenPurpose as Salt
from tests.factories import HESITANT, MAYOR, UNWILLING, pending, sign
from tests.form_filling import CONTACT
from tests.load import flood
from tests.page_checks import parsed
from tests.server import Served, instance, serving, until
from tests.web.looking import rows

pytestmark = pytest.mark.browser
MOST = 40  # addresses a scanner fetches before it has had enough
VISITS = 300  # a second


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("robots")
    instance(folder, "")
    with serving(folder) as running:
        until(lambda: len(running.links()) == 4 and not owed(running))
        yield running


def owed(served: Served) -> int:
    db = served.here.db
    (count,) = db.execute("SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL").fetchone()
    (prints,) = db.execute("SELECT COUNT(*) FROM prints WHERE printed_at IS NULL").fetchone()
    db.close()
    return int(count + prints)


def fetches(chromium: Browser, link: str) -> None:
    """Only the address."""
    urlopen(link, timeout=10).read()


def follows(chromium: Browser, link: str) -> set[str]:
    """Everything the page names, and whatever that names in turn."""
    waiting, seen = [link], set[str]()
    while waiting and len(seen) < MOST:
        address = waiting.pop(0)
        if address in seen or urlsplit(address).netloc != urlsplit(link).netloc:
            continue
        seen.add(address)
        answer = urlopen(address, timeout=60)
        if "html" in answer.headers["Content-Type"]:
            root, _ = parsed(answer.read().decode())
            named = [
                each.get("href") or each.get("src")
                for each in root.iter()
                if each.get("href") or each.get("src")
            ]
            waiting += [urljoin(address, each.partition("#")[0]) for each in named]
    return seen


def runs_scripts(chromium: Browser, link: str) -> None:
    """A browser without a person."""
    with_page(chromium, link, lambda page: page.wait_for_timeout(300))


def clicks(chromium: Browser, link: str) -> set[str]:
    """Every link, button and fold of each page it comes to, and of those that open then; gives the pages it saw."""
    seen: set[str] = set()

    def click(page: Page) -> None:
        waiting, known = [link], {plain(link)}
        while waiting:
            address, number = waiting.pop(0), 0
            while True:
                page.goto(address)
                controls = page.locator(
                    "main a:visible, header a:visible, button:visible, main summary:visible"
                )
                if number == 0:
                    seen.add(page.locator("main").get_attribute("data-page") or "")
                if number >= controls.count():
                    break
                control, number = controls.nth(number), number + 1
                target = urljoin(address, control.get_attribute("href") or "")
                if control.get_attribute("href") and (
                    elsewhere(target, link) or plain(target) in known
                ):
                    continue
                press(page, control.click)
                if (
                    not elsewhere(page.url, link)
                    and plain(page.url) not in known
                    and page.locator("main").count()
                ):
                    known.add(plain(page.url))
                    waiting.append(page.url)

    def plain(address: str) -> str:
        """Without its anchor and what only chooses the language."""
        return re.sub(r"[?&](again=1|lang=..|back=\w+)\b|#.*", "", address)

    with_page(chromium, link, click)
    return seen


def elsewhere(address: str, link: str) -> bool:
    """What leads out of this link's pages: imprint, telephone, another house."""
    return not address.startswith(link)


def fills(chromium: Browser, link: str) -> None:
    """Every field of every form it sees, ticks every box, chooses the first and the last option, and submits."""

    def fill(page: Page) -> None:
        for option in (0, -1):
            page.goto(link + "/answer")
            for _ in range(6):
                fill_in(page, option)
                submit = page.locator("form[method=post] button[type=submit]:visible").first
                if not submit.count():
                    break
                press(page, submit.click)

    with_page(chromium, link, fill)


def fill_in(page: Page, option: int) -> None:
    for name in {each.get_attribute("name") for each in page.locator("input[type=radio]").all()}:
        page.locator(f"[name={name}]").nth(option).check()
    for box in page.locator("input[type=checkbox]").all():
        box.check()
    for field in page.locator("input[type=text]:visible, textarea:visible").all():
        name = field.get_attribute("name") or ""
        field.fill(
            CONTACT.get(name) or ("1.12.2026" if name.endswith(("_date", "_on")) else "Test")
        )


def press(page: Page, click) -> None:
    """Click, and give what follows a moment; a scanner does not mind where nothing does."""
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
    """Fills and submits each form of each of these pages; gives the pages that came back."""
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
    """Everything behind the link of who has signed and passed on, and of who has named a sitting; and what is dead."""
    here, links = served.here, served.links()
    now = datetime.now(UTC)
    door = {
        each: store.access.find(
            here.db,
            *here.services.token_signer.verify(Salt.INVITATION, links[each].rpartition("/")[2]),
        )
        for each in links
    }
    passed = actions.delegation.delegate(
        here.db, door[UNWILLING], Colleague("Amt", "Amt", "amt@rathaus.example"), now
    )
    for email, given in (
        (UNWILLING, sign("Markt Ähringen")),
        (HESITANT, pending((now + timedelta(days=9)).date())),
    ):
        digest = door[email].edition.digest
        actions.answers.submit(
            here.db, door[email], given, edition_digest=digest, form_key=email, now=now
        )
    here.db.close()
    until(lambda: not owed(served))
    behind = {
        each: [links[each] + path.format(passed.id) for path in FURTHER]
        for each in (UNWILLING, HESITANT)
    }
    dead = [links[UNWILLING][:-3], f"{served.base_url}/s"]
    return {
        "signed": behind[UNWILLING],
        "a sitting": behind[HESITANT][:-1],
        "dead link and code": dead,
    }


@pytest.mark.parametrize(
    ("whose", "forms"),
    [
        ("signed", {"withdraw", "pass-on", "correction", "objection", "end-link"}),
        ("a sitting", {"sitting", "withdraw", "pass-on", "objection"}),
        ("dead link and code", {"fresh", "code"}),
    ],
)
def test_a_scanner_passes_nothing_on_corrects_nothing_objects_to_nothing_and_orders_no_link(
    chromium: Browser, served: Served, answered: dict[str, list[str]], whose: str, forms: set[str]
) -> None:
    db = served.here.db
    before, mails = rows(db), served.count_mails()
    assert forms <= set(sends_every_form(chromium, answered[whose])), "the scanner met its forms"
    assert rows(db) == before
    assert served.count_mails() == mails
    db.close()


KIT = ("motion.docx", "motion.pdf", "summary.pdf", "text.docx", "answer-form.pdf")
SEES = {  # these two are no straw men
    follows: {*(f"{{}}/kit/{each}" for each in KIT), "{}/deadline.ics", "{}/pass-on", "{}/answer"},
    clicks: {"read", "answer", "pass-on"},
}


@pytest.mark.parametrize("robot", [fetches, follows, runs_scripts, clicks, fills])
def test_a_scanner_leaves_no_answer_no_draft_no_link_and_no_mail(
    chromium: Browser, served: Served, robot
) -> None:
    db, link = served.here.db, served.links()[MAYOR]
    before, mails = rows(db), served.count_mails()
    seen = robot(chromium, link) or set()
    assert rows(db) == before
    assert served.count_mails() == mails
    assert 'data-page="read"' in urlopen(link, timeout=10).read().decode()
    assert robot not in SEES or {each.format(link) for each in SEES[robot]} <= seen
    db.close()


@pytest.mark.parametrize(
    ("whose", "pages"),
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
def test_a_scanner_that_clicks_everything_on_every_page_changes_nothing(
    chromium: Browser, served: Served, answered: dict[str, list[str]], whose: str, pages: set[str]
) -> None:
    db = served.here.db
    before, mails = rows(db), served.count_mails()
    assert pages <= clicks(chromium, served.links()[whose])
    assert rows(db) == before
    assert served.count_mails() == mails
    db.close()


def test_the_robot_that_fills_everything_comes_as_far_as_the_review(
    chromium: Browser, served: Served
) -> None:
    """Only the name typed once more holds it off: the scanner in these tests is no straw man."""
    pages: list[str] = []

    context = chromium.new_context()
    page = context.new_page()
    page.goto(served.links()[MAYOR] + "/answer")
    for _ in range(6):
        fill_in(page, -1)
        press(page, page.locator("form[method=post] button[type=submit]:visible").first.click)
        pages.append(page.locator("main").get_attribute("data-page") or "")
    context.close()
    assert "review" in pages and "receipt" not in pages


@pytest.mark.parametrize("seconds", [2, pytest.param(20, marks=pytest.mark.soak)])
def test_three_hundred_visits_a_second_lock_nobody_out(served: Served, seconds: int) -> None:
    """They come at that pace whether or not the server keeps up: some wait, none is refused or broken off."""
    link = served.links()[MAYOR]
    came = flood(link, VISITS, seconds)
    assert came.statuses == {200: VISITS * seconds}, f"{came.rate:.0f} answers a second"
    assert 'data-page="read"' in urlopen(link, timeout=10).read().decode()
    assert urlopen(served.base_url + "/login", timeout=10).status == 200


def test_a_scanner_that_never_closes_its_connections_holds_nobody_up(served: Served) -> None:
    """It asks for the answer to be the last on its connection and leaves its half open for good."""
    link = urlsplit(served.links()[MAYOR])
    left = [socket.create_connection(("127.0.0.1", link.port or 0), timeout=20) for _ in range(20)]
    for each in left:
        each.sendall(
            f"GET {link.path} HTTP/1.1\r\nHost: {link.netloc}\r\nConnection: close\r\n\r\n".encode()
        )
    begun = time.monotonic()
    assert urlopen(link.geturl(), timeout=60).status == 200
    assert time.monotonic() - begun < 8, "each of the twenty was waited for"
    for each in left:
        assert each.makefile("rb").read().rstrip().endswith(b"</html>")
        each.close()
