"""One search finds members, people, papers, rounds, reference numbers and mail."""

from pathlib import Path

import pytest

from signoff.domain.accounts import Role
from tests.browser import Browser
from tests.web.office.large_round import large_round
from tests.web.office.office import Office
from tests.web.office.pages import count_queries, visible_text


def found(browser: Browser, q: str) -> dict[str, list[str]]:
    """The names of the results by kind."""
    browser.open(f"/office/search?q={q}")
    return {
        "".join(section.find("h2").itertext()): ["".join(a.itertext()) for a in section.iter("a")]
        for section in browser.root.iter("section")
    }


def test_one_search_finds_every_kind(office: Office, viewer: Browser) -> None:
    viewer.open("/office/")
    assert found(viewer, "musterhausen")["Mitglieder"] == ["Stadt Musterhausen"]
    assert found(viewer, "uberlingen")["Mitglieder"] == ["Stadt Überlingen am Fluss"]
    assert found(viewer, "m00003@kommune.example") == {
        "Mitglieder": ["Landeshauptstadt Beispielstadt"],
        "Ansprechpersonen": ["Ansprechperson"],
        "E-Mails": ["Einladung"],
    }
    by_title = found(viewer, "Leitgedanken")
    assert by_title["Positionspapiere"] == by_title["Verfahren"]
    assert by_title["Verfahren"] == ["Leitgedanken zum öffentlichen Raum"]
    assert found(viewer, "mz-2027-0002")["Vorgänge"] == ["MZ-2027-0002"]
    viewer.follow("MZ-2027-0002")
    assert viewer.title.startswith("Landeshauptstadt Beispielstadt")


def test_a_name_that_was_copied_with_its_no_break_spaces_is_found(
    office: Office, viewer: Browser
) -> None:
    viewer.open("/office/")
    assert found(viewer, "Stadt%C2%A0Musterhausen") == found(viewer, "Stadt Musterhausen")
    assert found(viewer, "MZ-2027-0002%C2%A0") == found(viewer, "MZ-2027-0002")


def test_at_most_five_of_each_kind_with_the_way_to_all(tmp_path: Path) -> None:
    office = large_round(tmp_path, 120)
    browser = office.browser(Role.VIEWER)
    results = found(browser, "wasser")
    assert len(results["Mitglieder"]) == 6
    assert results["Mitglieder"][-1] == "Mitglieder: alle 120 zeigen"
    assert count_queries(office, browser, "/office/search?q=wasser") <= 12


@pytest.mark.parametrize("q", ["", "%25", "%00", "xyz" * 100, "a%20OR%201", "&lt;script&gt;"])
def test_odd_searches_find_nothing_and_break_nothing(
    office: Office, viewer: Browser, q: str
) -> None:
    viewer.open(f"/office/search?q={q}")
    assert "Gesucht wird in" in viewer.text or "Nichts gefunden." in visible_text(viewer)
