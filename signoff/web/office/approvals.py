"""Four eyes: what somebody has requested, for a second person to confirm or to call off."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.actions.approvals import Payload
from signoff.domain.approvals import Approval, PublicAct, list_confirmers
from signoff.domain.errors import Refusal
from signoff.domain.text import decode_domains
from signoff.i18n.events import describe_request
from signoff.i18n.formatting import join_names
from signoff.web.context import current_language, db, now
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, get_asks

OUTCOME = {
    PublicAct.RELEASE: _l(
        "Das Papier ist veröffentlicht. Alle Eingeladenen werden benachrichtigt."
    ),
    PublicAct.LATE_SIGNATURE: _l(
        "Ihre Entscheidung ist festgehalten. Das Mitglied wird benachrichtigt."
    ),
    PublicAct.LATE_DOCUMENT: _l(
        "Veröffentlicht. Die früheren Dateien bleiben unverändert abrufbar."
    ),
    PublicAct.RETRACTION: _l(
        "Das Papier ist zurückgezogen. Alle Eingeladenen werden benachrichtigt."
    ),
    PublicAct.FOLLOW_UP: _l("Der Eintrag ist veröffentlicht."),
    PublicAct.APPLICATION: _l(
        "Der Antrag ist angenommen: Das Mitglied ist aufgenommen und eingeladen."
    ),
    PublicAct.FOUR_EYES_OFF: _l(
        "Das Vier-Augen-Prinzip ist ausgeschaltet. Eine Person genügt nun."
    ),
}
PLANNED = _l("Die Veröffentlichung ist geplant. Bis dahin können Sie sie absagen.")


@dataclass(frozen=True, slots=True)
class PendingApproval:
    """A request as pages show it; ``confirmers`` are those who can confirm it."""

    approval: Approval
    sentence: str
    mine: bool
    confirmers: str
    release_at: datetime | None


def submit(subject: str, payload: Payload, alone: Callable[[], object]) -> bool:
    """Do what the form asks for, or request it where a second person has to confirm it.

    Returns whether it is done, and says so.
    """
    act = get_asks().second_person
    if act is None:
        raise ValueError("the form is none of a public act")
    if g.association.four_eyes:
        approval = actions.approvals.request(db(), act, subject, payload, current_actor(), now())
        pending = describe_approval(approval)
        flash(describe_confirmers(pending.confirmers))
        return False
    alone()
    flash(describe_outcome(act, payload))
    return True


def describe_outcome(act: PublicAct, payload: Payload) -> str:
    at = parse_moment(payload)
    return str(PLANNED if at and at > now() else OUTCOME[act])


def describe_confirmers(names: str) -> str:
    if names:
        message = _(
            "Das ist beantragt. Jetzt bestätigt eine zweite Person; das können: %(names)s.",
            names=names,
        )
    else:
        message = _(
            "Das ist beantragt, aber außer Ihnen kann es zurzeit niemand bestätigen. "
            "Bitte lassen Sie unter „Personen“ jemanden einladen, der bearbeiten darf."
        )
    return str(message)


def parse_moment(payload: Payload) -> datetime | None:
    at = payload.get("released_at")
    return datetime.fromisoformat(at) if at else None


def find_pending(act: PublicAct, subject: str) -> PendingApproval | None:
    """The pending requests about the subject of a page."""
    approval = store.approvals.find_pending(db(), act, subject)
    return describe_approval(approval) if approval else None


def list_pending_ids(act: PublicAct) -> set[int]:
    """The subjects whose ``act`` waits for a second person."""
    return {each.subject_id for each in store.approvals.list_pending(db()) if each.act is act}


def describe_approval(approval: Approval) -> PendingApproval:
    confirmers = list_confirmers(store.accounts.list_all(db()), approval.requested_by)
    return PendingApproval(
        approval,
        describe_request(approval, current_language()),
        approval.requested_by == current_actor(),
        join_names(
            [account.name or decode_domains(account.email) for account in confirmers],
            current_language(),
        ),
        parse_moment(approval.payload),
    )


def is_anybody_missing() -> bool:
    """Whether four eyes are required and fewer than two people could act."""
    able = list_confirmers(store.accounts.list_all(db()), "")
    return bool(g.association.four_eyes and len(able) < 2)


@blueprint.get("/approvals/<int:id>")
def show_approval(id: int) -> str:
    return render_approval(get_approval_or_404(id))


@blueprint.post("/approvals/<int:id>/confirmation")
def confirm_approval(id: int) -> ResponseReturnValue:
    """Confirm the request, and thereby do it. A second click changes nothing."""
    approval = get_approval_or_404(id)
    try:
        actions.approvals.confirm(db(), id, current_actor(), now())
    except Refusal as refusal:
        return render_approval(approval, refusal), 409
    flash(describe_outcome(approval.act, approval.payload))
    return redirect(get_subject_url(approval), 303)


@blueprint.post("/approvals/<int:id>/cancellation")
def call_off_approval(id: int) -> ResponseReturnValue:
    """Call off the request. A second click changes nothing."""
    approval = get_approval_or_404(id)
    try:
        actions.approvals.call_off(db(), id, current_actor(), now())
    except Refusal as refusal:
        return render_approval(approval, refusal), 409
    flash(_("Der Antrag ist abgesagt. Es ist nichts geschehen."))
    return redirect(get_subject_url(approval), 303)


def get_subject_url(approval: Approval) -> str:
    """The page about what is requested."""
    if approval.act is PublicAct.RELEASE:
        return url_for("office.show_release", id=approval.round_id)
    if approval.act is PublicAct.RETRACTION:
        return url_for("office.show_round", id=approval.round_id)
    if approval.act is PublicAct.FOLLOW_UP:
        return url_for("office.list_follow_ups", id=approval.round_id)
    if approval.act is PublicAct.APPLICATION:
        return url_for("office.list_applications", id=approval.round_id)
    if approval.act in (PublicAct.LATE_SIGNATURE, PublicAct.LATE_DOCUMENT):
        return url_for("office.show_late_signatures", id=approval.round_id)
    return url_for("office.show_association")


def get_approval_or_404(id: int) -> Approval:
    approval = store.approvals.find(db(), id)
    if approval is None:
        raise NotFound
    return approval


def render_approval(approval: Approval, refusal: Refusal | None = None) -> str:
    return render_template(
        "office/approvals/show.html",
        pending=describe_approval(approval),
        refusal=refusal,
        confirmed_by=get_actor_name(approval.confirmed_by) if approval.confirmed_by else "",
    )


def get_actor_name(actor: str) -> str:
    """The name of an actor in the audit log."""
    kind, _slash, id = actor.partition("/")
    account = store.accounts.find(db(), int(id)) if kind == "staff" and id.isdecimal() else None
    return (account.name or account.email) if account else actor
