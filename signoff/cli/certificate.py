"""``rounds certificate``."""

from pathlib import Path

import click

from signoff.cli.here import opened
from signoff.domain.refusal import Reason, Refusal
from signoff.export.certificates import as_copy, as_json
from signoff.store import certificates, invitations, members, rounds


@click.command()
@click.argument("slug")
@click.option("--member", "key", help="die Ausfertigung dieses Mitglieds; sonst die der Geschäftsstelle")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="als PDF in diese Datei")
@click.option("--json", "json_", is_flag=True, help="als ein JSON-Dokument")
@click.pass_obj
def certificate(folder: Path, slug: str, key: str | None, out: Path | None, json_: bool) -> None:
    """Den Verlauf eines Verfahrens bescheinigen: was wann durch wen geschah, mit Prüfsummen."""
    if not out and not json_:
        raise click.UsageError("Bitte --out DATEI.pdf oder --json angeben.")
    here = opened(folder)
    round = rounds.latest(here.db, slug)
    if round is None:
        raise Refusal(Reason.NO_ROUND, slug=slug)
    member = members.by_key(here.db, key) if key else None
    if key and (member is None or invitations.of_member(here.db, round.id, member.id) is None):
        raise Refusal(Reason.NO_SUCH_MEMBER, key=key)
    if member and round.closed_at is None:
        raise Refusal(Reason.NOT_YET_CLOSED)
    told = certificates.of(here.db, round, here.now, member)
    if out:
        out.write_bytes(here.tools.copies(as_copy(told)))
    click.echo(as_json(told).decode() if json_ else str(out))
