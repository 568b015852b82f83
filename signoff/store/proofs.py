"""Proofs read from the journal: a few rows for each level of the tree, however long the chain."""

import json
from functools import cache

from sqlite_utils import Database

from signoff.domain.audit import Entry
from signoff.domain.proofs import Tree
from signoff.domain.receipt import Inclusion, Proof
from signoff.store import audit
from signoff.store.rows import row

DETAILS = "SELECT salt, details FROM audit_details WHERE seq = :seq"


def of(db: Database, seq: int) -> Proof:
    """The proof of line ``seq``, which is in the journal, against the journal as it stands now."""

    @cache
    def entry(number: int) -> Entry:
        found = audit.get(db, number)
        assert found, f"line {number} is missing"
        return found

    last = audit.last(db)
    assert last
    told = row(db, DETAILS, {"seq": seq})
    now = Tree(entry, last.seq)
    return Proof(
        entry=entry(seq),
        details=json.loads(told["details"]) if told and told["details"] else None,
        details_salt=bytes(told["salt"]).hex() if told and told["salt"] else "",
        then=inclusion(Tree(entry, seq), seq),
        now=inclusion(now, seq),
        consistency=tuple(each.hex() for each in now.consistency(seq)),
    )


def inclusion(tree: Tree, seq: int) -> Inclusion:
    return Inclusion(tree.size, tree.entry(tree.size).root, tuple(each.hex() for each in tree.inclusion(seq - 1)))
