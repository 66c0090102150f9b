"""Blank forms to fill in, the faulty file back with its issues, and what the command line prints of them."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from plots import plugin_of
from sheets_support import FINANCE, OWNER, PARTY, SAMPLES, TODAY, Book, id_number, moment, row_of
from typer.testing import CliRunner

from yuanluo.sheets import OWNER_ROSTER, Kind, Preview, open_workbook, preview, write_report, write_template
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_graphql.cli import app
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER

PLOT_ROSTER: Kind = plugin_of("plots_of_forms").PLOT_ROSTER
ID, PHONE = id_number("19491001", 101), "15400000101"
FILLED: dict[str, tuple[Kind, list[str | float | None], dict[str, Any]]] = {
    kind.name: (kind, cells, wanted)
    for kind, cells, wanted in (
        (
            PARTY_ROSTER,
            [
                *(
                    "1",
                    "张建国",
                    "男",
                    "汉",
                    "1949.10",
                    ID,
                    "大专",
                    "1970.03.15",
                    "1971.03.15",
                    "正式党员",
                    "梧桐苑党支部",
                ),
                *(PHONE, "2-1-101", "3-12"),
            ],
            {"id_number": ID, "member_type": "FULL", "room_key": "2-1-101", "remark": "3-12", "phone": PHONE},
        ),
        (
            OWNER_ROSTER,
            ["3栋", None, "12", 68.5, "甲一", ID, "1/1", "自住", f"{PHONE}、15400000102", None],
            {"room_key": "3-0-012", "area_c": 6850, "owner_id_number": ID, "phone_alt": ["15400000102"]},
        ),
        (
            FINANCE_STATEMENT,
            ["2026.10.08", "收-01", "停车费", 4800.5, None, 4800.5, "周福生", None],
            {"income_fen": 480_050, "entry_date": "2026-10-08", "balance_fen": 480_050},
        ),
        (
            OPINION_LEDGER,
            [
                *(
                    "1",
                    "2026.9.2",
                    "匿名",
                    "2-1-101",
                    PHONE,
                    "路灯坏了",
                    "设施维修",
                    "走访",
                    "王秀英",
                    "15",
                    "2026.9.5",
                ),
                *("已修", "满意"),
            ],
            {"reporter": None, "limit_workdays": 15, "category": "FACILITY", "satisfaction": "SATISFIED"},
        ),
        (
            DUAL_REPORT,
            ["1", "甲一", "男", "某院", "某院党支部", PHONE, "2-1-101", "2026.3.5", "医疗", "治安巡逻员、其他", "同意"],
            {"posts": ["PATROL", "OTHER"], "status": "ACCEPTED"},
        ),
        (PLOT_ROSTER, ["1", "南坡", 12.5, "甲一", PHONE], {"name": "南坡", "size_c": 1250, "phone": PHONE}),
    )
}


@pytest.mark.parametrize("name", FILLED)
def test_a_blank_form_filled_in_imports_without_any_issue(tmp_path: Path, name: str) -> None:
    kind, cells, wanted = FILLED[name]
    path = tmp_path / "空白.xlsx"
    assert write_template(kind, path) == len(kind.headers)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == list(kind.headers)
    for place, cell in enumerate(cells, 1):
        sheet.cell(2, place).value = cell
    book.save(path)
    result = preview(kind, path, today=TODAY)
    assert (result.issues, result.missing, result.counts.records) == ((), (), 1)
    assert {key: result.records[0][key] for key in wanted} == wanted


@pytest.mark.parametrize("name", FILLED)
def test_a_blank_form_keeps_text_as_text_and_offers_the_words(tmp_path: Path, name: str) -> None:
    kind, _, _ = FILLED[name]
    path = tmp_path / "空白.xlsx"
    write_template(kind, path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    styles = [cell.number_format for cell in sheet[2]]
    for column, cell, style in zip(kind.columns, sheet[1], styles, strict=True):
        rule = rules.get(f"{cell.column_letter}2")
        if column.field != "ordinal":
            assert style == ("@" if column.digits is None else "0.00")
        if column.words:
            assert rule is not None
            assert rule.formula1 == f'"{",".join(column.words)}"'
        elif column.hint:
            assert rule is not None
            assert rule.prompt == column.hint


def test_an_empty_form_has_nothing_to_import(tmp_path: Path) -> None:
    write_template(PARTY_ROSTER, tmp_path / "空白.xlsx")
    result = preview(PARTY_ROSTER, tmp_path / "空白.xlsx", today=TODAY)
    assert (result.records, result.issues) == ((), ())


# reports ---------------------------------------------------------------------------------------------------------


def reported(path: Path, kind: Kind) -> tuple[Preview, Any]:
    found = preview(kind, path, today=TODAY)
    out = path.with_name("问题.xlsx")
    write_report(open_workbook(path), found, out)
    return found, openpyxl.load_workbook(out)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.xlsx")), ids=lambda path: path.stem)
def test_a_report_has_every_cell_and_every_issue(tmp_path: Path, path: Path) -> None:
    kind = {"01": PARTY_ROSTER, "02": OWNER_ROSTER, "03": FINANCE_STATEMENT, "04": OPINION_LEDGER}[path.name[:2]]
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    found, report = reported(copy, kind)
    book = open_workbook(path)
    assert report.sheetnames == [grid.name for grid in book.grids]
    for grid in book.grids:
        sheet = report[grid.name]
        last = sheet.max_column
        for row, cells in grid.rows.items():
            for column, cell in cells.items():
                shown = sheet.cell(row, column).value
                assert shown == cell or re.fullmatch(r"\d{3}\*+\d{3}[\dXx]", str(shown).strip())
        for row in range(1, grid.last_row + 1):
            said = sheet.cell(row, last).value or ""
            wanted = [issue for issue in found.issues if (issue.sheet, issue.row) == (grid.name, row)]
            assert len([line for line in said.splitlines() if line != "问题"]) == len(wanted)
            assert all(issue.column in said for issue in wanted)
        for header in found.sheets:
            assert report[header.name].cell(header.header_row, report[header.name].max_column).value.startswith("问题")


def test_no_id_number_leaves_in_a_report(tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    book = Book(path)
    spaced = f"{ID[:6]} {ID[6:14]} {ID[14:]}"
    rows = [
        row_of(PARTY, 姓名="甲一", 身份证号=ID),
        row_of(PARTY, 姓名="丙三", 身份证号=int(ID[:17] + "0")),
        row_of(PARTY, 姓名="乙二", 身份证号=ID, 备注=f"同{spaced}的丈夫"),
    ]
    book.sheet([PARTY, *rows])
    book.read(PARTY_ROSTER)
    _, report = reported(path, PARTY_ROSTER)
    texts = [str(cell.value) for sheet in report for row in sheet for cell in row]
    assert not [text for text in texts if ID[:15] in text.replace(" ", "")]
    with zipfile.ZipFile(path.with_name("问题.xlsx")) as made:
        assert not [name for name in made.namelist() if ID[:15].encode() in made.read(name)]


def test_a_report_keeps_merges_and_what_is_hidden_and_reads_like_the_original(tmp_path: Path) -> None:
    path = tmp_path / "收支.xlsx"
    book = Book(path)
    sheet = book.sheet(
        [
            ["2026年10月收支公示表"],
            FINANCE,
            [moment("2026-10-01"), "收-1", "=1+1", 10, None, True],
            [None, "收-2", "水费", None, "x"],
        ],
        merges=["A1:H1", "A3:A4"],
        hidden=[4],
    )
    sheet.column_dimensions["G"].hidden = True
    sheet["C3"].data_type = "s"
    book.sheet([FINANCE, ["2026-10-03", "收-3", "电费", 5]], name="旧").sheet_state = "hidden"
    book.read(FINANCE_STATEMENT)
    found, report = reported(path, FINANCE_STATEMENT)
    again = preview(FINANCE_STATEMENT, path.with_name("问题.xlsx"), today=TODAY)
    assert again.records == found.records
    assert again.issues == found.issues
    assert [each.header for each in again.columns][-1] == "问题"
    assert again.unknown_columns == ()
    assert report["旧"].sheet_state == "hidden"


def test_a_report_of_names_that_no_sheet_may_have(tmp_path: Path) -> None:
    path = tmp_path / "一[1]:很长很长很长很长很长很长很长很长很长很长很长很长.csv"
    path.write_text("姓名,性别,民族\n,男,汉\n", encoding="utf-8")
    _, report = reported(path, PARTY_ROSTER)
    (sheet,) = report
    assert sheet["D2"].value.startswith("“姓名”")
    assert (sheet["D1"].value, sheet["B2"].value) == ("问题", "男")


# the command line ------------------------------------------------------------------------------------------------


def run(*words: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == code or code == 1, result.output
    return result.output


def dry(kind: str, path: Path, *words: object, code: int = 0) -> str:
    return run("import", kind, path, "--courtyard", "C", "--dry-run", "--today", TODAY.isoformat(), *words, code=code)


def test_the_command_line_writes_a_blank_form_and_reports(tmp_path: Path) -> None:
    blank, report = tmp_path / "空白.xlsx", tmp_path / "问题.xlsx"
    assert "10 列" in run("template", "owner_roster", blank)
    assert [cell.value for cell in next(iter(openpyxl.load_workbook(blank).active or []))] == OWNER
    said = dry("party_roster", SAMPLES / "01_党员花名册.xlsx", "--report", report)
    assert "问题已列在" in said
    assert openpyxl.load_workbook(report).sheetnames == ["党员花名册"]


def test_twenty_thousand_like_issues_are_one_line_with_their_number(tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    lines = [f"甲{row},男,汉,12345,{ID if row < 3 else ''}" for row in range(20_000)]
    path.write_text("\n".join(["姓名,性别,民族,电话,身份证", *lines]), encoding="utf-8")
    said = dry("party_roster", path)
    assert len(said.splitlines()) < 10
    assert "同类共 20000 处,在第 2、3、4 行等" in said
    assert said.count("E_DUP") == 0
    assert said.count("证件号与前面另一人相同") == 2


def test_unknown_columns_are_told_with_their_remedy_and_keep_a_file_from_being_written(tmp_path: Path) -> None:
    path = tmp_path / "名册.csv"
    path.write_text("姓名,性别,民族,编组,籍贯\n甲一,男,汉,梧桐苑党支部,成都\n", encoding="utf-8")
    refused = CliRunner().invoke(
        app, ["import", "party_roster", str(path), "--courtyard", "C", "--dry-run", "--today", "2026-11-22"]
    )
    assert refused.exit_code == 1
    assert "--map 编组=branch" in refused.output
    assert "--ignore-column 编组" in refused.output
    assert "未读取的列 (read past):籍贯" in refused.output
    assert type(refused.exception).__name__ == "ColumnUnknown"
    assert "错误 0 处" in dry("party_roster", path, "--map", "编组=branch")
    assert "错误 0 处" in dry("party_roster", path, "--ignore-column", "编组")
