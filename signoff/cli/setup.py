"""The commands ``association``, ``members``, ``papers`` and ``staff``."""

import sys
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from signoff import actions, security, store
from signoff.cli.context import ACTOR, Context, DateParam, open_context, read_file
from signoff.cli.language import gettext as _
from signoff.domain.accounts import Role
from signoff.domain.association import LEGAL_TEXT_KINDS, list_gaps
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import require_printable
from signoff.domain.members import ImportChange, ImportPreviewRow
from signoff.domain.papers import PaperForm
from signoff.domain.text import parse_email
from signoff.i18n import labels
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.importers.errors import FileRefused
from signoff.importers.members import OddKeys, read_members
from signoff.importers.papers import read_text
from signoff.importers.uploads import read_logo
from signoff.tokens import TokenPurpose

# ``association``: who runs the instance, and its legal texts.

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
    "responsible",
    "licence",
)


@click.group
def association() -> None:
    pass


@association.command(help=N_("Alle Angaben zeigen."))
@click.pass_obj
def show(folder: Path) -> None:
    context = open_context(folder)
    ours = store.association.get(context.db)
    for name, value in asdict(ours).items():
        click.echo(f"{name} = {value}")
    for text in store.association.list_legal_texts(context.db):
        click.echo(
            _("%(text)s: bearbeitet", text=f"{text.kind}.{text.language}")
            if text.is_public(ours)
            else _("%(text)s: Vorlage, noch unbearbeitet", text=f"{text.kind}.{text.language}")
        )


@association.command(
    "set",
    help=N_(
        'Angaben ändern, zum Beispiel: signoff association set "name=Städteforum e. V." telephone="0221 4710-128".'
    ),
)
@click.argument("pairs", nargs=-1, required=True, metavar=N_("NAME=WERT…"))
@click.pass_obj
def set_fields(folder: Path, pairs: tuple[str, ...]) -> None:
    context = open_context(folder)
    values = dict(pair.partition("=")[::2] for pair in pairs)
    unknown = [name for name in values if name not in ASSOCIATION_FIELDS]
    if unknown or any("=" not in pair for pair in pairs):
        raise click.UsageError(
            _(
                "Unbekannt: %(names)s. Möglich sind %(possible)s.",
                names=", ".join(unknown or pairs),
                possible=", ".join(ASSOCIATION_FIELDS),
            )
        )
    if values.get("language", LANGUAGES[0]) not in LANGUAGES:
        raise click.UsageError(
            _("Als Sprache sind möglich: %(languages)s.", languages=", ".join(LANGUAGES))
        )
    if "time_zone" in values:
        parse_time_zone(values["time_zone"])
    for name in ("email", "sender"):
        if values.get(name):
            require_email(values[name])
    settings: dict[str, Any] = {
        name: require_printable(value.replace("\\n", "\n"), name) for name, value in values.items()
    }
    changed = replace(store.association.get(context.db), **settings)
    actions.association.update(context.db, changed, ACTOR, context.now)
    click.echo(_("Geändert: %(names)s", names=", ".join(values)))


@association.command(
    help=N_(
        "Ob eine zweite Person bestätigt, was öffentlich wird. "
        "Wenn das hier ausgeschaltet wird, erhalten alle eine E-Mail, die bearbeiten dürfen."
    )
)
@click.argument("wanted", type=click.Choice(("on", "off")))
@click.pass_obj
def confirmation(folder: Path, wanted: str) -> None:
    context = open_context(folder)
    actions.approvals.set_four_eyes(context.db, wanted == "on", ACTOR, context.now)
    click.echo(_("Vier-Augen-Prinzip: an") if wanted == "on" else _("Vier-Augen-Prinzip: aus"))


@association.command(
    help=N_(
        "Impressum, Datenschutz- oder Barrierefreiheitshinweise aus einer Markdown-Datei übernehmen."
    )
)
@click.argument("kind", type=click.Choice(LEGAL_TEXT_KINDS))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@click.pass_obj
def text(folder: Path, kind: str, file: Path, language: str) -> None:
    context = open_context(folder)
    try:
        markdown = read_file(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.UsageError(_("%(file)s ist nicht in UTF-8 geschrieben.", file=file)) from error
    saved = actions.association.edit_text(context.db, kind, language, markdown, ACTOR, context.now)
    click.echo(_("Übernommen: %(kind)s.%(language)s", kind=kind, language=language))
    if gaps := list_gaps(saved.markdown, store.association.get(context.db)):
        notice = _(
            "Der Text ist noch nicht veröffentlicht; es fehlt: %(gaps)s.", gaps="; ".join(gaps)
        )
        click.echo(_("Hinweis: %(notice)s", notice=notice), err=True)


@association.command(
    help=N_("Das Logo (PNG oder JPEG) für Seiten und PDF übernehmen oder entfernen.")
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--remove", is_flag=True, help=N_("das Logo entfernen"))
@click.pass_obj
def logo(folder: Path, file: Path | None, remove: bool) -> None:
    context = open_context(folder)
    if (file is None) is not remove:
        raise click.UsageError(_("Bitte nennen Sie entweder eine Datei oder --remove."))
    try:
        image = read_logo(read_file(file)) if file else None
    except FileRefused as refused:
        raise click.UsageError(
            " ".join(describe_import_problem(problem, _) for problem in refused.problems)
        ) from refused
    actions.association.set_logo(context.db, image, ACTOR, context.now)
    click.echo(
        _("Logo: %(width)s × %(height)s Bildpunkte", width=image.width, height=image.height)
        if image
        else _("Das Logo ist entfernt.")
    )


def require_email(text: str) -> None:
    if parse_email(text) is None:
        raise Refusal(Reason.NOT_AN_ADDRESS, text=text)


def parse_time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise click.UsageError(
            _("„%(name)s“ ist keine Zeitzone; zum Beispiel Europe/Berlin.", name=name)
        ) from error


# ``members import``: lists the changes in a member file, and saves them.


@click.group
def members() -> None:
    pass


@members.command(
    "import",
    help=N_(
        "Eine Mitgliederliste (CSV, XLSX oder ODS) aufnehmen: ganz oder gar nicht; niemand wird entfernt."
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help=N_("nur zeigen, was sich ändern würde"))
@click.option(
    "--keys",
    type=click.Choice([each.value for each in OddKeys]),
    default=OddKeys.REFUSE.value,
    help=N_(
        "Schlüssel, die eine führende Null verloren haben oder sonst auffallen: ablehnen (refuse), "
        "berichtigen (mend) oder lassen (keep)"
    ),
)
@click.pass_obj
def import_file(folder: Path, file: Path, dry_run: bool, keys: str) -> None:
    context = open_context(folder)
    try:
        member_file = read_members(
            file.name,
            read_file(file),
            remembered=store.members.list_headings(context.db),
            languages=LANGUAGES,
            known=store.members.list_all(context.db),
            odd_keys=OddKeys(keys),
        )
    except FileRefused as refused:
        lines = "\n".join(describe_import_problem(problem, _) for problem in refused.problems)
        raise click.ClickException(
            _("%(name)s wurde nicht übernommen.\n%(lines)s", name=file.name, lines=lines)
        ) from refused
    for notice in member_file.notices:
        click.echo(_("Hinweis: %(notice)s", notice=describe_import_notice(notice, _)), err=True)
    for mend in member_file.mends:
        click.echo(describe_import_problem(mend.problem, _), err=True)
    rows = member_file.members
    planned = (
        actions.member_import.plan_import(context.db, rows)
        if dry_run
        else actions.member_import.import_members(context.db, rows, ACTOR, context.now)
    )
    for row in planned:
        if row.change is not ImportChange.SAME:
            click.echo(format_change(row))
    click.echo(
        format_summary(planned) + (_(" Nichts wurde geändert (Probelauf).") if dry_run else "")
    )


def format_change(row: ImportPreviewRow) -> str:
    address = row.email or _("per Brief")
    who = row.name if row.email is None else f"{row.name}, {address}"
    details = "; ".join(f"{name}: {old!r} → {new!r}" for name, old, new in row.fields)
    if row.other_key:
        details = _("Name und Adresse stehen schon unter %(key)s", key=row.other_key)
    return _(
        "Zeile %(line)s: %(change)s: %(key)s %(who)s",
        line=row.line,
        change=_(labels.CHANGE[row.change]),
        key=row.key,
        who=f"{who} ({details})" if details else who,
    )


def format_summary(planned: list[ImportPreviewRow]) -> str:
    municipalities = [row for row in planned if row.email is None]
    representatives = [row for row in planned if row.email is not None]
    counts = ", ".join(
        f"{count_changes(municipalities, change)} {_(label)}"
        for change, label in labels.CHANGE.items()
    )
    return _(
        "%(members)s Mitglieder (%(counts)s), %(people)s Ansprechpersonen (%(new)s neu, %(changed)s geändert).",
        members=len(municipalities),
        counts=counts,
        people=len(representatives),
        new=count_changes(representatives, ImportChange.NEW),
        changed=count_changes(representatives, ImportChange.CHANGED),
    )


def count_changes(planned: list[ImportPreviewRow], change: ImportChange) -> int:
    return sum(row.change is change for row in planned)


# ``papers add``: adds a paper from a Word or Markdown file.


@click.group
def papers() -> None:
    pass


@papers.command(
    "add", help=N_("Ein Papier mit seiner ersten Fassung aus Word (DOCX) oder Markdown aufnehmen.")
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--slug", required=True, help=N_("Kurzname in der Adresse, zum Beispiel leitgedanken")
)
@click.option("--title", required=True)
@click.option("--subtitle", default="")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@click.option(
    "--kind",
    default="Positionspapier",
    help=N_("zum Beispiel Positionspapier, Stellungnahme, Resolution"),
)
@click.option("--adopted-by", default="", help=N_("beschließendes Gremium"))
@click.option("--adopted-on", type=DateParam(), default=None, help=N_("Tag des Beschlusses"))
@click.option("--adopted-at", default="", help=N_("Ort des Beschlusses"))
@click.option(
    "--assembly", default="", help=N_("Versammlung, zum Beispiel 27. Mitgliederversammlung")
)
@click.option("--vote", default="", help=N_("Ergebnis der Abstimmung"))
@click.option(
    "--summary",
    default="",
    help=N_("Kurzfassung: worum es geht, in höchstens 400 Zeichen"),
)
@click.option("--contact", default="", help=N_("wen Mitglieder zum Text fragen können"))
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
    summary: str,
    contact: str,
) -> None:
    context = open_context(folder)
    form = PaperForm({"summary": summary})
    summary = form.summary()
    if form.refusals:
        raise Refusals(form.refusals)
    try:
        imported = read_text(file.name, read_file(file), title, partial(find_file, file.parent))
    except FileRefused as refused:
        lines = " ".join(describe_import_problem(problem, _) for problem in refused.problems)
        raise click.ClickException(f"{file.name}: {lines}") from refused
    fields = {
        "title": title,
        "subtitle": subtitle,
        "kind": kind,
        "language": language,
        "adopted_by": adopted_by,
        "adopted_on": adopted_on.isoformat() if adopted_on else "",
        "adopted_at": adopted_at,
        "assembly": assembly,
        "vote": vote,
        "summary": summary,
        "contact": contact,
    }
    form = PaperForm(fields)
    kinds = (form.text("kind"),)
    text = form.paper(imported.html, context.today, LANGUAGES, kinds)
    edition = actions.papers.add_paper(
        context.db, slug, text, ACTOR, context.now, pictures=imported.pictures
    )
    for notice in imported.notices:
        click.echo(_("Hinweis: %(notice)s", notice=describe_import_notice(notice, _)), err=True)
    click.echo(
        _(
            "%(slug)s, Fassung %(number)s, Prüfsumme %(digest)s",
            slug=slug,
            number=edition.number,
            digest=edition.digest,
        )
    )


def find_file(folder: Path, name: str) -> bytes | None:
    """The content of a file in ``folder`` or below; ``None`` if there is none of this name."""
    path = Path(name)
    try:
        target, folder = (folder / path).resolve(), folder.resolve()
        if path.is_absolute() or ".." in path.parts or not target.is_relative_to(folder):
            return None
        return target.read_bytes()
    except (OSError, ValueError):
        return None


@click.group
def staff() -> None:
    pass


@staff.command(
    "add",
    help=N_("Ein Konto anlegen; ohne Passwort wird ein Einrichtungslink ausgegeben oder gesandt."),
)
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--name", default="")
@click.option(
    "--password-stdin", is_flag=True, help=N_("das Passwort von der Standardeingabe lesen")
)
@click.option(
    "--mail", is_flag=True, help=N_("den Einrichtungslink per E-Mail senden, statt ihn auszugeben")
)
@click.pass_obj
def add_account(
    folder: Path, email: str, role: str, name: str, password_stdin: bool, mail: bool
) -> None:
    context = open_context(folder)
    require_email(email)
    if mail and password_stdin:
        raise click.UsageError(_("Bitte entweder --mail oder --password-stdin angeben."))
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password_hash = security.hash_password(password) if password is not None else ""
    account = actions.accounts.add(
        context.db, email, name or email, Role(role), password_hash, ACTOR, context.now, mail=mail
    )
    click.echo(
        _(
            "Konto angelegt: %(email)s (%(role)s)",
            email=account.email,
            role=_(labels.ROLE[account.role]),
        )
    )
    if mail:
        click.echo(_("Der Einrichtungslink geht an %(email)s.", email=account.email))
    elif password is None:
        click.echo(
            build_setup_link(
                context, account.id, store.accounts.get_generation(context.db, account.id)
            )
        )


@staff.command("list", help=N_("Alle Konten."))
@click.pass_obj
def list_accounts(folder: Path) -> None:
    context = open_context(folder)
    for account in store.accounts.list_all(context.db):
        state = (
            _(" (gesperrt)")
            if account.disabled_at
            else ""
            if account.is_set_up
            else _(" (noch ohne Passwort)")
            if account.may_set_up(context.now)
            else _(" (noch ohne Passwort, Link abgelaufen)")
        )
        click.echo(f"{account.email}  {_(labels.ROLE[account.role])}{state}")


@staff.command(help=N_("Ein Konto sperren und seine Sitzungen beenden."))
@click.argument("email")
@click.pass_obj
def disable(folder: Path, email: str) -> None:
    context = open_context(folder)
    actions.accounts.disable(context.db, email, ACTOR, context.now)
    click.echo(_("Gesperrt: %(email)s", email=email))


@staff.command(
    help=N_(
        "Passwort und zweiten Faktor eines Kontos zurücksetzen; gibt einen neuen Einrichtungslink aus."
    )
)
@click.argument("email")
@click.pass_obj
def reset(folder: Path, email: str) -> None:
    context = open_context(folder)
    account, generation = actions.accounts.reset(context.db, email, ACTOR, context.now)
    click.echo(build_setup_link(context, account.id, generation))


def build_setup_link(context: Context, account_id: int, generation: int) -> str:
    token = context.services.token_signer.sign(TokenPurpose.STAFF, str(account_id), generation)
    return f"{context.settings.base_url}/login/set-up/{token}"


COMMANDS = (association, members, papers, staff)
