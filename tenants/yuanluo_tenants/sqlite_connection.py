"""What is used of an apsw connection, with the types that apsw's stubs leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import apsw

__all__ = ["Connection", "Cursor", "connect"]


class Cursor(Protocol):
    """A running statement."""

    @property
    def connection(self) -> Connection: ...
    def __iter__(self) -> Iterator[tuple[Any, ...]]: ...
    def fetchone(self) -> tuple[Any, ...] | None: ...
    def fetchall(self) -> list[tuple[Any, ...]]: ...
    def get_description(self) -> Sequence[tuple[str, str]]: ...


class Connection(Protocol):
    """An open database."""

    authorizer: Callable[[int, str | None, str | None, str | None, str | None], int] | None
    convert_binding: Callable[[Any, int, Any], Any] | None

    @property
    def in_transaction(self) -> bool: ...
    def execute(
        self, statements: str, bindings: Sequence[Any] | Mapping[str, Any] | None = None, *, can_cache: bool = True
    ) -> Cursor: ...
    def executemany(self, statements: str, sequenceofbindings: Iterable[Sequence[Any]]) -> Cursor: ...
    def create_scalar_function(
        self, name: str, function: Callable[..., int | None], numargs: int, /, *, flags: int
    ) -> None: ...
    def set_progress_handler(self, function: Callable[[], bool] | None, steps: int, /) -> None: ...
    def set_busy_timeout(self, milliseconds: int) -> None: ...
    def interrupt(self) -> None: ...
    def changes(self) -> int: ...
    def config(self, option: int, value: int, /) -> int: ...
    def close(self) -> None: ...


def connect(path: Path, *, cached_statements: int) -> Connection:
    """Open or make the database file at `path`."""
    return cast("Connection", apsw.Connection(str(path), statementcachesize=cached_statements))
