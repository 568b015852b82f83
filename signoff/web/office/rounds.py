"""The page of one round, the parts of it that a script refreshes, and what is done from there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from flask import Response, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff import actions, store
from signoff.domain.errors import Busy, Reason, Refusal
from signoff.domain.forecast import Forecast
from signoff.domain.log import Certificate
from signoff.domain.mail import MailKind
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Print
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Phase, Round, parse_target
from signoff.domain.signatories import SignatureCounts
from signoff.domain.text import GERMAN_STATES, fold, sort_key
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_date, current_language, db, now, services, settings
from signoff.web.downloads import (
    RETRY_AFTER_SECONDS,
    send_bytes,
    send_private_pdf,
    send_working_copy,
)
from signoff.web.errors import ReleaseRetracted, WorkingCopiesBusy
from signoff.web.filters import format_answer_kind, ngettext
from signoff.web.listing import get_int
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
    get_round_summary_or_404,
    may_edit,
    redirect_to_round,
)
from signoff.web.office.charts import (
    INSIDE_LABEL_POSITIONS,
    OUTSIDE_LABEL_POSITIONS,
    build_round_charts,
)
from signoff.web.office.deadlines import Recall, find_recall
from signoff.web.office.forms import TargetForm
from signoff.web.office.round_members import (
    ANSWER_FILTERS,
    RoundMemberQuery,
    build_round_member_page,
)
from signoff.web.security import CONTENT_SECURITY_POLICY

# The page of the release shows the PDF in a frame; pages of other origins may not.
EMBEDDED_PDF_CSP = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
MAX_MEMBERS_OFFERED = 50  # at once; a search finds the others


@dataclass(frozen=True, slots=True)
class RoundAction:
    """One button of the round's page."""

    label: str
    url: str
    kind: str  # primary, secondary or tertiary


def iter_round_actions(
    round: Round, phase: Phase, recall: Recall | None, slug: str, *, editor: bool
) -> Iterator[RoundAction]:
    """The buttons of a round, the most important first."""

    def build(endpoint: str, label: str, kind: str = "secondary") -> RoundAction:
        return RoundAction(label, url_for(f"office.{endpoint}", id=round.id), kind)

    if phase is Phase.ENDED and editor:
        yield build("show_close_form", _("Verfahren schließen …"), "primary")
    if phase is Phase.CLOSED:
        if round.released_at:
            label = _("Geplante Veröffentlichung …")
        else:
            label = _("PDF ansehen und veröffentlichen …") if editor else _("PDF ansehen")
        yield build("show_release", label, "primary")
    if round.terms.applications:
        yield build("list_applications", _("Anträge auf Mitzeichnung"))
    if phase is Phase.RELEASED:
        if round.terms.late:
            yield build("show_late_signatures", _("Nachzeichnungen und Nachträge"), "primary")
        yield build("show_release", _("Veröffentlichung …"))
    if phase is Phase.OPEN:
        if editor and recall and recall.opening:
            yield RoundAction(
                _("Eröffnung rückgängig machen …"),
                url_for("office.show_opening_recall_form", slug=slug),
                "secondary",
            )
        elif editor and recall:
            yield build("show_extension_recall_form", _("Verlängerung rückgängig machen …"))
        if editor:
            yield build(
                "show_extend_form", _("Frist ändern …") if recall else _("Frist verlängern …")
            )
            yield build("show_invite_members_form", _("Mitglieder einladen …"))
        yield build("list_reminders", _("Erinnerungen"))
        yield build("show_letters", _("Briefe"))
    if phase not in (Phase.DRAFT, Phase.CANCELLED):
        yield build("download_report", _("Bericht für den Vorstand (PDF)"))
    if phase is Phase.OPEN and editor:
        yield build("show_close_form", _("Verfahren schließen …"), "tertiary")
        yield build("show_cancel_form", _("Verfahren abbrechen …"), "tertiary")
    if phase in (Phase.ENDED, Phase.CLOSED) and editor:
        yield build("show_end_form", _("Ohne Veröffentlichung beenden …"), "tertiary")


@dataclass(frozen=True, slots=True)
class RefreshedRound:
    """The part of a ``RoundSummary`` that the refreshed parts of the page need."""

    round: Round
    status: RoundStatus
    edition: Edition


@blueprint.get("/rounds/<int:id>")
def show_round(id: int) -> str:
    summary = get_round_summary_or_404(id)
    phase, recall = summary.round.phase(now()), find_recall(summary)
    return render_template(
        "office/rounds/show.html",
        phase=phase,
        recall=recall,
        actions=list(
            iter_round_actions(
                summary.round, phase, recall, summary.edition.slug, editor=may_edit()
            )
        ),
        may_set_target=may_edit() and phase in (Phase.OPEN, Phase.ENDED),
        address=f"{settings().base_url}/papers/{summary.edition.slug}",
        form=TargetForm.from_round(summary.round),
        views=store.saved_views.list_for_account(db(), "round_members", current_account().id),
        answer_options=[
            (value, format_answer_kind(kind)) for value, kind in ANSWER_FILTERS.items()
        ],
        **build_round_context(summary),
    )


@blueprint.get("/rounds/<int:id>/status")
def refresh_round(id: int) -> ResponseReturnValue:
    """Figures, charts and table alone.

    If nothing has changed, the answer is 304 before anything is counted.
    """
    round = get_round_or_404(id)
    etag = compute_etag(round)
    if request.if_none_match.contains(etag):
        response = Response(status=304)
    else:
        refreshed = RefreshedRound(
            round,
            store.round_status.load(db(), round),
            store.papers.get_edition(db(), round.edition_id),
        )
        response = Response(
            render_template("office/rounds/_refreshed.html", **build_round_context(refreshed))
        )
    response.set_etag(etag)
    return response


def compute_etag(round: Round) -> str:
    """It changes as soon as the page would look different: for this reader, this filter, this
    day.
    """
    parts = (
        store.rounds.get_version_tag(db()),
        round,
        round.phase(now()),
        current_date(),
        may_edit(),
        current_language(),
        request.query_string,
    )
    return sha256(repr(parts).encode()).hexdigest()[:32]


def build_round_context(summary: RoundSummary | RefreshedRound) -> dict[str, object]:
    """The context that the page and its refreshed parts have in common."""
    query = RoundMemberQuery.from_args(request.args)
    page = build_round_member_page(summary.status, query, current_date())
    charts = build_round_charts(summary.status, now(), g.association.zone, current_language())
    invitation_ids = (status.invitation.id for status in page.items)
    return {
        "summary": summary,
        "signature_counts": store.signatories.count(db(), summary.round.id)
        if summary.round.released_at
        else SignatureCounts(),
        "query": query,
        "page": page,
        "all_ticked": "all" in request.args,
        "tags": summary.status.tags,
        "contacts": store.members.list_contacts(db(), invitation_ids),
        "invitation_mails": store.outbox.count_for_round(
            db(), MailKind.INVITATION, summary.round.id
        ),
        "picture": charts,
        "forecasting": summary.round.is_open(now()),
        "forecast": load_forecast(summary.status),
        "region_options": [(region.key, region.name) for region in charts.regions if region.key],
        "unreached": len(summary.status.unreached),
        "state_codes": [code.lower() for code in GERMAN_STATES.values()],
        "inside_labels": INSIDE_LABEL_POSITIONS,
        "outside_labels": OUTSIDE_LABEL_POSITIONS,
    }


def load_forecast(status: RoundStatus) -> Forecast | None:
    """The forecast for an open round, if there is one."""
    if not status.round.is_open(now()):
        return None
    return store.forecast.load(db(), status, current_date(), g.association.zone)


# Adding members to an open round: chosen from those who have not been invited yet.


@blueprint.get("/rounds/<int:id>/members")
@editor_required
def show_invite_members_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    if summary.round.phase(now()) is not Phase.OPEN:
        return redirect_to_round(id)
    return render_invite_members_form(summary)


@blueprint.post("/rounds/<int:id>/members")
def invite_members(id: int) -> ResponseReturnValue:
    """Invite the ticked members.

    Members who are invited already stay as they are, so a second click adds nobody.
    """
    summary, keys = get_round_summary_or_404(id), request.form.getlist("member")
    try:
        if not keys:
            raise Refusal(Reason.NOBODY_CHOSEN)
        added = actions.rounds.invite_members(
            db(),
            summary.round.id,
            keys,
            current_actor(),
            now(),
            mail_servers=settings().mail_servers,
        )
    except Refusal as refusal:
        status = 422 if refusal.reason is Reason.NOBODY_CHOSEN else 409
        return render_invite_members_form(summary, refusal), status
    invited = {invitation.member_id for invitation in added}
    members = [member for member in store.members.list_all(db()) if member.id in invited]
    letters = len(list_unreachable_ids(members))
    if by_mail := len(invited) - letters:
        flash(
            ngettext(
                "%(num)s Mitglied ist eingeladen.", "%(num)s Mitglieder sind eingeladen.", by_mail
            )
        )
    if letters:
        flash(
            ngettext(
                "%(num)s Mitglied hat keine E-Mail-Adresse und erhält einen Brief.",
                "%(num)s Mitglieder haben keine E-Mail-Adresse und erhalten einen Brief.",
                letters,
            )
        )
    return redirect_to_round(id)


def render_invite_members_form(summary: RoundSummary, refusal: Refusal | None = None) -> str:
    q = request.values.get("q", "").strip()[:100]
    uninvited = store.members.list_uninvited(db(), summary.round.id)
    matching = [
        member
        for member in sorted(uninvited, key=lambda member: sort_key(member.name))
        if matches_search(member, q)
    ]
    offered = matching[:MAX_MEMBERS_OFFERED]
    return render_template(
        "office/rounds/add_members.html",
        summary=summary,
        q=q,
        chosen=request.form.getlist("member"),
        uninvited=len(uninvited),
        found=len(matching),
        offered=offered,
        unreachable=list_unreachable_ids(offered),
        refusal=refusal,
    )


def matches_search(member: Member, q: str) -> bool:
    text = " ".join((member.name, member.official_name, member.key, member.state))
    return not q or fold(q) in fold(text)


def list_unreachable_ids(members: Iterable[Member]) -> set[int]:
    """The ids of members without an e-mail address; they are invited by letter."""
    reachable = {
        representative.member_id
        for representative in store.members.list_representatives(db())
        if representative.email
    }
    return {member.id for member in members} - reachable


# The target number of signatures.


@blueprint.get("/rounds/<int:id>/target")
@editor_required
def show_target_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    if summary.round.closed_at or summary.round.cancelled_at:
        return redirect_to_round(id)
    return render_target_form(summary, TargetForm.from_round(summary.round))


@blueprint.post("/rounds/<int:id>/target")
def set_target(id: int) -> ResponseReturnValue:
    """Set or remove the target.

    After a colleague's change the form is refused once and then carries the new target.
    """
    summary, form = get_round_summary_or_404(id), TargetForm()
    try:
        target = parse_target(form.aim.data or "", len(summary.status.invitations))
        actions.rounds.set_target(
            db(), id, target, get_int(request.form, "seen") or None, current_actor(), now()
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        form.seen.data = summary.round.target
        return render_target_form(summary, form), form.error_status
    flash(_("Das Ziel ist gespeichert.") if target else _("Für dieses Verfahren gilt kein Ziel."))
    return redirect_to_round(id)


def render_target_form(summary: RoundSummary, form: TargetForm) -> str:
    return render_template("office/rounds/target.html", summary=summary, form=form)


# The files of a round: the certificate of its process, and prints that are not public.


@blueprint.get("/rounds/<int:id>/certificate.pdf")
def download_certificate_pdf(id: int) -> ResponseReturnValue:
    """The office's copy; 503 with Retry-After while the printer is busy."""
    certificate = get_certificate_or_404(id)
    name = f"{certificate.edition.slug}-verlauf.pdf"
    return send_working_copy(build_certificate_copy(certificate), name, inline=False)


@blueprint.get("/rounds/<int:id>/certificate.json")
def download_certificate_json(id: int) -> Response:
    certificate = get_certificate_or_404(id)
    name = f"{certificate.edition.slug}-verlauf.json"
    return send_bytes(
        build_certificate_json(certificate, services().log_key), "application/json", name
    )


def get_certificate_or_404(id: int) -> Certificate:
    """404 before the round has been opened."""
    round = get_round_or_404(id)
    if round.opened_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), round, now())


@blueprint.get("/rounds/<int:id>/proof.pdf")
def show_proof(id: int) -> Response:
    """The newest final print, to be checked before the release."""
    summary = get_unretracted_or_410(id)
    response = send_print(summary.final, f"{summary.edition.slug}.pdf")
    response.headers["Content-Security-Policy"] = EMBEDDED_PDF_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/rounds/<int:id>/advance-copy.pdf")
def show_advance_copy(id: int) -> Response:
    """The paper with its present list, marked on every page as an advance copy."""
    summary = get_unretracted_or_410(id)
    if summary.final is None:
        raise NotFound
    document = actions.prints.build_document(db(), summary.final, settings().base_url)
    try:
        content = services().render_cache(document.as_proof)
    except Busy as busy:
        raise WorkingCopiesBusy(retry_after=RETRY_AFTER_SECONDS) from busy
    name = f"{summary.edition.slug}-vorabzug.pdf"
    return send_bytes(content, "application/pdf", name, inline=True)


@blueprint.get("/rounds/<int:id>/draft.pdf")
def show_draft(id: int) -> Response:
    """The marked draft, as the members get it."""
    summary = get_round_summary_or_404(id)
    return send_print(summary.draft, f"{summary.edition.slug}-entwurf.pdf")


def get_unretracted_or_410(id: int) -> RoundSummary:
    """A round whose files exist; those of a retracted release are gone."""
    summary = get_round_summary_or_404(id)
    if summary.release and summary.release.retracted_at:
        raise ReleaseRetracted(summary.release)
    return summary


def send_print(document: Print | None, name: str) -> Response:
    if document is None or document.printed_at is None:
        raise ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS)
    return send_private_pdf(services().archive.print_path(document.sha256), document.sha256, name)
