"""``work``: does what is owed."""

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from signoff.cli.here import opened
from signoff.domain.notice import Notice
from signoff.store import outbox
from signoff.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="enden, wenn nichts mehr fällig ist")
@click.pass_obj
def work(folder: Path, once: bool) -> None:
    """Tun, was fällig ist: E-Mails, Schließen, Drucken, Veröffentlichen."""
    here = opened(folder)
    progress = Progress(lambda: outbox.counts(here.db)["owed"])
    with Worker(here.settings, here.db, here.tools, progress.say, progress.told) as worker:
        if once:
            worker.once()
        else:
            worker.forever(until_told())


class Progress:
    """A bar for the mail of a run on a terminal; elsewhere a line for each batch, as for everything else."""

    def __init__(self, owed: Callable[[], int]) -> None:
        self.owed = owed
        self.bar: Any = None

    def told(self, notice: Notice) -> None:
        """One mail was tried."""
        if not sys.stdout.isatty():
            return
        if self.bar is None:
            self.bar = click.progressbar(length=max(1, self.owed()), label="E-Mails")
            self.bar.render_progress()
        self.bar.update(1)

    def say(self, line: str) -> None:
        if self.bar is None:
            click.echo(line)
        elif self.bar.finished or not self.owed():
            self.bar.render_finish()
            self.bar = None
            click.echo(line)


def until_told() -> threading.Event:
    """Set by SIGTERM and SIGINT; what is in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


COMMANDS = (work,)
