"""Servers of a provider that asks for OAuth2: one gives tokens, one takes mail, one has a mailbox.

Mail server and mailbox offer XOAUTH2 only and take the tokens of the token server.
"""

import base64
import hashlib
import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aiosmtpd.smtp import MISSING, SMTP, AuthResult

from tests.mail.test_transport_smtp import Server

MAILBOX = "mitzeichnung@staedteforum.example"
CLIENT, SECRET = "signoff-app", "client-secret-ä/+42"  # noqa: S105
SCOPE = "https://mail.provider.example/"


def write_secret(path: Path, secret: str) -> str:
    path.write_text(secret + "\n", encoding="utf-8")
    path.chmod(0o600)
    return str(path)


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TokenServer(ThreadingHTTPServer):
    """Checks client, secret, grant and scope, and issues tokens of so many seconds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TokenHandler)
        self.valid: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.requests: list[dict[str, str]] = []
        self.grants = ("client_credentials", "refresh_token", "authorization_code")
        self.lifetime, self.length = 3600, 600
        self.rotates = False
        self.clock_ahead = timedelta()
        self.answers: list[tuple[int, dict[str, Any]]] = []  # what is said instead
        self.on_request: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the tests."""

    def issue(self, prefix: str) -> str:
        number = len(self.requests)
        return f"{prefix}-{number}-".ljust(self.length if prefix == "token" else 20, "x")

    def grant(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.requests.append(form)
        self.on_request()
        if self.answers:
            return self.answers.pop(0)
        grant = form.get("grant_type", "")
        if form.get("client_id") != CLIENT or form.get("client_secret") != SECRET:
            return 401, {
                "error": "invalid_client",
                "error_description": f"AADSTS7000215: Invalid client secret provided: {form.get('client_secret')}",
            }
        if grant not in self.grants:
            return 400, {"error": "unsupported_grant_type"}
        answer: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.lifetime}
        if grant == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            verifier = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
            if (
                not asked
                or challenge != asked["code_challenge"]
                or form["redirect_uri"] != asked["redirect_uri"]
            ):
                return 400, {"error": "invalid_grant"}
            answer["refresh_token"] = self.issue("refresh")
            self.refresh_tokens.add(answer["refresh_token"])
        elif form.get("scope") != SCOPE:
            return 400, {"error": "invalid_scope", "error_description": "unknown scope"}
        elif grant == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return 400, {"error": "invalid_grant", "error_description": "revoked"}
            if self.rotates:
                self.refresh_tokens.remove(form["refresh_token"])
                answer["refresh_token"] = self.issue("refresh")
                self.refresh_tokens.add(answer["refresh_token"])
        answer["access_token"] = self.issue("token")
        self.valid.add(answer["access_token"])
        return 200, answer

    def consent(self, url: str) -> str:
        """Where the browser goes of a person who consents at ``url``."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert (asked["client_id"], asked["scope"]) == (CLIENT, SCOPE)
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert asked["login_hint"] == MAILBOX
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"


class TokenHandler(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, answer = self.server.grant(
            {name: value[0] for name, value in parse_qs(body).items()}
        )
        content = json.dumps(answer).encode()
        self.send_response(status)
        if status == 307:
            self.send_header("Location", self.path)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) + self.server.clock_ahead, usegmt=True)

    def log_message(self, *_: object) -> None:
        pass


def check_token(response: bytes, tokens: TokenServer) -> bool:
    user, _, rest = response.decode().partition("\x01")
    token = rest.removeprefix("auth=Bearer ").removesuffix("\x01\x01")
    return user == f"user={MAILBOX}" and token in tokens.valid


class MailServer(Server):
    """A mail server that offers XOAUTH2 only.

    ``refusals`` are its next answers to a login with a good token.
    """

    def __init__(self, tokens: TokenServer, scope: str = SCOPE) -> None:
        super().__init__()
        self.tokens, self.scope = tokens, scope
        self.reply = "535 5.7.3 Authentication unsuccessful"
        self.refusals: list[str] = []
        self.challenges_answered: list[bytes] = []
        self.attempts = 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        self.attempts += 1
        blob = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
        assert isinstance(blob, bytes)
        if self.refusals:
            return AuthResult(success=False, handled=False, message=self.refusals.pop(0))
        if check_token(blob, self.tokens):
            return AuthResult(success=True)
        error = {"status": "401", "schemes": "bearer", "scope": self.scope}
        answer = await server.challenge_auth(json.dumps(error))
        assert answer is not MISSING
        self.challenges_answered.append(bytes(answer))
        return AuthResult(success=False, handled=False, message=self.reply)

    def options(self, context: ssl.SSLContext) -> dict[str, object]:
        return {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "auth_exclude_mechanism": ["LOGIN", "PLAIN"],
        }


class Mailbox(socketserver.ThreadingTCPServer):
    """An IMAP server on loopback with one mailbox that is opened by XOAUTH2 only."""

    daemon_threads = True

    def __init__(self, tokens: TokenServer) -> None:
        super().__init__(("127.0.0.1", 0), MailboxHandler)
        self.tokens = tokens
        self.mails: dict[str, bytes] = {}
        self.seen: set[str] = set()
        self.challenges_answered: list[bytes] = []

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"imap://{MAILBOX.replace('@', '%40')}@{host!s}:{port}/INBOX?auth=xoauth2"


class MailboxHandler(socketserver.StreamRequestHandler):
    server: Mailbox

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED] ready")
        is_open = False
        while line := self.rfile.readline().decode().strip():
            tag, command, *words = line.split(" ")
            if command == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 LOGINDISABLED")
            elif command == "AUTHENTICATE" and words == ["XOAUTH2"]:
                is_open = self.authenticate()
                if not is_open:
                    self.say(f"{tag} NO AUTHENTICATE failed.")
                    continue
            elif command == "LOGOUT":
                self.say("* BYE")
                self.say(f"{tag} OK")
                return
            elif not is_open:
                self.say(f"{tag} NO LOGIN failed.")
                continue
            elif command == "SELECT":
                self.say(f"* {len(self.server.mails)} EXISTS")
            elif words[0] == "SEARCH":
                self.say(" ".join(["* SEARCH", *(self.server.mails.keys() - self.server.seen)]))
            elif words[0] == "FETCH":
                mail = self.server.mails[words[1]]
                self.say(f"* 1 FETCH (UID {words[1]} BODY[] {{{len(mail)}}}")
                self.wfile.write(mail)
                self.say(")")
            elif words[0] == "STORE":
                self.server.seen.add(words[1])
            self.say(f"{tag} OK done")

    def authenticate(self) -> bool:
        self.say("+ ")
        if check_token(base64.b64decode(self.rfile.readline()), self.server.tokens):
            return True
        error = json.dumps({"status": "400", "schemes": "bearer", "scope": SCOPE})
        self.say("+ " + base64.b64encode(error.encode()).decode())
        self.server.challenges_answered.append(self.rfile.readline().strip())
        return False
