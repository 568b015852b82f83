"""Logs in to mail servers with OAuth2 (XOAUTH2): access tokens, and what a failed login means."""

import json
import re
import secrets
import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from signoff.config import Settings, SettingsError, read_secret
from signoff.domain.delivery import DeliveryError, Stage
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.storage import lock_folder, write_atomically

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session
    from authlib.oauth2.rfc6749 import OAuth2Token
    from requests import Response

TOKEN_TIMEOUT = 10.0  # seconds, for each answer of the token server
SMTP_AUTH_CODE = "5.7.139"  # of Microsoft
RENEWAL_MARGIN = 120  # seconds before a token runs out
MAX_CLOCK_SKEW = timedelta(minutes=5)  # what token servers tolerate
CLOCK_WORDS = re.compile(r"not yet valid|not within its valid time|clock skew|\bnbf\b", re.I)
LoggedIn = TypeVar("LoggedIn")


class LoginError(DeliveryError):
    """A login failed because of the set-up: what is wrong and what to do, as messages of the
    catalogues, and their facts.
    """

    def __init__(self, message: str, to_do: str, **facts: object) -> None:
        super().__init__(f"{message} {to_do}" % facts, server=True, stage=Stage.LOGIN)
        self.message, self.to_do, self.facts = message, to_do, facts


# What token servers and mail servers refuse (RFC 6749 5.2 and 4.1.2.1).

CONSENT_LOST = (
    N_(
        "Die Zustimmung zum Postfach fehlt, ist abgelaufen oder widerrufen: %(host)s sagt „%(problem)s“."
    ),
    N_("Bitte „signoff mail authorize“ ausführen und im Browser zustimmen."),
)
CLIENT_REFUSED = (
    N_("Client-ID oder Client-Secret sind falsch oder abgelaufen: %(host)s sagt „%(problem)s“."),
    N_(
        "Bitte in der App-Registrierung ein neues Secret anlegen und in die Datei "
        "SIGNOFF_OAUTH_CLIENT_SECRET_FILE schreiben."
    ),
)
SCOPE_REFUSED = (
    N_("Dem Token fehlt eine Berechtigung (Scope): „%(problem)s“."),
    N_(
        "Bitte SIGNOFF_OAUTH_SCOPE und die Berechtigungen der App-Registrierung prüfen und danach neu zustimmen."
    ),
)
TOKEN_REFUSED = (
    N_("Für die Anmeldung gibt %(host)s kein Token aus: „%(problem)s“."),
    N_("Bitte die App-Registrierung und die Einstellungen SIGNOFF_OAUTH_… prüfen."),
)
CLOCK_WRONG = (
    N_("Die Uhren gehen auseinander, und das Token gilt noch nicht: „%(problem)s“."),
    N_("Bitte die Uhr dieses Rechners stellen und einen Zeitdienst einrichten."),
)
CLOCK_SKEWED = (
    N_(
        "Die Uhr dieses Rechners weicht um %(minutes)s Minuten von der des Token-Servers ab, und der "
        "Mailserver nimmt das Token nicht an: „%(problem)s“."
    ),
    CLOCK_WRONG[1],
)
UNREACHABLE = (
    N_("Der Token-Server %(host)s ist nicht erreichbar oder gestört (%(problem)s)."),
    N_("Bitte Netz, Firewall, Zertifikate und SIGNOFF_OAUTH_TOKEN_URL prüfen."),
)
SMTP_AUTH_DISABLED = (
    N_(
        "Microsoft nimmt von diesem Postfach keine Anmeldung über SMTP an (SMTP AUTH): „%(problem)s“."
    ),
    N_(
        "Bitte im Admin Center von Microsoft 365 „Authentifiziertes SMTP“ für das Postfach %(user)s "
        "einschalten und Sicherheitsregeln prüfen, die es verbieten."
    ),
)
MAILBOX_REFUSED = (
    N_("Der Mailserver nimmt das Token für das Postfach %(user)s nicht an: „%(problem)s“."),
    N_(
        "Bitte prüfen, ob das Postfach stimmt und die Anwendung darauf zugreifen darf "
        "(Berechtigungen, Dienstprinzipal in Exchange, Zustimmung)."
    ),
)
NOT_OFFERED = (
    N_("Der Mailserver bietet keine Anmeldung mit OAuth2 (XOAUTH2) an."),
    N_("Bitte Server, Anschluss und Verschlüsselung prüfen oder „?auth=xoauth2“ weglassen."),
)
NO_REFRESH_TOKEN = (
    N_("%(host)s gibt kein Token für den dauerhaften Zugriff (Refresh-Token) aus."),
    N_("Bitte SIGNOFF_OAUTH_SCOPE prüfen; viele Anbieter verlangen darin „offline_access“."),
)
UNWRITABLE = (
    N_("Das Refresh-Token lässt sich nicht nach %(path)s schreiben: %(error)s"),
    N_("Die Datei und ihr Ordner müssen dem Dienst gehören."),
)
CLIENT_SECRET_TO_DO = N_("Das Client-Secret gehört allein in diese Datei, mit den Rechten 0600.")
REFRESH_TOKEN_TO_DO = N_("Wenn das Refresh-Token fehlt, bitte „signoff mail authorize“ ausführen.")
TOKEN_ERRORS = {
    "invalid_client": CLIENT_REFUSED,
    "unauthorized_client": CLIENT_REFUSED,
    "invalid_scope": SCOPE_REFUSED,
    "access_denied": CONSENT_LOST,
    "invalid_grant": CONSENT_LOST,
    "interaction_required": CONSENT_LOST,
    "login_required": CONSENT_LOST,
    "consent_required": CONSENT_LOST,
}


class LoginRefused(Exception):
    """The mail server did not accept a token; its argument is the server's reply."""


class Xoauth2:
    """One login by XOAUTH2, for ``smtplib`` and ``imaplib``: the token is the first response.

    A second challenge is the server's error in JSON; it gets an empty response and is kept.
    """

    def __init__(self, user: str, token: str) -> None:
        self.response = f"user={user}\x01auth=Bearer {token}\x01\x01"
        self.error: dict[str, Any] = {}
        self._is_sent = False

    def __call__(self, challenge: bytes | None = None) -> str:
        if not self._is_sent:
            self._is_sent = True
            return self.response
        try:
            error = json.loads(challenge or b"{}")
        except ValueError:
            error = {}
        self.error = error if isinstance(error, dict) else {}
        return ""


class TokenSource:
    """The access tokens of an instance; each is kept until shortly before it runs out. Thread-safe.

    A token is fetched by client credentials, or by the refresh token of a person who consented.
    Secrets are read from their files each time, so that a new one needs no restart. Methods raise
    ``LoginError``; no error contains a secret.
    """

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.settings, self._clock = settings, clock
        self._host = urlsplit(settings.oauth_token_url).hostname
        self._lock = threading.Lock()
        self._token: OAuth2Token | None = None
        self._skew = timedelta()  # between our clock and that of the token server
        self._secrets: set[str] = set()

    def log_in(self, user: str, attempt: Callable[[Xoauth2], LoggedIn]) -> LoggedIn:
        """The result of ``attempt``, which is called once more with a new token if it raises
        ``LoginRefused``.
        """
        token = self.get()
        try:
            return attempt(Xoauth2(user, token))
        except LoginRefused:
            exchange = Xoauth2(user, self.get(rejected=token))
        try:
            return attempt(exchange)
        except LoginRefused as refusal:
            raise self._explain_refusal(str(refusal), user, exchange.error) from refusal

    def get(self, rejected: str = "") -> str:
        """A token that is valid for some time; a new one if the current one was ``rejected``."""
        with self._lock:
            token = self._token
            if (
                token is None
                or token["access_token"] == rejected
                or token.is_expired(RENEWAL_MARGIN)
            ):
                self._secrets.clear()
                token = self._token = self._fetch()
            return str(token["access_token"])

    def _fetch(self) -> "OAuth2Token":
        if not self.settings.oauth_refresh_token_file:
            return self.request(grant_type="client_credentials")
        path = Path(self.settings.oauth_refresh_token_file)
        with ExitStack() as locks:
            try:  # another process may be using the same refresh token
                locks.enter_context(lock_folder(path.parent))
            except OSError as error:
                raise LoginError(*UNWRITABLE, path=path.parent, error=error.strerror) from error
            return self.request(
                grant_type="refresh_token",
                refresh_token=self._read_secret(path, REFRESH_TOKEN_TO_DO),
            )

    def request(self, **parameters: str) -> "OAuth2Token":
        """A token from the token server; a new refresh token that comes with it is stored."""
        from authlib.integrations.base_client import OAuthError
        from requests import RequestException

        try:
            with self.open_session() as session:
                token: OAuth2Token = session.fetch_token(
                    self.settings.oauth_token_url, **parameters
                )
            self._secrets |= {str(token["access_token"]), str(token.get("refresh_token", ""))}
        except OAuthError as error:
            raise self._explain_error(error.error, error.description or "") from error
        except RequestException as error:
            status = error.response is not None and f"HTTP {error.response.status_code}"
            problem = status or type(error).__name__
            raise LoginError(*UNREACHABLE, host=self._host, problem=problem) from error
        except (KeyError, TypeError, ValueError) as error:  # the answer holds no token
            raise LoginError(*UNREACHABLE, host=self._host, problem="HTTP 200") from error
        refresh_token = str(token.get("refresh_token") or "")
        file = self.settings.oauth_refresh_token_file
        if file and refresh_token not in ("", parameters.get("refresh_token")):
            store_refresh_token(Path(file), refresh_token)
        return token

    def exchange_code(self, answer: dict[str, str], verifier: str, redirect_uri: str) -> None:
        """Store the refresh token of a person who answered in the browser."""
        if "code" not in answer:
            raise self._explain_error(answer.get("error", ""), answer.get("error_description", ""))
        token = self.request(
            grant_type="authorization_code",
            code=answer["code"],
            code_verifier=verifier,
            redirect_uri=redirect_uri,
        )
        if not token.get("refresh_token"):
            raise LoginError(*NO_REFRESH_TOKEN, host=self._host)

    def open_session(self) -> "OAuth2Session":
        """A session with the token server; close it after use."""
        secret = ""
        if self.settings.oauth_client_secret_file:
            secret = self._read_secret(
                Path(self.settings.oauth_client_secret_file), CLIENT_SECRET_TO_DO
            )
        session = open_session(
            client_id=self.settings.oauth_client_id,
            client_secret=secret,
            scope=self.settings.oauth_scope,
        )
        session.hooks["response"].append(self._note_clock)
        return session

    def _note_clock(self, response: "Response", **_: object) -> None:
        try:
            self._skew = abs(self._clock() - parsedate_to_datetime(response.headers["Date"]))
        except (KeyError, TypeError, ValueError):  # no such header, or no time with a zone in it
            self._skew = timedelta()

    def _read_secret(self, path: Path, to_do: str) -> str:
        try:
            secret = read_secret(path)
        except SettingsError as problem:
            raise LoginError(problem.message, to_do, **problem.facts) from problem
        self._secrets.add(secret)
        return secret

    def _explain_error(self, error: str, description: str) -> LoginError:
        """What an error of the token server means."""
        problem = self._redact(": ".join(filter(None, (error, description.partition("\n")[0]))))
        sentences = TOKEN_ERRORS.get(error, TOKEN_REFUSED)
        if CLOCK_WORDS.search(description):
            sentences = CLOCK_WRONG
        elif sentences is CONSENT_LOST and not self.settings.oauth_refresh_token_file:
            sentences = TOKEN_REFUSED
        return LoginError(*sentences, host=self._host, problem=problem)

    def _explain_refusal(self, reply: str, user: str, error: dict[str, Any]) -> LoginError:
        """What it means that a mail server refuses a token that has just been issued."""
        facts: dict[str, Any] = {"user": user, "problem": self._redact(reply)}
        scope = str(error.get("scope", ""))
        granted = str((self._token and self._token.get("scope")) or self.settings.oauth_scope)
        if SMTP_AUTH_CODE in reply:
            return LoginError(*SMTP_AUTH_DISABLED, **facts)
        if self._skew > MAX_CLOCK_SKEW:
            return LoginError(*CLOCK_SKEWED, minutes=self._skew // timedelta(minutes=1), **facts)
        if CLOCK_WORDS.search(f"{reply} {error}"):
            return LoginError(*CLOCK_WRONG, **facts)
        if scope and not set(scope.split()) & set(granted.split()):
            return LoginError(*SCOPE_REFUSED, **facts | {"problem": scope})
        return LoginError(*MAILBOX_REFUSED, **facts)

    def _redact(self, text: str) -> str:
        for secret in self._secrets - {""}:
            text = text.replace(secret, "…")
        return text[:200]


def open_session(*, client_secret: str = "", **options: Any) -> "OAuth2Session":
    """A session with a token server, with PKCE; close it after use."""
    # Importing it takes half a second, which only those wait for who use it.
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session(
        client_secret=client_secret,
        **options
        | {
            "token_endpoint_auth_method": "client_secret_post" if client_secret else "none",
            "code_challenge_method": "S256",
            "default_timeout": TOKEN_TIMEOUT,
        },
    )
    authorities = ssl.get_default_verify_paths()  # the system's, as for mail servers
    session.verify = authorities.cafile or authorities.capath or True
    session.max_redirects = 0  # secrets go to the address that was set, and nowhere else
    return session


def store_refresh_token(path: Path, refresh_token: str) -> None:
    """Write ``path`` with mode 0600, whole or not at all."""
    try:
        write_atomically(path, refresh_token.encode())
    except OSError as error:
        raise LoginError(*UNWRITABLE, path=path, error=error.strerror) from error


class Authorization:
    """The consent of a person to the use of their mailbox, given in the browser at ``url`` (RFC
    6749 4.1, with a state and PKCE).
    """

    def __init__(self, tokens: TokenSource, user: str, redirect_uri: str) -> None:
        self._tokens, self._redirect_uri = tokens, redirect_uri
        self._verifier = secrets.token_urlsafe(48)
        with tokens.open_session() as session:
            self.url, self._state = session.create_authorization_url(
                tokens.settings.oauth_authorization_url,
                redirect_uri=redirect_uri,
                code_verifier=self._verifier,
                login_hint=user,
            )

    def is_answer(self, address: str) -> bool:
        """Whether the browser was sent to ``address`` for this consent and no other."""
        return secrets.compare_digest(
            parse_answer(address).get("state", "").encode(), self._state.encode()
        )

    def complete(self, address: str) -> None:
        """Exchange the code in ``address`` for a refresh token and store it. Raises
        ``LoginError``.
        """
        self._tokens.exchange_code(parse_answer(address), self._verifier, self._redirect_uri)


def parse_answer(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
