"""The look-up of known weaknesses in ``make check``, with a stand-in for OSV on loopback."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.server import free_port

SCRIPT = Path(__file__).parents[1] / ".ci/audit.py"


class Osv(BaseHTTPRequestHandler):
    """Knows weaknesses of the libraries in ``weak``."""

    weak: set[str] = set()
    odd: bytes | None = None

    def do_POST(self) -> None:
        queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
        names = [each["package"]["name"] for each in queries]
        results = [{"vulns": [{"id": "TEST-1"}]} if name in self.weak else {} for name in names]
        self.send_response(200)
        if self.odd:
            self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(self.odd or json.dumps({"results": results}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def osv() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Osv) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def audit(url: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, SCRIPT, url], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("weak", ["weasyprint", "pytest", "axe-core"])
def test_a_known_weakness_of_any_lock_fails(
    osv: str, weak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Osv, "weak", {weak})
    code, said = audit(osv)
    assert code == 1
    assert said.startswith(f"{weak} ")
    assert said.endswith(": TEST-1\n")


def test_no_known_weakness_passes_and_no_answer_is_said(osv: str) -> None:
    assert audit(osv) == (0, "")
    code, said = audit(f"http://127.0.0.1:{free_port()}")
    assert code == 0
    assert "libraries were not looked up" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("odd", [b"{", b"null".ljust(100), b'{"results": null}'.ljust(100)])
def test_a_broken_answer_is_no_answer(
    osv: str, odd: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Osv, "odd", odd)
    code, said = audit(osv)
    assert code == 0
    assert "libraries were not looked up" in said
    assert len(said.splitlines()) == 1
