"""Tell other programs what has happened, in the order of the audit log."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.rounds import Round
from signoff.domain.webhooks import RETRIES, Webhook, WebhookError, build_message, find_type
from signoff.store.connection import transaction, wait_for_disk
from signoff.store.rows import RowNotFound

# Posts a message to an address under an id. Raises ``WebhookError``.
Post = Callable[[str, str, bytes], None]


def deliver_next(db: Database, url: str, post: Post, base_url: str, now: datetime) -> bool:
    """Tell the address about the next entry; returns whether anything was done.

    A new address gets what happens from now on. What is not public yet waits; opening and
    closing of a round whose draft is not public are never reported.
    """
    webhook = store.webhooks.find(db, url)
    if webhook is None:
        with transaction(db):
            store.webhooks.save(db, Webhook(url, store.audit.get_latest(db).seq))
        return True
    if webhook.next_try_at and webhook.next_try_at > now:
        return False
    entry = store.webhooks.find_next_entry(db, webhook.last_entry)
    if entry is None:
        return False
    round = find_round(db, entry)
    message_type = find_type(entry, round.terms) if round else None
    if round is None or message_type is None:
        with transaction(db):
            store.webhooks.save(db, Webhook(url, entry.seq))
        return True
    if entry.event is Event.ROUND_OPENED and not round.is_announced(now):
        return False  # it can be recalled until then
    edition = store.papers.get_edition(db, round.edition_id)
    message = build_message(message_type, entry, edition, f"{base_url}/papers/{edition.slug}")
    error = ""
    wait_for_disk(db)  # a power cut undoes nothing that has been reported
    try:
        post(url, f"signoff-{entry.seq}", json.dumps(message, ensure_ascii=False).encode())
    except WebhookError as problem:
        error = str(problem)
    record_attempt(db, webhook, entry, error, now)
    return True


def record_attempt(
    db: Database, webhook: Webhook, entry: DetailedEntry, error: str, now: datetime
) -> None:
    """Go on to the next entry after a success or the last retry; otherwise wait."""
    given_up = bool(error) and webhook.attempts == len(RETRIES)
    with transaction(db):
        if store.webhooks.find(db, webhook.url) != webhook:
            return  # another worker has posted it meanwhile
        if error and not given_up:
            waiting = replace(
                webhook,
                attempts=webhook.attempts + 1,
                next_try_at=now + RETRIES[webhook.attempts],
            )
            store.webhooks.save(db, waiting)
            return

        store.webhooks.save(db, Webhook(webhook.url, entry.seq))
        store.audit.record(
            db,
            Event.WEBHOOK_GIVEN_UP if given_up else Event.WEBHOOK_SENT,
            "worker",
            "association",
            now,
            host=urlsplit(webhook.url).hostname,
            about=entry.seq,
            **({"error": error} if error else {}),
        )


def find_round(db: Database, entry: DetailedEntry) -> Round | None:
    """The round of an entry; ``None`` if it was recalled."""
    kind, _, id = entry.subject.partition("/")
    try:
        round_id = store.rounds.get_invitation(db, int(id)).round_id if kind == "invitation" else id
        return store.rounds.get(db, int(round_id))
    except RowNotFound:
        return None
