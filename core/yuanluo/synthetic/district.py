"""The plan of a synthetic district: its tree, and for each courtyard what it needs to be generated alone.

A plan grows: the first 30 courtyards of a plan of 1,000 are the plan of 30. Each entry carries its own ranges
of phone and ID numbers, so that a courtyard is generated without looking at any other and numbers never meet.
The ranges leave out what the sample workbooks use (phones 1540000xxxx, ID sequence numbers below 200).
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from yuanluo.synthetic.buildings import SAMPLE_BUILDINGS, BuildingShape, CourtyardKind, shape_buildings
from yuanluo.synthetic.seeded import Weighted, derive, pick
from yuanluo.synthetic.vocabulary import (
    COMMUNITY_STEMS,
    COMMUNITY_SUFFIXES,
    COURTYARD_STEMS,
    COURTYARD_SUFFIXES,
    DISTRICT,
    HAN_NUMERALS,
    ROADS,
    RURAL_SUBDISTRICTS,
    SUBDISTRICTS,
)

__all__ = [
    "PEOPLE_PER_HOUSEHOLD",
    "SAMPLE_ROOMS",
    "CommunityPlan",
    "CourtyardPlan",
    "DistrictPlan",
    "GridPlan",
    "ManagementMode",
    "SubdistrictPlan",
    "plan_district",
]

ManagementMode = Literal["SELF", "PROPERTY_COMPANY", "TRUST", "COMMUNITY_BASIC"]
"""Who manages a courtyard: itself, a company, by trust (信托制), or the community at a basic level."""

SAMPLE_ROOMS = frozenset(
    {
        "1-1-101", "1-1-102", "1-1-201", "1-1-301", "1-2-201", "1-2-202", "1-2-301", "1-2-302", "1-2-402",
        "2-0-003", "2-0-004", "2-1-101", "2-1-303", "3-1-701", "3-1-801", "3-2-602",
    }
)  # fmt: skip
"""Rooms of the sample workbooks: the first courtyard leaves them to the import."""

PEOPLE_PER_HOUSEHOLD = 2.75
"""Residents and owners living elsewhere, per dwelling; a round average for planning."""

_ID_SLOTS = 365 * 400
_PHONES = 90_000_000


@dataclass(frozen=True, slots=True)
class SubdistrictPlan:
    """A subdistrict (街道) with its 9-digit code."""

    code: str
    name: str

    @property
    def natural_key(self) -> tuple[str]:
        """Its code."""
        return (self.code,)


@dataclass(frozen=True, slots=True)
class CommunityPlan:
    """A community (社区) with its 12-digit code."""

    code: str
    name: str
    subdistrict_code: str

    @property
    def natural_key(self) -> tuple[str]:
        """Its code."""
        return (self.code,)


@dataclass(frozen=True, slots=True)
class GridPlan:
    """A grid (网格) of a community; its code is the community's and three digits."""

    code: str
    name: str
    community_code: str

    @property
    def natural_key(self) -> tuple[str]:
        """Its code."""
        return (self.code,)


@dataclass(frozen=True, slots=True)
class CourtyardPlan:
    """One courtyard (院落) to be: its own row, and what generating it needs."""

    ordinal: int
    """Its place in the plan, from 0."""
    code: str
    """The community's code and four digits of the serial number."""
    community_code: str
    grid_code: str | None
    serial: int
    """Its number in the community, from 1."""
    name: str
    address: str
    kind: CourtyardKind
    built_from: int
    built_to: int
    buildings: tuple[BuildingShape, ...]
    has_owners_assembly: bool
    management_mode: ManagementMode
    households: int
    """Its dwellings, as a courtyard counts its 户."""
    people: int | None
    """Exactly how many people to invent; None for what the distributions give."""
    leaves_sample_rooms: bool
    """Whether the rooms of the sample workbooks are left to the import."""
    first_person: int
    """Number of its first person in the deployment; phones are made from it."""
    first_id_slot: int
    id_slots: int
    """For each birth year and gender: the ID numbers that are this courtyard's own."""

    @property
    def number(self) -> int:
        """The permanent number of the tenant: community code x 10,000 + serial."""
        return int(self.code)

    @property
    def building_count(self) -> int:
        """How many buildings it has."""
        return len(self.buildings)

    @property
    def built_years(self) -> str:
        """When it was built, as it is written: 1984-1996, or one year."""
        return str(self.built_from) if self.built_from == self.built_to else f"{self.built_from}-{self.built_to}"

    @property
    def natural_key(self) -> tuple[str]:
        """Its code."""
        return (self.code,)


@dataclass(frozen=True, slots=True)
class DistrictPlan:
    """The tree of a synthetic district; every list in order of codes, courtyards as they were planned."""

    code: str
    name: str
    seed: int
    subdistricts: tuple[SubdistrictPlan, ...]
    communities: tuple[CommunityPlan, ...]
    grids: tuple[GridPlan, ...]
    courtyards: tuple[CourtyardPlan, ...]


_KINDS: Weighted[CourtyardKind] = Weighted(
    {"OLD_COURTYARD": 48, "COMMERCIAL": 24, "UNIT_COMPOUND": 14, "RESETTLEMENT": 10, "RURAL_CONCENTRATED": 4}
)
_YEARS: dict[CourtyardKind, tuple[int, int, int]] = {
    "OLD_COURTYARD": (1978, 1999, 12),
    "COMMERCIAL": (2000, 2020, 5),
    "UNIT_COMPOUND": (1975, 1996, 14),
    "RESETTLEMENT": (1999, 2014, 4),
    "RURAL_CONCENTRATED": (2004, 2016, 3),
}
"""First and last year in which building began, and how long it went on at most."""

_ASSEMBLY_SHARE: dict[CourtyardKind, float] = {
    "OLD_COURTYARD": 0.25,
    "COMMERCIAL": 0.65,
    "UNIT_COMPOUND": 0.15,
    "RESETTLEMENT": 0.2,
    "RURAL_CONCENTRATED": 0.05,
}
_MODES: dict[CourtyardKind, Weighted[ManagementMode]] = {
    "OLD_COURTYARD": Weighted({"SELF": 55, "COMMUNITY_BASIC": 30, "TRUST": 8, "PROPERTY_COMPANY": 7}),
    "COMMERCIAL": Weighted({"PROPERTY_COMPANY": 85, "TRUST": 8, "SELF": 7}),
    "UNIT_COMPOUND": Weighted({"SELF": 60, "COMMUNITY_BASIC": 40}),
    "RESETTLEMENT": Weighted({"PROPERTY_COMPANY": 50, "COMMUNITY_BASIC": 40, "SELF": 10}),
    "RURAL_CONCENTRATED": Weighted({"COMMUNITY_BASIC": 70, "PROPERTY_COMPANY": 20, "SELF": 10}),
}


def plan_district(
    courtyards: int, seed: int, *, households: int | None = None, people: int | None = None
) -> DistrictPlan:
    """Plan district 510106 with `courtyards` courtyards, the same for the same seed, whatever follows.

    `households` gives every courtyard that many dwellings instead of the log-normal draw; `people` makes
    every courtyard invent exactly that many people (and about people / 2.75 dwellings unless `households`
    says otherwise). Raise ValueError where the ID or phone numbers of the synthetic blocks would not suffice.
    """
    if courtyards < 1 or (households is not None and households < 1) or (people is not None and people < 1):
        raise ValueError("a synthetic district needs at least one courtyard, household and person")
    if people is not None and households is None:
        households = max(1, round(people / PEOPLE_PER_HOUSEHOLD))
    growth = _Growth(seed)
    entries: list[CourtyardPlan] = []
    first_person, first_id_slot = 0, 0
    for ordinal in range(courtyards):
        entry = growth.add(ordinal, households, people, first_person, first_id_slot)
        entries.append(entry)
        first_person += people if people is not None else entry.households * 8
        first_id_slot += entry.id_slots
        if first_id_slot > _ID_SLOTS or first_person > _PHONES:
            raise ValueError(f"synthetic ID or phone numbers run out at courtyard {ordinal + 1}: plan fewer or smaller")
    code, name = DISTRICT
    return DistrictPlan(
        code,
        name,
        seed,
        tuple(sorted((SubdistrictPlan(*pair) for pair in SUBDISTRICTS), key=lambda plan: plan.code)),
        tuple(sorted((yard.plan for yard in growth.communities), key=lambda plan: plan.code)),
        tuple(sorted((grid for yard in growth.communities for grid in yard.grids), key=lambda plan: plan.code)),
        tuple(entries),
    )


class _CommunityGrowth:
    """A community while its courtyards are being planned."""

    __slots__ = ("addresses", "count", "grids", "names", "plan", "weight")

    def __init__(self, plan: CommunityPlan, grids: tuple[GridPlan, ...], weight: float) -> None:
        self.plan = plan
        self.grids = grids
        self.weight = weight
        self.count = 0
        self.names: set[str] = set()
        self.addresses: set[str] = set()


class _Growth:
    """Opens communities as courtyards are added and gives each courtyard to the one most below its share."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.communities: list[_CommunityGrowth] = []
        names = [stem + suffix + "社区" for stem in COMMUNITY_STEMS for suffix in COMMUNITY_SUFFIXES]
        derive(seed, "community names").shuffle(names)
        self._names = names
        self._per_subdistrict: dict[str, int] = {}
        self._queue: list[tuple[float, int]] = []

    def add(
        self, ordinal: int, households: int | None, people: int | None, first_person: int, first_id_slot: int
    ) -> CourtyardPlan:
        planned = ordinal + 1
        while len(self.communities) < max(min(-(-planned // 4), 6), -(-planned // 20)):
            self._open_community()
        _, index = heapq.heappop(self._queue)
        community = self.communities[index]
        community.count += 1
        heapq.heappush(self._queue, ((community.count + 1) / community.weight, index))
        return self._courtyard(community, ordinal, households, people, first_person, first_id_slot)

    def _open_community(self) -> None:
        index = len(self.communities)
        subdistrict, _ = SUBDISTRICTS[(0, 1, 0, 2, 3, 1)[index] if index < 6 else (index - 2) % len(SUBDISTRICTS)]
        within = self._per_subdistrict[subdistrict] = self._per_subdistrict.get(subdistrict, 0) + 1
        code = f"{subdistrict}{within:03d}"
        round_no, place = divmod(index, len(self._names))
        name = self._names[place] if not round_no else f"{self._names[place][:-2]}第{round_no + 1}社区"
        rng = derive(self.seed, code, "community")
        grid_count = pick(rng, (0, 0, 2, 3, 4))
        grids = tuple(
            GridPlan(f"{code}{number:03d}", f"第{HAN_NUMERALS[number - 1]}网格", code)
            for number in range(1, grid_count + 1)
        )
        plan = CommunityPlan(code, name, subdistrict)
        self.communities.append(_CommunityGrowth(plan, grids, 0.6 + 0.8 * rng.random()))
        heapq.heappush(self._queue, (1 / self.communities[-1].weight, index))

    def _courtyard(
        self,
        community: _CommunityGrowth,
        ordinal: int,
        households: int | None,
        people: int | None,
        first_person: int,
        first_id_slot: int,
    ) -> CourtyardPlan:
        serial = community.count
        code = f"{community.plan.code}{serial:04d}"
        rng = derive(self.seed, community.plan.code, serial, "plan")
        first = ordinal == 0
        kind: CourtyardKind = "OLD_COURTYARD" if first else _KINDS.pick(rng)
        if kind == "RURAL_CONCENTRATED" and community.plan.subdistrict_code not in RURAL_SUBDISTRICTS:
            kind = "OLD_COURTYARD"
        began, latest, span = _YEARS[kind]
        built_from = 1984 if first else began + int(rng.random() * (latest - began + 1))
        built_to = 1996 if first else built_from + int(rng.random() * rng.random() * (span + 1))
        drawn = round(150 * math.exp(0.8 * rng.gauss(0, 1)))
        is_sample = first and households is None
        size = households or min(1500, max(50, drawn))
        buildings = SAMPLE_BUILDINGS if is_sample else tuple(shape_buildings(rng, kind, size))
        return CourtyardPlan(
            ordinal=ordinal,
            code=code,
            community_code=community.plan.code,
            grid_code=community.grids[(serial - 1) % len(community.grids)].code if community.grids else None,
            serial=serial,
            name=_unused(community.names, "梧桐苑" if first else "", lambda: _courtyard_name(rng)),
            address=_unused(community.addresses, "抚琴西路12号院" if first else "", lambda: _address(rng)),
            kind=kind,
            built_from=built_from,
            built_to=built_to,
            buildings=buildings,
            has_owners_assembly=first or rng.random() < _ASSEMBLY_SHARE[kind],
            management_mode="SELF" if first else _MODES[kind].pick(rng),
            households=sum(building.dwellings for building in buildings),
            people=people,
            leaves_sample_rooms=is_sample,
            first_person=first_person,
            first_id_slot=first_id_slot,
            id_slots=(people // 20 if people is not None else sum(building.dwellings for building in buildings) // 8)
            + 3,
        )


def _courtyard_name(rng: random.Random) -> str:
    return pick(rng, COURTYARD_STEMS) + pick(rng, COURTYARD_SUFFIXES)


def _address(rng: random.Random) -> str:
    return f"{pick(rng, ROADS)}{1 + int(rng.random() * 180)}号院"


def _unused(taken: set[str], wanted: str, invent: Callable[[], str]) -> str:
    """Return `wanted`, or an invented text that the community does not have yet, and remember it."""
    text = wanted or invent()
    while text in taken:
        text = invent() if len(taken) < 120 else f"{invent()}{len(taken) + 1}"
    taken.add(text)
    return text
