"""Workbooks on the command line: what a preview and an import say; only a preview's JSON has ID numbers in full."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import typer

from yuanluo.authority import operator
from yuanluo.command import CommandContext
from yuanluo.composition import Composition
from yuanluo.house import House
from yuanluo.import_file import row_choices
from yuanluo.importing import RegisterPreview, commit_import
from yuanluo.plugins import Plugins
from yuanluo.sheets import Preview, preview
from yuanluo_tenants.errors import Invalid, NotFound

__all__ = ["chosen_options", "commit_file", "preview_file", "print_preview"]

_SHOWN = 50


def chosen_options(given: Iterable[str] | None) -> dict[str, str]:
    """Return `name=value` words as options."""
    options: dict[str, str] = {}
    for word in given or ():
        name, found, value = word.partition("=")
        if not found or not name:
            raise Invalid(f"选项 {word} 应写作 名称=值。", f"--option {word} must be name=value.", field="option")
        options[name] = value
    return options


def preview_file(kind: str, file: Path, today: dt.date, options: Mapping[str, str]) -> Preview:
    """Read `file` as `kind` and check the options; nothing is written anywhere."""
    plugins = Plugins.load()
    composition = Composition.of(plugins)
    importers = composition.importers
    importer = importers.get(kind)
    if importer is None:
        known = "、".join(sorted(importers))
        raise NotFound(f"没有表格种类 {kind},可用:{known}。", f"there is no kind {kind!r}; use one of {known}.")
    importer.with_options(row_choices(options)[1])
    with plugins.within(composition.kind_owners[kind], importer.action.name):
        return preview(importer.sheet, file, today=today)


def print_preview(found: Preview, *, as_json: bool, told: RegisterPreview | None = None) -> None:
    """Print what an import would do, and what the register says to it where it was asked."""
    if as_json:
        register = {
            "register_issues": None if told is None else [issue.to_json() for issue in told.issues],
            "would_write": None if told is None or told.counts is None else dict(told.counts),
        }
        typer.echo(json.dumps(found.to_json() | register, ensure_ascii=False, indent=1))
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
    if told is not None:
        _print_told(told)


def _print_told(told: RegisterPreview) -> None:
    """Print what the register says, row by row, and what a commit would write."""
    if told.repeated:
        typer.echo("登记簿:此文件已导入,不会重复写入 (already imported; nothing would be written)")
        return
    for issue in told.issues[:_SHOWN]:
        typer.echo(f"  登记簿 {issue.code} {issue.sentence()}")
    if len(told.issues) > _SHOWN:
        typer.echo(f"  …… 还有 {len(told.issues) - _SHOWN} 处 more; --json lists all")
    if told.counts is None:
        typer.echo("登记簿:以上各行不能写入,提交将被拒绝 (a commit would be refused)")
    else:
        written = ", ".join(f"{name} {count}" for name, count in told.counts.items())
        typer.echo(f"登记簿:提交将写入 a commit would write: {written}")


async def commit_file(house: House, tenant: int, found: Preview, options: Mapping[str, str], *, as_json: bool) -> None:
    """Write the accepted rows of a preview, all or none, and print what was written."""
    report = await commit_import(CommandContext(house, operator(), tenant), found, options)
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
                    "register_issues": [issue.to_json() for issue in report.issues],
                    "batch": str(report.batch_id),
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
        for issue in report.issues[:_SHOWN]:
            typer.echo(f"  登记簿 {issue.code} {issue.sentence()}")
        typer.echo(f"已写入 written: {written} (批次 batch {report.batch_id})")
