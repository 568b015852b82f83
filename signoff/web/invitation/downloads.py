"""A member's copy of the certificate of the process, once the round is closed. GET makes, and changes nothing."""

from collections.abc import Callable
from io import BytesIO

from flask import current_app, g, make_response, render_template, send_file
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.domain.answers import Kind, Version
from signoff.domain.audit import Certificate, Proof
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy, Unprintable
from signoff.domain.rounds import Phase
from signoff.exports.ical import deadline_file, sitting_file
from signoff.exports.receipts import as_copy, as_json, evidence
from signoff.i18n import format
from signoff.i18n.catalogue import LANGUAGES
from signoff.i18n.format import adopted
from signoff.store.access import Door
from signoff.web.context import db, language, now, settings, tools
from signoff.web.filters import contents
from signoff.web.invitation.access import blueprint, here

# Working copies of a door: what each says, in the edition's language.


def language_of(door: Door) -> str:
    """The edition's language where there are words for it, else German."""
    language = door.edition.text.language
    return language if language in LANGUAGES else LANGUAGES[0]


def motion(door: Door) -> WorkingCopy:
    """The ready motion for the member's council."""
    headings = [each.words for each in contents(door.edition.text.html) if each.level == 2]
    template = f"kit/motion.{language_of(door)}.html"
    return build_working_copy(
        door, template, lambda: _("Entwurf einer Beschlussvorlage"), headings=headings
    )


def summary(door: Door) -> WorkingCopy:
    """One page on what is asked; the same for every member."""
    return build_working_copy(door, "kit/summary.html", lambda: _("Kurzfassung"))


def text(door: Door) -> WorkingCopy:
    """The text in its own words; the same for every member."""
    return build_working_copy(door, "kit/text.html", lambda: _("Entwurf zur Mitzeichnung"))


def form(door: Door) -> WorkingCopy:
    """The answer to be filled in by hand."""
    return build_working_copy(door, "kit/form.html", lambda: _("Rückmeldung auf Papier"))


def receipt(door: Door, version: Version, proof: Proof) -> WorkingCopy:
    """The receipt of ``version`` for the e-file."""
    facts = {"version": version, "proof": proof, "holder": holder(version), "rows": rows}
    return build_working_copy(door, "kit/receipt.html", lambda: _("Empfangsbestätigung"), **facts)


def holder(version: Version) -> str:
    """Whose link the answer came through, as the office knows her."""
    if version.link_id is None:
        return ""
    link = store.rounds.link_by_id(db(), version.link_id)
    return ", ".join(part for part in (link.name, link.email) if part)


def rows(pairs: str) -> Markup:
    """The rows of ``sign/said.html`` (already escaped) as those of a table, which is what a print tags well."""
    for screen, print_ in (
        ("<div><dt>", '<tr><th scope="row">'),
        ("</dt><dd>", "</th><td>"),
        ("</dd></div>", "</td></tr>"),
    ):
        pairs = str(pairs).replace(screen, print_)
    return Markup(pairs)  # noqa: S704


def build_working_copy(
    door: Door, template: str, called: Callable[[], str], **facts: object
) -> WorkingCopy:
    text, language = door.edition.text, language_of(door)
    version = facts.get("version")
    assert door.round.opened_at
    with force_locale(language):
        mark = called()
        body = render_template(
            template,
            member=door.member,
            edition=door.edition,
            round=door.round,
            invitation=door.invitation,
            association=g.association,
            adopted=adopted(text.adopted_by, text.adopted_on, text.adopted_at, language),
            **facts,
        )
        foot = _("Fassung %(number)s", number=door.edition.number)
    if template not in COMMON:
        foot = f"{door.invitation.reference} · {foot}"
    return WorkingCopy(
        title=f"{mark}: {text.title}",
        body=body,
        language=language,
        mark=mark,
        foot=foot,
        association=g.association,
        created=version.received_at if isinstance(version, Version) else door.round.opened_at,
    )


COMMON = ("kit/summary.html", "kit/text.html")


# Everything to take away: council kit, calendar files, receipt and its evidence. GET makes, and changes nothing.

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
    return send_working_copy(while_open(), "motion", "docx", motion(here()))


@blueprint.get("/<token>/kit/motion.pdf")
def motion_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(while_open(), "motion", "pdf", motion(here()))


@blueprint.get("/<token>/kit/summary.pdf")
def summary_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(while_open(), "summary", "pdf", summary(here()))


@blueprint.get("/<token>/kit/text.docx")
def text_docx(token: str) -> WerkzeugResponse:
    return send_working_copy(here(), "text", "docx", text(here()))


@blueprint.get("/<token>/kit/answer-form.pdf")
def form_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(while_open(), "form", "pdf", form(here()))


@blueprint.get("/<token>/receipt.pdf")
def receipt_pdf(token: str) -> WerkzeugResponse:
    """The receipt of the answer that counts, or of its withdrawal."""
    door, version = here(), answered()
    copy = receipt(door, version, store.audit.build_answer_proof(db(), version.entry))
    return send_working_copy(door, "receipt", "pdf", copy)


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
    content = evidence(about, store.audit.build_answer_proof(db(), version.entry))
    return sent(
        content,
        "application/json",
        named(door.invitation.reference, "evidence", language(), "json"),
    )


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
        description=described(door, format.deadline(door.round.deadline, zone, language())),
    )
    return sent(
        content, "text/calendar", named(door.invitation.reference, "deadline", language(), "ics")
    )


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
        description=described(
            door, format.deadline(door.round.deadline, g.association.zone, language())
        ),
    )
    return sent(
        content, "text/calendar", named(door.invitation.reference, "sitting", language(), "ics")
    )


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
        _(
            "Rückfragen: %(association)s",
            association=f"{g.association.short_name}, {g.association.telephone}",
        ),
        _("Der Zugangslink steht in der E-Mail an die Ansprechperson."),
    )
    return "\n".join(lines).replace(format.HARD, " ")


def uid(kind: str, door: Door) -> str:
    """The same for as long as this invitation lives, so that a moved date moves the entry."""
    return f"{kind}-{door.edition.digest[:16]}-{door.invitation.reference}@{settings().host.partition(':')[0]}"


def send_working_copy(door: Door, name: str, kind: str, copy: WorkingCopy) -> WerkzeugResponse:
    """The file of ``copy``; 503 with the time to ask again where too many ask at once."""
    try:
        content = tools().copies(copy, kind)
    except Busy:
        return make_response(render_template("errors/busy.html"), 503, {"Retry-After": str(AGAIN)})
    except Unprintable as problem:
        current_app.logger.error("the working copy %s cannot be printed: %s", name, problem)
        raise ServiceUnavailable from None
    first = door.invitation.reference if name in ("receipt", "certificate") else door.edition.slug
    return sent(
        content, KINDS[kind], named(first, name, copy.language, kind), attached=kind != "pdf"
    )


def sent(content: bytes, kind: str, name: str, *, attached: bool = True) -> WerkzeugResponse:
    answer = send_file(
        BytesIO(content), mimetype=kind, download_name=name, as_attachment=attached, etag=False
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def named(first: str, kind: str, language: str, ending: str) -> str:
    return f"{first}-{NAMES[kind].get(language, NAMES[kind]['de'])}.{ending}"


@blueprint.get("/<token>/certificate.pdf")
def certificate_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(here(), "certificate", "pdf", as_copy(certificate()))


@blueprint.get("/<token>/certificate.json")
def certificate_json(token: str) -> WerkzeugResponse:
    name = named(here().invitation.reference, "certificate", language(), "json")
    return sent(as_json(certificate()), "application/json", name)


def certificate() -> Certificate:
    """404 while the round is not closed: until then nothing about it is final."""
    door = here()
    if door.round.closed_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), door.round, now(), door.member)
