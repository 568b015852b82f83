"""What the office does about an answer: records one, puts names right, declares one void."""

import io
from hashlib import sha256

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind, Channel
from signoff.domain.audit import Event
from signoff.domain.mail import MailKind
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Round
from signoff.tokens import TokenPurpose
from tests.browser import Browser, fields
from tests.factories import decline, sign
from tests.importers.test_uploads import JPEG, PDF
from tests.web.office.office import Office
from tests.web.office.pages import closed, events, post_directly, token

RECORDING = "/office/invitations/1/recording"
CORRECTION = "/office/invitations/1/correction"
LETTER = {
    "channel": "letter",
    "received_on": "21.1.2027",
    "answer": "sign",
    "first_name": "Vorname",
    "last_name": "Nachname",
    "function": "Bürgermeisterin",
    "basis": "head",
    "authorised": True,
    "evidence": "Brief vom 20. Januar",
}


def place(office: Office, id: int = 1) -> InvitationStatus:
    found = store.round_status.load(office.db, office.round(1)).invitations
    return next(each for each in found if each.invitation.id == id)


def owed(office: Office, kind: MailKind, id: int = 1) -> list[int]:
    """The numbers of the mails of this kind about the invitation."""
    return [
        queued.number
        for queued, _ in store.outbox.list_for_invitation(office.db, id)
        if queued.kind is kind
    ]


def mail_to(office: Office, kind: MailKind) -> str:
    """The newest mail of this kind as it was sent, its text part."""
    (queued, *_) = [
        each for each, _ in store.outbox.list_for_invitation(office.db, 1) if each.kind is kind
    ]
    mail_context = store.mail.load(office.db, queued)
    assert mail_context
    return office.services.compose(mail_context, office.now).get_body(("plain",)).get_content()


def voiding(office: Office, id: int = 1) -> str:
    counts = store.answers.find_current(office.db, id)
    assert counts
    return f"/office/invitations/{id}/answers/{counts.id}/voiding"


# recording


def test_a_recorded_letter_has_its_scan_and_is_marked_everywhere(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/invitations/1").follow("Rückmeldung erfassen …")
    editor.submit({**LETTER, "scan": (io.BytesIO(PDF), "Brief.exe")}, action="/recording")

    assert "Die Rückmeldung ist erfasst." in editor.text
    for sentence in (
        "per Brief",
        "Scan herunterladen (PDF",
        "Brief vom 20. Januar",
        "Konto editor",
        "diese zählt",
    ):
        assert sentence in editor.text, sentence
    assert (place(office).kind, place(office).version.channel) == (
        AnswerKind.COSIGN,
        Channel.LETTER,
    )
    assert "per Brief" in editor.open("/office/rounds/1").text
    table = editor.client.get("/office/rounds/1/members.csv", base_url="http://localhost").get_data(
        as_text=True
    )
    assert "per Brief" in table
    assert (
        "eine Rückmeldung erfasst, die nicht über den Zugangslink kam"
        in editor.open("/office/audit").text
    )


def test_the_member_gets_a_mail_about_the_recorded_answer(office: Office, editor: Browser) -> None:
    editor.open(RECORDING).submit(LETTER, action="/recording")
    assert owed(office, MailKind.RECORDED) == [store.answers.find_current(office.db, 1).id]
    text = mail_to(office, MailKind.RECORDED)
    assert "die Geschäftsstelle hat für Stadt Musterhausen eine Rückmeldung erfasst" in " ".join(
        text.split()
    )
    assert "Eingangsweg: per Brief" in text
    assert "12:00" not in text, "nobody noted an hour"


def test_the_scan_is_kept_privately_and_downloaded_by_staff_alone(
    office: Office, editor: Browser
) -> None:
    editor.open(RECORDING).submit(
        {**LETTER, "scan": (io.BytesIO(JPEG), "foto.png")}, action="/recording"
    )
    address = "/office/invitations/1/evidence/1"
    answer = editor.client.get(address, base_url="http://localhost")
    assert (answer.data, answer.mimetype) == (JPEG, "image/jpeg")
    assert answer.headers["Content-Disposition"] == "attachment; filename=MZ-2027-0001-1.jpg"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()
    path = office.services.archive.scan_path(sha256(JPEG).hexdigest(), "jpg")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (JPEG, 0o600)
    assert office.browser(None).client.get(address, base_url="http://localhost").status_code == 303
    assert (
        editor.client.get(
            "/office/invitations/2/evidence/1", base_url="http://localhost"
        ).status_code
        == 404
    )


def test_errors_are_shown_at_their_fields_and_no_input_is_lost(
    office: Office, editor: Browser
) -> None:
    wrong = {
        **LETTER,
        "received_on": "27.2.2027",
        "first_name": "",
        "function": "Dezernentin",
        "evidence": "",
    }
    editor.open(RECORDING).submit(
        {**wrong, "scan": (io.BytesIO(b"<html>"), "brief.pdf")}, action="/recording", status=422
    )
    assert editor.title.startswith("Fehler:")
    assert "Bitte prüfen Sie 3 Angaben" in editor.text
    assert "Diese Datei ist kein vollständiges PDF-, JPEG- oder PNG-Dokument." in editor.text
    assert editor.form("/recording").find(".//input[@id='function']").get("value") == "Dezernentin"
    assert "Bitte wählen Sie die Datei noch einmal aus" in editor.text
    assert store.answers.list_versions(office.db, 1) == []


@pytest.mark.parametrize("kind", ["decline", "not_competent", "pending"])
def test_every_answer_is_recorded(office: Office, editor: Browser, kind: str) -> None:
    typed = {
        "channel": "telephone",
        "received_on": "2027-01-21",
        "answer": kind,
        "evidence": "Anruf der Büroleitung",
    }
    editor.open(RECORDING).submit(
        {**typed, "expected_on": "24.2.2027", "expected_body": "Rat"}, action="/recording"
    )
    assert place(office).kind == kind
    assert "telefonisch" in editor.text


def test_a_letter_received_in_time_counts_after_closing_and_orders_a_new_print(
    office: Office,
) -> None:
    closed(office)
    office.later(days=2)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    browser = office.browser().open("/office/invitations/1").follow("Rückmeldung erfassen …")
    browser.submit({**LETTER, "received_on": "27.2.2027"}, action="/recording", status=422)
    browser.submit({**LETTER, "received_on": "26.2.2027"}, action="/recording")
    second = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert (second.number, second.printed_at) == (first.number + 1, None)
    assert [
        each.name
        for each in store.round_status.load(office.db, office.round(1)).signatories(
            office.round(1).deadline.tzinfo
        )
    ] == ["Stadt Musterhausen"]


def test_after_the_release_nothing_is_recorded_corrected_or_voided(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    closed(office)
    browser = office.browser().open("/office/rounds/1/release").submit(action="/release")
    for path in (RECORDING, CORRECTION, voiding(office)):
        browser.open(path, status=409)
        assert post_directly(browser.open("/office/invitations/1"), path) == 409
    assert "Rückmeldung erfassen …" not in browser.open("/office/invitations/1").text
    assert len(store.answers.list_versions(office.db, 1)) == 1


def test_an_answer_is_replaced_only_where_that_is_said(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", decline())
    editor.open(RECORDING).submit(LETTER, action="/recording", status=422)
    assert "Es liegt schon eine Rückmeldung vor." in editor.text
    editor.submit({**LETTER, "replace": True}, action="/recording")
    assert (place(office).kind, place(office).version.number) == (AnswerKind.COSIGN, 2)


def test_an_answer_that_came_meanwhile_is_shown_and_not_overwritten_unseen(
    office: Office, round: Round, editor: Browser
) -> None:
    editor.open(RECORDING)
    office.answer(round, "Musterhausen", decline())
    editor.submit(LETTER, action="/recording", status=422)
    assert "Derzeit zählt: nicht mitgezeichnet" in editor.text
    stale = {"version": "0", "replace": "y", "csrf_token": token(editor), "form_key": "other"}
    sent = {name: "y" if value is True else value for name, value in LETTER.items()}
    editor.request(
        "POST", RECORDING, 409, data={**sent, "official_name": "Stadt Musterhausen", **stale}
    )
    assert place(office).kind is AnswerKind.DECLINE
    editor.submit({"replace": True}, action="/recording")
    assert place(office).kind is AnswerKind.COSIGN


def test_the_second_click_records_nothing_more(office: Office, editor: Browser) -> None:
    editor.open(RECORDING)
    data = fields(editor.form("/recording"), LETTER)
    for _ in range(2):
        editor.request("POST", RECORDING, 200, data=data)
        assert editor.path == "/office/invitations/1"
    assert events(office, Event.RECORDED) == 1
    assert len(owed(office, MailKind.RECORDED)) == 1


def test_the_receipt_behind_the_link_says_how_the_answer_came(
    office: Office, editor: Browser
) -> None:
    editor.open(RECORDING).submit(LETTER, action="/recording")
    (link,) = store.rounds.list_open_links(office.db, 1)
    access = store.access.load(office.db, link)
    assert access.version.channel is Channel.LETTER
    key = office.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )
    page = office.browser(None).open(f"/s/{key}")
    assert page.page == "receipt"
    assert "Die Geschäftsstelle hat die Rückmeldung Ihrer Kommune eingetragen." in page.text
    assert "12:00" not in page.text


# names put right


def test_a_name_is_put_right_and_the_original_stands_beside_it(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    before = store.answers.find_current(office.db, 1)
    office.later(minutes=9)
    editor.open("/office/invitations/1").follow("Namen berichtigen …")
    editor.submit(
        {"last_name": "Nachnahme", "reason": "Anruf der Büroleitung"}, action="/correction"
    )

    assert "Die Namen sind berichtigt." in editor.text
    assert "angegeben war: Vorname Nachname, Bürgermeisterin" in editor.text
    after = store.answers.find_current(office.db, 1)
    assert (after.corrects, after.channel, after.link_id) == (
        before.id,
        Channel.LINK,
        before.link_id,
    )
    assert after.received_at == before.received_at, "it was received when it was"
    assert place(office).declaration.signer.last_name == "Nachnahme"
    assert "Anruf der Büroleitung" in editor.open("/office/audit").text
    assert owed(office, MailKind.CORRECTION) == [after.id]
    assert "die Geschäftsstelle hat Namen oder Funktion" in mail_to(office, MailKind.CORRECTION)


def test_another_name_in_the_list_needs_no_further_decision(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    named = {"official_name": "Universitätsstadt Musterhausen", "reason": "Hauptsatzung"}
    editor.open(CORRECTION).submit(named, action="/correction")
    assert place(office).undecided == ()
    (signed,) = store.round_status.load(office.db, office.round(1)).signatories(office.now.tzinfo)
    assert signed.name == "Universitätsstadt Musterhausen"
    assert (
        store.answers.find_acceptance(office.db, 1, "name", "Universitätsstadt Musterhausen")
        is True
    )


def test_a_slip_seen_in_the_proof_is_put_right_after_the_closing(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    closed(office)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    browser = office.browser().open(CORRECTION)
    browser.submit({"first_name": "Vornahme", "reason": "Im PDF gesehen"}, action="/correction")
    assert place(office).declaration.signer.first_name == "Vornahme"
    assert (
        store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).number == first.number + 1
    )


def test_two_colleagues_who_correct_at_once_see_each_other(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(CORRECTION)
    other = office.browser().open(CORRECTION)
    other.submit({"last_name": "Erste", "reason": "Anruf"}, action="/correction")
    editor.submit({"last_name": "Zweite", "reason": "Brief"}, action="/correction", status=409)
    assert "Es zählt jetzt" in editor.text and "Vorname Erste" in editor.text
    assert fields(editor.form("/correction"), {})["last_name"] == "Zweite"
    editor.submit(action="/correction")
    assert place(office).declaration.signer.last_name == "Zweite"


def test_a_correction_without_a_reason_or_a_change_is_refused(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(CORRECTION).submit({"last_name": ""}, action="/correction", status=422)
    assert "Bitte prüfen Sie 2 Angaben" in editor.text
    editor.open(CORRECTION).submit({"reason": "Anruf"}, action="/correction", status=409)
    assert "Alle Angaben sind wie bisher." in editor.text
    assert len(store.answers.list_versions(office.db, 1)) == 1


def test_what_evidences_a_recorded_answer_stands_at_its_correction_too(
    office: Office, editor: Browser
) -> None:
    editor.open(RECORDING).submit(
        {**LETTER, "scan": (io.BytesIO(PDF), "Brief.pdf")}, action="/recording"
    )
    editor.open(CORRECTION).submit(
        {"last_name": "Nachnahme", "reason": "Anruf"}, action="/correction"
    )
    assert editor.text.count("Scan herunterladen (PDF") == 2
    assert place(office).version.channel is Channel.LETTER


# declaring an answer void


def test_voiding_asks_for_a_reason_and_then_once_more(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open("/office/invitations/1").follow("Für ungültig erklären …")
    editor.submit(action="/voiding", status=422)
    assert "Bitte nennen Sie einen Grund; das Mitglied erfährt ihn." in editor.text
    editor.submit({"reason": "Das Schreiben kam nicht von dort."}, action="/voiding")
    assert "Wirklich für ungültig erklären?" in editor.text
    assert place(office).kind is AnswerKind.COSIGN, "nothing has happened yet"
    editor.submit(action="/voiding", status=422)
    assert place(office).kind is AnswerKind.COSIGN
    editor.submit({"sure": True}, action="/voiding")

    assert "Die Rückmeldung ist für ungültig erklärt." in editor.text
    assert "Das Schreiben kam nicht von dort." in editor.text and "(ungültig)" in editor.text
    assert "diese zählt" not in editor.text


def void(office: Office, browser: Browser, reason: str = "Nicht von dort.") -> None:
    browser.open(voiding(office)).submit({"reason": reason}, action="/voiding").submit(
        {"sure": True}, action="/voiding"
    )


def test_a_voided_answer_counts_nowhere_and_none_before_it_does(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    office.later(minutes=5)
    office.answer(round, "Musterhausen", sign(function="Oberbürgermeisterin"))
    void(office, editor)

    assert (place(office).version, place(office).kind) == (None, None)
    assert store.round_status.load(office.db, office.round(1)).counts[None] == 5
    assert store.dashboard.count_signatures(office.db, round) == 0
    assert store.answers.find_current(office.db, 1) is None
    assert store.round_status.load(office.db, round).signatories(office.now.tzinfo) == ()
    assert len(store.answers.list_versions(office.db, 1)) == 2, "every version is kept"


def test_the_member_gets_the_reason_and_may_answer_again_while_the_round_is_open(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    first = store.answers.find_current(office.db, 1)
    void(office, editor, "Das Schreiben\nkam nicht von dort.")
    assert owed(office, MailKind.VOIDED) == [first.id]
    text = mail_to(office, MailKind.VOIDED)
    assert "> Das Schreiben\n> kam nicht von dort." in text
    assert "können Sie hier eine neue Rückmeldung geben" in " ".join(text.split())

    office.later(minutes=5)
    office.answer(round, "Musterhausen", decline())
    assert (place(office).kind, place(office).version.number) == (AnswerKind.DECLINE, 2)


def test_after_the_closing_voiding_owes_a_new_proof(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign())
    closed(office)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    void(office, office.browser())
    assert (
        store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).number == first.number + 1
    )


def test_voiding_twice_is_voiding_once(office: Office, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", sign())
    address = voiding(office)
    void(office, editor)
    editor.open(address)
    assert editor.path == "/office/invitations/1"
    assert post_directly(editor, address, reason="Noch einmal", sure="y") == 303
    assert events(office, Event.VOIDED) == 1


def test_an_answer_that_changed_meanwhile_is_not_voided_unread(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(voiding(office)).submit({"reason": "Nicht von dort."}, action="/voiding")
    office.later(minutes=5)
    office.answer(round, "Musterhausen", decline())
    editor.submit({"sure": True}, action="/voiding", status=409)
    assert place(office).kind is AnswerKind.DECLINE


def test_an_objection_is_settled_with_the_answer_it_is_about(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    (link,) = store.rounds.list_open_links(office.db, 1)
    access = store.access.load(office.db, link)
    objection = actions.answers.object_to(
        office.db, access, access.version.id, "Nie gesehen.", office.now
    )
    void(office, editor)
    assert store.answers.find_objection(office.db, objection.id).settled_at == office.now
    assert events(office, Event.OBJECTION_SETTLED) == 1


def test_who_may_only_look_is_let_into_none_of_it(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign())
    before, viewer = store.audit.find_latest(office.db), office.browser(Role.VIEWER)
    for path in (RECORDING, CORRECTION, voiding(office)):
        viewer.open(path, status=403)
        assert (
            post_directly(viewer.open("/office/invitations/1"), path, sure="y", reason="x") == 403
        )
    assert store.audit.find_latest(office.db) == before
