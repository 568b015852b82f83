"""Accepted names go into the member list, or are left out of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import transaction
from signoff.store.member_names import NameOffer

# ``chosen`` are pairs of the id of an invitation and the name that was displayed. A pair that is
# not offered any more is skipped, so a second call changes nothing.


def take_names(db: Database, chosen: Collection[tuple[int, str]], actor: str, now: datetime) -> int:
    """Write these names into the member list; returns how many.

    Rounds that are over keep the names they ended with.
    """
    with transaction(db):
        offers = list_chosen(db, chosen)
        store.members.freeze(db, now)
        for offer in offers:
            member = store.members.get(db, offer.member_id)
            store.members.save(db, replace(member, official_name=offer.name))
            fields = [["official_name", member.official_name, offer.name]]
            record(db, Event.MEMBER_CHANGED, offer, actor, now, fields=fields)
    return len(offers)


def keep_names(db: Database, chosen: Collection[tuple[int, str]], actor: str, now: datetime) -> int:
    """Leave the member list as it is; returns how many names are offered no more."""
    with transaction(db):
        offers = list_chosen(db, chosen)
        for offer in offers:
            record(db, Event.MEMBER_NAME_KEPT, offer, actor, now, official_name=offer.name)
    return len(offers)


def list_chosen(db: Database, chosen: Collection[tuple[int, str]]) -> list[NameOffer]:
    offers = store.member_names.list_offers(db)
    return [offer for offer in offers if (offer.invitation_id, offer.name) in chosen]


def record(
    db: Database, event: Event, offer: NameOffer, actor: str, now: datetime, **details: object
) -> None:
    subject = f"member/{offer.member_id}"
    entry = store.audit.record(db, event, actor, subject, now, **details)
    store.member_names.settle(db, offer, entry.seq)
