"""Opening a round: short steps, nothing stored before the last one, and nothing typed lost on the way."""

from datetime import datetime
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.members import MemberRow
from signoff.domain.rounds import Phase, Terms
from signoff.store.connection import transaction
from signoff.web.office import opening
from tests.browser import Browser, fields
from tests.web.office.office import NAMES, ZONE, Office, member, new_office

OPEN = "/office/papers/leitgedanken/open"
STEPS = ("Wer", "Frist", "Einstellungen", "E-Mail", "Prüfen")
DEED = "Verfahren eröffnen und einladen"
GOOD_DAY = "15.4.2027"  # a Thursday, twelve weeks away


@pytest.fixture
def office(empty_office: Office) -> Office:
    """Five members, of whom one has no address, and a paper."""
    empty_office.enrol(NAMES[:4])
    actions.member_import.import_members(
        empty_office.db,
        [MemberRow("09", "Altdorf", "Markt Altdorf", "Markt", "Hessen", line=9)],
        "cli",
        empty_office.now,
    )
    empty_office.draft()
    return empty_office


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.browser(Role.EDITOR).open(OPEN)


def send(browser: Browser, fill: dict | None = None, **more) -> Browser:
    return browser.submit(fill, action="/open", **more)


def values(browser: Browser) -> dict[str, str]:
    return fields(browser.form("/open"), {})


def step(browser: Browser) -> str:
    return browser.title.split(": ")[-1].split(" – ")[0]


def through(browser: Browser, until: str = "Prüfen", **typed: object) -> Browser:
    """The steps up to one, with what is typed in those that ask for it."""
    while step(browser) != until:
        offered = values(browser)
        now_here = {name: value for name, value in typed.items() if name in shown(browser)}
        before = step(browser)
        send(browser, now_here)
        if step(browser) == before:  # the cautions about the deadline are shown once
            send(browser)
        assert offered
    return browser


def shown(browser: Browser) -> set[str]:
    controls = (
        each for each in browser.form("/open").iter() if each.tag in ("input", "select", "textarea")
    )
    return {each.get("name", "") for each in controls if each.get("type") != "hidden"}


def buttons(browser: Browser) -> set[str]:
    return {" ".join("".join(each.itertext()).split()) for each in browser.root.iter("button")}


def nothing_happened(office: Office) -> bool:
    return store.rounds.find_by_slug(office.db, "leitgedanken") is None and "round_opened" not in [
        str(entry.event) for entry, _ in store.audit.iter_entries(office.db)
    ]


def test_a_round_is_opened_step_by_step_and_nothing_happens_before_the_last(
    office: Office, editor: Browser
) -> None:
    for name in STEPS[:-1]:
        assert step(editor) == name
        send(editor, {"deadline": GOOD_DAY} if name == "Frist" else {})
    assert step(editor) == "Prüfen" and nothing_happened(office)

    send(editor)
    assert editor.path == "/office/rounds/1"
    assert "Das Verfahren ist eröffnet." in editor.text
    round = office.round(1)
    assert round.terms == Terms()
    assert round.deadline == datetime(2027, 4, 16, tzinfo=ZONE)


def test_what_is_chosen_is_what_is_opened(office: Office, editor: Browser) -> None:
    settings = {
        "progress": "everyone",
        "dates": False,
        "late": True,
        "public": True,
        "layout": "place",
    }
    text = "Liebe Mitglieder,\r\n\r\nes ist so weit."
    through(
        editor,
        deadline=GOOD_DAY,
        reminders="10; 3",
        introduction_de=text,
        introduction_en="Dear all",
        **settings,
    )
    for words in (
        "Donnerstag, 15. April 2027, 24:00 Uhr (MESZ)",
        "alle, auch die Öffentlichkeit",
        "es ist so weit.",
    ):
        assert words in editor.text
    send(editor)
    terms = office.round(1).terms
    assert (terms.progress, terms.dates, terms.late, terms.public) == (
        "everyone",
        False,
        True,
        True,
    )
    assert (terms.layout, terms.reminders, terms.signers) == ("place", (10, 3), True)
    assert terms.introductions == {
        "de": "Liebe Mitglieder,\n\nes ist so weit.",
        "en": "Dear all",
    }


def test_every_step_can_be_revisited_and_keeps_its_input(editor: Browser) -> None:
    through(editor, deadline=GOOD_DAY, introduction_de="Hallo.", notes=False)
    send(editor, press="Ändern: Einstellungen")
    assert step(editor) == "Einstellungen" and "notes" not in values(editor)
    through(editor, "E-Mail")
    assert values(editor)["introduction_de"].strip() == "Hallo."
    assert "15. April 2027" in through(editor).text


@pytest.mark.parametrize(
    "query", ["?back=review", "?back=mail", "?deed=test", "?deed=4", "?deed=look", ""]
)
@pytest.mark.parametrize("sent", ["review", "mail", "settings", "nonsense"])
def test_a_form_that_nobody_filled_in_opens_nothing(
    office: Office, editor: Browser, query: str, sent: str
) -> None:
    told = {
        "csrf_token": values(editor)["csrf_token"],
        "step": sent,
        "deadline": "nie",
        "progress": "x",
        "selection": "?",
    }
    answer = editor.client.post(OPEN + query, data=told, base_url="http://localhost")
    assert answer.status_code in (200, 422) and nothing_happened(office)
    assert (
        editor.client.post(f"{OPEN}/mail", data=told, base_url="http://localhost").status_code
        == 404
    )


# who


def test_invited_members_are_counted_and_unreachable_ones_named(editor: Browser) -> None:
    assert "5 Mitglieder werden eingeladen." in editor.text
    assert (
        "1 Mitglied ist per E-Mail nicht erreichbar" in editor.text
        and "Markt Altdorf" in editor.text
    )
    send(editor, {"selection": "tags", "tags": True}, press="Auswahl zählen")
    assert "2 Mitglieder werden eingeladen." in editor.text and step(editor) == "Wer"


@pytest.mark.parametrize("selection", ["tags", "individual"])
def test_an_empty_selection_is_an_error_at_the_field(
    office: Office, editor: Browser, selection: str
) -> None:
    send(editor, {"selection": selection}, status=422)
    assert "Bitte wählen Sie aus, wer eingeladen wird." in editor.text and editor.title.startswith(
        "Fehler:"
    )


def test_only_members_selected_by_hand_are_invited(office: Office, editor: Browser) -> None:
    form = editor.form("/open")
    keys = [each.get("value") for each in form.iter("input") if each.get("name") == "members"][:2]
    token = values(editor)["csrf_token"]
    sent = {**values(editor), "csrf_token": token, "selection": "individual", "members": keys}
    editor.request("POST", OPEN, 200, data=sent)
    assert step(editor) == "Frist"
    carried = [
        each.get("value")
        for each in editor.form("/open").iter("input")
        if each.get("name") == "members"
    ]
    assert carried == keys

    review = {
        "step": "review",
        "deadline": GOOD_DAY,
        "settled": "y",
        "progress": "none",
        "layout": "state",
    }
    editor.request("POST", OPEN, 200, data={**sent, **review, "reminders": ""})
    asked = {store.rounds.get_invitation(office.db, id).member_id for id in (1, 2)}
    assert {each.key for each in store.members.list_all(office.db) if each.id in asked} == set(keys)
    assert len(store.rounds.list_links_of_round(office.db, 1)) <= 2


def test_of_very_many_members_those_to_be_picked_are_searched_for(
    office: Office, editor: Browser
) -> None:
    rows = [member(line, f"Ort {line}", f"Stadt Ort {line}", "Bayern") for line in range(100, 420)]
    actions.member_import.import_members(office.db, rows, "cli", office.now)
    editor.open(OPEN)
    assert "Kein Mitglied gefunden." in editor.text
    send(editor, {"selection": "individual", "find": "Ort 123"}, press="Suchen")
    send(editor, {"members": True, "find": "Neudorf"}, press="Suchen")
    labels = [" ".join("".join(each.itertext()).split()) for each in editor.root.iter("label")]
    assert "Stadt Ort 123 Bayern" in labels and "Gemeinde Neudorf Hessen" in labels


# when


@pytest.mark.parametrize(
    ("press", "day"), [("In vier Wochen", "18.02.2027"), ("In zwölf Wochen", "15.04.2027")]
)
def test_a_usual_deadline_is_put_in_by_a_button(editor: Browser, press: str, day: str) -> None:
    send(editor)
    send(editor, {"deadline": ""}, press=press)
    assert values(editor)["deadline"] == day


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("18.4.2027", "ist ein Sonntag"),
        ("27.5.2027", "Feiertag (Fronleichnam) in: Bayern, Hessen, Nordrhein-Westfalen."),
        ("30.12.2027", "um den Jahreswechsel"),
        ("28.1.2027", "Bis dahin sind es 7 Tage."),
        ("4.3.2027", "Für einen Beschluss des Rates"),
    ],
)
def test_a_deadline_that_is_badly_chosen_is_warned_of_once_and_taken(
    editor: Browser, day: str, words: str
) -> None:
    send(editor)
    send(editor, {"deadline": day})
    assert step(editor) == "Frist" and words in editor.text
    send(editor)
    assert step(editor) == "Einstellungen"
    assert words in through(editor).text, "the last page says so too"


@pytest.mark.parametrize(
    ("day", "words"),
    [("", "Letzter Tag"), ("gestern", "kein Datum"), ("1.1.2020", "Vergangenheit")],
)
def test_a_day_that_is_none_is_refused_at_its_field(
    office: Office, editor: Browser, day: str, words: str
) -> None:
    send(editor)
    send(editor, {"deadline": day}, status=422)
    assert editor.title.startswith("Fehler:") and words in editor.text and nothing_happened(office)


def test_reminders_that_are_no_days_are_refused_at_their_field(editor: Browser) -> None:
    through(editor, "Einstellungen", deadline=GOOD_DAY)
    send(editor, {"reminders": "21,x"}, status=422)
    assert "sind keine Tage vor Fristende" in editor.text and step(editor) == "Einstellungen"


# the mail


def test_the_invitation_is_seen_as_the_member_will_get_it(office: Office, editor: Browser) -> None:
    through(editor, "E-Mail", deadline=GOOD_DAY)
    send(
        editor,
        {"introduction_de": "Erster Satz.\n\nZweiter <b>Satz</b>.", "recipient": "00003"},
        press="Vorschau erneuern",
    )
    assert "Landeshauptstadt Beispielstadt: Zeichnen Sie mit?".upper() in editor.text
    assert "Erster Satz." in editor.text and "Donnerstag, 15. April 2027" in editor.text
    assert "muster-ohne-zugang" in editor.text

    sent = values(editor)
    answer = editor.client.post(f"{OPEN}/mail", data=sent, base_url="http://localhost")
    assert '<p style="margin:0 0 16px">Erster Satz.</p>' in answer.text
    assert "Zweiter &lt;b&gt;Satz&lt;/b&gt;." in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert nothing_happened(office)


def test_a_test_goes_to_oneself_and_to_nobody_else(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    sent: list = []
    office.post = sent.append  # type: ignore[method-assign]
    office.__post_init__()
    office.enrol()
    office.draft()
    editor = through(office.browser().open(OPEN), "E-Mail", deadline=GOOD_DAY)
    for _ in range(2):
        send(editor, {"introduction_de": "Nur ein Test."}, press="Test an mich senden")
        assert "Die Testnachricht geht an editor@forum.example." in editor.text
    office.work()
    (message,) = sent
    assert message["To"].addresses[0].addr_spec == "editor@forum.example"
    assert str(message["Subject"]).startswith("[Test] Bis 15. April 2027")
    assert "Nur ein Test." in message.get_body(("plain",)).get_content()
    assert nothing_happened(office)


def test_the_introduction_stands_in_every_invitation_in_the_readers_language(
    tmp_path: Path,
) -> None:
    office = new_office(tmp_path)
    sent: list = []
    office.post = sent.append  # type: ignore[method-assign]
    office.__post_init__()
    office.enrol()
    with transaction(office.db):
        (first, *_) = store.members.list_representatives(office.db)
        office.db.conn.execute(
            "UPDATE representatives SET language = 'en' WHERE id = ?", [first.id]
        )
    office.draft()
    send(
        through(
            office.browser().open(OPEN),
            deadline=GOOD_DAY,
            introduction_de="Guten Tag.",
            introduction_en="Hello.",
        )
    )
    office.work()
    said = [message.get_body(("plain",)).get_content() for message in sent]
    assert len(said) == 5
    assert sum("Hello." in each and "Guten Tag." not in each for each in said) == 1
    assert sum("Guten Tag." in each for each in said) == 4


# the last page


def test_what_stands_in_the_way_is_said_on_the_last_page_before_pressing(
    office: Office, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On loopback starter texts are allowed; for real recipients they are not."""
    monkeypatch.setattr(opening, "are_legal_texts_required", lambda: True)
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL")
    through(editor, deadline=GOOD_DAY)
    assert "Impressum und Datenschutzhinweise sind noch unbearbeitete Vorlagen." in editor.text
    assert DEED not in buttons(editor)
    send(editor, status=409)
    assert nothing_happened(office)


def test_a_text_that_cannot_be_printed_is_named_on_the_last_page(
    office: Office, editor: Browser
) -> None:
    office.broken = "die Schrift hat kein Zeichen für „😀“"
    actions.papers.enqueue_trial_print(office.db, "leitgedanken", 1, "cli", office.now)
    office.work()
    assert "die Schrift hat kein Zeichen" in through(editor, deadline=GOOD_DAY).text


def test_a_text_that_was_changed_meanwhile_is_not_opened_unread(
    office: Office, editor: Browser
) -> None:
    through(editor, deadline=GOOD_DAY)
    edition = store.papers.find_latest_edition(office.db, "leitgedanken")
    assert edition
    actions.papers.revise(
        office.db,
        "leitgedanken",
        1,
        edition.text.__class__("Neu", "<p>Anders</p>"),
        "cli",
        office.now,
        source="",
        expected_version=1,
    )
    send(editor, status=409)
    assert "Der Text wurde geändert" in editor.text and nothing_happened(office)
    send(editor)
    assert editor.path == "/office/rounds/1"


def test_a_second_click_finds_the_round(office: Office, editor: Browser) -> None:
    other = through(office.browser(Role.ADMIN).open(OPEN), deadline=GOOD_DAY)
    send(through(editor, deadline=GOOD_DAY))
    send(other)
    assert other.path == editor.path == "/office/rounds/1"
    assert other.open(OPEN).path == "/office/rounds/1"


def test_a_new_edition_waits_until_the_round_before_is_released(
    office: Office, editor: Browser
) -> None:
    office.open()
    actions.papers.add_edition(office.db, "leitgedanken", 1, "cli", office.now)
    through(editor.open(OPEN), deadline=GOOD_DAY)
    assert "Zu Fassung 1 läuft noch ein Mitzeichnungsverfahren." in editor.text
    assert DEED not in buttons(editor)
    send(editor, status=409)

    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "cli", office.now
    )
    office.work()
    actions.releases.release_paper(
        office.db, get_latest_round(office.db, "leitgedanken").id, None, "cli", office.now
    )
    send(through(editor.open(OPEN), deadline=GOOD_DAY, public=True))
    assert office.round(2).phase(office.now) is Phase.OPEN
    public = office.browser(None).open("/papers/leitgedanken")
    assert public.page == "paper", (
        "what was released stands while a new edition is put to the members"
    )
