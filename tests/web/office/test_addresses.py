"""Addresses with an internationalised domain: stored and mailed in ASCII, shown as people write them."""

import re
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague
from signoff.domain.members import RepresentativeRow
from signoff.domain.text import parse_email
from signoff.importers.members import read_members
from tests import factories
from tests.factories import sign
from tests.prepared import made_once
from tests.web.office.office import Office

WRITTEN, STORED = "rathaus@großmünster.example", "rathaus@xn--gromnster-i1a43a.example"
STAFF, COLLEAGUE = "leitung@müllheim.example", "kollegin@gießen.example"


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """Großmünster has two addresses, has passed its task on to a colleague, and co-signs."""
    people = (
        RepresentativeRow("", "Rathaus", STORED),
        RepresentativeRow("Presse", email=STORED.replace("rathaus", "presse"), may_answer=False),
    )
    member = factories.member("00002", "Großmünster", "Stadt Großmünster")
    rows = [replace(member, representatives=people)]
    actions.member_import.import_members(empty_office.db, rows, "cli", empty_office.now)
    actions.accounts.add(
        empty_office.db, STAFF, STAFF, Role.EDITOR, "", "cli", empty_office.now, mail=True
    )
    empty_office.draft()
    round = empty_office.open()
    empty_office.work()
    delegate(empty_office)
    empty_office.answer(round, "Großmünster", sign("Stadt Großmünster"))
    empty_office.work()
    return empty_office


def delegate(office: Office) -> None:
    link = store.rounds.list_open_links(office.db, 1)[0]
    access = store.access.find(office.db, link.public_id, link.generation)
    assert access
    colleague = Colleague("Kollegin", "Hauptamt", parse_email(COLLEAGUE) or "")
    actions.delegation.delegate(office.db, access, colleague, office.now)


PAGES = {
    "/office/members": WRITTEN,
    "/office/members?q=großmünster.example": WRITTEN,
    "/office/members.csv": WRITTEN,
    "/office/members/1": WRITTEN,
    "/office/members/1/representatives/1": WRITTEN,
    "/office/rounds/1": WRITTEN,
    "/office/rounds/1/members.csv": WRITTEN,
    "/office/rounds/1/reminders": "",
    "/office/rounds/1/reminders.csv": "",
    "/office/invitations/1": WRITTEN,
    "/office/invitations/1/links/1/address": COLLEAGUE,
    "/office/invitations/1/links/3/end": COLLEAGUE,
    "/office/invitations/1/resend": WRITTEN,
    "/office/mail": STAFF,
    "/office/mail?q=großmünster": WRITTEN,
    "/office/mail.csv": WRITTEN,
    f"/office/mail.csv?q={STORED}": WRITTEN,
    "/office/accounts?q=müllheim": STAFF,
    "/office/accounts/4": STAFF,
    "/office/accounts.csv": STAFF,
    "/office/audit": "",
}


def test_pages_and_files_show_an_address_as_people_write_it(office: Office) -> None:
    admin = office.browser(Role.ADMIN)
    for path, address in PAGES.items():
        text = admin.open(path).response.get_data(as_text=True).replace("<wbr>", "")

        assert address in text, path
        # Hidden fields hold what was stored, to notice a change by somebody else.
        assert "xn--" not in re.sub('<input type="hidden"[^>]*>', "", text), path


def test_a_spreadsheet_shows_an_address_as_people_write_it(office: Office) -> None:
    admin = office.browser(Role.ADMIN)
    for path in ("/office/members.xlsx", "/office/rounds/1/members.xlsx"):
        workbook = load_workbook(BytesIO(admin.open(path).response.get_data()))
        text = str([row for sheet in workbook for row in sheet.iter_rows(values_only=True)])

        assert WRITTEN in text, path
        assert "xn--" not in text, path


def test_an_exported_list_is_stored_as_it_was(office: Office) -> None:
    """The file shows the address as people write it; importing it changes nothing."""
    content = office.browser(Role.ADMIN).open("/office/members.xlsx").response.get_data()
    (row,) = read_members("members.xlsx", content).members

    assert row.representatives[0].email == STORED


def test_a_form_with_the_written_address_changes_nothing(office: Office) -> None:
    browser = office.browser(Role.EDITOR).open("/office/members/1/representatives/1")
    browser.submit({"function": "Leitung"}, action="/representatives/1")

    (person, _other) = store.members.list_representatives(office.db, 1)
    assert (person.email, person.function) == (STORED, "Leitung")
    assert store.rounds.list_open_links(office.db, 1)[0].generation == 1


def test_a_mail_goes_to_the_stored_address_and_names_the_written_one(office: Office) -> None:
    message = office.postbox[1]  # after the one to the new account
    part = message.get_body(("plain",))

    assert message["To"].addresses[0].addr_spec == STORED
    assert part
    assert WRITTEN in part.get_content()
    assert "xn--" not in part.get_content()


def test_a_refusal_names_the_address_as_people_write_it(office: Office) -> None:
    browser = office.browser(Role.EDITOR).open("/office/invitations/1/links/1/address")
    browser.submit({"email": COLLEAGUE}, action="/address", status=422)

    assert COLLEAGUE in browser.text
    assert "xn--" not in browser.response.get_data(as_text=True)
