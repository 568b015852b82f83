"""From the closed round to the public: look at the PDF, then publish exactly that one, at once or at an hour."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.dates import clock, day, moment_of
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import Fields
from signoff.domain.releases import successor
from signoff.store.dashboard import Case
from signoff.web.context import db, language, now, settings
from signoff.web.invitation.forms import label
from signoff.web.login import actor
from signoff.web.office.access import (
    blueprint,
    case_here,
    for_admins,
    round_here,
    slug_of,
    to_round,
)
from signoff.web.office.forms import DeedForm, SureForm
from signoff.web.office.reauth import require_reauth
from signoff.web.office.reauth import require_reauth as asked_again
from signoff.web.security import CONTENT

# The forms around a release. What is right is decided by the rules; here it is typed and shown.

NOW, LATER = "now", "later"


class TwiceForm(SureForm):
    """A deed that is asked about twice: first the box, then, on a page of its own, the paper's short name."""

    confirm = StringField(_l("Kurzname des Papiers"))

    @property
    def asked_again(self) -> bool:
        """Whether this is the answer to the second question."""
        return "confirm" in request.form

    def named(self, slug: str, language: str) -> bool:
        """Whether the short name was typed; where it was not, says so at the field."""
        if (self.confirm.data or "").strip().casefold() == slug:
            return True
        self.refuse(Refusal(Reason.NOT_THE_SLUG, "confirm", slug=slug), language)
        return False


class ReleaseForm(DeedForm):
    """Now, or at a moment typed as day and time in the association's zone."""

    when = RadioField(
        _l("Zeitpunkt"),
        choices=[
            SelectChoice(NOW, _l("Sofort")),
            SelectChoice(LATER, _l("Zu einem bestimmten Zeitpunkt (Sperrfrist)")),
        ],
        default=NOW,
        validate_choice=False,
    )
    day = StringField(label("day"))
    time = StringField(label("time"))

    def moment(self, zone: ZoneInfo, now: datetime) -> datetime | None:
        """The moment that was typed, ``None`` for at once; refuses what is none, or has passed."""
        if (self.when.data or NOW) == NOW:
            return None
        if self.when.data != LATER:
            raise Refusal(Reason.NOT_A_CHOICE, "when")
        for field in (self.day, self.time):
            if not (field.data or "").strip():
                raise Refusal(Reason.MISSING, field.name)
        at = moment_of(day(self.day.data, "day"), clock(self.time.data, "time"), zone, "time")
        if at <= now:
            raise Refusal(Reason.RELEASE_PAST, "day")
        return at


class WithdrawalForm(TwiceForm):
    """Why a release is withdrawn, and what stands in its place: both are shown to everybody."""

    withdrawal = TextAreaField(label("withdrawal"))
    successor = StringField(label("successor"))

    def told(self, language: str) -> tuple[str, str] | None:
        """Reason and successor; ``None`` where something is wrong, which then stands at its field."""
        address, typed = "", Fields({"withdrawal": self.withdrawal.data or ""})
        reason = typed.text("withdrawal")
        try:
            address = successor(self.successor.data or "")
        except Refusal as wrong:
            typed.refused.append(wrong)
        for refusal in typed.refused:
            self.refuse(refusal, language)
        return None if typed.refused else (reason, address)


# The PDF is looked at inside the page: from this house alone, in the browser's own viewer.
WITH_VIEWER = f"{CONTENT}; connect-src 'self'; object-src 'self'; frame-src 'self'"


@blueprint.get("/rounds/<int:id>/release")
def release_page(id: int) -> ResponseReturnValue:
    return shown(case_here(id), ReleaseForm())


@blueprint.get("/rounds/<int:id>/release/progress")
def print_progress(id: int) -> str:
    """How far the PDF is, for the script of the page that waits for it."""
    return render_template("office/progress.html", case=case_here(id))


@blueprint.post("/rounds/<int:id>/release")
def release(id: int) -> ResponseReturnValue:
    """Publish the print that was looked at, plan it, or ask for it. A second click finds what the first has done."""
    case, form = case_here(id), ReleaseForm()
    if case.release:
        return to_round(id)
    slug, seen, ask = slug_of(case.round), request.form.get("seen", ""), g.association.four_eyes
    try:
        at = form.moment(g.association.zone, now())
        if page := require_reauth():
            return page
        if ask:
            actions.releases.ask(db(), slug, at, actor(), now(), seen=seen)
        else:
            actions.releases.release(db(), slug, at, actor(), now(), seen=seen)
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return shown(case_here(id), form, strangers), 409 if strangers else 422
    flash(done(asked=ask, planned=at is not None))
    return redirect(url_for("office.release_page", id=id), 303) if ask or at else to_round(id)


@blueprint.post("/rounds/<int:id>/release/confirmation")
def confirm(id: int) -> ResponseReturnValue:
    """The second person confirms what the first has asked for. A second click finds it."""
    case = case_here(id)
    if case.release:
        return to_round(id)
    if page := require_reauth():
        return page
    try:
        made = actions.releases.confirm(
            db(), slug_of(case.round), actor(), now(), seen=request.form.get("seen", "")
        )
    except Refusal as refusal:
        return shown(case_here(id), ReleaseForm(None), [refusal]), 409
    flash(done(asked=False, planned=not made.is_public(now())))
    return to_round(id)


@blueprint.post("/rounds/<int:id>/release/calling-off")
def call_off(id: int) -> ResponseReturnValue:
    """Take back what is planned or asked for, as long as it has not happened."""
    case = case_here(id)
    try:
        actions.releases.call_off(db(), slug_of(case.round), actor(), now())
    except Refusal as refusal:
        return shown(case, ReleaseForm(None), [refusal]), 409
    flash(_("Die Veröffentlichung ist zurückgerufen. Es ist nichts veröffentlicht."))
    return redirect(url_for("office.release_page", id=id), 303)


@blueprint.post("/rounds/<int:id>/print")
def print_again(id: int) -> ResponseReturnValue:
    """Owe the PDF once more after it failed, with or knowingly without a timestamp."""
    timestamp = request.form.get("timestamp") != "without"
    actions.prints.owe_again(db(), round_here(id).id, actor(), now(), timestamp)
    return redirect(url_for("office.release_page", id=id), 303)


def done(*, asked: bool, planned: bool) -> str:
    said = _("Das Papier ist veröffentlicht. Alle Eingeladenen werden benachrichtigt.")
    if asked:
        said = _("Die Veröffentlichung ist freigegeben. Jetzt bestätigt sie eine zweite Person.")
    elif planned:
        said = _("Die Veröffentlichung ist geplant. Bis dahin können Sie sie zurückrufen.")
    return str(said)


def shown(case: Case, form: ReleaseForm, strangers: list[Refusal] | None = None) -> Response:
    page = render_template(
        "office/release.html",
        case=case,
        form=form,
        strangers=strangers or [],
        address=f"{settings().base_url}/papers/{case.edition.slug}",
        stamping=bool(settings().tsa_url),
        asker=name_of(case.request.asked_by) if case.request else "",
        mine=bool(case.request and case.request.asked_by == actor()),
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = WITH_VIEWER
    return response


def name_of(actor: str) -> str:
    """Who an actor of the journal is, by name."""
    kind, _slash, id = actor.partition("/")
    found = store.accounts.find(db(), int(id)) if kind == "staff" and id.isdecimal() else None
    return (found.name or found.email) if found else actor


# Taking a released paper back whole: an administrator's deed, asked about twice.


@blueprint.get("/rounds/<int:id>/withdrawal")
@for_admins
def withdrawal_page(id: int) -> ResponseReturnValue:
    case = case_here(id)
    return asked(case, WithdrawalForm()) if is_public(case) else to_round(id)


@blueprint.post("/rounds/<int:id>/withdrawal")
@for_admins
def withdraw(id: int) -> ResponseReturnValue:
    """Withdraw the release: the reason and the box on the first page, the short name on the second."""
    case, form = case_here(id), WithdrawalForm()
    if case.release and case.release.withdrawn_at:
        return to_round(id)
    if not is_public(case):
        raise Refusal(Reason.NOT_RELEASED)
    told, sure = form.told(language()), form.confirmed()
    if told is None or not sure:
        return asked(case, form), 422
    if not form.asked_again:
        return asked(case, form, told)
    if not form.named(case.edition.slug, language()):
        return asked(case, form, told), 422
    if page := asked_again():
        return page
    actions.releases.retract(db(), id, *told, actor(), now())
    flash(_("Das Papier ist zurückgezogen. Alle Eingeladenen werden benachrichtigt."))
    return to_round(id)


def is_public(case: Case) -> bool:
    return bool(case.release and case.release.is_public(now()))


def asked(case: Case, form: WithdrawalForm, told: tuple[str, str] | None = None) -> str:
    """The first page, or with what was ``told`` there the second."""
    return render_template("office/withdrawal.html", case=case, form=form, told=told)
