"""Members and rounds over the years: the answer that counts in each round, and who never answered."""

import io

import pytest
from openpyxl import load_workbook

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain.answers import AnswerKind
from tests.browser import Browser
from tests.factories import (
    BEISPIELSTADT,
    HESITANT,
    MAYOR,
    SLUG,
    UNWILLING,
    decline,
    pending,
    sign,
)
from tests.web.office.office import NAMES, Office
from tests.world import World

PAGE = "/office/members/answers"


def answers(world: World) -> dict[str, tuple[AnswerKind | None, bool]]:
    names = {member.id: member.name for member in store.members.list_all(world.db)}
    found = store.participations.list_all(world.db)
    return {names[each.member_id]: (each.kind, each.late) for each in found}


def test_the_answer_that_counts_follows_what_happens_after_the_release(world: World) -> None:
    world.opened(late=True)
    world.answer(MAYOR, decline(), "1")
    world.answer(MAYOR, sign(), "2")
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())
    world.closed()
    world.released()
    expected: dict[str, tuple[AnswerKind | None, bool]] = {
        "Musterhausen": (AnswerKind.COSIGN, False),
        "Beispielstadt": (AnswerKind.PENDING, False),
        "Ähringen": (AnswerKind.DECLINE, False),
        "Briefdorf": (None, False),
    }
    assert answers(world) == expected

    version = world.answer(HESITANT, sign(BEISPIELSTADT.official_name), "3")
    assert answers(world) == expected, "the office has not accepted it yet"
    invitation_id = world.invitation_status("02").invitation.id
    actions.late.review_signature(
        world.db,
        invitation_id,
        ReviewDecision(True),
        "office",
        world.now,
        version=version.number,
    )
    expected["Beispielstadt"] = (AnswerKind.COSIGN, True)
    assert answers(world) == expected

    actions.answers.withdraw(world.db, world.access(MAYOR), form_key="4", now=world.now)
    expected["Musterhausen"] = (AnswerKind.WITHDRAWN, False)
    assert answers(world) == expected


def test_a_voided_or_withdrawn_answer_does_not_count(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign(), "1")
    actions.answers.withdraw(world.db, world.access(MAYOR), form_key="2", now=world.now)
    declined = world.answer(UNWILLING, decline())
    invitation = world.invitation_status("03").invitation
    actions.amendments.void_answer(
        world.db, invitation.id, declined.id, "Irrtum", "office", world.now
    )
    found = answers(world)
    assert found["Musterhausen"] == (AnswerKind.WITHDRAWN, False)
    assert found["Ähringen"] == (None, False)


@pytest.fixture
def years(empty_office: Office) -> Office:
    """Two rounds are over, one was cancelled, one is running. Altdorf is asked for the first time; Neudorf
    has never answered.
    """
    office = empty_office
    office.enrol(NAMES[:4])
    for slug in ("erstes", "zweites", "abgebrochen"):
        office.draft(slug, f"{slug.capitalize()} Papier")
        round = office.open(slug)
        office.answer(round, "Musterhausen", sign())
        if slug == "zweites":
            office.answer(round, "Beispielstadt", decline())
            office.answer(round, "Überlingen am Fluss", pending())
        if slug == "abgebrochen":
            actions.rounds.cancel(office.db, round.id, "cli", office.now)
        else:
            actions.rounds.close(office.db, round.id, "cli", office.now)
    office.enrol()
    office.draft(SLUG)
    office.open(SLUG)
    return office


def table(browser: Browser) -> dict[str, list[str]]:
    rows = browser.root.iter("tbody")
    return {
        " ".join("".join(row.find("th").itertext()).split()): [
            " ".join("".join(cell.itertext()).split()) for cell in row.findall("td")
        ][1:]
        for body in rows
        for row in body.iter("tr")
    }


def test_the_matrix_shows_every_answer_and_leaves_out_cancelled_rounds(years: Office) -> None:
    viewer = years.browser().open("/office/members").follow("Rückmeldungen über die Jahre")
    assert "Abgebrochen Papier" not in viewer.text
    nothing = "keine Rückmeldung"
    assert table(viewer) == {
        "Markt Altdorf": [nothing, "nicht eingeladen", "nicht eingeladen"],
        "Landeshauptstadt Beispielstadt": [nothing, "nicht mitgezeichnet", nothing],
        "Stadt Musterhausen": [nothing, "mitgezeichnet", "mitgezeichnet"],
        "Gemeinde Neudorf": [nothing, nothing, nothing],
        "Stadt Überlingen am Fluss": [nothing, "Gremium tagt noch", nothing],
    }
    viewer.open(f"{PAGE}?answered=never")
    assert list(table(viewer)) == ["Gemeinde Neudorf"], "Altdorf may still answer"
    viewer.open(f"{PAGE}?answered=answered&state=Bayern")
    assert list(table(viewer)) == ["Landeshauptstadt Beispielstadt", "Stadt Überlingen am Fluss"]
    viewer.open(f"{PAGE}?answered=uninvited")
    assert "Auf diese Auswahl passt kein Mitglied." in viewer.text


def test_the_matrix_is_a_table_to_download_with_the_same_filter(years: Office) -> None:
    viewer = years.browser().open(f"{PAGE}.xlsx?answered=never")
    sheet = load_workbook(io.BytesIO(viewer.response.data)).active
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert header[4:] == [
        "Leitgedanken zum öffentlichen Raum (2027)",
        "Zweites Papier (2027)",
        "Erstes Papier (2027)",
    ]
    assert [row[1] for row in rows] == ["Gemeinde Neudorf"]
    text = viewer.open(f"{PAGE}.csv").response.data.decode("utf-8-sig")
    assert (
        "00002;Stadt Musterhausen;Stadt;Nordrhein-Westfalen;keine Rückmeldung;mitgezeichnet" in text
    )


def test_older_rounds_are_on_further_pages(empty_office: Office) -> None:
    empty_office.enrol()
    for number in range(1, 7):
        empty_office.draft(f"papier-{number}", f"Papier Nummer {number}")
        empty_office.open(f"papier-{number}")
    viewer = empty_office.browser().open(PAGE)
    assert "Papier Nummer 6" in viewer.text
    assert "Papier Nummer 1 " not in viewer.text
    viewer.follow("Ältere Verfahren")
    assert list(table(viewer).values())[0] == ["keine Rückmeldung"]
    viewer.follow("Neuere Verfahren")
    assert len(list(table(viewer).values())[0]) == 5


def test_without_a_round_the_matrix_says_so(empty_office: Office) -> None:
    empty_office.enrol()
    assert "Noch ist kein Verfahren eröffnet worden." in empty_office.browser().open(PAGE).text


def test_the_page_of_a_member_tells_late_signatures_from_others(years: Office) -> None:
    viewer = years.browser().open("/office/members").follow("Stadt Musterhausen")
    assert viewer.text.count("mitgezeichnet") >= 2
    assert "Abgebrochen Papier" in viewer.text
