"""Everything to take away: council kit, calendar files, receipt and its evidence. GET makes, and changes nothing."""

from io import BytesIO

from flask import current_app, g, make_response, render_template, send_file
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.answer import Kind, Version
from signoff.domain.failure import Busy, Unprintable
from signoff.domain.round import Phase
from signoff.domain.working import WorkingCopy
from signoff.export.calendar import deadline_file, sitting_file
from signoff.export.receipts import evidence
from signoff.store import proofs
from signoff.store.doors import Door
from signoff.web.context import db, language, now, settings, tools
from signoff.web.sign import copying
from signoff.web.sign.door import blueprint, here
from signoff.words import dates

# Names of files are ASCII whatever the catalogue says.
NAMES = {
    "motion": {"de": "beschlussvorlage", "en": "motion"},
    "summary": {"de": "kurzfassung", "en": "summary"},
    "text": {"de": "text", "en": "text"},
    "form": {"de": "rueckmeldung", "en": "answer-form"},
    "receipt": {"de": "empfangsbestaetigung", "en": "receipt"},
    "evidence": {"de": "nachweis", "en": "evidence"},
    "certificate": {"de": "verlauf", "en": "course"},
    "deadline": {"de": "frist", "en": "deadline"},
    "sitting": {"de": "sitzung", "en": "sitting"},
}
KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
AGAIN = 30  # seconds until a busy press is worth asking again


@blueprint.get("/<token>/kit/motion.docx")
def motion_docx(token: str) -> WerkzeugResponse:
    return made(while_open(), "motion", "docx", copying.motion(here()))


@blueprint.get("/<token>/kit/motion.pdf")
def motion_pdf(token: str) -> WerkzeugResponse:
    return made(while_open(), "motion", "pdf", copying.motion(here()))


@blueprint.get("/<token>/kit/summary.pdf")
def summary_pdf(token: str) -> WerkzeugResponse:
    return made(while_open(), "summary", "pdf", copying.summary(here()))


@blueprint.get("/<token>/kit/text.docx")
def text_docx(token: str) -> WerkzeugResponse:
    return made(here(), "text", "docx", copying.text(here()))


@blueprint.get("/<token>/kit/answer-form.pdf")
def form_pdf(token: str) -> WerkzeugResponse:
    return made(while_open(), "form", "pdf", copying.form(here()))


@blueprint.get("/<token>/receipt.pdf")
def receipt_pdf(token: str) -> WerkzeugResponse:
    """The receipt of the answer that counts, or of its withdrawal."""
    door, version = here(), answered()
    copy = copying.receipt(door, version, proofs.of(db(), version.entry))
    return made(door, "receipt", "pdf", copy)


@blueprint.get("/<token>/receipt.json")
def receipt_json(token: str) -> WerkzeugResponse:
    """The evidence an offline check reads; see ``signoff/export/check_receipt.py``."""
    door, version = here(), answered()
    about: dict[str, object] = {
        "association": g.association.name,
        "paper": door.edition.slug,
        "title": door.edition.text.title,
        "edition": door.edition.number,
        "edition_digest": door.edition.digest,
        "member": door.member.official_name,
        "reference": door.invitation.reference,
        "answer": str(version.answer.kind),
        "received_at": version.received_at.astimezone(g.association.zone).isoformat(),
    }
    content = evidence(about, proofs.of(db(), version.entry))
    return sent(content, "application/json", named(door.invitation.reference, "evidence", language(), "json"))


@blueprint.get("/<token>/deadline.ics")
def deadline_ics(token: str) -> WerkzeugResponse:
    door, zone = here(), g.association.zone
    assert door.round.deadline and door.round.opened_at
    content = deadline_file(
        door.round.deadline,
        door.round.opened_at,
        zone,
        uid=uid("deadline", door),
        summary=_("Frist: Rückmeldung zu „%(title)s“", title=door.edition.text.title),
        description=described(door, dates.deadline(door.round.deadline, zone, language())),
    )
    return sent(content, "text/calendar", named(door.invitation.reference, "deadline", language(), "ics"))


@blueprint.get("/<token>/sitting.ics")
def sitting_ics(token: str) -> WerkzeugResponse:
    """404 where no sitting has been named."""
    door, version = here(), answered()
    on = version.answer.expected_on
    if version.answer.kind is not Kind.PENDING or on is None:
        raise NotFound
    body = version.answer.expected_body or _("Sitzung des Gremiums")
    assert door.round.deadline
    content = sitting_file(
        on,
        version.received_at,
        uid=uid("sitting", door),
        number=version.number,
        summary=_("%(body)s: Beratung über „%(title)s“", body=body, title=door.edition.text.title),
        description=described(door, dates.deadline(door.round.deadline, g.association.zone, language())),
    )
    return sent(content, "text/calendar", named(door.invitation.reference, "sitting", language(), "ics"))


def while_open() -> Door:
    """This door while answers are taken: what prepares one is of no use afterwards."""
    door = here()
    if door.round.phase(now()) is not Phase.OPEN:
        raise NotFound
    return door


def answered() -> Version:
    version = here().version
    if version is None:
        raise NotFound
    return version


def described(door: Door, until: str) -> str:
    """What an entry in a calendar says; calendars are shared, so it names no link."""
    lines = (
        _("Vorgangsnummer: %(reference)s", reference=door.invitation.reference),
        _("Rückmeldung bis: %(until)s", until=until),
        _("Rückfragen: %(association)s", association=f"{g.association.short_name}, {g.association.telephone}"),
        _("Der Zugangslink steht in der E-Mail an die Ansprechperson."),
    )
    return "\n".join(lines).replace(dates.HARD, " ")


def uid(kind: str, door: Door) -> str:
    """The same for as long as this invitation lives, so that a moved date moves the entry."""
    return f"{kind}-{door.edition.digest[:16]}-{door.invitation.reference}@{settings().host.partition(':')[0]}"


def made(door: Door, name: str, kind: str, copy: WorkingCopy) -> WerkzeugResponse:
    """The file of ``copy``; 503 with the time to ask again where too many ask at once."""
    try:
        content = tools().copies(copy, kind)
    except Busy:
        return make_response(render_template("errors/busy.html"), 503, {"Retry-After": str(AGAIN)})
    except Unprintable as problem:
        current_app.logger.error("the working copy %s cannot be printed: %s", name, problem)
        raise ServiceUnavailable from None
    first = door.invitation.reference if name in ("receipt", "certificate") else door.edition.slug
    return sent(content, KINDS[kind], named(first, name, copy.language, kind), attached=kind != "pdf")


def sent(content: bytes, kind: str, name: str, *, attached: bool = True) -> WerkzeugResponse:
    answer = send_file(BytesIO(content), mimetype=kind, download_name=name, as_attachment=attached, etag=False)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def named(first: str, kind: str, language: str, ending: str) -> str:
    return f"{first}-{NAMES[kind].get(language, NAMES[kind]['de'])}.{ending}"
