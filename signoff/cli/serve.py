"""``serve``: the web server, with the worker as a process of its own; ``work``: the worker
alone.
"""

import gc
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.workers.gthread import ThreadWorker
from sqlite_utils import Database

from signoff import actions, logs, store
from signoff.app import create_app
from signoff.cli.context import ACTOR, Context, open_context
from signoff.cli.language import gettext as _
from signoff.domain.delivery import Outage
from signoff.domain.mail import OutboxMessage
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.labels import get_outage_advice, get_outage_reason
from signoff.moments import find_jump, save_beat
from signoff.worker import Worker

# Closing connections: in the thread of the request, never in the thread that accepts them.

DRAIN_TIMEOUT = 1.0  # seconds for the rest of a request that was answered before it was read
MAX_DRAIN_READS = 16  # pieces of it that are read and thrown away
DRAIN_CHUNK_SIZE = 65536


class WebWorker(ThreadWorker):
    """gunicorn's threaded worker, except that the thread of a request shuts its connection down.

    gunicorn's accepting thread waits up to two seconds for a client to close its half; nobody else
    gets in meanwhile.
    """

    def handle(self, conn: Any) -> Any:
        """Answer one request, in a thread of the pool; true if the connection is kept alive."""
        keep_alive = super().handle(conn)
        if not keep_alive:
            shut_down_socket(conn.sock)
        return keep_alive


def shut_down_socket(sock: socket.socket) -> None:
    """Shut both halves.

    Unread input is read first, or closing would cut the response off (RFC 9112, 9.6).
    """
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0)
        for _ in range(MAX_DRAIN_READS):
            if not sock.recv(DRAIN_CHUNK_SIZE):
                break
            sock.settimeout(DRAIN_TIMEOUT)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)


SUPERVISION_INTERVAL = (
    1.0  # seconds between checks of the worker process, and before it is restarted
)
GRACEFUL_TIMEOUT = 6  # seconds for open requests after SIGTERM; the worker then gets as long


class ServerLog(GunicornLogger):
    """gunicorn's own log in the form of ours: it writes request lines, which may have a token."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True  # to the handler of the process


class Server(BaseApplication):
    """gunicorn with one process and many threads, as the fair lock of the store needs."""

    def __init__(self, folder: Path, bind: str, threads: int) -> None:
        self.folder, self.bind, self.threads = folder, bind, threads
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": self.bind,
            "workers": 1,
            "worker_class": WebWorker,
            "threads": self.threads,
            "graceful_timeout": GRACEFUL_TIMEOUT,
            "timeout": 60,
            "keepalive": 5,
            "logger_class": ServerLog,
            "accesslog": None,  # paths may contain a token; the reverse proxy logs them masked
            "proc_name": "signoff",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        app = create_app(open_context(self.folder).settings)
        gc.collect()
        gc.freeze()  # what stays anyway: looking through it would hold up everybody for 0.1 s
        return app


@click.command
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=16, show_default=True)
@click.pass_obj
def serve(folder: Path, host: str, port: int, threads: int) -> None:
    run_server(folder, host, port, threads)


def run_server(folder: Path, host: str, port: int, threads: int) -> None:
    """Serve the instance until a signal ends the server; the worker ends with it."""
    settings = open_context(folder).settings
    logs.set_up(settings.logs_json)
    logs.say(
        _(
            "Signoff unter %(base_url)s (lauscht auf %(host)s:%(port)s). Beenden mit Strg+C.",
            base_url=settings.base_url,
            host=host,
            port=port,
        )
    )
    with WorkerSupervisor([sys.executable, "-m", "signoff", "work", "--instance", str(folder)]):
        Server(folder, f"{host}:{port}", threads).run()


class WorkerSupervisor:
    """Restarts the process of the worker when it dies, until the server ends."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.supervise, name="keeper")

    def __enter__(self) -> "WorkerSupervisor":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join()

    def supervise(self) -> None:
        while not self.stopping.is_set():
            worker = subprocess.Popen(self.command)
            while worker.poll() is None and not self.stopping.wait(SUPERVISION_INTERVAL):
                pass
            stop_process(worker)


def stop_process(worker: subprocess.Popen[bytes]) -> None:
    """Let the worker finish its current task; kill it after ``GRACEFUL_TIMEOUT``."""
    worker.terminate()
    try:
        worker.wait(GRACEFUL_TIMEOUT)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


# ``work``: does what is due.


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
    with Worker(
        context.settings,
        context.db,
        context.services,
        progress.say,
        progress.advance,
        partial(report_outage, context.db, progress),
    ) as worker:
        if once:
            worker.run_once()
        else:
            worker.run_forever(stop_on_signals())


def confirm_clock(context: Context) -> None:
    """Say that the clock is right, if it has jumped."""
    instance, now = context.settings.instance, context.now
    if known := find_jump(instance, store.health.find_latest_moment(context.db), now):
        save = partial(save_beat, instance, now)
        actions.clock.confirm(context.db, known, save, ACTOR, now)


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


COMMANDS = (serve, work)
