"""Opening a file: what kind it is decides its content, never its name.

The readers and their libraries are loaded when there is a file: a server that nobody sends one does without them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yuanluo.sheets.container import MAX_FILE_BYTES, Container
from yuanluo.sheets.errors import (
    NotAWorkbook,
    WorkbookEmpty,
    WorkbookEncrypted,
    WorkbookMissing,
    WorkbookTooLarge,
)
from yuanluo.sheets.grid import Grid

__all__ = ["Workbook", "open_workbook"]

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF: Final = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_ENCRYPTED_STREAM: Final = "EncryptedPackage".encode("utf-16-le")
_BOOK_STREAMS: Final = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))


@dataclass(frozen=True, slots=True)
class Workbook:
    """A file that could be read: its name, its hash and its sheets in order."""

    file: str
    file_sha256: str
    grids: tuple[Grid, ...]
    epoch_1904: bool = False


def open_workbook(path: str | Path) -> Workbook:
    """Read the workbook at `path`; raise a `WorkbookRefused` with one clear sentence if it cannot be read.

    .xlsx and .xlsm are read completely. .xls, .ods and .csv (UTF-8 or GB18030) are read too, but do not tell hidden
    rows, and .csv knows only text.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise WorkbookMissing(path.name)
        with path.open("rb") as file:
            head = file.read(4096)
            size = file.seek(0, 2)
        if not size:
            raise WorkbookEmpty(path.name)
        if head.startswith(_ZIP):
            return _open_zip(path)
        if size > MAX_FILE_BYTES:
            raise WorkbookTooLarge(path.name, "20MB", "20 MB")
        return _open_other(path, head)
    except OSError as error:
        raise WorkbookMissing(path.name) from error


def _open_zip(path: Path) -> Workbook:
    from yuanluo.sheets.legacy import check_ods, read_by_calamine
    from yuanluo.sheets.ooxml import is_xlsx, read_xlsx

    with Container(path) as container:
        if is_xlsx(container):
            grids, epoch_1904 = read_xlsx(container, path.name)
            return Workbook(path.name, _sha256(path), grids, epoch_1904)
        if "content.xml" not in container.names():
            raise NotAWorkbook(path.name)
        check_ods(container, path.name)
    return Workbook(path.name, _sha256(path), read_by_calamine(path))


def _open_other(path: Path, head: bytes) -> Workbook:
    from yuanluo.sheets.legacy import read_by_calamine, read_csv

    if head.startswith(_OLE):
        content = path.read_bytes()
        if _ENCRYPTED_STREAM in content:
            raise WorkbookEncrypted(path.name)
        if not any(stream in content for stream in _BOOK_STREAMS):
            raise NotAWorkbook(path.name)
        return Workbook(path.name, _sha256(path), read_by_calamine(path))
    if head.startswith(_BIFF):
        return Workbook(path.name, _sha256(path), read_by_calamine(path))
    return Workbook(path.name, _sha256(path), read_csv(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
