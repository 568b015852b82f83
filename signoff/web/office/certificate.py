"""The certificate of a round's process, the office's copy. GET makes, and changes nothing."""

from io import BytesIO

from flask import current_app, make_response, render_template, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff.domain.certificate import Certificate
from signoff.domain.failure import Busy, Unprintable
from signoff.export.certificates import as_copy, as_json
from signoff.store import certificates
from signoff.web.context import db, now, tools
from signoff.web.office.door import blueprint, round_here

AGAIN = 30  # seconds until a busy press is worth asking again


@blueprint.get("/rounds/<int:id>/certificate.pdf")
def certificate_pdf(id: int) -> ResponseReturnValue:
    """503 with the time to ask again where too many ask at once."""
    told = certificate(id)
    try:
        content = tools().copies(as_copy(told))
    except Busy:
        return make_response(render_template("errors/busy.html"), 503, {"Retry-After": str(AGAIN)})
    except Unprintable as problem:
        current_app.logger.error("the certificate of round %s cannot be printed: %s", id, problem)
        raise ServiceUnavailable from None
    return sent(content, "application/pdf", f"{told.edition.slug}-verlauf.pdf")


@blueprint.get("/rounds/<int:id>/certificate.json")
def certificate_json(id: int) -> ResponseReturnValue:
    told = certificate(id)
    return sent(as_json(told), "application/json", f"{told.edition.slug}-verlauf.json")


def certificate(id: int) -> Certificate:
    """404 before the round has been opened."""
    round = round_here(id)
    if round.opened_at is None:
        raise NotFound
    return certificates.of(db(), round, now())


def sent(content: bytes, kind: str, name: str) -> ResponseReturnValue:
    answer = send_file(BytesIO(content), mimetype=kind, download_name=name, as_attachment=True, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer
