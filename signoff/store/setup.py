"""The measured state of an association's set-up."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.accounts import Role
from signoff.domain.audit import AuditQuery, Event
from signoff.domain.setup import Setup
from signoff.store import accounts, association, audit, outbox
from signoff.store.rows import fetch_all, fetch_value

LIST_LANGUAGES = """
SELECT DISTINCT representatives.language FROM representatives JOIN members ON members.id = representatives.member_id
WHERE representatives.language <> '' AND members.archived_at IS NULL AND representatives.archived_at IS NULL ORDER BY 1
"""
HAS_SENT_MAIL = """
SELECT EXISTS (SELECT 1 FROM outbox WHERE sent_at IS NOT NULL AND bounced_at IS NULL AND server <> '')
    OR EXISTS (SELECT 1 FROM accepted_mail)
"""
COUNT_MEMBERS = "SELECT COUNT(*) FROM members WHERE archived_at IS NULL"
HAS_ROUNDS = "SELECT EXISTS (SELECT 1 FROM rounds WHERE opened_at IS NOT NULL)"


def load(db: Database) -> Setup:
    ours = association.get(db)
    spoken = [row["language"] for row in fetch_all(db, LIST_LANGUAGES)]
    refused = [outage for outage in outbox.list_outages(db) if outage.is_refused]
    editors = [
        account
        for account in accounts.list_all(db)
        if account.is_active and account.role is not Role.VIEWER
    ]
    return Setup(
        ours,
        tuple(dict.fromkeys([ours.language, *spoken])),
        tuple(association.list_legal_texts(db)),
        has_sent_mail=bool(fetch_value(db, HAS_SENT_MAIL)),
        mail_refused=refused[0].diagnostic if refused else "",
        editor_count=len(editors),
        member_count=int(fetch_value(db, COUNT_MEMBERS)),
        has_rounds=bool(fetch_value(db, HAS_ROUNDS)),
        trial_held_at=find_last_trial_round(db),
    )


def find_last_trial_round(db: Database) -> datetime | None:
    """When the last trial round was deleted that had been answered and closed."""
    ended = audit.list_detailed_entries(
        db, most=-1, query=AuditQuery(event=Event.TRIAL_ROUND_ENDED)
    )
    held = (
        entry.at
        for entry in ended
        if (details := entry.details) and details["answers"] and details["closed"]
    )
    return next(held, None)
