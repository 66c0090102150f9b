"""Dirty ledgers of opinions with what the contract says of them."""

from __future__ import annotations

from pathlib import Path

from audit_support import Case, Told, words
from sheets_support import Book, moment

from yuanluo_council.opinions_sheet import OPINION_LEDGER

LABELS = words(
    "序号 收集日期 反映人 现居住地 手机 诉求内容 类别 来源 责任人 办理时限（工作日） 办结日期 办理结果 满意度 领导批示"
)


def ledger(path: Path) -> None:
    book = Book(path)

    def row(number: int, received: object, content: object, limit: object, closed: object) -> list[object]:
        return [number, received, None, None, None, content, "建议", "走访", "李长富", limit, closed]

    # fmt: off
    book.sheet(
        [
            ["银杏里民情台账"],
            LABELS,
            [1, "9月21日", "匿 名", "2栋附1号", "无", "楼道\n  堆物，占用消防通道（3楼）", "环境 秩序", 12345, "李 长富", "7个工作日", "10月8日", "已清理，\n回访", "非常满意", "请速办"],
            row(2, moment("2026-09-21"), "灯不亮", 7, "2026-10-09"),
            row(3, "2026-09-18", "渗水", "1日", "2026.9.20"),
            row(4, "2026-09-18", "渗水", 1, "20260921"),
            row(5, "2026-10-08", "占道", 2, "2026-10-10"),
            row(6, "2026-10-08", "占道", 2, "2026-10-11"),
            row(7, "2026-09-10", "犬吠", 3, "2026-09"),
            row(8, "2026-09-10", "犬吠", 3, "2026-09-09"),
            row(9, "2026-09-10", "犬吠", "尽快", "2026-11-20"),
            [
                10,
                "2026.9.1",
                "王 秀英",
                "1-1-101",
                "15400000201/15400000202",
                "违建",
                "违建",
                "电话",
                "〃",
                "3-5个",
                None,
                "—",
                "很满意",
            ],
            [11, "2026.9.1", None, None, None, "违建", "无", "微信群", "N/A", None, "2026.12", "无", "不满意"],
            [12, "2026.9.1", None, None, None, "不详", "其他", "坝坝会"],
            [13],
        ],
        name="台账",
        hidden=[4],
    )
    # fmt: on
    book.sheet(
        [
            ["", "诉求内容", "收集日期", "办理时限", "办结日期"],
            [],
            [None, "路灯", "2026.9.24", "1", "2026.9.27"],
            [None, "路灯", "2026.9.24", "1", "2026.9.28"],
            [None, "路灯", "2026.9.30", "1", "2026.10.8"],
            [None, "路灯", "2026.9.30", "2", "2026.10.10"],
        ],
        name="二季度",
    )
    book.book.save(path)


def plain(received: str, content: str, limit: int | None, closed: str) -> dict[str, object]:
    return {
        "received_on": received,
        "content": content,
        "limit_workdays": limit,
        "closed_on": closed,
        "category": "SUGGESTION",
        "source": "VISIT",
        "assignee": "李长富",
    }


LEDGER_CASES = (
    Case(
        "limits across the holidays of autumn",
        OPINION_LEDGER,
        "31 台账.xlsx",
        ledger,
        (
            Told(
                "台账",
                2,
                {
                    3: {
                        "received_on": "2026-09-21",
                        "content": "楼道 堆物，占用消防通道（3楼）",
                        "category": "ENVIRONMENT",
                        "source": "HOTLINE_12345",
                        "assignee": "李长富",
                        "limit_workdays": 7,
                        "closed_on": "2026-10-08",
                        "result": "已清理， 回访",
                        "satisfaction": "VERY_SATISFIED",
                    },
                    4: plain("2026-09-21", "灯不亮", 7, "2026-10-09"),
                    5: plain("2026-09-18", "渗水", 1, "2026-09-20"),
                    6: plain("2026-09-18", "渗水", 1, "2026-09-21"),
                    7: plain("2026-10-08", "占道", 2, "2026-10-10"),
                    8: plain("2026-10-08", "占道", 2, "2026-10-11"),
                    9: plain("2026-09-10", "犬吠", 3, "2026-09"),
                    11: plain("2026-09-10", "犬吠", None, "2026-11-20"),
                    12: {
                        "received_on": "2026-09-01",
                        "reporter": "王秀英",
                        "room_key": "1-1-101",
                        "phone": "15400000201",
                        "content": "违建",
                        "category": "OTHER",
                        "assignee": "李长富",
                        "limit_workdays": 3,
                    },
                },
                """
                3 收集日期 W_DATE_YEAR_ASSUMED
                3 办结日期 W_DATE_YEAR_ASSUMED
                3 现居住地 W_ROOM_UNPARSEABLE
                4 诉求内容 W_ROW_HIDDEN
                4 办结日期 W_OVERDUE
                6 办结日期 W_OVERDUE
                8 办结日期 W_OVERDUE
                10 办结日期 E_DATE_ORDER
                12 类别 W_CATEGORY_UNKNOWN
                13 办结日期 E_DATE_FUTURE
                14 诉求内容 E_REQUIRED
                15 诉求内容 E_REQUIRED
                """,
                "1 TITLE",
            ),
            Told(
                "二季度",
                1,
                {
                    3: {
                        "content": "路灯",
                        "received_on": "2026-09-24",
                        "limit_workdays": 1,
                        "closed_on": "2026-09-27",
                    },
                    4: {
                        "content": "路灯",
                        "received_on": "2026-09-24",
                        "limit_workdays": 1,
                        "closed_on": "2026-09-28",
                    },
                    5: {
                        "content": "路灯",
                        "received_on": "2026-09-30",
                        "limit_workdays": 1,
                        "closed_on": "2026-10-08",
                    },
                    6: {
                        "content": "路灯",
                        "received_on": "2026-09-30",
                        "limit_workdays": 2,
                        "closed_on": "2026-10-10",
                    },
                },
                "6 办结日期 W_OVERDUE",
                "2 BLANK",
            ),
        ),
        {"default_year": 2026},
    ),
)
