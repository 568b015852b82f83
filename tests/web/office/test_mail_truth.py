"""The office's pages say of a mail what has happened to it, in words of the office."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.config import Settings
from signoff.domain.accounts import Role
from signoff.domain.mail import MailKind
from signoff.domain.members import MemberRow
from signoff.domain.round_status import MailState
from signoff.i18n.errors import describe_mail_problem
from signoff.mail.sent import DUMMY_TOKEN
from signoff.mail.transport import FolderTransport, SmtpTransport
from tests.mail.test_transport_smtp import Server, posting, running
from tests.web.office.office import Office, new_office

RED_TASK = "Es ist kein Mailserver eingerichtet"


@pytest.fixture
def stranded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with real recipients whose mail lies in the folder: a round was opened all the same."""
    monkeypatch.setattr(Settings, "has_real_recipients", True)
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    office.open()
    office.work(send_mail=FolderTransport(office.settings.outbox))
    yield office
    office.db.close()


def test_without_a_mail_server_no_page_says_that_anything_was_sent(stranded: Office) -> None:
    page = stranded.browser().open("/office/mail")
    assert "5 liegt im Ordner (kein Mailserver)" in page.text
    assert "0 angenommen" in page.text
    assert RED_TASK in page.text
    rows = page.open("/office/mail?state=folder").text
    assert rows.count("liegt im Ordner (kein Mailserver)") >= 5
    round_page = page.open("/office/rounds/1").text
    assert round_page.count("liegt im Ordner (kein Mailserver)") == 5
    assert "liegt im Ordner" in page.open("/office/invitations/1").text
    assert "Die E-Mail liegt als Datei im Ordner" in page.open("/office/mail/1").text
    overview = page.open("/office/").text
    assert RED_TASK in overview
    assert "5 E-Mails liegen im Ordner" in overview
    assert "Die Einladung hat 5 Mitglieder nicht erreicht" in overview
    table = page.client.get("/office/mail.csv", base_url="http://localhost").get_data(as_text=True)
    assert table.count("liegt im Ordner (kein Mailserver)") == 5
    assert "versandt" not in table.partition("\n")[2]


def test_on_loopback_there_is_no_such_task(office: Office) -> None:
    assert "Im Augenblick ist nichts zu tun." in office.browser().text


def test_nobody_is_invited_and_no_deadline_moves_without_a_mail_server(stranded: Office) -> None:
    stranded.enrol([*(("Ort", "Gemeinde Ort", "Hessen") for _ in range(6))])
    before = store.outbox.count_totals(stranded.db)
    page = stranded.browser().open("/office/rounds/1/members")
    assert (
        "Es ist kein Mailserver eingerichtet."
        in page.submit({"member": "00007"}, action="/members", status=409).text
    )
    page.open("/office/rounds/1/extension")
    extended = page.submit({"deadline": "31.3.2027"}, action="/extension", status=409)
    assert "Es ist kein Mailserver eingerichtet." in extended.text
    assert store.outbox.count_totals(stranded.db) == before


# one mail


def test_a_sent_mail_is_read_again_as_it_went_out(office: Office) -> None:
    office.later(days=1)
    with running(server := Server()) as address, posting(address) as post:
        actions.rounds.extend(
            office.db, 1, office.now.date() + timedelta(days=90), "cli", office.now
        )
        office.work(send_mail=post)
    (listed, *_) = store.outbox.list_messages(office.db, kind="extended", state="", q="", most=9)
    page = office.browser(Role.VIEWER).open(f"/office/mail/{listed.message.id}")
    assert listed.email in [envelope.rcpt_tos[0] for envelope in server.accepted]
    assert listed.email in page.text
    assert "Vom Mailserver angenommen" in page.text
    assert f"/s/{DUMMY_TOKEN}" in page.text
    assert "frame-src 'self'" in page.response.headers["Content-Security-Policy"]
    html = page.client.get(f"/office/mail/{listed.message.id}/html", base_url="http://localhost")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert DUMMY_TOKEN in html.get_data(as_text=True)


def test_what_the_office_changes_later_does_not_change_a_sent_mail(office: Office) -> None:
    id = store.outbox.list_messages(office.db, kind="invitation", state="", q="", most=1)[
        0
    ].message.id
    page = office.browser().open(f"/office/mail/{id}")
    before = page.text
    association = store.association.get(office.db)
    office.db.conn.execute("UPDATE association SET telephone = '000'")
    assert page.open(f"/office/mail/{id}").text == before
    assert association.telephone in before


def test_lists_lead_to_each_mail_and_there_is_no_other(office: Office) -> None:
    page = office.browser().open("/office/mail")
    for address in ("/office/mail", "/office/invitations/1"):
        page.open(address)
        assert any(
            (link.get("href") or "").endswith("/office/mail/1") for link in page.root.iter("a")
        )
    for address in ("/office/mail/99", "/office/mail/99/html"):
        assert page.client.get(address, base_url="http://localhost").status_code == 404


def test_a_mail_that_has_not_gone_out_has_no_text(office: Office) -> None:
    actions.answers.resend_links(office.db, 1, {1}, "cli", office.now + timedelta(hours=1))
    (owed, *_) = store.outbox.list_messages(
        office.db, kind=MailKind.NEW_LINK, state="", q="", most=1
    )
    page = office.browser().open(f"/office/mail/{owed.message.id}")
    assert "Diese E-Mail ist noch nicht hinausgegangen." in page.text
    address = f"/office/mail/{owed.message.id}/html"
    assert page.client.get(address, base_url="http://localhost").status_code == 404


# problems in a clerk's words


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("[Errno 111] Connection refused", "nimmt keine Verbindung an"),
        ("[Errno -2] Name or service not known", "unter diesem Namen nicht"),
        ("[Errno -3] Temporary failure in name resolution", "Namensauflösung"),
        ("timed out", "nicht zu erreichen"),
        ("Connection unexpectedly closed", "die Verbindung abgebrochen"),
        ("[Errno 113] No route to host", "nicht zu erreichen"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "zum Zertifikat passt"),
        ("STARTTLS extension not supported by server.", "verschlüsselte Verbindung"),
        ("[Errno 28] No space left on device", "auf dem Datenträger Platz"),
        ("not a mail address: 'x'", "lässt sich nicht verfassen"),
        ("550 5.1.1 Connection refused by policy", "Der Mailserver antwortet: „550"),
    ],
)
def test_what_the_system_says_is_explained_and_quoted(words: str, sentence: str) -> None:
    explained = describe_mail_problem(words)
    assert sentence in explained
    assert f"„{words}“" in explained


def test_the_words_of_the_system_are_never_alone_on_a_page(office: Office) -> None:
    actions.answers.resend_links(office.db, 1, {1}, "cli", office.now + timedelta(hours=1))
    office.later(hours=2)
    office.work(send_mail=SmtpTransport("smtp://127.0.0.1:9", timeout=1))
    page = office.browser()
    quoted = "Wortlaut: „[Errno 111] Connection refused“"
    assert quoted in page.open("/office/invitations/1").text
    assert quoted in page.open("/office/mail").text
    assert "nicht zu erreichen" in page.open("/office/").text


# who is told, and who is not


def test_members_without_an_address_are_not_counted_as_invited(office: Office) -> None:
    row = MemberRow("09", "Briefdorf", "Gemeinde Briefdorf", "Gemeinde", "Hessen", line=9)
    actions.member_import.import_members(office.db, [row], "cli", office.now)
    page = office.browser().open("/office/rounds/1/members")
    text = page.submit({"member": "09"}, action="/members").text
    assert "1 Mitglied hat keine E-Mail-Adresse und erhält einen Brief." in text
    assert "eingeladen." not in text.partition("erhält einen Brief.")[0]


def test_a_round_that_never_left_is_cancelled_without_a_word(empty_office: Office) -> None:
    empty_office.enrol()
    empty_office.draft()
    empty_office.open()
    page = empty_office.browser().open("/office/rounds/1/cancellation")
    assert "Deshalb wird niemand benachrichtigt" in page.text
    page.submit({"sure": True}, action="/cancellation")
    assert sum(store.outbox.count_by_state(empty_office.db).values()) == 0


def test_cancelling_names_how_many_are_notified(office: Office) -> None:
    page = office.browser().open("/office/rounds/1/cancellation")
    assert "An 5 Adressen ist schon eine E-Mail zu diesem Verfahren gegangen" in page.text


def test_reminders_wait_for_the_invitation_and_say_so(empty_office: Office) -> None:
    empty_office.enrol()
    empty_office.draft()
    empty_office.open()
    page = empty_office.browser().open("/office/rounds/1/reminders")
    assert "An 5 Adressen ist noch keine Einladung versandt." in page.text
    assert "Es steht keine Erinnerung an." not in page.text
    empty_office.work()
    assert "noch keine Einladung" not in page.open("/office/rounds/1/reminders").text
    assert store.outbox.count_by_state(empty_office.db)[MailState.SENT] == 5
