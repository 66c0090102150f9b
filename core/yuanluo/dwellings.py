"""Buildings, dwellings, households; who owns and who lives where, dated, never overwritten.

Headcount is neither persons nor dwellings: see the voting roll of the council plugin (最高法建筑物区分所有权解释 9).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import MOST_AREA, Area, Bound, Choice, Code, Day, Flag, Integer, Mask, Reads, Ref, Text
from yuanluo_tenants.tables import TenantTable

__all__ = [
    "AreaBasis",
    "Building",
    "Dwelling",
    "DwellingUse",
    "Household",
    "Occupancy",
    "Ownership",
    "Relation",
    "Residency",
]

BUILDING_NO: Final = Bound(1, 9_999, "DWELLING_INVALID", "domain 2")
SHARE: Final = Bound(1, 2**31 - 1, "SHARE_SUM", "domain 2")
STAIRWELL_NO: Final = Bound(0, 999, "DWELLING_INVALID", "domain 2")


class AreaBasis(Enum):
    """Where an area comes from, the strongest first (最高法建筑物区分所有权解释 8)."""

    REGISTERED = ("登记面积", "as registered")
    SURVEYED = ("实测面积", "as surveyed")
    CONTRACT = ("合同面积", "as in the sales contract")


class DwellingUse(Enum):
    """What an exclusive unit is for."""

    RESIDENTIAL = ("住宅", "residential")
    COMMERCIAL = ("商业", "commercial")
    PARKING = ("车位", "parking")


class Occupancy(Enum):
    """Who uses a dwelling, as its owner states it."""

    OWNER_OCCUPIED = ("自住", "lived in by the owner")
    RENTED = ("出租", "let")
    VACANT = ("空置", "vacant")


class Relation(Enum):
    """What a resident is to the head of the household."""

    HEAD = ("户主", "head of the household")
    SPOUSE = ("配偶", "spouse")
    CHILD = ("子女", "child")
    GRANDCHILD = ("孙辈", "grandchild")
    PARENT = ("父母", "parent")
    OTHER = ("其他", "other")


class Building(
    TenantTable,
    zh="楼栋",
    en="a building of the courtyard",
    natural_key=["building_no"],
    order=["building_no"],
    unique=[["building_no"]],
):
    """A building, known by its number in the courtyard."""

    building_no = Integer("栋号", "building number", bound=BUILDING_NO)
    name = Text("名称", "name, if it has one", klass=DataClass.D0, null=True)
    stairwell_count = Integer("单元数", "number of stairwells, 0 for none", unit="stairwells")
    floor_count = Integer("层数", "number of floors", unit="floors", null=True)
    built_year = Integer("建成年份", "year of construction", null=True)


class Dwelling(
    TenantTable,
    zh="房屋(专有部分)",
    en="an exclusive unit: bears area, votes and fund sub-account",
    natural_key=["room_key"],
    order=["building_no", "stairwell_no", "room_no"],
    indexes=[["building_no", "stairwell_no", "room_no"]],
):
    """An exclusive unit, known by its room key `building-stairwell-room`, such as 3-2-509."""

    building_id = Ref("楼栋", "its building", Building)
    building_no = Integer("栋号", "building number", bound=BUILDING_NO)
    stairwell_no = Integer("单元号", "stairwell number, 0 for none", bound=STAIRWELL_NO)
    room_no = Code("房号", "room number, such as 509", klass=DataClass.D1, reads=Reads.CODE)
    room_key = Code("房屋编号", "room key building-stairwell-room", klass=DataClass.D1, mask=Mask.ROOM, unique=True)
    area_c = Area("建筑面积", "floor area", klass=DataClass.D1, bound=Bound(0, MOST_AREA, rule="domain 2"))
    area_basis = Choice("面积依据", "where the area comes from", AreaBasis)
    use = Choice("用途", "what it is for", DwellingUse)
    delivered = Flag("是否交付", "whether the developer has delivered it", default=True)
    occupancy = Choice(
        "居住状态", "who uses it now: the owner, a lessee, nobody", Occupancy, klass=DataClass.D1, null=True
    )


class Household(
    TenantTable,
    zh="户",
    en="people living together in a dwelling",
    row_class=DataClass.D1,
    natural_key=["dwelling_id", "started_on"],
    order=["started_on"],
):
    """A household, dated; its members are residencies."""

    dwelling_id = Ref("房屋", "where it lives", Dwelling)
    head_id = Ref("户主", "its head", "person", klass=DataClass.D1, null=True)
    started_on = Day("起始日期", "first day, unknown if older than the register", null=True)
    ended_on = Day("终止日期", "last day", null=True)


class Ownership(
    TenantTable,
    zh="产权",
    en="a share of a dwelling, dated; closed and opened, never overwritten",
    row_class=DataClass.D1,
    subject="person_id",
    natural_key=["dwelling_id", "person_id", "organization_id", "started_on"],
    order=["started_on"],
):
    """One owner's share of one dwelling; the shares in force add up to one."""

    dwelling_id = Ref("房屋", "the dwelling", Dwelling)
    person_id = Ref("产权人", "the owner, if a person", "person", null=True)
    organization_id = Ref("产权单位", "the owner, if an organisation", "organization", null=True)
    numerator = Integer("份额分子", "numerator of the share", default=1, bound=SHARE)
    denominator = Integer("份额分母", "denominator of the share", default=1, bound=SHARE)
    occupancy = Choice("居住状态", "who uses it, as this owner states it", Occupancy, null=True)
    started_on = Day("起始日期", "first day, unknown if older than the register", null=True)
    ended_on = Day("终止日期", "last day", null=True)


class Residency(
    TenantTable,
    zh="居住",
    en="a person living in a dwelling, dated",
    row_class=DataClass.D1,
    subject="person_id",
    natural_key=["dwelling_id", "person_id", "started_on"],
    order=["started_on"],
):
    """One person living in one dwelling, as owner's household or as lessee."""

    dwelling_id = Ref("房屋", "where he lives", Dwelling)
    person_id = Ref("居民", "who lives there", "person")
    household_id = Ref("户", "his household", Household, null=True)
    occupancy = Choice("居住性质", "as the owner's household or as lessee", Occupancy)
    relation = Choice("与户主关系", "what he is to the head of the household", Relation, null=True)
    started_on = Day("起始日期", "first day, unknown if older than the register", null=True)
    ended_on = Day("终止日期", "last day", null=True)
