"""Opening a zip container without trusting it.

A workbook is a zip archive, and a small archive can unpack to terabytes. So the end record is read first (how many
entries, how large a directory), then the directory's declared sizes, and only then is an entry opened; it is
inflated in small pieces, and counting goes on while it is. Nothing is ever written to disk, and no entry is read
that the reader did not ask for.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from yuanluo.sheets.errors import WorkbookBomb, WorkbookBroken, WorkbookEncrypted, WorkbookTooLarge

__all__ = ["MAX_FILE_BYTES", "Container"]

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
"""A larger file is no roster of a courtyard."""

_MAX_DECLARED: Final = 200 * 1024 * 1024
_MAX_INFLATED: Final = 48 * 1024 * 1024
_MAX_RATIO: Final = 100
_RATIO_MATTERS_ABOVE: Final = 8 * 1024 * 1024
_MAX_ENTRIES: Final = 4096
_MAX_DIRECTORY: Final = 2 * 1024 * 1024
_PIECE: Final = 64 * 1024
_END: Final = struct.Struct("<4s4H2LH")
_END64_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")


class Container:
    """A zip archive that has passed the checks; a context manager."""

    def __init__(self, path: Path) -> None:
        self._file = path.name
        _check_end_record(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
            raise WorkbookBroken(self._file) from error
        self._inflated = 0
        try:
            self._check_directory(path.stat().st_size)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def names(self) -> list[str]:
        """Return the names of all entries."""
        return self._zip.namelist()

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield the entry `name` in small pieces; raise as soon as the archive gives more than it may."""
        try:
            with self._zip.open(name) as entry:
                while piece := entry.read(_PIECE):
                    self._inflated += len(piece)
                    if self._inflated > _MAX_INFLATED:
                        raise WorkbookTooLarge(self._file, "解压后48MB", "48 MB when unpacked")
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, KeyError) as error:
            raise WorkbookBroken(self._file) from error

    def _check_directory(self, size: int) -> None:
        entries = self._zip.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise WorkbookEncrypted(self._file)
        if sum(entry.file_size for entry in entries) > _MAX_DECLARED or any(map(_is_bomb, entries)):
            raise WorkbookBomb(self._file)
        if sum(entry.compress_size for entry in entries) > size:
            raise WorkbookBomb(self._file)
        if size > MAX_FILE_BYTES:
            raise WorkbookTooLarge(self._file, "20MB", "20 MB")


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _RATIO_MATTERS_ABOVE and entry.file_size > _MAX_RATIO * max(entry.compress_size, 1)


def _check_end_record(path: Path) -> None:
    """Refuse a directory of absurd length before `zipfile` reads all of it into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        start = max(0, size - 65_557 - _END64_LOCATOR.size)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < _END.size:
            raise WorkbookBroken(path.name)
        _, _, _, _, entries, directory, _, _ = _END.unpack_from(tail, at)
        locator = at - _END64_LOCATOR.size
        if locator >= 0 and tail.startswith(b"PK\x06\x07", locator):
            _, _, where, _ = _END64_LOCATOR.unpack_from(tail, locator)
            file.seek(min(where, size))
            record = file.read(_END64.size)
            if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
                raise WorkbookBroken(path.name)
            *_, entries, directory, _ = _END64.unpack(record)
    if entries > _MAX_ENTRIES or directory > _MAX_DIRECTORY:
        raise WorkbookBomb(path.name)
