"""The page of those who have no link at hand: they open an invitation with its short code, or have
the link mailed once more.
"""

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import AddressForm
from signoff.domain.errors import Reason, Refusal
from signoff.web.context import db, now, services
from signoff.web.invitation.access import blueprint, is_expired, sign_link
from signoff.web.invitation.forms import FindInvitationForm
from signoff.web.security import limiter

# Only wrong codes count; docs/decisions has the calculation.
WRONG_CODE_STATUS = 404
# Counted by IP address, never by the municipality or mail address that is typed: nobody can use up
# the attempts of somebody else. Many town halls may share one.
LIMIT_PER_ADDRESS = "60 per hour"
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
    form = FindInvitationForm(formdata=MultiDict(fields))
    form.add_errors(*refused)
    return render_template("invitation/code.html", form=form)


@blueprint.post("/fresh")
@limiter.limit(LIMIT_PER_ADDRESS)
def request_new_link() -> WerkzeugResponse | tuple[str, int]:
    """Store a request for the link. Whether it fits, neither this page nor its time says."""
    fields = AddressForm(request.form.to_dict())
    name, email = fields.line("confirm"), fields.address()
    if fields.refusals:
        return render_code_form(request.form.to_dict(), fields.refusals), 422
    actions.link_requests.request_link(db(), name, email, now())
    return redirect(url_for("invitation.show_new_link_sent"), 303)


@blueprint.get("/fresh")
def show_new_link_sent() -> str:
    """The same page for every request; it never shows an address."""
    return render_template("invitation/new_link_sent.html")
