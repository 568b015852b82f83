"""Settings of one instance: from ``instance/signoff.toml``, overridden by the environment.

No secret has a default.
"""

import json
import os
import re
import secrets
import stat
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from signoff.domain.accounts import Role
from signoff.domain.text import parse_email

# Templates and static files are beside the package in a working copy, and inside it once it is
# installed.

_PACKAGE = Path(__file__).resolve().parent


def templates_folder() -> Path:
    """The folder with the Jinja templates of pages, mails and the PDF."""
    return _find_folder("templates")


def static_folder() -> Path:
    """The folder with stylesheets, scripts and, under ``vendor/``, fonts, KERN and the map."""
    return _find_folder("static")


def handbook_folder() -> Path:
    """The folder with the chapters of the German handbook and their pictures."""
    return _find_folder("docs/handbuch")


def deploy_folder() -> Path:
    """The folder with the configuration of the web server."""
    return _find_folder("deploy")


def accessibility_folder() -> Path:
    """The folder with the summary of the report on EN 301 549, if it was written."""
    return _find_folder("build/accessibility")


def _find_folder(name: str) -> Path:
    installed = _PACKAGE / f"_{Path(name).name}"  # put there by the wheel
    return installed if installed.is_dir() else _PACKAGE.parent / name


MIN_WEBHOOK_SECRET_LENGTH = 24  # bytes
LOOPBACK_HOSTS = ("127.0.0.1", "localhost")


class SettingsError(Exception):
    """A setting is missing or wrong: a message of the catalogues, with its facts, says what to
    do.
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message, self.facts = message, facts


@dataclass(frozen=True, slots=True)
class Keys:
    """The instance's secrets. Of links and cookies the newest comes first: it signs, all of them
    verify. The log has one key, for good.
    """

    links: tuple[bytes, ...]
    cookies: tuple[bytes, ...]
    log: bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of an instance.

    ``base_url`` has no slash at its end; empty strings and 0 mean: not set.
    """

    instance: Path
    base_url: str
    keys: Keys
    smtp_url: str = ""
    mail_rate_limit: int = 0
    mail_rate_limit_domain: int = 0
    bounces_address: str = ""
    imap_url: str = ""
    oauth: str = ""
    oauth_token_url: str = ""
    oauth_authorization_url: str = ""
    oauth_client_id: str = ""
    oauth_client_secret_file: str = ""
    oauth_refresh_token_file: str = ""
    oauth_scope: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: str = ""
    oidc_groups: Mapping[str, Role] = field(default_factory=dict)
    oidc_second_factor: bool = False
    dkim_selector: str = ""
    proxies: int = 0
    accel: str = ""
    publish: str = ""
    second_factor: bool = True
    reauth_minutes: int = 10
    recall_minutes: int = 10
    demo: bool = False
    metrics: bool = False
    log: str = ""
    seal_p12: str = ""
    seal_passphrase: str = ""
    seal_passphrase_file: str = ""
    tsa_url: str = ""
    tsa_certificate: str = ""
    link_lifetime_days: int = 90
    webhooks: str = ""
    webhook_secret_file: str = ""
    backup: str = ""
    backup_keep: int = 30
    backup_passphrase_file: str = ""
    standby_socket: str = ""
    standby_replica: str = ""
    standby_hours: int | None = 24  # before the deadline; None: always

    @property
    def database(self) -> Path:
        return self.instance / "signoff.sqlite"

    @property
    def outbox(self) -> Path:
        return self.instance / "outbox"

    @property
    def archive(self) -> Path:
        return self.instance / "archive"

    @property
    def cache(self) -> Path:
        """Rendered files, which can be rendered anew; not part of a backup."""
        return self.instance / "cache"

    @property
    def own_seal(self) -> Path:
        """The key generated at set-up; used for sealing unless the association has its own."""
        return self.instance / "seal.p12"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def on_loopback(self) -> bool:
        """Whether the instance can be reached from this machine only."""
        return urlsplit(self.base_url).hostname in LOOPBACK_HOSTS

    @property
    def root(self) -> str:
        """The path of all addresses of the instance: that of a trial round, otherwise empty."""
        return urlsplit(self.base_url).path

    @property
    def is_trial_round(self) -> bool:
        return bool(self.root)

    @property
    def logs_json(self) -> bool:
        """Whether the processes write one JSON object a line."""
        return self.log == "json"

    @property
    def has_real_recipients(self) -> bool:
        """Whether members are meant to be reached: neither a demo, a trial round nor an instance on
        loopback.
        """
        return not (self.demo or self.is_trial_round or self.on_loopback)

    @property
    def mail_servers(self) -> tuple[str, ...]:
        """The hosts that mail leaves through; ``""`` for files where that is the agreed way."""
        hosts = tuple(urlsplit(url).hostname or "" for url in self.smtp_url.split())
        return hosts or (() if self.has_real_recipients else ("",))

    @property
    def recall_period(self) -> timedelta:
        """How long mail of an opening or extension in the browser can be recalled."""
        return timedelta(minutes=self.recall_minutes)

    @property
    def delivers_mail(self) -> bool:
        """Whether mail leaves: to a mail server, or as files where that is the agreed way."""
        return bool(self.mail_servers)


def load_settings(
    instance: Path,
    environment: Mapping[str, str] = os.environ,
    changes: Mapping[str, str | int] = MappingProxyType({}),
) -> Settings:
    """The settings of the instance in the folder ``instance``, with ``changes`` as if they were
    saved. Raises ``SettingsError``.
    """
    if not (instance / "keys.json").exists():
        raise SettingsError(
            "%(instance)s ist keine eingerichtete Instanz. Bitte zuerst „signoff init“ ausführen.",
            instance=instance,
        )
    values = {**read_toml(instance / "signoff.toml"), **changes}
    names = [field.name for field in fields(Settings) if field.name not in ("instance", "keys")]
    values |= {
        name: environment[key]
        for name in names
        if (key := f"SIGNOFF_{name.upper()}") in environment
    }
    values = fill_in_oauth_preset(values)
    settings = Settings(
        instance=instance.resolve(),
        base_url=parse_base_url(str(values.get("base_url", "http://localhost:8000"))),
        keys=load_keys(instance / "keys.json"),
        smtp_url=str(values.get("smtp_url", "")),
        mail_rate_limit=parse_int(values.get("mail_rate_limit", 0), "mail_rate_limit"),
        mail_rate_limit_domain=parse_int(
            values.get("mail_rate_limit_domain", 0), "mail_rate_limit_domain"
        ),
        bounces_address=parse_bounces_address(str(values.get("bounces_address", ""))),
        imap_url=str(values.get("imap_url", "")),
        oauth=str(values.get("oauth", "")),
        oauth_token_url=parse_oauth_url(values, "oauth_token_url"),
        oauth_authorization_url=parse_oauth_url(values, "oauth_authorization_url"),
        oauth_client_id=str(values.get("oauth_client_id", "")),
        oauth_client_secret_file=str(values.get("oauth_client_secret_file", "")),
        oauth_refresh_token_file=str(values.get("oauth_refresh_token_file", "")),
        oauth_scope=str(values.get("oauth_scope", "")),
        oidc_issuer=parse_oidc_issuer(str(values.get("oidc_issuer", ""))),
        oidc_client_id=str(values.get("oidc_client_id", "")),
        oidc_client_secret_file=str(values.get("oidc_client_secret_file", "")),
        oidc_groups=parse_oidc_groups(str(values.get("oidc_groups", ""))),
        oidc_second_factor=parse_bool(values.get("oidc_second_factor", False)),
        dkim_selector=str(values.get("dkim_selector", "")),
        proxies=parse_int(values.get("proxies", 0), "proxies"),
        accel=str(values.get("accel", "")),
        publish=str(values.get("publish", "")),
        second_factor=parse_bool(
            values.get("second_factor", not parse_bool(values.get("demo", False)))
        ),
        reauth_minutes=parse_int(values.get("reauth_minutes", 10), "reauth_minutes"),
        recall_minutes=parse_int(
            values.get("recall_minutes", 0 if parse_bool(values.get("demo", False)) else 10),
            "recall_minutes",
        ),
        demo=parse_bool(values.get("demo", False)),
        metrics=parse_bool(values.get("metrics", False)),
        log=parse_log(str(values.get("log", ""))),
        seal_p12=str(values.get("seal_p12", "")),
        seal_passphrase=str(values.get("seal_passphrase", "")),
        seal_passphrase_file=str(values.get("seal_passphrase_file", "")),
        tsa_url=parse_tsa_url(str(values.get("tsa_url", ""))),
        tsa_certificate=str(values.get("tsa_certificate", "")),
        link_lifetime_days=parse_int(values.get("link_lifetime_days", 90), "link_lifetime_days"),
        webhooks=parse_webhooks(str(values.get("webhooks", ""))),
        webhook_secret_file=str(values.get("webhook_secret_file", "")),
        backup=parse_backup_folder(str(values.get("backup", "")), instance),
        backup_keep=parse_int(values.get("backup_keep", 30), "backup_keep"),
        backup_passphrase_file=str(values.get("backup_passphrase_file", "")),
        standby_socket=str(values.get("standby_socket", "")),
        standby_replica=str(values.get("standby_replica", "")),
        standby_hours=parse_standby_hours(values.get("standby_hours", 24)),
    )
    if settings.demo and not settings.on_loopback:
        raise SettingsError(
            "SIGNOFF_DEMO zeigt jede E-Mail allen und ist darum nur auf localhost erlaubt, nicht unter %(base_url)s. "
            "Bitte SIGNOFF_DEMO ausschalten.",
            base_url=settings.base_url,
        )
    check_oauth(settings)
    check_oidc(settings)
    if settings.webhooks:
        read_webhook_secret(settings)
    if settings.backup_keep < 1:
        raise SettingsError("SIGNOFF_BACKUP_KEEP muss mindestens 1 sein.")
    return settings


def read_toml(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            "%(path)s ist nicht lesbar: %(error)s", path=path, error=error
        ) from error


def load_keys(path: Path) -> Keys:
    keys = json.loads(path.read_text(encoding="utf-8"))
    links, cookies = (
        tuple(bytes.fromhex(key) for key in keys[name]) for name in ("links", "cookies")
    )
    return Keys(links, cookies, bytes.fromhex(keys["log"]))


def generate_keys() -> str:
    """The content of ``keys.json`` of a new instance."""
    keys = {name: [secrets.token_hex(32)] for name in ("links", "cookies")}
    return json.dumps({**keys, "log": secrets.token_hex(32)})


def add_keys(path: Path, new: Mapping[str, str]) -> None:
    """Put these keys, hexadecimal and each by the name of its list, in front of the others."""
    keys = json.loads(path.read_text(encoding="utf-8"))
    for name, key in new.items():
        keys[name] = [key, *keys[name]]
    write_private_file(path, json.dumps(keys))


def is_secure(address: SplitResult) -> bool:
    """Whether it is https, or plain http on loopback."""
    if address.scheme == "http":
        return address.hostname in LOOPBACK_HOSTS
    return address.scheme == "https" and bool(address.hostname)


def parse_base_url(url: str) -> str:
    """Every link is built from this address. Plain http is accepted on loopback only."""
    parts = urlsplit(url.rstrip("/"))
    if not is_secure(parts) or parts.query or parts.fragment or parts.path:
        raise SettingsError(
            "SIGNOFF_BASE_URL „%(url)s“ muss mit https:// beginnen und ohne Pfad enden (http nur für localhost).",
            url=url,
        )
    return url.rstrip("/")


def parse_bounces_address(address: str) -> str:
    """An address like ``bounces@verband.example``; return paths add ``+`` and a token to the local
    part.
    """
    parsed = parse_email(address) or ""
    if address and not re.fullmatch(r"[a-z0-9._-]{1,30}@.{1,200}", parsed):
        raise SettingsError(
            "SIGNOFF_BOUNCES_ADDRESS „%(address)s“ muss wie bounces@verband.example geschrieben sein.",
            address=address,
        )
    return parsed


def parse_tsa_url(url: str) -> str:
    """Plain http is accepted, since most timestamp authorities use it: their responses are
    signed.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingsError(
            "SIGNOFF_TSA_URL „%(url)s“ muss mit http:// oder https:// beginnen.", url=url
        )
    return url


def parse_standby_hours(value: object) -> int | None:
    return None if value == "always" else parse_int(value, "standby_hours")


def parse_backup_folder(folder: str, instance: Path) -> str:
    """A folder outside of the instance, so that both are not lost together by one command."""
    path = Path(folder)
    if folder and (not path.is_absolute() or path.resolve().is_relative_to(instance.resolve())):
        raise SettingsError(
            "SIGNOFF_BACKUP „%(folder)s“ muss mit / beginnen und außerhalb der Instanz liegen.",
            folder=folder,
        )
    return folder


def parse_webhooks(urls: str) -> str:
    """Addresses of other programs, separated by white space."""
    for url in urls.split():
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme == "https" and parts.hostname and not parts.username
            is_valid = is_valid and parts.port != 0  # reading it may raise ValueError
        except ValueError:
            is_valid = False
        if not is_valid:
            raise SettingsError(
                "SIGNOFF_WEBHOOKS „%(url)s“ muss mit https:// beginnen und darf keine Anmeldung enthalten.",
                url=url,
            )
    return urls


def read_webhook_secret(settings: Settings) -> bytes:
    """The key that signs messages to other programs. Raises ``SettingsError``."""
    if not settings.webhook_secret_file:
        raise SettingsError("Für SIGNOFF_WEBHOOKS fehlt noch: SIGNOFF_WEBHOOK_SECRET_FILE.")
    prefix, _, encoded = read_secret(Path(settings.webhook_secret_file)).partition("_")
    try:
        secret = b64decode(encoded, validate=True) if prefix == "whsec" else b""
    except ValueError:
        secret = b""
    if len(secret) < MIN_WEBHOOK_SECRET_LENGTH:
        raise SettingsError(
            "%(path)s muss „whsec_“ und mindestens 24 Bytes in Base64 enthalten.",
            path=settings.webhook_secret_file,
        )
    return secret


# OAuth2 for mail: ``?auth=xoauth2`` in the address of a mail server or mailbox, and where its
# tokens come from.

MICROSOFT_LOGIN = "https://login.microsoftonline.com"
MICROSOFT_APP_SCOPE = "https://outlook.office365.com/.default"
MICROSOFT_MAILBOX_SCOPE = (
    "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All"
    " offline_access"
)
GOOGLE = {
    "oauth_token_url": "https://oauth2.googleapis.com/token",
    # Without these two parameters Google gives no refresh token.
    "oauth_authorization_url": "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&prompt=consent",
    "oauth_scope": "https://mail.google.com/",
}


def fill_in_oauth_preset(values: Mapping[str, object]) -> dict[str, object]:
    """``values`` with the addresses and the scope of the provider in SIGNOFF_OAUTH where they are
    not set themselves.
    """
    provider, _, tenant = str(values.get("oauth", "")).partition(":")
    preset: dict[str, str] = {}
    if provider == "microsoft" and re.fullmatch(r"[A-Za-z0-9.-]+", tenant):
        endpoints = f"{MICROSOFT_LOGIN}/{tenant}/oauth2/v2.0"
        delegated = values.get("oauth_refresh_token_file")
        preset = {
            "oauth_token_url": f"{endpoints}/token",
            "oauth_authorization_url": f"{endpoints}/authorize",
            "oauth_scope": MICROSOFT_MAILBOX_SCOPE if delegated else MICROSOFT_APP_SCOPE,
        }
    elif provider == "google" and not tenant:
        preset = GOOGLE
    elif provider:
        raise SettingsError(
            "SIGNOFF_OAUTH „%(value)s“ muss „microsoft:TENANT“ (Verzeichnis-ID oder Domain) oder „google“ sein.",
            value=values["oauth"],
        )
    return {**values, **{name: preset[name] for name in preset if not values.get(name)}}


def parse_oauth_url(values: Mapping[str, object], name: str) -> str:
    """Secrets are sent to this address. Plain http is accepted on loopback only."""
    url = str(values.get(name, ""))
    if url and not is_secure(urlsplit(url)):
        raise SettingsError("SIGNOFF_%(name)s muss mit https:// beginnen.", name=name.upper())
    return url


def uses_xoauth2(server: SplitResult) -> bool:
    """Whether the address of a mail server or mailbox asks for a login with OAuth2."""
    return parse_qs(server.query).get("auth") == ["xoauth2"]


def check_oauth(settings: Settings) -> None:
    """Raise ``SettingsError`` where an address asks for OAuth2 and something it needs is not
    set.
    """
    required = {"oauth_token_url", "oauth_client_id"}
    if settings.oauth == "google":  # has no client credentials for mailboxes
        required.add("oauth_refresh_token_file")
    elif not settings.oauth_refresh_token_file:
        required.add("oauth_client_secret_file")
    for name in ("smtp_url", "imap_url"):
        urls = getattr(settings, name).split()
        for server in (urlsplit(url) for url in urls if "?auth=" in url or "&auth=" in url):
            encrypted = server.scheme in ("smtps", "smtp+starttls", "imaps")
            if not uses_xoauth2(server) or not server.username or server.password:
                raise SettingsError(
                    "SIGNOFF_%(name)s: Für OAuth2 bitte die Adresse des Postfachs ohne Passwort vor den Server "
                    "schreiben und „?auth=xoauth2“ ans Ende.",
                    name=name.upper(),
                )
            if not encrypted and server.hostname not in LOOPBACK_HOSTS:
                raise SettingsError(
                    "SIGNOFF_%(name)s: Die Anmeldung mit OAuth2 braucht Verschlüsselung, also smtp+starttls://, "
                    "smtps:// oder imaps://.",
                    name=name.upper(),
                )
            if missing := sorted(name for name in required if not getattr(settings, name)):
                raise SettingsError(
                    "SIGNOFF_%(name)s verlangt OAuth2; dafür fehlt noch: %(missing)s.",
                    name=name.upper(),
                    missing=", ".join(f"SIGNOFF_{field.upper()}" for field in missing),
                )


# OpenID Connect: where staff log in, and which of its groups has which role.


def parse_oidc_issuer(url: str) -> str:
    """The issuer as the provider writes it, which may end with a slash."""
    if url and not is_secure(urlsplit(url)):
        raise SettingsError(
            "SIGNOFF_OIDC_ISSUER „%(url)s“ muss mit https:// beginnen (http nur für localhost).",
            url=url,
        )
    return url


def parse_oidc_groups(text: str) -> dict[str, Role]:
    """``group=role,…``; a group is a name or an id."""
    pairs = [entry.rpartition("=") for entry in text.split(",") if entry.strip()]
    try:
        groups = {group.strip(): Role(role.strip()) for group, _, role in pairs}
    except ValueError:
        groups = {"": Role.VIEWER}
    if "" in groups or len(groups) < len(pairs):
        raise SettingsError(
            "SIGNOFF_OIDC_GROUPS „%(text)s“ muss wie „gruppe=admin,andere-gruppe=editor“ geschrieben sein, mit "
            "den Rollen admin, editor und viewer und jeder Gruppe einmal.",
            text=text,
        )
    return groups


def check_oidc(settings: Settings) -> None:
    """Raise ``SettingsError`` where the login by OpenID Connect lacks something."""
    required = ("oidc_client_id", "oidc_groups") if settings.oidc_issuer else ()
    if missing := [name for name in required if not getattr(settings, name)]:
        raise SettingsError(
            "Für SIGNOFF_OIDC_ISSUER fehlt noch: %(missing)s.",
            missing=", ".join(f"SIGNOFF_{name.upper()}" for name in missing),
        )


def read_secret(path: Path) -> str:
    """The secret in the file ``path``, which only its owner may read. Raises ``SettingsError``."""
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            secret = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            "%(path)s ist nicht lesbar: %(error)s",
            path=path,
            error=getattr(error, "strerror", type(error).__name__),
        ) from None
    if mode & ~0o600:
        raise SettingsError(
            "%(path)s enthält ein Geheimnis, hat aber die Rechte %(mode)s. Bitte „chmod 0600 %(path)s“ ausführen.",
            path=path,
            mode=f"{mode:04o}",
        )
    if not secret:
        raise SettingsError("%(path)s ist leer.", path=path)
    return secret


def parse_int(value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SettingsError(
            "SIGNOFF_%(name)s muss eine Zahl sein, nicht „%(value)s“.",
            name=name.upper(),
            value=value,
        ) from None


def parse_log(form: str) -> str:
    """How the processes write their log: ``json``, or empty for plain lines."""
    if form not in ("", "plain", "json"):
        raise SettingsError("SIGNOFF_LOG „%(form)s“ muss „plain“ oder „json“ sein.", form=form)
    return form.removeprefix("plain")


def parse_bool(value: object) -> bool:
    return str(value).lower() not in ("off", "false", "0", "no", "")


# What the office sets on its pages: everything about mail. Running programs take it over.

MAIL_SETTING = re.compile(r"(?:smtp|mail|imap|bounces|dkim|oauth)(?:_.+)?")


def list_fixed_settings(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The settings that the environment sets and that the file cannot change."""
    names = (key.removeprefix("SIGNOFF_").lower() for key in environment if key[:8] == "SIGNOFF_")
    return frozenset(names)


def save_settings(instance: Path, changes: Mapping[str, str | int]) -> None:
    """Write ``changes`` into ``signoff.toml`` and keep everything else in it; an empty value
    removes a setting.
    """
    import tomlkit  # only here: most processes write no settings
    from tomlkit.exceptions import TOMLKitError

    path = instance / "signoff.toml"
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise SettingsError(
            "%(path)s ist nicht lesbar: %(error)s", path=path, error=error
        ) from error
    for name, value in changes.items():
        if value:
            document[name] = value
        else:
            document.pop(name, None)
    write_private_file(path, tomlkit.dumps(document))


# What may contain a password or a token.
SECRET_SETTINGS = ("smtp_url", "imap_url", "seal_passphrase", "webhooks")
COMMENT_ON_SECRET = re.compile(rf"(?mi)^[ \t]*#.*(?:{'|'.join(SECRET_SETTINGS)}).*\n?")


def split_settings(instance: Path) -> tuple[str, dict[str, str | int]]:
    """The text of ``signoff.toml`` without secrets and comments that name one of them, and the
    secrets by their names.
    """
    import tomlkit

    path = instance / "signoff.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    secrets = {name: str(document.pop(name)) for name in SECRET_SETTINGS if name in document}
    return COMMENT_ON_SECRET.sub("", tomlkit.dumps(document)), dict(secrets)


def write_private_file(path: Path, content: str) -> None:
    """Replace the file as a whole or not at all; only its owner may read it."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(unfinished, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def take_over_mail_settings(settings: Settings) -> Settings:
    """``settings`` with what is saved about mail now. Raises ``SettingsError``."""
    saved = load_settings(settings.instance)
    names = [field.name for field in fields(Settings) if MAIL_SETTING.fullmatch(field.name)]
    return replace(settings, **{name: getattr(saved, name) for name in names})


class SettingsFile:
    """Notices that ``signoff.toml`` was written."""

    def __init__(self, instance: Path) -> None:
        self.path = instance / "signoff.toml"
        self.stamp = self.read_stamp()

    def read_stamp(self) -> tuple[int, int]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_mtime_ns, status.st_ino

    def has_changed(self) -> bool:
        """Whether it was written since the last call."""
        before, self.stamp = self.stamp, self.read_stamp()
        return before != self.stamp
