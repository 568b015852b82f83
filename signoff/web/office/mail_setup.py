"""Setting up mail: servers, login, sender and the mailbox of returned mail; and a test mail.

What the environment sets is shown and cannot be changed. A saved password is never shown.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, unquote, urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice

from signoff import actions, checks, config, store
from signoff.checks import Finding, Grade
from signoff.config import Settings, SettingsError
from signoff.domain.errors import Refusal
from signoff.domain.forms import require_printable
from signoff.domain.mail import MailKind, MailTestRequest
from signoff.i18n.catalogue import get_catalogue
from signoff.services import with_mail_settings
from signoff.web.context import current_language, db, now, services, settings, use_mail_settings
from signoff.web.forms import BaseForm
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import admin_required, blueprint
from signoff.web.office.reauth import reauth_required

MAX_SERVERS = 3
SECRET_FILE = "oauth-client-secret"  # noqa: S105 (the name of a file)
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}")
PASSWORD_LOGIN, OAUTH_LOGIN = "password", "xoauth2"
LOGIN_CHOICES = [
    SelectChoice(PASSWORD_LOGIN, _l("Passwort")),
    SelectChoice(OAUTH_LOGIN, _l("OAuth2")),
]
ENCRYPTION_CHOICES = [
    SelectChoice("smtp+starttls", _l("STARTTLS (meist Anschluss 587)")),
    SelectChoice("smtps", _l("TLS von Anfang an (meist Anschluss 465)")),
    SelectChoice("smtp", _l("keine, nur auf dieser Maschine")),
]


class MailSetupForm(BaseForm):
    """Has the fields of each server: ``server0_host``."""

    oauth_provider = SelectField(
        _l("Anbieter"),
        choices=[
            SelectChoice("", _l("kein OAuth2")),
            SelectChoice("microsoft", _l("Microsoft 365")),
            SelectChoice("google", _l("Google")),
        ],
        validate_choice=False,
    )
    oauth_tenant = StringField(_l("Verzeichnis-ID oder Domain bei Microsoft"))
    oauth_client_id = StringField(_l("Client-ID"))
    oauth_client_secret = PasswordField(_l("Geheimer Clientschlüssel"))
    bounces_address = StringField(_l("Adresse für unzustellbare E-Mails"))
    mailbox_host = StringField(_l("Server des Postfachs (IMAP)"))
    mailbox_port = StringField(_l("Anschluss"))
    mailbox_user = StringField(_l("Benutzer"))
    mailbox_password = PasswordField(_l("Passwort"))
    mailbox_login = SelectField(_l("Anmeldung"), choices=LOGIN_CHOICES, validate_choice=False)
    mailbox_folder = StringField(_l("Ordner"))
    mail_rate_limit = StringField(_l("E-Mails je Minute, insgesamt"))
    mail_rate_limit_domain = StringField(_l("E-Mails je Minute an eine Domain"))
    dkim_selector = StringField(_l("DKIM-Selektor"))


for n in range(MAX_SERVERS):
    for name, server_field in {
        "host": StringField(_l("Server")),
        "port": StringField(_l("Anschluss")),
        "encryption": SelectField(
            _l("Verschlüsselung"), choices=ENCRYPTION_CHOICES, validate_choice=False
        ),
        "user": StringField(_l("Benutzer")),
        "password": PasswordField(_l("Passwort")),
        "login": SelectField(_l("Anmeldung"), choices=LOGIN_CHOICES, validate_choice=False),
        "per_minute": StringField(_l("E-Mails je Minute")),
        "per_day": StringField(_l("E-Mails je Tag")),
    }.items():
        setattr(MailSetupForm, f"server{n}_{name}", server_field)


# Addresses of servers and their fields.


@dataclass(frozen=True, slots=True)
class ServerFields:
    """The fields of one server or mailbox in a form, by their common beginning."""

    form: MailSetupForm
    prefix: str

    def get(self, name: str) -> str:
        return (self.form[f"{self.prefix}_{name}"].data or "").strip()

    def get_number(self, name: str) -> int:
        """A whole number, 0 for an empty field; an error at the field for anything else."""
        return read_number(self.form, f"{self.prefix}_{name}")

    def build_url(self, scheme: str, saved: str, tail: str = "", **options: object) -> str:
        """The address, empty without a host. The saved password is kept where none was typed and
        server and user stay the same, so that it never goes to another server.
        """
        host, user, port = self.get("host"), self.get("user"), self.get_number("port")
        if not host:
            return ""
        if not HOST.fullmatch(host) or port > 65535:  # noqa: PLR2004 (the highest port)
            if HOST.fullmatch(host):
                self.add_error("port", _("Bitte einen Anschluss von 1 bis 65535 angeben."))
            else:
                self.add_error(
                    "host", _("Bitte den Namen des Servers wie mail.verband.example angeben.")
                )
            return ""
        password = self.form[f"{self.prefix}_password"].data or ""
        known = urlsplit(saved)
        if not password and (known.hostname, unquote(known.username or "")) == (host, user):
            password = unquote(known.password or "")
        if self.get("login") == OAUTH_LOGIN:
            options["auth"], password = OAUTH_LOGIN, ""
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        query = "&".join(f"{name}={value}" for name, value in options.items() if value)
        return (
            f"{scheme}://{login}{'@' if login else ''}{host.lower()}{f':{port}' if port else ''}"
            f"{tail}{'?' if query else ''}{query}"
        )

    def add_error(self, name: str, message: str) -> None:
        add_error(self.form, f"{self.prefix}_{name}", message)


def add_error(form: MailSetupForm, name: str, message: str) -> None:
    form[name].errors = [*form[name].errors, message]


def read_number(form: MailSetupForm, name: str) -> int:
    text = (form[name].data or "").strip()
    if re.fullmatch(r"[0-9]{0,9}", text):
        return int(text or 0)
    add_error(form, name, _("Bitte eine ganze Zahl angeben oder das Feld leer lassen."))
    return 0


def split_url(prefix: str, url: str) -> dict[str, object]:
    """The fields of an address, without its password."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        f"{prefix}_host": parts.hostname or "",
        f"{prefix}_port": parts.port or "",
        f"{prefix}_encryption": parts.scheme,
        f"{prefix}_user": unquote(parts.username or ""),
        f"{prefix}_login": options.get("auth", PASSWORD_LOGIN),
        f"{prefix}_per_minute": options.get("per_minute", ""),
        f"{prefix}_per_day": options.get("per_day", ""),
    }


def fill_in_form(saved: Settings) -> MailSetupForm:
    """The form with what is in effect."""
    values: dict[str, object] = {
        name: getattr(saved, name) or ""
        for name in (
            "bounces_address",
            "mail_rate_limit",
            "mail_rate_limit_domain",
            "dkim_selector",
        )
    }
    for n, url in enumerate(saved.smtp_url.split()[:MAX_SERVERS]):
        values |= split_url(f"server{n}", url)
    values |= split_url("mailbox", saved.imap_url)
    values["mailbox_folder"] = unquote(urlsplit(saved.imap_url).path.strip("/"))
    provider, _colon, tenant = saved.oauth.partition(":")
    values |= {"oauth_provider": provider, "oauth_tenant": tenant}
    values["oauth_client_id"] = saved.oauth_client_id
    return MailSetupForm(None, data=values)


def read_changes(form: MailSetupForm, saved: Settings) -> dict[str, str | int]:
    """What the form sets, by the names of the settings; wrong fields have errors."""
    known = {str(urlsplit(url).hostname): url for url in saved.smtp_url.split()}
    servers = [ServerFields(form, f"server{n}") for n in range(MAX_SERVERS)]
    urls = [
        server.build_url(
            form[f"{server.prefix}_encryption"].data or "smtp+starttls",
            known.get(server.get("host").lower(), ""),
            per_minute=server.get_number("per_minute"),
            per_day=server.get_number("per_day"),
        )
        for server in servers
    ]
    urls += saved.smtp_url.split()[MAX_SERVERS:]  # more than the form shows
    mailbox = ServerFields(form, "mailbox")
    scheme = "imap" if mailbox.get("host") in config.LOOPBACK_HOSTS else "imaps"
    folder = quote(mailbox.get("folder"), safe="")
    provider, tenant = form.oauth_provider.data or "", (form.oauth_tenant.data or "").strip()
    changes: dict[str, str | int] = {
        "smtp_url": " ".join(filter(None, urls)),
        "imap_url": mailbox.build_url(scheme, saved.imap_url, f"/{folder}" if folder else ""),
        "bounces_address": (form.bounces_address.data or "").strip(),
        "mail_rate_limit": read_number(form, "mail_rate_limit"),
        "mail_rate_limit_domain": read_number(form, "mail_rate_limit_domain"),
        "dkim_selector": (form.dkim_selector.data or "").strip(),
        "oauth": f"microsoft:{tenant}" if provider == "microsoft" else provider,
        "oauth_client_id": (form.oauth_client_id.data or "").strip(),
    }
    if form.dkim_selector.data and not HOST.fullmatch(str(changes["dkim_selector"])):
        add_error(
            form, "dkim_selector", _("Bitte den Selektor wie im DNS angeben, zum Beispiel s2027.")
        )
    if form.oauth_client_secret.data:
        changes["oauth_client_secret_file"] = str(saved.instance / SECRET_FILE)
    fixed = config.list_fixed_settings()
    return {name: value for name, value in changes.items() if name not in fixed}


# The pages.


@blueprint.get("/mail/setup")
@admin_required
@reauth_required
def show_mail_setup() -> ResponseReturnValue:
    return render_mail_setup(fill_in_form(settings()))


@blueprint.post("/mail/setup")
def save_mail_setup() -> ResponseReturnValue:
    """Try the settings, then save them; with ``anyway`` also where the trial finds an error."""
    form = MailSetupForm()
    for field in form:
        if isinstance(field, StringField):
            try:
                field.data = require_printable(field.data or "", field.name)
            except Refusal as refusal:
                form.add_errors(refusal)
    changes = read_changes(form, settings())
    if form.errors or any(field.errors for field in form):
        return render_mail_setup(form), 422
    secret = (form.oauth_client_secret.data or "").strip()
    try:
        findings = try_settings(changes, secret)
    except SettingsError as problem:
        form.form_errors.append(
            get_catalogue(current_language()).gettext(problem.message) % problem.facts
        )
        return render_mail_setup(form), 422
    failed = any(finding.grade is Grade.ERROR for finding in findings)
    if failed and "anyway" not in request.form:
        return render_mail_setup(form, findings), 422
    current = settings()
    names = [name for name, value in changes.items() if getattr(current, name) != value]
    if names or secret:
        actions.mail.save_settings(
            db(),
            [*names, *(["oauth_client_secret"] if secret else [])],
            partial(write_settings, current.instance, changes, secret),
            current_actor(),
            now(),
        )
        use_mail_settings(config.take_over_mail_settings(current))
    flash(_("Die Einrichtung ist gespeichert. Sie gilt ab sofort."))
    return redirect(url_for("office.show_mail_setup"), 303)


@blueprint.post("/mail/setup/test")
def send_setup_test() -> ResponseReturnValue:
    """Enqueue a test mail to oneself; the page shows what became of it."""
    account = current_account()
    test = MailTestRequest(account.id, MailKind.DIGEST, current_language())
    actions.mail.enqueue_test_mail(db(), test, current_actor(), now())
    return redirect(url_for("office.show_mail_setup", _anchor="test"), 303)


def write_settings(instance: Path, changes: Mapping[str, str | int], secret: str) -> None:
    if secret:
        config.write_private_file(instance / SECRET_FILE, secret + "\n")
    config.save_settings(instance, changes)


def try_settings(changes: Mapping[str, str | int], secret: str) -> list[Finding]:
    """What the servers say to these settings; raises ``SettingsError`` if they do not fit."""
    with TemporaryDirectory() as folder:
        trial = dict(changes)
        if secret:
            path = Path(folder) / SECRET_FILE
            config.write_private_file(path, secret)
            trial["oauth_client_secret_file"] = str(path)
        candidate = config.load_settings(settings().instance, changes=trial)
        with_mail_settings(services(), candidate)  # raises it for addresses of servers
        return checks.try_mail_settings(candidate)


def translate_findings(findings: list[Finding]) -> Iterator[Finding]:
    gettext = get_catalogue(current_language()).gettext
    return (finding.translate(gettext) for finding in findings)


def render_mail_setup(form: MailSetupForm, findings: list[Finding] | None = None) -> str:
    current = settings()
    urls = current.smtp_url.split()
    used = sum(bool(form[f"server{n}_host"].data) for n in range(MAX_SERVERS))
    return render_template(
        "office/mail/setup.html",
        form=form,
        findings=list(translate_findings(findings or [])),
        fixed=config.list_fixed_settings(),
        servers=range(min(MAX_SERVERS, used + 1)),
        hosts=[urlsplit(url).hostname for url in urls],
        has_password={
            f"server{n}": bool(urlsplit(url).password) for n, url in enumerate(urls[:MAX_SERVERS])
        }
        | {"mailbox": bool(urlsplit(current.imap_url).password)},
        has_secret=bool(current.oauth_client_secret_file),
        test=store.outbox.find_latest_test(db(), current_account().id),
    )
