"""A member's copy of the certificate of the process, once the round is closed. GET makes, and changes nothing."""

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.certificate import Certificate
from signoff.export.certificates import as_copy, as_json
from signoff.store import certificates
from signoff.web.context import db, language, now
from signoff.web.sign.door import blueprint, here
from signoff.web.sign.kit import made, named, sent


@blueprint.get("/<token>/certificate.pdf")
def certificate_pdf(token: str) -> WerkzeugResponse:
    return made(here(), "certificate", "pdf", as_copy(certificate()))


@blueprint.get("/<token>/certificate.json")
def certificate_json(token: str) -> WerkzeugResponse:
    name = named(here().invitation.reference, "certificate", language(), "json")
    return sent(as_json(certificate()), "application/json", name)


def certificate() -> Certificate:
    """404 while the round is not closed: until then nothing about it is final."""
    door = here()
    if door.round.closed_at is None:
        raise NotFound
    return certificates.of(db(), door.round, now(), door.member)
