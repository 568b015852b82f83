"""The certificate of the process where office and members find it."""

import pytest

from tests.browser import Browser
from tests.factories import MAYOR, UNWILLING, decline, sign
from tests.representative import RepresentativeClient
from tests.world import BASE, DEADLINE, World


@pytest.fixture
def representative(world: World) -> RepresentativeClient:
    client = RepresentativeClient(world)
    world.answer(UNWILLING, decline())
    world.answer(MAYOR, sign())
    return client


def test_a_member_gets_no_certificate_before_the_round_is_closed(
    representative: RepresentativeClient,
) -> None:
    for path in ("certificate.pdf", "certificate.json"):
        representative.get(path, 404)
    representative.world.now = DEADLINE
    representative.get("certificate.json", 404)
    representative.world.closed()
    representative.get("certificate.json")


def test_the_closed_page_links_to_the_members_certificate(
    representative: RepresentativeClient,
) -> None:
    representative.world.now = DEADLINE
    representative.world.closed()
    representative.world.released()
    browser = Browser(representative.client, BASE).open(f"/s/{representative.token}")

    assert browser.link("Verlauf (PDF)").endswith("/certificate.pdf")
    payload = representative.get("certificate.json")
    assert payload.json["statement"]["copy"] == "member"
    assert payload.json["statement"]["member"]["key"] == "01"
    assert payload.headers["Cache-Control"] == "no-store"
    assert representative.token not in payload.text
    assert "hringen" not in payload.text
    copy = representative.copy("certificate.pdf")
    assert "Stadt Musterhausen" in copy.body
    assert "hringen" not in copy.body
    assert representative.token not in copy.body


def test_downloading_the_certificate_changes_nothing(representative: RepresentativeClient) -> None:
    representative.world.closed()
    before = representative.world.contents()
    for path in ("certificate.pdf", "certificate.json"):
        representative.get(path)
    assert representative.world.contents() == before
