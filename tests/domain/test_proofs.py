"""Proofs made from the peaks kept with each line are those of RFC 6962."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from signoff.domain import audit
from signoff.domain.audit import Entry, Event, Tree
from signoff.exports import check_receipt

NOW = datetime(2027, 1, 18, 9, tzinfo=UTC)
LONGEST = 40


def chain(length: int) -> list[Entry]:
    """Lines as the store writes them."""
    made: list[Entry] = []
    for seq in range(1, length + 1):
        before = audit.split(made[-1].peaks) if made else []
        bare = Entry(
            seq,
            NOW,
            Event.ANSWERED,
            "link/1",
            f"invitation/{seq}",
            "d" * 64,
            bytes([seq]) * 16,
            b"",
        )
        peaks = b"".join(audit.grown(before, seq - 1, bare.leaf))
        made.append(Entry(*(getattr(bare, name) for name in Entry.__slots__[:-1]), peaks))
    return made


LINES = chain(LONGEST)
LEAVES = [line.leaf for line in LINES]


def tree(size: int) -> Tree:
    return Tree(lambda seq: LINES[seq - 1], size)


@pytest.mark.parametrize("size", range(1, LONGEST + 1))
def test_every_line_has_its_path_to_the_root(size: int) -> None:
    for index in range(size):
        path = tree(size).inclusion(index)

        assert path == audit.path(LEAVES[:size], index)
        assert check_receipt.climb(LEAVES[index], index, size, path).hex() == LINES[size - 1].root


@pytest.mark.parametrize("newer", range(1, LONGEST + 1))
def test_every_older_chain_is_the_beginning_of_the_newer(newer: int) -> None:
    for older in range(1, newer + 1):
        roots = [bytes.fromhex(LINES[size - 1].root) for size in (older, newer)]
        proof = tree(newer).consistency(older)

        check_receipt.grown(older, roots[0], newer, roots[1], proof)
        for wrong in ([*proof, b"\0" * 32], proof[1:] if proof else [b"\0" * 32]):
            with pytest.raises(check_receipt.Wrong):
                check_receipt.grown(older, roots[0], newer, roots[1], wrong)
        with pytest.raises(check_receipt.Wrong):
            check_receipt.grown(older, sha256(roots[0]).digest(), newer, roots[1], proof)


def test_a_proof_needs_a_few_lines_of_a_long_chain() -> None:
    lines = chain(1)
    grown: dict[int, Entry] = {1: lines[0]}
    for seq in range(2, 3001):
        before = audit.split(grown[seq - 1].peaks)
        bare = Entry(seq, NOW, Event.ANSWERED, "a", "s", "d", seq.to_bytes(16, "big"), b"")
        grown[seq] = Entry(
            *(getattr(bare, name) for name in Entry.__slots__[:-1]),
            b"".join(audit.grown(before, seq - 1, bare.leaf)),
        )
    asked: set[int] = set()

    def entry(seq: int) -> Entry:
        asked.add(seq)
        return grown[seq]

    whole = Tree(entry, 3000)
    path = whole.inclusion(1234)
    whole.consistency(1235)

    assert check_receipt.climb(grown[1235].leaf, 1234, 3000, path).hex() == grown[3000].root
    assert len(asked) < 150


def test_the_leaf_of_a_whole_second_is_the_one_that_was_written() -> None:
    line = LINES[0]
    told = (NOW.isoformat(timespec="microseconds"), "answered", "link/1", "invitation/1", "d" * 64)

    assert line.leaf == audit.leaf(1, line.salt, *told)
