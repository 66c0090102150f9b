"""The one door to rows: a scope, ranges of tenant numbers in which the current task may read and write.

A tenant number is the owning node's permanent number: the 12-digit community code times 10,000 plus a
serial, below 2^53, so that everything below a node of the tree forms one range. Nearly every scope is one
range; a list appears only for grids, several grants or moved courtyards.

Without a scope a query raises `ScopeRequired`; it never returns everything. Crossing courtyards on purpose is
one greppable call, `crossing(reason)`, and it is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from yuanluo_tenants.errors import DeclarationError, ScopeRequired

__all__ = ["EVERYTHING", "Range", "Scope", "crossing", "current_scope", "require_scope", "scoped"]

_log = logging.getLogger("yuanluo.scope")

MAX_NUMBER = 2**53 - 1


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """Tenant numbers from `lo` to `hi`, both included."""

    lo: int
    hi: int

    def __post_init__(self) -> None:
        if not 0 <= self.lo <= self.hi <= MAX_NUMBER:
            raise DeclarationError(
                f"租户编号范围无效:{self.lo}–{self.hi}。", f"invalid tenant range: {self.lo} to {self.hi}."
            )

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.lo <= number <= self.hi


@dataclass(frozen=True, slots=True)
class Scope:
    """A sorted, merged, non-empty set of ranges of tenant numbers."""

    ranges: tuple[Range, ...]

    @classmethod
    def of(cls, *parts: Range | int) -> Scope:
        """Build a scope from numbers and ranges; overlapping and adjacent ones are merged."""
        return cls.merged(Range(part, part) if isinstance(part, int) else part for part in parts)

    @classmethod
    def merged(cls, ranges: Iterable[Range]) -> Scope:
        """Build a scope from `ranges`, merging what overlaps or touches."""
        out: list[Range] = []
        for each in sorted(ranges):
            if out and each.lo <= out[-1].hi + 1:
                out[-1] = Range(out[-1].lo, max(out[-1].hi, each.hi))
            else:
                out.append(each)
        if not out:
            raise ScopeRequired("an empty scope")
        return cls(tuple(out))

    @property
    def lo(self) -> int:
        """The smallest number in scope."""
        return self.ranges[0].lo

    @property
    def hi(self) -> int:
        """The largest number in scope."""
        return self.ranges[-1].hi

    @property
    def is_single(self) -> bool:
        """Whether one range says it all."""
        return len(self.ranges) == 1

    @property
    def is_one_tenant(self) -> bool:
        """Whether the scope is exactly one node's rows."""
        return self.is_single and self.lo == self.hi

    def __contains__(self, number: object) -> bool:
        return any(number in each for each in self.ranges)

    def setting(self) -> str:
        """What row-level security is told on PostgreSQL: `lo/hi` of one range, `lo//` and the ranges of several."""
        return f"{self.lo}/{self.hi}" if self.is_single else f"{self.lo}//{self.multirange()}"

    def multirange(self) -> str:
        """The ranges as PostgreSQL's int8multirange text, such as `{[1,2],[5,9]}`."""
        return "{" + ",".join(f"[{each.lo},{each.hi}]" for each in self.ranges) + "}"


EVERYTHING = Scope((Range(0, MAX_NUMBER),))
"""Every tenant of the deployment; only through `crossing`."""

_current: ContextVar[Scope | None] = ContextVar("yuanluo_scope", default=None)


def current_scope() -> Scope | None:
    """Return the scope of the current task, or None outside of any."""
    return _current.get()


def require_scope(what: str = "a tenant row") -> Scope:
    """Return the scope of the current task; raise `ScopeRequired` naming `what` outside of any."""
    scope = _current.get()
    if scope is None:
        raise ScopeRequired(what)
    return scope


@contextmanager
def scoped(*parts: Scope | Range | int) -> Generator[Scope]:
    """Run a block in the scope of the given numbers and ranges."""
    ranges: list[Range] = []
    for part in parts:
        if isinstance(part, Scope):
            ranges.extend(part.ranges)
        else:
            ranges.append(Range(part, part) if isinstance(part, int) else part)
    scope = Scope.merged(ranges)
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)


@contextmanager
def crossing(reason: str) -> Generator[Scope]:
    """Run a block over every tenant of the deployment; `reason` is logged."""
    _log.info("crossing courtyards: %s", reason)
    token = _current.set(EVERYTHING)
    try:
        yield EVERYTHING
    finally:
        _current.reset(token)
