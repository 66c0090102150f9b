"""The official list of administrative codes (统计用区划代码), from which a district's tree is opened.

A list has a code and a name on each line, in any order and beside other columns: `.csv` in UTF-8 or GB18030, or a
workbook. Codes may be written in full, `510106024000` for the subdistrict `510106024`. Lines of a province, of a
city with districts below it, and of its 市辖区, which is none, are passed over. Every line is looked at before
anything is written; what is wrong is told by the line's number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from yuanluo.house import House
from yuanluo.names import normalize_name
from yuanluo.nodes import OpenNode, opened_at
from yuanluo.sheets.cells import Cell, fold, shown
from yuanluo.sheets.workbook import open_workbook
from yuanluo.statements import rows
from yuanluo_tenants.errors import Invalid
from yuanluo_tenants.tree import NodeKind, NodeStatus, code_of, kind_of_number, number_of

__all__ = ["CodeLine", "CodeList", "CodeListRefused", "LineIssue", "check_code_list", "read_code_list"]

_CODE_TITLE: Final = re.compile(r"(区划)?(代码|编码|code)$", re.IGNORECASE)
_NAME_TITLE: Final = re.compile(r"(名称|name)$", re.IGNORECASE)
_DIGITS: Final = re.compile(r"[0-9]+")
_OTHER_TITLES: Final = ("城乡分类",)
_NO_DISTRICT: Final = frozenset({"市辖区"})
_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A node that a line names; `code` is as short as it gets."""

    line: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class LineIssue:
    """What is wrong with a line, in Chinese and English."""

    line: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """What a list says: its nodes from the top down, how many lines were passed over, and what is wrong."""

    lines: tuple[CodeLine, ...]
    passed_over: int
    issues: tuple[LineIssue, ...]

    @property
    def nodes(self) -> list[OpenNode]:
        """The nodes to be opened."""
        return [OpenNode(each.code, each.name) for each in self.lines]


class CodeListRefused(Invalid):
    """Lines of a list of codes are wrong; nothing was opened."""

    code = "CODE_LIST"
    rule = "domain 2"
    next_zh = "请按行号改正后重试;已经写入的节点不会重复开通。"
    next_en = "Correct those lines and try again; nodes that are open already are not opened twice."

    def __init__(self, issues: Iterable[LineIssue]) -> None:
        self.issues = tuple(sorted(issues, key=lambda each: each.line))
        told, more = self.issues[:_TOLD], len(self.issues) - _TOLD
        zh = ";".join(f"第 {each.line} 行:{each.zh}" for each in told) + (f";另有 {more} 处" if more > 0 else "")
        en = "; ".join(f"line {each.line}: {each.en}" for each in told) + (f"; {more} more" if more > 0 else "")
        count = len(self.issues)
        super().__init__(
            f"代码表有 {count} 处错误,没有开通任何节点。{zh}。", f"{count} lines are wrong, nothing was opened. {en}."
        )


def read_code_list(path: Path) -> CodeList:
    """Read a list of codes; raise `WorkbookRefused` for a file that is no table, Invalid for one without codes."""
    written = open_workbook(path).grids[0].rows
    columns = _columns(written)
    if columns is None:
        raise Invalid(
            f"{path.name} 中没有找到编码列和名称列;请注明表头“代码”和“名称”。",
            f"{path.name} has no column of codes beside one of names; give them the titles `code` and `name`.",
            field="file",
            code="CODE_LIST",
        )
    first, code_column, name_column = columns
    lines: list[CodeLine] = []
    issues: list[LineIssue] = []
    for line, cells in sorted(written.items()):
        if line < first:
            continue
        text, name = fold(shown(cells.get(code_column))), normalize_name(shown(cells.get(name_column)))
        code = _shortest(text)
        if issue := _wrong(line, text, code, name):
            issues.append(issue)
        else:
            lines.append(CodeLine(line, code, name))
    above = [each for each in lines if _is_above_districts(each, lines)]
    kept = [each for each in lines if each not in above]
    issues += _twice(kept)
    return CodeList(tuple(sorted(kept, key=lambda each: (len(each.code), each.code))), len(above), tuple(issues))


async def check_code_list(house: House, found: CodeList) -> None:
    """Raise CodeListRefused for every line that cannot be opened as the tree stands."""
    issues = list(found.issues)
    there = {row["number"]: row for row in await rows(house.database, "SELECT * FROM node", shared=True)}
    listed = {number_of(each.code) for each in found.lines}
    for each in found.lines:
        number, upper = number_of(each.code), opened_at(each.code)
        stands = there.get(number)
        if stands is not None and stands["status"] != NodeStatus.OPEN.name:
            issues.append(LineIssue(each.line, f"{each.code} 已停用", f"{each.code} is closed"))
        elif stands is not None and stands["name"] != each.name:
            zh = f"{each.code} 已开通,名称为“{stands['name']}”,改名请用 node rename"
            issues.append(LineIssue(each.line, zh, f"{each.code} is open as {stands['name']!r}; use `node rename`"))
        elif upper not in listed and upper not in there:
            zh = f"{each.code} 的上级 {code_of(upper)} 既不在表中也未开通"
            en = f"the node above {each.code}, {code_of(upper)}, is neither in the list nor open"
            issues.append(LineIssue(each.line, zh, en))
        elif stands is None and upper in there and there[upper]["status"] != NodeStatus.OPEN.name:
            en = f"the node above {each.code}, {code_of(upper)}, is closed"
            issues.append(LineIssue(each.line, f"{each.code} 的上级 {code_of(upper)} 已停用", en))
    if issues:
        raise CodeListRefused(issues)


def _columns(written: Mapping[int, Mapping[int, Cell]]) -> tuple[int, int, int] | None:
    """Return the first line with a node and the columns of its code and its name: by titles, else by what they hold."""
    for line, cells in sorted(written.items()):
        titles = {column: fold(shown(cell)) for column, cell in cells.items()}
        codes = [c for c, t in titles.items() if _CODE_TITLE.search(t) and not t.startswith(_OTHER_TITLES)]
        names = [c for c, t in titles.items() if _NAME_TITLE.search(t)]
        if codes and names:
            return line + 1, codes[0], names[0]
        digits = [c for c, t in titles.items() if _DIGITS.fullmatch(t) and len(t) >= 6]
        texts = [c for c, t in titles.items() if t and not _DIGITS.fullmatch(t)]
        if digits and texts:
            return line, digits[0], texts[0]
    return None


def _shortest(code: str) -> str:
    """Return a code of twelve digits without the zeros that stand for what is below."""
    if len(code) == 12 and _DIGITS.fullmatch(code):
        return code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code
    return code


def _wrong(line: int, text: str, code: str, name: str) -> LineIssue | None:
    if not text:
        return LineIssue(line, "缺少编码", "it has no code")
    if not name:
        return LineIssue(line, f"{text} 缺少名称", f"{text} has no name")
    try:
        kind = kind_of_number(number_of(code))
    except Invalid:
        zh = f"编码 {text} 应为 6、9 或 12 位数字(网格为 16 位)"
        return LineIssue(line, zh, f"the code {text!r} must have 6, 9 or 12 digits, 16 of a grid")
    if kind is NodeKind.COURTYARD:
        return LineIssue(line, f"{text} 是院落编码,院落用 courtyard open 开通", f"{text} is the code of a courtyard")
    return None


def _is_above_districts(line: CodeLine, lines: list[CodeLine]) -> bool:
    """Whether a line is a province or a city: some cities have no districts, and subdistricts right below them."""
    if len(line.code) != 6:
        return False
    if line.name in _NO_DISTRICT or line.code.endswith("0000"):
        return True
    return line.code.endswith("00") and not any(each.code[:6] == line.code and len(each.code) > 6 for each in lines)


def _twice(lines: list[CodeLine]) -> list[LineIssue]:
    first: dict[str, int] = {}
    issues: list[LineIssue] = []
    for each in sorted(lines, key=lambda line: line.line):
        at = first.setdefault(each.code, each.line)
        if at != each.line:
            issues.append(
                LineIssue(each.line, f"{each.code} 在第 {at} 行已列出", f"{each.code} stands in line {at} too")
            )
    return issues
