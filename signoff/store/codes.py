"""Short codes, kept as keyed digests: which link a typed code belongs to."""

import json
from collections.abc import Sequence

from sqlite_utils import Database

from signoff.domain.invitation import Link
from signoff.store.invitations import link_of
from signoff.store.rows import rows, run_many

# Links that can be mailed and have no code yet under the key that signs now: new ones, renewed ones, after a new key.
WITHOUT = """
SELECT links.* FROM links
WHERE ended_at IS NULL AND email <> '' AND NOT EXISTS (
  SELECT 1 FROM short_codes
  WHERE link_id = links.id AND short_codes.generation = links.generation AND short_codes.key = :key)
ORDER BY id LIMIT :most
"""
INSERT = """
INSERT INTO short_codes ( link_id,  generation,  key,  digest)
VALUES                  (:link_id, :generation, :key, :digest)
ON CONFLICT DO NOTHING
"""
FIND = """
SELECT DISTINCT links.* FROM short_codes JOIN links ON links.id = link_id AND links.generation = short_codes.generation
WHERE digest IN (SELECT value FROM json_each(:digests)) AND ended_at IS NULL
"""


def links_without(db: Database, key: str, most: int) -> list[Link]:
    """Up to ``most`` open links whose code under the key called ``key`` is not kept yet."""
    return [link_of(each) for each in rows(db, WITHOUT, {"key": key, "most": most})]


def keep(db: Database, key: str, digests: Sequence[tuple[Link, str]]) -> None:
    """Keep the digest of each link's code under the key called ``key``."""
    given = [
        {"link_id": link.id, "generation": link.generation, "key": key, "digest": digest} for link, digest in digests
    ]
    run_many(db, INSERT, given)


def find(db: Database, digests: Sequence[str]) -> list[Link]:
    """The open links, in their present generation, whose code has one of these digests."""
    return [link_of(each) for each in rows(db, FIND, {"digests": json.dumps(list(digests))})]
