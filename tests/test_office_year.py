"""The office's year: from the first start to the end of the next assembly's round, through the office's pages.

The worker runs when a step says so, and the clock is the test's. After each step every page of the navigation opens,
as does every paper and every round, and the audit log is whole.
"""

import io
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from signoff import actions, store, trial_rounds
from signoff.domain.accounts import Role
from signoff.domain.association import STARTER
from signoff.domain.documents import Document, WorkingCopy
from signoff.domain.releases import PrintKind
from signoff.domain.round_status import InvitationStatus
from signoff.domain.rounds import Phase
from signoff.store.connection import transaction
from signoff.tokens import TokenPurpose
from tests.browser import Browser
from tests.factories import BERLIN, FORUM, SLUG, decline, sign
from tests.form_filling import NOTE, confirm, signing
from tests.mail.test_replies import mail
from tests.web.office.office import NAMES, Office
from tests.web.office.pages import PUBLIC_ADDRESSES, get_status, visible_text
from tests.web.office.test_closing import object_to
from tests.web.office.test_opening import complete_steps, send
from tests.web.office.test_reports import catch_copies
from tests.world import FakeSeal, Sheet, build_instance, print_sheet

pytestmark = pytest.mark.slow

PASSWORD = "vier Wörter ohne Zusammenhang"
HEADINGS = "Schlüssel;Name;Amtliche Bezeichnung;Bundesland;Ansprechperson;E-Mail"
ROUND = "/office/rounds/{}"
SECOND = "zweites-papier"


@dataclass
class YearOffice(Office):
    """The office of this year: two people, and a check after each step."""

    def editor(self, path: str = "/office/") -> Browser:
        return self.browser(Role.EDITOR).open(path)

    def admin(self, path: str = "/office/") -> Browser:
        return self.browser(Role.ADMIN).open(path)

    def step(self, **passing: float) -> None:
        """Let time pass and the worker do what is due; then look at every page."""
        self.later(**passing)
        self.work()
        browser = self.admin()
        navigation = next(each for each in browser.root.iter("nav"))
        paths = [anchor.get("href") for anchor in navigation.iter("a")]
        paths += ["/office/account", "/office/members/answers", "/office/privacy", "/office/setup"]
        for edition in store.papers.list_latest_editions(self.db):
            paths.append(f"/office/papers/{edition.slug}")
        paths += [ROUND.format(round.id) for round in store.rounds.list_all(self.db)]
        for path in paths:
            browser.open(path)
        assert store.audit.find_fault(self.db) is None

    def place(self, name: str, id: int) -> InvitationStatus:
        statuses = store.round_status.load(self.db, self.round(id)).invitations
        (status,) = (status for status in statuses if status.member.name == name)
        return status

    def token(self, name: str, id: int) -> str:
        link = store.rounds.list_open_links(self.db, self.place(name, id).invitation.id)[0]
        return self.services.token_signer.sign(
            TokenPurpose.INVITATION, link.public_id, link.generation
        )

    def mails_to(self, email: str) -> list[str]:
        """The subjects of the mail to this address."""
        return [
            str(message["Subject"])
            for message in self.postbox
            if message["To"].addresses[0].addr_spec == email
        ]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> YearOffice:
    """An instance at its first start: a mail server, ten minutes to recall, one account that may set a password."""

    def print_document(document: Document | WorkingCopy, **options: object) -> Sheet:
        return print_sheet(document) if isinstance(document, Document) else Sheet(b"%PDF-1.7")

    monkeypatch.setattr("signoff.services.print_in_subprocess", print_document)
    monkeypatch.setattr("signoff.services.build_sealing", lambda settings: FakeSeal())
    settings = build_instance(tmp_path, "http://localhost", (Role.ADMIN,))
    office = YearOffice(replace(settings, smtp_url="smtp://localhost", recall_minutes=10))
    catch_copies(office)
    actions.association.update(office.db, replace(STARTER, language="de"), "cli", office.now)
    with transaction(office.db):
        office.db.conn.execute("UPDATE legal_texts SET edited_at = NULL, markdown = '[Vorlage]'")
    (account,) = store.accounts.list_all(office.db)
    actions.accounts.set_password(office.db, account.id, 1, "hash", account.created_at)
    return office


def test_a_year_of_the_office(office: YearOffice) -> None:
    set_up(office)
    take_in_members_and_paper(office)
    try_out(office)
    first = open_and_recall(office)
    collect_answers(office, first)
    extend_and_close(office, first)
    release(office, first)
    sign_late(office, first)
    report_and_archive(office, first)
    second = open_like_last_year(office, first)
    end_without_publication(office, second)
    assert store.audit.find_fault(office.db) is None


def set_up(office: YearOffice) -> None:
    """The checklist, from thirteen open lines to what the rest of the year settles."""
    admin = office.admin()
    assert "von 13 Punkten offen" in admin.text
    admin.open("/office/association").submit(
        {
            "name": FORUM.name,
            "short_name": FORUM.short_name,
            "address": FORUM.address,
            "email": FORUM.email,
            "telephone": FORUM.telephone,
            "responsible": "Leitung",
        },
        action="/office/association",
    )
    for kind in ("imprint", "privacy", "accessibility"):
        path = f"/office/association/texts/{kind}/de"
        admin.open(path).submit({"markdown": "Text der Geschäftsstelle."}, action=path)
    admin.open("/office/accounts/invite").submit(
        {"name": "Konto editor", "email": "editor@forum.example", "role": "editor"},
        action="/invite",
    )
    office.work()
    body = office.postbox[-1].get_body(("plain",)).get_content()
    (link,) = (word for word in body.split() if "/login/set-up/" in word)
    second = Browser(office.app.test_client()).open(link).submit({"password": PASSWORD})
    assert second.page == "dashboard"
    office.step(days=1)


def take_in_members_and_paper(office: YearOffice) -> None:
    lines = [
        f"{number:05d};{name};{official};{state};Ansprechperson;m{number:05d}@kommune.example"
        for number, (name, official, state) in enumerate(NAMES, 2)
    ]
    content = "\n".join([HEADINGS, *lines]).encode()
    editor = office.editor("/office/members")
    editor.submit({"file": (io.BytesIO(content), "liste.csv")}, action="/members/import")
    editor.submit(press="Alles übernehmen", action=editor.path)
    assert len(store.members.list_all(office.db)) == 5
    editor.open("/office/").follow("Neues Papier")
    fill = {"title": "Leitgedanken", "slug": SLUG, "text": "# Raum\n\nPlätze gehören allen.\n"}
    editor.submit(fill, action="/papers/new")
    assert editor.page == "paper"
    office.step(days=1)


def try_out(office: YearOffice) -> None:
    """A trial round is walked and deleted; the lists and figures do not know it."""
    editor = office.editor(f"/office/papers/{SLUG}/trial-round")
    editor.submit(action="trial-round")
    office.work()
    editor.open("/office/trial-round")
    (door,) = (
        anchor.get("href")
        for anchor in editor.root.iter("a")
        if anchor.text == "Stadt Musterhausen"
    )
    member = office.browser(None).open(f"{door}/answer")
    member.submit(
        {
            "answer": "decline",
            "filled_in_by": "Sachbearbeitung",
            "filled_in_unit": "Amt",
            "filled_in_email": "amt@rathaus.example",
        }
    )
    member.submit({"confirm": "Musterhausen"})
    assert member.page == "receipt"
    editor.submit(action="clock", press="bis zum Ende der Frist")
    office.work()
    editor.open("/office/trial-round").submit(action="delete")
    assert trial_rounds.find(office.settings) is None
    assert store.rounds.list_all(office.db) == []
    assert "Probeverfahren läuft" not in editor.open("/office/").text
    office.step(days=1)


def confirm_opening(office: YearOffice, editor: Browser) -> None:
    """The last step: the trial print is made, unless the same one was made before."""
    office.work()
    if "wird gerade gefertigt" in editor.text:
        send(editor, press="Seite neu laden")
    send(editor, press="Verfahren eröffnen und einladen")


def open_and_recall(office: YearOffice) -> int:
    """The opening is called back before any mail leaves, and done again."""
    path = f"/office/papers/{SLUG}/open"
    for is_final in (False, True):
        before = len(office.postbox)
        editor = complete_steps(office.editor(path), deadline="15.4.2027", late=True)
        confirm_opening(office, editor)
        assert "Die Einladungen gehen in 10 Minuten hinaus." in visible_text(editor)
        office.step(minutes=5)
        assert len(office.postbox) == before
        if not is_final:
            editor.follow("Eröffnung rückgängig machen …").submit(action="/recall")
            assert "Niemand hat eine E-Mail erhalten." in editor.text
            assert store.rounds.list_all(office.db) == []
    (round,) = store.rounds.list_all(office.db)
    office.unknown_mailboxes = {"m00005"}
    office.step(minutes=6)
    assert office.mails_to("m00002@kommune.example")
    return round.id


def collect_answers(office: YearOffice, id: int) -> None:
    """A signature with a note, another name, a correction, an objection, a bounce and a reply."""
    office.later(days=2)
    member = office.browser(None)
    confirm(signing(member, office.token("Musterhausen", id)))
    assert member.page == "receipt"
    office.answer(office.round(id), "Beispielstadt", sign("Beispielstadt am Fluss"))
    office.answer(office.round(id), "Altdorf", sign("Markt Altdorf"))
    object_to(office, office.place("Altdorf", id).invitation.id)
    office.step()

    # The bounce: the address is corrected, and the invitation leaves again.
    editor = office.editor()
    assert "Die Einladung hat 1 Mitglied nicht erreicht" in editor.text
    editor.follow("Mitglied ansehen").follow("Adresse berichtigen")
    editor.submit({"email": "rathaus@neudorf.example"}, action="/address")
    office.step(days=1)
    assert office.mails_to("rathaus@neudorf.example")

    # The note and the name are decided, one after the other.
    editor = office.editor().follow("Notiz lesen")
    assert NOTE in editor.text
    editor.submit(press="Notiz annehmen", action="/note")
    editor.submit(press="Angegebenen Namen übernehmen", action="/name")
    assert "Damit ist alles entschieden." in editor.text

    # A name is corrected, and the objection is settled.
    musterhausen = office.place("Musterhausen", id).invitation.id
    editor.open(f"/office/invitations/{musterhausen}/correction").submit(
        {"last_name": "Berichtigt", "reason": "Schreibfehler"}, action="/correction"
    )
    assert "Die Namen sind berichtigt." in editor.text
    altdorf = office.place("Altdorf", id).invitation.id
    (objection,) = store.answers.list_objections(office.db, altdorf)
    editor.open(f"/office/invitations/{altdorf}").submit(action=f"/objections/{objection.id}")

    # Neudorf answers by mail; the office records it.
    neudorf = office.place("Neudorf", id).invitation.id
    (link,) = store.rounds.list_open_links(office.db, neudorf)
    message = mail("Wir zeichnen nicht mit.", sender=f"Rathaus <{link.email}>")
    incoming = office.services.classify(message.as_bytes())
    actions.replies.record_reply(
        office.db,
        link,
        incoming.reply,
        message.as_bytes(),
        office.services.keep_reply,
        office.now,
    )
    editor = office.editor()
    assert "1 Antwort per E-Mail: Neudorf" in visible_text(editor)
    editor.follow("Antwort lesen").follow("Als Rückmeldung erfassen …")
    editor.submit({"answer": "decline"}, action="/recording")
    assert "Die Rückmeldung ist erfasst." in editor.text
    office.step(days=1)


def extend_and_close(office: YearOffice, id: int) -> None:
    office.now = datetime(2027, 4, 12, 9, tzinfo=BERLIN)
    path = ROUND.format(id)
    editor = office.editor(f"{path}/extension").submit(
        {"deadline": "22.4.2027"}, action="/extension"
    )
    editor.submit(action="/extension")
    office.step(minutes=11)
    assert any("Frist" in subject for subject in office.mails_to("m00004@kommune.example"))
    office.now = office.round(id).deadline
    office.step()
    assert office.round(id).phase(office.now) is Phase.CLOSED
    assert store.releases.find_latest_print(office.db, id, PrintKind.FINAL).printed_at


def release(office: YearOffice, id: int) -> None:
    admin = office.admin("/office/association")
    admin.submit({"second": True}, action="/confirmation")
    office.editor().follow("PDF ansehen und veröffentlichen").submit(action="/release")
    office.step(minutes=11)
    assert get_status(office, PUBLIC_ADDRESSES[0]) == 404
    office.admin().follow("Ansehen und bestätigen").submit(action="/confirmation")
    office.step()
    assert [get_status(office, path) for path in PUBLIC_ADDRESSES] == [200] * 3
    public = office.browser(None).open(PUBLIC_ADDRESSES[0])
    assert "Beispielstadt am Fluss" in public.text
    assert "Gemeinde Neudorf" not in public.text


def sign_late(office: YearOffice, id: int) -> None:
    """A late signature and the addendum about it, each by two people."""
    office.later(days=20)
    office.answer(office.round(id), "Überlingen am Fluss", sign("Stadt Überlingen am Fluss"))
    late = f"{ROUND.format(id)}/late"
    editor = office.editor().follow("Nachzeichnungen ansehen").follow("Nachzeichnung prüfen")
    editor.submit({"accepted": "yes"}, action="/late")
    office.admin().follow("Ansehen und bestätigen").submit(action="/confirmation")
    office.step()
    assert "Stadt Überlingen am Fluss" in office.browser(None).open(PUBLIC_ADDRESSES[0]).text
    office.editor(late).submit({"kind": "addendum"}, action="/documents")
    office.work()
    office.editor(late).submit(action="/documents/release")
    office.admin().follow("Ansehen und bestätigen").submit(action="/confirmation")
    office.step()
    kinds = [release.kind for release in store.releases.list_for_round(office.db, id)]
    assert kinds == [PrintKind.FINAL, PrintKind.ADDENDUM]


def report_and_archive(office: YearOffice, id: int) -> None:
    editor = office.editor(ROUND.format(id))
    report = editor.client.get(f"{ROUND.format(id)}/report.pdf", base_url="http://localhost")
    assert report.status_code == 200
    editor.follow("Das ganze Verfahren herunterladen (ZIP)")
    names = ZipFile(io.BytesIO(editor.response.get_data())).namelist()
    assert "SHA256SUMS" in names
    office.step()


def open_like_last_year(office: YearOffice, first: int) -> int:
    """Next January: the accepted name goes into the list, and the round opens like the last one."""
    office.now = datetime(2028, 1, 17, 9, tzinfo=BERLIN)
    editor = office.editor().follow("Namen übernehmen")
    editor.submit(press="Angekreuzte übernehmen", action="/names")
    official = {member.official_name for member in store.members.list_all(office.db)}
    assert "Beispielstadt am Fluss" in official
    office.draft(SECOND, "Zweites Papier")
    office.step()
    editor = office.editor().follow("Verfahren eröffnen …")
    send(editor, press="Übernehmen und prüfen")
    confirm_opening(office, editor)
    office.unknown_mailboxes = set()
    office.step(minutes=11)
    round = store.rounds.find_by_slug(office.db, SECOND)
    assert round
    assert round.terms == office.round(first).terms
    assert any(
        "Zweites Papier" in subject for subject in office.mails_to("rathaus@neudorf.example")
    )
    return round.id


def end_without_publication(office: YearOffice, id: int) -> None:
    office.answer(office.round(id), "Neudorf", decline())
    office.step(days=3)
    matrix = office.editor("/office/members/answers").text
    assert "Leitgedanken" in matrix
    assert "Zweites Papier" in matrix
    office.now = office.round(id).deadline
    office.step()
    editor = office.editor(f"{ROUND.format(id)}/ending")
    editor.submit({"reason": "Zu wenige Mitzeichnungen.", "sure": True}, action="/ending")
    office.step()
    assert office.round(id).phase(office.now) is Phase.CANCELLED
    assert get_status(office, f"/papers/{SECOND}") == 404
    assert "wartet auf die Veröffentlichung" not in office.editor().text
    assert "Aufbewahrungsfristen" in office.admin("/office/privacy").text
