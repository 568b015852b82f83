"""The audit log compared with the test vectors for RFC 6962 of certificate transparency."""

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from signoff.domain import audit
from signoff.domain.audit import (
    AuditEntry,
    Event,
    append_leaf,
    compute_root,
    hash_details,
    hash_node,
)
from tests.merkle import compute_inclusion_path, compute_subtree_root

INPUTS = [
    bytes.fromhex(digits)
    for digits in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
LEAVES = [sha256(b"\x00" + data).digest() for data in INPUTS]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_root_of_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert (
        compute_root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_rfc_6962(size: int) -> None:
    assert compute_subtree_root(LEAVES[:size]).hex() == ROOTS[size - 1]


def test_a_tree_that_grows_leaf_by_leaf_has_the_same_roots() -> None:
    peaks: list[bytes] = []
    for size, leaf in enumerate(LEAVES):
        peaks = append_leaf(peaks, size, leaf)
        assert compute_root(peaks).hex() == ROOTS[size]
        assert len(peaks) == (size + 1).bit_count()


def climbed(leaf: bytes, index: int, size: int, steps: list[bytes]) -> bytes:
    """Section 2.1.1 of RFC 9162, written independently: from a leaf and its path to the root."""
    at, last, value = index, size - 1, leaf
    for step in steps:
        if at % 2 or at == last:
            value = hash_node(step, value)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            value = hash_node(value, step)
        at, last = at >> 1, last >> 1
    assert last == 0
    return value


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13])
def test_inclusion_path_leads_to_the_root_only_from_its_own_leaf(size: int) -> None:
    leaves = [sha256(bytes([number])).digest() for number in range(size)]
    for index, leaf in enumerate(leaves):
        steps = compute_inclusion_path(leaves, index)
        assert climbed(leaf, index, size, steps) == compute_subtree_root(leaves)
        assert climbed(sha256(b"other").digest(), index, size, steps) != compute_subtree_root(
            leaves
        )


LINE = AuditEntry(
    7,
    datetime(2027, 1, 18, 9, tzinfo=UTC),
    Event.ANSWERED,
    "link/3",
    "invitation/5",
    "d" * 64,
    b"s" * 16,
    b"",
)


@pytest.mark.parametrize(
    "other",
    [
        {"seq": 8},
        {"at": datetime(2027, 1, 18, 9, 0, 1, tzinfo=UTC)},
        {"event": Event.WITHDRAWN},
        {"actor": "link/4"},
        {"subject": "invitation/6"},
        {"details_digest": "e" * 64},
        {"salt": b"t" * 16},
    ],
)
def test_a_leaf_commits_to_every_column_of_its_line(other: dict[str, object]) -> None:
    assert replace(LINE, **other).leaf != LINE.leaf


def test_leaf_does_not_reveal_its_content() -> None:
    """Guessing the entry is not enough without its salt."""
    assert (
        audit.hash_entry(
            7, b"", LINE.at.isoformat(), "answered", "link/3", "invitation/5", "d" * 64
        )
        != LINE.leaf
    )
    details = '{"answer":"sign"}'
    assert hash_details(b"1", details) != hash_details(b"2", details)
