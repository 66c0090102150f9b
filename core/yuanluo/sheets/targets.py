"""Where a workbook is written: checked before any work, and there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from yuanluo_tenants.errors import Invalid

__all__ = ["check_target", "write_whole"]

T = TypeVar("T")


def check_target(path: str | Path) -> Path:
    """Return where a workbook may be written; raise Invalid before anything is collected or filed."""
    file = Path(path).absolute()
    if file.suffix.lower() != ".xlsx":
        raise Invalid("要写出的文件名须以 .xlsx 结尾。", "the file to write must end in .xlsx.", field="file")
    if not file.parent.is_dir():
        raise Invalid(f"文件夹 {file.parent} 不存在。", f"the folder {file.parent} does not exist.", field="file")
    return file


def write_whole(file: Path, write: Callable[[Path], T]) -> T:
    """Let `write` write beside `file` and rename: a half-written workbook never stands under its name."""
    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=file.parent)
    os.close(handle)
    beside = Path(name)
    try:
        result = write(beside)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return result
