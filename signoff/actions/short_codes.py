"""Short codes: kept as keyed digests, so that a typed one finds its link."""

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from signoff import store
from signoff.domain.rounds import Link
from signoff.store.connection import transaction

BATCH_SIZE = 500  # links coded in one transaction


def save_missing_codes(db: Database, key: str, digest: Callable[[str, int], str]) -> int:
    """Keep the code of every open link that has none under the key called ``key`` yet; gives how many.

    Asked of the tables and not done when a link is made: so a new key codes all open links anew, and a worker that
    was killed goes on where it stopped.
    """
    links = store.rounds.list_links_without_code(db, key, BATCH_SIZE)
    if links:
        digests = [(link, digest(link.public_id, link.generation)) for link in links]
        with transaction(db):
            store.rounds.save_short_codes(db, key, digests)
    return len(links)


def find_link(db: Database, digests: Sequence[str]) -> Link | None:
    """The one open link a typed code belongs to; ``None`` for no link, and for the rare code two links share."""
    found = store.rounds.list_links_by_code(db, digests)
    return found[0] if len(found) == 1 else None
