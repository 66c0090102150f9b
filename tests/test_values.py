"""One reader per value: what is stored, given to a mutation and sought by a filter is read in one way (N1 to N9)."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import schema_of
from served_world import SETTINGS, World, furnish
from two_courtyards import MUTATIONS

import yuanluo
from yuanluo import (
    Composition,
    CreatePerson,
    Invalid,
    Person,
    Plugins,
    Reads,
    checked_values,
    normalize_name,
    run_command,
    scoped,
)
from yuanluo.inputs import InputField
from yuanluo.readers import read_text, sought
from yuanluo.registering import upsert_people
from yuanluo.sheets.ids import check_character
from yuanluo_graphql.assembly import build_engine
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.columns import Kind, Mask
from yuanluo_tenants.tables import columns_of

COMPARE: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
DAYS: Final = ("1958", "2025", "2025-12-31", "2026", "2026-08", "2026-09", "2026-09-01", "2026-09-15", "2026-10", None)
SOUGHT: Final = ("1958-07", "2025", "2026", "2026-01", "2026-09", "2026-09-01", "2026-09-30", "2026-10", "2999-12-31")
NUMBER: Final = "510100196207141015"
"""Of a man born on 1962-07-14."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    plugins = Plugins.load()
    return await furnish(await make_database(Composition.of(plugins).registry), plugins)


async def sent(world: World, role: str, mutation: str, answer: str, **given: Any) -> Any:
    """Send a mutation and return what it answers, or the code and field of its refusal."""
    name = mutation[:1].upper() + mutation[1:]
    text = f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {answer} }} }}"
    got = await world.send(text, role, {"input": given})
    if "errors" in got:
        extensions = got["errors"][0]["extensions"]
        return extensions["code"], extensions.get("field")
    return got["data"][mutation]


async def person(world: World, name: str, **given: Any) -> Any:
    answer = "person { id revision name birth gender phone }"
    made = await sent(world, "branch_secretary", "personCreate", answer, node=world.codes[0], name=name, **given)
    return made if isinstance(made, tuple) else made["person"]


async def update(world: World, known: Mapping[str, Any], **given: Any) -> Any:
    answer = "person { id revision name birth gender }"
    given |= {"personId": known["id"], "revision": known["revision"]}
    made = await sent(world, "branch_secretary", "personUpdate", answer, **given)
    return made if isinstance(made, tuple) else made["person"]


# partial dates ----------------------------------------------------------------------------------------------------


def at_the_coarser(op: str, stored: str | None, asked: str) -> bool:
    """Compare as N7 says."""
    if stored is None:
        return False
    known = min(len(stored), len(asked))
    return COMPARE[op](stored[:known], asked[:known])


async def test_every_comparison_of_partial_dates_is_at_the_coarser_precision(world: World) -> None:
    for day in DAYS:
        given = {"node": world.codes[0], "content": "部分日期", "receivedOn": day}
        assert "opinion" in await sent(world, "council_director", "opinionRegister", "opinion { id }", **given)
    asked = [(op, day) for op in COMPARE for day in SOUGHT]
    parts = [
        f'q{index}: opinions(filter: {{content: {{eq: "部分日期"}}, receivedOn: {{{op}: "{day}"}}}})'
        " { nodes { receivedOn } }"
        for index, (op, day) in enumerate(asked)
    ]
    for first in range(0, len(parts), 9):
        answer = await world.courtyard(" ".join(parts[first : first + 9]), "council_director")
        for index in range(first, min(first + 9, len(parts))):
            op, day = asked[index]
            found = sorted(each["receivedOn"] for each in answer[f"q{index}"]["nodes"])
            assert found == sorted(one for one in DAYS if one and at_the_coarser(op, one, day)), (op, day)


async def test_a_month_filters_the_rows_that_statistics_count_for_it(world: World) -> None:
    text = """opinions(filter: {receivedOn: {ge: $day, le: $day}}) { totalCount }
      all: opinions { stats(groupBy: [RECEIVED_ON_MONTH]) { groups { key { receivedOn { text } } count } } }"""
    found = await world.courtyard(text.replace("$day", '"2026-10"'), "council_director")
    counted = {
        (each["key"]["receivedOn"] or {"text": ""})["text"]: each["count"] for each in found["all"]["stats"]["groups"]
    }
    with scoped(world.tenant):
        sql = "SELECT count(*) AS n FROM opinion WHERE tenant_id = $1 AND received_on = '2026'"
        only_the_year = int(await yuanluo.value(world.database, sql, world.tenant))
    assert found["opinions"]["totalCount"] == counted["2026-10"] + only_the_year


@pytest.mark.parametrize("op", sorted(COMPARE))
async def test_the_same_document_takes_dates_of_any_precision_in_its_variable(world: World, op: str) -> None:
    text = (
        f"query($code: ID!, $day: PartialDate!) {{ courtyard(code: $code) {{ opinions(filter: {{receivedOn: {{{op}: $day}},"
        ' content: {eq: "部分日期"}}) { nodes { receivedOn } } } }'
    ).replace("$code: ID!", "$code: String!")
    for day in ("2026", "2026-09", "2026-09-15"):
        answer = await world.send(text, "council_director", {"code": world.codes[0], "day": day})
        found = sorted(each["receivedOn"] for each in answer["data"]["courtyard"]["opinions"]["nodes"])
        assert found == sorted(one for one in DAYS if one and at_the_coarser(op, one, day)), day


# names --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "李 长富",
        "李⻓富",
        "⽊李⻓富",
        "李\ufe00长富",
        "李\U000e0100长富",
        "\u200b李长富\u3000",
        "买买提•艾力",
        "Ｗａｎｇ　Ｌｅｉ",
    ],
)
async def test_a_name_is_found_as_it_was_written_and_by_every_other_writing(world: World, written: str) -> None:
    made = await person(world, written)
    assert made["name"] == normalize_name(written)
    for text in (written, made["name"], " ".join(made["name"])):
        query = 'query($w: TextFilter!) { courtyard(code: "%s") { people(filter: {name: $w}) { nodes { id } } } }'
        for condition in ({"eq": text}, {"in": ["无此人", text]}):
            answer = await world.send(query % world.codes[0], "branch_secretary", {"w": condition})
            assert made["id"] in [each["id"] for each in answer["data"]["courtyard"]["people"]["nodes"]], condition
        answer = await world.send(query % world.codes[0], "branch_secretary", {"w": {"ne": text}})
        assert made["id"] not in [each["id"] for each in answer["data"]["courtyard"]["people"]["nodes"]]


@pytest.mark.parametrize(("radical", "character"), ["⻓长", "⻢马", "⻔门", "⻰龙", "⼈人", "⺠民", "⻘青", "⿓龍"])
def test_a_radical_is_the_character_it_stands_for(radical: str, character: str) -> None:
    assert normalize_name(radical) == character


def test_folding_a_name_twice_is_folding_it_once() -> None:
    for point in (*range(0x20, 0xD800), *range(0xE000, 0x30000), *range(0xE0000, 0xE0200)):
        if unicodedata.category(chr(point)) != "Cn":
            once = normalize_name(f"李{chr(point)}富")
            assert normalize_name(once) == once, hex(point)


# rooms --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["１０１", " 1 0 1 ", "101室", "101号", "一〇一", "1\u200b01"])
async def test_a_room_number_that_is_there_already_is_a_duplicate_however_it_is_written(
    world: World, written: str
) -> None:
    given = {"node": world.codes[0], "buildingNo": 88, "stairwellNo": 1, "areaC": 6850}
    answer = "dwelling { roomKey roomNo }"
    first = await sent(world, "council_director", "dwellingAdd", answer, **given, roomNo="101")
    assert first == ("DUPLICATE", None) or first["dwelling"] == {"roomKey": "88-1-101", "roomNo": "101"}
    assert (await sent(world, "council_director", "dwellingAdd", answer, **given, roomNo=written))[0] == "DUPLICATE"
    text = f'dwellings(filter: {{roomKey: {{eq: "８８栋１单元{"".join(written.split())}"}}}}) {{ totalCount }}'
    assert (await world.courtyard(text, "council_director"))["dwellings"]["totalCount"] == 1


async def test_what_is_no_number_is_kept_and_folded(world: World) -> None:
    given = {"node": world.codes[0], "buildingNo": 88, "stairwellNo": 0, "areaC": 6850, "roomNo": " 商铺ａ"}
    made = await sent(world, "council_director", "dwellingAdd", "dwelling { roomKey }", **given)
    assert made["dwelling"]["roomKey"] == "88-0-商铺A"
    assert sought(Reads.ROOM, "８８-0- 商铺ａ") == read_text(Reads.ROOM, "88-0-商铺A", "room_key") == "88-0-商铺A"


async def test_the_room_of_a_reporter_is_read_as_a_workbooks_is(world: World) -> None:
    given = {"node": world.codes[0], "content": "房号", "category": "OTHER"}
    answer = "opinion { reporter { roomKey name } }"
    more = {"roomKey": "３栋２单元509室", "reporterName": "何 大成"}
    made = await sent(world, "council_director", "opinionCollect", answer, **given, **more)
    assert made["opinion"]["reporter"] == {"roomKey": "3-2-509", "name": "何大成"}
    refused = await sent(world, "council_director", "opinionCollect", answer, **given, roomKey="地下室")
    assert refused == ("ROOM_KEY", "roomKey")


# phones, ID numbers, codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutation", ["personCreate", "opinionCollect", "opinionRegister"])
@pytest.mark.parametrize("written", ["1.54E+10", "12345", "abc", "15400000101/15400000102"])
async def test_what_is_no_phone_is_refused_by_every_mutation_that_takes_one(
    world: World, mutation: str, written: str
) -> None:
    more = {"name": "某人"} if mutation == "personCreate" else {"content": "诉求", "category": "OTHER"}
    role = "branch_secretary" if mutation == "personCreate" else "council_director"
    got = await sent(world, role, mutation, "replayed", node=world.codes[0], phone=written, **more)
    assert got == ("PHONE_INVALID", "phone")


@pytest.mark.parametrize(
    "written", ["+86 154 0000 0199", "１５４０００００１９９", "0086-154-0000-0199", "154 0000 0199", "15400000199.0"]
)
async def test_a_phone_is_kept_in_one_form(world: World, written: str) -> None:
    assert (await person(world, "电话", phone=written))["phone"] == "154****0199"


def test_whatever_is_masked_as_a_name_a_room_a_phone_or_an_id_number_is_read_as_one() -> None:
    reads = {Mask.NAME: Reads.NAME, Mask.ROOM: Reads.ROOM, Mask.PHONE: Reads.PHONE, Mask.ID_NUMBER: Reads.ID_NUMBER}
    for table in Composition.of(Plugins.load()).registry:
        for about in columns_of(table).values():
            if about.kind in (Kind.TEXT, Kind.CODE, Kind.SEALED) and about.companion_of is None:
                assert about.reads is reads.get(about.mask) or about.mask is Mask.HIDE, about


def texts(fields: tuple[InputField, ...]) -> list[InputField]:
    return [one for each in fields for one in ([each] if each.nested is None else texts(each.fields))]


def test_every_room_phone_and_id_number_of_every_mutation_says_as_what_it_is_read() -> None:
    wanted = {"room_key": Reads.ROOM, "phone": Reads.PHONE, "phone_alt": Reads.PHONE, "id_number": Reads.ID_NUMBER}
    found = [each for mutation in MUTATIONS.values() for each in texts(mutation.form.fields) if each.name in wanted]
    assert len(found) > 10
    for each in found:
        assert each.reads is wanted[each.name], each


@pytest.mark.parametrize(
    ("reads", "written", "stored"),
    [
        (Reads.CODE, " ＪＳ 001 ", "JS001"),
        (Reads.NAME, "欧阳 ・ 娜", "欧阳·娜"),
        (Reads.ROOM, "三栋二单元５０９号", "3-2-509"),
        (Reads.PHONE, "87654321", "02887654321"),
        (Reads.ID_NUMBER, " 51010019620714101５", NUMBER),
    ],
)
def test_what_is_sought_is_read_as_what_is_stored(reads: Reads, written: str, stored: str) -> None:
    assert read_text(reads, written, "field") == sought(reads, written) == read_text(reads, stored, "field") == stored


@pytest.mark.parametrize("reads", [Reads.ROOM, Reads.PHONE, Reads.ID_NUMBER])
def test_what_cannot_be_read_is_refused_where_it_is_stored_and_finds_nothing_where_it_is_sought(reads: Reads) -> None:
    assert sought(reads, "什么 都不是") == "什么都不是"
    with pytest.raises(Invalid) as refused:
        read_text(reads, "什么 都不是", "field")
    assert refused.value.field == "field"


# birth and gender by the ID number ------------------------------------------------------------------------------------


async def test_birth_and_gender_come_from_the_number_and_nothing_else_may_be_said(world: World) -> None:
    for field, value in (("birth", "1950-01-01"), ("birth", "1962-08"), ("birth", "1961"), ("gender", "F")):
        assert await person(world, "对照", idNumber=NUMBER, **{field: value}) == ("ID_MISMATCH", field)
    made = await person(world, "对照", idNumber=NUMBER, birth="1962-07", gender="M")
    assert (made["birth"], made["gender"]) == ("1962-07-14", "M")

    for field, value in (("birth", "1950-01-01"), ("gender", "F")):
        assert await update(world, made, **{field: value}) == ("ID_MISMATCH", field)
        assert await update(world, made, clear=[field]) == ("ID_MISMATCH", field)
    made = await update(world, made, birth="1962")
    assert (made["birth"], made["gender"]) == ("1962-07-14", "M")

    made = await update(world, made, clear=["idNumber"], birth="1950", gender="F")
    assert (made["birth"], made["gender"]) == ("1950", "F")
    assert await update(world, made, idNumber=NUMBER, birth="1950") == ("ID_MISMATCH", "birth")
    made = await update(world, made, idNumber=NUMBER)
    assert (made["birth"], made["gender"]) == ("1962-07-14", "M")


async def test_a_roster_that_brings_the_number_brings_birth_and_gender_with_it(world: World) -> None:
    number = "51010019500101001" + check_character("51010019500101001")
    context = world.at()
    with scoped(world.tenant):
        async with world.database.transaction():
            known = await run_command(
                yuanluo.create_person, context, CreatePerson("补录人", birth="1950", phone="15400000188")
            )
            await upsert_people(context, [CreatePerson("补录人", id_number=number, phone="15400000188")])
        sql = "SELECT birth, gender FROM person WHERE tenant_id = $1 AND id = $2"
        [row] = await yuanluo.rows(world.database, sql, world.tenant, known.subject_id)
    assert (row["birth"], row["gender"]) == ("1950-01-01", "M")


# how it is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("op", ["eq", "lt", "le", "gt", "ge"])
async def test_a_filter_on_a_partial_date_is_a_range_of_its_index(world: World, op: str) -> None:
    engine = build_engine(world.house, SETTINGS, schema=schema_of(world.house))
    rights = Rights.of(yuanluo.operator())
    wanted = f'opinions(filter: {{receivedOn: {{{op}: "2026-09"}}}}) {{ totalCount }}'
    text = f'{{ courtyard(code: "{world.codes[0]}") {{ {wanted} }} }}'
    plan = engine.plan(engine.documents.prepare(text), {}, rights)
    with scoped(rights.scope):
        rows = await world.database.fetch(f"EXPLAIN QUERY PLAN {plan.sql}", [None] * len(plan.binders))
    assert any("(tenant_id=? AND received_on" in str(row["detail"]) for row in rows), rows


def test_a_register_and_an_importer_of_a_plugin_read_as_commands_do() -> None:
    written = {"name": "李 ⻓富", "phone": "154-0000-0101", "id_number": f" {NUMBER} "}
    assert checked_values(Person, written) == {"name": "李长富", "phone": "15400000101", "id_number": NUMBER}
    with pytest.raises(Invalid) as refused:
        checked_values(Person, {"phone": "12345"})
    assert (refused.value.stable_code, refused.value.field) == ("PHONE_INVALID", "phone")
