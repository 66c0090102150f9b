"""The demo: a synthetic district built through the same commands as everything else.

`build_district` opens the tree, settles people and dwellings and lets every plugin add its rows, one courtyard at a
time, so that memory stays constant. `seat_viewers` makes the five accounts whose tokens the demo prints. A district
that was built before is reused, with its tokens as long as they hold.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from yuanluo.access import (
    Authority,
    CreateAccount,
    CreateToken,
    GrantRole,
    create_account,
    create_token,
    grant_role,
)
from yuanluo.authority import Unauthenticated, operator
from yuanluo.clock import Clock, day_in_shanghai, fixed_clock, system_clock
from yuanluo.command import CommandContext, run_command
from yuanluo.courtyards import CourtyardKind, ManagementMode
from yuanluo.demo import DemoContext, Settled
from yuanluo.house import House
from yuanluo.importing import commit_import
from yuanluo.opening import OpenCourtyard, open_courtyard
from yuanluo.settling import settle
from yuanluo.sheets import preview
from yuanluo.statements import rows
from yuanluo.synthetic import REFERENCE_DAY, CourtyardPlan, DistrictPlan, generate_courtyard, plan_district
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import ConfigurationError, PluginError
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tree import NodeKind, number_of, open_node

__all__ = ["QUERIES", "SAMPLES", "DemoState", "build_district", "queries_for", "seat_viewers"]

SAMPLES: tuple[tuple[str, str], ...] = (
    ("party_roster", "01_党员花名册.xlsx"),
    ("owner_roster", "02_业主(居民)花名册.xlsx"),
    ("finance_statement", "03_收支公示表.xlsx"),
    ("opinion_ledger", "04_民情台账.xlsx"),
)
"""The bundled workbooks and their kinds."""

ROLES: tuple[tuple[str, str, str], ...] = (
    ("district_officer", "DISTRICT_ADMIN", "区级工作人员"),
    ("branch_secretary", "BRANCH_SECRETARY", "院落党支部书记"),
    ("council_director", "COUNCIL_DIRECTOR", "院委会主任"),
    ("accountant", "ACCOUNTANT", "会计"),
    ("resident", "RESIDENT", "居民"),
)
"""The demo's accounts: name, role, display name."""

QUERIES: tuple[tuple[str, str], ...] = (
    (
        "overview",
        """{
  courtyard(code: "%s") {
    name address
    counts { people households dwellings }
    partyBranch { tier status organization { name } }
    council { kind organization { name officers { nodes { role person { name } } } } }
    funds { nodes { kind name balance } }
    opinions(first: 3) { totalCount nodes { receivedOn category status } }
    upcomingActivities(first: 3) { nodes { day title } }
  }
}""",
    ),
    (
        "people",
        """{
  courtyard(code: "%s") {
    people(first: 20) {
      totalCount
      nodes { name birth phone partyMembership { type joinedOn } seats { nodes { role organization { name } } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}""",
    ),
    (
        "rollup",
        """{
  district(code: "510106") {
    name
    courtyards(first: 200) {
      totalCount
      sum { peopleCount fundsBalance }
      nodes { name peopleCount fundsBalance upcomingActivities(first: 3) { nodes { day title } } }
    }
  }
}""",
    ),
)
"""Three queries to paste; `%s` is the code of the courtyard that holds the sample workbooks."""

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class DemoState:
    """What a demo remembers beside its database (`demo.json`)."""

    seed: int
    courtyards: list[str]
    done: bool = False
    accounts: dict[str, str] = field(default_factory=lambda: {})
    tokens: dict[str, str] = field(default_factory=lambda: {})
    """The tokens minted last, by account name; a demo's alone may be written down."""

    @classmethod
    def read(cls, path: Path) -> DemoState | None:
        """Return the state in `path`, or None where there is none."""
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{path} 无法读取;请换一个文件夹,或删除它重建演示。",
                f"{path} cannot be read; use another folder, or delete it to build the demo anew.",
            ) from error

    def write(self, path: Path) -> None:
        """Write the state to `path`, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self), indent=1))
        fresh.replace(path)


async def build_district(house: House, *, courtyards: int, seed: int, progress: Progress) -> list[str]:
    """Build the district in an empty, migrated database; return the courtyards' codes in order of the plan."""
    clock = fixed_clock(REFERENCE_DAY)
    plan = plan_district(courtyards, seed)
    builder = _Builder(house, clock, seed, plan)
    await builder.open_tree()
    codes: list[str] = []
    for index, entry in enumerate(plan.courtyards):
        progress(index, courtyards, entry.name)
        codes.append(await builder.courtyard(entry))
        if index == 0:
            await builder.import_samples(entry.number)
    progress(courtyards, courtyards, "")
    return codes


@dataclass(slots=True)
class _Builder:
    house: House
    clock: Clock
    seed: int
    plan: DistrictPlan
    shared: dict[tuple[str, int, str], uuid.UUID] = field(default_factory=lambda: {})
    grids: dict[str, int] = field(default_factory=lambda: {})

    def command(self, tenant: int) -> CommandContext:
        return CommandContext(self.house, operator(), tenant, self.clock)

    async def open_tree(self) -> None:
        """Open district, subdistricts, communities and grids, and let plugins write what stands there."""
        plan = self.plan
        await self.node(NodeKind.DISTRICT, plan.name, code=plan.code)
        for subdistrict in plan.subdistricts:
            await self.node(NodeKind.SUBDISTRICT, subdistrict.name, code=subdistrict.code)
        for community in plan.communities:
            await self.node(NodeKind.COMMUNITY, community.name, code=community.code)
        for grid in plan.grids:
            number = await open_node(
                self.house.database, NodeKind.GRID, grid.name, parent=number_of(grid.community_code)
            )
            self.grids[grid.code] = number
            await self.rows(NodeKind.GRID, number, grid.name, None)

    async def node(self, kind: NodeKind, name: str, *, code: str) -> None:
        async with self.house.database.transaction():
            number = await open_node(self.house.database, kind, name, code=code)
        await self.rows(kind, number, name, None)

    async def rows(self, kind: NodeKind, number: int, name: str, settled: Settled | None) -> None:
        context = DemoContext(
            command=self.command(number),
            kind=kind,
            number=number,
            name=name,
            seed=self.seed,
            ancestors=_above(number, kind),
            settled=settled,
            shared=self.shared,
        )
        await self.house.plugins.call("demo_rows", {"context": context})
        for failed in self.house.plugins.failures:
            if failed.hook != "demo_rows":
                continue
            raise PluginError(
                failed.plugin, f"演示数据生成失败:{failed.error}", f"its demo rows failed: {failed.error}"
            )

    async def courtyard(self, entry: CourtyardPlan) -> str:
        """Open one courtyard and fill it."""
        community = number_of(entry.community_code)
        await run_command(
            open_courtyard,
            self.command(community),
            OpenCourtyard(
                name=entry.name,
                address=entry.address,
                serial=entry.serial,
                grid=self.grids.get(entry.grid_code or ""),
                kind=CourtyardKind[entry.kind],
                management_mode=ManagementMode[entry.management_mode],
                built_years=entry.built_years,
                building_count=entry.building_count,
                has_owners_assembly=entry.has_owners_assembly,
            ),
        )
        settled = await settle(self.command(entry.number), generate_courtyard(entry, self.seed))
        await self.rows(NodeKind.COURTYARD, entry.number, entry.name, settled)
        return entry.code

    async def import_samples(self, tenant: int) -> None:
        """Import the bundled sample workbooks into one courtyard."""
        importers = self.house.composition.importers
        for kind, name in SAMPLES:
            importer = importers.get(kind)
            if importer is None:
                continue
            with as_file(files("yuanluo_graphql") / "samples" / name) as path:
                found = preview(importer.sheet, path, today=REFERENCE_DAY)
            await commit_import(self.command(tenant), found)


def _above(number: int, kind: NodeKind) -> Mapping[NodeKind, int]:
    above: dict[NodeKind, int] = {NodeKind.DISTRICT: number // 10**10 * 10**10}
    if kind is not NodeKind.DISTRICT:
        above[NodeKind.SUBDISTRICT] = number // 10**7 * 10**7
    if kind in (NodeKind.COMMUNITY, NodeKind.GRID, NodeKind.COURTYARD):
        above[NodeKind.COMMUNITY] = number // 10**4 * 10**4
    above.pop(kind, None)
    return above


async def seat_viewers(house: House, state: DemoState, *, clock: Clock = system_clock) -> Mapping[str, str]:
    """Return a token for each of the demo's accounts by name: the last run's where it still holds, else a new one."""
    courtyard = int(state.courtyards[0])
    district = courtyard // 10**10 * 10**10
    authority = Authority(house.database, house.rules)
    for name, role, display in ROLES:
        if await _holds(authority, state.tokens.get(name), clock()):
            continue
        node = district if role == "DISTRICT_ADMIN" else courtyard
        context = CommandContext(house, operator(), node, clock)
        if name not in state.accounts:
            person = await _some_resident(house.database, courtyard) if name == "resident" else None
            receipt = await run_command(create_account, context, CreateAccount(name, display, person_id=person))
            account = receipt.subject_id
            assert account is not None
            await run_command(grant_role, context, GrantRole(account, role, day_in_shanghai(clock())))
            state.accounts[name] = str(account)
        account_id = uuid.UUID(state.accounts[name])
        minted = await run_command(create_token, context, CreateToken(account_id, "demo", days=30))
        state.tokens[name] = minted.secrets[0]
    return state.tokens


async def _holds(authority: Authority, token: str | None, now: dt.datetime) -> bool:
    """Whether somebody is let in by a token of the last run."""
    if token is None:
        return False
    try:
        await authority.viewer_of(token, now)
    except Unauthenticated:
        return False
    return True


async def _some_resident(database: Database, tenant: int) -> uuid.UUID | None:
    with scoped(tenant):
        found = await rows(
            database,
            "SELECT id FROM person WHERE tenant_id = $1 AND status = 'ACTIVE' ORDER BY name_pinyin, id LIMIT 1",
            tenant,
        )
    return found[0]["id"] if found else None


def queries_for(code: str) -> Sequence[dict[str, str]]:
    """Return the demo's queries for one courtyard."""
    return [{"name": name, "query": text % code if "%s" in text else text} for name, text in QUERIES]
