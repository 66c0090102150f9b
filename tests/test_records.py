"""The record chain: filed by every command, whole, and broken by any change."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, TODAY, at, make_house
from hypothesis import given
from hypothesis import strategies as st

import yuanluo
from yuanluo import Command, CommandContext, CreatePerson, House, IdempotencyConflict, Outcome, run_command, scoped
from yuanluo.command import each, run_commands, sweep_idempotency
from yuanluo.records import Record, canonical, erase_personal, file_record, verify
from yuanluo_tenants.database import Database


@pytest_asyncio.fixture(loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database)


async def people(house: House, *names: str) -> list[yuanluo.Receipt]:
    return [await run_command(yuanluo.create_person, at(house), CreatePerson(name)) for name in names]


async def tamper(database: Database, sqlite: str, postgresql: str) -> None:
    """Change rows as somebody who owns the database file or the schema could."""
    async with database.owner() as connection:
        if database.dialect == "sqlite":
            triggers = await connection.fetch(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'record%'"
            )
            for trigger in triggers:
                await connection.execute(f"DROP TRIGGER {trigger['name']}")
            await connection.execute(sqlite)
            for trigger in triggers:
                await connection.execute(trigger["sql"])
        else:
            await connection.execute("ALTER TABLE record NO FORCE ROW LEVEL SECURITY")
            await connection.execute("ALTER TABLE record_personal NO FORCE ROW LEVEL SECURITY")
            await connection.execute("ALTER TABLE record_head NO FORCE ROW LEVEL SECURITY")
            await connection.execute(postgresql)
            await connection.execute("ALTER TABLE record FORCE ROW LEVEL SECURITY")
            await connection.execute("ALTER TABLE record_personal FORCE ROW LEVEL SECURITY")
            await connection.execute("ALTER TABLE record_head FORCE ROW LEVEL SECURITY")


async def checked(house: House) -> yuanluo.Verification:
    with scoped(COURTYARD):
        return await verify(house.database, COURTYARD, house.keys)


async def test_every_command_files_one_record_linked_to_the_one_before(house: House) -> None:
    await people(house, "甲", "乙")
    with scoped(COURTYARD):
        rows = await yuanluo.rows(house.database, "SELECT * FROM record ORDER BY sequence")
    assert [(row["sequence"], row["kind"], row["day"]) for row in rows] == [
        (1, "person.create", TODAY),
        (2, "person.create", TODAY),
    ]
    assert rows[0]["previous"] == "0" * 64
    assert rows[1]["previous"] == rows[0]["hash"]
    assert rows[0]["actor"] == "operator"
    whole = await checked(house)
    assert (whole.is_whole, whole.records, whole.head) == (True, 2, rows[1]["hash"])


async def test_an_empty_chain_is_whole(house: House) -> None:
    assert (await checked(house)).is_whole


@pytest.mark.parametrize(
    ("sql", "sequence"),
    [
        ("UPDATE record SET content = replace(content, 'person.create', 'person.update') WHERE sequence = 2", 2),
        ("UPDATE record SET kind = 'person.update' WHERE sequence = 2", 2),
        ("UPDATE record SET actor = 'somebody' WHERE sequence = 3", 3),
        ("UPDATE record SET day = '2026-11-21' WHERE sequence = 1", 1),
        ("DELETE FROM record WHERE sequence = 2", 2),
        ("DELETE FROM record WHERE sequence = 3", 3),
        ("UPDATE record SET hash = previous WHERE sequence = 1", 1),
        ("UPDATE record_head SET head = '0' WHERE chain = 'record'", 4),
    ],
)
async def test_verify_names_the_first_broken_record(house: House, sql: str, sequence: int) -> None:
    await people(house, "甲", "乙", "丙")
    await tamper(house.database, sql, sql)
    broken = (await checked(house)).broken
    assert broken is not None
    assert broken.sequence == sequence


async def test_the_application_cannot_change_or_delete_a_record(house: House) -> None:
    await people(house, "甲")
    for sql in ("UPDATE record SET kind = 'x'", "DELETE FROM record"):
        with scoped(COURTYARD), pytest.raises(Exception, match=r"(?i)append|permission|只可追加|不得"):
            await house.database.execute(sql)
    assert (await checked(house)).is_whole


async def test_personal_text_is_not_in_the_chain_and_can_be_erased_without_breaking_it(house: House) -> None:
    with scoped(COURTYARD):
        async with house.database.transaction():
            filed = await file_record(
                house.database, house.keys, "opinion.collect", tenant=COURTYARD, actor="operator",
                subject_type="Opinion", subject_id=None, body="council", now=at(house).now, day=TODAY,
                payload={"category": "OTHER"}, personal="王秀英反映三楼漏水",
            )  # fmt: skip
        content = await yuanluo.value(house.database, "SELECT content FROM record WHERE id = $1", filed.id)
        assert "王秀英" not in content
        assert (await verify(house.database, COURTYARD, house.keys)).is_whole
        erased = await erase_personal(
            house.database, house.keys, filed.id, tenant=COURTYARD, actor="operator", now=at(house).now,
            day=TODAY, reason="PIPL 47",
        )  # fmt: skip
        assert erased is not None
        assert await yuanluo.value(house.database, "SELECT count(*) FROM record_personal") == 0
        after = await verify(house.database, COURTYARD, house.keys)
    assert (after.is_whole, after.erased, after.records) == (True, 1, 2)


async def test_personal_text_that_vanished_without_an_erasure_is_a_broken_link(house: House) -> None:
    with scoped(COURTYARD):
        async with house.database.transaction():
            await file_record(
                house.database, house.keys, "opinion.collect", tenant=COURTYARD, actor="operator",
                subject_type="Opinion", subject_id=None, body="council", now=at(house).now, day=TODAY,
                payload={}, personal="某人",
            )  # fmt: skip
        await house.database.execute("DELETE FROM record_personal")
    broken = (await checked(house)).broken
    assert broken is not None
    assert broken.sequence == 1
    assert "erasure" in broken.en


async def test_concurrent_commands_of_one_courtyard_make_one_chain_without_a_gap(house: House) -> None:
    await asyncio.gather(*(people(house, f"并发{number}") for number in range(12)), people_at(house, OTHER))
    whole = await checked(house)
    assert (whole.is_whole, whole.records) == (True, 12)


async def people_at(house: House, tenant: int) -> None:
    await run_command(yuanluo.create_person, at(house, tenant), CreatePerson("别院"))


async def test_a_refused_command_leaves_no_record_and_no_row(house: House) -> None:
    async def half(context: CommandContext, item: CreatePerson) -> Outcome:
        await yuanluo.register_people(context, [item])
        raise yuanluo.Conflict("不行", "no")

    failing = Command(action=yuanluo.create_person.action, input=CreatePerson, many=each(half), subject_type="Person")
    with pytest.raises(yuanluo.Conflict):
        await run_command(failing, at(house), CreatePerson("半途"))
    with scoped(COURTYARD):
        assert await yuanluo.value(house.database, "SELECT count(*) FROM record") == 0
        assert await yuanluo.value(house.database, "SELECT count(*) FROM person") == 0
        assert await yuanluo.value(house.database, "SELECT people FROM courtyard_counts") == 0


async def test_a_command_inside_a_command_files_its_own_record_in_the_same_chain(house: House) -> None:
    async def outer(context: CommandContext, item: CreatePerson) -> Outcome:
        inner = await run_command(yuanluo.create_person, context, item)
        return Outcome(inner.subject_id, {"inner": inner.record_id})

    nesting = Command(action=yuanluo.create_person.action, input=CreatePerson, many=each(outer), subject_type="Person")
    await run_command(nesting, at(house), CreatePerson("里外"))
    whole = await checked(house)
    assert (whole.is_whole, whole.records) == (True, 2)
    with scoped(COURTYARD):
        assert await yuanluo.value(house.database, "SELECT people FROM courtyard_counts") == 1


# idempotency ------------------------------------------------------------------------------------------------------


async def test_the_same_key_and_input_answer_the_first_record_and_write_nothing(house: House) -> None:
    first = await run_command(yuanluo.create_person, at(house), CreatePerson("甲"), key="k1")
    again = await run_command(yuanluo.create_person, at(house), CreatePerson("甲"), key="k1")
    assert (again.record_id, again.subject_id, again.replayed) == (first.record_id, first.subject_id, True)
    assert (await checked(house)).records == 1


async def test_another_input_under_the_same_key_is_a_conflict(house: House) -> None:
    await run_command(yuanluo.create_person, at(house), CreatePerson("甲"), key="k1")
    with pytest.raises(IdempotencyConflict):
        await run_command(yuanluo.create_person, at(house), CreatePerson("乙"), key="k1")
    await run_command(yuanluo.create_person, at(house, OTHER), CreatePerson("乙"), key="k1")


async def test_a_refusal_is_not_stored_under_the_key(house: House) -> None:
    with pytest.raises(yuanluo.Invalid):
        await run_command(yuanluo.create_person, at(house), CreatePerson(""), key="k1")
    receipt = await run_command(yuanluo.create_person, at(house), CreatePerson("甲"), key="k1")
    assert not receipt.replayed


async def test_a_key_is_forgotten_after_seven_days(house: House) -> None:
    await run_commands(yuanluo.create_person, at(house), [CreatePerson("甲")], key="k1")
    later = at(house)
    later = yuanluo.CommandContext(house, later.actor, later.tenant, yuanluo.fixed_clock(TODAY + dt.timedelta(days=8)))
    receipt = await run_commands(yuanluo.create_person, later, [CreatePerson("乙")], key="k1")
    assert not receipt.replayed
    assert await sweep_idempotency(house.database, later.now) == 0
    much_later = yuanluo.CommandContext(
        house, later.actor, later.tenant, yuanluo.fixed_clock(TODAY + dt.timedelta(days=20))
    )
    assert await sweep_idempotency(house.database, much_later.now) == 1


async def test_two_requests_with_one_key_at_once_write_once(house: House) -> None:
    receipts = await asyncio.gather(
        *(run_command(yuanluo.create_person, at(house), CreatePerson("甲"), key="k1") for _ in range(5))
    )
    assert len({receipt.record_id for receipt in receipts}) == 1
    assert sum(not receipt.replayed for receipt in receipts) == 1


# canonical form ---------------------------------------------------------------------------------------------------

_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=5), _json, max_size=5))
def test_the_canonical_form_does_not_depend_on_the_order_of_keys(value: dict[str, Any]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))


def test_the_canonical_form_writes_dates_ids_and_enums_as_text() -> None:
    value = {"b": uuid.UUID(int=1), "a": TODAY, "c": yuanluo.Occupancy.RENTED, "d": "院"}
    assert canonical(value) == ('{"a":"2026-11-22","b":"00000000-0000-0000-0000-000000000001","c":"RENTED","d":"院"}')


def test_a_float_that_is_no_number_and_an_unknown_value_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})
    with pytest.raises(TypeError):
        canonical({"a": Record})
