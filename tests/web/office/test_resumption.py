"""A form that is sent after the session has ended waits for the login and then goes on, once."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.web.invitation.redisplay import REDISPLAY_BY_ENDPOINT
from tests.browser import Browser, fields
from tests.web.office.office import Office
from tests.web.office.test_answers import ANSWER_FORM, PDF, RECORDING
from tests.web.software_passkey import SoftwarePasskey
from tests.web.test_passkeys import request_challenge, set_up_passkey
from tests.web.two_factor import EMAIL, PASSWORD, AuthenticatorApp, office_with_two_factor, set_up

OTHER, VIEWER = "vertretung@forum.example", "leserin@forum.example"
NEW, LEGAL = "/office/papers/new", "/office/association/texts/imprint/de"
OPEN = "/office/papers/licht/open"
PAPER = {"title": "Licht in der Stadt", "text": "Erste Zeile\n\nZweite Zeile"}


@pytest.fixture(params=[False])
def office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Office]:
    office = office_with_two_factor(tmp_path, monkeypatch, second_factor=request.param)
    for email, role in ((OTHER, Role.ADMIN), (VIEWER, Role.VIEWER)):
        actions.accounts.add(office.db, email, "", role, f"#{PASSWORD}", "cli", office.now)
    office.enrol()
    office.draft()
    office.open()
    office.work()
    yield office
    office.db.close()


@pytest.fixture
def clerk(office: Office) -> Browser:
    clerk = Browser(office.app.test_client())
    return clerk.open("/login").submit({"email": EMAIL, "password": PASSWORD})


def send_too_late(office: Office, clerk: Browser) -> None:
    """The form of a paper, sent after the session has ended."""
    clerk.open(NEW)
    office.later(minutes=45)
    clerk.submit(PAPER, action=NEW, status=403)


def log_in_again(clerk: Browser, email: str = EMAIL, *, status: int = 200) -> Browser:
    return clerk.submit({"login-email": email, "login-password": PASSWORD}, status=status)


def dump(office: Office) -> dict[str, list[dict]]:
    return {name: list(office.db[name].rows) for name in office.db.table_names()}


def find_paper(office: Office) -> bool:
    return bool(store.papers.list_editions(office.db, "licht-in-der-stadt"))


def test_a_new_paper_is_kept_and_added_after_the_login(office: Office, clerk: Browser) -> None:
    clerk.open(NEW)
    office.later(minutes=45)
    before = dump(office)
    clerk.submit(PAPER, action=NEW, status=403)
    assert clerk.title.startswith("Ihre Sitzung ist abgelaufen")
    assert "Ihre Eingaben bleiben erhalten" in clerk.text
    assert clerk.values["title"] == PAPER["title"]
    assert clerk.values["text"] == PAPER["text"]
    assert dump(office) == before
    clerk.submit({"login-email": EMAIL, "login-password": "falsch"}, status=403)
    assert clerk.values["text"] == PAPER["text"]
    log_in_again(clerk)
    assert clerk.path == "/office/papers/licht-in-der-stadt"
    assert office.events().count("paper_added") == 2  # one was there before
    clerk.open("/office/account")


def test_a_recorded_answer_goes_on_with_its_form_key(office: Office, clerk: Browser) -> None:
    clerk.open(RECORDING)
    key = fields(clerk.form("/recording"), {})["form_key"]
    office.later(minutes=45)
    clerk.submit(ANSWER_FORM, action="/recording", status=403)
    assert clerk.values["form_key"] == key
    log_in_again(clerk)
    assert clerk.path == "/office/invitations/1"
    assert store.answers.find_by_form_key(office.db, 1, key)


def test_legal_texts_and_the_opening_go_on(office: Office, clerk: Browser) -> None:
    clerk.open(LEGAL)
    office.later(minutes=45)
    clerk.submit({"markdown": "# Impressum\n\nNeu"}, action=LEGAL, status=403)
    log_in_again(clerk)
    text = store.association.find_legal_text(office.db, "imprint", "de")
    assert text
    assert text.markdown == "# Impressum\n\nNeu"
    office.draft("licht")
    clerk.open(OPEN)
    data = fields(clerk.form("/open"), {"deadline": "26.3.2027"})
    office.later(minutes=45)
    clerk.request("POST", OPEN, 403, data=data)
    assert clerk.values["deadline"] == "26.3.2027"
    log_in_again(clerk)
    assert clerk.path == OPEN


def test_a_second_click_on_the_login_asks_before_it_acts_again(
    office: Office, clerk: Browser
) -> None:
    send_too_late(office, clerk)
    data = fields(clerk.form(NEW), {"login-email": EMAIL, "login-password": PASSWORD})
    cookie = clerk.client.get_cookie("__Host-signoff")
    assert cookie
    log_in_again(clerk)
    clerk.client.set_cookie("__Host-signoff", cookie.value, secure=True)
    clerk.request("POST", NEW, 200, data=data)
    assert clerk.page == "resumption"
    assert office.events().count("paper_added") == 2  # one was there before


@pytest.mark.parametrize("office", [True], indirect=True)
def test_the_fields_wait_for_the_second_factor_too(office: Office) -> None:
    clerk, app, _codes = set_up(office)
    send_too_late(office, clerk)
    log_in_again(clerk)
    assert clerk.page == "two-factor"
    assert not find_paper(office)
    clerk.submit({"login-code": "000000"}, action=NEW, press="Anmelden", status=403)
    clerk.submit({"login-code": app.code}, action=NEW, press="Anmelden")
    assert clerk.path == "/office/papers/licht-in-der-stadt"
    assert office.events().count("paper_added") == 2  # one was there before


@pytest.mark.parametrize("office", [True], indirect=True)
def test_the_fields_wait_for_a_passkey_too(office: Office) -> None:
    device, (clerk, _app, _codes) = set_up_passkey(office, OTHER), set_up(office)
    send_too_late(office, clerk)
    log_in_again(clerk, OTHER)
    assert clerk.page == "two-factor"
    form = next(form for form in clerk.forms if form.get("data-passkey"))
    assert form.get("action") == NEW
    challenge = request_challenge(clerk, "/login/second")
    wrong = SoftwarePasskey().authenticate(challenge)
    clerk.request("POST", NEW, 403, data=fields(form, {"credential": wrong}))
    form = next(form for form in clerk.forms if form.get("data-passkey"))
    answer = device.authenticate(request_challenge(clerk, "/login/second"))
    clerk.request("POST", NEW, 200, data=fields(form, {"credential": answer}))
    assert clerk.page == "resumption", "another account began"
    assert not find_paper(office)
    clerk.submit(action=NEW)
    assert find_paper(office)


@pytest.mark.parametrize("office", [True], indirect=True)
def test_the_fields_wait_for_the_set_up_of_a_passkey(office: Office) -> None:
    clerk = set_up(office)[0]
    send_too_late(office, clerk)
    log_in_again(clerk, OTHER)
    form = next(form for form in clerk.forms if form.get("data-passkey") == "new")
    answer = SoftwarePasskey().register(request_challenge(clerk, "/login/second/set-up"))
    clerk.request(
        "POST", NEW, 200, data=fields(form, {"credential": answer, "login-name": "Rechner"})
    )
    assert clerk.page == "recovery-codes"
    clerk.submit(action=NEW)
    assert clerk.page == "resumption"
    clerk.submit(action=NEW)
    assert find_paper(office)


@pytest.mark.parametrize("office", [True], indirect=True)
def test_the_fields_wait_for_the_set_up_of_a_second_factor(office: Office) -> None:
    clerk = set_up(office)[0]
    send_too_late(office, clerk)
    log_in_again(clerk, OTHER)
    assert clerk.page == "two-factor-set-up"
    code = AuthenticatorApp(office, clerk).code
    clerk.submit({"login-code": code}, press="App einrichten", action=NEW)
    assert clerk.page == "recovery-codes"
    clerk.submit(action=NEW)
    assert clerk.page == "resumption"
    assert OTHER in clerk.text
    assert not find_paper(office)
    clerk.submit(action=NEW)
    assert find_paper(office)


def test_another_account_is_asked_first(office: Office, clerk: Browser) -> None:
    send_too_late(office, clerk)
    log_in_again(clerk, OTHER)
    assert clerk.page == "resumption"
    assert EMAIL in clerk.text
    assert OTHER in clerk.text
    assert not find_paper(office)
    clerk.submit(action=NEW)
    assert find_paper(office)


def test_a_viewer_gets_the_usual_refusal(office: Office, clerk: Browser) -> None:
    send_too_late(office, clerk)
    log_in_again(clerk, VIEWER, status=403)
    assert "Dafür fehlt die Berechtigung" in clerk.title
    assert not find_paper(office)


def test_a_file_is_asked_for_again_and_nothing_is_saved_without_it(
    office: Office, clerk: Browser
) -> None:
    clerk.open(RECORDING)
    office.later(minutes=45)
    scan = (io.BytesIO(PDF), "Brief.pdf")
    clerk.submit({**ANSWER_FORM, "scan": scan}, action="/recording", status=403)
    assert "nur die Datei im Feld „Scan“" in clerk.text
    log_in_again(clerk, status=409)
    assert "Die Datei konnte bei der Anmeldung nicht mitkommen" in clerk.text
    assert store.answers.find_current(office.db, 1) is None
    scan = (io.BytesIO(PDF), "Brief.pdf")
    clerk.submit({"scan": scan}, action="/recording")
    assert store.answers.find_current(office.db, 1)


FILE_FORMS = {
    NEW: ("upload", {"title": "Licht"}),
    "/office/association/logo": ("logo", {}),
    "/office/members/import": ("file", {}),
    "/office/papers/licht/editions/1/annexes": ("annex", {"name": "Karte"}),
}


@pytest.mark.parametrize("path", FILE_FORMS)
def test_every_form_with_a_file_comes_back_without_it(
    office: Office, clerk: Browser, path: str
) -> None:
    field, others = FILE_FORMS[path]
    office.draft("licht")
    token = csrf_token(clerk)
    office.later(minutes=45)
    data = {"csrf_token": token, **others, field: (io.BytesIO(PDF), "datei.pdf")}
    clerk.request("POST", path, 403, data=data)
    log_in_again(clerk, status=422)
    assert "Die Datei konnte bei der Anmeldung nicht mitkommen" in clerk.text
    assert all(value in clerk.response.text for value in others.values())


def csrf_token(clerk: Browser) -> str:
    return fields(clerk.form("/logout"), {})["csrf_token"]


def test_a_form_of_another_login_asks_and_keeps_the_fields(office: Office, clerk: Browser) -> None:
    clerk.open(NEW)
    data = fields(clerk.form(NEW), PAPER)
    clerk.request("POST", "/logout", 200, data={"csrf_token": csrf_token(clerk)})
    clerk.request("POST", NEW, 403, data=data)
    assert clerk.values["text"] == PAPER["text"]
    clerk.open("/login").submit({"email": EMAIL, "password": PASSWORD})
    clerk.request("POST", NEW, 400, data=data)
    assert clerk.page == "resumption"
    assert not find_paper(office)
    clerk.submit(action=NEW)
    assert find_paper(office)


@pytest.mark.parametrize("origin", [None, "https://elsewhere.example", "null"])
def test_a_page_of_another_origin_cannot_make_a_form_wait(
    office: Office, clerk: Browser, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    for _ in range(2):
        answer = clerk.client.post(
            NEW, data={**PAPER, "csrf_token": "x"}, headers=headers, base_url="http://localhost"
        )
        assert answer.status_code in (400, 403)
        assert "Licht in der Stadt" not in answer.text
        office.later(minutes=45)


def test_the_fields_go_nowhere_but_where_they_were_meant(office: Office, clerk: Browser) -> None:
    clerk.open(NEW)
    data = {**fields(clerk.form(NEW), PAPER), "next": "https://elsewhere.example/"}
    office.later(minutes=45)
    clerk.request("POST", NEW, 403, data=data)
    assert clerk.form(NEW).get("action") == NEW
    log_in_again(clerk)
    assert clerk.path == "/office/papers/licht-in-der-stadt"


def test_every_form_of_the_office_waits_for_the_login(office: Office, clerk: Browser) -> None:
    token = csrf_token(clerk)
    office.later(minutes=45)
    before, walked = dump(office), 0
    for rule in office.app.url_map.iter_rules():
        if "POST" not in rule.methods or not rule.endpoint.startswith("office."):
            continue
        path = rule.rule.replace("<any(note, name):what>", "note")
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", path)
        path = re.sub(r"<int:\w+>", "1", path)
        path = re.sub(r"<\w+>", "leitgedanken", path)
        data = {"csrf_token": token, "reason": ["eins", "zwei\nZeilen"], "sure": "y"}
        clerk.request("POST", path, 403, data=data)
        assert clerk.title.startswith("Ihre Sitzung ist abgelaufen"), path
        assert clerk.form().get("action") == path
        carried = [
            (field.get("name"), field.get("value"))
            for field in clerk.form().iter("input")
            if field.get("name") in ("reason", "sure")
        ]
        assert sorted(carried) == [("reason", "eins"), ("reason", "zwei\nZeilen"), ("sure", "y")]
        walked += 1
    assert walked > 50
    assert dump(office) == before


# Forms outside the office that do not come back, and why.
NOTHING_TYPED = "nothing is typed but a credential, which no page repeats"
WITHOUT_FIELDS = {
    "login.log_in": NOTHING_TYPED,
    "login.log_out": "nothing is typed",
    "login.choose_language": "nothing is typed",
    "login.extend_session": "nothing is typed",
    "login.confirm_address": "nothing is typed",
    "login.set_password": NOTHING_TYPED,
    "login.reset_password": NOTHING_TYPED,
    "login.request_password_reset": "one address, which the login knows",
    "login.verify_second_factor_code": NOTHING_TYPED,
    "login.challenge_passkey": "sent by the script",
    "login.verify_passkey": NOTHING_TYPED,
    "login.add_authenticator": NOTHING_TYPED,
    "login.challenge_new_passkey": "sent by the script",
    "login.add_passkey": NOTHING_TYPED,
    "public.verify_file": "a file, which no page can fill in again",
    "applications.apply": "comes back by itself, see test_applications",
    "applications.confirm": "comes back by itself, see test_applications",
}


def test_every_other_form_comes_back_or_has_nothing_to_lose(office: Office) -> None:
    posts = {
        rule.endpoint
        for rule in office.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith(("office.", "demo."))
    }
    assert posts - REDISPLAY_BY_ENDPOINT.keys() == WITHOUT_FIELDS.keys()
