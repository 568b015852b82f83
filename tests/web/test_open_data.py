"""What other programs and sites take of the public pages: as promised, from everywhere, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import feedparser
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from lxml import etree
from lxml.etree import _Element
from schemathesis import Case

from signoff import actions, store
from signoff.domain.documents import LIST_NAME, Document
from signoff.domain.releases import PrintKind
from signoff.web.security import OPEN_ENDPOINTS
from tests.actions.test_late import AFTERWARDS, CITY, issued, joined, withdrawn
from tests.factories import HESITANT, MAYOR, SLUG, TEXT, UNWILLING, decline, member, pending, sign
from tests.prepared import made_once
from tests.web.test_public import get
from tests.world import BASE, World

PAPER = f"/papers/{SLUG}"
LIST = f"{PAPER}/signatories.json"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
NEVER_OPEN = ("/", PAPER, "/verify", "/imprint", "/health", "/login", "/s", "/office/")
AGS, OWN_KEY = "06999001", "M-17"


@pytest.fixture
@made_once
def released(world: World) -> World:
    world.opened(late=True)
    world.answer(MAYOR, sign(note="Vorbehaltlich des Haushalts."))
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())
    world.closed()
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "office", world.now
    )
    world.released()
    world.now = AFTERWARDS
    return world


def embedded(document: Document) -> bytes:
    (text,) = (file.text for file in document.attachments if file.name == LIST_NAME)
    return text.encode()


def schema(world: World) -> jsonschema_rs.Draft202012Validator:
    document = get(world, "/schema/signatories-1.json").get_json()
    jsonschema_rs.meta.validate(document)
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


# the list


def test_the_list_on_the_web_is_the_embedded_one_byte_for_byte(released: World) -> None:
    web = get(released, LIST)
    assert web.data == embedded(released.printed[-1])
    assert web.get_json()["version"] == 1
    assert web.get_json()["$schema"] == f"{BASE}/schema/signatories-1.json"


def test_changes_are_added_and_a_further_edition_is_embedded_again(released: World) -> None:
    first = get(released, LIST).data
    withdrawn(released)
    joined(released)
    changed = get(released, LIST).get_json()
    assert [line["name"] for line in changed["late_signatories"]] == [CITY]
    assert [line["name"] for line in changed["withdrawals"]] == ["Stadt Musterhausen"]
    assert changed["counts"] == {"now": 1, "first": 1, "later": 1, "withdrawn": 1}
    assert changed["count"] == 1, "the list stays that of the current edition"

    for number, kind in enumerate((PrintKind.ADDENDUM, PrintKind.EDITION), 2):
        issued(released, kind)
        numbered = get(released, f"{PAPER}/signatories-{number}.json")
        assert numbered.data == embedded(released.printed[-1])
        assert "immutable" in numbered.headers["Cache-Control"]
    assert get(released, LIST).data == embedded(released.printed[-1])
    assert get(released, f"{PAPER}/signatories-1.json").data == first
    assert get(released, f"{PAPER}/signatories-4.json").status_code == 404


def test_every_list_fits_its_schema(released: World) -> None:
    validator = schema(released)
    validator.validate(get(released, LIST).get_json())
    withdrawn(released)
    joined(released)
    validator.validate(get(released, LIST).get_json())
    issued(released)
    validator.validate(get(released, f"{PAPER}/signatories-2.json").get_json())
    broken = get(released, LIST).get_json() | {"version": 2}
    assert not validator.is_valid(broken)


@pytest.mark.parametrize("keys", [False, True])
def test_only_official_keys_are_published_unless_the_office_wants_all(
    world: World, keys: bool
) -> None:
    rows = [
        member(AGS, "Musterhausen", "Stadt Musterhausen", MAYOR),
        member(OWN_KEY, "Beispielstadt", CITY, HESITANT),
    ]
    world.opened(rows=rows, keys=keys, late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, sign(CITY))
    world.closed()
    world.released()
    world.now = AFTERWARDS
    withdrawn(world, HESITANT)
    data = get(world, LIST).get_json()
    found = {line["sort_name"]: line.get("key") for line in data["signatories"]}
    assert found == {"Musterhausen": AGS, "Beispielstadt": OWN_KEY if keys else None}
    assert [line.get("key") for line in data["withdrawals"]] == [OWN_KEY if keys else None]
    for path in (PAPER, f"{PAPER}/signatories.csv", f"{PAPER}/embed"):
        assert (OWN_KEY in get(world, path).text) <= keys


def test_an_error_about_data_is_data(released: World) -> None:
    assert get(released, "/papers/nothing/signatories.json").get_json() == {
        "status": 404,
        "error": "Not Found",
    }
    actions.releases.retract_release(
        released.db, released.round().id, "Gericht", "https://x.example/", "office", released.now
    )
    for _ in range(2):  # before and after the bytes are removed
        for path in (LIST, f"{PAPER}/signatories-1.json"):
            answer = get(released, path)
            assert answer.status_code == 410
            assert answer.get_json()["reason"] == "Gericht"
            assert answer.get_json()["successor"] == "https://x.example/"
        released.work()
    assert not list(released.services.archive.prints.glob("*.json"))


# other sites


def test_data_and_files_may_be_read_from_everywhere_and_pages_may_not(released: World) -> None:
    app = released.build_app()
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    assert rules.keys() >= OPEN_ENDPOINTS
    for path in (LIST, f"{PAPER}/signatories.csv", f"{PAPER}/{SLUG}.pdf", "/feed.atom", "/oembed"):
        headers = get(released, path).headers
        assert headers["Access-Control-Allow-Origin"] == "*", path
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in NEVER_OPEN:
        headers = get(released, path).headers
        assert "Access-Control-Allow-Origin" not in headers, path
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_frame_alone_may_be_framed_and_has_neither_script_nor_cookie(released: World) -> None:
    joined(released)
    frame = get(released, f"{PAPER}/embed")
    assert released.browser().open(f"{PAPER}/embed").page == "embed"
    assert "frame-ancestors *" in frame.headers["Content-Security-Policy"]
    assert "script-src 'none'" in frame.headers["Content-Security-Policy"]
    assert {"X-Frame-Options", "Set-Cookie"}.isdisjoint(frame.headers.keys())
    assert "<script" not in frame.text
    assert "Stadt Musterhausen" in frame.text
    assert CITY in frame.text
    withdrawn(released)
    assert "Stadt Musterhausen" not in get(released, f"{PAPER}/embed").text
    for path in (PAPER, "/", f"{PAPER}/badge.svg"):
        headers = get(released, path).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_badge_counts_who_signs_now(released: World) -> None:
    def read(query: str = "") -> str:
        badge = get(released, f"{PAPER}/badge.svg{query}")
        assert (badge.mimetype, "Set-Cookie" in badge.headers) == ("image/svg+xml", False)
        return etree.fromstring(badge.data).get("aria-label")

    assert read() == "Mitgezeichnet von 1 Kommune"
    joined(released)
    assert read() == "Mitgezeichnet von 2 Kommunen"
    assert read("?lang=en") == "Co-signed by 2 municipalities"


def test_oembed_gives_the_frame_of_a_released_paper_and_of_nothing_else(released: World) -> None:
    answer = get(released, f"/oembed?url={BASE}{PAPER}&maxwidth=300&format=json").get_json()
    assert (answer["version"], answer["type"]) == ("1.0", "rich")
    assert (answer["width"], answer["height"]) == (300, 480)
    assert f'src="{BASE}{PAPER}/embed"' in answer["html"]
    for query, status in (
        ("", 400),
        (f"url={BASE}{PAPER}&maxwidth=x", 400),
        (f"url={BASE}{PAPER}&format=xml", 501),
        (f"url={BASE}/papers/nothing", 404),
        (f"url=https://elsewhere.example{PAPER}", 404),
        (f"url={BASE}/office/", 404),
    ):
        assert get(released, f"/oembed?{query}").status_code == status, query


def test_a_paper_leads_to_its_frame(released: World) -> None:
    page = released.browser().open(f"{PAPER}?lang=en")
    (link,) = page.root.iterfind(".//link[@type='application/json+oembed']")
    html = get(released, link.get("href")).get_json()["html"]
    assert f"{BASE}{PAPER}/embed" in html


def test_the_title_in_the_frame_is_escaped(world: World) -> None:
    title = '"><script>alert(1)</script>'
    world.enrol()
    world.paper(text=replace(TEXT, title=title))
    world.open()
    world.closed()
    world.released()
    html = get(world, f"/oembed?url={BASE}{PAPER}").get_json()["html"]
    assert "<script>" not in html
    assert "<script>" not in get(world, f"{PAPER}/embed").text


# feed and map


def read_feed(world: World) -> _Element:
    """The feed, which has what RFC 4287 asks of it."""
    feed = etree.fromstring(get(world, "/feed.atom").data)
    elements = [feed, *feed.findall("a:entry", ATOM)]
    ids = [element.findtext("a:id", namespaces=ATOM) for element in elements]
    assert len(set(ids)) == len(ids)
    for element in elements:
        assert all(
            len(element.findall(f"a:{name}", ATOM)) == 1 for name in ("id", "title", "updated")
        )
        assert datetime.fromisoformat(element.findtext("a:updated", namespaces=ATOM)).tzinfo
        assert element.findall("a:link[@rel='alternate']", ATOM)
        for link in element.findall("a:link", ATOM):
            assert link.get("href", "").startswith("http")
    for entry in elements[1:]:
        assert entry.findtext("a:summary", namespaces=ATOM).strip()
    assert feed.find("a:author/a:name", ATOM) is not None
    assert feed.find("a:link[@rel='self']", ATOM) is not None
    updates = [element.findtext("a:updated", namespaces=ATOM) for element in elements]
    assert updates[0] == max(updates[1:], default=updates[0])
    return feed


def entries(world: World) -> dict[str, tuple[str, str, str]]:
    """Title, moment and summary of each entry by its id, as a reader of feeds takes them."""
    expected = read_feed(world).findall("a:entry", ATOM)
    feed = feedparser.parse(get(world, "/feed.atom").data)
    assert (feed.bozo, feed.version, len(feed.entries)) == (False, "atom10", len(expected))
    return {each.id: (each.title, each.updated, each.summary) for each in feed.entries}


def test_the_feed_tells_of_late_signatures_withdrawals_documents_and_retraction(
    released: World,
) -> None:
    paper = f"{BASE}{PAPER}"
    ((_title, before, _summary),) = entries(released).values()

    joined(released)
    _title, after, summary = entries(released)[paper]
    assert after > before
    assert "2 Kommunen" in summary

    released.now += timedelta(days=1)
    withdrawn(released)
    found = entries(released)
    assert found[paper][1] > after
    (gone,) = (facts for id, facts in found.items() if "#withdrawal-1" in id)
    assert gone[2] == "Stadt Musterhausen, am 4.\xa0Mai\xa02027"

    released.now += timedelta(days=1)
    addendum = issued(released)
    now = entries(released)
    assert found.keys() < now.keys(), "ids stay"
    assert "1. Nachtrag" in now[f"{BASE}/files/{addendum.sha256}.pdf"][0]

    released.now += timedelta(days=1)
    actions.releases.retract_release(
        released.db, released.round().id, "Gericht", "", "office", released.now
    )
    ((id, (_title, last, summary)),) = entries(released).items()
    assert id == paper
    assert last > now[paper][1]
    assert "zurückgezogen. Grund: Gericht" in summary


def test_the_map_names_public_pages_alone(released: World) -> None:
    def addresses() -> Iterator[str]:
        for url in etree.fromstring(get(released, "/sitemap.xml").data):
            yield url.findtext("{*}loc")

    assert f"{BASE}{PAPER}" in set(addresses())
    assert "Sitemap: " + BASE + "/sitemap.xml" in get(released, "/robots.txt").text
    for address in addresses():
        assert get(released, address.removeprefix(BASE)).status_code == 200
    actions.releases.retract_release(
        released.db, released.round().id, "Gericht", "", "office", released.now
    )
    assert f"{BASE}{PAPER}" not in set(addresses())


def test_nothing_names_a_planned_release_before_its_hour(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.released(at=world.now + timedelta(hours=2))
    names = ("signatories-1.json", f"{SLUG}-1.pdf", "badge.svg", "embed", "picture.png", "qr.svg")
    paths = [*(f"{PAPER}/{name}" for name in names), f"/oembed?url={BASE}{PAPER}"]
    assert {get(world, path).status_code for path in paths} == {404}
    for path in ("/feed.atom", "/sitemap.xml", "/", "/?q=Leitgedanken"):
        assert PAPER not in get(world, path).text
    world.now += timedelta(hours=2)
    world.work()
    assert {get(world, path).status_code for path in paths} == {200}


# the description of all of it


def test_every_open_address_is_described_and_every_described_one_is_open(released: World) -> None:
    description = get(released, "/openapi.json").get_json()
    schemathesis.openapi.from_dict(description).validate()
    described = set(description["paths"])
    rules = released.build_app().url_map.iter_rules()
    served = {
        rule.rule.replace("<int:", "<").replace("<", "{").replace(">", "}")
        for rule in rules
        if rule.endpoint
        in OPEN_ENDPOINTS - {"public.public_annex", "public.certificate_pem", "public.verifier"}
    }
    assert described == served


KNOWN = {"slug": SLUG, "name": SLUG, "number": 1}
EVERY_EXAMPLE = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
# The client of schemathesis does not close what it was sent.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("is_known", [True, False])
def test_the_pages_answer_as_described(released: World, is_known: bool) -> None:
    """schemathesis asks each address of this paper, and of others that may not exist."""
    withdrawn(released)
    (release, *_) = store.releases.list_for_round(released.db, released.round().id)
    known = {**KNOWN, "digest": release.sha256} if is_known else {}
    description = schemathesis.openapi.from_wsgi("/openapi.json", released.build_app())
    asked = set()
    for result in description.get_all_operations():
        operation = result.ok()
        names = {parameter.name for parameter in operation.path_parameters}
        chosen = {name: value for name, value in known.items() if name in names}
        strategy = operation.as_strategy(**({"path_parameters": chosen} if chosen else {}))

        @EVERY_EXAMPLE
        @given(strategy)
        def ask(case: Case) -> None:
            answer = case.call_and_validate()
            asked.add((case.operation.path, answer.status_code))

        ask()
    assert {path for path, _ in asked} == set(description.raw_schema["paths"]) - {"/openapi.json"}
    fine = {path for path, status in asked if status == 200}
    assert not is_known or fine >= {path for path, _ in asked} - {"/oembed"}
