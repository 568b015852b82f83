"""RFC 6962 computed naively from all leaves, to compare the audit log with."""

from collections.abc import Iterable, Sequence

from signoff.domain.audit import append_leaf, compute_root


def compute_inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion path of leaf ``index`` in the tree over ``leaves`` (RFC 6962 2.1.1)."""
    if len(leaves) == 1:
        return []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < half:
        return [*compute_inclusion_path(leaves[:half], index), compute_subtree_root(leaves[half:])]
    return [
        *compute_inclusion_path(leaves[half:], index - half),
        compute_subtree_root(leaves[:half]),
    ]


def compute_subtree_root(leaves: Iterable[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = append_leaf(peaks, size, leaf)
    return compute_root(peaks)
