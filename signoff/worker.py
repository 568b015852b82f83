"""The background worker: closing rounds, reminders, printing, publishing, removing, delivering
mail.

There is no job queue: the worker polls the tables for due work. It may be killed at any instant. As
long as it lives, it holds a lock on a file with its name, so that other workers see whose claimed
rows they can take over at once.
"""

import fcntl
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from signoff import actions, backups, store, trial_rounds
from signoff.backups import BackupError
from signoff.config import Settings, SettingsError, SettingsFile, take_over_mail_settings
from signoff.domain.delivery import Outage, RateLimit
from signoff.domain.errors import Busy
from signoff.domain.mail import OutboxMessage
from signoff.domain.releases import Print
from signoff.moments import find_jump, save_beat
from signoff.services import Services, build_services, with_mail_settings
from signoff.standby import StandbyError
from signoff.store.connection import OperationalError, connect

IDLE_INTERVAL = 1.0  # seconds between two polls when nothing was due
REMINDER_INTERVAL = timedelta(minutes=1)  # between two checks for reminders
PRIVACY_INTERVAL = timedelta(days=1)  # between two runs of the retention periods
PUBLISH_INTERVAL = timedelta(minutes=10)  # between two runs, unless something was released
PUBLISH_RETRY = timedelta(minutes=1)  # after a failed run with a release; longer after several
PUBLISH_TIMEOUT = 600.0  # seconds until a run that hangs is killed: all else waits for it
RENEWAL_INTERVAL = timedelta(hours=1)  # between two looks at the timestamps of released files
MAILBOX_INTERVAL = 300.0  # seconds between two readings of the mailbox
BACKUP_INTERVAL = 60.0  # seconds between two looks whether a backup is due
POLL_INTERVAL = 0.1  # seconds between two checks of what other workers still claim


class Worker:
    """One worker of an instance, to be used as a context manager.

    ``say`` gets a message of the catalogues with its facts for each step that did something,
    ``on_attempt`` each message that was attempted, ``on_pause`` each mail server that is left
    alone, and ``on_print_step`` the number of finished steps of a print.
    """

    def __init__(
        self,
        settings: Settings,
        db: Database,
        services: Services,
        say: Callable[..., None] = lambda message, **facts: None,
        on_attempt: Callable[[OutboxMessage], None] = lambda message: None,
        on_pause: Callable[[Outage], None] = lambda outage: None,
        on_print_step: Callable[[int], None] = lambda step: None,
        publish: Callable[[Settings], None] | None = None,
    ):
        self.settings, self.db, self.services = settings, db, services
        self.say, self.on_attempt, self.on_pause = say, on_attempt, on_pause
        self.on_print_step = on_print_step
        self.publish = publish or publish_pages
        self.published_at: datetime | None = None
        self.published_state: tuple[int, date] | None = None
        self.publishes_at_once = False  # something was released or retracted since the last run
        self.failed_publishes = 0  # in a row
        self.reported_outages: set[Outage] = set()
        self.reported_jump: datetime | None = None
        self.is_waiting_for_copy = False
        self.settings_file = SettingsFile(settings.instance)
        self.rate_limit = RateLimit(settings.mail_rate_limit, settings.mail_rate_limit_domain)
        self.folder = settings.instance / "workers"
        self.name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.reminders_checked_at: datetime | None = None
        self.privacy_checked_at: datetime | None = None
        self.timestamps_checked_at: datetime | None = None

    def __enter__(self) -> "Worker":
        self.folder.mkdir(mode=0o700, exist_ok=True)
        unlocked = self.folder / f".{self.name}"
        self.lock = os.open(unlocked, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        unlocked.rename(self.folder / self.name)  # others see the file only once it is locked
        return self

    def __exit__(self, *_: object) -> None:
        (self.folder / self.name).unlink(missing_ok=True)
        os.close(self.lock)

    def run_once(self) -> None:
        """Work until nothing is due and no other live worker claims a row."""
        while True:
            others = self.list_others()
            if not self.run_due_steps():
                # A worker that died since the rows were read may have left some of them to this
                # one.
                unchanged = self.list_others() == others
                if (
                    unchanged
                    and not self.are_others_busy()
                    and not actions.mail.is_rate_limited(
                        self.db, self.services.send_mail, self.rate_limit, self.services.clock()
                    )
                ):
                    return
                time.sleep(POLL_INTERVAL)

    def run_forever(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; the step that is running is finished first."""
        # Threads of their own: a mailbox that does not answer holds nothing else up, nor a backup.
        for step, interval in (
            (self.read_mailbox, MAILBOX_INTERVAL),
            (self.back_up, BACKUP_INTERVAL),
        ):
            arguments = (step, interval, stop)
            threading.Thread(target=self.repeat, args=arguments, daemon=True).start()
        while not stop.is_set():
            try:
                count = self.run_due_steps(stop)
            # The disk is full, for instance: transactions are rolled back, and it may pass.
            except (OperationalError, OSError) as problem:
                self.say("unterbrochen: %(problem)s", problem=problem)
                count = 0
            if not count:
                stop.wait(IDLE_INTERVAL)

    def repeat(
        self, step: Callable[[Database], None], interval: float, stop: threading.Event
    ) -> None:
        """Take a step again and again, on a connection of its own; ``interval`` is in seconds."""
        while not stop.is_set():
            try:
                with closing(connect(self.settings.database)) as db:
                    step(db)
            except Exception as problem:  # noqa: BLE001 (an odd answer of a server, for instance)
                self.say("unterbrochen: %(problem)s", problem=problem)
            stop.wait(interval)

    def read_mailbox(self, db: Database) -> None:
        """Read what came back, where a mailbox is set."""
        if not self.settings.imap_url:
            return
        count = actions.mail.read_mailbox(db, self.services).total()
        if count:
            self.say("aus dem Postfach gelesen: %(count)s", count=count)

    def back_up(self, db: Database) -> None:
        """Make the backup of the night, where a folder is set, unless another worker does."""
        now, state = self.services.clock(), backups.load_state(self.settings.instance)
        if not self.settings.backup or not state.is_due(now, store.association.get(db).zone):
            return
        try:
            proof = backups.back_up(self.settings, db, now)
        except Busy:
            return
        except BackupError as problem:
            self.say("keine Sicherung: %(problem)s", problem=problem)
            return
        self.say("gesichert und durch Einspielen geprüft: %(size)s Bytes", size=proof.size)

    def run_due_steps(self, stop: threading.Event | None = None) -> int:
        """Run every step that is due; returns how much was done.

        A step that cannot write its file (the archive is not there, for instance) holds up no other
        one; the first such ``OSError`` is raised at the end.
        """
        problems: list[OSError] = []

        def attempt(step: Callable[[], int]) -> int:
            try:
                return step()
            except OSError as problem:
                problems.append(problem)
                return 0

        self.take_over_settings()
        removed = attempt(self.remove_retracted)
        self.publishes_at_once |= removed > 0
        count = removed + self.answer_link_requests()
        steps = [self.save_short_codes, self.deliver_mail, self.deliver_webhooks]
        is_on_time = self.beat()
        if is_on_time:
            count += self.close_rounds()
            released = attempt(self.publish_releases)
            renewed = attempt(self.renew_timestamps)
            self.publishes_at_once |= released + renewed > 0
            count += (
                released
                + renewed
                + self.enqueue_result_requests()
                + self.enqueue_reminders()
                + attempt(self.remove_expired_data)
            )
            steps.insert(1, self.print_next)
        if (
            is_on_time or self.publishes_at_once
        ) and self.is_copied():  # a retraction waits for no clock
            count += attempt(self.write_public_pages)
        for step in steps:
            while not (stop and stop.is_set()) and (finished := attempt(step)):
                count += finished
                self.beat()
        count += self.work_for_trial_round(stop)
        if problems:
            raise problems[0]
        return count

    def beat(self) -> bool:
        """Tell those who watch that this worker goes on.

        False if the clock has jumped: then nothing happens that only time has caused and that
        cannot be undone, until the office says that the clock is right.
        """
        now, instance = self.services.clock(), self.settings.instance
        known = find_jump(instance, store.health.find_latest_moment(self.db), now)
        if known is None or self.settings.is_trial_round:  # whose clock is put forward
            with suppress(OSError):  # on a full disk: what happened is not affected
                save_beat(instance, now)
            self.reported_jump = None
            return True
        if known != self.reported_jump:
            self.say(
                "Die Uhr zeigt %(now)s UTC, der letzte bekannte Zeitpunkt ist %(known)s UTC. Bis die Geschäftsstelle "
                "auf der Übersicht bestätigt, dass die Uhr stimmt, wird nichts geschlossen, gedruckt, erinnert oder "
                "gelöscht, und keine E-Mail über eine geplante Veröffentlichung gesandt. Auf den öffentlichen Seiten "
                "steht die Veröffentlichung trotzdem ab ihrer Stunde.",
                now=f"{now:%Y-%m-%d %H:%M}",
                known=f"{known:%Y-%m-%d %H:%M}",
            )
            self.reported_jump = known
        return False

    def is_copied(self) -> bool:
        """Whether the second machine, if there is one, has everything; until then nothing of it
        is mailed or published.
        """
        try:
            self.services.wait_for_copy(store.audit.get_length(self.db))
        except StandbyError as problem:
            if not self.is_waiting_for_copy:
                self.say("wartet auf den zweiten Rechner: %(problem)s", problem=problem)
            self.is_waiting_for_copy = True
            return False
        self.is_waiting_for_copy = False
        return True

    def work_for_trial_round(self, stop: threading.Event | None) -> int:
        """The same for the running trial round, which is an instance of its own.

        It may be deleted meanwhile; nothing that goes wrong in it stops this worker.
        """
        trial = trial_rounds.find(self.settings)
        trial_rounds.remove_ended(self.settings)
        if trial is None:
            return 0
        services = replace(
            build_services(trial.settings),
            **trial_rounds.build_replacements(trial, self.settings, self.services),
        )
        try:
            with (
                closing(connect(trial.settings.database)) as db,
                Worker(trial.settings, db, services, self.say) as worker,
            ):
                return worker.run_due_steps(stop)
        except Exception as problem:  # noqa: BLE001
            self.say("Probeverfahren unterbrochen: %(problem)s", problem=problem)
            return 0

    def take_over_settings(self) -> None:
        """Use what was saved about mail since; a file that cannot be used changes nothing."""
        if not self.settings_file.has_changed():
            return
        try:
            settings = take_over_mail_settings(self.settings)
            self.services = with_mail_settings(self.services, settings)
        except SettingsError as problem:
            self.say("Einstellungen nicht übernommen: %(problem)s", problem=problem)
            return
        self.settings = settings
        self.rate_limit = RateLimit(settings.mail_rate_limit, settings.mail_rate_limit_domain)
        actions.mail.clear_outages(self.db)
        self.say("Einstellungen für E-Mails übernommen")

    def close_rounds(self) -> int:
        closed = actions.rounds.close_due(self.db, self.services.clock())
        for round in closed:
            self.say("geschlossen: Verfahren %(id)s", id=round.id)
        return len(closed)

    def publish_releases(self) -> int:
        if not self.is_copied():
            return 0
        published = actions.releases.publish_due(
            self.db, self.services.archive.publish, self.services.clock()
        )
        for release in published:
            self.say("veröffentlicht: %(sha256)s", sha256=release.sha256)
        return len(published)

    def renew_timestamps(self) -> int:
        """Once an hour: give released files a new timestamp before the last one runs out."""
        now, checked_at = self.services.clock(), self.timestamps_checked_at
        if (checked_at and abs(now - checked_at) < RENEWAL_INTERVAL) or not self.is_copied():
            return 0
        self.timestamps_checked_at = now
        renewed = actions.renewals.renew_due(
            self.db, self.services.archive, self.services.sealing, now
        )
        for release in renewed:
            self.say("Zeitstempel erneuert: %(sha256)s", sha256=release.sha256)
        for failed, title in store.renewals.list_failed(self.db):
            if failed.failed_at == now:
                self.say(
                    "Zeitstempel nicht erneuert: „%(title)s“: %(problem)s",
                    title=title,
                    problem=failed.error,
                )
        return len(renewed)

    def remove_retracted(self) -> int:
        """Remove the files of retracted releases and their cached copies."""
        removed = actions.releases.remove_retracted_files(
            self.db, self.services.archive.remove_release, self.services.clock()
        )
        for release in removed:
            self.say("zurückgezogen: %(sha256)s", sha256=release.sha256)
        if removed:
            self.services.render_cache.clear()
        return len(removed)

    def write_public_pages(self) -> int:
        """Write the public pages as files, where a folder is set and something or the day is new:
        at once after a release or retraction, else after a while.
        """
        if not self.settings.publish:
            return 0
        now = self.services.clock()
        state = store.audit.get_length(self.db), now.date()
        interval = PUBLISH_INTERVAL
        if self.publishes_at_once:
            interval = PUBLISH_RETRY * (2 ** min(self.failed_publishes, 3) - 1)
        is_due = self.published_at is None or abs(now - self.published_at) >= interval
        if not is_due or state == self.published_state:
            return 0
        self.published_at = now
        self.failed_publishes += 1
        try:
            self.publish(self.settings)
        except (OSError, subprocess.SubprocessError) as problem:
            words = isinstance(problem, subprocess.CalledProcessError) and problem.stderr
            words = words or problem
            self.say("öffentliche Seiten nicht geschrieben: %(problem)s", problem=words)
            return 0
        self.published_state = state
        self.publishes_at_once, self.failed_publishes = False, 0
        self.say("öffentliche Seiten geschrieben: %(folder)s", folder=self.settings.publish)
        return 1

    def answer_link_requests(self) -> int:
        lifetime = timedelta(days=self.settings.link_lifetime_days)
        return actions.link_requests.answer_requests(self.db, lifetime, self.services.clock())

    def enqueue_result_requests(self) -> int:
        count = actions.reminders.enqueue_result_requests(
            self.db, self.services.calendar, self.services.clock()
        )
        if count:
            self.say("nach Sitzungen gefragt: %(count)s", count=count)
        return count

    def enqueue_reminders(self) -> int:
        """Reminders and digests, once a minute; old uploads and applications are deleted.

        Reminders the server has not taken yet are deferred over days off.
        """
        now, calendar = self.services.clock(), self.services.calendar
        actions.reminders.defer_unsent(self.db, calendar, now)
        checked_at = self.reminders_checked_at
        if checked_at and abs(now - checked_at) < REMINDER_INTERVAL:
            return 0
        count = actions.reminders.enqueue_reminders(self.db, calendar, now)
        count += actions.subscriptions.enqueue_digests(self.db, calendar, now)
        self.reminders_checked_at = now
        actions.member_import.delete_old_previews(self.db, now)
        actions.applications.delete_expired(self.db, now)
        if count:
            self.say("Erinnerungen und E-Mails an die Geschäftsstelle: %(count)s", count=count)
        return count

    def remove_expired_data(self) -> int:
        """Once a day: what is older than its period, and the files of what was erased."""
        now = self.services.clock()
        checked_at = self.privacy_checked_at
        if checked_at and abs(now - checked_at) < PRIVACY_INTERVAL:
            return 0
        counts = actions.privacy.remove_due(self.db, "worker", now)
        actions.privacy.remove_files(self.db, self.services.archive.remove_scan, now)
        self.privacy_checked_at = now
        if counts:
            self.services.render_cache.clear()
            self.say("nach Fristablauf gelöscht: %(count)s", count=sum(counts.values()))
        return sum(counts.values())

    def save_short_codes(self) -> int:
        """The short codes of new links; before the mail that names them."""
        return actions.short_codes.save_missing_codes(
            self.db,
            self.services.token_signer.key_name,
            self.services.token_signer.short_code_digest,
        )

    def print_next(self, round_id: int | None = None, edition_id: int | None = None) -> int:
        """Print one PDF that is due, of the round or edition if given; returns how many were
        printed.
        """
        printer = actions.prints.Printer(
            self.db, self.services, self.settings.base_url, self.name, self.save_progress
        )
        document = printer.print_next(self.list_others, round_id, edition_id)
        if document:
            self.say_printed(document)
        return 1 if document else 0

    def say_printed(self, document: Print) -> None:
        if document.round_id is None:
            self.say("gedruckt: Probedruck")
        elif document.is_draft:
            self.say("gedruckt: Entwurf zu Verfahren %(round)s", round=document.round_id)
        else:
            self.say("gedruckt: Dokument zu Verfahren %(round)s", round=document.round_id)

    def save_progress(self, print_id: int, step: int) -> None:
        self.on_print_step(step)
        try:
            actions.prints.save_progress(self.db, print_id, step)
        except OperationalError as problem:  # the print itself is not affected
            self.say("Fortschritt nicht vermerkt: %(problem)s", problem=problem)

    def deliver_mail(self) -> int:
        """Send one batch of mail."""
        if not self.is_copied():
            return 0
        try:
            count = actions.mail.deliver_batch(
                self.db,
                self.services,
                self.name,
                self.list_others,
                on_attempt=self.on_attempt,
                rate_limit=self.rate_limit,
            )
        except StandbyError:  # what was claimed is sent next time
            return 0
        if count:
            pending = store.outbox.count_totals(self.db)["owed"]
            self.say(
                "E-Mails bearbeitet: %(sent)s, es stehen aus: %(pending)s",
                sent=count,
                pending=pending,
            )
        self.report_outages()
        return count

    def deliver_webhooks(self) -> int:
        """Tell each of the other programs about one thing that has happened."""
        if not self.is_copied():
            return 0
        return sum(
            actions.webhooks.deliver_next(
                self.db,
                url,
                self.services.post_webhook,
                self.settings.base_url,
                self.services.clock(),
            )
            for url in self.settings.webhooks.split()
        )

    def report_outages(self) -> None:
        """Report each new pause of a mail server, once."""
        outages = {
            outage
            for outage in store.outbox.list_outages(self.db)
            if outage.is_active(self.services.clock())
        }
        for outage in outages - self.reported_outages:
            self.on_pause(outage)
        self.reported_outages = outages

    def list_others(self) -> set[str]:
        """The other live workers.

        What is claimed under this worker's own name is left over from a failed attempt.
        """
        return list_live_workers(self.folder) - {self.name}

    def are_others_busy(self) -> bool:
        others = self.list_others()
        return any(
            count(self.db, self.name, others)
            for count in (
                store.outbox.count_claimed_by_others,
                store.releases.count_prints_claimed_by_others,
            )
        )


def publish_pages(settings: Settings) -> None:
    """Run ``signoff publish`` in a process of its own: it needs the web application."""
    command = [sys.executable, "-m", "signoff", "publish", settings.publish]
    command += ["--instance", str(settings.instance)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=PUBLISH_TIMEOUT)


def list_live_workers(folder: Path) -> set[str]:
    """The names of the workers that are alive; files of dead ones are deleted."""
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
