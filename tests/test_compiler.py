"""The compiler: one statement per operation, the same answers on both engines, masked and switched in SQL."""

from __future__ import annotations

import pytest
import pytest_asyncio
from databases import MakeDatabase
from small_world import DISTRICT, FULL, NOBODY, ONE, TWO, World, build_world, rights

from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.rights import Rights
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import Invalid
from yuanluo_tenants.scope import Scope, scoped

EVERY_FIELD = """
query ($code: String!, $n: Int, $after: String) {
  courtyard(code: $code) {
    __typename id code name kind openedOn libraryWorth readerCount secretCount
    community { code name district: courtyards { totalCount } }
    readers(first: $n, after: $after, orderBy: [{field: NAME, direction: DESC}]) {
      totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node { ...R } }
    }
    racks { nodes { label areaC bookCount worth books(first: 2) { nodes { title priceFen half } }
                      out { nodes { title boughtOn returnedOn } totalCount } } }
    books(filter: {colour: {in: [RED, GREEN]}, pages: {ge: 10}}) {
      totalCount sum { pages priceFen half } counted { pages readFor }
      nodes { title note colour pages priceFen readFor boughtOn enteredAt isLent shout noteLength rack { label } }
    }
  }
}
fragment R on Reader { id name born phone isAdult bookish books { nodes { title } } secret { text } }
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    return await build_world(make_database)


async def test_an_operation_of_any_depth_is_one_statement(world: World) -> None:
    world.statements.clear()
    answer = await world.ask(EVERY_FIELD, FULL, code=str(ONE))
    assert len(world.statements) == 1
    assert answer["data"]["courtyard"]["readerCount"] == 4


async def test_values_have_one_form_on_both_engines(world: World) -> None:
    answer = await world.ask(EVERY_FIELD, FULL, code=str(ONE), n=1)
    courtyard = answer["data"]["courtyard"]
    assert courtyard["libraryWorth"] == 2**40 + 5 + sum(i * 101 for i in range(9) if i != 5)
    assert courtyard["secretCount"] is None, "three are fewer than the smallest cell"
    assert courtyard["openedOn"] == "2026-01-01"
    reader = courtyard["readers"]["edges"][0]["node"]
    assert reader["name"] == "张建国"
    assert reader["isAdult"] is True
    assert reader["bookish"] is True
    assert reader["secret"] == {"text": "密0"}
    book = courtyard["books"]["nodes"][0]
    assert book["enteredAt"].startswith("2026-11-22T04:00:00.0000")
    assert book["enteredAt"].endswith("Z")
    assert [each["label"] for each in courtyard["racks"]["nodes"]] == ["C", "B", "A"]


async def test_pages_join_to_the_whole_list(world: World) -> None:
    whole = await world.ask(EVERY_FIELD, FULL, code=str(ONE))
    expected = [edge["node"]["id"] for edge in whole["data"]["courtyard"]["readers"]["edges"]]
    found: list[str] = []
    after = None
    for _ in range(10):
        answer = await world.ask(EVERY_FIELD, FULL, code=str(ONE), n=1, after=after)
        page = answer["data"]["courtyard"]["readers"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == expected
    assert len(found) == 4


@pytest.mark.parametrize("field", ["TITLE", "NOTE", "COLOUR", "PRICE_FEN", "BOUGHT_ON", "ENTERED_AT", "IS_LENT"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_every_order_pages_both_ways(world: World, field: str, direction: str) -> None:
    text = """query ($o: [BookOrder!], $first: Int, $after: String, $last: Int, $before: String) {
      courtyards(first: 1) { nodes { books(orderBy: $o, first: $first, after: $after, last: $last, before: $before) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { id } } } } }"""
    order = [{"field": field, "direction": direction}]

    async def page(**arguments: object) -> tuple[list[str], dict[str, object]]:
        answer = await world.ask(text, FULL, o=order, **arguments)
        books = answer["data"]["courtyards"]["nodes"][0]["books"]
        return [each["id"] for each in books["nodes"]], books["pageInfo"]

    whole, _ = await page()
    assert len(whole) == 9
    forward, info = await page(first=4)
    second, info = await page(first=4, after=info["endCursor"])
    third, info = await page(first=4, after=info["endCursor"])
    assert forward + second + third == whole
    assert info["hasNextPage"] is False
    back, info = await page(last=5)
    assert back == whole[4:]
    assert info["hasPreviousPage"] is True
    front, info = await page(last=5, before=info["startCursor"])
    assert front == whole[:4]
    assert info["hasPreviousPage"] is False


async def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    text = """query ($a: String, $t: String!) { courtyard(code: "5101060240010001") {
      books(first: 1, after: $a, filter: {title: {ne: $t}}) { pageInfo { endCursor } } } }"""
    answer = await world.ask(text, FULL, t="x")
    cursor = answer["data"]["courtyard"]["books"]["pageInfo"]["endCursor"]
    await world.ask(text, FULL, t="x", a=cursor)
    for wrong in (cursor[:-4] + "AAAA", "00.x", "", "0.AAAA", "💥"):
        with pytest.raises(Invalid) as refused:
            await world.ask(text, FULL, t="x", a=wrong)
        assert refused.value.stable_code == "BAD_CURSOR"
    with pytest.raises(Invalid):
        await world.ask(text, FULL, t="y", a=cursor)


async def test_a_viewer_without_clearance_sees_masks_and_no_sensitive_rows(world: World) -> None:
    world.reads.clear()
    answer = await world.ask(EVERY_FIELD, NOBODY, code=str(ONE))
    readers = [edge["node"] for edge in answer["data"]["courtyard"]["readers"]["edges"]]
    assert {each["name"] for each in readers} == {"张*国", "李*", "欧阳*", "*"} or {
        each["name"] for each in readers
    } >= {"张*国", "李*"}
    assert all(each["born"] is None and each["secret"] is None and each["isAdult"] is None for each in readers)
    assert all(
        each["note"] is None and each["noteLength"] is None for each in answer["data"]["courtyard"]["books"]["nodes"]
    )
    assert world.reads == []


async def test_sensitive_rows_that_were_read_are_logged(world: World) -> None:
    world.reads.clear()
    await world.ask("{ courtyards { nodes { secrets { nodes { text } } } } }", FULL)
    assert {(read.type_name, read.tenant) for read in world.reads} == {("Secret", ONE), ("Secret", TWO)}
    assert len(world.reads) == 6


async def test_masked_values_cannot_be_guessed_by_filter_or_order(world: World) -> None:
    text = """query ($t: String!) { courtyards { nodes { readers(filter: {name: {contains: $t}}) { totalCount } } } }"""
    clear = await world.ask(text, FULL, t="建国")
    masked = await world.ask(text, NOBODY, t="建国")
    assert [n["readers"]["totalCount"] for n in clear["data"]["courtyards"]["nodes"]] == [1, 1]
    assert [n["readers"]["totalCount"] for n in masked["data"]["courtyards"]["nodes"]] == [0, 0]
    born = "{ courtyards { nodes { readers(filter: {born: {isNull: false}}) { totalCount } } } }"
    assert [n["readers"]["totalCount"] for n in (await world.ask(born, NOBODY))["data"]["courtyards"]["nodes"]] == [
        0,
        0,
    ]


async def test_clearance_in_one_courtyard_does_not_reach_another(world: World) -> None:
    here = rights(("*", DataClass.D3), where=DISTRICT)
    from yuanluo.viewer import Clearance, Viewer
    from yuanluo_graphql.rights import Rights
    from yuanluo_tenants.scope import Range

    viewer = Viewer(
        here.viewer.account_id, "甲", Scope.of(DISTRICT), (Clearance(Range(ONE, ONE), "*", DataClass.D3),), ()
    )
    answer = await world.ask(
        "{ courtyards { nodes { code readers { nodes { name } } secrets { totalCount } } } }", Rights.of(viewer)
    )
    one, two = answer["data"]["courtyards"]["nodes"]
    assert "张建国" in [each["name"] for each in one["readers"]["nodes"]]
    assert "张*国" in [each["name"] for each in two["readers"]["nodes"]]
    assert (one["secrets"]["totalCount"], two["secrets"]["totalCount"]) == (3, 0)


async def test_the_subject_sees_his_own_rows(world: World) -> None:
    with scoped(ONE):
        rows = await world.database.fetch("SELECT id, name FROM reader WHERE name = '李芳'")
    own = rights(("*", DataClass.D1), where=ONE, own=((ONE, rows[0]["id"]),))
    answer = await world.ask('{ courtyard(code: "%d") { readers { nodes { name born secret { text } } } } }' % ONE, own)
    found = {each["name"]: each["secret"] for each in answer["data"]["courtyard"]["readers"]["nodes"]}
    assert found["李芳"] == {"text": "密1"}
    assert found["张建国"] is None


async def test_what_is_not_yours_does_not_exist(world: World) -> None:
    whole = await world.ask(
        "{ courtyards { nodes { id code readers { nodes { id } } racks { nodes { id } } } } }", FULL
    )
    foreign = whole["data"]["courtyards"]["nodes"][1]
    ids = [foreign["id"], foreign["readers"]["nodes"][0]["id"], foreign["racks"]["nodes"][0]["id"]]
    mine = rights(("*", DataClass.D3), where=ONE)
    text = "query ($i: ID!, $j: [ID!]!) { node(id: $i) { id } nodes(ids: $j) { id __typename } }"
    for wrong in (*ids, "Reader:1:2", "", "x", "Reader:%d:%s" % (ONE, "0" * 8), "District:1:1", "Nothing:1:1"):
        answer = await world.ask(text, mine, i=wrong, j=[wrong, *ids])
        assert answer == {"data": {"node": None, "nodes": [None] * 4}}
    answer = await world.ask('{ courtyard(code: "%d") { id } district(code: "510107") { id } }' % TWO, mine)
    assert answer == {"data": {"courtyard": None, "district": None}}
    answer = await world.ask("{ courtyards { totalCount nodes { code } } }", mine)
    assert answer["data"]["courtyards"] == {"totalCount": 1, "nodes": [{"code": str(ONE)}]}


async def test_node_answers_by_global_id(world: World) -> None:
    whole = await world.ask(
        '{ courtyards(first: 1) { nodes { id books(first: 1) { nodes { id title } } } } district(code: "510106") { id } }',
        FULL,
    )
    book = whole["data"]["courtyards"]["nodes"][0]["books"]["nodes"][0]
    text = """query ($i: ID!, $j: [ID!]!) { node(id: $i) { __typename ... on Book { title shout } ... on Rack { label } }
      nodes(ids: $j) { __typename id ... on Book { shout } ... on District { code } } }"""
    answer = await world.ask(text, FULL, i=book["id"], j=[whole["data"]["district"]["id"], book["id"]])
    assert answer["data"]["node"] == {"__typename": "Book", "title": book["title"], "shout": book["title"].upper()}
    assert [each["__typename"] for each in answer["data"]["nodes"]] == ["District", "Book"]
    assert answer["data"]["nodes"][1]["shout"] == book["title"].upper()


async def test_a_switched_off_plugin_answers_null_and_its_sums_say_how_many_counted(world: World) -> None:
    from yuanluo_tenants.switches import PluginSwitch

    text = """{ courtyards { counted { libraryWorth } sum { libraryWorth readerCount }
      nodes { libraryWorth racks { totalCount } books { nodes { id } } readers(first: 1) { nodes { books { totalCount } } } } } }"""
    before = await world.ask(text, FULL)
    book = before["data"]["courtyards"]["nodes"][0]["books"]["nodes"][0]["id"]
    import datetime as dt

    with scoped(ONE):
        await world.database.insert_rows(
            PluginSwitch,
            [{"tenant_id": ONE, "plugin": "library", "off_since": dt.datetime.now(dt.timezone.utc)}],
        )
        try:
            answer = await world.ask(text, FULL)
            node = await world.ask("query ($i: ID!) { node(id: $i) { id } }", FULL, i=book)
        finally:
            await world.database.execute(f"DELETE FROM plugin_switch WHERE tenant_id = {ONE}")
    courtyards = answer["data"]["courtyards"]
    assert courtyards["counted"] == {"libraryWorth": 1}
    assert courtyards["sum"]["readerCount"] == 8
    off, on = courtyards["nodes"]
    assert (off["libraryWorth"], off["racks"], off["books"]) == (None, None, None)
    assert off["readers"]["nodes"][0]["books"] is None
    assert on["racks"]["totalCount"] == 3
    assert node == {"data": {"node": None}}


async def test_a_failing_python_field_is_null_with_an_error_at_its_path(world: World) -> None:
    with scoped(ONE):
        await world.database.execute(f"UPDATE book SET title = 'boom' WHERE title = '书1' AND tenant_id = {ONE}")
    try:
        text = '{ courtyard(code: "%d") { books(filter: {title: {eq: "boom"}}) { nodes { title s: shout } } } }' % ONE
        answer = await world.ask(text, FULL)
    finally:
        with scoped(ONE):
            await world.database.execute(f"UPDATE book SET title = '书1' WHERE title = 'boom' AND tenant_id = {ONE}")
    nodes = answer["data"]["courtyard"]["books"]["nodes"]
    assert nodes
    assert all(each["s"] is None for each in nodes)
    assert answer["errors"][0]["path"] == ["courtyard", "books", "nodes", 0, "s"]
    assert answer["errors"][0]["extensions"]["code"] == "PLUGIN_FAILED"


async def test_long_aliases_do_not_collide(world: World) -> None:
    one, two = "a" * 70 + "1", "a" * 70 + "2"
    answer = await world.ask(
        '{ courtyard(code: "%d") { %s: name %s: code racks { nodes { %s: label %s: bookCount } } } }'
        % (ONE, one, two, one, two),
        FULL,
    )
    courtyard = answer["data"]["courtyard"]
    assert (courtyard[one], courtyard[two]) == ("梧桐苑1", str(ONE))
    assert courtyard["racks"]["nodes"][2] == {one: "A", two: 5}


async def test_directives_fragments_and_merged_selections(world: World) -> None:
    text = """query ($yes: Boolean!, $no: Boolean!) { courtyard(code: "5101060240010001") {
      name @include(if: $no) code @skip(if: $no) ...A @include(if: $yes) ...B @skip(if: $yes)
      racks(first: 1) { nodes { label } } ... on Node { id } ... { kind } } }
    fragment A on Courtyard { racks(first: 1) { nodes { bookCount } totalCount } }
    fragment B on Courtyard { address }"""
    answer = await world.ask(text, FULL, yes=True, no=False)
    courtyard = answer["data"]["courtyard"]
    assert list(courtyard) == ["code", "racks", "id", "kind"]
    assert courtyard["racks"] == {"nodes": [{"label": "C", "bookCount": 0}], "totalCount": 3}


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"not": {"note": {"eq": "注0"}}}, 8),
        ({"or": [{"note": {"isNull": True}}, {"pages": {"lt": 40}}]}, 8),
        ({"and": [{"isLent": {"eq": True}}, {"boughtOn": {"gt": "2026-11-20"}}]}, 3),
        ({"colour": {"ne": "RED"}}, 3),
        ({"title": {"startsWith": "书"}, "priceFen": {"gt": 2**40}}, 1),
        ({"enteredAt": {"le": "2026-11-22T12:00:00.000002+08:00"}}, 3),
        ({"title": {"in": []}}, 0),
        ({"or": []}, 0),
        ({"and": []}, 9),
        ({"reader": {"isNull": True}}, 3),
        ({"title": {"contains": '"'}}, 1),
    ],
)
async def test_filters_are_two_valued(world: World, where: dict[str, object], count: int) -> None:
    text = 'query ($f: BookFilter) { courtyard(code: "5101060240010001") { books(filter: $f) { totalCount } } }'
    answer = await world.ask(text, FULL, f=where)
    assert answer["data"]["courtyard"]["books"]["totalCount"] == count


async def test_text_that_no_database_can_hold_is_refused(world: World) -> None:
    text = 'query ($t: String!) { courtyard(code: "5101060240010001") { books(filter: {title: {eq: $t}}) { totalCount } } }'
    for wrong in ("a\0b", "\ud800"):
        with pytest.raises(Invalid):
            await world.ask(text, FULL, t=wrong)


async def test_page_sizes_are_bounded(world: World) -> None:
    text = 'query ($n: Int) { courtyard(code: "5101060240010001") { books(last: $n) { nodes { id } } } }'
    assert (await world.ask(text, FULL, n=0))["data"]["courtyard"]["books"]["nodes"] == []
    for wrong in (-1, 201):
        with pytest.raises(Exception, match=r"200"):
            await world.ask(text, FULL, n=wrong)


async def test_several_ranges_are_one_scope(world: World) -> None:
    both = rights(("*", DataClass.D3), where=Scope.of(ONE, TWO))
    only = rights(("*", DataClass.D3), where=Scope.of(ONE, TWO + 5))
    text = '{ courtyards { totalCount nodes { racks { totalCount } } } district(code: "510106") { courtyards { totalCount } } }'
    assert (await world.ask(text, both))["data"]["courtyards"]["totalCount"] == 2
    answer = await world.ask(text, only)
    assert answer["data"]["courtyards"] == {"totalCount": 1, "nodes": [{"racks": {"totalCount": 3}}]}
    assert answer["data"]["district"]["courtyards"]["totalCount"] == 1


async def test_the_deepest_admitted_document_runs(world: World) -> None:
    depth = world.engine.documents.limits.max_depth
    body = "id"
    for level in range((depth - 4) // 2):
        body = (
            "courtyard { id }"
            if level == 0
            else f"rack {{ {body} }}"
            if level % 2
            else f"books(first: 1) {{ nodes {{ {body} }} }}"
        )
    del body
    inner = "title"
    levels = 2
    while levels + 3 <= depth - 2:
        inner = f"title rack {{ books(first: 1) {{ nodes {{ {inner} }} }} }}"
        levels += 3
    answer = await world.ask('{ courtyard(code: "%d") { books(first: 1) { nodes { %s } } } }' % (ONE, inner), FULL)
    assert answer["data"]["courtyard"]["books"]["nodes"]


async def test_a_reference_of_a_class_is_followed_by_who_is_cleared_alone(world: World) -> None:
    text = """query ($r: ID!) { courtyards { nodes { readers { nodes { id name gifts { totalCount } pagesRead } }
      books(filter: {donor: {isNull: false}}) { totalCount nodes { donor { name } } }
      given: books(filter: {donor: {eq: $r}}) { totalCount } sum: readers { sum { pagesRead } } } } }"""
    cleared = await world.ask(text, FULL, r="Reader:1:x")
    reader = cleared["data"]["courtyards"]["nodes"][0]["readers"]["nodes"]
    giver = next(each for each in reader if each["name"] == "张建国")
    assert giver["gifts"]["totalCount"] == 4
    assert giver["pagesRead"] > 0
    given = await world.ask(text, FULL, r=giver["id"])
    assert given["data"]["courtyards"]["nodes"][0]["given"]["totalCount"] == 4
    for courtyard in (await world.ask(text, NOBODY, r=giver["id"]))["data"]["courtyards"]["nodes"]:
        assert courtyard["books"] == {"totalCount": 0, "nodes": []}
        assert courtyard["given"]["totalCount"] == 0
        assert courtyard["sum"]["sum"]["pagesRead"] is None
        for each in courtyard["readers"]["nodes"]:
            assert (each["gifts"], each["pagesRead"]) == (None, None)


async def test_the_masked_form_of_a_sealed_value_is_for_the_courtyards_own_people(world: World) -> None:
    text = "{ courtyards(first: 1) { nodes { readers { nodes { phone } } } } }"

    async def phones(viewer: Rights) -> set[str | None]:
        answer = await world.ask(text, viewer)
        return {each["phone"] for each in answer["data"]["courtyards"]["nodes"][0]["readers"]["nodes"]}

    assert await phones(rights(("*", DataClass.D1))) == {None, "154****0101"}
    assert await phones(NOBODY) == {None}


async def test_a_row_that_says_its_own_class_is_seen_by_who_is_cleared_for_its_body(world: World) -> None:
    text = "{ courtyards(first: 1) { nodes { notices { totalCount nodes { text } } } } }"

    async def seen(viewer: Rights) -> set[str]:
        notices = (await world.ask(text, viewer))["data"]["courtyards"]["nodes"][0]["notices"]
        assert notices["totalCount"] == len(notices["nodes"])
        return {each["text"] for each in notices["nodes"]}

    public = {"library D0", "registry D0", "elsewhere D0"}
    assert await seen(NOBODY) == public
    assert len(await seen(FULL)) == 12
    librarian = rights(("library", DataClass.D3), ("registry", DataClass.D1))
    assert await seen(librarian) == public | {"library D1", "library D2", "library D3", "registry D1"}
    assert await seen(rights(("*", DataClass.D1))) == public | {"library D1", "registry D1", "elsewhere D1"}


async def test_a_statement_too_wide_and_deep_is_refused_alike_on_both_engines(world: World) -> None:
    inner = "name"
    for _ in range(3):
        inner = " ".join(f"a{n}: racks(first: 1) {{ nodes {{ courtyard {{ {inner} }} }} }}" for n in range(5))
    with pytest.raises(Invalid) as refused:
        await world.ask(f'{{ courtyard(code: "{ONE}") {{ {inner} }} }}', FULL)
    assert refused.value.stable_code == "STATEMENT_LIMIT"


@pytest.mark.parametrize("width", range(1, 8))
@pytest.mark.parametrize(
    "leaf",
    ["name", "racks(first: 1) { totalCount pageInfo { hasNextPage } edges { node { id } } }", "__typename"],
)
async def test_what_sqlite_admits_postgresql_admits(world: World, width: int, leaf: str) -> None:
    inner = leaf
    for _ in range(2):
        inner = " ".join(f"a{n}: racks(first: 1) {{ nodes {{ courtyard {{ {inner} }} }} }}" for n in range(width))
    prepared = world.engine.documents.prepare(f'{{ courtyard(code: "{ONE}") {{ {inner} }} }}')

    def code(dialect: str) -> str:
        compiler = Compiler(world.model, world.schema, dialect, PageSizes())
        try:
            compiler.compile(prepared.operation, prepared.fragments, {}, FULL)
        except Invalid as refused:
            return refused.stable_code
        return "admitted"

    assert (code("sqlite"), code("postgresql")) in [
        ("admitted", "admitted"),
        ("STATEMENT_LIMIT", "admitted"),
        ("STATEMENT_LIMIT", "STATEMENT_LIMIT"),
    ]
    assert width > 1 or code("sqlite") == "admitted"


async def test_a_type_may_be_asked_for(world: World) -> None:
    assert (await world.ask('{ __type(name: "Book") { name } }', FULL)) == {"data": {"__type": {"name": "Book"}}}


async def test_as_many_ids_as_a_page_holds_are_one_small_statement(world: World) -> None:
    text = """query ($j: [ID!]!) { nodes(ids: $j) { __typename id ... on Book { title shout rack { label } }
      ... on Rack { bookCount } ... on District { code } } }"""
    whole = await world.ask(
        '{ courtyards { nodes { id books { nodes { id title } } racks { nodes { id } } } } district(code: "510106") { id } }',
        FULL,
    )
    courtyards = whole["data"]["courtyards"]["nodes"]
    known = [each["id"] for one in courtyards for each in (one, *one["books"]["nodes"], *one["racks"]["nodes"])]
    known.append(whole["data"]["district"]["id"])
    asked = [*known, "Book:1:x", "nothing", *known[::-1]]
    asked = (asked * 10)[:200]
    world.statements.clear()
    answer = await world.ask(text, FULL, j=asked)
    assert len(world.statements) == 1
    assert world.statements[0].count("SELECT") < 60
    found = answer["data"]["nodes"]
    assert [each["id"] if each else None for each in found] == [each if each in known else None for each in asked]
    for each in found:
        if each and each["__typename"] == "Book":
            assert each["shout"] == each["title"].upper()
    assert (await world.ask(text, FULL, j=[]))["data"] == {"nodes": []}
    assert (await world.ask(text, FULL, j=["x", "y"]))["data"] == {"nodes": [None, None]}


async def test_a_response_key_may_be_any_letter(world: World) -> None:
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"{letter}1" for letter in "abikmnpsw")]
    inner = " ".join(f"{letter}: name" for letter in letters)
    outer = " ".join(f"{letter}: community {{ {letter}: name }}" for letter in "orgst")
    answer = await world.ask(f"{{ r: courtyards {{ o: nodes {{ {inner} }} }} }}", FULL)
    assert list(answer["data"]["r"]["o"][0]) == letters
    answer = await world.ask(f"query ($c: String!) {{ o: courtyard(code: $c) {{ {outer} }} }}", FULL, c=str(ONE))
    assert answer["data"]["o"]["r"] == {"r": "社区1"}
