"""Commands on bodies: founded with their organization; who sits in them is core's `seat.appoint`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from yuanluo import (
    ADDS,
    STEPS,
    Action,
    Command,
    CommandContext,
    Conflict,
    Given,
    Kind,
    NotFound,
    Offer,
    OfferContext,
    OrganizationStatus,
    Outcome,
    dissolve_organizations,
    rows,
)
from yuanluo import each as each_input
from yuanluo.offices import CreateOrganization, check_not_dissolved, create_organizations
from yuanluo_council.parameters import rulings
from yuanluo_council.rules import body_keys, check_body
from yuanluo_council.tables import Body, BodyKind

__all__ = ["BodyExists", "CreateBody", "DissolveBody", "create_bodies", "create_body", "dissolve_body"]

ONE_EACH: Final = frozenset(BodyKind) - {BodyKind.FORUM}
"""Kinds of which a courtyard has at most one at a time."""


class BodyExists(Conflict):
    """The courtyard already has such a body."""

    code = "BODY_EXISTS"
    rule = "domain 3.2"
    next_zh = "请为现有机构换届。"
    next_en = "Elect the body that is there anew."

    def __init__(self, kind: BodyKind) -> None:
        super().__init__(
            f"该院落已有{kind.value[0]},请换届而不是新建。",
            f"there already is a {kind.name} here; elect it anew instead of founding a second one.",
        )
        self.kind = kind


@dataclass(frozen=True, slots=True)
class CreateBody:
    """A body to be founded; without `term_years` it takes the term that the regulations say."""

    kind: BodyKind
    name: Annotated[str, Given("名称", "its name")]
    seats: int | None = None
    term_years: int | None = None
    established_on: Annotated[str | None, Given("成立日期", "when it was founded", kind=Kind.PARTIAL_DATE)] = None
    """`2019`, `2019-07` or `2019-07-01`."""


async def create_bodies(context: CommandContext, bodies: Sequence[CreateBody]) -> Sequence[Outcome]:
    """Found bodies and their organizations; sizes and terms are those of the regulations in force today."""
    keys = sorted({key for each in bodies for key in body_keys(each.kind)})
    ruled = {
        key: each.value for key, each in (await rulings(context.database, context.tenant, keys, context.today)).items()
    }
    there = await _kinds_there(context)
    terms: list[int | None] = []
    for each in bodies:
        terms.append(check_body(each.kind, each.seats, each.term_years, ruled))
        if each.kind in there and each.kind in ONE_EACH:
            raise BodyExists(each.kind)
        there.add(each.kind)
    founded = await create_organizations(
        context,
        [CreateOrganization(each.kind.name, each.name, established_on=each.established_on) for each in bodies],
    )
    ids = [_id(outcome) for outcome in founded]
    await context.insert(
        Body,
        [
            {
                "id": row_id,
                "kind": each.kind,
                "term_years": term,
                "seats": each.seats,
                "status": OrganizationStatus.ACTIVE,
            }
            for row_id, each, term in zip(ids, bodies, terms, strict=True)
        ],
    )
    return [
        Outcome(row_id, {"kind": each.kind, "seats": each.seats, "term_years": term})
        for row_id, each, term in zip(ids, bodies, terms, strict=True)
    ]


def _id(outcome: Outcome) -> uuid.UUID:
    assert outcome.subject_id is not None, "an organization that was just made has an id"
    return outcome.subject_id


@dataclass(frozen=True, slots=True)
class DissolveBody:
    """A body that ends with its organization; its members leave their seats."""

    body_id: uuid.UUID
    dissolved_on: Annotated[dt.date | None, Given("撤销日期", "last day of the body")] = None
    """Today unless said otherwise."""


async def _dissolve(context: CommandContext, given: DissolveBody) -> Outcome:
    found = await rows(
        context.database, "SELECT kind FROM body WHERE tenant_id = $1 AND id = $2", context.tenant, given.body_id
    )
    if not found:
        raise NotFound("没有找到该自治机构。", "there is no such body here.")
    ended = await dissolve_organizations(context, given.body_id, given.dissolved_on)
    await context.update(Body, given.body_id, {"status": OrganizationStatus.DISSOLVED})
    return Outcome(given.body_id, {"kind": found[0]["kind"], "seats_ended": ended})


def _check_dissolve(row: Mapping[str, Any], _context: OfferContext) -> None:
    check_not_dissolved(row["status"])


async def _kinds_there(context: CommandContext) -> set[BodyKind]:
    found = await rows(
        context.database,
        "SELECT DISTINCT kind FROM body WHERE tenant_id = $1 AND status <> $2",
        context.tenant,
        OrganizationStatus.DISSOLVED.name,
    )
    return {BodyKind[row["kind"]] for row in found}


create_body: Final = Command(
    action=Action(
        "body.create",
        ("SUBDISTRICT_OFFICER", "COMMUNITY_SECRETARY", "BRANCH_SECRETARY"),
        "domain 3.2",
        "成立自治机构",
        "found a self-governing body",
    ),
    input=CreateBody,
    many=create_bodies,
    subject_type="Body",
    body="council",
    unversioned=ADDS,
)
"""Found a body."""

dissolve_body: Final = Command(
    action=Action(
        "body.dissolve",
        ("SUBDISTRICT_OFFICER", "COMMUNITY_SECRETARY", "BRANCH_SECRETARY"),
        "domain 3.2",
        "撤销自治机构",
        "dissolve a self-governing body",
    ),
    input=DissolveBody,
    many=each_input(_dissolve),
    subject_type="Body",
    body="council",
    unversioned=STEPS,
    offer=Offer(("status",), _check_dissolve),
)
"""Dissolve a body with its organization."""
