"""What is wrong with a row, where it is, and the sentence that tells a clerk what to do next.

A code beginning with E_ rejects the row, one beginning with W_ does not (rule N15). The sentence never carries a
full ID number or phone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from yuanluo.masking import mask_id_number, mask_phone
from yuanluo_tenants.errors import Locale

__all__ = ["ISSUE_CODES", "Issue", "Side", "hide_numbers", "masked_value"]

Side = Literal["L", "R"]
"""The income block (L) or the expense block (R) of a side-by-side statement."""

ISSUE_CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "E_REQUIRED": ("必填项为空,请补填", "a required cell is empty; fill it in"),
        "E_COLUMN_UNKNOWN": (
            "不认识此列,请改列名、指明其字段或声明略过",
            "the column is not known; rename it, map it to a field, or pass over it",
        ),
        "E_ID_PRECISION": (
            "证件号按数字保存,后几位已丢失,请把该列设为文本后重新录入",
            "the ID number was stored as a number and has lost digits; format the column as text and type it again",
        ),
        "E_ID_LEN": ("证件号不是18位,请核对", "the ID number does not have 18 places; check it"),
        "E_ID_CHECKSUM": (
            "证件号校验不通过,请核对是否录错",
            "the ID number fails its check digit; look for a typing error",
        ),
        "E_DATE_AMBIGUOUS": (
            "日期有歧义,请写成“年.月.日”且年份用四位",
            "the date can be read in several ways; write year, month, day with a four-digit year",
        ),
        "E_DATE_INVALID": ("不是有效日期,请改正", "this is not a date that exists; correct it"),
        "E_DATE_FUTURE": ("日期晚于今天,请核对", "the date lies in the future; check it"),
        "E_DATE_ORDER": (
            "后一日期早于前一日期,请核对两处日期",
            "the later step is dated before the earlier one; check both dates",
        ),
        "E_JOIN_UNDER_18": (
            "入党时未满18周岁,请核对出生和入党时间",
            "the member was under 18 when joining; check both dates",
        ),
        "E_DUP_ROW": ("与前面的行重复,请删除其中一行", "the row repeats an earlier one; delete one of them"),
        "E_DUP_ID": (
            "证件号与前面另一人相同,请核对",
            "the ID number belongs to another person in an earlier row; check both",
        ),
        "E_DUP_VOUCHER": ("凭证号重复,请核对", "the voucher number was used before; check both rows"),
        "E_ROOM_UNPARSEABLE": (
            "无法识别房号,请写成“栋-单元-房号”,如1-1-101",
            "the location cannot be read; write it as building-stairwell-room, such as 1-1-101",
        ),
        "E_AREA_RANGE": ("建筑面积应为大于0的数字,请改正", "the area must be a number above 0; correct it"),
        "E_AREA_CONFLICT": (
            "同一房屋的建筑面积前后不一,请统一",
            "an earlier row gives another area for this dwelling; make them equal",
        ),
        "E_AMOUNT_INVALID": (
            "金额无法识别,请写成数字,如1200.50",
            "the amount cannot be read; write it in figures",
        ),
        "E_AMOUNT_RANGE": (
            "单笔金额超过10亿元,请核对是否录错",
            "one amount exceeds 1,000,000,000 yuan; look for a typing error",
        ),
        "E_NEGATIVE": (
            "金额为负,请改记到另一栏或按冲销办理",
            "the amount is negative; enter it on the other side or as a reversal",
        ),
        "E_BOTH_SIDES": (
            "收入和支出同时有数,请分成两行",
            "both income and expense are filled; split the row into two",
        ),
        "W_DATE_FLOAT_MONTH": (
            "年月按小数保存,分不清1月和10月,只取年份,请以文本重录",
            "the month was stored as a decimal fraction and is uncertain, only the year was taken; type it as text",
        ),
        "W_DATE_YEAR_ASSUMED": (
            "日期没有年份,已按默认年份读取,请核对",
            "the date has no year and the default year was taken; check it",
        ),
        "W_BIRTH_ID_MISMATCH": (
            "出生年月与证件号不符,已以证件号为准,请核对",
            "the date of birth contradicts the ID number, which was taken; check it",
        ),
        "W_GENDER_ID_MISMATCH": (
            "性别与证件号不符,已以证件号为准,请核对",
            "the gender contradicts the ID number, which was taken; check it",
        ),
        "W_PROBATION_LT_1Y": (
            "预备期不足一年,请核对转正时间",
            "probation was shorter than one year; check the date of confirmation",
        ),
        "W_PHONE_INVALID": (
            "电话无法识别,未导入,请核对位数",
            "no valid phone number was found and none was taken; check the digits",
        ),
        "W_ROOM_UNPARSEABLE": (
            "无法识别房号,住址未导入,请写成“栋-单元-房号”",
            "the location cannot be read and was left out; write it as building-stairwell-room",
        ),
        "W_ROW_HIDDEN": (
            "该行在表中被隐藏,已照常导入,请确认",
            "the row is hidden in the sheet and was taken; confirm it",
        ),
        "W_TEXT_IS_DATE": (
            "表格程序把此处改成了日期或时间,未导入,请将单元格设为文本后重录",
            "the spreadsheet made a date of what was typed here and it was left out; type it again as text",
        ),
        "W_AREA_LARGE": ("建筑面积超过1000平方米,请核对", "the area exceeds 1,000 square metres; check it"),
        "W_SHARE_SUM": (
            "该房屋各产权人份额之和不等于1,请核对",
            "the shares of this dwelling do not add up to 1; check them",
        ),
        "W_ID_MISSING": ("未填产权人证件号,请尽快补齐", "the owner's ID number is missing; supply it later"),
        "W_BALANCE_MISMATCH": (
            "结余与上一行结余加减本行不符,请核对",
            "the balance does not follow from the previous one and this row; check it",
        ),
        "W_OUT_OF_PERIOD": (
            "日期不在标题所写期间内,请核对",
            "the date lies outside of the period in the title; check it",
        ),
        "W_TOTAL_MISMATCH": (
            "合计与已接受各行之和不符,请核对",
            "the declared total differs from the sum of the accepted rows; check it",
        ),
        "W_RED_ENTRY": ("红字金额,已按冲减接受,请确认", "a red (negative) entry was accepted; confirm it"),
        "W_CATEGORY_UNKNOWN": (
            "类别不在词表中,已记为“其他”,请核对",
            "the category is not in the list and was taken as OTHER; check it",
        ),
        "W_LIMIT_RANGE": (
            "办理时限不是1至60个工作日,已留空,请核对",
            "the limit is none of 1 to 60 working days and was left out; check it",
        ),
        "W_OVERDUE": (
            "办结超过办理时限,请核对",
            "the case was closed after its limit of working days; check it",
        ),
    }
)
"""Every issue code with its Chinese and its English half sentence: what is wrong, what to do next."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong in one place; `value` is what stands there, masked, and takes no part in comparisons."""

    sheet: str
    row: int
    column: str
    code: str
    side: Side | None = None
    value: str | None = field(default=None, compare=False)
    said: tuple[str, str] | None = field(default=None, compare=False)
    """What is wrong and what to do next, in Chinese and English, where this place needs its own words."""

    @property
    def is_error(self) -> bool:
        """Whether the issue rejects its row (N15)."""
        return self.code.startswith("E_")

    def sentence(self, locale: Locale = "zh-CN") -> str:
        """Return where it is, what it is, and what to do next, in one sentence without personal numbers."""
        zh, en = self.said or ISSUE_CODES[self.code]
        if locale == "zh-CN":
            side = {"L": "收入侧", "R": "支出侧", None: ""}[self.side]
            value = f"“{self.value}”" if self.value else ""
            return f"工作表“{self.sheet}”第{self.row}行{side}“{self.column}”{value}:{zh}。"
        side = {"L": " (income side)", "R": " (expense side)", None: ""}[self.side]
        value = f" [{self.value}]" if self.value else ""
        return f'sheet "{self.sheet}", row {self.row}{side}, column "{self.column}"{value}: {en}.'

    def in_row(self) -> str:
        """Return what is wrong and what to do next, where sheet and row are plain to see."""
        zh, _ = self.said or ISSUE_CODES[self.code]
        side = {"L": "收入侧", "R": "支出侧", None: ""}[self.side]
        value = f"“{self.value}”" if self.value else ""
        return f"{side}“{self.column}”{value}:{zh}。"

    def to_json(self) -> dict[str, object]:
        """Return the issue in the shape of the import contract."""
        plain: dict[str, object] = {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "code": self.code,
        }
        if self.side is not None:
            plain["side"] = self.side
        return plain


_SHOWN_AS_IS = frozenset(
    {
        "E_DATE_AMBIGUOUS", "E_DATE_INVALID", "E_DATE_FUTURE", "E_DATE_ORDER", "W_DATE_FLOAT_MONTH",
        "W_DATE_YEAR_ASSUMED", "W_OUT_OF_PERIOD", "W_OVERDUE", "E_AREA_RANGE", "E_AREA_CONFLICT",
        "W_AREA_LARGE", "W_SHARE_SUM", "E_AMOUNT_INVALID", "E_NEGATIVE", "E_BOTH_SIDES", "W_RED_ENTRY",
        "W_BALANCE_MISMATCH", "W_TOTAL_MISMATCH", "E_DUP_VOUCHER", "W_CATEGORY_UNKNOWN", "E_AMOUNT_RANGE",
        "W_TEXT_IS_DATE", "W_LIMIT_RANGE",
    }
)  # fmt: skip
_ID_CODES = frozenset({"E_ID_LEN", "E_ID_CHECKSUM", "E_DUP_ID"})
_LONGEST = 20
_LONG_NUMBER = re.compile(r"[0-9](?:-?[0-9]){10,}[Xx]?")
_ID_FROM = 15


def masked_value(code: str, text: str) -> str | None:
    """Return what a report may show of the cell with issue `code`: ID numbers and phones masked, names not at all."""
    if not text:
        return None
    if code in _ID_CODES:
        return mask_id_number(text)
    if code == "W_PHONE_INVALID":
        return mask_phone(text)
    if code not in _SHOWN_AS_IS:
        return None
    text = hide_numbers(text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def hide_numbers(text: str) -> str:
    """Return `text` with ID numbers and phones masked, wherever they stand in it."""
    return _LONG_NUMBER.sub(_masked_number, text)


def _masked_number(found: re.Match[str]) -> str:
    """Hide an ID number or a phone that slipped into another column, as happens when columns are shifted."""
    number = found.group()
    return (mask_id_number(number) if len(number) >= _ID_FROM else mask_phone(number)) or ""
