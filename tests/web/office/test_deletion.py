"""Deleting what no round has used, and what remains of it."""

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.papers import Text
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.office.pages import count_events, post_directly
from tests.world import add_edition

OTHER = "/office/papers/entwurf-eins"


def write_paper(office: Office) -> None:
    text = Text("Entwurf eins", "<h2>Text</h2><p>Wort.</p>")
    actions.papers.add_paper(office.db, "entwurf-eins", text, "cli", office.now, "## Text\n\nWort.")
    actions.papers.enqueue_trial_print(office.db, "entwurf-eins", 1, "cli", office.now)
    office.work()


def test_an_unpublished_paper_is_deleted_with_its_prints(office: Office, editor: Browser) -> None:
    write_paper(office)
    prints = office.settings.archive / "prints"
    before = set(prints.iterdir())
    editor.open(OTHER).follow("Papier löschen …")
    assert "niemand wird benachrichtigt" in editor.text
    editor.submit(action="/deletion")
    assert editor.path == "/office/papers"
    assert "Entwurf eins" not in editor.text
    assert len(before - set(prints.iterdir())) == 1
    assert post_directly(editor, f"{OTHER}/editions/1/deletion") == 303
    assert count_events(office, Event.PAPER_DELETED) == 1
    assert "hat das Papier „entwurf-eins“ gelöscht" in editor.open("/office/audit").text
    write_paper(office)


def test_an_edition_of_a_round_stays_and_a_later_one_goes(office: Office, editor: Browser) -> None:
    paper = "/office/papers/leitgedanken"
    assert post_directly(editor, f"{paper}/editions/1/deletion") == 409
    add_edition(office.db, "leitgedanken", 1, "cli", office.now)
    editor.open(paper).follow("Fassung löschen …").submit(action="/deletion")
    assert editor.path == paper
    assert [e.number for e in store.papers.list_editions(office.db, "leitgedanken")] == [1]
    assert count_events(office, Event.EDITION_DELETED) == 1


def test_a_deleted_account_is_a_number_in_the_log(office: Office, admin: Browser) -> None:
    id = store.accounts.find_by_email(office.db, "editor@forum.example").id
    office.browser(Role.EDITOR).open("/office/papers/leitgedanken")
    add_edition(office.db, "leitgedanken", 1, f"staff/{id}", office.now)
    admin.open(f"/office/accounts/{id}").follow("Konto löschen …")
    assert f"„Konto {id} (gelöscht)“" in admin.text
    admin.submit(action="/deletion")
    assert store.accounts.find(office.db, id) is None
    log = admin.open("/office/audit").text
    assert f"Konto {id} (gelöscht) hat eine neue Fassung" in log
    new = actions.accounts.add(
        office.db, "neu@forum.example", "Neu", Role.VIEWER, "", "cli", office.now
    )
    assert new.id > id


def test_nobody_deletes_their_own_account(office: Office, admin: Browser) -> None:
    id = store.accounts.find_by_email(office.db, "admin@forum.example").id
    assert post_directly(admin, f"/office/accounts/{id}/deletion") == 409
    assert store.accounts.find(office.db, id)


def test_a_representative_who_was_never_invited_is_deleted(office: Office, editor: Browser) -> None:
    member = store.members.find_by_key(office.db, "00002")
    (invited,) = store.members.list_representatives(office.db, member.id)
    page = f"/office/members/{member.id}"
    assert post_directly(editor, f"{page}/representatives/{invited.id}/deletion") == 409
    actions.rounds.cancel(office.db, 1, "cli", office.now)
    editor.open(f"{page}/representatives/new").submit(
        {"name": "Tippfehler", "email": "falsch@kommune.example"}, action="/new"
    )
    new = store.members.list_representatives(office.db, member.id)[-1]
    assert new.name == "Tippfehler"
    editor.submit(action=f"/representatives/{new.id}/archive")
    editor.follow("Löschen …").submit(action="/deletion")
    people = store.members.list_all_representatives(office.db, member.id)
    assert [person.id for person in people] == [invited.id]
    assert count_events(office, Event.REPRESENTATIVE_DELETED) == 1
