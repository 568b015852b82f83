"""A fresh link for a dead one. The answer is always the same and never shows an address."""

from flask import Response as Answer
from flask import current_app, redirect, render_template, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.tokens import TokenPurpose
from signoff.tokens import TokenPurpose as LinkKind
from signoff.web.context import db, now, services
from signoff.web.invitation.access import blueprint, is_expired
from signoff.web.invitation.forms import ShortCodeForm
from signoff.web.invitation.pages import render_code_form

# A short code typed instead of a link clicked. Wrong ones are counted; the sums are in docs/decisions.

WRONG_CODE_STATUS = 404
LIMIT_PER_ADDRESS = "60 per hour"  # fifty town halls may share one address
LIMIT_IN_TOTAL = "300 per hour"  # whatever the number of addresses a guesser has


@blueprint.get("")
def show_code_form() -> str:
    return render_code_form(ShortCodeForm, {})


@blueprint.get("/")
def redirect_code_trailing_slash() -> WerkzeugResponse:
    return redirect(url_for("invitation.show_code_form"), 308)


@blueprint.post("")
def submit_code() -> WerkzeugResponse | tuple[str, int]:
    """To the page the code stands for; the same words for one that is unknown, ended or worn out."""
    limiter: Limiter = current_app.extensions["signoff.limiter"]
    with (
        limiter.limit(LIMIT_PER_ADDRESS, deduct_when=is_wrong_code),
        limiter.limit(LIMIT_IN_TOTAL, key_func=shared_limit_key, deduct_when=is_wrong_code),
    ):
        token = find_token(request.form.get("code", ""))
    if token is None:
        return render_code_form(
            ShortCodeForm, request.form.to_dict(), [Refusal(Reason.UNKNOWN_CODE, "code")]
        ), WRONG_CODE_STATUS
    return redirect(url_for("invitation.show_invitation", token=token), 303)


def find_token(typed: str) -> str | None:
    links = services().links
    link = actions.short_codes.find_link(db(), links.code_digests(typed))
    if link is None or is_expired(store.access.load(db(), link), now()):
        return None
    return links.token(LinkKind.INVITATION, link.public_id, link.generation)


def is_wrong_code(response: Answer) -> bool:
    return response.status_code == WRONG_CODE_STATUS


def shared_limit_key() -> str:
    return "everybody"


@blueprint.post("/fresh")
def request_fresh_link() -> WerkzeugResponse:
    """Owe a mail to the registered address, if the token was ours and the municipality's name was typed."""
    read = services().links.read(TokenPurpose.INVITATION, request.form.get("token", ""))
    actions.answers.request_link(
        db(), read[0] if read else "", request.form.get("confirm", ""), now()
    )
    return redirect(url_for("invitation.show_fresh_link_sent"), 303)


@blueprint.get("/fresh")
def show_fresh_link_sent() -> str:
    return render_template("invitation/fresh_sent.html")
