"""Re-authentication before irreversible actions; no input is lost on the way."""

import pytest
from flask import Response, request

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.rounds import Terms
from signoff.web.office.acts import ACTS, SERIOUS
from signoff.web.office.reauth import reauth_required
from tests.browser import Browser, fields
from tests.factories import LAST_DAY, sign
from tests.web.office.office import Office
from tests.web.office.pages import pass_deadline
from tests.world import open_round

PASSWORD = "vier Wörter ohne Zusammenhang"
ENDING = "/office/rounds/1/ending"
CLOSING = "/office/rounds/1/closing"
RELEASE = "/office/rounds/1/release"


@pytest.fixture
def office(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(security, "verify_password", lambda stored, password: password == PASSWORD)
    return office


@pytest.fixture
def clerk(office: Office) -> Browser:
    """An editor who logged in eleven minutes ago."""
    browser = office.browser(Role.EDITOR)
    office.later(minutes=11)
    return browser


def read_fields(clerk: Browser, action: str = CLOSING) -> dict[str, str]:
    """The fields of the page that asks for the password."""
    return fields(clerk.form(action), {})


def close_round(clerk: Browser) -> Browser:
    """Submit both pages that confirm an early closing."""
    return (
        clerk.open(CLOSING)
        .submit({"reason": "Der Landtag berät.", "sure": True}, action=CLOSING)
        .submit({"confirm": "schließen"}, action=CLOSING)
    )


def test_ending_asks_for_the_password_and_keeps_the_reason(office: Office) -> None:
    pass_deadline(office)
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    entered = {"reason": "Zu wenige.", "sure": True}
    clerk.open(ENDING).submit(entered, action=ENDING)
    assert clerk.page == "reauth"
    assert office.round(1).cancelled_at is None
    clerk.submit({"proof": PASSWORD}, action=ENDING)
    assert clerk.page == "round"
    assert office.round(1).ending_reason == "Zu wenige."


def test_closing_asks_for_the_password_after_ten_minutes_and_keeps_the_input(
    office: Office, clerk: Browser
) -> None:
    close_round(clerk)
    assert clerk.page == "reauth"
    assert read_fields(clerk)["sure"] == "y"
    assert office.round(1).closed_at is None
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert clerk.page == "round"
    assert office.round(1).closed_at == office.now


def test_no_second_reauthentication_within_ten_minutes(office: Office, clerk: Browser) -> None:
    close_round(clerk).submit({"proof": PASSWORD}, action=CLOSING)
    office.work()
    office.later(minutes=9)
    clerk.open(RELEASE).submit(action=RELEASE)
    assert clerk.page == "round"
    assert office.round(1).id == 1
    assert "released" in office.events()


def test_a_recent_login_needs_no_reauthentication(office: Office) -> None:
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=10)
    close_round(clerk)
    assert clerk.page == "round"
    assert office.round(1).closed_at == office.now


def test_a_missing_tick_is_reported_before_reauthentication(clerk: Browser) -> None:
    clerk.open(CLOSING).submit(action=CLOSING, status=422)
    assert clerk.page == "closing"


def test_a_wrong_password_does_nothing_and_loses_nothing(office: Office, clerk: Browser) -> None:
    close_round(clerk)
    clerk.submit({"proof": "falsch"}, action=CLOSING, status=403)
    assert clerk.page == "reauth"
    assert clerk.title.startswith("Fehler:")
    assert read_fields(clerk)["sure"] == "y"
    assert read_fields(clerk)["proof"] == ""
    assert office.round(1).closed_at is None
    assert office.events()[-1] == "login_failed"
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at == office.now


def test_wrong_passwords_increase_the_wait_as_at_the_login(office: Office, clerk: Browser) -> None:
    close_round(clerk)
    for _ in range(5):
        clerk.submit({"proof": "falsch"}, action=CLOSING, status=403)
    clerk.submit({"proof": PASSWORD}, action=CLOSING, status=429)
    assert clerk.response.headers["Retry-After"] == "1"
    assert office.round(1).closed_at is None
    office.later(seconds=2)
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at == office.now


def test_a_second_click_acts_once(office: Office, clerk: Browser) -> None:
    close_round(clerk)
    data = {**read_fields(clerk), "proof": PASSWORD}
    for _ in range(2):
        clerk.request("POST", CLOSING, 200, data=data)
        assert clerk.page == "round"
    assert office.events().count("round_closed") == 1


def test_only_the_inspected_print_is_released_after_reauthentication(
    office: Office,
) -> None:
    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "cli", office.now
    )
    office.work()
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    seen = read_fields(clerk.open(RELEASE), RELEASE)["seen"]
    clerk.submit(action=RELEASE)
    assert clerk.page == "reauth"
    assert read_fields(clerk, RELEASE)["seen"] == seen
    assert "released" not in office.events()
    clerk.submit({"proof": PASSWORD}, action=RELEASE)
    assert clerk.page == "round"
    assert "released" in office.events()


def test_voiding_needs_reauthentication_after_its_second_page_and_keeps_the_reason(
    office: Office,
) -> None:
    id = office.answer(office.round(1), "Musterhausen", sign())
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    counts = store.answers.find_current(office.db, id)
    page = f"/office/invitations/{id}/answers/{counts.id}/voiding"
    clerk.open(page).submit({"reason": "Das Schreiben kam nicht von dort."}, action="/voiding")
    assert clerk.page == "voiding"
    clerk.submit({"sure": True}, action="/voiding")
    assert clerk.page == "reauth"
    assert read_fields(clerk, page)["reason"] == "Das Schreiben kam nicht von dort."
    assert store.answers.find_voiding(office.db, counts.id) is None
    clerk.submit({"proof": PASSWORD}, action=page)
    assert clerk.page == "invitation"
    assert store.answers.find_voiding(office.db, counts.id)


def test_accepting_a_late_signature_needs_reauthentication(office: Office) -> None:
    late = late_signature(office)
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    verdict, issue = f"/office/invitations/{late}/late", "/office/rounds/2/documents/release"
    clerk.open(verdict).submit({"accepted": "yes"}, action=verdict)
    assert clerk.page == "reauth"
    assert read_fields(clerk, verdict)["accepted"] == "yes"
    assert store.releases.list_round_ids_to_review(office.db) == {2}
    clerk.submit({"proof": PASSWORD}, action=verdict).submit(
        {"kind": "addendum"}, action="/documents"
    )
    assert clerk.page == "late"
    assert not store.releases.list_round_ids_to_review(office.db)
    office.work()
    office.later(minutes=11)
    clerk.open("/office/rounds/2/late").submit(action=issue)
    assert clerk.page == "reauth"
    assert len(store.releases.list_for_round(office.db, 2)) == 1
    clerk.submit({"proof": PASSWORD}, action=issue)
    assert clerk.page == "late"
    assert len(store.releases.list_for_round(office.db, 2)) == 2


def test_rejecting_a_late_signature_needs_no_reauthentication(office: Office) -> None:
    verdict = f"/office/invitations/{late_signature(office)}/late"
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    clerk.open(verdict).submit(
        {"accepted": "no", "late_reason": "Bitte mit Beschluss."}, action=verdict
    )
    assert clerk.page == "late"
    assert not store.releases.list_round_ids_to_review(office.db)


def late_signature(office: Office) -> int:
    """Release a second paper with late signing and sign it late; returns the id of the invitation."""
    office.draft("licht")
    round = open_round(
        office.db, "licht", Opening(LAST_DAY, terms=Terms(late=True)), "cli", office.now
    )
    office.answer(round, "Musterhausen", sign())
    actions.rounds.close(office.db, get_latest_round(office.db, "licht").id, "cli", office.now)
    office.work()
    actions.releases.release_paper(
        office.db, get_latest_round(office.db, "licht").id, None, "cli", office.now
    )
    office.later(minutes=1)
    return office.answer(round, "Beispielstadt", sign("Landeshauptstadt Beispielstadt"))


def test_all_values_of_a_field_are_passed_on_but_not_the_password(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms: list[dict[str, list[str]]] = []

    def action() -> Response:
        forms.append(request.form.to_dict(flat=False))
        return Response("done", mimetype="text/plain")

    office.app.view_functions["office.send_test_mail"] = action
    monkeypatch.setitem(ACTS, "send_test_mail", SERIOUS)
    clerk = office.browser(Role.EDITOR)
    token = read_fields(clerk.open("/office/mail/preview"), "/mail/test")["csrf_token"]
    office.later(minutes=11)
    clerk.request(
        "POST",
        "/office/mail/test",
        200,
        data={"csrf_token": token, "mail": ["1", "2"], "note": "eine Zeile"},
    )
    hidden = [
        (field.get("name"), field.get("value")) for field in clerk.form("/mail/test").iter("input")
    ]
    assert [pair for pair in hidden if pair[0] == "mail"] == [
        ("mail", "1"),
        ("mail", "2"),
    ]
    assert not forms
    data = {"csrf_token": token, "proof": PASSWORD, "mail": ["1", "2"], "note": "eine Zeile"}
    clerk.request("POST", "/office/mail/test", 200, data=data)
    assert [
        {name: values for name, values in form.items() if name != "csrf_token"} for form in forms
    ] == [{"mail": ["1", "2"], "note": ["eine Zeile"]}]


def test_a_page_without_a_form_can_need_reauthentication(office: Office) -> None:
    office.app.view_functions["office.check_audit_log"] = reauth_required(
        office.app.view_functions["office.check_audit_log"]
    )
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    assert clerk.open("/office/audit/check?event=released").page == "reauth"
    clerk.submit({"proof": "falsch"}, action="/reauth", status=403).submit(
        {"proof": PASSWORD}, action="/reauth"
    )
    assert clerk.page == "audit"
    assert clerk.url.endswith("/office/audit/check?event=released")


def test_next_leads_only_to_addresses_of_this_site(office: Office, clerk: Browser) -> None:
    token = read_fields(clerk.open(CLOSING))["csrf_token"]
    data = {"csrf_token": token, "proof": PASSWORD, "next": "https://anderswo.example/"}
    assert clerk.request("POST", "/office/reauth", 200, data=data).path == "/office/"


def test_a_reauthentication_counts_for_one_session(office: Office, clerk: Browser) -> None:
    other = office.browser(Role.EDITOR)
    office.later(minutes=11)
    close_round(other).submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at
    office.work()
    clerk.open(RELEASE).submit(action=RELEASE)
    assert clerk.page == "reauth"
