"""The plugin's commands: who may do what, by which rule (`domain.md` §7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo import ADDS, STEPS, Action, AnyCommand, Command, DataClass
from yuanluo_party.dual_reports import (
    DecideDualReport,
    MoveDualReport,
    SubmitDualReport,
    decide_reports,
    move_reports,
    submit_reports,
)
from yuanluo_party.memberships import (
    AmendMembership,
    EndMembership,
    RegisterMembership,
    TransferMembership,
    amend_memberships,
    end_memberships,
    register_memberships,
    transfer_memberships,
)
from yuanluo_party.offers import ADVANCE_ORG, DECIDE_REPORT, IN_FORCE, MOVE_REPORT
from yuanluo_party.organizations import AdvancePartyOrg, FoundPartyOrg, advance_orgs, found_orgs
from yuanluo_party.parameters import SetPartyParameter, set_parameters
from yuanluo_party.tables import PARTY

__all__ = [
    "COMMANDS",
    "advance_party_org",
    "amend_membership",
    "decide_dual_report",
    "end_membership",
    "found_party_org",
    "move_dual_report",
    "register_membership",
    "set_party_parameter",
    "submit_dual_report",
    "transfer_membership",
]

SECRETARY: Final = ("BRANCH_SECRETARY",)
"""Who keeps the membership register of his own branch."""

UPPER: Final = ("COMMUNITY_SECRETARY", "SUBDISTRICT_OFFICER")
"""Who approves what is founded and elected below."""

found_party_org: Final = Command(
    action=Action("party_org.found", UPPER, "PBR 4, 5; R1, R5", "登记党组织", "register a party organisation"),
    input=FoundPartyOrg,
    many=found_orgs,
    subject_type="PartyOrg",
    body=PARTY,
    disclosure=DataClass.D0,
    unversioned=ADDS,
)
"""Put a party organisation on the register."""

advance_party_org: Final = Command(
    action=Action("party_org.advance", UPPER, "R5", "变更党组织状态", "take a party organisation a step further"),
    input=AdvancePartyOrg,
    many=advance_orgs,
    subject_type="PartyOrg",
    body=PARTY,
    disclosure=DataClass.D0,
    offer=ADVANCE_ORG,
)
"""Approve, activate or dissolve a party organisation."""

register_membership: Final = Command(
    action=Action("party_membership.register", SECRETARY, "R8, R16", "登记党员", "register a member"),
    input=RegisterMembership,
    many=register_memberships,
    subject_type="PartyMembership",
    body=PARTY,
    disclosure=DataClass.D3,
    unversioned=ADDS,
)
"""Register a member."""

amend_membership: Final = Command(
    action=Action("party_membership.amend", SECRETARY, "R8, R16", "更正党员信息", "amend a membership"),
    input=AmendMembership,
    many=amend_memberships,
    subject_type="PartyMembership",
    body=PARTY,
    disclosure=DataClass.D3,
    offer=IN_FORCE,
)
"""Amend a membership: confirmed, suspended, away, back, corrected."""

transfer_membership: Final = Command(
    action=Action("party_membership.transfer", SECRETARY, "R8", "转接组织关系", "transfer a membership"),
    input=TransferMembership,
    many=transfer_memberships,
    subject_type="PartyMembership",
    body=PARTY,
    disclosure=DataClass.D3,
    unversioned=STEPS,
    offer=IN_FORCE,
)
"""Transfer a membership within the courtyard or out of it."""

end_membership: Final = Command(
    action=Action("party_membership.end", SECRETARY, "domain 3.1", "终止党员关系", "end a membership"),
    input=EndMembership,
    many=end_memberships,
    subject_type="PartyMembership",
    body=PARTY,
    disclosure=DataClass.D3,
    unversioned=STEPS,
    offer=IN_FORCE,
)
"""End a membership."""

submit_dual_report: Final = Command(
    action=Action(
        "dual_report.submit", ("BRANCH_SECRETARY", "BRANCH_COMMITTEE"), "R9", "登记双报到", "enter a report-in"
    ),
    input=SubmitDualReport,
    many=submit_reports,
    subject_type="DualReport",
    body=PARTY,
    disclosure=DataClass.D3,
    unversioned=ADDS,
    acts_for="person_id",
)
"""Enter a report-in."""

decide_dual_report: Final = Command(
    action=Action("dual_report.decide", SECRETARY, "R9, domain 7", "接收或退回双报到", "accept or reject a report-in"),
    input=DecideDualReport,
    many=decide_reports,
    subject_type="DualReport",
    body=PARTY,
    disclosure=DataClass.D3,
    unversioned=STEPS,
    offer=DECIDE_REPORT,
)
"""Accept or reject a report-in."""

move_dual_report: Final = Command(
    action=Action("dual_report.move", SECRETARY, "R9, domain 7", "变更双报到状态", "take a report-in further"),
    input=MoveDualReport,
    many=move_reports,
    subject_type="DualReport",
    body=PARTY,
    disclosure=DataClass.D3,
    offer=MOVE_REPORT,
)
"""Take a report-in further: serving, appraised, closed."""

set_party_parameter: Final = Command(
    action=Action(
        "party_parameter.set",
        ("COMMUNITY_SECRETARY", "DISTRICT_ADMIN"),
        "domain 7, 8",
        "设定党建参数",
        "set a parameter",
    ),
    input=SetPartyParameter,
    many=set_parameters,
    subject_type="PartyParameter",
    body=PARTY,
    disclosure=DataClass.D0,
    unversioned=ADDS,
)
"""Set a rule parameter of the party module within its bounds."""

COMMANDS: Final[Sequence[AnyCommand]] = (
    found_party_org,
    advance_party_org,
    register_membership,
    amend_membership,
    transfer_membership,
    end_membership,
    submit_dual_report,
    decide_dual_report,
    move_dual_report,
    set_party_parameter,
)
"""Every command of the plugin."""
