"""Acknowledges a saved form only when the second machine, if there is one, has the data too."""

import logging

from flask import Flask, Response, g, request

from signoff import store
from signoff.standby import StandbyError, is_awaited
from signoff.store.access import InvitationAccess
from signoff.web.context import db, now, services, settings
from signoff.web.errors import render_error

RETRY_AFTER_SECONDS = 60
log = logging.getLogger("signoff")


def register(app: Flask) -> None:
    @app.after_request
    def wait_for_copy(response: Response) -> Response:
        """A page that says what to do, where the copy does not have what the response acknowledges.

        The form may be sent again: what it has saved is not saved twice.
        """
        if response.status_code >= 400 or not settings().standby_socket:
            return response
        try:
            services().wait_for_copy(count_acknowledged(response))
        except StandbyError as problem:
            log.error("not copied to the second machine: %s", problem)
            page, status = render_error(503, name="not_copied")
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return app.make_response((page, status, headers))
        return response


def count_acknowledged(response: Response) -> int:
    """How many entries of the audit log the response acknowledges: all of them after a form that
    has changed something, otherwise up to that of the answer that a member sees.
    """
    access: InvitationAccess | None = g.get("access")
    if access and not is_awaited(settings(), access.round.deadline, now()):
        return 0
    if access and request.method == "GET":
        return access.version.entry if access.version else 0
    is_saved = request.method == "POST" and response.status_code == 303
    must_wait = access or request.blueprint in ("office", "applications")
    return store.audit.get_length(db()) if is_saved and must_wait else 0
