"""The synthetic district: repeatable, generated one courtyard at a time, and shaped like `domain.md` §4."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanluo.names import normalize_name
from yuanluo.sheets.ids import check_character
from yuanluo.synthetic import (
    REFERENCE_DAY,
    SAMPLE_ROOMS,
    SyntheticCourtyard,
    Weighted,
    canonical_lines,
    content_digest,
    day_between,
    derive,
    generate_courtyard,
    pick,
    plan_district,
)

DIGEST_OF_THREE = "3326d467d0b18e050089a8f9cfd6bb08eff054a0a5079aa23660fbcecc999daf"


@pytest.fixture(scope="module")
def sixty() -> list[SyntheticCourtyard]:
    plan = plan_district(60, 1)
    return [generate_courtyard(entry, plan.seed) for entry in plan.courtyards]


def test_the_same_seed_gives_the_same_digest_on_every_machine() -> None:
    assert content_digest(_first(3, seed=1)) == DIGEST_OF_THREE


def test_another_process_with_another_hash_seed_gives_the_same_courtyard() -> None:
    program = (
        "from yuanluo.synthetic import *; plan = plan_district(3, 1);"
        "print(content_digest(generate_courtyard(entry, 1) for entry in plan.courtyards))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.strip() == DIGEST_OF_THREE


def test_another_seed_gives_another_district() -> None:
    assert content_digest(_first(3, seed=2)) != DIGEST_OF_THREE


@given(st.integers(1, 120), st.integers(0, 3))
@settings(max_examples=20)
def test_a_larger_plan_begins_with_the_smaller_one(courtyards: int, seed: int) -> None:
    small, large = plan_district(courtyards, seed), plan_district(150, seed)

    assert large.courtyards[:courtyards] == small.courtyards
    assert set(small.communities) <= set(large.communities)


def test_a_courtyard_does_not_depend_on_those_generated_before() -> None:
    plan = plan_district(12, 1)
    alone = generate_courtyard(plan.courtyards[11], 1)

    assert [generate_courtyard(entry, 1) for entry in plan.courtyards][11] == alone


def test_thirty_courtyards_stand_in_six_communities_of_four_subdistricts() -> None:
    plan = plan_district(30, 1)
    per_community = Counter(entry.community_code for entry in plan.courtyards)

    assert len(plan.subdistricts) == 13
    assert set(per_community) == {community.code for community in plan.communities}
    assert len(per_community) == 6
    assert min(per_community.values()) >= 2
    assert len({community.subdistrict_code for community in plan.communities}) == 4


def test_two_thousand_courtyards_stand_in_a_hundred_communities_of_all_subdistricts() -> None:
    plan = plan_district(2000, 1)

    assert len(plan.communities) == 100
    assert {community.subdistrict_code for community in plan.communities} == {place.code for place in plan.subdistricts}
    assert len({community.name for community in plan.communities}) == 100


def test_codes_nest_and_serial_numbers_run_from_one() -> None:
    plan = plan_district(200, 1)
    grids = {grid.code: grid.community_code for grid in plan.grids}

    assert all(place.code.startswith(plan.code) and len(place.code) == 9 for place in plan.subdistricts)
    assert all(
        community.code.startswith(community.subdistrict_code) and len(community.code) == 12
        for community in plan.communities
    )
    for community in plan.communities:
        within = [entry for entry in plan.courtyards if entry.community_code == community.code]
        assert [entry.serial for entry in within] == list(range(1, len(within) + 1))
        assert len({entry.name for entry in within}) == len({entry.address for entry in within}) == len(within)
    for entry in plan.courtyards:
        assert entry.number == int(entry.community_code) * 10_000 + entry.serial < 2**53
        assert entry.grid_code is None or grids[entry.grid_code] == entry.community_code
    assert 0 < len({entry.grid_code for entry in plan.courtyards if entry.grid_code}) <= len(grids)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_first_courtyard_is_the_old_compound_of_the_sample_workbooks(seed: int) -> None:
    entry = plan_district(1, seed).courtyards[0]
    courtyard = generate_courtyard(entry, seed)

    assert (entry.name, entry.kind, entry.built_years, entry.building_count) == (
        "梧桐苑",
        "OLD_COURTYARD",
        "1984-1996",
        5,
    )
    assert not SAMPLE_ROOMS & {dwelling.room_key for dwelling in courtyard.dwellings}


def test_every_row_is_known_by_its_natural_key(sixty: list[SyntheticCourtyard]) -> None:
    for courtyard in sixty:
        for rows in (
            courtyard.buildings,
            courtyard.stairwells,
            courtyard.dwellings,
            courtyard.households,
            courtyard.people,
            courtyard.residencies,
            courtyard.ownerships,
        ):
            assert len({row.natural_key for row in rows}) == len(rows)
        assert [person.serial for person in courtyard.people] == list(range(1, len(courtyard.people) + 1))


def test_rows_refer_to_rows_that_exist(sixty: list[SyntheticCourtyard]) -> None:
    for courtyard in sixty:
        rooms = {dwelling.room_key for dwelling in courtyard.dwellings}
        people = {person.serial for person in courtyard.people}
        stairwells = {stairwell.natural_key for stairwell in courtyard.stairwells}
        residents = Counter(residency.room_key for residency in courtyard.residencies)

        assert {(d.building_no, d.stairwell_no) for d in courtyard.dwellings if d.stairwell_no} <= stairwells
        assert {ownership.room_key for ownership in courtyard.ownerships} == rooms
        assert {residency.person for residency in courtyard.residencies} <= people
        assert {ownership.person for ownership in courtyard.ownerships} - {None} <= people
        assert {household.room_key: household.members for household in courtyard.households} == residents
        assert all(household.head in people for household in courtyard.households)
        assert sum(building.dwellings for building in courtyard.buildings) == courtyard.plan.households
        assert len(rooms) == courtyard.plan.households - (14 if courtyard.plan.ordinal == 0 else 0)


def test_the_shares_of_a_dwelling_make_one(sixty: list[SyntheticCourtyard]) -> None:
    for courtyard in sixty:
        shares: Counter[str] = Counter()
        total: dict[str, Fraction] = {}
        for ownership in courtyard.ownerships:
            shares[ownership.room_key] += 1
            share = Fraction(ownership.share_n, ownership.share_d)
            total[ownership.room_key] = total.get(ownership.room_key, Fraction(0)) + share
            assert (ownership.person is None) != (ownership.organization is None)
        assert set(total.values()) == {Fraction(1)}
        assert max(shares.values()) == 2


def test_id_numbers_and_phones_are_unique_and_none_is_in_the_samples(sixty: list[SyntheticCourtyard]) -> None:
    people = [person for courtyard in sixty for person in courtyard.people]
    numbers = [person.id_number for person in people if person.id_number]
    phones = [person.phone for person in people if person.phone]

    assert len(set(numbers)) == len(numbers) > 20_000
    assert len(set(phones)) == len(phones) > 20_000
    assert all(phone.startswith("154") and len(phone) == 11 and phone >= "15410000000" for phone in phones)
    assert all(int(number[14:17]) >= 200 for number in numbers)


def test_an_id_number_tells_birth_and_gender_and_passes_its_check(sixty: list[SyntheticCourtyard]) -> None:
    for person in sixty[0].people + sixty[1].people:
        if person.id_number is None:
            assert person.birth_precision in {"Y", "M"}
            assert person.phone is not None
            continue
        assert person.id_number.startswith("510100")
        assert person.birth == dt.date.fromisoformat(person.id_number[6:14]).isoformat()
        assert person.birth_precision == "D"
        assert (int(person.id_number[16]) % 2 == 1) == (person.gender == "M")
        assert person.id_number[17] == check_character(person.id_number[:17])


def test_the_distributions_are_those_of_the_reference(sixty: list[SyntheticCourtyard]) -> None:
    dwellings = [dwelling for courtyard in sixty for dwelling in courtyard.dwellings]
    occupancy = Counter(dwelling.occupancy for dwelling in dwellings)
    households = sum(len(courtyard.households) for courtyard in sixty)
    residents = sum(len(courtyard.residencies) for courtyard in sixty)
    owners = Counter((c.plan.code, o.room_key) for c in sixty for o in c.ownerships)
    holdings = Counter((c.plan.code, o.person) for c in sixty for o in c.ownerships if o.person)
    ethnicities = Counter(person.ethnicity for courtyard in sixty for person in courtyard.people)

    assert occupancy["RENTED"] / len(dwellings) == pytest.approx(0.35, abs=0.03)
    assert occupancy["VACANT"] / len(dwellings) == pytest.approx(0.08, abs=0.02)
    assert residents / households == pytest.approx(2.4, abs=0.12)
    assert sum(count > 1 for count in owners.values()) / len(dwellings) == pytest.approx(0.45, abs=0.04)
    assert sum(count > 1 for count in holdings.values()) / len(holdings) == pytest.approx(0.02, abs=0.01)
    assert 1 - ethnicities["汉族"] / ethnicities.total() == pytest.approx(0.02, abs=0.01)
    assert _share_of_sixty(sixty, old=True) == pytest.approx(0.30, abs=0.03)
    assert _share_of_sixty(sixty, old=False) == pytest.approx(0.15, abs=0.03)


def test_sizes_are_log_normal_between_50_and_1500() -> None:
    sizes = sorted(entry.households for entry in plan_district(1000, 1).courtyards)

    assert sizes[0] == 50
    assert sizes[-1] <= 1500
    assert sizes[500] == pytest.approx(150, rel=0.1)
    assert sizes[840] / sizes[500] == pytest.approx(2.2255, rel=0.15)


def test_names_are_stored_names_and_nothing_lies_after_the_reference_day(
    sixty: list[SyntheticCourtyard],
) -> None:
    for courtyard in sixty[:10]:
        assert all(person.name == normalize_name(person.name) for person in courtyard.people)
        assert all(0 <= person.age_on(REFERENCE_DAY) < 107 for person in courtyard.people)
        assert all(residency.from_day <= REFERENCE_DAY for residency in courtyard.residencies)
        assert all(ownership.from_day <= REFERENCE_DAY for ownership in courtyard.ownerships)
        assert all(3300 <= dwelling.area_c <= 14000 for dwelling in courtyard.dwellings)


@given(st.integers(1, 400), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_exactly_as_many_people_are_invented_as_asked_for(people: int, seed: int) -> None:
    for entry in plan_district(3, seed, people=people).courtyards:
        assert len(generate_courtyard(entry, seed).people) == people


def test_exactly_as_many_dwellings_are_built_as_asked_for() -> None:
    courtyards = [generate_courtyard(entry, 1) for entry in plan_district(4, 1, households=37).courtyards]

    assert [len(courtyard.dwellings) for courtyard in courtyards] == [37] * 4


def test_people_that_the_dwellings_cannot_hold_are_refused() -> None:
    entry = plan_district(1, 1, households=2, people=100).courtyards[0]

    with pytest.raises(ValueError, match="cannot hold exactly 100 people"):
        generate_courtyard(entry, 1)


def test_a_district_larger_than_the_invented_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="run out"):
        plan_district(4000, 1, households=1500)


def test_an_empty_district_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        plan_district(0, 1)


def test_lines_are_sorted_so_that_a_digest_does_not_depend_on_order() -> None:
    people = [line for line in canonical_lines(_first(1, seed=1)[0]) if line.startswith("SyntheticDwelling")]

    assert all(before < after for before, after in pairwise(people))


def test_a_derived_generator_belongs_to_its_path() -> None:
    draws = [
        derive(1, "a", "b").random(),
        derive(1, "ab").random(),
        derive(1, "a", "b", 1).random(),
        derive(1, "a", "b", "1").random(),
        derive(2, "a", "b").random(),
    ]

    assert len(set(draws)) == 5
    assert derive(1, "a", "b").random() == draws[0]


@given(st.integers(0, 2**32))
def test_pickers_stay_within_what_they_were_given(seed: int) -> None:
    rng = derive(seed, "pickers")
    first = dt.date(2026, 1, 1)

    assert pick(rng, "abc") in "abc"
    assert Weighted({"never": 0, "always": 3}).pick(rng) == "always"
    assert first <= day_between(rng, first, dt.date(2026, 12, 31)) <= dt.date(2026, 12, 31)
    assert day_between(rng, first, dt.date(2025, 1, 1)) == first


def _first(courtyards: int, seed: int) -> list[SyntheticCourtyard]:
    return [generate_courtyard(entry, seed) for entry in plan_district(courtyards, seed).courtyards]


def _share_of_sixty(courtyards: list[SyntheticCourtyard], *, old: bool) -> float:
    ages = [
        courtyard.person(residency.person).age_on(REFERENCE_DAY)
        for courtyard in courtyards
        if (courtyard.plan.kind in {"OLD_COURTYARD", "UNIT_COMPOUND"}) == old
        for residency in courtyard.residencies
    ]
    return sum(age >= 60 for age in ages) / len(ages)
