"""Access links: what a dead link shows, what link scanners cannot do, and where a token never appears."""

import logging
import re
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.store.connection import transaction
from signoff.web.invitation.pages import INFORMATION_ENDPOINTS
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, OFFICE, SLUG, decline, sign
from tests.form_filling import DECLINE, answering, begin, confirm
from tests.representative import RepresentativeClient
from tests.world import BASE, DEADLINE, LAST_DAY, World, open_round

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
    """The bytes of a dead link's page without the CSRF tokens, which differ."""
    answer = client.open(path, method=method, base_url="http://localhost:8000")
    assert answer.status_code == 404
    return CSRF.sub(b"csrf", answer.data)


def test_every_dead_link_shows_the_same_page(world: World, token: str) -> None:
    client = world.build_app().test_client()
    unknown = get_dead_page(client, "/s/nobodys")
    assert "Dieser Link ist nicht gültig" in unknown.decode()
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


# kinds of link


SECRETS = ("Rückfragen an die Kämmerei", "Sachbearbeitung", "hauptamt@rathaus.example")


class Walk(RepresentativeClient):
    """Every address below links of every kind, of a member that has declined."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        colleague = Colleague("Amt", "Amt", "amt@musterhausen.example")
        actions.delegation.delegate(world.db, world.access(), colleague, world.now)
        ended = Colleague("Archiv", "Archiv", "archiv@musterhausen.example")
        link = actions.delegation.delegate(world.db, world.access(), ended, world.now)
        tokens = world.links()
        actions.delegation.end_by_office(world.db, link.id, "office", world.now)
        with transaction(world.db):
            world.db.execute("UPDATE links SET may_answer = 0 WHERE email = ?", [OFFICE])
        world.answer(MAYOR, decline(SECRETS[0]))
        world.work()
        self.tokens = {
            "representative": tokens[MAYOR],
            "colleague": tokens[colleague.email],
            "information": tokens[OFFICE],
            "ended": tokens[ended.email],
            "unknown": "nobodys",
        }
        self.arguments = {"link_id": str(link.id), "digest": "0" * 64}

    def request_all(self, kind: str) -> dict[str, tuple[int, bool]]:
        """Of each endpoint and method: the status, and whether the answer shows one of the secrets."""
        found = {}
        for rule in self.client.application.url_map.iter_rules():
            if not (rule.endpoint.startswith("invitation.") and "token" in rule.arguments):
                continue
            path = re.sub(
                r"<(?:\w+:)?(\w+)>", lambda name: self.arguments.get(name[1], "{token}"), rule.rule
            ).format(token=self.tokens[kind])
            for method in sorted(rule.methods & {"GET", "POST"}):
                answer = self.client.open(path, method=method, base_url=BASE)
                shown = answer.data.decode("utf-8", "replace")
                answer.close()
                shown += "".join(copy.body for copy in self.copies if copy.digest in shown)
                shows = any(secret in shown for secret in SECRETS)
                found[f"{method} {rule.endpoint}"] = (answer.status_code, shows)
        return found


def test_every_address_below_every_kind_of_link(world: World) -> None:
    walk = Walk(world)
    walk.client.application.config["WTF_CSRF_ENABLED"] = False
    for is_closed in (False, True):
        if is_closed:
            world.now = DEADLINE
            world.closed()
        found = {kind: walk.request_all(kind) for kind in walk.tokens}
        for kind in ("unknown", "ended"):
            assert set(found[kind].values()) == {(404, False)}, kind
        for kind in ("representative", "colleague"):
            readers = {endpoint for endpoint, (_, shows) in found[kind].items() if shows}
            assert readers >= {"GET invitation.receipt_pdf", "GET invitation.receipt_json"}, kind
        information = found["information"]
        assert {endpoint for endpoint, (_, shows) in information.items() if shows} == set()
        for endpoint, (status, _) in information.items():
            expected = (
                (200, 308, 404)  # there is no annex, and no kit after the end
                if endpoint.removeprefix("GET ") in INFORMATION_ENDPOINTS
                else (403,)
            )
            assert status in expected, endpoint


# decorated links


@pytest.mark.parametrize(
    "decorate",
    [*(f"{{}}{each}" for each in (".", ">", ")", ",", ";", ":", "!", '"', "'", "“", "\u200b", " ",
     "\xa0", "&amp;x=1", "_", ">.", "._Danke")), "<{}>", "„{}“", "\u200b{}"],
)  # fmt: skip
def test_a_decorated_link_leads_to_its_page(world: World, token: str, decorate: str) -> None:
    browser = world.browser().open("/s/" + quote(decorate.format(token)))
    assert (browser.path, browser.page) == (f"/s/{token}", "read")
    path = f"/s/{quote(decorate.format(token))}/answer?lang=en"
    assert world.browser().open(path).url.endswith(f"/s/{token}/answer?lang=en")


def test_only_a_valid_token_is_cut_out(world: World, token: str) -> None:
    client = world.build_app().test_client()
    unknown = get_dead_page(client, "/s/nobodys")
    assert get_dead_page(client, f"/s/{alter_token(token)})") == unknown
    assert get_dead_page(client, f"/s/{token})/answer", "POST") == unknown


# a lost mail


def request_link(world: World, member: str, email: str, status: int = 200) -> Browser:
    fields = {"confirm": member, "email": email}
    return world.browser().open("/s").submit(fields, action="/s/fresh", status=status)


@pytest.fixture
def postbox(world: World, token: str) -> list[EmailMessage]:
    """What is mailed after the invitations."""
    world.work()
    world.postbox.clear()
    return world.postbox


def test_who_lost_the_mail_gets_the_link_again(
    world: World, token: str, postbox: list[EmailMessage]
) -> None:
    page = request_link(world, "musterhausen", MAYOR.upper())
    assert (page.path, page.page) == ("/s/fresh", "fresh")
    world.work()
    (message,) = postbox
    assert message["To"].addresses[0].addr_spec == MAYOR
    assert token in message.get_body(("plain",)).get_content()
    assert world.events()[-1] == "link_requested"


def test_a_dead_link_offers_both_ways(
    world: World, token: str, postbox: list[EmailMessage]
) -> None:
    supersede_link(world)
    dead = world.browser().open(f"/s/{token}", 404)
    assert [form.get("action") for form in dead.forms] == ["/s", "/s/fresh"]
    dead.submit({"confirm": "Musterhausen", "email": MAYOR}, action="/s/fresh")
    world.work()
    assert world.links()[MAYOR] in postbox[-1].get_body(("plain",)).get_content()
    code = world.services.token_signer.short_code(world.access().link.public_id, 2)
    dead = world.browser().open(f"/s/{token}", 404)
    assert dead.submit({"code": code}, action="/s").page == "read"


def test_the_page_and_what_it_stores_are_the_same_whether_a_request_fits_or_not(
    world: World, token: str, postbox: list[EmailMessage]
) -> None:
    misfits = [
        ("Beispielstadt", MAYOR),
        ("Musterhausen", "nobody@musterhausen.example"),
        ("Stadt", MAYOR),
    ]
    pages = [request_link(world, *request) for request in misfits]
    stored = store.link_requests.list_all(world.db)
    assert [(each.name, each.email) for each in stored] == misfits
    world.work()
    assert not postbox
    pages.append(request_link(world, "Musterhausen", MAYOR))
    assert len({page.response.data for page in pages}) == 1
    assert len(store.link_requests.list_all(world.db)) == 1, "the worker finds out what fits"
    world.work()
    assert [message["To"].addresses[0].addr_spec for message in postbox] == [MAYOR]
    assert not store.link_requests.list_all(world.db)


@pytest.mark.parametrize(
    ("member", "email", "says"),
    [("", MAYOR, "Name Ihrer Kommune"), ("Musterhausen", "x", "x"), ("Musterhausen", "", "E-Mail")],
)
def test_what_cannot_fit_anything_is_said(
    world: World, token: str, member: str, email: str, says: str
) -> None:
    page = request_link(world, member, email, 422)
    assert page.title.startswith("Fehler:")
    assert says in page.text
    assert not store.link_requests.list_all(world.db)


def test_a_request_counts_by_its_ip_address_alone(world: World, token: str) -> None:
    app = world.build_app()
    for _ in range(60):
        fields = {"confirm": "Musterhausen", "email": MAYOR}
        world.browser(app).open("/s").submit(fields, action="/s/fresh")
    world.browser(app).open("/s").submit(fields, action="/s/fresh", status=429)
    browser = world.browser(app).open("/s")
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    assert browser.submit(fields, action="/s/fresh").page == "fresh"


def test_no_link_goes_out_after_it_has_expired(
    world: World, token: str, postbox: list[EmailMessage]
) -> None:
    expire_link(world)
    world.work()
    postbox.clear()
    request_link(world, "Musterhausen", MAYOR)
    world.work()
    assert not postbox


def test_no_link_goes_out_while_the_opening_can_be_recalled(world: World) -> None:
    world.enrol()
    world.paper()
    wait = timedelta(minutes=10)
    round = open_round(
        world.db, SLUG, actions.rounds.Opening(LAST_DAY), "office", world.now, wait=wait
    )
    request_link(world, "Musterhausen", MAYOR)
    world.work()
    assert not world.postbox
    actions.rounds.recall_opening(world.db, round.id, "office", world.now)


def test_an_unknown_address_names_the_way_back(world: World, token: str) -> None:
    page = world.browser().open("/mitzeichnung", 404)
    assert page.link("öffnen Sie deren Seite mit dem Kurzcode") == "/s"


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
