"""Instances for the cast to act in. Everything is real except clock, mail transport and printer."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pikepdf
from flask import Flask
from sqlite_utils import Database

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.cli.instance import INSTANCE_FOLDERS, load_starter_texts
from signoff.config import Keys, Settings
from signoff.domain.accounts import Role
from signoff.domain.answers import Answer, AnswerVersion
from signoff.domain.association import LEGAL_TEXT_KINDS, LegalText
from signoff.domain.audit import DetailedEntry
from signoff.domain.delivery import DeliveryError
from signoff.domain.documents import Document
from signoff.domain.errors import PrintError, Reason, Refusal
from signoff.domain.members import MemberRow
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Release, SealedFile, SealIdentity, SealLevel
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Round, Terms
from signoff.i18n.catalogue import LANGUAGES
from signoff.moments import save_beat
from signoff.services import Services, build_services
from signoff.store.access import InvitationAccess
from signoff.store.connection import connect, transaction
from signoff.tokens import TokenPurpose
from signoff.worker import Worker
from tests import prepared
from tests.browser import Browser
from tests.factories import CAST, FORUM, MAYOR, SLUG, TEXT

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)  # a Monday
LAST_DAY = date(2027, 3, 31)  # the deadline's day; the change to summer time lies before it
DEADLINE = datetime(
    2027, 3, 31, 22, tzinfo=UTC
)  # midnight in Berlin, the first moment that is too late
BASE = "http://localhost:8000"
KEYS = Keys(links=(b"l" * 32,), cookies=(b"c" * 32,), log=b"g" * 32)


def write_keys(folder: Path) -> None:
    """Write the keys of the tests where commands and other processes read them."""
    keys = {name: [key.hex() for key in getattr(KEYS, name)] for name in ("links", "cookies")}
    path = folder / "keys.json"
    path.write_text(json.dumps({**keys, "log": KEYS.log.hex()}))
    path.chmod(0o600)


@dataclass(frozen=True)
class Sheet:
    """What the printer of the tests returns: a real PDF of one empty page, about one document."""

    content: bytes
    pages: int = 1


def print_sheet(document: Document) -> Sheet:
    """A PDF in a millisecond, where the PDF is not the point; the same document gives the same bytes."""
    file = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = document.edition.text.title
        pdf.docinfo["/Subject"] = repr(document)
        pdf.save(file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return Sheet(file.getvalue())


class FakeSeal:
    """What seals where the seal is not the point: the file stays as it is."""

    def describe_sealer(self, association: str, timestamp: bool) -> SealIdentity:
        return SealIdentity(association, association, True, False, "5e" * 32)

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> SealedFile:
        return SealedFile(content, SealLevel.BASIC)

    def export_certificates(self, association: str) -> bytes:
        return b""


@cache
def build_database(roles: tuple[Role, ...]) -> bytes:
    """A migrated database with its association, made once. An office with accounts has written its legal texts."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "signoff.sqlite")
        db = connect(path)
        store.migrations.migrate(db)
        created = NOW - timedelta(days=30)
        written = [
            LegalText(kind, language, "Text", created)
            for kind in LEGAL_TEXT_KINDS
            for language in LANGUAGES
        ]
        texts = written if roles else load_starter_texts()
        actions.association.create(db, FORUM, texts, "init", created)
        for role in roles:
            email, name = f"{role}@forum.example", f"Konto {role}"
            actions.accounts.add(db, email, name, role, "", "init", created)
        db.close()
        return path.read_bytes()


def build_instance(folder: Path, base_url: str = BASE, roles: tuple[Role, ...] = ()) -> Settings:
    """A fresh instance in ``folder``: migrated, with its association, without members and papers."""
    for name in INSTANCE_FOLDERS:
        (folder / name).mkdir(mode=0o700)
    settings = Settings(folder, base_url, KEYS, second_factor=False, recall_minutes=0)
    settings.database.write_bytes(build_database(roles))
    return settings


def record_trial_print(db: Database, slug: str, opening: Opening, now: datetime) -> None:
    """A successful trial print of what is to be opened, without printing it."""
    edition = actions.papers.get_latest_edition(db, slug)
    digest = actions.prints.compute_trial_digest(db, edition, opening.trial)
    with transaction(db):
        (entry,) = db.conn.execute("SELECT MAX(seq) FROM audit").fetchone()
        store.releases.enqueue_trial_print(db, edition, entry, now, opening.trial, digest)
        trial = store.releases.find_latest_trial_print(db, edition.id, digest)
        assert trial
        store.releases.mark_printed(db, trial.id, sha256="0" * 64, size=1, pages=1, now=now)


def open_round(
    db: Database, slug: str, opening: Opening, actor: str, now: datetime, **options: bool
) -> Round:
    """Open a round as on loopback; its trial print has succeeded."""
    options.setdefault("setup_required", False)
    try:
        return actions.rounds.open_round(db, slug, opening, actor, now, **options)
    except Refusal as refusal:
        if refusal.reason is not Reason.TRIAL_MISSING:
            raise
    record_trial_print(db, slug, opening, now)
    return actions.rounds.open_round(db, slug, opening, actor, now, **options)


def add_edition(db: Database, slug: str, number: int, actor: str, now: datetime) -> Edition:
    """One more edition with the text of another."""
    model = actions.papers.get_edition(db, slug, number)
    return actions.papers.add_edition(
        db, slug, number, model.text, actor, now, source=model.source, annexes_only=True
    )


@dataclass
class Instance:
    """One instance; time stands still until a test moves it."""

    settings: Settings
    now: datetime = NOW
    postbox: list[EmailMessage] = field(default_factory=list)
    printed: list[Document] = field(default_factory=list)
    print_error: str = ""  # why the printer cannot print
    unknown_mailboxes: set[str] = field(default_factory=set)  # the mail server refuses them
    actor: ClassVar[str] = "office"
    prepared_as = None  # what ``prepared.prepare`` has last made of it

    def __setattr__(self, name: str, value: object) -> None:
        """Time passes as if a worker ran all along."""
        super().__setattr__(name, value)
        if name == "now":
            save_beat(self.settings.instance, self.now)

    def __post_init__(self) -> None:
        self.db = self.connect()
        self.data_version = prepared.read_data_version(self.db)
        self.services: Services = replace(build_services(self.settings), **self.fakes)

    @property
    def fakes(self) -> dict[str, Any]:
        return {
            "clock": lambda: self.now,
            "send_mail": self.post,
            "print_pdf": self.print_pdf,
            "sealing": FakeSeal(),
        }

    def post(self, message: EmailMessage) -> None:
        if message["To"].addresses[0].username in self.unknown_mailboxes:
            raise DeliveryError("550 5.1.1 kein solches Postfach", permanent=True)
        self.postbox.append(message)

    def print_pdf(self, document: Document) -> Sheet:
        if self.print_error:
            raise PrintError(self.print_error)
        self.printed.append(document)
        return print_sheet(document)

    def connect(self, timeout: float = 5.0) -> Database:
        """One more connection, for one more thread."""
        return connect(self.settings.database, timeout=timeout)

    def build_app(self, **replaced) -> Flask:
        """The web application with the same clock, mail transport and printer."""
        return prepared.build_app(self.settings, **(self.fakes | replaced))

    def worker(self, **replaced) -> Worker:
        return Worker(self.settings, self.db, replace(self.services, **replaced))

    def work(self, **replaced) -> None:
        """Do what is due, as the worker does."""
        with self.worker(**replaced) as worker:
            worker.run_once()

    def enrol(self, rows: Iterable[MemberRow] = CAST) -> None:
        actions.member_import.import_members(self.db, rows, self.actor, self.now)

    def paper(self, slug: str = SLUG, text: Text = TEXT) -> Edition:
        return actions.papers.add_paper(self.db, slug, text, self.actor, self.now)

    def open(
        self,
        slug: str = SLUG,
        last_day: date = LAST_DAY,
        tags: tuple[str, ...] = ("voll",),
        **terms,
    ) -> Round:
        opening = Opening(last_day, tags, Terms(**terms))
        return open_round(self.db, slug, opening, self.actor, self.now, setup_required=False)

    def submit(self, access: InvitationAccess, answer: Answer, form_key: str = "") -> AnswerVersion:
        return actions.answers.submit(
            self.db,
            access,
            answer,
            edition_digest=access.edition.digest,
            seen=access.version.id if access.version else None,
            form_key=form_key,
            now=self.now,
        )

    def entries(self) -> list[DetailedEntry]:
        """The entries of the audit log."""
        return store.audit.list_detailed_entries(self.db, most=-1)[::-1]

    def events(self) -> list[str]:
        """The events of the audit log."""
        return [str(entry.event) for entry in self.entries()]

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything that is stored, table by table: what must be the same where nothing was to change."""
        names = self.db.conn.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {
            name: [tuple(row) for row in self.db.conn.execute(f"SELECT * FROM {name}")]
            for (name,) in names
        }


class World(Instance):
    """The instance of most tests: the round of one paper, seen through links."""

    def opened(self, slug: str = SLUG, rows: Iterable[MemberRow] = CAST, **opening) -> Round:
        """A paper put to the members: all but Nirgendwo are asked."""
        rows = tuple(rows)

        def build() -> None:
            self.enrol(rows)
            self.paper(slug)
            self.open(slug, **opening)

        prepared.prepare(self, build, ("opened", slug, rows, *opening.items()))
        return self.round(slug)

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

    def links(self, slug: str = SLUG) -> dict[str, str]:
        """The token of each open link, by its address."""
        of_round = store.rounds.list_links_of_round(self.db, self.round(slug).id)
        return {
            link.email: self.services.token_signer.sign(
                TokenPurpose.INVITATION, link.public_id, link.generation
            )
            for link in of_round
        }

    def access(
        self, email: str = MAYOR, slug: str = SLUG, db: Database | None = None
    ) -> InvitationAccess:
        """What the link of this address gives access to, as a page finds it."""
        link = self.services.token_signer.verify(TokenPurpose.INVITATION, self.links(slug)[email])
        assert link
        access = store.access.find(db or self.db, *link)
        assert access
        return access

    def answer(self, email: str, answer: Answer, form: str = "", slug: str = SLUG) -> AnswerVersion:
        return self.submit(self.access(email, slug), answer, form)

    def round(self, slug: str = SLUG) -> Round:
        round = store.rounds.find_by_slug(self.db, slug)
        assert round
        return round

    def round_status(self, slug: str = SLUG) -> RoundStatus:
        return store.round_status.load(self.db, self.round(slug))

    def invitation_status(self, key: str = "01", slug: str = SLUG) -> InvitationStatus:
        (status,) = (
            status for status in self.round_status(slug).invitations if status.member.key == key
        )
        return status

    def subjects(self) -> list[str]:
        """The subjects of the mail that went out."""
        return [message["Subject"] for message in self.postbox]

    def messages_to(self, email: str) -> list[EmailMessage]:
        return [
            message for message in self.postbox if message["To"].addresses[0].addr_spec == email
        ]

    def browser(self, app: Flask | None = None) -> Browser:
        return Browser((app or self.build_app()).test_client(), self.settings.base_url)


def new_world(folder: Path) -> World:
    return World(build_instance(folder))
