"""The forms around a release. What is right is decided by the rules; here it is typed and shown."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.fields import Fields
from signoff.domain.moments import clock, day, moment_of
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import successor
from signoff.web.office.forms import DeedForm, SureForm
from signoff.web.sign.forms import label

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
