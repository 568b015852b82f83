"""Public pages may be kept by everybody: they have no session, say for how long, and are right after each change."""

import pytest

from signoff.store.connection import connect
from tests.factories import MAYOR, SLUG, sign
from tests.world import BASE, World

PAPER = f"/papers/{SLUG}"
FILES = (f"{PAPER}/{SLUG}.pdf", f"{PAPER}/{SLUG}-1.pdf")
PAGES = (
    *("/", "/?q=Muster", "/?lang=en", PAPER, f"{PAPER}?lang=en", "/imprint", "/privacy"),
    *("/accessibility", "/verify", "/robots.txt", "/feed.atom", "/sitemap.xml", "/openapi.json"),
    *("/schema/signatories-1.json", f"{PAPER}/signatories.json", f"{PAPER}/signatories.csv"),
    *(f"{PAPER}/signatories-1.json", f"{PAPER}/badge.svg", f"{PAPER}/embed", f"{PAPER}/qr.svg"),
    *(f"{PAPER}/picture.png", f"/oembed?url={BASE}{PAPER}"),
)


@pytest.fixture
def released(world: World) -> World:
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    return world


def test_public_pages_open_no_session_and_write_nothing(released: World) -> None:
    client, watch = released.build_app().test_client(), connect(released.settings.database)
    (before,) = watch.conn.execute("PRAGMA data_version").fetchone()
    client.set_cookie("__Host-signoff", "something", domain="localhost", secure=True)
    for path in (*PAGES, *FILES):
        response = client.get(path, base_url=BASE, buffered=True)
        assert response.status_code == 200, path
        assert {"Set-Cookie", "Vary"}.isdisjoint(response.headers.keys()), path
        assert "public" in response.headers["Cache-Control"], path
        has_it = {"If-None-Match": response.headers["ETag"]}
        again = client.get(path, base_url=BASE, headers=has_it, buffered=True)
        assert (again.status_code, again.data) == (304, b""), path
    assert watch.conn.execute("PRAGMA data_version").fetchone()[0] == before
    watch.close()
