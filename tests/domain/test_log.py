"""The public log: its tree is that of RFC 6962, and its batches say nothing about who answered."""

import pytest

from signoff.domain.log import MerkleTree, build_batch, commit_list, hash_statement
from signoff.exports import verify_signoff
from tests.merkle import compute_inclusion_path, compute_subtree_root
from tests.pdf.documents import signatories

LEAVES = [number.to_bytes(32, "big") for number in range(40)]
ROOTS = [verify_signoff.hash_tree(LEAVES[:size]) for size in range(1, len(LEAVES) + 1)]


@pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
def test_every_leaf_has_an_inclusion_path(size: int) -> None:
    tree = MerkleTree(LEAVES[:size])

    assert tree.root == compute_subtree_root(LEAVES[:size]) == ROOTS[size - 1]
    for index in range(size):
        path = tree.build_path(index)
        assert path == compute_inclusion_path(LEAVES[:size], index)
        found = verify_signoff.compute_root(LEAVES[index], index, size, path)
        assert found == tree.root
        for wrong in ([*path, bytes(32)], path[1:] if path else [bytes(32)]):
            assert verify_signoff.compute_root(LEAVES[index], index, size, wrong) != tree.root
        assert verify_signoff.compute_root(bytes(31) + b"x", index, size, path) != tree.root


def test_length_and_order_of_a_batch_do_not_depend_on_what_it_contains() -> None:
    statements = [hash_statement({"number": number}) for number in range(300)]
    for count in (1, 2, 150, 300):
        batch = build_batch(statements[:count], 200)
        assert len(batch) == 512
        assert batch == sorted(batch)
        assert set(statements[:count]) < set(batch)
    assert len(build_batch(statements[:1], 3)) == 32


def test_digest_of_a_list_depends_on_its_content_alone() -> None:
    few = signatories(5)

    assert commit_list(b"s", few) == commit_list(b"s", reversed(few))
    assert commit_list(b"s", few) != commit_list(b"t", few)
    assert commit_list(b"s", few) != commit_list(b"s", few[1:])
