"""``serve``: the web server, with the worker as a process of its own."""

import ctypes
import gc
import logging
import os
import re
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import click
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter as GunicornArbiter
from gunicorn.glogging import Logger as GunicornLogger
from gunicorn.workers import gthread

from signoff import logs
from signoff.app import MAX_REQUEST_SIZE, create_app
from signoff.cli.context import open_context
from signoff.cli.language import gettext as _
from signoff.cli.main import main
from signoff.turns import take_turn
from signoff.web import errors

if TYPE_CHECKING:
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("signoff")

# What the thread that accepts connections does with a new request.

DEFERRED: Future[Any] = Future()  # what a connection without data has to say to gunicorn
DEFERRED.set_result(gthread._DEFER)  # type: ignore[attr-defined]
MAX_HEAD_SIZE = 4096  # bytes of a request for ``/health`` that are looked at
# The whole head of such a request, without a body that could come late.
HEALTH_REQUEST = re.compile(
    rb"GET /health(?:/live|/ready)? "
    rb"(?!.*\r\n(?:content-length|transfer-encoding|upgrade):).*\r\n\r\n\Z",
    re.S | re.I,
)

# Closing connections: in the thread of the request, never in the thread that accepts them.

DRAIN_TIMEOUT = 1.0  # seconds for the rest of a request that was answered before it was read
MAX_DRAIN_READS = 16  # pieces of it that are read and thrown away
DRAIN_CHUNK_SIZE = 65536
HEAD_TIMEOUT = 3.0  # seconds for the rest of a request's line and headers after their beginning


class WebWorker(gthread.ThreadWorker):
    """gunicorn's threaded worker, except that the thread of a request shuts its connection down,
    that no thread waits for long for half a request, and that ``/health`` waits for no other one.

    gunicorn's accepting thread waits up to two seconds for a client to close its half; nobody else
    gets in meanwhile.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reading: dict[Any, float] = {}  # connections without a whole head, and since when
        self.health_thread = ThreadPoolExecutor(1)

    def enqueue_req(self, conn: Any) -> None:
        """Have a request answered, once there is some of it."""
        try:
            head = conn.sock.recv(MAX_HEAD_SIZE, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            head = b""
            if not conn.initialized and not conn.data_ready:
                self.finish_request(conn, DEFERRED)
                return
        if HEALTH_REQUEST.match(head) and is_idle(conn):
            answer = self.health_thread.submit(self.handle, conn, 0)
        else:
            answer = self.tpool.submit(self.handle, conn)
        answer.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def handle(self, conn: Any, drain_reads: int = MAX_DRAIN_READS) -> Any:
        """Answer one request, in a thread of the pool; true if the connection is kept alive."""
        self.reading[conn] = time.monotonic()
        try:
            keep_alive = super().handle(conn)
        finally:
            self.reading.pop(conn, None)
        if not keep_alive:
            shut_down_socket(conn.sock, drain_reads)
        return keep_alive

    def handle_request(self, req: Any, conn: Any) -> Any:
        self.reading.pop(conn, None)
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """Called every second: end the requests whose head is late."""
        super().murder_pending()
        for conn, since in list(self.reading.items()):
            if time.monotonic() - since > HEAD_TIMEOUT:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


def is_idle(conn: Any) -> bool:
    """Whether nothing of an earlier request waits to be read, and a short answer can be sent at
    once: a client may begin a form before a request for ``/health``, or read none of its answers.
    """
    poll = select.poll()
    poll.register(conn.sock, select.POLLOUT)
    return bool(poll.poll(0)) and not (conn.parser and conn.parser.unreader.buf.getvalue())


def shut_down_socket(sock: socket.socket, drain_reads: int) -> None:
    """Shut both halves.

    Unread input is read first, at most ``drain_reads`` pieces of it, or closing would cut the
    response off (RFC 9112, 9.6).
    """
    with suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(0)
        for _ in range(drain_reads):
            if not sock.recv(DRAIN_CHUNK_SIZE):
                break
            sock.settimeout(DRAIN_TIMEOUT)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)


MAX_BODY_IN_MEMORY = 65536  # bytes; a longer one is kept in a file


def answer_in_turns(app: "WSGIApplication") -> "WSGIApplication":
    """The application, except that requests take turns, each once all of it is there."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_too_large = int(environ.get("CONTENT_LENGTH") or 0) > MAX_REQUEST_SIZE
        is_of_unknown_size = "HTTP_TRANSFER_ENCODING" in environ
        if is_too_large or is_of_unknown_size or environ["PATH_INFO"].startswith("/health"):
            return app(environ, start_response)
        try:
            body = keep_body(environ["wsgi.input"])
        except ConnectionError:  # of a client that has gone
            raise
        except OSError as problem:
            log.error("the body of a request cannot be kept: %s", problem.strerror)
            page, headers = errors.build_last_page()
            start_response("503 Service Unavailable", headers)
            return [page]
        with body:
            environ["wsgi.input"] = body
            with take_turn():
                return app(environ, start_response)

    return answer


def keep_body(stream: "InputStream") -> IO[bytes]:
    body = SpooledTemporaryFile(MAX_BODY_IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    try:
        copyfileobj(stream, body)
        body.seek(0)  # which writes the rest
    except OSError:
        with suppress(OSError):  # it would try to write again
            body.close()
        raise
    return body


RESTART_INTERVAL = 1.0  # seconds at least between two starts of the worker
POLL_INTERVAL = 0.05  # seconds between two looks whether a process that was told to end has ended
GRACEFUL_TIMEOUT = 6  # seconds for open requests after SIGTERM; the worker then gets as long


class ServerLog(GunicornLogger):
    """gunicorn's own log in the form of ours: it writes request lines, which may have a token."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True  # to the handler of the process


class Server(BaseApplication):
    """gunicorn with one process and many threads, as taking turns needs."""

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
        return answer_in_turns(app)


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
    limit_memory_arenas()
    Arbiter(Server(folder, f"{host}:{port}", threads)).run()


MAX_ARENAS = 2


def limit_memory_arenas() -> None:
    """Let the threads share their free memory; glibc keeps some for each, 15 MB under load."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(-8, MAX_ARENAS)  # M_ARENA_MAX of malloc.h


class Arbiter(GunicornArbiter):
    """gunicorn's master process, which lets the worker run beside the web process.

    The worker is forked from it: if it loaded the program itself, it would take as much processor
    time and memory as the server does.
    """

    app: Server
    log: ServerLog
    worker: int | None = None  # its process id
    forked_at = 0.0

    def manage_workers(self) -> None:
        """Called at least once a second: replace the processes that have died."""
        super().manage_workers()
        due = time.monotonic() - self.forked_at > RESTART_INTERVAL
        if due and (self.worker is None or has_ended(self.worker)):
            if self.worker is not None:
                log.error("the worker has ended; another one starts")
            self.worker, self.forked_at = fork(self.work), time.monotonic()

    def work(self) -> None:
        for listener in self.LISTENERS:
            listener.close()
        main(["work", "--instance", str(self.app.folder)])

    def stop(self, graceful: bool = True) -> None:
        super().stop(graceful)
        if self.worker is not None:
            stop_process(self.worker, GRACEFUL_TIMEOUT)


PR_SET_PDEATHSIG = 1  # of prctl.h


def fork(run: Callable[[], None]) -> int:
    """Do ``run`` in a forked process, which ends with it and, on Linux, with this process; returns
    the id of the process.
    """
    sys.stdout.flush()
    parent = os.getpid()
    process_id = os.fork()
    if process_id:
        return process_id
    for number in (*Arbiter.SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    # A terminal that closes does not end the server; without its worker it would send no mail.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    try:
        if os.getppid() == parent:  # it may have ended before the signal was asked for
            run()
    except SystemExit:
        pass
    except BaseException as problem:
        sys.excepthook(type(problem), problem, problem.__traceback__)  # masks tokens
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(0)


def has_ended(process_id: int) -> bool:
    """Whether the child has ended; gunicorn may have asked first."""
    try:
        return os.waitpid(process_id, os.WNOHANG)[0] == process_id
    except ChildProcessError:
        return True


def stop_process(process_id: int, timeout: float) -> None:
    """Let the child finish its current task; kill it after ``timeout`` seconds."""
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGTERM)
        deadline = time.monotonic() + timeout
        while not has_ended(process_id):
            if time.monotonic() > deadline:
                os.kill(process_id, signal.SIGKILL)
            time.sleep(POLL_INTERVAL)


COMMANDS = (serve,)
