"""The office after the release: decisions about late signatures, addenda and new editions."""

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Terms
from signoff.domain.signatories import SignatureCounts
from tests.browser import Browser, fields
from tests.factories import LAST_DAY, decline, sign
from tests.prepared import made_once
from tests.web.office.office import Office
from tests.world import open_round

SLUG = "leitgedanken"
LATE = "/office/rounds/1/late"
VERDICT = "/office/invitations/2/late"
NOTE = "Vorbehaltlich der Haushaltsmittel."


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """Musterhausen signed in time, the paper is released; Beispielstadt signs late, with a note and another name."""
    empty_office.enrol()
    empty_office.draft()
    round = open_round(
        empty_office.db, SLUG, Opening(LAST_DAY, terms=Terms(late=True)), "cli", empty_office.now
    )
    empty_office.answer(round, "Musterhausen", sign())
    actions.rounds.close(empty_office.db, round.id, "staff/2", empty_office.now)
    empty_office.work()
    actions.releases.release_paper(empty_office.db, round.id, None, "staff/2", empty_office.now)
    empty_office.later(days=20)
    empty_office.answer(round, "Beispielstadt", sign("Beispielstadt am Fluss", NOTE))
    return empty_office


def decide(office: Office, **chosen: object):
    clerk = office.browser().open("/office/")
    assert "1 Nachzeichnung ist zu prüfen" in clerk.text
    clerk.open(clerk.link("Nachzeichnungen ansehen")).open(clerk.link("Nachzeichnung prüfen"))
    assert clerk.page == "late-review"
    assert NOTE in clerk.text
    return clerk.submit(chosen, action="/late")


def post_form(clerk: Browser, path: str, form: dict[str, str], status: int) -> None:
    """Post a form that the page does not offer, with a valid CSRF token."""
    clerk.open(LATE)
    clerk.request("POST", path, status, data={**fields(clerk.form("/logout"), {}), **form})


def load_late_signatures(office: Office):
    return store.releases.load_late_signatures(office.db, office.round(1))


def test_the_office_accepts_with_note_and_name_and_the_public_reads_it_at_once(
    office: Office,
) -> None:
    clerk = decide(office, accepted="yes", note_accepted=True, name_accepted=True)
    assert clerk.page == "late"
    assert "noch in keinem Nachtrag" in clerk.text
    reader = office.browser(None).open(f"/papers/{SLUG}")
    assert "Beispielstadt am Fluss" in reader.text
    assert NOTE in reader.text
    assert "nachgezeichnet am 10. Februar 2027" in reader.text
    assert "ist zu prüfen" not in clerk.open("/office/").text


def test_a_refusal_needs_a_reason_and_keeps_the_input(office: Office) -> None:
    clerk = office.browser().open(VERDICT)
    clerk.submit({"accepted": "no"}, action="/late", status=422)
    assert "Begründung für das Mitglied" in clerk.text
    assert clerk.title.startswith("Fehler:")
    clerk.submit({"accepted": "no", "late_reason": "x" * 1001}, action="/late", status=422)
    assert "x" * 1001 in clerk.response.text
    clerk.submit({"late_reason": "Bitte mit Beschluss."}, action="/late")
    assert clerk.page == "late"
    assert (load_late_signatures(office).entries, load_late_signatures(office).unreviewed) == (
        (),
        (),
    )


def test_nothing_is_chosen_beforehand(office: Office) -> None:
    clerk = office.browser().open(VERDICT)
    clerk.submit({}, action="/late", status=422)
    assert load_late_signatures(office).unreviewed


def test_a_late_signature_changed_meanwhile_is_not_decided(office: Office) -> None:
    clerk = office.browser().open(VERDICT)
    office.later(minutes=5)
    office.answer(office.round(1), "Beispielstadt", sign("Landeshauptstadt Beispielstadt"))
    clerk.submit({"accepted": "yes"}, action="/late", status=409)
    assert "wurde inzwischen geändert" in clerk.text
    assert load_late_signatures(office).entries == ()


def test_an_addendum_is_printed_previewed_and_released_once(office: Office) -> None:
    first = store.releases.find_for_round(office.db, 1)
    decide(office, accepted="yes")
    clerk = office.browser().open(LATE)
    clerk.submit({"kind": "addendum"}, action="/documents")
    assert "wird gerade gefertigt" in clerk.text
    office.work()
    clerk.open(LATE)
    assert "1. Nachtrag: ansehen und veröffentlichen" in clerk.text
    assert clerk.open("/office/rounds/1/documents/proof.pdf").response.mimetype == "application/pdf"
    clerk.open(LATE)
    second = office.browser().open(LATE)
    clerk.submit(action="/documents/release")
    assert "nichts zu fertigen" not in clerk.text  # a new edition is still possible
    releases = store.releases.list_for_round(office.db, 1)
    assert [release.kind for release in releases] == [PrintKind.FINAL, PrintKind.ADDENDUM]
    assert releases[0] == first
    second.submit(action="/documents/release")  # a colleague presses the same button
    assert len(store.releases.list_for_round(office.db, 1)) == 2


def test_a_failed_print_shows_the_reason_and_can_be_repeated(office: Office) -> None:
    decide(office, accepted="yes")
    clerk = office.browser().open(LATE)
    office.print_error = "Die Schrift fehlt"
    clerk.submit({"kind": "edition"}, action="/documents")
    office.work()
    assert "Die Schrift fehlt" in clerk.open(LATE).text
    office.print_error = ""
    clerk.submit({"kind": "edition"}, action="/documents")
    office.work()
    assert "2. Ausgabe: ansehen und veröffentlichen" in clerk.open(LATE).text


def test_nothing_is_printed_without_new_signatures(office: Office) -> None:
    clerk = office.browser().open(LATE)
    assert "es gibt nichts zu fertigen" in clerk.text
    post_form(clerk, "/office/rounds/1/documents", {"kind": "addendum"}, 409)
    post_form(clerk, "/office/rounds/1/documents", {"kind": "draft"}, 400)
    assert store.releases.find_latest_post_release_print(office.db, 1) is None


def test_no_late_signature_is_accepted_after_the_last_day(office: Office) -> None:
    clerk = office.browser().open(LATE)
    clerk.submit({"late_until": "gestern"}, action="/late/end", status=422)
    clerk.submit({"late_until": "1.1.2030"}, action="/late/end", status=422)
    assert "höchstens 24 Monate" in clerk.text
    clerk.submit({"late_until": "31.12.2027"}, action="/late/end")
    assert "Die Frist endet um den Jahreswechsel" in clerk.text
    clerk.submit(action="/late/end")
    assert "31. Dezember 2027, 24:00 Uhr (MEZ)" in clerk.text
    office.later(days=400)
    assert "Die Nachzeichnung ist beendet" in office.browser().open(LATE).text


def test_viewers_can_only_read_and_strangers_see_nothing(office: Office) -> None:
    viewer = office.browser(Role.VIEWER).open(LATE)
    assert "Beispielstadt" in viewer.text
    assert len(viewer.forms) == 1
    viewer.open(VERDICT, status=403)
    for path in (
        "/office/rounds/1/documents",
        "/office/rounds/1/documents/release",
        "/office/rounds/1/late/end",
    ):
        post_form(viewer, path, {}, 403)
    assert office.browser(None).open(LATE).page == "login"


def test_there_is_no_page_before_the_release(office: Office) -> None:
    office.draft("licht", "Licht in der Stadt")
    office.open("licht")
    office.browser().open("/office/rounds/2/late", status=404)
    office.browser().open("/office/invitations/1/late", status=404)  # Musterhausen signed in time


def test_the_dashboard_counts_late_signatures_apart(office: Office) -> None:
    decide(office, accepted="yes")
    (past,) = store.dashboard.load_dashboard(office.db, office.now).past
    assert past.counts == SignatureCounts(invited=5, first=1, later=1)


def test_a_late_answer_that_is_no_signature_needs_no_decision(office: Office) -> None:
    id = office.answer(office.round(1), "Neudorf", decline())
    office.browser().open(f"/office/invitations/{id}/late", status=404)
    assert [status.member.name for status in load_late_signatures(office).unreviewed] == [
        "Beispielstadt"
    ]
    assert actions.late.MAX_REASON_LENGTH == 1000


def test_the_offices_certificate_contains_late_signatures(office: Office) -> None:
    decide(office, accepted="yes")
    payload = office.browser().open("/office/rounds/1/certificate.json").response.get_json()
    assert [step["event"] for step in payload["statement"]["steps"][-2:]] == [
        "answered",
        "late_signature_reviewed",
    ]
    assert "Nachzeichnung" in office.browser().open("/office/audit").text
