"""``rehearse``: the whole mail of a round, written into a folder, with links that open nothing."""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import ACTOR, Day, Here, opened
from signoff.cli.instance import FOLDERS
from signoff.domain.documents import Document
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import AnyLetter, Came, MailContext, NoticeKind
from signoff.domain.releases import Sealed, Sealer, SealLevel
from signoff.domain.rounds import Phase, Round
from signoff.i18n import labels
from signoff.i18n.errors import describe_refusal
from signoff.mail import bounces as bounce_reports
from signoff.mail.bounces import Unreadable, UnreadMessage
from signoff.mail.message import Returns
from signoff.mail.transport import Folder
from signoff.pdf.seal import Sealing
from signoff.storage import Archive
from signoff.store.connection import connect
from signoff.worker import Worker

# ``bounces``: reads what came back.

NAMES = {
    Came.BOUNCE: "nicht erreicht",
    Came.DELAY: "verzögert",
    Came.AUTOREPLY: "automatische Antwort",
    Came.UNKNOWN: "unbekannt (nicht angetastet)",
}


@click.command()
@click.option(
    "--maildir",
    type=click.Path(path_type=Path),
    help="aus diesem Maildir statt aus dem IMAP-Postfach",
)
@click.option("--stdin", is_flag=True, help="eine einzelne E-Mail von der Standardeingabe")
@click.pass_obj
def bounces(folder: Path, maildir: Path | None, stdin: bool) -> None:
    """Unzustellbare E-Mails und automatische Antworten einlesen."""
    here = opened(folder)
    address = here.settings.bounces_address
    if not address:
        raise click.UsageError(
            "SIGNOFF_BOUNCES_ADDRESS ist nicht gesetzt: Ohne sie kommt nichts zurück."
        )
    try:
        counts = read(
            here, source(here, maildir, stdin), Returns(address, here.settings.keys.links)
        )
    except Unreadable as problem:
        click.echo(f"signoff: {problem}", err=True)
        raise click.exceptions.Exit(1) from problem
    click.echo(", ".join(f"{counts[came]} {name}" for came, name in NAMES.items()))


def source(here: Here, maildir: Path | None, stdin: bool) -> Iterator[UnreadMessage]:
    if stdin:
        return one(sys.stdin.buffer.read(bounce_reports.LARGEST))
    if maildir:
        return bounce_reports.maildir(maildir)
    if not here.settings.imap_url:
        raise click.UsageError("Bitte SIGNOFF_IMAP_URL setzen oder --maildir oder --stdin angeben.")
    return bounce_reports.imap(here.settings.imap_url)


def one(content: bytes) -> Iterator[UnreadMessage]:
    yield content, lambda: None


def read(here: Here, letters: Iterator[UnreadMessage], returns: Returns) -> Counter[Came]:
    """Each mail is noted first and marked as read then: killed between the two, it is read and found noted."""
    counts: Counter[Came] = Counter()
    for content, done in letters:
        returned = bounce_reports.read(content, returns)
        ours = actions.mail.record(here.db, returned, here.now)
        counts[returned.came if ours else Came.UNKNOWN] += 1
        if ours:
            done()
    return counts


@dataclass(frozen=True, slots=True)
class Blank:
    """Stands where the printed PDF will be."""

    content: bytes
    pages: int = 1


class Unsealed(Sealing):
    """Seals nothing: a rehearsal has no key, and nobody keeps its PDF."""

    def about(self, association: str, timestamp: bool) -> Sealer:
        return Sealer(association, association, True, False, "0" * 64)

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> Sealed:
        return Sealed(content, SealLevel.BASIC)


@dataclass
class Rehearsal:
    """A copy of an instance whose clock runs ahead. What it does leaves nothing but the messages in ``folder``."""

    here: Here
    slug: str
    folder: Folder
    now: datetime
    told: Counter[NoticeKind] = field(default_factory=Counter)
    wanted: bool = False

    def compose(self, letter: AnyLetter, now: datetime) -> EmailMessage:
        if not isinstance(letter, MailContext):
            self.wanted = False
            return EmailMessage()
        self.wanted = self.slug in {each.edition.slug for each in (letter, *letter.also)}
        self.told.update([letter.notice.kind] * self.wanted)
        return self.here.tools.rehearse(letter, now)

    def post(self, message: EmailMessage) -> None:
        """Keep what is about the round; the rest of the association's mail is no part of it."""
        if self.wanted:
            self.folder(message)

    def work(self) -> None:
        tools = replace(
            self.here.tools,
            clock=lambda: self.now,
            compose=self.compose,
            post=self.post,
            print_pdf=blank,
            archive=Archive(self.here.settings.archive),
            sealing=Unsealed(self.here.settings.own_seal),
        )
        with Worker(self.here.settings, self.here.db, tools) as worker:
            worker.once()

    def run(self, round: Round) -> None:
        """From today through every reminder to the release, as if nobody answered any more."""
        for moment in self.moments(round):
            self.now = moment
            self.work()
        actions.releases.release(self.here.db, self.slug, None, ACTOR, self.now)
        self.work()

    def moments(self, round: Round) -> Iterator[datetime]:
        assert round.deadline
        yield self.now
        while True:
            planned = actions.reminders.planned(
                self.here.db, self.here.tools.calendar, round.id, self.now
            )
            ahead = [each.at for each in planned if each.at > self.now]
            if not ahead:
                break
            yield min(ahead)
        yield round.deadline + timedelta(minutes=1)


@click.command()
@click.argument("slug")
@click.argument("target", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option("--deadline", type=Day(), help="Frist, falls das Verfahren noch nicht eröffnet ist")
@click.pass_obj
def rehearse(folder: Path, /, slug: str, target: Path, deadline: date | None) -> None:
    """Alle E-Mails eines Verfahrens zur Probe in einen Ordner schreiben; verändert nichts, die Links öffnen nichts."""
    here = opened(folder)
    actions.rounds.edition_of(here.db, slug)
    if target.exists() and any(target.iterdir()):
        raise click.UsageError(
            f"{target} ist nicht leer; bitte einen leeren oder neuen Ordner nennen."
        )
    with TemporaryDirectory() as scratch:
        copy = copied(here, Path(scratch))
        round = open_round(copy, slug, deadline, here.now)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        rehearsal = Rehearsal(copy, slug, Folder(target), here.now)
        try:
            rehearsal.run(round)
        except Refusal as refusal:  # what is undecided today is decided before a real release
            click.echo(f"Ohne die Nachricht über die Veröffentlichung: {describe_refusal(refusal)}")
        copy.db.close()
    for kind, count in rehearsal.told.items():
        click.echo(f"{labels.NOTICE[kind]}: {count}")
    click.echo(f"{sum(rehearsal.told.values())} E-Mails in {target}. Versandt wurde nichts.")


def copied(here: Here, scratch: Path) -> Here:
    """A second instance in ``scratch`` with the same tables, and no mail server that could be down or slow."""
    settings = replace(
        here.settings, instance=scratch, smtp_url="", mail_pace=0, mail_pace_domain=0
    )
    for name in FOLDERS:
        (scratch / name).mkdir(mode=0o700, exist_ok=True)
    db = connect(settings.database)
    here.db.conn.backup(db.conn)
    actions.mail.forget_outage(db)
    return Here(settings, db, here.tools)


def open_round(here: Here, slug: str, deadline: date | None, now: datetime) -> Round:
    """The paper's open round; opened in the copy where there is none yet."""
    round = store.rounds.latest(here.db, slug)
    if round is None or round.cancelled_at:
        if deadline is None:
            raise click.UsageError(
                "Das Verfahren ist noch nicht eröffnet; bitte --deadline angeben."
            )
        return actions.rounds.open_round(
            here.db, slug, Opening(deadline), ACTOR, now, texts_required=False
        )
    if round.phase(now) is not Phase.OPEN:
        raise Refusal(Reason.NOT_OPEN)
    return round


def blank(document: Document) -> Blank:
    return Blank(f"%PDF-1.7 {document.kind} {document.edition.slug}".encode())


COMMANDS = (bounces, rehearse)
