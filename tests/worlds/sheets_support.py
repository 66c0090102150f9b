"""Small workbooks for the tests of reading and writing sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from yuanluo.sheets import Kind, Preview, preview
from yuanluo.sheets.ids import check_character

TODAY = dt.date(2026, 11, 22)
SAMPLES = Path(__file__).parent.parent / "samples"


def _labels(line: str) -> list[str]:
    return line.split()


PARTY = _labels("序号 姓名 性别 民族 出生年月 身份证号 学历 入党时间 转正时间 党员类别 所在党支部 联系电话 住址 备注")
OWNER = _labels("楼栋 单元 房号 建筑面积（㎡） 产权人 产权人身份证号 份额 居住状态 联系电话 备注")
FINANCE = _labels("日期 凭证号 摘要 收入（元） 支出（元） 结余 经手人 备注")
SIDES = _labels("日期 凭证号 项目 金额 日期 凭证号 项目 金额 经手人")
DUAL = _labels("序号 姓名 性别 工作单位 组织关系所在党组织 联系方式 居住地址 报到时间 特长 认领岗位 社区意见")
OPINION = _labels(
    "序号 收集日期 反映人 住址 联系电话 诉求内容 类别 来源 责任人 办理时限（工作日） 办结日期 办理结果 满意度"
)


def moment(text: str) -> dt.datetime:
    """Return the date cell that `text` writes in ISO."""
    return dt.datetime.fromisoformat(text)


def id_number(birth: str, order: int) -> str:
    """Return a valid ID number; an odd `order` is a man's."""
    seventeen = f"510100{birth}{order:03}"
    return seventeen + check_character(seventeen)


def row_of(headers: Sequence[str], **cells: object) -> list[object]:
    """Return a row with `cells` under their headers (brackets in headers may be left out)."""
    short = {header.split("（")[0]: place for place, header in enumerate(headers)}
    row: list[object] = [None] * len(headers)
    for header, cell in cells.items():
        row[short[header]] = cell
    return row


class Book:
    """A workbook under construction; sheets are lists of rows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.Workbook()
        self.book.remove(self.book.active)

    def sheet(
        self,
        rows: Iterable[Sequence[object]],
        *,
        name: str = "Sheet1",
        merges: Iterable[str] = (),
        hidden: Iterable[int] = (),
    ) -> Any:
        """Add a sheet and return it."""
        sheet = self.book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row, 1):
                if cell is not None:
                    sheet.cell(number, column, cell)
        for merge in merges:
            sheet.merge_cells(merge)
        for number in hidden:
            sheet.row_dimensions[number].hidden = True
        return sheet

    def read(self, kind: Kind, **options: Any) -> Preview:
        """Save the workbook and return its preview."""
        self.book.save(self.path)
        return preview(kind, self.path, today=TODAY, **options)


def codes(result: Preview) -> list[tuple[int, str, str]]:
    """Return row, column and code of every issue, sorted."""
    return sorted((issue.row, issue.column, issue.code) for issue in result.issues)


def reasons(result: Preview) -> dict[int, str]:
    """Return why each skipped row of a one-sheet workbook was skipped."""
    return {skipped.row: skipped.reason for skipped in result.skipped_rows}
