"""A house with the party plugin, and short hands for its tests."""

from __future__ import annotations

import datetime as dt
import uuid

from databases import MakeDatabase
from houses import COMMUNITY, COURTYARD, at, make_house

import yuanluo
import yuanluo_party
from yuanluo import Clearance, CreatePerson, House, Plugins, Viewer, run_command, scoped
from yuanluo.counters import recount, stored_counts
from yuanluo.sheets.ids import check_character
from yuanluo_party.commands import found_party_org, register_membership
from yuanluo_party.memberships import RegisterMembership
from yuanluo_party.organizations import FoundPartyOrg
from yuanluo_party.terms import PartyMemberType, PartyTier
from yuanluo_tenants.scope import Range, Scope

__all__ = [
    "ELECTED",
    "build_party_house",
    "committee",
    "counters_agree",
    "found_branch",
    "member",
    "new_id_number",
    "person",
    "viewer",
]

ELECTED = dt.date(2025, 3, 1)
_serial = iter(range(200, 1000))


async def build_party_house(make_database: MakeDatabase) -> House:
    """Build the small tree with the party plugin alone."""
    plugins = Plugins.load({"party": yuanluo_party}, entry_points=False)
    return await make_house(make_database, plugins)


def new_id_number(birth: str = "19600101") -> str:
    """Return an ID number that no other call returns, of the prefix that is not issued."""
    seventeen = f"510100{birth}{next(_serial):03d}"
    return seventeen + check_character(seventeen)


async def committee(house: House) -> uuid.UUID:
    """Found a party committee at the community."""
    org = FoundPartyOrg("银杏社区党委", PartyTier.COMMITTEE, approval_no="街工委〔2023〕1号", elected_on=ELECTED)
    receipt = await run_command(found_party_org, at(house, COMMUNITY), org)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def found_branch(house: House, name: str, upper_id: uuid.UUID | None, tenant: int = COURTYARD) -> uuid.UUID:
    """Found a branch, active if there is an upper committee."""
    org = FoundPartyOrg(
        name,
        PartyTier.BRANCH,
        upper_id=upper_id,
        approval_no="社区党委〔2025〕2号" if upper_id else None,
        elected_on=ELECTED if upper_id else None,
    )
    receipt = await run_command(found_party_org, at(house, tenant), org)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def person(
    house: House, name: str, *, tenant: int = COURTYARD, id_number: str | None = None, birth: str | None = None
) -> uuid.UUID:
    """Put a person on the register."""
    given = CreatePerson(name, id_number=id_number, birth=birth)
    receipt = await run_command(yuanluo.create_person, at(house, tenant), given)
    assert receipt.subject_id is not None
    return receipt.subject_id


async def member(
    house: House,
    org_id: uuid.UUID,
    name: str,
    type_: PartyMemberType = PartyMemberType.FULL,
    *,
    tenant: int = COURTYARD,
    id_number: str | None = None,
) -> uuid.UUID:
    """Register a new person as a member and return the membership's id."""
    person_id = await person(house, name, tenant=tenant, id_number=id_number)
    receipt = await run_command(
        register_membership, at(house, tenant), RegisterMembership(person_id, type_, org_id, joined_on="1985-07-01")
    )
    assert receipt.subject_id is not None
    return receipt.subject_id


async def counters_agree(house: House, tenant: int = COURTYARD) -> bool:
    """Whether every counter of the tenant, core's and the plugin's, equals what is counted anew; no row is zeros."""
    with scoped(tenant):
        for counter in house.composition.counters:
            stored = await stored_counts(house.database, counter, tenant) or dict.fromkeys(counter.counts, 0)
            if stored != await recount(house.database, counter, tenant):
                return False
    return True


def viewer(house: House, role: str, node: Range, own: tuple[tuple[int, uuid.UUID], ...] = ()) -> Viewer:
    """Return somebody who holds `role` on the node with the numbers `node`."""
    clearances = house.rules.roles[role].clearances
    return Viewer(
        account_id=uuid.uuid5(uuid.NAMESPACE_URL, role),
        name=role,
        scope=Scope((node,)),
        clearances=tuple(Clearance(node, body, klass) for body, klass in clearances.items()),
        roles=((role, node.lo),),
        own=own,
        reach=((role, node),),
    )
