"""Accounts in the browser: invitations, roles and locking; nobody changes or locks their own account."""

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.errors import Reason, Refusal
from signoff.tokens import TokenPurpose
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.two_factor import (
    EMAIL,
    account,
    anonymous_browser,
    log_in_with_password,
    office_with_two_factor,
    set_up,
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Accounts: one of each role (the admin is account 3) and ``EMAIL``, a second admin."""
    office = office_with_two_factor(tmp_path, monkeypatch, second_factor=False)
    yield office
    office.db.close()


def get_account_id(office: Office, role: Role) -> int:
    return account(office, f"{role}@forum.example").id


def get_role(office: Office, id: int) -> Role:
    account = store.accounts.find(office.db, id)
    assert account
    return account.role


def test_the_list_shows_everybody_and_filters(office: Office, admin: Browser) -> None:
    page = admin.open("/office/accounts")
    assert "4 von 4 Konten" in page.text
    assert page.page == "accounts"
    assert "1 von 4 Konten" in admin.open("/office/accounts?role=viewer").text
    assert "3 von 4 Konten" in admin.open("/office/accounts?state=expired").text
    assert "1 von 4 Konten" in admin.open("/office/accounts?q=LEITUNG").text
    assert "Niemand passt" in admin.open("/office/accounts?q=gibt+es+nicht").text


def test_the_filtered_list_can_be_downloaded_as_csv(office: Office, admin: Browser) -> None:
    admin.open("/office/accounts?role=admin").follow("Als Tabelle (CSV)")
    lines = list(csv.reader(StringIO(admin.response.get_data().decode("utf-8-sig")), delimiter=";"))
    assert [line[1] for line in lines[1:]] == ["admin@forum.example", EMAIL]
    assert lines[0][:3] == ["Name", "E-Mail-Adresse", "Rechte"]


def test_an_invited_person_sets_a_password_through_the_mail_and_logs_in(
    office: Office, admin: Browser
) -> None:
    admin.open("/office/accounts/invite").submit(
        {"name": "Neue Kollegin", "email": "neu@forum.example", "role": "viewer"}, action="/invite"
    )
    assert admin.page == "accounts"
    assert "neu@forum.example" in admin.text
    new = account(office, "neu@forum.example")
    assert new.role is Role.VIEWER
    assert new.password_hash == ""
    token = office.services.token_signer.sign(
        TokenPurpose.STAFF, str(new.id), store.accounts.get_generation(office.db, new.id)
    )
    browser = (
        anonymous_browser(office)
        .open(f"/login/set-up/{token}")
        .submit({"password": "vier andere Wörter im Satz"})
    )
    assert browser.path == "/office/"
    pending = office.db.conn.execute(
        "SELECT kind FROM outbox WHERE account_id = ?", [new.id]
    ).fetchall()
    assert [kind for (kind,) in pending] == ["account_invitation"]


def test_a_set_up_link_expires_after_seven_days_and_is_renewed(
    office: Office, admin: Browser
) -> None:
    admin.open("/office/accounts/invite").submit(
        {"email": "neu@forum.example", "role": "admin"}, action="/invite"
    )
    assert "Link gilt bis" in admin.text
    new = account(office, "neu@forum.example")

    def sign() -> str:
        generation = store.accounts.get_generation(office.db, new.id)
        return office.services.token_signer.sign(TokenPurpose.STAFF, str(new.id), generation)

    link, waiting = sign(), anonymous_browser(office)
    waiting.open(f"/login/set-up/{link}")
    office.later(days=7)
    anonymous_browser(office).open(f"/login/set-up/{link}", 404)
    waiting.submit({"password": "vier andere Wörter im Satz"}, status=404)
    admin = office.browser(Role.ADMIN).open("/office/accounts?state=expired")
    assert "neu@forum.example" in admin.text
    admin.open(f"/office/accounts/{new.id}").submit(action="/invite")
    assert "gilt bis" in admin.text
    anonymous_browser(office).open(f"/login/set-up/{link}", 404)
    anonymous_browser(office).open(f"/login/set-up/{sign()}")


def test_a_bad_invitation_is_refused_field_by_field_and_nothing_is_lost(
    office: Office, admin: Browser
) -> None:
    page = admin.open("/office/accounts/invite")
    page.submit({"name": "Neue Kollegin", "email": "keine-adresse"}, action="/invite", status=422)
    assert page.title.startswith("Fehler:")
    values = {field.get("name"): field.get("value") for field in page.form("/invite").iter("input")}
    assert values["name"] == "Neue Kollegin"
    assert values["email"] == "keine-adresse"
    page.submit({"email": EMAIL.upper()}, action="/invite", status=422)
    assert "gibt es schon" in page.text


def test_another_persons_role_is_changed_and_logged(office: Office, admin: Browser) -> None:
    id = get_account_id(office, Role.VIEWER)
    admin.open(f"/office/accounts/{id}").submit({"role": "editor"}, action="/role")
    assert get_role(office, id) is Role.EDITOR
    assert office.events()[-1] == "account_changed"
    assert "die Rechte von" in admin.open("/office/audit").text


def test_the_second_of_two_admins_changing_a_role_sees_the_conflict(
    office: Office, admin: Browser
) -> None:
    id = get_account_id(office, Role.VIEWER)
    admin.open(f"/office/accounts/{id}")
    actions.accounts.change_role(
        office.db, "viewer@forum.example", Role.VIEWER, Role.ADMIN, "staff/4", office.now
    )
    admin.submit({"role": "editor"}, action="/role", status=409)
    assert "inzwischen von jemand anderem geändert" in admin.text
    assert get_role(office, id) is Role.ADMIN


def test_nobody_changes_or_locks_their_own_account(office: Office, admin: Browser) -> None:
    id = get_account_id(office, Role.ADMIN)
    page = admin.open(f"/office/accounts/{id}")
    assert [form.get("action") for form in page.forms] == ["/logout"]
    token = page.form("/logout").find("input").get("value")
    role = {"csrf_token": token, "role": "viewer", "seen": "admin"}
    admin.request("POST", f"/office/accounts/{id}/role", 409, data=role)
    for action in ("disable", "factor"):
        admin.request("POST", f"/office/accounts/{id}/{action}", 409, data={"csrf_token": token})
    account = store.accounts.find(office.db, id)
    assert account
    assert account.role is Role.ADMIN
    assert account.disabled_at is None


def test_the_last_admin_can_neither_be_locked_nor_demoted(office: Office, admin: Browser) -> None:
    """No other admin could do it in the browser, and the command line is refused as well."""
    actions.accounts.change_role(office.db, EMAIL, Role.ADMIN, Role.EDITOR, "cli", office.now)
    for action in (
        lambda: actions.accounts.disable(office.db, "admin@forum.example", "cli", office.now),
        lambda: actions.accounts.change_role(
            office.db, "admin@forum.example", Role.ADMIN, Role.VIEWER, "cli", office.now
        ),
    ):
        with pytest.raises(Refusal) as refused:
            action()
        assert refused.value.reason is Reason.LAST_ADMIN


def test_locking_an_account_ends_its_sessions_and_can_be_undone(
    office: Office, admin: Browser
) -> None:
    editor, id = office.browser(Role.EDITOR), get_account_id(office, Role.EDITOR)
    admin.open(f"/office/accounts/{id}").follow("Konto sperren …").submit(action="/disable")
    assert "gesperrt" in admin.text
    assert editor.open("/office/").path == "/login"
    admin.submit(action="/enable")
    account = store.accounts.find(office.db, id)
    assert account
    assert account.disabled_at is None


def test_the_sessions_of_another_person_can_be_ended(office: Office, admin: Browser) -> None:
    editor, id = office.browser(Role.EDITOR), get_account_id(office, Role.EDITOR)
    admin.open(f"/office/accounts/{id}").submit(action="/sessions")
    assert editor.open("/office/").path == "/login"
    assert admin.open("/office/").path == "/office/"


def test_a_second_invitation_ends_the_first_link(office: Office, admin: Browser) -> None:
    id = get_account_id(office, Role.EDITOR)
    before = store.accounts.get_generation(office.db, id)
    admin.open(f"/office/accounts/{id}").submit(action="/invite")
    assert store.accounts.get_generation(office.db, id) == before + 1
    assert (
        office.db.conn.execute("SELECT COUNT(*) FROM outbox WHERE account_id = ?", [id]).fetchone()[
            0
        ]
        == 1
    )


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_only_administrators_see_accounts(office: Office, role: Role) -> None:
    browser = office.browser(role)
    assert "Personen" not in browser.text
    for path in (
        "/office/accounts",
        "/office/accounts.csv",
        "/office/accounts/invite",
        "/office/accounts/1",
    ):
        browser.open(path, 403)


def test_changing_an_account_needs_reauthentication(office: Office, admin: Browser) -> None:
    id = get_account_id(office, Role.VIEWER)
    admin.open(f"/office/accounts/{id}")
    office.later(minutes=11)
    admin.submit({"role": "admin"}, action="/role")
    assert admin.page == "reauth"
    assert get_role(office, id) is Role.VIEWER


def test_another_admin_removes_a_lost_second_factor_and_the_person_gets_a_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "guarded"
    folder.mkdir()
    office = office_with_two_factor(folder, monkeypatch)
    browser, _app, _codes = set_up(office)
    owner = account(office)
    admin = office.browser(Role.ADMIN)
    admin.open(f"/office/accounts/{owner.id}").follow("Zweiten Faktor entfernen …")
    admin.submit(action="/factor")
    assert not store.accounts.get_second_factors(office.db, owner.id)
    assert browser.open("/office/").path == "/login"
    assert "den zweiten Faktor von Leitung entfernt" in admin.open("/office/audit").text
    office.work()
    kinds = office.db.conn.execute("SELECT kind FROM outbox WHERE sent_at IS NOT NULL").fetchall()
    assert [kind for (kind,) in kinds] == ["second_factor_reset"]
    assert log_in_with_password(office).page == "two-factor-set-up"
    office.db.close()
