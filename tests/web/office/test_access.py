"""Access to the office's pages: visitors without a login, viewers and editors."""

from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions, security, store
from signoff.domain.accounts import Role
from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import sign
from tests.web.office.office import Office, new_office
from tests.web.office.pages import NOTE, post_directly

# who may open which page

PAGES = (
    "/office/",
    "/office/rounds/1",
    "/office/rounds/1/status",
    "/office/rounds/1/members.csv",
    "/office/rounds/1/members.xlsx",
    "/office/rounds/1/target",
    "/office/rounds/1/proof.pdf",
    "/office/rounds/1/draft.pdf",
    "/office/rounds/1/closing",
    "/office/rounds/1/cancellation",
    "/office/rounds/1/extension",
    "/office/rounds/1/release",
    "/office/invitations/1",
    "/office/invitations/1/links/1/address",
    "/office/papers/leitgedanken/open",
    "/office/audit",
    "/office/audit.csv",
    "/office/audit/check",
    "/office/account",
)
ACTIONS = (
    "/office/rounds/1/closing",
    "/office/rounds/1/cancellation",
    "/office/rounds/1/extension",
    "/office/rounds/1/target",
    "/office/rounds/1/release",
    "/office/rounds/1/print",
    "/office/invitations/1/links/1/address",
    "/office/invitations/1/note",
    "/office/invitations/1/name",
    "/office/papers/leitgedanken/open",
)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_without_a_login_sees_a_page_of_the_office(office: Office, path: str) -> None:
    answer = office.browser(None).client.get(path, base_url="http://localhost")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=/office")


def test_the_login_leads_to_the_requested_page(office: Office) -> None:
    password = "ein langer Satz als Passwort"
    actions.accounts.add(
        office.db,
        "neu@forum.example",
        "",
        Role.VIEWER,
        security.hash_password(password),
        "cli",
        office.now,
    )
    browser = office.browser(None).open("/office/rounds/1?answer=sign")
    browser.submit({"email": "neu@forum.example", "password": password})
    assert browser.url.endswith("/office/rounds/1?answer=sign")


@pytest.mark.parametrize("path", ACTIONS)
def test_actions_need_a_login(office: Office, path: str) -> None:
    browser = office.browser(None).open("/login")
    assert (
        post_directly(browser, path, sure="y", accepted="yes", version="1", deadline="2027-12-31")
        == 403
    )


@pytest.mark.parametrize("path", ACTIONS)
def test_a_viewer_cannot_change_anything(office: Office, viewer: Browser, path: str) -> None:
    before = store.audit.find_latest(office.db)
    assert (
        post_directly(viewer, path, sure="y", accepted="yes", version="1", deadline="2027-12-31")
        == 403
    )
    assert store.audit.find_latest(office.db) == before


def test_a_viewer_sees_the_round_without_actions(
    viewer: Browser, office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign(note=NOTE))
    viewer.open("/office/rounds/1")
    assert "schließen" not in viewer.text
    assert [form.get("action") for form in viewer.forms] == ["/logout"]
    viewer.open("/office/invitations/1")
    assert NOTE in viewer.text
    assert [form.get("action") for form in viewer.forms] == ["/logout"]
    for path in ("closing", "cancellation", "extension"):
        viewer.open(f"/office/rounds/1/{path}", status=403)


def test_logging_out_ends_the_session(editor: Browser) -> None:
    assert post_directly(editor.open("/office/account"), "/logout") == 303
    assert editor.client.get("/office/", base_url="http://localhost").status_code == 303


def test_polling_of_an_open_page_does_not_extend_the_session(
    office: Office, editor: Browser
) -> None:
    for _ in range(4):
        office.later(minutes=10)
        answer = editor.client.get("/office/rounds/1/status", base_url="http://localhost")
    assert answer.status_code == 303


def test_the_page_learns_when_the_session_ends_and_extends_it(
    office: Office, editor: Browser
) -> None:
    def ask() -> dict[str, object]:
        return editor.client.get("/login/session", base_url="http://localhost").json

    editor.open("/office/account")
    start = office.now
    assert ask() == {"seconds": 30 * 60, "extendable": True}
    office.later(minutes=28)
    assert ask() == ask() == {"seconds": 2 * 60, "extendable": True}
    assert post_directly(editor, "/login/session") == 200
    assert ask() == {"seconds": 30 * 60, "extendable": True}
    while office.now < start + timedelta(hours=11, minutes=40):
        office.later(minutes=20)
        editor.open("/office/account")
    left = timedelta(hours=12) - (office.now - start)
    assert ask() == {"seconds": left.total_seconds(), "extendable": False}
    office.later(minutes=30)
    assert ask() == {"seconds": 0, "extendable": False}


def test_unknown_addresses_answer_404(editor: Browser) -> None:
    for path in (
        "rounds/9",
        "rounds/9/release",
        "rounds/9/members.csv",
        "invitations/99",
        "papers/nichts/open",
    ):
        editor.open(f"/office/{path}", status=404)


def test_long_names_and_notes_stay_whole(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    long = "Verbandsgemeinde Sankt Margarethen an der Nordrandschnellstraße und Umgebung"
    office.enrol(
        [("Sankt Margarethen an der Nordrandschnellstraße", long, "Mecklenburg-Vorpommern")]
    )
    office.draft(title="Leitgedanken " * 15)
    round = office.open()
    id = office.answer(
        round,
        "Sankt Margarethen an der Nordrandschnellstraße",
        sign("Hanse-" + long, "Wort " * 119),
    )
    browser = office.browser()
    for path in (
        "",
        "rounds/1",
        f"invitations/{id}",
        "audit",
        "rounds/1/closing",
        "rounds/1/release",
    ):
        browser.open(f"/office/{path}")
    assert "Hanse-" + long in browser.open(f"/office/invitations/{id}").text


# the certificate


def test_the_page_of_the_round_links_to_the_offices_certificate(
    office: Office, round: Round, editor: Browser
) -> None:
    page = editor.open(f"/office/rounds/{round.id}")
    assert page.link("Verlauf (PDF)").endswith(f"/office/rounds/{round.id}/certificate.pdf")
    response = editor.client.get(
        f"/office/rounds/{round.id}/certificate.json", base_url="http://localhost"
    )
    assert response.status_code == 200
    assert response.json["statement"]["copy"] == "office"
    assert response.json["statement"]["steps"][0]["event"] == "paper_added"


def test_the_offices_certificate_needs_a_login(office: Office, round: Round) -> None:
    nobody = office.browser(None)
    for kind in ("pdf", "json"):
        response = nobody.client.get(
            f"/office/rounds/{round.id}/certificate.{kind}", base_url="http://localhost"
        )
        assert response.status_code == 303
        assert "/login" in response.headers["Location"]
