"""F07: now is what has begun and has not ended, whatever stands in the rows."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any, Final

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import CLOCK, COMMUNITY, COURTYARD, TODAY, at, make_house
from party_world import viewer

import yuanluo
from yuanluo import (
    AddDwelling,
    AppointSeat,
    ChangeOwnership,
    Command,
    CreateAccount,
    CreateOrganization,
    CreatePerson,
    GrantRole,
    House,
    MoveIn,
    Occupancy,
    OwnerShare,
    Plugins,
    Range,
    Refused,
    Resident,
    run_command,
    scoped,
)
from yuanluo.dwellings import Household, Ownership, Residency
from yuanluo.fields import Aggregate, ToMany, ToOne
from yuanluo.indicators import RowCount
from yuanluo.seats import Seat
from yuanluo_graphql.assembly import Composed, compose
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.rights import Rights
from yuanluo_party.commands import found_party_org, register_membership, transfer_membership
from yuanluo_party.memberships import RegisterMembership, TransferMembership
from yuanluo_party.organizations import FoundPartyOrg
from yuanluo_party.tables import BranchCoverage, PartyMembership
from yuanluo_party.terms import PartyMembershipStatus, PartyMemberType, PartyRelation, PartyTier

DAY: Final = dt.timedelta(days=1)
SPANS: Final = {
    "past": (dt.date(2020, 1, 1), TODAY - DAY),
    "LastDay": (dt.date(2020, 1, 1), TODAY),
    "FirstDay": (TODAY, None),
    "future": (TODAY + DAY, None),
    "far": (dt.date(9999, 12, 31), None),
}
NOW: Final = ["FirstDay", "LastDay"]
ELECTED: Final = {"approval_no": "1号", "elected_on": dt.date(2025, 3, 1)}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load())


_COMPOSED: list[Composed] = []
"""The schema, composed once: it takes seconds."""


async def made(house: House, command: Command[Any], item: Any, tenant: int = COURTYARD) -> uuid.UUID:
    receipt = await run_command(command, at(house, tenant), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def ask(house: House, text: str, role: str = "BRANCH_SECRETARY") -> dict[str, Any]:
    if not _COMPOSED:
        _COMPOSED.append(compose(house.composition, house.keys))
    [composed] = _COMPOSED

    async def never(*_: object) -> Any:
        raise AssertionError("these tests bring their viewers")

    async def log(*_: object) -> None:
        """Reading is logged elsewhere."""

    engine = CompiledEngine(
        house.database,
        Documents(composed.core),
        Compiler(composed.model, composed.core, house.database.dialect, PageSizes()),
        Cursors(b"now"),
        Doors(never, log, now=CLOCK),
    )
    prepared = engine.documents.prepare(text)
    asking = viewer(house, role, Range(COURTYARD, COURTYARD))
    answer = json.loads(await engine.run(prepared, {}, Rights.of(asking)))
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def people(house: House) -> dict[str, uuid.UUID]:
    return {name: await made(house, yuanluo.create_person, CreatePerson(name)) for name in SPANS}


async def put(house: House, table: Any, *rows: dict[str, Any]) -> list[uuid.UUID]:
    """Insert rows as an older version or an import may have left them."""
    with scoped(COURTYARD):
        return await at(house).insert(table, rows)


async def test_who_owns_and_who_lives_in_a_dwelling_now(house: House) -> None:
    found = await people(house)
    dwelling = await made(house, yuanluo.add_dwelling, AddDwelling(1, 1, "101", 5832))
    for name, (first, last) in SPANS.items():
        dates = {"dwelling_id": dwelling, "started_on": first, "ended_on": last}
        [home] = await put(house, Household, dates | {"head_id": found[name]})
        person = dates | {"person_id": found[name]}
        await put(house, Ownership, person | {"numerator": 1, "denominator": 1})
        await put(house, Residency, person | {"household_id": home, "occupancy": Occupancy.RENTED})
    data = await ask(
        house,
        "{ courtyards(first: 1) { nodes { householdCount dwellings(first: 2) { nodes { ownerships { totalCount nodes { person { name } } }"
        " residencies { nodes { person { name } } } households { totalCount nodes { memberCount } } } } } } }",
    )
    [yard] = data["courtyards"]["nodes"]
    [shown] = yard["dwellings"]["nodes"]
    for relation in ("ownerships", "residencies"):
        assert sorted(each["person"]["name"] for each in shown[relation]["nodes"]) == NOW
    assert (shown["ownerships"]["totalCount"], shown["households"]["totalCount"], yard["householdCount"]) == (2, 2, 2)
    assert [each["memberCount"] for each in shown["households"]["nodes"]] == [1, 1]


async def test_who_holds_an_office_now(house: House) -> None:
    found = await people(house)
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "棋社"))
    for name, (first, last) in SPANS.items():
        row = {"organization_id": club, "person_id": found[name], "role": "MEMBER", "started_on": first}
        await put(house, Seat, row | {"ended_on": last})
    data = await ask(
        house,
        "{ courtyards(first: 1) { nodes { organizations { nodes { name officerCount officers { nodes { person { name } } } } } } } }",
    )
    [shown] = [each for each in data["courtyards"]["nodes"][0]["organizations"]["nodes"] if each["name"] == "棋社"]
    assert sorted(each["person"]["name"] for each in shown["officers"]["nodes"]) == NOW
    assert shown["officerCount"] == 2


async def test_members_and_coverage_now(house: House) -> None:
    committee = await made(house, found_party_org, FoundPartyOrg("社区党委", PartyTier.COMMITTEE, **ELECTED), COMMUNITY)
    branch, other = [
        await made(house, found_party_org, FoundPartyOrg(name, PartyTier.BRANCH, upper_id=committee, **ELECTED))
        for name in ("一支部", "二支部")
    ]
    found = await people(house)
    for name in ("FirstDay", "future", "far"):
        await put(
            house,
            PartyMembership,
            {
                "person_id": found[name], "org_id": branch, "type": PartyMemberType.FULL, "voting_suspended": False,
                "relation": PartyRelation.REGISTERED, "status": PartyMembershipStatus.ACTIVE, "is_verified": False,
                "started_on": SPANS[name][0],
            },
        )  # fmt: skip
    await put(house, BranchCoverage, {"branch_id": committee, "started_on": TODAY + DAY})
    data = await ask(
        house,
        "{ courtyards(first: 1) { nodes { branchCoverage { id } partyOrgs { nodes { memberships { nodes { person { name } } } } } } } }",
    )
    [yard] = data["courtyards"]["nodes"]
    assert yard["branchCoverage"] is None
    names = [each["person"]["name"] for org in yard["partyOrgs"]["nodes"] for each in org["memberships"]["nodes"]]
    assert names == ["FirstDay"]
    moved = await made(house, register_membership, RegisterMembership(found["past"], PartyMemberType.FULL, branch))
    await made(house, transfer_membership, TransferMembership(moved, other))
    with scoped(COURTYARD):
        sql = "SELECT started_on FROM party_membership WHERE tenant_id = $1 AND org_id = $2"
        assert await yuanluo.value(house.database, sql, COURTYARD, other) == TODAY, "it is in force, so it has begun"


async def test_no_list_counter_or_indicator_asks_for_one_end_alone(house: House) -> None:
    """Whatever asks for rows that have not ended asks for rows that have begun, of every plugin."""
    composition = house.composition
    wheres = [
        (f"{each.field.on}.{each.field.name}", each.field.where)
        for each in composition.fields
        if isinstance(each.field, ToMany | ToOne | Aggregate)
    ]
    for indicator in composition.indicators.values():
        wheres += [
            (indicator.indicator.name, each.where) for each in indicator.indicator.rows if isinstance(each, RowCount)
        ]
    asked = {name: {column for column, _, _ in where} for name, where in wheres}
    ended = {name for name, columns in asked.items() if columns & {"ended_on", "superseded_on"}}
    assert len(ended) > 15
    assert {name for name in ended if not asked[name] & {"started_on", "effective_on"}} == set()


@pytest.mark.parametrize("day", [TODAY + DAY, dt.date(2027, 6, 1), dt.date(2999, 12, 31)])
async def test_what_has_not_begun_is_not_entered(house: House, day: dt.date) -> None:
    person = await made(house, yuanluo.create_person, CreatePerson("张建国"))
    dwelling = await made(house, yuanluo.add_dwelling, AddDwelling(9, 1, uuid.uuid4().hex[:6], 5832))
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", uuid.uuid4().hex))
    acts: list[tuple[Command[Any], Any]] = [
        (yuanluo.change_ownership, ChangeOwnership(dwelling, (OwnerShare(person),), day)),
        (yuanluo.move_in, MoveIn(dwelling, (Resident(person),), Occupancy.RENTED, day)),
        (yuanluo.appoint_seat, AppointSeat(club, person, "CHAIR", day)),
    ]
    for command, item in acts:
        with pytest.raises(Refused) as refused:
            await run_command(command, at(house), item)
        assert refused.value.stable_code == "DATE_FUTURE"


async def test_a_term_or_a_grant_has_an_end_or_none_but_not_in_a_thousand_years(house: House) -> None:
    never = dt.date(2999, 12, 31)
    person = await made(house, yuanluo.create_person, CreatePerson("李素芬"))
    club = await made(house, yuanluo.create_organization, CreateOrganization("CLUB", "书社"))
    account = await made(house, yuanluo.create_account, CreateAccount("li", "李素芬"))
    acts: list[tuple[Command[Any], Any]] = [
        (yuanluo.appoint_seat, AppointSeat(club, person, "CHAIR", TODAY, term_end=never)),
        (yuanluo.grant_role, GrantRole(account, "RESIDENT", ended_on=never)),
        (yuanluo.grant_role, GrantRole(account, "RESIDENT", started_on=never)),
    ]
    for command, item in acts:
        with pytest.raises(Refused) as refused:
            await run_command(command, at(house), item)
        assert refused.value.stable_code == "DATE_TOO_FAR"
