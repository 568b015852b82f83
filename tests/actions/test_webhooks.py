"""Other programs are told what has happened: signed, in order, again if need be, and in public alone."""

import json
import ssl
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from hmac import new
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from signoff import actions, store, webhooks
from signoff.config import SettingsError, load_settings, save_settings
from signoff.domain.rounds import Terms
from signoff.domain.webhooks import RETRIES, WebhookError
from tests.actions.test_late import AFTERWARDS, NO, joined, withdrawn
from tests.factories import HESITANT, MAYOR, SLUG, UNWILLING, decline, pending, sign
from tests.mail.test_transport_smtp import issue_certificate
from tests.world import BASE, LAST_DAY, World, open_round

HOOK, OTHER = "https://cms.verband.example/hook?key=1", "https://press.verband.example/"
SECRET = b"s" * 32


class Receiver:
    """What the addresses get; ``refusals`` says how often each refuses."""

    def __init__(self, **refusals: int) -> None:
        self.taken: list[tuple[str, str, dict]] = []
        self.attempts: list[str] = []
        self.refusals = {HOOK: 0, OTHER: 0}

    def __call__(self, url: str, id: str, body: bytes) -> None:
        self.attempts.append(id)
        if self.refusals[url]:
            self.refusals[url] -= 1
            raise WebhookError("cms.verband.example: HTTP 503")
        self.taken.append((url, id, json.loads(body)))

    def types(self, url: str = HOOK) -> list[str]:
        return [message["type"] for address, _, message in self.taken if address == url]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def hooked(world: World, receiver: Receiver) -> World:
    """An instance whose worker tells both addresses, from now on."""
    world.settings = replace(world.settings, webhooks=f"{HOOK} {OTHER}")
    world.services = replace(world.services, post_webhook=receiver)
    world.enrol()
    world.paper()
    world.work()
    return world


def test_opening_closing_release_late_signature_withdrawal_and_retraction_are_reported(
    hooked: World, receiver: Receiver
) -> None:
    hooked.open(public=True, late=True)
    hooked.answer(MAYOR, sign())
    hooked.answer(HESITANT, sign())
    withdrawn(hooked, HESITANT)  # before the closing it is nobody's business
    hooked.answer(HESITANT, pending())
    hooked.answer(UNWILLING, decline())
    hooked.closed()
    release = hooked.released()
    hooked.now = AFTERWARDS
    joined(hooked, NO)
    joined(hooked)
    withdrawn(hooked)
    actions.releases.retract_release(
        hooked.db, hooked.round().id, "Gericht", "", "office", hooked.now
    )
    hooked.work()
    expected = [
        "round.opened",
        "round.closed",
        "paper.released",
        "signature.added",
        "signature.withdrawn",
        "paper.withdrawn",
    ]
    assert receiver.types() == receiver.types(OTHER) == expected
    assert len(set(receiver.attempts)) == len(expected), "each message has one id"
    (_, _, message) = receiver.taken[4]
    assert message["data"] == {
        "paper": SLUG,
        "title": "Leitgedanken",
        "edition": 1,
        "address": f"{BASE}/papers/{SLUG}",
        "sha256": release.sha256,
    }
    for _, _, message in receiver.taken:
        assert not {"Musterhausen", "Beispielstadt", "Gericht"} & set(json.dumps(message).split())
    assert hooked.events().count("webhook_sent") == 2 * len(expected)


def test_an_opening_that_can_be_recalled_is_not_reported(hooked: World, receiver: Receiver) -> None:
    opening = actions.rounds.Opening(LAST_DAY, ("voll",), Terms(public=True))
    wait = timedelta(minutes=10)
    round = open_round(hooked.db, SLUG, opening, "office", hooked.now, wait=wait)
    hooked.work()
    assert receiver.types() == []
    actions.rounds.recall_opening(hooked.db, round.id, "office", hooked.now)
    hooked.now += wait
    hooked.work()
    assert receiver.types() == []

    open_round(hooked.db, SLUG, opening, "office", hooked.now, wait=wait)
    hooked.now += wait
    hooked.work()
    assert receiver.types() == ["round.opened"]


def test_a_round_without_public_draft_is_reported_at_its_release(
    hooked: World, receiver: Receiver
) -> None:
    hooked.open()
    hooked.answer(MAYOR, sign())
    hooked.closed()
    hooked.work()
    assert receiver.attempts == []
    hooked.released()
    hooked.work()
    assert receiver.types() == ["paper.released"]


def test_a_planned_release_is_reported_at_its_hour(hooked: World, receiver: Receiver) -> None:
    hooked.open()
    hooked.answer(MAYOR, sign())
    hooked.closed()
    hooked.released(at=hooked.now + timedelta(hours=2))
    assert "paper.released" not in receiver.types()
    hooked.now += timedelta(hours=2)
    hooked.work()
    assert receiver.types()[-1] == "paper.released"


def test_a_message_that_is_not_taken_is_tried_again_in_order_and_holds_up_nobody_else(
    hooked: World, receiver: Receiver
) -> None:
    receiver.refusals[HOOK] = 2
    hooked.open(public=True)
    hooked.closed()
    hooked.work()
    assert receiver.types(OTHER) == ["round.opened", "round.closed"]
    assert receiver.types() == []
    for pause in RETRIES[:2]:
        hooked.now += pause - timedelta(seconds=1)
        hooked.work()
        assert receiver.types() == []
        hooked.now += timedelta(seconds=1)
        hooked.work()
    assert receiver.types() == ["round.opened", "round.closed"]


def test_a_message_is_given_up_after_the_last_retry_and_the_log_says_why(
    hooked: World, receiver: Receiver
) -> None:
    receiver.refusals[HOOK] = len(RETRIES) + 1
    hooked.open(public=True)
    hooked.closed()
    hooked.work()
    for pause in RETRIES:
        hooked.now += pause
        hooked.work()
    assert receiver.types() == ["round.closed"]
    (given_up,) = (entry for entry in hooked.entries() if entry.event == "webhook_given_up")
    assert given_up.details == {
        "host": "cms.verband.example",
        "about": store.audit.get_latest(hooked.db).seq and given_up.details["about"],
        "error": "cms.verband.example: HTTP 503",
    }


def test_a_new_address_gets_no_past_events(hooked: World, receiver: Receiver) -> None:
    hooked.open(public=True)
    hooked.work()
    hooked.settings = replace(hooked.settings, webhooks="https://new.verband.example/")
    receiver.refusals["https://new.verband.example/"] = 0
    hooked.work()
    hooked.closed()
    hooked.work()
    assert receiver.types("https://new.verband.example/") == ["round.closed"]


# the request


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::10.0.0.1", False),
        ("2002:0a00:0001::1", False),
    ],
)
def test_only_public_addresses_are_asked(address: str, allowed: bool) -> None:
    assert webhooks.is_public(address) is allowed


def test_a_name_that_leads_into_the_own_network_is_refused() -> None:
    for url in (
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://2130706433/",
    ):
        with pytest.raises(WebhookError, match="not a public address"):
            webhooks.post(url, "1", b"{}", secret=SECRET, timestamp=0)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("Location", "https://elsewhere.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[HTTPServer, ssl.SSLContext]]:
    key, certificate = issue_certificate(tmp_path, "DNS:localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.requests = []  # type: ignore[attr-defined]
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield listening, ssl.create_default_context(cafile=str(certificate))
        listening.shutdown()


def post(server: tuple[HTTPServer, ssl.SSLContext], path: str, host: str = "localhost") -> None:
    listening, trusted = server
    webhooks.post(
        f"https://{host}:{listening.server_port}{path}",
        "signoff-7",
        b'{"type":"x"}',
        secret=SECRET,
        timestamp=1_800_000_000,
        is_allowed=lambda address: address in ("127.0.0.1", "::1"),
        context=trusted,
    )


def test_a_message_is_signed_as_standard_webhooks_says(server) -> None:
    post(server, "/hook/200")
    ((path, headers, body),) = server[0].requests
    assert (path, body) == ("/hook/200", b'{"type":"x"}')
    signed = new(SECRET, b'signoff-7.1800000000.{"type":"x"}', sha256).digest()
    assert headers["webhook-signature"] == f"v1,{b64encode(signed).decode()}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("signoff-7", "1800000000")


@pytest.mark.parametrize("status", [302, 404, 500])
def test_anything_but_2xx_is_a_failure_and_redirects_are_not_followed(server, status: int) -> None:
    with pytest.raises(WebhookError, match=f"HTTP {status}"):
        post(server, f"/{status}")
    assert len(server[0].requests) == 1


@pytest.mark.filterwarnings("ignore:Exception in thread")
def test_a_certificate_for_another_name_is_refused(server) -> None:
    with pytest.raises(WebhookError, match="CERTIFICATE_VERIFY_FAILED"):
        post(server, "/200", "127.0.0.1")
    assert server[0].requests == []


# the settings


def test_settings_are_checked(world: World, tmp_path: Path) -> None:
    from signoff.cli.instance import STARTER, create_instance

    folder, secret = tmp_path / "own", tmp_path / "secret"
    create_instance(folder, STARTER)
    for url in (
        "http://cms.example/",
        "https://",
        "https://me:pw@cms.example/",
        "ftp://x",
        "https://cms.example:99999/",
        "https://[::1/",
    ):
        with pytest.raises(SettingsError, match="SIGNOFF_WEBHOOKS"):
            load_settings(folder, {"SIGNOFF_WEBHOOKS": url})
    with pytest.raises(SettingsError, match="SIGNOFF_WEBHOOK_SECRET_FILE"):
        load_settings(folder, {"SIGNOFF_WEBHOOKS": HOOK})
    save_settings(folder, {"webhooks": HOOK, "webhook_secret_file": str(secret)})
    for content in ("", "password", "whsec_c2hvcnQ=", "whsec_???"):
        secret.write_text(content)
        secret.chmod(0o600)
        with pytest.raises(SettingsError):
            load_settings(folder, {})
    secret.write_text("whsec_" + b64encode(SECRET).decode())
    assert load_settings(folder, {}).webhooks == HOOK
    secret.chmod(0o644)
    with pytest.raises(SettingsError, match="0644"):
        load_settings(folder, {})
