"""The table of acts: every form of the office has a line, and asks what its line says."""

from collections.abc import Iterator
from pathlib import Path
from re import sub

import pytest
from werkzeug.routing import Rule

from signoff import actions, store
from signoff.actions.late import ReviewDecision
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.applications import ApplicationFields
from signoff.domain.approvals import PublicAct
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Terms
from signoff.web.office.acts import ACTS, Reauth
from tests.browser import Browser, fields
from tests.factories import LAST_DAY, sign
from tests.web.office.office import Office, new_office
from tests.web.test_roles import documented
from tests.world import open_round

RELEASED, OPEN, CLOSED = 1, 2, 3  # rounds
LATE_SIGNATURE = 2  # the invitation with it
SIGNED = 6  # the invitation with a signature in the open round
SURE = {"sure": "y"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One paper is released, with a late signature and a printed addendum; one is open, one is closed."""
    office = new_office(Path(tmp_path_factory.mktemp("acts")))
    office.enrol()
    for slug in ("altes", "offenes", "fertiges"):
        office.draft(slug)
    opening = Opening(LAST_DAY, terms=Terms(late=True))
    old = open_round(office.db, "altes", opening, "cli", office.now)
    office.answer(old, "Musterhausen", sign())
    actions.rounds.close(office.db, old.id, "cli", office.now)
    office.work()
    actions.releases.release_paper(office.db, old.id, None, "cli", office.now)
    terms = Terms(public=True, applications=True)
    running = open_round(office.db, "offenes", Opening(LAST_DAY, terms=terms), "cli", office.now)
    done = office.open("fertiges")
    applicant = ApplicationFields("Stadt Fremdstadt", "Stadt", "", "Büro", "rathaus@fremd.example")
    actions.applications.apply(office.db, running.id, applicant, "de", office.now)
    actions.applications.confirm(office.db, 1, applicant, office.now)
    office.answer(running, "Musterhausen", sign())
    actions.rounds.close(office.db, done.id, "cli", office.now)
    office.work()
    office.answer(old, "Beispielstadt", sign("Landeshauptstadt Beispielstadt"))
    listed = office.answer(old, "Neudorf", sign("Gemeinde Neudorf"))
    accepted = ReviewDecision(accepted=True)
    actions.late.review_signature(office.db, listed, accepted, "cli", office.now, version=1)
    actions.late.order_print(office.db, old.id, PrintKind.ADDENDUM, "cli", office.now)
    office.work()
    yield office
    office.db.close()


def get_final_digest(office: Office) -> str:
    final = store.releases.find_latest_print(office.db, CLOSED, PrintKind.FINAL)
    return final.sha256 if final else ""


def build_valid_form(office: Office, name: str) -> tuple[str, dict[str, str]]:
    """The address and the fields with which nothing but the credentials is missing."""
    answer = store.answers.find_current(office.db, SIGNED)
    addendum = store.releases.find_latest_post_release_print(office.db, RELEASED)
    round, closed = f"/office/rounds/{OPEN}", f"/office/rounds/{CLOSED}"
    return {
        "change_profile": ("/office/account/profile", {"name": "N", "email": "neu@forum.example"}),
        "invite_account": (
            "/office/accounts/invite",
            {"email": "neu@forum.example", "role": "editor"},
        ),
        "save_legal_text": (
            "/office/association/texts/imprint/de",
            {"markdown": "Neu.", "seen": "Text"},
        ),
        "close_round": (f"{round}/closing", {**SURE, "reason": "Alle da.", "confirm": "schließen"}),
        "cancel_round": (f"{round}/cancellation", SURE),
        "end_round": (f"{closed}/ending", {**SURE, "reason": "Zu wenige."}),
        "void_answer": (
            f"/office/invitations/{SIGNED}/answers/{answer.id if answer else 0}/voiding",
            {**SURE, "reason": "Irrtum."},
        ),
        "release_paper": (f"{closed}/release", {"when": "now", "seen": get_final_digest(office)}),
        "retract_release": (
            f"/office/rounds/{RELEASED}/retraction",
            {**SURE, "withdrawal": "Ein Gericht.", "confirm": "zurückziehen"},
        ),
        "review_late_signature": (
            f"/office/invitations/{LATE_SIGNATURE}/late",
            {"accepted": "yes", "version": "1"},
        ),
        "release_late_print": (
            f"/office/rounds/{RELEASED}/documents/release",
            {"seen": addendum.sha256 if addendum else ""},
        ),
        "add_follow_up": (
            f"/office/rounds/{RELEASED}/follow-ups",
            {"happened_on": f"{office.now:%d.%m.%Y}", "event": "Übergeben."},
        ),
        "change_representative": (
            "/office/members/1/representatives/1",
            {"name": "Büro", "email": "neu@ort.example", "language": "de", "may_answer": "yes"},
        ),
        "decide_application": (
            "/office/applications/1",
            {"accepted": "yes", "key": "06999001", "name": "Fremdstadt"},
        ),
        "set_four_eyes": ("/office/association/confirmation", {}),
    }[name]


def list_rules(office: Office) -> list[Rule]:
    return [
        rule
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint.startswith("office.") and "POST" in (rule.methods or ())
    ]


def list_forms(office: Office) -> dict[str, str]:
    """The address of every form of the office, by the name of its view."""
    return {
        rule.endpoint.removeprefix("office."): sub(
            "<[^>]*>", "1", sub("<any.([a-z]*).*?>", r"\1", rule.rule)
        )
        for rule in list_rules(office)
    }


def post(browser: Browser, path: str, data: dict[str, str]) -> tuple[int, str]:
    """Status and text of the answer to a form with a valid CSRF token."""
    token = fields(browser.form("/logout"), {})["csrf_token"]
    answer = browser.client.post(
        path, base_url="http://localhost", data={**data, "csrf_token": token}
    )
    return answer.status_code, answer.get_data(as_text=True)


def is_asked(answer: tuple[int, str]) -> bool:
    return answer[0] == 200 and 'data-page="reauth"' in answer[1]


def test_every_form_has_a_line_and_every_line_a_form(scene: Office) -> None:
    assert set(list_forms(scene)) == set(ACTS)


def test_every_public_act_has_a_form(scene: Office) -> None:
    assert {asks.second_person for asks in ACTS.values()} == {None, *PublicAct}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
def test_who_lacks_the_role_is_refused(scene: Office, role: Role) -> None:
    browser = scene.browser(role)
    before = store.audit.find_latest(scene.db)
    forms = list_forms(scene)
    lacking = [name for name, asks in ACTS.items() if not role.includes(asks.role)]
    assert [name for name in lacking if post(browser, forms[name], {})[0] != 403] == []
    assert store.audit.find_latest(scene.db) == before


def test_the_table_of_roles_says_the_same(scene: Office) -> None:
    """What ``tests/web/test_roles.py`` tries as each role is what the table of acts says."""
    for rule in list_rules(scene):
        may = [cell != "refused" for cell in documented()[rule.rule, "POST"][3:]]
        role = ACTS[rule.endpoint.removeprefix("office.")].role
        assert may == [each.includes(role) for each in (Role.VIEWER, Role.EDITOR, Role.ADMIN)], rule


@pytest.mark.parametrize(
    "name", [name for name, asks in ACTS.items() if asks.reauth is Reauth.FIRST]
)
def test_the_credentials_are_asked_for_first(scene: Office, name: str) -> None:
    browser, before = scene.browser(Role.ADMIN), store.audit.find_latest(scene.db)
    scene.later(minutes=11)
    assert is_asked(post(browser, list_forms(scene)[name], {}))
    assert store.audit.find_latest(scene.db) == before


WHEN_VALID = {name for name, asks in ACTS.items() if asks.reauth is Reauth.WHEN_VALID}


@pytest.mark.parametrize("name", sorted(WHEN_VALID - {"add_own_passkey"}))
def test_the_credentials_are_asked_for_once_the_form_is_right(scene: Office, name: str) -> None:
    browser, before = scene.browser(Role.ADMIN), store.audit.find_latest(scene.db)
    scene.later(minutes=11)
    assert is_asked(post(browser, *build_valid_form(scene, name)))
    assert store.audit.find_latest(scene.db) == before


@pytest.mark.parametrize("name", [name for name, asks in ACTS.items() if asks.second_person])
def test_nobody_does_a_public_act_alone(scene: Office, name: str) -> None:
    actions.approvals.set_four_eyes(scene.db, True, "staff/1", scene.now)
    act = ACTS[name].second_person
    post(scene.browser(Role.ADMIN), *build_valid_form(scene, name))
    assert [approval.act for approval in store.approvals.list_pending(scene.db)] == [act]
    (approval,) = store.approvals.list_pending(scene.db)
    actions.approvals.call_off(scene.db, approval.id, "staff/1", scene.now)
    releases = store.releases.list_for_round(scene.db, RELEASED)
    assert [release.retracted_at for release in releases] == [None]
    assert store.releases.find_for_round(scene.db, CLOSED) is None
    assert len(store.releases.load_late_signatures(scene.db, scene.round(RELEASED)).entries) == 1
    assert store.association.get(scene.db).four_eyes
