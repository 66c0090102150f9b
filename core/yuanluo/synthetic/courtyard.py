"""One synthetic courtyard, generated from its plan alone: dwellings, people, residencies, ownerships.

The distributions are those of `domain.md` §4: 2.4 residents per household, 35 % rented, 8 % vacant, 45 %
co-owned, 2 % of dwellings with an owner who has several, people of 60 and more 30 % in old compounds and 15 %
in new ones.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal, TypeAlias, TypeVar

from yuanluo.synthetic.buildings import Place, places
from yuanluo.synthetic.district import SAMPLE_ROOMS, CourtyardPlan
from yuanluo.synthetic.people import REFERENCE_DAY, Family, Gender, PeopleMaker, SyntheticPerson
from yuanluo.synthetic.seeded import Weighted, day_between, derive, pick

__all__ = [
    "AreaBasis",
    "DwellingUse",
    "Occupancy",
    "Relation",
    "SyntheticBuilding",
    "SyntheticCourtyard",
    "SyntheticDwelling",
    "SyntheticHousehold",
    "SyntheticOwnership",
    "SyntheticResidency",
    "SyntheticStairwell",
    "canonical_lines",
    "content_digest",
    "generate_courtyard",
]

AreaBasis = Literal["REGISTERED", "SURVEYED", "CONTRACT"]
"""Where an area comes from (最高法建筑物区分所有权解释 8)."""

DwellingUse = Literal["RESIDENTIAL", "COMMERCIAL", "PARKING"]
"""What an exclusive unit is used for; parking is never generated."""

Occupancy = Literal["OWNER_OCCUPIED", "RENTED", "VACANT"]
"""Whether the owner lives there (自住), someone rents it (出租) or nobody lives there (空置)."""

Relation = Literal["HEAD", "SPOUSE", "CHILD", "GRANDCHILD", "PARENT", "OTHER"]
"""What a resident is to the head of the household (户主)."""


@dataclass(frozen=True, slots=True)
class SyntheticBuilding:
    """A building (楼栋)."""

    building_no: int
    floors: int
    built_year: int
    dwellings: int

    @property
    def natural_key(self) -> tuple[int]:
        """Its number."""
        return (self.building_no,)


@dataclass(frozen=True, slots=True)
class SyntheticStairwell:
    """An entrance stair (单元) of a building; towers have none."""

    building_no: int
    stairwell_no: int

    @property
    def natural_key(self) -> tuple[int, int]:
        """Building and number."""
        return self.building_no, self.stairwell_no


@dataclass(frozen=True, slots=True)
class SyntheticDwelling:
    """An exclusive unit (专有部分)."""

    building_no: int
    stairwell_no: int
    """0 = none."""
    room_no: str
    room_key: str
    """`B-S-R`."""
    floor: int
    area_c: int
    """1/100 m²."""
    area_basis: AreaBasis
    use: DwellingUse
    delivered: bool
    occupancy: Occupancy

    @property
    def natural_key(self) -> tuple[str]:
        """Its room key."""
        return (self.room_key,)


@dataclass(frozen=True, slots=True)
class SyntheticHousehold:
    """People living together in a dwelling (户)."""

    room_key: str
    head: int
    """Serial of the head of the household."""
    members: int
    since: dt.date

    @property
    def natural_key(self) -> tuple[str]:
        """The room key: one household per dwelling."""
        return (self.room_key,)


@dataclass(frozen=True, slots=True)
class SyntheticResidency:
    """A person living in a dwelling."""

    person: int
    """Serial of the person."""
    room_key: str
    relation: Relation
    occupancy: Occupancy
    """OWNER_OCCUPIED or RENTED: whether they live in their family's own dwelling or as lessees."""
    from_day: dt.date

    @property
    def natural_key(self) -> tuple[str, int]:
        """Room key and person."""
        return self.room_key, self.person


@dataclass(frozen=True, slots=True)
class SyntheticOwnership:
    """A share of title in a dwelling; the shares of a dwelling make one."""

    room_key: str
    person: int | None
    """Serial of the owner; None where an organization owns."""
    organization: str | None
    share_n: int
    share_d: int
    from_day: dt.date

    @property
    def natural_key(self) -> tuple[str, int, str]:
        """Room key and owner."""
        return self.room_key, self.person or 0, self.organization or ""


@dataclass(frozen=True, slots=True)
class SyntheticCourtyard:
    """All that core knows of one courtyard; every list in order of natural keys, people by serial."""

    plan: CourtyardPlan
    buildings: tuple[SyntheticBuilding, ...]
    stairwells: tuple[SyntheticStairwell, ...]
    dwellings: tuple[SyntheticDwelling, ...]
    households: tuple[SyntheticHousehold, ...]
    people: tuple[SyntheticPerson, ...]
    residencies: tuple[SyntheticResidency, ...]
    ownerships: tuple[SyntheticOwnership, ...]

    def person(self, serial: int) -> SyntheticPerson:
        """Return the person with `serial`."""
        return self.people[serial - 1]


def generate_courtyard(plan: CourtyardPlan, seed: int) -> SyntheticCourtyard:
    """Generate the courtyard of `plan`; the same plan and seed give the same courtyard everywhere.

    Raise ValueError when the plan asks for a number of people that its dwellings cannot hold.
    """
    return _Builder(plan, seed).build()


def canonical_lines(courtyard: SyntheticCourtyard) -> Iterator[str]:
    """Yield one line of text for each row of a courtyard, rows of a kind sorted by natural key."""
    yield _line(courtyard.plan)
    lists: tuple[Sequence[_Row], ...] = (
        courtyard.buildings,
        courtyard.stairwells,
        courtyard.dwellings,
        courtyard.households,
        courtyard.people,
        courtyard.residencies,
        courtyard.ownerships,
    )
    for rows in lists:
        yield from map(_line, sorted(rows, key=_natural_key))


def content_digest(courtyards: Iterable[SyntheticCourtyard]) -> str:
    """Return the SHA-256 of the canonical lines of `courtyards`, in their order, as hexadecimal text."""
    digest = hashlib.sha256()
    for courtyard in courtyards:
        for line in canonical_lines(courtyard):
            digest.update(line.encode())
            digest.update(b"\n")
    return digest.hexdigest()


_Row: TypeAlias = (
    SyntheticBuilding
    | SyntheticStairwell
    | SyntheticDwelling
    | SyntheticHousehold
    | SyntheticPerson
    | SyntheticResidency
    | SyntheticOwnership
)


_R = TypeVar("_R", bound=_Row)


def _natural_key(row: _Row) -> tuple[str | int, ...]:
    return row.natural_key


def _line(row: _Row | CourtyardPlan) -> str:
    return type(row).__name__ + "|" + "|".join(repr(getattr(row, field.name)) for field in fields(row))


@dataclass(slots=True)
class _Home:
    """What is decided about a dwelling before anyone is made."""

    place: Place
    use: DwellingUse
    delivered: bool
    occupancy: Occupancy
    members: list[tuple[Relation, Gender, int]]
    owners_elsewhere: int
    """Owners to be made who live elsewhere; 0 where the family, an organization or a known owner owns it."""
    organization: str | None

    @property
    def people(self) -> int:
        return len(self.members) + self.owners_elsewhere


_OLD_AGES = Weighted({(24, 39): 11, (40, 59): 29, (60, 88): 60})
_NEW_AGES = Weighted({(25, 39): 32, (40, 59): 42, (60, 84): 26})
_LESSEE_AGES = Weighted({(20, 34): 52, (35, 49): 34, (50, 66): 14})
_SIZES = Weighted({1: 16, 2: 32, 3: 29, 4: 15, 5: 8})
_ELDERLY_SIZES = Weighted({1: 22, 2: 53, 3: 15, 4: 6, 5: 4})
_LESSEE_SIZES = Weighted({1: 26, 2: 32, 3: 26, 4: 12, 5: 4})
_OLD_KINDS = ("OLD_COURTYARD", "UNIT_COMPOUND")
_LAST_MOVE = dt.date(REFERENCE_DAY.year, 10, 31)


class _Builder:
    """Builds one courtyard; the steps share its random generator, people and dates."""

    def __init__(self, plan: CourtyardPlan, seed: int) -> None:
        self.plan = plan
        self.rng = derive(seed, plan.community_code, plan.serial, "courtyard")
        self.is_old = plan.kind in _OLD_KINDS
        self.maker = PeopleMaker(plan, self.rng)
        self.dwellings: list[SyntheticDwelling] = []
        self.households: list[SyntheticHousehold] = []
        self.residencies: list[SyntheticResidency] = []
        self.ownerships: list[SyntheticOwnership] = []
        self.owners_elsewhere: list[tuple[int, ...]] = []
        self.areas: dict[tuple[int, int], int] = {}

    def build(self) -> SyntheticCourtyard:
        plan = self.plan
        left_out = SAMPLE_ROOMS if plan.leaves_sample_rooms else frozenset[str]()
        every_place = (place for shape in plan.buildings for place in places(shape))
        homes = [self.home(place) for place in every_place if place.room_key not in left_out]
        if plan.people is not None:
            self.fit_to(plan.people, homes)
        for home in homes:
            self.settle(home)
        span = plan.built_to - plan.built_from
        last = max(1, len(plan.buildings) - 1)
        return SyntheticCourtyard(
            plan=plan,
            buildings=tuple(
                SyntheticBuilding(
                    shape.building_no,
                    shape.floors,
                    plan.built_from + span * (shape.building_no - 1) // last,
                    shape.dwellings,
                )
                for shape in plan.buildings
            ),
            stairwells=tuple(
                SyntheticStairwell(shape.building_no, number)
                for shape in plan.buildings
                for number in range(1, shape.stairwells + 1)
            ),
            dwellings=_sorted(self.dwellings),
            households=_sorted(self.households),
            people=tuple(self.maker.people),
            residencies=_sorted(self.residencies),
            ownerships=_sorted(self.ownerships),
        )

    def home(self, place: Place) -> _Home:
        """Decide who will live in a dwelling and how many own it from elsewhere."""
        rng, plan = self.rng, self.plan
        if plan.people is not None and plan.people < 50:  # few enough that only families fit the number for sure
            return _Home(place, "RESIDENTIAL", True, "OWNER_OCCUPIED", self.owner_family(), 0, None)
        if place.floor == 1 and rng.random() < 0.06:
            return _Home(place, "COMMERCIAL", True, "RENTED", [], 1, None)
        if plan.kind == "COMMERCIAL" and plan.built_to >= 2012 and rng.random() < 0.015:
            return _Home(place, "RESIDENTIAL", False, "VACANT", [], 0, "成都某置业有限公司")
        drawn = rng.random()
        if drawn < 0.57:
            return _Home(place, "RESIDENTIAL", True, "OWNER_OCCUPIED", self.owner_family(), 0, None)
        rented = drawn < 0.92
        members = self.lessees() if rented else []
        occupancy: Occupancy = "RENTED" if rented else "VACANT"
        if plan.kind == "UNIT_COMPOUND" and rng.random() < 0.08:
            return _Home(place, "RESIDENTIAL", True, occupancy, members, 0, "成都某单位后勤处")
        if plan.people is None and rng.random() < 0.05:
            return _Home(place, "RESIDENTIAL", True, occupancy, members, 0, None)
        owners = 2 if rng.random() < 0.47 else 1
        return _Home(place, "RESIDENTIAL", True, occupancy, members, owners, None)

    def owner_family(self) -> list[tuple[Relation, Gender, int]]:
        rng = self.rng
        low, high = (_OLD_AGES if self.is_old else _NEW_AGES).pick(rng)
        age = low + int(rng.random() * (high - low + 1))
        return self.family_of(age, (_ELDERLY_SIZES if age >= 60 else _SIZES).pick(rng))

    def lessees(self) -> list[tuple[Relation, Gender, int]]:
        rng = self.rng
        low, high = _LESSEE_AGES.pick(rng)
        return self.family_of(low + int(rng.random() * (high - low + 1)), _LESSEE_SIZES.pick(rng))

    def family_of(self, age: int, size: int) -> list[tuple[Relation, Gender, int]]:
        """Return a family of `size` around a head of `age`: a spouse first, then children and parents."""
        rng = self.rng
        gender: Gender = "M" if rng.random() < 0.62 else "F"
        members: list[tuple[Relation, Gender, int]] = [("HEAD", gender, age)]
        if size > 1 and rng.random() < 0.88:
            other: Gender = "F" if gender == "M" else "M"
            members.append(("SPOUSE", other, max(20, age + int(rng.random() * 9) - 4)))
        while len(members) < size:
            members.append(self.relative(age, len(members)))
        return members

    def relative(self, age: int, position: int) -> tuple[Relation, Gender, int]:
        rng = self.rng
        gender: Gender = "M" if rng.random() < 0.5 else "F"
        if age < 24:
            return "OTHER", gender, max(18, age + int(rng.random() * 7) - 3)
        if position >= 3 and 30 <= age <= 58 and rng.random() < 0.45:
            return "PARENT", gender, age + 22 + int(rng.random() * 10)
        child = age - 23 - int(rng.random() * 12)
        if child >= 36 and rng.random() < 0.7:
            return "GRANDCHILD", gender, max(1, child - 24 - int(rng.random() * 10))
        return "CHILD", gender, max(1, child)

    def fit_to(self, people: int, homes: list[_Home]) -> None:
        """Add or drop members until the homes hold exactly `people`; heads and one owner always stay."""
        surplus = sum(home.people for home in homes) - people
        while surplus:
            before = surplus
            for home in reversed(homes):
                if surplus > 0 and len(home.members) > 1:
                    home.members.pop()
                    surplus -= 1
                elif surplus > 0 and home.owners_elsewhere > 1:
                    home.owners_elsewhere -= 1
                    surplus -= 1
                elif surplus < 0 and home.members and len(home.members) < 7:
                    home.members.append(self.relative(home.members[0][2], len(home.members)))
                    surplus += 1
                elif surplus < 0 and home.owners_elsewhere == 1:
                    home.owners_elsewhere = 2
                    surplus += 1
                if not surplus:
                    return
            if surplus == before:
                code = self.plan.code
                raise ValueError(f"{len(homes)} dwellings of courtyard {code} cannot hold exactly {people} people")

    def settle(self, home: _Home) -> None:
        """Make the dwelling, its people, residencies and ownerships."""
        rng, place = self.rng, home.place
        key = place.room_key
        basis: AreaBasis = "REGISTERED"
        if not home.delivered:
            basis = "CONTRACT"
        elif rng.random() < 0.03:
            basis = "SURVEYED"
        self.dwellings.append(
            SyntheticDwelling(
                place.building_no, place.stairwell_no, place.room_no, key, place.floor, self.area(place),
                basis, home.use, home.delivered, home.occupancy,
            )
        )  # fmt: skip
        residents: list[tuple[Relation, SyntheticPerson]] = []
        if home.members:
            family = self.maker.family()
            residents = [(member[0], self.member(family, home.members, member)) for member in home.members]
        bought = self.own(home, residents)
        if residents:
            self.move_in(home, residents, bought)

    def member(
        self,
        family: Family,
        members: list[tuple[Relation, Gender, int]],
        member: tuple[Relation, Gender, int],
    ) -> SyntheticPerson:
        """Make one member: children bear the family's name, the husband's where there is one."""
        relation, gender, age = member
        head_is_husband = members[0][1] == "M" or len(members) < 2 or members[1][0] != "SPOUSE"
        bearer: Relation = "HEAD" if head_is_husband else "SPOUSE"
        keeps = relation == bearer or relation in ("CHILD", "GRANDCHILD") or (relation == "PARENT" and gender == "M")
        return self.maker.make(family, gender, age, keeps_surname=keeps)

    def own(self, home: _Home, residents: Sequence[tuple[Relation, SyntheticPerson]]) -> dt.date:
        """Give the dwelling its owners; return the day from which they own it."""
        rng, key = self.rng, home.place.room_key
        built = dt.date(self.plan.built_to, 6, 30)
        if home.organization is not None:
            self.ownerships.append(SyntheticOwnership(key, None, home.organization, 1, 1, built))
            return built
        owners: tuple[int, ...]
        oldest_purchase = built
        if home.occupancy == "OWNER_OCCUPIED":
            head = residents[0][1]
            oldest_purchase = max(built, dt.date(min(head.birth_year + 22, REFERENCE_DAY.year), 1, 1))
            couple = len(residents) > 1 and residents[1][0] == "SPOUSE"
            owners = (head.serial, residents[1][1].serial) if couple and rng.random() < 0.63 else (head.serial,)
        elif home.owners_elsewhere or not self.owners_elsewhere:
            owners = self.make_owners(max(1, home.owners_elsewhere))
        else:
            owners = pick(rng, self.owners_elsewhere)
        day = day_between(rng, oldest_purchase, _LAST_MOVE)
        self.ownerships.extend(SyntheticOwnership(key, owner, None, 1, len(owners), day) for owner in owners)
        return day

    def make_owners(self, count: int) -> tuple[int, ...]:
        """Make one owner or a couple who live elsewhere."""
        rng = self.rng
        family = self.maker.family()
        low, high = (42, 80) if self.is_old else (34, 66)
        age = low + int(rng.random() * (high - low + 1))
        first: Gender = "M" if count > 1 or rng.random() < 0.55 else "F"
        owners = [self.maker.make(family, first, age).serial]
        if count > 1:
            owners.append(self.maker.make(family, "F", age + int(rng.random() * 7) - 4, keeps_surname=False).serial)
        self.owners_elsewhere.append(tuple(owners))
        return tuple(owners)

    def move_in(self, home: _Home, residents: Sequence[tuple[Relation, SyntheticPerson]], bought: dt.date) -> None:
        rng, key = self.rng, home.place.room_key
        earliest = bought if home.occupancy == "OWNER_OCCUPIED" else max(bought, dt.date(2016, 1, 1))
        latest = earliest + dt.timedelta(days=120) if home.occupancy == "OWNER_OCCUPIED" else _LAST_MOVE
        since = min(day_between(rng, earliest, latest), _LAST_MOVE)
        self.households.append(SyntheticHousehold(key, residents[0][1].serial, len(residents), since))
        for relation, person in residents:
            born = dt.date.fromisoformat((person.birth + "-01-01")[:10])
            self.residencies.append(SyntheticResidency(person.serial, key, relation, home.occupancy, max(since, born)))

    def area(self, place: Place) -> int:
        """Return the area in 1/100 m²: the same for every floor above a door of a building."""
        where = (place.building_no, place.door)
        if where not in self.areas:
            low, high = 8500, 14000
            if self.is_old:
                low, high = (3800, 7500) if self.plan.built_to < 1992 else (6000, 9500)
            elif self.plan.kind != "COMMERCIAL":
                low, high = 6000, 12000
            self.areas[where] = low + int(self.rng.random() * (high - low + 1))
        return self.areas[where]


def _sorted(rows: list[_R]) -> tuple[_R, ...]:
    return tuple(sorted(rows, key=_natural_key))
