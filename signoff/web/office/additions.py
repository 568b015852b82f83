"""Adding members to a round that is open: chosen from those who have not been asked yet."""

from collections.abc import Iterable

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from signoff.actions import inviting
from signoff.domain.collation import sort_key
from signoff.domain.member import Member
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Phase
from signoff.store import members
from signoff.store.desks import Case
from signoff.web.context import db, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, case_here, for_editors, slug_of, to_round

MOST = 50  # members on offer at once; more are found by searching


@blueprint.get("/rounds/<int:id>/addition")
@for_editors
def addition_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return shown(case) if case.round.phase(now()) is Phase.OPEN else to_round(id)


@blueprint.post("/rounds/<int:id>/addition")
@for_editors
def add(id: int) -> ResponseReturnValue:
    """Invite the ticked members. Who has been asked already is not asked again, so a second click adds nobody."""
    case, keys = case_here(id), request.form.getlist("member")
    try:
        if not keys:
            raise Refusal(Reason.NOBODY_CHOSEN)
        added = inviting.invite_members(db(), slug_of(case.round), keys, actor(), now())
    except Refusal as refusal:
        return shown(case, refusal), 422 if refusal.reason is Reason.NOBODY_CHOSEN else 409
    count = len(added)
    flash(ngettext("%(num)s Mitglied ist eingeladen.", "%(num)s Mitglieder sind eingeladen.", count))
    return to_round(id)


def shown(case: Case, refusal: Refusal | None = None) -> str:
    q = request.values.get("q", "").strip()[:100]
    free = members.not_asked(db(), case.round.id)
    fitting = [each for each in sorted(free, key=lambda each: sort_key(each.name)) if fits(each, q)]
    return render_template(
        "office/addition.html",
        case=case,
        q=q,
        chosen=request.form.getlist("member"),
        free=len(free),
        found=len(fitting),
        offered=fitting[:MOST],
        unreachable=unreachable(fitting[:MOST]),
        refusal=refusal,
    )


def fits(member: Member, q: str) -> bool:
    words = " ".join((member.name, member.official_name, member.key, member.state))
    return not q or sort_key(q)[0] in sort_key(words)[0]


def unreachable(offered: Iterable[Member]) -> set[int]:
    """Those no mail can reach: they are asked by letter."""
    reached = {each.member_id for each in members.representatives(db()) if each.email}
    return {each.id for each in offered} - reached
