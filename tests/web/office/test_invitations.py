"""The office's page of one invitation: decisions, corrections, objections, links and notes."""

import json

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague
from signoff.domain.audit import Event
from signoff.domain.mail import Bounce, BounceType, MailKind
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Round
from signoff.store.access import InvitationAccess
from signoff.tokens import TokenPurpose
from signoff.web.invitation.forms import serialize_answer
from tests.browser import Browser, fields
from tests.factories import decline, sign
from tests.page_checks import text_of
from tests.web.office.office import Office
from tests.web.office.pages import (
    count_events,
    list_invitation_addresses,
    pass_deadline,
    post_directly,
    rows,
    token,
)

NOTE = "Wir verstehen Leitgedanke 4 im Rahmen des Haushalts."


def load_access(office: Office, id: int = 1) -> InvitationAccess:
    """The access that the registered link of this invitation gives."""
    (link, *_) = store.rounds.list_open_links(office.db, id)
    return store.access.load(office.db, link)


def colleague(name: str) -> Colleague:
    return Colleague(
        name, "Stabsstelle", f"{name.lower()}@kommune.example", "Bitte übernehmen Sie."
    )


# actions that test every role

PAGES = ("links/2/end", "resend")
ACTIONS = ("links/2/end", "objections/1", "resend", "notes", "notes/1/removal")


@pytest.mark.parametrize("path", ACTIONS)
def test_viewers_and_strangers_cannot_change_an_invitation(office: Office, path: str) -> None:
    actions.delegation.delegate(
        office.db, load_access(office), colleague("Ordnungsamt"), office.now
    )
    for browser in (office.browser(Role.VIEWER), office.browser(None).open("/login")):
        assert post_directly(browser, f"/office/invitations/1/{path}") == 403


@pytest.mark.parametrize("path", PAGES)
def test_viewers_see_no_form(office: Office, viewer: Browser, path: str) -> None:
    viewer.open(f"/office/invitations/1/{path}", status=403)


# links


def test_the_page_shows_the_chain_of_links_and_the_office_ends_a_link_with_its_delegations(
    office: Office, editor: Browser
) -> None:
    first = actions.delegation.delegate(
        office.db, load_access(office), colleague("Ordnungsamt"), office.now
    )
    second = actions.delegation.delegate(
        office.db, store.access.load(office.db, first), colleague("Hauptamt"), office.now
    )
    text = editor.open("/office/invitations/1").text
    assert "Weitergegeben von Ansprechperson" in text
    assert "Weitergegeben von Ordnungsamt" in text
    assert "Bitte übernehmen Sie." in text

    editor.open(f"/office/invitations/1/links/{first.id}/end")
    assert "hauptamt@kommune.example" in editor.text, (
        "the page names everybody who loses the access"
    )
    editor.submit(action="/end")

    assert "Der weitergegebene Link ist beendet." in editor.text
    ended = {link.id for link in store.rounds.list_all_links(office.db, 1) if link.ended_at}
    assert ended == {first.id, second.id}
    assert count_events(office, Event.DELEGATION_ENDED) == 1
    assert post_directly(editor, f"/office/invitations/1/links/{first.id}/end") == 303
    assert count_events(office, Event.DELEGATION_ENDED) == 1


def test_the_page_says_with_whom_a_prepared_answer_waits(
    office: Office, round: Round, editor: Browser
) -> None:
    waits = "Hier wartet eine vorbereitete Rückmeldung darauf, dass sie abgegeben wird."
    access, prepared = load_access(office), json.dumps(serialize_answer(sign()))
    actions.delegation.delegate(office.db, access, colleague("Ordnungsamt"), office.now, prepared)
    assert editor.open("/office/invitations/1").text.count(waits) == 1
    state = "vorbereitet, nicht abgegeben"
    listed = editor.open("/office/rounds/1?todo=prepared")
    assert rows(listed) == [access.member.official_name]
    row = text_of(listed.root.find(".//main//tbody/tr"))
    assert state in row
    assert "soll abgeben" in row
    assert "weitergegeben" not in row
    table = editor.client.get("/office/rounds/1/members.csv").text
    assert f"keine Rückmeldung, {state}" in table
    office.answer(round, access.member.name, sign())
    assert waits not in editor.open("/office/invitations/1").text


def test_only_delegated_links_of_this_invitation_can_be_ended(
    office: Office, editor: Browser
) -> None:
    delegated = actions.delegation.delegate(
        office.db, load_access(office), colleague("Ordnungsamt"), office.now
    )
    (registered,) = store.rounds.list_open_links(office.db, 2)
    editor.open("/office/invitations/1")
    for path in (
        f"1/links/{load_access(office).link.id}/end",
        f"2/links/{delegated.id}/end",
        f"2/links/{registered.id}/end",
    ):
        assert post_directly(editor, f"/office/invitations/{path}") == 404
    assert count_events(office, Event.DELEGATION_ENDED) == 0


# objections


def list_marks(page: Browser) -> list[str]:
    """The marks at the answers in the table of members."""
    return [
        text_of(mark) for mark in page.root.iter("small") if "so-mark" in (mark.get("class") or "")
    ]


def test_an_objection_is_a_task_until_the_office_settles_it(
    office: Office, round: Round, editor: Browser
) -> None:
    id = office.answer(round, "Musterhausen", sign())
    objection = actions.answers.object_to(
        office.db,
        load_access(office, id),
        store.answers.find_current(office.db, id).id,
        "Nie gesehen.",
        office.now,
    )
    editor.open("/office/")
    assert "1 Mitglied sagt: „Das war ich nicht“" in editor.text
    assert "Einspruch" in list_marks(editor.open("/office/rounds/1"))
    editor.open("/office/").follow("Einspruch ansehen")
    assert "Nie gesehen." in editor.text

    editor.submit(action=f"/objections/{objection.id}")

    assert "Der Einspruch ist als erledigt vermerkt." in editor.text
    assert "Einspruch erledigt" in editor.text
    assert "Konto editor" in editor.text
    assert store.answers.find_objection(office.db, objection.id).settled_at == office.now
    assert "Das war ich nicht" not in editor.open("/office/").text
    assert "Einspruch" not in list_marks(editor.open("/office/rounds/1"))


def test_an_objection_is_settled_at_its_own_invitation_only(
    office: Office, round: Round, editor: Browser
) -> None:
    id = office.answer(round, "Musterhausen", sign())
    objection = actions.answers.object_to(
        office.db,
        load_access(office, id),
        store.answers.find_current(office.db, id).id,
        "",
        office.now,
    )
    editor.open("/office/invitations/2")
    assert post_directly(editor, f"/office/invitations/2/objections/{objection.id}") == 404
    assert store.answers.find_objection(office.db, objection.id).settled_at is None


def test_a_viewer_sees_the_invitation_without_actions(
    office: Office, round: Round, viewer: Browser
) -> None:
    id = office.answer(round, "Musterhausen", sign("Universitätsstadt Musterhausen", NOTE))
    actions.delegation.delegate(
        office.db, load_access(office), colleague("Ordnungsamt"), office.now
    )
    actions.answers.object_to(
        office.db,
        load_access(office, id),
        store.answers.find_current(office.db, id).id,
        "Nein.",
        office.now,
    )
    viewer.open(f"/office/invitations/{id}")
    assert NOTE in viewer.text
    assert "ordnungsamt@kommune.example" in viewer.text
    assert list_invitation_addresses(viewer) == []


# decisions


def test_a_decision_is_stored_once_and_enqueues_a_new_print_after_closing(
    office: Office, round: Round
) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    first = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)

    browser = office.browser().open(f"/office/invitations/{id}")
    form = {"accepted": "yes", "version": "1"}
    browser.request(
        "POST",
        f"/office/invitations/{id}/note",
        200,
        data={**form, "csrf_token": token(browser)},
    )
    assert "Protokollnotiz angenommen" in browser.text
    second = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert (second.number, second.printed_at) == (first.number + 1, None)

    browser.request(
        "POST",
        f"/office/invitations/{id}/note",
        200,
        data={**form, "csrf_token": token(browser)},
    )
    assert count_events(office, Event.NOTE_DECIDED) == 1
    assert store.releases.find_latest_print(office.db, 1, PrintKind.FINAL) == second


def test_a_note_changed_meanwhile_is_not_decided(
    office: Office, round: Round, editor: Browser
) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    editor.open(f"/office/invitations/{id}")
    office.later(minutes=1)
    office.answer(round, "Musterhausen", sign(note="Etwas ganz anderes."))
    assert (
        post_directly(editor, f"/office/invitations/{id}/note", accepted="yes", version="1") == 409
    )
    assert count_events(office, Event.NOTE_DECIDED) == 0


def test_an_invitation_shows_every_version_and_never_a_link(
    office: Office, round: Round, editor: Browser
) -> None:
    id = office.answer(round, "Musterhausen", decline("Der Rat war dagegen."))
    office.later(minutes=5)
    office.answer(round, "Musterhausen", sign(note=NOTE))
    text = editor.open(f"/office/invitations/{id}").text
    for sentence in (
        "1. Version",
        "2. Version",
        "Der Rat war dagegen.",
        NOTE,
        "hauptamt@",
        "m00002@kommune.example",
    ):
        assert sentence in text, sentence
    assert "/s/" not in editor.response.get_data(as_text=True)
    (link,) = store.rounds.list_open_links(office.db, id)
    assert link.public_id not in editor.response.get_data(as_text=True)


# wrong addresses


def test_an_undeliverable_address_is_listed_and_can_be_corrected(
    office: Office, editor: Browser
) -> None:
    (queued, _), *_ = store.outbox.list_for_invitation(office.db, 1)
    actions.mail.record_bounce(
        office.db,
        Bounce(BounceType.BOUNCE, queued.id, "550 5.1.1 kein solches Postfach"),
        office.now,
    )
    assert "nicht erreicht" in editor.open("/office/").text
    page = editor.open("/office/invitations/1")
    assert "550 5.1.1 kein solches Postfach" in page.text
    assert "Keine E-Mail hat dieses Mitglied erreicht" in page.text

    editor.open("/office/invitations/1/links/1/address").submit(
        {"email": "richtig@kommune.example"}, action="/address"
    )

    assert editor.url.endswith("/office/invitations/1")
    assert "richtig@kommune.example" in editor.text
    assert count_events(office, Event.ADDRESS_CORRECTED) == 1
    assert store.rounds.list_open_links(office.db, 1)[0].generation == 2


@pytest.mark.parametrize(
    "email", ["", "kein Postfach", "a@b.example, c@d.example", "a@b.example\u2028c@d.example"]
)
def test_an_invalid_address_is_refused_at_its_field(
    office: Office, editor: Browser, email: str
) -> None:
    editor.open("/office/invitations/1/links/1/address").submit(
        {"email": email}, action="/address", status=422
    )
    assert "Bitte prüfen Sie eine Angabe" in editor.text
    assert store.rounds.list_open_links(office.db, 1)[0].generation == 1


def test_an_address_is_corrected_at_its_own_invitation_only(
    office: Office, editor: Browser
) -> None:
    assert (
        editor.client.get(
            "/office/invitations/1/links/2/address", base_url="http://localhost"
        ).status_code
        == 404
    )


def test_correcting_an_address_ends_the_old_link_and_sends_a_new_one(
    office: Office, editor: Browser
) -> None:
    old = load_access(office).link
    editor.open("/office/invitations/1/links/1/address").submit(
        {"email": "neu@kommune.example"}, action="/address"
    )
    new = load_access(office).link
    old_token, new_token = (
        office.services.token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)
        for link in (old, new)
    )
    assert office.browser(None).open(f"/s/{old_token}", status=404)
    assert office.browser(None).open(f"/s/{new_token}").page == "read"
    (pending, email), *_ = store.outbox.list_for_invitation(office.db, 1)
    assert (pending.kind, email) == (MailKind.INVITATION, "neu@kommune.example")


# refused notes


def test_the_member_learns_why_a_note_was_refused_while_the_round_is_open(
    office: Office, round: Round, editor: Browser
) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    editor.open(f"/office/invitations/{id}")
    refusal = next(form for form in editor.forms if fields(form, {}).get("accepted") == "no")
    data = fields(refusal, {"reason": "Sie ändert den Text.\nBitte kürzen."})
    editor.request("POST", refusal.get("action"), 200, data=data)
    assert "Grund: Sie ändert den Text." in editor.text

    (queued,) = [
        mail
        for mail, _ in store.outbox.list_for_invitation(office.db, id)
        if mail.kind is MailKind.NOTE_REFUSED
    ]
    mail_context = store.mail.load(office.db, queued)
    text = office.services.compose(mail_context, office.now).get_body(("plain",)).get_content()
    assert f"> {NOTE}" in text
    assert "> Sie ändert den Text.\n> Bitte kürzen." in text
    assert "können Sie die Notiz hier ändern oder weglassen" in " ".join(text.split())


def test_no_change_of_a_note_is_requested_after_closing(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    pass_deadline(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert (
        post_directly(
            browser, f"/office/invitations/{id}/note", accepted="no", version="1", reason="Zu lang"
        )
        == 303
    )
    assert not [
        mail
        for mail, _ in store.outbox.list_for_invitation(office.db, id)
        if mail.kind is MailKind.NOTE_REFUSED
    ]


def test_an_accepted_note_sends_no_mail(office: Office, round: Round, editor: Browser) -> None:
    id = office.answer(round, "Musterhausen", sign(note=NOTE))
    assert (
        post_directly(
            editor.open("/office/"), f"/office/invitations/{id}/note", accepted="yes", version="1"
        )
        == 303
    )
    assert not [
        mail
        for mail, _ in store.outbox.list_for_invitation(office.db, id)
        if mail.kind is MailKind.NOTE_REFUSED
    ]


# sending a link a second time


def test_a_link_is_resent_in_a_separate_mail_but_not_within_minutes(
    office: Office, editor: Browser
) -> None:
    address = "/office/invitations/1/resend"
    editor.open(address).submit(action="/resend", status=409)
    assert "Der letzte Versand liegt keine 15 Minuten zurück" in editor.text

    office.later(minutes=16)
    editor.open("/office/invitations/1").follow("Link erneut senden …").submit(action="/resend")
    assert "Der Link wird an 1 Adresse gesandt." in editor.text
    editor.open(address).submit(action="/resend", status=409)  # the mail is not sent yet
    office.work()
    office.later(minutes=16)
    editor.open(address).submit(action="/resend")

    numbers = [
        mail.number
        for mail, _ in store.outbox.list_for_invitation(office.db, 1)
        if mail.kind is MailKind.NEW_LINK
    ]
    assert numbers == [2, 1]
    assert load_access(office).link.generation == 1, "the link in the earlier mails stays valid"
    assert count_events(office, Event.LINK_RESENT) == 2


def test_a_resent_link_goes_only_to_its_holder(office: Office, editor: Browser) -> None:
    delegated = actions.delegation.delegate(
        office.db, load_access(office), colleague("Ordnungsamt"), office.now
    )
    office.work()
    office.later(minutes=16)
    data = {
        "csrf_token": token(editor.open("/office/invitations/1/resend")),
        "link": [str(delegated.id), "2", "x"],
    }
    editor.request("POST", "/office/invitations/1/resend", 200, data=data)
    newest = [(mail.kind, email) for mail, email in store.outbox.list_for_invitation(office.db, 1)][
        0
    ]
    assert newest == (MailKind.NEW_LINK, "ordnungsamt@kommune.example")
    assert not [
        mail
        for mail, _ in store.outbox.list_for_invitation(office.db, 2)
        if mail.kind is MailKind.NEW_LINK
    ]
    editor.open("/office/invitations/1/resend").submit(
        {"link": False}, action="/resend", status=422
    )
    assert "Bitte wählen Sie, an wen der Link gehen soll." in editor.text


# notes of the office


def test_an_office_note_is_added_and_removed_for_good(office: Office, editor: Browser) -> None:
    editor.open("/office/invitations/1").submit(
        {"remark": "Büro ruft\nam Montag zurück."}, action="/notes"
    )
    assert "Büro ruft" in editor.text
    assert "Konto editor" in editor.text
    (note,) = store.answers.list_office_notes(office.db, 1)
    assert (note.text, note.author, note.written_at) == (
        "Büro ruft\nam Montag zurück.",
        "staff/2",
        office.now,
    )
    audit_log = editor.open("/office/audit").text
    assert (
        "Konto editor hat einen Vermerk zur Einladung der Stadt Musterhausen geschrieben."
        in audit_log
    )
    assert "am Montag" not in audit_log

    for _ in range(2):
        assert post_directly(editor, f"/office/invitations/1/notes/{note.id}/removal") == 303
    assert store.answers.list_office_notes(office.db, 1) == []
    assert count_events(office, Event.OFFICE_NOTE_REMOVED) == 1
    (details,) = office.db.conn.execute(
        "SELECT group_concat(details) FROM audit_details"
    ).fetchone()
    assert "am Montag" not in details


def test_an_empty_or_overlong_note_is_refused_and_stays_in_the_form(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/invitations/1").submit({"remark": " "}, action="/notes", status=422)
    assert editor.title.startswith("Fehler:")
    editor.submit({"remark": "Wort " * 500}, action="/notes", status=422)
    assert fields(editor.form("/notes"), {})["remark"].count("Wort") == 500
    assert store.answers.list_office_notes(office.db, 1) == []


def test_a_second_click_adds_no_second_note(office: Office, editor: Browser) -> None:
    data = fields(editor.open("/office/invitations/1").form("/notes"), {"remark": "Einmal."})
    for _ in range(2):
        editor.request("POST", "/office/invitations/1/notes", 200, data=data)
    assert len(store.answers.list_office_notes(office.db, 1)) == 1


def test_a_note_is_removed_at_its_own_invitation_only(office: Office, editor: Browser) -> None:
    editor.open("/office/invitations/1").submit({"remark": "Bleibt."}, action="/notes")
    assert post_directly(editor, "/office/invitations/2/notes/1/removal") == 404
    assert len(store.answers.list_office_notes(office.db, 1)) == 1


def test_notes_of_the_office_are_published_nowhere(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    editor.open("/office/invitations/1").submit({"remark": "Streng intern"}, action="/notes")
    pass_deadline(office)
    browser = office.browser().open("/office/rounds/1/release").submit(action="/release")
    link = load_access(office).link
    key = office.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )
    for path in (f"/s/{key}", "/papers/leitgedanken", "/papers/leitgedanken/signatories.json"):
        assert "Streng intern" not in browser.client.get(
            path, base_url="http://localhost"
        ).get_data(as_text=True)
