"""Copies of an SQLite deployment: taken while it serves, and put in place of a database that nobody has open.

A copy is made by SQLite's own online backup in one read transaction: it holds every transaction that was committed
when it began and none in part, and no writer waits for it. It stands under its name only once it is whole: it is
written under another one beside it, checked, flushed to the disk and then given its name.

The deployment key is never in a copy: whoever finds the copy shall not be able to open what is sealed in it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import apsw

from yuanluo_tenants.errors import ConfigurationError
from yuanluo_tenants.sqlite_connection import Connection, connect

__all__ = ["copy_database", "give_name", "is_empty", "put_in_place", "staged"]

_BESIDE: Final = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database."""


@contextlib.contextmanager
def staged(path: Path) -> Generator[Path]:
    """Give a new, private file beside `path` to write to; whatever is left of it at the end is removed."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise ConfigurationError(
            f"无法写入 {path.parent}({error.strerror}),请换一个文件夹。",
            f"cannot write to {path.parent} ({error.strerror}); choose another folder.",
        ) from error
    try:
        yield fresh
    finally:
        for suffix in ("", *_BESIDE):
            Path(f"{fresh}{suffix}").unlink(missing_ok=True)


def copy_database(source: Path, target: Path) -> None:
    """Copy the database in the file `source`, which may be in use, into the file `target` and check the copy."""
    with _told(source, target):
        reading = connect(source, cached_statements=0)
        try:
            reading.set_busy_timeout(10_000)
            writing = connect(target, cached_statements=0)
            try:
                with contextlib.closing(writing.backup("main", reading, "main")) as copying:
                    copying.step(-1)  # all at once: one read transaction, which never has to begin anew
                writing.execute("PRAGMA journal_mode = DELETE").fetchall()  # one file, nothing beside it
                _check(writing, source)
            finally:
                writing.close()
        finally:
            reading.close()
    _flush(target)


def is_empty(path: Path) -> bool:
    """Whether there is no database in the file `path`, or one without a table."""
    if not path.exists() or not path.stat().st_size:
        return True
    with _told(path, path):
        connection = connect(path, cached_statements=0)
        try:
            return not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        finally:
            connection.close()


def put_in_place(fresh: Path, path: Path) -> Path | None:
    """Give the checked copy `fresh` the name `path`; return where the database went that stood there.

    Refused while anybody has that one open: he would go on writing to a file that nobody finds any more.
    """
    kept: Path | None = None
    if path.exists():
        kept = path.with_name(f"{path.name}.replaced-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}")
        connection = connect(path, cached_statements=0)
        try:
            # only who is alone can leave WAL, and what stands in the log is in the file then
            if connection.execute("PRAGMA journal_mode = DELETE").fetchall() != [("delete",)]:
                raise apsw.BusyError("another connection is open")
            connection.execute("BEGIN EXCLUSIVE")
            os.rename(path, kept)
        except (apsw.BusyError, apsw.LockedError):
            raise ConfigurationError(
                f"数据库 {path} 正在使用中;请先停止服务及其他 yuanluo 命令,再恢复。",
                f"the database {path} is in use; stop the server and any other `yuanluo` on it, then restore.",
            ) from None
        finally:
            connection.close()
    os.rename(fresh, path)
    _flush_folder(path.parent)
    return kept


def give_name(fresh: Path, path: Path, *, overwrite: bool) -> None:
    """Give the file `fresh` the name `path`, which nothing may have unless `overwrite`."""
    if overwrite:
        os.replace(fresh, path)
    else:
        try:
            os.link(fresh, path)  # unlike a rename it never replaces what came to be there meanwhile
        except FileExistsError:
            raise ConfigurationError(
                f"{path} 已存在;请换一个文件名,或用 --overwrite 覆盖。",
                f"{path} exists already; choose another name, or say --overwrite.",
            ) from None
    _flush_folder(path.parent)


def _check(connection: Connection, source: Path) -> None:
    """Refuse a database that SQLite itself finds broken, or in which a reference leads nowhere."""
    found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    if found == ["ok"]:
        found = [f"{row[0]} -> {row[2]}" for row in connection.execute("PRAGMA foreign_key_check")][:3] or found
    if found != ["ok"]:
        raise ConfigurationError(
            f"{source} 已损坏({found[0]}),未采用;请改用更早的备份。",
            f"{source} is damaged ({found[0]}) and was not taken; use an earlier backup.",
        )


@contextlib.contextmanager
def _told(source: Path, target: Path) -> Generator[None]:
    try:
        yield
    except (apsw.FullError, apsw.IOError) as error:
        raise ConfigurationError(
            f"无法写出 {target}({error});请腾出空间或换一个文件夹。",
            f"{target} cannot be written ({error}); make room, or choose another folder.",
        ) from error
    except (
        apsw.NotADBError,
        apsw.CantOpenError,
        apsw.CorruptError,
        apsw.ReadOnlyError,
        apsw.PermissionsError,
    ) as error:
        raise ConfigurationError(
            f"无法读取 {source}({error}),它可能不是数据库文件。",
            f"{source} cannot be read ({error}); perhaps it is no database.",
        ) from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(path: Path) -> None:
    """Flush the names in a folder, where the system can: Windows cannot."""
    if os.name == "posix":
        _flush(path)
