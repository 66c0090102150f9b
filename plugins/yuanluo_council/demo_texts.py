"""What invented residents say and invented regulations rule, for the demo's year (`domain.md` §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yuanluo.synthetic import Weighted
from yuanluo_council.tables import OpinionCategory, OpinionSource, RegulationKind, Satisfaction

__all__ = [
    "CATEGORIES",
    "CONTENDED",
    "CONTENTS",
    "DISPUTES",
    "REGULATIONS",
    "RESULTS",
    "SOURCES",
    "UNSATISFIED",
    "SeedRegulation",
]

CATEGORIES: Final = Weighted(
    {
        OpinionCategory.FACILITY: 30,
        OpinionCategory.NEIGHBOUR_DISPUTE: 26,
        OpinionCategory.ENVIRONMENT: 18,
        OpinionCategory.PROPERTY_SERVICE: 9,
        OpinionCategory.SUGGESTION: 9,
        OpinionCategory.SECURITY: 6,
        OpinionCategory.OTHER: 2,
    }
)
"""What opinions are about."""

SOURCES: Final = Weighted(
    {
        OpinionSource.VISIT: 32,
        OpinionSource.WECHAT: 26,
        OpinionSource.GRID: 15,
        OpinionSource.HOTLINE_12345: 12,
        OpinionSource.OPEN_AIR_MEETING: 10,
        OpinionSource.BOX: 5,
    }
)
"""How they come in."""

DISPUTES: Final = Weighted({"noise": 30, "leak": 25, "parking": 20, "dogs": 8, "building": 7, "other": 10})
"""What neighbours quarrel about (`domain.md` §4)."""

CONTENDED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "noise": ("楼上深夜拖动家具,影响休息", "隔壁晚上打麻将声音大", "午休时间有人在楼道练琴"),
        "leak": ("楼上卫生间渗水到我家天花板", "厨房下水管漏水,两家对维修费有分歧", "空调滴水打湿楼下雨棚"),
        "parking": ("车位被邻居长期占用", "电动车堵住单元门口", "外来车辆停在消防通道上"),
        "dogs": ("邻居遛狗不牵绳", "楼上养的狗清早叫个不停"),
        "building": ("一楼住户在公共绿地搭棚", "顶楼住户在楼顶加建花房"),
        "other": ("楼道堆放的旧家具归属有争议", "两家因公共晾衣架位置发生争执"),
    }
)
"""What is said in a dispute, by its kind."""

CONTENTS: Final[Mapping[OpinionCategory, Sequence[str]]] = MappingProxyType(
    {
        OpinionCategory.FACILITY: (
            "{b}栋楼道灯不亮",
            "{b}栋单元门禁失灵",
            "{b}栋化粪池外溢,气味大",
            "院内路面有坑洼,老人行走不便",
            "{b}栋楼顶漏雨",
            "健身器材螺丝松动",
            "{b}栋扶手锈蚀断裂",
            "雨后{b}栋门口积水",
        ),
        OpinionCategory.ENVIRONMENT: (
            "{b}栋楼道堆放杂物",
            "垃圾分类点清运不及时",
            "绿化带树枝遮挡低层采光",
            "楼顶杂物需要清理",
            "墙面小广告多,影响观感",
            "希望增设非机动车停放区",
        ),
        OpinionCategory.SECURITY: (
            "大门夜间无人值守",
            "{b}栋电动车飞线充电",
            "监控探头损坏,看不到停车棚",
            "灭火器过期未更换",
        ),
        OpinionCategory.PROPERTY_SERVICE: (
            "保洁每周只来两次,希望增加",
            "门卫登记外来人员不严",
            "停车费收费标准没有公示",
            "快递柜摆放挡住通道",
        ),
        OpinionCategory.SUGGESTION: (
            "建议在院内安装充电桩",
            "建议周末开展健康义诊",
            "建议把闲置小屋改成邻里活动室",
            "建议重阳节组织老人聚餐",
        ),
        OpinionCategory.OTHER: ("咨询加装电梯的办理流程", "咨询老年证在哪里办理", "希望代收租户的水电费单"),
    }
)
"""What is said, by category; `{b}` is a building."""

RESULTS: Final[Mapping[OpinionCategory, Sequence[str]]] = MappingProxyType(
    {
        OpinionCategory.FACILITY: ("已维修", "已更换", "已联系施工方修复", "已纳入维修计划并完成"),
        OpinionCategory.NEIGHBOUR_DISPUTE: ("调解达成一致", "双方口头和解", "已约定作息时间", "已转社区调解并化解"),
        OpinionCategory.ENVIRONMENT: ("已清理", "已协调清运", "已修剪", "已划线整治"),
        OpinionCategory.SECURITY: ("已加强巡查", "已整改并复查", "已修复监控"),
        OpinionCategory.PROPERTY_SERVICE: ("已约谈物业并整改", "已公示", "已调整排班"),
        OpinionCategory.SUGGESTION: ("已采纳", "已提交议事会讨论", "已安排活动"),
        OpinionCategory.OTHER: ("已解答", "已告知办理流程"),
    }
)
"""What came of it."""

UNSATISFIED: Final = Weighted({Satisfaction.FAIRLY_SATISFIED: 65, Satisfaction.DISSATISFIED: 35})
"""How those rate who are not satisfied."""


@dataclass(frozen=True, slots=True)
class SeedRegulation:
    """A regulation of the seed set (`domain.md` C8) as the demo's courtyards adopted it."""

    kind: RegulationKind
    text: str
    clauses: Mapping[str, int]


REGULATIONS: Final[tuple[SeedRegulation, ...]] = (
    SeedRegulation(
        RegulationKind.REPORTING_TO_BRANCH,
        "第一条 院委会每年至少向院落党支部报告工作三次,分别于四月底、八月底、十二月底前提交书面报告。\n"
        "第二条 重大事项实行一事一报,未经党支部审议不得公示和表决。\n"
        "第三条 党支部提出意见的,院委会应在下一次报告中说明落实情况。",
        MappingProxyType({"report.min_per_year": 3}),
    ),
    SeedRegulation(
        RegulationKind.AFFAIRS_DISCLOSURE,
        "第一条 党务、院务、财务在公开栏和院落群同步公开。\n"
        "第二条 决策方案公示不少于七日,期间收集的意见逐条答复。\n"
        "第三条 决定作出后三日内公布,张贴和撤下均拍照留存。",
        MappingProxyType({"publicity.days": 7, "decision.publish_days_after": 3}),
    ),
    SeedRegulation(
        RegulationKind.DUTY_LISTS,
        "第一条 院委会、监委会、议事会各列职责清单,成员分工上墙。\n"
        "第二条 民情由责任人限时办理:咨询三个、求助和建议七个、投诉和举报十五个工作日。\n"
        "第三条 逾期未办结的,责任人在院委会例会上说明原因。",
        MappingProxyType({"hotline.limits.enquiry": 3, "hotline.limits.request": 7, "hotline.limits.complaint": 15}),
    ),
    SeedRegulation(
        RegulationKind.MEETING_PROCEDURE,
        "第一条 院委会由五至九名单数成员组成,每届任期三年。\n"
        "第二条 会议议题提前三日告知成员,监委会派员列席。\n"
        "第三条 制度的制定和修改征求意见不少于七日,经议事会通过后施行。",
        MappingProxyType({"council.size_min": 5, "council.size_max": 9, "regulation.consult_days": 7}),
    ),
    SeedRegulation(
        RegulationKind.FINANCE_RULES,
        "第一条 会计、出纳分设,收入、支出分轨管理,不得坐支。\n"
        "第二条 五百元以上由院委会审议,五千元以上由党支部、院委会、监委会会审,由一人签批。\n"
        "第三条 每月十日前公布上月收支明细,接受居民查询。",
        MappingProxyType(
            {
                "finance.council_from": 50_000,
                "finance.major_from": 500_000,
                "finance.offbudget_major_from": 200_000,
                "finance.assembly_from": 2_000_000,
                "finance.publish_day": 10,
            }
        ),
    ),
)
"""The five regulations of the seed."""
