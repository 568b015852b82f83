"""The public pages as files: link by link what the application says, and nobody else's files are touched."""

import json
import re
import subprocess
from collections import deque
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from signoff import actions, store, worker
from signoff.config import Settings, SettingsError
from signoff.domain.releases import PrintKind
from signoff.publishing import MANIFEST, Result, publish
from signoff.web import public_lists
from signoff.web.page_cache import BLUEPRINTS
from signoff.worker import Worker
from tests.actions.test_late import AFTERWARDS, CITY, issued, joined
from tests.factories import HESITANT, MAYOR, SLUG, TEXT, UNWILLING, pending, sign
from tests.nu_validator import validate
from tests.page_checks import complaints, parsed, text_of
from tests.world import BASE, FakeSeal, World, new_world

PAPER = f"/papers/{SLUG}"
LOG = ("/log/checkpoints", "/log/entries.json", "/log/key")
APPLICATION = ("/s", "/verify", "/oembed")  # what only the application can answer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A paper with an addendum and a further edition, and a public draft."""
    world = new_world(tmp_path_factory.mktemp("instance"))
    world.opened(late=True)
    world.answer(MAYOR, sign(note="Vorbehaltlich des Haushalts."))
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, sign("Markt Ähringen"))
    world.closed()
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "office", world.now
    )
    world.released()
    world.now = AFTERWARDS
    joined(world)
    issued(world, PrintKind.ADDENDUM)
    issued(world, PrintKind.EDITION)
    return world


@pytest.fixture(autouse=True)
def certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSeal, "export_certificates", lambda *_: b"PEM")
    monkeypatch.setattr(public_lists, "MAX_ENTRIES", 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "public"


def run(world: World, folder: Path) -> Result:
    result = publish(world.build_app(), folder)
    assert (result.failed, result.foreign) == ([], [])
    return result


def list_links(root: Element) -> list[str]:
    """The addresses on a page, without those that differ: the filters of the list and the search's script."""
    left_out = {
        id(each)
        for form in root.iter("form")
        if "so-filter--list" in form.get("class", "")
        for each in form.iter()
    }
    links = []
    for each in root.iter():
        for name in ("href", "src", "action"):
            value = each.get(name)
            if value and id(each) not in left_out and "archive_search" not in value:
                links.append(value)
        if (each.get("property") or "").startswith("og:") and "://" in each.get("content", ""):
            links.append(each.get("content"))
    return links


def find_file(folder: Path, address: str) -> Path:
    """What any web server answers."""
    path = folder / unquote(urlsplit(address).path).strip("/")
    return path / "index.html" if path.is_dir() else path


def test_the_files_are_the_live_pages_link_by_link(world: World, folder: Path) -> None:
    run(world, folder)
    live: FlaskClient = world.build_app().test_client()
    waiting, seen = deque([("/", "/")]), {("/", "/")}
    while waiting:
        live_address, address = waiting.popleft()
        response = live.get(live_address, base_url=BASE, buffered=True, follow_redirects=True)
        content = find_file(folder, address).read_bytes()
        if response.mimetype != "text/html":
            assert content == response.data, address
            continue
        assert complaints(content.decode()) == [], address
        live_root, root = parsed(response.text)[0], parsed(content.decode())[0]
        if "so-filter" not in response.text:
            assert text_of(live_root) == text_of(root), address
        pairs = zip(list_links(live_root), list_links(root), strict=True)
        for live_link, link in pairs:
            live_link = urljoin(BASE + live_address, live_link).partition("#")
            link = urljoin(BASE + address, link).partition("#")
            assert live_link[2] == link[2], address
            if not live_link[0].startswith(BASE):
                assert live_link == link
            elif urlsplit(live_link[0]).path in APPLICATION:
                assert urlsplit(link[0]).path == urlsplit(live_link[0]).path, "needs a server"
            else:
                pair = live_link[0].removeprefix(BASE), link[0].removeprefix(BASE)
                if pair not in seen:
                    seen.add(pair)
                    waiting.append(pair)
    paths = {urlsplit(live_address).path for live_address, _ in seen}
    queries = {name for live_address, _ in seen for name, _ in parse_qsl(urlsplit(live_address)[3])}
    assert {"/", PAPER, f"{PAPER}/{SLUG}.pdf", f"{PAPER}/qr.svg", "/imprint"} <= paths
    assert queries == {"lang", "page", "state"}


@pytest.mark.slow
def test_no_public_page_has_a_fault_of_markup(world: World, folder: Path) -> None:
    run(world, folder)
    assert validate(folder) == []


def test_what_no_page_links_to_is_there_as_well(world: World, folder: Path) -> None:
    run(world, folder)
    live = world.build_app().test_client()
    for number in (1, 2, 3):
        for path in (f"{PAPER}/{SLUG}-{number}.pdf", f"{PAPER}/signatories-{number}.json"):
            assert (folder / path[1:]).read_bytes() == live.get(
                path, base_url=BASE, buffered=True
            ).data
    for release in store.releases.list_for_round(world.db, world.round().id):
        assert (folder / "files" / f"{release.sha256}.pdf").exists()
    for path in (f"{PAPER}/badge.svg", f"{PAPER}/embed", "/sitemap.xml", "/robots.txt", *LOG):
        assert (
            find_file(folder, path).read_bytes()
            == live.get(path, base_url=BASE, buffered=True).data
        )
    assert "Diese Seite gibt es nicht" in (folder / "404.html").read_text()
    home = (folder / "index.html").read_text()
    assert "Die Suche braucht hier JavaScript." in home.partition("<noscript>")[2]
    assert "Die Suche braucht hier JavaScript." not in live.get("/", base_url=BASE).text
    index = (folder / "search-index.js").read_text()
    (paper,) = json.loads(index.removeprefix("export default ").removesuffix(";\n"))
    assert (paper["title"], paper["address"]) == (TEXT.title, PAPER)
    assert [CITY, "Beispielstadt"] in paper["names"]
    assert "Alle Prüfpunkte" in find_file(folder, "/log").read_text()
    assert not (folder / "en" / "log" / "key").exists(), "the same in all languages"
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def test_the_headers_are_those_of_the_application(world: World, folder: Path) -> None:
    run(world, folder)
    blocks, pattern = {}, ""
    for line in (folder / "_headers").read_text().splitlines():
        if line.startswith("/"):
            pattern, blocks[line] = line, {}
        else:
            name, value = line.strip().split(": ", 1)
            blocks[pattern][name] = value
    live = world.build_app().test_client()
    for pattern, path in {
        "/": "/",
        "/en": "/?lang=en",
        "/papers/:slug/": PAPER,
        "/papers/:slug/embed/": f"{PAPER}/embed",
        "/papers/:slug/signatories.csv": f"{PAPER}/signatories.csv",
    }.items():
        headers = live.get(path, base_url=BASE).headers
        told = blocks["/*"] | blocks[pattern]
        assert set(blocks["/*"]).isdisjoint(blocks[pattern])
        for name in ("Content-Security-Policy", "Cache-Control", "X-Content-Type-Options"):
            assert told[name] == headers[name], path
        assert told.get("X-Frame-Options") == headers.get("X-Frame-Options"), path
    assert blocks["/papers/:slug/signatories.csv"]["Content-Disposition"] == "attachment"
    assert "immutable" in blocks["/static/*"]["Cache-Control"]


def test_the_example_for_a_web_server_asks_the_application_for_the_rest(
    world: World, folder: Path
) -> None:
    run(world, folder)
    text = (Path(__file__).parents[1] / "docs" / "operations.md").read_text("utf-8")
    asked = re.compile("|".join(re.findall(r"^location ~ (\S+) { proxy_pass", text, re.MULTILINE)))
    files = ["/" + str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if asked.search(path.removesuffix("/index.html"))] == []
    for rule in world.build_app().url_map.iter_rules():
        path = re.sub(r"<[^>]*>", "0f", rule.rule)
        if rule.endpoint.partition(".")[0] not in ("static", *BLUEPRINTS) and path != "/metrics":
            assert asked.search(path), path
            assert asked.search(f"/trial/0f{path}")
    for path in (*APPLICATION, "/verify/0f.json"):
        assert asked.search(path), path


def test_a_second_run_writes_and_removes_only_what_has_changed(world: World, folder: Path) -> None:
    first = run(world, folder)
    again = run(world, folder)
    assert (again.written, again.unchanged, again.removed) == (0, first.written, 0)
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*.pdf")}
    foreign = folder / ".well-known" / "acme-challenge.txt"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("of the web server")
    gone = folder / "papers" / "gone" / "index.html"
    gone.parent.mkdir()
    gone.write_text("a paper that is not public any more")
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text() + "papers/gone/index.html\n")
    day = world.now.date()
    actions.follow_ups.add(world.db, world.round().id, day, "Neu.", False, "office", world.now)

    changed = run(world, folder)
    assert "Neu." in find_file(folder, PAPER).read_text()
    assert changed.removed == 1
    assert not gone.parent.exists()
    assert changed.written == 4, "two languages, with two pages of the list each"
    assert foreign.exists()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.pdf")} == kept


def test_a_folder_with_other_files_is_refused_and_a_file_of_others_stays(
    world: World, folder: Path
) -> None:
    folder.mkdir()
    (folder / "index.html").write_text("another site")
    with pytest.raises(SettingsError):
        publish(world.build_app(), folder)
    assert [path.name for path in folder.iterdir()] == ["index.html"]

    (folder / MANIFEST).touch()
    assert publish(world.build_app(), folder).foreign == ["index.html"]
    assert (folder / "index.html").read_text() == "another site"


def test_what_cannot_be_answered_stays_as_it_was_and_nothing_is_removed(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(world, folder)
    monkeypatch.setattr(FakeSeal, "export_certificates", lambda *_: b"")
    linked = folder / "of-a-page-that-failed.pdf"
    linked.write_text("linked from nowhere else")
    manifest = folder / MANIFEST
    manifest.write_text(manifest.read_text() + f"{linked.name}\n")
    result = publish(world.build_app(), folder)
    assert (result.failed, result.removed) == (["verify/certificate.pem"], 0)
    assert linked.exists()
    assert (folder / "verify/certificate.pem").read_bytes() == b"PEM"


def test_a_retracted_paper_says_so_and_its_files_are_gone(tmp_path: Path, folder: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    world = new_world(instance)
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    release = world.released()
    run(world, folder)
    file = folder / "files" / f"{release.sha256}.pdf"
    assert file.exists()
    actions.releases.retract_release(
        world.db, release.round_id, "Ein Gericht.", "", "office", world.now
    )
    run(world, folder)
    assert not file.exists()
    assert sorted(path.name for path in (folder / "papers" / SLUG).iterdir()) == ["index.html"]
    page = find_file(folder, PAPER).read_text()
    assert "Ein Gericht." in page
    assert '<meta name="robots" content="noindex">' in page, "files answer 200"
    assert PAPER not in (folder / "sitemap.xml").read_text()
    assert "/papers/:slug\n" not in (folder / "_headers").read_text(), "those of an error"
    assert "Musterhausen" not in (folder / "search-index.js").read_text()
    world.db.close()


def test_the_worker_publishes_after_a_release_and_after_a_while(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    world, runs = new_world(instance), []
    world.settings = replace(world.settings, publish=str(tmp_path / "public"))
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    with Worker(
        world.settings, world.db, world.services, publish=lambda settings: runs.append(world.now)
    ) as running:
        running.run_once()
        actions.releases.release_paper(
            world.db, world.round().id, world.now + timedelta(minutes=1), "office", world.now
        )
        running.run_once()
        assert len(runs) == 1, "planned, and not public yet"
        world.now += timedelta(minutes=1)
        running.run_once()
        assert len(runs) == 2
        actions.follow_ups.add(
            world.db, world.round().id, world.now.date(), "Neu.", False, "office", world.now
        )
        running.run_once()
        assert len(runs) == 2
        world.now += timedelta(minutes=10)
        running.run_once()
        running.run_once()
        assert len(runs) == 3
    world.db.close()


def test_a_retraction_reaches_the_files_though_a_run_fails_and_the_clock_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    world, runs = new_world(instance), []
    world.settings = replace(world.settings, publish=str(tmp_path / "public"))
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    release = world.released()

    def run(settings: Settings) -> None:
        runs.append(world.now)
        if len(runs) == 2:
            raise subprocess.TimeoutExpired("publish", 600)

    with Worker(world.settings, world.db, world.services, publish=run) as running:
        running.run_once()
        assert len(runs) == 1
        monkeypatch.setattr(running, "beat", lambda: False)
        actions.releases.retract_release(
            world.db, release.round_id, "Ein Gericht.", "", "office", world.now
        )
        running.run_once()
        assert len(runs) == 2, "although the clock waits"
        world.now += timedelta(minutes=1)
        running.run_once()
        running.run_once()
        assert len(runs) == 3, "and again soon, since the run has failed"
    world.db.close()


def test_a_run_that_hangs_is_ended(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PUBLISH_TIMEOUT", 0.01)
    with pytest.raises(subprocess.TimeoutExpired):
        worker.publish_pages(replace(world.settings, publish=str(folder)))
