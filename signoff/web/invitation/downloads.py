"""A member's copy of the certificate of the process, once the round is closed. GET makes, and changes nothing."""

from collections.abc import Callable

from flask import current_app, g, make_response, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.domain.answers import AnswerKind, AnswerVersion
from signoff.domain.audit import AnswerProof, Certificate
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import PrinterBusy, PrintError
from signoff.domain.rounds import Phase
from signoff.exports.ical import build_deadline_file, build_meeting_file
from signoff.exports.receipts import build_certificate_copy, build_certificate_json, build_receipt
from signoff.i18n import format
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.format import format_adoption
from signoff.store.access import InvitationAccess
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.downloads import send_bytes
from signoff.web.filters import build_table_of_contents
from signoff.web.invitation.access import blueprint, current_access

# Working copies of a door: what each says, in the edition's language.


def get_edition_language(door: InvitationAccess) -> str:
    """The edition's language where there are words for it, else German."""
    return choose_language(door.edition.text.language)


def build_motion(door: InvitationAccess) -> WorkingCopy:
    """The ready motion for the member's council."""
    headings = [
        each.words for each in build_table_of_contents(door.edition.text.html) if each.level == 2
    ]
    return build_working_copy(
        door, "kit/motion.html", lambda: _("Entwurf einer Beschlussvorlage"), headings=headings
    )


def build_summary(door: InvitationAccess) -> WorkingCopy:
    """One page on what is asked; the same for every member."""
    return build_working_copy(door, "kit/summary.html", lambda: _("Kurzfassung"))


def build_text(door: InvitationAccess) -> WorkingCopy:
    """The text in its own words; the same for every member."""
    return build_working_copy(door, "kit/text.html", lambda: _("Entwurf zur Mitzeichnung"))


def build_paper_form(door: InvitationAccess) -> WorkingCopy:
    """The answer to be filled in by hand."""
    return build_working_copy(door, "kit/form.html", lambda: _("Rückmeldung auf Papier"))


def build_receipt_facts(
    door: InvitationAccess, version: AnswerVersion, proof: AnswerProof
) -> WorkingCopy:
    """The receipt of ``version`` for the e-file."""
    facts = {
        "version": version,
        "proof": proof,
        "holder": describe_link_recipient(version),
        "rows": render_table_rows,
    }
    return build_working_copy(door, "kit/receipt.html", lambda: _("Empfangsbestätigung"), **facts)


def describe_link_recipient(version: AnswerVersion) -> str:
    """Whose link the answer came through, as the office knows her."""
    if version.link_id is None:
        return ""
    link = store.rounds.get_link(db(), version.link_id)
    return ", ".join(part for part in (link.name, link.email) if part)


def render_table_rows(pairs: str) -> Markup:
    """The rows of ``invitation/said.html`` (already escaped) as those of a table, which is what a print tags well."""
    for screen, print_ in (
        ("<div><dt>", '<tr><th scope="row">'),
        ("</dt><dd>", "</th><td>"),
        ("</dd></div>", "</td></tr>"),
    ):
        pairs = str(pairs).replace(screen, print_)
    return Markup(pairs)  # noqa: S704


def build_working_copy(
    door: InvitationAccess, template: str, called: Callable[[], str], **facts: object
) -> WorkingCopy:
    text, language = door.edition.text, get_edition_language(door)
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
            adopted=format_adoption(text.adopted_by, text.adopted_on, text.adopted_at, language),
            **facts,
        )
        foot = _("Fassung %(number)s", number=door.edition.number)
    if template not in COMMON_TEMPLATES:
        foot = f"{door.invitation.reference} · {foot}"
    return WorkingCopy(
        title=f"{mark}: {text.title}",
        body=body,
        language=language,
        mark=mark,
        foot=foot,
        association=g.association,
        created=version.received_at if isinstance(version, AnswerVersion) else door.round.opened_at,
    )


COMMON_TEMPLATES = ("kit/summary.html", "kit/text.html")


# Everything to take away: council kit, calendar files, receipt and its evidence. GET makes, and changes nothing.

# Names of files, in ASCII in every catalogue.
FILE_NAMES = {
    "motion": N_("beschlussvorlage"),
    "summary": N_("kurzfassung"),
    "text": N_("text"),
    "form": N_("rueckmeldung"),
    "receipt": N_("empfangsbestaetigung"),
    "evidence": N_("nachweis"),
    "certificate": N_("verlauf"),
    "deadline": N_("frist"),
    "sitting": N_("sitzung"),
}
MIME_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
RETRY_AFTER_SECONDS = 30  # seconds until a busy press is worth asking again


@blueprint.get("/<token>/kit/motion.docx")
def motion_docx(token: str) -> WerkzeugResponse:
    return send_working_copy(
        get_open_access_or_404(), "motion", "docx", build_motion(current_access())
    )


@blueprint.get("/<token>/kit/motion.pdf")
def motion_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(
        get_open_access_or_404(), "motion", "pdf", build_motion(current_access())
    )


@blueprint.get("/<token>/kit/summary.pdf")
def summary_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(
        get_open_access_or_404(), "summary", "pdf", build_summary(current_access())
    )


@blueprint.get("/<token>/kit/text.docx")
def text_docx(token: str) -> WerkzeugResponse:
    return send_working_copy(current_access(), "text", "docx", build_text(current_access()))


@blueprint.get("/<token>/kit/answer-form.pdf")
def form_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(
        get_open_access_or_404(), "form", "pdf", build_paper_form(current_access())
    )


@blueprint.get("/<token>/receipt.pdf")
def receipt_pdf(token: str) -> WerkzeugResponse:
    """The receipt of the answer that counts, or of its withdrawal."""
    door, version = current_access(), get_answer_version_or_404()
    copy = build_receipt_facts(door, version, store.audit.build_answer_proof(db(), version.entry))
    return send_working_copy(door, "receipt", "pdf", copy)


@blueprint.get("/<token>/receipt.json")
def receipt_json(token: str) -> WerkzeugResponse:
    """The evidence an offline check reads; see ``signoff/export/check_receipt.py``."""
    door, version = current_access(), get_answer_version_or_404()
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
    content = build_receipt(about, store.audit.build_answer_proof(db(), version.entry))
    return send_bytes(
        content,
        "application/json",
        build_file_name(door.invitation.reference, "evidence", current_language(), "json"),
    )


@blueprint.get("/<token>/deadline.ics")
def deadline_ics(token: str) -> WerkzeugResponse:
    door, zone = current_access(), g.association.zone
    assert door.round.deadline and door.round.opened_at
    content = build_deadline_file(
        door.round.deadline,
        door.round.opened_at,
        zone,
        uid=build_calendar_uid("deadline", door),
        summary=_("Frist: Rückmeldung zu „%(title)s“", title=door.edition.text.title),
        description=describe_calendar_entry(
            door, format.format_deadline(door.round.deadline, zone, current_language())
        ),
    )
    return send_bytes(
        content,
        "text/calendar",
        build_file_name(door.invitation.reference, "deadline", current_language(), "ics"),
    )


@blueprint.get("/<token>/sitting.ics")
def meeting_ics(token: str) -> WerkzeugResponse:
    """404 where no sitting has been named."""
    door, version = current_access(), get_answer_version_or_404()
    on = version.answer.expected_on
    if version.answer.kind is not AnswerKind.PENDING or on is None:
        raise NotFound
    body = version.answer.expected_body or _("Sitzung des Gremiums")
    assert door.round.deadline
    content = build_meeting_file(
        on,
        version.received_at,
        uid=build_calendar_uid("sitting", door),
        number=version.number,
        summary=_("%(body)s: Beratung über „%(title)s“", body=body, title=door.edition.text.title),
        description=describe_calendar_entry(
            door,
            format.format_deadline(door.round.deadline, g.association.zone, current_language()),
        ),
    )
    return send_bytes(
        content,
        "text/calendar",
        build_file_name(door.invitation.reference, "sitting", current_language(), "ics"),
    )


def get_open_access_or_404() -> InvitationAccess:
    """This door while answers are taken: what prepares one is of no use afterwards."""
    door = current_access()
    if door.round.phase(now()) is not Phase.OPEN:
        raise NotFound
    return door


def get_answer_version_or_404() -> AnswerVersion:
    version = current_access().version
    if version is None:
        raise NotFound
    return version


def describe_calendar_entry(door: InvitationAccess, until: str) -> str:
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
    return "\n".join(lines).replace(format.NO_BREAK_SPACE, " ")


def build_calendar_uid(kind: str, door: InvitationAccess) -> str:
    """The same for as long as this invitation lives, so that a moved date moves the entry."""
    return f"{kind}-{door.edition.digest[:16]}-{door.invitation.reference}@{settings().host.partition(':')[0]}"


def send_working_copy(
    door: InvitationAccess, name: str, kind: str, copy: WorkingCopy
) -> WerkzeugResponse:
    """The file of ``copy``; 503 with the time to ask again where too many ask at once."""
    try:
        content = services().copies(copy, kind)
    except PrinterBusy:
        return make_response(
            render_template("errors/busy.html"), 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
        )
    except PrintError as problem:
        current_app.logger.error("the working copy %s cannot be printed: %s", name, problem)
        raise ServiceUnavailable from None
    first = door.invitation.reference if name in ("receipt", "certificate") else door.edition.slug
    return send_bytes(
        content,
        MIME_TYPES[kind],
        build_file_name(first, name, copy.language, kind),
        inline=kind == "pdf",
    )


def build_file_name(first: str, kind: str, language: str, ending: str) -> str:
    return f"{first}-{get_catalogue(language).gettext(FILE_NAMES[kind])}.{ending}"


@blueprint.get("/<token>/certificate.pdf")
def certificate_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(
        current_access(), "certificate", "pdf", build_certificate_copy(get_certificate_or_404())
    )


@blueprint.get("/<token>/certificate.json")
def certificate_json(token: str) -> WerkzeugResponse:
    name = build_file_name(
        current_access().invitation.reference, "certificate", current_language(), "json"
    )
    return send_bytes(build_certificate_json(get_certificate_or_404()), "application/json", name)


def get_certificate_or_404() -> Certificate:
    """404 while the round is not closed: until then nothing about it is final."""
    door = current_access()
    if door.round.closed_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), door.round, now(), door.member)
