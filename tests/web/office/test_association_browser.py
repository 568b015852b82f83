"""The association's page and the audit log in a real browser, with and without JavaScript."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from signoff import store
from tests.chromium import faults
from tests.web.office.browser_page import office_page
from tests.web.office.office import new_office
from tests.web.office.test_association import create_image

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_admin_edits_the_association(chromium: Browser, tmp_path: Path, script: bool) -> None:
    office = new_office(tmp_path)
    file = tmp_path / "logo.png"
    file.write_bytes(create_image())
    with office_page(chromium, office, "/office/association", script=script) as page:
        page.locator("[name=email]").fill("keine Adresse")
        page.get_by_label("Name", exact=True).fill("Bund der Städte e. V.")
        page.get_by_role("button", name="Angaben speichern").click()
        page.locator(".so-errors a").first.click()
        expect(page.locator("[name=email]")).to_be_focused()
        assert not script or faults(page) == []
        page.locator("[name=email]").fill("mitzeichnung@staedteforum.example")
        page.get_by_label("Zeitzone").select_option("Europe/Vienna")
        page.get_by_role("button", name="Angaben speichern").click()
        expect(page.get_by_role("status").first).to_contain_text("Die Angaben sind gespeichert.")

        page.get_by_label("Logo hochladen").set_input_files(file)
        page.get_by_role("button", name="Logo übernehmen").click()
        image = page.get_by_role("img", name="Logo: Bund der Städte e. V.")
        expect(image).to_be_visible()
        assert image.evaluate("each => each.naturalWidth") == 1200 if script else True

        page.get_by_role("link", name="Impressum, Englisch").click()
        page.get_by_label("Text (Markdown)").fill("## Provider\n\n[Name of the association]")
        page.get_by_role("button", name="Vorschau zeigen").click()
        expect(page.get_by_role("heading", name="Provider")).to_be_visible()
        assert not script or faults(page) == []
        page.get_by_role("button", name="Text speichern").click()
        expect(page.get_by_text("Noch auszufüllen: 1 Lücke")).to_be_visible()
        page.get_by_label("Text (Markdown)").fill("## Provider\n\nBund der Städte")
        page.get_by_role("button", name="Text speichern").click()
        expect(page.get_by_role("heading", name="Verband", exact=True)).to_be_visible()
        assert not script or faults(page) == []

        page.goto("/office/audit")
        page.get_by_role("link", name="Kette prüfen").or_(
            page.get_by_role("button", name="Kette prüfen")
        ).click()
        expect(page.get_by_text("Die Kette ist unversehrt.")).to_be_visible()
        page.select_option("[name=event]", "logo_changed")
        page.get_by_role("button", name="Filtern").click()
        expect(page.get_by_text("hat das Logo des Verbandes geändert.")).to_be_visible()
        assert not script or faults(page) == []
    assert store.association.get(office.db).time_zone == "Europe/Vienna"
