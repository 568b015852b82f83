"""``backup`` and ``restore``: database and archive in one file, the keys in another. Mail files never."""

import json
import tarfile
import tempfile
from base64 import b64decode, b64encode
from pathlib import Path, PurePosixPath
from typing import Any

import click

from signoff.archive import write_whole
from signoff.cli.here import opened, read
from signoff.cli.instance import FOLDERS, write_once
from signoff.settings import load
from signoff.store import audit
from signoff.store.connection import connect

SEAL = "seal"  # the instance's own sealing key among the secrets, PKCS#12 in base64
DATABASE, TOML, ARCHIVE = "signoff.sqlite", "signoff.toml", "archive"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--keys", type=click.Path(path_type=Path), required=True, help="wohin die Schlüssel kommen (0600)")
@click.pass_obj
def backup(folder: Path, file: Path, keys: Path) -> None:
    """Datenbank und Archiv sichern, auch im laufenden Betrieb."""
    here = opened(folder)
    with tempfile.TemporaryDirectory(dir=here.settings.instance) as near:
        copy, packed = Path(near) / DATABASE, Path(near) / "backup.tar"
        here.db.conn.execute("VACUUM INTO ?", [str(copy)])
        with tarfile.open(packed, "w") as tar:
            tar.add(copy, DATABASE)
            tar.add(here.settings.instance / TOML, TOML)
            for path in whole_files(here.settings.archive):
                tar.add(path, f"{ARCHIVE}/{path.relative_to(here.settings.archive)}")
        write_whole(file, packed.read_bytes())
    secrets = json.loads(read(here.settings.instance / "keys.json"))
    secrets[SEAL] = b64encode(read(here.settings.own_seal)).decode() if here.settings.own_seal.exists() else ""
    write_whole(keys, json.dumps(secrets).encode())
    click.echo(f"Gesichert: {file} ({file.stat().st_size} Bytes); Schlüssel getrennt in {keys}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--keys", type=click.Path(path_type=Path), required=True, help="die Schlüssel der Sicherung")
@click.pass_obj
def restore(folder: Path, file: Path, keys: Path) -> None:
    """Eine Sicherung in einen leeren Ordner einspielen und die Protokollkette prüfen."""
    secret = read(keys).decode("utf-8", "replace")
    read(file)
    require_backup(file)
    secrets = require_keys(keys, secret)
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} ist nicht leer. Bitte in einen neuen Ordner einspielen.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    unpack(file, folder)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    seal = secrets.pop(SEAL, "")
    write_once(folder / "keys.json", json.dumps(secrets))
    settings = load(folder)
    if seal:
        write_once(settings.own_seal, b64decode(seal))
    bad = audit.first_bad(connect(folder / DATABASE))
    if bad is not None:
        raise click.ClickException(f"Eingespielt, aber die Protokollkette bricht bei Eintrag {bad}.")
    click.echo(f"Eingespielt nach {folder}; die Protokollkette ist unversehrt.")


def unpack(file: Path, folder: Path) -> None:
    """Write the backup's plain files, each 0600 and inside ``folder``; Python 3.11.2 has no extraction filter yet."""
    with tarfile.open(file) as tar:
        for entry in tar:
            content = tar.extractfile(entry) if entry.isfile() else None
            if content is None or not plain(entry.name):
                continue
            write_whole(folder / entry.name, content.read())


def plain(name: str) -> bool:
    """Whether a name in a backup is one that ``backup`` writes: relative, and without a step upwards."""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and not name.startswith("/") and parts[0] in (DATABASE, TOML, ARCHIVE)


def whole_files(archive: Path) -> list[Path]:
    """Without what is being written at this moment; what the database names stands whole already."""
    return sorted(path for path in archive.rglob("[!.]*") if path.is_file())


def require_backup(file: Path) -> None:
    """Looked at before anything is touched."""
    try:
        with tarfile.open(file) as tar:
            names = tar.getnames()
    except tarfile.TarError:
        names = []
    if not {DATABASE, TOML} <= set(names):
        raise click.UsageError(f"{file} ist keine Sicherung von Signoff.")


def require_keys(path: Path, text: str) -> dict[str, Any]:
    try:
        known = dict(json.loads(text))
    except (ValueError, TypeError):
        known = {}
    if not {"links", "cookies"} <= set(known):
        raise click.UsageError(f"{path} enthält keine Schlüssel von Signoff.")
    return known


COMMANDS = (backup, restore)
