"""Relations and aggregates between core's own types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from yuanluo.capabilities import capability_fields
from yuanluo.fields import IN_FORCE, Aggregate, GraphQLField, SqlField, ToMany, ToOne
from yuanluo_tenants.columns import Kind

__all__ = ["CORE_FIELDS"]

CORE_FIELDS: Final[Sequence[GraphQLField]] = (
    # Courtyard
    ToOne("Courtyard", "counts", "CourtyardCounts", "计数", "counters kept by every write"),
    Aggregate(
        "Courtyard", "peopleCount", "Person", "count", "在册人数", "people on the register",
        where=[("status", "eq", "ACTIVE")],
    ),
    Aggregate(
        "Courtyard", "householdCount", "Household", "count", "户数", "households now",
        where=IN_FORCE,
    ),
    Aggregate("Courtyard", "dwellingCount", "Dwelling", "count", "房屋数", "dwellings"),
    Aggregate(
        "Courtyard", "dwellingAreaC", "Dwelling", "sum", "总建筑面积", "floor area of all dwellings", column="area_c"
    ),
    Aggregate(
        "Courtyard", "organizationCount", "Organization", "count", "组织数", "organizations not dissolved",
        where=[("dissolved_on", "is_null", None)],
    ),
    Aggregate("Courtyard", "recordCount", "Record", "count", "记录数", "records in the chain"),
    # Building, Dwelling, Household
    ToMany("Building", "dwellings", "Dwelling", "房屋", "its dwellings", via="building_id"),
    Aggregate("Building", "dwellingCount", "Dwelling", "count", "房屋数", "its dwellings", via="building_id"),
    ToMany("Dwelling", "ownerships", "Ownership", "产权", "who owns it now", via="dwelling_id", where=IN_FORCE),
    ToMany("Dwelling", "ownershipHistory", "Ownership", "产权历史", "who ever owned it", via="dwelling_id"),
    ToMany("Dwelling", "residencies", "Residency", "居住", "who lives there now", via="dwelling_id", where=IN_FORCE),
    ToMany(
        "Dwelling", "households", "Household", "户", "households living there now",
        via="dwelling_id", where=IN_FORCE,
    ),
    ToMany("Household", "members", "Residency", "户内成员", "its members now", via="household_id", where=IN_FORCE),
    Aggregate(
        "Household", "memberCount", "Residency", "count", "户内人数", "its members now",
        via="household_id", where=IN_FORCE,
    ),
    # Person
    ToMany("Person", "seats", "Seat", "任职", "every office he holds or held", via="person_id"),
    ToMany("Person", "residencies", "Residency", "居住", "where he lives now", via="person_id", where=IN_FORCE),
    ToMany("Person", "ownerships", "Ownership", "产权", "what he owns now", via="person_id", where=IN_FORCE),
    # Organization
    ToMany("Organization", "seats", "Seat", "任职", "every office in it, past ones too", via="organization_id"),
    ToMany("Organization", "officers", "Seat", "现任", "offices held today", via="organization_id", where=IN_FORCE),
    Aggregate(
        "Organization", "officerCount", "Seat", "count", "现任人数", "offices held today",
        via="organization_id", where=IN_FORCE,
    ),
    ToMany("Organization", "children", "Organization", "下级组织", "organizations below it here", via="parent_id"),
    ToMany(
        "Organization", "ownerships", "Ownership", "产权", "what it owns now", via="organization_id", where=IN_FORCE
    ),
    # Account, Grant, ApiToken
    ToMany("Account", "grants", "Grant", "授权", "its roles, revoked ones too", via="account_id"),
    ToMany("Account", "tokens", "ApiToken", "令牌", "its tokens, revoked ones too", via="account_id"),
    *capability_fields("Grant"),
    # WebhookEndpoint
    *capability_fields("WebhookEndpoint"),
    ToMany("WebhookEndpoint", "progress", "WebhookProgress", "进度", "how far it was told, by node", via="endpoint_id"),
    ToMany("WebhookEndpoint", "deliveries", "WebhookDelivery", "投递", "attempts, newest first", via="endpoint_id"),
    ToOne(
        "WebhookEndpoint", "lastSuccess", "WebhookDelivery", "最近成功", "the last attempt that was taken",
        via="endpoint_id", where=[("delivered", "eq", True)], order=["-at"],
    ),
    ToOne(
        "WebhookEndpoint", "lastFailure", "WebhookDelivery", "最近失败", "the last attempt that failed, with its error",
        via="endpoint_id", where=[("delivered", "eq", False)], order=["-at"],
    ),
    # Ownership, Record
    SqlField(
        "Ownership", "share", Kind.TEXT, "{numerator} || '/' || {denominator}", ["numerator", "denominator"],
        "份额", "its share as a fraction, such as 1/2",
    ),
    SqlField(
        "Record", "payload", Kind.TEXT,
        {
            "sqlite": "CASE WHEN {disclosure} <> 'D3' THEN json_extract({content}, '$.payload') END",
            "postgresql": "CASE WHEN {disclosure} <> 'D3' THEN ({content}::json -> 'payload')::text END",
        },
        ["content", "disclosure"], "内容", "what the record says, as canonical JSON; null for sensitive records",
    ),
)  # fmt: skip
"""What core puts beside its declarations."""
