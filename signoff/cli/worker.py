"""``work``: the worker alone. Its process does without the web server and the pages."""

import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlite_utils import Database

from signoff import actions, logs, store
from signoff.cli.context import ACTOR, Context, open_context
from signoff.cli.language import gettext as _
from signoff.domain.delivery import Outage
from signoff.domain.mail import OutboxMessage
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.labels import get_outage_advice, get_outage_reason
from signoff.moments import find_jump, save_beat
from signoff.worker import Worker


@click.command
@click.option("--once", is_flag=True, help=N_("enden, wenn nichts mehr fällig ist"))
@click.option(
    "--the-clock-is-right",
    "is_right",
    is_flag=True,
    help=N_("auch wenn seit dem letzten bekannten Zeitpunkt mehr als ein Tag vergangen ist"),
)
@click.pass_obj
def work(folder: Path, once: bool, is_right: bool) -> None:
    context = open_context(folder)
    if is_right:
        confirm_clock(context)
    logs.set_up(context.settings.logs_json)
    progress = MailProgress(lambda: store.outbox.count_totals(context.db)["owed"])
    # A signal from now on ends the worker in an orderly way: it deletes its file.
    stop = None if once else stop_on_signals()
    with Worker(
        context.settings,
        context.db,
        context.services,
        progress.say,
        progress.advance,
        partial(report_outage, context.db, progress),
    ) as worker:
        if stop:
            worker.run_forever(stop)
        else:
            worker.run_once()


def confirm_clock(context: Context) -> None:
    """Say that the clock is right, if it has jumped."""
    instance, now = context.settings.instance, context.now
    if known := find_jump(instance, store.health.find_latest_moment(context.db), now):
        save = partial(save_beat, instance, now)
        actions.instance.confirm_clock(context.db, known, save, ACTOR, now)


def report_outage(db: Database, progress: "MailProgress", outage: Outage) -> None:
    """One line on a mail server that is left alone."""
    zone = store.association.get(db).zone
    progress.end_bar()
    progress.say(
        "Der Versand über %(server)s ruht bis %(moment)s. %(reason)s Antwort: „%(words)s“. %(advice)s",
        server=outage.server or "outbox/",
        moment=f"{outage.next_try_at.astimezone(zone):%Y-%m-%d %H:%M}",
        reason=_(get_outage_reason(outage)),
        words=outage.diagnostic,
        advice=_(get_outage_advice(outage)),
    )


class MailProgress:
    """On a terminal, a progress bar for mail; elsewhere, one line for each batch."""

    def __init__(self, count_pending: Callable[[], int]) -> None:
        self.count_pending = count_pending
        self.bar: Any = None

    def advance(self, message: OutboxMessage) -> None:
        """Count one mail that was tried."""
        if not sys.stdout.isatty():
            return
        if self.bar is None:
            self.bar = click.progressbar(length=max(1, self.count_pending()), label=_("E-Mails"))
            self.bar.render_progress()
        self.bar.update(1)

    def say(self, message: str, **facts: object) -> None:
        """Print a line of the worker, above the bar if there is one."""
        line = _(message, **facts)
        if self.bar is None:
            logs.say(line)
        elif self.bar.finished or not self.count_pending():
            self.end_bar()
            logs.say(line)

    def end_bar(self) -> None:
        if self.bar is not None:
            self.bar.render_finish()
            self.bar = None


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set; the worker finishes its current task first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


COMMANDS = (work,)
