"""The page of those who have no link at hand: they open an invitation with its short code, or have
the link mailed once more.
"""

from collections.abc import Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from limits import parse
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
# Counted by network, never by the municipality or mail address that is typed: nobody can use up the
# attempts of somebody else. Many town halls may share one.
LIMIT_PER_NETWORK = "60 per hour"
MAX_CODE_LENGTH = 20  # characters in the address
# From all networks together. Once it is reached the page asks for the municipality, too, which
# those who have a code know: they still get in, and guessing takes as many times longer as there
# are links.
LIMIT_WITH_CODE_ALONE = "300 per hour"
WRONG_CODES = parse(LIMIT_WITH_CODE_ALONE), "wrong codes"


@blueprint.get("")
def show_code_form() -> str:
    """The QR code of a letter fills in the code; opening the link still takes a click."""
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
    if asks_for_member() and not request.form.get("member", "").strip():
        refusal = Refusal(Reason.MISSING, "member")
        return render_code_form(request.form.to_dict(), [refusal]), 422
    with limiter.limit(LIMIT_PER_NETWORK, deduct_when=is_wrong_code):
        token = find_token(request.form.get("code", ""), request.form.get("member", ""))
    if token is None:
        limiter.limiter.hit(*WRONG_CODES)
        refusal = Refusal(Reason.UNKNOWN_CODE, "code")
        return render_code_form(request.form.to_dict(), [refusal]), WRONG_CODE_STATUS
    return redirect(url_for("invitation.show_invitation", token=token), 303)


def asks_for_member() -> bool:
    """Whether so many wrong codes came in that a code alone opens nothing."""
    return not limiter.limiter.test(*WRONG_CODES)


def find_token(code: str, member: str) -> str | None:
    link = actions.short_codes.find_link(db(), services().token_signer.short_code_digests(code))
    access = store.access.load(db(), link) if link else None
    if link is None or access is None or is_expired(access, now()):
        return None
    if asks_for_member() and not access.member.is_called(member):
        return None
    return sign_link(link)


def is_wrong_code(response: Response) -> bool:
    return response.status_code == WRONG_CODE_STATUS


def render_code_form(fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    form = FindInvitationForm(formdata=MultiDict(fields))
    form.add_errors(*refused)
    return render_template("invitation/code.html", form=form, asks_for_member=asks_for_member())


@blueprint.post("/fresh")
@limiter.limit(LIMIT_PER_NETWORK)
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
