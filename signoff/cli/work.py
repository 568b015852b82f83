"""``work``: does what is owed."""

import signal
import threading
from pathlib import Path

import click

from signoff.cli.here import opened
from signoff.worker import Worker


@click.command()
@click.option("--once", is_flag=True, help="enden, wenn nichts mehr fällig ist")
@click.pass_obj
def work(folder: Path, once: bool) -> None:
    """Tun, was fällig ist: E-Mails, Schließen, Drucken, Veröffentlichen."""
    here = opened(folder)
    with Worker(here.settings, here.db, here.tools, click.echo) as worker:
        if once:
            worker.once()
        else:
            worker.forever(until_told())


def until_told() -> threading.Event:
    """Set by SIGTERM and SIGINT; what is in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


COMMANDS = (work,)
