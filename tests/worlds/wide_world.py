"""A composed schema with what the small world lacks, for the oracle and the leak test.

Three courtyards, one of them in a grid, rows of a community, two plugins of which one refers to the other's rows,
references with a data class of their own, rows that only cleared viewers have, an extension, an upward reference,
a reference to a table that is not shown, and fields of every kind on every kind of type.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from databases import MakeDatabase, ground_registry
from small_world import NOW, World

from yuanluo.courtyards import Courtyard
from yuanluo.fields import TODAY, Aggregate, FieldContext, GraphQLField, PythonField, SqlField, ToMany, ToOne
from yuanluo.viewer import Viewer
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors, PluginInfo
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_graphql.model import build_model
from yuanluo_graphql.types import build_schema, core_schema
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import (
    Area,
    Choice,
    Code,
    Day,
    Fen,
    Flag,
    Integer,
    Kind,
    Long,
    Mask,
    Minutes,
    Moment,
    PartialDate,
    Ref,
    Sealed,
    Text,
    Upward,
)
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable
from yuanluo_tenants.tree import NodeKind, open_node

__all__ = ["COMMUNITY", "WIDE_FIELDS", "A", "B", "C", "build_wide_world", "wide_registry"]

COMMUNITY = 5101060240010000
A, B, C = 5101060240010001, 5101060240010002, 5101060240020001
"""Two courtyards of one community, the first in a grid, and one of another community."""


class Leaf(Enum):
    """茶叶: kind of tea"""

    JASMINE = ("花茶", "jasmine")
    GREEN = ("绿茶", "green")
    DARK = ("黑茶", "dark")


class Batch(TenantTable, zh="批次", en="a batch that nobody is shown", exposed=False):
    """A table outside of the schema."""

    code = Code("编号", "code")


class Someone(TenantTable, zh="某人", en="someone", subject="id", order=["name", "-born"]):
    """A person with every mask."""

    name = Text("姓名", "name", mask=Mask.NAME)
    name_pinyin = Text("拼音", "name in pinyin", exposed=False)
    born = PartialDate("出生", "date of birth", klass=DataClass.D2)
    phone = Sealed("电话", "phone number", klass=DataClass.D3, mask=Mask.PHONE)
    room = Text("房号", "room", klass=DataClass.D2, mask=Mask.ROOM, null=True)
    card = Code("证号", "number of a card", klass=DataClass.D3, mask=Mask.ID_NUMBER, null=True)
    is_adult = Flag("是否成年", "whether an adult", klass=DataClass.D1)
    note = Text("备注", "remark", klass=DataClass.D2, null=True)
    raw_note = Text("原备注", "remark as first written", klass=DataClass.D1, null=True)
    k_id = Code("旧编号", "former number", null=True)
    batch_id = Ref("批次", "batch", Batch, null=True)


class Club(TenantTable, zh="社团", en="a club", order=["-founded_on"], body="clubs"):
    """A base that plugins extend; of a courtyard or of a community."""

    name = Text("名称", "name", klass=DataClass.D0)
    founded_on = Day("成立日期", "day founded", null=True)
    fund_fen = Fen("基金", "fund", klass=DataClass.D2)
    upper_id = Upward("上级", "the club above it", "club")
    chair_id = Ref("会长", "its chair", Someone, null=True, klass=DataClass.D2)


class TeaHouse(TenantTable, zh="茶馆", en="a tea house", extends=Club, body="tea", order=["seats"]):
    """An extension of a club, in a plugin."""

    seats = Integer("座位", "seats", unit="seats", null=True)
    keeper_id = Ref("掌柜", "who keeps it", Someone, null=True, klass=DataClass.D3)
    area_c = Area("面积", "area", klass=DataClass.D1)


class Cup(
    TenantTable, zh="茶", en="a cup of tea", body="tea", row_class=DataClass.D1, subject="drinker_id",
    order=["-drunk_at", "leaf"],
):  # fmt: skip
    """Rows that only cleared viewers have, and whom they are about."""

    tea_house_id = Ref("茶馆", "where", TeaHouse)
    drinker_id = Ref("茶客", "who", Someone)
    leaf = Choice("茶叶", "kind of tea", Leaf, null=True)
    second = Choice("续茶", "second kind of tea", Leaf, klass=DataClass.D2)
    price_fen = Fen("价格", "price")
    tip_fen = Fen("小费", "tip", klass=DataClass.D3, null=True)
    minutes = Minutes("时长", "time", klass=DataClass.D2)
    serial = Long("序号", "serial", null=True)
    drunk_at = Moment("时间", "when", klass=DataClass.D2)
    day = Day("日期", "day", null=True)
    ended_on = Day("结束", "end", null=True)
    is_paid = Flag("已付", "whether paid", null=True)


class Ill(
    TenantTable, zh="病情", en="an illness", body="health", row_class=DataClass.D3, subject="person_id", order=["text"]
):
    """A D3 register of the first plugin."""

    person_id = Ref("病人", "whose", Someone, klass=DataClass.D3)
    text = Text("内容", "text", klass=DataClass.D3)
    degree = Integer("程度", "degree", klass=DataClass.D3)


class Game(TenantTable, zh="牌局", en="a game", body="games", order=["title", "-played_on"]):
    """A row of a second plugin that refers to the first one's."""

    tea_house_id = Ref("茶馆", "where", "tea_house")
    winner_id = Ref("赢家", "who won", Someone, null=True, klass=DataClass.D2)
    title = Text("名称", "title", klass=DataClass.D0)
    played_on = Day("日期", "day played", null=True)
    points = Integer("分数", "points", default=0, klass=DataClass.D1)


class ClubCounts(TenantTable, zh="社团计数", en="how many clubs there are", body="clubs"):
    """One row per courtyard."""

    clubs = Long("社团数", "clubs")


async def _upper(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    return [ValueError(row["id"]) if row["title"] == "马" else str(row["title"]) * 2 for row in rows]


async def _open(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    return [f"{row['raw_note']}|{row['k_id']}|{row['tenant_id']}" for row in rows]


async def _length(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    return [len(row["note"] or "") for row in rows]


async def _same(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    return [dt.date.fromisoformat(row["born"]) if len(row["born"] or "") == 10 else None for row in rows]


async def _facts(rows: Sequence[Mapping[str, Any]], context: FieldContext) -> Sequence[Any]:
    return [f"{row['founded_on']} {row['fund_fen']} {row['name']} {context.today}" for row in rows]


async def _broken(_rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    raise RuntimeError("always")


async def _moment(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    return [dt.datetime.fromisoformat(row["drunk_at"]) + dt.timedelta(minutes=row["minutes"]) for row in rows]


WIDE_FIELDS: list[tuple[str, GraphQLField]] = [
    ("core", ToOne("Courtyard", "clubCounts", "ClubCounts", "社团计数", "counters")),
    ("core", Aggregate("Courtyard", "people", "Someone", "count", "人数", "people")),
    ("core", Aggregate("Courtyard", "adults", "Someone", "count", "成年人", "adults", where=[("is_adult", "eq", True)])),
    ("core", Aggregate("Community", "clubCount", "Club", "count", "社团数", "clubs")),
    ("core", Aggregate("Community", "courtyardCount", "Courtyard", "count", "院落数", "courtyards", via="community")),
    ("core", ToMany("Club", "below", "Club", "下级", "clubs below it here", via="upper_id")),
    ("core", ToMany("Someone", "chairs", "Club", "任会长", "clubs he chairs", via="chair_id", order=["name"])),
    ("core", SqlField("Someone", "label", Kind.TEXT, "{name} || '/' || {born}", ["name", "born"], "标签", "label")),
    (
        "core",
        SqlField(
            "Club", "age", Kind.TEXT,
            {"sqlite": "substr({founded_on}, 1, 4)", "postgresql": "to_char({founded_on}, 'YYYY')"},
            ["founded_on"], "年份", "year",
        ),
    ),
    ("core", SqlField("Someone", "minor", Kind.FLAG, "NOT {is_adult}", ["is_adult"], "未成年", "under age")),
    ("core", PythonField("Someone", "noteLength", Kind.INTEGER, ["note"], _length, "长", "length", klass=DataClass.D2)),
    ("core", PythonField("Someone", "publicLength", Kind.INTEGER, ["note"], _length, "公开长度", "length, public")),
    (
        "core",
        PythonField("Someone", "original", Kind.TEXT, ["raw_note", "k_id"], _open, "原文", "original", klass=DataClass.D3),
    ),
    ("core", PythonField("Someone", "birthday", Kind.DAY, ["born"], _same, "生日", "birthday", klass=DataClass.D2)),
    ("tea", PythonField("Club", "facts", Kind.TEXT, ["founded_on", "fund_fen", "name"], _facts, "概况", "facts", klass=DataClass.D2, body="tea")),
    ("tea", ToMany("Someone", "cups", "Cup", "喝茶", "cups he drank", via="drinker_id")),
    ("tea", ToMany("Someone", "houses", "TeaHouse", "掌柜", "tea houses he keeps", via="keeper_id")),
    ("tea", ToMany("TeaHouse", "cups", "Cup", "茶", "cups drunk there", via="tea_house_id", order=["price_fen", "-day"])),
    (
        "tea",
        ToMany(
            "TeaHouse", "now", "Cup", "在座", "who sits there today", via="tea_house_id",
            where=[("day", "le", TODAY), ("ended_on", "null_or_ge", TODAY), ("leaf", "in", [Leaf.GREEN, Leaf.DARK])],
        ),
    ),
    ("tea", ToOne("Someone", "lastCup", "Cup", "末茶", "his last cup", via="drinker_id", order=["-day"])),
    ("tea", Aggregate("Someone", "cupCount", "Cup", "count", "杯数", "cups", via="drinker_id", min_cell=2)),
    ("tea", Aggregate("Courtyard", "cupCount", "Cup", "count", "杯数", "cups", where=[("is_paid", "not_null", None)])),
    ("tea", Aggregate("TeaHouse", "income", "Cup", "sum", "收入", "income", via="tea_house_id", column="price_fen", scale=-1)),
    ("tea", Aggregate("Community", "teaMinutes", "Cup", "sum", "时长", "minutes", column="minutes", where=[("day", "gt", dt.date(2026, 1, 1))])),
    ("tea", SqlField("Cup", "whole", Kind.FEN, "{price_fen} + coalesce({tip_fen}, 0)", ["price_fen", "tip_fen"], "总价", "whole price")),
    ("tea", SqlField("Cup", "either", Kind.CHOICE, "coalesce({leaf}, {second})", ["leaf", "second"], "茶", "kind", choices=Leaf)),
    ("tea", PythonField("Cup", "until", Kind.MOMENT, ["drunk_at", "minutes"], _moment, "至", "until", klass=DataClass.D2)),
    ("tea", ToMany("Someone", "ills", "Ill", "病情", "illnesses", via="person_id")),
    ("games", ToMany("TeaHouse", "games", "Game", "牌局", "games played there", via="tea_house_id")),
    ("games", ToMany("Someone", "wins", "Game", "赢局", "games he won", via="winner_id", where=[("points", "gt", 0)])),
    ("games", ToMany("Courtyard", "gameHouses", "TeaHouse", "棋牌茶馆", "tea houses for games", where=[("seats", "not_null", None)])),
    ("games", Aggregate("Courtyard", "teaIncome", "Cup", "sum", "茶钱", "tea money", column="price_fen")),
    ("games", Aggregate("TeaHouse", "points", "Game", "sum", "分数", "points", via="tea_house_id", column="points")),
    ("games", SqlField("Cup", "isCheap", Kind.FLAG, "{price_fen} < 500", ["price_fen"], "便宜", "cheap")),
    ("games", SqlField("TeaHouse", "tables", Kind.INTEGER, "{seats} / 4", ["seats"], "桌数", "tables")),
    ("games", PythonField("Game", "loud", Kind.TEXT, ["title"], _upper, "大声", "twice the title")),
    ("games", PythonField("Someone", "broken", Kind.TEXT, ["k_id"], _broken, "坏", "always fails")),
]  # fmt: skip


def wide_registry() -> Registry:
    """Return the registry of the wide world."""
    registry = ground_registry()
    registry.add("core", [Courtyard, Batch, Someone, Club, ClubCounts])
    registry.add("tea", [TeaHouse, Cup, Ill])
    registry.add("games", [Game])
    return registry


async def build_wide_world(make_database: MakeDatabase) -> World:
    """Build the wide world with its rows."""
    registry = wide_registry()
    database = await make_database(registry)
    await _fill(database)
    model = build_model(registry, WIDE_FIELDS)
    schema = core_schema(build_schema(model))
    reads: list[SensitiveRead] = []
    failures: list[str] = []

    async def log_reads(_viewer: Viewer, found: Sequence[SensitiveRead], _request: str) -> None:
        reads.extend(found)

    async def authenticate(_token: str) -> Viewer:
        raise AssertionError("the wide world has no tokens")

    doors = Doors(
        authenticate,
        log_reads,
        plugins=lambda: [PluginInfo("tea", "1", "茶", True, None), PluginInfo("games", "2", "牌", False, "boom")],
        report=lambda plugin, _field, _error: failures.append(plugin),
        now=lambda: NOW,
    )
    engine = CompiledEngine(
        database,
        Documents(schema),
        Compiler(model, schema, database.dialect, PageSizes()),
        Cursors(b"wide world"),
        doors,
    )
    return World(database, model, schema, engine, reads, failures, [])


async def _fill(database: Database) -> None:
    district = await open_node(database, NodeKind.DISTRICT, "金牛区", code="510106")
    await open_node(database, NodeKind.SUBDISTRICT, "西安路", code="510106024")
    communities = [await open_node(database, NodeKind.COMMUNITY, f"社区{n}", code=f"51010602400{n}") for n in (1, 2)]
    grid = await open_node(database, NodeKind.GRID, "网格一", parent=communities[0])
    for number, parent, in_grid in ((A, COMMUNITY, grid), (B, COMMUNITY, None), (C, communities[1], None)):
        assert number == await open_node(database, NodeKind.COURTYARD, "院", parent=parent, grid=in_grid)
        with scoped(number):
            await database.insert_rows(
                Courtyard,
                [
                    {
                        "tenant_id": number,
                        "code": str(number),
                        "name": {A: "枣子巷", B: "安苑", C: "枣子巷"}[number],
                        "name_pinyin": {A: "zao zi xiang", B: "an yuan", C: "zao zi xiang"}[number],
                        "address": "枣子巷13号",
                        "kind": "OLD_COURTYARD" if number == A else "UNIT_COMPOUND",
                        "built_years": None if number == B else "1984-1996",
                        "management_mode": "SELF",
                        "building_count": number % 7,
                        "community": parent,
                        "subdistrict": 5101060240000000,
                        "district": district,
                        "grid": in_grid,
                        "opened_on": dt.date(2026, 1, number % 10),
                    }
                ],
            )
    upper = uuid.UUID(int=1)
    with scoped(COMMUNITY, A, B, C):
        await database.insert_rows(
            Club, [{"tenant_id": COMMUNITY, "id": upper, "name": "总社", "founded_on": dt.date(2000, 1, 1)}]
        )
        for number in (A, B, C):
            await _fill_courtyard(database, number, upper)


async def _fill_courtyard(database: Database, number: int, upper: uuid.UUID) -> None:
    rng = random.Random(number)

    def some(*values: Any) -> Any:
        return rng.choice(values)

    def key() -> uuid.UUID:
        return uuid.UUID(int=rng.getrandbits(128))

    def row(**values: Any) -> dict[str, Any]:
        return {"tenant_id": number, "id": key(), **values}

    names = [
        ("张建国", "zhang jian guo"), ("李芳", "li fang"), ("李芳", "li fang"), ("欧阳明", "ou yang ming"), ("王", "wang"),
        ("买买提·艾力", "mai mai ti ai li"), ("", ""),
    ]  # fmt: skip
    batches = [row(code=f"b{n}") for n in range(2)]
    people = [
        row(
            name=name,
            name_pinyin=pinyin,
            born=some("1949-10", None, "1990", "2001-02-03", "1949"),
            phone_masked=some(None, "154****0101"),
            room=some(None, "3-2-509", "3-1-101", "12"),
            card=some(None, "510100195207141010", "5101"),
            is_adult=some(True, True, False),
            note=some(None, '注 "x"', "低保", ""),
            raw_note=some(None, "原", "原\n文 \\ ' \" 𠮷"),
            k_id=some(None, "k1", "K1"),
            batch_id=some(None, batches[0]["id"]),
        )
        for name, pinyin in names
    ]
    clubs = [
        row(
            name=some("棋社", "茶馆", "合唱团"),
            founded_on=some(None, dt.date(1999, 5, 4), dt.date(2020, 1, 1), dt.date.min, dt.date.max),
            fund_fen=rng.randrange(-5, 100_000),
            upper_id=some(None, upper),
            chair_id=some(None, *(p["id"] for p in people)),
        )
        for _ in range(5)
    ]
    houses = [
        {
            "tenant_id": number,
            "id": club["id"],
            "seats": some(None, 8, 21, 21),
            "keeper_id": some(None, *(p["id"] for p in people)),
            "area_c": some(1200, 5000),
        }
        for club in clubs[:3]
    ]
    cups = [
        row(
            tea_house_id=some(*houses)["id"],
            drinker_id=some(*people[:4])["id"],
            leaf=some(None, *Leaf),
            second=some(*Leaf),
            price_fen=some(0, 500, 499, 2**40, -100),
            tip_fen=some(None, 1, 200),
            minutes=some(0, 30, 60),
            serial=some(None, 2**53 - 1, -3, 7),
            drunk_at=NOW - dt.timedelta(days=some(0, 0, 1), microseconds=some(0, 1, 500_000)),
            day=some(None, dt.date(2026, 11, 21), dt.date(2026, 11, 22), dt.date(2026, 11, 23), dt.date(2025, 1, 1)),
            ended_on=some(None, dt.date(2026, 11, 21), dt.date(2026, 11, 22)),
            is_paid=some(None, True, False),
        )
        for _ in range(12)
    ]
    ills = [row(person_id=p["id"], text=some("甲", "乙"), degree=some(1, 2)) for p in people[:3]]
    games = [
        row(
            tea_house_id=some(*houses)["id"],
            winner_id=some(None, *(p["id"] for p in people)),
            title=some("麻将", "马", "象棋", "Mahjong"),
            played_on=some(None, dt.date(2026, 11, 22), dt.date(2026, 10, 1)),
            points=some(0, 3, -2),
        )
        for _ in range(8)
    ]
    await database.insert_rows(Batch, batches)
    await database.insert_rows(Someone, people)
    await database.insert_rows(Club, clubs)
    await database.insert_rows(TeaHouse, houses)
    await database.insert_rows(Cup, cups)
    await database.insert_rows(Ill, ills)
    await database.insert_rows(Game, games)
    await database.insert_rows(ClubCounts, [row(clubs=len(clubs))])
