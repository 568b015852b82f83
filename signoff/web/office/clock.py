"""The clock has jumped: somebody of the office says that it is right."""

from datetime import datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from signoff import actions, store
from signoff.moments import find_jump, save_beat
from signoff.web.context import db, now, settings
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint


def find_last_moment() -> datetime | None:
    """The last known moment, if the clock has jumped since."""
    return find_jump(settings().instance, store.health.find_latest_moment(db()), now())


@blueprint.post("/clock")
def confirm_clock() -> ResponseReturnValue:
    """Let the worker go on; a second click changes nothing."""
    if known := find_last_moment():
        actions.clock.confirm(
            db(),
            known,
            lambda: save_beat(settings().instance, now()),
            current_actor(),
            now(),
        )
    flash(_("Die Uhr ist bestätigt. Was fällig ist, geht jetzt weiter."))
    return redirect(url_for("office.show_dashboard"), 303)
