"""Answering and releasing in a real browser with a real server, with and without JavaScript."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.chromium import NARROW
from tests.factories import HESITANT, MAYOR, SLUG, UNWILLING
from tests.form_filling import CONTACT, NOTE, PUBLICATION, SIGNER
from tests.server import PASSWORD, STAFF, Served, instance, serving, until
from tests.visitor import Visitor, tab_to

pytestmark = pytest.mark.browser


@contextmanager
def serving_links(folder: Path) -> Iterator[Served]:
    instance(folder, "")
    with serving(folder) as running:
        until(lambda: len(running.links()) == 4)
        yield running


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving_links(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for tests that each answer for a member of their own and leave the round open."""
    with serving_links(tmp_path_factory.mktemp("answers")) as running:
        yield running


@pytest.mark.parametrize("script", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_member_signs_and_office_releases_in_a_browser(
    chromium: Browser, served: Served, script: bool
) -> None:
    clerk = Visitor(chromium, served, script=script)
    clerk.go(served.links()[MAYOR])
    clerk.follow("Rückmeldung abgeben")
    clerk.press("Weiter")
    expect(clerk.page).to_have_title(re.compile("Fehler:"))
    clerk.fill({"answer": "sign"})
    clerk.press("Weiter")
    clerk.press("Weiter zu Schritt 3")
    assert clerk.page.locator("[role=alert] a").count() == 5
    clerk.fill({**SIGNER, "decision_date": datetime.now(UTC).date().isoformat()})
    clerk.press("Weiter zu Schritt 3")
    clerk.fill(PUBLICATION)
    clerk.press("Weiter zum Prüfen")
    clerk.press("Zurück zu Schritt 3")
    assert clerk.page.locator("[name=note]").input_value() == NOTE
    clerk.press("Weiter zum Prüfen")
    clerk.press("Mitzeichnung abgeben")
    assert clerk.kind == "review"
    expect(clerk.page).to_have_title(re.compile("Fehler:"))
    clerk.fill({"confirm": "Musterhausen"})
    clerk.press("Mitzeichnung abgeben")
    assert clerk.kind == "receipt"

    office = Visitor(chromium, served, script=script)
    office.go("/office/")
    office.fill({"email": STAFF, "password": "falsch"})
    office.press("Anmelden")
    office.fill({"email": STAFF, "password": PASSWORD})
    office.press("Anmelden")
    office.go("/office/rounds/1")
    assert "Musterhausen" in office.page.locator("main").inner_text()
    office.go("/office/rounds/1/closing")
    office.fill({"reason": "Der Landtag berät.", "sure": True})
    office.press("Weiter")
    office.fill({"confirm": "schließen"})
    office.press("Endgültig schließen")
    office.go("/office/invitations/1#entscheiden")
    office.press("Notiz annehmen")
    until(lambda: printed(served))
    office.go("/office/rounds/1/release")
    office.press("Veröffentlichen")
    assert "Veröffentlicht" in office.page.locator("h1").inner_text() or office.page.url.endswith(
        "/rounds/1"
    )

    clerk.page.reload()
    clerk.look()
    assert clerk.kind == "closed"
    public = Visitor(chromium, served, script=script)
    for path in ("/", f"/papers/{SLUG}", "/verify", "/login", "/s/unknown", "/nothing", "/imprint"):
        public.go(path)
    public.go(f"/papers/{SLUG}")
    address = public.page.get_by_role("link", name=re.compile("PDF herunterladen")).get_attribute(
        "href"
    )
    assert public.context.request.get(f"{served.base_url}{address}").body().startswith(b"%PDF")


def printed(served: Served) -> bool:
    """Whether the final PDF is printed and no other print is due."""
    db = served.context.db
    kinds = [
        tuple(row)
        for row in db.execute("SELECT kind, printed_at IS NOT NULL FROM prints ORDER BY id DESC")
    ]
    db.close()
    return kinds[0] == ("final", 1)


def test_member_declines_by_keyboard(chromium: Browser, shared: Served) -> None:
    person = Visitor(chromium, shared, script=True, size=NARROW)
    page = person.go(shared.links()[UNWILLING])
    tab_to(page, "a", "Rückmeldung abgeben")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "input[name=answer]")
    for _ in range(5):
        if (
            page.evaluate("document.activeElement.checked && document.activeElement.value")
            == "decline"
        ):
            break
        page.keyboard.press("ArrowDown")
    for name, value in {"reason": "Kein Beschluss.", **CONTACT}.items():
        tab_to(page, f"[name={name}]")
        page.keyboard.type(value)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert person.kind == "review"
    tab_to(page, "[name=confirm]")
    page.keyboard.type("Ähringen")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert person.kind == "receipt"
    assert "nicht mit" in page.locator("main").inner_text()


def test_printed_receipt_does_not_show_the_link(
    chromium: Browser, shared: Served, tmp_path: Path
) -> None:
    person = Visitor(chromium, shared, script=True)
    link = shared.links()[HESITANT]
    person.go(link + "/answer")
    person.fill({"answer": "not_competent", **CONTACT})
    person.press("Weiter")
    person.fill({"confirm": "Beispielstadt"})
    person.press("Rückmeldung abgeben")
    file = tmp_path / "receipt.pdf"
    person.page.pdf(path=file)
    text = subprocess.run(
        ["pdftotext", file, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "MZ-" in text
    assert link[-20:] not in text.replace("\n", "")
    assert "/s/" not in text
