"""The forms that several pages of the office share.

The rules in ``signoff.domain`` decide what is right.
"""

from collections.abc import Sequence
from datetime import date

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Round
from signoff.domain.text import parse_email
from signoff.web.forms import BaseForm

LATE_REVIEW_CHOICES = [
    SelectChoice("yes", _l("Nachzeichnung annehmen")),
    SelectChoice("no", _l("Nachzeichnung ablehnen")),
]


def require_text(form: BaseForm, name: str) -> str:
    """The text of the field ``name``; refuses an empty field."""
    text = (form[name].data or "").strip()
    if not text:
        raise Refusal(Reason.MISSING, name)
    return str(text)


def require_day(form: BaseForm, name: str) -> date:
    """The day that was entered in the field ``name``.

    Refuses an empty field and what is not a day.
    """
    return parse_date(require_text(form, name), name)


def render_act(
    heading: str,
    label: str,
    action: str,
    back: str,
    happens: Sequence[str],
    lasting: str = "",
    carried: Sequence[tuple[str, str]] = (),
) -> str:
    """The page that asks before an act: what ``happens``, and what cannot be undone.

    ``lasting`` says how the act can be undone, if it can; ``carried`` are fields of its form.
    """
    return render_template(
        "office/confirmation.html",
        heading=heading,
        label=label,
        action=action,
        back=back,
        happens=happens,
        lasting=lasting,
        carried=carried,
    )


class ConfirmForm(BaseForm):
    """An action that cannot be undone: the box has to be ticked."""

    last_fields = ("sure",)
    sure = BooleanField(_l("Bestätigung"))

    def is_confirmed(self) -> bool:
        """Whether the box is ticked; adds an error if it is not."""
        if not self.sure.data:
            self.sure.errors = [_l("Bitte setzen Sie das Häkchen, wenn Sie das wirklich möchten.")]
        return bool(self.sure.data)


class DoubleConfirmForm(ConfirmForm):
    """An action that is confirmed twice: with the box, then on a second page by typing a word."""

    confirm = StringField(_l("Bestätigung"))
    word = _l("schließen")

    @property
    def is_second_page(self) -> bool:
        return "confirm" in request.form

    def is_word_confirmed(self) -> bool:
        """Whether the word was entered; adds an error if it was not."""
        entered = (self.confirm.data or "").strip()
        if entered.casefold() == str(self.word).casefold():
            return True
        reason = Reason.NOT_THE_WORD if entered else Reason.MISSING
        self.add_errors(Refusal(reason, "confirm", word=str(self.word)))
        return False


class DeadlineForm(BaseForm):
    deadline = StringField()
    reviewed = HiddenField()  # the day whose review was displayed

    def is_reviewed(self, last: date) -> bool:
        """Whether the page that says what the new deadline means was displayed for this day."""
        return bool(self.reviewed.data == last.isoformat())


class LateDeadlineForm(DeadlineForm):
    """The end of late signing."""

    deadline = None
    late_until = StringField()


class AddressForm(BaseForm):
    email = StringField()

    def parse_address(self) -> str:
        text = require_text(self, "email")
        address = parse_email(text)
        if address is None:
            raise Refusal(Reason.NOT_AN_ADDRESS, "email", text=text)
        return address


class TargetForm(BaseForm):
    aim = StringField()
    seen = HiddenField()  # the target when the form was rendered

    @classmethod
    def from_round(cls, round: Round) -> "TargetForm":
        return cls(None, aim=round.target, seen=round.target)


class LateReviewForm(BaseForm):
    """The office's decision on a late signature; nothing is preselected."""

    accepted = RadioField(choices=LATE_REVIEW_CHOICES, validate_choice=False)
    note_accepted = BooleanField(_l("Protokollnotiz mit veröffentlichen"))
    name_accepted = BooleanField(_l("Berichtigten Namen übernehmen"))
    late_reason = TextAreaField()
    version = HiddenField()

    def is_accepted(self) -> bool:
        """Whether the signature is accepted; refuses if nothing was chosen."""
        if self.accepted.data not in ("yes", "no"):
            raise Refusal(Reason.NOT_CHOSEN, "accepted")
        return bool(self.accepted.data == "yes")
