"""Posted fields that travel along as hidden fields while somebody logs in or re-authenticates.

Files cannot travel along: the name of their field does, and whoever reads the file is refused, so
that the form comes back with all other fields.
"""

from io import BytesIO

from flask import current_app, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from signoff.domain.errors import Reason, Refusal
from signoff.i18n.labels import FIELD

Pairs = list[tuple[str, str]]

LOGIN_PREFIX = "login-"  # of the fields of the login; no other form has such names
CREDENTIAL_FIELD = "credential"  # the response of a passkey, which is valid for one page
LOST_FILE_FIELD = "lost-file"
CONFIRM_FIELD = f"{LOGIN_PREFIX}confirm"  # asks first whether the fields go on


class LostContent(BytesIO):
    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field

    def read(self, size: int | None = -1) -> bytes:
        raise Refusal(Reason.FILE_LOST, self.field)


def list_carried_fields(*own: str) -> Pairs:
    """The posted fields, without the token, the login and the page's ``own`` fields."""
    left_out = {"csrf_token", CREDENTIAL_FIELD, LOST_FILE_FIELD, *own}
    return [
        *(
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in left_out and not name.startswith(LOGIN_PREFIX)
        ),
        *((LOST_FILE_FIELD, name) for name in list_lost_files()),
    ]


def list_lost_files() -> list[str]:
    """The names of the fields whose files do not travel along."""
    sent = [name for name, upload in request.files.items(multi=True) if upload.filename]
    return list(dict.fromkeys([*sent, *request.form.getlist(LOST_FILE_FIELD)]))


def describe_lost_files() -> list[str]:
    """The labels of these fields."""
    return [gettext(FIELD.get(name, name)) for name in list_lost_files()]


def restore_files() -> None:
    """Give the view a file in each field whose file was lost; reading it is refused."""
    if lost := request.form.getlist(LOST_FILE_FIELD):
        request.files = ImmutableMultiDict(
            (name, FileStorage(LostContent(name), filename=name, name=name)) for name in lost
        )


def get_target_path() -> str:
    """The address that the fields were sent to, and are sent to again."""
    return request.full_path.rstrip("?")


def find_form_path() -> str:
    """The page of the posted form if the address names it, else the dashboard."""
    adapter = current_app.create_url_adapter(request)
    if adapter is not None and adapter.test(request.path, "GET"):
        return request.path
    return url_for("office.show_dashboard")
