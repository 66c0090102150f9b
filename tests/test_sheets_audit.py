"""Dirty workbooks, written down by hand from the contract alone, read exactly as it says (`domain.md` §5)."""

from __future__ import annotations

import json

import pytest
from audit_council import LEDGER_CASES
from audit_finance import FINANCE_CASES
from audit_owner import OWNER_CASES
from audit_party import ROSTER_CASES
from audit_support import Case
from sheets_support import FINANCE, TODAY, Book, id_number, row_of

from yuanluo.sheets import WorkbookTooLarge, preview
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_party.roster import PARTY_ROSTER

CASES = (*ROSTER_CASES, *OWNER_CASES, *FINANCE_CASES, *LEDGER_CASES)


def as_lines(rows: list[dict[str, object]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_dirty_workbook_reads_as_the_contract_says(case: Case, tmp_path):
    path = tmp_path / case.file
    case.build(path)
    expected = case.sidecar()
    result = preview(case.kind, path, today=TODAY).to_json()
    for key in ("issues", "skipped_rows"):
        assert as_lines(result.pop(key)) == as_lines(expected.pop(key))
    assert {key: result[key] for key in expected} == expected


def test_a_stray_cell_in_the_last_row_of_a_sheet_is_refused_in_one_sentence(tmp_path):
    book = Book(tmp_path / "远.xlsx")
    book.sheet([["姓名", "入党时间", "学历"], ["甲一", "1998.7", "高中"]])["A1048576"] = "x"
    with pytest.raises(WorkbookTooLarge, match="100,000 rows"):
        book.read(PARTY_ROSTER)


def test_a_number_that_slipped_into_another_column_stays_masked_in_every_sentence(tmp_path):
    number, phone = id_number("19700101", 101), "15400000101"
    book = Book(tmp_path / "错列.xlsx")
    statement = [
        row_of(FINANCE, 日期=number, 凭证号=number, 收入=f"付给{number}"),
        row_of(FINANCE, 日期=phone, 凭证号=number, 支出=f"{number[:6]}-{number[6:]}"),
    ]
    book.sheet([FINANCE, *statement])
    issues = book.read(FINANCE_STATEMENT).issues
    assert len(issues) == 5
    sentences = "".join(issue.sentence(locale) for issue in issues for locale in ("zh-CN", "en"))
    assert number not in sentences.replace("-", "")
    assert phone not in sentences
