"""Checks: what must hold between stored rows, looked for by `yuanluo check` and never on the way of a request.

    Check("books", "账簿", "vouchers balance", find_unbalanced)

Rules refuse what is wrong before it is written; a check finds what came in past them: by a fault of ours, a hand in
the database, a restore that went wrong. `find` reads the rows in scope and returns what is wrong. It is called for the
whole deployment first and, since writes go on meanwhile, once more for each courtyard where something was found, while
no write of that one is under way; only what it finds then is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yuanluo.house import House

__all__ = ["Check", "Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong in the rows of one node: which row, by its number or name, what, and what to do next."""

    tenant: int
    zh: str
    en: str
    next_zh: str
    next_en: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `find` returns what is wrong in the rows in scope, nothing where all is right."""

    name: str
    zh: str
    en: str
    find: Callable[[House], Awaitable[Sequence[Finding]]]
