"""The cast, and an instance for it to act in. Everything is real except clock, mail transport and printer.

Musterhausen signs, Beispielstadt hesitates, Ähringen declines, Briefdorf has no e-mail, Nirgendwo was never invited.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf
from flask import Flask
from sqlite_utils import Database

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.app import create_app
from signoff.cli.context import get_latest_round
from signoff.cli.instance import INSTANCE_FOLDERS, load_starter_texts
from signoff.config import Keys, Settings
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    CouncilDecision,
    Declaration,
    Signer,
    Submitter,
)
from signoff.domain.association import Association
from signoff.domain.documents import Document
from signoff.domain.members import MemberRow, RepresentativeRow
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Release, SealedFile, SealIdentity, SealLevel
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Round, Terms
from signoff.services import Services, build_services
from signoff.store.access import InvitationAccess
from signoff.store.connection import connect
from signoff.tokens import TokenPurpose as Salt
from signoff.worker import Worker
from tests.browser import Browser

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)  # a Monday
LAST_DAY = date(2027, 3, 31)  # the deadline's day; the change to summer time lies before it
DEADLINE = datetime(
    2027, 3, 31, 22, tzinfo=UTC
)  # midnight in Berlin, the first moment that is too late
ADOPTED = date(2026, 11, 12)
SLUG = "leitgedanken"
BASE = "http://localhost:8000"
KEYS = Keys(links=(b"l" * 32,), cookies=(b"c" * 32,))
FORUM = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
)
TEXT = Text(
    "Leitgedanken", "<h2>Raum für alle</h2>\n<p>Plätze gehören allen.</p>", adopted_on=ADOPTED
)
CONTACT = Submitter("Sachbearbeitung", "Hauptamt", "hauptamt@rathaus.example")

MAYOR, OFFICE = "buergermeisterin@musterhausen.example", "buero@musterhausen.example"
HESITANT, UNWILLING = "rathaus@beispielstadt.example", "markt@aehringen.example"
STRANGER = "niemand@nirgendwo.example"


def member(
    key: str, name: str, official_name: str, *emails: str, state: str = "Hessen", tag: str = "voll"
) -> MemberRow:
    people = tuple(RepresentativeRow(f"Büro {name}", "Leitung", email) for email in emails)
    return MemberRow(
        key, name, official_name, "Stadt", state, tags=(tag,), line=2, representatives=people
    )


MUSTERHAUSEN = member("01", "Musterhausen", "Stadt Musterhausen", MAYOR, OFFICE)
BEISPIELSTADT = member(
    "02", "Beispielstadt", "Große Kreisstadt Beispielstadt", HESITANT, state="Sachsen"
)
AEHRINGEN = member("03", "Ähringen", "Markt Ähringen", UNWILLING, state="Bayern")
BRIEFDORF = member("04", "Briefdorf", "Gemeinde Briefdorf", "")
NIRGENDWO = member("99", "Nirgendwo", "Stadt Nirgendwo", STRANGER, tag="gast")
CAST = (MUSTERHAUSEN, BEISPIELSTADT, AEHRINGEN, BRIEFDORF, NIRGENDWO)


def sign(
    official_name: str = "Stadt Musterhausen",
    *,
    note: str = "",
    publish: bool = True,
    **signer: str,
) -> Answer:
    """A signature that rests on a council's decision."""
    who = Signer(
        **(
            {"first_name": "Vorname", "last_name": "Nachname", "function": "Bürgermeisterin"}
            | signer
        )
    )
    decision = CouncilDecision("Rat der Stadt", date(2027, 1, 14), "12/2027")
    return Answer(
        AnswerKind.COSIGN,
        CONTACT,
        Declaration(official_name, who, Basis.COUNCIL, decision, publish, note),
    )


def decline(reason: str = "Der Rat wartet den Modellversuch ab.") -> Answer:
    return Answer(AnswerKind.DECLINE, CONTACT, reason=reason)


def not_competent() -> Answer:
    return Answer(AnswerKind.NOT_COMPETENT, CONTACT)


def pending(on: date = date(2027, 2, 11)) -> Answer:
    return Answer(AnswerKind.PENDING, CONTACT, expected_on=on, expected_body="Rat der Stadt")


@dataclass(frozen=True)
class Sheet:
    """What the played printer gives back: a real PDF of one empty page, about one document."""

    content: bytes
    pages: int = 1


def print_sheet(document: Document) -> Sheet:
    """A PDF in a millisecond, where the PDF is not the point; the same document gives the same bytes."""
    file = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = document.edition.text.title
        pdf.docinfo["/Subject"] = repr(document)
        pdf.save(file, deterministic_id=True)
    return Sheet(file.getvalue())


@cache
def template() -> bytes:
    """A migrated database with its association, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "signoff.sqlite")
        db = connect(path)
        store.migrations.migrate(db)
        actions.association.create(
            db, FORUM, load_starter_texts(), "init", NOW - timedelta(days=30)
        )
        db.close()
        return path.read_bytes()


class PlayedSeal:
    """What seals where the seal is not the point: the file stays as it is."""

    def describe_sealer(self, association: str, timestamp: bool) -> SealIdentity:
        return SealIdentity(association, association, True, False, "5e" * 32)

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> SealedFile:
        return SealedFile(content, SealLevel.BASIC)

    def export_certificate(self, association: str) -> bytes:
        return b""


@dataclass
class World:
    """One instance; time stands still until a test moves it."""

    settings: Settings
    now: datetime = NOW
    postbox: list[EmailMessage] = field(default_factory=list)
    printed: list[Document] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.db = self.connect()
        played = {
            "clock": self.clock,
            "send_mail": self.postbox.append,
            "print_pdf": self.print_pdf,
            "sealing": PlayedSeal(),
        }
        self.services: Services = replace(build_services(self.settings), **played)

    def connect(self, timeout: float = 5.0) -> Database:
        """One more connection, for one more thread."""
        return connect(self.settings.database, timeout=timeout)

    def clock(self) -> datetime:
        return self.now

    def print_pdf(self, document: Document) -> Sheet:
        self.printed.append(document)
        return print_sheet(document)

    # the office

    def enrol(self, rows: Iterable[MemberRow] = CAST) -> None:
        actions.member_import.import_members(self.db, rows, "office", self.now)

    def paper(self, slug: str = SLUG, text: Text = TEXT) -> Edition:
        return actions.papers.add_paper(self.db, slug, text, "office", self.now)

    def open(
        self,
        slug: str = SLUG,
        last_day: date = LAST_DAY,
        tags: tuple[str, ...] = ("voll",),
        **terms,
    ) -> Round:
        opening = Opening(last_day, tags, Terms(**terms))
        return actions.rounds.open_round(
            self.db, slug, opening, "office", self.now, texts_required=False
        )

    def opened(self, slug: str = SLUG, rows: Iterable[MemberRow] = CAST, **opening) -> Round:
        """A paper put to the members: all but Nirgendwo are asked."""
        self.enrol(rows)
        self.paper(slug)
        return self.open(slug, **opening)

    def closed(self, slug: str = SLUG) -> Round:
        return actions.rounds.close(self.db, get_latest_round(self.db, slug).id, "office", self.now)

    def released(self, slug: str = SLUG, at: datetime | None = None) -> Release:
        """A closed round printed and released."""
        self.work()
        release = actions.releases.release_paper(
            self.db, get_latest_round(self.db, slug).id, at, "office", self.now
        )
        self.work()
        return release

    # the members

    def links(self, slug: str = SLUG) -> dict[str, str]:
        """The token of each open link, by its address."""
        of_round = store.rounds.list_links_of_round(self.db, self.round(slug).id)
        return {
            each.email: self.services.token_signer.sign(
                Salt.INVITATION, each.public_id, each.generation
            )
            for each in of_round
        }

    def access(
        self, email: str = MAYOR, slug: str = SLUG, db: Database | None = None
    ) -> InvitationAccess:
        """What stands behind the link of this address, as a page finds it."""
        found = self.services.token_signer.verify(Salt.INVITATION, self.links(slug)[email])
        assert found
        access = store.access.find(db or self.db, *found)
        assert access
        return access

    def answer(self, email: str, given: Answer, form: str = "", slug: str = SLUG) -> AnswerVersion:
        access = self.access(email, slug)
        digest = access.edition.digest
        return actions.answers.submit(
            self.db, access, given, edition_digest=digest, form_key=form, now=self.now
        )

    # what happens by itself

    def worker(self, **replaced) -> Worker:
        return Worker(self.settings, self.db, replace(self.services, **replaced))

    def work(self, **replaced) -> None:
        with self.worker(**replaced) as worker:
            worker.run_once()

    # what one sees

    def round(self, slug: str = SLUG) -> Round:
        found = store.rounds.find_by_slug(self.db, slug)
        assert found
        return found

    def round_status(self, slug: str = SLUG) -> RoundStatus:
        return store.round_status.load(self.db, self.round(slug))

    def invitation_status(self, key: str = "01", slug: str = SLUG) -> InvitationStatus:
        (status,) = (each for each in self.round_status(slug).invitations if each.member.key == key)
        return status

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that is stored, table by table: what must be the same where nothing was to change."""
        names = self.db.conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {
            name: [tuple(row) for row in self.db.conn.execute(f"SELECT * FROM {name}")]
            for (name,) in names
        }

    def events(self) -> list[str]:
        """The events of the audit log."""
        return [str(entry.event) for entry, _ in store.audit.iter_entries(self.db)]

    def subjects(self) -> list[str]:
        """The subjects of the mail that went out."""
        return [message["Subject"] for message in self.postbox]

    def messages_to(self, email: str) -> list[EmailMessage]:
        return [
            message for message in self.postbox if message["To"].addresses[0].addr_spec == email
        ]

    def app(self, **replaced) -> Flask:
        """The web application on the same clock, post and printer."""
        played = {
            "clock": self.clock,
            "send_mail": self.postbox.append,
            "print_pdf": self.print_pdf,
            "sealing": PlayedSeal(),
        }
        return create_app(self.settings, **(played | replaced))

    def browser(self, app: Flask | None = None) -> Browser:
        return Browser((app or self.app()).test_client(), self.settings.base_url)


def world(folder: Path) -> World:
    """A fresh instance in ``folder``: migrated, with its association, and nobody in it yet."""
    for name in INSTANCE_FOLDERS:
        (folder / name).mkdir(mode=0o700)
    settings = Settings(folder, BASE, KEYS, second_factor=False)
    settings.database.write_bytes(template())
    return World(settings)
