"""``setup``: settings, site and first account of an instance on a machine with the Debian package."""

import stat
import tomllib
from pathlib import Path

import click
import pytest

from signoff.cli.machine import is_own, put_site
from signoff.config import load_settings
from tests.cli.conftest import Run

HOST = "mitzeichnung.staedteforum.example"
WORDS = ("setup", HOST, "--email", "Office@staedteforum.example")


def test_setup_writes_settings_site_and_the_first_account(run: Run, tmp_path: Path) -> None:
    done = run(*WORDS, "--smtp-url", "smtps://mail.staedteforum.example", "--root", tmp_path)
    assert done.code == 0, done.err
    assert done.out.startswith(f"https://{HOST}/login/set-up/")

    folder = tmp_path / "var/lib/signoff" / HOST
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "signoff.toml").stat().st_mode) == 0o600
    assert tomllib.loads((folder / "signoff.toml").read_text("utf-8")) == {
        "base_url": f"https://{HOST}",
        "proxies": 1,
        "backup": f"/var/lib/signoff-backup/{HOST}",
        "smtp_url": "smtps://mail.staedteforum.example",
    }
    assert load_settings(folder, {}).has_real_recipients

    site = (tmp_path / "etc/nginx/sites-enabled" / f"{HOST}.conf").read_text("utf-8")
    assert f"server unix:/run/signoff/{HOST}.sock;" in site
    assert f"server_name {HOST};" in site
    assert "verband.example" not in site
    assert "log_format" not in site, "it is shared by all sites of a machine"

    again = run(*WORDS, "--root", tmp_path)
    assert again.code == 0
    assert "gibt es schon" in again.out
    settings = tomllib.loads((folder / "signoff.toml").read_text("utf-8"))
    assert settings["smtp_url"], "a mail server that is not named stays"


@pytest.mark.parametrize(
    "words",
    [
        ("setup", HOST),
        ("setup", HOST, "--email", "niemand"),
        ("setup", f"{HOST}/path", *WORDS[2:]),
        ("setup", f"{HOST}:8443", *WORDS[2:]),
        ("setup", f"{HOST}; return 200;", *WORDS[2:]),
        ("setup", "../../etc.example", *WORDS[2:]),
        (*WORDS, "--certificate", "chain.pem"),
    ],
)
def test_setup_without_what_it_needs_changes_nothing(
    run: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert run(*words, "--root", tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


def test_setup_knows_the_addresses_of_this_machine() -> None:
    assert is_own("127.0.0.1")
    assert not is_own("192.0.2.77")


def test_setup_again_keeps_what_is_set_by_hand(run: Run, tmp_path: Path) -> None:
    assert run("setup", HOST.upper(), *WORDS[2:], "--root", tmp_path).code == 0
    settings = tmp_path / "var/lib/signoff" / HOST / "signoff.toml"
    settings.write_text(
        f'base_url = "https://anderswo.example"\nproxies = 2\nbackup = "/srv/{HOST}"\n', "utf-8"
    )
    before = settings.read_text("utf-8")
    site = tmp_path / "etc/nginx/sites-enabled" / f"{HOST}.conf"
    text = site.read_text("utf-8")
    live = f"/etc/letsencrypt/live/{HOST}"
    own = text.replace(f"{live}/fullchain.pem", "/etc/ssl/own.pem")
    own = own.replace(f"{live}/privkey.pem", "/etc/ssl/own.key")
    site.write_text(own.replace("client_max_body_size 20m", "client_max_body_size 1m"), "utf-8")
    assert run(*WORDS, "--root", tmp_path).code == 0
    assert settings.read_text("utf-8") == before
    assert site.read_text("utf-8") == own
    named = ("--certificate", "/etc/ssl/other.pem", "--key", "/etc/ssl/other.key")
    assert run(*WORDS, "--root", tmp_path, *named).code == 0
    assert site.read_text("utf-8") == own.replace("/own.", "/other.")


def test_a_setup_that_fails_on_the_way_has_not_used_up_the_first_account(
    run: Run, tmp_path: Path
) -> None:
    sites = tmp_path / "etc/nginx/sites-enabled"
    sites.parent.mkdir(parents=True)
    sites.touch()
    failed = run(*WORDS, "--root", tmp_path)
    assert (failed.code != 0, failed.out) == (True, "")
    sites.unlink()
    assert run(*WORDS, "--root", tmp_path).out.startswith(f"https://{HOST}/login/set-up/")


@pytest.mark.parametrize("former", [None, "former"])
def test_a_site_that_nginx_does_not_take_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, former: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no nginx is there to take it
    site = tmp_path / "site.conf"
    if former:
        site.write_text(former, "utf-8")
    with pytest.raises(click.exceptions.Exit):
        put_site(site, "server {", True)
    assert (site.read_text("utf-8") if site.exists() else None) == former
