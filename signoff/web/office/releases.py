"""Releasing a closed round: review the PDF, publish exactly that one now or at a set time, retract
it.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.approvals import PublicAct
from signoff.domain.dates import local_to_utc, parse_date, parse_time
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.releases import parse_successor
from signoff.store.dashboard import RoundSummary
from signoff.web.context import db, now, settings
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import (
    admin_required,
    blueprint,
    editor_required,
    get_round_or_404,
    get_round_summary_or_404,
    redirect_to_round,
)
from signoff.web.office.approvals import describe_approval, find_pending, submit
from signoff.web.office.forms import DoubleConfirmForm, render_act
from signoff.web.office.reauth import require_reauth
from signoff.web.security import CONTENT_SECURITY_POLICY

# The forms.

RELEASE_NOW, RELEASE_LATER = "now", "later"


class ReleaseForm(BaseForm):
    """Now, or at a day and time in the association's time zone."""

    when = RadioField(
        _l("Wann soll das Papier erscheinen?"),
        choices=[
            SelectChoice(RELEASE_NOW, _l("Sofort")),
            SelectChoice(RELEASE_LATER, _l("Zu einem bestimmten Zeitpunkt (Sperrfrist)")),
        ],
        default=RELEASE_NOW,
        validate_choice=False,
    )
    day = StringField()
    time = StringField()

    def parse_moment(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """The moment of the release, ``None`` for now; refuses one in the past."""
        if (self.when.data or RELEASE_NOW) == RELEASE_NOW:
            return None
        if self.when.data != RELEASE_LATER:
            raise Refusal(Reason.NOT_A_CHOICE, "when")
        self.require("day", "time")
        day, time = parse_date(self.day.data or "", "day"), parse_time(self.time.data or "", "time")
        moment = local_to_utc(day, time, zone, "time")
        if moment <= now:
            raise Refusal(Reason.RELEASE_PAST, "day")
        return moment


class RetractionForm(DoubleConfirmForm):
    """Why a release is retracted, and what replaces it. Both are public."""

    word = _l("zurückziehen")
    withdrawal = TextAreaField()
    successor = StringField()

    def parse_notice(self) -> tuple[str, str] | None:
        """Reason and address of the successor; ``None`` if something is wrong, with the errors
        added.
        """
        address, reader = "", FieldReader({"withdrawal": self.withdrawal.data or ""})
        reason = reader.text("withdrawal")
        try:
            address = parse_successor(self.successor.data or "")
        except Refusal as refusal:
            reader.refusals.append(refusal)
        self.add_errors(*reader.refusals)
        return None if reader.refusals else (reason, address)


# The page embeds the PDF of the same origin in the browser's own viewer.
PDF_VIEWER_CSP = (
    f"{CONTENT_SECURITY_POLICY}; connect-src 'self'; object-src 'self'; frame-src 'self'"
)


@blueprint.get("/rounds/<int:id>/release")
def show_release(id: int) -> ResponseReturnValue:
    return render_release(get_round_summary_or_404(id), ReleaseForm())


@blueprint.get("/rounds/<int:id>/release/progress")
def show_print_progress(id: int) -> str:
    """The state of the print, polled by the script of the waiting page."""
    return render_template("office/releases/progress.html", summary=get_round_summary_or_404(id))


@blueprint.post("/rounds/<int:id>/release")
def release_paper(id: int) -> ResponseReturnValue:
    """Publish the reviewed print, schedule it, or request it.

    A second request changes nothing.
    """
    form = ReleaseForm()
    if store.releases.find_for_round(db(), get_round_or_404(id).id):
        return redirect_to_round(id)
    expected = request.form.get("seen", "")
    try:
        moment = form.parse_moment(g.association.zone, now())
        if page := require_reauth():
            return page
        done = submit(
            f"round/{id}",
            {"sha256": expected, "released_at": moment.isoformat() if moment else None},
            lambda: actions.releases.release_paper(
                db(), id, moment, current_actor(), now(), expected_sha256=expected
            ),
        )
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_release(get_round_summary_or_404(id), form), form.error_status
    if not done or moment:
        return redirect(url_for("office.show_release", id=id), 303)
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/release/cancellation")
@editor_required
def show_release_cancellation(id: int) -> ResponseReturnValue:
    """Asks once before a planned release is called off."""
    summary = get_round_summary_or_404(id)
    planned, back = summary.round.released_at, url_for("office.show_release", id=id)
    if not planned or planned <= now():
        return redirect(back, 303)
    return render_act(
        _("Veröffentlichung absagen?"),
        _("Veröffentlichung absagen"),
        url_for("office.cancel_release", id=id),
        back,
        [
            _("„%(title)s“ erscheint nicht.", title=summary.edition.text.title),
            _("Kein Mitglied wird benachrichtigt."),
        ],
        _("Sie können die Veröffentlichung danach neu beantragen oder planen."),
    )


@blueprint.post("/rounds/<int:id>/release/cancellation")
def cancel_release(id: int) -> ResponseReturnValue:
    """Cancel a scheduled release before it happens."""
    try:
        actions.releases.cancel_release(db(), get_round_or_404(id).id, current_actor(), now())
    except Refusal as refusal:
        return render_release_error(get_round_summary_or_404(id), refusal), 409
    flash(_("Die Veröffentlichung ist abgesagt. Es ist nichts veröffentlicht."))
    return redirect(url_for("office.show_release", id=id), 303)


@blueprint.post("/rounds/<int:id>/print")
def retry_print(id: int) -> ResponseReturnValue:
    """Enqueue a PDF that failed once more, deliberately without a timestamp or with its list in
    plain lines if that was chosen.
    """
    timestamp = request.form.get("timestamp") != "without"
    plain = request.form.get("list") == "plain"
    actions.prints.retry_failed_print(
        db(), get_round_or_404(id).id, current_actor(), now(), timestamp, plain
    )
    return redirect(url_for("office.show_release", id=id), 303)


def render_release_error(summary: RoundSummary, refusal: Refusal) -> Response:
    form = ReleaseForm(None)
    form.add_errors(refusal)
    return render_release(summary, form)


def render_release(summary: RoundSummary, form: ReleaseForm) -> Response:
    page = render_template(
        "office/releases/show.html",
        summary=summary,
        form=form,
        address=f"{settings().base_url}/papers/{summary.edition.slug}",
        stamping=bool(settings().tsa_url),
        pending=describe_approval(summary.release_request) if summary.release_request else None,
        retraction=find_pending(PublicAct.RETRACTION, f"round/{summary.round.id}"),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = PDF_VIEWER_CSP
    return response


# Retracting a release: only administrators may do it, and they confirm it twice.


@blueprint.get("/rounds/<int:id>/retraction")
@admin_required
def show_retract_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    return (
        render_retract_form(summary, RetractionForm())
        if is_public(summary)
        else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/retraction")
def retract_release(id: int) -> ResponseReturnValue:
    """Retract the release: reason and box on the first page, the word on the second."""
    summary, form = get_round_summary_or_404(id), RetractionForm()
    if summary.release and summary.release.retracted_at:
        return redirect_to_round(id)
    if not is_public(summary):
        raise Refusal(Reason.NOT_RELEASED)
    notice, confirmed = form.parse_notice(), form.is_confirmed()
    if notice is None or not confirmed:
        return render_retract_form(summary, form), 422
    if not form.is_second_page:
        return render_retract_form(summary, form, notice)
    if not form.is_word_confirmed():
        return render_retract_form(summary, form, notice), 422
    if page := require_reauth():
        return page
    reason, successor = notice
    try:
        done = submit(
            f"round/{id}",
            {"reason": reason, "successor": successor},
            lambda: actions.releases.retract_release(
                db(), id, reason, successor, current_actor(), now()
            ),
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_retract_form(summary, form, notice), form.error_status
    return redirect_to_round(id) if done else redirect(url_for("office.show_release", id=id), 303)


def is_public(summary: RoundSummary) -> bool:
    return bool(summary.release and summary.release.is_public(now()))


def render_retract_form(
    summary: RoundSummary, form: RetractionForm, notice: tuple[str, str] | None = None
) -> str:
    """The first page; the second one if ``notice`` (reason and successor) is given."""
    return render_template(
        "office/releases/retract.html", summary=summary, form=form, notice=notice
    )
