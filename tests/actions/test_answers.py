"""Answers of members: the last version counts, all are kept, late ones and those to another text are refused."""

import pytest

from signoff import actions, store
from signoff.domain.answers import AnswerVersion
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.store.connection import transaction
from tests.actions.test_rounds import refused
from tests.factories import HESITANT, MAYOR, OFFICE, decline, not_competent, pending, sign
from tests.world import DEADLINE, World


@pytest.fixture(autouse=True)
def opened(world: World) -> None:
    world.opened()


def versions(world: World, key: str = "01") -> list[AnswerVersion]:
    return store.answers.list_versions(world.db, world.invitation_status(key).invitation.id)


def withdraw(world: World, email: str = MAYOR, form: str = "") -> AnswerVersion:
    return actions.answers.withdraw(world.db, world.access(email), form_key=form, now=world.now)


@pytest.mark.parametrize("answer", [sign(), decline(), not_competent(), pending()])
def test_each_answer_is_stored_unchanged(world: World, answer) -> None:
    version = world.answer(MAYOR, answer)
    assert version.answer == answer
    assert world.access(OFFICE).version == version  # her colleague sees it
    assert world.events()[-1] == "answered"


def test_answer_posted_twice_is_stored_once_with_one_receipt(world: World) -> None:
    first = world.answer(MAYOR, sign(), "form")
    before = world.contents()
    assert world.answer(MAYOR, sign(), "form") == first
    assert world.contents() == before
    world.work()
    assert [m["Subject"] for m in world.messages_to(MAYOR)].count(
        world.messages_to(MAYOR)[-1]["Subject"]
    ) == 1


def test_same_form_with_changed_content_is_a_new_version(world: World) -> None:
    """The representative goes back, changes the form and sends it again."""
    world.answer(MAYOR, sign(), "form")
    world.answer(MAYOR, decline(), "form")
    assert [version.answer for version in versions(world)] == [sign(), decline()]
    assert world.invitation_status().kind == "decline"


def test_retry_after_closing_returns_the_receipt(world: World) -> None:
    """The answer was stored, but the response did not arrive."""
    first = world.answer(MAYOR, sign(), "form")
    access = world.access(MAYOR)
    world.closed()
    digest = access.edition.digest
    second = actions.answers.submit(
        world.db, access, sign(), edition_digest=digest, seen=None, form_key="form", now=world.now
    )
    assert second == first


def test_an_answer_to_another_text_is_refused(world: World) -> None:
    access = world.access()
    for digest in ("", "0" * 64, access.edition.digest.upper()):
        give = lambda digest=digest: actions.answers.submit(  # noqa: E731
            world.db, access, sign(), edition_digest=digest, seen=None, form_key="", now=world.now
        )
        assert refused(world, give) is Reason.STALE


def test_nobody_signs_after_the_deadline_even_if_no_worker_runs(world: World) -> None:
    world.now = DEADLINE
    assert refused(world, lambda: world.answer(MAYOR, sign())) is Reason.NOT_OPEN
    assert refused(world, lambda: withdraw(world)) is Reason.NOT_OPEN


def test_nobody_signs_after_closing(world: World) -> None:
    world.answer(MAYOR, sign())
    world.closed()
    assert refused(world, lambda: world.answer(MAYOR, decline())) is Reason.NOT_OPEN
    assert refused(world, lambda: withdraw(world)) is Reason.NOT_OPEN


def test_answer_is_refused_if_the_link_ended_while_the_page_was_open(world: World) -> None:
    access = world.access()
    with transaction(world.db):
        store.rounds.renew_link(world.db, access.link.id, "neu@musterhausen.example")
    digest = access.edition.digest
    give = lambda: actions.answers.submit(
        world.db, access, sign(), edition_digest=digest, seen=None, form_key="", now=world.now
    )  # noqa: E731
    assert refused(world, give) is Reason.LINK_ENDED
    assert store.access.find(world.db, access.link.public_id, access.link.generation) is None
    assert world.access("neu@musterhausen.example").link.id == access.link.id


def test_a_withdrawal_is_possible_until_closing(world: World) -> None:
    world.answer(MAYOR, sign())
    world.now = DEADLINE.replace(hour=21, minute=59, second=59)
    withdraw(world)
    assert world.invitation_status().kind is None
    assert world.events()[-1] == "withdrawn"
    world.answer(MAYOR, sign())
    assert world.invitation_status().kind == "sign"
    assert [version.number for version in versions(world)] == [1, 2, 3]


def test_withdrawal_needs_an_answer_and_happens_once(world: World) -> None:
    assert refused(world, lambda: withdraw(world)) is Reason.NOTHING_TO_WITHDRAW
    world.answer(MAYOR, sign())
    done = withdraw(world, form="form")
    assert withdraw(world, form="form") == done
    assert refused(world, lambda: withdraw(world, form="other")) is Reason.NOTHING_TO_WITHDRAW
    assert len(versions(world)) == 2


def test_both_representatives_are_mailed_about_a_withdrawal(world: World) -> None:
    """Representatives answer for their municipality, so each is told what the other did."""
    world.answer(MAYOR, sign())
    withdraw(world, OFFICE)
    world.work()
    assert (
        len(world.messages_to(MAYOR)) == len(world.messages_to(OFFICE)) == 3
    )  # invitation, receipt, withdrawal
    world.answer(MAYOR, sign())
    assert world.invitation_status().kind == "sign"


def test_receipt_goes_to_the_registered_addresses_only(world: World) -> None:
    world.answer(MAYOR, sign())
    world.work()
    receivers = {
        m["To"].addresses[0].addr_spec
        for m in world.postbox
        if m["Message-ID"].startswith("<receipt.")
    }
    assert receivers == {MAYOR, OFFICE}


def test_no_receipt_goes_to_a_link_that_ended_while_the_page_was_open(world: World) -> None:
    access, other = world.access(MAYOR), world.access(OFFICE).link
    with transaction(world.db):
        store.rounds.end_link(world.db, other.id, world.now)
    digest = access.edition.digest
    version = actions.answers.submit(
        world.db, access, sign(), edition_digest=digest, seen=None, form_key="", now=world.now
    )
    receipts = store.outbox.find_latest(world.db, MailKind.RECEIPT, access.link.id)
    assert receipts
    assert receipts.number == version.id
    assert store.outbox.find_latest(world.db, MailKind.RECEIPT, other.id) is None


def test_an_answer_takes_few_statements(world: World) -> None:
    """Each of them holds up everybody else who answers at the same time."""
    world.answer(OFFICE, decline())  # connections read about the tables once
    access, statements = world.access(HESITANT), list[str]()
    world.db.conn.set_trace_callback(statements.append)
    actions.answers.submit(
        world.db,
        access,
        sign(),
        edition_digest=access.edition.digest,
        seen=None,
        form_key="",
        now=world.now,
    )
    world.db.conn.set_trace_callback(None)
    assert len(set(statements)) <= 29, statements


def test_an_answer_its_mail_and_its_audit_entry_are_stored_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.contents()
    for broken in ("outbox.enqueue", "audit.record", "answers.add"):
        with monkeypatch.context() as once, pytest.raises(OSError, match="power"):
            once.setattr(f"signoff.store.{broken}", power_cut)
            world.answer(MAYOR, sign())
        assert world.contents() == before, broken
    world.answer(MAYOR, sign())


def power_cut(*_: object, **__: object) -> None:
    raise OSError("power")


def test_every_action_writes_its_audit_entry_in_the_same_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Break the audit log once for each action: the action is rolled back."""
    world.answer(HESITANT, sign(note="Mit Maß."))
    calls = (
        lambda: actions.rounds.close(world.db, world.round().id, "office", world.now),
        lambda: withdraw(world, HESITANT),
    )
    for action in calls:
        before = world.contents()
        with monkeypatch.context() as once, pytest.raises(OSError, match="power"):
            once.setattr("signoff.store.audit.record", power_cut)
            action()
        assert world.contents() == before
    assert store.audit.find_fault(world.db) is None


def test_refusal_has_a_reason(world: World) -> None:
    world.now = DEADLINE
    with pytest.raises(Refusal) as refusal:
        world.answer(MAYOR, sign())
    assert str(refusal.value) == "not_open"
