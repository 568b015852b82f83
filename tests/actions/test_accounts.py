"""Accounts: log in, wait after wrong passwords, and do not reveal who has an account."""

from datetime import timedelta
from hashlib import sha256

import pytest

from signoff import actions, store
from signoff.domain.accounts import MAX_LOGIN_DELAY, Role
from signoff.domain.errors import Reason, Refusal
from signoff.store.connection import transaction
from tests.actions.test_rounds import refused
from tests.world import World

EMAIL = "leitung@staedteforum.example"
UNKNOWN = "fremd@staedteforum.example"
PASSWORD = "fünfzehn Zeichen lang"


@pytest.fixture(autouse=True)
def account(world: World) -> None:
    actions.accounts.add(world.db, EMAIL, "Leitung", Role.ADMIN, PASSWORD, "cli", world.now)


def log_in(world: World, email: str, password: str, verified: list[str] | None = None):
    def verify(stored: str, password_entered: str) -> bool:
        (verified if verified is not None else []).append(stored)
        return bool(stored) and stored == password_entered

    return actions.login.log_in(
        world.db, email, password, verify, f"session-{world.now.timestamp()}", world.now
    )


def reason(world: World, email: str, password: str = "falsch") -> Reason:
    with pytest.raises(Refusal) as refusal:
        log_in(world, email, password)
    return refusal.value.reason


def test_the_right_password_opens_a_session_in_any_spelling_of_the_address(world: World) -> None:
    account = log_in(world, f" {EMAIL.upper()} ", PASSWORD)
    session = store.accounts.find_session(world.db, f"session-{world.now.timestamp()}")
    assert session
    assert (session.account_id, session.is_active(world.now)) == (account.id, True)
    actions.login.log_out(world.db, session.id, account.id, world.now)
    closed_session = store.accounts.find_session(world.db, session.id)
    assert closed_session
    assert not closed_session.is_active(world.now)
    assert world.events()[-2:] == ["logged_in", "logged_out"]


def test_ten_wrong_passwords_look_the_same_for_a_known_and_an_unknown_address(world: World) -> None:
    reasons = {email: [reason(world, email) for _ in range(10)] for email in (EMAIL, UNKNOWN)}
    assert (
        reasons[EMAIL]
        == reasons[UNKNOWN]
        == [Reason.WRONG_LOGIN] * 5 + [Reason.TOO_MANY_LOGINS] * 5
    )


def test_a_password_is_verified_whether_or_not_there_is_an_account(world: World) -> None:
    """The time of a login does not reveal whether an account exists."""
    queries: list[str] = []
    for email in (EMAIL, UNKNOWN):
        with pytest.raises(Refusal):
            log_in(world, email, "falsch", queries)
    assert queries == [PASSWORD, ""]


def test_waiting_time_grows_and_ends_and_is_reset_by_a_successful_login(world: World) -> None:
    for _ in range(5):
        reason(world, EMAIL)
    assert reason(world, EMAIL, PASSWORD) is Reason.TOO_MANY_LOGINS
    world.now += timedelta(seconds=1)
    assert reason(world, EMAIL) is Reason.WRONG_LOGIN
    world.now += timedelta(seconds=1)
    assert reason(world, EMAIL, PASSWORD) is Reason.TOO_MANY_LOGINS
    world.now += MAX_LOGIN_DELAY
    assert log_in(world, EMAIL, PASSWORD)
    assert [reason(world, EMAIL) for _ in range(5)] == [Reason.WRONG_LOGIN] * 5


def test_parallel_guesses_count_each_other(world: World) -> None:
    """Each is counted before its password is looked at, however long that takes."""
    reasons = []

    def verify(stored: str, password: str) -> bool:
        guess()
        return False

    def guess() -> None:
        with pytest.raises(Refusal) as refusal:
            actions.login.log_in(world.db, EMAIL, "falsch", verify, "s", world.now)
        reasons.append(refusal.value.reason)

    guess()
    assert reasons == [Reason.TOO_MANY_LOGINS] + [Reason.WRONG_LOGIN] * 5


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts SET disabled_at = created_at",
        "UPDATE accounts SET password_hash = 'another'",
        "DELETE FROM accounts",
    ],
)
def test_an_account_that_changes_while_its_password_is_looked_at_stays_out(
    world: World, change: str
) -> None:
    def verify(stored: str, password: str) -> bool:
        world.db.execute(change)
        return stored == password

    with pytest.raises(Refusal) as refusal:
        actions.login.log_in(world.db, EMAIL, PASSWORD, verify, "s", world.now)
    assert refusal.value.reason is Reason.WRONG_LOGIN
    assert store.accounts.find_session(world.db, "s") is None


def test_guesses_are_counted_by_source_and_by_secret(world: World) -> None:
    """A name at the login that looks like the key of a second factor locks no second factor."""
    for email in (EMAIL, f"factor:{EMAIL}", f"password:{EMAIL}"):
        for _ in range(20):
            reason(world, email)
    rows = world.db.execute("SELECT email_digest, cause FROM login_failures").fetchall()
    digests = {sha256(f"password:{EMAIL}".encode()).hexdigest()}
    assert len(rows) == 3
    assert {digest for digest, _ in rows} > digests
    assert sha256(f"factor:{EMAIL}".encode()).hexdigest() not in {digest for digest, _ in rows}
    assert actions.login.log_in(
        world.db, EMAIL, PASSWORD, lambda *_: True, "s", world.now, cause="device:1"
    )


def test_disabled_account_loses_its_sessions_and_looks_like_an_unknown_one(world: World) -> None:
    actions.accounts.add(world.db, UNKNOWN, "Zweite", Role.ADMIN, PASSWORD, "cli", world.now)
    log_in(world, UNKNOWN, PASSWORD)
    actions.accounts.disable(world.db, UNKNOWN, "cli", world.now)
    session = store.accounts.find_session(world.db, f"session-{world.now.timestamp()}")
    assert session
    assert not session.is_active(world.now)
    assert reason(world, UNKNOWN, PASSWORD) is Reason.WRONG_LOGIN


def test_last_admin_cannot_be_disabled(world: World) -> None:
    actions.accounts.add(world.db, UNKNOWN, "Zweite", Role.EDITOR, PASSWORD, "cli", world.now)
    assert (
        refused(world, lambda: actions.accounts.disable(world.db, EMAIL, "cli", world.now))
        is Reason.LAST_ADMIN
    )
    assert (
        refused(world, lambda: actions.accounts.disable(world.db, "x@y.example", "cli", world.now))
        is Reason.NO_SUCH_ACCOUNT
    )
    add_twice = lambda: actions.accounts.add(
        world.db, EMAIL.upper(), "", Role.VIEWER, "", "cli", world.now
    )  # noqa: E731
    assert refused(world, add_twice) is Reason.EMAIL_TAKEN


def test_set_up_link_works_once_and_a_reset_invalidates_the_previous_link(world: World) -> None:
    account, first_token = actions.accounts.reset(world.db, EMAIL, "cli", world.now)
    assert reason(world, EMAIL, PASSWORD) is Reason.WRONG_LOGIN
    _, second_token = actions.accounts.reset(world.db, EMAIL, "cli", world.now)
    assert not actions.accounts.set_password(world.db, account.id, first_token, "neu", world.now)
    assert actions.accounts.set_password(world.db, account.id, second_token, "neu", world.now)
    assert not actions.accounts.set_password(
        world.db, account.id, second_token, "anders", world.now
    )
    assert log_in(world, EMAIL, "neu")


def request_reset(world: World, email: str) -> int:
    """Request a link to a new password; the number that the link names."""
    actions.login.request_password_reset(world.db, email, world.now)
    return int(world.db.execute("SELECT MAX(id) FROM password_reset_requests").fetchone()[0])


def test_an_old_link_to_a_new_password_never_leads_to_another_account(world: World) -> None:
    actions.accounts.add(
        world.db, "bearbeitung@staedteforum.example", "", Role.EDITOR, PASSWORD, "cli", world.now
    )
    old = request_reset(world, "bearbeitung@staedteforum.example")
    world.now += timedelta(days=3)  # the next request deletes those that have long expired
    deleted_with_account = request_reset(world, "bearbeitung@staedteforum.example")
    actions.accounts.delete(world.db, "bearbeitung@staedteforum.example", "cli", world.now)
    new = request_reset(world, EMAIL)
    assert len({old, deleted_with_account, new}) == 3
    found = actions.login.find_requesting_account(world.db, new, world.now)
    assert found
    assert found.email == EMAIL


def test_a_password_forgotten_again_after_a_quiet_time_is_mailed_again(world: World) -> None:
    for _ in range(2):
        request_reset(world, EMAIL)
        world.now += timedelta(days=60)
    mails = store.outbox.list_messages(
        world.db, kind="password_link", state="", q="", most=9, skip=0
    )
    assert len(mails) == 2


def test_a_password_changed_while_the_account_is_disabled_does_not_enable_it(world: World) -> None:
    email = "bearbeitung@staedteforum.example"
    actions.accounts.add(world.db, email, "", Role.EDITOR, PASSWORD, "cli", world.now)
    loaded = actions.accounts.get_by_email(world.db, email)
    actions.accounts.disable(world.db, email, "cli", world.now)
    with transaction(world.db):
        actions.login.save_password(world.db, loaded, "neu", world.now)
    saved = actions.accounts.get_by_email(world.db, email)
    assert (saved.password_hash, saved.disabled_at) == ("neu", world.now)


def test_a_profile_saved_while_the_account_is_disabled_does_not_enable_it(world: World) -> None:
    email = "bearbeitung@staedteforum.example"
    actions.accounts.add(world.db, email, "", Role.EDITOR, PASSWORD, "cli", world.now)
    loaded = actions.accounts.get_by_email(world.db, email)
    actions.accounts.disable(world.db, email, "cli", world.now)
    actions.accounts.change_profile(world.db, loaded, "Bearbeitung", "en", world.now)
    saved = actions.accounts.get_by_email(world.db, email)
    assert (saved.name, saved.disabled_at) == ("Bearbeitung", world.now)
