"""Access to an invitation through its link, and the page of every link that is not valid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import store
from signoff.domain.answers import may_answer, may_withdraw
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Link
from signoff.store.access import InvitationAccess
from signoff.store.connection import snapshot
from signoff.tokens import TokenPurpose, cut_token
from signoff.web.context import db, now, services, settings
from signoff.web.invitation.forms import FindInvitationForm

blueprint = Blueprint("invitation", __name__, url_prefix="/s")


# With "no-store" the browser's back button would ask to send a form again instead of showing the
# page that answered the POST, and everything entered would be lost (docs/decisions). With
# "no-cache" every page is requested anew.
FORM_PATHS = (
    "answer",
    "pass-on",
    "withdraw",
    "correction",
    "sitting",
    "objection",
    "end",
    "further",
)
FORM_CACHE_CONTROL = "private, no-cache"
NOT_FOUND = 404


def load_access() -> tuple[str, int] | WerkzeugResponse | None:
    """Set ``g.token`` and ``g.access`` for an address with a token.

    Returns a page if the token is not valid, and leads from a decorated token to the bare one.
    """
    g.token = (request.view_args or {}).get("token")
    g.access = None
    if g.token is None:
        return None
    verify = partial(services().token_signer.verify, TokenPurpose.INVITATION)
    payload, bare = verify(g.token), cut_token(g.token)
    is_read = request.method in ("GET", "HEAD")
    if payload is None and is_read and bare != g.token and verify(bare):
        arguments = {**(request.view_args or {}), "token": bare}
        return redirect(url_for(request.endpoint or "", **arguments))
    # An invalid token is looked up as well, so that it takes the same time.
    with snapshot(db()):
        access = store.access.find(db(), *(payload or ("", 0)))
    if access is None or is_expired(access, now()):
        return render_unknown_link()
    g.access = access if access.link.may_answer else access.for_information
    g.language = access.link.language or access.member.language
    return None


@blueprint.after_request
def set_form_caching(response: Response) -> Response:
    if request.path.rpartition("/")[2] in FORM_PATHS and response.status_code != NOT_FOUND:
        response.headers["Cache-Control"] = FORM_CACHE_CONTROL
    return response


def current_access() -> InvitationAccess:
    access: InvitationAccess = g.access
    return access


def is_expired(access: InvitationAccess, moment: datetime) -> bool:
    """Whether the link has expired, some days after the release or after the end of late
    signing.
    """
    return access.round.has_expired_links(timedelta(days=settings().link_lifetime_days), moment)


def list_together(access: InvitationAccess) -> list[InvitationAccess]:
    """Every member for which the holder of this link answers now, if there are several."""
    return store.access.list_together(db(), access)


@dataclass(frozen=True, slots=True)
class OwnMember:
    """A member for which the holder of a link answers, as every page of theirs lists it."""

    status: InvitationStatus
    url: str
    is_current: bool
    may_answer: bool


def list_own_members(access: InvitationAccess) -> list[OwnMember]:
    """The members of ``list_together`` with their answers and pages."""
    return [
        OwnMember(
            InvitationStatus(other.invitation, other.member, other.version),
            url_for("invitation.show_invitation", token=sign_link(other.link)),
            other.invitation.id == access.invitation.id,
            may_answer_now(other),
        )
        for other in list_together(access)
    ]


def sign_link(link: Link) -> str:
    return services().token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)


def may_answer_now(access: InvitationAccess) -> bool:
    """Whether an answer is accepted now: until the deadline, or as a late signature."""
    return access.link.may_answer and may_answer(access.round, access.version, access.review, now())


def may_withdraw_now(access: InvitationAccess) -> bool:
    """Whether the answer, if there is one, can be withdrawn now."""
    possible = access.round.is_open(now()) or may_withdraw(access.round, access.version, now())
    return access.link.may_answer and possible


def render_unknown_link() -> tuple[str, int]:
    """The same page for unknown, truncated, altered, ended and superseded links."""
    return render_template("invitation/unknown.html", form=FindInvitationForm(formdata=None)), 404
