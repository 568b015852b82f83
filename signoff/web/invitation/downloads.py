"""Downloads of a member: working copies for the council, calendar files, receipt, evidence and
certificate.
"""

from dataclasses import replace
from datetime import datetime

from flask import g, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.actions.prints import load_pictures
from signoff.domain.answers import AnswerKind, AnswerVersion
from signoff.domain.documents import WorkingCopy
from signoff.domain.log import Certificate
from signoff.domain.rounds import Phase
from signoff.exports.ical import (
    build_calendar_uid,
    build_deadline_file,
    build_meeting_file,
    describe_calendar_entry,
)
from signoff.exports.kit import Kit
from signoff.exports.receipts import build_certificate_copy, build_certificate_json, build_receipt
from signoff.i18n import formatting
from signoff.i18n.catalogue import choose_language, get_catalogue
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.formatting import format_adoption
from signoff.store.access import InvitationAccess
from signoff.store.log import Prover
from signoff.web import downloads
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.downloads import send_bytes
from signoff.web.filters import get_working_day_test
from signoff.web.invitation.access import blueprint, current_access

# The content of the working copies, in the reader's language; the text is in that of the edition.


def build_motion(access: InvitationAccess) -> WorkingCopy:
    """The draft motion for the member's council."""
    return Kit(access, g.association, current_language()).build_motion()


def build_summary(access: InvitationAccess) -> WorkingCopy:
    """The paper on one page; the same for every member with this language."""
    return build_working_copy(access, "kit/summary.html", N_("Kurzfassung"))


def build_text(access: InvitationAccess) -> WorkingCopy:
    """The text of the paper; the same for every member."""
    language = access.edition.text.language
    return build_working_copy(access, TEXT_TEMPLATE, N_("Entwurf zur Mitzeichnung"), language)


def build_paper_form(access: InvitationAccess) -> WorkingCopy:
    """The answer form on paper, with the short code of this link."""
    base_url = settings().base_url
    code = services().token_signer.short_code(access.link.public_id, access.link.generation)
    copy = build_working_copy(
        access,
        "kit/form.html",
        N_("Rückmeldung auf Papier"),
        site=f"{base_url.partition('://')[2]}/s",
        code=code,
    )
    return replace(copy, codes=(f"{base_url}/s?code={code}",))


def build_receipt_copy(access: InvitationAccess, version: AnswerVersion) -> WorkingCopy:
    """The receipt of ``version`` for the member's files."""
    link = store.rounds.get_link(db(), version.link_id) if version.link_id else None
    return Kit(access, g.association, current_language()).build_receipt(version, link)


def build_working_copy(
    access: InvitationAccess, template: str, mark: str, language: str = "", **facts: object
) -> WorkingCopy:
    """``mark`` is a message, which names the kind of the copy."""
    language = choose_language(language or current_language())
    text = access.edition.text
    gettext = get_catalogue(language).gettext
    foot = gettext("Fassung %(number)s") % {"number": access.edition.number}
    if template not in COMMON_TEMPLATES:
        foot = f"{access.invitation.reference} · {foot}"
    return WorkingCopy(
        title=f"{gettext(mark)}: {text.title}",
        body=render_body(access, template, language, **facts),
        language=language,
        mark=gettext(mark),
        foot=foot,
        association=g.association,
        created=require_moment(access.round.opened_at),
        pictures=load_pictures(db(), access.edition) if template == TEXT_TEMPLATE else (),
    )


def render_body(access: InvitationAccess, template: str, language: str, **facts: object) -> str:
    """The HTML of a working copy."""
    text = access.edition.text
    with force_locale(language):
        return render_template(
            template,
            member=access.member,
            edition=access.edition,
            round=access.round,
            invitation=access.invitation,
            association=g.association,
            privacy=f"{settings().base_url}/privacy",
            adopted=format_adoption(text.adopted_by, text.adopted_on, text.adopted_at, language),
            **facts,
        )


TEXT_TEMPLATE = "kit/text.html"
COMMON_TEMPLATES = ("kit/summary.html", TEXT_TEMPLATE)


# The views of the downloads.

# In ASCII in every catalogue.
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
    "press_release": N_("pressemitteilung"),
    "share_picture": N_("bild"),
    "wall_certificate": N_("urkunde"),
}


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
    """The receipt of the current answer, or of its withdrawal."""
    access = current_access()
    copy = build_receipt_copy(access, get_answer_version_or_404())
    return send_working_copy(access, "receipt", "pdf", copy)


@blueprint.get("/<token>/receipt.json")
def receipt_json(token: str) -> WerkzeugResponse:
    """The evidence for an offline check with ``signoff/exports/verify_signoff.py``."""
    access, version = current_access(), get_answer_version_or_404()
    return send_bytes(
        build_evidence(version),
        "application/json",
        build_file_name(access.invitation.reference, "evidence", current_language(), "json"),
    )


def build_evidence(version: AnswerVersion, prover: Prover | None = None) -> bytes:
    """The receipt of ``version`` as a file for a check without Signoff."""
    receipt = store.log.get_receipt(db(), version)
    proof = (prover or Prover(db())).find(receipt.statement)
    details = store.audit.find_details(db(), version.entry)
    return build_receipt(receipt, *details, proof, services().log_key)


@blueprint.get("/<token>/deadline.ics")
def deadline_ics(token: str) -> WerkzeugResponse:
    access, zone = current_access(), g.association.zone
    deadline = require_moment(access.round.deadline)
    content = build_deadline_file(
        deadline,
        require_moment(access.round.opened_at),
        zone,
        get_working_day_test(access.member),
        uid=get_calendar_uid("deadline", access),
        summary=_("Frist: Rückmeldung zu „%(title)s“", title=access.edition.text.title),
        description=describe_calendar_file(access, deadline),
    )
    return send_bytes(
        content,
        "text/calendar",
        build_file_name(access.invitation.reference, "deadline", current_language(), "ics"),
    )


@blueprint.get("/<token>/sitting.ics")
def meeting_ics(token: str) -> WerkzeugResponse:
    """404 if the member has not named the day of a meeting."""
    access, version = current_access(), get_answer_version_or_404()
    day = version.answer.expected_on
    if version.answer.kind is not AnswerKind.PENDING or day is None:
        raise NotFound
    committee = version.answer.expected_body or _("Sitzung des Gremiums")
    deadline = require_moment(access.round.deadline)
    content = build_meeting_file(
        day,
        version.received_at,
        uid=get_calendar_uid("sitting", access),
        number=version.number,
        summary=_(
            "%(body)s: Beratung über „%(title)s“", body=committee, title=access.edition.text.title
        ),
        description=describe_calendar_file(access, deadline),
    )
    return send_bytes(
        content,
        "text/calendar",
        build_file_name(access.invitation.reference, "sitting", current_language(), "ics"),
    )


def get_open_access_or_404() -> InvitationAccess:
    """The access while the round is open; 404 afterwards, when preparing an answer is of no use."""
    access = current_access()
    if access.round.phase(now()) is not Phase.OPEN:
        raise NotFound
    return access


def get_answer_version_or_404() -> AnswerVersion:
    version = current_access().version
    if version is None:
        raise NotFound
    return version


def describe_calendar_file(access: InvitationAccess, deadline: datetime) -> str:
    language = current_language()
    until = formatting.format_deadline(deadline, g.association.zone, language)
    return describe_calendar_entry(g.association, access.invitation.reference, until, language)


def get_calendar_uid(kind: str, access: InvitationAccess) -> str:
    host = settings().host.partition(":")[0]
    return build_calendar_uid(kind, access.edition, access.invitation, host)


def send_working_copy(
    access: InvitationAccess, name: str, kind: str, copy: WorkingCopy
) -> WerkzeugResponse:
    prefix = (
        access.invitation.reference if name in ("receipt", "certificate") else access.edition.slug
    )
    return downloads.send_working_copy(copy, build_file_name(prefix, name, copy.language, kind))


def build_file_name(prefix: str, kind: str, language: str, extension: str) -> str:
    return f"{prefix}-{get_catalogue(language).gettext(FILE_NAMES[kind])}.{extension}"


def require_moment(moment: datetime | None) -> datetime:
    """The opening or the deadline of a round; 404 before it is opened."""
    if moment is None:
        raise NotFound
    return moment


@blueprint.get("/<token>/certificate.pdf")
def certificate_pdf(token: str) -> WerkzeugResponse:
    return send_working_copy(
        current_access(),
        "certificate",
        "pdf",
        build_certificate_copy(get_certificate_or_404(), choose_language(current_language())),
    )


@blueprint.get("/<token>/certificate.json")
def certificate_json(token: str) -> WerkzeugResponse:
    name = build_file_name(
        current_access().invitation.reference, "certificate", current_language(), "json"
    )
    return send_bytes(
        build_certificate_json(get_certificate_or_404(), services().log_key),
        "application/json",
        name,
    )


def get_certificate_or_404() -> Certificate:
    """404 until the round is closed, because nothing about it is final before."""
    access = current_access()
    if access.round.closed_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), access.round, now(), access.member)
