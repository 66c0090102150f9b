"""The rules of the party module as plain functions: edges of every threshold, and the scenarios A04 and A12."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo_party.parameters import PARAMETERS, SetValue, in_force, thresholds_of
from yuanluo_party.rules import (
    Member,
    MotionOutcome,
    advised_kind,
    advised_tier,
    branch_findings,
    claims_registration,
    committee_advice,
    decide_motion,
    dual_report_may_become,
    entitled,
    full_count,
    has_election_quorum,
    is_before,
    is_elected,
    is_entitled,
    is_term_over,
    is_under_age,
    is_valid_parent,
    joining_findings,
    lowest_common_node,
    org_may_become,
    term_end,
)
from yuanluo_party.terms import (
    DualReportStatus,
    PartyMembershipStatus,
    PartyMemberType,
    PartyOrgKind,
    PartyOrgStatus,
    PartyRelation,
    PartyTier,
)

DEFAULTS = thresholds_of(in_force([], dt.date(2026, 11, 22)))
FULL = Member(PartyMemberType.FULL, PartyRelation.REGISTERED)
PROBATIONARY = Member(PartyMemberType.PROBATIONARY, PartyRelation.REGISTERED)
REPORTED_IN = Member(PartyMemberType.FULL, PartyRelation.REPORTED_IN)
ACTIVE, PREPARING = PartyOrgStatus.ACTIVE, PartyOrgStatus.PREPARING


@pytest.mark.parametrize(
    ("tier", "parent", "fits"),
    [
        (PartyTier.COMMITTEE, None, True),
        (PartyTier.COMMITTEE, PartyTier.COMMITTEE, False),
        (PartyTier.GENERAL_BRANCH, PartyTier.COMMITTEE, True),
        (PartyTier.GENERAL_BRANCH, PartyTier.GENERAL_BRANCH, False),
        (PartyTier.BRANCH, PartyTier.GENERAL_BRANCH, True),
        (PartyTier.BRANCH, PartyTier.COMMITTEE, True),
        (PartyTier.BRANCH, PartyTier.BRANCH, False),
        (PartyTier.BRANCH, None, False),
        (PartyTier.GROUP, PartyTier.BRANCH, True),
        (PartyTier.GROUP, PartyTier.COMMITTEE, False),
        (PartyTier.GROUP, None, False),
    ],
)
def test_the_tree_has_four_strict_tiers_and_an_optional_general_branch(
    tier: PartyTier, parent: PartyTier | None, fits: bool
) -> None:
    assert is_valid_parent(tier, parent, ACTIVE) is fits


def test_only_a_branch_in_preparation_may_still_lack_its_parent() -> None:
    assert is_valid_parent(PartyTier.BRANCH, None, PREPARING)
    assert not is_valid_parent(PartyTier.GROUP, None, PREPARING)


@pytest.mark.parametrize(("full", "kind"), [(2, PartyOrgKind.JOINT), (3, PartyOrgKind.ORDINARY)])
def test_three_full_members_form_a_branch_and_fewer_a_joint_one(full: int, kind: PartyOrgKind) -> None:
    assert advised_kind(full, DEFAULTS) is kind


@pytest.mark.parametrize(
    ("full", "tier"),
    [
        (49, PartyTier.BRANCH),
        (50, PartyTier.GENERAL_BRANCH),
        (99, PartyTier.GENERAL_BRANCH),
        (100, PartyTier.COMMITTEE),
    ],
)
def test_fifty_full_members_call_for_a_general_branch_and_a_hundred_for_a_committee(full: int, tier: PartyTier) -> None:
    assert advised_tier(full, DEFAULTS) is tier


def test_seven_full_members_elect_a_committee_which_stays_in_mid_term() -> None:
    assert not committee_advice(6, DEFAULTS).has_committee
    advice = committee_advice(7, DEFAULTS)
    assert (advice.has_committee, advice.low, advice.high, advice.at_most) == (True, 3, 5, 7)
    assert committee_advice(5, DEFAULTS, has_committee=True).has_committee


def codes(
    kind: PartyOrgKind, full: int, *, units: int = 1, members: int | None = None, approval: str | None = None
) -> list[str]:
    found = branch_findings(
        kind, PartyTier.BRANCH, full, DEFAULTS, covered_units=units, members=members, approval_no=approval
    )
    return [each.code for each in found]


def test_what_is_not_normal_for_a_branch_is_a_warning() -> None:
    assert codes(PartyOrgKind.ORDINARY, 3) == []
    assert codes(PartyOrgKind.ORDINARY, 2) == ["W_BRANCH_TOO_SMALL"]
    assert codes(PartyOrgKind.JOINT, 2, units=5) == []
    assert codes(PartyOrgKind.JOINT, 2, units=6) == ["W_JOINT_TOO_WIDE"]
    assert codes(PartyOrgKind.ORDINARY, 49, members=50) == []
    assert codes(PartyOrgKind.ORDINARY, 49, members=51) == ["W_BRANCH_TOO_LARGE"]
    assert codes(PartyOrgKind.ORDINARY, 50) == ["W_TIER_TOO_LOW"]
    assert codes(PartyOrgKind.ORDINARY, 50, approval="街工委〔2026〕3号") == []


def test_nothing_is_active_without_approval_and_election() -> None:
    day = dt.date(2026, 5, 1)
    assert not org_may_become(PREPARING, ACTIVE, approval_no="1号", elected_on=day)
    assert not org_may_become(PREPARING, PartyOrgStatus.APPROVED, approval_no=None, elected_on=None)
    assert org_may_become(PREPARING, PartyOrgStatus.APPROVED, approval_no="1号", elected_on=None)
    assert not org_may_become(PartyOrgStatus.APPROVED, ACTIVE, approval_no="1号", elected_on=None)
    assert org_may_become(PartyOrgStatus.APPROVED, ACTIVE, approval_no="1号", elected_on=day)
    assert not org_may_become(PartyOrgStatus.DISSOLVED, ACTIVE, approval_no="1号", elected_on=day)


def test_a_term_ends_the_day_before_its_anniversary() -> None:
    assert term_end(dt.date(2024, 3, 1), 3) == dt.date(2027, 2, 28)
    assert term_end(dt.date(2024, 2, 29), 3) == dt.date(2027, 2, 28)
    assert not is_term_over(dt.date(2027, 2, 28), dt.date(2027, 2, 28))
    assert is_term_over(dt.date(2027, 2, 28), dt.date(2027, 3, 1))
    assert not is_term_over(None, dt.date(2027, 3, 1))


def test_motion_scenario_a04() -> None:
    members = [FULL] * 20 + [PROBATIONARY] * 3 + [REPORTED_IN] * 5
    whole = entitled(members)
    assert whole == 20
    assert decide_motion(whole, 12, 10) is MotionOutcome.REJECTED
    assert decide_motion(whole, 12, 11) is MotionOutcome.PASSED
    assert decide_motion(whole, 9, 9) is MotionOutcome.NO_QUORUM
    assert decide_motion(whole, 10, 10) is MotionOutcome.REJECTED


def test_dual_report_scenario_a12_changes_no_threshold_and_gives_no_vote() -> None:
    before = [FULL] * 3
    assert full_count([*before, REPORTED_IN]) == full_count(before) == 3
    assert not is_entitled(REPORTED_IN)
    assert not claims_registration(PartyRelation.REPORTED_IN, PartyMembershipStatus.ACTIVE)


@pytest.mark.parametrize(
    "member",
    [
        PROBATIONARY,
        Member(PartyMemberType.FULL, PartyRelation.FLOATING_IN),
        Member(PartyMemberType.FULL, PartyRelation.REGISTERED, PartyMembershipStatus.LOST_CONTACT),
        Member(PartyMemberType.FULL, PartyRelation.REGISTERED, voting_suspended=True),
    ],
)
def test_only_full_registered_active_unsuspended_members_vote(member: Member) -> None:
    assert is_entitled(FULL)
    assert not is_entitled(member)


def test_a_suspended_member_still_counts_for_the_thresholds() -> None:
    assert full_count([Member(PartyMemberType.FULL, PartyRelation.REGISTERED, voting_suspended=True)]) == 1


def test_excused_members_leave_the_number_of_those_entitled() -> None:
    assert entitled([FULL] * 10, excused=2) == 8
    with pytest.raises(ValueError, match="cannot be excused"):
        entitled([FULL] * 2, excused=3)


def test_an_election_takes_four_fifths_present_and_more_than_half_of_all() -> None:
    assert has_election_quorum(16, 20)
    assert not has_election_quorum(15, 20)
    assert not has_election_quorum(0, 0)
    assert is_elected(11, 20)
    assert not is_elected(10, 20)


@given(st.integers(1, 300), st.data())
def test_a_motion_never_passes_with_half_or_less_of_those_entitled(whole: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, whole))
    yes = data.draw(st.integers(0, present))
    outcome = decide_motion(whole, present, yes)
    assert (outcome is MotionOutcome.PASSED) == (yes > whole / 2)
    assert (outcome is MotionOutcome.NO_QUORUM) == (present < whole / 2)


def test_joining_takes_eighteen_years_compared_at_the_coarser_precision() -> None:
    assert is_under_age("1990-05-10", "2008-05-09", DEFAULTS)
    assert not is_under_age("1990-05-10", "2008-05-10", DEFAULTS)
    assert not is_under_age("1990-05-10", "2008", DEFAULTS)
    assert is_under_age("1990-05-10", "2007", DEFAULTS)
    assert not is_under_age("1988-02-29", "2006-03-01", DEFAULTS)
    assert not is_under_age(None, "1950", DEFAULTS)


def test_a_short_probation_is_a_warning() -> None:
    assert [each.code for each in joining_findings("1999-07-01", "2000-01-01", DEFAULTS)] == ["W_PROBATION_LT_1Y"]
    assert joining_findings("1999-07-01", "2000-07-01", DEFAULTS) == []
    assert joining_findings("1999-07", "2000", DEFAULTS) == []
    assert joining_findings("1999-07", None, DEFAULTS) == []


@given(st.dates(), st.dates(), st.sampled_from([4, 7, 10]), st.sampled_from([4, 7, 10]))
def test_partial_dates_are_before_only_if_surely_so(left: dt.date, right: dt.date, a: int, b: int) -> None:
    earlier, later = left.isoformat()[:a], right.isoformat()[:b]
    if is_before(earlier, later):
        assert left < right
        assert not is_before(later, earlier)


def test_reporting_in_goes_by_its_steps() -> None:
    steps = DualReportStatus
    assert dual_report_may_become(steps.SUBMITTED, steps.ACCEPTED)
    assert not dual_report_may_become(steps.SUBMITTED, steps.SERVING)
    assert dual_report_may_become(steps.APPRAISED, steps.SERVING)
    assert not dual_report_may_become(steps.REJECTED, steps.ACCEPTED)


def test_the_lowest_common_node_owns_a_joint_branch() -> None:
    same_grid = [(91, 10, 5, 1), (91, 10, 5, 1)]
    other_grid = [(91, 10, 5, 1), (92, 10, 5, 1)]
    no_grid = [(None, 10, 5, 1), (None, 10, 5, 1)]
    other_community = [(91, 10, 5, 1), (None, 11, 5, 1)]
    assert lowest_common_node(same_grid) == 91
    assert lowest_common_node(other_grid) == 10
    assert lowest_common_node(no_grid) == 10
    assert lowest_common_node(other_community) == 5
    assert lowest_common_node([(1, 2, 3, 4), (5, 6, 7, 8)]) is None
    assert lowest_common_node([]) is None


def test_the_nearest_node_and_its_latest_value_decide_a_parameter() -> None:
    day = dt.date(2026, 6, 1)
    values = [
        SetValue("branch.term_years", 4, dt.date(2026, 1, 1), depth=1),
        SetValue("branch.term_years", 5, dt.date(2026, 7, 1), depth=0),
        SetValue("community.term_years", 4, dt.date(2024, 1, 1), depth=2),
        SetValue("community.term_years", 3, dt.date(2025, 1, 1), depth=2),
        SetValue("unknown.key", 1, dt.date(2020, 1, 1)),
    ]
    assert in_force(values, day)["branch.term_years"] == 4
    assert in_force(values, dt.date(2026, 7, 1))["branch.term_years"] == 5
    assert in_force(values, day)["community.term_years"] == 3
    assert "unknown.key" not in in_force(values, day)


def test_no_stored_value_crosses_a_bound() -> None:
    day = dt.date(2026, 6, 1)
    stored = [SetValue("branch.min_full", 1, day), SetValue("branch.term_years", 9, day)]
    assert in_force(stored, day)["branch.min_full"] == 3
    assert in_force(stored, day)["branch.term_years"] == 5


def test_every_parameter_says_where_it_comes_from_and_keeps_its_own_bounds() -> None:
    for parameter in PARAMETERS.values():
        assert parameter.basis
        assert parameter.low <= parameter.default <= parameter.high
