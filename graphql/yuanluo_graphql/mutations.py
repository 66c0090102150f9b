"""Mutations: from the input a client sends to the command it means, and from the receipt to the payload.

The root fields run one after the other, each in a transaction of its own, committed before the next begins and before
the answer leaves. One that is refused answers null and an error at its place; what was committed stays. The payload
shows record and subject as they are now and as the viewer may see them, on a replay too.

What is not yours does not exist: an id of another courtyard, a malformed one and one that nothing has are refused
alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from graphql import FieldNode, GraphQLObjectType

from yuanluo.command import Receipt, StaleRevision
from yuanluo.fields import camel
from yuanluo.inputs import InputField
from yuanluo_graphql.arguments import arguments_of
from yuanluo_graphql.model import Model, Mutation
from yuanluo_graphql.permissions import citation
from yuanluo_graphql.values import gid_parts, name_of, storable
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import Invalid, Locale, NotFound, Refused, YuanluoError
from yuanluo_tenants.scope import Scope
from yuanluo_tenants.tree import number_of

__all__ = ["Asked", "asked", "details_of", "payload_value", "refusal_entry"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One write that a client asks for: the command's input, and how it is to be run."""

    mutation: Mutation
    tenant: int
    given: Any
    key: str | None
    revision: int | None
    on_behalf_of: uuid.UUID | None


def asked(
    mutation: Mutation,
    model: Model,
    root: GraphQLObjectType,
    node: FieldNode,
    variables: Mapping[str, Any],
    scope: Scope,
) -> Asked:
    """Return what a root field asks for; raise NotFound for an id or a node that the viewer does not have."""
    values = cast("Mapping[str, Any]", arguments_of(root.fields[mutation.name], node, variables)["input"].value)
    tenant = _tenant(mutation, values, scope)
    reader = _Reader(model, tenant)
    given = reader.read(mutation.command.input, mutation.form.fields, values)
    helped = values.get("onBehalfOf")
    return Asked(
        mutation,
        tenant,
        given,
        _key(values.get("idempotencyKey")),
        values.get("revision"),
        None if helped is None else reader.reference("Person", helped, "onBehalfOf"),
    )


def _key(text: str | None) -> str | None:
    if text is None:
        return None
    if not 1 <= len(text) <= 200:
        raise Invalid(
            "幂等键须为 1 至 200 个字符。", "an idempotency key has 1 to 200 characters.", field="idempotencyKey"
        )
    return str(storable(text))


def _tenant(mutation: Mutation, values: Mapping[str, Any], scope: Scope) -> int:
    anchor = mutation.form.anchor
    if anchor is not None:
        tenant, _ = _parts(anchor.refers or "", values[camel(anchor.name)])
        if tenant not in scope:
            raise _no_row(camel(anchor.name))
        return tenant
    try:
        number = number_of(values["node"])
    except Invalid:
        number = -1
    if number not in scope:
        raise NotFound("没有这个节点。", "there is no such node.")
    return number


def _parts(type_name: str, gid: Any) -> tuple[int, uuid.UUID]:
    """Return tenant and row of a global id, or ones that nothing has where it is of another type."""
    return gid_parts(gid) if str(gid).partition(":")[0] == type_name else (-1, uuid.UUID(int=0))


def _no_row(field: str) -> NotFound:
    return NotFound(f"没有这个对象({field})。", f"there is no such object ({field}).")


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the values of an input type into the command's dataclass."""

    model: Model
    tenant: int

    def read(self, given: type, fields: Sequence[InputField], values: Mapping[str, Any]) -> Any:
        taken: dict[str, Any] = {}
        for each in fields:
            name = camel(each.name)
            value = values.get(name)
            if value is not None:
                taken[each.name] = (
                    tuple(self._one(each, one, name) for one in value) if each.is_list else self._one(each, value, name)
                )
            elif name in values and each.default is None and not each.is_required and not each.is_list:
                taken[each.name] = None
        return given(**taken)

    def _one(self, each: InputField, value: Any, name: str) -> Any:
        if each.nested is not None:
            return self.read(each.nested, each.fields, value)
        if each.choices is not None:
            return each.choices[name_of(value)]
        if each.kind in (Kind.REF, Kind.UPWARD):
            return self.reference(each.refers or "", value, name, is_upward=each.is_upward)
        if each.is_node:
            return number_of(str(value))
        return storable(value)

    def reference(self, type_name: str, gid: Any, name: str, *, is_upward: bool = False) -> uuid.UUID:
        """Return the row id of a global id; one of another courtyard answers as if it were not there."""
        entity = self.model.entities.get(type_name)
        if entity is None or entity.listing is not None:
            kind, _, row = str(gid).rpartition(":")
            try:
                found = uuid.UUID(row)
            except ValueError:
                raise _no_row(name) from None
            if kind != type_name:
                raise _no_row(name)
            return found
        tenant, row_id = _parts(type_name, gid)
        if tenant != self.tenant and not (is_upward and tenant >= 0):
            raise _no_row(name)
        return row_id


def refusal_entry(error: YuanluoError, mutation: Mutation, node: FieldNode, locale: Locale) -> dict[str, Any]:
    """Return the entry of `errors` for a write that was refused."""
    key = node.alias.value if node.alias else node.name.value
    entry: dict[str, Any] = {"message": error.message(locale), "path": [key]}
    place = node.loc.start_token if node.loc else None
    if place is not None:
        entry["locations"] = [{"line": place.line, "column": place.column}]
    entry["extensions"] = {"code": error.stable_code, **details_of(error, locale, mutation.command.action.rule)}
    return entry


def details_of(error: YuanluoError, locale: Locale, rule: str | None = None) -> dict[str, Any]:
    """Return what `extensions` tells of a refusal besides its code: field, action, rule and the next step."""
    if not isinstance(error, Refused):
        return {}
    details: dict[str, Any] = {"nextStep": error.next_step(locale)}
    field = getattr(error, "field", None)
    if field is not None:
        details["field"] = camel(str(field))
    action = getattr(error, "action", None)
    if action is not None:
        details["action"] = action
    cited = error.rule or rule
    if cited is not None:
        details["rule"] = citation(cited)
    if isinstance(error, StaleRevision):
        details |= {"seen": error.seen, "current": error.current}
    return details


def payload_value(name: str, mutation: Mutation, receipt: Receipt) -> Any:
    """Return a field of a payload that the receipt itself answers."""
    match name:
        case "__typename":
            return f"{mutation.type_prefix}Payload"
        case "replayed":
            return receipt.replayed
        case "secret":
            return receipt.secrets[0] if receipt.secrets else None
        case _:
            return None if receipt.subject_id is None else f"{mutation.command.subject_type}:{receipt.subject_id}"
