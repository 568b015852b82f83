"""Who does what cannot be taken back shows again who she is, unless she did so a few minutes ago.

``@asks_again`` stands on a view, nearest to the function; inside a view ``asked()`` does the same at the right place::

    if page := asked():
        return page

What was posted travels on in hidden fields, and the deed is done once, by the request that brings the proof: the
password, a code of the authenticator app, or a passkey. Files cannot travel: a page that takes one has the guard on
its GET as well.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import PasswordField

from signoff import actions, security, store
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from signoff.web.context import db, language, now, settings
from signoff.web.login import local, me
from signoff.web.office.access import SHOWING, blueprint
from signoff.web.two_factor import answered, ask, passkeys_work, step_of

PROOF, CREDENTIAL = "proof", "credential"
OURS = (
    "csrf_token",
    PROOF,
    CREDENTIAL,
)  # of the page that asks; everything else belongs to the deed
CODE = 10  # a password has more characters than a code of the app
P = ParamSpec("P")
Pairs = list[tuple[str, str]]


class ProofForm(FlaskForm):  # type: ignore[misc]
    proof = PasswordField(_l("Passwort"))


def asks_again(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A view that is reached only by who has shown lately who she is."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        page = require_reauth()
        return view(*args, **kwargs) if page is None else page

    return guarded


def require_reauth() -> ResponseReturnValue | None:
    """The page that asks for a proof; ``None`` where it was given lately, or just now with this request."""
    if proved():
        return None
    if request.method in SHOWING:
        return page(
            ProofForm(None), url_for("office.again"), [("next", request.full_path.rstrip("?"))]
        )
    carried = [pair for pair in request.form.items(multi=True) if pair[0] not in OURS]
    return taken(request.full_path.rstrip("?"), carried)


@blueprint.post("/again")
def again() -> ResponseReturnValue:
    """Show who one is, and go on to the page that asked for it."""
    next = local(request.form.get("next"))
    refused = None if proved() else taken(url_for("office.again"), [("next", next)])
    return redirect(next or url_for("office.overview"), 303) if refused is None else refused


@blueprint.post("/again/challenge")
def again_challenge() -> Response:
    """What the script asks the passkey."""
    return ask(me(), current_user.session_id)


def taken(action: str, carried: Pairs) -> ResponseReturnValue | None:
    """``None`` if the proof in this request holds, else the page that asks (again)."""
    if not {PROOF, CREDENTIAL} & set(request.form):
        return page(ProofForm(None), action, carried)
    form = ProofForm()
    try:
        prove(form.proof.data or "")
    except Refusal as refusal:
        form.proof.errors = [describe_refusal(refusal, language())]
        waits = refusal.reason is Reason.TOO_MANY_LOGINS
        headers = {"Retry-After": str(refusal.facts["seconds"])} if waits else {}
        return page(form, action, carried), 429 if waits else 403, headers
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in (PROOF, CREDENTIAL)]
    request.form = ImmutableMultiDict(
        kept
    )  # a deed of several steps must not carry the proof into its pages
    return None


def prove(typed: str) -> None:
    """Take the proof in this request, of whichever kind; refuses a wrong one."""
    one, session_id = me(), current_user.session_id
    code = "".join(typed.split())
    if request.form.get(CREDENTIAL):
        actions.login.prove_by_factor(
            db(), one, session_id, actions.login.passkey_shown(session_id, answered, now()), now()
        )
    elif code.isdecimal() and len(code) < CODE:
        actions.login.prove_by_factor(
            db(), one, session_id, actions.login.code_shown(code, step_of, now()), now()
        )
    else:
        actions.login.prove(db(), one, session_id, typed, security.fits, now())


def proved() -> bool:
    session = store.accounts.session(db(), current_user.session_id)
    return session is not None and session.proved_since(
        now() - timedelta(minutes=settings().proof_minutes)
    )


def page(form: ProofForm, action: str, carried: Pairs) -> str:
    router = current_app.create_url_adapter(request)
    leads = (
        router is not None
        and request.endpoint != "office.again"
        and router.test(request.path, "GET")
    )
    return render_template(
        "office/again.html",
        form=form,
        action=action,
        carried=carried,
        back=request.path if leads else url_for("office.overview"),
        files=any(each.filename for each in request.files.values()),
        known=store.accounts.of(db(), me().id),
        passkeys_work=passkeys_work(),
    )
