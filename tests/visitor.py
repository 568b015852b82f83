"""A person with a real browser and a real server."""

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.chromium import NARROW, PATIENCE, Watch, faults, sideways
from tests.server import Served


class Visitor:
    """A person with a browser window. With ``looks`` and scripts, axe checks each page, also at 320 px."""

    def __init__(
        self,
        chromium: Browser,
        served: Served,
        *,
        script: bool = True,
        looks: bool = True,
        size: dict[str, int] | None = None,
    ) -> None:
        self.looks = script and looks
        self.context = chromium.new_context(
            java_script_enabled=script, viewport=size or {"width": 1280, "height": 900}
        )
        self.watch = Watch(self.context, served.base_url)
        self.served, self.page = served, self.context.new_page()
        self.page.set_default_timeout(PATIENCE)

    def go(self, path: str) -> Page:
        self.page.goto(path if path.startswith("http") else self.served.base_url + path)
        self.look()
        return self.page

    def reload(self) -> None:
        """The page as the server has it now: a browser keeps a public page for a minute."""
        self.page.reload()
        self.look()

    def look(self) -> None:
        if self.looks:
            wrong = faults(self.page)
            assert wrong == [], f"{self.kind}: {wrong}"
            self.page.set_viewport_size(NARROW)
            assert not sideways(self.page), f"{self.kind}: {sideways(self.page)}"
            self.page.set_viewport_size({"width": 1280, "height": 900})
        assert self.watch.problems == [], f"{self.kind}: {self.watch.problems}"

    @property
    def kind(self) -> str:
        return self.page.locator("main").get_attribute("data-page") or ""

    def fill(self, fields: dict) -> None:
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]")
            kind = field.first.get_attribute("type")
            if kind == "radio":
                self.page.locator(f"[name={name}][value={value}]").check()
            elif kind == "checkbox":
                field.check()
            else:
                field.fill(value)

    def press(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).and_(
                self.page.locator(":visible")
            ).click()
        self.look()

    def download(self, words: str) -> tuple[str, bytes]:
        """Click the link with this text and return the name and the content of the downloaded file."""
        link = self.page.get_by_role("link", name=words, exact=True).first
        link.evaluate(
            "each => each.setAttribute('download', '')"
        )  # a PDF would be shown, not saved
        with self.page.expect_download() as download_info:
            link.click()
        return download_info.value.suggested_filename, Path(download_info.value.path()).read_bytes()

    def follow(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words, exact=True).first.click()
        self.look()


def tab_to(page: Page, selector: str, words: str = "") -> None:
    """Press Tab until the element has the focus, and check that the focus is visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(
            "([selector, words]) => document.activeElement.matches(selector)"
            " && document.activeElement.textContent.includes(words)",
            [selector, words],
        ):
            is_visible = page.evaluate(
                "() => { const style = getComputedStyle(document.activeElement);"
                " return style.outlineStyle !== 'none' || style.boxShadow !== 'none'; }"
            )
            label = page.evaluate("document.activeElement.type") in ("radio", "checkbox")
            assert is_visible or label, f"the focus on {selector} cannot be seen"
            return
    raise AssertionError(f"no way by keyboard to {selector} {words}")
