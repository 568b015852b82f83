"""``serve``: the web server and, as a process of its own, the worker."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from signoff import store
from signoff.app import create_app
from signoff.cli.context import open_context
from signoff.cli.language import gettext as _
from signoff.domain.mail import OutboxMessage
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.worker import Worker

# How the server lets go of a connection: at once, and never on the thread that lets everybody in.

DRAIN_TIMEOUT = 1.0  # seconds for the rest of a request that was answered before it was read
MAX_DRAIN_READS = 16  # pieces of it that are read and thrown away
DRAIN_CHUNK_SIZE = 65536


class WebWorker(ThreadWorker):
    """gunicorn's threads. Its accepting thread waits up to two seconds for a client to close its half of a connection;
    context the half has been shut before, so that the client that never does holds nobody up.
    """

    def handle(self, conn: Any) -> Any:
        """One request, in a thread of the pool; true where the connection is kept."""
        kept = super().handle(conn)
        if not kept:
            shut_down_socket(conn.sock)
        return kept


def shut_down_socket(sock: socket.socket) -> None:
    """End both halves. What is still unread is read first: closing upon it would cut the answer off (RFC 9112, 9.6)."""
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
    1.0  # seconds between two looks at the worker; one that died starts again after no less
)
GRACEFUL_TIMEOUT = 6  # seconds for requests in hand after SIGTERM; the worker gets as long again


class Server(BaseApplication):
    """gunicorn with one process and threads: the fair lock of the store lives in one process."""

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
            "accesslog": None,  # a token may stand in a path; the proxy in front logs with the path masked
            "proc_name": "signoff",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(open_context(self.folder).settings)


@click.command(help=N_("Webserver und Arbeitsprozess starten; endet auf SIGTERM."))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=16, show_default=True)
@click.pass_obj
def serve(folder: Path, host: str, port: int, threads: int) -> None:
    run_server(folder, host, port, threads)


def run_server(folder: Path, host: str, port: int, threads: int) -> None:
    """Serve the instance until told to end; the worker ends with it."""
    settings = open_context(folder).settings
    click.echo(
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
    """Keeps the worker's process alive: one that dies is started again, until the server ends."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.keep, name="keeper")

    def __enter__(self) -> "WorkerSupervisor":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.thread.join()

    def keep(self) -> None:
        while not self.ending.is_set():
            worker = subprocess.Popen(self.command)
            while worker.poll() is None and not self.ending.wait(SUPERVISION_INTERVAL):
                pass
            stop_process(worker)


def stop_process(worker: subprocess.Popen[bytes]) -> None:
    """Let the worker finish what is in hand; kill it if that takes too long."""
    worker.terminate()
    try:
        worker.wait(GRACEFUL_TIMEOUT)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


# ``work``: does what is owed.


@click.command(help=N_("Tun, was fällig ist: E-Mails, Schließen, Drucken, Veröffentlichen."))
@click.option("--once", is_flag=True, help=N_("enden, wenn nichts mehr fällig ist"))
@click.pass_obj
def work(folder: Path, once: bool) -> None:
    context = open_context(folder)
    progress = MailProgress(lambda: store.outbox.count_totals(context.db)["owed"])
    with Worker(
        context.settings, context.db, context.tools, progress.say, progress.advance
    ) as worker:
        if once:
            worker.once()
        else:
            worker.forever(stop_on_signals())


class MailProgress:
    """A bar for the mail of a run on a terminal; elsewhere a line for each batch, as for everything else."""

    def __init__(self, owed: Callable[[], int]) -> None:
        self.owed = owed
        self.bar: Any = None

    def advance(self, message: OutboxMessage) -> None:
        """One mail was tried."""
        if not sys.stdout.isatty():
            return
        if self.bar is None:
            self.bar = click.progressbar(length=max(1, self.owed()), label=_("E-Mails"))
            self.bar.render_progress()
        self.bar.update(1)

    def say(self, message: str, **facts: object) -> None:
        """Print a line of the worker, above the bar if there is one."""
        line = _(message, **facts)
        if self.bar is None:
            click.echo(line)
        elif self.bar.finished or not self.owed():
            self.bar.render_finish()
            self.bar = None
            click.echo(line)


def stop_on_signals() -> threading.Event:
    """Set by SIGTERM and SIGINT; what is in hand is finished first."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


COMMANDS = (serve, work)
