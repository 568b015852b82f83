"""Advice on deadlines for every page that sets one, and recalling mail that has not been sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions, store
from signoff.domain.members import Member
from signoff.domain.rounds import Round
from signoff.i18n.errors import describe_deadline_warnings
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_date, current_language, db, now, services
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_summary_or_404,
    redirect_to_round,
)
from signoff.web.office.papers import get_editions_or_404


def describe_deadline(last: date, members: Iterable[Member]) -> list[str]:
    """The objections to this last day for these members."""
    regions = [(member.country, member.state) for member in members]
    holidays = services().calendar.list_holidays(last, regions, current_language())
    return describe_deadline_warnings(last, current_date(), holidays, current_language())


@dataclass(frozen=True, slots=True)
class Recall:
    """What can be undone in an open round, and when its mail leaves; ``None``: it does not wait."""

    opening: bool
    leaving_at: datetime | None


def find_recall(summary: RoundSummary) -> Recall | None:
    round = summary.round
    has_answers = any(status.version for status in summary.status.invitations)  # saves a query
    opening = not has_answers and actions.rounds.may_recall_opening(db(), round, now())
    if not opening and not actions.rounds.may_recall_extension(db(), round, now()):
        return None
    return Recall(opening, store.outbox.find_leaving_at(db(), round.id, now()))


@blueprint.get("/rounds/<int:id>/extension/recall")
@editor_required
def show_extension_recall_form(id: int) -> ResponseReturnValue:
    summary = get_round_summary_or_404(id)
    if not actions.rounds.may_recall_extension(db(), summary.round, now()):
        return redirect_to_round(id)
    return render_template("office/rounds/recall.html", summary=summary, opening=False)


@blueprint.post("/rounds/<int:id>/extension/recall")
def recall_extension(id: int) -> ResponseReturnValue:
    """Restore the deadline that the members know. A second request changes nothing."""
    actions.rounds.recall_extension(
        db(), get_round_summary_or_404(id).round.id, current_actor(), now()
    )
    flash(_("Die Verlängerung ist rückgängig gemacht. Es gilt wieder die bisherige Frist."))
    return redirect_to_round(id)


# The address names the paper, which outlasts a recalled round.


@blueprint.get("/papers/<slug>/open/recall")
@editor_required
def show_opening_recall_form(slug: str) -> ResponseReturnValue:
    round = find_recallable_opening(slug)
    if round is None:
        return redirect(url_for("office.show_paper", slug=slug), 303)
    return render_template(
        "office/rounds/recall.html", summary=get_round_summary_or_404(round.id), opening=True
    )


@blueprint.post("/papers/<slug>/open/recall")
def recall_opening(slug: str) -> ResponseReturnValue:
    """Undo an opening of which nothing has been sent. A second request finds the paper."""
    round = store.rounds.find_by_slug(db(), get_editions_or_404(slug)[0].slug)
    if round and round.is_open(now()):
        actions.rounds.recall_opening(db(), round.id, current_actor(), now())
        flash(_("Die Eröffnung ist rückgängig gemacht. Niemand hat eine E-Mail erhalten."))
    return redirect(url_for("office.show_paper", slug=slug), 303)


def find_recallable_opening(slug: str) -> Round | None:
    round = store.rounds.find_by_slug(db(), get_editions_or_404(slug)[0].slug)
    return round if round and actions.rounds.may_recall_opening(db(), round, now()) else None
