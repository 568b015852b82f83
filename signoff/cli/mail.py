"""``bounces`` and ``rehearse``: returned mail, and all mail of a round written into a folder."""

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
from signoff.cli.context import ACTOR, Context, DateParam, describe_problem, open_context
from signoff.cli.instance import INSTANCE_FOLDERS
from signoff.cli.language import get_language
from signoff.cli.language import gettext as _
from signoff.domain.documents import Document, PrintedDocument
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import (
    AnyMailContext,
    BounceType,
    MailboxError,
    MailContext,
    MailKind,
)
from signoff.domain.releases import SealedFile, SealIdentity, SealLevel
from signoff.domain.rounds import Phase, Round
from signoff.i18n import labels
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.i18n.errors import describe_refusal
from signoff.mail import bounces as bounce_reports
from signoff.mail.bounces import UnreadMessage
from signoff.mail.message import ComposedMail
from signoff.mail.transport import FolderTransport
from signoff.moments import save_beat
from signoff.pdf.seal import SealService
from signoff.storage import Archive
from signoff.store.connection import connect
from signoff.worker import Worker

# ``bounces``: reads returned mail.

BOUNCE_LABELS = {
    BounceType.BOUNCE: N_("nicht erreicht"),
    BounceType.DELAY: N_("verzögert"),
    BounceType.AUTOREPLY: N_("automatische Antwort"),
    BounceType.REPLY: N_("Antworten"),
    BounceType.UNKNOWN: N_("zu lesen"),
    BounceType.UNREADABLE: N_("nicht lesbar"),
    BounceType.UNRELATED: N_("unbekannt (nicht angetastet)"),
}


@click.command
@click.option(
    "--maildir",
    type=click.Path(path_type=Path),
    help=N_("aus diesem Maildir statt aus dem IMAP-Postfach"),
)
@click.option("--stdin", is_flag=True, help=N_("eine einzelne E-Mail von der Standardeingabe"))
@click.pass_obj
def bounces(folder: Path, maildir: Path | None, stdin: bool) -> None:
    context = open_context(folder)
    try:
        counts = actions.mail.process_messages(
            context.db, context.services, open_source(context, maildir, stdin)
        )
    except MailboxError as problem:
        click.echo(f"signoff: {describe_problem(problem)}", err=True)
        raise click.exceptions.Exit(1) from problem
    click.echo(
        ", ".join(f"{counts[bounce_type]} {_(name)}" for bounce_type, name in BOUNCE_LABELS.items())
    )


def open_source(context: Context, maildir: Path | None, stdin: bool) -> Iterator[UnreadMessage]:
    if stdin:
        return iter_single_message(sys.stdin.buffer.read(bounce_reports.MAX_MESSAGE_SIZE))
    if maildir:
        return bounce_reports.iter_maildir(maildir)
    if not context.settings.imap_url:
        raise click.UsageError(
            _("Bitte SIGNOFF_IMAP_URL setzen oder --maildir oder --stdin angeben.")
        )
    return context.services.open_mailbox()


def iter_single_message(content: bytes) -> Iterator[UnreadMessage]:
    yield content, lambda: None


class NoSealing(SealService):
    """Seals nothing: a rehearsal has no key and keeps no PDF."""

    def describe_sealer(self, association: str, timestamp: bool) -> SealIdentity:
        return SealIdentity(association, association, True, False, "0" * 64)

    def seal(self, content: bytes, association: str, timestamp: bool, now: datetime) -> SealedFile:
        return SealedFile(content, SealLevel.BASIC)


@dataclass
class Rehearsal:
    """A copy of an instance whose clock runs ahead; only the messages in ``folder`` remain of
    it.
    """

    context: Context
    slug: str
    folder: FolderTransport
    now: datetime
    counts: Counter[MailKind] = field(default_factory=Counter)
    is_relevant: bool = False

    def compose(self, mail_context: AnyMailContext, now: datetime) -> ComposedMail:
        if not isinstance(mail_context, MailContext):
            self.is_relevant = False
            return ComposedMail()
        self.is_relevant = self.slug in {
            context.edition.slug for context in (mail_context, *mail_context.further_contexts)
        }
        self.counts.update([mail_context.message.kind] * self.is_relevant)
        return self.context.services.rehearse(mail_context, now)

    def keep_message(self, message: EmailMessage) -> None:
        """Keep a message about the round; other mail of the association is dropped."""
        if self.is_relevant:
            self.folder(message)

    def work(self) -> None:
        services = replace(
            self.context.services,
            clock=lambda: self.now,
            compose=self.compose,
            send_mail=self.keep_message,
            print_pdf=print_blank,
            archive=Archive(self.context.settings.archive),
            sealing=NoSealing(Path(), Path()),
        )
        # The time of the rehearsal passes as if a worker had run all along.
        save_beat(self.context.settings.instance, self.now)
        with Worker(self.context.settings, self.context.db, services) as worker:
            worker.run_once()

    def run(self, round: Round) -> None:
        """Run from today through every reminder to the release, as if no further answer came."""
        for moment in self.iter_moments(round):
            self.now = moment
            self.work()
        actions.releases.release_paper(self.context.db, round.id, None, ACTOR, self.now)
        self.work()

    def iter_moments(self, round: Round) -> Iterator[datetime]:
        if round.deadline is None:
            raise Refusal(Reason.NOT_OPEN)
        yield self.now
        while True:
            planned = actions.reminders.list_planned(
                self.context.db, self.context.services.calendar, round.id, self.now
            )
            ahead = [reminder.at for reminder in planned if reminder.at > self.now]
            if not ahead:
                break
            yield min(ahead)
        yield round.deadline + timedelta(minutes=1)


@click.command
@click.argument("slug")
@click.argument("target", metavar="FOLDER", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--deadline", type=DateParam(), help=N_("Frist, falls das Verfahren noch nicht eröffnet ist")
)
@click.pass_obj
def rehearse(folder: Path, /, slug: str, target: Path, deadline: date | None) -> None:
    context = open_context(folder)
    actions.papers.get_latest_edition(context.db, slug)
    if target.exists() and any(target.iterdir()):
        raise click.UsageError(
            _(
                "%(target)s ist nicht leer; bitte einen leeren oder neuen Ordner nennen.",
                target=target,
            )
        )
    with TemporaryDirectory() as scratch:
        copy = copy_instance(context, Path(scratch))
        round = ensure_open_round(copy, slug, deadline, context.now)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        rehearsal = Rehearsal(copy, slug, FolderTransport(target), context.now)
        try:
            rehearsal.run(round)
        except Refusal as refusal:  # what is undecided today is decided before a real release
            click.echo(
                _(
                    "Ohne die Nachricht über die Veröffentlichung: %(reason)s",
                    reason=describe_refusal(refusal, get_language()),
                )
            )
        copy.db.close()
    for kind, count in rehearsal.counts.items():
        click.echo(f"{_(labels.MAIL_KIND[kind])}: {count}")
    click.echo(
        _(
            "%(count)s E-Mails in %(target)s. Versandt wurde nichts.",
            count=sum(rehearsal.counts.values()),
            target=target,
        )
    )


def copy_instance(context: Context, scratch: Path) -> Context:
    """A second instance in ``scratch`` with the same tables and no mail server."""
    settings = replace(
        context.settings, instance=scratch, smtp_url="", mail_rate_limit=0, mail_rate_limit_domain=0
    )
    for name in INSTANCE_FOLDERS:
        (scratch / name).mkdir(mode=0o700, exist_ok=True)
    db = connect(settings.database)
    context.db.conn.backup(db.conn)
    actions.mail.clear_outages(db)
    return Context(settings, db, context.services)


def ensure_open_round(context: Context, slug: str, deadline: date | None, now: datetime) -> Round:
    """The paper's open round; opened in the copy where there is none yet."""
    round = store.rounds.find_by_slug(context.db, slug)
    if round is None or round.cancelled_at:
        if deadline is None:
            raise click.UsageError(
                _("Das Verfahren ist noch nicht eröffnet; bitte --deadline angeben.")
            )
        return actions.rounds.open_round(
            context.db,
            slug,
            Opening(deadline),
            ACTOR,
            now,
            setup_required=False,
            trial_required=False,
        )
    if round.phase(now) is not Phase.OPEN:
        raise Refusal(Reason.NOT_OPEN)
    return round


def print_blank(document: Document) -> PrintedDocument:
    return PrintedDocument(f"%PDF-1.7 {document.kind} {document.edition.slug}".encode(), 1)


COMMANDS = (bounces, rehearse)
