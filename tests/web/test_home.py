"""The first page: who speaks, the newest paper, what is open, the archive and its search."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from signoff import actions
from signoff.i18n.line_breaks import INNER_SPACES, iter_parts, keep_together
from tests.browser import Browser
from tests.factories import FORUM, HESITANT, MAYOR, SLUG, TEXT, sign
from tests.page_checks import text_of
from tests.world import World

TITLES = ("Hitze in der Stadt", "Licht und Wege", "Bahnhöfe")
SLUGS = ("hitze", "licht", "bahnhof")
DISTRICT = "Große Kreisstadt Beispielstadt"


def publish(world: World, slug: str, title: str, *, months: int = 0, **terms) -> None:
    """A paper that Musterhausen signs, released ``months`` later."""
    world.now += timedelta(days=30 * months)
    world.paper(slug, replace(TEXT, title=title, summary=f"Worum es geht: {title}."))
    last_day = (world.now + timedelta(days=40)).date()
    world.open(slug, last_day, **terms)
    world.answer(MAYOR, sign(), slug=slug)
    world.now = world.round(slug).deadline
    world.closed(slug)
    world.released(slug)


@pytest.fixture
def home(world: World) -> Browser:
    """Three papers, of which the newest one is "Bahnhöfe"; Beispielstadt has signed "Licht" alone."""
    world.enrol()
    publish(world, SLUGS[0], TITLES[0])
    world.paper(SLUGS[1], replace(TEXT, title=TITLES[1]))
    world.open(SLUGS[1], (world.now + timedelta(days=40)).date(), late=True)
    world.answer(HESITANT, sign(DISTRICT), slug=SLUGS[1])
    world.now = world.round(SLUGS[1]).deadline
    world.closed(SLUGS[1])
    world.released(SLUGS[1])
    publish(world, SLUGS[2], TITLES[2], months=9)
    return world.browser()


def ask(page: Browser, **asked: str) -> Browser:
    """Send the form of the page that only asks, as a browser does without script."""
    (form,) = page.root.iterfind(".//main//form[@method='get']")
    fields = {field.get("name"): field for field in form.iter() if field.get("name")}
    assert asked.keys() <= fields.keys()
    hidden = {
        name: field.get("value") for name, field in fields.items() if field.get("type") == "hidden"
    }
    address = form.get("action").partition("#")[0].partition("?")[0]
    return page.open(f"{address}?{urlencode(hidden | asked)}")


def titles(page: Browser, tag: str) -> list[str]:
    return [text_of(each) for each in page.root.iterfind(f".//{tag}")]


def test_an_empty_first_page_says_so_and_whom_to_ask(world: World) -> None:
    page = world.browser().open("/")
    assert "Bisher ist kein Papier veröffentlicht." in page.text
    assert page.forms == []
    assert FORUM.telephone in page.text
    assert page.root.find(".//a[@href='tel:+492214710128']") is not None, "from abroad, too"


def test_no_line_breaks_inside_an_abbreviation_of_a_shown_name(world: World) -> None:
    world.enrol()
    publish(world, SLUG, TEXT.title)
    page = world.browser()
    for path in ("/", f"/papers/{SLUG}", f"/papers/{SLUG}/embed"):
        shown = page.open(path).response.text.partition("<body")[2]
        assert "e.\u00a0V." in shown
        assert "e. V." not in shown
    assert FORUM.name in page.open("/feed.atom").response.text, "data keep the name as it is"


KEPT = {
    "Rothenburg o. d. T.": "Rothenburg o.\u00a0d.\u00a0T.",
    "z. B. am 12. März": "z.\u00a0B. am 12.\u00a0März",
    "nach § 3 Abs. 2 und Art. 6": "nach §\u00a03 Abs.\u00a02 und Art.\u00a06",
    "<li>e. V.</li>": "<li>e.\u00a0V.</li>",
    "<p>Das Haus. 3 Wege. Im Jahr 2027. Mai": "<p>Das Haus. 3 Wege. Im Jahr 2027. Mai",
    '<input value="e. V."><img alt="§ 3">': '<input value="e. V."><img alt="§ 3">',
    "<textarea>\ne. V. § 3</textarea> e. V.": "<textarea>\ne. V. § 3</textarea> e.\u00a0V.",
    "<p>a. b. c. d. e. f. g. 1. 2. 3": "<p>a.\u00a0b.\u00a0c.\u00a0d. e. f. g. 1. 2. 3",
    "<option>e. V.</option><title>e. V.</title>": "<option>e. V.</option><title>e. V.</title>",
}


@pytest.mark.parametrize("html", KEPT)
def test_what_belongs_together_stays_on_one_line_except_in_what_a_form_sends(html: str) -> None:
    assert keep_together(html) == KEPT[html]


@pytest.mark.parametrize("begin", ["<textarea>", '<input value="', '<option value="'])
def test_a_long_text_that_is_not_shown_is_passed_over_as_a_whole(begin: str) -> None:
    """Anybody may send one of two megabytes; to look at each of its spaces took 20 seconds."""
    for pattern in INNER_SPACES:
        assert len(list(iter_parts(pattern, f"{begin}{100 * '§ 1. '}"))) == 1


def test_the_first_page_says_who_speaks_and_for_how_many(home: Browser) -> None:
    page = home.open("/")
    assert "Städteforum" in page.text
    assert "Was unsere 5 Mitglieder aus 3 Bundesländern gemeinsam vertreten" in page.text


def test_the_newest_paper_leads_with_summary_count_map_and_pdf(home: Browser) -> None:
    page = home.open("/")
    assert titles(page, "h2")[0] == TITLES[2]
    assert f"Worum es geht: {TITLES[2]}." in page.text
    (drawing,) = page.root.iterfind(".//figure//*[@aria-label]")
    assert drawing.get("aria-label") == "Karte: Mitzeichnungen je Land. Hessen 1"
    page.follow("Papier lesen")
    assert page.page == "paper"
    pdf = f"/papers/{SLUGS[2]}/{SLUGS[2]}.pdf"
    assert home.open("/").root.find(f".//section//a[@href='{pdf}']") is not None


def test_earlier_papers_are_under_their_years(home: Browser) -> None:
    page = home.open("/")
    assert [title for title in titles(page, "h3") if title.isdigit()] == ["2027"]
    assert titles(page, "h4") == [TITLES[1], TITLES[0]]
    assert page.root.find(".//nav[@aria-label='Jahre']") is None


def test_a_long_archive_leads_to_its_years(world: World) -> None:
    world.enrol()
    for number in range(5):
        publish(world, f"papier-{number}", f"Papier {number}", months=11)
    page = world.browser().open("/")
    years = [title for title in titles(page, "h3") if title.isdigit()]
    links = page.root.findall(".//nav[@aria-label='Jahre']//a")
    assert len(years) == 4
    assert [link.text for link in links] == years
    assert all(page.root.find(f".//h3[@id='{link.get('href')[1:]}']") is not None for link in links)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("beispielstadt", [TITLES[1]]),
        ("MUSTERHAUSEN", [TITLES[2], TITLES[0]]),
        ("licht", [TITLES[1]]),
        ("Ähringen", []),
        ("100 %", []),
    ],
)
def test_the_search_finds_titles_and_signatories(
    home: Browser, words: str, found: list[str]
) -> None:
    page = ask(home.open("/"), q=words)
    assert titles(page, "h4") == found
    assert ("steht hier kein Papier" in page.text) == (not found)
    assert page.root.find(".//input[@id='q']").get("value") == words
    assert page.root.find(".//meta[@name='robots']").get("content") == "noindex"


def test_the_search_names_who_was_found_and_keeps_the_language(home: Browser) -> None:
    page = ask(home.open("/?lang=en"), q="beispiel")
    assert f"Co-signed by: {DISTRICT}." in page.text


def test_who_has_withdrawn_or_was_never_public_is_not_found(world: World, home: Browser) -> None:
    actions.answers.withdraw(world.db, world.access(HESITANT, SLUGS[1]), form_key="", now=world.now)
    assert titles(home.open("/?q=Beispielstadt"), "h4") == []
    world.paper("offen", replace(TEXT, title="Offenes Papier"))
    world.open("offen", (world.now + timedelta(days=40)).date(), public=True)
    world.answer(HESITANT, sign(DISTRICT), slug="offen")
    assert titles(home.open("/?q=Beispielstadt"), "h4") == []


def test_public_drafts_are_open_for_co_signing_and_others_are_not(world: World) -> None:
    world.enrol()
    for slug, public in (("offen", True), ("geheim", False)):
        world.paper(slug, replace(TEXT, title=f"Papier {slug}"))
        world.open(slug, public=public)
    page = world.browser().open("/")
    assert titles(page, "h3") == ["Papier offen"]
    assert "Rückmeldung der Mitglieder bis Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)" in page.text
    assert "Mitzeichnung bisher" not in page.text
    world.now = world.round("offen").deadline
    assert "Die Mitzeichnung ist beendet" in world.browser().open("/").text


def test_a_planned_release_and_a_retracted_paper_lead_nothing(world: World) -> None:
    world.enrol()
    publish(world, SLUG, TITLES[0])
    actions.releases.retract_release(world.db, world.round().id, "Gericht", "", "office", world.now)
    world.work()
    page = world.browser().open("/")
    assert titles(page, "h4") == [TITLES[0]]
    assert "Zurückgezogen am" in page.text
    assert f"Worum es geht: {TITLES[0]}." not in page.text
    assert page.root.find(".//figure") is None


def test_the_first_page_writes_nothing_and_sets_no_cookie(world: World, home: Browser) -> None:
    before = world.contents()
    for path in ("/", "/?q=muster", f"/papers/{SLUGS[1]}?q=x&sort=place&state=Hessen"):
        assert "Set-Cookie" not in home.open(path).response.headers
    assert world.contents() == before
