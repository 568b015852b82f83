"""Before what cannot be taken back the office's people show again who they are; nothing typed is lost on the way."""

import pytest
from flask import Response, request

from signoff import actions, security, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.rounds import Terms
from signoff.web.office.reauth import reauth_required
from tests.browser import Browser, fields
from tests.web.office.office import LAST_DAY, Office, signing

PASSWORD = "vier Wörter ohne Zusammenhang"
CLOSING, RELEASE = "/office/rounds/1/closing", "/office/rounds/1/release"


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


def carried(clerk: Browser, action: str = CLOSING) -> dict[str, str]:
    """What stands in the fields of the page that asks."""
    return fields(clerk.form(action), {})


def close(clerk: Browser) -> Browser:
    """Both pages that ask before a round is closed early."""
    return (
        clerk.open(CLOSING)
        .submit({"sure": True}, action=CLOSING)
        .submit({"confirm": "leitgedanken"}, action=CLOSING)
    )


def events(office: Office) -> list[str]:
    return [str(entry.event) for entry, _ in store.audit.iter_entries(office.db)]


def test_closing_asks_for_the_password_after_ten_minutes_and_keeps_what_was_ticked(
    office: Office, clerk: Browser
) -> None:
    close(clerk)
    assert clerk.page == "reauth" and carried(clerk)["sure"] == "y"
    assert office.round(1).closed_at is None
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert clerk.page == "round" and office.round(1).closed_at == office.now


def test_no_second_reauthentication_within_ten_minutes(office: Office, clerk: Browser) -> None:
    close(clerk).submit({"proof": PASSWORD}, action=CLOSING)
    office.work()
    office.later(minutes=9)
    clerk.open(RELEASE).submit(action=RELEASE)
    assert clerk.page == "round" and office.round(1).id == 1
    assert "released" in events(office)


def test_a_fresh_login_is_proof_enough(office: Office) -> None:
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=10)
    close(clerk)
    assert clerk.page == "round" and office.round(1).closed_at == office.now


def test_a_missing_tick_is_reported_before_reauthentication(clerk: Browser) -> None:
    clerk.open(CLOSING).submit(action=CLOSING, status=422)
    assert clerk.page == "closing"


def test_a_wrong_password_does_nothing_and_loses_nothing(office: Office, clerk: Browser) -> None:
    close(clerk)
    clerk.submit({"proof": "falsch"}, action=CLOSING, status=403)
    assert (
        clerk.page == "reauth"
        and clerk.title.startswith("Fehler:")
        and carried(clerk)["sure"] == "y"
    )
    assert carried(clerk)["proof"] == ""
    assert office.round(1).closed_at is None and events(office)[-1] == "login_failed"
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at == office.now


def test_guessing_makes_the_wait_grow_as_at_the_login(office: Office, clerk: Browser) -> None:
    close(clerk)
    for _ in range(5):
        clerk.submit({"proof": "falsch"}, action=CLOSING, status=403)
    clerk.submit({"proof": PASSWORD}, action=CLOSING, status=429)
    assert clerk.response.headers["Retry-After"] == "1" and office.round(1).closed_at is None
    office.later(seconds=2)
    clerk.submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at == office.now


def test_a_second_click_acts_once(office: Office, clerk: Browser) -> None:
    close(clerk)
    sent = {**carried(clerk), "proof": PASSWORD}
    for _ in range(2):
        clerk.request("POST", CLOSING, 200, data=sent)
        assert clerk.page == "round"
    assert events(office).count("round_closed") == 1


def test_only_the_print_that_was_looked_at_is_released_even_after_the_detour(
    office: Office,
) -> None:
    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "cli", office.now
    )
    office.work()
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    seen = carried(clerk.open(RELEASE), RELEASE)["seen"]
    clerk.submit(action=RELEASE)
    assert (
        clerk.page == "reauth"
        and carried(clerk, RELEASE)["seen"] == seen
        and "released" not in events(office)
    )
    clerk.submit({"proof": PASSWORD}, action=RELEASE)
    assert clerk.page == "round" and "released" in events(office)


def test_voiding_asks_after_its_second_page_and_keeps_the_reason(office: Office) -> None:
    id = office.answer(office.round(1), "Musterhausen", signing())
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    counts = store.answers.find_current(office.db, id)
    page = f"/office/invitations/{id}/answers/{counts.id}/voiding"
    clerk.open(page).submit({"reason": "Das Schreiben kam nicht von dort."}, action="/voiding")
    assert clerk.page == "voiding"
    clerk.submit({"sure": True}, action="/voiding")
    assert (
        clerk.page == "reauth"
        and carried(clerk, page)["reason"] == "Das Schreiben kam nicht von dort."
    )
    assert store.answers.find_voiding(office.db, counts.id) is None
    clerk.submit({"proof": PASSWORD}, action=page)
    assert clerk.page == "invitation" and store.answers.find_voiding(office.db, counts.id)


def test_what_makes_a_late_signature_public_asks_too(office: Office) -> None:
    late = late_signature(office)
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    verdict, issue = f"/office/invitations/{late}/late", "/office/rounds/2/documents/release"
    clerk.open(verdict).submit({"accepted": "yes"}, action=verdict)
    assert clerk.page == "reauth" and carried(clerk, verdict)["accepted"] == "yes"
    assert store.releases.list_round_ids_to_review(office.db) == {2}
    clerk.submit({"proof": PASSWORD}, action=verdict).submit(
        {"kind": "addendum"}, action="/documents"
    )
    assert clerk.page == "late" and not store.releases.list_round_ids_to_review(office.db)
    office.work()
    office.later(minutes=11)
    clerk.open("/office/rounds/2/late").submit(action=issue)
    assert clerk.page == "reauth" and len(store.releases.list_for_round(office.db, 2)) == 1
    clerk.submit({"proof": PASSWORD}, action=issue)
    assert clerk.page == "late" and len(store.releases.list_for_round(office.db, 2)) == 2


def test_rejecting_a_late_signature_needs_no_reauthentication(office: Office) -> None:
    verdict = f"/office/invitations/{late_signature(office)}/late"
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    clerk.open(verdict).submit(
        {"accepted": "no", "late_reason": "Bitte mit Beschluss."}, action=verdict
    )
    assert clerk.page == "late" and not store.releases.list_round_ids_to_review(office.db)


def late_signature(office: Office) -> int:
    """A second paper is released and takes late signatures; the invitation of the one that has come."""
    office.draft("licht")
    round = actions.rounds.open_round(
        office.db, "licht", Opening(LAST_DAY, terms=Terms(late=True)), "cli", office.now
    )
    office.answer(round, "Musterhausen", signing())
    actions.rounds.close(office.db, get_latest_round(office.db, "licht").id, "cli", office.now)
    office.work()
    actions.releases.release_paper(
        office.db, get_latest_round(office.db, "licht").id, None, "cli", office.now
    )
    office.later(minutes=1)
    return office.answer(round, "Beispielstadt", signing("Landeshauptstadt Beispielstadt"))


def test_all_values_of_a_field_are_passed_on_but_not_the_password(
    office: Office,
) -> None:
    sent: list[dict[str, list[str]]] = []

    def deed() -> Response:
        sent.append(request.form.to_dict(flat=False))
        return Response("done", mimetype="text/plain")

    office.app.view_functions["office.send_test_mail"] = reauth_required(deed)
    clerk = office.browser(Role.EDITOR)
    token = carried(clerk.open("/office/mail/preview"), "/mail/test")["csrf_token"]
    office.later(minutes=11)
    clerk.request(
        "POST",
        "/office/mail/test",
        200,
        data={"csrf_token": token, "mail": ["1", "2"], "note": "eine Zeile"},
    )
    hidden = [
        (each.get("name"), each.get("value")) for each in clerk.form("/mail/test").iter("input")
    ]
    assert [pair for pair in hidden if pair[0] == "mail"] == [
        ("mail", "1"),
        ("mail", "2"),
    ] and not sent
    again = {"csrf_token": token, "proof": PASSWORD, "mail": ["1", "2"], "note": "eine Zeile"}
    clerk.request("POST", "/office/mail/test", 200, data=again)
    assert [
        {name: told for name, told in each.items() if name != "csrf_token"} for each in sent
    ] == [{"mail": ["1", "2"], "note": ["eine Zeile"]}]


def test_a_page_that_only_shows_can_be_guarded_too(office: Office) -> None:
    office.app.view_functions["office.check_audit_log"] = reauth_required(
        office.app.view_functions["office.check_audit_log"]
    )
    clerk = office.browser(Role.EDITOR)
    office.later(minutes=11)
    assert clerk.open("/office/audit/check?event=released").page == "reauth"
    clerk.submit({"proof": "falsch"}, action="/reauth", status=403).submit(
        {"proof": PASSWORD}, action="/reauth"
    )
    assert clerk.page == "audit" and clerk.url.endswith("/office/audit/check?event=released")


def test_the_next_address_is_on_this_site(office: Office, clerk: Browser) -> None:
    token = carried(clerk.open(CLOSING))["csrf_token"]
    sent = {"csrf_token": token, "proof": PASSWORD, "next": "https://anderswo.example/"}
    assert clerk.request("POST", "/office/reauth", 200, data=sent).path == "/office/"


def test_a_proof_belongs_to_one_session(office: Office, clerk: Browser) -> None:
    other = office.browser(Role.EDITOR)
    office.later(minutes=11)
    close(other).submit({"proof": PASSWORD}, action=CLOSING)
    assert office.round(1).closed_at
    office.work()
    clerk.open(RELEASE).submit(action=RELEASE)
    assert clerk.page == "reauth"
