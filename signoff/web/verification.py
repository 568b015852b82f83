"""Is this PDF genuine? Compared with what was released, else examined; it is not kept."""

from hashlib import sha256

from flask import abort, current_app, g, make_response, render_template, request
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.seal import Sealer, SealFailed
from signoff.store import papers, releases, rounds
from signoff.web.context import db, language, now, tools
from signoff.web.editions import numbers
from signoff.web.public import blueprint, cached
from signoff.words import reports

__all__ = ["blueprint"]


@blueprint.get("/verify")
def verify() -> str:
    return render_template("public/verify.html", verdict=None, sealer=sealer())


@blueprint.post("/verify")
def verified() -> str | tuple[str, int]:
    """Compare a file with what was released; it is not kept."""
    sent = request.files.get("file")
    content = sent.read() if sent else b""
    if not content:
        return render_template("public/verify.html", verdict="missing", sealer=sealer()), 422
    digest = sha256(content).hexdigest()
    found = releases.by_digest(db(), digest)
    if found is None or found.released_at > now():
        told = list(reports.lines(tools().examine(content, certificate()), g.association.zone, language()))
        return render_template("public/verify.html", verdict="unknown", sha256=digest, lines=told, sealer=sealer())
    round = rounds.get(db(), found.round_id)
    edition = papers.get(db(), round.edition_id) if round else None
    called = numbers(releases.every(db(), found.round_id))[found.number] if found.number > 1 else None
    return render_template(
        "public/verify.html",
        verdict="genuine",
        sha256=digest,
        release=found,
        called=called,
        edition=edition,
        sealer=sealer(),
    )


@blueprint.get("/verify/certificate.pem")
def certificate_file() -> WerkzeugResponse:
    """The certificate of the seal, for those who check without this page."""
    answer = make_response(certificate() or abort(503))
    answer.mimetype = "application/x-pem-file"
    answer.headers["Content-Disposition"] = 'attachment; filename="certificate.pem"'
    return cached(answer)


def certificate() -> bytes:
    try:
        return tools().sealing.certificate(g.association.name)
    except SealFailed:
        current_app.logger.exception("the sealing key cannot be used")
        return b""


def sealer() -> Sealer | None:
    """What the page says about the seal; nothing where there is no key."""
    try:
        return tools().sealing.about(g.association.name, True)
    except SealFailed:
        return None
