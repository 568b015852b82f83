"""``rounds open|status|close|print|cancel|extend|invite|decide``."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from signoff import actions, config, store
from signoff.actions.rounds import Opening
from signoff.cli.context import (
    ACTOR,
    Context,
    DateParam,
    get_latest_round,
    open_context,
    read_file,
)
from signoff.config import SettingsError
from signoff.domain.answers import AnswerKind
from signoff.domain.dates import DEFAULT_REMINDER_STEPS, format_reminder_steps, parse_reminder_steps
from signoff.domain.documents import VerificationCheck, VerificationReport
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind, Release, SealError
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Phase, Round, Terms
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.i18n import events, format, labels
from signoff.i18n.errors import describe_refusal
from signoff.pdf.examination import verify_in_subprocess
from signoff.services import build_sealing
from signoff.storage import Archive
from signoff.worker import POLL_INTERVAL, Worker

# ``rounds certificate``.


@click.command()
@click.argument("slug")
@click.option(
    "--member", "key", help="die Ausfertigung dieses Mitglieds; sonst die der Geschäftsstelle"
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="als PDF in diese Datei"
)
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def certificate(folder: Path, slug: str, key: str | None, out: Path | None, json_: bool) -> None:
    """Den Verlauf eines Verfahrens bescheinigen: was wann durch wen geschah, mit Prüfsummen."""
    if not out and not json_:
        raise click.UsageError("Bitte --out DATEI.pdf oder --json angeben.")
    here = open_context(folder)
    round = store.rounds.find_by_slug(here.db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    member = store.members.find_by_key(here.db, key) if key else None
    if key and (
        member is None
        or store.rounds.find_invitation_of_member(here.db, round.id, member.id) is None
    ):
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    if member and round.closed_at is None:
        raise Refusal(Reason.NOT_YET_CLOSED)
    told = store.audit.build_certificate(here.db, round, here.now, member)
    if out:
        out.write_bytes(here.tools.copies(build_certificate_copy(told)))
    click.echo(build_certificate_json(told).decode() if json_ else str(out))


# ``release``.


class DateTimeParam(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is meant in the association's zone."""

    name = "ISO-ZEIT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError as wrong:
            raise click.BadParameter(
                f"„{value}“ ist kein Zeitpunkt; zum Beispiel 2027-03-03T10:00."
            ) from wrong


@click.command()
@click.argument("slug")
@click.option(
    "--at",
    type=DateTimeParam(),
    default=None,
    help="erst zu diesem Zeitpunkt veröffentlichen (Sperrfrist)",
)
@click.pass_obj
def release(folder: Path, slug: str, at: datetime | None) -> None:
    """Das geschlossene Papier veröffentlichen; gibt Pfad, Prüfsumme und Adresse des PDFs aus."""
    here = open_context(folder)
    if at and at.tzinfo is None:
        at = at.replace(tzinfo=store.association.get(here.db).zone)
    round = get_latest_round(here.db, slug)
    released = store.releases.find_for_round(here.db, round.id)
    if store.association.get(here.db).four_eyes and released is None:
        raise Refusal(Reason.SECOND_NEEDED)
    actions.releases.prepare_release(here.db, round.id, ACTOR, here.now)
    with Worker(here.settings, here.db, here.tools) as worker:
        while worker.print(round.id):
            pass
        made = release_when_printed(here, round.id, slug, at)
        worker.publish()
    archive = here.tools.archive
    stands = archive.file(made.sha256)
    click.echo(stands if stands.exists() else archive.printed(made.sha256))
    click.echo(made.sha256)
    click.echo(f"{here.settings.base_url}/papers/{slug}")


def release_when_printed(here: Context, round_id: int, slug: str, at: datetime | None) -> Release:
    """Release it; waits while another worker holds the print."""
    while True:
        try:
            return actions.releases.release_paper(here.db, round_id, at, ACTOR, here.now)
        except Refusal as refusal:
            if refusal.reason is Reason.PRINT_FAILED:
                again = f"signoff rounds print {slug} [--without-timestamp]"
                raise click.UsageError(
                    f"{describe_refusal(refusal)} Erneut fertigen: {again}"
                ) from refusal
            if refusal.reason is not Reason.NOT_PRINTED:
                raise
            time.sleep(POLL_INTERVAL)


# A round's standing as docs/interface.md promises it, and as lines for people.

COUNT_KEYS = {
    AnswerKind.SIGN: "signed",
    AnswerKind.DECLINE: "declined",
    AnswerKind.NOT_COMPETENT: "not_competent",
    AnswerKind.PENDING: "pending",
    None: "unanswered",
}


def serialize_status(
    edition: Edition, standing: RoundStatus | None, now: datetime, zone: ZoneInfo
) -> dict[str, object]:
    """The promised document; the five counts add up to ``members``."""
    deadline = standing and standing.round.deadline
    places = standing.places if standing else ()
    counts = standing.counts if standing else dict.fromkeys(COUNT_KEYS, 0)
    return {
        "paper": edition.slug,
        "edition_digest": edition.digest,
        "phase": str(standing.round.phase(now) if standing else Phase.DRAFT),
        "deadline": deadline.astimezone(zone).isoformat() if deadline else None,
        "members": len(places),
        **{name: counts[kind] for kind, name in COUNT_KEYS.items()},
        "invitations": [serialize_invitation(place, zone) for place in places],
    }


def serialize_invitation(place: InvitationStatus, zone: ZoneInfo) -> dict[str, object]:
    answered = place.version.received_at if place.version and place.kind else None
    return {
        "member": place.member.key,
        "name": place.member.official_name,
        "answer": place.kind,
        "answered_at": answered.astimezone(zone).isoformat() if answered else None,
        "channel": place.version.channel if place.version and place.kind else None,
        "mail": place.mail,
    }


def format_status_lines(
    edition: Edition, standing: RoundStatus | None, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    phase = standing.round.phase(now) if standing else Phase.DRAFT
    yield f"{edition.text.title}, Fassung {edition.number}: {labels.PHASE[phase]}"
    if standing is None:
        return
    if standing.round.deadline:
        yield f"Frist: {format.format_deadline(standing.round.deadline, zone, 'de')}"
    yield ", ".join(f"{count} {labels.ANSWER[kind]}" for kind, count in standing.counts.items())
    for place in standing.places:
        open_ = f" (zu entscheiden: {', '.join(place.undecided)})" if place.undecided else ""
        yield f"{place.member.key}  {place.member.official_name}: {labels.ANSWER[place.kind]}{open_}"


@click.group("rounds")
def rounds_group() -> None:
    """Mitzeichnungsverfahren."""


@rounds_group.command("open")
@click.argument("slug")
@click.option(
    "--deadline", type=DateParam(), required=True, help="letzter Tag, an dem Rückmeldungen zählen"
)
@click.option(
    "--tag", "tags", multiple=True, help="nur Mitglieder mit diesem Schlagwort (mehrfach möglich)"
)
@click.option("--public", is_flag=True, help="den gekennzeichneten Entwurf öffentlich zeigen")
@click.option("--late", is_flag=True, help="Nachzeichnungen nach der Veröffentlichung erlauben")
@click.option(
    "--layout",
    type=click.Choice(["state", "place"]),
    default="state",
    help="Liste nach Ländern oder Orten",
)
@click.option("--progress", type=click.Choice(["none", "members", "everyone"]), default="none")
@click.option(
    "--reminders",
    default=format_reminder_steps(DEFAULT_REMINDER_STEPS),
    show_default=True,
    help="Tage vor Fristende, oder off",
)
@click.pass_obj
def open_(
    folder: Path, /, slug: str, deadline: date, tags: tuple[str, ...], reminders: str, **terms: Any
) -> None:
    """Die Fassung einfrieren und die Mitglieder einladen."""
    here = open_context(folder)
    opening = Opening(deadline, tags, Terms(reminders=parse_reminder_steps(reminders), **terms))
    required = not (here.settings.demo or here.settings.on_loopback)
    round = actions.rounds.open_round(
        here.db, slug, opening, ACTOR, here.now, texts_required=required
    )
    asked = len(store.round_status.load(here.db, round).places)
    click.echo(
        f"Verfahren {round.id} zu {slug} eröffnet: {asked} Einladungen, Frist {format_deadline(here, round)}."
    )


@rounds_group.command()
@click.argument("slug")
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def status(folder: Path, slug: str, json_: bool) -> None:
    """Wo das Verfahren steht und was jedes Mitglied geantwortet hat."""
    here = open_context(folder)
    edition = actions.papers.get_latest_edition(here.db, slug)
    round = store.rounds.find_by_slug(here.db, slug)
    standing = store.round_status.load(here.db, round) if round else None
    zone = store.association.get(here.db).zone
    if json_:
        click.echo(
            json.dumps(serialize_status(edition, standing, here.now, zone), ensure_ascii=False)
        )
    else:
        for line in format_status_lines(edition, standing, here.now, zone):
            click.echo(line)


@rounds_group.command()
@click.argument("slug")
@click.pass_obj
def close(folder: Path, slug: str) -> None:
    """Das Verfahren schließen: friert die Rückmeldungen ein. Vor Fristende erfahren es alle."""
    here = open_context(folder)
    actions.rounds.close(here.db, get_latest_round(here.db, slug).id, ACTOR, here.now)
    click.echo(
        f"Das Verfahren zu {slug} ist geschlossen. Das PDF fertigt „signoff work“ oder „signoff release“."
    )


@rounds_group.command("print")
@click.argument("slug")
@click.option(
    "--without-timestamp", is_flag=True, help="ohne Zeitstempel siegeln; das steht im Protokoll"
)
@click.pass_obj
def print_(folder: Path, slug: str, without_timestamp: bool) -> None:
    """Das PDF eines geschlossenen Verfahrens neu fertigen lassen, etwa nach einem gescheiterten Siegel."""
    here = open_context(folder)
    round_id = get_latest_round(here.db, slug).id
    actions.prints.reprint(here.db, round_id, not without_timestamp, ACTOR, here.now)
    click.echo(
        f"Das PDF zu {slug} wird neu gefertigt, sobald „signoff work“ oder „signoff release“ läuft."
    )


@rounds_group.command()
@click.argument("slug")
@click.pass_obj
def cancel(folder: Path, slug: str) -> None:
    """Das Verfahren ohne Ergebnis abbrechen; alle Eingeladenen erfahren es."""
    here = open_context(folder)
    actions.rounds.cancel(here.db, get_latest_round(here.db, slug).id, ACTOR, here.now)
    click.echo(f"Das Verfahren zu {slug} ist abgebrochen.")


@rounds_group.command()
@click.argument("slug")
@click.option("--deadline", type=DateParam(), required=True)
@click.pass_obj
def extend(folder: Path, slug: str, deadline: date) -> None:
    """Die Frist eines laufenden Verfahrens verlängern; alle Eingeladenen erfahren es."""
    here = open_context(folder)
    round_id = get_latest_round(here.db, slug).id
    round = actions.rounds.extend(here.db, round_id, deadline, ACTOR, here.now)
    click.echo(f"Neue Frist: {format_deadline(here, round)}.")


@rounds_group.command()
@click.argument("slug")
@click.argument("key")
@click.pass_obj
def invite(folder: Path, slug: str, key: str) -> None:
    """Ein Mitglied in ein laufendes Verfahren aufnehmen."""
    here = open_context(folder)
    round_id = get_latest_round(here.db, slug).id
    invitation = actions.rounds.invite_member(here.db, round_id, key, ACTOR, here.now)
    click.echo(f"Eingeladen: {key}, Vorgangsnummer {invitation.reference}.")


@rounds_group.command()
@click.argument("slug")
@click.argument("key")
@click.option(
    "--note",
    type=click.Choice(["accept", "refuse"]),
    help="die Protokollnotiz annehmen oder ablehnen",
)
@click.option(
    "--name",
    type=click.Choice(["accept", "refuse"]),
    help="die Namensberichtigung übernehmen oder nicht",
)
@click.pass_obj
def decide(folder: Path, slug: str, key: str, note: str | None, name: str | None) -> None:
    """Über Protokollnotiz oder berichtigten Namen eines Mitglieds entscheiden."""
    here = open_context(folder)
    round, member = (
        get_latest_round(here.db, slug),
        store.members.find_by_key(here.db, key),
    )
    invitation = (
        store.rounds.find_invitation_of_member(here.db, round.id, member.id) if member else None
    )
    if invitation is None:
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    chosen = {what: choice for what, choice in (("note", note), ("name", name)) if choice}
    if not chosen:
        raise click.UsageError("Bitte --note oder --name mit accept oder refuse angeben.")
    for what, choice in chosen.items():
        actions.amendments.decide(here.db, invitation.id, what, choice == "accept", ACTOR, here.now)
    click.echo(
        f"Entschieden: {key}, {', '.join(f'{what} {choice}' for what, choice in chosen.items())}."
    )


def format_deadline(here: Context, round: Round) -> str:
    assert round.deadline
    return format.format_deadline(round.deadline, store.association.get(here.db).zone, "de")


rounds_group.add_command(certificate)


# ``verify``: is this PDF genuine? Needs neither the database nor the network.

DEFAULT_ZONE = ZoneInfo("Europe/Berlin")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    default=None,
    help="Zertifikat des Siegels oder dessen, der es ausgestellt hat (PEM); sonst gilt das der Instanz",
)
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def verify(folder: Path, file: Path, certificate: Path | None, json_: bool) -> None:
    """Prüfen, ob eine PDF-Datei echt ist: Siegel, Liste, Text, Protokollstand, Veröffentlichung."""
    if not file.is_file():
        raise click.UsageError(f"Eine Datei {file} gibt es nicht.")
    trusted = read_certificate(certificate) if certificate else load_own_certificate(folder)
    try:
        content = file.read_bytes()
        record = Archive(folder / "archive").record(content)
    except OSError as problem:
        raise click.ClickException(f"{file} ist nicht lesbar: {problem.strerror}") from problem
    report = verify_in_subprocess(content, trusted)
    genuine, verdict = judge_file(file.name, report, record, certificate is not None)
    if json_:
        facts = {"genuine": genuine, "verdict": verdict, "release": record, "seal": asdict(report)}
        click.echo(json.dumps(facts, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    else:
        click.echo(verdict)
        zone = ZoneInfo(str(record["time_zone"])) if record else DEFAULT_ZONE
        for holds, line in events.describe_checks(report, zone, "de"):
            click.echo(f"{'ja  ' if holds else 'NEIN'}  {line}")
    raise click.exceptions.Exit(0 if genuine else 1)


def judge_file(
    name: str, report: VerificationReport, record: dict[str, object] | None, by_certificate: bool
) -> tuple[bool, str]:
    """Whether the file is genuine, and the sentence that says so or why not.

    A file of this instance's archive is its own, byte for byte, whatever key seals today. Any other is genuine only
    where its seal stands up to the certificate that was named for it.
    """
    if record and record.get("withdrawn_at"):
        return False, f"{name} war veröffentlicht und wurde zurückgezogen."
    if record:
        return True, (
            f"{name} ist echt: {record['title']}, Fassung {record['edition']}, {describe_list(record)}, "
            f"veröffentlicht von: {record['association']}\n"
            f"Prüfsumme der Datei (SHA-256): {record['sha256']}\n"
            f"Prüfsumme des Textes (SHA-256): {record['edition_digest']}"
        )
    if not report.genuine:
        return (
            False,
            f"{name} ist nicht echt oder nicht prüfbar: {describe_failure(report, by_certificate)}",
        )
    if by_certificate:
        return True, f"{name} ist echt und unverändert, gesiegelt von: {report.holder}"
    return (
        False,
        f"{name} ist gesiegelt und unverändert, aber hier nicht veröffentlicht. Siegel: {report.holder}",
    )


def describe_list(record: dict[str, object]) -> str:
    """Which document of the paper it is, and what it lists."""
    signed, gone = record["signatories"], record.get("withdrawals", 0)
    if record.get("kind") == PrintKind.ADDENDUM:
        return f"{record['list_edition']}. Nachtrag, Nachzeichnungen: {signed}, Rücknahmen: {gone}"
    return f"{record['list_edition']}. Ausgabe der Liste mit {signed} Mitzeichnungen"


def describe_failure(report: VerificationReport, by_certificate: bool) -> str:
    if report.failed is VerificationCheck.HOLDER and not by_certificate:
        return "Das Siegel stammt nicht von dieser Instanz. Das Zertifikat des Verbandes nennen Sie mit --certificate."
    return next(
        line for holds, line in events.describe_checks(report, DEFAULT_ZONE, "de") if not holds
    )


def read_certificate(path: Path) -> bytes:
    """The certificate the user named; a file without one is bad input."""
    content = read_file(path)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise click.UsageError(f"{path} enthält kein Zertifikat (PEM).")
    return content


def load_own_certificate(folder: Path) -> bytes:
    """The certificate of the instance, or nothing where there is none."""
    try:
        return build_sealing(config.load_settings(folder)).certificate("")
    except (SettingsError, SealError):
        return b""


COMMANDS = (release, rounds_group, verify)
