"""A real browser: Debian's Chromium without a window of its own, controlled by Playwright."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

CHROMIUM = Path("/usr/bin/chromium-headless-shell")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
AXE = Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js"
OWN = (
    "chrome-extension://",
    "chrome://",
)  # what the browser itself is made of: its viewer of PDF files
NARROW = {"width": 320, "height": 640}
PATIENCE = 120_000  # ms, for a page, an element or a state; a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE)


def until_parsed(act: Callable[..., None]) -> Callable[..., None]:
    """Let a click or a key that leaves the page return when the next page is parsed.

    Playwright alone returns as soon as the next page begins to arrive; a test would then read half a page.
    """

    @wraps(act)
    def act_and_wait(locator: Locator, *args: object, **options: object) -> None:
        act(locator, *args, **options)
        locator.page.wait_for_load_state("domcontentloaded")

    return act_and_wait


Locator.click, Locator.press = until_parsed(Locator.click), until_parsed(Locator.press)  # type: ignore[method-assign]


@contextmanager
def launch_chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watch:
    """Records errors, violations of the content security policy, and requests to other hosts."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        self.host, self.problems = urlsplit(base_url).netloc, []
        context.on("console", self.on_console)
        context.on("weberror", lambda error: self.note(True, str(error.error)))
        context.on("request", lambda request: self.note(self.strange(request.url), request.url))
        context.on(
            "requestfailed",
            lambda request: self.note(
                not request.url.startswith(OWN), f"failed: {request.url} {request.failure}"
            ),
        )

    def strange(self, url: str) -> bool:
        return urlsplit(url).netloc != self.host and not url.startswith(OWN)

    def on_console(self, message: ConsoleMessage) -> None:
        from_page = not message.location.get("url", "").startswith(OWN)
        self.note(from_page and message.type in ("error", "warning"), message.text)

    def note(self, wrong: bool, words: str) -> None:
        # Chromium calls every answer from 400 on an error; our pages are meant to answer so. A download is "aborted".
        harmless = ("Failed to load resource: the server responded with a status of", "[DOM]")
        if wrong and not words.startswith(harmless) and "ERR_ABORTED" not in words:
            self.problems.append(words)


def sideways(page: Page) -> str:
    """Describe how far the page is wider than its window; empty if it is not."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide <= window:
        return ""
    widest = page.evaluate("""[...document.querySelectorAll("body *")]
      .filter(each => each.getBoundingClientRect().right > window.innerWidth)
      .slice(0, 3).map(each => each.outerHTML.slice(0, 120))""")
    return f"{wide} px wide in a window of {window}: {widest}"


# WCAG 2.2, 1.4.12 (text spacing); what hides a part of its text then, without a way to scroll to it.
SPACED_OUT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
  const isCut = (each) => {
    const style = getComputedStyle(each);
    const hides = (way) => way === "hidden" || way === "clip";
    return each.clientWidth > 1 && each.textContent.trim() && (
      hides(style.overflowX) && each.scrollWidth > each.clientWidth + 1
      || hides(style.overflowY) && each.scrollHeight > each.clientHeight + 1);
  };
  return [...document.querySelectorAll("body *")].filter(isCut).map(each => each.outerHTML.slice(0, 120));
}"""


def spaced_out(page: Page) -> list[str]:
    """What leaves the window or is cut off while the text of the page is wider."""
    found = [f"cut off: {each}" for each in page.evaluate(SPACED_OUT)]
    found += filter(None, [sideways(page)])
    page.evaluate("document.adoptedStyleSheets = []")
    return [f"with wider text {each}" for each in found]


# What axe looks at: the elements, their attributes and what is ticked and focused, without what people wrote and which
# other pages links lead to.
STRUCTURE = """[innerWidth, matchMedia("(prefers-color-scheme: dark)").matches,
  [...document.querySelectorAll("*")].findIndex(each => each === document.activeElement),
  ...[...document.querySelectorAll("input, option")].map(each => Number(each.checked || each.selected)),
  ...[...document.querySelectorAll("style, link, meta")].map(each => each.outerHTML),
  document.documentElement.outerHTML
    .replace(/>[^<]*[^<\\s][^<]*</g, ">x<")
    .replace(/ (href|src|srcset|action|value|content|datetime)="[^"#][^"]*"/g, " $1=x")].join()"""
faultless: set[str] = set()


def faults(page: Page) -> list[str]:
    """The violations of WCAG 2.2 A and AA and of good practice that axe finds.

    A page that differs from one without faults only in its words and addresses is not examined again.
    Its script does not change the policy of the page, and looks into no frame: mail in it has tests of its own. What
    WCAG 2.2 added is switched off in axe unless asked for. No rule that is on needs the stylesheets, which axe would
    otherwise load and parse first.
    """
    if not AXE.exists():
        pytest.fail(f"{AXE} is missing: make set-up-dev")
    if (structure := page.evaluate(STRUCTURE)) in faultless:
        return []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("""axe.run({
      iframes: false, preload: {assets: ["media"]}, resultTypes: ["violations"],
      rules: {"target-size": {enabled: true}}
    }).then(result => result.violations)""")
    if not violations:
        faultless.add(structure)
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in violations
        for node in violation["nodes"]
    ]
