"""The log of all processes: plain lines, or with ``SIGNOFF_LOG=json`` one object a line.

No line contains a token or a path that may have one: each line is masked last, here. Of an
address the network is kept.
"""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from secrets import token_hex
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING

from signoff.tokens import mask_tokens

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("signoff")
PLAIN_FORMAT = "%(asctime)s %(levelname)s %(message)s"
ROUTE = "signoff.route"  # in the environment of a request: the pattern of its address
NETWORK_BITS = {4: 16, 6: 32}
# What is known of the request that this thread answers.
REQUEST: ContextVar[dict[str, object] | None] = ContextVar("request", default=None)


class PlainFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(PLAIN_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        return mask_tokens(super().format(record))


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **(REQUEST.get() or {}),
        }
        if record.exc_info:
            facts["exception"] = self.formatException(record.exc_info)
        return mask_tokens(json.dumps(facts, ensure_ascii=False, default=str))


def build_formatter(as_json: bool) -> logging.Formatter:
    return JsonFormatter() if as_json else PlainFormatter()


class StderrHandler(logging.Handler):
    """Writes to what is stderr at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr, flush=True)


HANDLER = StderrHandler()


def set_up(as_json: bool) -> None:
    """Write everything this process has to say to stderr, masked; an uncaught exception too."""
    HANDLER.setFormatter(build_formatter(as_json))
    logging.getLogger().addHandler(HANDLER)
    log.setLevel(logging.INFO if as_json else logging.WARNING)
    sys.excepthook = log_uncaught
    threading.excepthook = log_uncaught_in_thread


def say(line: str) -> None:
    """One line about what was done: to stdout, or into the log where lines are JSON."""
    if log.isEnabledFor(logging.INFO):
        log.info("%s", line)
    else:
        print(mask_tokens(line), flush=True)


def log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("uncaught", exc_info=(kind, error, trace))


def log_uncaught_in_thread(uncaught: threading.ExceptHookArgs) -> None:
    if uncaught.exc_value is not None and uncaught.exc_type is not SystemExit:
        log_uncaught(uncaught.exc_type, uncaught.exc_value, uncaught.exc_traceback)


def shorten_address(address: str) -> str:
    """The network of an address, as in the log of ``deploy/nginx.conf``; empty for none."""
    try:
        bits = NETWORK_BITS[ip_address(address).version]
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{bits}", strict=False).network_address)


class RequestLog:
    """Around the web application: names each request, writes its line where they are wanted, and
    sends ``last_page`` where the application has failed to answer at all.
    """

    def __init__(
        self, app: "WSGIApplication", last_page: Callable[[], tuple[bytes, list[tuple[str, str]]]]
    ) -> None:
        self.app, self.last_page = app, last_page

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        facts: dict[str, object] = {"request": token_hex(8)}
        method = environ.get("REQUEST_METHOD", "")
        before, start = REQUEST.set(facts), perf_counter()

        def start_and_note(status: str, *rest: object) -> object:
            facts["status"] = int(status[:3])
            return start_response(status, *rest)  # type: ignore[arg-type]

        try:
            return self.app(environ, start_and_note)  # type: ignore[arg-type]
        except Exception:
            log.exception("the application did not answer")
            body, headers = self.last_page()
            start_and_note("500 Internal Server Error", headers, sys.exc_info())
            return [body]
        finally:
            if log.isEnabledFor(logging.INFO):
                route = environ.get(ROUTE) or "-"
                facts |= {
                    "method": method,
                    "route": route,
                    "duration_ms": round((perf_counter() - start) * 1000, 1),
                    "network": shorten_address(environ.get("REMOTE_ADDR", "")),
                }
                log.info("%s %s", method, route)
            REQUEST.reset(before)
