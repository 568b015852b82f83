"""One round: where it stands, what is to decide, the members; and the same for the script that refreshes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from flask import (
    Response,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import NotFound, ServiceUnavailable

from signoff import actions, store
from signoff.domain.audit import Certificate
from signoff.domain.errors import PrinterBusy, PrintError, Reason, Refusal
from signoff.domain.members import Member
from signoff.domain.releases import Print
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Phase, Round, parse_target
from signoff.domain.text import GERMAN_STATES, sort_key
from signoff.exports.receipts import build_certificate_copy, build_certificate_json
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_date, current_language, db, now, services, settings
from signoff.web.errors import ReleaseRetracted
from signoff.web.login import current_actor
from signoff.web.office import round_members
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
    get_round_summary_or_404,
    may_edit,
    redirect_to_round,
    require_current_slug,
)
from signoff.web.office.charts import (
    INSIDE_LABEL_POSITIONS,
    OUTSIDE_LABEL_POSITIONS,
    build_round_charts,
)
from signoff.web.office.dashboard import list_unreached
from signoff.web.office.forms import TargetForm
from signoff.web.security import CONTENT_SECURITY_POLICY

# Adding members to a round that is open: chosen from those who have not been asked yet.

MAX_MEMBERS_OFFERED = 50  # members on offer at once; more are found by searching


@blueprint.get("/rounds/<int:id>/addition")
@editor_required
def show_invite_members_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return (
        render_invite_members_form(case)
        if case.round.phase(now()) is Phase.OPEN
        else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/addition")
@editor_required
def invite_members(id: int) -> ResponseReturnValue:
    """Invite the ticked members. Who has been asked already is not asked again, so a second click adds nobody."""
    case, keys = get_round_summary_or_404(id), request.form.getlist("member")
    try:
        if not keys:
            raise Refusal(Reason.NOBODY_CHOSEN)
        added = actions.rounds.invite_members(
            db(), require_current_slug(case.round), keys, current_actor(), now()
        )
    except Refusal as refusal:
        return render_invite_members_form(
            case, refusal
        ), 422 if refusal.reason is Reason.NOBODY_CHOSEN else 409
    count = len(added)
    flash(
        ngettext("%(num)s Mitglied ist eingeladen.", "%(num)s Mitglieder sind eingeladen.", count)
    )
    return redirect_to_round(id)


def render_invite_members_form(case: RoundSummary, refusal: Refusal | None = None) -> str:
    q = request.values.get("q", "").strip()[:100]
    free = store.members.list_uninvited(db(), case.round.id)
    fitting = [
        each
        for each in sorted(free, key=lambda each: sort_key(each.name))
        if matches_search(each, q)
    ]
    return render_template(
        "office/rounds/add_members.html",
        case=case,
        q=q,
        chosen=request.form.getlist("member"),
        free=len(free),
        found=len(fitting),
        offered=fitting[:MAX_MEMBERS_OFFERED],
        unreachable=list_unreachable_ids(fitting[:MAX_MEMBERS_OFFERED]),
        refusal=refusal,
    )


def matches_search(member: Member, q: str) -> bool:
    words = " ".join((member.name, member.official_name, member.key, member.state))
    return not q or sort_key(q)[0] in sort_key(words)[0]


def list_unreachable_ids(offered: Iterable[Member]) -> set[int]:
    """Those no mail can reach: they are asked by letter."""
    reached = {each.member_id for each in store.members.list_representatives(db()) if each.email}
    return {each.id for each in offered} - reached


# How many signatures are aimed at. GET asks, POST sets; a colleague's figure is never overwritten unseen.


@blueprint.get("/rounds/<int:id>/aim")
@editor_required
def show_target_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return (
        redirect_to_round(id)
        if case.round.closed_at or case.round.cancelled_at
        else render_target_form(case, TargetForm.from_round(case.round))
    )


@blueprint.post("/rounds/<int:id>/aim")
@editor_required
def set_target(id: int) -> ResponseReturnValue:
    """Set or take away the aim. What was typed stays where it is refused; the aim that holds has then been seen."""
    case, form = get_round_summary_or_404(id), TargetForm()
    try:
        wanted = parse_target(form.aim.data or "", len(case.standing.places))
        actions.rounds.set_target(
            db(), id, wanted, form.parse_expected_target(), current_actor(), now()
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        form.seen.data = case.round.aim
        return render_target_form(case, form), form.error_status
    flash(_("Das Ziel ist gespeichert.") if wanted else _("Für dieses Verfahren gilt kein Ziel."))
    return redirect_to_round(id)


def render_target_form(case: RoundSummary, form: TargetForm) -> str:
    return render_template("office/rounds/target.html", case=case, form=form)


# The certificate of a round's process, the office's copy. GET makes, and changes nothing.

RETRY_AFTER_SECONDS = 30  # seconds until a busy press is worth asking again


@blueprint.get("/rounds/<int:id>/certificate.pdf")
def download_certificate_pdf(id: int) -> ResponseReturnValue:
    """503 with the time to ask again where too many ask at once."""
    told = get_certificate_or_404(id)
    try:
        content = services().copies(build_certificate_copy(told))
    except PrinterBusy:
        return make_response(
            render_template("errors/busy.html"), 503, {"Retry-After": str(RETRY_AFTER_SECONDS)}
        )
    except PrintError as problem:
        current_app.logger.error("the certificate of round %s cannot be printed: %s", id, problem)
        raise ServiceUnavailable from None
    return send_download(content, "application/pdf", f"{told.edition.slug}-verlauf.pdf")


@blueprint.get("/rounds/<int:id>/certificate.json")
def download_certificate_json(id: int) -> ResponseReturnValue:
    told = get_certificate_or_404(id)
    return send_download(
        build_certificate_json(told), "application/json", f"{told.edition.slug}-verlauf.json"
    )


def get_certificate_or_404(id: int) -> Certificate:
    """404 before the round has been opened."""
    round = get_round_or_404(id)
    if round.opened_at is None:
        raise NotFound
    return store.audit.build_certificate(db(), round, now())


def send_download(content: bytes, kind: str, name: str) -> ResponseReturnValue:
    answer = send_file(
        BytesIO(content), mimetype=kind, download_name=name, as_attachment=True, etag=False
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


# The page of the release shows the PDF inside itself; no other house may.
EMBEDDED_PDF_CSP = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)


@dataclass(frozen=True, slots=True)
class RefreshedRound:
    """What of a round's page is asked for again and again."""

    round: Round
    standing: RoundStatus


@blueprint.get("/rounds/<int:id>")
def show_round(id: int) -> str:
    case = get_round_summary_or_404(id)
    return render_template(
        "office/rounds/show.html",
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        form=TargetForm.from_round(case.round),
        TODOS=round_members.TODO_FILTERS,
        ANSWERS=round_members.ANSWER_FILTERS,
        **build_round_context(case),
    )


@blueprint.get("/rounds/<int:id>/standing")
def refresh_round(id: int) -> ResponseReturnValue:
    """Figures, pictures and table alone. While nothing has happened, no member is even counted: 304."""
    here = get_round_or_404(id)
    newest = compute_etag(here)
    if request.if_none_match.contains(newest):
        response = Response(status=304)
    else:
        response = Response(
            render_template(
                "office/rounds/status.html",
                **build_round_context(RefreshedRound(here, store.round_status.load(db(), here))),
            )
        )
    response.set_etag(newest)
    return response


def compute_etag(here: Round) -> str:
    """Another one as soon as the page would look different: for this reader, this choice, this day."""
    told = (
        store.rounds.get_version_tag(db()),
        here,
        here.phase(now()),
        current_date(),
        may_edit(),
        current_language(),
        request.query_string,
    )
    return sha256(repr(told).encode()).hexdigest()[:32]


def build_round_context(case: RoundSummary | RefreshedRound) -> dict[str, object]:
    """What the page and its refreshed parts have in common."""
    table = round_members.build_round_member_page(
        case.standing, round_members.RoundMemberQuery.of(request.args), current_date()
    )
    return {
        "case": case,
        "table": table,
        "reaches": store.members.list_contacts(
            db(), (place.invitation.id for place in table.places)
        ),
        "picture": build_round_charts(case.standing, now(), g.association.zone, current_language()),
        "unreached": len(list_unreached(case.standing.places)),
        "STATES": [each.lower() for each in GERMAN_STATES.values()],
        "INSIDE": INSIDE_LABEL_POSITIONS,
        "OUTSIDE": OUTSIDE_LABEL_POSITIONS,
    }


@blueprint.get("/rounds/<int:id>/proof.pdf")
def show_proof(id: int) -> ResponseReturnValue:
    """The newest final print, to be looked at before the release."""
    case = get_round_summary_or_404(id)
    if case.release and case.release.withdrawn_at:
        raise ReleaseRetracted(case.release)
    answer = send_print(case.final, f"{case.edition.slug}.pdf")
    answer.headers["Content-Security-Policy"] = EMBEDDED_PDF_CSP
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.get("/rounds/<int:id>/advance-copy.pdf")
def show_advance_copy(id: int) -> ResponseReturnValue:
    """The paper with its list as it stands, marked on every page: to be passed round before the release."""
    case = get_round_summary_or_404(id)
    if case.release and case.release.withdrawn_at:
        raise ReleaseRetracted(case.release)
    if case.final is None:
        raise NotFound
    try:
        content = services().copies(
            actions.prints.build_document(db(), case.final, settings().base_url).advance
        )
    except PrinterBusy as busy:
        raise ServiceUnavailable(retry_after=30) from busy
    answer = make_response(content)
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{case.edition.slug}-vorabzug.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/rounds/<int:id>/draft.pdf")
def show_draft(id: int) -> ResponseReturnValue:
    """The marked draft, as the members find it."""
    case = get_round_summary_or_404(id)
    return send_print(case.draft, f"{case.edition.slug}-entwurf.pdf")


def send_print(print: Print | None, name: str) -> Response:
    if print is None or print.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    path = services().archive.printed(print.sha256)
    answer = send_file(
        path, mimetype="application/pdf", download_name=name, etag=print.sha256, max_age=0
    )
    answer.headers["Cache-Control"] = "no-store"  # not public yet, so it stays in no cache
    return answer
