"""Proofs computed from the stored peaks are those of RFC 6962."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from signoff.domain import audit
from signoff.domain.audit import AuditEntry, Event, MerkleTree
from signoff.exports import check_receipt
from tests.merkle import compute_inclusion_path

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)
LONGEST = 40


def chain(length: int) -> list[AuditEntry]:
    """Entries as the store writes them."""
    entries: list[AuditEntry] = []
    for seq in range(1, length + 1):
        before = audit.split_peaks(entries[-1].peaks) if entries else []
        entry = AuditEntry(
            seq,
            NOW,
            Event.ANSWERED,
            "link/1",
            f"invitation/{seq}",
            "d" * 64,
            bytes([seq]) * 16,
            b"",
        )
        peaks = b"".join(audit.append_leaf(before, seq - 1, entry.leaf))
        entries.append(
            AuditEntry(*(getattr(entry, name) for name in AuditEntry.__slots__[:-1]), peaks)
        )
    return entries


LINES = chain(LONGEST)
LEAVES = [line.leaf for line in LINES]


def tree(size: int) -> MerkleTree:
    return MerkleTree(lambda seq: LINES[seq - 1], size)


@pytest.mark.parametrize("size", range(1, LONGEST + 1))
def test_every_entry_has_an_inclusion_path(size: int) -> None:
    for index in range(size):
        path = tree(size).inclusion(index)

        assert path == compute_inclusion_path(LEAVES[:size], index)
        assert (
            check_receipt.compute_root(LEAVES[index], index, size, path).hex()
            == LINES[size - 1].root
        )


@pytest.mark.parametrize("newer", range(1, LONGEST + 1))
def test_older_log_is_a_prefix_of_the_newer_one(newer: int) -> None:
    for older in range(1, newer + 1):
        roots = [bytes.fromhex(LINES[size - 1].root) for size in (older, newer)]
        proof = tree(newer).consistency(older)

        check_receipt.verify_consistency(older, roots[0], newer, roots[1], proof)
        for wrong in ([*proof, b"\0" * 32], proof[1:] if proof else [b"\0" * 32]):
            with pytest.raises(check_receipt.InvalidReceipt):
                check_receipt.verify_consistency(older, roots[0], newer, roots[1], wrong)
        with pytest.raises(check_receipt.InvalidReceipt):
            check_receipt.verify_consistency(
                older, sha256(roots[0]).digest(), newer, roots[1], proof
            )


def test_proof_loads_only_a_few_entries_of_a_long_log() -> None:
    lines = chain(1)
    grown: dict[int, AuditEntry] = {1: lines[0]}
    for seq in range(2, 3001):
        before = audit.split_peaks(grown[seq - 1].peaks)
        bare = AuditEntry(seq, NOW, Event.ANSWERED, "a", "s", "d", seq.to_bytes(16, "big"), b"")
        grown[seq] = AuditEntry(
            *(getattr(bare, name) for name in AuditEntry.__slots__[:-1]),
            b"".join(audit.append_leaf(before, seq - 1, bare.leaf)),
        )
    requested: set[int] = set()

    def entry(seq: int) -> AuditEntry:
        requested.add(seq)
        return grown[seq]

    log_tree = MerkleTree(entry, 3000)
    path = log_tree.inclusion(1234)
    log_tree.consistency(1235)

    assert check_receipt.compute_root(grown[1235].leaf, 1234, 3000, path).hex() == grown[3000].root
    assert len(requested) < 150


def test_leaf_of_a_time_without_microseconds_is_unchanged() -> None:
    line = LINES[0]
    values = (
        NOW.isoformat(timespec="microseconds"),
        "answered",
        "link/1",
        "invitation/1",
        "d" * 64,
    )

    assert line.leaf == audit.hash_entry(1, line.salt, *values)
