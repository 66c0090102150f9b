"""How much of a long walk this run takes: all of it under `pytest --long`, else a part that the run's seed draws.

`conftest.py` puts both into the environment, where the workers and the processes of tests find them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import Final, TypeVar

__all__ = ["IS_LONG", "SEED", "amount", "dice_of", "some"]

IS_LONG: Final = os.environ.get("YUANLUO_TEST_LONG") == "1"
"""Whether everything is walked."""
SEED: Final = int(os.environ.get("YUANLUO_TEST_SEED", "0"))
"""From which everything that is drawn in this run follows; `pytest --seed` repeats it."""
_Item = TypeVar("_Item")


def amount(usual: int, long: int) -> int:
    """Return how many of something to try."""
    return long if IS_LONG else usual


def dice_of(what: object) -> random.Random:
    """Return the run's dice for one purpose, which fall alike whenever the seed is the same."""
    return random.Random(f"{SEED}/{what}")


def some(items: Sequence[_Item], one_in: int, what: object = "") -> list[_Item]:
    """Return all items in a long run, else one in so many (one at least), drawn by the run's seed, in their order."""
    if IS_LONG or one_in <= 1 or not items:
        return list(items)
    chosen = dice_of(f"{what}/{len(items)}").sample(range(len(items)), max(1, len(items) // one_in))
    return [items[index] for index in sorted(chosen)]
