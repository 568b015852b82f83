"""Short codes of links: stored as keyed digests, by which the link of an entered code is found."""

from collections.abc import Callable, Sequence

from sqlite_utils import Database

from signoff import store
from signoff.domain.rounds import Link
from signoff.store.connection import transaction

BATCH_SIZE = 500  # links in one transaction


def save_missing_codes(db: Database, key: str, digest: Callable[[str, int], str]) -> int:
    """Save the code of open links that have none under the key called ``key``.

    Returns how many were saved.

    The worker does this, not the action that adds a link: so a new key gives all open links new
    codes, and a worker that was killed continues where it stopped.
    """
    links = store.rounds.list_links_without_code(db, key, BATCH_SIZE)
    if links:
        digests = [(link, digest(link.public_id, link.generation)) for link in links]
        with transaction(db):
            store.rounds.save_short_codes(db, key, digests)
    return len(links)


def find_link(db: Database, digests: Sequence[str]) -> Link | None:
    """The open link with this code.

    ``None`` if there is none, or if (rarely) two links share the code.
    """
    links = store.rounds.list_links_by_code(db, digests)
    return links[0] if len(links) == 1 else None
