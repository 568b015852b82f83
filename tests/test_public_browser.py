"""The public pages in a real browser: wider text at 320 px, axe, and on paper."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.chromium import NARROW, faults, sideways, spaced_out
from tests.factories import MAYOR, sign
from tests.gallery import gallery
from tests.server import listening
from tests.world import World

pytestmark = pytest.mark.browser
SCENES = (
    *("index", "index-empty", "index-one", "index-found", "index-not-found"),
    *("paper", "paper-by-place", "paper-filtered", "paper-not-found", "paper-draft", "comparison"),
    *("verify-form", "verify-superseded", "verify-own-copy"),
)


@pytest.fixture(scope="module")
def scenes() -> Iterator[str]:
    with listening(gallery()) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=NARROW)
    yield context.new_page()
    context.close()


def test_wider_text_fits_320_pixels_and_axe_finds_nothing(page: Page, scenes: str) -> None:
    wrong = []
    for name in SCENES:
        page.goto(f"{scenes}/scene/{name}")
        wrong += [f"{name}: {fault}" for fault in (*faults(page), sideways(page)) if fault]
        wrong += [f"{name}: {fault}" for fault in spaced_out(page)]
    assert wrong == []


def test_a_printed_paper_shows_its_address_and_no_buttons(page: Page, scenes: str) -> None:
    page.goto(f"{scenes}/scene/paper")
    page.emulate_media(media="print")
    assert page.get_by_text("https://mitzeichnung.staedteforum.example/papers/").first.is_visible()
    assert page.get_by_text("Stadt Musterhausen").first.is_visible()
    buttons = page.locator(".kern-btn, .so-filter, .so-pages, nav")
    assert [each for each in buttons.all() if each.is_visible()] == []
    page.set_viewport_size({"width": 794, "height": 1123})  # A4
    (column,) = {
        box["width"]
        for each in page.locator(".so-signatories li").all()
        if (box := each.bounding_box())
    }
    assert column > 794 / 3


DROP = """(name) => {
  const [file] = document.querySelector("#file").files;
  const dropped = new DataTransfer();
  dropped.items.add(new File([file], name));
  document.querySelector("#file").value = "";
  const target = document.querySelector("main");
  target.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


def test_a_chosen_or_dropped_file_is_compared_without_being_sent(page: Page, world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    release = world.released()
    path = world.services.archive.release_path(release.sha256)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    with listening(world.build_app()) as address:
        page.goto(f"{address}/verify")
        verdict = page.locator("[data-verdict]")
        page.locator("#file").set_input_files(path)
        verdict.get_by_role("heading", name="Die Datei ist echt").wait_for()
        assert "Fassung 1, veröffentlicht am" in verdict.inner_text()
        assert verdict.get_by_role("link", name="Zum Papier").is_visible()
        assert [each for each in (*faults(page), sideways(page)) if each] == []

        page.locator("#file").set_input_files({"name": "x.pdf", "mimeType": "", "buffer": b"%PDF"})
        verdict.get_by_role("heading", name="nicht veröffentlicht").wait_for()
        assert [each for each in (*faults(page), sideways(page)) if each] == []

        page.locator("#file").set_input_files(path)
        verdict.get_by_role("heading", name="Die Datei ist echt").wait_for()
        page.evaluate(DROP, "gezogen.pdf")
        page.wait_for_function("document.querySelector('#file').files[0]?.name === 'gezogen.pdf'")
        verdict.get_by_role("heading", name="Die Datei ist echt").wait_for()
        assert set(sent) == {"GET"}

        page.get_by_role("button", name="Datei prüfen").click()
        page.get_by_role("status").get_by_role("heading", name="Die Datei ist echt").wait_for()
        assert sent.count("POST") == 1
