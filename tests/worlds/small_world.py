"""A small composed schema with two courtyards, for tests of the compiler: every kind of field once.

The tables stand for what core and plugins declare; `rack` is a plugin of its own, so that its switch and its
clearances can be tested.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from databases import MakeDatabase, ground_registry
from graphql import GraphQLSchema
from uuid_utils.compat import uuid7

from yuanluo.courtyards import Courtyard
from yuanluo.fields import (
    TODAY,
    Aggregate,
    FieldContext,
    GraphQLField,
    PythonField,
    SqlField,
    ToMany,
    ToOne,
)
from yuanluo.viewer import Clearance, Viewer
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors, PluginInfo
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_graphql.model import Model, build_model
from yuanluo_graphql.rights import Rights
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
    Mask,
    Minutes,
    Moment,
    PartialDate,
    Ref,
    Sealed,
    Text,
)
from yuanluo_tenants.database import Database
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.scope import Range, Scope, scoped
from yuanluo_tenants.tables import TenantTable
from yuanluo_tenants.tree import Node

ONE, TWO = 5101060240010001, 5101060240020001
DISTRICT = Range(5101060000000000, 5101069999999999)
NOW = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.timezone.utc)


class Colour(Enum):
    """颜色: colour of a book's cover"""

    RED = ("红", "red")
    GREEN = ("绿", "green")


class Reader(TenantTable, zh="读者", en="someone who reads", subject="id", order=["name"]):
    """A person."""

    name = Text("姓名", "name", mask=Mask.NAME)
    name_pinyin = Text("拼音", "name in pinyin", exposed=False)
    born = PartialDate("出生", "date of birth", klass=DataClass.D2)
    phone = Sealed("电话", "phone number", klass=DataClass.D2, mask=Mask.PHONE)
    is_adult = Flag("是否成年", "whether an adult", klass=DataClass.D1)


class Rack(TenantTable, zh="书架", en="a rack of books", order=["-label"], body="library"):
    """A register of a plugin."""

    label = Code("标签", "label", unique=True)
    area_c = Area("面积", "area", null=True)


class Book(TenantTable, zh="书", en="a book on a rack", order=["title"], body="library"):
    """A row with every kind of column."""

    rack_id = Ref("书架", "its rack", Rack)
    reader_id = Ref("读者", "who has it", Reader, null=True)
    title = Text("书名", "title", klass=DataClass.D0)
    donor_id = Ref("捐赠人", "who gave it", Reader, null=True, klass=DataClass.D2)
    note = Text("备注", "remark", klass=DataClass.D2, null=True)
    colour = Choice("颜色", "colour", Colour, null=True)
    pages = Integer("页数", "pages", unit="pages")
    price_fen = Fen("价格", "price")
    read_for = Minutes("阅读时长", "time read", null=True)
    bought_on = Day("购入日期", "day bought", null=True)
    returned_on = Day("归还日期", "day returned", null=True)
    entered_at = Moment("登记时间", "moment of entry")
    is_lent = Flag("是否借出", "whether lent")


class Secret(
    TenantTable, zh="秘密", en="something sensitive", row_class=DataClass.D3, subject="reader_id", body="library"
):
    """A D3 register."""

    reader_id = Ref("读者", "whose", Reader)
    text = Text("内容", "text", klass=DataClass.D3)


class Level(Enum):
    """class of a notice"""

    D0 = ("公开", "public")
    D1 = ("院内", "residents")
    D2 = ("机构", "office holders")
    D3 = ("敏感", "sensitive")


class Notice(
    TenantTable,
    zh="通知",
    en="a notice whose class stands in the row",
    row_class_column="level",
    row_body_column="owner",
    order=["text"],
):
    """Each row says by itself who may see it."""

    level = Choice("等级", "its class", Level)
    owner = Code("所属", "whose business it is")
    text = Text("内容", "text", klass=DataClass.D0)


async def shout(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    """Answer titles in capitals; fail on the title `boom`."""
    return [ValueError("boom") if row["title"] == "boom" else str(row["title"]).upper() for row in rows]


async def length(rows: Sequence[Mapping[str, Any]], _context: FieldContext) -> Sequence[Any]:
    """Answer the length of the note."""
    return [len(row["note"] or "") for row in rows]


FIELDS: list[tuple[str, GraphQLField]] = [
    ("library", ToMany("Reader", "books", "Book", "借书", "books he has", via="reader_id")),
    ("library", ToMany("Rack", "books", "Book", "藏书", "books on it", via="rack_id", order=["-price_fen"])),
    ("library", ToMany("Reader", "gifts", "Book", "捐书", "books he gave", via="donor_id")),
    (
        "library",
        Aggregate(
            "Reader",
            "pagesRead",
            "Book",
            "sum",
            "读过页数",
            "pages read",
            via="reader_id",
            column="pages",
            klass=DataClass.D2,
        ),
    ),
    ("library", ToOne("Reader", "secret", "Secret", "秘密", "his secret", via="reader_id")),
    (
        "library",
        ToMany(
            "Rack",
            "out",
            "Book",
            "在外",
            "books out today",
            via="rack_id",
            where=(("bought_on", "le", TODAY), ("returned_on", "null_or_gt", TODAY)),
        ),
    ),
    ("library", Aggregate("Rack", "bookCount", "Book", "count", "册数", "books on it", via="rack_id")),
    ("library", Aggregate("Rack", "worth", "Book", "sum", "总价", "worth", via="rack_id", column="price_fen")),
    ("library", Aggregate("Courtyard", "libraryWorth", "Book", "sum", "藏书总价", "worth", column="price_fen")),
    ("core", Aggregate("Courtyard", "readerCount", "Reader", "count", "读者数", "readers")),
    ("library", Aggregate("Courtyard", "secretCount", "Secret", "count", "秘密数", "secrets", min_cell=5)),
    ("library", SqlField("Book", "half", Kind.FEN, "{price_fen} / 2", ["price_fen"], "半价", "half the price")),
    ("library", SqlField("Reader", "bookish", Kind.FLAG, "{is_adult}", ["is_adult"], "是否读书", "reads at all")),
    ("library", PythonField("Book", "shout", Kind.TEXT, ["title"], shout, "大写", "title in capitals")),
    (
        "library",
        PythonField(
            "Book",
            "noteLength",
            Kind.INTEGER,
            ["note"],
            length,
            "备注长度",
            "length of the note",
            klass=DataClass.D2,
        ),
    ),
]


@dataclass(slots=True)
class World:
    """The composed schema over a filled database, and what its doors were told."""

    database: Database
    model: Model
    schema: GraphQLSchema
    engine: CompiledEngine
    reads: list[SensitiveRead]
    failures: list[str]
    statements: list[str]

    async def ask(self, text: str, rights: Rights, **variables: Any) -> dict[str, Any]:
        """Run a document and return the decoded answer."""
        prepared = self.engine.documents.prepare(text)
        values = self.engine.documents.coerce_variables(prepared, variables).coerced
        return json.loads(await self.engine.run(prepared, values, rights))


def rights(
    *clearances: tuple[str, DataClass],
    where: Range | int | Scope = DISTRICT,
    own: tuple[tuple[int, uuid.UUID], ...] = (),
) -> Rights:
    """Return the rights of a viewer with these clearances in the whole of `where`."""
    scope = where if isinstance(where, Scope) else Scope.of(where)
    held = tuple(Clearance(each, body, klass) for each in scope.ranges for body, klass in clearances)
    return Rights.of(Viewer(uuid.uuid4(), "测试", scope, held, (), own))


FULL = rights(("*", DataClass.D3))
NOBODY = rights()


def small_registry() -> Registry:
    """Return the registry of the small world."""
    registry = ground_registry()
    registry.add("core", [Courtyard, Reader])
    registry.add("library", [Rack, Book, Secret, Notice])
    return registry


async def build_world(make_database: MakeDatabase) -> World:
    """Build the small world: two courtyards in two communities, the same shape of rows in both."""
    registry = small_registry()
    database = await make_database(registry)
    await fill(database)
    model = build_model(registry, FIELDS)
    schema = core_schema(build_schema(model))
    reads: list[SensitiveRead] = []
    failures: list[str] = []

    async def log_reads(_viewer: Viewer, found: Sequence[SensitiveRead], _request: str) -> None:
        reads.extend(found)

    async def authenticate(_token: str) -> Viewer:
        return FULL.viewer

    statements: list[str] = []
    fetch_json = database.fetch_json

    async def counted(sql: str, args: Sequence[Any], scope: Scope) -> bytes | None:
        statements.append(sql)
        return await fetch_json(sql, args, scope)

    database.fetch_json = counted  # type: ignore[method-assign]
    doors = Doors(
        authenticate,
        log_reads,
        plugins=lambda: [PluginInfo("library", "1", "书", True, None)],
        report=lambda plugin, _field, _error: failures.append(plugin),
        now=lambda: NOW,
    )
    engine = CompiledEngine(
        database,
        Documents(schema),
        Compiler(model, schema, database.dialect, PageSizes()),
        Cursors(b"small world"),
        doors,
    )
    return World(database, model, schema, engine, reads, failures, statements)


async def fill(database: Database) -> None:
    """Write the rows."""
    district, subdistrict = 5101060000000000, 5101060240000000
    nodes: list[dict[str, Any]] = [
        {"number": district, "kind": "DISTRICT", "code": "510106", "name": "金牛区"},
        {"number": subdistrict, "kind": "SUBDISTRICT", "code": "510106024", "name": "西安路", "parent": district},
    ]
    for number in (ONE, TWO):
        community = number // 10_000 * 10_000
        nodes.append(
            {
                "number": community,
                "kind": "COMMUNITY",
                "code": str(community)[:12],
                "name": f"社区{community % 10**5 // 10**4}",
                "parent": subdistrict,
            }
        )
        nodes.append({"number": number, "kind": "COURTYARD", "code": str(number), "name": "院", "parent": community})
    for node in nodes:
        chain = {"district": district, "subdistrict": subdistrict}
        if node["kind"] in ("COMMUNITY", "COURTYARD"):
            chain["community"] = node["number"] // 10_000 * 10_000
        own = {kind: number for kind, number in chain.items() if number != node["number"]}
        node.update({**own, "status": "OPEN"})
    await database.insert_rows(Node, nodes)
    for number in (ONE, TWO):
        with scoped(number):
            await database.insert_rows(Courtyard, [_courtyard(number)])
            await _fill_courtyard(database, number)


def _courtyard(number: int) -> dict[str, Any]:
    return {
        "tenant_id": number,
        "code": str(number),
        "name": f"梧桐苑{number % 100_000 // 10_000}",
        "name_pinyin": "wu tong yuan",
        "kind": "OLD_COURTYARD",
        "management_mode": "SELF",
        "building_count": 3,
        "community": number // 10_000 * 10_000,
        "subdistrict": 5101060240000000,
        "district": 5101060000000000,
        "opened_on": dt.date(2026, 1, 1),
    }


async def _fill_courtyard(database: Database, number: int) -> None:
    names = [("张建国", "zhang jian guo"), ("李芳", "li fang"), ("欧阳明", "ou yang ming"), ("王", "wang")]
    readers = [
        {
            "tenant_id": number,
            "id": uuid7(),
            "name": name,
            "name_pinyin": pinyin,
            "born": ("1949-10", None, "1990", "2001-02-03")[index],
            "phone_masked": "154****0101" if index % 2 else None,
            "is_adult": index != 3,
        }
        for index, (name, pinyin) in enumerate(names)
    ]
    racks = [
        {"tenant_id": number, "id": uuid7(), "label": label, "area_c": area}
        for label, area in (("A", 100), ("B", None), ("C", 250))
    ]
    books = [
        {
            "tenant_id": number,
            "id": uuid7(),
            "rack_id": racks[index % 2]["id"],
            "reader_id": readers[index % 3]["id"] if index % 4 else None,
            "donor_id": readers[0]["id"] if index % 2 else None,
            "title": f"书{index % 4}" if index else 'quote " \\ 引\n号',
            "note": None if index % 3 else f"注{index}",
            "colour": (None, "RED", "GREEN")[index % 3],
            "pages": index * 10,
            "price_fen": 2**40 + index if index == 5 else index * 101,
            "read_for": None if index % 2 else index * 7,
            "bought_on": None if index == 2 else dt.date(2026, 11, 18 + index),
            "returned_on": None if index % 2 else dt.date(2026, 11, 20 + index),
            "entered_at": NOW + dt.timedelta(microseconds=index),
            "is_lent": bool(index % 2),
        }
        for index in range(9)
    ]
    secrets = [{"tenant_id": number, "reader_id": each["id"], "text": f"密{i}"} for i, each in enumerate(readers[:3])]
    await database.insert_rows(Reader, readers)
    await database.insert_rows(Rack, racks)
    await database.insert_rows(Book, books)
    await database.insert_rows(Secret, secrets)
    await database.insert_rows(
        Notice,
        [
            {"tenant_id": number, "level": level, "owner": owner, "text": f"{owner} {level}"}
            for level in ("D0", "D1", "D2", "D3")
            for owner in ("library", "registry", "elsewhere")
        ],
    )
