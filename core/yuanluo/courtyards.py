"""The courtyard's own row: what the notice board at the gate says about the compound."""

from __future__ import annotations

from enum import Enum
from typing import Final

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Bound, Choice, Code, Day, Flag, Integer, Long, Reads, Text
from yuanluo_tenants.tables import TenantTable

__all__ = ["Courtyard", "CourtyardKind", "ManagementMode"]

MOST_BUILDINGS: Final = 1_000


class CourtyardKind(Enum):
    """How the compound came to be."""

    OLD_COURTYARD = ("老旧院落", "old courtyard")
    COMMERCIAL = ("商品房小区", "commercial housing estate")
    UNIT_COMPOUND = ("单位宿舍", "employer's compound")
    RESETTLEMENT = ("安置小区", "resettlement estate")
    RURAL_CONCENTRATED = ("农民集中居住区", "concentrated rural housing")


class ManagementMode(Enum):
    """Who keeps the compound."""

    SELF = ("自治管理", "self-managed")
    PROPERTY_COMPANY = ("物业公司", "property company")
    TRUST = ("信托制物业", "property management in trust")
    COMMUNITY_BASIC = ("社区兜底", "basic service by the community")


class Courtyard(
    TenantTable,
    zh="院落",
    en="one residential compound, the tenant",
    natural_key=["code"],
    order=["name", "code"],
):
    """One row per courtyard; `tenant_id` is the courtyard's own permanent number."""

    code = Code("院落编码", "courtyard code, its number in 16 digits", unique=True)
    name = Text("名称", "name", klass=DataClass.D0, reads=Reads.NAME)
    name_pinyin = Text("名称拼音", "name in pinyin, for ordering", klass=DataClass.D0, exposed=False)
    address = Text("地址", "street address", klass=DataClass.D0)
    kind = Choice("类型", "kind of compound", CourtyardKind)
    built_years = Text("建成年代", "years of construction, such as 1984-1996", klass=DataClass.D0, null=True)
    building_count = Integer(
        "楼栋数", "number of buildings", unit="buildings", bound=Bound(0, MOST_BUILDINGS, rule="domain 2")
    )
    has_owners_assembly = Flag("是否成立业主大会", "whether an owners' assembly has been formed")
    management_mode = Choice("管理方式", "who keeps the compound", ManagementMode)
    community = Long("社区编号", "number of the community", index=True)
    subdistrict = Long("街道编号", "number of the subdistrict")
    district = Long("区编号", "number of the district")
    grid = Long("网格编号", "number of the grid", null=True, default=None)
    opened_on = Day("开通日期", "day the courtyard was opened on the platform")
