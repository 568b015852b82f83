"""A trial round: everything goes to the person who started it, and nothing of it remains."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signoff import store, trial_rounds
from signoff.app import TrialRoundMount
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.setup import SetupLine
from signoff.store.connection import connect
from signoff.trial_rounds import TrialRound
from signoff.web import security
from tests.browser import Browser
from tests.factories import SLUG, TEXT
from tests.web.office.office import Office
from tests.web.office.pages import post_directly
from tests.world import FakeSeal, Sheet, build_instance, print_sheet


@pytest.fixture(autouse=True)
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Document | WorkingCopy]:
    """What the trial round has printed; its subprocess is not the point here."""
    documents: list[Document | WorkingCopy] = []

    def print_document(document: Document | WorkingCopy, **options: object) -> Sheet:
        documents.append(document)
        return print_sheet(document) if isinstance(document, Document) else Sheet(b"%PDF-1.7")

    monkeypatch.setattr("signoff.services.print_in_subprocess", print_document)
    monkeypatch.setattr("signoff.services.build_sealing", lambda settings: FakeSeal())
    return documents


START = f"/office/papers/{SLUG}/trial-round"
HOME = "/office/trial-round"
DEADLINE_OF_APRIL = datetime(2027, 4, 1, 22, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An association with a mail server, members and a paper that no round has yet."""
    settings = replace(
        build_instance(tmp_path, "http://localhost", tuple(Role)), smtp_url="smtp://localhost"
    )
    office = Office(settings)
    office.enrol()
    office.paper(text=TEXT)
    yield office
    office.db.close()


@pytest.fixture
def trial(office: Office, editor: Browser) -> TrialRound:
    """A trial round that the editor has started; its first mail is out."""
    editor.open(START).submit(action="trial-round")
    office.work()
    return find_trial(office)


def find_trial(office: Office) -> TrialRound:
    trial = trial_rounds.find(office.settings)
    assert trial
    return trial


def find_link(editor: Browser, name: str = "Stadt Musterhausen") -> str:
    """The address of the page of one municipality."""
    editor.open(HOME)
    (address,) = (link.get("href") for link in editor.root.iter("a") if link.text == name)
    return address


def answer(browser: Browser, address: str) -> None:
    """Decline, from the first page to the receipt."""
    browser.open(f"{address}/answer").submit(
        {
            "answer": "decline",
            "filled_in_by": "Sachbearbeitung",
            "filled_in_unit": "Amt",
            "filled_in_email": "amt@rathaus.example",
        }
    )
    browser.submit({"confirm": "Musterhausen"})
    assert browser.page == "receipt"


def subjects(office: Office) -> list[str]:
    return [str(mail["Subject"]) for mail in office.postbox]


def test_all_mail_goes_to_the_person_who_started_it(office: Office, trial: TrialRound) -> None:
    assert {mail["To"].addresses[0].addr_spec for mail in office.postbox} == {
        "editor@forum.example"
    }
    assert len(office.postbox) == 2  # the third member is asked by letter
    assert all(subject.startswith("[Probe] ") for subject in subjects(office))
    assert all(mail["Date"].datetime == office.now for mail in office.postbox)


def test_it_is_walked_from_the_invitation_to_the_release_and_leaves_no_trace(
    office: Office, editor: Browser, trial: TrialRound
) -> None:
    before = office.contents()
    answer(office.browser(None), find_link(editor))
    editor.open(HOME).submit(action="clock", press="bis zur nächsten Erinnerung")
    office.work()
    editor.open(HOME).submit(action="clock", press="bis zum Ende der Frist")
    office.work()
    editor.open(f"{trial.root}/office/rounds/1/release")
    editor.submit(action="release")
    office.work()
    editor.open(f"{trial.root}/papers/{SLUG}")
    assert "Probeverfahren" in editor.text
    kinds = " ".join(subjects(office))
    assert all(word in kinds for word in ("Erinnerung", "eingegangen", "Veröffentlicht"))
    assert office.contents() == before

    editor.open(HOME).submit(action="delete")
    assert trial_rounds.find(office.settings) is None
    assert not list((office.settings.instance / "trials").iterdir())
    changed = {name for name, rows in office.contents().items() if rows != before[name]}
    assert changed == {"audit", "audit_details"}
    started, ended = office.entries()[-2:]
    assert (started.event, ended.event) == (Event.TRIAL_ROUND_STARTED, Event.TRIAL_ROUND_ENDED)
    assert ended.details == {"answers": 1, "closed": True}
    assert store.audit.find_fault(office.db) is None
    editor.open(f"{trial.root}/papers/{SLUG}", status=404)


def test_everything_printed_is_marked(
    editor: Browser, trial: TrialRound, printed: list[Document | WorkingCopy]
) -> None:
    editor.open(f"{find_link(editor)}/kit/answer-form.pdf")
    draft, form = printed
    assert isinstance(draft, Document)
    assert draft.trial_round
    assert isinstance(form, WorkingCopy)
    assert form.mark == "Probeverfahren"


def test_nobody_else_opens_its_pages_but_a_link_needs_no_login(
    office: Office, editor: Browser, trial: TrialRound
) -> None:
    link = find_link(editor)
    editor.open(f"{trial.root}/demo/mail")
    for stranger in (office.browser(None), office.browser(Role.ADMIN)):
        for path in ("/", f"/papers/{SLUG}", "/feed.atom", "/office/", "/demo/mail"):
            assert stranger.open(f"{trial.root}{path}").path == "/login"
        assert stranger.open(link).page == "read"
        assert "Nichts auf dieser Seite zählt" in stranger.text
        stranger.open(link.removeprefix(trial.root), status=404)


def test_another_editor_may_delete_it_but_not_walk_it(office: Office, trial: TrialRound) -> None:
    admin = office.browser(Role.ADMIN).open(HOME)
    assert trial.root not in "".join(link.get("href") for link in admin.root.iter("a"))
    admin.submit(action="delete")
    assert trial_rounds.find(office.settings) is None


def test_a_viewer_starts_none(office: Office) -> None:
    viewer = office.browser(Role.VIEWER)
    assert post_directly(viewer, START) == 403
    viewer.open(START, status=403)
    assert trial_rounds.find(office.settings) is None


def test_without_a_mail_server_the_mail_is_read_in_the_browser(tmp_path: Path) -> None:
    office = Office(build_instance(tmp_path, "http://localhost", tuple(Role)))
    office.paper(text=TEXT)
    editor = office.browser()
    editor.open(START).submit(action="trial-round")
    office.work()
    trial = find_trial(office)
    assert not office.postbox
    assert not list(office.settings.outbox.iterdir())
    editor.open(f"{trial.root}/demo/mail")
    assert "[Probe]" in editor.text
    assert "Stadt Musterstadt" in editor.text  # there are no members yet
    (first, *_) = (a for a in editor.root.iter("a") if "Musterstadt" in (a.text or ""))
    editor.open(first.get("href"))
    (link,) = (a.get("href") for a in editor.root.iter("a") if "/s/" in a.get("href"))
    assert editor.open(link).page == "read"


def test_there_is_one_at_a_time_and_the_settings_of_the_opening_hold_in_it(
    office: Office, editor: Browser
) -> None:
    editor.open(f"/office/papers/{SLUG}/open")
    data = {"deadline": "1.4.2027", "settled": "y", "progress": "none", "layout": "place"}
    post_directly(editor, START, **data)
    post_directly(editor, START)
    trial = find_trial(office)
    assert len(list((office.settings.instance / "trials").iterdir())) == 1
    with closing(connect(trial.settings.database)) as trial_db:
        round = store.rounds.find_by_slug(trial_db, SLUG)
    assert round
    assert round.deadline == DEADLINE_OF_APRIL
    assert round.terms.layout == "place"


def test_what_a_text_prevents_is_refused_and_nothing_is_left(
    office: Office, editor: Browser
) -> None:
    editor.open(START)
    post_directly(editor, START, deadline="1.4.2020")
    assert not list((office.settings.instance / "trials").glob("*"))
    assert Event.TRIAL_ROUND_STARTED not in office.events()


def test_the_check_asks_for_a_trial_round_that_was_walked(
    office: Office, editor: Browser, trial: TrialRound
) -> None:
    def is_done() -> bool:
        return store.setup.load(office.db).is_done(SetupLine.TRIAL_ROUND)

    editor.open(HOME).submit(action="delete")
    assert not is_done()  # deleted at once
    editor.open(START).submit(action="trial-round")
    answer(office.browser(None), find_link(editor))
    editor.open(HOME).submit(action="clock", press="bis zum Ende der Frist")
    office.work()
    editor.open(HOME).submit(action="delete")
    assert is_done()


def test_what_a_worker_left_of_an_ended_one_is_removed(office: Office) -> None:
    left = office.settings.instance / "trials" / "0123abcd" / "archive"
    left.mkdir(parents=True)
    office.work()
    assert not left.exists()


def test_an_unknown_address_leaves_the_application_of_the_running_one_as_it_is(
    office: Office, trial: TrialRound
) -> None:
    mount = office.build_app().wsgi_app.app  # within the log of requests
    assert isinstance(mount, TrialRoundMount)
    running = mount.find_app(trial.id)
    assert mount.find_app("0") is None
    assert mount.find_app(trial.id) is running


def test_a_trial_round_leaves_the_counts_of_guesses_alone(
    office: Office, editor: Browser, trial: TrialRound
) -> None:
    counts = security.limiter.storage
    office.browser(None).open(find_link(editor))
    assert security.limiter.storage is counts
