"""Read this first: the whole of Signoff as one story, through the pages its people see.

An association adopts a paper in Word (or Markdown). Its office puts it to the members; each gets a link by mail.
Musterhausen signs, changes its mind, withdraws and signs again; Beispielstadt's council has not met, Ähringen says
no, Briefdorf is silent. The round is closed, the list printed and released, and the public finds it.
"""

from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from re import MULTILINE, findall
from urllib.parse import urlsplit
from xml.etree.ElementTree import fromstring

import pytest

from signoff import actions, security, store
from signoff.domain.accounts import Role
from signoff.domain.papers import Text
from signoff.importers.members import read_members
from signoff.importers.papers import read_text
from signoff.pdf.process import print_in_subprocess
from tests.factories import ADOPTED, HESITANT, MAYOR, OFFICE, SLUG, UNWILLING
from tests.form_filling import DECLINE, NOTE, PENDING, PERSON, PUBLICATION, SIGNER
from tests.pdf.reader import words
from tests.world import DEADLINE, NOW, World

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent / "data"
TITLE = "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum"
PASSWORD = "vier Wörter ohne Zusammenhang"
MEMBERS = f"""\
key;name;official_name;kind;state;representative;function;email
01;Musterhausen;Stadt Musterhausen;Stadt;Hessen;Büro der Bürgermeisterin;Leitung;{MAYOR}
01;Musterhausen;Stadt Musterhausen;Stadt;Hessen;Hauptamt;Leitung;{OFFICE}
02;Beispielstadt;Große Kreisstadt Beispielstadt;Stadt;Sachsen;Rathaus;Leitung;{HESITANT}
03;Ähringen;Markt Ähringen;Markt;Bayern;Rathaus;Leitung;{UNWILLING}
04;Briefdorf;Gemeinde Briefdorf;Gemeinde;Hessen;;;
"""


@pytest.mark.parametrize("file", ["leitgedanken.docx", "leitgedanken.md"])
def test_a_paper_goes_from_the_assembly_to_the_public(world: World, file: str) -> None:
    # The office takes in its members and the adopted text, and puts the one to the others.
    list_of_members = read_members("members.csv", MEMBERS.encode())
    actions.member_import.import_members(world.db, list_of_members.members, "office", world.now)
    imported = read_text(file, (SAMPLES / file).read_bytes(), TITLE)
    text = Text(
        TITLE,
        imported.html,
        adopted_by="27. Mitgliederversammlung",
        adopted_on=ADOPTED,
        adopted_at="Mannheim",
    )
    edition = actions.papers.add_paper(world.db, SLUG, text, "office", world.now)
    world.open(tags=())

    # The worker prints the draft and sends the mail: one to each representative, each with a link of her own.
    world.work(print_pdf=print_in_subprocess)
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in world.postbox}
    assert set(mails) == {MAYOR, OFFICE, HESITANT, UNWILLING}
    mayor = link_in(mails[MAYOR])

    # The mayor's office clicks and reads. Her gateway has opened the link before her; that changed nothing.
    clerk = world.browser().open(mayor)
    assert clerk.page == "read"
    assert not clerk.forms
    assert "Teilhabe und Sicherheit gehören zusammen" in clerk.text
    assert "31. März 2027, 24:00 Uhr (MESZ)" in clerk.text
    draft = world.browser().open(clerk.path + "/draft.pdf").response.data
    assert "Entwurf" in words(draft)

    # She signs, in four steps; what she sends is kept only at the last.
    clerk.follow("Rückmeldung abgeben").submit({"answer": "sign"})
    clerk.submit({**SIGNER, "basis": "head"}).submit(PUBLICATION)
    assert clerk.page == "review"
    assert world.round_status().counts[None] == 4
    clerk.submit({"confirm": "musterhausen"})

    # The receipt stands where the text stood, and goes to both registered addresses.
    assert (clerk.page, clerk.path) == ("receipt", urlsplit(mayor).path)
    assert "Die Mitzeichnung der Stadt Musterhausen ist eingegangen" in clerk.text
    assert world.invitation_status().invitation.reference in clerk.text
    world.work()
    assert [mail["To"].addresses[0].addr_spec for mail in world.postbox[-2:]] == [MAYOR, OFFICE]

    # The colleague's own link shows what was answered, and by whom.
    colleague = world.browser().open(link_in(mails[OFFICE]))
    assert "Für Ihre Kommune wurde bereits geantwortet." in colleague.text

    # The council has decided: she changes the basis. The form remembers all but the confirmation.
    world.now += timedelta(days=7)
    clerk.follow("Rückmeldung ändern").submit()
    assert clerk.values["last_name"] == PERSON["last_name"]
    clerk.submit({**SIGNER, "basis": "both"}).submit().submit({"confirm": "Stadt Musterhausen"})
    assert "Verwaltungsspitze und Beschluss" in clerk.text

    # A misunderstanding: she takes the answer back, and gives it again.
    clerk.follow("Mitzeichnung zurücknehmen").submit({"confirm": "Musterhausen"})
    assert clerk.page == "read"
    assert "zurückgenommen" in clerk.text
    clerk.follow("Rückmeldung abgeben").submit({"answer": "sign"})
    clerk.submit(SIGNER).submit(PUBLICATION).submit({"confirm": "Musterhausen"})
    assert clerk.page == "receipt"
    assert world.invitation_status().version.number == 4

    # Two others answer otherwise. Neither is ever published.
    waiting = world.browser().open(link_in(mails[HESITANT])).follow("Rückmeldung abgeben")
    waiting.submit(PENDING).submit({"confirm": "Beispielstadt"})
    assert "Donnerstag, 11. Februar 2027" in waiting.text
    refusing = world.browser().open(link_in(mails[UNWILLING])).follow("Rückmeldung abgeben")
    refusing.submit(DECLINE).submit({"confirm": "Ähringen"})
    assert refusing.page == "receipt"

    # The office logs in. (Its pages have their place here: standing, closing, the decision and the release below.)
    actions.accounts.add(
        world.db,
        "leitung@forum.example",
        "Leitung",
        Role.ADMIN,
        security.hash_password(PASSWORD),
        "cli",
        NOW,
    )
    office = world.browser().open("/login?next=/privacy")
    office.submit({"email": "leitung@forum.example", "password": PASSWORD})
    assert office.path == "/privacy"

    # The deadline passes. Nobody signs any more, whether or not anything has run since.
    world.now = DEADLINE
    assert clerk.open(mayor).page == "closed"
    closed = actions.rounds.close_due(world.db, world.now)  # what the worker does by itself
    assert [round.id for round in closed] == [world.round().id]

    # The office accepts the note; the list is printed; it is released.
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "staff/1", world.now
    )
    world.work(print_pdf=print_in_subprocess)
    released = actions.releases.release_paper(
        world.db, world.round().id, None, "staff/1", world.now
    )
    world.work()
    assert {mail["To"].addresses[0].addr_spec for mail in world.postbox[-4:]} == set(mails)
    assert clerk.open(mayor).page == "closed"
    assert "Das Papier ist veröffentlicht" in clerk.title

    # The public finds it.
    reader = world.browser().open("/").follow(TITLE)
    assert "Stadt Musterhausen" in reader.text
    assert NOTE in reader.text
    assert "Ähringen" not in reader.text
    assert "Beispielstadt" not in reader.text
    pdf = reader.open(f"/papers/{SLUG}/{SLUG}.pdf").response.data
    assert sha256(pdf).hexdigest() == released.sha256
    assert reader.open(f"/files/{released.sha256}.pdf").response.data == pdf
    printed = words(pdf)
    assert "Musterhausen" in printed
    assert "Ähringen" not in printed
    assert edition.digest[:8] in printed
    payload = reader.open(f"/papers/{SLUG}/signatories.json").response.get_json()
    assert (payload["count"], payload["edition_digest"]) == (1, edition.digest)
    assert payload["signatories"][0]["name"] == "Stadt Musterhausen"
    table = reader.open(f"/papers/{SLUG}/signatories.csv").response.data.decode("utf-8-sig")
    assert "Stadt Musterhausen" in table.splitlines()[1]
    feed = fromstring(reader.open("/feed.atom").response.data)
    assert feed.findtext("{*}entry/{*}title") == TITLE

    # Anybody can ask whether a file is genuine.
    checked = world.browser().open("/verify").submit({"file": (BytesIO(pdf), "fund.pdf")})
    assert "Die Datei ist echt" in checked.text

    # And every deed above is a line of a journal that still holds.
    assert store.audit.find_fault(world.db) is None
    calls = [
        "round_opened",
        "answered",
        "answered",
        "withdrawn",
        "answered",
        "answered",
        "answered",
    ]
    calls += ["logged_in", "round_closed", "note_decided", "released"]
    assert [call for call in world.events() if call in calls] == calls


def link_in(mail: EmailMessage) -> str:
    """The link that is alone on a line of the text part."""
    (link,) = findall(r"^https?://\S+/s/\S+$", mail.get_body(("plain",)).get_content(), MULTILINE)
    return link
