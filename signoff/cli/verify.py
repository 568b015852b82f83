"""``verify``: is this PDF genuine? Needs neither the database nor the network."""

import json
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from signoff import settings as settings_of
from signoff.archive import Archive
from signoff.cli.here import read
from signoff.domain.release import PrintKind
from signoff.domain.report import Check, Report
from signoff.domain.seal import SealFailed
from signoff.pdf.examination import examine
from signoff.settings import SettingsWrong
from signoff.tools import sealing
from signoff.words import reports

HERE = ZoneInfo("Europe/Berlin")


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
    trusted = pem(certificate) if certificate else own(folder)
    try:
        content = file.read_bytes()
        record = Archive(folder / "archive").record(content)
    except OSError as problem:
        raise click.ClickException(f"{file} ist nicht lesbar: {problem.strerror}") from problem
    report = examine(content, trusted)
    genuine, verdict = judged(file.name, report, record, certificate is not None)
    if json_:
        facts = {"genuine": genuine, "verdict": verdict, "release": record, "seal": asdict(report)}
        click.echo(json.dumps(facts, ensure_ascii=False, default=lambda moment: moment.isoformat()))
    else:
        click.echo(verdict)
        zone = ZoneInfo(str(record["time_zone"])) if record else HERE
        for holds, line in reports.lines(report, zone, "de"):
            click.echo(f"{'ja  ' if holds else 'NEIN'}  {line}")
    raise click.exceptions.Exit(0 if genuine else 1)


def judged(name: str, report: Report, record: dict[str, object] | None, by_certificate: bool) -> tuple[bool, str]:
    """Whether the file is genuine, and the sentence that says so or why not.

    A file of this instance's archive is its own, byte for byte, whatever key seals today. Any other is genuine only
    where its seal stands up to the certificate that was named for it.
    """
    if record and record.get("withdrawn_at"):
        return False, f"{name} war veröffentlicht und wurde zurückgezogen."
    if record:
        return True, (
            f"{name} ist echt: {record['title']}, Fassung {record['edition']}, {listed(record)}, "
            f"veröffentlicht von: {record['association']}\n"
            f"Prüfsumme der Datei (SHA-256): {record['sha256']}\n"
            f"Prüfsumme des Textes (SHA-256): {record['edition_digest']}"
        )
    if not report.genuine:
        return False, f"{name} ist nicht echt oder nicht prüfbar: {reason(report, by_certificate)}"
    if by_certificate:
        return True, f"{name} ist echt und unverändert, gesiegelt von: {report.holder}"
    return False, f"{name} ist gesiegelt und unverändert, aber hier nicht veröffentlicht. Siegel: {report.holder}"


def listed(record: dict[str, object]) -> str:
    """Which document of the paper it is, and what it lists."""
    signed, gone = record["signatories"], record.get("withdrawals", 0)
    if record.get("kind") == PrintKind.ADDENDUM:
        return f"{record['list_edition']}. Nachtrag, Nachzeichnungen: {signed}, Rücknahmen: {gone}"
    return f"{record['list_edition']}. Ausgabe der Liste mit {signed} Mitzeichnungen"


def reason(report: Report, by_certificate: bool) -> str:
    if report.failed is Check.HOLDER and not by_certificate:
        return "Das Siegel stammt nicht von dieser Instanz. Das Zertifikat des Verbandes nennen Sie mit --certificate."
    return next(line for holds, line in reports.lines(report, HERE, "de") if not holds)


def pem(path: Path) -> bytes:
    """The certificate the user named; a file without one is bad input."""
    content = read(path)
    if b"-----BEGIN CERTIFICATE-----" not in content:
        raise click.UsageError(f"{path} enthält kein Zertifikat (PEM).")
    return content


def own(folder: Path) -> bytes:
    """The certificate of the instance, or nothing where there is none."""
    try:
        return sealing(settings_of.load(folder)).certificate("")
    except (SettingsWrong, SealFailed):
        return b""


COMMANDS = (verify,)
