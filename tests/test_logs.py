"""Whatever breaks, pages are ours and no log has a token."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from signoff import actions, logs
from signoff.tokens import TokenPurpose, mask_tokens
from tests.factories import MAYOR
from tests.server import STAFF, Served, instance, serving, until
from tests.world import World

TOKEN = "WyJmNjQyZTYwZjAxMjM0NTY3ODkiLDFd.MEg4hTLxE_yf0aNm-2Qm9YkHqkJ1u0VQ3XWl8oBzM7c"


@pytest.mark.parametrize(
    "line",
    [
        f"GET /s/{TOKEN}/answer",
        f"/login/set-up/{TOKEN}: no such row",
        f"550 https://forum.example/s/{TOKEN}",
        f"Invalid HTTP request line: 'GET /s/{TOKEN} HTTP/9'",
        f"RowNotFound('{TOKEN}')",
        "/calendar/shortened-elsewhere.ics",
    ],
)
def test_tokens_are_masked_and_the_rest_stays(line: str) -> None:
    masked = mask_tokens(line)
    assert TOKEN[:12] not in masked
    assert "shortened" not in masked
    assert masked.startswith(line[:3])
    assert masked.endswith(line[-7:]) or "…" in masked[-12:]


def test_every_address_with_a_token_is_masked_here_and_by_nginx(world: World) -> None:
    conf = Path(__file__).parent.parent / "deploy" / "nginx.conf"
    block = conf.read_text("utf-8").split("map $uri $signoff_path {")[1].split("}\n")[0]
    patterns = [line.split()[0].lstrip("~") for line in block.splitlines() if "~" in line]
    rules = [rule.rule for rule in world.build_app().url_map.iter_rules()]
    paths = [rule.replace("<token>", "secret") for rule in rules if "<token>" in rule]
    assert len(paths) > 30
    paths += [f"/trial/{'0f' * 8}{path}" for path in paths]
    assert [path for path in paths if "secret" in mask_tokens(path)] == []
    assert [path for path in paths if not any(re.match(each, path) for each in patterns)] == []


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.77", "192.0.0.0"), ("2001:db8:5::9", "2001:db8::"), ("", ""), ("unix", "")],
)
def test_of_an_address_the_network_is_kept(address: str, network: str) -> None:
    assert logs.shorten_address(address) == network


@pytest.mark.filterwarnings("error")
def test_what_breaks_a_thread_is_logged_without_tokens(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(threading, "excepthook", logs.log_uncaught_in_thread)

    def fail() -> None:
        raise RuntimeError(f"/s/{TOKEN}")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (record,) = caplog.records
    assert "RuntimeError" in logs.PlainFormatter().format(record)
    assert TOKEN[:12] not in logs.PlainFormatter().format(record)


def test_a_line_in_json_has_its_exception_in_it(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise RuntimeError(f"/s/{TOKEN}")
    except RuntimeError:
        logs.log.exception("broken")
    line = logs.JsonFormatter().format(caplog.records[-1])
    assert "\n" not in line
    facts = json.loads(line)
    assert (facts["level"], facts["message"]) == ("error", "broken")
    assert "RuntimeError: /s/…" in facts["exception"]


# A real server, broken at one place after the other.


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("faulty")
    instance(folder, "")
    with serving(folder, module="tests.faulty", SIGNOFF_LOG="json") as running:
        until(lambda: running.count_mails("invitation") == 4)
        yield running


def break_down(server: Served, fault: str) -> None:
    (server.folder / "fault").write_text(f"{fault} /s/{TOKEN} {TOKEN}\n", "utf-8")


def request(url: str, data: bytes | None = None) -> tuple[int, str]:
    headers = {"X-Forwarded-For": "192.0.2.77"}
    try:
        with urlopen(Request(url, data, headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as problem:
        return problem.code, problem.read().decode()


def read_log(server: Served) -> str:
    return (server.folder / "serve.log").read_text("utf-8")


def list_addresses(server: Served) -> list[str]:
    """Addresses with a token in them, each of its own kind."""
    link, sign = server.links()[MAYOR], server.context.services.token_signer.sign
    staff, password = sign(TokenPurpose.STAFF, "1", 1), sign(TokenPurpose.PASSWORD, "1", 1)
    calendar = sign(TokenPurpose.CALENDAR, "1", 1)
    return [
        link,
        f"{link}/answer",
        f"{server.base_url}/login/set-up/{staff}",
        f"{server.base_url}/login/password/{password}",
        f"{server.base_url}/calendar/{calendar}.ics",
    ]


@pytest.mark.slow
def test_no_fault_writes_a_token_into_a_log(faulty: Served) -> None:
    addresses = list_addresses(faulty)
    tokens = {part for url in addresses for part in urlsplit(url).path.split("/") if "." in part}
    for fault in ("none", "database", "damage", "template", "handler", "application"):
        break_down(faulty, fault)
        for url in addresses:
            for data in (None, b"confirm=x"):
                status, page = request(url, data)
                assert status >= 500 or fault == "none", (fault, url, data)
                assert "<h1" in page or status == 200, (fault, url, data, page)
                assert "Traceback" not in page
        request(f"{addresses[0]}/withdraw", b"confirm=x")
    port = urlsplit(faulty.base_url).port or 0
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(f"GET {urlsplit(addresses[0]).path} NONSENSE\r\n\r\n".encode())
        stranger.recv(100)
    until(lambda: "Invalid request" in read_log(faulty))
    context = faulty.context
    faults = (("worker", "uncaught"), ("mail", "uncaught"), ("delivery", "Versand"))
    for back, (fault, words) in zip((3, 2, 1), faults, strict=True):
        before = len(read_log(faulty))
        break_down(faulty, fault)
        # A mail with which a worker has crashed waits for minutes: each fault gets one of its own.
        asked_at = context.now - back * actions.login.PASSWORD_REQUEST_INTERVAL
        actions.login.request_password_reset(context.db, STAFF, asked_at)
        until(lambda: words in read_log(faulty)[before:])  # noqa: B023
    written = read_log(faulty)
    for token in {*tokens, TOKEN}:
        assert token[:30] not in written
        assert token[-30:] not in written
    assert "192.0.2.77" not in written
    lines = [json.loads(line) for line in written.splitlines()]
    assert {"time", "level", "message"} <= set.intersection(*map(set, lines))
    answered = [line for line in lines if line.get("route") == "/s/<token>"]
    assert {line["status"] for line in answered} >= {200, 500, 503}
    assert all(line["request"] and line["duration_ms"] >= 0 for line in answered)
    assert {line["network"] for line in answered} == {"127.0.0.0"}
