"""Opening a file: what kind it is decides its content, never its name.

The readers and their libraries are loaded when there is a file: a server that nobody sends one does without them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
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


def open_workbook(path: str | Path, labels: Collection[str] = ()) -> Workbook:
    """Read the workbook at `path`; raise a `WorkbookRefused` with one clear sentence if it cannot be read.

    .xlsx, .xlsm, .xls and .ods are read with what is hidden in them; .csv, .tsv and .txt know only text. The
    delimiter of such a text is the one by which a row has the most of the normalised headers `labels`.
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
        return _open_other(path, head, labels)
    except OSError as error:
        raise WorkbookMissing(path.name) from error


def _open_zip(path: Path) -> Workbook:
    from yuanluo.sheets.ods import read_ods
    from yuanluo.sheets.ooxml import is_xlsx, read_xlsx

    with Container(path) as container:
        if is_xlsx(container):
            grids, epoch_1904 = read_xlsx(container, path.name)
            return Workbook(_printable(path), _sha256(path), grids, epoch_1904)
        if "content.xml" not in container.names():
            raise NotAWorkbook(path.name)
        grids, epoch_1904 = read_ods(container, path)
    return Workbook(_printable(path), _sha256(path), grids, epoch_1904)


def _open_other(path: Path, head: bytes, labels: Collection[str]) -> Workbook:
    if head.startswith(_OLE):
        content = path.read_bytes()
        if _ENCRYPTED_STREAM in content:
            raise WorkbookEncrypted(path.name)
        if not any(stream in content for stream in _BOOK_STREAMS):
            raise NotAWorkbook(path.name)
    if head.startswith((_OLE, *_BIFF)):
        from yuanluo.sheets.xls import read_xls

        grids, epoch_1904 = read_xls(path)
        return Workbook(_printable(path), _sha256(path), grids, epoch_1904)
    from yuanluo.sheets.delimited import read_delimited

    return Workbook(_printable(path), _sha256(path), read_delimited(path, _printable(path), labels))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _printable(path: Path) -> str:
    """Return the name of the file in characters that can be printed and stored."""
    return path.name.encode("utf-8", "replace").decode()
