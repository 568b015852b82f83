"""``bounces``: reads what came back."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from signoff.actions import returning
from signoff.cli.here import Here, opened
from signoff.domain.returned import Came
from signoff.mail import bounces as reports
from signoff.mail import mailboxes
from signoff.mail.mailboxes import Letter, Unreadable
from signoff.mail.returns import Returns

NAMES = {
    Came.BOUNCE: "nicht erreicht",
    Came.DELAY: "verzögert",
    Came.AUTOREPLY: "automatische Antwort",
    Came.UNKNOWN: "unbekannt (nicht angetastet)",
}


@click.command()
@click.option("--maildir", type=click.Path(path_type=Path), help="aus diesem Maildir statt aus dem IMAP-Postfach")
@click.option("--stdin", is_flag=True, help="eine einzelne E-Mail von der Standardeingabe")
@click.pass_obj
def bounces(folder: Path, maildir: Path | None, stdin: bool) -> None:
    """Unzustellbare E-Mails und automatische Antworten einlesen."""
    here = opened(folder)
    address = here.settings.bounces_address
    if not address:
        raise click.UsageError("SIGNOFF_BOUNCES_ADDRESS ist nicht gesetzt: Ohne sie kommt nichts zurück.")
    try:
        counts = read(here, source(here, maildir, stdin), Returns(address, here.settings.keys.links))
    except Unreadable as problem:
        click.echo(f"signoff: {problem}", err=True)
        raise click.exceptions.Exit(1) from problem
    click.echo(", ".join(f"{counts[came]} {name}" for came, name in NAMES.items()))


def source(here: Here, maildir: Path | None, stdin: bool) -> Iterator[Letter]:
    if stdin:
        return one(sys.stdin.buffer.read(mailboxes.LARGEST))
    if maildir:
        return mailboxes.maildir(maildir)
    if not here.settings.imap_url:
        raise click.UsageError("Bitte SIGNOFF_IMAP_URL setzen oder --maildir oder --stdin angeben.")
    return mailboxes.imap(here.settings.imap_url)


def one(content: bytes) -> Iterator[Letter]:
    yield content, lambda: None


def read(here: Here, letters: Iterator[Letter], returns: Returns) -> Counter[Came]:
    """Each mail is noted first and marked as read then: killed between the two, it is read and found noted."""
    counts: Counter[Came] = Counter()
    for content, done in letters:
        returned = reports.read(content, returns)
        ours = returning.record(here.db, returned, here.now)
        counts[returned.came if ours else Came.UNKNOWN] += 1
        if ours:
            done()
    return counts


COMMANDS = (bounces,)
