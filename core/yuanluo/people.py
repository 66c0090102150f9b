"""A person as one courtyard knows him; the human behind several such rows is an `Identity`."""

from __future__ import annotations

from enum import Enum

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Day, Mask, PartialDate, Sealed, Text
from yuanluo_tenants.errors import Conflict
from yuanluo_tenants.tables import TenantTable

__all__ = ["Gender", "Person", "PersonErased", "PersonStatus"]


class Gender(Enum):
    """Gender as on the ID card."""

    M = ("男", "male")
    F = ("女", "female")


class PersonStatus(Enum):
    """Whether the courtyard still counts on him."""

    ACTIVE = ("在册", "on the register")
    MOVED_OUT = ("迁出", "moved out")
    DECEASED = ("去世", "deceased")


class Person(
    TenantTable,
    zh="人员",
    en="a person as this courtyard knows him",
    body="registry",
    subject="id",
    natural_key=["name", "birth", "id_number"],
    order=["name_pinyin", "name"],
    indexes=[["name_pinyin", "id"], ["name"], ["status"]],
):
    """One row per person and courtyard; names are masked (张*国) below D1."""

    name = Text("姓名", "name", klass=DataClass.D1, mask=Mask.NAME)
    name_pinyin = Text("姓名拼音", "name in pinyin, for ordering", klass=DataClass.D1, exposed=False)
    gender = Choice("性别", "gender", Gender, klass=DataClass.D1, null=True)
    birth = PartialDate("出生年月", "birth, known to the year, month or day", klass=DataClass.D2)
    ethnicity = Text("民族", "ethnicity, such as 汉族", klass=DataClass.D2, null=True)
    id_number = Sealed("身份证号", "ID number", klass=DataClass.D3, mask=Mask.ID_NUMBER, unique=True, null=True)
    phone = Sealed("联系电话", "phone", klass=DataClass.D2, mask=Mask.PHONE, null=True)
    phone_alt = Sealed("备用电话", "further phones, separated by /", klass=DataClass.D2, mask=Mask.PHONE, null=True)
    status = Choice("状态", "whether he is still on the register", PersonStatus, klass=DataClass.D1)
    erased_on = Day("删除日期", "day on which what tells who he is was erased", klass=DataClass.D1, null=True)


class PersonErased(Conflict):
    """What tells who the person is has been erased; the row stands under a pseudonym and is not written any more."""

    code = "PERSON_ERASED"
    rule = "个人信息保护法 47"
    next_zh = "如其再次迁入,请重新登记人员。"
    next_en = "Put him on the register anew if he comes back."

    def __init__(self, on: object) -> None:
        super().__init__(f"该人员的个人信息已于 {on} 删除。", f"what told who he is was erased on {on}.")
