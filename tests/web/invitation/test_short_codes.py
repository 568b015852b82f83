"""Short codes: a code opens the page of its link, and guessing a code is hopeless."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from signoff import actions, store
from signoff.app import create_app
from signoff.config import Keys
from signoff.domain import answer_forms
from signoff.services import build_services
from signoff.store.rows import fetch_all
from signoff.tokens import CODE_ALPHABET, CODE_LENGTH, TokenSigner
from signoff.web.invitation.short_codes import LIMIT_WITH_CODE_ALONE
from tests.browser import Browser, fields
from tests.factories import MAYOR, OFFICE
from tests.world import World

NOBODYS = "ACDF-2347"


@pytest.fixture
def reader(world: World) -> Browser:
    world.opened()
    world.work()
    return world.browser()


def read_code(world: World, email: str = MAYOR) -> str:
    """The short code in the newest mail to this address."""
    text = " ".join(world.messages_to(email)[-1].get_body(("plain",)).get_content().split())
    (code,) = re.findall(r"Browsers localhost:8000/s und auf der Seite den Kurzcode (\S+)\.", text)
    return code


def test_the_code_from_the_mail_opens_the_page_of_the_link(world: World, reader: Browser) -> None:
    reader.open("/s").submit(action="/s", fill={"code": read_code(world)})
    assert (reader.page, reader.path) == ("read", f"/s/{world.links()[MAYOR]}")
    assert reader.open("/s/").path == "/s"


@pytest.mark.parametrize(
    "spell",
    [str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code[:3]} {code[3:]} "],
)
def test_case_spaces_and_hyphen_do_not_matter(world: World, reader: Browser, spell) -> None:
    assert (
        reader.open("/s").submit(action="/s", fill={"code": spell(read_code(world))}).page == "read"
    )


def test_characters_that_look_alike_are_accepted() -> None:
    links = TokenSigner([b"k" * 32])
    code = next(
        code
        for number in range(999)
        if {*"2", *"5"} <= {*(code := links.short_code("x" * 22, number))}
    )
    assert links.short_code_digests(
        code.replace("2", "Z").replace("5", "s")
    ) == links.short_code_digests(code)
    assert not set("01OILUBSZ") & set(CODE_ALPHABET)


def test_unknown_ended_and_malformed_codes_get_the_same_page(world: World, reader: Browser) -> None:
    colleague = answer_forms.Colleague("Amt", "Amt", "amt@musterhausen.example")
    link = actions.delegation.delegate(world.db, world.access(), colleague, world.now)
    world.work()
    ended_code = world.services.token_signer.short_code(link.public_id, link.generation)
    assert reader.open("/s").submit(action="/s", fill={"code": ended_code}).page == "read"
    actions.delegation.end_by_office(world.db, link.id, "staff/1", world.now)
    pages = set()
    for code in (ended_code, NOBODYS, "x", "ÄÖÜ?", "A" * 5000):
        reader.open("/s").submit(action="/s", fill={"code": code}, status=404)
        assert "Dieser Kurzcode ist nicht gültig." in reader.text
        pages.add(reader.text)
    assert len(pages) == 1


def test_no_code_is_stored_in_the_database(world: World, reader: Browser) -> None:
    code = read_code(world)
    world.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = world.settings.database.read_bytes()
    assert code.encode() not in stored
    assert code.replace("-", "").encode() not in stored
    assert len(fetch_all(world.db, "SELECT * FROM short_codes")) == 5  # Briefdorf has a letter


def rotate_keys(world: World, *keys: bytes) -> World:
    world.settings = replace(
        world.settings, keys=Keys(links=keys, cookies=world.settings.keys.cookies, log=b"g" * 32)
    )
    world.services = replace(
        world.services, token_signer=build_services(world.settings).token_signer
    )
    return world


def test_a_code_is_valid_until_its_key_is_removed(world: World, reader: Browser) -> None:
    old, (key,) = read_code(world), world.settings.keys.links
    rotate_keys(world, b"n" * 32, key).work()
    new = world.services.token_signer.short_code(world.access().link.public_id, 1)
    assert new != old
    for code in (old, new):
        assert world.browser().open("/s").submit(action="/s", fill={"code": code}).page == "read"
    rotate_keys(world, b"n" * 32)
    world.browser().open("/s").submit(action="/s", fill={"code": old}, status=404)
    assert world.browser().open("/s").submit(action="/s", fill={"code": new}).page == "read"


def test_a_code_that_two_links_share_opens_neither(world: World, reader: Browser) -> None:
    links = [world.access(MAYOR).link, world.access(OFFICE).link]
    with world.db.conn:
        world.db.conn.execute("BEGIN")
        store.rounds.save_short_codes(world.db, "other", [(link, "ab" * 32) for link in links])
    assert actions.short_codes.find_link(world.db, ["ab" * 32]) is None


@pytest.fixture
def proxied_browser(world: World) -> Iterator[Browser]:
    world.opened()
    world.work()
    return Browser(
        create_app(replace(world.settings, proxies=1), clock=lambda: world.now).test_client(),
        "http://localhost:8000",
    )


def guess(browser: Browser, address: str, code: str, times: int) -> list[int]:
    """The status codes of repeated attempts from one IP address."""
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = address
    token = fields(browser.open("/s").form("/s"), {})["csrf_token"]
    request = {"data": {"csrf_token": token, "code": code}, "base_url": "http://localhost:8000"}
    return [browser.client.post("/s", **request).status_code for _ in range(times)]


def test_an_ip_address_can_guess_sixty_times_an_hour(
    world: World, proxied_browser: Browser
) -> None:
    assert set(guess(proxied_browser, "192.0.2.1", NOBODYS, 60)) == {404}
    assert guess(proxied_browser, "192.0.2.1", NOBODYS, 1) == [429]
    assert guess(proxied_browser, "192.0.2.1", read_code(world), 1) == [
        429
    ]  # or guessing would go on
    assert guess(proxied_browser, "192.0.2.2", read_code(world), 1) == [303]


def test_right_codes_are_not_counted(world: World, proxied_browser: Browser) -> None:
    assert set(guess(proxied_browser, "192.0.2.1", read_code(world), 70)) == {303}


def test_a_network_of_ipv6_counts_as_one_address(world: World, proxied_browser: Browser) -> None:
    for number in range(6):
        assert set(guess(proxied_browser, f"2001:db8:1:1::{number}", NOBODYS, 10)) == {404}
    assert guess(proxied_browser, "2001:db8:1:1:ffff::1", NOBODYS, 1) == [429]
    assert guess(proxied_browser, "2001:db8:1:2::1", NOBODYS, 1) == [404]


def test_many_wrong_codes_close_the_door_to_nobody(world: World, proxied_browser: Browser) -> None:
    """After three hundred wrong ones in an hour a code opens its page together with the member's name."""
    for number in range(5):
        assert set(guess(proxied_browser, f"192.0.2.{number}", NOBODYS, 60)) == {404}
    code, browser = read_code(world), proxied_browser
    browser.client.environ_base["HTTP_X_FORWARDED_FOR"] = "192.0.2.99"
    for right_or_wrong in (code, NOBODYS):
        browser.open("/s").submit(action="/s", fill={"code": right_or_wrong}, status=422)
        assert "Bitte geben Sie „Name Ihrer Kommune“ an." in browser.text
    browser.submit(action="/s", fill={"code": code, "member": "Beispielstadt"}, status=404)
    assert "Dieser Kurzcode ist nicht gültig." in browser.text
    browser.submit(action="/s", fill={"code": code, "member": "Musterhausen"})
    assert browser.page == "read"


def test_guessing_is_hopeless() -> None:
    tries = (
        int(LIMIT_WITH_CODE_ALONE.split()[0]) * 24 * 90
    )  # of codes alone, without a pause from the opening to ninety days later
    assert tries * 300 / len(CODE_ALPHABET) ** CODE_LENGTH < 0.001  # 250 members
    assert tries * 13_000 / len(CODE_ALPHABET) ** CODE_LENGTH < 0.04  # every German municipality
