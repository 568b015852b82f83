"""Changes of the member list: closed rounds keep the old data, open rounds follow at once."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from signoff import actions, store
from signoff.domain.answer_forms import Colleague, RecordedAnswer
from signoff.domain.answers import Channel
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import EditConflict
from signoff.domain.members import (
    MEMBER_FIELDS,
    REPRESENTATIVE_FIELDS,
    ImportChange,
    Member,
    Representative,
    RepresentativeRow,
    format_fields,
)
from signoff.domain.text import list_odd_addresses
from signoff.store.connection import IntegrityError, transaction
from tests.factories import MAYOR, MUSTERHAUSEN, OFFICE, decline, sign
from tests.world import DEADLINE, World

NEW = "neu@musterhausen.example"
ZONE = ZoneInfo("Europe/Berlin")
COLLEAGUE = Colleague("Kollegin", "Stab", "kollegin@musterhausen.example")


def musterhausen(world: World) -> Member:
    member = store.members.find(world.db, 1)
    assert member
    return member


def person(world: World, email: str) -> Representative:
    return next(
        representative
        for representative in store.members.list_all_representatives(world.db)
        if representative.email == email
    )


def rename(world: World, name: str = "Hansestadt Musterhausen") -> None:
    before = musterhausen(world)
    changed = replace(
        before, official_name=name, name="Umbenannt", state="Bremen", key="010", kind="Hansestadt"
    )
    actions.members.change_member(
        world.db, changed, format_fields(before, MEMBER_FIELDS), "staff/1", world.now
    )


def change(world: World, email: str, /, **facts: object) -> None:
    before = person(world, email)
    opened = format_fields(before, REPRESENTATIVE_FIELDS)
    actions.members.change_representative(
        world.db, replace(before, **facts), opened, "staff/1", world.now
    )


def enter(world: World, email: str, name: str = "Neue Person", **facts: object) -> int:
    return actions.members.add_representative(
        world.db, Representative(0, 1, name, "", email, **facts), "staff/1", world.now
    )


def refused(action, *arguments, **facts) -> Reason:
    with pytest.raises(Refusal) as refusal:
        action(*arguments, **facts)
    return refusal.value.reason


# what is over


def test_editing_a_member_after_closing_does_not_change_list_or_reprint(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.work()
    before = world.round_status().signatories(ZONE)
    rename(world)
    assert world.round_status().signatories(ZONE) == before
    assert not world.invitation_status().name_corrected
    assert world.access().member.official_name == "Stadt Musterhausen"
    assert musterhausen(world).official_name == "Hansestadt Musterhausen"


def test_editing_a_member_between_deadline_and_closing_does_not_change_the_list(
    world: World,
) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    rename(world)
    actions.member_import.import_members(
        world.db,
        [replace(MUSTERHAUSEN, key="010", official_name="Noch anders")],
        "office",
        world.now,
    )
    world.work()
    assert [signatory.name for signatory in world.round_status().signatories(ZONE)] == [
        "Stadt Musterhausen"
    ]


def test_list_of_an_open_round_follows_changes_of_a_member(world: World) -> None:
    world.opened()
    rename(world)
    assert [
        status.member.official_name
        for status in world.round_status().invitations
        if status.member.key == "010"
    ] == ["Hansestadt Musterhausen"]


def test_frozen_members_cannot_be_changed(world: World) -> None:
    world.opened()
    world.closed()
    for sql in (
        "UPDATE frozen_members SET name = 'X'",
        "DELETE FROM frozen_members",
        "INSERT OR REPLACE INTO frozen_members SELECT * FROM frozen_members",
    ):
        with pytest.raises(IntegrityError, match="never changes"), transaction(world.db):
            world.db.conn.execute(sql)


# two colleagues


def test_second_editor_sees_the_conflict_and_no_input_is_lost(world: World) -> None:
    world.enrol()
    opened = musterhausen(world)
    facts = format_fields(opened, MEMBER_FIELDS)
    actions.members.change_member(
        world.db, replace(opened, kind="Hansestadt", state="Bremen"), facts, "staff/1", world.now
    )
    submitted = replace(opened, kind="Kreisstadt", official_name="Kreisstadt Musterhausen")
    before = world.contents()
    with pytest.raises(EditConflict) as overtaken:
        actions.members.change_member(world.db, submitted, facts, "staff/2", world.now)
    assert world.contents() == before
    changes = {
        change.field: (change.before, change.current, change.submitted, change.is_conflict)
        for change in overtaken.value.changes
    }
    assert changes == {
        "kind": ("Stadt", "Hansestadt", "Kreisstadt", True),
        "state": ("Hessen", "Bremen", "Hessen", False),
    }
    merged = overtaken.value.merged
    assert (merged["state"], merged["kind"], merged["official_name"]) == (
        "Bremen",
        "Kreisstadt",
        "Kreisstadt Musterhausen",
    )


def test_identical_changes_of_two_editors_do_not_conflict(world: World) -> None:
    world.enrol()
    opened = musterhausen(world)
    for _ in range(2):
        actions.members.change_member(
            world.db,
            replace(opened, state="Bremen"),
            format_fields(opened, MEMBER_FIELDS),
            "staff/1",
            world.now,
        )
    assert world.events().count("member_changed") == 1


# a member comes and goes


def test_key_of_a_member_is_unique(world: World) -> None:
    world.enrol()
    duplicate = replace(musterhausen(world), id=0, name="Anders")
    assert (
        refused(actions.members.add_member, world.db, duplicate, "staff/1", world.now)
        is Reason.KEY_TAKEN
    )
    opened = musterhausen(world)
    moved = replace(opened, key="02")
    facts = format_fields(opened, MEMBER_FIELDS)
    assert (
        refused(actions.members.change_member, world.db, moved, facts, "staff/1", world.now)
        is Reason.KEY_TAKEN
    )


def test_an_archived_member_is_not_invited_to_new_rounds(world: World) -> None:
    world.enrol()
    for _ in range(2):
        actions.members.archive_member(world.db, 1, "staff/1", world.now)
    world.paper()
    world.open()
    assert "Musterhausen" not in [status.member.name for status in world.round_status().invitations]
    actions.members.restore_member(world.db, 1, "staff/1", world.now)
    world.paper("zweites")
    world.open("zweites")
    assert "Musterhausen" in [
        status.member.name for status in world.round_status("zweites").invitations
    ]
    assert world.events().count("member_archived") == 1


def test_an_invited_member_of_an_open_round_cannot_be_archived(world: World) -> None:
    world.opened()
    assert (
        refused(actions.members.archive_member, world.db, 1, "staff/1", world.now)
        is Reason.IN_OPEN_ROUND
    )
    world.now = DEADLINE
    assert (
        refused(actions.members.archive_member, world.db, 1, "staff/1", world.now)
        is Reason.IN_OPEN_ROUND
    )
    world.work()
    actions.members.archive_member(world.db, 1, "staff/1", world.now)
    assert musterhausen(world).archived_at


# representatives


def test_new_representative_is_invited_to_open_rounds(world: World) -> None:
    world.opened()
    world.work()
    enter(world, NEW)
    enter(world, NEW)
    world.work()
    assert len(world.messages_to(NEW)) == 1
    assert world.links()[NEW]
    assert world.events().count("representative_added") == 1
    assert refused(enter, world, NEW.upper(), "Andere") is Reason.REPRESENTATIVE_KNOWN


def test_changed_address_ends_the_old_link_at_once(world: World) -> None:
    world.opened()
    world.work()
    old = world.links()[MAYOR]
    change(world, MAYOR, email=NEW)
    world.work()
    assert MAYOR not in world.links()
    assert len(world.messages_to(NEW)) == 1
    world.browser().open(f"/s/{old}", status=404)


def test_archived_representative_cannot_answer_and_can_be_restored(world: World) -> None:
    world.opened()
    link = world.links()[OFFICE]
    for _ in range(2):
        actions.members.archive_representative(
            world.db, person(world, OFFICE), "staff/1", world.now
        )
    world.work()
    assert not world.messages_to(OFFICE)
    world.browser().open(f"/s/{link}", status=404)
    enter(world, OFFICE)
    world.work()
    assert len(world.messages_to(OFFICE)) == 1
    assert (
        world.events().count("representative_archived")
        == world.events().count("representative_restored")
        == 1
    )


def test_import_restores_an_archived_representative(world: World) -> None:
    world.enrol()
    actions.members.archive_representative(world.db, person(world, OFFICE), "staff/1", world.now)
    planned = actions.member_import.import_members(world.db, [MUSTERHAUSEN], "office", world.now)
    assert [row.change for row in planned if row.email == OFFICE] == [ImportChange.NEW]
    assert person(world, OFFICE).archived_at is None


def test_member_has_at_most_one_representative_without_address(world: World) -> None:
    world.enrol()
    enter(world, "", "Poststelle")
    assert refused(enter, world, "", "Zweite") is Reason.SECOND_BY_LETTER


# passed on


def pass_on(world: World, giver: str, email: str) -> str:
    """The token of the colleague's link."""
    colleague = Colleague("Amt", "Amt", email)
    actions.delegation.delegate(world.db, world.access(giver), colleague, world.now)
    return world.links()[email]


@pytest.mark.parametrize("way", ["archived", "corrected", "by the office", "without", "erased"])
def test_a_passed_on_link_ends_with_that_of_its_giver(world: World, way: str) -> None:
    """Whoever got it from them, and from those: nobody answers any more by right of the giver."""
    world.opened()
    kept = pass_on(world, OFFICE, "stadtwerke@musterhausen.example")
    tokens = [
        pass_on(world, giver, email)
        for giver, email in ((MAYOR, COLLEAGUE.email), (COLLEAGUE.email, "archiv@x.example"))
    ]
    world.work()
    match way:
        case "archived":
            actions.members.archive_representative(
                world.db, person(world, MAYOR), "office", world.now
            )
        case "corrected":
            change(world, MAYOR, email="neu@musterhausen.example")
        case "by the office":
            link = world.access(MAYOR).link
            actions.mail.correct_address(world.db, link.id, "neu@x.example", "office", world.now)
        case "without":
            change(world, MAYOR, email="")
        case "erased":
            digests = world.services.token_signer.address_digests
            actions.privacy.erase_person(world.db, MAYOR, digests, "office", world.now)
    browser = world.browser()
    for token in tokens:
        assert browser.open(f"/s/{token}", 404).page == "unknown"
    assert browser.open(f"/s/{kept}").page == "read"
    assert store.audit.find_fault(world.db) is None
    assert world.invitation_status().cut_off
    pass_on(world, OFFICE, COLLEAGUE.email)
    pass_on(world, OFFICE, "archiv@x.example")
    assert not world.invitation_status().cut_off


# for information only


def test_informed_representative_can_only_read(world: World) -> None:
    world.enrol()
    change(world, OFFICE, may_answer=False)
    world.paper()
    world.open()
    access = world.access(OFFICE)
    assert refused(world.answer, OFFICE, sign()) is Reason.FOR_INFORMATION
    assert (
        refused(actions.delegation.delegate, world.db, access, COLLEAGUE, world.now)
        is Reason.FOR_INFORMATION
    )
    browser = world.browser().open(f"/s/{world.links()[OFFICE]}")
    assert "Dieser Link dient Ihrer Kenntnis." in browser.text
    assert browser.page == "read"
    assert "Rückmeldung abgeben" not in browser.text
    for page in ("answer", "pass-on", "withdraw", "correction", "sitting", "objection", "links"):
        browser.open(f"/s/{world.links()[OFFICE]}/{page}", status=403)
    answer = browser.client.post(
        f"/s/{world.links()[OFFICE]}/answer", base_url="http://localhost:8000"
    )
    assert answer.status_code in (400, 403)
    assert not world.invitation_status().version


def test_informed_representative_gets_the_invitation_but_no_receipt_or_reminder(
    world: World,
) -> None:
    world.enrol()
    change(world, OFFICE, may_answer=False)
    world.paper()
    world.open(reminders=(21,))
    world.work()
    (message,) = world.messages_to(OFFICE)
    assert message["Subject"].startswith("Zur Kenntnis:")
    assert "Antworten können Sie über diesen Link nicht" in " ".join(
        message.get_body(("plain",)).get_content().split()
    )
    world.now = DEADLINE.replace(day=11, hour=9)
    world.work()
    assert len(world.messages_to(MAYOR)) == 2
    assert len(world.messages_to(OFFICE)) == 1
    world.answer(MAYOR, sign())
    world.work()
    assert len(world.messages_to(MAYOR)) == 3
    assert len(world.messages_to(OFFICE)) == 1


def test_informed_representative_gets_no_mail_about_a_recorded_answer(world: World) -> None:
    world.enrol()
    change(world, OFFICE, may_answer=False)
    world.paper()
    world.open()
    answer = decline("Der Haushalt lässt es nicht zu.")
    actions.amendments.record_answer(
        world.db,
        world.access().invitation.id,
        RecordedAnswer(answer, Channel.LETTER, world.now.date(), "Brief"),
        None,
        expected_version=0,
        form_key="a",
        actor="staff/1",
        now=world.now,
    )
    world.work()
    assert len(world.messages_to(MAYOR)) == 2
    assert len(world.messages_to(OFFICE)) == 1


def test_member_with_only_informed_representatives_counts_as_not_reached(world: World) -> None:
    world.enrol()
    for email in (OFFICE, MAYOR):
        change(world, email, may_answer=False)
    world.paper()
    world.open()
    world.work()
    assert world.invitation_status().mail is None


def test_changed_role_takes_effect_in_open_rounds(world: World) -> None:
    world.opened()
    change(world, OFFICE, may_answer=False)
    assert refused(world.answer, OFFICE, sign()) is Reason.FOR_INFORMATION
    change(world, OFFICE, may_answer=True)
    assert world.answer(OFFICE, sign())


def test_task_can_be_passed_on_to_an_informed_representative(world: World) -> None:
    world.enrol()
    change(world, OFFICE, may_answer=False)
    world.paper()
    world.open()
    link = actions.delegation.delegate(
        world.db, world.access(), Colleague("Büro", "Büro", OFFICE), world.now
    )
    assert link.may_answer
    assert len(store.rounds.list_open_links(world.db, link.invitation_id)) == 3


def test_import_sets_the_role_or_keeps_it(world: World) -> None:
    world.enrol()
    row = RepresentativeRow("Büro Musterhausen", "Leitung", OFFICE, may_answer=False)
    actions.member_import.import_members(
        world.db, [replace(MUSTERHAUSEN, representatives=(row,))], "office", world.now
    )
    assert not person(world, OFFICE).may_answer
    assert {
        planned.change
        for planned in actions.member_import.import_members(
            world.db, [MUSTERHAUSEN], "office", world.now
        )
    } == {ImportChange.SAME}
    assert not person(world, OFFICE).may_answer


# slips


@pytest.mark.parametrize(
    ("emails", "odd"),
    [
        (["a@ulm.example"], []),
        (["a@ulm.example", "b@rathaus.ulm.example"], []),
        (["a@ulm.example", "b@ULM.example", "c@um.example"], ["c@um.example"]),
        (["a@ulm.example", "b@um.example"], ["a@ulm.example", "b@um.example"]),
        (["a@ulm.example", ""], []),
        ([], []),
    ],
)
def test_address_with_an_unusual_domain_is_reported(emails: list[str], odd: list[str]) -> None:
    assert list_odd_addresses(emails) == frozenset(odd)


def test_import_is_refused_if_the_list_changed_since_the_preview(world: World) -> None:
    world.enrol()
    file = [replace(MUSTERHAUSEN, kind="Kreisstadt")]
    fingerprint = actions.member_import.compute_fingerprint(
        actions.member_import.plan_import(world.db, file)
    )
    rename(world)
    late = refused(
        actions.member_import.import_members,
        world.db,
        file,
        "office",
        world.now,
        as_previewed=fingerprint,
    )
    assert late is Reason.STALE
