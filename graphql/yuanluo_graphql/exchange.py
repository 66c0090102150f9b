"""Workbooks on the command line: preview, commit, export; ID numbers are masked in everything printed but JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import typer

from yuanluo.authority import operator
from yuanluo.command import CommandContext
from yuanluo.composition import Composition
from yuanluo.house import House
from yuanluo.importing import Exported, commit_import, export_records
from yuanluo.plugins import Plugins
from yuanluo.sheets import Kind, Preview, preview, write_workbook
from yuanluo_tenants.errors import Invalid, NotFound

__all__ = ["commit_file", "export_file", "preview_file", "print_preview"]

_SHOWN = 50


def _sheet(kinds: Mapping[str, Kind], kind: str) -> Kind:
    found = kinds.get(kind)
    if found is None:
        known = "、".join(sorted(kinds))
        raise NotFound(f"没有表格种类 {kind},可用:{known}。", f"there is no kind {kind!r}; use one of {known}.")
    return found


def preview_file(kind: str, file: Path, today: dt.date) -> Preview:
    """Read `file` as `kind`; nothing is written anywhere."""
    importers = Composition.of(Plugins.load()).importers
    kinds = {name: each.sheet for name, each in importers.items()}
    return preview(_sheet(kinds, kind), file, today=today)


def print_preview(found: Preview, *, as_json: bool) -> None:
    """Print what an import would do."""
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=1))
        return
    counts = found.counts
    typer.echo(
        f"{found.file}:接受 {counts.records} 行,错误 {counts.errors} 处,提醒 {counts.warnings} 处 "
        f"({counts.records} rows accepted, {counts.errors} errors, {counts.warnings} warnings)"
    )
    for issue in found.issues[:_SHOWN]:
        typer.echo(f"  {issue.sentence()}")
    if len(found.issues) > _SHOWN:
        typer.echo(f"  …… 还有 {len(found.issues) - _SHOWN} 处 more; --json lists all")


async def commit_file(house: House, tenant: int, found: Preview, *, as_json: bool) -> None:
    """Write the accepted rows of a preview, all or none, and print what was written."""
    report = await commit_import(CommandContext(house, operator(), tenant), found)
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "kind": report.kind,
                    "file": found.file,
                    "written": dict(report.counts),
                    "repeated": report.repeated,
                    "counts": found.to_json()["counts"],
                    "issues": found.to_json()["issues"],
                },
                ensure_ascii=False,
                indent=1,
            )
        )
        return
    print_preview(found, as_json=False)
    if report.repeated:
        typer.echo(f"此文件已于 {report.imported_on} 导入,未重复写入 (already imported; nothing was written)")
    else:
        written = ", ".join(f"{name} {count}" for name, count in report.counts.items())
        typer.echo(f"已写入 written: {written}")


async def export_file(
    house: House, tenant: int, kind: str, file: Path, options: Mapping[str, str], purpose: str
) -> int:
    """Write the register `kind` of a courtyard to `file`, whole or not at all; return the number of rows."""
    exporters = house.composition.exporters
    sheet = _sheet({name: each.sheet for name, each in exporters.items()}, kind)
    _check_target(file)
    context = CommandContext(house, operator(), tenant, purpose=purpose)
    exported = await export_records(context, kind, options)
    return _write_whole(sheet, exported, file)


def _check_target(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise Invalid("导出文件名须以 .xlsx 结尾。", "the file to write must end in .xlsx.", field="file")
    if not file.absolute().parent.is_dir():
        raise Invalid(f"文件夹 {file.parent} 不存在。", f"the folder {file.parent} does not exist.", field="file")


def _write_whole(sheet: Kind, exported: Exported, file: Path) -> int:
    """Write beside the target and rename, so that a half-written workbook never stands under its name."""
    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=file.absolute().parent)
    os.close(handle)
    try:
        count = write_workbook(sheet, exported.records, name, title=exported.title, meta=exported.meta)
        Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
    return count
