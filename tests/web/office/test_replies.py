"""Replies by mail on the office's pages: the task, the page, recording and settling."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answers import Channel
from signoff.domain.audit import Event
from signoff.domain.mail import BounceType, MailboxReading
from signoff.domain.replies import Reply
from signoff.store.connection import transaction
from tests.browser import Browser, fields
from tests.mail.test_replies import mail
from tests.web.office.office import Office
from tests.web.office.pages import count_events, post_directly

PAGE = "/office/invitations/1"


@pytest.fixture
def reply(office: Office) -> Reply:
    """A reply to the invitation 1, by its representative, with a PDF."""
    return receive(office, office_address(office))


def office_address(office: Office) -> str:
    return store.rounds.list_open_links(office.db, 1)[0].email


def receive(office: Office, sender: str, text: str = "Wir zeichnen mit.") -> Reply:
    (link, *_) = store.rounds.list_open_links(office.db, 1)
    message = mail(text, sender=f"Büro <{sender}>")
    message.add_attachment(b"%PDF-1.7\n", maintype="a", subtype="b", filename="erklärung.pdf")
    message.add_attachment(b"MZ", maintype="a", subtype="b", filename="virus.exe")
    incoming = office.services.classify(message.as_bytes())
    assert incoming.bounce_type is BounceType.REPLY
    assert incoming.reply
    actions.replies.record_reply(
        office.db,
        link,
        incoming.reply,
        message.as_bytes(),
        office.services.keep_reply,
        office.now,
    )
    return store.replies.list_for_invitation(office.db, 1)[0]


def test_the_dashboard_names_who_replied_and_leads_to_the_reply(
    editor: Browser, reply: Reply
) -> None:
    editor.open("/office/")
    assert "1 Antwort per E-Mail: " in editor.text
    assert f'{PAGE}#antworten"' in editor.response.get_data(as_text=True)
    editor.open("/office/replies")
    assert reply.subject in editor.text


def test_the_page_shows_the_reply_as_text_and_offers_known_files_only(
    office: Office, editor: Browser
) -> None:
    reply = receive(office, "fremd@anderswo.example", "<script>alert(1)</script> Wir zeichnen mit.")
    editor.open(PAGE)
    assert "<script>alert(1)</script> Wir zeichnen mit." in editor.text
    assert "Diese Adresse ist keine des Mitglieds." in editor.text
    assert "virus.exe (wird nicht angeboten)" in editor.text
    base = f"{PAGE}/replies/{reply.id}"
    editor.open(f"{base}/attachments/1", status=404)
    for path in (base, f"{base}/mail.eml", f"{base}/attachments/0"):
        answer = editor.client.get(path, base_url=office.settings.base_url)
        assert answer.status_code == 200
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == b"%PDF-1.7\n"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    editor.open(f"/office/invitations/2/replies/{reply.id}", status=404)


def test_a_known_sender_is_not_doubted(editor: Browser, reply: Reply) -> None:
    assert "keine des Mitglieds" not in editor.open(PAGE).text


def test_a_reply_becomes_an_answer_only_by_the_form_with_the_mail_as_evidence(
    office: Office, editor: Browser, reply: Reply
) -> None:
    editor.open(f"{PAGE}/recording?reply={reply.id}")
    form = fields(editor.form("/recording", ""), {})
    assert form["channel"] == "email"
    assert form["filled_in_email"] == office_address(office)
    assert not form.get("answer")
    assert store.answers.find_current(office.db, 1) is None
    editor.submit({"answer": "decline"}, action="/recording")
    version = store.answers.find_current(office.db, 1)
    assert version
    assert version.channel is Channel.EMAIL
    record = store.answers.find_answer_record(office.db, 1, version.id)
    assert record
    assert record.evidence.scan
    assert (record.evidence.scan.sha256, record.evidence.scan.type) == (reply.sha256, "eml")
    settled = store.replies.find(office.db, reply.id)
    assert settled
    assert settled.answer_id == version.id
    assert "als Rückmeldung erfasst" in editor.open(PAGE).text
    evidence = f"{PAGE}/evidence/{version.id}"
    answer = editor.open(evidence).response
    assert answer.mimetype == "message/rfc822"
    assert "per E-Mail" in editor.open(PAGE).text


def test_a_reply_of_another_member_is_no_evidence(
    office: Office, editor: Browser, reply: Reply
) -> None:
    editor.open(f"/office/invitations/2/recording?reply={reply.id}")
    assert reply.text not in editor.text
    typed = {"answer": "decline", "channel": "email", "received_on": "21.1.2027"}
    editor.submit(typed, action="/recording", status=422)
    assert "Nachweis" in editor.text
    assert store.answers.find_current(office.db, 2) is None


def test_a_reply_is_settled_by_one_click(office: Office, editor: Browser, reply: Reply) -> None:
    editor.open(PAGE)
    for _ in range(2):
        assert post_directly(editor, f"{PAGE}/replies/{reply.id}/settlement") == 303
    assert count_events(office, Event.REPLY_SETTLED) == 1
    assert "Antwort per E-Mail: " not in editor.open("/office/").text
    editor.open(PAGE).follow("Als Rückmeldung erfassen …")  # by mistake: the way on stays
    editor.submit({"answer": "decline"}, action="/recording")
    settled = store.replies.find(office.db, reply.id)
    assert settled
    assert settled.answer_id
    assert "Als Rückmeldung erfassen" not in editor.open(PAGE).text


def test_viewers_read_replies_and_settle_none(office: Office, reply: Reply) -> None:
    viewer = office.browser(Role.VIEWER)
    assert "Als erledigt vermerken" not in viewer.open(PAGE).text
    assert post_directly(viewer, f"{PAGE}/replies/{reply.id}/settlement") == 403


def test_what_came_back_unknown_is_shown_beside_its_mail(office: Office, editor: Browser) -> None:
    (row, _), *_ = store.outbox.list_for_invitation(office.db, 1)
    with transaction(office.db):
        store.outbox.mark_sent(office.db, [(row.id, office.now)])
        store.outbox.mark_returned(office.db, row.id, "Ihre <b>Nachricht</b>", office.now)
    for page in (PAGE, "/office/mail"):
        assert "kam zurück, bitte lesen" in editor.open(page).text
    assert "Ihre <b>Nachricht</b>" in editor.open(PAGE).text


def test_the_page_of_mails_says_when_the_mailbox_cannot_be_read(
    office: Office, editor: Browser
) -> None:
    assert "Postfach" not in editor.open("/office/mail").text
    instance = office.app.extensions["signoff"]
    settings = replace(instance.settings, imap_url="imaps://u:p@mail.example/")
    office.app.extensions["signoff"] = replace(instance, settings=settings)
    problem = "Die Anmeldung an %(hostname)s wurde abgelehnt."
    reading = MailboxReading(office.now, problem, {"hostname": "mail.example"})
    with transaction(office.db):
        store.outbox.save_mailbox_reading(office.db, reading)
    assert "Die Anmeldung an mail.example wurde abgelehnt." in editor.open("/office/mail").text
    with transaction(office.db):
        store.outbox.save_mailbox_reading(
            office.db, MailboxReading(office.now + timedelta(minutes=5))
        )
    assert "Das Postfach für Antworten wurde gelesen" in editor.open("/office/mail").text
