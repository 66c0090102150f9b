"""What people may ask of the data held of them: a copy of everything, and erasure under a pseudonym (PIPL 45, 47).

Every table that names a person, core's and every plugin's, is planted with canaries from its declaration; nobody adds
a table here.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COURTYARD, OTHER, at, make_house
from party_world import new_id_number, viewer

import yuanluo
from yuanluo import CreateAccount, CreatePerson, Forbidden, House, Plugins, Range, Viewer, run_command, scoped
from yuanluo.access import Authority
from yuanluo.counters import recount, stored_counts
from yuanluo.data_requests import (
    AnswerDataRequest,
    DataRequestKind,
    ErasePerson,
    ExportPerson,
    FileDataRequest,
    RequestMissing,
    StillNeeded,
    erase_person,
    export_person,
    file_data_request,
    refuse_data_request,
)
from yuanluo.people import PersonErased
from yuanluo.records import verify
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.database import Database
from yuanluo_tenants.engine_sqlite import SqliteDatabase
from yuanluo_tenants.errors import Conflict, Invalid, NotFound, Refused
from yuanluo_tenants.tables import Declared, TableClass, columns_of

HERE = Range(COURTYARD, COURTYARD)
PAST = dt.date(2021, 3, 4)
NUMBERS = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load())


def officer(house: House, role: str, name: str = "") -> Viewer:
    made = viewer(house, role, HERE)
    return Viewer(
        account_id=uuid.uuid5(uuid.NAMESPACE_URL, role + name),
        name=role,
        scope=made.scope,
        clearances=made.clearances,
        roles=made.roles,
        reach=made.reach,
    )


@dataclass
class Planted:
    """A person in every table that names one, with canaries in each text."""

    house: House
    person: uuid.UUID
    name: str
    id_number: str
    phone: str
    canaries: dict[str, str] = field(default_factory=dict)
    """Each canary and where it stands, where the row is about the person."""
    party: list[str] = field(default_factory=list)
    ids: dict[str, uuid.UUID] = field(default_factory=dict)

    async def plant(self) -> None:
        for table in self.house.registry.of_class(TableClass.TENANT):
            names = {column.target for column in columns_of(table).values() if column.kind is Kind.REF}
            if (table.declared.subject or "person" in names) and table._meta.tablename not in (
                "person",
                "record_personal",
            ):
                await self.row(table)

    async def row(self, table: type[Declared]) -> uuid.UUID:
        """Insert one row of `table`, its targets first, and return its id."""
        name, registry = table._meta.tablename, self.house.registry
        if name == "person":
            return self.person
        if name in self.ids:
            return self.ids[name]
        about = table.declared
        row: dict[str, Any] = {}
        if about.extends:
            row["id"] = await self.row(registry.table(about.extends))
        is_about = about.subject is not None or (about.extends in self.ids and self._is_about(about.extends))
        for column, said in columns_of(table).items():
            if column in ("tenant_id", "id", "revision") or said.companion_of is not None:
                continue
            row[column] = await self.value(table, column, said, is_about=is_about)
        self.ids[name] = (await at(self.house).insert(table, [row]))[0]
        return self.ids[name]

    def _is_about(self, tablename: str) -> bool:
        return self.house.registry.table(tablename).declared.subject is not None

    async def value(self, table: type[Declared], column: str, said: Any, *, is_about: bool) -> Any:
        number = next(NUMBERS)
        match said.kind:
            case Kind.TEXT | Kind.SEALED:
                canary = f"金丝雀{number:04d}号"
                if is_about and said.klass is not DataClass.D0:
                    self.canaries[canary] = f"{table._meta.tablename}.{column}"
                    if table.declared.body == "party":
                        self.party.append(canary)
                    return canary
                if column == "assignee_name":
                    return self.name
                return "公开"
            case Kind.CODE:
                return f"K{number}"
            case Kind.CHOICE:
                return next(iter(said.choices)).name
            case Kind.REF:
                if said.target == table._meta.tablename:
                    return None
                return await self.row(self.house.registry.table(said.target))
            case Kind.UPWARD | Kind.BLOB:
                return None
            case Kind.FLAG:
                return False
            case Kind.DAY:
                return PAST
            case Kind.MOMENT:
                return dt.datetime(2021, 3, 4, 5, 6, tzinfo=dt.UTC)
            case Kind.PARTIAL_DATE:
                return "2021-03"
            case _:
                return number


async def planted(house: House) -> Planted:
    number = new_id_number("19410203")
    serial = next(NUMBERS)
    name, phone = f"欧阳金丝雀{serial:04d}", f"154{serial:04d}{serial:04d}"
    receipt = await run_command(
        yuanluo.create_person,
        at(house),
        CreatePerson(name, id_number=number, phone=phone, phone_alt=("02887650000",), ethnicity=f"{name}族"),
    )
    assert receipt.subject_id is not None
    made = Planted(house, receipt.subject_id, name, number, phone)
    with scoped(COURTYARD):
        async with house.database.transaction():
            await made.plant()
    return made


async def everything(database: Database) -> str:
    """Return all values of the courtyard and of accounts as text."""
    found: list[str] = []
    with scoped(COURTYARD):
        for table in database.registry:
            shared = table.declared.table_class is not TableClass.TENANT
            for row in await database.fetch(f"SELECT * FROM {table._meta.tablename}", (), shared=shared):
                found += [str(value) for value in row.values()]
    return "\n".join(found)


async def asked(house: House, person: uuid.UUID, kind: DataRequestKind, actor: Viewer) -> uuid.UUID:
    receipt = await run_command(file_data_request, at(house, actor=actor), FileDataRequest(person, kind))
    assert receipt.subject_id is not None
    return receipt.subject_id


async def holder(house: House, person: uuid.UUID, *more: tuple[int, uuid.UUID]) -> Viewer:
    """Return the viewer of an account that is the person."""
    receipt = await run_command(
        yuanluo.create_account, at(house), CreateAccount(f"login-{person}", f"账号{person}", person_id=person)
    )
    assert receipt.subject_id is not None
    made = viewer(house, "RESIDENT", HERE, own=((COURTYARD, person), *more))
    return Viewer(receipt.subject_id, "住户", made.scope, made.clearances, made.roles, own=made.own, reach=made.reach)


async def test_a_person_gets_one_file_with_everything_that_every_plugin_holds_of_him(house: House) -> None:
    one = await planted(house)
    elsewhere = await run_command(yuanluo.create_person, at(house, OTHER), CreatePerson("别处的名字"))
    assert elsewhere.subject_id is not None
    himself = await holder(house, one.person, (OTHER, elsewhere.subject_id))
    receipt = await run_command(export_person, at(house, actor=himself), ExportPerson(one.person))
    [copy] = receipt.secrets
    assert [part["courtyard"]["name"] for part in json.loads(copy)["courtyards"]] == ["梧桐苑", "银杏里"]
    missing = {where for canary, where in one.canaries.items() if canary not in copy}
    assert not missing
    for text in (one.name, one.id_number, one.phone, "02887650000", f"{one.name}族", "别处的名字", "login-"):
        assert text in copy
    assert json.loads(copy)["courtyards"][0]["withheld"] == []
    with scoped(COURTYARD):
        logged = await yuanluo.rows(
            house.database, "SELECT row_type FROM read_log WHERE actor = $1", str(himself.account_id)
        )
    assert {"Person", "PartyMembership", "DualReport"} <= {row["row_type"] for row in logged}
    again = await run_command(export_person, at(house, actor=himself), ExportPerson(one.person))
    [copy] = again.secrets
    assert str(himself.account_id) in json.dumps(json.loads(copy)["courtyards"][0]["read_by"])


async def test_nobody_gets_a_neighbours_copy(house: House) -> None:
    one = await planted(house)
    neighbour = await holder(house, (await planted(house)).person)
    nobody = uuid.uuid4()
    refusals: list[str] = []
    for command, item in (
        (export_person, ExportPerson(one.person)),
        (export_person, ExportPerson(nobody)),
        (erase_person, ErasePerson(one.person)),
        (file_data_request, FileDataRequest(one.person, DataRequestKind.COPY)),
    ):
        with pytest.raises(Forbidden) as refused:
            await run_command(command, at(house, actor=neighbour), item)
        refusals.append(refused.value.zh)
    assert len(set(refusals)) == 1


async def test_an_office_holder_needs_a_request_that_another_filed_and_sees_no_more_than_his_office(
    house: House,
) -> None:
    one = await planted(house)
    director, member = officer(house, "COUNCIL_DIRECTOR"), officer(house, "COUNCIL_MEMBER")
    with pytest.raises(RequestMissing):
        await run_command(export_person, at(house, actor=director), ExportPerson(one.person))
    own = await asked(house, one.person, DataRequestKind.COPY, director)
    with pytest.raises(RequestMissing):
        await run_command(export_person, at(house, actor=director), ExportPerson(one.person, own))
    other = await asked(house, (await planted(house)).person, DataRequestKind.COPY, member)
    erasure = await asked(house, one.person, DataRequestKind.ERASURE, member)
    for wrong in (other, erasure):
        with pytest.raises(RequestMissing):
            await run_command(export_person, at(house, actor=director), ExportPerson(one.person, wrong))
    with pytest.raises(NotFound):
        await run_command(export_person, at(house, actor=director), ExportPerson(one.person, uuid.uuid4()))
    request = await asked(house, one.person, DataRequestKind.COPY, member)
    receipt = await run_command(export_person, at(house, actor=director), ExportPerson(one.person, request))
    [copy] = receipt.secrets
    assert one.name in copy
    assert one.phone in copy
    assert one.id_number not in copy  # D3 of the register is not the director's
    assert not [canary for canary in one.party if canary in copy]
    assert {"party", "registry"} <= set(json.loads(copy)["courtyards"][0]["withheld"])
    with pytest.raises(Conflict, match="done"):
        await run_command(export_person, at(house, actor=director), ExportPerson(one.person, request))


async def test_what_is_withheld_is_named_whether_or_not_there_is_any(house: House) -> None:
    receipt = await run_command(yuanluo.create_person, at(house), CreatePerson("非党员"))
    assert receipt.subject_id is not None
    director, member = officer(house, "COUNCIL_DIRECTOR"), officer(house, "COUNCIL_MEMBER")
    told: list[Sequence[str]] = []
    for person in (receipt.subject_id, (await planted(house)).person):
        request = await asked(house, person, DataRequestKind.COPY, member)
        done = await run_command(export_person, at(house, actor=director), ExportPerson(person, request))
        told.append(json.loads(done.secrets[0])["courtyards"][0]["withheld"])
    assert told[0] == told[1]


async def test_the_operator_gets_every_courtyard_of_one_human_on_a_request(house: House) -> None:
    one = await planted(house)
    await run_command(yuanluo.create_person, at(house, OTHER), CreatePerson("同一人", id_number=one.id_number))
    request = await asked(house, one.person, DataRequestKind.COPY, officer(house, "COUNCIL_MEMBER"))
    receipt = await run_command(export_person, at(house), ExportPerson(one.person, request))
    copy = json.loads(receipt.secrets[0])
    assert [part["courtyard"]["name"] for part in copy["courtyards"]] == ["梧桐苑", "银杏里"]
    assert not [where for canary, where in one.canaries.items() if canary not in receipt.secrets[0]]


async def test_a_request_is_refused_with_its_reason_and_once(house: House) -> None:
    person = (await planted(house)).person
    request = await asked(house, person, DataRequestKind.ERASURE, await holder(house, person))
    director = officer(house, "COUNCIL_DIRECTOR")
    with pytest.raises(Invalid, match="say why"):
        await run_command(refuse_data_request, at(house, actor=director), AnswerDataRequest(request, "  "))
    await run_command(refuse_data_request, at(house, actor=director), AnswerDataRequest(request, "仍有诉讼"))
    with pytest.raises(Conflict):
        await run_command(refuse_data_request, at(house, actor=director), AnswerDataRequest(request, "再来"))


async def test_nobody_is_erased_while_something_about_him_is_in_force(house: House) -> None:
    one = await planted(house)
    with scoped(COURTYARD):
        await yuanluo.changed(house.database, "UPDATE ownership SET ended_on = NULL WHERE person_id = $1", one.person)
    with pytest.raises(StillNeeded, match="in force") as refused:
        await run_command(erase_person, at(house), ErasePerson(one.person))
    assert "产权" in refused.value.zh
    assert one.name in await everything(house.database)
    account = await holder(house, one.person)
    with scoped(COURTYARD):
        await yuanluo.changed(
            house.database, "UPDATE ownership SET ended_on = $2 WHERE person_id = $1", one.person, PAST
        )
    await run_command(yuanluo.grant_role, at(house), yuanluo.GrantRole(account.account_id, "COUNCIL_DIRECTOR"))
    with pytest.raises(StillNeeded) as refused:
        await run_command(erase_person, at(house, actor=account), ErasePerson(one.person))
    assert "院委会主任" in refused.value.zh


async def test_erased_is_every_text_that_tells_who_he_is_and_the_rest_stands_under_a_pseudonym(house: House) -> None:
    one = await planted(house)
    himself = await holder(house, one.person)
    [token] = (
        await run_command(yuanluo.create_token, at(house), yuanluo.CreateToken(himself.account_id, "手机金丝雀"))
    ).secrets
    before, drift = await rows_about(house, one), await uncounted(house)
    receipt = await run_command(erase_person, at(house, actor=himself), ErasePerson(one.person), key="once")
    stored = await everything(house.database)
    tells = [
        *one.canaries,
        one.name,
        one.id_number,
        f"154****{one.phone[-4:]}",
        f"{one.name}族",
        f"login-{one.person}",
        f"账号{one.person}",
        "手机金丝雀",
    ]
    assert not [text for text in tells if text in stored]
    assert await rows_about(house, one) == before
    with scoped(COURTYARD):
        [person] = await yuanluo.rows(house.database, "SELECT * FROM person WHERE id = $1", one.person)
        assert person["name"].startswith("已删除")
        assert person["status"] == "MOVED_OUT"
        assert not any(person[name] for name in ("birth", "gender", "id_number", "id_number_index", "phone_index"))
        assert (await verify(house.database, COURTYARD, house.keys)).is_whole
    assert await uncounted(house) == drift
    with pytest.raises(Refused):
        await Authority(house.database, house.rules).viewer_of(token, at(house).now)
    replay = await run_command(erase_person, at(house, actor=himself), ErasePerson(one.person), key="once")
    assert replay.replayed
    assert replay.record_id == receipt.record_id
    for command, item in (
        (erase_person, ErasePerson(one.person)),
        (yuanluo.update_person, yuanluo.UpdatePerson(one.person, name="又回来")),
    ):
        with pytest.raises(PersonErased):
            await run_command(command, at(house), item)
    if isinstance(house.database, SqliteDatabase):
        in_the_file(house.database, tells)


async def uncounted(house: House) -> list[dict[str, int]]:
    """Return what each counter misses: the planted rows, which no command wrote."""
    with scoped(COURTYARD):
        return [
            {
                name: found - (await stored_counts(house.database, counter, COURTYARD) or {}).get(name, 0)
                for name, found in (await recount(house.database, counter, COURTYARD)).items()
            }
            for counter in house.composition.counters
        ]


async def rows_about(house: House, one: Planted) -> dict[str, int]:
    """Return how many rows about the person there are by table, as states and shares count them."""
    found: dict[str, int] = {}
    with scoped(COURTYARD):
        for table in house.registry.of_class(TableClass.TENANT):
            name, subject = table._meta.tablename, table.declared.subject
            if subject is not None:
                sql = f"SELECT count(*) AS n FROM {name} WHERE {subject} = $1"
                [row] = await yuanluo.rows(house.database, sql, one.person)
                found[name] = row["n"]
    return found


def in_the_file(database: SqliteDatabase, tells: Sequence[str]) -> None:
    """Assert that neither the database file nor its journal, which is in use, holds any of these texts."""
    stored = b"".join(path.read_bytes() for path in sorted(database.path.parent.glob(f"{database.path.name}*")))
    assert stored.startswith(b"SQLite format 3")
    assert not [text for text in tells if text.encode() in stored]
