"""The link: what a dead one shows, what a scanner cannot do with a living one, and where it never stands."""

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from signoff import store
from signoff.store.connection import transaction
from tests.browser import Browser
from tests.form_filling import DECLINE, answering, begin, confirm
from tests.web.looking import rows
from tests.world import DEADLINE, HESITANT, MAYOR, OFFICE, World, sign

CSRF = re.compile(rb'name="csrf_token" value="[^"]+"')
MONTHS = timedelta(days=91)


@pytest.fixture
def token(world: World) -> str:
    world.opened()
    return world.links()[MAYOR]


def superseded(world: World) -> None:
    link = world.access().link
    with transaction(world.db):
        store.rounds.renew_link(world.db, link.id, MAYOR)


def ended(world: World) -> None:
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.closed()
    world.released()
    world.now = DEADLINE + MONTHS


def page_of(client: FlaskClient, path: str, method: str = "GET") -> bytes:
    """The bytes of a dead link's page, but for the token and the form's own secret."""
    answer = client.open(path, method=method, base_url="http://localhost:8000")
    assert answer.status_code == 404
    token = path.split("/")[2].encode()
    return CSRF.sub(b"csrf", answer.data).replace(token, b"TOKEN")


def test_every_dead_link_shows_the_same_page(world: World, token: str) -> None:
    client = world.app().test_client()
    unknown = page_of(client, "/s/nobodys")
    assert "Dieser Zugang gilt nicht (mehr)" in unknown.decode()
    assert b"0221 4710-128" in unknown

    ours = {
        "truncated": token[:-5],
        "altered": flipped(token),
        "longer": token + "x",
        "other case": token.swapcase(),
    }
    shown = {name: page_of(client, f"/s/{each}") for name, each in ours.items()}
    superseded(world)
    shown["superseded"] = page_of(client, f"/s/{token}")
    fresh = world.links()[MAYOR]
    ended(world)
    shown["ended"] = page_of(client, f"/s/{fresh}")
    assert {name for name, each in shown.items() if each != unknown} == set()


def flipped(token: str) -> str:
    middle = len(token) // 2
    return token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]


@pytest.mark.parametrize("behind", ["/answer", "/withdraw", "/draft.pdf"])
def test_what_lies_behind_a_dead_link_is_as_dead(world: World, token: str, behind: str) -> None:
    client = world.app().test_client()
    assert page_of(client, f"/s/{flipped(token)}{behind}") == page_of(client, "/s/nobodys")


def test_nothing_can_be_sent_through_a_dead_link(world: World, token: str) -> None:
    clerk = answering(world.browser(), token, "sign")
    superseded(world)
    before = rows(world.db)
    confirm(clerk, status=404)
    assert clerk.page == "unknown" and rows(world.db) == before


def test_a_link_dies_ninety_days_after_the_release(world: World, token: str) -> None:
    ended(world)
    world.now = DEADLINE + timedelta(days=90)
    assert world.browser().open(f"/s/{token}").page == "closed"
    world.now += timedelta(seconds=1)
    assert world.browser().open(f"/s/{token}", 404).page == "unknown"


# a fresh one


def ask(world: World, token: str, place: str) -> Browser:
    return world.browser().open(f"/s/{token}", 404).submit({"confirm": place})


def test_a_new_link_goes_to_the_registered_address_alone(world: World, token: str) -> None:
    superseded(world)
    world.work()
    world.postbox.clear()
    ask(world, token, "Musterhausen")
    world.work()
    (message,) = world.postbox
    assert message["To"].addresses[0].addr_spec == MAYOR
    assert world.links()[MAYOR] in message.get_body(("plain",)).get_content()
    assert world.browser().open(f"/s/{world.links()[MAYOR]}").page == "read"


@pytest.mark.parametrize("place", ["", "Beispielstadt", "Stadt"])
def test_without_the_municipalitys_name_no_link_is_mailed(
    world: World, token: str, place: str
) -> None:
    superseded(world)
    before = rows(world.db)
    ask(world, token, place)
    assert rows(world.db) == before


def test_asking_shows_the_same_page_whether_or_not_the_link_was_ours(
    world: World, token: str
) -> None:
    superseded(world)
    asked = [
        ask(world, token, "Musterhausen"),
        ask(world, flipped(token), "Musterhausen"),
        ask(world, token, "x"),
    ]
    assert len({each.response.data for each in asked}) == 1
    assert {each.path for each in asked} == {"/s/fresh"}
    assert MAYOR not in asked[0].text


def test_asking_again_and_again_is_one_mail(world: World, token: str) -> None:
    superseded(world)
    world.work()
    world.postbox.clear()
    for _ in range(5):
        ask(world, token, "Musterhausen")
    world.work()
    assert len(world.postbox) == 1


# scanners


@pytest.mark.parametrize(
    "behind", ["", "/", "?text=1", "/answer", "/withdraw", "/draft.pdf", "/answer?back=review"]
)
def test_a_hundred_visits_change_nothing(world: World, token: str, behind: str) -> None:
    world.answer(OFFICE, sign())
    world.work()
    client, before = world.app().test_client(), rows(world.db)
    for method in ["GET", "HEAD"] * 50:
        answer = client.open(
            f"/s/{token}{behind}", method=method, base_url="http://localhost:8000", buffered=True
        )
        assert answer.status_code in (200, 308)
    assert rows(world.db) == before
    assert (
        confirm(
            begin(world.browser(), world.links()[HESITANT]).submit(DECLINE), "Beispielstadt"
        ).page
        == "receipt"
    )


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_change_nothing(world: World, token: str, method: str) -> None:
    before = rows(world.db)
    answer = (
        world.app()
        .test_client()
        .open(f"/s/{token}/answer", method=method, base_url="http://localhost:8000")
    )
    assert answer.status_code in (200, 400, 405)
    assert rows(world.db) == before


# where a token never stands


def test_no_token_stands_in_the_log_the_database_or_a_referer(
    world: World, token: str, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    clerk = answering(world.browser(), token, "sign")
    confirm(clerk, "Nirgendwo", 422)
    confirm(clerk)
    assert clerk.response.headers["Referrer-Policy"] == "strict-origin"
    world.work()
    world.browser().open(f"/s/{flipped(token)}", 404)
    world.browser(broken(world)).open(f"/s/{token}/draft.pdf", 500)
    assert "unexpected error in GET invitation.draft_pdf" in caplog.text
    assert token[:12] not in caplog.text and flipped(token)[-12:] not in caplog.text
    assert token not in repr(rows(world.db))


def broken(world: World) -> Flask:
    """The application with an archive that fails."""
    return world.app(archive=None)


def test_the_receipt_prints_its_number_and_never_the_link(world: World, token: str) -> None:
    clerk = confirm(answering(world.browser(), token, "sign"))
    assert world.invitation_status().invitation.reference in clerk.text
    assert token not in clerk.text and token not in clerk.title and "/s/" not in clerk.text
