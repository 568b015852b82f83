"""Fixtures of the office's pages. A test module that needs another office overrides ``office``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff.domain.accounts import Role
from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import sign
from tests.prepared import made_once
from tests.web.office.office import Office, new_office
from tests.web.office.pages import pass_deadline


@pytest.fixture
def empty_office(tmp_path: Path) -> Iterator[Office]:
    """An association with one account of each role, without members and papers."""
    office = new_office(tmp_path)
    yield office
    office.db.close()


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """A paper is open for five members, nobody has answered, all mail is out."""
    empty_office.enrol()
    empty_office.draft()
    empty_office.open()
    empty_office.work()
    return empty_office


@pytest.fixture
def round(office: Office) -> Round:
    return office.round(1)


@pytest.fixture
def viewer(office: Office) -> Browser:
    return office.browser(Role.VIEWER)


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.browser(Role.EDITOR)


@pytest.fixture
def admin(office: Office) -> Browser:
    return office.browser(Role.ADMIN)


@pytest.fixture
@made_once
def ready(office: Office) -> Office:
    """Musterhausen has signed, the deadline has passed, the PDF is there."""
    office.answer(office.round(1), "Musterhausen", sign())
    pass_deadline(office)
    return office
