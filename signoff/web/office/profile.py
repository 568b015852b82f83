"""One's own name, language and address."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.fields import SelectChoice

from signoff import actions, store
from signoff.domain.accounts import AddressChange
from signoff.domain.errors import Refusal, Refusals
from signoff.domain.forms import require_printable
from signoff.domain.text import decode_domains
from signoff.i18n.catalogue import LANGUAGES
from signoff.web.context import db, list_language_choices, now
from signoff.web.login import current_account
from signoff.web.office.access import blueprint
from signoff.web.office.forms import AddressForm
from signoff.web.office.reauth import require_reauth


class ProfileForm(AddressForm):
    """The address is parsed by ``AddressForm``."""

    last_fields = ("email", "language")
    name = StringField(_l("Name"))
    language = RadioField(
        _l("Sprache"),
        choices=lambda: [
            SelectChoice("", _l("wie der Verband")),
            *list_language_choices(),
        ],
        validate_choice=False,
    )


@blueprint.get("/account/profile")
def show_profile() -> str:
    account = current_account()
    form = ProfileForm(
        None, name=account.name, language=account.language, email=decode_domains(account.email)
    )
    return render_profile(form)


@blueprint.post("/account/profile")
def change_profile() -> ResponseReturnValue:
    """Name and language change at once, the address once it is confirmed."""
    form, account = ProfileForm(), current_account()
    try:
        form.require("name", "email")
        name = require_printable(" ".join((form.name.data or "").split())[:200], "name")
        email = form.parse_address()
        is_new = actions.accounts.normalize_email(email) != account.email
        if is_new and (page := require_reauth()):
            return page
        language = form.language.data if form.language.data in LANGUAGES else ""
        if is_new:
            actions.accounts.request_address(db(), account, email, now())
        actions.accounts.change_profile(db(), account, name, language, now())
    except (Refusal, Refusals) as refused:
        form.add_errors(refused)
        return render_profile(form), 422
    if is_new:
        flash(
            gettext(
                "An %(email)s geht ein Link. Die Adresse gilt, sobald Sie ihn öffnen und bestätigen.",
                email=decode_domains(email),
            )
        )
    else:
        flash(gettext("Die Angaben sind gespeichert."))
    return redirect(url_for("office.show_own_account"), 303)


def render_profile(form: ProfileForm) -> str:
    return render_template("office/accounts/profile.html", form=form, waiting=find_waiting())


def find_waiting() -> AddressChange | None:
    """The new address that is still to be confirmed."""
    change = store.accounts.find_latest_address_change(db(), current_account().id)
    return change if change and change.is_waiting(now()) else None
