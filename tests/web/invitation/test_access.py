"""Access links: what a dead link shows, what link scanners cannot do, and where a token never appears."""

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from signoff import store
from signoff.store.connection import transaction
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, OFFICE, sign
from tests.form_filling import DECLINE, answering, begin, confirm
from tests.world import DEADLINE, World

CSRF = re.compile(rb'name="csrf_token" value="[^"]+"')
AFTER_EXPIRY = timedelta(days=91)


@pytest.fixture
def token(world: World) -> str:
    world.opened()
    return world.links()[MAYOR]


def supersede_link(world: World) -> None:
    link = world.access().link
    with transaction(world.db):
        store.rounds.renew_link(world.db, link.id, MAYOR)


def expire_link(world: World) -> None:
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.closed()
    world.released()
    world.now = DEADLINE + AFTER_EXPIRY


def get_dead_page(client: FlaskClient, path: str, method: str = "GET") -> bytes:
    """The bytes of a dead link's page without the token and the CSRF token, which differ."""
    answer = client.open(path, method=method, base_url="http://localhost:8000")
    assert answer.status_code == 404
    token = path.split("/")[2].encode()
    return CSRF.sub(b"csrf", answer.data).replace(token, b"TOKEN")


def test_every_dead_link_shows_the_same_page(world: World, token: str) -> None:
    client = world.build_app().test_client()
    unknown = get_dead_page(client, "/s/nobodys")
    assert "Dieser Link gilt nicht (mehr)" in unknown.decode()
    assert b"0221 4710-128" in unknown

    invalid_tokens = {
        "truncated": token[:-5],
        "altered": alter_token(token),
        "longer": token + "x",
        "other case": token.swapcase(),
    }
    pages = {
        name: get_dead_page(client, f"/s/{invalid_token}")
        for name, invalid_token in invalid_tokens.items()
    }
    supersede_link(world)
    pages["superseded"] = get_dead_page(client, f"/s/{token}")
    new_token = world.links()[MAYOR]
    expire_link(world)
    pages["ended"] = get_dead_page(client, f"/s/{new_token}")
    assert {name for name, page in pages.items() if page != unknown} == set()


def alter_token(token: str) -> str:
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


@pytest.mark.parametrize("behind", ["/answer", "/withdraw", "/draft.pdf"])
def test_pages_below_a_dead_link_show_the_page_of_dead_links(
    world: World, token: str, behind: str
) -> None:
    client = world.build_app().test_client()
    assert get_dead_page(client, f"/s/{alter_token(token)}{behind}") == get_dead_page(
        client, "/s/nobodys"
    )


def test_a_dead_link_accepts_no_answer(world: World, token: str) -> None:
    clerk = answering(world.browser(), token, "sign")
    supersede_link(world)
    before = world.contents()
    confirm(clerk, status=404)
    assert clerk.page == "unknown"
    assert world.contents() == before


def test_a_link_expires_ninety_days_after_the_release(world: World, token: str) -> None:
    expire_link(world)
    world.now = DEADLINE + timedelta(days=90)
    assert world.browser().open(f"/s/{token}").page == "closed"
    world.now += timedelta(seconds=1)
    assert world.browser().open(f"/s/{token}", 404).page == "unknown"


# a new link


def request_new_link(world: World, token: str, confirmation: str) -> Browser:
    return world.browser().open(f"/s/{token}", 404).submit({"confirm": confirmation})


def test_a_new_link_goes_only_to_the_registered_address(world: World, token: str) -> None:
    supersede_link(world)
    world.work()
    world.postbox.clear()
    request_new_link(world, token, "Musterhausen")
    world.work()
    (message,) = world.postbox
    assert message["To"].addresses[0].addr_spec == MAYOR
    assert world.links()[MAYOR] in message.get_body(("plain",)).get_content()
    assert world.browser().open(f"/s/{world.links()[MAYOR]}").page == "read"


@pytest.mark.parametrize("confirmation", ["", "Beispielstadt", "Stadt"])
def test_without_the_municipalitys_name_no_link_is_mailed(
    world: World, token: str, confirmation: str
) -> None:
    supersede_link(world)
    before = world.contents()
    request_new_link(world, token, confirmation)
    assert world.contents() == before


def test_requesting_a_new_link_shows_the_same_page_for_any_token(world: World, token: str) -> None:
    supersede_link(world)
    browsers = [
        request_new_link(world, token, "Musterhausen"),
        request_new_link(world, alter_token(token), "Musterhausen"),
        request_new_link(world, token, "x"),
    ]
    assert len({browser.response.data for browser in browsers}) == 1
    assert {browser.path for browser in browsers} == {"/s/fresh"}
    assert MAYOR not in browsers[0].text


def test_repeated_requests_for_a_new_link_send_one_mail(world: World, token: str) -> None:
    supersede_link(world)
    world.work()
    world.postbox.clear()
    for _ in range(5):
        request_new_link(world, token, "Musterhausen")
    world.work()
    assert len(world.postbox) == 1


# scanners


@pytest.mark.parametrize(
    "behind", ["", "/", "?text=1", "/answer", "/withdraw", "/draft.pdf", "/answer?back=review"]
)
def test_opening_a_link_changes_nothing(world: World, token: str, behind: str) -> None:
    world.answer(OFFICE, sign())
    world.work()
    client, before = world.build_app().test_client(), world.contents()
    for method in ["GET", "HEAD"] * 50:
        answer = client.open(
            f"/s/{token}{behind}", method=method, base_url="http://localhost:8000", buffered=True
        )
        assert answer.status_code in (200, 308)
    assert world.contents() == before
    assert (
        confirm(
            begin(world.browser(), world.links()[HESITANT]).submit(DECLINE), "Beispielstadt"
        ).page
        == "receipt"
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_change_nothing(world: World, token: str, method: str) -> None:
    before = world.contents()
    answer = (
        world.build_app()
        .test_client()
        .open(f"/s/{token}/answer", method=method, base_url="http://localhost:8000")
    )
    assert answer.status_code in (200, 400, 405)
    assert world.contents() == before


# where a token never appears


def test_no_token_appears_in_the_log_the_database_or_a_referer(
    world: World, token: str, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    clerk = answering(world.browser(), token, "sign")
    confirm(clerk, "Nirgendwo", 422)
    confirm(clerk)
    assert clerk.response.headers["Referrer-Policy"] == "strict-origin"
    world.work()
    world.browser().open(f"/s/{alter_token(token)}", 404)
    world.browser(create_broken_app(world)).open(f"/s/{token}/draft.pdf", 500)
    assert "unexpected error in GET invitation.draft_pdf" in caplog.text
    assert token[:12] not in caplog.text
    assert alter_token(token)[-12:] not in caplog.text
    assert token not in repr(world.contents())


def create_broken_app(world: World) -> Flask:
    """The application without an archive, so that reading a file fails."""
    return world.build_app(archive=None)


def test_the_receipt_prints_its_number_and_never_the_link(world: World, token: str) -> None:
    clerk = confirm(answering(world.browser(), token, "sign"))
    assert world.invitation_status().invitation.reference in clerk.text
    assert token not in clerk.text
    assert token not in clerk.title
    assert "/s/" not in clerk.text
