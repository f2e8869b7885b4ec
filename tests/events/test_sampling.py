"""The lots of samples: the rule of docs/sampling.md, followed by hand."""

from hashlib import sha256

import pytest

from ledger.events.sampling import Sampling, draw

SEED = "5e" * 32


@pytest.mark.parametrize(("batches", "drawn"), [(0, 0), (1, 1), (2, 2), (3, 2), (40, 2), (41, 3), (100, 5)])
def test_so_many_of_a_hundred_are_drawn_but_at_least_so_many(batches, drawn):
    assert Sampling(percent=5, least=2).size(batches) == drawn


def test_those_with_the_smallest_lots_are_drawn_whatever_the_order():
    stems = [f"BATCH000{number}" for number in range(9)]
    by_hand = sorted(stems, key=lambda stem: sha256(f"{SEED}:{stem}".encode()).hexdigest())

    assert draw(SEED, stems, Sampling(percent=33, least=1)) == by_hand[:3]
    assert draw(SEED, stems[::-1], Sampling(percent=33, least=1)) == by_hand[:3]
