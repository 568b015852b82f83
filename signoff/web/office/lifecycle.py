"""Closing, extending, cancelling and ending a round. A second request is not an error."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import flash, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import TextAreaField

from signoff import actions, store
from signoff.domain.answers import AnswerKind
from signoff.domain.dates import end_of_day, get_last_day
from signoff.domain.errors import Refusal
from signoff.domain.mail import MailKind
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Phase, Round, parse_reason
from signoff.store.dashboard import RoundSummary
from signoff.web.context import db, now, settings
from signoff.web.forms import BaseForm
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_summary_or_404,
    redirect_to_round,
)
from signoff.web.office.deadlines import describe_deadline
from signoff.web.office.forms import ConfirmForm, DeadlineForm, DoubleConfirmForm, require_day
from signoff.web.office.mail import describe_delivery
from signoff.web.office.reauth import require_reauth

# What is still open in a round before it is closed, each item with its members.

MAX_MEMBERS_NAMED = 8  # in a line; the other members are behind its link


class OpenItemKind(StrEnum):
    """The kinds of open item, most pressing first."""

    OBJECTIONS = "objections"
    NOTES = "notes"
    NAMES = "names"
    MEETINGS = "sittings"
    MEETINGS_AFTER_DEADLINE = "later"
    UNANSWERED = "silent"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One kind of open item with the invitations concerned."""

    kind: OpenItemKind
    statuses: tuple[InvitationStatus, ...]

    @property
    def first_statuses(self) -> tuple[InvitationStatus, ...]:
        return self.statuses[:MAX_MEMBERS_NAMED]


def build_closing_checklist(round_status: RoundStatus, zone: ZoneInfo) -> list[OpenItem]:
    """All open items, most pressing first; kinds without members are left out."""
    rules: dict[OpenItemKind, Callable[[InvitationStatus], bool]] = {
        OpenItemKind.OBJECTIONS: lambda status: bool(status.objections),
        OpenItemKind.NOTES: lambda status: "note" in status.undecided,
        OpenItemKind.NAMES: lambda status: "name" in status.undecided,
        OpenItemKind.MEETINGS: lambda status: (
            status.kind is AnswerKind.PENDING
            and is_meeting_before_deadline(status, round_status.round, zone)
        ),
        OpenItemKind.MEETINGS_AFTER_DEADLINE: lambda status: (
            status.kind is AnswerKind.PENDING
            and not is_meeting_before_deadline(status, round_status.round, zone)
        ),
        OpenItemKind.UNANSWERED: lambda status: status.kind is None,
    }
    items = (
        OpenItem(kind, tuple(filter(rule, round_status.invitations)))
        for kind, rule in rules.items()
    )
    return [item for item in items if item.statuses]


def is_meeting_before_deadline(status: InvitationStatus, round: Round, zone: ZoneInfo) -> bool:
    """Whether the member's committee meets before the announced deadline."""
    day = status.version.answer.expected_on if status.version else None
    return bool(day and round.deadline and day <= get_last_day(round.deadline, zone))


class ReasonForm(BaseForm):
    """Why a round ends otherwise than announced; its members read it."""

    reason = TextAreaField()

    def parse_reason(self) -> str:
        """The reason; empty if something is wrong, with the error added."""
        try:
            return parse_reason(self.reason.data or "")
        except Refusal as refusal:
            self.add_errors(refusal)
            return ""


class CloseForm(ReasonForm, DoubleConfirmForm):
    """Closing before the announced deadline."""


class EndForm(ReasonForm, ConfirmForm):
    """Ending without publication."""


@blueprint.get("/rounds/<int:id>/closing")
@editor_required
def show_close_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    return (
        redirect_to_round(id)
        if summary.round.closed_at
        else render_action_form("closing", summary, CloseForm())
    )


@blueprint.post("/rounds/<int:id>/closing")
def close_round(id: int) -> ResponseReturnValue:
    """Close the round. Before the announced deadline this has to be confirmed twice."""
    summary, form, reason = get_round_summary_or_404(id), CloseForm(), ""
    if summary.round.closed_at:
        return redirect_to_round(id)
    if summary.round.phase(now()) is Phase.OPEN:
        reason, confirmed = form.parse_reason(), form.is_confirmed()
        if not (reason and confirmed):
            return render_action_form("closing", summary, form), 422
        if not form.is_second_page:
            return render_action_form("closing", summary, form, second_page=True)
        if not form.is_word_confirmed():
            return render_action_form("closing", summary, form, second_page=True), 422
    if page := require_reauth():
        return page
    actions.rounds.close(db(), summary.round.id, current_actor(), now(), reason=reason)
    flash(_("Das Verfahren ist geschlossen. Das PDF wird jetzt gefertigt."))
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/cancellation")
@editor_required
def show_cancel_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    return (
        redirect_to_round(id)
        if summary.round.cancelled_at or summary.round.closed_at
        else render_action_form("cancellation", summary, ConfirmForm())
    )


@blueprint.post("/rounds/<int:id>/cancellation")
def cancel_round(id: int) -> ResponseReturnValue:
    summary, form = get_round_summary_or_404(id), ConfirmForm()
    if summary.round.cancelled_at:
        return redirect_to_round(id)
    if not form.is_confirmed():
        return render_action_form("cancellation", summary, form), 422
    if page := require_reauth():
        return page
    actions.rounds.cancel(db(), summary.round.id, current_actor(), now())
    flash(_("Das Verfahren ist abgebrochen. Wem schon geschrieben wurde, der wird benachrichtigt."))
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/ending")
@editor_required
def show_end_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    return (
        render_action_form("ending", summary, EndForm())
        if summary.round.phase(now()) in (Phase.ENDED, Phase.CLOSED)
        else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/ending")
def end_round(id: int) -> ResponseReturnValue:
    """End the round without publication."""
    summary, form = get_round_summary_or_404(id), EndForm()
    if summary.round.ending_reason:
        return redirect_to_round(id)
    summary.round.end_unpublished("", now())
    reason, confirmed = form.parse_reason(), form.is_confirmed()
    if not (reason and confirmed):
        return render_action_form("ending", summary, form), 422
    if page := require_reauth():
        return page
    actions.rounds.end_unpublished(db(), summary.round.id, reason, current_actor(), now())
    flash(
        _(
            "Das Verfahren ist ohne Veröffentlichung beendet. Wem schon geschrieben wurde, der wird benachrichtigt."
        )
    )
    return redirect_to_round(id)


@blueprint.get("/rounds/<int:id>/extension")
@editor_required
def show_extend_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    return (
        render_action_form("extension", summary, DeadlineForm())
        if summary.round.phase(now()) is Phase.OPEN
        else redirect_to_round(id)
    )


@blueprint.post("/rounds/<int:id>/extension")
def extend_round(id: int) -> ResponseReturnValue:
    """Change the deadline, after a page that says what this means."""
    summary, form = get_round_summary_or_404(id), DeadlineForm()
    round = summary.round
    try:
        until = require_day(form, "deadline")
        moment = end_of_day(until, g.association.zone)
        if moment == round.deadline:
            return redirect_to_round(id)
        actions.rounds.check_extension(
            db(), round, until, now(), mail_servers=settings().mail_servers
        )
        if not form.is_reviewed(until):
            members = [status.member for status in summary.status.invitations]
            return render_action_form(
                "extension_review",
                summary,
                form,
                until=until,
                moment=moment,
                warnings=describe_deadline(until, members),
                wait=settings().recall_minutes,
            )
        actions.rounds.extend(
            db(),
            round.id,
            until,
            current_actor(),
            now(),
            mail_servers=settings().mail_servers,
            wait=settings().recall_period,
        )
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_action_form("extension", summary, form), form.error_status
    flash(_("Die neue Frist gilt. Wer eingeladen ist, wird benachrichtigt."))
    return redirect_to_round(id)


def render_action_form(
    name: str,
    summary: RoundSummary,
    form: BaseForm,
    *,
    second_page: bool = False,
    **context: object,
) -> str:
    mailed = store.outbox.list_mailed_link_ids(db(), summary.round.id)
    links = store.rounds.list_links_of_round(db(), summary.round.id)
    addresses = {link.email for link in links if link.email and link.id in mailed}
    return render_template(
        f"office/rounds/{name}.html",
        summary=summary,
        form=form,
        delivery=describe_delivery(
            len(addresses), MailKind.EXTENDED if name == "extension" else None
        ),
        early=summary.round.phase(now()) is Phase.OPEN,
        second_page=second_page,
        unreached=summary.status.unreached,
        open_items=build_closing_checklist(summary.status, g.association.zone),
        OpenItemKind=OpenItemKind,
        mailed=len(mailed),
        **context,
    )
