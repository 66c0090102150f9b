"""党员花名册 and 双报到登记表 as workbooks (`domain.md` §5, rules N13 and N14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from yuanluo.sheets import (
    GENDERS,
    HOME_TITLES,
    ORDINAL,
    PHONE_HINT,
    PHONE_TITLES,
    ROOM_HINT,
    SPARE_PHONE_TITLES,
    Column,
    Draft,
    Kind,
    RowReader,
    as_phones,
    as_text,
    as_words,
    in_words,
    joined,
)

__all__ = ["DUAL_REPORT", "MEMBER_TYPES", "PARTY_ROSTER", "POSTS", "STATUSES", "branch_in_title"]

MEMBER_TYPES: Mapping[str, str] = MappingProxyType({"正式党员": "FULL", "预备党员": "PROBATIONARY"})
"""The words of 党员类别; any text that begins with 正式 or 预备 is read."""

POSTS: Mapping[str, str] = MappingProxyType(
    {
        "政策宣传员": "POLICY_PROMOTER",
        "民情收集员": "OPINION_COLLECTOR",
        "邻里纠纷调解员": "MEDIATOR",
        "文明劝导员": "CIVILITY_ADVISOR",
        "治安巡逻员": "PATROL",
        "环境监督员": "ENVIRONMENT",
        "其他": "OTHER",
    }
)
"""What a reported-in member may take on; an unknown post is OTHER with a warning."""

STATUSES: Mapping[str, str] = MappingProxyType({"同意": "ACCEPTED", "不同意": "REJECTED"})
"""The community's opinion; nothing decided yet is SUBMITTED."""

_BRANCH: Final = "党支部"
_BEFORE_BRANCH: Final = re.compile(r"街道|社区|(?<!小)区|[:：]|[(（](?![^()（）]*[)）])")
_EDGES: Final = "()（）[]【】《》“”\"'<>、,，:;"
_SPLIT: Final = re.compile(r"[、/,;]+")
_DAY_HINT: Final = "如 1998.07.01;按文本填写"
_PROBATION_YEARS: Final = 1
_ADULT_AT: Final = 18


def branch_in_title(title: str) -> str | None:
    """Return the branch that a title names: from the last 区/街道/社区 (or its start) to 党支部 (N13).

    A bracket that encloses the branch, as in 党员花名册（…党支部）, ends what stands before it.
    """
    end = title.find(_BRANCH)
    if end < 0:
        return None
    start = 0
    for found in _BEFORE_BRANCH.finditer(title, 0, end):
        start = found.end()
    return title[start : end + len(_BRANCH)].strip(_EDGES)


@dataclass(slots=True)
class _Members:
    """The ID numbers seen so far with the names they came with, rejected rows included."""

    names: dict[str, set[str | None]] = field(default_factory=dict[str, set[str | None]])

    def duplicate(self, id_number: str, name: str | None) -> str | None:
        """Return the code that a row with this number and name deserves, and remember it."""
        earlier = self.names.get(id_number)
        if earlier is None:
            self.names[id_number] = {name}
            return None
        code = "E_DUP_ROW" if name in earlier else "E_DUP_ID"
        earlier.add(name)
        return code


def _read_members(draft: Draft) -> Mapping[str, object]:
    own, first = _branches(draft)
    members = _Members()
    meta: dict[str, object] = {}
    for layout in draft.tables:
        columns = draft.columns(layout)
        branch = None if "branch" in columns else own.get(layout.name, first)
        if branch is not None:
            meta.setdefault("branch", branch)
        for row in layout.rows:
            _read_member(draft.row(layout, row, columns), members, branch)
    return meta


def _branches(draft: Draft) -> tuple[dict[str, str], str | None]:
    """Return the branch in each sheet's own title, and the first one of the file."""
    own: dict[str, str] = {}
    for sheet, text in draft.titles():
        if branch := branch_in_title(text):
            own.setdefault(sheet, branch)
    return own, next(iter(own.values()), None)


def _read_member(reader: RowReader, members: _Members, title_branch: str | None) -> None:
    name = reader.required("name", reader.name("name"))
    id_number = reader.id_number("id_number").value
    birth, gender = reader.birth_and_gender(id_number)
    joined_on = reader.date("joined_on").value
    confirmed_on = reader.date("confirmed_on").value
    if birth and joined_on and joined_on.is_before(birth.plus_years(_ADULT_AT)):
        reader.issue("E_JOIN_UNDER_18", "joined_on")
    if joined_on and confirmed_on:
        if confirmed_on.is_before(joined_on):
            reader.issue("E_DATE_ORDER", "confirmed_on")
        elif confirmed_on.is_before(joined_on.plus_years(_PROBATION_YEARS)):
            reader.issue("W_PROBATION_LT_1Y", "confirmed_on")
    if id_number and (code := members.duplicate(id_number, name)):
        reader.issue(code, "id_number")
    phone, phone_alt = reader.phones()
    room_key = reader.room("room_key")
    reader.accept(
        {
            "name": name,
            "gender": gender,
            "ethnicity": _ethnicity(reader.code("ethnicity")),
            "birth": birth.iso if birth else None,
            "id_number": id_number,
            "education": reader.code("education"),
            "joined_on": joined_on.iso if joined_on else None,
            "confirmed_on": confirmed_on.iso if confirmed_on else None,
            "member_type": _member_type(reader.code("member_type")),
            "branch": reader.code("branch") if reader.has("branch") else title_branch,
            "phone": phone,
            "phone_alt": phone_alt,
            "room_key": room_key,
            "remark": reader.free_text("remark"),
        }
    )


def _ethnicity(text: str | None) -> str | None:
    return text if text is None or text.endswith("族") else f"{text}族"


def _member_type(text: str | None) -> str | None:
    for word, code in (("正式", "FULL"), ("预备", "PROBATIONARY")):
        if text is not None and text.startswith(word):
            return code
    return None


def _read_reports(draft: Draft) -> Mapping[str, object]:
    seen: set[tuple[str | None, str | None]] = set()
    for layout in draft.tables:
        columns = draft.columns(layout)
        for row in layout.rows:
            _read_report(draft.row(layout, row, columns), seen)
    return {}


def _read_report(reader: RowReader, seen: set[tuple[str | None, str | None]]) -> None:
    name = reader.required("name", reader.name("name"))
    employer = reader.required("employer", reader.code("employer"))
    phone, phone_alt = reader.phones()
    if name is not None and (name, phone) in seen:
        reader.issue("E_DUP_ROW", "name")
    seen.add((name, phone))
    reported_on = reader.date("reported_on").value
    room_key = reader.room("room_key")
    reader.accept(
        {
            "name": name,
            "gender": in_words(reader.code("gender"), GENDERS),
            "employer": employer,
            "home_branch": reader.code("home_branch"),
            "phone": phone,
            "phone_alt": phone_alt,
            "room_key": room_key,
            "reported_on": reported_on.iso if reported_on else None,
            "skills": _parts(reader.code("skills")),
            "posts": _posts(reader),
            "status": _status(reader.code("status")),
        }
    )


def _parts(text: str | None) -> list[str]:
    return [part for part in _SPLIT.split(text or "") if part]


def _posts(reader: RowReader) -> list[str]:
    posts: list[str] = []
    for part in _parts(reader.code("posts")):
        if part not in POSTS:
            reader.issue("W_CATEGORY_UNKNOWN", "posts")
        posts.append(POSTS.get(part, "OTHER"))
    return posts


def _status(text: str | None) -> str:
    for word in ("不同意", "同意"):
        if text is not None and text.startswith(word):
            return STATUSES[word]
    return "SUBMITTED"


PARTY_ROSTER: Final = Kind(
    name="party_roster",
    title="党员花名册",
    english="roster of party members",
    columns=(
        Column("序号", ORDINAL, ("编号",), width=6),
        Column("姓名", "name", ("党员姓名", "名字", "党员名字", "党员"), as_text("name"), hint="必填"),
        Column("性别", "gender", ("男女",), as_words("gender", GENDERS), width=6, words=("男", "女")),
        Column("民族", "ethnicity", ("族别", "民族成分"), as_text("ethnicity"), width=8),
        Column(
            "出生年月",
            "birth",
            ("出生日期", "出生年月日", "出生时间", "生日", "出生", "出生日"),
            as_text("birth"),
            hint="如 1958.07;按文本填写",
        ),
        Column(
            "身份证号",
            "id_number",
            (
                *(
                    "公民身份号码",
                    "证件号码",
                    "身份证号码",
                    "身份证",
                    "身份证件号码",
                    "身份证件号",
                    "证件号",
                    "居民身份证",
                ),
                *("居民身份证号", "居民身份证号码", "公民身份证号码", "公民身份证号"),
            ),
            as_text("id_number"),
            width=22,
            hint="18位,按文本填写",
        ),
        Column(
            "学历",
            "education",
            ("文化程度", "最高学历", "学历层次", "文化水平", "学历情况", "受教育程度"),
            as_text("education"),
        ),
        Column(
            "入党时间",
            "joined_on",
            (
                *("入党日期", "入党年月", "入党年月日", "何时入党", "入党日", "加入党组织日期", "加入党组织时间"),
                *("加入中共党组织日期", "加入中共党组织时间", "加入中共组织日期", "加入中国共产党日期"),
            ),
            as_text("joined_on"),
            hint=_DAY_HINT,
        ),
        Column(
            "转正时间",
            "confirmed_on",
            ("转正日期", "转正年月", "转正年月日", "何时转正", "转正日", "转为正式党员日期", "转为正式党员时间"),
            as_text("confirmed_on"),
            hint=_DAY_HINT,
        ),
        Column(
            "党员类别",
            "member_type",
            ("党员类型", "类别", "人员类别", "党员性质", "正式/预备", "人员类型", "类型"),
            as_words("member_type", MEMBER_TYPES),
            words=tuple(MEMBER_TYPES),
            perhaps=("是否正式党员", "是否正式", "是否预备党员", "党员身份"),
        ),
        Column(
            "所在党支部",
            "branch",
            (
                *("所属支部", "党支部", "所在支部", "所属党支部", "支部", "支部名称", "党支部名称", "所在党组织"),
                *("所属党组织", "党组织", "党组织名称", "组织关系所在党支部", "组织关系所在党组织", "组织关系所在支部"),
            ),
            as_text("branch"),
            width=24,
            perhaps=("编组", "党小组", "所在党小组", "小组"),
        ),
        Column("联系电话", "phone", PHONE_TITLES, as_phones(), width=16, hint=PHONE_HINT),
        Column("住址", "room_key", HOME_TITLES, as_text("room_key"), hint=ROOM_HINT),
        Column("备注", "remark", ("备注说明", "说明"), as_text("remark"), width=20),
    ),
    variants=MappingProxyType(dict.fromkeys(SPARE_PHONE_TITLES, "phone_alt")),
    name_field="name",
    rules=_read_members,
    needs=(("name",),),
)
"""The roster of a branch's members."""

DUAL_REPORT: Final = Kind(
    name="dual_report",
    title="双报到登记表",
    english="register of members reporting in where they live",
    columns=(
        Column("序号", ORDINAL, ("编号",), width=6),
        Column("姓名", "name", ("党员姓名", "名字"), as_text("name"), hint="必填"),
        Column("性别", "gender", ("男女",), as_words("gender", GENDERS), width=6, words=("男", "女")),
        Column(
            "工作单位",
            "employer",
            ("单位", "所在单位", "单位名称", "工作单位及职务", "工作单位名称", "所在工作单位"),
            as_text("employer"),
            width=24,
            hint="必填",
        ),
        Column(
            "组织关系所在党组织",
            "home_branch",
            (
                "组织关系所在党支部",
                "所在党组织",
                "所在党支部",
                "所属党组织",
                "所属党支部",
                "组织关系所在支部",
                "所在支部",
            ),
            as_text("home_branch"),
            width=24,
        ),
        Column("联系方式", "phone", ("联系电话", *PHONE_TITLES), as_phones(), width=16, hint=PHONE_HINT),
        Column("居住地址", "room_key", HOME_TITLES, as_text("room_key"), hint=ROOM_HINT),
        Column(
            "报到时间",
            "reported_on",
            ("报到日期", "登记时间", "登记日期", "报到年月日"),
            as_text("reported_on"),
            hint=_DAY_HINT,
        ),
        Column("特长", "skills", ("个人特长", "特长爱好", "专业特长", "爱好特长"), joined("skills"), width=16),
        Column(
            "认领岗位",
            "posts",
            ("认领的岗位", "岗位", "认领岗位名称", "岗位认领", "认岗情况"),
            joined("posts", POSTS),
            width=16,
            hint=f"多项用、分开:{'、'.join(POSTS)}",
        ),
        Column(
            "社区意见",
            "status",
            ("社区党组织意见", "社区审核意见", "社区党委意见"),
            as_words("status", {**STATUSES, "": "SUBMITTED"}),
            words=tuple(STATUSES),
        ),
    ),
    variants=MappingProxyType(dict.fromkeys(SPARE_PHONE_TITLES, "phone_alt")),
    name_field="name",
    rules=_read_reports,
    needs=(("name",), ("employer",)),
)
"""The register of members who report in where they live."""
