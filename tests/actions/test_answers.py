"""A municipality answers: one version counts, all are kept, and nobody answers too late or to another text."""

import pytest

from signoff import actions, store
from signoff.domain.answers import AnswerVersion
from signoff.domain.errors import Reason, Refusal
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
def test_each_answer_is_kept_as_it_was_given(world: World, answer) -> None:
    version = world.answer(MAYOR, answer)
    assert version.answer == answer
    assert world.access(OFFICE).version == version  # her colleague sees it
    assert world.events()[-1] == "answered"


def test_the_answer_posted_twice_is_one_answer_with_the_same_receipt(world: World) -> None:
    first = world.answer(MAYOR, sign(), "form")
    before = world.contents()
    assert world.answer(MAYOR, sign(), "form") == first
    assert world.contents() == before
    world.work()
    assert [m["Subject"] for m in world.messages_to(MAYOR)].count(
        world.messages_to(MAYOR)[-1]["Subject"]
    ) == 1


def test_the_same_form_with_another_content_is_a_new_version(world: World) -> None:
    """She went back, changed something and sent it again: what she sent last counts."""
    world.answer(MAYOR, sign(), "form")
    world.answer(MAYOR, decline(), "form")
    assert [each.answer for each in versions(world)] == [sign(), decline()]
    assert world.invitation_status().kind == "decline"


def test_a_receipt_is_found_even_after_closing(world: World) -> None:
    """The retry of somebody whose answer was taken but who never saw the page."""
    first = world.answer(MAYOR, sign(), "form")
    access = world.access(MAYOR)
    world.closed()
    digest = access.edition.digest
    again = actions.answers.submit(
        world.db, access, sign(), edition_digest=digest, form_key="form", now=world.now
    )
    assert again == first


def test_an_answer_to_another_text_is_refused(world: World) -> None:
    access = world.access()
    for digest in ("", "0" * 64, access.edition.digest.upper()):
        give = lambda digest=digest: actions.answers.submit(  # noqa: E731
            world.db, access, sign(), edition_digest=digest, form_key="", now=world.now
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


def test_a_link_that_ended_while_the_page_was_open_takes_nothing(world: World) -> None:
    access = world.access()
    with transaction(world.db):
        store.rounds.renew_link(world.db, access.link.id, "neu@musterhausen.example")
    digest = access.edition.digest
    give = lambda: actions.answers.submit(
        world.db, access, sign(), edition_digest=digest, form_key="", now=world.now
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
    assert [each.number for each in versions(world)] == [1, 2, 3]


def test_a_withdrawal_needs_something_to_withdraw_and_happens_once(world: World) -> None:
    assert refused(world, lambda: withdraw(world)) is Reason.NOTHING_TO_WITHDRAW
    world.answer(MAYOR, sign())
    done = withdraw(world, form="form")
    assert withdraw(world, form="form") == done
    assert refused(world, lambda: withdraw(world, form="other")) is Reason.NOTHING_TO_WITHDRAW
    assert len(versions(world)) == 2


def test_a_withdrawn_answer_is_nobodys_personal_matter(world: World) -> None:
    """Both representatives speak for one municipality: each sees, and both are told, what the other did."""
    world.answer(MAYOR, sign())
    withdraw(world, OFFICE)
    world.work()
    assert (
        len(world.messages_to(MAYOR)) == len(world.messages_to(OFFICE)) == 3
    )  # invitation, receipt, withdrawal
    world.answer(MAYOR, sign())
    assert world.invitation_status().kind == "sign"


def test_the_registered_addresses_get_the_receipt_and_no_typed_one(world: World) -> None:
    world.answer(MAYOR, sign())
    world.work()
    receivers = {
        m["To"].addresses[0].addr_spec
        for m in world.postbox
        if m["Message-ID"].startswith("<receipt.")
    }
    assert receivers == {MAYOR, OFFICE}


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
    """The journal is broken once for each deed: then the deed is undone."""
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
    assert store.audit.find_first_invalid_entry(world.db) is None


def test_a_refusal_says_why(world: World) -> None:
    world.now = DEADLINE
    with pytest.raises(Refusal) as refusal:
        world.answer(MAYOR, sign())
    assert str(refusal.value) == "not_open"
