"""Coming dates: on the dashboard, and as a calendar at a secret address of each account."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, url_for
from flask_babel import gettext
from werkzeug.exceptions import NotFound

from signoff import store
from signoff.domain.reminders import OfficeHours
from signoff.domain.round_status import RoundStatus
from signoff.domain.upcoming import Upcoming, list_upcoming
from signoff.exports.ical import build_feed
from signoff.i18n.labels import describe_upcoming
from signoff.store.dashboard import Dashboard
from signoff.tokens import TokenPurpose
from signoff.web.context import current_language, db, now, services, settings
from signoff.web.downloads import send_bytes

blueprint = Blueprint("upcoming", __name__)


def load_upcoming(dashboard: Dashboard) -> list[Upcoming]:
    """The coming dates of the rounds on the dashboard."""
    running = [
        (summary.edition.text.title, summary.status, summary.release)
        for summary in dashboard.summaries
    ]
    late = [
        (past.edition.text.title, RoundStatus(past.round, ()), None)
        for past in dashboard.past
        if past.round.late_until
    ]
    hours = OfficeHours(g.association.zone)
    return list_upcoming([*running, *late], services().calendar, hours, now())


@blueprint.get("/calendar/<token>.ics")
def send_calendar(token: str) -> Response:
    """The calendar of an account that is not locked. Its secret address is in no log."""
    payload = services().token_signer.verify(TokenPurpose.CALENDAR, token)
    account_id, generation = payload or ("", 0)
    account = store.accounts.find(db(), int(account_id)) if account_id.isdecimal() else None
    if (
        account is None
        or not account.is_active
        or store.accounts.get_calendar_generation(db(), account.id) != generation
    ):
        raise NotFound
    g.language = account.language
    base = settings().base_url.rstrip("/")
    content = build_feed(
        [
            (
                each,
                describe_upcoming(each, current_language()),
                base + url_for("office.show_round", id=each.round_id),
            )
            for each in load_upcoming(store.dashboard.load_dashboard(db(), now()))
        ],
        gettext("Mitzeichnungen: %(name)s", name=g.association.short_name),
        urlsplit(base).hostname or "localhost",
        now(),
    )
    return send_bytes(content, "text/calendar", "signoff.ics", inline=True)
