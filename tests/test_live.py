"""Subscriptions fed by the record: who hears what, from when, and until when."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, make_house
from live_world import EVENT, Served, Socket, grant, now, person, served, settings, token
from pace import PATIENCE

import yuanluo
from yuanluo import (
    CommandContext,
    DataClass,
    House,
    Plugins,
    RoleAbout,
    TokenScope,
    hookimpl,
    operator,
    run_command,
    scoped,
    system_clock,
)
from yuanluo.blocking import block, unblock
from yuanluo.live import RecordFiled, records_after
from yuanluo.records import Filed, file_record
from yuanluo_graphql.documents import hash_of
from yuanluo_graphql.hub import Ended, Hub
from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_postgres import PostgresDatabase
from yuanluo_tenants.engine_sqlite import SqliteDatabase

ALL = """subscription Events($courtyards: [String!], $subject: ID, $kinds: [String!], $after: Long) {
  recordFiled(courtyards: $courtyards, subject: $subject, kinds: $kinds, after: $after) { id sequence kind subjectId }
}"""


class Hospital:
    """A plugin by whose role sensitive records are seen in the clear."""

    @staticmethod
    @hookimpl
    def roles() -> Sequence[RoleAbout]:
        d1, d2 = DataClass.D1, DataClass.D2
        return [
            RoleAbout("NURSE", {"registry": DataClass.D3}, "护士", "nurse"),
            RoleAbout("REGISTRAR", {"registry": d2, "administration": d1}, "登记员", "registrar"),
            RoleAbout("PORTER", {"registry": d1, "administration": d2}, "门卫", "porter"),
        ]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"hospital": Hospital}, entry_points=False))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(house: House) -> AsyncIterator[Served]:
    # what ends, ends by itself and at once: the next look after tokens would come in a day
    async with served(house, settings(live_check_seconds=86_400)) as running:
        yield running


async def note(
    house: House,
    tenant: int = COURTYARD,
    *,
    kind: str = "dwelling.update",
    disclosure: DataClass = DataClass.D1,
    subject: uuid.UUID | None = None,
    body: str = "registry",
) -> Filed:
    """File a record of its own."""
    moment = system_clock()
    with scoped(tenant):
        async with house.database.transaction():
            return await file_record(
                house.database,
                house.keys,
                kind,
                tenant=tenant,
                actor="operator",
                subject_type="Person",
                subject_id=subject,
                body=body,
                now=moment,
                day=moment.date(),
                disclosure=disclosure,
                payload={},
            )


async def refused(client: Socket, operation: str = "1") -> str:
    """Return the code by which the next message ends the operation."""
    said = await client.hear()
    assert (said["type"], said["id"]) == ("error", operation), said
    assert said["payload"][0]["message"]
    return said["payload"][0]["extensions"]["code"]


# what is heard ----------------------------------------------------------------------------------------------------


async def test_a_filed_record_reaches_who_subscribed(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        filed = await person(world.house)
        event = await client.event()
        assert event["id"] == f"Record:{COURTYARD}:{filed.record_id}"
        assert event["kind"] == "person.create"


async def test_a_rollback_tells_nobody(world: Served) -> None:
    async def failing() -> None:
        async with world.database.transaction():
            await note(world.house, kind="note.lost")
            raise ZeroDivisionError

    async with world.subscribed(await token(world.house)) as client:
        with scoped(COURTYARD), pytest.raises(ZeroDivisionError):
            await failing()
        await client.silence()
        await note(world.house, kind="note.kept")
        assert (await client.event())["kind"] == "note.kept"


async def test_records_are_told_when_the_outermost_transaction_commits(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        with scoped(COURTYARD):
            async with world.database.transaction():
                first = await note(world.house)
                second = await note(world.house)
                await client.silence()
        assert [(await client.event())["sequence"], (await client.event())["sequence"]] == [
            first.sequence,
            second.sequence,
        ]


async def test_a_failing_commit_tells_nobody(world: Served) -> None:
    database = world.database

    async def failing() -> None:
        """Leave a transaction that cannot be committed any more, without having noticed."""
        async with database.transaction():
            await note(world.house, kind="note.lost")
            if isinstance(database, SqliteDatabase):
                await database._submit(database._writing, lambda guard: database._control(guard, "ROLLBACK"))
                await note(world.house)
            else:
                with pytest.raises(asyncpg.PostgresError):
                    await database.execute("SELECT 1 / 0")

    async with world.subscribed(await token(world.house)) as client:
        with scoped(COURTYARD), pytest.raises(yuanluo.YuanluoError):
            await failing()
        await client.silence()


async def test_nothing_of_another_courtyard_is_heard(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        await note(world.house, OTHER)
        await client.silence()


async def test_each_condition_narrows_what_is_heard(world: Served) -> None:
    code = str(COURTYARD)
    bearer = await token(world.house, "COMMUNITY_SECRETARY", COURTYARD, OTHER)
    subject = uuid.uuid4()
    gid = f"Person:{COURTYARD}:{subject}"
    for wanted, fits in (
        ({"courtyards": [code]}, {"one", "about", "other kind"}),
        ({"kinds": ["seat.end"]}, {"other kind"}),
        ({"subject": gid}, {"about"}),
        (
            {"kinds": ["seat.appoint", "seat.end"], "courtyards": [code, str(OTHER)]},
            {"one", "about", "other kind", "there"},
        ),
        ({}, {"one", "about", "other kind", "there"}),
    ):
        async with world.subscribed(bearer, ALL, **wanted) as client:
            filed = {
                "one": await note(world.house, kind="seat.appoint"),
                "about": await note(world.house, kind="seat.appoint", subject=subject),
                "other kind": await note(world.house, kind="seat.end"),
                "there": await note(world.house, OTHER, kind="seat.appoint"),
            }
            heard = {(await client.event())["id"] for _ in fits}
            assert heard == {f"Record:{OTHER if name == 'there' else COURTYARD}:{filed[name].id}" for name in fits}
            await client.silence(0.2)


async def test_an_event_is_masked_like_a_query(world: Served) -> None:
    query = "subscription { recordFiled { kind actor subjectId disclosure } }"
    subject = uuid.uuid4()
    bearers = await token(world.house, "COUNCIL_DIRECTOR"), await token(world.house, "RESIDENT")
    async with world.subscribed(bearers[0], query) as director, world.subscribed(bearers[1], query) as resident:
        await note(world.house, subject=subject)
        assert (await director.event())["subjectId"] == str(subject)
        seen = await resident.event()
        assert (seen["kind"], seen["actor"], seen["subjectId"]) == ("dwelling.update", None, None)


async def test_a_record_is_seen_in_the_clear_by_who_is_cleared_for_its_own_body(world: Served) -> None:
    query = "subscription { recordFiled { subjectId payload } }"
    bearers = await token(world.house, "REGISTRAR"), await token(world.house, "PORTER")
    subject = uuid.uuid4()
    whole, masked = {"subjectId": str(subject), "payload": "{}"}, {"subjectId": None, "payload": None}
    async with world.subscribed(bearers[0], query) as registrar, world.subscribed(bearers[1], query) as porter:
        for body, seen in (("registry", (whole, masked)), ("administration", (masked, whole))):
            await note(world.house, subject=subject, body=body)
            assert (await registrar.event(), await porter.event()) == seen
        await note(world.house, subject=subject, body="administration", disclosure=DataClass.D2)
        assert await porter.event() == whole
        await registrar.silence()


async def test_a_record_above_the_viewers_class_is_not_heard(world: Served) -> None:
    bearers = await token(world.house, "COUNCIL_DIRECTOR"), await token(world.house, "RESIDENT")
    async with world.subscribed(bearers[0]) as director, world.subscribed(bearers[1]) as resident:
        inner = await note(world.house, disclosure=DataClass.D2)
        assert (await director.event())["sequence"] == inner.sequence
        await resident.silence()


async def test_a_condition_tells_no_more_than_the_record_itself(world: Served) -> None:
    subject = uuid.uuid4()
    gid = f"Person:{COURTYARD}:{subject}"
    bearers = await token(world.house, "RESIDENT"), await token(world.house, "DISTRICT_ADMIN")
    async with (
        world.subscribed(bearers[0], ALL) as plain,
        world.subscribed(bearers[0], ALL, subject=gid) as narrowed,
        world.subscribed(bearers[1], ALL, kinds=["ownership.change"]) as officer,
    ):
        filed = await note(world.house, subject=subject, kind="ownership.change")
        seen = await plain.event()
        assert (seen["sequence"], seen["subjectId"]) == (filed.sequence, None)
        await narrowed.silence()
        await officer.silence()


async def test_reading_a_sensitive_event_is_logged_before_it_is_sent(world: Served) -> None:
    async with world.subscribed(await token(world.house, "NURSE")) as client:
        sensitive = await note(world.house, disclosure=DataClass.D3)
        assert (await client.event())["sequence"] == sensitive.sequence
        with scoped(COURTYARD):
            logged = await yuanluo.rows(world.database, "SELECT row_type, row_ids FROM read_log")
        assert [each for each in logged if str(sensitive.id) in str(each)]


async def test_one_event_is_one_statement_for_each_subscriber(world: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch_json = world.database.fetch_json

    async def counted(sql: str, *args: Any) -> bytes | None:
        asked.append(sql)
        return await fetch_json(sql, *args)

    monkeypatch.setattr(world.database, "fetch_json", counted)
    bearers = await token(world.house), await token(world.house)
    async with world.subscribed(bearers[0]) as one, world.subscribed(bearers[1]) as two:
        await note(world.house)
        await one.event()
        await two.event()
    assert len(asked) == 2
    assert asked[0] == asked[1]


async def test_a_field_may_stand_in_a_fragment_under_any_name(world: Served) -> None:
    query = """subscription Named($with: Boolean!) { ...Root }
    fragment Root on Subscription { news: recordFiled(kinds: ["dwelling.update"]) { ...Row kind @include(if: $with) } }
    fragment Row on Record { number: sequence what: kind __typename }"""
    async with world.subscribed(await token(world.house), query, **{"with": False}) as client:
        filed = await note(world.house)
        said = await client.hear()
        row = {"number": filed.sequence, "what": "dwelling.update", "__typename": "Record"}
        assert said["payload"] == {"data": {"news": row}}


# who is let in, and until when --------------------------------------------------------------------------------------


async def test_a_subscription_without_a_token_is_refused(world: Served) -> None:
    async with world.connected() as client:
        await client.init()
        await client.subscribe()
        assert await refused(client) == "UNAUTHENTICATED"


async def test_a_foreign_courtyard_and_one_that_is_not_there_are_refused_alike(world: Served) -> None:
    async with world.connected() as client:
        await client.init(await token(world.house))
        answers = []
        for operation, wanted in {
            "foreign": {"courtyards": [str(OTHER)]},
            "missing": {"courtyards": ["5101060320019999"]},
            "malformed": {"courtyards": ["nonsense"]},
            "one of two": {"courtyards": [str(COURTYARD), str(OTHER)]},
            "subject": {"subject": f"Person:{OTHER}:{uuid.uuid4()}"},
        }.items():
            await client.subscribe(ALL, operation, **wanted)
            answers.append({**await client.hear(), "id": None})
        assert all(each == answers[0] for each in answers)
        assert answers[0]["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_wrong_arguments_are_refused(world: Served) -> None:
    async with world.connected() as client:
        await client.init(await token(world.house))
        for wanted in (
            {"after": -1, "courtyards": [str(COURTYARD)]},
            {"after": 1},
            {"after": 1_000_000, "courtyards": [str(COURTYARD)]},
            {"courtyards": []},
            {"kinds": []},
            {"subject": "nonsense"},
            {"subject": "Person:1:2"},
        ):
            await client.subscribe(ALL, **wanted)
            assert await refused(client) == "INVALID"
        for kind in ("person.creat", "person.*", ""):
            await client.subscribe(ALL, kinds=["person.create", kind])
            assert await refused(client) == "KIND_UNKNOWN"
        await client.subscribe("subscription { recordFiled { id } two: recordFiled { id } }")
        assert await refused(client) == "GRAPHQL_VALIDATION_FAILED"
        await client.subscribe("subscription { recordFiled @skip(if: true) { id } }")
        assert await refused(client) in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


async def test_the_socket_is_closed_when_the_token_is_revoked(world: Served) -> None:
    account, _ = await grant(world.house, "COUNCIL_DIRECTOR")
    made = await run_command(yuanluo.create_token, now(world.house), yuanluo.CreateToken(account, "test"))
    async with world.subscribed(made.secrets[0]) as client:
        await run_command(yuanluo.revoke_token, now(world.house), yuanluo.RevokeToken(made.subject_id))
        assert (await client.closed())[0] == 4403
    await world.until(0)


async def test_a_socket_that_only_waits_is_closed_when_its_token_is_revoked(world: Served) -> None:
    account, _ = await grant(world.house, "COUNCIL_DIRECTOR")
    made = await run_command(yuanluo.create_token, now(world.house), yuanluo.CreateToken(account, "test"))
    other = await token(world.house)
    async with world.connected() as idle, world.connected() as untouched:
        await idle.init(made.secrets[0])
        await untouched.init(other)
        await run_command(yuanluo.revoke_token, now(world.house), yuanluo.RevokeToken(made.subject_id))
        assert (await idle.closed())[0] == 4403
        await untouched.say({"type": "ping"})
        assert await untouched.hear() == {"type": "pong"}


async def test_a_token_that_is_revoked_a_moment_after_another_one_ends_as_soon(world: Served) -> None:
    made = []
    for _ in range(2):
        account, _ = await grant(world.house, "COUNCIL_DIRECTOR")
        made.append(await run_command(yuanluo.create_token, now(world.house), yuanluo.CreateToken(account, "test")))
    first, second = made
    async with world.connected() as other:
        await other.init(await token(world.house))
        await run_command(yuanluo.revoke_token, now(world.house), yuanluo.RevokeToken(first.subject_id))
        await asyncio.sleep(
            0.5
        )  # so that the second is found to hold shortly before the look that the first one led to
        async with world.subscribed(second.secrets[0]) as listening, world.connected() as idle:
            await idle.init(second.secrets[0])
            await run_command(yuanluo.revoke_token, now(world.house), yuanluo.RevokeToken(second.subject_id))
            assert (await listening.closed())[0] == 4403
            assert (await idle.closed())[0] == 4403


async def test_a_token_that_is_revoked_behind_the_record_is_found_by_looking(house: House) -> None:
    async with served(house, settings(live_check_seconds=1)) as world:
        account, _ = await grant(house, "COUNCIL_DIRECTOR")
        made = await run_command(yuanluo.create_token, now(house), yuanluo.CreateToken(account, "test"))
        async with world.subscribed(made.secrets[0]) as client:
            sql = "UPDATE api_token SET revoked_at = $1 WHERE id = $2"
            assert await yuanluo.changed(house.database, sql, system_clock(), made.subject_id, shared=True) == 1
            assert (await client.closed())[0] == 4403


async def soon_over(house: House, seconds: float) -> tuple[str, dt.datetime]:
    """Return a token that expires after so many seconds, and when."""
    moment = system_clock() - dt.timedelta(days=1) + dt.timedelta(seconds=seconds)
    account, _ = await grant(house, "COUNCIL_DIRECTOR")
    context = CommandContext(house, operator(), COURTYARD, lambda: moment)
    made = await run_command(
        yuanluo.create_token, context, yuanluo.CreateToken(account, "short", TokenScope.READ, days=1)
    )
    return made.secrets[0], moment + dt.timedelta(days=1)


async def test_sockets_are_closed_when_the_token_expires_and_not_before(world: Served) -> None:
    bearer, moment = await soon_over(world.house, 4)
    async with world.subscribed(bearer) as subscribed, world.connected() as idle:
        await idle.init(bearer)
        for client in (subscribed, idle):
            assert (await client.closed())[0] == 4403
            assert system_clock() >= moment
        await note(world.house)


async def test_an_event_after_the_end_of_the_grant_is_not_sent(world: Served) -> None:
    account, [here, _] = await grant(world.house, "COUNCIL_DIRECTOR", COURTYARD, OTHER)
    bearer = (await run_command(yuanluo.create_token, now(world.house), yuanluo.CreateToken(account, "test"))).secrets[
        0
    ]
    async with world.subscribed(bearer, ALL, courtyards=[str(COURTYARD)]) as client:
        await client.subscribe(EVENT, "everywhere")
        await world.until(2)
        revoked = await run_command(yuanluo.revoke_role, now(world.house), yuanluo.RevokeRole(here))
        assert revoked
        ended = False
        for _ in range(3):
            said = await client.hear()
            if said["type"] == "error":
                ended = True
                assert said["id"] == "1"
                assert said["payload"][0]["extensions"]["code"] == "UNAUTHENTICATED"
                break
        assert ended
        await asyncio.sleep(1.2)
        await note(world.house, COURTYARD)
        there = await note(world.house, OTHER)
        assert (await client.event("everywhere"))["id"] == f"Record:{OTHER}:{there.id}"


async def test_a_subscription_ends_at_the_next_event_when_its_document_is_blocked(world: Served) -> None:
    query = "subscription Harmful { recordFiled { sequence } }"
    async with world.subscribed(await token(world.house), query) as client:
        filed = await note(world.house)
        assert (await client.event())["sequence"] == filed.sequence
        await block(world.database, hash_of(query), "运维", system_clock())
        await world.house.blocks.refresh()
        try:
            await note(world.house)
            assert await refused(client) == "OPERATION_BLOCKED"
        finally:
            await unblock(world.database, hash_of(query))
            await world.house.blocks.refresh()


async def test_an_event_may_take_no_longer_than_a_query(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_json = house.database.fetch_json

    async def slow(sql: str, *args: Any) -> bytes | None:
        await asyncio.sleep(3_600)
        return await fetch_json(sql, *args)

    async with (
        served(house, settings(operation_milliseconds=300)) as world,
        world.subscribed(await token(house)) as client,
    ):
        monkeypatch.setattr(house.database, "fetch_json", slow)
        await note(house)
        assert await refused(client) == "OPERATION_TIMEOUT"


# catching up ----------------------------------------------------------------------------------------------------------


async def test_a_client_resumes_after_the_last_record_it_saw(world: Served) -> None:
    first = await note(world.house)
    missed = [await note(world.house) for _ in range(3)]
    async with world.subscribed(
        await token(world.house), ALL, courtyards=[str(COURTYARD)], after=first.sequence, kinds=["dwelling.update"]
    ) as client:
        later = await note(world.house)
        heard = [(await client.event())["sequence"] for _ in range(4)]
        assert heard == [each.sequence for each in (*missed, later)]
        await client.silence(0.2)


async def test_nothing_is_lost_or_doubled_between_catching_up_and_listening(world: Served) -> None:
    first = await note(world.house)
    bearer = await token(world.house)

    async def write() -> list[int]:
        return [(await note(world.house)).sequence for _ in range(40)]

    writing = asyncio.create_task(write())
    async with world.subscribed(
        bearer, ALL, courtyards=[str(COURTYARD)], after=first.sequence, kinds=["dwelling.update"]
    ) as client:
        heard = [(await client.event())["sequence"] for _ in range(40)]
        assert heard == await writing
        await client.silence(0.2)


async def test_who_was_away_for_too_long_is_told_to_query_instead(house: House) -> None:
    async with served(house, settings(live_replay=3)) as world, world.connected() as client:
        filed = [await note(house) for _ in range(5)]
        await client.init(await token(house))
        last = (await note(house)).sequence
        await client.subscribe(ALL, courtyards=[str(COURTYARD)], after=filed[0].sequence)
        assert await refused(client) == "RESUME_TOO_FAR"
        await client.subscribe(ALL, courtyards=[str(COURTYARD)], after=last - 1)
        assert (await client.event())["sequence"] == last


async def test_a_slow_consumer_is_ended_and_told_to_resume(house: House) -> None:
    hub = Hub(house.database, queue=2)
    slow, quick = hub.subscribe(lambda _: True), hub.subscribe(lambda _: True)
    records = [RecordFiled(COURTYARD, n, uuid.uuid4(), "dwelling.update", "Person", None) for n in range(1, 5)]
    for record in records:
        hub.publish(record)
        assert await quick.next() is record
    assert [await slow.next(), await slow.next()] == records[:2]
    with pytest.raises(Ended) as ended:
        await slow.next()
    assert ended.value.stable_code == "SLOW_CONSUMER"


async def test_who_is_slower_than_the_record_is_told_over_the_socket(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch_json = house.database.fetch_json

    async def slow(sql: str, *args: Any) -> bytes | None:
        await asyncio.sleep(0.5)
        return await fetch_json(sql, *args)

    async with served(house, settings(live_queue=2)) as world:
        async with world.subscribed(await token(house)) as client:
            monkeypatch.setattr(house.database, "fetch_json", slow)
            with scoped(COURTYARD):
                async with house.database.transaction():
                    filed = [await note(house) for _ in range(6)]
            heard = [(await client.event())["sequence"] for _ in range(2)]
            assert heard == [each.sequence for each in filed[:2]]
            assert await refused(client) == "SLOW_CONSUMER"
        await world.until(0)


async def test_a_record_heard_twice_is_told_once(house: House) -> None:
    hub = Hub(house.database)
    subscriber = hub.subscribe(lambda _: True)
    record = RecordFiled(COURTYARD, 1, uuid.uuid4(), "dwelling.update", "Person", None)
    again = RecordFiled(COURTYARD, 1, uuid.uuid4(), "dwelling.update", "Person", None)
    for each in (record, record, again):
        hub.publish(each)
    assert [await subscriber.next(), await subscriber.next()] == [record, again]


async def test_what_another_process_wrote_without_a_word_is_found(house: House) -> None:
    """On SQLite by looking, on PostgreSQL when the hub connects again; here the hub looks itself."""
    hub = Hub(house.database)
    await hub.catch_up()
    subscriber = hub.subscribe(lambda _: True)
    filed = [await note(house), await note(house, OTHER), await note(house)]
    await hub.catch_up()
    heard = [await subscriber.next() for _ in filed]
    assert {each.record_id for each in heard} == {each.id for each in filed}
    await hub.catch_up()
    hub.leave()
    with pytest.raises(Ended):
        await subscriber.next()


async def test_who_would_miss_too_much_is_ended(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuanluo_graphql.hub._MOST_MISSED", 1)
    hub = Hub(house.database)
    await hub.catch_up()
    subscriber = hub.subscribe(lambda _: True)
    await note(house)
    await note(house)
    await hub.catch_up()
    with pytest.raises(Ended) as ended:
        await subscriber.next()
    assert ended.value.stable_code == "EVENTS_MISSED"


async def test_what_the_hub_missed_makes_nobody_a_slow_consumer(house: House) -> None:
    hub = Hub(house.database, queue=2)
    await hub.catch_up()
    subscriber = hub.subscribe(lambda _: True)
    filed = [(await note(house)).sequence for _ in range(6)]
    await hub.catch_up()
    heard = [(await subscriber.next()).sequence for _ in filed[:3]]
    for number in (1, 2):
        hub.publish(RecordFiled(COURTYARD, filed[-1] + number, uuid.uuid4(), "dwelling.update", "Person", None))
    heard += [(await subscriber.next()).sequence for _ in range(5)]
    assert heard == [*filed, filed[-1] + 1, filed[-1] + 2]
    for number in (3, 4, 5):
        hub.publish(RecordFiled(COURTYARD, filed[-1] + number, uuid.uuid4(), "dwelling.update", "Person", None))
    assert [(await subscriber.next()).sequence for _ in range(2)] == [filed[-1] + 3, filed[-1] + 4]
    with pytest.raises(Ended) as ended:
        await subscriber.next()
    assert ended.value.stable_code == "SLOW_CONSUMER"


async def test_the_records_after_one_come_in_order(house: House) -> None:
    first = await note(house)
    filed = [await note(house, subject=uuid.uuid4()) for _ in range(3)]
    found = await records_after(house.database, COURTYARD, first.sequence, 2)
    assert [each.record_id for each in found] == [each.id for each in filed[:2]]
    assert all(isinstance(each.record_id, uuid.UUID) and isinstance(each.subject_id, uuid.UUID) for each in found)
    assert RecordFiled.decoded(found[0].encoded()) == found[0]


# processes ------------------------------------------------------------------------------------------------------------


async def twin(database: Database) -> Database:
    """Return what another process would open: the same data through connections of its own."""
    other: Database
    if isinstance(database, PostgresDatabase):
        other = PostgresDatabase(database.url, owner_url=database.owner_url)
    else:
        assert isinstance(database, SqliteDatabase)
        other = SqliteDatabase(database.path, synchronous="OFF")
    await other.open()
    return other


async def test_a_record_filed_by_another_process_is_heard(world: Served) -> None:
    other = await twin(world.database)
    try:
        house = House.build(other, world.house.keys, world.house.plugins)
        only = 'subscription { recordFiled(kinds: ["dwelling.update"]) { sequence } }'
        async with world.subscribed(await token(house), only) as client:
            filed = await note(house)
            assert (await client.event())["sequence"] == filed.sequence
    finally:
        world.database.bind(world.house.registry)
        await other.close()


async def test_a_record_of_another_process_comes_before_our_own_that_followed_it(world: Served) -> None:
    other = await twin(world.database)
    only = 'subscription { recordFiled(kinds: ["dwelling.update"]) { sequence } }'
    try:
        house = House.build(other, world.house.keys, world.house.plugins)
        async with world.subscribed(await token(world.house), only) as client:
            for _ in range(3):
                filed = [await note(house), await note(world.house), await note(world.house)]
                heard = [(await client.event())["sequence"] for _ in filed]
                assert heard == [each.sequence for each in filed]
            await client.silence()
    finally:
        world.database.bind(world.house.registry)
        await other.close()


async def cut(database: PostgresDatabase) -> int:
    """End every connection that listens, as a restart of the server would; return how many there were."""
    sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'yuanluo live'"
    sql += " AND datname = current_database()"
    return len(await database.fetch(sql, shared=True))


async def test_a_lost_connection_is_made_again_and_nothing_is_missed(
    world: Served, caplog: pytest.LogCaptureFixture
) -> None:
    if not isinstance(world.database, PostgresDatabase):
        assert world.database.announcements is None  # there is no connection to lose
        return
    with caplog.at_level(logging.WARNING, "yuanluo.live"):
        async with world.subscribed(await token(world.house)) as client:
            assert await cut(world.database) == 1, "one listener, however many subscribe"
            missed = [await note(world.house) for _ in range(3)]
            heard = [(await client.event())["sequence"] for _ in missed]
            assert heard == [each.sequence for each in missed]
            later = await note(world.house)
            assert (await client.event())["sequence"] == later.sequence
    assert "not listening to PostgreSQL" in caplog.text
    assert "listening to PostgreSQL again" in caplog.text


async def test_a_subscription_waits_for_a_database_that_is_away(world: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch_json = world.database.fetch_json
    tries: list[str] = []

    async def away_at_first(sql: str, *args: Any) -> bytes | None:
        tries.append(sql)
        if len(tries) < 3:
            raise ConnectionRefusedError
        return await fetch_json(sql, *args)

    async with world.subscribed(await token(world.house)) as client:
        monkeypatch.setattr(world.database, "fetch_json", away_at_first)
        monkeypatch.setattr(world.database, "is_away", lambda error: isinstance(error, ConnectionRefusedError))
        filed = await note(world.house)
        assert (await client.event())["sequence"] == filed.sequence
        assert len(tries) == 3
        monkeypatch.setattr("yuanluo_graphql.subscriptions._PATIENCE_SECONDS", 0.1)
        tries.clear()
        await note(world.house)
        assert await refused(client) == "EVENTS_MISSED"


def test_postgresql_knows_when_it_is_away(house: House) -> None:
    is_postgres = isinstance(house.database, PostgresDatabase)
    for error in (ConnectionResetError(), asyncpg.ConnectionDoesNotExistError(), asyncpg.AdminShutdownError()):
        assert house.database.is_away(error) is is_postgres
    assert not house.database.is_away(asyncpg.UniqueViolationError())


async def test_a_server_that_cannot_listen_does_not_start(house: House) -> None:
    if not isinstance(house.database, PostgresDatabase):
        assert house.database.announcements is None  # there is nothing to connect to
        return
    lost = PostgresDatabase(house.database.url, listen_url="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(yuanluo.ConfigurationError, match="LISTEN"):
        async with Hub(lost).listening():
            raise AssertionError


# the end --------------------------------------------------------------------------------------------------------------


async def test_complete_ends_the_subscription_and_frees_its_id(world: Served) -> None:
    async with world.subscribed(await token(world.house)) as client:
        await client.say({"type": "complete", "id": "1"})
        await world.until(0)
        await note(world.house)
        await client.silence(0.2)
        await client.subscribe()
        await world.until(1)
        await note(world.house)
        await client.event()


async def test_a_socket_that_goes_cancels_the_statement_it_waited_for(
    world: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def endless(*_: Any) -> bytes:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    bearer = await token(world.house)
    for goes in (True, False):
        begun.clear()
        cancelled.clear()
        async with world.subscribed(bearer) as client:
            with monkeypatch.context() as patched:
                patched.setattr(world.database, "fetch_json", endless)
                await note(world.house)
                await begun.wait()
                if goes:
                    await client.connection.close()
                else:
                    await client.say({"type": "complete", "id": "1"})
                async with asyncio.timeout(PATIENCE):
                    await cancelled.wait()
        await world.until(0)


async def test_a_failure_of_the_server_ends_one_operation_with_its_request_id(
    world: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> bytes:
        raise RuntimeError("a secret of the server")

    async with world.subscribed(await token(world.house)) as client:
        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(world.database, "fetch_json", broken)
            await note(world.house)
            said = await client.hear()
        assert said["payload"][0]["extensions"]["code"] == "INTERNAL"
        assert said["payload"][0]["extensions"]["requestId"] in caplog.text
        assert "secret" not in str(said)
        await client.say({"type": "ping"})
        assert await client.hear() == {"type": "pong"}


async def test_sockets_are_told_when_the_server_stops_and_it_stops_at_once(house: House) -> None:
    async with served(house) as world:
        bearer = await token(house)
        client = world.subscribed(bearer)
        socket = await client.__aenter__()
    # this server waits for ever for what does not end by itself
    assert (await socket.closed())[0] in (1001, 1012)
    await client.__aexit__(None, None, None)


async def test_one_token_holds_only_so_many_sockets(house: House) -> None:
    async with served(house, settings(live_sockets=2)) as world:
        mine, yours = await token(house), await token(house)
        async with world.connected() as one, world.connected() as two:
            await one.init(mine)
            await two.init(mine)
            async with world.connected() as three, world.connected() as other:
                await three.say({"type": "connection_init", "payload": {"authorization": f"Bearer {mine}"}})
                code, reason = await three.closed()
                assert code == 4403
                assert "2" in reason
                await other.init(yours)
        async with world.connected() as three:
            await three.init(mine)


async def test_one_socket_runs_only_so_many_operations(house: House) -> None:
    async with served(house, settings(live_operations=2)) as world, world.connected() as client:
        await client.init(await token(house))
        for operation in ("1", "2", "3"):
            await client.subscribe(operation=operation)
        assert await refused(client, "3") == "TOO_MANY_OPERATIONS"
