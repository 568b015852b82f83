"""The PDFs that belong to a paper: beside the text for who holds a link, and for everybody after the release."""

from flask import send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.paper import Edition
from signoff.web.context import tools
from signoff.web.public import BRIEFLY, blueprint, publication
from signoff.web.sign import blueprint as sign
from signoff.web.sign.door import here


@blueprint.get("/papers/<slug>/annexes/<digest>.pdf")
def public_annex(slug: str, digest: str) -> WerkzeugResponse:
    """An annex of a released paper, or of the marked draft of a round that is public; gone with the release."""
    answer = annex(publication(slug).edition, digest)
    answer.headers["Cache-Control"] = BRIEFLY
    return answer


@sign.get("/<token>/annexes/<digest>.pdf")
def sign_annex(token: str, digest: str) -> WerkzeugResponse:
    return annex(here().edition, digest)


def annex(edition: Edition, digest: str) -> WerkzeugResponse:
    """The file, always as a download: what somebody else has made is not opened as a page of ours."""
    found = next((each for each in edition.text.annexes if each.sha256 == digest), None)
    if found is None:
        raise NotFound
    path = tools().archive.annex(found.sha256)
    name = f"{found.name}.pdf"
    return send_file(path, mimetype="application/pdf", as_attachment=True, download_name=name, etag=found.sha256)
