"""After the release: late signatures, withdrawals, addenda and further editions; the first edition stays."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain.answers import Answer, AnswerVersion, Channel
from signoff.domain.documents import Document
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import Print, PrintKind, Release
from signoff.store.connection import IntegrityError, transaction
from tests.factories import BEISPIELSTADT, FORUM, HESITANT, MAYOR, UNWILLING, decline, pending, sign
from tests.world import BASE, World, print_sheet

AFTERWARDS = datetime(2027, 5, 3, 8, tzinfo=UTC)
CITY = BEISPIELSTADT.official_name
YES, NO = (
    ReviewDecision(True),
    ReviewDecision(False, reason="Bitte reichen Sie den Beschluss nach."),
)


@pytest.fixture
def stage(world: World) -> World:
    """Musterhausen signed, Beispielstadt's council had not met, Ähringen declined: released, with late signing."""
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    return world


def joined(
    stage: World, decision: ReviewDecision = YES, answer: Answer | None = None
) -> AnswerVersion:
    """Beispielstadt signs late, and the office decides."""
    version = stage.answer(
        HESITANT, answer or sign(CITY), f"form-{stage.now}-{len(stage.events())}"
    )
    invitation_id = stage.invitation_status("02").invitation.id
    actions.late.review_signature(
        stage.db, invitation_id, decision, "office", stage.now, version=version.number
    )
    return version


def withdrawn(stage: World, email: str = MAYOR) -> AnswerVersion:
    return actions.answers.withdraw(stage.db, stage.access(email), form_key="", now=stage.now)


def later(stage: World):
    return store.releases.load_late_signatures(stage.db, stage.round())


def issued(stage: World, kind: PrintKind = PrintKind.ADDENDUM) -> Release:
    actions.late.order_print(stage.db, stage.round().id, kind, "office", stage.now)
    stage.work()
    done = store.releases.find_latest_post_release_print(stage.db, stage.round().id)
    assert done and done.printed_at, done
    release = actions.late.release_print(
        stage.db, stage.round().id, done.sha256, "office", stage.now
    )
    stage.work()
    return release


def reprinted(stage: World, number: int = 1) -> str:
    """The digest of a released document printed once more from the tables as they are now."""
    release = store.releases.list_for_round(stage.db, stage.round().id)[number - 1]
    found = stage.db.conn.execute(
        "SELECT * FROM prints WHERE sha256 = ?", [release.sha256]
    ).fetchone()
    services = stage.services
    document: Document = actions.prints.build_document(
        stage.db, store.rows.load(Print, found), BASE, services.attach, services.sealing
    )
    return sha256(print_sheet(document).content).hexdigest()


def test_a_late_signature_waits_for_the_office_and_then_is_public(stage: World) -> None:
    stage.answer(HESITANT, sign(CITY))

    assert [status.member.name for status in later(stage).unreviewed] == ["Beispielstadt"]
    assert later(stage).entries == ()

    actions.late.review_signature(
        stage.db, stage.invitation_status("02").invitation.id, YES, "office", stage.now, version=2
    )

    (one,) = later(stage).entries
    assert (one.signatory.name, one.signatory.late_on) == (CITY, date(2027, 5, 3))
    assert later(stage).unreviewed == ()
    assert stage.events()[-2:] == ["answered", "late_signature_reviewed"]


def test_what_comes_late_changes_nothing_in_the_released_list(stage: World) -> None:
    before = store.round_status.load(stage.db, stage.round())
    joined(stage)
    withdrawn(stage)
    assert store.round_status.load(stage.db, stage.round()) == before
    assert len(before.signatories(FORUM.zone)) == 1


def test_who_has_declined_or_signed_cannot_answer_again_after_the_release(stage: World) -> None:
    for email in (MAYOR, UNWILLING):
        with pytest.raises(Refusal) as refused:
            stage.answer(email, sign())
        assert refused.value.reason is Reason.SETTLED


def test_a_round_without_late_signing_takes_nothing_after_its_release(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    for action in (lambda: world.answer(HESITANT, sign(CITY)), lambda: withdrawn(world)):
        with pytest.raises(Refusal) as refused:
            action()
        assert refused.value.reason is Reason.NOT_OPEN


def test_a_refused_signature_stays_private_and_may_come_again(stage: World) -> None:
    joined(stage, NO)
    assert (later(stage).entries, later(stage).unreviewed) == ((), ())
    stage.now += timedelta(days=1)
    joined(stage)
    (one,) = later(stage).entries
    assert one.signatory.late_on == date(2027, 5, 4)


def test_the_office_may_think_better_of_a_refusal_but_never_of_an_acceptance(stage: World) -> None:
    version = joined(stage, NO)
    invitation_id = stage.invitation_status("02").invitation.id
    actions.late.review_signature(
        stage.db, invitation_id, YES, "office", stage.now, version=version.number
    )
    actions.late.review_signature(
        stage.db, invitation_id, YES, "office", stage.now, version=version.number
    )  # the second click
    assert stage.events().count("late_signature_reviewed") == 2
    with pytest.raises(Refusal) as refused:
        actions.late.review_signature(
            stage.db, invitation_id, NO, "office", stage.now, version=version.number
        )
    assert refused.value.reason is Reason.NOTHING_TO_DECIDE


def test_the_office_decides_about_what_it_has_read(stage: World) -> None:
    stage.answer(HESITANT, sign(CITY), "one")
    stage.answer(HESITANT, sign("Beispielstadt"), "two")
    invitation_id = stage.invitation_status("02").invitation.id
    with pytest.raises(Refusal) as refused:
        actions.late.review_signature(stage.db, invitation_id, YES, "office", stage.now, version=2)
    assert refused.value.reason is Reason.STALE and refused.value.facts == {"what": "answer"}
    with pytest.raises(Refusal) as refused:
        actions.late.review_signature(
            stage.db,
            invitation_id,
            ReviewDecision(False, reason="  "),
            "office",
            stage.now,
            version=3,
        )
    assert (refused.value.reason, refused.value.field) == (Reason.MISSING, "late_reason")


def test_note_and_corrected_name_stand_only_where_the_office_takes_them_up(stage: World) -> None:
    joined(stage, ReviewDecision(True), sign("Beispielstadt", note="Vorbehaltlich der Mittel."))
    (one,) = later(stage).entries
    assert (one.signatory.name, one.signatory.note) == (CITY, "")


def test_the_member_gets_a_mail_with_the_decision_of_the_office(stage: World) -> None:
    joined(stage, NO)
    stage.work()
    message = stage.messages_to(HESITANT)[-1]
    assert "Bitte reichen Sie den Beschluss nach." in message.get_body(("plain",)).get_content()
    stage.now += timedelta(days=1)
    joined(stage)
    stage.work()
    assert "angenommen" in stage.messages_to(HESITANT)[-1]["Subject"]


def test_a_withdrawal_after_the_release_is_a_dated_fact(stage: World) -> None:
    withdrawn(stage)
    (gone,) = later(stage).withdrawals
    assert (gone.name, gone.on, gone.late_on) == ("Stadt Musterhausen", date(2027, 5, 3), None)
    assert later(stage).current_signatories == ()
    assert len(later(stage).original_signatories) == 1


def test_what_was_never_public_is_withdrawn_in_silence(stage: World) -> None:
    stage.answer(HESITANT, sign(CITY))
    withdrawn(stage, HESITANT)
    assert (later(stage).withdrawals, later(stage).unreviewed) == ((), ())


def test_who_withdrew_may_join_again(stage: World) -> None:
    withdrawn(stage)
    stage.answer(MAYOR, sign(), "again")
    version = store.answers.find_current(stage.db, stage.invitation_status("01").invitation.id)
    assert version
    actions.late.review_signature(
        stage.db,
        stage.invitation_status("01").invitation.id,
        YES,
        "office",
        stage.now,
        version=version.number,
    )
    found = later(stage)
    assert [each.late_on for each in found.current_signatories] == [date(2027, 5, 3)]
    assert (len(found.withdrawals), found.withdrawn) == (1, ())


def test_an_addendum_tells_what_is_new_and_names_what_came_before(stage: World) -> None:
    joined(stage)
    withdrawn(stage)
    first = store.releases.find_for_round(stage.db, stage.round().id)
    assert first

    addendum = issued(stage)
    assert (addendum.number, addendum.kind) == (2, PrintKind.ADDENDUM)
    printed = stage.printed[-1]
    assert [each.name for each in printed.signatories] == [CITY]
    assert [each.name for each in printed.withdrawals] == ["Stadt Musterhausen"]
    assert [(each.number, each.sha256) for each in printed.earlier] == [(1, first.sha256)]
    assert (printed.number, printed.as_of) == (1, stage.now)

    with pytest.raises(Refusal) as refused:
        actions.late.order_print(
            stage.db, stage.round().id, PrintKind.ADDENDUM, "office", stage.now
        )
    assert refused.value.reason is Reason.NOTHING_NEW


def test_a_second_edition_lists_all_who_sign_now_the_later_ones_after_the_first(
    stage: World,
) -> None:
    joined(stage)
    issued(stage)
    edition = issued(stage, PrintKind.EDITION)
    printed = stage.printed[-1]
    assert (edition.number, printed.number) == (3, 2)
    assert [(each.name, each.late_on) for each in printed.signatories] == [
        ("Stadt Musterhausen", None),
        (CITY, date(2027, 5, 3)),
    ]
    assert [each.kind for each in printed.earlier] == [PrintKind.FINAL, PrintKind.ADDENDUM]

    stage.now += timedelta(days=1)
    withdrawn(stage)
    issued(stage, PrintKind.EDITION)
    assert [each.name for each in stage.printed[-1].signatories] == [CITY]
    assert [each.name for each in stage.printed[-1].withdrawals] == ["Stadt Musterhausen"]


def test_every_released_document_prints_the_same_bytes_again_whatever_came_later(
    stage: World,
) -> None:
    first = store.releases.find_for_round(stage.db, stage.round().id)
    assert first
    content = stage.services.archive.release_path(first.sha256).read_bytes()
    joined(
        stage,
        ReviewDecision(True, note_accepted=True),
        sign(CITY, note="Vorbehaltlich der Mittel."),
    )
    addendum = issued(stage)
    stage.now += timedelta(days=2)
    withdrawn(stage)
    edition = issued(stage, PrintKind.EDITION)
    stage.now += timedelta(days=2)
    withdrawn(stage, HESITANT)

    assert store.releases.find_for_round(stage.db, stage.round().id) == first
    assert stage.services.archive.release_path(first.sha256).read_bytes() == content
    assert [reprinted(stage, number) for number in (1, 2, 3)] == [
        first.sha256,
        addendum.sha256,
        edition.sha256,
    ]
    assert (
        actions.releases.release_paper(stage.db, stage.round().id, None, "office", stage.now)
        == first
    )  # the second call finds the first


def test_only_the_newest_print_that_was_looked_at_is_issued_and_once(stage: World) -> None:
    joined(stage)
    actions.late.order_print(stage.db, stage.round().id, PrintKind.ADDENDUM, "office", stage.now)
    stage.work()
    old = store.releases.find_latest_post_release_print(stage.db, stage.round().id)
    stage.now += timedelta(hours=1)
    withdrawn(stage)
    actions.late.order_print(stage.db, stage.round().id, PrintKind.EDITION, "office", stage.now)
    with pytest.raises(Refusal) as refused:
        actions.late.release_print(stage.db, stage.round().id, old.sha256, "office", stage.now)
    assert refused.value.reason is Reason.NOT_PRINTED
    stage.work()
    with pytest.raises(Refusal) as refused:
        actions.late.release_print(stage.db, stage.round().id, old.sha256, "office", stage.now)
    assert refused.value.reason is Reason.STALE and refused.value.facts == {"what": "print"}
    new = store.releases.find_latest_post_release_print(stage.db, stage.round().id)
    one = actions.late.release_print(stage.db, stage.round().id, new.sha256, "office", stage.now)
    assert (
        actions.late.release_print(stage.db, stage.round().id, new.sha256, "office", stage.now)
        == one
    )
    assert stage.events().count("released") == 2


def test_nothing_is_ordered_before_the_release(world: World) -> None:
    world.opened(late=True)
    with pytest.raises(Refusal) as refused:
        actions.late.order_print(
            world.db, world.round().id, PrintKind.ADDENDUM, "office", world.now
        )
    assert refused.value.reason is Reason.NOT_YET_RELEASED


def test_late_signing_ends_when_the_office_says_so(stage: World) -> None:
    until = stage.now + timedelta(days=10)
    actions.late.end_late_signing(stage.db, stage.round().id, until, "office", stage.now)
    stage.now = until
    with pytest.raises(Refusal):
        stage.answer(HESITANT, sign(CITY))
    assert stage.events()[-1] == "late_signing_ended"


# the last wall


def test_the_tables_are_whole_after_their_text_was_changed(world: World) -> None:
    assert [tuple(row) for row in world.db.conn.execute("PRAGMA integrity_check")] == [("ok",)]
    with pytest.raises(IntegrityError, match="CHECK"), transaction(world.db):
        store.rows.execute(
            world.db,
            "INSERT INTO prints (round_id, kind, number, entry, enqueued_at, next_try_at)"
            " VALUES (1, 'x', 1, 1, '', '')",
        )


def insert(stage: World, *, late: bool, at: datetime) -> None:
    """An answer past every rule: straight into the table."""
    access = stage.access(HESITANT)
    with transaction(stage.db):
        store.answers.add(
            stage.db,
            AnswerVersion(
                id=0,
                invitation_id=access.invitation.id,
                number=access.version.number + 1 if access.version else 1,
                answer=sign(CITY),
                received_at=at,
                channel=Channel.LINK,
                link_id=access.link.id,
                entry=1,
                late=late,
            ),
            form_key="",
        )


def test_the_database_lets_late_answers_in_only_after_a_release_that_allows_them(
    world: World,
) -> None:
    world.opened(late=True)
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(world, late=True, at=world.now)
    world.closed()
    world.work()
    release = actions.releases.release_paper(
        world.db,
        world.round().id,
        world.now + timedelta(days=3),
        "office",
        world.now,
    )
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(world, late=True, at=release.released_at - timedelta(seconds=1))
    with pytest.raises(IntegrityError, match=r"never changes|no answers any more"):
        insert(world, late=False, at=release.released_at)
    insert(world, late=True, at=release.released_at)


def test_the_database_holds_late_signing_to_its_second_date(stage: World) -> None:
    until = stage.now + timedelta(days=1)
    actions.late.end_late_signing(stage.db, stage.round().id, until, "office", stage.now)
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(stage, late=True, at=until)


def test_the_database_refuses_late_answers_where_the_round_allows_none(world: World) -> None:
    world.opened()
    world.closed()
    world.released()
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(world, late=True, at=world.now + timedelta(days=1))


def test_a_verdict_is_kept_as_given(stage: World) -> None:
    joined(stage)
    for sql in ("UPDATE late_reviews SET accepted = 0", "DELETE FROM late_reviews"):
        with pytest.raises(IntegrityError, match="append-only"):
            stage.db.conn.execute(sql)
    with pytest.raises(IntegrityError, match="stays"):
        stage.db.conn.execute(
            "INSERT INTO late_reviews (answer_id, accepted, note_accepted, name_accepted, reason, decided_at, entry)"
            " SELECT answer_id, 0, 0, 0, 'x', decided_at, entry FROM late_reviews"
        )
