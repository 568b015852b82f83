"""The association's logo under its digest: the same bytes for ever, an address that changes with the logo."""

from flask import Response, make_response
from werkzeug.exceptions import NotFound

from signoff.store import logos
from signoff.web.context import db
from signoff.web.public import FOR_EVER, blueprint


@blueprint.get("/logo/<digest>.png")
def logo(digest: str) -> Response:
    found = logos.get(db(), digest)
    if found is None:
        raise NotFound
    answer = make_response(found.png)
    answer.mimetype = "image/png"
    answer.headers["Cache-Control"] = FOR_EVER
    answer.set_etag(digest)
    return answer
