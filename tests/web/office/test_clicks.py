"""What the office's usual tasks cost in clicks, from the overview and without counting what is typed.

A link that is followed and a button that is pressed cost one click each. Opening the overview, choosing a file,
ticking and typing cost nothing. ``GOALS`` says what the task should cost: a click too many fails, and so does a click
fewer until the table says so.

The last login was eleven minutes ago, so that a serious act asks for the password again. These pages are counted
separately: ``PASSWORDS`` says how many there are.
"""

import io
from pathlib import Path

import pytest
from sqlite_utils import Database

from signoff import actions, security, store
from signoff.domain.accounts import Role
from signoff.domain.releases import Print
from signoff.web.context import services, settings
from signoff.worker import Worker
from tests.browser import Browser, fields
from tests.factories import decline, sign
from tests.importers.sheet_files import workbook_of
from tests.web.office.office import Office
from tests.web.office.pages import (
    NOTE,
    PUBLIC_ADDRESSES,
    count_mails,
    get_status,
    rows,
)

PASSWORD = "vier Wörter ohne Zusammenhang"
WORD_FILE = Path(__file__).parents[2] / "data" / "leitgedanken.docx"
OWN_LIST = [
    ["AGS", "Kommune", "Bundesland", "Ansprechperson", "E-Mail"],
    ["06411000", "Musterhausen", "Hessen", "Büro", "buero@musterhausen.example"],
    ["14522000", "Beispielstadt", "Sachsen", "Rathaus", "rathaus@beispielstadt.example"],
]
GOALS = {
    "own account from the link": 2,
    "member list from the office's own Excel": 3,
    "paper from Word": 2,
    "open with the last round's settings": 3,
    "who is missing": 1,
    "remind them all": 2,
    "record a letter": 4,
    "three notes": 4,
    "bounced address": 3,
    "release, first person": 2,
    "release, second person": 2,
}
PASSWORDS = {
    "member list from the office's own Excel": 1,
    "record a letter": 1,
    "bounced address": 1,
    "release, first person": 1,
    "release, second person": 1,
}


class CountingBrowser(Browser):
    """A browser that counts clicks (links that are followed, forms that are sent) and pages that ask for the password.

    It answers those pages by itself.
    """

    clicks = passwords = 0

    def follow(self, words: str, status: int = 200) -> Browser:
        self.clicks += 1
        return super().follow(words, status)

    def submit(self, fill: dict | None = None, **options) -> Browser:
        self.clicks += 1
        return super().submit(fill, **options)

    def request(self, method: str, url: str, status: int, **sent) -> Browser:
        super().request(method, url, status, **sent)
        if self.root is not None and self.page == "reauth":
            self.passwords += 1
            (form,) = [form for form in self.forms if form.get("action") != "/logout"]
            data = fields(form, {"proof": PASSWORD})
            super().request("POST", form.get("action"), status, data=data)
        return self


def at_overview(office: Office, role: Role = Role.EDITOR) -> CountingBrowser:
    browser = CountingBrowser(office.browser(role).client)
    office.later(minutes=11)
    return browser.open("/office/")


def check(task: str, browser: CountingBrowser) -> None:
    assert (browser.clicks, browser.passwords) == (GOALS[task], PASSWORDS.get(task, 0))


@pytest.fixture(autouse=True)
def any_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "verify_password", lambda stored, password: True)


@pytest.fixture
def printed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trial prints are made as soon as they are ordered."""
    order = actions.prints.order_trial_print

    def order_and_print(db: Database, *arguments: object) -> Print:
        trial = order(db, *arguments)
        with Worker(settings(), db, services()) as worker:
            worker.print_next(edition_id=trial.edition_id)
        return store.releases.get_print(db, trial.id)

    monkeypatch.setattr(actions.prints, "order_trial_print", order_and_print)


def test_own_account_from_the_link_in_the_mail(empty_office: Office) -> None:
    office = empty_office
    office.browser(Role.ADMIN).open("/office/accounts/invite").submit(
        {"name": "Neue Kollegin", "email": "neu@forum.example", "role": "editor"}, action="/invite"
    )
    office.work()
    (mail,) = [mail for mail in office.postbox if "neu@" in str(mail["To"])]
    body = mail.get_body(("plain",)).get_content()
    (link,) = [line for line in body.split() if "/login/set-up/" in line]
    browser = CountingBrowser(office.app.test_client())
    browser.clicks += 1  # the link in the mail
    browser.open(link).submit({"password": PASSWORD})
    assert browser.page == "dashboard"
    assert "Neue Kollegin" in browser.text
    check("own account from the link", browser)


def test_member_list_from_the_offices_own_excel(empty_office: Office) -> None:
    office = empty_office
    browser = at_overview(office).follow("Mitglieder")
    upload = {"file": (io.BytesIO(workbook_of({"Liste": OWN_LIST})), "Mitglieder 2027.xlsx")}
    browser.submit(upload, action="/members/import")
    assert browser.page == "member-import-preview"
    browser.submit(press="Alles übernehmen", action=browser.path)
    assert {member.name for member in store.members.list_all(office.db)} == {
        "Musterhausen",
        "Beispielstadt",
    }
    check("member list from the office's own Excel", browser)


def test_paper_from_word(empty_office: Office) -> None:
    browser = at_overview(empty_office).follow("Neues Papier")
    browser.submit(
        {"upload": (io.BytesIO(WORD_FILE.read_bytes()), WORD_FILE.name)}, action="/papers/new"
    )
    browser.clicks -= 1  # a script does this when the file is chosen, see test_papers_browser
    browser.submit(action="/papers/new")
    assert browser.page == "paper"
    (edition,) = store.papers.list_latest_editions(empty_office.db)
    assert "Öffentliche Räume gehören allen." in edition.text.html
    check("paper from Word", browser)


def test_open_with_the_last_rounds_settings(office: Office, printed_at_once: None) -> None:
    office.draft("zweites-papier", "Zweites Papier")
    terms = office.round(1).terms
    browser = at_overview(office)
    browser.follow("Verfahren eröffnen …")
    browser.submit(press="Übernehmen und prüfen", action="/open")
    browser.submit(press="Verfahren eröffnen und einladen", action="/open")
    assert "Das Verfahren ist eröffnet." in browser.text
    round = store.rounds.find_by_slug(office.db, "zweites-papier")
    assert round
    assert round.terms == terms
    check("open with the last round's settings", browser)


def test_who_is_missing_and_remind_them_all(office: Office) -> None:
    office.answer(office.round(1), "Neudorf", decline())
    office.later(days=5)
    browser = at_overview(office).follow("4 ohne Rückmeldung")
    assert len(rows(browser)) == 4
    assert "Gemeinde Neudorf" not in rows(browser)
    check("who is missing", browser)
    browser = at_overview(office).follow("alle erinnern …")
    assert "4 Mitglieder erhalten eine Erinnerung" in browser.text
    browser.submit(press="Erinnern", action="/reminders/selection")
    assert count_mails(office, "reminder") == 4
    check("remind them all", browser)


def test_record_a_letter(office: Office) -> None:
    browser = at_overview(office).follow("Noch hat niemand geantwortet.")
    browser.follow("Stadt Musterhausen").follow("Rückmeldung erfassen …")
    form = {"channel": "letter", "received_on": "21.1.2027", "answer": "decline"}
    browser.submit({**form, "evidence": "Brief vom 20. Januar"}, action="/recording")
    assert "Die Rückmeldung ist erfasst." in browser.text
    (status,) = [
        status
        for status in store.round_status.load(office.db, office.round(1)).invitations
        if status.member.name == "Musterhausen"
    ]
    assert str(status.version.channel) == "letter"
    check("record a letter", browser)


def test_three_notes(office: Office) -> None:
    given = (("Altdorf", "Markt Altdorf"), ("Musterhausen", "Stadt Musterhausen"))
    for name, official in (*given, ("Neudorf", "Gemeinde Neudorf")):
        office.answer(office.round(1), name, sign(official, NOTE))
    browser = at_overview(office).follow("Notizen lesen")
    for _ in range(3):
        browser.submit(press="Notiz annehmen", action="/note")
    assert not store.round_status.load(office.db, office.round(1)).undecided
    check("three notes", browser)


def test_bounced_address(empty_office: Office) -> None:
    office = empty_office
    office.enrol()
    office.draft()
    office.open()
    office.unknown_mailboxes = {"m00005"}
    office.work()
    browser = at_overview(office).follow("Mitglied ansehen").follow("Adresse berichtigen")
    browser.submit({"email": "rathaus@neudorf.example"}, action="/address")
    office.work()
    assert office.postbox[-1]["To"].addresses[0].addr_spec == "rathaus@neudorf.example"
    assert "Die Einladung hat" not in browser.open("/office/").text
    check("bounced address", browser)


def test_release_with_four_eyes(ready: Office) -> None:
    for account in store.accounts.list_all(ready.db):
        actions.accounts.set_password(ready.db, account.id, 1, "hash", account.created_at)
    actions.approvals.set_four_eyes(ready.db, True, "staff/1", ready.now)
    first = at_overview(ready).follow("PDF ansehen und veröffentlichen").submit(action="/release")
    assert get_status(ready, PUBLIC_ADDRESSES[0]) == 404
    check("release, first person", first)
    second = at_overview(ready, Role.ADMIN).follow("Ansehen und bestätigen")
    second.submit(action="/confirmation")
    assert get_status(ready, PUBLIC_ADDRESSES[0]) == 200
    check("release, second person", second)
