"""The office records answers, corrects names and declares answers void."""

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
from tests.web.office.pages import count_events, pass_deadline, post_directly, token

RECORDING = "/office/invitations/1/recording"
CORRECTION = "/office/invitations/1/correction"
ANSWER_FORM = {
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


def load_status(office: Office, id: int = 1) -> InvitationStatus:
    invitations = store.round_status.load(office.db, office.round(1)).invitations
    return next(status for status in invitations if status.invitation.id == id)


def list_mail_numbers(office: Office, kind: MailKind, id: int = 1) -> list[int]:
    """The numbers of the invitation's mails of this kind."""
    return [
        queued.number
        for queued, _ in store.outbox.list_for_invitation(office.db, id)
        if queued.kind is kind
    ]


def read_newest_mail(office: Office, kind: MailKind) -> str:
    """The plain text of the newest mail of this kind."""
    (queued, *_) = [
        mail for mail, _ in store.outbox.list_for_invitation(office.db, 1) if mail.kind is kind
    ]
    mail_context = store.mail.load(office.db, queued)
    assert mail_context
    return office.services.compose(mail_context, office.now).get_body(("plain",)).get_content()


def voiding_path(office: Office, id: int = 1) -> str:
    version = store.answers.find_current(office.db, id)
    assert version
    return f"/office/invitations/{id}/answers/{version.id}/voiding"


# recording


def test_a_recorded_answer_has_its_scan_and_is_marked_everywhere(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/invitations/1").follow("Rückmeldung erfassen …")
    editor.submit({**ANSWER_FORM, "scan": (io.BytesIO(PDF), "Brief.exe")}, action="/recording")

    assert "Die Rückmeldung ist erfasst." in editor.text
    for sentence in (
        "per Brief",
        "Scan herunterladen (PDF",
        "Brief vom 20. Januar",
        "Konto editor",
        "diese zählt",
    ):
        assert sentence in editor.text, sentence
    assert (load_status(office).kind, load_status(office).version.channel) == (
        AnswerKind.COSIGN,
        Channel.LETTER,
    )
    assert "per Brief" in editor.open("/office/rounds/1").text
    table = editor.client.get("/office/rounds/1/members.csv", base_url="http://localhost").get_data(
        as_text=True
    )
    assert "per Brief" in table
    assert (
        "eine Rückmeldung erfasst, die nicht über den Link kam" in editor.open("/office/audit").text
    )


def test_the_member_gets_a_mail_about_the_recorded_answer(office: Office, editor: Browser) -> None:
    editor.open(RECORDING).submit(ANSWER_FORM, action="/recording")
    assert list_mail_numbers(office, MailKind.RECORDED) == [
        store.answers.find_current(office.db, 1).id
    ]
    text = read_newest_mail(office, MailKind.RECORDED)
    assert (
        "die Geschäftsstelle hat für die Stadt Musterhausen eine Rückmeldung erfasst"
        in " ".join(text.split())
    )
    assert "Eingangsweg: per Brief" in text
    assert "12:00" not in text, "nobody noted an hour"


def test_the_scan_is_kept_privately_and_downloaded_by_staff_alone(
    office: Office, editor: Browser
) -> None:
    editor.open(RECORDING).submit(
        {**ANSWER_FORM, "scan": (io.BytesIO(JPEG), "foto.png")}, action="/recording"
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


def test_errors_appear_at_their_fields_and_no_input_is_lost(
    office: Office, editor: Browser
) -> None:
    invalid = {
        **ANSWER_FORM,
        "received_on": "27.2.2027",
        "first_name": "",
        "function": "Dezernentin",
        "evidence": "",
    }
    editor.open(RECORDING).submit(
        {**invalid, "scan": (io.BytesIO(b"<html>"), "brief.pdf")}, action="/recording", status=422
    )
    assert editor.title.startswith("Fehler:")
    assert "Bitte prüfen Sie 3 Angaben" in editor.text
    assert "Diese Datei ist kein vollständiges PDF-, JPEG- oder PNG-Dokument." in editor.text
    assert editor.form("/recording").find(".//input[@id='function']").get("value") == "Dezernentin"
    assert "Bitte wählen Sie die Datei noch einmal aus" in editor.text
    assert store.answers.list_versions(office.db, 1) == []


@pytest.mark.parametrize("kind", ["decline", "not_competent", "pending"])
def test_every_answer_is_recorded(office: Office, editor: Browser, kind: str) -> None:
    form = {
        "channel": "telephone",
        "received_on": "2027-01-21",
        "answer": kind,
        "evidence": "Anruf der Büroleitung",
    }
    editor.open(RECORDING).submit(
        {**form, "expected_on": "24.2.2027", "expected_body": "Rat"}, action="/recording"
    )
    assert load_status(office).kind == kind
    assert "telefonisch" in editor.text


def test_an_answer_received_in_time_counts_after_closing_and_enqueues_a_new_print(
    office: Office,
) -> None:
    pass_deadline(office)
    office.later(days=2)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    browser = office.browser().open("/office/invitations/1").follow("Rückmeldung erfassen …")
    browser.submit({**ANSWER_FORM, "received_on": "27.2.2027"}, action="/recording", status=422)
    browser.submit({**ANSWER_FORM, "received_on": "26.2.2027"}, action="/recording")
    second = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert (second.number, second.printed_at) == (first.number + 1, None)
    assert [
        signatory.name
        for signatory in store.round_status.load(office.db, office.round(1)).signatories(
            office.round(1).deadline.tzinfo
        )
    ] == ["Stadt Musterhausen"]


def test_after_the_release_nothing_is_recorded_corrected_or_voided(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    pass_deadline(office)
    browser = office.browser().open("/office/rounds/1/release").submit(action="/release")
    for path in (RECORDING, CORRECTION, voiding_path(office)):
        browser.open(path, status=409)
        assert post_directly(browser.open("/office/invitations/1"), path) == 409
    assert "Rückmeldung erfassen …" not in browser.open("/office/invitations/1").text
    assert len(store.answers.list_versions(office.db, 1)) == 1


def test_an_answer_is_replaced_only_on_request(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", decline())
    editor.open(RECORDING).submit(ANSWER_FORM, action="/recording", status=422)
    assert "Es liegt schon eine Rückmeldung vor." in editor.text
    editor.submit({**ANSWER_FORM, "replace": True}, action="/recording")
    assert (load_status(office).kind, load_status(office).version.number) == (AnswerKind.COSIGN, 2)


def test_an_answer_received_meanwhile_is_shown_and_not_overwritten(
    office: Office, round: Round, editor: Browser
) -> None:
    editor.open(RECORDING)
    office.answer(round, "Musterhausen", decline())
    editor.submit(ANSWER_FORM, action="/recording", status=422)
    assert "Derzeit zählt: nicht mitgezeichnet" in editor.text
    stale = {"version": "0", "replace": "y", "csrf_token": token(editor), "form_key": "other"}
    form = {name: "y" if value is True else value for name, value in ANSWER_FORM.items()}
    editor.request(
        "POST", RECORDING, 409, data={**form, "official_name": "Stadt Musterhausen", **stale}
    )
    assert load_status(office).kind is AnswerKind.DECLINE
    editor.submit({"replace": True}, action="/recording")
    assert load_status(office).kind is AnswerKind.COSIGN


def test_a_second_click_records_nothing(office: Office, editor: Browser) -> None:
    editor.open(RECORDING)
    data = fields(editor.form("/recording"), ANSWER_FORM)
    for _ in range(2):
        editor.request("POST", RECORDING, 200, data=data)
        assert editor.path == "/office/invitations/1"
    assert count_events(office, Event.RECORDED) == 1
    assert len(list_mail_numbers(office, MailKind.RECORDED)) == 1


def test_the_members_receipt_names_the_channel(office: Office, editor: Browser) -> None:
    editor.open(RECORDING).submit(ANSWER_FORM, action="/recording")
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


# corrected names


def test_a_corrected_name_is_beside_the_original(
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
    assert after.received_at == before.received_at, "the time of receipt does not change"
    assert load_status(office).declaration.signer.last_name == "Nachnahme"
    assert "Anruf der Büroleitung" in editor.open("/office/audit").text
    assert list_mail_numbers(office, MailKind.CORRECTION) == [after.id]
    assert "die Geschäftsstelle hat Namen oder Funktion" in read_newest_mail(
        office, MailKind.CORRECTION
    )


def test_a_list_name_set_by_the_office_needs_no_decision(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    named = {"official_name": "Universitätsstadt Musterhausen", "reason": "Hauptsatzung"}
    editor.open(CORRECTION).submit(named, action="/correction")
    assert load_status(office).undecided == ()
    (signed,) = store.round_status.load(office.db, office.round(1)).signatories(office.now.tzinfo)
    assert signed.name == "Universitätsstadt Musterhausen"
    assert (
        store.answers.find_acceptance(office.db, 1, "name", "Universitätsstadt Musterhausen")
        is True
    )


def test_a_name_can_be_corrected_after_closing(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign())
    pass_deadline(office)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    browser = office.browser().open(CORRECTION)
    browser.submit({"first_name": "Vornahme", "reason": "Im PDF gesehen"}, action="/correction")
    assert load_status(office).declaration.signer.first_name == "Vornahme"
    assert (
        store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).number == first.number + 1
    )


def test_the_second_of_two_colleagues_correcting_a_name_sees_the_conflict(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(CORRECTION)
    other = office.browser().open(CORRECTION)
    other.submit({"last_name": "Erste", "reason": "Anruf"}, action="/correction")
    editor.submit({"last_name": "Zweite", "reason": "Brief"}, action="/correction", status=409)
    assert "Es zählt jetzt" in editor.text
    assert "Vorname Erste" in editor.text
    assert fields(editor.form("/correction"), {})["last_name"] == "Zweite"
    editor.submit(action="/correction")
    assert load_status(office).declaration.signer.last_name == "Zweite"


def test_a_correction_without_a_reason_or_a_change_is_refused(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(CORRECTION).submit({"last_name": ""}, action="/correction", status=422)
    assert "Bitte prüfen Sie 2 Angaben" in editor.text
    editor.open(CORRECTION).submit({"reason": "Anruf"}, action="/correction", status=409)
    assert "Alle Angaben sind wie bisher." in editor.text
    assert len(store.answers.list_versions(office.db, 1)) == 1


def test_the_correction_page_shows_the_evidence_of_a_recorded_answer(
    office: Office, editor: Browser
) -> None:
    editor.open(RECORDING).submit(
        {**ANSWER_FORM, "scan": (io.BytesIO(PDF), "Brief.pdf")}, action="/recording"
    )
    editor.open(CORRECTION).submit(
        {"last_name": "Nachnahme", "reason": "Anruf"}, action="/correction"
    )
    assert editor.text.count("Scan herunterladen (PDF") == 2
    assert load_status(office).version.channel is Channel.LETTER


# declaring an answer void


def test_voiding_needs_a_reason_and_a_confirmation(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open("/office/invitations/1").follow("Für ungültig erklären …")
    editor.submit(action="/voiding", status=422)
    assert "Bitte nennen Sie einen Grund; das Mitglied erfährt ihn." in editor.text
    editor.submit({"reason": "Das Schreiben kam nicht von dort."}, action="/voiding")
    assert "Wirklich für ungültig erklären?" in editor.text
    assert load_status(office).kind is AnswerKind.COSIGN, "nothing has happened yet"
    editor.submit(action="/voiding", status=422)
    assert load_status(office).kind is AnswerKind.COSIGN
    editor.submit({"sure": True}, action="/voiding")

    assert "Die Rückmeldung ist für ungültig erklärt." in editor.text
    assert "Das Schreiben kam nicht von dort." in editor.text
    assert "(ungültig)" in editor.text
    assert "diese zählt" not in editor.text


def void_answer(office: Office, browser: Browser, reason: str = "Nicht von dort.") -> None:
    browser.open(voiding_path(office)).submit({"reason": reason}, action="/voiding").submit(
        {"sure": True}, action="/voiding"
    )


def test_neither_a_voided_answer_nor_an_earlier_one_counts(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    office.later(minutes=5)
    office.answer(round, "Musterhausen", sign(function="Oberbürgermeisterin"))
    void_answer(office, editor)

    assert (load_status(office).version, load_status(office).kind) == (None, None)
    assert store.round_status.load(office.db, office.round(1)).counts[None] == 5
    assert store.signatories.count(office.db, round.id).now == 0
    assert store.answers.find_current(office.db, 1) is None
    assert store.round_status.load(office.db, round).signatories(office.now.tzinfo) == ()
    assert len(store.answers.list_versions(office.db, 1)) == 2, "every version is kept"


def test_the_member_gets_the_reason_and_can_give_a_new_answer(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    first = store.answers.find_current(office.db, 1)
    void_answer(office, editor, "Das Schreiben\nkam nicht von dort.")
    assert list_mail_numbers(office, MailKind.VOIDED) == [first.id]
    text = read_newest_mail(office, MailKind.VOIDED)
    assert "> Das Schreiben\n> kam nicht von dort." in text
    assert "können Sie hier eine neue Rückmeldung geben" in " ".join(text.split())

    office.later(minutes=5)
    office.answer(round, "Musterhausen", decline())
    assert (load_status(office).kind, load_status(office).version.number) == (AnswerKind.DECLINE, 2)


def test_voiding_after_closing_enqueues_a_new_print(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign())
    pass_deadline(office)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    void_answer(office, office.browser())
    assert (
        store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).number == first.number + 1
    )


def test_voiding_twice_voids_once(office: Office, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", sign())
    address = voiding_path(office)
    void_answer(office, editor)
    editor.open(address)
    assert editor.path == "/office/invitations/1"
    assert post_directly(editor, address, reason="Noch einmal", sure="y") == 303
    assert count_events(office, Event.VOIDED) == 1


def test_an_answer_changed_meanwhile_is_not_voided(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open(voiding_path(office)).submit({"reason": "Nicht von dort."}, action="/voiding")
    office.later(minutes=5)
    office.answer(round, "Musterhausen", decline())
    editor.submit({"sure": True}, action="/voiding", status=409)
    assert load_status(office).kind is AnswerKind.DECLINE


def test_voiding_an_answer_settles_its_objection(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    (link,) = store.rounds.list_open_links(office.db, 1)
    access = store.access.load(office.db, link)
    objection = actions.answers.object_to(
        office.db, access, access.version.id, "Nie gesehen.", office.now
    )
    void_answer(office, editor)
    assert store.answers.find_objection(office.db, objection.id).settled_at == office.now
    assert count_events(office, Event.OBJECTION_SETTLED) == 1


def test_viewers_cannot_record_correct_or_void_answers(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", sign())
    before, viewer = store.audit.find_latest(office.db), office.browser(Role.VIEWER)
    for path in (RECORDING, CORRECTION, voiding_path(office)):
        viewer.open(path, status=403)
        assert (
            post_directly(viewer.open("/office/invitations/1"), path, sure="y", reason="x") == 403
        )
    assert store.audit.find_latest(office.db) == before
