"""``serve``: the web server and, as a process of its own, the worker."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from signoff.app import create_app
from signoff.cli.connections import Worker
from signoff.cli.here import opened

LOOK = 1.0  # seconds between two looks at the worker; one that died starts again after no less
GRACE = 6  # seconds for requests in hand after SIGTERM; the worker gets as long again


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one process and threads: the fair lock of the store lives in one process."""

    def __init__(self, folder: Path, bind: str, threads: int) -> None:
        self.folder, self.bind, self.threads = folder, bind, threads
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": self.bind,
            "workers": 1,
            "worker_class": Worker,
            "threads": self.threads,
            "graceful_timeout": GRACE,
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
        return create_app(opened(self.folder).settings)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--threads", default=16, show_default=True)
@click.pass_obj
def serve(folder: Path, host: str, port: int, threads: int) -> None:
    """Webserver und Arbeitsprozess starten; endet auf SIGTERM."""
    run(folder, host, port, threads)


def run(folder: Path, host: str, port: int, threads: int) -> None:
    """Serve the instance until told to end; the worker ends with it."""
    settings = opened(folder).settings
    click.echo(f"Signoff unter {settings.base_url} (lauscht auf {host}:{port}). Beenden mit Strg+C.")
    with Keeper([sys.executable, "-m", "signoff", "work", "--instance", str(folder)]):
        Server(folder, f"{host}:{port}", threads).run()


class Keeper:
    """Keeps the worker's process alive: one that dies is started again, until the server ends."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.keep, name="keeper")

    def __enter__(self) -> "Keeper":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.thread.join()

    def keep(self) -> None:
        while not self.ending.is_set():
            worker = subprocess.Popen(self.command)
            while worker.poll() is None and not self.ending.wait(LOOK):
                pass
            end(worker)


def end(worker: subprocess.Popen[bytes]) -> None:
    """Let the worker finish what is in hand; kill it if that takes too long."""
    worker.terminate()
    try:
        worker.wait(GRACE)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


COMMANDS = (serve,)
