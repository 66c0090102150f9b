"""Who may do what: the decision as a pure function, tokens and grants on both engines, identities."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Annotated

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, DISTRICT, OTHER, SUBDISTRICT, TODAY, at, make_house

import yuanluo
from yuanluo import (
    Action,
    AnyCommand,
    Authority,
    Command,
    CommandContext,
    CreateAccount,
    CreatePerson,
    CreateToken,
    DataClass,
    Forbidden,
    Given,
    GrantRole,
    House,
    NotFound,
    Outcome,
    Plugins,
    Range,
    RevokeRole,
    RevokeToken,
    Role,
    RoleAbout,
    Rules,
    Scope,
    TokenScope,
    Unauthenticated,
    Viewer,
    each,
    hookimpl,
    run_command,
)
from yuanluo.access import STALE
from yuanluo.authority import CORE_ROLES, decide, hash_token, operator
from yuanluo.identities import MOST_REFUSED, NotRegistrable, TooManyAttempts, register_membership, release_membership
from yuanluo_tenants.tree import NodeKind, open_node

NOW = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
PAY = Action("voucher.pay", ("CASHIER",), "会计法 35", "付款", "pay", never=("ACCOUNTANT",))
LOOK = Action("voucher.read", ("CASHIER",), "domain 7", "查看", "look", writes=False)


def viewer(*roles: str, lo: int = COURTYARD, hi: int = COURTYARD, can_write: bool = True) -> Viewer:
    return Viewer(
        uuid.uuid4(), "某人", Scope.of(Range(lo, hi)), (), tuple((role, lo) for role in roles),
        reach=tuple((role, Range(lo, hi)) for role in roles), can_write=can_write,
    )  # fmt: skip


# the rule, pure -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "action", "tenant", "allowed", "rule"),
    [
        (viewer("CASHIER"), PAY, COURTYARD, True, "会计法 35"),
        (viewer("RESIDENT"), PAY, COURTYARD, False, "会计法 35"),
        (viewer("CASHIER", "ACCOUNTANT"), PAY, COURTYARD, False, "会计法 35"),
        (viewer("CASHIER"), PAY, OTHER, False, "authority.scope"),
        (viewer("CASHIER", can_write=False), PAY, COURTYARD, False, "authority.token"),
        (viewer("CASHIER", can_write=False), LOOK, COURTYARD, True, "domain 7"),
        (viewer(), LOOK, COURTYARD, False, "domain 7"),
        (operator(), PAY, COURTYARD, True, "会计法 35"),
    ],
)
def test_a_decision_names_the_rule_that_decided(
    who: Viewer, action: Action, tenant: int, allowed: bool, rule: str
) -> None:
    decision = decide(who, action, action.name, tenant)
    assert (decision.allowed, decision.rule) == (allowed, rule)
    assert decision.zh
    assert decision.en


def test_what_is_not_written_down_is_not_allowed() -> None:
    decision = Rules.of([PAY], CORE_ROLES).may(operator(), "voucher.burn", COURTYARD)
    assert (decision.allowed, decision.rule) == (False, "authority.unknown")
    with pytest.raises(Forbidden):
        decision.enforce()


def test_a_role_held_on_one_node_does_not_reach_another_in_the_same_scope() -> None:
    two = dataclasses.replace(
        viewer("RESIDENT"),
        scope=Scope.of(COURTYARD, OTHER),
        reach=(("RESIDENT", Range(COURTYARD, COURTYARD)), ("CASHIER", Range(OTHER, OTHER))),
    )
    assert decide(two, PAY, PAY.name, OTHER).allowed
    assert not decide(two, PAY, PAY.name, COURTYARD).allowed


def test_clearances_of_one_role_add_up_and_the_higher_class_wins() -> None:
    rules = Rules.of(
        [],
        [
            *CORE_ROLES,
            RoleAbout("BRANCH_SECRETARY", {"party": DataClass.D3}),
            RoleAbout("BRANCH_SECRETARY", {"party": DataClass.D1, "registry": DataClass.D0}),
        ],
    )
    about = rules.roles["BRANCH_SECRETARY"]
    assert about.clearances == {"registry": DataClass.D2, "party": DataClass.D3}
    assert (about.zh, about.en) == Role.BRANCH_SECRETARY.value


def test_no_role_of_core_sees_sensitive_data_of_the_registry_in_the_clear() -> None:
    assert {about.role for about in CORE_ROLES} == {role.name for role in Role}
    assert all(about.clearances["registry"] < DataClass.D3 for about in CORE_ROLES)


# tokens and grants ----------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(make_database: MakeDatabase) -> House:
    return await make_house(make_database, Plugins.load({"relations": Relations()}, entry_points=False))


@pytest.fixture
def authority(house: House) -> Authority:
    return Authority(house.database, house.rules, monotonic=lambda: 0.0)


async def account(house: House, tenant: int = COURTYARD, person_id: uuid.UUID | None = None) -> uuid.UUID:
    item = CreateAccount(f"login-{uuid.uuid4()}", "某人", person_id=person_id)
    receipt = await run_command(yuanluo.create_account, at(house, tenant), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def grant(house: House, account_id: uuid.UUID, role: Role, node: int, **dates: dt.date) -> uuid.UUID:
    item = GrantRole(account_id, role.name, dates.get("started_on"), dates.get("ended_on"))
    receipt = await run_command(yuanluo.grant_role, at(house, node), item)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def token(house: House, account_id: uuid.UUID, **wanted: object) -> str:
    item = dataclasses.replace(CreateToken(account_id, "test"), **wanted)
    return (await run_command(yuanluo.create_token, at(house), item)).secrets[0]


async def test_a_token_gives_its_viewer_with_scope_roles_and_clearances(house: House, authority: Authority) -> None:
    person = (await run_command(yuanluo.create_person, at(house), CreatePerson("王秀英"))).subject_id
    assert person is not None
    who = await account(house, person_id=person)
    await grant(house, who, Role.COUNCIL_DIRECTOR, COURTYARD)
    await grant(house, who, Role.RESIDENT, OTHER)
    found = await authority.viewer_of(await token(house, who), NOW)
    assert found.account_id == who
    assert found.scope == Scope.of(COURTYARD, OTHER)
    assert found.roles == (("COUNCIL_DIRECTOR", COURTYARD), ("RESIDENT", OTHER))
    assert found.own == ((COURTYARD, person),)
    assert found.clear_ranges("registry", DataClass.D2) == (Range(COURTYARD, COURTYARD),)
    assert found.clear_ranges("registry", DataClass.D1) == (Range(COURTYARD, OTHER),)
    assert house.rules.may(found, "person.create", COURTYARD).allowed
    assert not house.rules.may(found, "person.create", OTHER).allowed


async def test_a_role_on_a_node_applies_to_everything_below(house: House, authority: Authority) -> None:
    who = await account(house)
    await grant(house, who, Role.SUBDISTRICT_OFFICER, SUBDISTRICT)
    found = await authority.viewer_of(await token(house, who), NOW)
    assert found.scope == Scope.of(Range(SUBDISTRICT, SUBDISTRICT + 10**7 - 1))
    assert house.rules.may(found, "courtyard.open", COMMUNITY).allowed
    assert not house.rules.may(found, "courtyard.open", DISTRICT).allowed


async def test_a_role_on_a_grid_reaches_the_grids_courtyards_only(house: House, authority: Authority) -> None:
    grid = await open_node(house.database, NodeKind.GRID, "一网格", parent=COMMUNITY)
    item = yuanluo.OpenCourtyard("茶花园", "沙湾路1号院", grid=grid)
    await run_command(yuanluo.open_courtyard, at(house, COMMUNITY), item)
    who = await account(house)
    await grant(house, who, Role.COMMUNITY_SECRETARY, grid)
    found = await authority.viewer_of(await token(house, who), NOW)
    assert COMMUNITY + 3 in found.scope
    assert COURTYARD not in found.scope
    assert house.rules.may(found, "person.create", COMMUNITY + 3).allowed
    assert not house.rules.may(found, "person.create", COURTYARD).allowed


async def test_a_tokens_node_and_scope_only_narrow_what_the_grants_give(house: House, authority: Authority) -> None:
    who = await account(house)
    await grant(house, who, Role.COMMUNITY_SECRETARY, COMMUNITY)
    secret = await token(house, who, scope=TokenScope.READ, below=COURTYARD)
    found = await authority.viewer_of(secret, NOW)
    assert found.scope == Scope.of(COURTYARD)
    assert house.rules.may(found, "person.create", COURTYARD).rule == "authority.token"


@pytest.mark.parametrize(
    ("dates", "holds"),
    [
        ({"started_on": TODAY, "ended_on": TODAY}, True),
        ({"started_on": TODAY + dt.timedelta(days=1)}, False),
        ({"started_on": dt.date(2026, 1, 1), "ended_on": TODAY - dt.timedelta(days=1)}, False),
    ],
)
async def test_a_grant_holds_from_its_first_to_its_last_day(
    house: House, authority: Authority, dates: dict[str, dt.date], holds: bool
) -> None:
    who = await account(house)
    await grant(house, who, Role.RESIDENT, COURTYARD, **dates)
    secret = await token(house, who)
    if holds:
        assert (await authority.viewer_of(secret, NOW)).roles == (("RESIDENT", COURTYARD),)
    else:
        with pytest.raises(Unauthenticated):
            await authority.viewer_of(secret, NOW)


async def test_an_unknown_an_expired_and_a_revoked_token_answer_alike(house: House) -> None:
    clock = [0.0]
    authority = Authority(house.database, house.rules, monotonic=lambda: clock[0])
    who = await account(house)
    await grant(house, who, Role.RESIDENT, COURTYARD)
    item = CreateToken(who, "test", days=1)
    receipt = await run_command(yuanluo.create_token, at(house), item)
    secret, token_id = receipt.secrets[0], receipt.subject_id
    assert token_id is not None
    await authority.viewer_of(secret, NOW)
    messages: set[str] = set()
    for wrong, now in ((secret, NOW + dt.timedelta(days=1)), (secret + "x", NOW), ("", NOW)):
        with pytest.raises(Unauthenticated) as refused:
            await authority.viewer_of(wrong, now)
        messages.add(refused.value.zh)
    await authority.viewer_of(secret, NOW)
    await run_command(yuanluo.revoke_token, at(house), RevokeToken(token_id))
    clock[0] += STALE
    with pytest.raises(Unauthenticated) as refused:
        await authority.viewer_of(secret, NOW)
    assert messages == {refused.value.zh}


async def test_a_viewer_is_kept_for_a_second_and_not_longer(house: House) -> None:
    clock = [0.0]
    authority = Authority(house.database, house.rules, monotonic=lambda: clock[0])
    who = await account(house)
    grant_id = await grant(house, who, Role.RESIDENT, COURTYARD)
    await grant(house, who, Role.OWNER, OTHER)
    secret = await token(house, who)
    first = await authority.viewer_of(secret, NOW)
    await run_command(yuanluo.revoke_role, at(house), RevokeRole(grant_id))
    clock[0] += STALE - 0.01
    assert await authority.viewer_of(secret, NOW) is first
    clock[0] += 0.01
    assert (await authority.viewer_of(secret, NOW)).roles == (("OWNER", OTHER),)


async def test_only_the_hash_of_a_token_is_stored_and_no_record_carries_it(house: House) -> None:
    who = await account(house)
    secret = await token(house, who)
    sql = "SELECT hash, prefix FROM api_token WHERE account_id = $1"
    [row] = await yuanluo.rows(house.database, sql, str(who), shared=True)
    assert row == {"hash": hash_token(secret), "prefix": secret[:8]}
    with yuanluo.scoped(COURTYARD):
        contents = await yuanluo.rows(house.database, "SELECT content FROM record")
    assert contents
    assert not any(secret in row["content"] for row in contents)


async def test_nobody_grants_a_role_or_makes_a_token_above_his_own(house: House, authority: Authority) -> None:
    secretary, district = await account(house), await account(house)
    await grant(house, secretary, Role.COMMUNITY_SECRETARY, COMMUNITY)
    await grant(house, district, Role.DISTRICT_ADMIN, DISTRICT)
    actor = await authority.viewer_of(await token(house, secretary), NOW)
    context = at(house, COMMUNITY, actor)
    await run_command(yuanluo.grant_role, context, GrantRole(secretary, "COUNCIL_DIRECTOR"))
    with pytest.raises(Forbidden) as refused:
        await run_command(yuanluo.grant_role, context, GrantRole(secretary, "DISTRICT_ADMIN"))
    assert refused.value.rule == "authority.rank"
    with pytest.raises(Forbidden):
        await run_command(yuanluo.create_token, context, CreateToken(district, "theirs"))
    own = await run_command(yuanluo.create_token, context, CreateToken(secretary, "mine"))
    assert own.secrets


async def test_an_unknown_role_account_or_grant_is_not_found(house: House) -> None:
    who = await account(house)
    for item in (GrantRole(who, "EMPEROR"), GrantRole(uuid.uuid4(), "RESIDENT")):
        with pytest.raises(NotFound):
            await run_command(yuanluo.grant_role, at(house), item)
    grant_id = await grant(house, who, Role.RESIDENT, OTHER)
    with pytest.raises(NotFound):
        await run_command(yuanluo.revoke_role, at(house), RevokeRole(grant_id))


# identities -------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Join:
    subject_id: Annotated[uuid.UUID, Given("对象", "the relation", refers="Person")]
    id_number: Annotated[str | None, Given("身份证号", "ID number")]


async def _join(context: CommandContext, item: Join) -> Outcome:
    verified = await register_membership(context, "PARTY_REGISTERED", item.subject_id, item.id_number)
    return Outcome(item.subject_id, {"verified": verified})


JOIN = Command(
    action=Action("relation.join", yuanluo.create_person.action.roles, "R8", "登记关系", "register a relation"),
    input=Join,
    many=each(_join),
    subject_type="Person",
    body="registry",
)


class Relations:
    """A plugin that registers a relation of a human."""

    @hookimpl
    def commands(self) -> Sequence[AnyCommand]:
        return [JOIN]


def acting(house: House, tenant: int, name: str) -> CommandContext:
    return at(house, tenant, dataclasses.replace(operator(name), account_id=uuid.uuid5(uuid.NAMESPACE_OID, name)))


async def test_one_human_holds_a_relation_once_in_the_whole_deployment(house: House) -> None:
    first, second, number = uuid.uuid4(), uuid.uuid4(), "510100195207141010"
    here, there = acting(house, COURTYARD, "a"), acting(house, OTHER, "b")
    assert (await run_command(JOIN, here, Join(first, number))).payload == {"verified": True}
    assert (await run_command(JOIN, here, Join(first, number))).payload == {"verified": True}
    with pytest.raises(NotRegistrable) as refused:
        await run_command(JOIN, there, Join(second, number))
    assert str(COURTYARD) not in refused.value.zh + refused.value.en
    assert await attempts(house, there) == 1
    async with house.database.transaction():
        assert await release_membership(here, "PARTY_REGISTERED", first)
    assert (await run_command(JOIN, there, Join(second, number))).payload == {"verified": True}


async def attempts(house: House, context: CommandContext) -> int:
    sql = "SELECT count(*) FROM identity_attempt WHERE actor = $1"
    return int(await yuanluo.value(house.database, sql, str(context.actor.account_id), shared=True))


async def test_a_refusal_that_a_command_puts_up_with_counts_as_an_attempt_too(house: House) -> None:
    async def lenient(context: CommandContext, item: Join) -> Outcome:
        try:
            return await _join(context, item)
        except NotRegistrable:
            return Outcome(None, {"verified": False})

    number, here = "510100198312130771", acting(house, OTHER, "lenient")
    await run_command(JOIN, acting(house, COURTYARD, "e"), Join(uuid.uuid4(), number))
    command = dataclasses.replace(JOIN, many=each(lenient))
    assert (await run_command(command, here, Join(uuid.uuid4(), number))).payload == {"verified": False}
    assert await attempts(house, here) == 1


async def test_without_an_id_number_a_relation_is_unverified(house: House) -> None:
    receipt = await run_command(JOIN, acting(house, COURTYARD, "c"), Join(uuid.uuid4(), None))
    assert receipt.payload == {"verified": False}


async def test_too_many_refusals_stop_further_attempts_even_good_ones(house: House) -> None:
    number, curious = "510100196808090559", acting(house, OTHER, "curious")
    await run_command(JOIN, acting(house, COURTYARD, "d"), Join(uuid.uuid4(), number))
    for _ in range(MOST_REFUSED):
        with pytest.raises(NotRegistrable):
            await run_command(JOIN, curious, Join(uuid.uuid4(), number))
    with pytest.raises(TooManyAttempts):
        await run_command(JOIN, curious, Join(uuid.uuid4(), "510100195510110663"))


async def test_no_table_holds_an_id_number_in_the_clear(house: House) -> None:
    rows = await yuanluo.rows(house.database, "SELECT blind_index FROM identity", shared=True)
    assert rows
    assert not any("510100" in row["blind_index"] for row in rows)
