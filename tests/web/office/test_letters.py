"""Letters to members that no mail reaches: task, page, PDF, addresses, and the day they were sent."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.documents import WorkingCopy
from signoff.domain.letters import LetterKind
from signoff.domain.rounds import Round, Terms
from tests import factories
from tests.browser import Browser, fields
from tests.factories import LAST_DAY, SLUG, sign
from tests.web.office.office import Office, member, new_office
from tests.web.office.pages import catch_copies
from tests.web.office.test_answers import ANSWER_FORM
from tests.world import open_round

LETTERS = "/office/rounds/1/letters"
NAMES = ("Gemeinde Briefdorf", "Gemeinde Leerdorf")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One member has mail, Briefdorf an office without an address, Leerdorf nobody; Briefdorf's street is known."""
    office = new_office(tmp_path)
    rows = [
        member(2, "Musterhausen", "Stadt Musterhausen", "Hessen"),
        replace(factories.BRIEFDORF, street="Dorfstraße 4", postal_code="01067"),
        replace(
            factories.BRIEFDORF,
            key="05",
            name="Leerdorf",
            official_name="Gemeinde Leerdorf",
            representatives=(),
        ),
    ]
    actions.member_import.import_members(office.db, rows, office.actor, office.now)
    office.draft()
    open_round(office.db, SLUG, Opening(LAST_DAY, terms=Terms(late=True)), "cli", office.now)
    office.work()
    return office


@pytest.fixture
def round(office: Office) -> Round:
    return office.round(1)


@pytest.fixture
def copies(office: Office) -> list[WorkingCopy]:
    return catch_copies(office)


def record(browser: Browser, day: str = "21.1.2027") -> Browser:
    form = {"sent_on": day, "invitation": ["2", "3"]}
    return browser.open(LETTERS).submit(form, action="/letters")


def list_ticked(browser: Browser) -> list[str]:
    boxes = browser.form("/letters").iter("input")
    return [box.get("value", "") for box in boxes if box.get("checked") is not None]


def test_members_wait_for_a_letter_until_it_is_sent(office: Office) -> None:
    browser = office.browser().open("/office/")
    assert "2 Mitglieder warten auf einen Brief" in browser.text
    browser.follow("Briefe drucken")
    assert browser.page == "letters"
    assert "Für 1 Mitglied fehlt die Anschrift: Gemeinde Leerdorf." in browser.text

    assert list_ticked(browser) == ["2"], "whoever has an address"
    record(browser)
    assert "2 Briefe sind vermerkt." in browser.text
    assert "Einladungsbrief, 21. Januar 2027" in browser.text
    assert "auf einen Brief" not in browser.open("/office/").text
    assert "Brief 21.01.2027" in browser.open("/office/rounds/1").text
    browser.follow("Gemeinde Briefdorf")
    assert "Einladungsbrief versandt am 21. Januar 2027" in browser.text
    assert "hat den Versand von Briefen" in browser.open("/office/audit").text


def test_a_second_click_records_nothing_more(office: Office) -> None:
    browser = office.browser()
    record(browser)
    entries = len(office.entries())
    record(browser)
    assert "Das war schon vermerkt." in browser.text
    assert len(office.entries()) == entries
    assert len(store.letters.list_for_invitation(office.db, 2)) == 1


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("22.1.2027", "zwischen der Eröffnung des Verfahrens und heute"),
        ("20.1.2027", "zwischen der Eröffnung des Verfahrens und heute"),
        ("neulich", "„neulich“"),
    ],
)
def test_another_day_is_refused_and_the_ticks_stay(office: Office, day: str, message: str) -> None:
    browser = office.browser().open(LETTERS)
    browser.submit({"sent_on": day, "invitation": ["2"]}, status=422, action="/letters")
    assert message in browser.text
    assert store.letters.list_for_invitation(office.db, 2) == []
    assert list_ticked(browser) == ["2"]


def test_nobody_ticked_is_refused(office: Office) -> None:
    browser = office.browser().open(LETTERS)
    browser.submit({"invitation": []}, status=422, action="/letters")
    assert "Bitte wählen Sie aus, an wen der Brief ging." in browser.text


def test_a_reminder_by_letter_is_a_task_when_its_step_is_due(
    office: Office, copies: list[WorkingCopy]
) -> None:
    browser = office.browser()
    record(browser)
    office.now = office.now.replace(month=2, day=4)
    assert "Erinnerungsbrief" not in office.browser().open("/office/").text
    office.now = office.now.replace(month=2, day=5)
    browser = office.browser().open("/office/")
    assert "2 Erinnerungsbriefe sind fällig" in browser.text
    browser.open(f"{LETTERS}.pdf?which=due")
    assert "fehlt uns noch die Rückmeldung" in copies[-1].body

    record(browser, "5.2.2027")
    (last, first) = store.letters.list_for_invitation(office.db, 2)
    assert (first.kind, last.kind) == (LetterKind.INVITATION, LetterKind.REMINDER)
    assert last.sent_on == date(2027, 2, 5)
    assert "Erinnerungsbrief" not in browser.open("/office/").text


def test_a_member_that_has_answered_waits_for_no_letter(office: Office, round: Round) -> None:
    office.answer(round, "Briefdorf", sign("Gemeinde Briefdorf"))
    office.answer(round, "Leerdorf", sign("Gemeinde Leerdorf"))
    assert "auf einen Brief" not in office.browser().open("/office/").text


def test_the_letter_has_address_words_code_and_answer_sheet(
    office: Office, copies: list[WorkingCopy]
) -> None:
    office.browser().open(f"{LETTERS}.pdf?which=due")
    (copy,) = copies
    link = store.rounds.list_open_links(office.db, 2)[0]
    code = office.services.token_signer.short_code(link.public_id, link.generation)
    for words in (
        "Gemeinde Briefdorf\nBüro Briefdorf\nDorfstraße 4\n01067 Briefdorf",
        "Zeichnet die Gemeinde Briefdorf mit?",
        "MZ-2027-0002",
        f"<strong>{code}</strong>",
        "<strong>localhost/s</strong>",
        "Rückmeldung auf Papier",
    ):
        assert words in copy.body, words
    assert "Leerdorf" not in copy.body, "a letter without an address is not printed"
    assert copy.codes == (f"http://localhost/s?code={code}",)
    assert not list(office.settings.cache.glob("*")), "no file keeps a code"


def test_the_code_of_a_letter_opens_the_page_of_a_member_without_representatives(
    office: Office,
) -> None:
    (link,) = store.rounds.list_open_links(office.db, 3)
    code = office.services.token_signer.short_code(link.public_id, link.generation)
    reader = office.browser(None).open(f"/s?code={code}")
    assert fields(reader.form("/s"), {})["code"] == code
    reader.submit(action="/s")
    assert reader.page == "read"
    assert "Gemeinde Leerdorf" in reader.text


def test_all_members_get_a_letter_on_request(office: Office, copies: list[WorkingCopy]) -> None:
    browser = office.browser()
    browser.open("/office/members/1/edit").submit({"postal_code": "12345"}, action="/edit")
    browser.open(f"{LETTERS}.pdf?which=all")
    assert copies[-1].body.count('<section class="letter"') == 2
    assert copies[-1].body.index("Briefdorf") < copies[-1].body.index("Musterhausen")


def test_without_any_address_nothing_is_printed(office: Office, copies: list[WorkingCopy]) -> None:
    browser = office.browser().open(f"{LETTERS}.pdf?which=3", 409)
    assert "Die Anschrift fehlt für: Gemeinde Leerdorf." in browser.text
    assert copies == []


def test_a_reader_prints_no_letter(office: Office, copies: list[WorkingCopy]) -> None:
    """A letter opens the member's page, where one can sign."""
    reader = office.browser(Role.VIEWER).open(LETTERS)
    assert "drucken" not in reader.text
    reader.open(f"{LETTERS}.pdf?which=due", 403)
    assert copies == []


def test_labels_are_a_table_of_addresses(office: Office) -> None:
    office.browser().open("/office/rounds/1/addresses.xlsx?which=due")
    client = office.browser().client
    content = client.get("/office/rounds/1/addresses.xlsx?which=due", base_url="http://localhost")
    sheet = load_workbook(BytesIO(content.data)).active
    head, first, second = sheet.iter_rows(values_only=True)
    assert head[0] == "Amtliche Bezeichnung"
    assert first[:5] == (NAMES[0], "Büro Briefdorf", "Dorfstraße 4", "01067", "Briefdorf")
    assert second[0] == NAMES[1]


def test_a_member_whose_last_representative_leaves_waits_for_a_letter(office: Office) -> None:
    browser = office.browser().open("/office/members/1")
    browser.submit({}, action="/representatives/1/archive")
    assert "3 Mitglieder warten auf einen Brief" in browser.open("/office/").text
    links = store.rounds.list_open_links(office.db, 1)
    assert [(link.representative_id, link.email) for link in links] == [(None, "")]


def test_the_office_reads_that_no_mail_tells_the_member(office: Office) -> None:
    browser = office.browser().open("/office/invitations/2/recording")
    browser.submit(ANSWER_FORM, action="/recording")
    assert "Das Mitglied hat keine E-Mail-Adresse" in browser.text
    assert "per E-Mail benachrichtigt" not in browser.text
    browser.open("/office/invitations/1/recording")
    browser.submit(ANSWER_FORM | {"channel": "email"}, action="/recording")
    assert "Das Mitglied wird per E-Mail benachrichtigt." in browser.text


def test_a_letter_after_the_release_is_a_late_signature_that_the_office_reviews(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    actions.rounds.close(office.db, 1, "staff/2", office.now)
    office.work()
    actions.releases.release_paper(office.db, 1, None, "staff/2", office.now)
    office.later(days=20)
    prints = office.db["prints"].count

    browser = office.browser().open("/office/invitations/2").follow("Rückmeldung erfassen …")
    assert "gilt als Nachzeichnung" in browser.text
    browser.submit(ANSWER_FORM | {"received_on": "9.2.2027"}, action="/recording")
    browser.open("/office/")
    assert "1 Nachzeichnung ist zu prüfen" in browser.text
    (status,) = store.releases.load_late_signatures(office.db, office.round(1)).unreviewed
    assert status.version is not None
    assert (status.member.name, status.version.late) == ("Briefdorf", True)
    assert office.db["prints"].count == prints, "the released list never changes"

    browser.open("/office/invitations/2/late").submit({"accepted": "yes"}, action="/late")
    assert "Gemeinde Briefdorf" in office.browser(None).open(f"/papers/{SLUG}").text
    browser.open("/office/invitations/2/recording")
    browser.submit(ANSWER_FORM | {"replace": True}, status=409, action="/recording")
    assert "Nach der Veröffentlichung bleibt sie so." in browser.text


def test_members_asked_by_letter_get_one_about_a_new_deadline_and_about_an_early_closing(
    office: Office, copies: list[WorkingCopy]
) -> None:
    browser = office.browser()
    record(browser)
    office.later(days=3)
    browser = office.browser()
    actions.rounds.extend(office.db, 1, date(2027, 3, 31), office.actor, office.now)
    assert "2 Mitglieder warten auf einen Brief" in browser.open("/office/").text
    assert "fällig: Brief über die neue Frist" in browser.open(LETTERS).text
    browser.open(f"{LETTERS}.pdf?which=due")
    assert "ist verlängert" in copies[-1].body
    assert "Rückmeldung auf Papier" in copies[-1].body
    record(browser, "24.1.2027")
    assert "auf einen Brief" not in browser.open("/office/").text

    office.later(days=3)
    browser = office.browser()
    actions.rounds.close(office.db, 1, office.actor, office.now, reason="Alle sind gefragt")
    assert "vorzeitig geschlossen" in browser.open("/office/").text
    browser.open(f"{LETTERS}.pdf?which=due")
    assert "Alle sind gefragt" in copies[-1].body
    assert "auf Papier" not in copies[-1].body, "nothing can be answered any more"
    record(browser, "27.1.2027")
    kinds = [letter.kind for letter in store.letters.list_for_invitation(office.db, 2)]
    assert kinds == [LetterKind.CLOSED, LetterKind.EXTENDED, LetterKind.INVITATION]
    assert "auf einen Brief" not in browser.open("/office/").text
