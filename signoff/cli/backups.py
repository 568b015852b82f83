"""``backup`` and ``restore``: database and archive in one file, the keys in another. Mail files never."""

import json
import tarfile
import tempfile
from pathlib import Path

import click

from signoff.archive import write_whole
from signoff.cli.here import opened, read
from signoff.cli.instance import FOLDERS, write_once
from signoff.settings import load
from signoff.store import audit
from signoff.store.connection import connect

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
    write_whole(keys, (here.settings.instance / "keys.json").read_bytes())
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
    require_keys(keys, secret)
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} ist nicht leer. Bitte in einen neuen Ordner einspielen.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    for name in (DATABASE, TOML):
        (folder / name).chmod(0o600)
    for name in FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    write_once(folder / "keys.json", secret)
    load(folder)
    bad = audit.first_bad(connect(folder / DATABASE))
    if bad is not None:
        raise click.ClickException(f"Eingespielt, aber die Protokollkette bricht bei Eintrag {bad}.")
    click.echo(f"Eingespielt nach {folder}; die Protokollkette ist unversehrt.")


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


def require_keys(path: Path, text: str) -> None:
    try:
        known = set(json.loads(text))
    except (ValueError, TypeError):
        known = set()
    if not {"links", "cookies"} <= known:
        raise click.UsageError(f"{path} enthält keine Schlüssel von Signoff.")


COMMANDS = (backup, restore)
