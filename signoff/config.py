"""Settings of one instance: the environment over ``instance/signoff.toml``; there is no default secret."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

# Where templates and static files lie: beside the package in a working copy, inside it once it is installed.

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
    """What is missing or wrong in the settings, and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The instance's secrets, newest first: the first one signs, all verify."""

    links: tuple[bytes, ...]
    cookies: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an instance is run with. ``base_url`` has no slash at its end."""

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
        """Prints that can be made again; no part of a backup."""
        return self.instance / "cache"

    @property
    def own_seal(self) -> Path:
        """The key made at set-up; it seals unless the association has brought its own."""
        return self.instance / "seal.p12"

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @property
    def on_loopback(self) -> bool:
        """Whether nobody but this machine can reach the instance."""
        return urlsplit(self.base_url).hostname in LOOPBACK_HOSTS


def load_settings(instance: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the instance in the folder ``instance``. Raises ``SettingsWrong`` with what to do."""
    if not (instance / "keys.json").exists():
        raise SettingsError(
            f"{instance} ist keine eingerichtete Instanz. Bitte zuerst „signoff init“ ausführen."
        )
    told = read_toml(instance / "signoff.toml")
    names = [each.name for each in fields(Settings) if each.name not in ("instance", "keys")]
    told |= {
        name: environment[key]
        for name in names
        if (key := f"SIGNOFF_{name.upper()}") in environment
    }
    return Settings(
        instance=instance.resolve(),
        base_url=parse_base_url(str(told.get("base_url", "http://localhost:8000"))),
        keys=load_keys(instance / "keys.json"),
        smtp_url=str(told.get("smtp_url", "")),
        mail_rate_limit=parse_int(told.get("mail_rate_limit", 0), "mail_rate_limit"),
        mail_rate_limit_domain=parse_int(
            told.get("mail_rate_limit_domain", 0), "mail_rate_limit_domain"
        ),
        bounces_address=parse_bounces_address(str(told.get("bounces_address", ""))),
        imap_url=str(told.get("imap_url", "")),
        dkim_selector=str(told.get("dkim_selector", "")),
        proxies=parse_int(told.get("proxies", 0), "proxies"),
        accel=str(told.get("accel", "")),
        second_factor=parse_bool(
            told.get("second_factor", not parse_bool(told.get("demo", False)))
        ),
        reauth_minutes=parse_int(told.get("reauth_minutes", 10), "reauth_minutes"),
        demo=parse_bool(told.get("demo", False)),
        seal_p12=str(told.get("seal_p12", "")),
        seal_passphrase=str(told.get("seal_passphrase", "")),
        seal_passphrase_file=str(told.get("seal_passphrase_file", "")),
        tsa_url=parse_tsa_url(str(told.get("tsa_url", ""))),
        link_lifetime_days=parse_int(told.get("link_lifetime_days", 90), "link_lifetime_days"),
    )


def read_toml(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} ist nicht lesbar: {error}") from error


def load_keys(path: Path) -> Keys:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Keys(*(tuple(bytes.fromhex(key) for key in told[name]) for name in ("links", "cookies")))


def parse_base_url(url: str) -> str:
    """Plain http is accepted on loopback only; links are built from this address and no other."""
    parts = urlsplit(url.rstrip("/"))
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    )
    if not secure or not parts.hostname or parts.query or parts.fragment or parts.path:
        raise SettingsError(
            f"SIGNOFF_BASE_URL „{url}“ muss mit https:// beginnen und ohne Pfad enden (http nur für localhost)."
        )
    return url.rstrip("/")


def parse_bounces_address(address: str) -> str:
    """``bounces@verband.example``; what stands before the @ gets ``+`` and a mark of the mail behind it."""
    local, _, domain = address.partition("@")
    if address and (
        not re.fullmatch(r"[a-z0-9._-]{1,30}", local)
        or not re.fullmatch(r"[a-z0-9.-]{1,200}", domain)
    ):
        raise SettingsError(
            f"SIGNOFF_BOUNCES_ADDRESS „{address}“ muss wie bounces@verband.example geschrieben sein."
        )
    return address


def parse_tsa_url(url: str) -> str:
    """Plain http is how most authorities are reached: their answers are signed."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise SettingsError(f"SIGNOFF_TSA_URL „{url}“ muss mit http:// oder https:// beginnen.")
    return url


def parse_int(value: object, name: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise SettingsError(
            f"SIGNOFF_{name.upper()} muss eine Zahl sein, nicht „{value}“."
        ) from None


def parse_bool(value: object) -> bool:
    return str(value).lower() not in ("off", "false", "0", "no", "")
