"""An association with accounts, for the tests of the office."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from flask import Flask

from signoff import store
from signoff.domain.accounts import Role
from signoff.domain.answers import Answer
from signoff.domain.members import MemberRow, RepresentativeRow
from signoff.domain.papers import Text
from signoff.domain.rounds import Round
from signoff.store.connection import transaction
from tests import factories, prepared
from tests.browser import Browser
from tests.factories import LAST_DAY, NOW, SLUG
from tests.world import Instance, build_instance

SESSIONS = count(1)
NAMES = (
    ("Musterhausen", "Stadt Musterhausen", "Nordrhein-Westfalen"),
    ("Beispielstadt", "Landeshauptstadt Beispielstadt", "Bayern"),
    ("Überlingen am Fluss", "Stadt Überlingen am Fluss", "Bayern"),
    ("Neudorf", "Gemeinde Neudorf", "Hessen"),
    ("Altdorf", "Markt Altdorf", "Hessen"),
)


def member(line: int, name: str, official_name: str, state: str) -> MemberRow:
    key, tag = f"{line:05d}", "nord" if line % 2 else ""
    return replace(
        factories.member(key, name, official_name, state=state, tag=tag),
        line=line,
        representatives=(RepresentativeRow("Ansprechperson", email=f"m{key}@kommune.example"),),
    )


@dataclass
class Office(Instance):
    """One instance; ``browser(role)`` is logged in with an account of this role."""

    now: datetime = NOW
    app: Flask = field(init=False)
    actor: ClassVar[str] = "cli"

    def __post_init__(self) -> None:
        self.app = self.build_app()
        instance = self.app.extensions["signoff"]
        self.db, self.services = instance.db(), instance.services
        self.data_version = prepared.read_data_version(self.db)

    def enrol(self, names: Sequence[tuple[str, str, str]] = NAMES) -> None:
        super().enrol(member(line, *name) for line, name in enumerate(names, 2))

    def draft(self, slug: str = SLUG, title: str = "Leitgedanken zum öffentlichen Raum") -> None:
        self.paper(slug, Text(title, "<h2>Text</h2><p>Wort.</p>"))

    def open(self, slug: str = SLUG) -> Round:
        return super().open(slug, LAST_DAY, ())

    def answer(self, round: Round, name: str, answer: Answer) -> int:
        """What the member called ``name`` answers; gives the id of its invitation."""
        statuses = store.round_status.load(self.db, round).invitations
        (invitation,) = (status.invitation for status in statuses if status.member.name == name)
        link = store.rounds.list_open_links(self.db, invitation.id)[0]
        access = store.access.find(self.db, link.public_id, link.generation)
        assert access
        self.submit(access, answer, f"{name}-{self.now.timestamp()}")
        return invitation.id

    def browser(self, role: Role | None = Role.EDITOR) -> Browser:
        """Somebody who is logged in with this role, or nobody. Hashing is slow on purpose: the session is made here."""
        client = self.app.test_client()
        if role is not None:
            account = store.accounts.find_by_email(self.db, f"{role}@forum.example")
            assert account
            id = f"session-{next(SESSIONS)}"
            with transaction(self.db):
                store.accounts.start_session(self.db, id, account.id, self.now)
            with client.session_transaction("/office/", base_url="http://localhost") as session:
                session["_user_id"] = id
        return Browser(client, home="/office/" if role else "/login")

    def round(self, id: int) -> Round:
        round = store.rounds.find(self.db, id)
        assert round
        return round

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def new_office(folder: Path) -> Office:
    return Office(build_instance(folder, "http://localhost", tuple(Role)))
