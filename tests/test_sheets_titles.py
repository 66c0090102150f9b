"""Titles of columns (K11): every title that clerks write is read, or asked about; none is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sheets_support import DUAL, FINANCE, OPINION, OWNER, PARTY, SAMPLES, TODAY, Book, codes, id_number, row_of

from yuanluo.sheets import OWNER_ROSTER, ColumnUnknown, Kind, Preview, TitleChoices, Workbook
from yuanluo.sheets.grid import Grid
from yuanluo.sheets.titles import nearest
from yuanluo_council.opinions_sheet import OPINION_LEDGER
from yuanluo_finance.statement import FINANCE_STATEMENT
from yuanluo_party.roster import DUAL_REPORT, PARTY_ROSTER
from yuanluo_tenants.errors import Invalid

TITLES = json.loads((SAMPLES / "titles.json").read_text("utf-8"))
LOCATION = ["坐落", *OWNER[3:]]
PHONE = "15400000101"

GOOD: dict[str, tuple[Kind, list[str], list[object]]] = {
    "party_roster": (
        PARTY_ROSTER,
        [*PARTY, "备用电话"],
        [
            *(
                1,
                "张建国",
                "男",
                "汉",
                "1949.10",
                id_number("19491001", 101),
                "大专",
                "1970.03.15",
                "1971.03.15",
                "正式党员",
            ),
            *("梧桐苑院落党支部", PHONE, "2-1-101", "老书记", "15400000102"),
        ],
    ),
    "owner_roster": (
        OWNER_ROSTER,
        [*OWNER, "备用电话"],
        ["2栋", "1单元", "101", 58.32, "甲一", id_number("19600101", 101), "1/1", "自住", PHONE, None, "15400000102"],
    ),
    "owner_roster by location": (
        OWNER_ROSTER,
        LOCATION,
        ["2-1-101", 58.32, "甲一", id_number("19600101", 101), "1/1", "自住", PHONE, None],
    ),
    "finance_statement": (
        FINANCE_STATEMENT,
        FINANCE,
        ["2026-10-08", "收-01", "停车费", "4,800.00", None, "4800", "周福生", None],
    ),
    "opinion_ledger": (
        OPINION_LEDGER,
        OPINION,
        [
            1,
            "2026-09-02",
            "甲一",
            "2-1-101",
            PHONE,
            "路灯坏了",
            "设施维修",
            "走访",
            "王秀英",
            "15",
            "2026-09-05",
            "已修",
            "满意",
        ],
    ),
    "dual_report": (
        DUAL_REPORT,
        [*DUAL, "备用电话"],
        [
            *(1, "甲一", "男", "某院", "某院党支部", PHONE, "2-1-101", "2026-03-05", "医疗", "治安巡逻员", "同意"),
            "15400000102",
        ],
    ),
}


def cases() -> Iterator[tuple[str, str, str]]:
    for name, groups in TITLES.items():
        for group in groups.values():
            for title, field in group.items():
                yield name, title, field


def place_of(kind: Kind, headers: list[str], field: str) -> int:
    return next(place for place, header in enumerate(headers) if kind.labels[header.split("（")[0]] == field)


def looked_at(kind: Kind, rows: list[list[object]], **options: object) -> Preview:
    """Return the preview of one sheet that never was a file: hundreds of titles cost little."""
    cells = {
        number: {place: cell for place, cell in enumerate(row, 1) if cell is not None}
        for number, row in enumerate(rows, 1)
    }
    return kind.read(Workbook("名册.xlsx", "", (Grid("Sheet1", cells),)), TODAY, **options)


def read(name: str, field: str, title: str, **options: object) -> tuple[Preview, Preview]:
    """Return the previews of the good roster and of the same with one title changed."""
    kind, headers, row = GOOD[name]
    place = place_of(kind, headers, field)
    return looked_at(kind, [headers, row]), looked_at(
        kind, [[*headers[:place], title, *headers[place + 1 :]], row], **options
    )


def test_the_list_has_every_synonym_of_the_contract_and_many_more():
    assert len(list(cases())) > 300
    assert all(GOOD.keys() >= {name} for name in TITLES)


@pytest.mark.parametrize("name", GOOD)
def test_every_column_of_a_good_roster_is_read_and_nothing_is_missing(name):
    kind, headers, row = GOOD[name]
    result = looked_at(kind, [headers, row])
    assert [column.field for column in result.columns] == [kind.labels[header.split("（")[0]] for header in headers]
    assert (codes(result), result.unknown_columns, result.counts.records) == ([], (), 1)
    assert result.missing == ()


@pytest.mark.parametrize(("name", "title", "field"), list(cases()))
def test_a_title_is_read_or_asked_about(name, title, field):
    good, changed = read(name, field, title)
    unknown = [issue for issue in changed.issues if issue.code == "E_COLUMN_UNKNOWN"]
    if not unknown:
        assert changed.records == good.records
        assert {each.field for each in changed.columns} == {each.field for each in good.columns}
        return
    (told,) = changed.unknown_columns
    assert (told.near, unknown[0].row) == (field, 1)
    with pytest.raises(ColumnUnknown, match=field):
        changed.check_columns()
    _, mapped = read(name, field, title, titles=TitleChoices({title: field}))
    assert mapped.records == good.records
    assert mapped.unknown_columns == ()


@pytest.mark.parametrize(
    ("name", "title", "field"),
    [case for case in cases() if case[1] in {**TITLES[case[0]]["contract"], **TITLES[case[0]]["k11"]}],
)
def test_a_title_of_the_contract_is_read(name, title, field):
    good, changed = read(name, field, title)
    assert (changed.records, codes(changed)) == (good.records, [])


def test_an_unknown_title_names_the_field_that_seems_meant_until_it_is_mapped_or_passed_over():
    _, asked = read("party_roster", "branch", "编组")
    (issue,) = asked.issues
    assert (issue.row, issue.column, issue.code) == (1, "编组", "E_COLUMN_UNKNOWN")
    assert "所在党支部" in issue.sentence()
    assert "branch" in issue.sentence("en")
    assert {"sheet": "Sheet1", "header": "编组", "field": None, "near": "branch"} in asked.to_json()["columns"]
    for field in ("branch", "所在党支部", "所属支部"):
        good, mapped = read("party_roster", "branch", "编组", titles=TitleChoices({"编 组": field}))
        assert mapped.records == good.records
    _, passed = read("party_roster", "branch", "编组", titles=TitleChoices(ignored=["编组"]))
    assert passed.issues == ()
    passed.check_columns()
    assert [(each.field, each.is_required) for each in passed.missing] == [("branch", False)]


def test_choices_that_fit_nothing_are_refused():
    with pytest.raises(Invalid, match="member_type") as refused:
        read("party_roster", "branch", "编组", titles=TitleChoices({"编组": "brunch"}))
    assert refused.value.stable_code == "FIELD_UNKNOWN"
    for choices in (TitleChoices({"编祖": "branch"}), TitleChoices(ignored=["编祖"])):
        with pytest.raises(Invalid) as refused:
            read("party_roster", "branch", "编组", titles=choices)
        assert refused.value.stable_code == "TITLE_ABSENT"


def test_a_far_title_and_a_column_without_title_are_read_past_and_told(tmp_path):
    book = Book(tmp_path / "名册.xlsx")
    book.sheet([["姓名", "入党时间", "学历", "籍贯", None], ["甲一", "1998.7", "高中", "成都", "什么"]])
    result = book.read(PARTY_ROSTER)
    assert codes(result) == []
    assert [(each.header, each.field, each.near) for each in result.columns[3:]] == [
        ("籍贯", None, None),
        ("", None, None),
    ]


def test_a_near_title_is_no_matter_where_another_column_brings_the_field(tmp_path):
    book = Book(tmp_path / "名册.xlsx")
    book.sheet([["姓名", "入党时间", "出生年月", "出生地", "入党介绍人"], ["甲一", "1998.7", "1960.1", "成都", "乙二"]])
    assert codes(book.read(PARTY_ROSTER)) == []
    owners = Book(tmp_path / "产权.xlsx")
    owners.sheet([["坐落", "楼层", "产权人", "建筑面积", "套内面积"], ["2-1-101", 1, "甲一", 58.3, 50.1]])
    result = owners.read(OWNER_ROSTER)
    assert [issue.code for issue in result.issues] == ["W_ID_MISSING"]
    assert result.records[0]["area_c"] == 5830


def test_another_area_is_never_taken_for_the_built_area(tmp_path):
    owners = Book(tmp_path / "产权.xlsx")
    owners.sheet([["坐落", "产权人", "份额", "套内面积"], ["2-1-101", "甲一", None, 50.1]])
    result = owners.read(OWNER_ROSTER)
    assert (result.records[0]["area_c"], result.unknown_columns[0].near) == (None, "area_c")


def test_of_two_columns_for_one_field_the_one_that_is_not_read_is_told(tmp_path):
    book = Book(tmp_path / "名册.xlsx")
    book.sheet([["姓名", "出生日期", "出生年月", "手机", "电话"], ["甲一", "1960.2", "1960.1", PHONE, "15400000102"]])
    result = book.read(PARTY_ROSTER)
    assert (result.records[0]["birth"], result.records[0]["phone_alt"]) == ("1960-01", ["15400000102"])
    assert [each.field for each in result.columns] == ["name", None, "birth", "phone", "phone"]


@pytest.mark.parametrize(
    ("kind", "headers", "row", "missing"),
    [
        (PARTY_ROSTER, ["性别", "入党时间", "学历"], ["男", "1998.7", "高中"], "姓名"),
        (OWNER_ROSTER, ["楼栋", "产权人", "份额"], ["1栋", "甲一", "1/1"], "房号"),
        (OWNER_ROSTER, ["坐落", "份额", "居住状态"], ["1-1-101", "1/1", "自住"], "产权人"),
        (OPINION_LEDGER, ["反映人", "类别", "来源"], ["甲一", "治安", "走访"], "诉求内容"),
        (FINANCE_STATEMENT, ["日期", "摘要", "经手人"], ["2026-10-01", "水费", "周福生"], "收入"),
    ],
)
def test_a_needed_field_without_a_column_is_one_issue_at_the_header_row(tmp_path, kind, headers, row, missing):
    book = Book(tmp_path / "名册.xlsx")
    book.sheet([["名册"], headers, *[row] * 50])
    result = book.read(kind)
    assert [(issue.row, issue.column) for issue in result.issues if issue.code[0] == "E"] == [(2, missing)]
    assert "缺少此列" in next(issue for issue in result.issues if issue.code[0] == "E").sentence()
    assert result.records == ()


def test_the_measure_of_nearness():
    labels = {"入党时间": "joined_on", "姓名": "name", "凭证号": "voucher_no", "栋": "building"}
    wanted = set(labels.values())
    near = {
        "入党时问": "joined_on",  # one character of four
        "入伍时问": "joined_on",  # two of four
        "人党的时间": "joined_on",  # one replaced, one added
        "何年入党时间": "joined_on",  # contains a known title
        "时间": "joined_on",  # contained in one
        "姓铭": "name",
        "凭正号": "voucher_no",
        "籍贯": None,
        "住址": None,
        "平正号": None,  # two of three
        "楼栋": None,  # a title of one character is near to nothing
        "序号": None,
        "": None,
    }
    assert {title: nearest(title, labels, wanted) for title in near} == near
    assert nearest("入党时问", labels, wanted - {"joined_on"}) is None


def test_a_second_row_of_good_values_is_not_disturbed_by_columns_of_no_field(tmp_path):
    book = Book(tmp_path / "台账.xlsx")
    book.sheet([["序号", "党内职务", *OPINION[1:]], [1, "书记", *row_of(OPINION, 诉求内容="路灯坏了")[1:]]])
    result = book.read(OPINION_LEDGER)
    assert (codes(result), result.columns[1].field, result.columns[1].near) == ([], None, None)


def test_a_line_of_labels_above_the_table_is_no_header():
    above = ["负责人", "张三", "联系电话", PHONE, "日期", "2026-09-01"]
    result = looked_at(OPINION_LEDGER, [["民情台账"], above, OPINION, row_of(OPINION, 诉求内容="路灯坏了")])
    assert (result.sheets[0].header_row, result.counts.records) == (3, 1)
