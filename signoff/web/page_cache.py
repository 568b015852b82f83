"""Public pages for everybody who keeps them: browsers and proxies for a minute, and this process as
long as nothing changes.

Many readers ask for the same few pages. A page is built once for each language and query. It counts
until there is a new entry in the audit log, which every change makes, or until the minute is over,
for whatever changes with the time.

Pages that are asked for with a query can be without number. Only some of the threads build them, so
that the others answer members, the office and whoever watches the instance.
"""

from contextlib import ExitStack
from threading import Lock
from typing import NamedTuple

from flask import Flask, Response, g, request
from werkzeug.exceptions import ServiceUnavailable

from signoff import store
from signoff.domain.errors import PrinterBusy
from signoff.storage import Slots
from signoff.web.context import current_instance, db, now

CACHE_BRIEFLY = "public, max-age=60"
BLUEPRINTS = ("public", "open_data", "log")
MAX_KEPT_BYTES = 32_000_000  # with addresses and headers
MAX_ADDRESS_LENGTH = 300  # of a kept page; an address may hold any query
LOCK = Lock()
BUILDING = Slots(4, waiting=6, timeout=10.0)  # pages with a query
RETRY_AFTER_SECONDS = 10


class KeptPage(NamedTuple):
    """A page, and what it was built from."""

    version: tuple[int, int]
    body: bytes
    headers: list[tuple[str, str]]
    size: int  # in bytes, with the address


def register(app: Flask) -> None:
    """To be registered before all that a kept page does not need."""

    @app.before_request
    def find_page() -> Response | None:
        if not is_page():
            return None
        version = read_version()
        page: KeptPage | None = current_instance().pages.get(request.url)
        if page and page.version == version:
            return Response(page.body, headers=page.headers)
        g.version = version
        if request.args:
            wait_for_turn()
        return None

    @app.teardown_request
    def end_turn(_error: BaseException | None) -> None:
        if turn := g.pop("turn", None):
            turn.close()

    @app.after_request
    def finish_page(response: Response) -> Response:
        """Add what caches need, keep a new page, and answer 304 if the client has it."""
        if (
            not is_page()
            or response.status_code != 200
            or response.direct_passthrough  # a file, which has all this
            or response.cache_control.no_store
        ):
            return response
        if "version" in g:
            response.headers.setdefault("Cache-Control", CACHE_BRIEFLY)
            response.add_etag()
            keep_page(g.version, response.get_data(), list(response.headers))
        response.make_conditional(request)
        return response


def wait_for_turn() -> None:
    """Answer 503 at once if too many wait already."""
    turn = ExitStack()
    try:
        turn.enter_context(BUILDING.acquire())
    except PrinterBusy:
        raise ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS) from None
    g.turn = turn


def is_page() -> bool:
    return request.blueprint in BLUEPRINTS and request.method in ("GET", "HEAD")


def read_version() -> tuple[int, int]:
    """The newest entry of the audit log, and the minute."""
    return store.audit.get_length(db()), int(now().timestamp()) // 60


def keep_page(version: tuple[int, int], body: bytes, headers: list[tuple[str, str]]) -> None:
    """Keep the page that was asked for; those that were built longest ago give way."""
    instance, url = current_instance(), request.url
    if len(url) > MAX_ADDRESS_LENGTH:
        return
    size = len(url) + len(body) + sum(len(name) + len(value) for name, value in headers)
    with LOCK:
        if former := instance.pages.pop(url, None):
            instance.kept_bytes -= former.size
        instance.pages[url] = KeptPage(version, body, headers, size)
        instance.kept_bytes += size
        while instance.kept_bytes > MAX_KEPT_BYTES:
            _, oldest = instance.pages.popitem(last=False)
            instance.kept_bytes -= oldest.size
