"""Public pages may be kept by everybody: they have no session, say for how long, and are right after each change."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions
from signoff.storage import Slots
from signoff.store.connection import connect
from signoff.web import page_cache, public
from signoff.web.security import is_private
from tests.factories import MAYOR, SLUG, sign
from tests.world import BASE, World

PAPER = f"/papers/{SLUG}"
FILES = (f"{PAPER}/{SLUG}.pdf", f"{PAPER}/{SLUG}-1.pdf")
PAGES = (
    *("/", "/?q=Muster", "/?lang=en", PAPER, f"{PAPER}?lang=en", "/imprint", "/privacy"),
    *("/accessibility", "/verify", "/robots.txt", "/feed.atom", "/sitemap.xml", "/openapi.json"),
    *("/schema/signatories-1.json", f"{PAPER}/signatories.json", f"{PAPER}/signatories.csv"),
    *(f"{PAPER}/signatories-1.json", f"{PAPER}/badge.svg", f"{PAPER}/embed", f"{PAPER}/qr.svg"),
    *("/log", "/log?lang=en", "/log/checkpoints", "/log/entries.json", "/log/key"),
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


def test_pages_with_a_query_leave_threads_to_all_others(
    released: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = released.build_app().test_client()
    monkeypatch.setattr(page_cache, "BUILDING", Slots(1, waiting=0, timeout=0.0))
    for words in ("Muster", "Beispiel"):  # each gives its turn back
        assert client.get(f"/?q={words}", base_url=BASE).status_code == 200
    with page_cache.BUILDING.acquire():
        refused = [
            client.get(path, base_url=BASE)
            for path in ("/?q=Haus", f"{PAPER}/signatories.json?n=1")
        ]
        others = [client.get(path, base_url=BASE) for path in ("/?q=Muster", "/", PAPER)]

    assert [each.status_code for each in refused] == [503, 503]
    assert [each.headers.get("Retry-After") for each in refused] == ["10", "10"]
    assert [answer.status_code for answer in others] == [200, 200, 200]
    assert client.get("/?q=Haus", base_url=BASE).status_code == 200


def test_a_page_is_built_once_until_something_changes(
    released: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, built = released.build_app().test_client(), []
    build = public.build_release_context
    monkeypatch.setattr(
        public, "build_release_context", lambda *which: [built.append(1), build(*which)][1]
    )

    def read(path: str = PAPER) -> str:
        return client.get(path, base_url=BASE).text

    pages = {read(), read(), read(f"{PAPER}?lang=en"), read(f"{PAPER}?lang=en")}
    assert (len(pages), len(built)) == (2, 2)
    words = "Der Stadtrat hat beschlossen."
    day = released.now.date()
    actions.follow_ups.add(
        released.db, released.round().id, day, words, False, "office", released.now
    )
    assert words in read()
    assert len(built) == 3


def test_a_page_follows_the_clock(world: World) -> None:
    world.opened()
    world.closed()
    at = world.now + timedelta(minutes=2)
    world.released(at=at)
    client = world.build_app().test_client()
    assert client.get(PAPER, base_url=BASE).status_code == 404
    home = client.get("/", base_url=BASE).text
    world.now = at
    assert client.get(PAPER, base_url=BASE).status_code == 200
    assert client.get("/", base_url=BASE).text != home


def test_what_is_kept_is_bounded(released: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = released.build_app()
    client, pages = app.test_client(), app.extensions["signoff"].pages
    client.get("/?q=0", base_url=BASE)
    (size,) = (
        len(url) + len(page.body) + sum(len(name) + len(value) for name, value in page.headers)
        for url, page in pages.items()
    )
    monkeypatch.setattr(page_cache, "MAX_KEPT_BYTES", 3 * size)
    for number in (*range(6), 5):
        client.get(f"/?q={number}", base_url=BASE)
        released.now += timedelta(minutes=1)
    assert [url[-1] for url in pages] == ["3", "4", "5"]
    assert app.extensions["signoff"].kept_bytes == 3 * size


def test_a_page_with_a_long_address_is_not_kept(released: World) -> None:
    app = released.build_app()
    assert app.test_client().get(f"/?q={'x' * 300}", base_url=BASE).status_code == 200
    assert not app.extensions["signoff"].pages


def test_every_form_but_the_check_of_a_file_has_a_session(world: World) -> None:
    rules = world.build_app().url_map.iter_rules()
    forms = {rule.rule for rule in rules if "POST" in rule.methods}
    assert {rule for rule in forms if not is_private(rule)} == {"/verify"}


def test_nginx_keeps_public_pages_and_nothing_with_a_session(world: World) -> None:
    conf = (Path(__file__).parents[2] / "deploy" / "nginx.conf").read_text("utf-8")
    locations = re.findall(r"^    location ~ (.+) \{\n((?:        .+\n)+)", conf, re.MULTILINE)
    kept = set()
    for rule in world.build_app().url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "x", rule.rule)
        blocks = [block for pattern, block in locations if re.search(pattern, path)]
        if blocks and "proxy_cache signoff" in blocks[0]:  # nginx takes the first that fits
            assert not is_private(path), path
            kept.add(path)
    assert {"/", "/papers/x/x.pdf", "/log", "/log/entries.json"} <= kept
    assert "proxy_cache_valid 200 404 410 1m;" in conf, "a 410 takes the place of the file"
    assert not re.search(r"proxy_cache_background_update|use_stale.* updating", conf)
