"""After the release: late signatures, withdrawals, addenda and further editions; the first edition does not change."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.domain import releases as domain_releases
from signoff.domain.answers import Answer, AnswerVersion, Channel
from signoff.domain.documents import Document
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.store.connection import IntegrityError, transaction
from tests.factories import BEISPIELSTADT, FORUM, HESITANT, MAYOR, UNWILLING, decline, pending, sign
from tests.prepared import made_once
from tests.world import BASE, World, print_sheet

AFTERWARDS = datetime(2027, 5, 3, 8, tzinfo=UTC)
CITY = BEISPIELSTADT.official_name
YES = ReviewDecision(True)
NO = ReviewDecision(False, reason="Bitte reichen Sie den Beschluss nach.")


@pytest.fixture
@made_once
def released(world: World) -> World:
    """A released round with late signing: Musterhausen signed, Beispielstadt is pending, Ähringen declined."""
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending())
    world.answer(UNWILLING, decline())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    return world


def joined(
    released: World, decision: ReviewDecision = YES, answer: Answer | None = None
) -> AnswerVersion:
    """Beispielstadt signs late, and the office decides."""
    version = released.answer(
        HESITANT, answer or sign(CITY), f"form-{released.now}-{len(released.events())}"
    )
    invitation_id = released.invitation_status("02").invitation.id
    actions.late.review_signature(
        released.db, invitation_id, decision, "office", released.now, version=version.number
    )
    return version


def withdrawn(released: World, email: str = MAYOR) -> AnswerVersion:
    return actions.answers.withdraw(
        released.db, released.access(email), form_key="", now=released.now
    )


def later(released: World):
    return store.releases.load_late_signatures(released.db, released.round())


def test_each_signatory_is_built_once(released: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The press kit of each signatory counts all of them; only late changes need a history."""
    built: list[str] = []
    original = domain_releases.ListHistory

    def build(status: RoundStatus, invitation: InvitationStatus, *arguments: Any) -> Any:
        built.append(invitation.member.key)
        return original(status, invitation, *arguments)

    monkeypatch.setattr(domain_releases, "ListHistory", build)
    assert [item.key for item in later(released).current_signatories] == ["01"]
    assert built == []
    joined(released)
    assert [item.key for item in later(released).current_signatories] == ["01", "02"]
    assert set(built) == {"02"}


def issued(released: World, kind: PrintKind = PrintKind.ADDENDUM) -> Release:
    actions.late.order_print(released.db, released.round().id, kind, "office", released.now)
    released.work()
    done = store.releases.find_latest_post_release_print(released.db, released.round().id)
    assert done, done
    assert done.printed_at, done
    release = actions.late.release_print(
        released.db, released.round().id, done.sha256, "office", released.now
    )
    released.work()
    return release


def reprinted(released: World, number: int = 1) -> str:
    """Print a released document again from the current tables and return its digest."""
    release = store.releases.list_for_round(released.db, released.round().id)[number - 1]
    row = released.db.conn.execute(
        "SELECT * FROM prints WHERE sha256 = ?", [release.sha256]
    ).fetchone()
    services = released.services
    document: Document = actions.prints.build_document(
        released.db, store.rows.load(Print, row), BASE, services.sealing
    )
    document = actions.prints.attach_files(
        released.db, store.rows.load(Print, row), document, services
    )
    return sha256(print_sheet(document).content).hexdigest()


def test_late_signature_is_public_after_the_office_accepted_it(released: World) -> None:
    released.answer(HESITANT, sign(CITY))

    assert [status.member.name for status in later(released).unreviewed] == ["Beispielstadt"]
    assert later(released).entries == ()

    actions.late.review_signature(
        released.db,
        released.invitation_status("02").invitation.id,
        YES,
        "office",
        released.now,
        version=2,
    )

    (entry,) = later(released).entries
    assert (entry.signatory.name, entry.signatory.late_on) == (CITY, date(2027, 5, 3))
    assert later(released).unreviewed == ()
    assert released.events()[-2:] == ["answered", "late_signature_reviewed"]


def test_late_answers_do_not_change_the_released_list(released: World) -> None:
    before = store.round_status.load(released.db, released.round())
    joined(released)
    withdrawn(released)
    assert store.round_status.load(released.db, released.round()) == before
    assert len(before.signatories(FORUM.zone)) == 1


def test_members_that_signed_or_declined_cannot_answer_after_the_release(released: World) -> None:
    for email in (MAYOR, UNWILLING):
        with pytest.raises(Refusal) as refused:
            released.answer(email, sign())
        assert refused.value.reason is Reason.SETTLED


def test_round_without_late_signing_accepts_no_answers_after_its_release(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    for action in (lambda: world.answer(HESITANT, sign(CITY)), lambda: withdrawn(world)):
        with pytest.raises(Refusal) as refused:
            action()
        assert refused.value.reason is Reason.NOT_OPEN


def test_refused_late_signature_stays_private_and_can_be_submitted_again(released: World) -> None:
    joined(released, NO)
    assert (later(released).entries, later(released).unreviewed) == ((), ())
    released.now += timedelta(days=1)
    joined(released)
    (entry,) = later(released).entries
    assert entry.signatory.late_on == date(2027, 5, 4)


def test_office_can_reverse_a_refusal_but_not_an_acceptance(released: World) -> None:
    version = joined(released, NO)
    invitation_id = released.invitation_status("02").invitation.id
    actions.late.review_signature(
        released.db, invitation_id, YES, "office", released.now, version=version.number
    )
    actions.late.review_signature(
        released.db, invitation_id, YES, "office", released.now, version=version.number
    )  # the second click
    assert released.events().count("late_signature_reviewed") == 2
    with pytest.raises(Refusal) as refused:
        actions.late.review_signature(
            released.db, invitation_id, NO, "office", released.now, version=version.number
        )
    assert refused.value.reason is Reason.NOTHING_TO_DECIDE


def test_decision_is_valid_only_for_the_version_the_office_has_read(released: World) -> None:
    released.answer(HESITANT, sign(CITY), "one")
    released.answer(HESITANT, sign("Beispielstadt"), "two")
    invitation_id = released.invitation_status("02").invitation.id
    with pytest.raises(Refusal) as refused:
        actions.late.review_signature(
            released.db, invitation_id, YES, "office", released.now, version=2
        )
    assert refused.value.reason is Reason.STALE
    assert refused.value.facts == {"what": "answer"}
    for typed, reason in (("  ", Reason.MISSING), ("Leider 🧿", Reason.UNPRINTABLE)):
        with pytest.raises(Refusal) as refused:
            actions.late.review_signature(
                released.db,
                invitation_id,
                ReviewDecision(False, reason=typed),
                "office",
                released.now,
                version=3,
            )
        assert (refused.value.reason, refused.value.field) == (reason, "late_reason")


def test_note_and_corrected_name_are_published_only_if_the_office_accepts_them(
    released: World,
) -> None:
    joined(released, ReviewDecision(True), sign("Beispielstadt", note="Vorbehaltlich der Mittel."))
    (entry,) = later(released).entries
    assert (entry.signatory.name, entry.signatory.note) == (CITY, "")


def test_member_gets_a_mail_with_the_decision_of_the_office(released: World) -> None:
    joined(released, NO)
    released.work()
    message = released.messages_to(HESITANT)[-1]
    assert "Bitte reichen Sie den Beschluss nach." in message.get_body(("plain",)).get_content()
    released.now += timedelta(days=1)
    joined(released)
    released.work()
    assert "angenommen" in released.messages_to(HESITANT)[-1]["Subject"]


def test_withdrawal_after_the_release_is_listed_with_its_date(released: World) -> None:
    withdrawn(released)
    (withdrawal,) = later(released).withdrawals
    assert (withdrawal.name, withdrawal.on, withdrawal.late_on) == (
        "Stadt Musterhausen",
        date(2027, 5, 3),
        None,
    )
    assert later(released).current_signatories == ()
    assert len(later(released).original_signatories) == 1


def test_withdrawal_of_an_unpublished_signature_is_not_published(released: World) -> None:
    released.answer(HESITANT, sign(CITY))
    withdrawn(released, HESITANT)
    assert (later(released).withdrawals, later(released).unreviewed) == ((), ())


def test_member_can_sign_again_after_its_withdrawal(released: World) -> None:
    withdrawn(released)
    released.answer(MAYOR, sign(), "again")
    version = store.answers.find_current(
        released.db, released.invitation_status("01").invitation.id
    )
    assert version
    actions.late.review_signature(
        released.db,
        released.invitation_status("01").invitation.id,
        YES,
        "office",
        released.now,
        version=version.number,
    )
    answers = later(released)
    assert [signatory.late_on for signatory in answers.current_signatories] == [date(2027, 5, 3)]
    assert (len(answers.withdrawals), answers.withdrawn) == (1, ())


def test_addendum_lists_the_changes_and_names_the_earlier_documents(released: World) -> None:
    joined(released)
    withdrawn(released)
    first = store.releases.find_for_round(released.db, released.round().id)
    assert first

    addendum = issued(released)
    assert (addendum.number, addendum.kind) == (2, PrintKind.ADDENDUM)
    printed = released.printed[-1]
    assert [signatory.name for signatory in printed.signatories] == [CITY]
    assert [signatory.name for signatory in printed.withdrawals] == ["Stadt Musterhausen"]
    assert [(release.number, release.sha256) for release in printed.earlier] == [(1, first.sha256)]
    assert (printed.number, printed.as_of) == (1, released.now)

    with pytest.raises(Refusal) as refused:
        actions.late.order_print(
            released.db, released.round().id, PrintKind.ADDENDUM, "office", released.now
        )
    assert refused.value.reason is Reason.NOTHING_NEW


def test_second_edition_lists_all_current_signatories_with_the_late_ones_last(
    released: World,
) -> None:
    joined(released)
    issued(released)
    edition = issued(released, PrintKind.EDITION)
    printed = released.printed[-1]
    assert (edition.number, printed.number) == (3, 2)
    assert [(signatory.name, signatory.late_on) for signatory in printed.signatories] == [
        ("Stadt Musterhausen", None),
        (CITY, date(2027, 5, 3)),
    ]
    assert [release.kind for release in printed.earlier] == [PrintKind.FINAL, PrintKind.ADDENDUM]

    released.now += timedelta(days=1)
    withdrawn(released)
    issued(released, PrintKind.EDITION)
    assert [signatory.name for signatory in released.printed[-1].signatories] == [CITY]
    assert [signatory.name for signatory in released.printed[-1].withdrawals] == [
        "Stadt Musterhausen"
    ]


def test_later_documents_are_made_from_the_tables_and_not_from_what_is_kept(
    released: World,
) -> None:
    joined(released)
    actions.late.order_print(
        released.db, released.round().id, PrintKind.EDITION, "office", released.now
    )
    released.round_status()
    released.db.conn.execute("UPDATE answer_people SET last_name = 'Anders'")  # not by the program
    released.work()
    assert all(each.signer.endswith("Anders") for each in released.printed[-1].signatories)


def test_released_documents_are_reprinted_with_the_same_bytes_after_later_changes(
    released: World,
) -> None:
    first = store.releases.find_for_round(released.db, released.round().id)
    assert first
    content = released.services.archive.release_path(first.sha256).read_bytes()
    joined(
        released,
        ReviewDecision(True, note_accepted=True),
        sign(CITY, note="Vorbehaltlich der Mittel."),
    )
    addendum = issued(released)
    released.now += timedelta(days=2)
    withdrawn(released)
    edition = issued(released, PrintKind.EDITION)
    released.now += timedelta(days=2)
    withdrawn(released, HESITANT)

    assert store.releases.find_for_round(released.db, released.round().id) == first
    assert released.services.archive.release_path(first.sha256).read_bytes() == content
    assert [reprinted(released, number) for number in (1, 2, 3)] == [
        first.sha256,
        addendum.sha256,
        edition.sha256,
    ]
    assert (
        actions.releases.release_paper(
            released.db, released.round().id, None, "office", released.now
        )
        == first
    )  # the second call finds the first


def test_only_the_latest_print_that_the_office_has_seen_is_released_and_only_once(
    released: World,
) -> None:
    joined(released)
    actions.late.order_print(
        released.db, released.round().id, PrintKind.ADDENDUM, "office", released.now
    )
    released.work()
    old = store.releases.find_latest_post_release_print(released.db, released.round().id)
    released.now += timedelta(hours=1)
    withdrawn(released)
    actions.late.order_print(
        released.db, released.round().id, PrintKind.EDITION, "office", released.now
    )
    with pytest.raises(Refusal) as refused:
        actions.late.release_print(
            released.db, released.round().id, old.sha256, "office", released.now
        )
    assert refused.value.reason is Reason.NOT_PRINTED
    released.work()
    with pytest.raises(Refusal) as refused:
        actions.late.release_print(
            released.db, released.round().id, old.sha256, "office", released.now
        )
    assert refused.value.reason is Reason.STALE
    assert refused.value.facts == {"what": "print"}
    new = store.releases.find_latest_post_release_print(released.db, released.round().id)
    release = actions.late.release_print(
        released.db, released.round().id, new.sha256, "office", released.now
    )
    assert (
        actions.late.release_print(
            released.db, released.round().id, new.sha256, "office", released.now
        )
        == release
    )
    assert released.events().count("released") == 2


def test_addendum_cannot_be_ordered_before_the_release(world: World) -> None:
    world.opened(late=True)
    with pytest.raises(Refusal) as refused:
        actions.late.order_print(
            world.db, world.round().id, PrintKind.ADDENDUM, "office", world.now
        )
    assert refused.value.reason is Reason.NOT_YET_RELEASED


def test_office_ends_late_signing(released: World) -> None:
    until = released.now + timedelta(days=10)
    actions.late.end_late_signing(released.db, released.round().id, until, "office", released.now)
    released.now = until
    with pytest.raises(Refusal):
        released.answer(HESITANT, sign(CITY))
    assert released.events()[-1] == "late_signing_ended"


# the last wall


def test_rewritten_table_definitions_pass_the_integrity_check(world: World) -> None:
    assert [tuple(row) for row in world.db.conn.execute("PRAGMA integrity_check")] == [("ok",)]
    with pytest.raises(IntegrityError, match="CHECK"), transaction(world.db):
        store.rows.execute(
            world.db,
            "INSERT INTO prints (round_id, kind, number, entry, enqueued_at, next_try_at)"
            " VALUES (1, 'x', 1, 1, '', '')",
        )


def insert(released: World, *, late: bool, at: datetime) -> None:
    """Insert an answer directly into the table, without the rules of the domain."""
    access = released.access(HESITANT)
    with transaction(released.db):
        store.answers.add(
            released.db,
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


def test_database_accepts_late_answers_only_after_a_release_that_allows_them(
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


def test_database_refuses_late_answers_after_the_second_deadline(released: World) -> None:
    until = released.now + timedelta(days=1)
    actions.late.end_late_signing(released.db, released.round().id, until, "office", released.now)
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(released, late=True, at=until)


def test_database_refuses_late_answers_if_the_round_does_not_allow_them(world: World) -> None:
    world.opened()
    world.closed()
    world.released()
    with pytest.raises(IntegrityError, match="takes no late answers"):
        insert(world, late=True, at=world.now + timedelta(days=1))


def test_review_of_a_late_answer_cannot_be_changed(released: World) -> None:
    joined(released)
    for sql in ("UPDATE late_reviews SET accepted = 0", "DELETE FROM late_reviews"):
        with pytest.raises(IntegrityError, match="append-only"):
            released.db.conn.execute(sql)
    with pytest.raises(IntegrityError, match="stays"):
        released.db.conn.execute(
            "INSERT INTO late_reviews (answer_id, accepted, note_accepted, name_accepted, reason, decided_at, entry)"
            " SELECT answer_id, 0, 0, 0, 'x', decided_at, entry FROM late_reviews"
        )
