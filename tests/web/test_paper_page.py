"""A released paper: its list searched and sorted, its map, what became of it, and what programs read."""

import json
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from PIL import Image

from signoff import actions, store
from signoff.domain.papers import Text
from signoff.store.connection import transaction
from signoff.web import public_lists
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, SLUG, STRANGER, UNWILLING, decline, member, sign
from tests.page_checks import text_of
from tests.schema_org import find_errors
from tests.web.test_home import ask
from tests.world import BASE, DEADLINE, World, add_edition

PAPER = f"/papers/{SLUG}"
SUMMARY = "Plätze gehören „allen“ & jedem."
TEXT = Text(
    "Öffentlicher Raum: <für> alle",
    "<h2>Text</h2><p>Wort.</p>",
    summary=SUMMARY,
    contact="Fachbereich Plätze, 0221 4710",
)
CITIES = [
    member(f"{number:02}", f"Ort {number:02}", f"Stadt Ort {number:02}", f"ort{number}@x.example")
    for number in range(1, 14)
]
ABROAD = replace(
    member("AT", "Fernstadt", "Stadt Fernstadt", STRANGER, state=""), country="AT", kind="Land"
)


def release(world: World, *, late: bool = True, **terms) -> Browser:
    """Thirteen cities in Hessen and one abroad have signed, the last first, one with a note."""
    world.enrol([*CITIES, ABROAD])
    world.paper(text=TEXT)
    world.open(late=late, **terms)
    for row in reversed(CITIES):
        note = "Nur wo Platz ist." if row.key == "03" else ""
        world.now += (DEADLINE - world.now) / 40
        world.answer(row.representatives[0].email, sign(row.official_name, note))
    world.answer(STRANGER, sign("Stadt Fernstadt"))
    world.now = DEADLINE
    world.closed()
    for status in world.round_status().undecided:
        actions.amendments.decide(world.db, status.invitation.id, "note", True, "x", world.now)
    world.released()
    return world.browser().open(PAPER)


def names(page: Browser) -> list[str]:
    return [
        text_of(each).split(",")[0]
        for each in page.root.iterfind(".//section[@id='liste']//li/..//strong")
    ]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "ort 03"}, ["Ort 03"]),
        ({"state": "AT"}, ["Fernstadt"]),
        ({"kind": "Land"}, ["Fernstadt"]),
        ({"note": "yes"}, ["Ort 03"]),
        ({"q": "niemand"}, []),
    ],
)
def test_the_list_is_searched_and_filtered(
    world: World, asked: dict[str, str], found: list[str]
) -> None:
    page = ask(release(world), **asked)
    assert names(page) == found
    assert f"{len(found)} von 14 Einträgen" in page.text
    assert ("passt kein Eintrag" in page.text) == (not found)
    assert page.root.find(".//meta[@name='robots']") is not None
    assert len(names(page.follow("Alle anzeigen"))) == 14


def test_the_list_is_sorted_as_the_reader_wants(world: World) -> None:
    page = release(world)
    assert names(page)[0] == "Ort 01"
    assert names(ask(page, sort="place"))[0] == "Fernstadt"
    assert names(ask(page, sort="accession"))[0] == "Ort 13"


def test_the_order_of_accession_stays_private_where_no_days_are_published(world: World) -> None:
    page = release(world, signing_dates=False)
    assert "nach Datum der Mitzeichnung" not in page.text
    assert names(page.open(f"{PAPER}?sort=accession")) == names(page.open(PAPER))


def test_a_note_keeps_its_number_and_link_in_a_filtered_list(world: World) -> None:
    world.enrol([*CITIES[:2]])
    world.paper(text=TEXT)
    world.open()
    for row in CITIES[:2]:
        world.answer(row.representatives[0].email, sign(row.official_name, f"Notiz {row.key}"))
    world.now = DEADLINE
    world.closed()
    for status in world.round_status().undecided:
        actions.amendments.decide(world.db, status.invitation.id, "note", True, "x", world.now)
    world.released()
    page = world.browser().open(f"{PAPER}?q=ort 02")
    assert "Notiz 02" in page.text
    assert "Notiz 01" not in page.text
    assert page.root.find(".//li[@id='note-2']").get("value") == "2"


def test_a_long_list_comes_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_lists, "MAX_ENTRIES", 5)
    page = release(world)
    assert len(names(page)) == 5
    assert "13 Kommunen" in text_of(page.root.find(".//section[@id='liste']//h3"))
    seen = names(page) + names(page.follow("Nächste Seite")) + names(page.follow("Nächste Seite"))
    assert len(seen) == len(set(seen)) == 14


def test_map_and_table_show_who_signs_now_and_never_who_was_asked(world: World) -> None:
    page = release(world)
    (drawing,) = page.root.iterfind(".//figure//*[@aria-label]")
    assert drawing.get("aria-label") == "Karte: Mitzeichnungen je Land. Hessen 13"
    rows = [text_of(row) for row in page.root.iterfind(".//tbody/tr")]
    assert rows == ["Hessen 13", "Österreich 1"]
    actions.answers.withdraw(
        world.db, world.access(CITIES[0].representatives[0].email), form_key="", now=world.now
    )
    rows = [text_of(row) for row in page.open(PAPER).root.iterfind(".//tbody/tr")]
    assert rows == ["Hessen 12", "Österreich 1"]


def test_a_short_list_has_no_form(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt"))
    world.answer(UNWILLING, decline())
    world.closed()
    world.released()
    page = world.browser().open(PAPER)
    assert page.forms == []
    assert "hringen" not in page.response.text


def test_the_paper_names_its_contact_and_how_to_cite_it(world: World) -> None:
    page = release(world)
    assert "Zum Text: Fachbereich Plätze, 0221 4710" in page.text
    cited = text_of(page.root.find(".//section[@id='weitergeben']")).replace("\xa0", " ")
    assert f"{TEXT.title} (Fassung 1, Stand " in cited
    assert f" 24:00 Uhr (MESZ)). {BASE}{PAPER}" in cited
    mail = page.link("Per E-Mail empfehlen")
    assert mail.startswith(
        "mailto:?subject=%C3%96ffentlicher%20Raum%3A%20%3Cf%C3%BCr%3E%20alle&body="
    )


def test_earlier_editions_of_the_text_stay_on_the_page(world: World) -> None:
    page = release(world)
    first = store.releases.find_for_round(world.db, world.round().id)
    for_good = (f"{PAPER}/signatories-1.json", f"{PAPER}/{SLUG}-1.pdf")
    before = [page.client.get(path, buffered=True).data for path in for_good]
    add_edition(world.db, SLUG, 1, "office", world.now)
    world.open(last_day=date(2027, 6, 30))
    world.now = world.round().deadline
    world.closed()
    world.released()
    page.open(PAPER)
    section = text_of(page.root.find(".//section[@id='ausgaben']"))
    assert "Frühere Fassung 1 des Textes" in section
    assert first.sha256[:8] in section
    assert [page.client.get(path, buffered=True).data for path in for_good] == before
    newest = store.releases.find_for_round(world.db, world.round().id)
    second = page.client.get(f"{PAPER}/{SLUG}-2.pdf", buffered=True)
    assert second.headers["ETag"] == f'"{newest.sha256}"'
    page.open(PAPER).follow("Fassung 1 mit der heutigen vergleichen")
    assert "Der Wortlaut ist gleich." in page.text
    page.open(f"{PAPER}/comparison/2", 404)


# what programs read


def metas(page: Browser, attribute: str) -> dict[str, str]:
    return {
        str(each.get(attribute)): str(each.get("content"))
        for each in page.root.iterfind(".//meta")
        if each.get(attribute)
    }


def test_programs_read_title_description_picture_and_addresses(world: World) -> None:
    page = release(world)
    shared = metas(page, "property")
    assert (shared["og:title"], shared["og:description"]) == (TEXT.title, SUMMARY)
    assert shared["og:url"] == f"{BASE}{PAPER}"
    assert metas(page, "name")["description"] == SUMMARY
    links = {
        (each.get("rel"), each.get("hreflang") or each.get("type")): each.get("href")
        for each in page.root.iterfind(".//link")
    }
    assert links["canonical", None] == f"{BASE}{PAPER}"
    assert links["alternate", "en"] == f"{BASE}{PAPER}?lang=en"
    assert links["alternate", "application/atom+xml"] == "/feed.atom"
    english = page.open(f"{PAPER}?lang=en").root.find(".//link[@rel='canonical']")
    assert english.get("href") == f"{BASE}{PAPER}?lang=en"

    picture = page.client.get(shared["og:image"], base_url=BASE)
    assert picture.mimetype == "image/png"
    with Image.open(BytesIO(picture.data)) as image:
        assert image.size == (1200, 630)
        colours = {colour for _count, colour in image.convert("RGB").getcolors()}
        assert image.convert("RGB").getpixel((5, 5)) == (31, 63, 150)  # the bar at the side
        assert {(255, 255, 255), (84, 90, 120), (19, 21, 37)} < colours, "paper and both inks"
        assert 10 < len(colours) <= 16, "edges of letters are smooth, and a pixel takes half a byte"
    again = page.client.get(
        shared["og:image"], base_url=BASE, headers={"If-None-Match": picture.headers["ETag"]}
    )
    assert again.status_code == 304


def test_the_data_of_a_paper_are_one_json_document(world: World) -> None:
    page = release(world)
    (script,) = page.root.iterfind(".//script[@type='application/ld+json']")
    data = json.loads(script.text)
    assert (data["@type"], data["name"], data["abstract"]) == ("Report", TEXT.title, SUMMARY)
    assert data["encoding"]["contentUrl"] == f"{BASE}{PAPER}/{SLUG}.pdf"
    assert data["datePublished"] <= data["dateModified"]
    assert "</" not in script.text


CC_BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize("licence", ["", "CC BY 4.0", CC_BY, f"{CC_BY} (CC BY 4.0)"])
def test_the_data_of_a_paper_are_in_the_words_of_schema_org(world: World, licence: str) -> None:
    association = store.association.get(world.db)
    with transaction(world.db):
        store.association.save(world.db, replace(association, licence=licence))
    page = release(world)
    (script,) = page.root.iterfind(".//script[@type='application/ld+json']")
    data = json.loads(script.text)
    assert data["@context"] == "https://schema.org"
    assert find_errors(data) == []
    assert find_errors(data | {"signatories": "14"}) == ["/signatories: no property of Report"]
    assert find_errors(data | {"url": "papers", "publisher": {"@type": "Report"}}) != []


def test_the_qr_code_is_a_drawing(world: World) -> None:
    page = release(world)
    code = page.client.get(f"{PAPER}/qr.svg", base_url=BASE)
    assert code.mimetype == "image/svg+xml"
    assert b"<svg" in code.data


@pytest.mark.parametrize("name", ["picture.png", "qr.svg"])
def test_nothing_is_drawn_of_a_paper_that_is_not_public(world: World, name: str) -> None:
    world.opened()
    world.browser().open(f"{PAPER}/{name}", 404)


def test_a_draft_is_not_for_search_engines_and_has_no_data(world: World) -> None:
    world.opened(public=True)
    page = world.browser().open(PAPER)
    assert metas(page, "name")["robots"] == "noindex"
    assert page.root.find(".//script[@type='application/ld+json']") is None
