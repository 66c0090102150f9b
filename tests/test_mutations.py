"""Mutations over HTTP: typed input, rights, keys, revisions, helpers, refusals that say by which rule and what next."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from served_world import World, furnish

import yuanluo
from yuanluo import Composition, Plugins, scoped

COLLECT: Final = """mutation($input: OpinionCollectInput!) {
  opinionCollect(input: $input) {
    replayed
    record { kind sequence subjectType actor onBehalfOf }
    opinion { id revision status content category }
  }
}"""
TRIAGE: Final = """mutation($input: OpinionTriageInput!) {
  opinionTriage(input: $input) { opinion { id revision status limitWorkdays assigneeName } }
}"""
CLOSE: Final = "mutation($input: OpinionCloseInput!) { opinionClose(input: $input) { opinion { id status } } }"
UPDATE: Final = (
    "mutation($input: PersonUpdateInput!) { personUpdate(input: $input) { person { id revision ethnicity } } }"
)


FORMS: Final = Composition.of(Plugins.load()).forms


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> World:
    plugins = Plugins.load()
    return await furnish(await make_database(Composition.of(plugins).registry), plugins)


async def collect(world: World, role: str = "council_director", **more: Any) -> Any:
    given = {"node": world.codes[0], "content": "路灯不亮", "category": "FACILITY", **more}
    return await world.send(COLLECT, role, {"input": given})


async def collected(world: World) -> Any:
    return (await collect(world))["data"]["opinionCollect"]["opinion"]


async def someone(world: World, tenant: int | None = None) -> tuple[str, int]:
    number = tenant or world.tenant
    with scoped(number):
        sql = "SELECT id, revision FROM person ORDER BY id LIMIT 1"
        [row] = await yuanluo.rows(world.database, sql)
    return f"Person:{number}:{row['id']}", row["revision"]


async def counted(world: World, table: str) -> int:
    with scoped(world.tenant):
        return int(await yuanluo.value(world.database, f"SELECT count(*) AS n FROM {table}"))


def refusal(answer: Any) -> Any:
    [error] = answer["errors"]
    return error["extensions"]


# a command is a mutation ------------------------------------------------------------------------------------------


async def test_an_opinion_is_collected_and_its_record_filed(world: World) -> None:
    answer = await collect(world)
    payload = answer["data"]["opinionCollect"]
    assert "errors" not in answer
    assert payload["opinion"]["status"] == "COLLECTED"
    assert payload["opinion"]["content"] == "路灯不亮"
    assert payload["opinion"]["revision"] == 1
    assert (payload["record"]["kind"], payload["record"]["subjectType"]) == ("opinion.collect", "Opinion")
    assert payload["replayed"] is False


async def test_what_was_committed_is_seen_by_the_next_query(world: World) -> None:
    opinion = await collected(world)
    query = f'{{ node(id: "{opinion["id"]}") {{ ... on Opinion {{ content }} }} }}'
    assert (await world.ask(query, "council_director"))["node"] == {"content": "路灯不亮"}


async def test_the_root_fields_run_one_after_the_other_each_by_itself(world: World) -> None:
    before = await counted(world, "opinion")
    good = f'{{node: "{world.codes[0]}", content: "一", category: OTHER}}'
    bad = f'{{node: "{world.codes[0]}", content: " ", category: OTHER}}'
    document = f"""mutation {{
      first: opinionCollect(input: {good}) {{ opinion {{ number }} }}
      second: opinionCollect(input: {bad}) {{ opinion {{ number }} }}
      third: opinionCollect(input: {good}) {{ opinion {{ number }} }}
    }}"""
    answer = await world.send(document, "council_director")
    data = answer["data"]
    assert data["second"] is None
    assert data["third"]["opinion"]["number"] == data["first"]["opinion"]["number"] + 1
    assert [error["path"] for error in answer["errors"]] == [["second"]]
    assert await counted(world, "opinion") == before + 2


async def test_a_voucher_is_posted_reversed_and_the_fund_follows(world: World) -> None:
    query = "funds(first: 1, filter: {kind: {eq: PUBLIC_REVENUE}}) { nodes { id balance } }"
    [fund] = (await world.courtyard(query, "accountant"))["funds"]["nodes"]
    lines = [
        {"fundId": fund["id"], "accountNo": "1002", "debitFen": 12_300},
        {"fundId": fund["id"], "accountNo": "4001", "creditFen": 12_300},
    ]
    accounts = await world.courtyard("ledgerAccounts { nodes { accountNo accountClass } }", "accountant")
    income = next(a["accountNo"] for a in accounts["ledgerAccounts"]["nodes"] if a["accountClass"] == "INCOME")
    lines[1]["accountNo"] = income
    given = {
        "node": world.codes[0], "kind": "RECEIPT", "entryDate": yuanluo.day_in_shanghai(world.at().now).isoformat(),
        "summary": "停车费", "lines": lines,
    }  # fmt: skip
    post = "mutation($input: VoucherPostInput!) { voucherPost(input: $input) { voucher { id summary } } }"
    posted = await world.send(post, "accountant", {"input": given})
    voucher = posted["data"]["voucherPost"]["voucher"]
    [after] = (await world.courtyard(query, "accountant"))["funds"]["nodes"]
    assert after["balance"] == fund["balance"] + 12_300
    reverse = (
        "mutation($input: VoucherReverseInput!) { voucherReverse(input: $input) { voucher { id reverses { id } } } }"
    )
    reason = {"voucherId": voucher["id"], "reason": "记错"}
    reversed_once = await world.send(reverse, "accountant", {"input": reason})
    assert reversed_once["data"]["voucherReverse"]["voucher"]["reverses"] == {"id": voucher["id"]}
    [back] = (await world.courtyard(query, "accountant"))["funds"]["nodes"]
    assert back["balance"] == fund["balance"]
    assert refusal(await world.send(reverse, "accountant", {"input": reason}))["code"] == "ALREADY_REVERSED"


async def test_a_courtyard_is_opened_and_its_payload_is_the_new_courtyard(world: World) -> None:
    community = world.codes[0][:12]
    document = """mutation($input: CourtyardOpenInput!) {
      courtyardOpen(input: $input) { courtyard { code name kind } record { kind } }
    }"""
    given = {"node": community, "name": "新茶花园", "address": "沙湾路1号", "template": "commercial"}
    payload = (await world.send(document, "district_officer", {"input": given}))["data"]["courtyardOpen"]
    assert payload["courtyard"]["name"] == "新茶花园"
    assert payload["courtyard"]["kind"] == "COMMERCIAL"
    assert payload["courtyard"]["code"].startswith(community)


async def test_a_new_token_is_shown_once_and_lets_its_holder_in(world: World) -> None:
    sql = "SELECT id FROM account WHERE login = 'accountant'"
    account = await yuanluo.value(world.database, sql, shared=True)
    document = "mutation($input: TokenCreateInput!) { tokenCreate(input: $input) { secret apiToken { id } replayed } }"
    key = str(uuid.uuid4())
    given = {"node": "510106", "accountId": f"Account:{account}", "label": "手机", "idempotencyKey": key}
    payload = (await world.send(document, "district_officer", {"input": given}))["data"]["tokenCreate"]
    assert (await world.post("{ viewer { name } }", payload["secret"])).json()["data"]["viewer"]["name"] == "会计"
    again = (await world.send(document, "district_officer", {"input": given}))["data"]["tokenCreate"]
    assert again == {"secret": None, "apiToken": payload["apiToken"], "replayed": True}


# the key ----------------------------------------------------------------------------------------------------------


async def test_the_same_key_is_done_once_and_answers_alike(world: World) -> None:
    key, before = str(uuid.uuid4()), await counted(world, "opinion")
    first = await collect(world, idempotencyKey=key)
    second = await collect(world, idempotencyKey=key)
    assert second["data"]["opinionCollect"]["replayed"] is True
    assert second["data"]["opinionCollect"]["opinion"] == first["data"]["opinionCollect"]["opinion"]
    assert second["data"]["opinionCollect"]["record"] == first["data"]["opinionCollect"]["record"]
    assert await counted(world, "opinion") == before + 1


async def test_the_same_key_sent_at_once_is_done_once(world: World) -> None:
    key, before = str(uuid.uuid4()), await counted(world, "opinion")
    answers = await asyncio.gather(*(collect(world, idempotencyKey=key) for _ in range(5)))
    ids = {each["data"]["opinionCollect"]["opinion"]["id"] for each in answers}
    assert len(ids) == 1
    assert await counted(world, "opinion") == before + 1


async def test_a_replay_shows_the_subject_as_it_is_today(world: World) -> None:
    key = str(uuid.uuid4())
    opinion = (await collect(world, idempotencyKey=key))["data"]["opinionCollect"]["opinion"]
    given = {"opinionId": opinion["id"], "assigneeName": "王秀英", "limitWorkdays": 5}
    await world.send(TRIAGE, "council_director", {"input": given | seen("opinion.triage", opinion)})
    replayed = (await collect(world, idempotencyKey=key))["data"]["opinionCollect"]["opinion"]
    assert replayed["status"] == "TRIAGED"


async def test_another_input_under_the_same_key_is_refused(world: World) -> None:
    key = str(uuid.uuid4())
    await collect(world, idempotencyKey=key)
    said = refusal(await collect(world, idempotencyKey=key, content="别的事"))
    assert said["code"] == "IDEMPOTENCY_CONFLICT"
    assert said["nextStep"]


# revisions --------------------------------------------------------------------------------------------------------


def seen(action: str, row: Any) -> dict[str, Any]:
    """Return the revision of what was seen, where the mutation asks for it."""
    return {"revision": row["revision"]} if FORMS[action].revised is not None else {}


async def test_of_two_who_saw_the_same_only_one_writes(world: World) -> None:
    person, revision = await someone(world)
    given = {"personId": person, "revision": revision}
    answers = [
        await world.send(UPDATE, "council_director", {"input": given | {"ethnicity": each}})
        for each in ("藏族", "羌族")
    ]
    assert answers[0]["data"]["personUpdate"]["person"] == {"id": person, "revision": revision + 1, "ethnicity": "藏族"}
    said = refusal(answers[1])
    assert (said["code"], said["seen"], said["current"]) == ("STALE_REVISION", revision, revision + 1)


async def test_a_versioned_write_without_its_revision_does_not_validate(world: World) -> None:
    person, _ = await someone(world)
    answer = await world.send(UPDATE, "council_director", {"input": {"personId": person, "ethnicity": "彝族"}})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_every_write_to_an_existing_object_asks_for_its_revision_or_says_why_not() -> None:
    composition = Composition.of(Plugins.load())
    silent = [
        name
        for name, form in composition.forms.items()
        if form.anchor is not None
        and form.table is not None
        and form.anchor.refers == form.table.declared.type_name
        and form.table.declared.revised
        and form.revised is None
        and composition.commands[name].unversioned is None
    ]
    assert silent == []


# what is not yours ------------------------------------------------------------------------------------------------


async def test_an_id_of_another_courtyard_a_missing_and_a_malformed_one_are_refused_alike(world: World) -> None:
    other, _ = await someone(world, int(world.codes[1]))
    missing = f"Person:{world.codes[1]}:{uuid.uuid4()}"
    wrong_type = other.replace("Person", "Opinion")
    answers = [
        await world.send(UPDATE, "council_director", {"input": {"personId": each, "revision": 1, "ethnicity": "彝族"}})
        for each in (other, missing, "Person:x", "nonsense", wrong_type)
    ]
    assert len({str(each["errors"]) for each in answers}) == 1
    assert refusal(answers[0])["code"] == "NOT_FOUND"


async def test_a_courtyard_that_is_not_yours_and_one_that_is_not_there_are_refused_alike(world: World) -> None:
    answers = [await collect(world, node=each) for each in (world.codes[1], "5101060320019999", "510106", "x")]
    assert len({str(each["errors"]) for each in answers}) == 1
    assert refusal(answers[0])["code"] == "NOT_FOUND"


async def test_without_a_token_nothing_is_written(world: World) -> None:
    document = f'mutation {{ opinionCollect(input: {{node: "{world.codes[0]}", content: "a", category: OTHER}}) {{ replayed }} }}'
    answer = await world.post(document)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_mutation_by_get_is_refused(world: World) -> None:
    document = f'mutation {{ opinionCollect(input: {{node: "{world.codes[0]}", content: "a", category: OTHER}}) {{ replayed }} }}'
    async with world.client() as client:
        headers = {"authorization": f"Bearer {world.tokens['council_director']}"}
        answer = await client.get("/graphql", params={"query": document}, headers=headers)
    assert answer.status_code == 405


# refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "只有"), ("en", "only")])
async def test_a_refusal_names_its_code_rule_and_next_step_in_the_language_asked_for(
    world: World, language: str, word: str
) -> None:
    given = {"node": world.codes[0], "kind": "DONATION", "name": "捐赠", "purpose": "助老"}
    document = "mutation($input: FundOpenInput!) { fundOpen(input: $input) { fund { id } } }"
    answer = await world.send(document, "resident", {"input": given}, **{"accept-language": language})
    [error] = answer["errors"]
    assert error["path"] == ["fundOpen"]
    assert word in error["message"]
    said = error["extensions"]
    assert said["code"] == "FORBIDDEN"
    assert said["action"] == "fund.open"
    assert said["rule"] == {"document": "院落治理规则", "version": "1", "clause": "3.3", "text": "domain 3.3"}
    assert said["nextStep"]
    assert answer["data"] == {"fundOpen": None}


async def test_a_wrong_field_is_named_as_the_client_wrote_it(world: World) -> None:
    document = "mutation($input: PersonCreateInput!) { personCreate(input: $input) { person { id } } }"
    given = {"node": world.codes[0], "name": "赵六", "idNumber": "510106199001011234"}
    said = refusal(await world.send(document, "council_director", {"input": given}))
    assert (said["code"], said["field"]) == ("E_ID_CHECKSUM", "idNumber")


@pytest.mark.parametrize("birth", ["2023-02-29", "１９５８-07", "1958-07-0２", "0000", "2023-13"])
async def test_a_partial_date_that_there_is_not_is_refused_before_the_command(world: World, birth: str) -> None:
    document = "mutation($input: PersonCreateInput!) { personCreate(input: $input) { person { id } } }"
    given = {"node": world.codes[0], "name": "赵六", "birth": birth}
    assert refusal(await world.send(document, "council_director", {"input": given}))["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("day", ["0001-01-01", "1799-12-31", "3000-01-01", "9999-12-31"])
async def test_a_day_out_of_reach_is_refused_by_its_field(world: World, day: str) -> None:
    add = "mutation($input: DwellingAddInput!) { dwellingAdd(input: $input) { dwelling { id revision } } }"
    given: dict[str, Any] = {
        "node": world.codes[0], "buildingNo": 77, "stairwellNo": 0, "roomNo": f"D{day.replace('-', '')}", "areaC": 5000
    }  # fmt: skip
    dwelling = (await world.send(add, "council_director", {"input": given}))["data"]["dwellingAdd"]["dwelling"]
    person, _ = await someone(world)
    move = "mutation($input: ResidencyMoveOutInput!) { residencyMoveOut(input: $input) { replayed } }"
    given = {"dwellingId": dwelling["id"], "revision": dwelling["revision"], "day": day, "people": [person]}
    said = refusal(await world.send(move, "council_director", {"input": given}))
    assert (said["code"], said["field"]) == ("YEAR_RANGE", "day")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T12:00:00Z"])
async def test_a_moment_out_of_reach_is_refused_by_its_field(world: World, moment: str) -> None:
    document = "mutation($input: ActivityPlanInput!) { activityPlan(input: $input) { replayed } }"
    given = {
        "node": world.codes[0],
        "kind": "LECTURE",
        "title": "讲座",
        "startsAt": moment,
        "endsAt": moment.replace(":00:00Z", ":30:00Z"),
        "place": "院坝",
    }
    said = refusal(await world.send(document, "council_director", {"input": given}))
    assert (said["code"], said["field"]) == ("YEAR_RANGE", "startsAt")


@pytest.mark.parametrize("birth", ["0001", "1799-12", "9999-12-31"])
async def test_a_partial_date_out_of_reach_is_refused_by_its_field(world: World, birth: str) -> None:
    document = "mutation($input: PersonCreateInput!) { personCreate(input: $input) { person { id } } }"
    given = {"node": world.codes[0], "name": "赵六", "birth": birth}
    said = refusal(await world.send(document, "council_director", {"input": given}))
    assert (said["code"], said["field"]) == ("YEAR_RANGE", "birth")


async def test_closing_needs_a_result(world: World) -> None:
    opinion = await collected(world)
    given = {"opinionId": opinion["id"], "result": " "} | seen("opinion.close", opinion)
    said = refusal(await world.send(CLOSE, "council_director", {"input": given}))
    assert said["code"] == "STEP_REFUSED"
    assert said["rule"]["clause"] == "C7"


async def test_a_switched_off_plugin_takes_no_writes_until_it_is_on_again(world: World) -> None:
    switch = "mutation($input: PluginSwitchInput!) { pluginSwitch(input: $input) { replayed } }"
    other = world.codes[1]
    for on in (False, True):
        given = {"node": other, "plugin": "council", "on": on}
        assert "errors" not in await world.send(switch, "district_officer", {"input": given})
        answer = await world.send(
            "mutation($input: BodyCreateInput!) { bodyCreate(input: $input) { body { kind } } }",
            "district_officer",
            {"input": {"node": other, "kind": "FORUM", "name": "坝坝会"}},
        )
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert codes == ([] if on else ["PLUGIN_OFF"]) or codes == ["FORBIDDEN"]


# permissions ------------------------------------------------------------------------------------------------------

PERMISSIONS: Final = "permissions { action mutation allowed reason rule { document clause } }"


async def test_permissions_say_what_may_be_done_and_why_not(world: World) -> None:
    opinion = await collected(world)
    for role, allowed in (("council_director", True), ("branch_secretary", False)):
        query = f'{{ node(id: "{opinion["id"]}") {{ ... on Opinion {{ {PERMISSIONS} }} }} }}'
        node = (await world.ask(query, role))["node"]
        if node is None:
            continue
        triage = next(each for each in node["permissions"] if each["action"] == "opinion.triage")
        assert triage["mutation"] == "opinionTriage"
        assert triage["allowed"] is allowed
        assert triage["reason"]
        assert triage["rule"] == {"document": "院落治理规则", "clause": "C7"}


async def test_permissions_in_a_list_are_one_statement(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch_json = type(world.database).fetch_json

    async def counted_fetch(self: Any, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return await fetch_json(self, sql, *args)

    monkeypatch.setattr(type(world.database), "fetch_json", counted_fetch)
    data = await world.courtyard(f"people(first: 50) {{ nodes {{ {PERMISSIONS} }} }}", "council_director")
    assert len(data["people"]["nodes"]) == 50
    assert all(each["permissions"] for each in data["people"]["nodes"])
    assert len(asked) == 1


async def test_a_courtyard_says_what_may_be_begun_in_it(world: World) -> None:
    data = await world.courtyard(
        f'permissions(actions: ["opinion.collect", "fund.open"]) {PERMISSIONS[11:]}', "resident"
    )
    allowed = {each["action"]: each["allowed"] for each in data["permissions"]}
    assert allowed == {"opinion.collect": True, "fund.open": False}
