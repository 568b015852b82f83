"""What was handed in is acknowledged once the second machine has it, where there is one."""

import logging

from flask import Flask, Response, g, render_template, request

from signoff.standby import StandbyError, is_awaited
from signoff.store.access import InvitationAccess
from signoff.web.context import now, services, settings

# Acts of the office that wait in any case.
ENDPOINTS = ("office.close_round", "office.release_paper", "office.confirm_approval")
RETRY_AFTER_SECONDS = 60
log = logging.getLogger("signoff")


def register(app: Flask) -> None:
    @app.after_request
    def wait_for_copy(response: Response) -> Response:
        """A page that says what to do, where the copy does not have what the request has saved.

        The form may be sent again: what it has saved is not saved twice.
        """
        access: InvitationAccess | None = g.get("access")
        if (
            request.method == "POST"
            and response.status_code == 303
            and (access or request.endpoint in ENDPOINTS)
            and is_awaited(settings(), access.round.deadline if access else None, now())
        ):
            try:
                services().wait_for_copy()
            except StandbyError as problem:
                log.error("not copied to the second machine: %s", problem)
                page = render_template("errors/not_copied.html")
                headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
                return app.make_response((page, 503, headers))
        return response
