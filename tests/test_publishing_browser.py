"""The search of the archive where the public pages are files, in a real browser."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

from signoff.publishing import publish
from signoff.web.security import CONTENT_SECURITY_POLICY
from tests.chromium import faults
from tests.factories import MAYOR, SLUG, TEXT, sign
from tests.world import FakeSeal, new_world

pytestmark = pytest.mark.browser


class Files(SimpleHTTPRequestHandler):
    """Any web server, which sends the policy of the live pages."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(FakeSeal, "export_certificates", lambda *_: b"PEM")
    instance = tmp_path / "instance"
    instance.mkdir()
    world = new_world(instance)
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    publish(world.build_app(), tmp_path / "public")
    world.db.close()
    handler = partial(Files, directory=str(tmp_path / "public"))
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_archive_is_searched_without_a_server(chromium: Browser, address: str) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.get_by_role("searchbox").fill("MUSTERH")
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_text("Mitgezeichnet von: Stadt Musterhausen.")).to_be_visible()
    assert faults(page) == []
    page.goto(f"{address}/en/?q={TEXT.title.split()[0]}")
    link = page.locator("[data-found] a")
    expect(link).to_have_attribute("href", f"/en/papers/{SLUG}")
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TEXT.title)
    page.goto(f"{address}/?q=Nirgendwo")
    expect(page.get_by_text("Dazu steht hier kein Papier")).to_be_visible()
    expect(page.locator("[data-found]")).to_be_hidden()
