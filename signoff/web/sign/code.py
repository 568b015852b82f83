"""A short code typed instead of a link clicked. Wrong ones are counted; the sums are in docs/decisions."""

from flask import Response as Answer
from flask import current_app, redirect, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.actions import coding
from signoff.domain.refusal import Reason, Refusal
from signoff.links import Door as LinkKind
from signoff.store import doors
from signoff.web.context import db, now, tools
from signoff.web.sign.door import blueprint, dead
from signoff.web.sign.sheets import CodeForm
from signoff.web.sign.showing import code_page

WRONG = 404
PER_ADDRESS = "60 per hour"  # fifty town halls may share one address
IN_ALL = "300 per hour"  # whatever the number of addresses a guesser has


@blueprint.get("")
def code() -> str:
    return code_page(CodeForm, {})


@blueprint.get("/")
def code_with_slash() -> WerkzeugResponse:
    return redirect(url_for("sign.code"), 308)


@blueprint.post("")
def take_code() -> WerkzeugResponse | tuple[str, int]:
    """To the page the code stands for; the same words for one that is unknown, ended or worn out."""
    limiter: Limiter = current_app.extensions["signoff.limiter"]
    with (
        limiter.limit(PER_ADDRESS, deduct_when=was_wrong),
        limiter.limit(IN_ALL, key_func=everybody, deduct_when=was_wrong),
    ):
        token = token_for(request.form.get("code", ""))
    if token is None:
        return code_page(CodeForm, request.form.to_dict(), [Refusal(Reason.UNKNOWN_CODE, "code")]), WRONG
    return redirect(url_for("sign.read", token=token), 303)


def token_for(typed: str) -> str | None:
    links = tools().links
    link = coding.link_of(db(), links.code_digests(typed))
    if link is None or dead(doors.behind(db(), link), now()):
        return None
    return links.token(LinkKind.INVITATION, link.public_id, link.generation)


def was_wrong(response: Answer) -> bool:
    return response.status_code == WRONG


def everybody() -> str:
    return "everybody"
