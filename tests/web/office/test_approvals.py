"""What becomes public is requested by one person and confirmed by another."""

from datetime import datetime

import pytest

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Round, Terms
from tests.factories import BERLIN, LAST_DAY, sign
from tests.prepared import made_once
from tests.web.office.office import Office
from tests.web.office.pages import (
    NOTE,
    PUBLIC_ADDRESSES,
    RELEASE,
    count_events,
    get_status,
    pass_deadline,
    plan_release,
    post_directly,
)
from tests.world import open_round

LATE = "/office/rounds/1/late"
ASSOCIATION = "/office/association"


@pytest.fixture
def empty_office(empty_office: Office) -> Office:
    """The accounts of all roles are set up."""
    for account in store.accounts.list_all(empty_office.db):
        actions.accounts.set_password(empty_office.db, account.id, 1, "hash", account.created_at)
    return empty_office


@pytest.fixture
def ready_for_two(ready: Office) -> Office:
    """The association wants two people for what becomes public."""
    require_two(ready)
    return ready


@pytest.fixture
@made_once
def released(empty_office: Office) -> Office:
    """The paper is released, Beispielstadt has signed late, and two people are required."""
    office = empty_office
    office.enrol()
    office.draft()
    opening = Opening(LAST_DAY, terms=Terms(late=True))
    round = open_round(office.db, "leitgedanken", opening, "cli", office.now)
    office.answer(round, "Musterhausen", sign())
    actions.rounds.close(office.db, round.id, "staff/2", office.now)
    office.work()
    actions.releases.release_paper(office.db, round.id, None, "staff/2", office.now)
    office.later(days=20)
    office.answer(round, "Beispielstadt", sign("Beispielstadt am Fluss", NOTE))
    require_two(office)
    return office


def require_two(office: Office) -> None:
    actions.approvals.set_four_eyes(office.db, True, "staff/1", office.now)


def get_pending(office: Office) -> list[PublicAct]:
    return [approval.act for approval in store.approvals.list_pending(office.db)]


def list_mail(office: Office, words: str) -> list[str]:
    return [str(mail["To"]) for mail in office.postbox if words in str(mail["Subject"])]


def test_a_second_person_confirms_the_release(ready_for_two: Office) -> None:
    first, second = ready_for_two.browser(Role.EDITOR), ready_for_two.browser(Role.ADMIN)
    first.open(RELEASE).submit(action="/release")
    assert "Jetzt bestätigt eine zweite Person; das können: Konto admin." in first.text
    assert "Sie selbst können nicht bestätigen. Das können: Konto admin." in first.text
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404
    assert post_directly(first, "/office/approvals/1/confirmation") == 409
    assert "Sie (Konto editor) haben das selbst beantragt" in post(first, "confirmation")
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404
    assert "1 Aufgabe, siehe oben" in second.open("/office/").text
    second.open(second.link("Ansehen und bestätigen"))
    assert (
        "Konto editor möchte „Leitgedanken zum öffentlichen Raum“ veröffentlichen." in second.text
    )
    second.submit(action="/confirmation")
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 200
    assert post_directly(second.open("/office/"), "/office/approvals/1/confirmation") == 303
    counts = [
        count_events(ready_for_two, event)
        for event in (Event.APPROVAL_REQUESTED, Event.APPROVAL_CONFIRMED, Event.RELEASED)
    ]
    assert counts == [1, 1, 1]


def post(browser, action: str) -> str:
    """The page that answers a form about the request, which the page does not offer."""
    browser.open("/office/account")
    token = next(
        field.get("value")
        for field in browser.root.iter("input")
        if field.get("name") == "csrf_token"
    )
    path = f"/office/approvals/1/{action}"
    return browser.request("POST", path, 409, data={"csrf_token": token}).text


def test_those_who_may_confirm_get_one_mail_with_a_link(ready_for_two: Office) -> None:
    ready_for_two.browser(Role.EDITOR).open(RELEASE).submit(action="/release")
    ready_for_two.later(minutes=11)
    ready_for_two.work()
    (mail,) = [mail for mail in ready_for_two.postbox if "Zweite Person" in str(mail["Subject"])]
    assert mail["To"] == "Konto admin <admin@forum.example>"
    body = mail.get_body(("plain",)).get_content()
    words = (
        "Konto editor hat die Veröffentlichung von „Leitgedanken zum öffentlichen Raum“ beantragt"
    )
    assert words in " ".join(body.split())
    assert "http://localhost/office/approvals/1" in body.splitlines()


def test_nobody_is_asked_to_confirm_what_was_called_off(ready_for_two: Office) -> None:
    first = ready_for_two.browser(Role.EDITOR)
    first.open(RELEASE).submit(action="/release")
    first.submit(action="/cancellation")
    ready_for_two.later(minutes=11)
    ready_for_two.work()
    assert list_mail(ready_for_two, "Zweite Person") == []


def test_the_same_request_of_somebody_else_is_refused_with_the_name(
    ready_for_two: Office,
) -> None:
    late = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    ready_for_two.browser(Role.EDITOR).open(RELEASE).submit(action="/release")
    late.submit(action="/release", status=409)
    assert "Konto editor hat das bereits beantragt." in late.text
    assert count_events(ready_for_two, Event.APPROVAL_REQUESTED) == 1


def test_ending_the_round_ends_the_request(ready_for_two: Office) -> None:
    first, second = ready_for_two.browser(Role.EDITOR), ready_for_two.browser(Role.ADMIN)
    first.open(RELEASE).submit(action="/release")
    second.open("/office/rounds/1/ending")
    assert "Die beantragte Veröffentlichung wird abgesagt." in second.text
    second.submit({"reason": "Zu wenige.", "sure": True}, action="/ending")
    assert get_pending(ready_for_two) == []
    assert post_directly(second, "/office/approvals/1/confirmation") == 409
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404


def test_a_viewer_cannot_confirm(ready_for_two: Office) -> None:
    ready_for_two.browser(Role.EDITOR).open(RELEASE).submit(action="/release")
    for path in (RELEASE, "/office/approvals/1"):
        viewer = ready_for_two.browser(Role.VIEWER).open(path)
        assert [form.get("action") for form in viewer.forms] == ["/logout"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_either_person_can_call_the_request_off(ready_for_two: Office, role: Role) -> None:
    plan_release(ready_for_two.browser(Role.EDITOR))
    ready_for_two.browser(role).open("/office/approvals/1").submit(action="/cancellation")
    assert "Antrag abgesagt" in ready_for_two.browser(role).open("/office/audit").text
    browser = ready_for_two.browser(Role.ADMIN).open("/office/approvals/1")
    assert "Der Antrag gilt nicht mehr" in browser.text
    assert post_directly(browser, "/office/approvals/1/confirmation") == 409
    assert get_status(ready_for_two, PUBLIC_ADDRESSES[0]) == 404


def test_who_requested_a_release_is_told_that_somebody_else_called_it_off(
    ready_for_two: Office,
) -> None:
    plan_release(ready_for_two.browser(Role.EDITOR))
    ready_for_two.browser(Role.ADMIN).open(RELEASE).submit(action="/cancellation")
    ready_for_two.work()
    ready_for_two.postbox.clear()
    ready_for_two.later(days=2)
    ready_for_two.work()
    (message,) = [
        message
        for message in ready_for_two.postbox
        if message["To"].addresses[0].addr_spec == "editor@forum.example"
    ]
    text = " ".join(message.get_body(("plain",)).get_content().split())
    assert "Konto admin hat" in text
    assert "abgesagt" in text


def test_a_confirmed_release_waits_for_its_time_or_happens_now_if_that_has_passed(
    ready_for_two: Office,
) -> None:
    plan_release(ready_for_two.browser(Role.EDITOR))
    second = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    second.submit(action="/confirmation")
    assert "Die Veröffentlichung ist geplant." in second.text
    assert ready_for_two.round(1).released_at == datetime(2027, 3, 3, 10, tzinfo=BERLIN)
    second.open(f"{RELEASE}/cancellation").submit(action="/cancellation")
    plan_release(ready_for_two.browser(Role.EDITOR))
    ready_for_two.now = datetime(2027, 3, 3, 11, tzinfo=BERLIN)
    second = ready_for_two.browser(Role.ADMIN).open(RELEASE)
    assert "Der gewünschte Zeitpunkt ist verstrichen" in second.text
    second.submit(action="/confirmation")
    assert ready_for_two.round(1).released_at == ready_for_two.now


def test_a_new_print_needs_a_new_request(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    require_two(office)
    first = office.browser(Role.EDITOR).open(f"/office/invitations/{id}")
    assert (
        post_directly(first, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    office.work()
    first.open(RELEASE).submit(action="/release")
    assert post_directly(first, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    office.work()
    second = office.browser(Role.ADMIN).open(RELEASE)
    assert "Inzwischen wurde das PDF neu gefertigt." in second.text
    assert post_directly(second, "/office/approvals/1/confirmation") == 409
    second.submit(action="/release")
    first.open(RELEASE).submit(action="/confirmation")
    assert get_status(office, PUBLIC_ADDRESSES[0]) == 200


def test_a_late_signature_is_public_once_a_second_person_has_confirmed_it(
    released: Office,
) -> None:
    page, first = "/office/invitations/2/late", released.browser(Role.EDITOR)
    chosen = {"accepted": "yes", "note_accepted": True, "name_accepted": True}
    first.open(page).submit(chosen, action="/late")
    assert get_pending(released) == [PublicAct.LATE_SIGNATURE]
    assert "Beispielstadt" not in released.browser(None).open(PUBLIC_ADDRESSES[0]).text
    second = released.browser(Role.ADMIN).open("/office/approvals/1")
    assert "Nachzeichnung der Landeshauptstadt Beispielstadt" in second.text
    assert "Die Protokollnotiz wird mit veröffentlicht." in second.text
    second.submit(action="/confirmation")
    public = released.browser(None).open(PUBLIC_ADDRESSES[0]).text
    assert "Beispielstadt am Fluss" in public
    assert NOTE in public


def test_a_rejection_needs_one_person_and_ends_the_request(released: Office) -> None:
    page = "/office/invitations/2/late"
    released.browser(Role.EDITOR).open(page).submit({"accepted": "yes"}, action="/late")
    second = released.browser(Role.ADMIN).open(page)
    second.submit({"accepted": "no", "late_reason": "Bitte mit Beschluss."}, action="/late")
    assert get_pending(released) == []
    assert "Beispielstadt" not in released.browser(None).open(PUBLIC_ADDRESSES[0]).text


def test_a_changed_late_signature_is_not_accepted_by_an_earlier_request(released: Office) -> None:
    page = "/office/invitations/2/late"
    released.browser(Role.EDITOR).open(page).submit({"accepted": "yes"}, action="/late")
    released.later(minutes=5)
    released.answer(released.round(1), "Beispielstadt", sign("Landeshauptstadt Beispielstadt"))
    second = released.browser(Role.ADMIN).open("/office/approvals/1")
    second.submit(action="/confirmation", status=409)
    assert "wurde inzwischen geändert" in second.text
    assert get_pending(released) == [PublicAct.LATE_SIGNATURE]


@pytest.mark.parametrize("kind", ["addendum", "edition"])
def test_an_addendum_and_a_further_edition_need_a_second_person(
    released: Office, kind: str
) -> None:
    page = "/office/invitations/2/late"
    released.browser(Role.EDITOR).open(page).submit({"accepted": "yes"}, action="/late")
    released.browser(Role.ADMIN).open(page).submit(action="/confirmation")
    first = released.browser(Role.EDITOR).open(LATE)
    first.submit({"kind": kind}, action="/documents")
    released.work()
    first.open(LATE).submit(action="/documents/release")
    assert get_pending(released) == [PublicAct.LATE_DOCUMENT]
    assert len(store.releases.list_for_round(released.db, 1)) == 1
    released.browser(Role.ADMIN).open(LATE).submit(action="/confirmation")
    assert [str(release.kind) for release in store.releases.list_for_round(released.db, 1)] == [
        "final",
        kind,
    ]
    assert get_pending(released) == []


def test_a_retraction_needs_a_second_person_who_reads_the_reason(released: Office) -> None:
    admin = released.browser(Role.ADMIN).open("/office/rounds/1/retraction")
    assert "Bis dahin bleibt alles abrufbar." in admin.text
    admin.submit({"withdrawal": "Das Gericht.", "sure": True}, action="/retraction")
    admin.submit({"confirm": "zurückziehen"}, action="/retraction")
    assert get_pending(released) == [PublicAct.RETRACTION]
    assert get_status(released, PUBLIC_ADDRESSES[0]) == 200
    second = released.browser(Role.EDITOR).open("/office/approvals/1")
    assert "Grund: Das Gericht." in second.text
    second.submit(action="/confirmation")
    assert get_status(released, PUBLIC_ADDRESSES[0]) == 410


def test_a_retraction_ends_the_request_for_a_late_signature(released: Office) -> None:
    released.browser(Role.EDITOR).open("/office/invitations/2/late").submit(
        {"accepted": "yes"}, action="/late"
    )
    requested = actions.approvals.request(
        released.db,
        PublicAct.RETRACTION,
        "round/1",
        {"reason": "Das Gericht.", "successor": ""},
        "staff/1",
        released.now,
    )
    assert len(get_pending(released)) == 2
    actions.approvals.confirm(released.db, requested.id, "staff/2", released.now)
    assert get_pending(released) == []


def test_switching_four_eyes_off_needs_a_second_person_and_is_mailed(office: Office) -> None:
    admin = office.browser(Role.ADMIN).open(ASSOCIATION)
    admin.submit({"second": True}, action="/confirmation")
    admin.open(ASSOCIATION).submit({"second": False}, action="/association/confirmation")
    assert store.association.get(office.db).four_eyes
    office.browser(Role.EDITOR).open(ASSOCIATION).submit(action="approvals/1/confirmation")
    assert not store.association.get(office.db).four_eyes
    office.work()
    assert list_mail(office, "ausgeschaltet") == ["Konto admin <admin@forum.example>"]


def test_warnings_where_only_one_person_could_act(office: Office) -> None:
    admin = office.browser(Role.ADMIN).open(ASSOCIATION)
    assert "Außer Ihnen kann niemand bestätigen." not in admin.text
    require_two(office)
    editor = store.accounts.find_by_email(office.db, "editor@forum.example")
    viewer = store.accounts.find_by_email(office.db, "viewer@forum.example")
    assert editor
    assert viewer
    last = "Nur diese Person kann bestätigen, was Sie beantragen."
    assert last not in admin.open(f"/office/accounts/{viewer.id}").text
    assert last in admin.open(f"/office/accounts/{editor.id}").text
    assert "Es fehlt eine zweite Person" not in admin.open("/office/").text
    admin.open(f"/office/accounts/{editor.id}/disable").submit(action="/disable")
    assert "Es fehlt eine zweite Person" in admin.open("/office/").text
    assert "Außer Ihnen kann niemand bestätigen." in admin.open(ASSOCIATION).text
    pass_deadline(office)
    admin = office.browser(Role.ADMIN).open(RELEASE).submit(action="/release")
    assert "außer Ihnen kann es zurzeit niemand bestätigen" in admin.text


def test_the_command_line_switches_four_eyes_off_and_those_who_may_edit_are_notified(
    office: Office,
) -> None:
    require_two(office)
    actions.approvals.set_four_eyes(office.db, False, "cli", office.now)
    office.work()
    assert len(list_mail(office, "ausgeschaltet")) == 2


def test_a_request_that_would_be_refused_leaves_nothing(ready_for_two: Office) -> None:
    final = store.releases.find_latest_print(ready_for_two.db, 1, PrintKind.FINAL)
    assert final
    browser = ready_for_two.browser(Role.EDITOR).open(RELEASE)
    before = store.audit.find_latest(ready_for_two.db)
    assert post_directly(browser, RELEASE, seen="0" * 64) == 409
    assert get_pending(ready_for_two) == []
    assert store.audit.find_latest(ready_for_two.db) == before


def test_no_action_does_alone_what_needs_a_second_person(released: Office) -> None:
    db, now = released.db, released.now
    accepted = ReviewDecision(accepted=True)
    for alone in (
        lambda: actions.late.review_signature(db, 2, accepted, "staff/2", now, version=1),
        lambda: actions.late.release_print(db, 1, "0" * 64, "staff/2", now),
        lambda: actions.releases.retract_release(db, 1, "Grund", "", "staff/2", now),
        lambda: actions.approvals.set_four_eyes(db, False, "staff/2", now),
    ):
        with pytest.raises(Refusal) as refused:
            alone()
        assert refused.value.reason is Reason.APPROVAL_REQUIRED
