"""One's own notices, name, language and address, and the calendar of what comes next."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.releases import PrintKind
from signoff.domain.subscriptions import Frequency, Topic
from tests.browser import Browser, fields
from tests.factories import LAST_DAY, pending, sign
from tests.mail.samples import part
from tests.web.office.office import Office
from tests.web.two_factor import EMAIL, account, anonymous_browser, office_with_two_factor
from tests.world import Instance

PATH = "/office/account/subscriptions"
PROFILE = "/office/account/profile"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """``EMAIL`` is an administrator with a password."""
    office = office_with_two_factor(tmp_path, monkeypatch, second_factor=False)
    yield office
    office.db.close()


def activate(office: Office, role: Role) -> int:
    """The account of this role has set its password."""
    found = account(office, f"{role}@forum.example")
    generation = store.accounts.get_generation(office.db, found.id)
    assert actions.accounts.set_password(office.db, found.id, generation, "hash", found.created_at)
    return found.id


def chosen(office: Office, account_id: int) -> dict[Topic, Frequency | None]:
    subscriptions = store.subscriptions.list_for_account(office.db, account_id)
    return {each.topic: each.frequency for each in subscriptions}


def frequencies(browser: Browser) -> dict[str, str]:
    """What the page shows as chosen."""
    selects = re.findall(r'name="(\w+)">(.*?)</select>', browser.response.text, re.DOTALL)
    found = {name: re.search(r'value="(\w+)" selected', options) for name, options in selects}
    return {name: match[1] for name, match in found.items() if match}


@pytest.mark.parametrize("role", list(Role))
def test_everybody_chooses_their_notifications(office: Office, role: Role) -> None:
    id = activate(office, role)
    browser = office.browser(role).open("/office/account").follow("Meine Benachrichtigungen")
    assert browser.page == "subscriptions"
    shown = frequencies(browser)
    assert set(shown) == set(Topic)
    assert (set(shown.values()) == {"never"}) is (role is Role.VIEWER)
    browser.submit({"note": "weekly"}, action="/account/subscriptions")
    assert frequencies(browser.open(PATH))["note"] == "weekly"
    assert chosen(office, id) == dict.fromkeys(Topic) | {Topic.NOTE: Frequency.WEEKLY}
    assert office.entries()[-1].details == {
        "change": "subscriptions",
        "topics": [["note", "weekly"]],
    }
    before = office.contents()
    browser.submit({}, action="/account/subscriptions")
    assert office.contents()["subscriptions"] == before["subscriptions"]
    assert len(office.contents()["audit"]) == len(before["audit"])


def test_a_frequency_that_is_none_changes_nothing(office: Office) -> None:
    id = activate(office, Role.EDITOR)
    browser = office.browser().open(PATH)
    token = fields(browser.form("/account/subscriptions"), {})["csrf_token"]
    for wrong in ({"standing": "at_once"}, {"note": "hourly"}):
        browser.request("POST", PATH, 409, data={"csrf_token": token, **wrong})
    assert set(chosen(office, id).values()) == {None}


def test_own_name_and_language_change_at_once(office: Office) -> None:
    browser = office.browser(Role.VIEWER).open("/office/account").follow("Angaben ändern")
    browser.submit({"name": "Neuer Name", "language": "en"}, action="/account/profile")
    assert "Your account" in browser.text or "Account" in browser.text
    assert "Neuer Name" in browser.text
    found = account(office, "viewer@forum.example")
    assert (found.name, found.language, found.role) == ("Neuer Name", "en", Role.VIEWER)
    assert 'lang="en"' in browser.open("/office/").response.text
    browser.open(PROFILE).submit({"name": ""}, status=422, action="/account/profile")
    assert account(office, "viewer@forum.example").name == "Neuer Name"


def mailed_link(office: Office, email: str) -> str:
    (message,) = [mail for mail in office.postbox if mail["To"].addresses[0].addr_spec == email]
    (link,) = re.findall(r"/login/address/\S+", part(message, "plain"))
    return str(link)


def test_no_address_is_asked_for_beside_a_name_that_cannot_be_printed(office: Office) -> None:
    activate(office, Role.EDITOR)
    browser = office.browser().open(PROFILE)
    browser.submit(
        {"name": "Wort 🧿", "email": "neu@forum.example"}, action="/account/profile", status=422
    )
    office.work()
    assert office.postbox == []


def test_a_new_address_counts_once_it_is_confirmed(office: Office) -> None:
    id = activate(office, Role.EDITOR)
    old, new = "editor@forum.example", "neu@forum.example"
    browser = office.browser().open(PROFILE)
    browser.submit({"email": "Neu@Forum.example"}, action="/account/profile")
    assert "An Neu@forum.example geht ein Link." in browser.text
    assert "Noch zu bestätigen: neu@forum.example" in browser.open(PROFILE).text
    office.work()
    link = mailed_link(office, new)
    reader = anonymous_browser(office).open(link)
    assert account(office, old).id == id  # opening the link changes nothing
    reader.submit({})
    assert "Die neue Adresse gilt." in reader.text
    assert account(office, new).id == id
    anonymous_browser(office).open(link, 404)
    office.work()
    (told,) = [mail for mail in office.postbox if mail["To"].addresses[0].addr_spec == old]
    assert "gilt jetzt eine andere E-Mail-Adresse" in " ".join(part(told, "plain").split())
    assert new not in told.as_string()


def test_an_address_link_ends_after_a_day_and_with_the_next_one(office: Office) -> None:
    activate(office, Role.EDITOR)
    for email in ("eins@forum.example", "zwei@forum.example"):
        actions.accounts.request_address(
            office.db, account(office, "editor@forum.example"), email, office.now
        )
    office.work()
    anonymous_browser(office).open(mailed_link(office, "eins@forum.example"), 404)
    anonymous_browser(office).open(mailed_link(office, "zwei@forum.example"))
    office.later(hours=25)
    anonymous_browser(office).open(mailed_link(office, "zwei@forum.example"), 404)


def test_an_address_of_somebody_else_is_refused(office: Office) -> None:
    activate(office, Role.EDITOR)
    browser = office.browser().open(PROFILE)
    browser.submit({"email": EMAIL}, status=422, action="/account/profile")
    assert store.accounts.find_latest_address_change(office.db, 2) is None


# What comes next.


@pytest.fixture
def busy(office: Office) -> Office:
    """A round with a sitting, reminders and a deadline."""
    office.enrol()
    office.draft(title="Leitgedanken")
    round = office.open()
    office.answer(round, "Altdorf", pending(date(2027, 2, 11)))
    return office


def test_the_dashboard_shows_what_comes_in_order_of_date(busy: Office) -> None:
    text = busy.browser().open("/office/").text
    assert "Was kommt" in text
    places = [
        text.index(words)
        for words in (
            "5. Februar 2027 Erinnerung an alle ohne Rückmeldung: „Leitgedanken“",
            "11. Februar 2027 Sitzung (Altdorf): „Leitgedanken“",
            "26. Februar 2027 Frist: „Leitgedanken“",
        )
    ]
    assert places == sorted(places)
    busy.later(days=40)
    assert "Was kommt" not in busy.browser().open("/office/").text


def calendar_address(office: Office, role: Role = Role.VIEWER) -> str:
    browser = office.browser(role).open(PATH).submit({}, action="/account/calendar")
    (address,) = re.findall(r'value="(http[^"]+\.ics)"', browser.response.text)
    return str(address).removeprefix("http://localhost")


def test_the_calendar_has_a_secret_address_that_can_be_renewed(busy: Office) -> None:
    activate(busy, Role.VIEWER)
    assert ".ics" not in busy.browser(Role.VIEWER).open(PATH).response.text
    first = calendar_address(busy)
    before = busy.contents()
    feed = anonymous_browser(busy).open(first).response
    assert busy.contents() == before
    assert feed.mimetype == "text/calendar"
    assert feed.headers["Cache-Control"] == "no-store"
    events = Calendar.from_ical(feed.get_data()).walk("VEVENT")
    summaries = {str(event["summary"]): event["dtstart"].dt for event in events}
    assert summaries["Frist: „Leitgedanken“"] == date(2027, 2, 26)
    assert summaries["Sitzung (Altdorf): „Leitgedanken“"] == date(2027, 2, 11)
    assert "@kommune.example" not in feed.text
    assert "/s/" not in feed.text
    second = calendar_address(busy)
    anonymous_browser(busy).open(first, 404)
    anonymous_browser(busy).open(second)
    anonymous_browser(busy).open(second.replace("/calendar/", "/calendar/x"), 404)
    actions.accounts.disable(busy.db, "viewer@forum.example", "cli", busy.now)
    anonymous_browser(busy).open(second, 404)


def test_the_embargo_of_a_planned_release_comes_next(busy: Office) -> None:
    round = busy.round(1)
    busy.now = round.deadline + timedelta(hours=10) if round.deadline else busy.now
    busy.work()
    at = busy.now + timedelta(days=2)
    actions.releases.release_paper(busy.db, round.id, at, "staff/2", busy.now)
    assert "Geplante Veröffentlichung: „Leitgedanken“" in busy.browser().open("/office/").text


def test_a_withdrawal_after_the_release_is_a_task_until_the_list_says_so(office: Office) -> None:
    office.enrol()
    office.draft(title="Leitgedanken")
    round = Instance.open(office, last_day=LAST_DAY, tags=(), late=True)
    office.answer(round, "Altdorf", sign("Markt Altdorf"))
    actions.rounds.close(office.db, round.id, "staff/2", office.now)
    office.work()
    actions.releases.release_paper(office.db, round.id, None, "staff/2", office.now)
    office.work()
    words = "1 Mitglied hat seine Mitzeichnung nach der Veröffentlichung zurückgenommen"
    assert words not in office.browser().open("/office/").text
    office.later(days=1)
    statuses = store.round_status.load(office.db, office.round(round.id)).invitations
    (invitation,) = (each.invitation for each in statuses if each.member.name == "Altdorf")
    link = store.rounds.list_open_links(office.db, invitation.id)[0]
    access = store.access.find(office.db, link.public_id, link.generation)
    assert access
    actions.answers.withdraw(office.db, access, form_key="", now=office.now)
    browser = office.browser().open("/office/")
    assert words in browser.text
    assert "Leitgedanken: Altdorf. Auf der öffentlichen Seite steht das schon" in browser.text
    actions.late.order_print(office.db, round.id, PrintKind.ADDENDUM, "staff/2", office.now)
    office.work()
    addendum = store.releases.get_latest_post_release_print(office.db, round.id)
    actions.late.release_print(office.db, round.id, addendum.sha256, "staff/2", office.now)
    assert words not in office.browser().open("/office/").text
