"""Buildings of a courtyard: how many dwellings stand where, by the courtyard's kind (`domain.md` §4)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from yuanluo.synthetic.seeded import pick

__all__ = ["SAMPLE_BUILDINGS", "BuildingShape", "CourtyardKind", "Place", "places", "shape_buildings"]

CourtyardKind = Literal["OLD_COURTYARD", "COMMERCIAL", "UNIT_COMPOUND", "RESETTLEMENT", "RURAL_CONCENTRATED"]
"""What kind of compound a courtyard is (`domain.md` §2)."""


@dataclass(frozen=True, slots=True)
class BuildingShape:
    """One building: so many stairwells (0 in a tower), floors, doors per floor and dwellings in all."""

    building_no: int
    stairwells: int
    floors: int
    doors: int
    dwellings: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where one dwelling is: building, stairwell (0 = none), floor and door."""

    building_no: int
    stairwell_no: int
    floor: int
    door: int

    @property
    def room_no(self) -> str:
        """The number on the door: floor and two digits."""
        return f"{self.floor}{self.door:02d}"

    @property
    def room_key(self) -> str:
        """The key `B-S-R` of `domain.md` §2."""
        return f"{self.building_no}-{self.stairwell_no}-{self.floor}{self.door:02d}"


SAMPLE_BUILDINGS = (
    BuildingShape(1, 2, 7, 3, 42),
    BuildingShape(2, 2, 6, 3, 36),
    BuildingShape(3, 2, 8, 3, 48),
    BuildingShape(4, 3, 6, 2, 36),
    BuildingShape(5, 2, 6, 2, 24),
)
"""The buildings of the first courtyard: the rooms of the sample workbooks have their place in them."""


def shape_buildings(rng: random.Random, kind: CourtyardKind, households: int) -> list[BuildingShape]:
    """Return buildings for exactly `households` dwellings.

    Old compounds have 6-7 floors, 2-4 stairwells and 2-3 doors; commercial ones towers of 18-33 floors with
    4-8 doors and no stairwell. The last building is as low as what is left for it.
    """
    buildings: list[BuildingShape] = []
    left = households
    while left:
        if kind == "COMMERCIAL":
            stairwells, floors, doors = 0, 18 + int(rng.random() * 16), 4 + int(rng.random() * 5)
        else:
            stairwells, floors, doors = 2 + int(rng.random() * 3), pick(rng, (6, 6, 7)), pick(rng, (2, 2, 3))
        per_floor = (stairwells or 1) * doors
        dwellings = min(left, per_floor * floors)
        buildings.append(BuildingShape(len(buildings) + 1, stairwells, -(-dwellings // per_floor), doors, dwellings))
        left -= dwellings
    return buildings


def places(building: BuildingShape) -> Iterator[Place]:
    """Yield the places of a building's dwellings, floor by floor from the ground."""
    left = building.dwellings
    stairwells = range(1, building.stairwells + 1) if building.stairwells else (0,)
    for floor in range(1, building.floors + 1):
        for stairwell in stairwells:
            for door in range(1, building.doors + 1):
                if not left:
                    return
                left -= 1
                yield Place(building.building_no, stairwell, floor, door)
