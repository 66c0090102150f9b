"""What the party plugin shows through GraphQL, and to whom: A13 and the numbers of the roll-up."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, OTHER, at
from party_world import ELECTED, build_party_house, committee, found_branch, member, person, viewer

from yuanluo import House, Viewer, run_command
from yuanluo_graphql.compiler import Compiler, PageSizes
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents
from yuanluo_graphql.engine import CompiledEngine, Doors
from yuanluo_graphql.finish import SensitiveRead
from yuanluo_graphql.model import build_model
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.types import build_schema, core_schema
from yuanluo_party.commands import found_party_org, register_membership
from yuanluo_party.memberships import RegisterMembership
from yuanluo_party.organizations import FoundPartyOrg
from yuanluo_party.terms import PartyMemberType, PartyOrgKind, PartyRelation, PartyTier
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import Range

HERE = Range(COURTYARD, COURTYARD)
DISTRICT = Range(5101060000000000, 5101069999999999)


@dataclass(slots=True)
class PartyWorld:
    """A house with six full members in one courtyard and three in the other, and a joint branch above both."""

    house: House
    database: Database
    engine: CompiledEngine
    reads: list[SensitiveRead]
    branch: uuid.UUID
    above: uuid.UUID
    joint: uuid.UUID

    async def ask(self, text: str, actor: Viewer) -> dict[str, Any]:
        """Run a document as `actor` and return its data."""
        prepared = self.engine.documents.prepare(text)
        answer = json.loads(await self.engine.run(prepared, {}, Rights.of(actor)))
        assert "errors" not in answer, answer
        return answer["data"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(make_database: MakeDatabase) -> PartyWorld:
    house = await build_party_house(make_database)
    house.database.bind(house.registry)
    above = await committee(house)
    branch = await found_branch(house, "梧桐苑院落党支部", above)
    for name in ("李长富", "王秀英", "张建国", "陈德明", "周福生", "赵世英"):
        await member(house, branch, name)
    await member(house, branch, "杨洋", PartyMemberType.PROBATIONARY)
    other = await found_branch(house, "银杏里院落党支部", above, OTHER)
    for name in ("刘大成", "黄永贵", "吴国栋"):
        await member(house, other, name, tenant=OTHER)
    reported = await person(house, "徐敏")
    await run_command(
        register_membership,
        at(house),
        RegisterMembership(reported, PartyMemberType.FULL, branch, relation=PartyRelation.REPORTED_IN),
    )
    joint = FoundPartyOrg(
        "联合党支部", PartyTier.BRANCH, PartyOrgKind.JOINT, parent_id=above,
        approval_no="8号", elected_on=ELECTED, covers=(COURTYARD, OTHER),
    )  # fmt: skip
    receipt = await run_command(found_party_org, at(house, COMMUNITY), joint)
    assert receipt.subject_id is not None
    neighbour = await person(house, "郭明亮", tenant=OTHER)
    await run_command(
        register_membership,
        at(house, OTHER),
        RegisterMembership(neighbour, PartyMemberType.FULL, joint_org_id=receipt.subject_id),
    )
    fields = [(owned.plugin, owned.field) for owned in house.composition.fields]
    model = build_model(house.registry, fields)
    schema = core_schema(build_schema(model))
    reads: list[SensitiveRead] = []

    async def log_reads(_viewer: Viewer, found: Sequence[SensitiveRead], _request: str) -> None:
        reads.extend(found)

    async def authenticate(_token: str) -> Viewer:
        return viewer(house, "PUBLIC", HERE)

    engine = CompiledEngine(
        house.database,
        Documents(schema),
        Compiler(model, schema, house.database.dialect, PageSizes()),
        Cursors(b"party"),
        Doors(authenticate, log_reads),
    )
    return PartyWorld(house, house.database, engine, reads, branch, above, receipt.subject_id)


def courtyard(selection: str, number: int = COURTYARD) -> str:
    return f'{{ courtyard(code: "{number}") {{ {selection} }} }}'


async def test_everyone_may_know_the_branch_of_a_courtyard(world: PartyWorld) -> None:
    text = courtyard("partyBranch { tier status approvalNo termEnd organization { name } }")
    found = await world.ask(text, viewer(world.house, "RESIDENT", HERE))
    assert found["courtyard"]["partyBranch"] == {
        "tier": "BRANCH",
        "status": "ACTIVE",
        "approvalNo": "社区党委〔2025〕2号",
        "termEnd": "2028-02-29",
        "organization": {"name": "梧桐苑院落党支部"},
    }


async def test_the_branch_secretary_sees_members_and_who_may_vote(world: PartyWorld) -> None:
    world.reads.clear()
    text = courtyard(
        "partyBranch { memberships(first: 20) { totalCount nodes { type relation isEntitled person { name } } } }"
    )
    found = await world.ask(text, viewer(world.house, "BRANCH_SECRETARY", HERE))
    members = found["courtyard"]["partyBranch"]["memberships"]
    assert members["totalCount"] == 8
    assert sum(each["isEntitled"] for each in members["nodes"]) == 6
    assert {"type": "FULL", "relation": "REPORTED_IN", "isEntitled": False, "person": {"name": "徐敏"}} in members[
        "nodes"
    ]
    assert {read.type_name for read in world.reads} == {"PartyMembership"}


@pytest.mark.parametrize("role", ["RESIDENT", "COUNCIL_DIRECTOR", "COUNCIL_MEMBER", "SUPERVISOR", "OWNER"])
async def test_nobody_else_in_the_courtyard_sees_a_membership(world: PartyWorld, role: str) -> None:
    """A13."""
    text = courtyard(
        "people(first: 50) { nodes { partyMembership { type } partyMembershipHistory { totalCount } } }"
        " partyMemberships { totalCount nodes { id } } partyBranch { memberships { totalCount } }"
        " dualReports { totalCount }"
    )
    found = (await world.ask(text, viewer(world.house, role, HERE)))["courtyard"]
    assert len(found["people"]["nodes"]) == 8
    assert all(each == {"partyMembership": None, "partyMembershipHistory": None} for each in found["people"]["nodes"])
    assert found["partyMemberships"] is None
    assert found["dualReports"] is None
    assert found["partyBranch"]["memberships"] is None


async def test_a_member_sees_his_own_membership_and_no_other(world: PartyWorld) -> None:
    from yuanluo import rows, scoped

    with scoped(COURTYARD):
        [row] = await rows(world.database, "SELECT id FROM person WHERE tenant_id = $1 AND name = '李长富'", COURTYARD)
    himself = viewer(world.house, "RESIDENT", HERE, ((COURTYARD, row["id"]),))
    found = await world.ask(courtyard("partyMemberships { nodes { type person { name } } }"), himself)
    assert found["courtyard"]["partyMemberships"]["nodes"] == [{"type": "FULL", "person": {"name": "李长富"}}]


async def test_a_district_sees_numbers_from_five_up_and_no_smaller_one(world: PartyWorld) -> None:
    """A13."""
    text = (
        '{ district(code: "510106") { courtyards { nodes { code partyMemberCount reportedInCount partyBranchCount'
        " partyCounts { fullMembers probationaryMembers reportedIn branches }"
        " partyBranch { fullMembers reportedInMembers memberships { totalCount } } } } } }"
    )
    found = await world.ask(text, viewer(world.house, "DISTRICT_ADMIN", DISTRICT))
    by_code = {each["code"]: each for each in found["district"]["courtyards"]["nodes"]}
    assert by_code[str(COURTYARD)] == {
        "code": str(COURTYARD),
        "partyMemberCount": 6,
        "reportedInCount": None,
        "partyBranchCount": 1,
        "partyCounts": {"fullMembers": 6, "probationaryMembers": None, "reportedIn": None, "branches": 1},
        "partyBranch": {"fullMembers": 6, "reportedInMembers": None, "memberships": None},
    }
    other = by_code[str(OTHER)]
    assert (other["partyMemberCount"], other["reportedInCount"]) == (None, 0)
    assert other["partyCounts"] == {"fullMembers": None, "probationaryMembers": 0, "reportedIn": 0, "branches": 1}


async def test_the_tree_can_be_walked_across_nodes_by_who_may_see_both(world: PartyWorld) -> None:
    officer = viewer(world.house, "DISTRICT_ADMIN", DISTRICT)
    text = courtyard(
        "partyBranch { upper { tier organization { name } children { nodes { kind } } lowerOrgs { totalCount } } }"
        " branchCoverage { branch { kind coverages { totalCount } } }"
    )
    found = (await world.ask(text, officer))["courtyard"]
    assert found["partyBranch"]["upper"] == {
        "tier": "COMMITTEE",
        "organization": {"name": "银杏社区党委"},
        "children": {"nodes": [{"kind": "JOINT"}]},
        "lowerOrgs": {"totalCount": 2},
    }
    assert found["branchCoverage"] == {"branch": {"kind": "JOINT", "coverages": {"totalCount": 2}}}
    secretary = viewer(world.house, "BRANCH_SECRETARY", HERE)
    found = (await world.ask(text, secretary))["courtyard"]
    assert found["partyBranch"]["upper"] is None
    assert found["branchCoverage"] == {"branch": None}


async def test_members_of_a_joint_branch_are_found_from_above_by_who_is_cleared(world: PartyWorld) -> None:
    text = courtyard("branchCoverage { branch { jointMemberships { totalCount nodes { person { name } } } } }")
    cleared = viewer(world.house, "BRANCH_SECRETARY", DISTRICT)
    found = (await world.ask(text, cleared))["courtyard"]["branchCoverage"]["branch"]["jointMemberships"]
    assert found == {"totalCount": 1, "nodes": [{"person": {"name": "郭明亮"}}]}
    officer = viewer(world.house, "DISTRICT_ADMIN", DISTRICT)
    assert (await world.ask(text, officer))["courtyard"]["branchCoverage"]["branch"]["jointMemberships"] is None
