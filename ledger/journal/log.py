"""The Merkle log of RFC 6962: leaves, roots, proofs. Nothing here knows what the entries mean."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    """Return the hash of one entry (RFC 6962, 2.1: the byte 0 keeps leaves apart from nodes)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that is needed to append to a log and to know its root: one hash per perfect subtree, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Self:
        """Read a frontier back. Raises ValueError if packed is not what a log of this size has."""
        if len(packed) != HASH_SIZE * size.bit_count():
            raise ValueError(f"a log of {size} entries has {size.bit_count()} subtrees")
        return cls(size, tuple(packed[at : at + HASH_SIZE] for at in range(0, len(packed), HASH_SIZE)))

    def pack(self) -> bytes:
        """Return the hashes as bytes."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> "Frontier":
        """Return the frontier after one more leaf hash."""
        hashes = [*self.hashes, leaf]
        for _ in range((~self.size & (self.size + 1)).bit_length() - 1):  # as many merges as size ends in ones
            right = hashes.pop()
            hashes.append(node_hash(hashes.pop(), right))
        return Frontier(self.size + 1, tuple(hashes))

    def root(self) -> bytes:
        """Return the root hash of the whole log."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def frontier_of(leaves: Iterable[bytes]) -> Frontier:
    """Return the frontier of a log with these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return frontier


def inclusion_proof(leaves: Iterable[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at index (counted from 0). Raises IndexError if there is no such leaf."""
    return next(inclusion_proofs(leaves, [index]))


def inclusion_proofs(leaves: Iterable[bytes], indexes: Iterable[int]) -> Iterator[list[bytes]]:
    """Yield the audit path of each of these leaves; the tree is computed once. Raises IndexError as above.

    It takes two hashes of room for each leaf.
    """
    levels = [bytearray()]
    for leaf in leaves:
        levels[0] += leaf
    while len(levels[-1]) > HASH_SIZE:
        levels.append(_level_above(levels[-1]))
    for index in indexes:
        if not 0 <= index * HASH_SIZE < len(levels[0]):
            raise IndexError(index)
        siblings = [(level, ((index >> depth) ^ 1) * HASH_SIZE) for depth, level in enumerate(levels)]
        # the last of an odd level has none
        yield [bytes(level[at : at + HASH_SIZE]) for level, at in siblings if at < len(level)]


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the log of old_size entries is the beginning of this one.

    Raises ValueError if old_size is not between 1 and the number of leaves.
    """
    if not 1 <= old_size <= len(leaves):
        raise ValueError(f"no log of {old_size} entries within {len(leaves)}")
    return _subproof(leaves, old_size, whole=True)


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether proof shows that leaf stands at index in the log with this size and root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = node_hash(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def extends(old_root: bytes, old_size: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """Whether proof shows that the old log is the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if not 1 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _split(size: int) -> int:
    """Return the largest power of two below size."""
    return 1 << ((size - 1).bit_length() - 1)


def _level_above(level: bytearray) -> bytearray:
    """Return the hashes of each two neighbours, in one piece of memory; the last of an odd level moves up as it is."""
    above, pair = bytearray(), 2 * HASH_SIZE
    for at in range(0, len(level), pair):
        here = level[at : at + pair]
        above += sha256(b"\x01" + here).digest() if len(here) == pair else here
    return above


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if whole else [frontier_of(leaves).root()]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, whole=whole), frontier_of(leaves[split:]).root()]
    return [*_subproof(leaves[split:], old_size - split, whole=False), frontier_of(leaves[:split]).root()]
