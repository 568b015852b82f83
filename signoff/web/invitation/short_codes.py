"""A fresh link for a dead one. The answer is always the same and never shows an address."""

from flask import Response as Answer
from flask import current_app, redirect, render_template, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.tokens import Door
from signoff.tokens import Door as LinkKind
from signoff.web.context import db, now, tools
from signoff.web.invitation.access import blueprint, dead
from signoff.web.invitation.forms import CodeForm
from signoff.web.invitation.pages import code_page

# A short code typed instead of a link clicked. Wrong ones are counted; the sums are in docs/decisions.

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
        return code_page(
            CodeForm, request.form.to_dict(), [Refusal(Reason.UNKNOWN_CODE, "code")]
        ), WRONG
    return redirect(url_for("sign.read", token=token), 303)


def token_for(typed: str) -> str | None:
    links = tools().links
    link = actions.short_codes.link_of(db(), links.code_digests(typed))
    if link is None or dead(store.access.behind(db(), link), now()):
        return None
    return links.token(LinkKind.INVITATION, link.public_id, link.generation)


def was_wrong(response: Answer) -> bool:
    return response.status_code == WRONG


def everybody() -> str:
    return "everybody"


@blueprint.post("/fresh")
def fresh() -> WerkzeugResponse:
    """Owe a mail to the registered address, if the token was ours and the municipality's name was typed."""
    read = tools().links.read(Door.INVITATION, request.form.get("token", ""))
    actions.answers.request_link(
        db(), read[0] if read else "", request.form.get("confirm", ""), now()
    )
    return redirect(url_for("sign.fresh_sent"), 303)


@blueprint.get("/fresh")
def fresh_sent() -> str:
    return render_template("sign/fresh_sent.html")
