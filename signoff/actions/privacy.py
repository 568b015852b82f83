"""Data protection: periods, what they remove, and the data of one person."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.privacy import DataKind, PersonalData, Retention
from signoff.domain.text import parse_email
from signoff.store.connection import transaction
from signoff.store.privacy import NOTHING_SEARCHED, MailSearch

SUBJECT = "privacy"


def set_retention(db: Database, retention: Retention, actor: str, now: datetime) -> None:
    """Set how many months each kind is kept; the same again changes nothing."""
    with transaction(db):
        previous = store.privacy.get_retention(db)
        changed = {kind: months for kind, months in retention.items() if previous[kind] != months}
        if not changed:
            return

        store.privacy.save_retention(db, changed)
        store.audit.record(db, Event.RETENTION_CHANGED, actor, SUBJECT, now, **changed)


def remove_due(db: Database, actor: str, now: datetime) -> Mapping[DataKind, int]:
    """Remove what is older than its period; nothing is recorded where nothing is due."""
    if not any(store.privacy.count_due(db, now).values()):
        return {}
    with transaction(db):
        counts = store.privacy.remove_due(db, now)
        if any(counts.values()):
            store.audit.record(db, Event.DATA_EXPIRED, actor, SUBJECT, now, removed=counts)
    return counts


def export_person(db: Database, text: str, actor: str, now: datetime) -> PersonalData:
    """Everything stored about a person; the log says that it was given out, not about whom.

    Refuses an address that nothing is stored about.
    """
    data = find_person(db, text)  # it reads all kept mails: nobody's answer waits for that
    with transaction(db):
        store.audit.record(db, Event.PERSON_EXPORTED, actor, SUBJECT, now)
    return data


AddressDigests = Callable[[str], Sequence[str]]  # ``TokenSigner.address_digests``


def erase_person(
    db: Database, text: str, digests: AddressDigests, actor: str, now: datetime
) -> PersonalData:
    """Erase a person; returns what there was, with what remains. The log keeps a keyed digest of
    the address, so that the erasure can be repeated in a backup.

    Refuses an address that nothing is stored about, and one whose account is not disabled.
    """
    mails = store.privacy.search_mails(db, parse_address(text))
    with transaction(db):
        data = find_person(db, text, mails)
        if store.privacy.has_enabled_account(db, data.email):
            raise Refusal(Reason.ACCOUNT_IN_USE, "email", email=data.email)

        erase(db, data.email, digests(data.email)[0], mails, actor, now)
    return data


def erase(
    db: Database, email: str, digest: str, mails: MailSearch, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the erasure and its entry."""
    counts = store.privacy.erase(db, email, now, mails)
    store.audit.record(db, Event.PERSON_ERASED, actor, SUBJECT, now, removed=counts, person=digest)


def find_person(db: Database, text: str, mails: MailSearch = NOTHING_SEARCHED) -> PersonalData:
    """Everything stored about the person with this address; refuses if there is nothing."""
    email = parse_address(text)
    data = store.privacy.collect(db, email, mails)
    if not data.is_known:
        raise Refusal(Reason.PERSON_UNKNOWN, "email", email=email)
    return data


def parse_address(text: str) -> str:
    email = parse_email(text.strip())
    if email is None:
        raise Refusal(Reason.NOT_AN_ADDRESS, "email", text=text)
    return email


def remove_files(db: Database, remove: Callable[[str, str], None], now: datetime) -> int:
    """Remove the files that have been erased, which may be repeated; how many there were."""
    due = store.privacy.list_files_to_remove(db)
    for sha256, file_type in due:
        remove(sha256, file_type)
    if due:
        with transaction(db):
            for sha256, _ in due:
                store.privacy.mark_removed(db, sha256, now)
    return len(due)
