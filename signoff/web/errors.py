"""Error pages, each of which says what to do next."""

import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import (
    Gone,
    HTTPException,
    InternalServerError,
    SecurityError,
    ServiceUnavailable,
)

from signoff import store
from signoff.domain.accounts import Account, Role
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.releases import Release
from signoff.store.connection import NotOnDiskError, OperationalError
from signoff.web.context import db, now
from signoff.web.forms import list_sent_fields
from signoff.web.security import SECURITY_HEADERS

RETRY_AFTER_SECONDS = 30  # after an error of the database or its disk
ERROR_PAGES = (400, 403, 404, 409, 410, 413, 429, 500, 503)
# Where neither the database nor the templates can be relied on; without a name, in both languages.
BARE_PAGE = """\
<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Im Augenblick nicht möglich</title></head><body><main>
<h1>Im Augenblick nicht möglich</h1>
<p>Die Anwendung kann gerade nicht antworten. Ihre Eingabe wurde nicht übernommen, auch nicht zum Teil.
Bitte versuchen Sie es in einigen Minuten noch einmal.</p>
<p lang="en">The application cannot answer at the moment. Nothing you entered was saved. Please try again in a few
minutes.</p>
</main></body></html>
"""
log = logging.getLogger("signoff")


class ReleaseRetracted(Gone):
    """The release was retracted; its page says when and why, and what replaces it."""

    def __init__(self, release: Release) -> None:
        super().__init__()
        self.release = release


class FileUnavailable(ServiceUnavailable):
    """A stored file is missing or has been altered."""

    page = "no_file"


class WorkingCopiesBusy(ServiceUnavailable):
    """Too many working copies are being requested at the moment."""

    page = "busy"


class NotOnDisk(ServiceUnavailable):
    """What was sent, or would be shown, is committed, but not on disk."""

    page = "not_on_disk"


def register(app: Flask) -> None:
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(CSRFError, handle_csrf_error)
    app.register_error_handler(Refusal, handle_refusal)
    app.register_error_handler(Refusals, handle_refusals)
    app.register_error_handler(OperationalError, handle_database_error)
    app.register_error_handler(NotOnDiskError, handle_disk_error)
    app.register_error_handler(FileNotFoundError, handle_missing_file)
    app.register_error_handler(Exception, handle_unexpected_error)

    @app.before_request
    def same_origin() -> tuple[str, int] | None:
        """Refuse a form that was sent from a page of another origin."""
        if request.method == "POST" and "Origin" in request.headers and not has_own_origin():
            return render_error(403)
        return None


def has_own_origin() -> bool:
    """Whether the browser says that a page of this origin sent the request."""
    return request.headers.get("Origin", "") == f"{request.scheme}://{request.host}"


def render_error(
    status: int, refusal: Refusal | None = None, release: Release | None = None, name: str = ""
) -> tuple[str, int]:
    """The page of this status, or of this ``name``, in the frame of the office if that works."""
    page = name or (status if status in ERROR_PAGES else 500 if status >= 500 else 400)
    for in_office in (True, False):
        try:
            if "association" not in g:
                g.association = store.association.get(db())
            frame = get_office_frame(status) if in_office else {}
            html = render_template(f"errors/{page}.html", refusal=refusal, release=release, **frame)
            return html, status
        except Exception:  # what the error page needs is what is broken
            log.exception("no error page for %s in %s %s", status, request.method, request.endpoint)
    return BARE_PAGE, max(status, 500)


def get_office_frame(status: int) -> dict[str, object]:
    """The variables of the office's layout, if somebody of the office is logged in there."""
    if not request.path.startswith("/office") or not current_user.is_authenticated:
        return {}
    account: Account = current_user.account
    g.language = g.get("language") or account.language  # where no view was found
    return {
        "frame": "office/layout.html",
        "user": account,
        "may_manage": account.role.includes(Role.ADMIN),
        "now": now(),
        "mail_outages": (),
        # What another page has made this browser send is not shown, nor a part of what is too much.
        "sent_fields": list_sent_fields()
        if "Origin" in request.headers and has_own_origin() and status != 413
        else [],
    }


def build_last_page() -> tuple[bytes, list[tuple[str, str]]]:
    """The bare page and its headers, where the application itself has failed."""
    headers = {**SECURITY_HEADERS, "Content-Type": "text/html; charset=utf-8"}
    return BARE_PAGE.encode(), [*headers.items(), ("Cache-Control", "no-store")]


def handle_http_error(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, SecurityError):  # url_for does not work for an untrusted host
        return Response(
            "400: Unter diesem Namen ist hier nichts zu finden.\n", 400, mimetype="text/plain"
        )
    if error.code is None or error.code < 400 or error.response is not None:
        return error.get_response()
    release = getattr(error, "release", None)
    headers = {
        name: value for name, value in error.get_headers() if name in ("Retry-After", "Allow")
    }
    if request.path.endswith(".json") or request.path == "/oembed":
        return describe_error(error.code, release), error.code, headers
    text, status = render_error(error.code, release=release, name=getattr(error, "page", ""))
    return text, status, headers


def describe_error(status: int, release: Release | None) -> Response:
    """The error for a program, and why and when a release was retracted."""
    facts: dict[str, object] = {"status": status, "error": HTTPStatus(status).phrase}
    if release and release.retracted_at:
        facts |= {
            "withdrawn_at": release.retracted_at.isoformat(),
            "reason": release.retraction_reason,
            "successor": release.successor,
        }
    return jsonify({name: value for name, value in facts.items() if value})


def handle_csrf_error(error: CSRFError) -> tuple[str, int]:
    """The session cookie is missing: nothing was stored, and the page says to reload the form."""
    return render_error(400)


def handle_refusal(refusal: Refusal) -> tuple[str, int]:
    return render_error(refusal.reason.status, refusal)


def handle_refusals(refusals: Refusals) -> tuple[str, int]:
    return render_error(422, refusals.refusals[0] if refusals.refusals else None)


def handle_database_error(error: Exception) -> ResponseReturnValue:
    """Disk full or database locked: the transaction was rolled back, and a retry may succeed."""
    log.error("database: %s", error)
    return handle_http_error(ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS))


def handle_disk_error(error: Exception) -> ResponseReturnValue:
    """Sending the form again changes nothing twice."""
    log.error("database: %s", error)
    return handle_http_error(NotOnDisk(retry_after=RETRY_AFTER_SECONDS))


def handle_missing_file(error: Exception) -> ResponseReturnValue:
    """A file that the database knows is not where it was stored."""
    log.exception("a file is missing in %s %s", request.method, request.endpoint)
    return handle_http_error(FileUnavailable())


def handle_unexpected_error(error: Exception) -> ResponseReturnValue:
    """Log the trace without the path, which may contain a token."""
    log.exception("unexpected error in %s %s", request.method, request.endpoint)
    return handle_http_error(InternalServerError())
