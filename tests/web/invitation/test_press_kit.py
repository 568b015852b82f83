"""The press kit: for members in the published list, from the hour of the release, and nobody else."""

from datetime import timedelta
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from signoff import actions
from signoff.actions.late import ReviewDecision
from signoff.domain.documents import WorkingCopy
from signoff.exports.docx import build_docx
from signoff.storage import RenderCache
from signoff.store.connection import transaction
from tests.factories import (
    AEHRINGEN,
    BEISPIELSTADT,
    HESITANT,
    MAYOR,
    MUSTERHAUSEN,
    OFFICE,
    SLUG,
    UNWILLING,
    decline,
    member,
    sign,
)
from tests.world import World

NEIGHBOURS = (
    member("09162001", "Musterau", "Stadt Musterau", "a@musterau.example", state="Bayern"),
    member("09162002", "Musterberg", "Markt Musterberg", "b@musterberg.example", state="Bayern"),
    member("09163001", "Musterdorf", "Gemeinde Musterdorf", "c@musterdorf.example", state="Bayern"),
)
FILES = ("release.docx", "picture.png", "wall-certificate.pdf")


class Kit:
    """``fetch`` asks for a file of the kit; ``copies`` has the printed ones."""

    def __init__(self, world: World) -> None:
        self.world, self.copies = world, list[WorkingCopy]()
        cache = RenderCache(world.settings.cache, {"pdf": self.print_copy, "docx": build_docx})
        self.client = world.build_app(render_cache=cache).test_client()

    def print_copy(self, copy: WorkingCopy) -> bytes:
        self.copies.append(copy)
        return b"%PDF"

    def fetch(self, email: str, name: str, status: int = 200) -> bytes:
        path = f"/s/{self.world.links()[email]}/{name}".rstrip("/")
        answer = self.client.get(path, base_url=self.world.settings.base_url)
        assert answer.status_code == status, f"{email} {name}: {answer.status}"
        return answer.data

    def has(self, email: str) -> bool:
        page = self.fetch(email, "").decode()
        offered = "Urkunde zum Aushängen" in page
        for name in FILES:
            self.fetch(email, f"press/{name}", 200 if offered else 404)
        return offered

    def press_release(self, email: str, language: str = "de") -> str:
        content = self.fetch(email, f"press/release.docx?lang={language}")
        body = docx.Document(BytesIO(content)).element.body
        return "\n".join(text.text or "" for text in body.iter(qn("w:t")))


@pytest.fixture
def kit(world: World) -> Kit:
    world.opened(rows=(MUSTERHAUSEN, BEISPIELSTADT, AEHRINGEN, *NEIGHBOURS), late=True)
    world.answer(MAYOR, sign())
    world.answer(UNWILLING, decline())
    for row in NEIGHBOURS:
        (person,) = row.representatives
        world.answer(person.email, sign(row.official_name, publish=False))
    return Kit(world)


def test_only_who_is_in_the_published_list_has_a_kit(kit: Kit) -> None:
    world = kit.world
    assert not kit.has(MAYOR)
    world.closed()
    world.released(at=world.now + timedelta(hours=2))
    assert not kit.has(MAYOR), "before the hour"
    world.now += timedelta(hours=2)
    world.work()
    assert [kit.has(email) for email in (MAYOR, UNWILLING, HESITANT)] == [True, False, False]

    version = world.answer(HESITANT, sign("Große Kreisstadt Beispielstadt"))
    assert not kit.has(HESITANT), "a late signature that nobody has reviewed"
    actions.late.review_signature(
        world.db,
        version.invitation_id,
        ReviewDecision(True),
        "office",
        world.now,
        version=version.number,
    )
    assert kit.has(HESITANT)

    world.now += timedelta(days=1)
    actions.answers.withdraw(world.db, world.access(MAYOR), form_key="", now=world.now)
    assert not kit.has(MAYOR)
    actions.releases.retract_release(world.db, 1, "Gericht", "", "office", world.now)
    assert not kit.has(HESITANT)


def test_a_link_for_information_is_offered_no_kit(kit: Kit) -> None:
    world = kit.world
    with transaction(world.db):
        world.db.execute("UPDATE links SET may_answer = 0 WHERE email = ?", [OFFICE])
    world.closed()
    world.postbox.clear()
    world.released()
    assert "Urkunde zum Aushängen" in kit.fetch(MAYOR, "").decode()
    assert "Urkunde zum Aushängen" not in kit.fetch(OFFICE, "").decode()
    bodies = {
        mail["To"].addresses[0].addr_spec: mail.get_body(("plain",)).get_content()
        for mail in world.postbox
    }
    assert "eine Urkunde zum Aushängen" in " ".join(bodies[MAYOR].split())
    assert "aufgeführt" in bodies[OFFICE]
    assert "Urkunde" not in bodies[OFFICE]
    assert "/s/" not in bodies[OFFICE]


def test_the_press_release_names_signer_decision_count_and_neighbours(kit: Kit) -> None:
    kit.world.closed()
    kit.world.released()
    text = kit.press_release(MAYOR)
    assert "Die Stadt Musterhausen unterstützt" in text
    assert "zusammen mit 3 weiteren Kommunen" in text
    assert "Vorname Nachname, Bürgermeisterin" in text
    assert "Beschluss (Rat der Stadt, 12/2027) vom 14.\xa0Januar\xa02027" in text
    assert "MZ-" not in text, "the reference number is nobody else's business"

    text = kit.press_release("a@musterau.example")
    assert "Aus demselben Landkreis unterstützen das Papier auch: Musterberg." in text
    assert "Nachname" not in text, "whoever is not published is not named here either"
    text = kit.press_release("c@musterdorf.example")
    assert "Aus demselben Land unterstützen das Papier auch: Musterau und Musterberg." in text
    text = kit.press_release("c@musterdorf.example", "en")
    assert "Also supporting the paper from the same state: Musterau and Musterberg." in text


def test_picture_and_certificate_name_the_member(kit: Kit) -> None:
    kit.world.closed()
    kit.world.released()
    assert Image.open(BytesIO(kit.fetch(MAYOR, "press/picture.png"))).size == (1200, 630)
    page = kit.fetch(MAYOR, "").decode()
    assert "Alternativtext zum Bild: Die Stadt Musterhausen unterstützt „" in page

    kit.fetch(MAYOR, "press/wall-certificate.pdf")
    (copy,) = kit.copies
    assert "<h1>Stadt Musterhausen</h1>" in copy.body
    assert "Vorname Nachname, Bürgermeisterin" in copy.body
    kit.fetch(MAYOR, "press/wall-certificate.pdf")
    assert len(kit.copies) == 1, "the second time it comes from the cache"


def test_the_mail_about_the_release_leads_those_who_signed_to_the_kit(kit: Kit) -> None:
    kit.world.closed()
    kit.world.released()
    mails = {
        email: kit.world.messages_to(email)[-1].get_body(("plain",)).get_content()
        for email in (MAYOR, UNWILLING)
    }
    assert "Urkunde zum Aushängen" in " ".join(mails[MAYOR].split())
    assert f"\n{kit.world.settings.base_url}/s/{kit.world.links()[MAYOR]}\n" in mails[MAYOR]
    assert "Urkunde" not in mails[UNWILLING]


def test_lists_for_journalists_are_of_one_state(kit: Kit) -> None:
    kit.world.closed()
    kit.world.released()
    base_url = kit.world.settings.base_url

    def fetch(path: str) -> str:
        return kit.client.get(f"/papers/{SLUG}{path}", base_url=base_url).text

    assert f"/papers/{SLUG}/signatories.csv?state=Bayern" in fetch("")
    table = fetch("/signatories.csv?state=Bayern")
    assert "Stadt Musterau" in table
    assert "Stadt Musterhausen" not in table
    assert fetch("/signatories.csv?state=Nirgendwo").count("\r\n") == 1, "the headings alone"
