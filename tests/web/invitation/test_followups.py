"""After the answer: corrected names, moved meetings, result requests and objections („Das war ich nicht“)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind
from signoff.domain.errors import Refusal
from tests.browser import Browser
from tests.factories import MAYOR, OFFICE, pending, sign
from tests.form_filling import CONTACT, PENDING, answering, begin, confirm
from tests.world import DEADLINE, World

CONFIRMATION = {"confirm": "Musterhausen"}


@pytest.fixture
def clerk(world: World) -> Browser:
    world.opened(late=False)
    world.work()
    world.postbox.clear()
    return world.browser()


def open_page(clerk: Browser, world: World, name: str = "", status: int = 200) -> Browser:
    return clerk.open(f"/s/{world.links()[MAYOR]}{name}", status)


# corrections


def test_a_name_is_corrected_without_a_new_answer(world: World, clerk: Browser) -> None:
    confirm(answering(clerk, world.links()[MAYOR], "sign"))
    world.work()
    world.postbox.clear()
    before = world.invitation_status().version
    assert before
    clerk.follow("Namen oder Funktion berichtigen")
    assert clerk.values["last_name"] == "Nachname"
    assert clerk.values["confirm"] == ""
    clerk.submit({"last_name": "Nachname-Neu", "function": "Oberbürgermeisterin", **CONFIRMATION})

    assert clerk.page == "receipt"
    assert "Zuletzt wurden Namen oder Funktion berichtigt." in clerk.text
    after = world.invitation_status().version
    assert after
    assert after.number == 2
    assert after.answer.declaration
    assert after.answer.declaration.signer.name == "Dr. Vorname Nachname-Neu"
    assert (after.answer.filled_in, after.answer.declaration.basis) == (
        before.answer.filled_in,
        "council",
    )
    assert world.events()[-1] == "corrected"
    world.work()
    assert (
        world.subjects()
        == ["MZ-2027-0001: Berichtigung eingegangen, „Leitgedanken“ (Stadt Musterhausen)"] * 2
    )
    assert store.audit.find_fault(world.db) is None


def test_a_corrected_official_name_is_shown_to_the_office_beside_the_original(
    world: World, clerk: Browser
) -> None:
    confirm(answering(clerk, world.links()[MAYOR], "sign"))
    open_page(clerk, world, "/correction").submit(
        {"official_name": "Hansestadt Musterhausen", **CONFIRMATION}
    )
    assert world.invitation_status().undecided == ("note", "name")


def test_a_second_click_on_a_correction_stores_one_correction(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, sign())
    form = open_page(clerk, world, "/correction").values
    path = clerk.path
    for _ in range(2):
        clerk.request("POST", path, 200, data={**form, "last_name": "Neu", **CONFIRMATION})
        assert clerk.page == "receipt"
    assert world.events().count("corrected") == 1


def test_a_correction_that_corrects_nothing_is_no_new_version(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, sign())
    open_page(clerk, world, "/correction").submit(CONFIRMATION)
    assert clerk.page == "receipt"
    assert world.invitation_status().version.number == 1


@pytest.mark.parametrize("changes", [{"confirm": ""}, {"last_name": ""}, {"function": "x" * 161}])
def test_an_invalid_correction_keeps_the_input(world: World, clerk: Browser, changes: dict) -> None:
    world.answer(MAYOR, sign())
    open_page(clerk, world, "/correction").submit(
        {"first_name": "Anders", **CONFIRMATION, **changes}, status=422
    )
    assert clerk.values["first_name"] == "Anders"
    assert world.invitation_status().version.number == 1


def test_only_a_signature_in_an_open_round_can_be_corrected(world: World, clerk: Browser) -> None:
    open_page(clerk, world, "/correction", 409)
    world.answer(MAYOR, pending())
    open_page(clerk, world, "/correction", 409)
    world.answer(MAYOR, sign())
    open_page(clerk, world, "/correction")
    world.now = DEADLINE
    clerk.submit({"last_name": "Neu", **CONFIRMATION}, status=409)
    assert clerk.page == "closed"
    assert world.invitation_status().version.number == 2


# meetings


def test_the_receipt_of_a_pending_answer_explains_the_next_steps(
    world: World, clerk: Browser
) -> None:
    confirm(begin(clerk, world.links()[MAYOR]).submit(PENDING))
    assert "Donnerstag, 11. Februar 2027Ihr Gremium tagt: Hauptausschuss." in clerk.text.replace(
        "\u00a0", " "
    )
    assert (
        "Freitag, 12. Februar 2027Wir fragen per E-Mail nach dem Ergebnis."
        in clerk.text.replace("\u00a0", " ")
    )


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        ("25.3.2027", "Dienstag, 30. März 2027Wir fragen per E-Mail nach dem Ergebnis."),
        ("30.3.2027", "Mittwoch, 31. März 2027Wir fragen per E-Mail nach dem Ergebnis."),
    ],
)
def test_the_receipt_names_the_working_day_of_the_result_request(
    world: World, clerk: Browser, on: str, sentence: str
) -> None:
    confirm(begin(clerk, world.links()[MAYOR]).submit({**PENDING, "expected_on": on}))
    assert sentence in clerk.text.replace("\u00a0", " ")


def test_no_result_request_is_announced_for_a_day_after_the_deadline(world: World) -> None:
    world.opened(last_day=date(2027, 3, 28))  # Easter Sunday
    clerk = begin(world.browser(), world.links()[MAYOR])
    confirm(clerk.submit({**PENDING, "expected_on": "25.3.2027"}))
    assert "Wir fragen per E-Mail" not in clerk.text
    assert "Bis zum Fristende folgt kein Arbeitstag mehr" in clerk.text


@pytest.mark.parametrize(
    ("on", "late", "sentence"),
    [
        ("31.3.2027", False, "Die Frist endet an diesem Tag um 24 Uhr."),
        ("1.4.2027", False, "eine spätere Mitzeichnung ist bei diesem Papier nicht vorgesehen"),
        ("1.4.2027", True, "steht dann in einem Nachtrag"),
    ],
)
def test_a_meeting_near_or_after_the_deadline_shows_a_hint(
    world: World, on: str, late: bool, sentence: str
) -> None:
    world.opened(late=late)
    clerk = begin(world.browser(), world.links()[MAYOR])
    assert ("Nachtrag" in clerk.text) == late
    confirm(clerk.submit({**PENDING, "expected_on": on}))
    assert sentence in clerk.text
    assert "Wir fragen per E-Mail nach dem Ergebnis" not in clerk.text


def test_a_meeting_is_moved_with_a_short_form(world: World, clerk: Browser) -> None:
    confirm(begin(clerk, world.links()[MAYOR]).submit(PENDING))
    clerk.follow("Termin verschieben")
    assert clerk.values["body"] == "Hauptausschuss"
    assert clerk.values["expected_on"] == ""
    clerk.submit({"expected_on": "17.1.2027", **CONFIRMATION}, status=422)
    clerk.submit({"expected_on": "4.3.2027"}, status=422)
    assert world.invitation_status().version.number == 1
    clerk.submit({"expected_on": "4.3.2027", "body": "Rat", **CONFIRMATION})
    assert clerk.page == "receipt"
    version = world.invitation_status().version
    assert (version.number, version.answer.expected_on, version.answer.expected_body) == (
        2,
        date(2027, 3, 4),
        "Rat",
    )
    assert version.answer.filled_in.unit == CONTACT["filled_in_unit"]


def test_a_meeting_cannot_be_moved_without_a_pending_answer(world: World, clerk: Browser) -> None:
    open_page(clerk, world, "/sitting", 409)
    world.answer(MAYOR, pending())
    open_page(clerk, world, "/sitting")
    world.answer(MAYOR, sign())
    clerk.submit({"expected_on": "4.3.2027", **CONFIRMATION}, status=409)
    assert world.invitation_status().kind is AnswerKind.COSIGN


def test_the_result_form_is_prefilled_with_the_meeting(world: World, clerk: Browser) -> None:
    confirm(begin(clerk, world.links()[MAYOR]).submit(PENDING))
    world.now = datetime(2027, 2, 12, 9, tzinfo=UTC)
    open_page(clerk, world).follow("Ergebnis eintragen")
    assert "answer" not in clerk.values  # the representative chooses the answer
    assert clerk.values["filled_in_by"] == CONTACT["filled_in_by"]
    clerk.submit({"answer": "sign"})
    assert (clerk.values["body"], clerk.values["decision_date"]) == ("Hauptausschuss", "11.02.2027")


# Thursday 11 February is the day of the sitting; Berlin is one hour ahead of UTC.
@pytest.mark.parametrize(
    ("on", "at", "expected"),
    [
        (date(2027, 2, 11), datetime(2027, 2, 11, 16, tzinfo=UTC), 0),
        (date(2027, 2, 11), datetime(2027, 2, 12, 6, 59, tzinfo=UTC), 0),
        (date(2027, 2, 11), datetime(2027, 2, 12, 7, 0, tzinfo=UTC), 1),
        (date(2027, 2, 11), datetime(2027, 2, 12, 16, 0, tzinfo=UTC), 0),
        (date(2027, 2, 12), datetime(2027, 2, 13, 9, tzinfo=UTC), 0),
        (date(2027, 2, 12), datetime(2027, 2, 14, 9, tzinfo=UTC), 0),
        (date(2027, 2, 12), datetime(2027, 2, 15, 9, tzinfo=UTC), 1),
        (date(2027, 3, 31), datetime(2027, 4, 1, 9, tzinfo=UTC), 0),
        (date(2027, 3, 25), datetime(2027, 3, 26, 9, tzinfo=UTC), 0),  # Good Friday
        (date(2027, 3, 25), datetime(2027, 3, 29, 9, tzinfo=UTC), 0),  # Easter Monday
        (date(2027, 3, 25), datetime(2027, 3, 30, 9, tzinfo=UTC), 1),
    ],
)
def test_the_result_is_requested_the_day_after_in_office_hours(
    world: World, clerk: Browser, on: date, at: datetime, expected: int
) -> None:
    world.answer(MAYOR, pending(on))
    assert (
        actions.reminders.enqueue_result_requests(world.db, world.services.calendar, at) == expected
    )


def test_the_result_is_requested_once_per_meeting(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, pending(date(2027, 2, 11)))
    world.work()
    world.postbox.clear()
    world.now = datetime(2027, 2, 12, 9, tzinfo=UTC)
    for _ in range(3):
        world.work()
    assert (
        world.subjects()
        == ["MZ-2027-0001: Wie hat Ihr Gremium entschieden? „Leitgedanken“ (Stadt Musterhausen)"]
        * 2
    )
    open_page(clerk, world, "/sitting").submit({"expected_on": "18.2.2027", **CONFIRMATION})
    world.now += timedelta(days=1)
    world.work()
    world.postbox.clear()
    world.now = datetime(2027, 2, 19, 9, tzinfo=UTC)
    world.work()
    assert len(world.postbox) == 2


def test_no_result_is_requested_after_an_answer(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, pending(date(2027, 2, 11)))
    world.work()
    world.postbox.clear()
    world.now = datetime(2027, 2, 12, 9, tzinfo=UTC)
    actions.reminders.enqueue_result_requests(
        world.db, world.services.calendar, world.now
    )  # enqueued, not yet sent
    world.answer(OFFICE, sign())
    world.work()
    assert not [subject for subject in world.subjects() if "Gremium" in subject]


# objections


def test_an_objection_flags_the_answer_and_pauses_nothing(world: World, clerk: Browser) -> None:
    editor = "editor@forum.example"
    actions.accounts.add(world.db, editor, "Büro", Role.EDITOR, "hash", "cli", world.now)
    world.answer(OFFICE, sign())
    world.work()
    (receipt,) = world.messages_to(MAYOR)
    lines = receipt.get_body(("plain",)).get_content().splitlines()
    (address,) = (line for line in lines if line.endswith("/objection"))
    world.postbox.clear()

    clerk.open(address)
    assert clerk.page == "objection"
    clerk.submit({"words": "Das kennt hier niemand."}, status=422)
    assert clerk.values["words"] == "Das kennt hier niemand."
    assert world.invitation_status().objections == ()
    clerk.submit(CONFIRMATION)
    assert "Die Geschäftsstelle ist benachrichtigt" in clerk.text

    (objection,) = world.invitation_status().objections
    assert objection.text == "Das kennt hier niemand."
    assert world.invitation_status().kind is AnswerKind.COSIGN
    assert world.round_status().counts[AnswerKind.COSIGN] == 1
    world.work()
    (mail,) = (mail for mail in world.messages_to(editor) if "Einspruch" in mail["Subject"])
    assert "Das kennt hier niemand." in mail.get_body(("plain",)).get_content()
    assert world.links()[MAYOR] not in mail.as_string()


def test_a_second_objection_to_the_same_answer_is_not_stored(world: World, clerk: Browser) -> None:
    version = world.answer(OFFICE, sign())
    first = actions.answers.object_to(world.db, world.access(), version.id, "a", world.now)
    assert (
        actions.answers.object_to(world.db, world.access(OFFICE), version.id, "b", world.now)
        == first
    )
    assert len(world.invitation_status().objections) == 1
    assert world.events().count("objected") == 1


def test_the_office_settles_an_objection_once(world: World, clerk: Browser) -> None:
    version = world.answer(OFFICE, sign())
    objection = actions.answers.object_to(world.db, world.access(), version.id, "", world.now)
    for _ in range(2):
        settled = actions.answers.settle_objection(world.db, objection.id, "staff/1", world.now)
        assert (settled.settled_by, settled.settled_at) == ("staff/1", world.now)
    assert world.invitation_status().objections == ()
    assert world.events().count("objection_settled") == 1
    second = actions.answers.object_to(world.db, world.access(), version.id, "", world.now)
    assert second.id != objection.id
    assert len(store.answers.list_objections(world.db, version.invitation_id)) == 2
    with pytest.raises(Refusal):
        actions.answers.settle_objection(world.db, 4711, "staff/1", world.now)


def test_the_objection_page_shows_the_current_answer(world: World, clerk: Browser) -> None:
    world.answer(OFFICE, sign())
    open_page(clerk, world, "/objection")
    world.answer(OFFICE, pending())
    clerk.submit({"words": "Nein", **CONFIRMATION}, status=409)
    assert "inzwischen geändert" in clerk.text
    assert "Gremium tagt noch" in clerk.text
    assert clerk.values["words"] == "Nein"
    clerk.submit(CONFIRMATION)
    assert len(world.invitation_status().objections) == 1


def test_an_objection_needs_an_answer(world: World, clerk: Browser) -> None:
    open_page(clerk, world, "/objection", 409)


def test_an_objection_is_possible_after_the_deadline(world: World, clerk: Browser) -> None:
    world.answer(OFFICE, sign())
    world.now = DEADLINE + timedelta(days=1)
    world.work()
    open_page(clerk, world, "/objection").submit(CONFIRMATION)
    assert len(world.invitation_status().objections) == 1
