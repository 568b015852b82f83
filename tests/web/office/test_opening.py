"""Opening a round: short steps, nothing stored before the last one, and no input lost on the way."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.errors import PRINT_INTERRUPTED
from signoff.domain.mail import MailAttachment, MailKind
from signoff.domain.members import MemberRow
from signoff.domain.releases import Print
from signoff.domain.rounds import Phase, Terms
from signoff.mail.transport import SmtpTransport
from signoff.store.connection import transaction
from signoff.web.context import services, settings
from signoff.web.office.mail import describe_delivery
from signoff.worker import Worker
from tests.browser import Browser, fields
from tests.factories import BERLIN, LAST_DAY, SLUG
from tests.web.office.office import NAMES, Office, member, new_office
from tests.world import add_edition, open_round

OPEN = "/office/papers/leitgedanken/open"
STEPS = ("Wer", "Frist", "Einstellungen", "E-Mail", "Prüfen")
OPEN_BUTTON = "Verfahren eröffnen und einladen"
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


@pytest.fixture
def slow_printer() -> bool:
    """Whether trial prints wait for a worker; else they are made as soon as they are ordered."""
    return False


@pytest.fixture(autouse=True)
def printer(slow_printer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    order = actions.prints.order_trial_print

    def order_and_print(db: Database, *arguments: object) -> Print:
        trial = order(db, *arguments)
        with Worker(settings(), db, services()) as worker:
            worker.print_next(edition_id=trial.edition_id)
        return store.releases.get_print(db, trial.id)

    if not slow_printer:
        monkeypatch.setattr(actions.prints, "order_trial_print", order_and_print)


def send(browser: Browser, fill: dict | None = None, **more) -> Browser:
    return browser.submit(fill, action="/open", **more)


def values(browser: Browser) -> dict[str, str]:
    return fields(browser.form("/open"), {})


def step(browser: Browser) -> str:
    return browser.title.split(": ")[-1].split(" – ")[0]


def complete_steps(browser: Browser, until: str = "Prüfen", **form_data: object) -> Browser:
    """Submit the steps before ``until``; each step gets those of the values that it has fields for."""
    while step(browser) != until:
        offered_values = values(browser)
        step_data = {
            name: value for name, value in form_data.items() if name in visible_fields(browser)
        }
        before = step(browser)
        send(browser, step_data)
        if step(browser) == before:  # the warnings about the deadline are shown once
            send(browser)
        assert offered_values
    return browser


def visible_fields(browser: Browser) -> set[str]:
    controls = (
        control
        for control in browser.form("/open").iter()
        if control.tag in ("input", "select", "textarea")
    )
    return {control.get("name", "") for control in controls if control.get("type") != "hidden"}


def buttons(browser: Browser) -> set[str]:
    return {" ".join("".join(button.itertext()).split()) for button in browser.root.iter("button")}


def is_unopened(office: Office) -> bool:
    return (
        store.rounds.find_by_slug(office.db, "leitgedanken") is None
        and "round_opened" not in office.events()
    )


def test_a_round_is_opened_step_by_step_and_nothing_happens_before_the_last(
    office: Office, editor: Browser
) -> None:
    for name in STEPS[:-1]:
        assert step(editor) == name
        send(editor, {"deadline": GOOD_DAY} if name == "Frist" else {})
    assert step(editor) == "Prüfen"
    assert is_unopened(office)

    send(editor)
    assert editor.path == "/office/rounds/1"
    assert "Das Verfahren ist eröffnet." in editor.text
    round = office.round(1)
    assert round.terms == Terms()
    assert round.deadline == datetime(2027, 4, 16, tzinfo=BERLIN)


def test_the_round_opens_with_the_chosen_settings(office: Office, editor: Browser) -> None:
    settings = {
        "progress": "everyone",
        "dates": False,
        "first_tag": "nord",
        "late": True,
        "public": True,
        "layout": "accession",
    }
    text = "Liebe Mitglieder,\r\n\r\nes ist so weit."
    complete_steps(
        editor,
        deadline=GOOD_DAY,
        reminders="10; 3",
        introduction_de=text,
        introduction_en="Dear all",
        **settings,
    )
    for sentence in (
        "Donnerstag, 15. April 2027, 24:00 Uhr (MESZ)",
        "alle, auch die Öffentlichkeit",
        "es ist so weit.",
    ):
        assert sentence in editor.text
    send(editor)
    terms = office.round(1).terms
    assert (terms.progress, terms.dates, terms.late, terms.public) == (
        "everyone",
        False,
        True,
        True,
    )
    assert (terms.layout, terms.reminders, terms.signers) == ("accession", (10, 3), True)
    assert (terms.first_tag, terms.signing_dates) == ("nord", True)
    assert terms.introductions == {
        "de": "Liebe Mitglieder,\n\nes ist so weit.",
        "en": "Dear all",
    }


def test_every_step_can_be_revisited_and_keeps_its_input(editor: Browser) -> None:
    complete_steps(editor, deadline=GOOD_DAY, introduction_de="Hallo.", notes=False)
    send(editor, press="Ändern: Einstellungen")
    assert step(editor) == "Einstellungen"
    assert "notes" not in values(editor)
    complete_steps(editor, "E-Mail")
    assert values(editor)["introduction_de"].strip() == "Hallo."
    assert "15. April 2027" in complete_steps(editor).text


@pytest.mark.parametrize(
    "query", ["?back=review", "?back=mail", "?deed=test", "?deed=4", "?deed=look", ""]
)
@pytest.mark.parametrize("step", ["review", "mail", "settings", "nonsense"])
def test_an_empty_form_opens_no_round(
    office: Office, editor: Browser, query: str, step: str
) -> None:
    form = {
        "csrf_token": values(editor)["csrf_token"],
        "step": step,
        "deadline": "nie",
        "progress": "x",
        "selection": "?",
    }
    answer = editor.client.post(OPEN + query, data=form, base_url="http://localhost")
    assert answer.status_code in (200, 422)
    assert is_unopened(office)
    assert (
        editor.client.post(f"{OPEN}/mail", data=form, base_url="http://localhost").status_code
        == 404
    )


# members


def test_invited_members_are_counted_and_unreachable_ones_named(editor: Browser) -> None:
    assert "5 Mitglieder werden eingeladen." in editor.text
    assert "E-Mails hinaus." in editor.text
    assert "1 Mitglied ist per E-Mail nicht erreichbar" in editor.text
    assert "Markt Altdorf" in editor.text
    send(editor, {"selection": "tags", "tags": True}, press="Auswahl zählen")
    assert "2 Mitglieder werden eingeladen." in editor.text
    assert step(editor) == "Wer"


@pytest.mark.parametrize("selection", ["tags", "individual"])
def test_an_empty_selection_is_an_error_at_the_field(
    office: Office, editor: Browser, selection: str
) -> None:
    send(editor, {"selection": selection}, status=422)
    assert "Bitte wählen Sie aus, wer eingeladen wird." in editor.text
    assert editor.title.startswith("Fehler:")


def test_only_members_selected_by_hand_are_invited(office: Office, editor: Browser) -> None:
    form = editor.form("/open")
    keys = [field.get("value") for field in form.iter("input") if field.get("name") == "members"][
        :2
    ]
    token = values(editor)["csrf_token"]
    data = {**values(editor), "csrf_token": token, "selection": "individual", "members": keys}
    editor.request("POST", OPEN, 200, data=data)
    assert step(editor) == "Frist"
    carried_keys = [
        field.get("value")
        for field in editor.form("/open").iter("input")
        if field.get("name") == "members"
    ]
    assert carried_keys == keys

    review = {
        "step": "review",
        "deadline": GOOD_DAY,
        "settled": "y",
        "progress": "none",
        "layout": "state",
    }
    for submitted in ("mail", "review"):
        form_data = {**data, **review, "reminders": "", "step": submitted}
        editor.request("POST", OPEN, 200, data=form_data)
    member_ids = {store.rounds.get_invitation(office.db, id).member_id for id in (1, 2)}
    assert {
        member.key for member in store.members.list_all(office.db) if member.id in member_ids
    } == set(keys)
    assert len(store.rounds.list_links_of_round(office.db, 1)) <= 2


def test_members_of_a_long_list_are_selected_by_search(office: Office, editor: Browser) -> None:
    rows = [member(line, f"Ort {line}", f"Stadt Ort {line}", "Bayern") for line in range(100, 420)]
    actions.member_import.import_members(office.db, rows, "cli", office.now)
    editor.open(OPEN)
    assert "Bitte suchen Sie zuerst nach einem Mitglied." in editor.text
    assert "Kein Mitglied gefunden." not in editor.text
    send(editor, {"selection": "individual", "find": "Nirgendwo"}, press="Suchen")
    assert "Kein Mitglied gefunden." in editor.text
    send(editor, {"find": "Ort"}, press="Suchen")
    assert "20 weitere Mitglieder passen auf die Suche" in editor.text
    send(editor, {"selection": "individual", "find": "Ort 123"}, press="Suchen")
    send(editor, {"members": True, "find": "Neudorf"}, press="Suchen")
    labels = [" ".join("".join(label.itertext()).split()) for label in editor.root.iter("label")]
    assert "Stadt Ort 123 Bayern" in labels
    assert "Gemeinde Neudorf Hessen" in labels


# deadline and reminders


@pytest.mark.parametrize(
    ("press", "day"), [("In vier Wochen", "18.02.2027"), ("In zwölf Wochen", "15.04.2027")]
)
def test_a_button_fills_in_a_usual_deadline(editor: Browser, press: str, day: str) -> None:
    send(editor)
    send(editor, {"deadline": ""}, press=press)
    assert values(editor)["deadline"] == day


@pytest.mark.parametrize(
    ("day", "warning"),
    [
        ("18.4.2027", "ist ein Sonntag"),
        ("27.5.2027", "Feiertag (Fronleichnam) in: Bayern, Hessen, Nordrhein-Westfalen."),
        ("30.12.2027", "um den Jahreswechsel"),
        ("28.1.2027", "Bis dahin sind es 7 Tage."),
        ("4.3.2027", "Für einen Beschluss des Rates"),
    ],
)
def test_an_unfavourable_deadline_shows_a_warning_once_and_is_accepted(
    editor: Browser, day: str, warning: str
) -> None:
    send(editor)
    send(editor, {"deadline": day})
    assert step(editor) == "Frist"
    assert warning in editor.text
    send(editor)
    assert step(editor) == "Einstellungen"
    assert warning in complete_steps(editor).text, "the last page says so too"


@pytest.mark.parametrize(
    ("day", "message"),
    [("", "Letzter Tag"), ("gestern", "kein Datum"), ("1.1.2020", "Vergangenheit")],
)
def test_an_invalid_date_is_refused_at_its_field(
    office: Office, editor: Browser, day: str, message: str
) -> None:
    send(editor)
    send(editor, {"deadline": day}, status=422)
    assert editor.title.startswith("Fehler:")
    assert message in editor.text
    assert is_unopened(office)


def test_invalid_reminder_days_are_refused_at_their_field(editor: Browser) -> None:
    complete_steps(editor, "Einstellungen", deadline=GOOD_DAY)
    send(editor, {"reminders": "21,x"}, status=422)
    assert "sind keine Tage vor Fristende" in editor.text
    assert step(editor) == "Einstellungen"


def test_the_number_of_inhabitants_needs_the_day_of_the_figures(
    office: Office, editor: Browser
) -> None:
    complete_steps(editor, "Einstellungen", deadline=GOOD_DAY)
    send(editor, {"inhabitants": True}, status=422)
    assert "Stand der Einwohnerzahlen" in editor.text
    send(editor, {"inhabitants": True, "inhabitants_as_of": "31. Dezember 2026"})
    complete_steps(editor)
    assert "ja, Stand 31. Dezember 2026" in editor.text
    send(editor)
    terms = office.round(1).terms
    assert (terms.inhabitants, terms.inhabitants_as_of) == (True, "31. Dezember 2026")


# the mail


def test_the_preview_shows_the_invitation_as_the_member_will_get_it(
    office: Office, editor: Browser
) -> None:
    complete_steps(editor, "E-Mail", deadline=GOOD_DAY)
    send(
        editor,
        {"introduction_de": "Erster Satz.\n\nZweiter <b>Satz</b>.", "recipient": "00003"},
        press="Vorschau erneuern",
    )
    assert "Zeichnet die Landeshauptstadt Beispielstadt mit?" in editor.text
    assert "Erster Satz." in editor.text
    assert "Donnerstag, 15. April 2027" in editor.text
    assert "muster-ohne-zugang" in editor.text

    data = values(editor)
    answer = editor.client.post(f"{OPEN}/mail", data=data, base_url="http://localhost")
    assert '<p style="margin:0 0 16px">Erster Satz.</p>' in answer.text
    assert "Zweiter &lt;b&gt;Satz&lt;/b&gt;." in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert is_unopened(office)


def test_a_test_mail_goes_only_to_its_sender(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    messages: list = []
    office.post = messages.append  # type: ignore[method-assign]
    office.__post_init__()
    office.enrol()
    office.draft()
    editor = complete_steps(office.browser().open(OPEN), "E-Mail", deadline=GOOD_DAY)
    for _ in range(2):
        send(editor, {"introduction_de": "Nur ein Test."}, press="Test an mich senden")
        assert "Die Testnachricht geht an editor@forum.example." in editor.text
    office.work()
    (message,) = messages
    assert message["To"].addresses[0].addr_spec == "editor@forum.example"
    assert str(message["Subject"]).startswith("[Test] Bis 15. April 2027")
    assert "Nur ein Test." in message.get_body(("plain",)).get_content()
    assert is_unopened(office)


def test_every_invitation_contains_the_introduction_in_the_readers_language(
    tmp_path: Path,
) -> None:
    office = new_office(tmp_path)
    messages: list = []
    office.post = messages.append  # type: ignore[method-assign]
    office.__post_init__()
    office.enrol()
    with transaction(office.db):
        (first, *_) = store.members.list_representatives(office.db)
        office.db.conn.execute(
            "UPDATE representatives SET language = 'en' WHERE id = ?", [first.id]
        )
    office.draft()
    send(
        complete_steps(
            office.browser().open(OPEN),
            deadline=GOOD_DAY,
            introduction_de="Guten Tag.",
            introduction_en="Hello.",
        )
    )
    office.work()
    texts = [message.get_body(("plain",)).get_content() for message in messages]
    assert len(texts) == 5
    assert sum("Hello." in text and "Guten Tag." not in text for text in texts) == 1
    assert sum("Guten Tag." in text for text in texts) == 4


# what prevents the opening


def test_the_first_page_names_what_prevents_the_opening(
    office: Office, editor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On loopback starter texts are allowed; for real recipients they are not. Each line that is
    open leads to the page where it is settled.
    """
    monkeypatch.setattr(Settings, "has_real_recipients", True)
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL")
    editor.open(OPEN)
    open_texts = "Bevor Sie Mitglieder einladen, fehlt noch: Impressum und Datenschutz"
    assert open_texts in editor.text
    assert "Es ist kein Mailserver eingerichtet." in editor.text
    links = [link.get("href") for link in editor.root.findall(".//*[@id='fehler']//a")]
    assert links == ["/office/association#texts-heading", "/office/mail"]
    admin = office.browser(Role.ADMIN).open(OPEN)
    links = [link.get("href") for link in admin.root.findall(".//*[@id='fehler']//a")]
    assert links == ["/office/association/texts/imprint/de", "/office/mail/setup"]
    send(editor, status=409)
    assert step(editor) == "Wer"
    assert is_unopened(office)


@pytest.mark.parametrize(
    ("addition", "refusal"),
    [
        (
            f'<p><img src="pictures/{"0" * 64}.png" alt=""></p>',
            "Im Text stehen Bilder ohne Beschreibung (Anzahl: 1).",
        ),
        (
            '<h2 id="a9">Zur Lage</h2><p>Am Platz 🧿</p>',
            "Zeichen, die sich nicht drucken lassen: „Zur Lage“: 🧿 (U+1F9FF, „…Lage Am Platz 🧿“).",
        ),
    ],
)
def test_a_text_that_cannot_come_out_is_refused_on_the_first_page_and_what_was_typed_stays(
    office: Office, editor: Browser, addition: str, refusal: str
) -> None:
    complete_steps(editor, "Einstellungen", deadline=GOOD_DAY)
    with transaction(office.db):
        office.db.conn.execute("UPDATE editions SET html = html || ?", [addition])

    send(editor, status=409)
    assert step(editor) == "Wer"
    assert refusal in editor.text
    assert values(editor)["deadline"] == GOOD_DAY
    assert refusal in editor.open(OPEN).text
    assert is_unopened(office)


# the last page


def test_the_last_page_warns_if_there_is_no_summary_and_the_round_opens_all_the_same(
    office: Office, editor: Browser
) -> None:
    missing = "Das Papier hat keine Kurzfassung."
    assert missing in complete_steps(editor, deadline=GOOD_DAY).text
    edition = actions.papers.get_latest_edition(office.db, "leitgedanken")
    text = replace(edition.text, summary="Worum es geht.")
    actions.papers.revise(
        office.db,
        "leitgedanken",
        edition.number,
        text,
        "cli",
        office.now,
        source=edition.source,
        expected_version=edition.version,
    )
    assert missing not in complete_steps(editor.open(OPEN), deadline=GOOD_DAY).text
    send(editor)
    assert editor.path == "/office/rounds/1"


def test_a_round_whose_document_cannot_be_printed_is_not_opened(
    office: Office, editor: Browser
) -> None:
    office.print_error = "die Schrift hat kein Zeichen für „😀“"
    complete_steps(editor, deadline=GOOD_DAY)
    assert "die Schrift hat kein Zeichen" in editor.text
    assert OPEN_BUTTON not in buttons(editor)
    send(editor, status=409)
    assert "Das ganze Dokument lässt sich so nicht fertigen: die Schrift" in editor.text
    assert "Bitte ändern Sie die genannte Stelle" in editor.text
    assert is_unopened(office)

    office.print_error = PRINT_INTERRUPTED
    send(editor, press="Probedruck noch einmal fertigen")
    assert "Das ganze Dokument wurde nicht fertig" in editor.text
    assert "Text und Liste müssen Sie nicht ändern." in editor.text
    assert "genannte Stelle" not in editor.text
    send(editor, status=409)
    assert "Das ganze Dokument wurde nicht fertig: die Fertigung dauerte zu lange" in editor.text

    office.print_error = ""
    send(editor, press="Probedruck noch einmal fertigen")
    assert OPEN_BUTTON in buttons(editor)
    send(editor)
    assert not is_unopened(office)


@pytest.mark.parametrize("slow_printer", [True])
def test_the_last_page_waits_for_the_trial_print_of_everybody_who_is_asked(
    office: Office, editor: Browser
) -> None:
    complete_steps(editor, deadline=GOOD_DAY, signers=False)
    assert OPEN_BUTTON not in buttons(editor)
    assert editor.root is not None
    (progress,) = (
        element.get("data-waiting", "")
        for element in editor.root.iter()
        if "data-waiting" in element.attrib
    )
    send(editor, press="Seite neu laden")
    assert "wird gerade gefertigt" in editor.text
    send(editor, status=409)
    assert "gibt es noch keinen Probedruck" in editor.text

    with office.worker() as worker:
        assert worker.print_next() == 1
        assert worker.print_next() == 0, "it was ordered once"
    (document,) = office.printed
    assert {item.key for item in document.signatories} == {
        "00002", "00003", "00004", "00005", "09",
    }  # fmt: skip
    assert not any(item.signer for item in document.signatories)
    assert len(document.attachments) == 4
    assert document.sealer
    answer = editor.client.get(progress)
    assert (answer.status_code, answer.text.strip()) == (200, "")

    send(editor, press="Seite neu laden")
    assert OPEN_BUTTON in buttons(editor)
    assert f"{progress}.pdf" in {link.get("href") for link in editor.root.iter("a")}
    assert office.app.test_client().get(f"{progress}.pdf").status_code == 303, (
        "for the office alone"
    )
    assert office.browser().open(f"{progress}.pdf")
    send(editor)
    assert not is_unopened(office)


@pytest.mark.parametrize("slow_printer", [True])
def test_changed_list_or_settings_ask_for_a_new_trial_print(
    office: Office, editor: Browser
) -> None:
    complete_steps(editor, deadline=GOOD_DAY)
    with office.worker() as worker:
        worker.print_next()
    send(editor, press="Seite neu laden")
    assert OPEN_BUTTON in buttons(editor)
    office.enrol([("Nachdorf", "Gemeinde Nachdorf", "Hessen"), *NAMES[1:4]])
    send(editor, status=409)
    assert "gibt es noch keinen Probedruck" in editor.text
    assert is_unopened(office)


def test_a_text_changed_meanwhile_is_not_opened(office: Office, editor: Browser) -> None:
    complete_steps(editor, deadline=GOOD_DAY)
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
    assert "Der Text wurde geändert" in editor.text
    assert is_unopened(office)
    send(editor)
    assert editor.path == "/office/rounds/1"


def test_a_second_click_leads_to_the_opened_round(office: Office, editor: Browser) -> None:
    other = complete_steps(office.browser(Role.ADMIN).open(OPEN), deadline=GOOD_DAY)
    send(complete_steps(editor, deadline=GOOD_DAY))
    send(other)
    assert other.path == editor.path == "/office/rounds/1"
    assert other.open(OPEN).path == "/office/rounds/1"


def test_a_new_edition_waits_until_the_previous_round_is_released(
    office: Office, editor: Browser
) -> None:
    office.open()
    add_edition(office.db, "leitgedanken", 1, "cli", office.now)
    editor.open(OPEN)
    assert "Zu Fassung 1 läuft noch ein Mitzeichnungsverfahren." in editor.text
    send(editor, status=409)

    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "cli", office.now
    )
    office.work()
    actions.releases.release_paper(
        office.db, get_latest_round(office.db, "leitgedanken").id, None, "cli", office.now
    )
    send(complete_steps(editor.open(OPEN), deadline=GOOD_DAY, public=True))
    assert office.round(2).phase(office.now) is Phase.OPEN
    public = office.browser(None).open("/papers/leitgedanken")
    assert public.page == "paper", (
        "what was released stands while a new edition is put to the members"
    )


@pytest.mark.parametrize(
    ("smtp_url", "words"),
    [
        (
            "smtp://mail.example?per_minute=2&per_day=2",
            "4 E-Mails: etwa 2 Min., über dem Tageslimit: 2 Tage",
        ),
        ("smtp://mail.example?per_minute=2", "4 E-Mails: etwa 2 Min. "),
        ("smtp://mail.example", "Dauer je nach Mailserver"),
    ],
)
def test_the_review_says_how_long_sending_takes(
    office: Office, editor: Browser, smtp_url: str, words: str
) -> None:
    instance = office.app.extensions["signoff"]
    office.app.extensions["signoff"] = replace(
        instance,
        services=replace(instance.services, send_mail=SmtpTransport(smtp_url)),
        settings=replace(instance.settings, smtp_url=smtp_url),
    )
    assert words in complete_steps(editor).text


def test_the_estimate_counts_the_time_of_attached_motions(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.outbox, "measure_rate", lambda db: 1_000)
    attached = [(MailKind.INVITATION, MailAttachment.MOTION)]
    with office.app.test_request_context():
        office.app.preprocess_request()
        assert describe_delivery(11_084, MailKind.INVITATION).endswith("etwa 12 Min.")
        actions.mail_texts.choose_attachments(office.db, attached, [], "staff/1", office.now)
        assert describe_delivery(11_084, MailKind.INVITATION).endswith("etwa 15 Min.")
        assert describe_delivery(11_084, MailKind.EXTENDED).endswith("etwa 12 Min.")


# as an earlier round


def open_second_paper(office: Office, editor: Browser, **terms: object) -> Browser:
    """The first page of opening another paper, after a round with these terms."""
    opening = Opening(LAST_DAY, ("nord",), Terms(**terms))
    open_round(office.db, SLUG, opening, "cli", office.now)
    office.draft("zweites", "Zweites Papier")
    return editor.open("/office/papers/zweites/open")


def test_the_settings_of_the_last_round_are_the_default(office: Office, editor: Browser) -> None:
    open_second_paper(office, editor, late=True, notes=False, layout="place", reminders=(9,))
    complete_steps(editor, "Einstellungen")
    offered = values(editor)
    assert (offered["layout"], offered["reminders"]) == ("place", "9")
    assert "late" in offered
    assert "notes" not in offered
    send(editor, {"late": False})
    send(editor)
    send(editor)
    terms = store.rounds.find_by_slug(office.db, "zweites").terms
    assert (terms.late, terms.layout, terms.tags) == (False, "place", ()), "everybody was asked"


def test_a_round_like_an_earlier_one_takes_three_clicks_from_the_dashboard(
    office: Office, editor: Browser
) -> None:
    introductions = {"de": "Liebe Mitglieder,\n\nes ist so weit."}
    open_second_paper(office, editor, public=True, introductions=introductions, first_tag="süd")
    invited = set(store.rounds.get_member_ids_by_invitation(office.db, 1).values())
    editor.open("/office/").follow("Verfahren eröffnen …")
    send(editor, press="Übernehmen und prüfen")
    assert step(editor) == "Prüfen"
    assert "Schlagwörter: nord" in editor.text
    assert "es ist so weit." in editor.text
    send(editor)
    round = store.rounds.find_by_slug(office.db, "zweites")
    earlier = store.rounds.get(office.db, 1).terms
    assert round.terms == replace(earlier, first_tag=""), "nobody has this tag"
    assert set(store.rounds.get_member_ids_by_invitation(office.db, 2).values()) == invited
    assert round.terms.introductions == introductions


def test_members_chosen_one_by_one_are_chosen_again_unless_they_are_archived(
    office: Office, editor: Browser
) -> None:
    keys = [member.key for member in store.members.list_all(office.db)[:3]]
    open_round(office.db, SLUG, Opening(LAST_DAY, members=tuple(keys)), "cli", office.now)
    actions.rounds.cancel(office.db, 1, "cli", office.now)
    gone = store.members.find_by_key(office.db, keys[0])
    actions.members.archive_member(office.db, gone.id, "cli", office.now)
    office.draft("zweites", "Zweites Papier")
    editor.open("/office/papers/zweites/open")
    send(editor, press="Übernehmen und prüfen")
    assert "2 Mitglieder" in editor.text
    carried = editor.form("/open").iter("input")
    assert [field.get("value") for field in carried if field.get("name") == "members"] == keys[1:]


def test_what_an_earlier_round_cannot_give_is_asked(office: Office, editor: Browser) -> None:
    open_second_paper(office, editor)
    for one in store.members.list_all(office.db):
        actions.members.change_member(office.db, replace(one, tags=()), {}, "cli", office.now)
    send(editor, press="Übernehmen und prüfen", status=422)
    assert step(editor).endswith("Wer")
    assert store.rounds.find_by_slug(office.db, "zweites") is None
    token = values(editor)["csrf_token"]
    data = {"csrf_token": token, "like": "99"}
    address = "/office/papers/zweites/open?deed=like"
    assert editor.client.post(address, data=data, base_url="http://localhost").status_code == 404
