"""One's own mail subscriptions, and the secret address of one's calendar."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.domain.subscriptions import Frequency, Topic, list_choices
from signoff.i18n.labels import FREQUENCY, TOPIC
from signoff.tokens import TokenPurpose
from signoff.web.context import db, now, services, settings
from signoff.web.login import current_account
from signoff.web.office.access import blueprint


@blueprint.get("/account/subscriptions")
def show_subscriptions() -> str:
    account = current_account()
    return render_template(
        "office/accounts/subscriptions.html",
        choices=[
            (
                subscription.topic,
                subscription.get_frequency(account.role),
                list_choices(subscription.topic),
            )
            for subscription in store.subscriptions.list_for_account(db(), account.id)
        ],
        topics=TOPIC,
        frequencies=FREQUENCY,
        calendar=build_calendar_address(account.id),
    )


@blueprint.post("/account/subscriptions")
def change_subscriptions() -> ResponseReturnValue:
    choices = {topic: request.form[topic] for topic in Topic if topic in request.form}
    if not set(choices.values()) <= set(Frequency):
        raise Refusal(Reason.NOT_A_CHOICE, "frequency")
    actions.subscriptions.change(
        db(),
        current_account(),
        {topic: Frequency(choice) for topic, choice in choices.items()},
        now(),
    )
    flash(gettext("Ihre Auswahl ist gespeichert."))
    return redirect_to_subscriptions()


@blueprint.post("/account/calendar")
def renew_calendar() -> ResponseReturnValue:
    actions.accounts.renew_calendar(db(), current_account().id, now())
    flash(gettext("Der Kalender hat eine neue Adresse; eine frühere gilt nicht mehr."))
    return redirect_to_subscriptions()


def redirect_to_subscriptions() -> WerkzeugResponse:
    return redirect(url_for("office.show_subscriptions"), 303)


def build_calendar_address(account_id: int) -> str:
    """The secret address of the account's calendar; empty as long as it has none."""
    generation = store.accounts.get_calendar_generation(db(), account_id)
    if not generation:
        return ""
    token = services().token_signer.sign(TokenPurpose.CALENDAR, str(account_id), generation)
    base = settings().base_url.rstrip("/")
    return base + url_for("upcoming.send_calendar", token=token, lang=None)
