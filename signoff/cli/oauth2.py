"""``mail test``, and ``mail authorize``: a person consents in the browser to the use of their
mailbox.
"""

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click

from signoff import actions, config, store
from signoff.cli.context import ACTOR, describe_problem, open_context
from signoff.cli.language import gettext as _
from signoff.config import Settings, uses_xoauth2
from signoff.domain.mail import MailKind, MailTestRequest
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.mail.oauth2 import Authorization, LoginError, TokenSource
from signoff.services import read_clock

BROWSER_TIMEOUT = 600.0  # seconds; people have to find their second factor
REQUIRED = ("oauth_authorization_url", "oauth_token_url", "oauth_client_id")


@click.group("mail")
def mail_group() -> None:
    pass


@mail_group.command(help=N_("Einem Konto eine Testnachricht senden."))
@click.argument("email")
@click.pass_obj
def test(folder: Path, email: str) -> None:
    context = open_context(folder)
    account = actions.accounts.get_by_email(context.db, email)
    language = store.association.get(context.db).language
    request = MailTestRequest(account.id, MailKind.DIGEST, language)
    actions.mail.enqueue_test_mail(context.db, request, ACTOR, context.now)
    click.echo(
        _(
            "Die Testnachricht an %(email)s steht aus; „signoff serve“ oder „signoff work“ versendet sie.",
            email=account.email,
        )
    )


@mail_group.command(help=N_("Im Browser dem Zugriff auf ein Postfach zustimmen."))
@click.option(
    "--paste",
    is_flag=True,
    help=N_("die Adresse einfügen, auf der der Browser endet: für Rechner ohne Browser"),
)
@click.pass_obj
def authorize(folder: Path, paste: bool) -> None:
    settings = config.load_settings(folder)
    missing = [
        f"SIGNOFF_{name.upper()}"
        for name in (*REQUIRED, "oauth_refresh_token_file")
        if not getattr(settings, name)
    ]
    if missing:
        raise click.UsageError(_("Bitte zuerst setzen: %(names)s.", names=", ".join(missing)))
    tokens = TokenSource(settings, read_clock)
    try:
        if paste:
            authorization = Authorization(tokens, get_mailbox(settings), "http://localhost")
            address = ask_for_address(authorization)
        else:
            with RedirectServer() as server:
                authorization = Authorization(tokens, get_mailbox(settings), server.address)
                address = server.wait(authorization)
        authorization.complete(address)
    except LoginError as problem:
        click.echo(f"signoff: {describe_problem(problem)}", err=True)
        raise click.exceptions.Exit(1) from problem
    click.echo(
        _(
            "Die Zustimmung steht in %(path)s. „signoff doctor“ prüft die Anmeldung.",
            path=settings.oauth_refresh_token_file,
        )
    )


def get_mailbox(settings: Settings) -> str:
    """The user of the first address that asks for OAuth2, for the login page; may be empty."""
    servers = map(urlsplit, f"{settings.smtp_url} {settings.imap_url}".split())
    return next((unquote(server.username or "") for server in servers if uses_xoauth2(server)), "")


def show_address(authorization: Authorization) -> None:
    click.echo(_("Bitte im Browser öffnen und mit dem Konto des Postfachs zustimmen:"))
    click.echo(authorization.url)


def ask_for_address(authorization: Authorization) -> str:
    show_address(authorization)
    click.echo(
        _(
            "Der Browser endet auf einer Seite, die er nicht laden kann. Ihre Adresse bitte hier einfügen."
        )
    )
    address: str = click.prompt(_("Adresse"))
    if not authorization.is_answer(address):
        raise click.UsageError(
            _(
                "Diese Adresse gehört nicht zu dieser Zustimmung. Bitte den Befehl noch einmal ausführen."
            )
        )
    return address


class RedirectServer(HTTPServer):
    """Waits on loopback for the browser that comes back from the consent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RedirectHandler)
        # Microsoft registers the name and not the number, and ignores the port.
        self.address = f"http://localhost:{self.server_port}"
        self.authorization: Authorization | None = None
        self.answer = ""

    def wait(self, authorization: Authorization) -> str:
        """The address of the answer; other requests get 404."""
        self.authorization = authorization
        show_address(authorization)
        until = time.monotonic() + BROWSER_TIMEOUT
        while not self.answer:
            self.timeout = until - time.monotonic()
            if self.timeout <= 0:
                raise click.UsageError(_("Aus dem Browser kam in zehn Minuten keine Zustimmung."))
            self.handle_request()
        return self.answer


class RedirectHandler(BaseHTTPRequestHandler):
    timeout = 5  # seconds; a connection without a request must not hold up the others
    server: RedirectServer

    def do_GET(self) -> None:
        authorization = self.server.authorization
        found = authorization is not None and authorization.is_answer(self.path)
        if found:
            self.server.answer = self.path
        text = _("Danke. Dieses Fenster kann geschlossen werden.") if found else ""
        body = f"<!doctype html><meta charset=utf-8><title>Signoff</title><p>{text}".encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the address contains a code."""


COMMANDS = (mail_group,)
