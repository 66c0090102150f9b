"""Randomness that can be repeated: every generator is derived from a seed and a path, never from `hash()`."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

__all__ = ["Weighted", "day_between", "derive", "pick"]

T = TypeVar("T")


def derive(seed: int, *path: str | int) -> random.Random:
    """Return a random generator of its own for `path`, the same in every process and on every machine.

    A plugin that invents rows for a courtyard takes `derive(seed, courtyard.plan.code, "yuanluo_party")`, so
    that what it draws neither depends on other plugins nor disturbs them.
    """
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in (seed, *path))
    return random.Random(int.from_bytes(hashlib.sha256(text.encode()).digest(), "big"))  # noqa: S311 - nothing secret is drawn


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """Return one of `options`, each as likely as the next."""
    return options[int(rng.random() * len(options))]


class Weighted(Generic[T]):
    """A choice among options of different weight: `Weighted({"SELF": 55, "TRUST": 8}).pick(rng)`."""

    __slots__ = ("_options", "_sums")

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._options = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))

    def pick(self, rng: random.Random) -> T:
        """Return one option, in proportion to its weight."""
        return self._options[bisect_right(self._sums, rng.random() * self._sums[-1])]


def day_between(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """Return a day from `first` to `last`, both included; `first` when the two are the wrong way round."""
    days = (last - first).days + 1
    return first if days <= 1 else dt.date.fromordinal(first.toordinal() + int(rng.random() * days))
