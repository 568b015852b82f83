"""Mail digests to staff, and change one's own subscriptions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.accounts import record_change
from signoff.domain.accounts import Account
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.reminders import Calendar
from signoff.domain.subscriptions import (
    MAX_NEWS_AGE,
    Frequency,
    StoredDigest,
    Subscription,
    Topic,
    get_default,
    is_due,
    list_choices,
    select_news,
)
from signoff.store.connection import transaction
from signoff.store.subscriptions import LatestDigest


def enqueue_digests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Enqueue a digest of each frequency that is due for every account with news.

    Returns how many.

    A digest waits as long as an earlier one of its frequency has not been sent, so that the news of
    an outage come as one mail.
    """
    zone, count = store.association.get(db).zone, 0
    for account in store.accounts.list_all(db):
        if not account.is_active:
            continue
        subscriptions = store.subscriptions.list_for_account(db, account.id)
        for frequency in (Frequency.AT_ONCE, Frequency.DAILY, Frequency.WEEKLY):
            chosen = [
                each for each in subscriptions if each.get_frequency(account.role) is frequency
            ]
            latest = store.subscriptions.find_latest(db, account.id, frequency)
            if (
                chosen
                and not latest.is_waiting
                and is_due(frequency, latest.created_at, now, zone, calendar)
            ):
                count += enqueue_digest(db, account, frequency, chosen, latest, now)
    return count


def enqueue_digest(
    db: Database,
    account: Account,
    frequency: Frequency,
    subscriptions: list[Subscription],
    latest: LatestDigest,
    now: datetime,
) -> int:
    """Enqueue one digest about these subscriptions, or move on if there are no news; returns how
    many were enqueued.
    """
    last_entries = {each.topic: each.last_entry for each in subscriptions}
    seq = store.audit.get_latest(db).seq
    with_rounds = Topic.STANDING in last_entries and bool(
        store.subscriptions.list_round_digests(db, now)
    )
    if seq == min(last_entries.values()) and not with_rounds:
        return 0
    with transaction(db):
        if store.subscriptions.find_latest(db, account.id, frequency) != latest:
            return 0  # another worker was faster
        seq = store.audit.get_latest(db).seq
        entries = store.subscriptions.list_new_entries(
            db, min(last_entries.values()), max(account.created_at, now - MAX_NEWS_AGE)
        )
        news = select_news(entries, last_entries, account)
        store.subscriptions.save(db, [replace(each, last_entry=seq) for each in subscriptions])
        if not (news or with_rounds):
            return 0
        numbers = tuple(entry.seq for entry in news)
        digest = store.subscriptions.add_digest(
            db, StoredDigest(0, account.id, frequency, numbers, with_rounds, now)
        )
        store.outbox.enqueue_for_accounts(db, MailKind.DIGEST, [account.id], digest.id, now)
    return 1


def change(
    db: Database, account: Account, choices: Mapping[Topic, Frequency], now: datetime
) -> bool:
    """Save the account's subscriptions; returns whether they have changed.

    A topic that was off reports from now on. A choice that equals the default of the role follows
    it.
    """
    for topic, frequency in choices.items():
        if frequency not in list_choices(topic):
            raise Refusal(Reason.NOT_A_CHOICE, str(topic))
    with transaction(db):
        seq, changed = store.audit.get_latest(db).seq, []
        for subscription in store.subscriptions.list_for_account(db, account.id):
            before = subscription.get_frequency(account.role)
            after = choices.get(subscription.topic, before)
            if after is before:
                continue
            is_default = after is get_default(account.role, subscription.topic)
            changed.append(
                replace(
                    subscription,
                    frequency=None if is_default else after,
                    last_entry=seq if before is Frequency.NEVER else subscription.last_entry,
                )
            )
        if changed:
            store.subscriptions.save(db, changed)
            topics = [[each.topic, each.frequency or "default"] for each in changed]
            record_change(db, account.id, "subscriptions", now, topics=topics)
    return bool(changed)
