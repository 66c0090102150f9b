"""Organizations: what party branches, councils, committees and owning institutions have in common.

A plugin's own table shares the key: `class PartyOrg(TenantTable, extends=Organization, ...)` has the id of its
organization. `kind` is an open set: each plugin documents the codes it writes.
"""

from __future__ import annotations

from enum import Enum

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Choice, Code, Day, PartialDate, Reads, Ref, Text, Upward
from yuanluo_tenants.tables import TenantTable

__all__ = ["OWNING_INSTITUTION", "Organization", "OrganizationStatus"]

OWNING_INSTITUTION = "OWNING_INSTITUTION"
"""Kind of an institution that owns dwellings (产权单位)."""


class OrganizationStatus(Enum):
    """Where an organization is in its life."""

    PREPARING = ("筹备", "preparing")
    ACTIVE = ("运行", "active")
    OVERDUE = ("逾期未换届", "term overdue")
    DISSOLVED = ("撤销", "dissolved")


class Organization(
    TenantTable,
    zh="组织",
    en="an organization of the courtyard or of a node above it",
    natural_key=["kind", "name"],
    order=["kind", "name"],
    indexes=[["kind", "name", "id"]],
):
    """One organization; `parent` is in the same tenant, `upper` at a node above."""

    kind = Code("类别", "kind, a code brought by the plugin that keeps it")
    name = Text("名称", "name", klass=DataClass.D0, reads=Reads.NAME)
    parent_id = Ref("上级组织", "the organization above it in the same courtyard", "organization", null=True)
    upper_id = Upward("上级组织(上级节点)", "the organization above it at a higher node", "organization")
    established_on = PartialDate("成立日期", "when it was established", klass=DataClass.D0)
    dissolved_on = Day("撤销日期", "when it was dissolved", null=True)
    status = Choice("状态", "where it is in its life", OrganizationStatus)
