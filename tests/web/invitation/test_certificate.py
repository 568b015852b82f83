"""The certificate of the process where office and members find it."""

import pytest

from tests import world as cast
from tests.browser import Browser
from tests.representative import RepresentativeClient
from tests.world import World


@pytest.fixture
def desk(world: World) -> RepresentativeClient:
    made = RepresentativeClient(world)
    world.answer(cast.UNWILLING, cast.decline())
    world.answer(cast.MAYOR, cast.sign())
    return made


def test_there_is_none_for_a_member_before_the_round_is_closed(desk: RepresentativeClient) -> None:
    for path in ("certificate.pdf", "certificate.json"):
        desk.get(path, 404)
    desk.world.now = cast.DEADLINE
    desk.get("certificate.json", 404)
    desk.world.closed()
    desk.get("certificate.json")


def test_the_closed_page_leads_to_the_members_own_copy(desk: RepresentativeClient) -> None:
    desk.world.now = cast.DEADLINE
    desk.world.closed()
    desk.world.released()
    browser = Browser(desk.client, cast.BASE).open(f"/s/{desk.token}")

    assert browser.link("Verlauf (PDF)").endswith("/certificate.pdf")
    told = desk.get("certificate.json")
    assert told.json["copy"] == "member" and told.json["member"]["key"] == "01"
    assert (
        told.headers["Cache-Control"] == "no-store"
        and desk.token not in told.text
        and "hringen" not in told.text
    )
    copy = desk.copy("certificate.pdf")
    assert (
        "Stadt Musterhausen" in copy.body
        and "hringen" not in copy.body
        and desk.token not in copy.body
    )


def test_downloading_it_changes_nothing(desk: RepresentativeClient) -> None:
    desk.world.closed()
    before = desk.world.contents()
    for path in ("certificate.pdf", "certificate.json"):
        desk.get(path)
    assert desk.world.contents() == before
