"""The proof that the office passes round before the release."""

from pathlib import Path

from signoff import actions
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from tests.pdf import reader
from tests.web.office.office import new_office, signing


def test_a_closed_round_has_a_proof_and_an_open_one_has_none(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.answer(round, "Neudorf", signing("Gemeinde Neudorf"))
    page = office.browser(Role.VIEWER)
    page.open("/office/rounds/1/advance-copy.pdf", 404)
    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "staff/2", office.now
    )
    office.work()
    page.open("/office/rounds/1/release").follow("Vorabzug zur Abstimmung (neues Fenster)")
    assert page.response.headers["Cache-Control"] == "no-store"
    text = reader.words(page.response.get_data())
    assert "Vorabzug" in text and "Gemeinde Neudorf" in text
