"""The German handbook: its chapters, their pictures, the way to them, and the names in them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from signoff.config import handbook_folder
from signoff.domain.accounts import Role
from signoff.web.office.handbook import CHAPTERS
from tests.browser import Browser
from tests.web.office.office import Office

CATALOGUE = Path(__file__).parents[3] / "signoff/translations/en/LC_MESSAGES/messages.po"
FILES = sorted(handbook_folder().glob("*.md"))
CHAPTER_FILES = [file for file in FILES if file.stem != "README"]
NAME = re.compile(r"„(.+?)“", re.DOTALL)
# Pages; a name of a letter, a mail or the command line does not count.
OFFICE = re.compile(
    r"templates/(office|login|macros|base|invitation|public)|signoff/web/|signoff/i18n/labels"
)
MAX_LINES = 120
MAX_PICTURES, MAX_PICTURE_SIZE = 8, 100_000  # bytes


@pytest.fixture(scope="module")
def names_on_pages() -> re.Pattern[str]:
    """Every German text of the office's pages; a placeholder stands for any word."""
    with CATALOGUE.open("rb") as lines:
        catalogue = read_po(lines)
    texts = {
        text
        for message in catalogue
        if any(OFFICE.match(file) for file, _ in message.locations)
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
        if text
    }
    patterns = [re.sub(r"%\\\(\w+\\\)s", r"\\S+", re.escape(text)) for text in texts]
    # A text of placeholders alone would fit any name.
    return re.compile("|".join(each for each in patterns if re.search(r"\w{3}", each)))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_quoted_name_is_on_a_page_of_the_office(
    file: Path, names_on_pages: re.Pattern[str]
) -> None:
    names = [" ".join(name.split()) for name in NAME.findall(file.read_text(encoding="utf-8"))]
    assert names or file.stem == "README"
    assert not [name for name in names if not names_on_pages.fullmatch(name)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_chapters_are_short(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_the_contents_and_the_table_of_pages_name_every_chapter() -> None:
    stems = {file.stem for file in CHAPTER_FILES}
    assert set(re.findall(r"\]\((.+?)\.md\)", FILES[0].read_text(encoding="utf-8"))) == stems
    assert set(CHAPTERS.values()) == stems


def test_pictures_are_few_small_and_used() -> None:
    pictures = sorted((handbook_folder() / "bilder").iterdir())
    used = {name for file in FILES for name in re.findall(r"\(bilder/(.+?)\)", file.read_text())}
    assert {picture.name for picture in pictures} == used
    assert len(pictures) <= MAX_PICTURES
    assert max(picture.stat().st_size for picture in pictures) <= MAX_PICTURE_SIZE


def follow_links(browser: Browser) -> Iterator[str]:
    """The addresses of the handbook's pages and pictures that the open page leads to."""
    main = browser.root.find(".//main")
    assert main is not None
    for element in (*main.iter("a"), *main.iter("img")):
        address = element.get("href") or element.get("src") or ""
        if address.startswith("/office/handbook"):
            yield address


def test_the_program_shows_every_chapter_and_every_link_in_it_works(
    empty_office: Office, viewer_of_nothing: Browser
) -> None:
    browser = viewer_of_nothing
    browser.open("/office/handbook")
    assert len(list(follow_links(browser))) == len(CHAPTER_FILES)
    for file in CHAPTER_FILES:
        browser.open(f"/office/handbook/{file.stem}")
        title = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert "".join(browser.root.find(".//h1").itertext()) == title
        assert ".md" not in "".join(follow_links(browser))
        for address in set(follow_links(browser)):
            with browser.client.get(address) as answer:
                assert answer.status_code == 200, address


@pytest.fixture
def viewer_of_nothing(empty_office: Office) -> Browser:
    return empty_office.browser(Role.VIEWER)


@pytest.mark.parametrize(
    "address", ["README", "nowhere", "bilder/nowhere.png", "bilder/..%2FREADME.md"]
)
def test_other_addresses_lead_nowhere(viewer_of_nothing: Browser, address: str) -> None:
    assert viewer_of_nothing.client.get(f"/office/handbook/{address}").status_code == 404


def test_the_help_leads_to_the_chapter_about_the_page(empty_office: Office) -> None:
    browser = empty_office.browser(Role.ADMIN)
    browser.open("/office/setup")
    browser.follow("Der erste Start")
    assert browser.title.startswith("Der erste Start")
    browser.follow("Handbuch")
    assert browser.title.startswith("Handbuch für die Geschäftsstelle")


def test_every_page_of_the_table_exists(empty_office: Office) -> None:
    endpoints = set(empty_office.app.view_functions)
    assert {f"office.{page}" for page in CHAPTERS} <= endpoints


def test_english_readers_are_told_that_the_handbook_is_german(viewer_of_nothing: Browser) -> None:
    sentence = "The handbook is available in German only."
    viewer_of_nothing.open("/office/handbook/verfahren")
    assert sentence not in "".join(viewer_of_nothing.root.itertext())
    viewer_of_nothing.open("/office/handbook/verfahren?lang=en")
    assert sentence in "".join(viewer_of_nothing.root.itertext())
