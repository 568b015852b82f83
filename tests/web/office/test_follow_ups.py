"""What became of a released paper: an entry on its public page, told to those who sign."""

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.mail import MailKind
from tests.browser import Browser
from tests.prepared import made_once
from tests.web.office.office import Office
from tests.web.office.pages import count_events, post_directly

PAGE = "/office/rounds/1/follow-ups"
PAPER = "/papers/leitgedanken"
ENTRY = {"happened_on": "20.2.2027", "event": "Übergeben an das Ministerium.\nEs dankt."}
TELL = ENTRY | {"tell": True}


@pytest.fixture
@made_once
def released(ready: Office) -> Office:
    """The paper is released; of five members only Musterhausen has signed."""
    actions.releases.release_paper(ready.db, 1, None, "staff/2", ready.now)
    ready.work()
    ready.postbox.clear()
    return ready


def list_recipients(office: Office) -> list[str]:
    office.work()
    return [
        message["To"].addresses[0].addr_spec
        for message in office.postbox
        if message["Subject"].startswith("Neues zu")
    ]


def read_public(office: Office) -> str:
    return office.browser(None).open(PAPER).text


def test_an_entry_is_public_and_mailed_to_those_who_sign(released: Office) -> None:
    editor = released.browser(Role.EDITOR).open("/office/rounds/1")
    editor.follow("Einträge ansehen und ergänzen")
    assert "Geht an 1 Ansprechperson." in editor.text
    editor.submit(TELL, action="/follow-ups")
    assert "Der Eintrag ist veröffentlicht." in editor.text
    public = read_public(released)
    assert "Was daraus wurde" in public
    assert "Übergeben an das Ministerium." in public
    assert "20. Februar 2027" in public.replace("\xa0", " ")
    assert list_recipients(released) == ["m00002@kommune.example"]
    body = released.postbox[-1].get_body(("plain",)).get_content()
    assert "> Übergeben an das Ministerium." in body
    assert "am 20. Februar 2027" in body.replace("\xa0", " ")
    assert f"http://localhost{PAPER}" in body
    assert count_events(released, Event.FOLLOW_UP_ADDED) == 1
    log = editor.open("/office/audit").text.replace("\xa0", " ")
    assert "hat eingetragen, was aus" in log
    assert "20. Februar 2027: Übergeben" in log


def test_the_same_entry_twice_is_one_entry_and_one_mail(released: Office) -> None:
    editor = released.browser(Role.EDITOR).open(PAGE)
    for _ in range(2):
        editor.open(PAGE).submit(TELL, action="/follow-ups")
    assert len(store.follow_ups.list_for_round(released.db, 1)) == 1
    assert len(list_recipients(released)) == 1


def test_without_the_tick_nobody_is_mailed(released: Office) -> None:
    released.browser(Role.EDITOR).open(PAGE).submit(ENTRY, action="/follow-ups")
    assert list_recipients(released) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"happened_on": "1.1.2030"}, "Der Tag liegt in der Zukunft."),
        ({"happened_on": ""}, "Tag"),
        ({"event": ""}, "Was geschehen ist"),
        ({"event": "x" * 601}, "601"),
    ],
)
def test_a_wrong_entry_is_shown_again_and_not_published(
    released: Office, changed: dict[str, str], sentence: str
) -> None:
    editor = released.browser(Role.EDITOR).open(PAGE)
    editor.submit(TELL | changed, action="/follow-ups", status=422)
    assert sentence in editor.text
    field = editor.form("/follow-ups").find(".//input[@name='happened_on']")
    assert field.get("value") == (TELL | changed)["happened_on"]
    assert store.follow_ups.list_for_round(released.db, 1) == []


def test_an_entry_is_removed_with_the_mail_that_is_still_owed(released: Office) -> None:
    editor = released.browser(Role.EDITOR).open(PAGE)
    editor.submit(TELL, action="/follow-ups")
    editor.submit(action="/removal")
    assert "Der Eintrag ist entfernt" in editor.text
    assert "Was daraus wurde" not in read_public(released)
    assert list_recipients(released) == []
    assert count_events(released, Event.FOLLOW_UP_REMOVED) == 1
    assert post_directly(editor, f"{PAGE}/1/removal") == 303
    assert count_events(released, Event.FOLLOW_UP_REMOVED) == 1


def test_mail_about_a_removed_entry_that_a_worker_has_claimed_is_not_sent(released: Office) -> None:
    released.browser(Role.EDITOR).open(PAGE).submit(TELL, action="/follow-ups")
    (message,) = (
        row["id"] for row in released.db.query("SELECT id FROM outbox WHERE kind = 'follow_up'")
    )
    released.db.execute("UPDATE outbox SET claimed_by = 'other' WHERE id = ?", [message])
    actions.follow_ups.remove(released.db, 1, "staff/2", released.now)
    claimed = store.outbox.find(released.db, message)
    assert claimed
    assert claimed.kind is MailKind.FOLLOW_UP
    assert store.mail.load(released.db, claimed) is None


def test_four_eyes_hold_for_an_entry(released: Office) -> None:
    for account in store.accounts.list_all(released.db):
        actions.accounts.set_password(released.db, account.id, 1, "hash", account.created_at)
    actions.approvals.set_four_eyes(released.db, True, "cli", released.now)
    first = released.browser(Role.EDITOR).open(PAGE).submit(TELL, action="/follow-ups")
    assert "Eine zweite Person muss bestätigen." in first.text
    assert "Was daraus wurde" not in read_public(released)
    pending = store.approvals.find_pending(released.db, PublicAct.FOLLOW_UP, "round/1")
    assert pending
    second = released.browser(Role.ADMIN).open(f"/office/approvals/{pending.id}")
    assert "Übergeben an das Ministerium." in second.text
    assert "Die Mitzeichnenden erhalten es per E-Mail." in second.text
    second.submit(action="/confirmation")
    assert second.path == PAGE
    assert "Übergeben an das Ministerium." in read_public(released)
    assert len(list_recipients(released)) == 1


def test_a_paper_that_is_not_public_has_no_entries(ready: Office) -> None:
    editor: Browser = ready.browser(Role.EDITOR)
    editor.open(PAGE, 404)
    editor.open("/office/")
    assert post_directly(editor, PAGE, **ENTRY) == 404
    assert count_events(ready, Event.FOLLOW_UP_ADDED) == 0
