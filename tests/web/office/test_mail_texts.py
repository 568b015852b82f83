"""The office writes its own words for a kind of mail, looks at them, and returns to the shipped ones."""

from signoff import actions, store
from signoff.domain.audit import Event
from signoff.domain.mail import MailAttachment, MailKind, MailText
from signoff.domain.mail_texts import EDITABLE_KINDS
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.office.pages import count_events

ADDRESS = "/office/mail/texts/reminder/de"
WORDS = {
    "subject": "{vorgang}: Bitte an „{titel}“ denken",
    "greeting": "Guten Tag,",
    "opening": "unser Vorstand bittet {mitglied_akkusativ} um Antwort.\n\n- Erstens **nicht** fett\n- Zweitens",
    "signature": "Herzliche Grüße\nIhre Geschäftsstelle",
}
SAVE = "/office/mail/texts/reminder/de"


def read_text(office: Office) -> MailText:
    return store.mail_texts.get(office.db, MailKind.REMINDER, "de")


def test_saved_words_are_sent_and_journalled(office: Office, editor: Browser) -> None:
    page = editor.open("/office/mail/texts")
    assert page.text.count("mitgelieferter Text") == 2 * len(EDITABLE_KINDS)
    editor.open(ADDRESS).submit(WORDS, action=SAVE)
    assert "eigener Text" in editor.text
    assert read_text(office).subject == WORDS["subject"]
    assert count_events(office, Event.MAIL_TEXT_CHANGED) == 1

    text = editor.open(
        "/office/mail/preview?kind=reminder&mail_language=de&member=Beispielstadt"
    ).text
    assert ": Bitte an „" in text
    assert "unser Vorstand bittet die Landeshauptstadt Beispielstadt um Antwort." in text
    assert "- Erstens **nicht** fett" in text
    assert "Zum Papier „" in text, "what follows the office's words begins with a capital"
    assert "Herzliche Grüße Ihre Geschäftsstelle" in text
    assert "muster-ohne-zugang" in text, "the link stays"


def test_a_preview_saves_nothing(office: Office, editor: Browser) -> None:
    page = editor.open(ADDRESS)
    page.submit({**WORDS, "member": "Musterhausen"}, press="Vorschau zeigen", action=SAVE)
    assert "bittet die Stadt Musterhausen um Antwort." in editor.text
    assert "So wird die Nachricht aussehen" in editor.text
    assert read_text(office).is_empty


def test_an_unknown_placeholder_is_refused_and_nothing_typed_is_lost(
    office: Office, editor: Browser
) -> None:
    editor.open(ADDRESS).submit(
        {**WORDS, "opening": "Zeile\n{mitgleid} fehlt"}, action=SAVE, status=422
    )
    assert "Zeile 2: Den Platzhalter {mitgleid} gibt es nicht." in editor.text
    assert "{mitgleid} fehlt" in editor.text
    assert read_text(office).is_empty


def test_words_that_somebody_else_has_changed_are_not_overwritten(
    office: Office, editor: Browser
) -> None:
    page = editor.open(ADDRESS)
    other = MailText(MailKind.REMINDER, "de", greeting="Guten Morgen,")
    tag = actions.mail_texts.compute_version_tag(read_text(office))
    actions.mail_texts.save(office.db, other, tag, "staff/1", office.now)
    page.submit(WORDS, action=SAVE, status=409)
    assert read_text(office) == other
    editor.submit(action=SAVE)  # having been told, the same words can be saved
    assert read_text(office).subject == WORDS["subject"]


def test_the_shipped_words_return(office: Office, editor: Browser) -> None:
    editor.open(ADDRESS).submit(WORDS, action=SAVE)
    editor.open(ADDRESS).submit(action="/reset")
    assert "Es gilt wieder der mitgelieferte Text." in editor.text
    assert read_text(office).is_empty
    assert not store.mail_texts.list_all(office.db)


def test_a_viewer_changes_no_words(viewer: Browser) -> None:
    viewer.open(ADDRESS, status=403)


def test_chosen_attachments_go_with_the_mail_and_are_journalled_once(
    office: Office, editor: Browser
) -> None:
    page = editor.open("/office/mail/texts")
    fields = {"attach": ["reminder.draft", "reminder.calendar"]}
    page.submit(fields, action="/attachments")
    assert "Die Anhänge und Kopien sind gespeichert." in editor.text
    editor.submit(action="/attachments")  # as they are ticked now
    assert count_events(office, Event.MAIL_ATTACHMENTS_CHANGED) == 1
    text = editor.open("/office/mail/preview?kind=reminder&mail_language=de").text
    assert "Dieser E-Mail ist beigefügt: Entwurf des Papiers (PDF), Frist" in text
    text = editor.open("/office/mail/preview?kind=invitation&mail_language=de").text
    assert "beigefügt" not in text


def test_copies_go_to_the_addresses_that_are_entered(office: Office, editor: Browser) -> None:
    page = editor.open("/office/mail/texts")
    wrong = {"copy_reminder": "akte@müller.example, akte", "attach": ["reminder.draft"]}
    page.submit(wrong, action="/attachments", status=422)
    assert "„akte“ ist keine gültige E-Mail-Adresse." in editor.text
    assert store.mail_texts.list_copies(office.db) == []
    fields = {"copy_reminder": "akte@müller.example; archiv@verband.example akte@müller.example"}
    editor.submit(fields, action="/attachments")
    assert store.mail_texts.list_copies(office.db) == [
        (MailKind.REMINDER, "akte@xn--mller-kva.example"),
        (MailKind.REMINDER, "archiv@verband.example"),
    ]
    assert store.mail_texts.list_attachments(office.db) == [
        (MailKind.REMINDER, MailAttachment.DRAFT)
    ]
    assert 'value="akte@müller.example, archiv@verband.example"' in editor.response.get_data(
        as_text=True
    )
    editor.submit(action="/attachments")  # as they are now
    assert count_events(office, Event.MAIL_ATTACHMENTS_CHANGED) == 1


def test_every_kind_of_mail_to_members_can_be_copied(office: Office, editor: Browser) -> None:
    editor.open("/office/mail/texts")
    fields = {f"copy_{kind}": "akte@verband.example" for kind in EDITABLE_KINDS}
    editor.submit(fields, action="/attachments")
    assert [kind for kind, _ in store.mail_texts.list_copies(office.db)] == list(EDITABLE_KINDS)


def test_the_page_of_a_copy_leads_to_the_mail_that_it_repeats(empty_office: Office) -> None:
    empty_office.enrol()
    empty_office.draft()
    empty_office.open()
    editor = empty_office.browser().open("/office/mail/texts")
    editor.submit({"copy_invitation": "akte@verband.example"}, action="/attachments")
    empty_office.work()
    copy = empty_office.db.conn.execute("SELECT id FROM outbox WHERE kind = 'copy'").fetchone()
    editor.open(f"/office/mail/{copy['id']}")
    assert "Kopie einer E-Mail: angenommen" in editor.text
    assert "akte@verband.example" in editor.text
    editor.follow("Die E-Mail, deren Kopie dies ist")
    assert "So ist sie hinausgegangen." in editor.text
