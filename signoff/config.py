"""Settings of one instance: from ``instance/signoff.toml``, overridden by the environment.

No secret has a default.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

import tomlkit
from tomlkit.exceptions import TOMLKitError

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


def _find_folder(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"  # put there by the wheel
    return installed if installed.is_dir() else _PACKAGE.parent / name


LOOPBACK_HOSTS = ("127.0.0.1", "localhost")


class SettingsError(Exception):
    """What is missing or wrong in the settings, and what to do: a message of the catalogues and its
    facts.
    """

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message, self.facts = message, facts


@dataclass(frozen=True, slots=True)
class Keys:
    """The instance's secrets, newest first: the first one signs, all of them verify."""

    links: tuple[bytes, ...]
    cookies: tuple[bytes, ...]


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
    dkim_selector: str = ""
    proxies: int = 0
    accel: str = ""
    second_factor: bool = True
    reauth_minutes: int = 10
    demo: bool = False
    seal_p12: str = ""
    seal_passphrase: str = ""
    seal_passphrase_file: str = ""
    tsa_url: str = ""
    link_lifetime_days: int = 90

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
    def server_limits(self) -> list[tuple[int, int]]:
        """Mails a minute and a day of each mail server; 0 means no limit."""
        queries = [parse_qs(urlsplit(url).query) for url in self.smtp_url.split()]
        return [
            (parse_limit(query, "per_minute"), parse_limit(query, "per_day")) for query in queries
        ]

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
    return Settings(
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
        dkim_selector=str(values.get("dkim_selector", "")),
        proxies=parse_int(values.get("proxies", 0), "proxies"),
        accel=str(values.get("accel", "")),
        second_factor=parse_bool(
            values.get("second_factor", not parse_bool(values.get("demo", False)))
        ),
        reauth_minutes=parse_int(values.get("reauth_minutes", 10), "reauth_minutes"),
        demo=parse_bool(values.get("demo", False)),
        seal_p12=str(values.get("seal_p12", "")),
        seal_passphrase=str(values.get("seal_passphrase", "")),
        seal_passphrase_file=str(values.get("seal_passphrase_file", "")),
        tsa_url=parse_tsa_url(str(values.get("tsa_url", ""))),
        link_lifetime_days=parse_int(values.get("link_lifetime_days", 90), "link_lifetime_days"),
    )


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
    return Keys(*(tuple(bytes.fromhex(key) for key in keys[name]) for name in ("links", "cookies")))


def parse_base_url(url: str) -> str:
    """Every link is built from this address. Plain http is accepted on loopback only."""
    parts = urlsplit(url.rstrip("/"))
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    )
    if not secure or not parts.hostname or parts.query or parts.fragment or parts.path:
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


def parse_limit(query: Mapping[str, list[str]], name: str) -> int:
    text = query.get(name, ["0"])[-1]
    return int(text) if text.isdecimal() else 0


def parse_int(value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SettingsError(
            "SIGNOFF_%(name)s muss eine Zahl sein, nicht „%(value)s“.",
            name=name.upper(),
            value=value,
        ) from None


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
