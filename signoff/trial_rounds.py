"""Trial rounds: the office walks a round alone, and afterwards it is deleted.

A trial round is a whole instance in the folder ``trials/<id>`` of its instance, with a database,
keys, mails and prints of its own. So no list, number, feed or page of the instance can show
anything of it. It is served below ``/trial/<id>``, its mail goes to the person who started it
alone, and its clock can be put forward. What remains is two entries of the audit log. There is one
at a time.
"""

import json
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.config import Keys, Settings, generate_keys, load_keys, write_private_file
from signoff.domain.accounts import Account
from signoff.domain.members import Member, MemberFields, MemberRow, RepresentativeRow
from signoff.domain.papers import Edition
from signoff.mail.message import build_address
from signoff.mail.transport import FolderTransport
from signoff.services import Services
from signoff.storage import Archive
from signoff.store.connection import connect

FOLDER = "trials"
FACTS_FILE = "trial.json"
SAMPLE_SIZE = 3  # members; the last one has no address, so that it is asked by letter
SAMPLE_MEMBERS = (
    MemberFields("probe-1", "Musterstadt", "Stadt Musterstadt", "Stadt"),
    MemberFields("probe-2", "Beispieldorf", "Gemeinde Beispieldorf", "Gemeinde"),
    MemberFields("probe-3", "Musterkreis", "Landkreis Musterkreis", "Landkreis"),
)
MAX_AHEAD = timedelta(days=1000)  # the clock can be put forward


@dataclass(frozen=True, slots=True)
class Facts:
    """What is kept about a trial round beside its database, and the person who started it."""

    slug: str
    account_id: int
    name: str
    email: str
    started_at: str
    ahead: float = 0.0  # seconds by which its clock is ahead of that of the instance


@dataclass(frozen=True, slots=True)
class TrialRound:
    """The running trial round of an instance."""

    settings: Settings  # of its own instance
    facts: Facts

    @property
    def id(self) -> str:
        return self.settings.instance.name

    @property
    def root(self) -> str:
        """The path below which its pages are."""
        return f"/trial/{self.id}"


def find(settings: Settings) -> TrialRound | None:
    """The running trial round of the instance with these settings."""
    for folder in list_folders(settings):
        if (folder / FACTS_FILE).exists():
            return TrialRound(build_settings(settings, folder), read_facts(folder))
    return None


def list_folders(settings: Settings) -> list[Path]:
    return sorted((settings.instance / FOLDER).glob("[!.]*"))


def read_facts(folder: Path) -> Facts:
    return Facts(**json.loads((folder / FACTS_FILE).read_text(encoding="utf-8")))


def save_facts(folder: Path, facts: Facts) -> None:
    write_private_file(folder / FACTS_FILE, json.dumps(asdict(facts)))


def build_settings(settings: Settings, folder: Path) -> Settings:
    """The settings of the trial round in ``folder``: nothing in them leads outside."""
    own = load_keys(folder / "keys.json")
    return Settings(
        instance=folder,
        base_url=f"{settings.base_url}/trial/{folder.name}",
        keys=Keys(own.links, settings.keys.cookies, own.log),  # the login is that of the office
        link_lifetime_days=settings.link_lifetime_days,
    )


def start(
    settings: Settings,
    db: Database,
    edition: Edition,
    opening: Opening,
    account: Account,
    actor: str,
    now: datetime,
) -> None:
    """Open a trial round of ``edition`` on the terms of ``opening`` for a few members, unless one
    is running. Refuses what the text or the deadline would prevent.
    """
    name = secrets.token_hex(4)
    folder, prepared = (settings.instance / FOLDER / each for each in (name, f".{name}"))
    asked = store.members.list_to_invite(db, opening.tags, opening.members)
    try:
        make_folder(prepared, store.association.get(db).name)
        copy_annexes(settings, edition, prepared)
        trial_db = connect(build_settings(settings, prepared).database)
        with closing(trial_db):
            store.migrations.migrate(trial_db)
            actions.trial_rounds.fill(
                trial_db,
                settings.database,
                edition,
                account.id,
                build_sample(asked, account),
                replace(opening, tags=(), members=(), digest=""),
                actor,
                now,
            )
        save_facts(
            prepared,
            Facts(edition.slug, account.id, account.name, account.email, now.isoformat()),
        )
        actions.trial_rounds.start(
            db,
            edition.slug,
            lambda: find(settings) is not None,
            lambda: prepared.rename(folder),
            actor,
            now,
        )
    finally:
        shutil.rmtree(prepared, ignore_errors=True)


def make_folder(folder: Path, association: str) -> None:
    """The folder of an instance with keys of its own, so that nothing made with them is valid
    anywhere else.
    """
    for name in ("archive", "outbox", "workers"):
        (folder / name).mkdir(mode=0o700, parents=True)
    write_private_file(folder / "keys.json", generate_keys())
    from signoff.pdf import keys  # cryptography takes long to import, and only this needs it

    seal = folder / "seal.p12"
    seal.touch(mode=0o600)
    seal.write_bytes(keys.generate_key(association))


def copy_annexes(settings: Settings, edition: Edition, folder: Path) -> None:
    source, target = Archive(settings.archive), Archive(folder / "archive")
    for annex in edition.text.annexes:
        target.store_annex(source.annex_path(annex.sha256).read_bytes())


def build_sample(members: Sequence[Member], account: Account) -> list[MemberRow]:
    """A few of ``members``, or invented ones, all represented by the person who starts the trial
    round.
    """
    sample = members[:SAMPLE_SIZE] or SAMPLE_MEMBERS
    local, _, domain = account.email.rpartition("@")
    names = MemberFields.__dataclass_fields__
    return [
        MemberRow(
            **{name: getattr(member, name) for name in names},
            line=number,
            representatives=(
                # Different addresses: one that stands for several members gets a single mail.
                RepresentativeRow(
                    account.name,
                    email="" if number == SAMPLE_SIZE else f"{local}+{number}@{domain}",
                ),
            ),
        )
        for number, member in enumerate(sample, 1)
    ]


def get_moment(facts: Facts, now: datetime) -> datetime:
    """The time in the trial round."""
    return now.astimezone(UTC) + timedelta(seconds=facts.ahead)


def put_clock_forward(trial: TrialRound, moment: datetime, now: datetime) -> None:
    """Put the clock of the trial round forward to ``moment``, or as far as it goes; never back."""
    # In UTC: between two moments of one zone, Python counts the hours of its clocks.
    ahead = min(moment.astimezone(UTC) - now.astimezone(UTC), MAX_AHEAD).total_seconds()
    if ahead > trial.facts.ahead:
        save_facts(trial.settings.instance, replace(trial.facts, ahead=ahead))


def end(settings: Settings, trial: TrialRound, db: Database, actor: str, now: datetime) -> None:
    """Delete the trial round; the audit log of the instance keeps how far it came."""
    folder = trial.settings.instance
    with closing(connect(trial.settings.database)) as trial_db:
        round = store.rounds.find_by_slug(trial_db, trial.facts.slug)
        counts = store.round_status.load(trial_db, round).counts if round else {}
    actions.trial_rounds.end(
        db,
        trial.facts.slug,
        lambda: (folder / FACTS_FILE).unlink(missing_ok=True),
        sum(count for kind, count in counts.items() if kind),
        bool(round and round.closed_at),
        actor,
        now,
    )
    remove_ended(settings)


def remove_ended(settings: Settings) -> None:
    """Remove what is left of ended trial rounds; a worker may still have been printing for one."""
    for folder in list_folders(settings):
        if not (folder / FACTS_FILE).exists():
            shutil.rmtree(folder, ignore_errors=True)


def build_replacements(trial: TrialRound, settings: Settings, services: Services) -> dict[str, Any]:
    """The services of the trial round that depend on those of its instance, by their names."""
    folder, facts = trial.settings.instance, trial.facts
    return {
        "clock": lambda: get_moment(read_facts(folder), services.clock()),
        "send_mail": TrialTransport(
            FolderTransport(trial.settings.outbox),
            services.send_mail if settings.smtp_url else None,
            facts,
            services.clock,
        ),
    }


@dataclass(frozen=True)
class TrialTransport:
    """Sends every mail to the person who started the trial round, whatever its recipient: into the
    folder that the office reads in the browser, and to the mail server of the instance if there is
    one.
    """

    folder: FolderTransport
    server: Callable[[EmailMessage], None] | None
    facts: Facts
    clock: Callable[[], datetime]  # of the instance: a mail from the future would be odd

    def __call__(self, message: EmailMessage) -> None:
        subject = str(message["Subject"])
        for name in ("To", "Cc", "Bcc", "Subject", "Date"):
            del message[name]
        message["To"] = build_address(self.facts.name, self.facts.email)
        message["Subject"] = f"[Probe] {subject}"
        message["Date"] = self.clock()
        # Else what comes back to a mail to the office would be about one of the instance.
        message_id = str(message["Message-ID"]).replace(".staff-", ".trial-")
        message.replace_header("Message-ID", message_id)
        if self.server:
            self.server(message)
        self.folder(message)

    def close(self) -> None:
        """Nothing to close: the connection is that of the instance."""
