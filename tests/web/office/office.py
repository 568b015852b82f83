"""An association at work, for the tests of the office: real tables and templates, played clock and printer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from flask import Flask

from signoff import actions, store
from signoff.app import create_app
from signoff.config import Keys, Settings
from signoff.domain.accounts import Role
from signoff.domain.answers import Answer, AnswerKind, Basis, Declaration, Signer, Submitter
from signoff.domain.association import LEGAL_TEXT_KINDS, Association, LegalText
from signoff.domain.errors import PrintError
from signoff.domain.mail import DeliveryError
from signoff.domain.members import MemberRow, RepresentativeRow
from signoff.domain.papers import Text
from signoff.domain.rounds import Round
from signoff.services import Services
from signoff.store.connection import connect, transaction
from signoff.worker import Worker
from tests.browser import Browser

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 1, 21, 10, 45, tzinfo=ZONE)
LAST_DAY = date(2027, 2, 26)
SESSIONS = count(1)
CONTACT = Submitter("Vorname Nachname", "Stabsstelle", "stabsstelle@musterhausen.example")
NAMES = (
    ("Musterhausen", "Stadt Musterhausen", "Nordrhein-Westfalen"),
    ("Beispielstadt", "Landeshauptstadt Beispielstadt", "Bayern"),
    ("Überlingen am Fluss", "Stadt Überlingen am Fluss", "Bayern"),
    ("Neudorf", "Gemeinde Neudorf", "Hessen"),
    ("Altdorf", "Markt Altdorf", "Hessen"),
)


def signing(
    name: str = "Stadt Musterhausen", note: str = "", function: str = "Bürgermeisterin"
) -> Answer:
    signer = Signer("Vorname", "Nachname", function)
    return Answer(
        AnswerKind.COSIGN, CONTACT, Declaration(name, signer, Basis.HEAD, None, True, note)
    )


@dataclass
class Office:
    """One instance; ``browser(role)`` is logged in with an account of this role."""

    settings: Settings
    app: Flask = field(init=False)
    now: datetime = NOW
    broken: str = ""  # why the printer cannot print
    printed: int = 0

    def __post_init__(self) -> None:
        self.app = create_app(
            self.settings, clock=lambda: self.now, print_pdf=self.press, send_mail=self.post
        )
        self.lost: set[str] = set()
        self.db = self.app.extensions["signoff"].db()
        self.services: Services = self.app.extensions["signoff"].services

    def press(self, document: object) -> SimpleNamespace:
        if self.broken:
            raise PrintError(self.broken)
        self.printed += 1
        return SimpleNamespace(content=b"%%PDF-1.7 %d" % self.printed, pages=9)

    def post(self, message: object) -> None:
        if any(address in str(message["To"]) for address in self.lost):  # type: ignore[index]
            raise DeliveryError("550 5.1.1 kein solches Postfach", permanent=True)

    def work(self) -> None:
        """Do what is due, as the worker does."""
        unsealed = replace(self.services, sealing=None, attach=None)
        with Worker(self.settings, self.db, unsealed) as worker:
            worker.run_once()

    def enrol(self, names: Sequence[tuple[str, str, str]] = NAMES) -> None:
        actions.member_import.import_members(
            self.db, [member(line, *each) for line, each in enumerate(names, 2)], "cli", self.now
        )

    def draft(
        self, slug: str = "leitgedanken", title: str = "Leitgedanken zum öffentlichen Raum"
    ) -> None:
        actions.papers.add_paper(
            self.db, slug, Text(title, "<h2>Text</h2><p>Wort.</p>"), "cli", self.now
        )

    def open(self, slug: str = "leitgedanken") -> Round:
        return actions.rounds.open_round(
            self.db, slug, actions.rounds.Opening(LAST_DAY), "cli", self.now
        )

    def answer(self, round: Round, name: str, given: Answer) -> int:
        """What the member called ``name`` answers; gives the id of its invitation."""
        (found,) = [each for each in store.members.list_all(self.db) if each.name == name]
        invitation = store.rounds.find_invitation_of_member(self.db, round.id, found.id)
        assert invitation
        (link, *_) = store.rounds.list_open_links(self.db, invitation.id)
        access = store.access.find(self.db, link.public_id, link.generation)
        assert access
        digest, key = access.edition.digest, f"{name}-{self.now.timestamp()}"
        actions.answers.submit(
            self.db, access, given, edition_digest=digest, form_key=key, now=self.now
        )
        return invitation.id

    def browser(self, role: Role | None = Role.EDITOR) -> Browser:
        """Somebody who is logged in with this role, or nobody. Hashing is slow on purpose: the session is made here."""
        client = self.app.test_client()
        if role is not None:
            account, id = (
                store.accounts.find_by_email(self.db, f"{role}@forum.example"),
                f"session-{next(SESSIONS)}",
            )
            assert account
            with transaction(self.db):
                store.accounts.start_session(self.db, id, account.id, self.now)
            with client.session_transaction(base_url="http://localhost") as session:
                session["_user_id"] = id
        return Browser(client).open("/office/" if role else "/login")

    def round(self, id: int) -> Round:
        found = store.rounds.find(self.db, id)
        assert found
        return found

    def later(self, **much: float) -> None:
        self.now += timedelta(**much)


def member(line: int, name: str, official: str, state: str) -> MemberRow:
    key = f"{line:05d}"
    who = RepresentativeRow("Ansprechperson", email=f"m{key}@kommune.example")
    tags = ("nord",) if line % 2 else ()
    return MemberRow(
        key, name, official, "Stadt", state, tags=tags, line=line, representatives=(who,)
    )


def new_office(folder: Path) -> Office:
    settings = Settings(
        folder, "http://localhost", Keys((b"l" * 32,), (b"c" * 32,)), second_factor=False
    )
    (folder / "workers").mkdir()
    settings.database.write_bytes(template())
    return Office(settings)


@cache
def template() -> bytes:
    """A migrated database with its association and one account of each role, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "signoff.sqlite")
        db = connect(path)
        store.migrations.migrate(db)
        texts = [LegalText(kind, "de", "Text", NOW) for kind in LEGAL_TEXT_KINDS]
        actions.association.create(db, FORUM, texts, "cli", NOW)
        for role in Role:
            actions.accounts.add(db, f"{role}@forum.example", f"Konto {role}", role, "", "cli", NOW)
        db.close()
        return path.read_bytes()


FORUM = Association(
    "Städteforum Öffentlicher Raum e. V.",
    "Städteforum",
    "Musterplatz 1",
    "buero@forum.example",
    "0221 4710-128",
)
