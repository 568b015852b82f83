"""Opening an invitation with the short code from a letter, and requesting a new link for one that
has expired.
"""

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.tokens import TokenPurpose
from signoff.web.context import db, now, services
from signoff.web.invitation.access import blueprint, is_expired, sign_link
from signoff.web.invitation.forms import ShortCodeForm
from signoff.web.security import guessing_limit, limiter

# Only wrong codes count; docs/decisions has the calculation.
WRONG_CODE_STATUS = 404
LIMIT_PER_ADDRESS = "60 per hour"  # many town halls may share one address
MAX_CODE_LENGTH = 20  # characters in the address
LIMIT_IN_TOTAL = "300 per hour"  # from all addresses together


@blueprint.get("")
def show_code_form() -> str:
    """With the code in the address of a letter's QR code, filled in; opening it takes a click."""
    return render_code_form({"code": request.args.get("code", "")[:MAX_CODE_LENGTH]})


@blueprint.get("/")
def redirect_code_trailing_slash() -> WerkzeugResponse:
    return redirect(url_for("invitation.show_code_form"), 308)


@blueprint.post("")
def submit_code() -> WerkzeugResponse | tuple[str, int]:
    """Redirect to the invitation. Unknown, ended and expired codes give the same response."""
    if not request.form.get("code", "").strip():
        refusal = Refusal(Reason.MISSING, "code")
        return render_code_form(request.form.to_dict(), [refusal]), 422
    with (
        limiter.limit(LIMIT_PER_ADDRESS, deduct_when=is_wrong_code),
        limiter.limit(LIMIT_IN_TOTAL, key_func=shared_limit_key, deduct_when=is_wrong_code),
    ):
        token = find_token(request.form.get("code", ""))
    if token is None:
        refusal = Refusal(Reason.UNKNOWN_CODE, "code")
        return render_code_form(request.form.to_dict(), [refusal]), WRONG_CODE_STATUS
    return redirect(url_for("invitation.show_invitation", token=token), 303)


def find_token(code: str) -> str | None:
    link = actions.short_codes.find_link(db(), services().token_signer.short_code_digests(code))
    if link is None or is_expired(store.access.load(db(), link), now()):
        return None
    return sign_link(link)


def is_wrong_code(response: Response) -> bool:
    return response.status_code == WRONG_CODE_STATUS


def shared_limit_key() -> str:
    return "everybody"


def render_code_form(fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    form = ShortCodeForm(formdata=MultiDict(fields))
    form.add_errors(*refused)
    return render_template("invitation/code.html", form=form)


@blueprint.post("/fresh")
@guessing_limit
def request_new_link() -> WerkzeugResponse:
    """Enqueue a mail to the registered address if the token was valid once and the member's name is
    right.
    """
    payload = services().token_signer.verify(TokenPurpose.INVITATION, request.form.get("token", ""))
    actions.answers.request_link(
        db(), payload[0] if payload else "", request.form.get("confirm", ""), now()
    )
    return redirect(url_for("invitation.show_new_link_sent"), 303)


@blueprint.get("/fresh")
def show_new_link_sent() -> str:
    """The same page for every request; it never shows an address."""
    return render_template("invitation/new_link_sent.html")
