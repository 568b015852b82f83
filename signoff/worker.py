"""Does what is owed: closing, asking, printing, publishing, mail. No queue: each is asked of the tables, over and over.

A worker may be killed at any instant. It holds a lock on a file named after it for as long as it lives, so that
others see whose claimed rows can be taken over at once.
"""

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from signoff import actions, store
from signoff.config import Settings
from signoff.domain.mail import OutboxMessage, RateLimit
from signoff.services import Services
from signoff.store.connection import OperationalError, connect

IDLE_INTERVAL = 1.0  # seconds between two looks at the tables when nothing was due
REMINDER_INTERVAL = timedelta(minutes=1)  # between two looks for reminders
POLL_INTERVAL = 0.1  # seconds between two looks at what other workers still hold


class Worker:
    """One worker of an instance; use it as a context manager."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        tools: Services,
        say: Callable[[str], None] = lambda line: None,
        told: Callable[[OutboxMessage], None] = lambda notice: None,
    ):
        self.settings, self.db, self.tools, self.say, self.told = settings, db, tools, say, told
        self.pace = RateLimit(settings.mail_rate_limit, settings.mail_rate_limit_domain)
        self.folder = settings.instance / "workers"
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.looked_at: datetime | None = None

    def __enter__(self) -> "Worker":
        self.folder.mkdir(mode=0o700, exist_ok=True)
        making = self.folder / f".{self.name}"
        self.lock = os.open(making, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        making.rename(self.folder / self.name)  # nobody sees the file before it is locked
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / self.name).unlink(missing_ok=True)
        os.close(self.lock)

    def once(self) -> None:
        """Until nothing is due now and no other living worker holds a row."""
        while True:
            others = self.others()
            if not self.round_trip():
                # One who died since the rows were looked at may have left some of them to us.
                same = self.others() == others
                if (
                    same
                    and not self.others_busy()
                    and not actions.mail.is_rate_limited(self.db, self.pace, self.tools.clock())
                ):
                    return
                time.sleep(POLL_INTERVAL)

    def forever(self, stop: threading.Event) -> None:
        """Until ``stop`` is set; what is in hand is finished first."""
        while not stop.is_set():
            try:
                done = self.round_trip(stop)
            except (
                OperationalError,
                OSError,
            ) as problem:  # the disk is full: nothing is half done, and it may pass
                self.say(f"unterbrochen: {problem}")
                done = 0
            if not done:
                stop.wait(IDLE_INTERVAL)

    def round_trip(self, stop: threading.Event | None = None) -> int:
        """Everything that is due, once through; gives how much was done."""
        count = (
            len(self.close())
            + len(self.publish())
            + len(self.remove())
            + self.ask()
            + self.remind()
        )
        for step in (self.code, self.print, self.try_print, self.deliver):
            while not (stop and stop.is_set()) and (done := step()):
                count += done
        return count

    def close(self) -> list[object]:
        closed = actions.rounds.close_due(self.db, self.tools.clock())
        for round in closed:
            self.say(f"geschlossen: Verfahren {round.id}")
        return list(closed)

    def publish(self) -> list[object]:
        published = actions.releases.publish_due(
            self.db, self.tools.archive.publish, self.tools.clock()
        )
        for release in published:
            self.say(f"veröffentlicht: {release.sha256}")
        return list(published)

    def remove(self) -> list[object]:
        """The bytes of what was withdrawn, with the copies that were made on request."""
        removed = actions.releases.remove_retracted_files(
            self.db, self.tools.archive.withdraw, self.tools.clock()
        )
        for release in removed:
            self.say(f"zurückgezogen: {release.sha256}")
        if removed:
            self.tools.copies.forget()
        return list(removed)

    def ask(self) -> int:
        """The result of sittings that are over."""
        asked = actions.reminders.enqueue_result_requests(
            self.db, self.tools.calendar, self.tools.clock()
        )
        if asked:
            self.say(f"nach Sitzungen gefragt: {asked}")
        return asked

    def remind(self) -> int:
        """The reminders that are due; looked for once a minute, as are uploads that are too old. What the
        server has not taken yet respects days off."""
        now, calendar = self.tools.clock(), self.tools.calendar
        actions.reminders.defer_unsent(self.db, calendar, now)
        if self.looked_at and abs(now - self.looked_at) < REMINDER_INTERVAL:
            return 0
        owed = actions.reminders.enqueue_reminders(
            self.db, calendar, now
        ) + actions.mail.enqueue_digests(self.db, calendar, now)
        self.looked_at = now
        actions.member_import.delete_old_previews(self.db, now)
        if owed:
            self.say(f"Erinnerungen und Wochenübersichten: {owed}")
        return owed

    def code(self) -> int:
        """The short codes of new links; before the mail that names them."""
        return actions.short_codes.save_missing_codes(
            self.db, self.tools.links.key_name, self.tools.links.code_digest
        )

    def print(self, round_id: int | None = None) -> int:
        """One PDF that is due (of one round, if given)."""
        tools = self.tools
        made = actions.prints.print_next(
            self.db,
            self.name,
            self.others(),
            tools.print_pdf,
            tools.archive.keep,
            self.settings.base_url,
            tools.clock,
            round_id,
            tools.attach,
            tools.sealing,
            self.note,
        )
        if made:
            self.say(
                f"gedruckt: {'Entwurf' if made.kind == 'draft' else 'Dokument'} zu Verfahren {made.round_id}"
            )
        return 1 if made else 0

    def try_print(self) -> int:
        """One draft before its round is opened."""
        tools, base_url = self.tools, self.settings.base_url
        made = actions.papers.print_trial(
            self.db,
            self.name,
            self.others(),
            tools.print_pdf,
            tools.archive.keep,
            base_url,
            tools.clock,
        )
        if made:
            self.say("gedruckt: Probedruck")
        return 1 if made else 0

    def note(self, print_id: int, progress: int) -> None:
        """How far a print is. The press tells it in a thread of its own, so this has a connection of its own."""
        db = connect(self.settings.database)
        try:
            actions.prints.save_progress(db, print_id, progress)
        except OperationalError as problem:  # nobody but a watcher misses it
            self.say(f"Fortschritt nicht vermerkt: {problem}")
        finally:
            db.close()

    def deliver(self) -> int:
        """One batch of mail."""
        tools = self.tools
        sent = actions.mail.deliver_batch(
            self.db,
            self.name,
            self.others(),
            tools.compose,
            tools.post,
            tools.clock,
            self.told,
            self.pace,
        )
        if sent:
            self.say(
                f"E-Mails bearbeitet: {sent}, es stehen aus: {store.outbox.count_totals(self.db)['owed']}"
            )
        return sent

    def others(self) -> set[str]:
        """The other workers that live. What is claimed in our own name is left over from a try that failed."""
        return list_live_workers(self.folder) - {self.name}

    def others_busy(self) -> bool:
        others = self.others()
        return any(
            count(self.db, self.name, others)
            for count in (
                store.outbox.count_claimed_by_others,
                store.releases.count_prints_claimed_by_others,
                store.papers.count_trial_prints_claimed_by_others,
            )
        )


def list_live_workers(folder: Path) -> set[str]:
    """The names of the workers that live; files of dead ones are cleared away."""
    return {
        path.name for path in folder.iterdir() if not path.name.startswith(".") and is_alive(path)
    }


def is_alive(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(handle)
