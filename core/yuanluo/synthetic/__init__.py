"""A district that never was, invented after `domain.md` §4: the same for the same seed.

    plan = plan_district(30, seed=1)
    for entry in plan.courtyards:
        courtyard = generate_courtyard(entry, plan.seed)   # one at a time: constant memory

Nothing here needs a database. A courtyard is generated from its plan entry alone, with random generators
derived from the seed, its community code and its serial number, so neither the size of the district nor the
order of generation changes it. A plugin invents its own rows from a `SyntheticCourtyard` and `derive(seed,
courtyard.plan.code, "its_name")`.
"""

from __future__ import annotations

from yuanluo.synthetic.buildings import CourtyardKind
from yuanluo.synthetic.courtyard import (
    AreaBasis,
    DwellingUse,
    Occupancy,
    Relation,
    SyntheticBuilding,
    SyntheticCourtyard,
    SyntheticDwelling,
    SyntheticHousehold,
    SyntheticOwnership,
    SyntheticResidency,
    SyntheticStairwell,
    canonical_lines,
    content_digest,
    generate_courtyard,
)
from yuanluo.synthetic.district import (
    SAMPLE_ROOMS,
    CommunityPlan,
    CourtyardPlan,
    DistrictPlan,
    GridPlan,
    ManagementMode,
    SubdistrictPlan,
    plan_district,
)
from yuanluo.synthetic.people import (
    REFERENCE_DAY,
    BirthPrecision,
    Gender,
    SyntheticPerson,
)
from yuanluo.synthetic.seeded import Weighted, day_between, derive, pick

__all__ = [
    "REFERENCE_DAY",
    "SAMPLE_ROOMS",
    "AreaBasis",
    "BirthPrecision",
    "CommunityPlan",
    "CourtyardKind",
    "CourtyardPlan",
    "DistrictPlan",
    "DwellingUse",
    "Gender",
    "GridPlan",
    "ManagementMode",
    "Occupancy",
    "Relation",
    "SubdistrictPlan",
    "SyntheticBuilding",
    "SyntheticCourtyard",
    "SyntheticDwelling",
    "SyntheticHousehold",
    "SyntheticOwnership",
    "SyntheticPerson",
    "SyntheticResidency",
    "SyntheticStairwell",
    "Weighted",
    "canonical_lines",
    "content_digest",
    "day_between",
    "derive",
    "generate_courtyard",
    "pick",
    "plan_district",
]
