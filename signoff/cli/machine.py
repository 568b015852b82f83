"""``setup``: makes an instance on a machine with the Debian package, from the checks to the address
where its first account is made.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click

from signoff import delivery_checks
from signoff.checks import (
    GRADE_LABELS,
    Finding,
    Findings,
    Grade,
    Sentence,
    error,
    look_up,
    ok,
    try_mail_settings,
    unknown,
    warning,
)
from signoff.cli.instance import fail
from signoff.cli.language import gettext as _
from signoff.config import deploy_folder, load_settings, read_toml, save_settings
from signoff.domain.text import parse_email
from signoff.i18n.catalogue import gettext_noop as N_

USER = "signoff"
INSTANCES, BACKUPS = Path("var/lib/signoff"), Path("var/lib/signoff-backup")
SITES = Path("etc/nginx/sites-enabled")
CHALLENGES = Path("/var/lib/letsencrypt")  # as deploy/nginx.conf names it
PORTS = (80, 443)
ANSWER_TIMEOUT = 20  # seconds
# It becomes the name of folders, units and files, and a part of nginx's site.
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
CERTIFICATE_LINES = re.compile(r"(?:^ *ssl_certificate(?:_key)? .*\n)+", re.MULTILINE)


@click.command
@click.argument("host")
@click.option("--email", help=N_("E-Mail-Adresse der Person, die das erste Konto erhält"))
@click.option("--smtp-url", default="", help=N_("Mailserver, wie SIGNOFF_SMTP_URL"))
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    help=N_("eigenes Zertifikat mit seiner Kette (PEM); sonst holt certbot eines"),
)
@click.option("--key", type=click.Path(path_type=Path), help=N_("der Schlüssel dazu"))
@click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/"),
    help=N_("alles unter diesem Ordner anlegen, nichts prüfen und nichts starten"),
)
def setup(
    host: str,
    email: str | None,
    smtp_url: str,
    certificate: Path | None,
    key: Path | None,
    root: Path,
) -> None:
    host = host.lower()
    if not HOST.fullmatch(host):
        raise click.UsageError(
            _("„%(host)s“ ist kein Name wie mitzeichnung.verband.example.", host=host)
        )
    base_url = f"https://{host}"
    if email is None and sys.stdin.isatty():
        email = click.prompt(_("E-Mail-Adresse der Person, die das erste Konto erhält"))
    email = parse_email(email or "")
    if email is None:
        raise click.UsageError(_("Bitte mit --email eine E-Mail-Adresse angeben."))
    if (certificate is None) != (key is None):
        raise click.UsageError(_("--certificate und --key gehören zusammen."))
    here = root == Path("/")
    if here and os.geteuid() != 0:
        raise click.UsageError(_("Bitte als root ausführen."))
    if here:
        report([*check_name(host, needed=certificate is None), *check_ports()])

    folder, backup = root / INSTANCES / host, root / BACKUPS / host
    for path in (folder, backup):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        give_away(path, here)
    run_signoff(folder, here, "init")
    present = read_toml(folder / "signoff.toml")
    settings: dict[str, str | int] = {
        "base_url": base_url,
        "proxies": 1,
        "backup": f"/{BACKUPS / host}",
    }
    missing = {name: value for name, value in settings.items() if name not in present}
    save_settings(folder, missing | ({"smtp_url": smtp_url} if smtp_url else {}))
    give_away(folder / "signoff.toml", here)
    if here and smtp_url:
        report(try_mail_settings(load_settings(folder)))

    write_site(root, host, certificate, key, email)
    if here:
        start(host, base_url)
    # Last, so that nothing which fails before hides the address: it is printed once.
    click.echo(add_account(folder, here, email))


def give_away(path: Path, here: bool) -> None:
    if here:
        shutil.chown(path, USER, USER)


def run_signoff(folder: Path, here: bool, *words: str) -> str:
    """Run a command as the user of the service and return what it prints. Ends this one if it
    fails.
    """
    done = subprocess.run(
        [sys.executable, "-P", "-m", "signoff", *words, "--instance", str(folder)],
        user=USER if here else None,
        group=USER if here else None,
        extra_groups=[] if here else None,
        cwd="/",
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)
    return done.stdout.strip()


def add_account(folder: Path, here: bool, email: str) -> str:
    """The address where the first account is made, or what to do if it exists."""
    accounts = run_signoff(folder, here, "staff", "list").splitlines()
    if any(line.split()[:1] == [email.lower()] for line in accounts):
        return _("Das Konto %(email)s gibt es schon.", email=email)
    return run_signoff(folder, here, "staff", "add", email, "--role", "admin").splitlines()[-1]


# Checks before anything is written.


def report(findings: Sequence[Finding]) -> None:
    """Print what was found; ends the command if one is an error."""
    translated = [finding.translate(_) for finding in findings]
    for found in translated:
        to_do = f" → {found.to_do}" if found.to_do else ""
        click.echo(f"{_(GRADE_LABELS[found.grade]):10}  {found.matter}: {found.found}{to_do}")
    if any(found.grade is Grade.ERROR for found in translated):
        fail(_("Bitte zuerst beheben, was fehlt, und dann noch einmal ausführen."))


def check_name(host: str, needed: bool) -> Findings:
    """Whether the DNS leads to this machine; certbot needs it."""
    matter, addresses = "DNS", delivery_checks.resolve(look_up, host)
    if addresses is None:
        yield unknown(matter, Sentence(N_("%(name)s: DNS antwortet nicht"), name=host))
    elif not addresses:
        yield (error if needed else warning)(
            matter,
            Sentence(N_("%(name)s: kein Eintrag"), name=host),
            Sentence(
                N_("Im DNS für diesen Namen die Adresse dieser Maschine eintragen (A, AAAA).")
            ),
        )
    elif foreign := [each for each in addresses if not is_own(each)]:
        yield warning(
            matter,
            Sentence(N_("%(name)s: %(addresses)s"), name=host, addresses=", ".join(foreign)),
            Sentence(
                N_(
                    "Keine Adresse dieser Maschine; das ist richtig, wenn ein Router sie weitergibt."
                )
            ),
        )
    else:
        yield ok(
            matter,
            Sentence(N_("%(name)s: %(addresses)s"), name=host, addresses=", ".join(addresses)),
        )


def is_own(address: str) -> bool:
    """Whether the address is one of this machine."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def check_ports() -> Iterator[Finding]:
    """Whether nginx has the ports of http and https, or can have them."""
    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("", port))
            except OSError:
                taken = not Path("/run/nginx.pid").exists()
            else:
                taken = False
        matter = Sentence(N_("Anschluss %(port)s"), port=port)
        if taken:
            yield error(
                matter,
                Sentence(N_("ein anderes Programm als nginx lauscht hier")),
                Sentence(N_("Das andere Programm beenden.")),
            )
        else:
            yield ok(matter, Sentence(N_("frei für nginx")))


# Web server, certificate, service.


def write_site(
    root: Path, host: str, certificate: Path | None, key: Path | None, email: str
) -> None:
    """Write nginx's site. It keeps the certificate of a former one unless another is named.
    Where certbot has to get one, the part without https comes first, because its challenge is
    answered there.
    """
    here, site = root == Path("/"), root / SITES / f"{host}.conf"
    site.parent.mkdir(parents=True, exist_ok=True)
    live = Path("/etc/letsencrypt/live") / host
    text = render_site(host, certificate or live / "fullchain.pem", key or live / "privkey.pem")
    former = CERTIFICATE_LINES.search(site.read_text("utf-8") if site.exists() else "")
    if certificate is None and former:
        text = CERTIFICATE_LINES.sub(lambda _: former[0], text)
    if here and f" {live}/" in text and not live.exists():
        put_site(site, text.partition("server {\n    listen 443")[0], here)
        CHALLENGES.mkdir(exist_ok=True)
        run(
            "certbot", "certonly", "--non-interactive", "--agree-tos", "--email", email,
            "--webroot", "--webroot-path", str(CHALLENGES), "--domain", host,
            "--deploy-hook", "nginx -s reload",
        )  # fmt: skip
    put_site(site, text, here)


def put_site(site: Path, text: str, here: bool) -> None:
    """Write the site and have nginx read it. If nginx refuses it, the former state is restored and
    the command ends, because all other sites depend on nginx.
    """
    former = site.read_bytes() if site.exists() else None
    site.write_text(text, "utf-8")
    if not here:
        return
    try:
        run("nginx", "-t", "-q")
    except click.exceptions.Exit:
        site.unlink() if former is None else site.write_bytes(former)
        raise
    run("nginx", *(("-s", "reload") if Path("/run/nginx.pid").exists() else ()))


def render_site(host: str, certificate: Path, key: Path) -> str:
    """``deploy/nginx.conf`` for one host, without what all sites share."""
    text = (deploy_folder() / "nginx.conf").read_text("utf-8")
    text = text[text.index("upstream signoff {") :]
    live = "/etc/letsencrypt/live/mitzeichnung.verband.example"
    for example, own in {
        f"{live}/fullchain.pem": str(certificate.absolute()),
        f"{live}/privkey.pem": str(key.absolute()),
        "upstream signoff {": f"upstream {host} {{",
        "http://signoff;": f"http://{host};",
        "127.0.0.1:8000": f"unix:/run/signoff/{host}.sock",
        "/var/lib/signoff/instance/": f"/var/lib/signoff/{host}/",
        "mitzeichnung.verband.example": host,
    }.items():
        text = text.replace(example, own)
    return text


def start(host: str, base_url: str) -> None:
    """Start the service, now and whenever the machine starts, and ask it for a page."""
    if not Path("/run/systemd/system").is_dir():
        click.echo(_("systemd läuft hier nicht; bitte den Dienst selbst starten."), err=True)
        return
    run("systemctl", "enable", "--now", f"signoff@{host}.socket", f"signoff@{host}.service")
    try:
        with urlopen(f"{base_url}/health/live", timeout=ANSWER_TIMEOUT):  # noqa: S310 (https)
            pass
    except (URLError, OSError) as problem:
        fail(_("%(address)s antwortet nicht: %(problem)s", address=base_url, problem=problem))


def run(*command: str) -> None:
    """Run a program of the system. Ends this command if it fails."""
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        fail(_("Das ist nicht gelungen: %(problem)s", problem=problem))


COMMANDS = (setup,)
