"""``staff add|list|disable|reset``."""

import sys
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from signoff import actions, security, store
from signoff.cli.context import ACTOR, Context, DateParam, open_context, read_file
from signoff.domain.accounts import Role
from signoff.domain.association import LEGAL_TEXT_KINDS
from signoff.domain.members import ImportChange, ImportPreviewRow
from signoff.domain.papers import Text
from signoff.i18n import labels
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.i18n.errors import describe_import_problem as problem_words
from signoff.importers.errors import FileRefused
from signoff.importers.members import parse_email, read_members
from signoff.importers.papers import read_text
from signoff.importers.uploads import read_logo
from signoff.tokens import TokenPurpose

# ``association show|set|text``: who runs the instance, and its legal texts.

ASSOCIATION_FIELDS = (
    "name",
    "short_name",
    "address",
    "email",
    "telephone",
    "hours",
    "contact",
    "language",
    "time_zone",
    "sender",
)


@click.group()
def association() -> None:
    """Angaben zum Verband: Name, Anschrift, Impressum, Datenschutz."""


@association.command()
@click.pass_obj
def show(folder: Path) -> None:
    """Alle Angaben zeigen."""
    here = open_context(folder)
    for name, value in asdict(store.association.get(here.db)).items():
        click.echo(f"{name} = {value}")
    for text in store.association.list_legal_texts(here.db):
        click.echo(
            f"{text.kind}.{text.language}: {'bearbeitet' if text.edited_at else 'Vorlage, noch unbearbeitet'}"
        )


@association.command("set")
@click.argument("pairs", nargs=-1, required=True, metavar="NAME=WERT…")
@click.pass_obj
def set_fields(folder: Path, pairs: tuple[str, ...]) -> None:
    """Angaben ändern, zum Beispiel: signoff association set "name=Städteforum e. V." telephone="0221 4710-128"."""
    here = open_context(folder)
    given = dict(pair.partition("=")[::2] for pair in pairs)
    unknown = [name for name in given if name not in ASSOCIATION_FIELDS]
    if unknown or any("=" not in pair for pair in pairs):
        raise click.UsageError(
            f"Unbekannt: {', '.join(unknown or pairs)}. Möglich sind {', '.join(ASSOCIATION_FIELDS)}."
        )
    if given.get("language", LANGUAGES[0]) not in LANGUAGES:
        raise click.UsageError(f"Als Sprache sind {' und '.join(LANGUAGES)} möglich.")
    if "time_zone" in given:
        parse_time_zone(given["time_zone"])
    told: dict[str, Any] = {name: value.replace("\\n", "\n") for name, value in given.items()}
    changed = replace(store.association.get(here.db), **told)
    actions.association.update(here.db, changed, ACTOR, here.now)
    click.echo(f"Geändert: {', '.join(given)}")


@association.command()
@click.argument("wanted", type=click.Choice(("on", "off")))
@click.pass_obj
def confirmation(folder: Path, wanted: str) -> None:
    """Ob jede Veröffentlichung von einer zweiten Person bestätigt wird."""
    here = open_context(folder)
    actions.releases.set_four_eyes(here.db, wanted == "on", ACTOR, here.now)
    click.echo(f"Vier-Augen-Prinzip für Veröffentlichungen: {'an' if wanted == 'on' else 'aus'}")


@association.command()
@click.argument("kind", type=click.Choice(LEGAL_TEXT_KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@click.pass_obj
def text(folder: Path, kind: str, file: Path, language: str) -> None:
    """Impressum, Datenschutz- oder Barrierefreiheitshinweise aus einer Markdown-Datei übernehmen."""
    here = open_context(folder)
    try:
        markdown = read_file(file).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise click.UsageError(f"{file} ist nicht in UTF-8 geschrieben.") from wrong
    actions.association.edit_text(here.db, kind, language, markdown, ACTOR, here.now)
    click.echo(f"Übernommen: {kind}.{language}")


@association.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--remove", is_flag=True, help="das Logo entfernen")
@click.pass_obj
def logo(folder: Path, file: Path | None, remove: bool) -> None:
    """Das Logo (PNG oder JPEG) für Seiten und PDF übernehmen oder entfernen."""
    here = open_context(folder)
    if (file is None) is not remove:
        raise click.UsageError("Bitte nennen Sie entweder eine Datei oder --remove.")
    try:
        found = read_logo(read_file(file)) if file else None
    except FileRefused as refused:
        raise click.UsageError(
            " ".join(problem_words(each) for each in refused.problems)
        ) from refused
    actions.association.set_logo(here.db, found, ACTOR, here.now)
    click.echo(
        f"Logo: {found.width} × {found.height} Bildpunkte" if found else "Das Logo ist entfernt."
    )


def parse_time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as wrong:
        raise click.UsageError(
            f"„{name}“ ist keine Zeitzone; zum Beispiel Europe/Berlin."
        ) from wrong


# ``members import``.

CHANGE_LABELS = {
    ImportChange.NEW: "neu",
    ImportChange.CHANGED: "geändert",
    ImportChange.SAME: "unverändert",
}


@click.group()
def members() -> None:
    """Mitgliedskommunen und Ansprechpersonen."""


@members.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="nur zeigen, was sich ändern würde")
@click.pass_obj
def import_file(folder: Path, file: Path, dry_run: bool) -> None:
    """Eine Mitgliederliste (CSV oder XLSX) aufnehmen: ganz oder gar nicht; niemand wird entfernt."""
    here = open_context(folder)
    try:
        rows = read_members(file.name, read_file(file)).members
    except FileRefused as refused:
        lines = "\n".join(describe_import_problem(problem) for problem in refused.problems)
        raise click.ClickException(f"{file.name} wurde nicht übernommen.\n{lines}") from refused
    planned = (
        actions.member_import.plan_import(here.db, rows)
        if dry_run
        else actions.member_import.import_members(here.db, rows, ACTOR, here.now)
    )
    for each in planned:
        if each.change is not ImportChange.SAME:
            click.echo(format_change(each))
    click.echo(format_summary(planned) + (" Nichts wurde geändert (Probelauf)." if dry_run else ""))


def format_change(each: ImportPreviewRow) -> str:
    who = each.name if each.email is None else f"{each.name}, {each.email or 'per Brief'}"
    fields = "; ".join(f"{name}: {old!r} → {new!r}" for name, old, new in each.fields)
    return f"Zeile {each.line}: {CHANGE_LABELS[each.change]}: {each.key} {who}{f' ({fields})' if fields else ''}"


def format_summary(planned: list[ImportPreviewRow]) -> str:
    cities = [each for each in planned if each.email is None]
    people = [each for each in planned if each.email is not None]
    counts = ", ".join(
        f"{count_changes(cities, change)} {word}" for change, word in CHANGE_LABELS.items()
    )
    return (
        f"{len(cities)} Mitglieder ({counts}), {len(people)} Ansprechpersonen "
        f"({count_changes(people, ImportChange.NEW)} neu, {count_changes(people, ImportChange.CHANGED)} geändert)."
    )


def count_changes(planned: list[ImportPreviewRow], change: ImportChange) -> int:
    return sum(each.change is change for each in planned)


# ``papers add``.


@click.group()
def papers() -> None:
    """Positionspapiere und ihre Fassungen."""


@papers.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--slug", required=True, help="Kurzname in der Adresse, zum Beispiel leitgedanken")
@click.option("--title", required=True)
@click.option("--subtitle", default="")
@click.option("--language", type=click.Choice(LANGUAGES), default="de")
@click.option(
    "--kind",
    default="Positionspapier",
    help="zum Beispiel Positionspapier, Stellungnahme, Resolution",
)
@click.option("--adopted-by", default="", help="beschließendes Gremium")
@click.option("--adopted-on", type=DateParam(), default=None, help="Tag des Beschlusses")
@click.option("--adopted-at", default="", help="Ort des Beschlusses")
@click.option("--assembly", default="", help="Versammlung, zum Beispiel 27. Mitgliederversammlung")
@click.option("--vote", default="", help="Ergebnis der Abstimmung")
@click.option("--contact", default="", help="wen Mitglieder zum Text fragen können")
@click.pass_obj
def add_paper(
    folder: Path,
    file: Path,
    slug: str,
    title: str,
    subtitle: str,
    language: str,
    kind: str,
    adopted_by: str,
    adopted_on: date | None,
    adopted_at: str,
    assembly: str,
    vote: str,
    contact: str,
) -> None:
    """Ein Papier mit seiner ersten Fassung aus Word (DOCX) oder Markdown aufnehmen."""
    here = open_context(folder)
    try:
        taken = read_text(file.name, read_file(file), title)
    except FileRefused as refused:
        lines = " ".join(describe_import_problem(problem) for problem in refused.problems)
        raise click.ClickException(f"{file.name}: {lines}") from refused
    text = Text(
        title,
        taken.html,
        subtitle,
        kind,
        language,
        adopted_by,
        adopted_on,
        adopted_at,
        assembly,
        vote,
        contact,
    )
    edition = actions.papers.add_paper(here.db, slug, text, ACTOR, here.now)
    for remark in taken.warnings:
        click.echo(f"Hinweis: {describe_import_notice(remark)}", err=True)
    click.echo(f"{slug}, Fassung {edition.number}, Prüfsumme {edition.digest}")


@click.group()
def staff() -> None:
    """Konten der Geschäftsstelle."""


@staff.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="")
@click.option("--password-stdin", is_flag=True, help="das Passwort von der Standardeingabe lesen")
@click.option(
    "--mail", is_flag=True, help="den Einrichtungslink per E-Mail senden, statt ihn auszugeben"
)
@click.pass_obj
def add_account(
    folder: Path, email: str, role: str, name: str, password_stdin: bool, mail: bool
) -> None:
    """Ein Konto anlegen; ohne Passwort wird ein Einrichtungslink ausgegeben oder gesandt."""
    here = open_context(folder)
    if parse_email(email) is None:
        raise click.UsageError(f"„{email}“ ist keine gültige E-Mail-Adresse.")
    if mail and password_stdin:
        raise click.UsageError("Bitte entweder --mail oder --password-stdin angeben.")
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    hash = security.hash_password(password) if password is not None else ""
    made = actions.accounts.add(
        here.db, email, name or email, Role(role), hash, ACTOR, here.now, mail=mail
    )
    click.echo(f"Konto angelegt: {made.email} ({labels.ROLE[made.role]})")
    if mail:
        click.echo(f"Der Einrichtungslink geht an {made.email}.")
    elif password is None:
        click.echo(build_setup_link(here, made.id, store.accounts.get_generation(here.db, made.id)))


@staff.command("list")
@click.pass_obj
def list_accounts(folder: Path) -> None:
    """Alle Konten."""
    for each in store.accounts.list_all(open_context(folder).db):
        state = (
            " (gesperrt)"
            if each.disabled_at
            else ""
            if each.password_hash
            else " (noch ohne Passwort)"
        )
        click.echo(f"{each.email}  {labels.ROLE[each.role]}{state}")


@staff.command()
@click.argument("email")
@click.pass_obj
def disable(folder: Path, email: str) -> None:
    """Ein Konto sperren und seine Sitzungen beenden."""
    here = open_context(folder)
    actions.accounts.disable(here.db, email, ACTOR, here.now)
    click.echo(f"Gesperrt: {email}")


@staff.command()
@click.argument("email")
@click.pass_obj
def reset(folder: Path, email: str) -> None:
    """Passwort und zweiten Faktor eines Kontos zurücksetzen; gibt einen neuen Einrichtungslink aus."""
    here = open_context(folder)
    one, generation = actions.accounts.reset(here.db, email, ACTOR, here.now)
    click.echo(build_setup_link(here, one.id, generation))


def build_setup_link(here: Context, account_id: int, generation: int) -> str:
    token = here.tools.links.token(TokenPurpose.STAFF, str(account_id), generation)
    return f"{here.settings.base_url}/login/set-up/{token}"


COMMANDS = (association, members, papers, staff)
