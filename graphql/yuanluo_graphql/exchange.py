"""Workbooks on the command line: what a preview and an import say; only a preview's JSON has ID numbers in full."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import typer

from yuanluo.authority import operator
from yuanluo.command import CommandContext
from yuanluo.composition import Composition
from yuanluo.house import House
from yuanluo.import_file import RegisterIssue, row_choices
from yuanluo.importing import Importer, RegisterPreview, commit_import
from yuanluo.plugins import Plugins
from yuanluo.sheets import (
    Issue,
    Preview,
    TitleChoices,
    check_target,
    open_workbook,
    preview,
    write_report,
    write_template,
    write_whole,
)
from yuanluo_tenants.errors import Invalid, NotFound

__all__ = [
    "chosen_options",
    "chosen_titles",
    "commit_file",
    "preview_file",
    "print_preview",
    "report_file",
    "template_file",
]

_LINES = 50
_ALONE = 3


def chosen_options(given: Iterable[str] | None) -> dict[str, str]:
    """Return `name=value` words as options."""
    return _pairs(given, "option")


def chosen_titles(mapped: Iterable[str] | None, ignored: Iterable[str] | None) -> TitleChoices:
    """Return what `--map 标题=字段` and `--ignore-column 标题` say."""
    return TitleChoices(_pairs(mapped, "map"), tuple(ignored or ()))


def _pairs(given: Iterable[str] | None, option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in given or ():
        name, found, value = word.partition("=")
        if not found or not name:
            raise Invalid(f"选项 {word} 应写作 名称=值。", f"--{option} {word} must be name=value.", field=option)
        pairs[name] = value
    return pairs


def preview_file(
    kind: str, file: Path, today: dt.date, options: Mapping[str, str], titles: TitleChoices | None = None
) -> Preview:
    """Read `file` as `kind` and check the options; nothing is written anywhere."""
    plugins = Plugins.load()
    composition = Composition.of(plugins)
    importer = _importer(composition, kind)
    importer.with_options(row_choices(options)[1])
    with plugins.within(composition.kind_owners[kind], importer.action.name):
        return preview(importer.sheet, file, today=today, titles=titles)


def template_file(kind: str, file: Path) -> int:
    """Write a blank form of `kind` to `file`, whole or not at all; return how many columns it has."""
    sheet = _importer(Composition.of(Plugins.load()), kind).sheet
    return write_whole(check_target(file), lambda beside: write_template(sheet, beside))


def report_file(found: Preview, file: Path, report: Path) -> None:
    """Write the sheets of `file` with the issues of `found` in a last column to the workbook `report`."""
    target = check_target(report)
    if target == file.absolute():
        raise Invalid(
            "报告不能写回原文件,请换一个文件名。", "the report must not replace the file itself.", field="report"
        )
    book = open_workbook(file, [column.header for column in found.columns])
    write_whole(target, lambda beside: write_report(book, found, beside))
    typer.echo(f"问题已列在 {report} 的最后一列 (the issues stand in its last column)")


def _importer(composition: Composition, kind: str) -> Importer:
    importer = composition.importers.get(kind)
    if importer is None:
        known = "、".join(sorted(composition.importers))
        raise NotFound(f"没有表格种类 {kind},可用:{known}。", f"there is no kind {kind!r}; use one of {known}.")
    return importer


def print_preview(found: Preview, *, as_json: bool, told: RegisterPreview | None = None) -> None:
    """Print what an import would do, and what the register says to it where it was asked.

    Many like issues are one line with their number and the first rows.
    """
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
    _echo([*_column_lines(found), *(line for _, line in _issue_lines(found.issues))])
    if told is not None:
        _print_told(told)


def _echo(lines: Sequence[str]) -> None:
    for line in lines[:_LINES]:
        typer.echo(f"  {line}")
    if len(lines) > _LINES:
        typer.echo(f"  …… 还有 {len(lines) - _LINES} 条 more; --json lists all")


def _print_told(told: RegisterPreview) -> None:
    """Print what the register says, row by row, and what a commit would write."""
    if told.repeated:
        typer.echo("登记簿:此文件已导入,不会重复写入 (already imported; nothing would be written)")
        return
    _echo([f"登记簿 {code} {line}" for code, line in _issue_lines(told.issues)])
    if told.counts is None:
        typer.echo("登记簿:以上各行不能写入,提交将被拒绝 (a commit would be refused)")
    else:
        written = ", ".join(f"{name} {count}" for name, count in told.counts.items())
        typer.echo(f"登记簿:提交将写入 a commit would write: {written}")


def _column_lines(found: Preview) -> Iterable[str]:
    """Yield which columns are asked about, which are read past, hidden or missing."""
    for column in found.unknown_columns:
        yield (
            f"列“{column.header}”似为“{column.meant}”({column.near}):加 --map {column.header}={column.near},"
            f"或加 --ignore-column {column.header} (unknown column: map it or pass over it)"
        )
    for title, english, names in (
        ("未读取的列", "read past", [each.shown for each in found.columns if each.field is None and each.near is None]),
        (
            "隐藏但已读取的列",
            "hidden, but read",
            [each.shown for each in found.columns if each.is_hidden and each.field],
        ),
        ("表中没有的列", "missing", [each.header for each in found.missing]),
    ):
        if names:
            yield f"{title} ({english}):{'、'.join(dict.fromkeys(names))}"


def _issue_lines(issues: Iterable[Issue | RegisterIssue]) -> Iterable[tuple[str, str]]:
    """Yield code and sentence of each issue; of more than three alike one, with their number and the first rows."""
    groups: dict[tuple[str, str, str, str | None], list[Issue | RegisterIssue]] = {}
    for issue in issues:
        if issue.code == "E_COLUMN_UNKNOWN":
            continue  # told with its remedy above
        groups.setdefault((issue.sheet, issue.column, issue.code, issue.side), []).append(issue)
    for alike in groups.values():
        if len(alike) <= _ALONE:
            yield from ((issue.code, issue.sentence()) for issue in alike)
        else:
            rows = "、".join(str(issue.row) for issue in alike[:_ALONE])
            yield (
                alike[0].code,
                f"{alike[0].sentence()} 同类共 {len(alike)} 处,在第 {rows} 行等 ({len(alike)} like this)",
            )


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
        _echo([f"登记簿 {code} {line}" for code, line in _issue_lines(report.issues)])
        typer.echo(f"已写入 written: {written} (批次 batch {report.batch_id})")
