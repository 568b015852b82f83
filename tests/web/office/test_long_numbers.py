"""A form may say any number, however long: it is no number of ours, and no error of the program."""

import pytest

from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import SLUG, sign
from tests.web.office.office import Office
from tests.web.office.pages import post_directly

LONG = "9" * 5000  # Python refuses to convert it
FORMS = {
    "invitations/1/resend": {"link": LONG},
    "invitations/1/note": {"accepted": "yes", "version": LONG},
    "invitations/1/correction": {"version": LONG, "reason": "Schreibfehler"},
    "invitations/1/recording": {"version": LONG},
    "rounds/1/letters": {"invitation": LONG, "sent_on": "21.1.2027"},
    "rounds/1/selection": {"pick": LONG, "do": "remind"},
    "rounds/1/target": {"aim": "3", "seen": LONG},
    "members/names": {"pick": LONG},
    f"papers/{SLUG}/editions": {"number": LONG},
    f"papers/{SLUG}/open?deed=004{LONG}": {"step": "deadline"},
}


@pytest.mark.parametrize("path", FORMS)
def test_a_number_of_any_length_breaks_nothing(
    office: Office, round: Round, editor: Browser, path: str
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open("/office/")
    assert post_directly(editor, f"/office/{path}", **FORMS[path]) < 500
