"""The commands ``rounds``, ``release``, ``bundle`` and ``verify``."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click

from signoff import actions, config, store
from signoff.actions.rounds import Opening
from signoff.cli.context import ACTOR, Context, DateParam, get_latest_round, open_context, read_file
from signoff.cli.language import get_language
from signoff.cli.language import gettext as _
from signoff.config import SettingsError
from signoff.domain.answers import ANSWER_KINDS, AnswerKind
from signoff.domain.dates import (
    DEFAULT_REMINDER_STEPS,
    end_of_day,
    format_reminder_steps,
    parse_reminder_steps,
)
from signoff.domain.documents import Ground, Verdict, VerificationReport
from signoff.domain.errors import Reason, Refusal
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind, Release, SealError
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.rounds import LIST_LAYOUTS, Phase, Round, Terms
from signoff.domain.signatories import SignatureCounts
from signoff.exports import verify_signoff
from signoff.exports.bundles import build_bundle
from signoff.exports.receipts import (
    build_certificate_copy,
    build_certificate_json,
    build_entries,
)
from signoff.exports.tables import serialize_counts
from signoff.i18n import formatting, labels
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.errors import describe_deadline_warnings, describe_refusal
from signoff.i18n.verification import describe_checks, describe_ground
from signoff.pdf.copies import recognise_copy
from signoff.pdf.examination import verify_in_subprocess
from signoff.services import build_sealing
from signoff.signing import LogKey
from signoff.storage import Archive, write_atomically
from signoff.worker import POLL_INTERVAL, Worker

# ``rounds certificate``: the certificate of the process, as JSON or for print.


@click.command(
    help=N_(
        "Den Verlauf eines Verfahrens bescheinigen: was wann durch wen geschah, mit Prüfsummen."
    )
)
@click.argument("slug")
@click.option(
    "--member", "key", help=N_("die Ausfertigung dieses Mitglieds; sonst die der Geschäftsstelle")
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help=N_("als PDF in diese Datei")
)
@click.option("--json", "json_", is_flag=True, help=N_("als ein JSON-Dokument"))
@click.pass_obj
def certificate(folder: Path, slug: str, key: str | None, out: Path | None, json_: bool) -> None:
    if not out and not json_:
        raise click.UsageError(_("Bitte --out DATEI.pdf oder --json angeben."))
    context = open_context(folder)
    round = store.rounds.find_by_slug(context.db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    member = store.members.find_by_key(context.db, key) if key else None
    if key and (
        member is None
        or store.rounds.find_invitation_of_member(context.db, round.id, member.id) is None
    ):
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    if member and round.closed_at is None:
        raise Refusal(Reason.NOT_YET_CLOSED)
    document = store.audit.build_certificate(context.db, round, context.now, member)
    if out:
        out.write_bytes(context.services.render_cache(build_certificate_copy(document)))
    click.echo(
        build_certificate_json(document, context.services.log_key).decode() if json_ else str(out)
    )


# ``release``: releases a paper once it is printed.


class DateTimeParam(click.ParamType[datetime]):
    """A time in ISO 8601; without an offset it is in the time zone of the association."""

    name = N_("ISO-ZEIT")

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return _(self.name)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as error:
            raise click.BadParameter(
                _("„%(value)s“ ist kein Zeitpunkt; zum Beispiel 2027-03-03T10:00.", value=value)
            ) from error


@click.command
@click.argument("slug")
@click.option(
    "--at",
    type=DateTimeParam(),
    default=None,
    help=N_("erst zu diesem Zeitpunkt veröffentlichen (Sperrfrist)"),
)
@click.pass_obj
def release(folder: Path, slug: str, at: datetime | None) -> None:
    context = open_context(folder)
    if at and at.tzinfo is None:
        at = at.replace(tzinfo=store.association.get(context.db).zone)
    round = get_latest_round(context.db, slug)
    released = store.releases.find_for_round(context.db, round.id)
    if store.association.get(context.db).four_eyes and released is None:
        raise Refusal(Reason.APPROVAL_REQUIRED)
    actions.releases.prepare_release(context.db, round.id, ACTOR, context.now)
    with Worker(context.settings, context.db, context.services) as worker:
        while worker.print_next(round.id):
            pass
        new_release = release_when_printed(context, round.id, slug, at)
        context.services.wait_for_copy(store.audit.get_length(context.db))
        worker.publish_releases()
    archive = context.services.archive
    published = archive.release_path(new_release.sha256)
    click.echo(published if published.exists() else archive.print_path(new_release.sha256))
    click.echo(new_release.sha256)
    click.echo(f"{context.settings.base_url}/papers/{slug}")


def release_when_printed(
    context: Context, round_id: int, slug: str, released_at: datetime | None
) -> Release:
    """Release the paper; waits while another worker prints it."""
    while True:
        try:
            return actions.releases.release_paper(
                context.db, round_id, released_at, ACTOR, context.now
            )
        except Refusal as refusal:
            if refusal.reason is Reason.PRINT_FAILED:
                command = f"signoff rounds print {slug} [--without-timestamp]"
                raise click.UsageError(
                    _(
                        "%(reason)s Erneut fertigen: %(command)s",
                        reason=describe_refusal(refusal, get_language()),
                        command=command,
                    )
                ) from refusal
            if refusal.reason is not Reason.NOT_PRINTED:
                raise
            time.sleep(POLL_INTERVAL)


# The status of a round: as the JSON document of docs/interface.md, and as lines to read.

COUNT_KEYS: dict[AnswerKind | None, str] = {
    **{kind: kind.value for kind in ANSWER_KINDS},
    AnswerKind.COSIGN: "signed",
    AnswerKind.DECLINE: "declined",
    None: "unanswered",
}


def serialize_status(
    edition: Edition,
    round_status: RoundStatus | None,
    signature_counts: SignatureCounts,
    now: datetime,
    zone: ZoneInfo,
) -> dict[str, object]:
    """The JSON document; its counts of answers add up to ``members``."""
    deadline = round_status and round_status.round.deadline
    statuses = round_status.invitations if round_status else ()
    counts = round_status.counts if round_status else dict.fromkeys(COUNT_KEYS, 0)
    return {
        "paper": edition.slug,
        "edition_digest": edition.digest,
        "phase": str(round_status.round.phase(now) if round_status else Phase.DRAFT),
        "deadline": deadline.astimezone(zone).isoformat() if deadline else None,
        "members": len(statuses),
        **{name: counts[kind] for kind, name in COUNT_KEYS.items()},
        "signatures": serialize_counts(signature_counts),
        "invitations": [serialize_invitation(status, zone) for status in statuses],
    }


def serialize_invitation(status: InvitationStatus, zone: ZoneInfo) -> dict[str, object]:
    answered = status.version.received_at if status.version and status.kind else None
    return {
        "member": status.member.key,
        "name": status.member.official_name,
        "answer": status.kind,
        "answered_at": answered.astimezone(zone).isoformat() if answered else None,
        "channel": status.version.channel if status.version and status.kind else None,
        # the interface promises four states; what lies in a folder has not been sent
        "mail": MailState.FAILED if status.mail is MailState.FOLDER else status.mail,
    }


def format_status_lines(
    edition: Edition,
    round_status: RoundStatus | None,
    signature_counts: SignatureCounts,
    now: datetime,
    zone: ZoneInfo,
) -> Iterator[str]:
    label = labels.get_phase_label(round_status.round, now) if round_status else None
    yield _(
        "%(title)s, Fassung %(number)s: %(phase)s",
        title=edition.text.title,
        number=edition.number,
        phase=_(label or labels.PHASE[Phase.DRAFT]),
    )
    if round_status is None:
        return
    if round_status.round.deadline:
        yield _(
            "Frist: %(deadline)s",
            deadline=formatting.format_deadline(round_status.round.deadline, zone, get_language()),
        )
    yield ", ".join(
        f"{count} {_(labels.ANSWER[kind])}" for kind, count in round_status.counts.items()
    )
    if signature_counts.have_changed:
        yield formatting.describe_counts(signature_counts, get_language())
    for status in round_status.invitations:
        unanswered = (
            _(" (zu entscheiden: %(parts)s)", parts=", ".join(status.undecided))
            if status.undecided
            else ""
        )
        answer = _(labels.ANSWER[status.kind])
        yield f"{status.member.key}  {status.member.official_name}: {answer}{unanswered}"


@click.group("rounds")
def rounds_group() -> None:
    pass


@rounds_group.command("open", help=N_("Die Fassung einfrieren und die Mitglieder einladen."))
@click.argument("slug")
@click.option(
    "--deadline",
    type=DateParam(),
    required=True,
    help=N_("letzter Tag, an dem Rückmeldungen zählen"),
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    help=N_("nur Mitglieder mit diesem Schlagwort (mehrfach möglich)"),
)
@click.option("--public", is_flag=True, help=N_("den gekennzeichneten Entwurf öffentlich zeigen"))
@click.option(
    "--applications",
    is_flag=True,
    help=N_("Anträge auf Mitzeichnung annehmen; nur mit --public"),
)
@click.option("--late", is_flag=True, help=N_("Nachzeichnungen nach der Veröffentlichung erlauben"))
@click.option(
    "--layout",
    type=click.Choice(LIST_LAYOUTS),
    default="state",
    help=N_("Liste nach Ländern, Orten oder dem Zeitpunkt der Mitzeichnung"),
)
@click.option(
    "--first-tag",
    default="",
    help=N_("Mitglieder mit diesem Schlagwort stehen als Erstunterzeichnende vor den anderen"),
)
@click.option(
    "--keys",
    is_flag=True,
    help=N_("auch eigene Schlüssel der Mitglieder veröffentlichen, nicht nur amtliche"),
)
@click.option(
    "--inhabitants-as-of",
    metavar="STAND",
    default="",
    help=N_("die Einwohnerzahl der Unterzeichnenden nennen, mit dem Stand der Zahlen"),
)
@click.option("--progress", type=click.Choice(["none", "members", "everyone"]), default="none")
@click.option(
    "--reminders",
    default=format_reminder_steps(DEFAULT_REMINDER_STEPS),
    show_default=True,
    help=N_("Tage vor Fristende, oder off"),
)
@click.pass_obj
def open_(
    folder: Path, /, slug: str, deadline: date, tags: tuple[str, ...], reminders: str, **terms: Any
) -> None:
    context = open_context(folder)
    terms["inhabitants"] = bool(terms["inhabitants_as_of"])
    opening = Opening(deadline, tags, Terms(reminders=parse_reminder_steps(reminders), **terms))
    members = make_trial_print(context, slug, opening)
    say_deadline_warnings(context, deadline, members)
    round = actions.rounds.open_round(
        context.db,
        slug,
        opening,
        ACTOR,
        context.now,
        setup_required=context.settings.has_real_recipients,
        mail_servers=context.settings.mail_servers,
    )
    if not store.papers.get_edition(context.db, round.edition_id).text.summary:
        click.echo(
            _("Hinweis: %(notice)s", notice=_("Das Papier hat keine Kurzfassung.")), err=True
        )
    invited = [status.mail for status in store.round_status.load(context.db, round).invitations]
    click.echo(
        _(
            "Verfahren %(id)s zu %(slug)s eröffnet: %(count)s Einladungen (%(letters)s per Brief), Frist %(deadline)s.",
            id=round.id,
            slug=slug,
            count=len(invited),
            letters=invited.count(None),
            deadline=format_deadline(context, round),
        )
    )


def say_deadline_warnings(context: Context, last: date, members: Iterable[Member]) -> None:
    """The hints about a deadline that the pages give as well."""
    today = context.now.astimezone(store.association.get(context.db).zone).date()
    regions = [(member.country, member.state) for member in members]
    holidays = context.services.calendar.list_holidays(last, regions, get_language())
    for warning in describe_deadline_warnings(last, today, holidays, get_language()):
        click.echo(_("Hinweis: %(notice)s", notice=warning), err=True)


def make_trial_print(context: Context, slug: str, opening: Opening) -> list[Member]:
    """Make the trial print of an opening unless there is one; waits while another worker does.
    Returns who would be invited.

    Refuses first what no print can settle.
    """
    members, _round = actions.rounds.check_opening(
        context.db,
        actions.papers.get_latest_edition(context.db, slug),
        opening,
        store.association.get(context.db),
        context.now,
        setup_required=context.settings.has_real_recipients,
        mail_servers=context.settings.mail_servers,
    )
    trial = actions.prints.order_trial_print(context.db, slug, opening.trial, ACTOR, context.now)
    if trial.step == "done":
        return members
    click.echo(
        _(
            "Der Probedruck des ganzen Dokuments mit %(count)s Mitgliedern wird gefertigt.",
            count=len(members),
        ),
        err=True,
    )
    progress = PrintProgress(_("Probedruck"))
    with Worker(
        context.settings, context.db, context.services, on_print_step=progress.show
    ) as worker:
        while trial.step in ("printing", "sealing"):
            if not worker.print_next(edition_id=trial.edition_id):
                progress.show(trial.progress)
                time.sleep(POLL_INTERVAL)
            trial = store.releases.get_print(context.db, trial.id)
    progress.end(trial.step == "done")
    return members


class PrintProgress:
    """The steps of a print: on a terminal a progress bar, elsewhere one line each."""

    def __init__(self, label: str) -> None:
        self.label, self.finished = label, 0
        self.bar = click.progressbar(
            length=actions.prints.PRINT_STEPS, label=label, file=sys.stderr
        )
        if sys.stderr.isatty():
            self.bar.render_progress()

    def show(self, step: int) -> None:
        """Say that ``step`` steps are finished, unless that was said before."""
        if step <= self.finished:
            return
        if sys.stderr.isatty():
            self.bar.update(step - self.finished)
        else:
            click.echo(f"{self.label}: {step}/{actions.prints.PRINT_STEPS}", err=True)
        self.finished = step

    def end(self, succeeded: bool) -> None:
        if succeeded:
            self.show(actions.prints.PRINT_STEPS)
        if sys.stderr.isatty():
            self.bar.render_finish()


@rounds_group.command(help=N_("Wo das Verfahren steht und was jedes Mitglied geantwortet hat."))
@click.argument("slug")
@click.option("--json", "json_", is_flag=True, help=N_("als ein JSON-Dokument"))
@click.pass_obj
def status(folder: Path, slug: str, json_: bool) -> None:
    context = open_context(folder)
    edition = actions.papers.get_latest_edition(context.db, slug)
    round = store.rounds.find_by_slug(context.db, slug)
    round_status = None
    counts = SignatureCounts()
    if round:
        edition = store.papers.get_edition(context.db, round.edition_id)
        round_status = store.round_status.load(context.db, round)
        counts = store.signatories.count(context.db, round.id)
    zone = store.association.get(context.db).zone
    if json_:
        click.echo(
            json.dumps(
                serialize_status(edition, round_status, counts, context.now, zone),
                ensure_ascii=False,
            )
        )
    else:
        for line in format_status_lines(edition, round_status, counts, context.now, zone):
            click.echo(line)


@rounds_group.command(
    help=N_(
        "Das Verfahren schließen: friert die Rückmeldungen ein. Vor Fristende erfährt es, wem schon geschrieben wurde."
    )
)
@click.argument("slug")
@click.option(
    "--reason",
    default="",
    help=N_("warum vor Fristende geschlossen wird; die Mitglieder lesen es"),
)
@click.pass_obj
def close(folder: Path, slug: str, reason: str) -> None:
    context = open_context(folder)
    round_id = get_latest_round(context.db, slug).id
    actions.rounds.close(context.db, round_id, ACTOR, context.now, reason=reason)
    context.services.wait_for_copy(store.audit.get_length(context.db))
    click.echo(
        _(
            "Das Verfahren zu %(slug)s ist geschlossen. Das PDF fertigt „signoff work“ oder „signoff release“.",
            slug=slug,
        )
    )


@rounds_group.command(
    "print",
    help=N_(
        "Das PDF eines geschlossenen Verfahrens neu fertigen lassen, etwa nach einem gescheiterten Siegel."
    ),
)
@click.argument("slug")
@click.option(
    "--without-timestamp", is_flag=True, help=N_("ohne Zeitstempel siegeln; das steht im Verlauf")
)
@click.option(
    "--plain",
    is_flag=True,
    help=N_("die Liste in einfachen Zeilen statt in Tabellen, falls ihre Prüfung misslingt"),
)
@click.pass_obj
def print_(folder: Path, slug: str, without_timestamp: bool, plain: bool) -> None:
    context = open_context(folder)
    round_id = get_latest_round(context.db, slug).id
    actions.prints.reprint(
        context.db, round_id, not without_timestamp, ACTOR, context.now, plain=plain
    )
    click.echo(
        _(
            "Das PDF zu %(slug)s wird neu gefertigt, sobald „signoff work“ oder „signoff release“ läuft.",
            slug=slug,
        )
    )


@rounds_group.command(
    help=N_("Das Verfahren ohne Ergebnis abbrechen; wem schon geschrieben wurde, der erfährt es.")
)
@click.argument("slug")
@click.pass_obj
def cancel(folder: Path, slug: str) -> None:
    context = open_context(folder)
    actions.rounds.cancel(context.db, get_latest_round(context.db, slug).id, ACTOR, context.now)
    click.echo(_("Das Verfahren zu %(slug)s ist abgebrochen.", slug=slug))


@rounds_group.command(
    help=N_(
        "Ein geschlossenes Verfahren ohne Veröffentlichung beenden; wem schon geschrieben wurde, der erfährt den Grund."
    )
)
@click.argument("slug")
@click.option("--reason", required=True, help=N_("der Grund; die Mitglieder lesen ihn"))
@click.pass_obj
def end(folder: Path, slug: str, reason: str) -> None:
    context = open_context(folder)
    round_id = get_latest_round(context.db, slug).id
    actions.rounds.end_unpublished(context.db, round_id, reason, ACTOR, context.now)
    click.echo(_("Das Verfahren zu %(slug)s ist ohne Veröffentlichung beendet.", slug=slug))


@rounds_group.command(
    help=N_("Die Frist eines laufenden Verfahrens verlängern; alle Eingeladenen erfahren es.")
)
@click.argument("slug")
@click.option("--deadline", type=DateParam(), required=True)
@click.pass_obj
def extend(folder: Path, slug: str, deadline: date) -> None:
    context = open_context(folder)
    present = get_latest_round(context.db, slug)
    moment = end_of_day(deadline, store.association.get(context.db).zone)
    if present.deadline and moment <= present.deadline:  # the office's pages may move it back
        raise Refusal(Reason.DEADLINE_NOT_LATER, "deadline")
    round = actions.rounds.extend(
        context.db,
        present.id,
        deadline,
        ACTOR,
        context.now,
        mail_servers=context.settings.mail_servers,
    )
    statuses = store.round_status.load(context.db, round).invitations
    say_deadline_warnings(context, deadline, [status.member for status in statuses])
    click.echo(_("Neue Frist: %(deadline)s.", deadline=format_deadline(context, round)))


@rounds_group.command(help=N_("Ein Mitglied in ein laufendes Verfahren aufnehmen."))
@click.argument("slug")
@click.argument("key")
@click.pass_obj
def invite(folder: Path, slug: str, key: str) -> None:
    context = open_context(folder)
    round_id = get_latest_round(context.db, slug).id
    invitation = actions.rounds.invite_member(
        context.db,
        round_id,
        key,
        ACTOR,
        context.now,
        mail_servers=context.settings.mail_servers,
    )
    click.echo(
        _(
            "Eingeladen: %(key)s, Vorgangsnummer %(reference)s.",
            key=key,
            reference=invitation.reference,
        )
    )


@rounds_group.command(
    help=N_("Über Protokollnotiz oder berichtigten Namen eines Mitglieds entscheiden.")
)
@click.argument("slug")
@click.argument("key")
@click.option(
    "--note",
    type=click.Choice(["accept", "refuse"]),
    help=N_("die Protokollnotiz annehmen oder ablehnen"),
)
@click.option(
    "--name",
    type=click.Choice(["accept", "refuse"]),
    help=N_("die Namensberichtigung übernehmen oder nicht"),
)
@click.pass_obj
def decide(folder: Path, slug: str, key: str, note: str | None, name: str | None) -> None:
    context = open_context(folder)
    round = get_latest_round(context.db, slug)
    member = store.members.find_by_key(context.db, key)
    invitation = (
        store.rounds.find_invitation_of_member(context.db, round.id, member.id) if member else None
    )
    if invitation is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    decisions = {part: choice for part, choice in (("note", note), ("name", name)) if choice}
    if not decisions:
        raise click.UsageError(_("Bitte --note oder --name mit accept oder refuse angeben."))
    for part, choice in decisions.items():
        actions.amendments.decide(
            context.db, invitation.id, part, choice == "accept", ACTOR, context.now
        )
    click.echo(
        _(
            "Entschieden: %(key)s, %(decisions)s.",
            key=key,
            decisions=", ".join((f"{part} {choice}" for part, choice in decisions.items())),
        )
    )


def format_deadline(context: Context, round: Round) -> str:
    if round.deadline is None:
        raise Refusal(Reason.NOT_OPEN)
    return formatting.format_deadline(
        round.deadline, store.association.get(context.db).zone, get_language()
    )


rounds_group.add_command(certificate)


# ``bundle``: everything needed to check a released paper without us.


@click.command
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def bundle(folder: Path, slug: str, file: Path) -> None:
    context = open_context(folder)
    round, archive = get_latest_round(context.db, slug), context.services.archive
    releases = [
        release
        for release in store.releases.list_for_round(context.db, round.id)
        if release.released_at <= context.now
    ]
    paths = [archive.release_path(release.latest_sha256) for release in releases]
    if not releases or not all(path.with_suffix(".json").exists() for path in paths):
        raise click.UsageError(_("Das Papier „%(slug)s“ ist noch nicht veröffentlicht.", slug=slug))
    association = store.association.get(context.db)
    try:
        certificates = context.services.sealing.export_certificates(association.name)
    except SealError as problem:
        raise click.ClickException(str(problem)) from problem
    names = [f"{release.number}-{release.kind}" for release in releases]
    latest = max(release.retracted_at or release.released_at for release in releases)
    content = build_bundle(
        list(zip(names, paths, strict=True)),
        certificates,
        build_log_files(context),
        latest.astimezone(association.zone),
    )
    write_atomically(file, content)
    click.echo(f"{file}\n{sha256(content).hexdigest()}")


def build_log_files(context: Context) -> dict[str, bytes]:
    """The public log, as its pages give it."""
    db, key = context.db, context.services.log_key
    checkpoints = store.log.list_checkpoints(db)
    statements = store.log.list_statements(db, context.now)
    return {
        "key": f"{key.verifier_key}\n".encode(),
        "checkpoints": "".join(f"{key.sign_checkpoint(each)}\n" for each in checkpoints).encode(),
        "entries.json": build_entries(store.log.list_leaves(db), checkpoints, statements, key),
    }


# ``verify``: whether a PDF is genuine, without database or network.

DEFAULT_ZONE = ZoneInfo("Europe/Berlin")
BUNDLE_START = b"PK"  # of every ZIP file


@click.command
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    default=None,
    help=N_(
        "Zertifikat des Siegels oder dessen, der es ausgestellt hat (PEM), oder Schlüssel des Prüfverzeichnisses; "
        "sonst gelten die der Instanz"
    ),
)
@click.option(
    "--log",
    type=click.Path(path_type=Path),
    default=None,
    help=N_(
        "Einträge des Prüfverzeichnisses (/log/entries.json), mit denen eine Bestätigung verglichen wird"
    ),
)
@click.option("--json", "json_", is_flag=True, help=N_("als ein JSON-Dokument"))
@click.pass_obj
def verify(
    folder: Path, file: Path, certificate: Path | None, log: Path | None, json_: bool
) -> None:
    if not file.is_file():
        raise click.UsageError(_("Eine Datei %(file)s gibt es nicht.", file=file))
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise click.ClickException(
            _("%(file)s ist nicht lesbar: %(strerror)s", file=file, strerror=problem.strerror)
        ) from problem
    by_bundle = certificate is not None and read_file(certificate).startswith(BUNDLE_START)
    if by_bundle or content.startswith(BUNDLE_START) or content.lstrip()[:1] == b"{":
        verify_signed_file(folder, file, content, certificate, log, json_)
    trusted = read_certificate(certificate) if certificate else load_own_certificates(folder)
    try:
        record = Archive(folder / "archive").find_record(content)
    except OSError as problem:
        raise click.ClickException(
            _("%(file)s ist nicht lesbar: %(strerror)s", file=file, strerror=problem.strerror)
        ) from problem
    language = get_language()
    if title := "" if certificate else recognise_copy(content, load_own_keys(folder)):
        report = VerificationReport({}, copy_title=title)
    else:
        report = verify_in_subprocess(content, trusted)
    ground = judge_file(report, record, Archive(folder / "archive"), certificate is not None)
    reasons = [describe_ground(ground, report, language)]
    if record:
        reasons.append(describe_record(record))
    zone = ZoneInfo(str(record["time_zone"])) if record else DEFAULT_ZONE
    results = list(describe_checks(report, zone, language))
    if json_:
        facts = {
            "verdict": ground.verdict,
            "reasons": reasons,
            "checks": [
                {"name": check, "result": CHECK_RESULTS[passed], "says": sentence}
                for check, passed, sentence in results
            ],
            "release": record,
            "seal": asdict(report),
        }
        click.echo(json.dumps(facts, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    else:
        click.echo("\n".join([str(file), *reasons]))
        for _check, passed, sentence in results:
            if passed is not None:
                mark = _("ja") if passed else _("NEIN")
                click.echo(f"{mark:4}  {sentence}")
    raise click.exceptions.Exit(EXIT_STATUS[ground.verdict])


def verify_signed_file(
    folder: Path,
    file: Path,
    content: bytes,
    certificate: Path | None,
    log: Path | None,
    json_: bool,
) -> NoReturn:
    """Verify a receipt, a certificate of the process or a bundle, or any file by a bundle."""
    trust = load_log_trust(folder, certificate)
    try:
        trust.log = verify_signoff.open_log(read_file(log)) if log else trust.log
    except verify_signoff.ERRORS as problem:
        raise click.UsageError(
            _("Die Datei mit den Einträgen des Prüfverzeichnisses ist nicht gültig.")
        ) from problem
    report = verify_signoff.check(content, trust)
    found = report.describe(get_language())
    if json_:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        said = verify_signoff.describe_statement(report.statement)
        click.echo("\n".join([str(file), *found["reasons"], *said]))
        for check in found["checks"]:
            if check["result"] != "skipped":
                mark = _("ja") if check["result"] == "pass" else _("NEIN")
                click.echo(f"{mark:4}  {check['says']}")
    raise click.exceptions.Exit(EXIT_STATUS[Verdict(report.verdict)])


def load_log_trust(folder: Path, given: Path | None) -> verify_signoff.Trust:
    """The certificates and keys of logs in ``given``, or those of the instance, if there is one."""
    if given:
        try:
            return verify_signoff.Trust(read_file(given))
        except verify_signoff.ERRORS as problem:
            raise click.UsageError(
                _("%(path)s enthält kein Zertifikat (PEM).", path=given)
            ) from problem
    try:
        key = LogKey(config.load_settings(folder).keys.log).verifier_key
    except (SettingsError, OSError, ValueError, KeyError):
        key = ""
    return verify_signoff.Trust(load_own_certificates(folder) + key.encode())


CHECK_RESULTS = {True: "pass", False: "fail", None: "skipped"}
EXIT_STATUS = {
    Verdict.GENUINE: 0,
    Verdict.SUPERSEDED: 0,
    Verdict.NOT_GENUINE: 1,
    Verdict.WITHDRAWN: 1,
    Verdict.CANNOT_TELL: 3,
}


def judge_file(
    report: VerificationReport,
    record: dict[str, object] | None,
    archive: Archive,
    by_certificate: bool,
) -> Ground:
    """Why the file is genuine or not.

    A file of this instance's archive is its own, byte for byte, whatever key seals today. Any other
    is genuine only if the given certificate verifies its seal.
    """
    if record is None:
        sealed_here = report.ground is Ground.SEALED and not by_certificate
        return Ground.UNRELEASED if sealed_here else report.ground
    if record.get("withdrawn_at"):
        return Ground.WITHDRAWN
    return Ground.SUPERSEDED if archive.is_superseded(record) else Ground.RELEASED


def describe_record(record: dict[str, object]) -> str:
    return _(
        "%(title)s, Fassung %(edition)s, %(list)s, veröffentlicht von: %(association)s\n"
        "Prüfsumme der Datei (SHA-256): %(sha256)s\n"
        "Prüfsumme des Textes (SHA-256): %(edition_digest)s",
        **{**record, "list": describe_list(record)},
    )


def describe_list(record: dict[str, object]) -> str:
    """The document of the paper, and the number of entries it lists."""
    signed, withdrawn = record["signatories"], record.get("withdrawals", 0)
    if record.get("kind") == PrintKind.ADDENDUM:
        return _(
            "%(number)s. Nachtrag, Nachzeichnungen: %(signed)s, Rücknahmen: %(withdrawn)s",
            number=record["list_edition"],
            signed=signed,
            withdrawn=withdrawn,
        )
    return _(
        "%(number)s. Ausgabe der Liste mit %(signed)s Mitzeichnungen",
        number=record["list_edition"],
        signed=signed,
    )


def read_certificate(path: Path) -> bytes:
    """The certificate in ``path``. Raises ``UsageError`` if the file has none."""
    content = read_file(path)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise click.UsageError(_("%(path)s enthält kein Zertifikat (PEM).", path=path))
    return content


def load_own_keys(folder: Path) -> tuple[bytes, ...]:
    """The keys that mark the instance's unsealed copies; none where there is no instance."""
    try:
        return config.load_settings(folder).keys.links
    except SettingsError:
        return ()


def load_own_certificates(folder: Path) -> bytes:
    """The certificates of the instance; empty if it has none."""
    try:
        return build_sealing(config.load_settings(folder)).export_certificates("")
    except (SettingsError, SealError):
        return b""


COMMANDS = (bundle, release, rounds_group, verify)
