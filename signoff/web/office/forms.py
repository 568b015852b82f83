"""The forms of the office's deeds. What is right is decided by the rules; here it is typed and shown."""

from datetime import date

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Round
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import FIELD
from signoff.importers.members import parse_email
from signoff.web.invitation.forms import field_label

# By name: written out in ``_l(…)``, the field's own name would be collected as a message.
DEADLINE_LABEL = FIELD["deadline"]


LATE_REVIEW_CHOICES = [
    SelectChoice("yes", _l("Nachzeichnung annehmen")),
    SelectChoice("no", _l("Nachzeichnung ablehnen")),
]


class ActionForm(FlaskForm):  # type: ignore[misc]
    """A form with words for what was refused at its fields."""

    def refuse(self, refusal: Refusal, language: str) -> list[Refusal]:
        """Put the words of ``refusal`` to its field; gives it back where it belongs to none."""
        if refusal.field not in self:
            return [refusal]
        self[refusal.field].errors = [describe_refusal(refusal, language)]
        return []


class ConfirmForm(ActionForm):
    """A deed that cannot be taken back: the box has to be ticked."""

    sure = BooleanField(_l("Bestätigung"))

    def confirmed(self) -> bool:
        """Whether the box is ticked; where it is not, says so at the box."""
        if not self.sure.data:
            self.sure.errors = [_l("Bitte setzen Sie das Häkchen, wenn Sie das wirklich möchten.")]
        return bool(self.sure.data)


class DeadlineForm(ActionForm):
    deadline = StringField(_l(DEADLINE_LABEL))

    def day(self) -> date:
        """The day that was typed; refuses an empty field and what is no day."""
        if not (self.deadline.data or "").strip():
            raise Refusal(Reason.MISSING, "deadline")
        return parse_date(self.deadline.data, "deadline")


class AddressForm(ActionForm):
    email = StringField(field_label("email"))

    def address(self) -> str:
        """The address that was typed; refuses an empty field and what is no address."""
        typed = (self.email.data or "").strip()
        if not typed:
            raise Refusal(Reason.MISSING, "email")
        found = parse_email(typed)
        if found is None:
            raise Refusal(Reason.NOT_AN_ADDRESS, "email", text=typed)
        return found


class TargetForm(ActionForm):
    aim = StringField(field_label("aim"))
    seen = HiddenField()  # the aim that held when the form was made

    @classmethod
    def of(cls, round: Round) -> "TargetForm":
        return cls(None, aim=round.target, seen=round.target)

    def known(self) -> int | None:
        """The aim that stood in the form; what is no number was made up and counts as none."""
        seen = self.seen.data or ""
        return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else None


class LateDeadlineForm(ActionForm):
    """When late signing ends."""

    late_until = StringField(field_label("late_until"))

    def day(self) -> date:
        """The day that was typed; refuses an empty field and what is no day."""
        if not (self.late_until.data or "").strip():
            raise Refusal(Reason.MISSING, "late_until")
        return parse_date(self.late_until.data, "late_until")


class LateReviewForm(ActionForm):
    """What the office says to a late signature; nothing is chosen beforehand."""

    accepted = RadioField(
        field_label("verdict"), choices=LATE_REVIEW_CHOICES, validate_choice=False
    )
    note_accepted = BooleanField(_l("Protokollnotiz mit veröffentlichen"))
    name_accepted = BooleanField(_l("Berichtigten Namen übernehmen"))
    late_reason = TextAreaField(field_label("late_reason"))
    version = HiddenField()

    def accepts(self) -> bool:
        """Whether the signature is accepted; refuses where nothing was chosen."""
        if self.accepted.data not in ("yes", "no"):
            raise Refusal(Reason.MISSING, "accepted")
        return bool(self.accepted.data == "yes")
