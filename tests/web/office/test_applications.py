"""Bodies that were not asked: from the form over the mailed link and the office to the signature."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.applications import MAX_PER_DAY, MAX_PER_MAILBOX, Application
from signoff.domain.audit import Event
from signoff.domain.errors import Refusal
from signoff.domain.rounds import Terms
from signoff.tokens import TokenPurpose, TokenSigner
from tests.browser import Browser
from tests.browser import fields as list_values
from tests.factories import LAST_DAY
from tests.form_filling import confirm as hand_in
from tests.form_filling import signing
from tests.page_checks import text_of
from tests.prepared import made_once
from tests.web.office.office import Office, new_office
from tests.web.office.pages import post_directly
from tests.web.office.pages import token as csrf_token
from tests.world import open_round

NETWORKS = count(1)
PAPER = "/papers/leitgedanken"
FORM = f"{PAPER}/application"
NAME, ADDRESS = "Stadt Fremdstadt", "rathaus@fremdstadt.example"
FIELDS = {
    "official_name": NAME,
    "kind": "Stadt",
    "state": "Hessen",
    "contact_person": "Büro der Bürgermeisterin",
    "email": ADDRESS,
}
ACCEPTED = {"accepted": "yes", "key": "06999001", "name": "Fremdstadt"}
REFUSED = {"accepted": "no", "reason": "Das Forum nimmt zurzeit niemanden auf."}


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """Two papers are open; the round of the first one takes applications, with a public draft."""
    office = empty_office
    office.enrol()
    for slug, terms in (
        ("leitgedanken", Terms(public=True, applications=True)),
        ("licht", Terms()),
    ):
        office.draft(slug)
        opening = actions.rounds.Opening(LAST_DAY, terms=terms)
        open_round(office.db, slug, opening, "cli", office.now)
    office.work()
    office.postbox.clear()
    return office


def apply(office: Office, network: str = "192.0.2.1", path: str = FORM, **fields: str) -> Browser:
    browser = office.browser(None)
    browser.client.environ_base["REMOTE_ADDR"] = network
    return browser.open(path).submit(FIELDS | fields)


def find_links(office: Office, email: str = ADDRESS) -> list[str]:
    """The paths of the links that were mailed to applicants with this address."""
    office.work()
    texts = [
        mail.get_body(("plain",)).get_content()
        for mail in office.postbox
        if email in str(mail["To"]) and "bestätigen" in str(mail["Subject"])
    ]
    return [
        path
        for text in texts
        for path in re.findall(r"^http://localhost(/application/\S+)$", text, re.M)
    ]


def confirm(office: Office, path: str, name: str = NAME) -> Browser:
    return office.browser(None).open(path).submit({"confirm": name})


def confirmed(office: Office, **fields: str) -> Application:
    """An application that waits for the office."""
    apply(office, **fields)
    email = fields.get("email", ADDRESS)
    confirm(office, find_links(office, email)[-1], fields.get("official_name", NAME))
    return next(
        each for each in store.applications.list_undecided(office.db) if each.email == email
    )


def decide(browser: Browser, application: Application, answer: dict[str, str]) -> Browser:
    browser.open(f"/office/applications/{application.id}")
    return browser.submit(answer, action=f"/applications/{application.id}")


# The way from the form to the signature.


def test_forms_whose_session_has_ended_come_back_as_typed(office: Office) -> None:
    stranger = office.browser(None).open(FORM)
    stranger.submit(FIELDS | {"csrf_token": "of an ended session"}, status=400)
    assert {name: stranger.values[name] for name in FIELDS} == FIELDS
    assert stranger.submit().path == f"{FORM}/sent"

    (link,) = find_links(office)
    stranger.open(link)
    stranger.submit({"confirm": NAME, "csrf_token": "of an ended session"}, status=400)
    assert stranger.values["official_name"] == NAME
    assert "liegt der Geschäftsstelle vor" in stranger.submit({"confirm": NAME}).text


def test_a_body_that_was_not_asked_applies_and_signs(office: Office) -> None:
    stranger = office.browser(None).open(PAPER)
    assert "Ihre Kommune wurde nicht gefragt?" in stranger.text
    stranger.follow("Mitzeichnung beantragen").submit(FIELDS)
    assert stranger.path == f"{FORM}/sent"
    assert ADDRESS not in stranger.text
    assert stranger.text.count("24 Stunden") == 1

    (link,) = find_links(office)
    stranger.open(link)
    assert (stranger.page, stranger.values["official_name"]) == ("application-confirmation", NAME)
    stranger.submit({"official_name": "Kreisstadt Fremdstadt", "confirm": "Fremdstadt"})
    assert "liegt der Geschäftsstelle vor" in stranger.text

    editor = office.browser(Role.EDITOR)
    assert "1 Antrag auf Mitzeichnung ist zu entscheiden" in editor.text
    editor.follow("Antrag prüfen")
    assert "Kreisstadt Fremdstadt" in editor.text
    editor.open("/office/applications/1")
    assert list_values(editor.form("/applications/1"), {})["name"] == "Fremdstadt"
    editor.submit(ACCEPTED, action="/applications/1")
    assert "Das Mitglied ist aufgenommen und eingeladen." in editor.text
    assert "ist zu entscheiden" not in editor.open("/office/").text

    office.postbox.clear()
    office.work()
    (invitation,) = office.postbox
    assert (
        invitation["To"].addresses[0].addr_spec,
        "Kreisstadt Fremdstadt" in str(invitation["Subject"]),
    ) == (ADDRESS, True)
    (token,) = set(
        re.findall(
            r"http://localhost/s/([\w.-]+)$", invitation.get_body(("plain",)).get_content(), re.M
        )
    )
    hand_in(signing(office.browser(None), token), "Fremdstadt")
    assert "hat den Antrag angenommen" in stranger.open(link).text
    statuses = store.round_status.load(office.db, office.round(1)).invitations
    assert [status.member.key for status in statuses if status.kind] == ["06999001"]


def test_every_step_is_in_the_audit_log(office: Office) -> None:
    decide(office.browser(), confirmed(office), ACCEPTED)

    events = [event for event in office.events() if "appli" in event or "member" in event]
    assert events[-5:] == [
        "applied",
        "application_confirmed",
        "member_added",
        "member_invited",
        "application_decided",
    ]
    assert store.audit.find_fault(office.db) is None
    admin = office.browser(Role.ADMIN).open("/office/audit")
    assert (
        "Konto editor hat den Antrag der Stadt Fremdstadt auf Mitzeichnung angenommen."
        in admin.text
    )


def test_a_refusal_is_mailed_with_its_reason_and_stays(office: Office) -> None:
    application = confirmed(office)
    editor = office.browser()
    decide(editor, application, REFUSED)

    office.work()
    mail = office.postbox[-1]
    assert REFUSED["reason"] in mail.get_body(("plain",)).get_content()
    assert len(store.members.list_all(office.db)) == 5
    editor.open(f"/office/applications/{application.id}")
    assert REFUSED["reason"] in editor.text
    assert [form.get("action") for form in editor.forms] == ["/logout"]


def test_a_decision_without_what_it_needs_is_refused_at_its_field(office: Office) -> None:
    application, editor = confirmed(office), office.browser()
    for answer, words in (
        ({}, "Bitte wählen Sie bei „Ihre Entscheidung“"),
        ({"accepted": "no"}, "Bitte geben Sie „Begründung für den Antragsteller“ an."),
        ({"accepted": "yes"}, "Bitte geben Sie „Schlüssel“ an."),
    ):
        editor.open(f"/office/applications/{application.id}")
        editor.submit(answer, action=f"/applications/{application.id}", status=422)
        assert words in editor.text
    taken = ACCEPTED | {"key": "00002"}
    editor.submit(taken, action=f"/applications/{application.id}", status=422)
    assert "hat schon ein anderes Mitglied: Stadt Musterhausen" in editor.text
    assert store.applications.list_undecided(office.db) == [application]


def test_an_applicant_from_abroad_becomes_a_member_there(office: Office) -> None:
    application, editor = confirmed(office, state=""), office.browser()
    editor.open(f"/office/applications/{application.id}")
    assert list_values(editor.form("/applications/1"), {})["country"] == "DE"
    wrong = ACCEPTED | {"country": "Österreich"}
    editor.submit(wrong, action=f"/applications/{application.id}", status=422)
    assert "ist kein Länderkürzel aus zwei Buchstaben" in editor.text
    assert list_values(editor.form("/applications/1"), {})["country"] == "Österreich"
    editor.submit(ACCEPTED | {"country": "at"}, action=f"/applications/{application.id}")
    member = store.members.find_by_key(office.db, "06999001")
    assert member is not None
    assert member.country == "AT"


def test_the_office_reads_what_may_be_wrong_and_decides(office: Office) -> None:
    application = confirmed(
        office, official_name="Gemeinde Musterhausen", email="m00002@kommune.example"
    )

    editor = office.browser().open(f"/office/applications/{application.id}")
    assert "Diese Adresse steht schon in der Mitgliederliste: Stadt Musterhausen." in editor.text
    assert "So oder ähnlich heißt schon ein Mitglied: Stadt Musterhausen." in editor.text
    decide(editor, application, ACCEPTED)
    assert store.members.find_by_key(office.db, "06999001") is not None


def test_in_english_an_application_is_no_request(office: Office) -> None:
    confirmed(office)
    viewer = office.browser(Role.VIEWER)
    viewer.client.set_cookie("__Host-language", "en", domain="localhost", secure=True)
    viewer.open("/office/rounds/1/applications")
    assert "See the application" in viewer.text
    assert "request" not in text_of(viewer.root.find(".//main"))


def test_with_four_eyes_a_second_person_lets_in(office: Office) -> None:
    for account in store.accounts.list_all(office.db):
        actions.accounts.set_password(office.db, account.id, 1, "hash", account.created_at)
    actions.approvals.set_four_eyes(office.db, True, "staff/1", office.now)
    rule = office.browser(Role.ADMIN).open("/office/association").text
    assert "für die Annahme von Anträgen auf Mitzeichnung" in rule
    application, editor = confirmed(office), office.browser()
    decide(editor, application, ACCEPTED)
    assert "Jetzt bestätigt eine zweite Person" in editor.text
    assert "Die Annahme ist beantragt und wartet auf eine zweite Person." in editor.text
    assert "Antrag prüfen" not in editor.text
    overview = editor.open("/office/").text
    assert "wartet auf eine zweite Person" in overview
    assert "ist zu entscheiden" not in overview
    assert len(store.members.list_all(office.db)) == 5
    (approval,) = store.approvals.list_pending(office.db)
    assert post_directly(editor, f"/office/approvals/{approval.id}/confirmation") == 409
    assert len(store.members.list_all(office.db)) == 5

    admin = office.browser(Role.ADMIN).open(f"/office/approvals/{approval.id}")
    assert "möchte den Antrag der Stadt Fremdstadt auf Mitzeichnung von" in admin.text
    assert "Bitte sehen Sie den Antrag an, bevor Sie bestätigen." in admin.text
    for page in (admin, editor.open(f"/office/applications/{application.id}")):
        assert "Annahme absagen" in page.text
        assert "Antrag absagen" not in page.text
    admin.submit(action="/confirmation")
    assert admin.path == "/office/rounds/1/applications"
    assert store.members.find_by_key(office.db, "06999001") is not None


def test_after_the_deadline_an_application_can_only_be_refused(office: Office) -> None:
    application = confirmed(office)
    office.later(days=35)
    apply(office, email="spaet@fremdstadt.example")
    (late,) = find_links(office, "spaet@fremdstadt.example")
    office.later(days=2)
    office.work()

    editor = office.browser()
    editor.open(f"/office/applications/{application.id}")
    assert "annehmen lässt sich der Antrag nicht" in editor.text
    assert "accepted-yes" not in editor.response.get_data(as_text=True)
    editor.submit(REFUSED, action=f"/applications/{application.id}")
    closed = office.browser(None).open(FORM, status=409)
    assert "Rückmeldungen werden nicht mehr angenommen" in closed.text
    assert "laden Sie die Seite neu" not in closed.text, "there is nothing to decide on it"
    office.browser(None).open(late, status=409)
    assert "Mitzeichnung beantragen" not in office.browser(None).open(PAPER).text


def test_a_round_takes_applications_only_where_the_office_wants_it(office: Office) -> None:
    office.browser(None).open("/papers/licht/application", status=404)
    office.browser(None).open("/papers/nirgendwo/application", status=404)
    with pytest.raises(Exception, match="takes no applications"):
        office.db.conn.execute(
            "INSERT INTO applications (round_id, official_name, kind, state, email, mailbox, contact, language,"
            " applied_at, asked_at) VALUES (2, 'x', '', '', 'x', 'x', '', 'de', '2027-01-22', '2027-01-22')"
        )


@pytest.mark.parametrize(
    "change", ["official_name = 'Stadt Anders'", "email = 'x'", "kind = 'x'", "round_id = 2"]
)
def test_the_database_keeps_what_was_confirmed(office: Office, change: str) -> None:
    confirmed(office)
    with pytest.raises(Exception, match="never changes"):
        office.db.conn.execute(f"UPDATE applications SET {change}")
    office.db.conn.rollback()
    actions.applications.refuse(office.db, 1, "Nein.", "staff/2", office.now)
    with pytest.raises(Exception, match="decided once"):
        office.db.conn.execute("UPDATE applications SET reason = '', member_id = 1")
    office.db.conn.rollback()


def test_the_opening_form_wants_the_public_draft_with_it(office: Office) -> None:
    office.draft("neues")
    editor = office.browser().open("/office/papers/neues/open")
    editor.submit(action="/open").submit(action="/open")
    editor.submit({"applications": True, "public": False}, action="/open", status=422)
    assert "nur möglich, wenn der Entwurf öffentlich ist" in editor.text


# What a stranger gets by mail.


def test_the_mail_to_a_stranger_quotes_nothing_but_the_name(office: Office) -> None:
    apply(office, kind="Kaufmannsgilde", contact_person="Sonderangebot", state="Bayern")
    office.work()

    (mail,) = office.postbox
    text = mail.get_body(("plain",)).get_content()
    assert f"„{NAME}“" in text
    for typed in ("Kaufmannsgilde", "Sonderangebot", "Bayern"):
        assert typed not in str(mail)
        assert typed not in text
    assert len(re.findall(r"https?://", text)) == 1


def test_what_is_wrong_stays_in_the_form(office: Office) -> None:
    browser = office.browser(None).open(FORM)
    browser.submit(
        FIELDS | {"email": "kein Postfach", "official_name": "www.gewinn.example"}, status=422
    )
    assert browser.values["kind"] == "Stadt"
    assert browser.text.count("sieht aus wie eine Internetadresse") == 2
    assert "setzen Sie nach jedem Punkt ein Leerzeichen." in browser.text
    browser.submit(press="English")
    assert (browser.root.get("lang"), browser.values["kind"]) == ("en", "Stadt")
    assert store.applications.find(office.db, 1) is None


# Floods.


def test_one_address_gets_one_mail_a_day_whoever_types_it(office: Office) -> None:
    answers = {
        apply(
            office, network=f"192.0.2.{number}", email=email, official_name=f"Stadt Nummer {name}"
        ).text
        for number, (email, name) in enumerate(
            [
                (ADDRESS, "Eins"),
                (ADDRESS, "Zwei"),
                (ADDRESS.upper(), "Drei"),
            ]
        )
    }
    assert len(answers) == 1, "the page cannot tell"
    assert len(find_links(office)) == 1
    office.later(hours=23)
    apply(office)
    assert len(find_links(office)) == 1
    office.later(hours=1)
    apply(office)
    links = find_links(office)
    assert (len(links), len(set(links))) == (2, 1)
    assert office.browser(None).open(links[0]).values["official_name"] == NAME, "the latest one"
    confirm(office, links[0])
    office.later(days=2)
    apply(office)
    assert len(find_links(office)) == 2


def test_nobody_uses_up_the_mail_of_an_address_with_variants_of_it(office: Office) -> None:
    variants = [f"rathaus+{number}@fremdstadt.example" for number in range(5)]
    for email in variants:
        assert apply(office, email=email).path == f"{FORM}/sent"
    office.work()
    assert len(office.postbox) == MAX_PER_MAILBOX
    apply(office)
    assert len(find_links(office)) == 1
    office.later(days=1)
    apply(office, email=variants[-1])
    assert len(find_links(office, variants[-1])) == 1


def test_one_network_sends_ten_an_hour(office: Office) -> None:
    for number in range(10):
        apply(office, network="2001:db8:1:2::1", email=f"m{number}@fremdstadt.example")
    browser = office.browser(None)
    browser.client.environ_base["REMOTE_ADDR"] = "2001:db8:1:2:ffff::9"
    browser.open(FORM).submit(FIELDS, status=429)
    assert "Ihr Antrag ist nicht eingegangen; Ihre Eingaben stehen noch" in browser.text
    assert "Bitte prüfen Sie" not in browser.text
    assert {name: browser.values[name] for name in FIELDS} == FIELDS
    office.work()
    assert len(office.postbox) == 10
    apply(office, network="2001:db8:1:3::1")
    office.work()
    assert len(office.postbox) == 11


def test_one_round_mails_few_strangers_a_day(office: Office) -> None:
    editor, told = office.browser(), "dass zurzeit keine weiteren angenommen werden"
    assert told not in editor.open("/office/rounds/1/applications").text
    for number in range(MAX_PER_DAY):
        fields = actions.applications.ApplicationFields(
            NAME, "Stadt", "", "Büro", f"m{number}@k.example"
        )
        actions.applications.apply(office.db, 1, fields, "de", office.now)
    browser = office.browser(None).open(FORM).submit(FIELDS, status=429)
    assert "Bitte versuchen Sie es morgen wieder, oder rufen Sie uns an." in browser.text
    assert browser.values["official_name"] == NAME
    assert told in editor.open("/office/rounds/1/applications").text
    office.work()
    assert len(office.postbox) == MAX_PER_DAY
    office.later(days=1)
    apply(office)
    assert told not in office.browser().open("/office/rounds/1/applications").text


def test_what_nobody_confirms_is_deleted_with_its_mail(office: Office) -> None:
    apply(office)
    (link,) = find_links(office)
    waiting = confirmed(office, email="zweite@fremdstadt.example")
    office.later(days=7)
    office.work()

    assert store.applications.find(office.db, 1) is None
    assert store.applications.find(office.db, waiting.id) == waiting
    kinds = [
        row["application_id"]
        for row in store.rows.fetch_all(
            office.db, "SELECT application_id FROM outbox WHERE application_id IS NOT NULL"
        )
    ]
    assert kinds == [waiting.id]
    assert "Dieser Link ist nicht gültig" in office.browser(None).open(link, status=404).text


def test_a_person_is_told_and_erased(office: Office) -> None:
    confirmed(office)
    data = store.privacy.collect(office.db, ADDRESS)
    assert data.rows["applications"][0]["official_name"] == NAME
    assert data.names == ("Büro der Bürgermeisterin",)
    digests = office.services.token_signer.address_digests
    actions.privacy.erase_person(office.db, ADDRESS, digests, "staff/1", office.now)
    assert ADDRESS not in repr(office.contents())


def test_applications_go_with_their_round(office: Office) -> None:
    confirmed(office)
    office.later(days=30)
    actions.rounds.cancel(office.db, 1, "staff/2", office.now)
    office.later(days=360)
    actions.privacy.remove_due(office.db, "worker", office.now)
    assert store.applications.find(office.db, 1)
    office.later(days=10)
    actions.privacy.remove_due(office.db, "worker", office.now)
    assert store.applications.find(office.db, 1) is None


# Impostors.


class Scene(NamedTuple):
    """One application waits for its confirmation, one for the office; one was refused."""

    office: Office
    pending: str  # paths of the links
    waiting: str
    refused: str
    other: str  # to another round
    over: str  # to a round that is closed meanwhile
    invited: str  # the token of a representative
    clients: dict[Role | None, tuple[FlaskClient, str]]

    @property
    def token(self) -> str:
        return self.pending.rpartition("/")[2]

    def count(self) -> tuple[object, ...]:
        """What no impostor changes: who is in, who was let in, what waits, and what was decided."""
        db = self.office.db
        fetch = partial(store.rows.fetch_all, db)
        return (
            [
                tuple(row)
                for row in fetch(
                    "SELECT * FROM applications WHERE confirmed_at IS NOT NULL ORDER BY id"
                )
            ],
            [
                tuple(row)
                for row in fetch(
                    "SELECT id, official_name, email, confirmed_at FROM applications WHERE id <= 5"
                )
            ],
            [tuple(row) for row in fetch("SELECT * FROM members")],
            [tuple(row) for row in fetch("SELECT * FROM representatives")],
            [tuple(row) for row in fetch("SELECT id FROM invitations")],
            [tuple(row) for row in fetch("SELECT id FROM approvals")],
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    office = new_office(tmp_path_factory.mktemp("impostors"))
    office.enrol()
    for slug in ("leitgedanken", "licht", "zu"):
        office.draft(slug)
        opening = actions.rounds.Opening(LAST_DAY, terms=Terms(public=True, applications=True))
        open_round(office.db, slug, opening, "cli", office.now)
    office.work()
    office.app.config["WTF_CSRF_ENABLED"] = True
    paths = {}
    for name, slug in (
        ("pending", "leitgedanken"),
        ("waiting", "leitgedanken"),
        ("refused", "leitgedanken"),
        ("other", "licht"),
        ("over", "zu"),
    ):
        apply(
            office,
            path=f"/papers/{slug}/application",
            email=f"{name}@fremdstadt.example",
            official_name=f"Stadt {name.title()}",
        )
        (paths[name],) = find_links(office, f"{name}@fremdstadt.example")
    for name in ("waiting", "refused"):
        confirm(office, paths[name], f"Stadt {name.title()}")
    actions.applications.refuse(office.db, 3, "Nein.", "staff/2", office.now)
    actions.rounds.close(office.db, 3, "staff/2", office.now)
    link = store.rounds.list_links_of_round(office.db, 1)[0]
    invited = office.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )
    yield Scene(office, **paths, invited=invited, clients={})
    office.db.close()


def post(scene: Scene, path: str, role: Role | None = None, **fields: str) -> int:
    """Send fields with the token of a page that was opened before; returns the status."""
    client, token = get_client(scene, role)
    client.environ_base["REMOTE_ADDR"] = f"198.51.100.{next(NETWORKS)}"
    data = FIELDS | {"csrf_token": token} | fields
    headers = {"Origin": "http://localhost"}
    return client.post(path, data=data, base_url="http://localhost", headers=headers).status_code


def get_client(scene: Scene, role: Role | None) -> tuple[FlaskClient, str]:
    """Somebody with this role, and the token of their forms."""
    if role not in scene.clients:
        browser = scene.office.browser(role).open("/office/rounds/1" if role else FORM)
        scene.clients[role] = browser.client, csrf_token(browser)
    return scene.clients[role]


def with_token(token: str) -> Callable[[Scene], object]:
    """Somebody tries a token, with everything that a right one would be sent with."""

    def attack(scene: Scene) -> None:
        path = f"/application/{token.format(token=scene.token, invited=scene.invited)}"
        client, _token = get_client(scene, None)
        assert client.get(path, base_url="http://localhost").status_code == 404
        assert post(scene, path, confirm="Stadt Pending") == 404

    return attack


def with_signature(
    purpose: TokenPurpose, id: str, round_id: int, key: bytes = b"l" * 32
) -> Callable[[Scene], object]:
    def attack(scene: Scene) -> None:
        token = TokenSigner([key]).sign(purpose, id, round_id)
        assert post(scene, f"/application/{token}", confirm="Stadt Pending") == 404

    return attack


def altered(change: Callable[[str], str]) -> Callable[[Scene], object]:
    return lambda scene: with_token(change(scene.token))(scene)


def at_link(
    status: int, name: str = "pending", query: str = "", **fields: str
) -> Callable[[Scene], object]:
    """Somebody posts to a real link, with forged fields."""

    def attack(scene: Scene) -> None:
        assert post(scene, f"{getattr(scene, name)}{query}", **fields) == status

    return attack


def at_form(status: int, path: str = FORM, **fields: str) -> Callable[[Scene], object]:
    def attack(scene: Scene) -> None:
        assert post(scene, path, **fields) == status

    return attack


def in_office(
    status: int, role: Role | None, path: str, **fields: str
) -> Callable[[Scene], object]:
    return lambda scene: check(post(scene, path, role, **(ACCEPTED | fields)), status)


def check(found: int, expected: int) -> None:
    assert found == expected


def only_reads(scene: Scene) -> None:
    for query in ("", "?confirm=Stadt+Pending", "?again=1&confirm=Stadt+Pending", "?lang=en"):
        scene.office.browser(None).open(scene.pending + query)


def asks(method: str) -> Callable[[Scene], object]:
    def attack(scene: Scene) -> None:
        answer = scene.office.app.test_client().open(
            scene.pending, method=method, base_url="http://localhost"
        )
        assert answer.status_code in (200, 405)

    return attack


def without_form(**headers: str) -> Callable[[Scene], object]:
    def attack(scene: Scene) -> None:
        client = scene.office.app.test_client()
        data = FIELDS | {"confirm": "Stadt Pending"}
        answer = client.post(scene.pending, data=data, base_url="http://localhost", headers=headers)
        assert answer.status_code in (400, 403)

    return attack


DECISION = "/office/applications/{}"
IMPOSTORS: dict[str, Callable[[Scene], object]] = {
    # tokens
    "nonsense": with_token("x"),
    "the sample token": with_token("muster-ohne-zugang"),
    "only the payload": altered(lambda token: token.partition(".")[0]),
    "only the signature": altered(lambda token: token.partition(".")[2]),
    "cut": altered(lambda token: token[:-1]),
    "another last character": altered(lambda token: token[:-2] + "AA"),
    "another first character": altered(lambda token: "X" + token[1:]),
    "in capitals": altered(str.upper),
    "the payload of another application": altered(
        lambda token: "WyIyIiwxXQ." + token.partition(".")[2]
    ),
    "no signature": with_token("WyIxIiwxXQ."),
    "the link of a representative": with_token("{invited}"),
    "another key": with_signature(TokenPurpose.APPLICATION, "1", 1, b"m" * 32),
    "an invitation's salt": with_signature(TokenPurpose.INVITATION, "1", 1),
    "a set-up link's salt": with_signature(TokenPurpose.STAFF, "1", 1),
    "a password's salt": with_signature(TokenPurpose.PASSWORD, "1", 1),
    "an address's salt": with_signature(TokenPurpose.ADDRESS, "1", 1),
    "a calendar's salt": with_signature(TokenPurpose.CALENDAR, "1", 1),
    "the number of another round": with_signature(TokenPurpose.APPLICATION, "1", 2),
    "no such application": with_signature(TokenPurpose.APPLICATION, "999", 1),
    "no number": with_signature(TokenPurpose.APPLICATION, "1 OR 1=1", 1),
    # the token at other doors
    "as an invitation": lambda scene: scene.office.browser(None).open(
        f"/s/{scene.token}", status=404
    ),
    "as an answer": lambda scene: check(
        post(scene, f"/s/{scene.token}/answer", answer="sign"), 404
    ),
    "as a set-up link": lambda scene: check(
        post(scene, f"/login/set-up/{scene.token}", password="ein langer Satz"), 404
    ),
    # a real link, but nobody who types
    "reads": only_reads,
    "HEAD": asks("HEAD"),
    "PUT": asks("PUT"),
    "DELETE": asks("DELETE"),
    "PATCH": asks("PATCH"),
    "without a token of the form": without_form(),
    "from another origin": without_form(Origin="https://anderswo.example"),
    "presses the button": at_link(422),
    "an empty name": at_link(422, confirm="   "),
    "a word that stands in every name": at_link(422, confirm="Stadt"),
    "the same in every field": at_link(422, official_name="Muster", confirm="Muster"),
    "the name of another member": at_link(422, confirm="Musterhausen"),
    "the name of another application": at_link(422, confirm="Stadt Waiting"),
    "asks for another language": at_link(200, query="?again=1", confirm="Stadt Pending"),
    "an advertisement": at_link(422, official_name="www.gewinn.example", confirm="Stadt Pending"),
    "what cannot be printed": at_link(
        422, official_name="Stadt \U0001f600", confirm="Stadt Pending"
    ),
    # what is settled
    "confirms again with another name": at_link(
        303, "waiting", official_name="Stadt Anders", confirm="Stadt Waiting"
    ),
    "confirms what was refused": at_link(
        303, "refused", official_name="Stadt Anders", confirm="Stadt Refused"
    ),
    "confirms after the closing": at_link(409, "over", confirm="Stadt Over"),
    "applies again after the refusal": at_form(303, email="refused@fremdstadt.example"),
    "applies with the address that waits": at_form(303, email="waiting@fremdstadt.example"),
    # the form
    "forged columns": at_form(
        303, confirmed_at="2027-01-01", decided_at="2027-01-01", member_id="1", id="2", round_id="2"
    ),
    "two addresses": at_form(422, email="a@fremdstadt.example, b@fremdstadt.example"),
    "a second header": at_form(422, email="a@fremdstadt.example\nBcc: b@fremdstadt.example"),
    "a closed round": at_form(409, "/papers/zu/application"),
    "no such paper": at_form(404, "/papers/nirgendwo/application"),
    # the office
    "decides without a login": in_office(403, None, DECISION.format(2)),
    "decides as a viewer": in_office(403, Role.VIEWER, DECISION.format(2)),
    "decides what nobody has confirmed": in_office(404, Role.EDITOR, DECISION.format(1)),
    "decides twice": in_office(409, Role.EDITOR, DECISION.format(3)),
    "decides what there is not": in_office(404, Role.EDITOR, DECISION.format(999)),
    "takes the key of a member": in_office(422, Role.EDITOR, DECISION.format(2), key="00002"),
    "decides by reading": lambda scene: scene.office.browser().open(
        DECISION.format(2) + "?accepted=yes&key=9&name=x"
    ),
}


def test_no_impostor_gets_in(scene: Scene) -> None:
    assert len(IMPOSTORS) >= 50
    before = scene.count()
    got_in = []
    for name, attack in IMPOSTORS.items():
        attack(scene)
        if scene.count() != before:
            got_in.append(name)
    assert got_in == []


def test_the_right_one_gets_in(scene: Scene) -> None:
    """What the impostors tried in vain works for the holder of the address, once."""
    before = scene.count()
    browser = confirm(scene.office, scene.other, "Other")
    assert "liegt der Geschäftsstelle vor" in browser.text
    assert scene.count() != before


def test_two_confirmations_at_once_are_one(office: Office) -> None:
    apply(office)
    office.work()
    fields = [
        actions.applications.ApplicationFields(f"Stadt {n}", "Stadt", "", "Büro") for n in range(8)
    ]
    gate = threading.Barrier(len(fields))

    def race(own: actions.applications.ApplicationFields) -> None:
        db = office.connect()
        gate.wait()
        actions.applications.confirm(db, 1, own, office.now)
        db.close()

    threads = [threading.Thread(target=race, args=(own,)) for own in fields]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert office.events().count(Event.APPLICATION_CONFIRMED) == 1


def test_two_decisions_at_once_are_one(office: Office) -> None:
    application = confirmed(office)
    gate = threading.Barrier(4)
    outcomes: list[str] = []

    def race(number: int) -> None:
        db = office.connect()
        gate.wait()
        try:
            if number % 2:
                actions.applications.refuse(db, application.id, "Nein.", "staff/2", office.now)
            else:
                actions.applications.accept(
                    db, application.id, f"0699900{number}", "F", "DE", "staff/2", office.now
                )
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.reason)
        db.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    assert office.events().count(Event.APPLICATION_DECIDED) == 1
    assert len(store.members.list_all(office.db)) in (5, 6)
