"""Rule N14 on the ledger of opinions, and the calendar below it."""

from __future__ import annotations

import datetime as dt

import pytest
from sheets_support import OPINION, Book, codes, moment, row_of

from yuanluo.calendar import add_days, add_workdays, has_notice, is_workday
from yuanluo_council.opinions_sheet import OPINION_LEDGER


def ledger(tmp_path, *rows):
    book = Book(tmp_path / "表.xlsx")
    book.sheet([OPINION, *(row_of(OPINION, **{"诉求内容": "灯不亮", **row}) for row in rows)])
    return book.read(OPINION_LEDGER)


def test_an_opinion_has_all_of_its_keys(tmp_path):
    (record,) = ledger(
        tmp_path,
        {
            "收集日期": "2026.9",
            "反映人": "匿名",
            "住址": "—",
            "联系电话": "15400000101、20000101",
            "诉求内容": "院门口乱停车，\n堵塞通道（东门）",
            "类别": "治安",
            "来源": 12345,
            "责任人": "王 秀英",
            "办理时限": "3日",
            "办理结果": "已\n清理",
            "满意度": "基本满意",
        },
    ).records
    assert record == {
        "sheet": "Sheet1",
        "row": 2,
        "received_on": "2026-09",
        "reporter": None,
        "room_key": None,
        "phone": "15400000101",
        "content": "院门口乱停车， 堵塞通道（东门）",
        "category": "SECURITY",
        "source": "HOTLINE_12345",
        "assignee": "王秀英",
        "limit_workdays": 3,
        "closed_on": None,
        "result": "已 清理",
        "satisfaction": "FAIRLY_SATISFIED",
    }


def test_content_is_required(tmp_path):
    assert codes(ledger(tmp_path, {"反映人": "甲", "诉求内容": "无"})) == [(2, "诉求内容", "E_REQUIRED")]


@pytest.mark.parametrize(
    ("text", "category", "issue"),
    [
        ("违建", "OTHER", True),
        ("其他", "OTHER", False),
        ("设施 维修", "FACILITY", False),
        (None, None, False),
        ("—", None, False),
    ],
)
def test_an_unknown_category_is_other_with_a_warning(tmp_path, text, category, issue):
    result = ledger(tmp_path, {"类别": text})
    assert result.records[0]["category"] == category
    assert codes(result) == ([(2, "类别", "W_CATEGORY_UNKNOWN")] if issue else [])


def test_unknown_sources_and_ratings_are_null_without_issue(tmp_path):
    result = ledger(tmp_path, {"来源": "电话", "满意度": "一般", "反映人": "甲"})
    assert (result.records[0]["source"], result.records[0]["satisfaction"], codes(result)) == (None, None, [])


@pytest.mark.parametrize(
    ("cell", "limit"),
    [(5, 5), ("15个工作日", 15), ("３日", 3), ("约5日", None), (None, None), (7.0, 7), (moment("1900-01-15"), None)],
)
def test_the_limit_is_the_leading_integer(tmp_path, cell, limit):
    assert ledger(tmp_path, {"办理时限": cell}).records[0]["limit_workdays"] == limit


@pytest.mark.parametrize(
    ("received", "limit", "closed", "issue"),
    [
        ("2026-09-10", 15, "2026-10-08", None),
        ("2026-09-10", 15, "2026-10-09", "W_OVERDUE"),
        ("2026-09-21", 7, "2026-10-08", None),
        ("2026-09-18", 1, "2026-09-20", None),
        ("2026-09-18", 1, "2026-09-21", "W_OVERDUE"),
        ("2026-09-10", 15, "2026-10", None),
        ("2026-09-10", 15, "2026-11", "W_OVERDUE"),
        ("2026-09", 1, "2026-11-01", None),
        ("2026-09-10", None, "2026-11-01", None),
        ("2026-09-10", 15, None, None),
        ("2026-09-10", 1, "2026-09-09", "E_DATE_ORDER"),
        ("2026-09-10", 1, "2026-09-10", None),
        ("2026-09-10", 1, "2026-09", None),
    ],
)
def test_order_and_limit_are_checked_on_the_closing_date(tmp_path, received, limit, closed, issue):
    result = ledger(tmp_path, {"收集日期": received, "办理时限": limit, "办结日期": closed})
    assert codes(result) == ([(2, "办结日期", issue)] if issue else [])


def test_holidays_and_make_up_working_days_of_2026_are_known():
    assert has_notice(2026)
    days_off = [dt.date(2026, 9, 25), *(dt.date(2026, 10, day) for day in range(1, 8))]
    assert not any(map(is_workday, days_off))
    assert is_workday(dt.date(2026, 9, 20))
    assert is_workday(dt.date(2026, 10, 10))
    assert is_workday(dt.date(2026, 10, 8))


def test_a_period_does_not_count_its_first_day_and_ends_on_a_working_day():
    assert add_days(dt.date(2026, 11, 2), 7) == dt.date(2026, 11, 9)
    assert add_days(dt.date(2026, 9, 24), 7) == dt.date(2026, 10, 8)
    assert add_days(dt.date(2026, 9, 24), 7, workday_end=False) == dt.date(2026, 10, 1)


def test_working_days_pass_over_holidays():
    assert add_workdays(dt.date(2026, 9, 30), 1) == dt.date(2026, 10, 8)
    assert add_workdays(dt.date(2026, 9, 19), 1) == dt.date(2026, 9, 20)
    assert add_workdays(dt.date(2026, 9, 19), 0) == dt.date(2026, 9, 19)


def test_years_without_a_notice_know_weekends_only():
    assert not has_notice(2045)
    assert is_workday(dt.date(2045, 10, 2))
    assert not is_workday(dt.date(2045, 10, 1))
    assert add_workdays(dt.date(2045, 9, 29), 1) == dt.date(2045, 10, 2)
