"""From the closed round to the public: look at the PDF, then publish exactly that one, at once or at an hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.dates import local_to_utc, parse_date, parse_time
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import FieldReader
from signoff.domain.releases import parse_successor
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_language, db, now, settings
from signoff.web.invitation.forms import field_label
from signoff.web.login import current_actor
from signoff.web.office.access import (
    admin_required,
    blueprint,
    get_round_or_404,
    get_round_summary_or_404,
    redirect_to_round,
)
from signoff.web.office.forms import ActionForm, ConfirmForm
from signoff.web.office.reauth import require_reauth
from signoff.web.office.reauth import require_reauth as asked_again
from signoff.web.security import CONTENT_SECURITY_POLICY

# The forms around a release. What is right is decided by the rules; here it is typed and shown.

RELEASE_NOW, RELEASE_LATER = "now", "later"


class DoubleConfirmForm(ConfirmForm):
    """A deed that is asked about twice: first the box, then, on a page of its own, the paper's short name."""

    confirm = StringField(_l("Kurzname des Papiers"))

    @property
    def asked_again(self) -> bool:
        """Whether this is the answer to the second question."""
        return "confirm" in request.form

    def named(self, slug: str, language: str) -> bool:
        """Whether the short name was typed; where it was not, says so at the field."""
        if (self.confirm.data or "").strip().casefold() == slug:
            return True
        self.refuse(Refusal(Reason.NOT_THE_SLUG, "confirm", slug=slug), language)
        return False


class ReleaseForm(ActionForm):
    """Now, or at a moment typed as day and time in the association's zone."""

    when = RadioField(
        _l("Zeitpunkt"),
        choices=[
            SelectChoice(RELEASE_NOW, _l("Sofort")),
            SelectChoice(RELEASE_LATER, _l("Zu einem bestimmten Zeitpunkt (Sperrfrist)")),
        ],
        default=RELEASE_NOW,
        validate_choice=False,
    )
    day = StringField(field_label("day"))
    time = StringField(field_label("time"))

    def moment(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """The moment that was typed, ``None`` for at once; refuses what is none, or has passed."""
        if (self.when.data or RELEASE_NOW) == RELEASE_NOW:
            return None
        if self.when.data != RELEASE_LATER:
            raise Refusal(Reason.NOT_A_CHOICE, "when")
        for field in (self.day, self.time):
            if not (field.data or "").strip():
                raise Refusal(Reason.MISSING, field.name)
        at = local_to_utc(
            parse_date(self.day.data, "day"), parse_time(self.time.data, "time"), zone, "time"
        )
        if at <= now:
            raise Refusal(Reason.RELEASE_PAST, "day")
        return at


class RetractionForm(DoubleConfirmForm):
    """Why a release is withdrawn, and what stands in its place: both are shown to everybody."""

    withdrawal = TextAreaField(field_label("withdrawal"))
    successor = StringField(field_label("successor"))

    def told(self, language: str) -> tuple[str, str] | None:
        """Reason and successor; ``None`` where something is wrong, which then stands at its field."""
        address, typed = "", FieldReader({"withdrawal": self.withdrawal.data or ""})
        reason = typed.text("withdrawal")
        try:
            address = parse_successor(self.successor.data or "")
        except Refusal as wrong:
            typed.refused.append(wrong)
        for refusal in typed.refused:
            self.refuse(refusal, language)
        return None if typed.refused else (reason, address)


# The PDF is looked at inside the page: from this house alone, in the browser's own viewer.
PDF_VIEWER_CSP = (
    f"{CONTENT_SECURITY_POLICY}; connect-src 'self'; object-src 'self'; frame-src 'self'"
)


@blueprint.get("/rounds/<int:id>/release")
def show_release(id: int) -> ResponseReturnValue:
    return render_release(get_round_summary_or_404(id), ReleaseForm())


@blueprint.get("/rounds/<int:id>/release/progress")
def show_print_progress(id: int) -> str:
    """How far the PDF is, for the script of the page that waits for it."""
    return render_template("office/releases/progress.html", case=get_round_summary_or_404(id))


@blueprint.post("/rounds/<int:id>/release")
def release_paper(id: int) -> ResponseReturnValue:
    """Publish the print that was looked at, plan it, or ask for it. A second click finds what the first has done."""
    form = ReleaseForm()
    if store.releases.find_for_round(db(), get_round_or_404(id).id):
        return redirect_to_round(id)
    expected, ask = request.form.get("seen", ""), g.association.four_eyes
    try:
        at = form.moment(g.association.zone, now())
        if page := require_reauth():
            return page
        if ask:
            actions.releases.request_release(
                db(), id, at, current_actor(), now(), expected_sha256=expected
            )
        else:
            actions.releases.release_paper(
                db(), id, at, current_actor(), now(), expected_sha256=expected
            )
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_release(
            get_round_summary_or_404(id), form, strangers
        ), 409 if strangers else 422
    flash(describe_outcome(asked=ask, planned=at is not None))
    return (
        redirect(url_for("office.show_release", id=id), 303) if ask or at else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/release/confirmation")
def approve_release(id: int) -> ResponseReturnValue:
    """The second person confirms what the first has asked for. A second click finds it."""
    if store.releases.find_for_round(db(), get_round_or_404(id).id):
        return redirect_to_round(id)
    if page := require_reauth():
        return page
    try:
        made = actions.releases.approve_release(
            db(),
            id,
            current_actor(),
            now(),
            expected_sha256=request.form.get("seen", ""),
        )
    except Refusal as refusal:
        return render_release(get_round_summary_or_404(id), ReleaseForm(None), [refusal]), 409
    flash(describe_outcome(asked=False, planned=not made.is_public(now())))
    return redirect_to_round(id)


@blueprint.post("/rounds/<int:id>/release/calling-off")
def cancel_release(id: int) -> ResponseReturnValue:
    """Take back what is planned or asked for, as long as it has not happened."""
    try:
        actions.releases.cancel_release(db(), get_round_or_404(id).id, current_actor(), now())
    except Refusal as refusal:
        return render_release(get_round_summary_or_404(id), ReleaseForm(None), [refusal]), 409
    flash(_("Die Veröffentlichung ist zurückgerufen. Es ist nichts veröffentlicht."))
    return redirect(url_for("office.show_release", id=id), 303)


@blueprint.post("/rounds/<int:id>/print")
def retry_print(id: int) -> ResponseReturnValue:
    """Owe the PDF once more after it failed, with or knowingly without a timestamp."""
    timestamp = request.form.get("timestamp") != "without"
    actions.prints.retry_failed_print(
        db(), get_round_or_404(id).id, current_actor(), now(), timestamp
    )
    return redirect(url_for("office.show_release", id=id), 303)


def describe_outcome(*, asked: bool, planned: bool) -> str:
    said = _("Das Papier ist veröffentlicht. Alle Eingeladenen werden benachrichtigt.")
    if asked:
        said = _("Die Veröffentlichung ist freigegeben. Jetzt bestätigt sie eine zweite Person.")
    elif planned:
        said = _("Die Veröffentlichung ist geplant. Bis dahin können Sie sie zurückrufen.")
    return str(said)


def render_release(
    case: RoundSummary, form: ReleaseForm, strangers: list[Refusal] | None = None
) -> Response:
    page = render_template(
        "office/releases/show.html",
        case=case,
        form=form,
        strangers=strangers or [],
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        stamping=bool(settings().tsa_url),
        asker=get_actor_name(case.request.requested_by) if case.request else "",
        mine=bool(case.request and case.request.requested_by == current_actor()),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = PDF_VIEWER_CSP
    return response


def get_actor_name(actor: str) -> str:
    """Who an actor of the journal is, by name."""
    kind, _slash, id = actor.partition("/")
    found = store.accounts.find(db(), int(id)) if kind == "staff" and id.isdecimal() else None
    return (found.name or found.email) if found else actor


# Taking a released paper back whole: an administrator's deed, asked about twice.


@blueprint.get("/rounds/<int:id>/withdrawal")
@admin_required
def show_retract_form(id: int) -> ResponseReturnValue:
    case = get_round_summary_or_404(id)
    return render_retract_form(case, RetractionForm()) if is_public(case) else redirect_to_round(id)


@blueprint.post("/rounds/<int:id>/withdrawal")
@admin_required
def retract_release(id: int) -> ResponseReturnValue:
    """Withdraw the release: the reason and the box on the first page, the short name on the second."""
    case, form = get_round_summary_or_404(id), RetractionForm()
    if case.release and case.release.retracted_at:
        return redirect_to_round(id)
    if not is_public(case):
        raise Refusal(Reason.NOT_RELEASED)
    told, sure = form.told(current_language()), form.confirmed()
    if told is None or not sure:
        return render_retract_form(case, form), 422
    if not form.asked_again:
        return render_retract_form(case, form, told)
    if not form.named(case.edition.slug, current_language()):
        return render_retract_form(case, form, told), 422
    if page := asked_again():
        return page
    actions.releases.retract_release(db(), id, *told, current_actor(), now())
    flash(_("Das Papier ist zurückgezogen. Alle Eingeladenen werden benachrichtigt."))
    return redirect_to_round(id)


def is_public(case: RoundSummary) -> bool:
    return bool(case.release and case.release.is_public(now()))


def render_retract_form(
    case: RoundSummary, form: RetractionForm, told: tuple[str, str] | None = None
) -> str:
    """The first page, or with what was ``told`` there the second."""
    return render_template("office/releases/retract.html", case=case, form=form, told=told)
