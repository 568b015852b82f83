"""The base class of all forms: fields are declared once, refusals become error messages in one
way.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from flask import Flask, flash, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response
from wtforms import Field

from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import get_max_length
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import FIELD
from signoff.web.context import current_language

# Ticks, confirmations and credentials, which no page repeats.
NOT_SHOWN = ("authorised", "publish_name", "confirm", "password", "current", "proof", "code")

# The hidden field of a form whose long texts the browser keeps (``static/js/drafts.js``), and the
# category of the message to that script.
DRAFT = "draft"


MAX_FIELDS = 20_000  # of one form; a long list sends some hundreds


def register(app: Flask) -> None:
    @app.before_request
    def limit_fields() -> None:
        """Refuse what would take seconds and half a gigabyte to parse: Flask's limits for forms are
        about those with files.
        """
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = longest = app.config["MAX_FORM_MEMORY_SIZE"]
            body = request.get_data()  # without a length given, it ends there
            if len(body) >= longest or body.count(b"&") >= MAX_FIELDS:
                raise RequestEntityTooLarge

    @app.after_request
    def acknowledge_draft(response: Response) -> Response:
        """Tell the browser that a form is saved: it leads on with 303."""
        if response.status_code == 303 and DRAFT in request.form:
            flash(request.path, DRAFT)
        return response


class BaseForm(FlaskForm):  # type: ignore[misc]
    """A form that only carries what was entered.

    The rules in ``signoff.domain`` decide what is right, because the command line obeys them too. A
    field that is declared without a label takes it from ``FIELD``; every field knows its
    ``max_length``.
    """

    # In place of what a reason says elsewhere; may name the facts of the refusal.
    messages: ClassVar[Mapping[Reason, LazyString]] = {}
    # The fields that stand below all others on the page, wherever they are declared.
    last_fields: ClassVar[Sequence[str]] = ()

    class Meta:
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            name = options["name"]
            if not unbound_field.args and name in FIELD:
                # Looked up by name: written out in ``_l(…)``, the name itself would be collected as
                # a message.
                options["label"] = _l(FIELD[name])
            field = unbound_field.bind(form=form, **options)
            field.max_length = get_max_length(name)
            return field

    def add_errors(self, *refusals: Refusal | Refusals, field: str = "") -> None:
        """Put the message of each refusal at its field, or into ``form_errors`` if the form has no
        such field.

        ``field`` takes all of them, wherever the refusals themselves belong.
        """
        for refusal in (nested for group in refusals for nested in list_refusals(group)):
            message = self.describe(refusal)
            name = field or self.find_field_name(refusal)
            if name in self:
                self[name].errors = [*self[name].errors, message]
            else:
                self.form_errors.append(message)

    def describe(self, refusal: Refusal) -> str:
        if refusal.reason in self.messages:
            return str(self.messages[refusal.reason]) % refusal.facts
        name = self.find_field_name(refusal)
        label = str(self[name].label.text) if name in self else ""
        return describe_refusal(refusal, current_language(), label)

    def find_field_name(self, refusal: Refusal) -> str:
        return refusal.field or ""

    def require(self, *names: str) -> None:
        """Refuse the form unless these fields are filled in; names all that are not."""
        missing = [name for name in names if not (self[name].data or "").strip()]
        if missing:
            raise Refusals(Refusal(Reason.MISSING, name) for name in missing)

    def list_wrong_fields(self) -> list[Field]:
        """The fields with errors, in the order of the page."""
        last = {name: position for position, name in enumerate(self.last_fields, start=1)}
        return sorted(
            filter(lambda field: field.errors, self),
            key=lambda field: last.get(field.short_name, 0),
        )

    @property
    def error_status(self) -> int:
        """422 if only fields are wrong; 409 if the request does not fit the current state."""
        return 409 if self.form_errors else 422


def list_sent_fields() -> list[tuple[str, str]]:
    """Label and value of what was typed into a form that is refused as a whole, to be copied."""
    gettext = get_catalogue(current_language()).gettext
    try:
        form = request.form
    except RequestEntityTooLarge:  # of an error before it was read
        return []
    return [
        (gettext(label), value)
        for name, label in FIELD.items()
        if (value := form.get(name)) and name not in NOT_SHOWN
    ]


def list_refusals(error: Refusal | Refusals) -> tuple[Refusal, ...]:
    return tuple(error.refusals) if isinstance(error, Refusals) else (error,)


def format_input_date(day: date | None) -> str:
    """``14.01.2027``, as the form reads it."""
    return f"{day:%d.%m}.{day.year}" if day else ""
