"""Names that were accepted in a round are offered to the member list."""

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.store.members import NameOffer
from tests.browser import Browser
from tests.factories import sign
from tests.prepared import made_once
from tests.web.office.office import Office
from tests.world import DEADLINE

PAGE = "/office/members/names"
OLD, NEW = "Stadt Musterhausen", "Freie Stadt Musterhausen"
OTHER = "Freie Landeshauptstadt Beispielstadt"


@pytest.fixture
@made_once
def accepted(empty_office: Office) -> Office:
    """Musterhausen and Beispielstadt have corrected their names, and the office has accepted them."""
    office = empty_office
    office.enrol()
    office.draft()
    round = office.open()
    for place, name in (("Musterhausen", NEW), ("Beispielstadt", OTHER)):
        id = office.answer(round, place, sign(name))
        actions.amendments.decide(office.db, id, "name", True, "cli", office.now)
    return office


@pytest.fixture
def editor(accepted: Office) -> Browser:
    return accepted.browser()


def offers(office: Office) -> list[NameOffer]:
    return list(store.members.list_name_offers(office.db))


def names(office: Office) -> set[str]:
    return {member.official_name for member in store.members.list_all(office.db)}


def test_ticked_names_go_into_the_member_list_and_the_next_round(
    accepted: Office, editor: Browser
) -> None:
    assert "2 angenommene Namen fehlen in der Mitgliederliste" in editor.text
    editor.follow("Namen übernehmen")
    assert {OLD, NEW, OTHER} <= set(words(editor))
    first = offers(accepted)[0].invitation_id
    form = {"csrf_token": token(editor), "do": "take", "pick": str(first), f"name-{first}": NEW}
    editor.request("POST", PAGE, 200, data=form)
    assert "1 Name ist in die Mitgliederliste übernommen." in editor.text
    assert NEW in names(accepted)
    assert OTHER not in names(accepted)
    (entry,) = [each for each in accepted.entries() if str(each.event) == "member_changed"]
    assert entry.details["fields"] == [["official_name", OLD, NEW]]

    editor.request("POST", PAGE, 200, data=form | {"csrf_token": token(editor)})
    assert accepted.events().count("member_changed") == 1, "a second click changes nothing"
    accepted.draft("naechstes", "Nächstes Papier")
    status = store.round_status.load(accepted.db, accepted.open("naechstes"))
    assert NEW in {each.member.official_name for each in status.invitations}


def words(browser: Browser) -> list[str]:
    cells = [*browser.root.iter("th"), *browser.root.iter("td")]
    return [" ".join("".join(cell.itertext()).split()) for cell in cells]


def token(browser: Browser) -> str:
    return next(
        field.get("value")
        for field in browser.root.iter("input")
        if field.get("name") == "csrf_token"
    )


def test_a_name_that_is_not_wanted_is_offered_no_more(accepted: Office, editor: Browser) -> None:
    editor.open("/office/members/1")
    assert f"Angenommener Name: {NEW}" in editor.text
    editor.submit(action="/names", press="Bisherigen Namen behalten")
    assert OLD in names(accepted)
    assert [offer.name for offer in offers(accepted)] == [OTHER]
    assert "member_name_kept" in accepted.events()
    history = editor.open("/office/members/1").text
    assert (
        "hat den angenommenen Namen der Stadt Musterhausen nicht in die Mitgliederliste" in history
    )


def test_the_page_of_a_member_takes_the_name_over(accepted: Office, editor: Browser) -> None:
    editor.open("/office/members/1")
    editor.submit(action="/names", press="In die Mitgliederliste übernehmen")
    assert NEW in names(accepted)
    assert "Angenommener Name" not in editor.open("/office/members/1").text


def test_rounds_that_are_over_keep_the_old_name(accepted: Office) -> None:
    accepted.now = DEADLINE
    chosen = [(offer.invitation_id, offer.name) for offer in offers(accepted)]
    assert actions.members.take_names(accepted.db, chosen, "cli", accepted.now) == 2
    status = store.round_status.load(accepted.db, accepted.round(1))
    assert OLD in {each.member.official_name for each in status.invitations}
    assert NEW in names(accepted)


def test_only_the_name_that_was_displayed_is_taken(accepted: Office) -> None:
    first = offers(accepted)[0].invitation_id
    taken = actions.members.take_names(accepted.db, [(first, "Andere Stadt")], "cli", accepted.now)
    assert taken == 0
    assert len(offers(accepted)) == 2


def test_a_name_is_offered_only_while_the_latest_signature_carries_it(accepted: Office) -> None:
    actions.rounds.close(accepted.db, 1, "cli", accepted.now)
    accepted.draft("naechstes", "Nächstes Papier")
    accepted.answer(accepted.open("naechstes"), "Musterhausen", sign(OLD))
    assert [offer.name for offer in offers(accepted)] == [OTHER]


def test_nothing_ticked_is_said_and_viewers_only_look(accepted: Office, editor: Browser) -> None:
    editor.open(PAGE)
    editor.request("POST", PAGE, 422, data={"csrf_token": token(editor), "do": "take"})
    assert "Bitte kreuzen Sie mindestens einen Namen an." in editor.text
    viewer = accepted.browser(Role.VIEWER).open(PAGE)
    assert NEW in viewer.text
    assert "Angekreuzte übernehmen" not in viewer.text
    chosen = [(offer.invitation_id, offer.name) for offer in offers(accepted)]
    actions.members.keep_names(accepted.db, chosen, "cli", accepted.now)
    assert "Zurzeit ist kein Name zu übernehmen." in viewer.open(PAGE).text
