"""Running a mutation: its root fields one after the other, each in a transaction of its own.

What is refused answers null and an error at its place; what was committed before it stands, and what comes after it is
still done, as GraphQL asks of mutations.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec
from graphql import FieldNode, GraphQLObjectType

from yuanluo.clock import day_in_shanghai
from yuanluo_graphql.documents import Prepared
from yuanluo_graphql.model import Mutation
from yuanluo_graphql.mutations import asked, payload_value, refusal_entry
from yuanluo_graphql.plan import Binding
from yuanluo_graphql.refusals import Problem, RequestError
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.selection import Selection
from yuanluo_tenants.database import Away
from yuanluo_tenants.errors import Locale, Refused, YuanluoError

if TYPE_CHECKING:
    from yuanluo_graphql.engine import CompiledEngine

__all__ = ["Write", "write"]

_log = logging.getLogger("yuanluo.mutations")
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Write:
    """An admitted mutation, who sends it, and the errors found so far."""

    prepared: Prepared
    variables: Mapping[str, Any]
    rights: Rights
    request_id: str
    locale: Locale
    errors: list[dict[str, Any]] = field(default_factory=lambda: [])


async def write(engine: CompiledEngine, asking: Write, tail: bytes = b"") -> bytes:
    """Return the response body of a mutation, `tail` before its last brace; raise RequestError without a token."""
    if asking.rights is engine.anonymous:
        raise RequestError(
            Problem("UNAUTHENTICATED", "变更须先登录,请提供令牌。", "A mutation needs a token; send one."),
            status=401,
            headers=(("www-authenticate", "Bearer"),),
        )
    selection = Selection(asking.prepared.fragments, asking.variables)
    fields = selection.collect(frozenset({"Mutation"}), [asking.prepared.operation.selection_set])
    data: dict[str, Any] = {}
    for key, nodes in fields.items():
        name = nodes[0].name.value
        data[key] = "Mutation" if name == "__typename" else await _field(engine, asking, key, name, nodes)
    body = _encode({"errors": asking.errors, "data": data} if asking.errors else {"data": data})
    return body[:-1] + tail + b"}" if tail else body


async def _field(engine: CompiledEngine, asking: Write, key: str, name: str, nodes: Sequence[FieldNode]) -> Any:
    mutation = engine.compiler.model.mutations[name]
    try:
        return await _performed(engine, asking, key, mutation, nodes)
    except Refused as refusal:
        error: YuanluoError = refusal
    except Exception as failure:  # noqa: BLE001  # what was committed before it must be told all the same
        error = _failed(engine, asking, name, failure)
    asking.errors.append(refusal_entry(error, mutation, nodes[0], asking.locale))
    return None


def _failed(engine: CompiledEngine, asking: Write, name: str, failure: Exception) -> YuanluoError:
    """Return what the client is told of a failure that is not his, and log it."""
    if engine.database.is_away(failure):
        _log.warning("mutation %s of request %s met a database that is away: %s", name, asking.request_id, failure)
        return Away()
    _log.error("mutation %s of request %s failed", name, asking.request_id, exc_info=failure)
    return YuanluoError(
        f"服务器内部出错;请联系管理员并提供编号 {asking.request_id}。",
        f"The server failed; tell the operator the request id {asking.request_id}.",
        code="INTERNAL",
    )


async def _performed(
    engine: CompiledEngine, asking: Write, key: str, mutation: Mutation, nodes: Sequence[FieldNode]
) -> dict[str, Any]:
    """Run the command, then show its payload as the viewer may see it."""
    root = cast("GraphQLObjectType", engine.compiler.schema.mutation_type)
    rights = asking.rights
    wanted = asked(mutation, engine.compiler.model, root, nodes[0], asking.variables, rights.scope)
    receipt = await engine.doors.perform(rights.viewer, wanted)
    plan = engine.compiler.compile_payload(mutation, nodes, asking.prepared.fragments, asking.variables, rights)
    now = engine.doors.now()
    binding = Binding(asking.variables, rights, day_in_shanghai(now), engine.cursors, now, locale=asking.locale)
    binding.memo["receipt"] = receipt
    data: dict[str, Any] = dict.fromkeys(plan.keys)
    if plan.sql is not None:
        args = [bind(binding) for bind in plan.binders]
        data = _decode(await engine.database.fetch_json(plan.sql, args, rights.scope) or b"{}")
    finish = await engine.finish(plan, data, asking.prepared, binding)
    if finish.reads:
        await engine.doors.log_reads(rights.viewer, tuple(finish.reads), asking.request_id)
    asking.errors.extend({**each, "path": [key, *each["path"]]} for each in finish.errors)
    for each in plan.python_roots:
        data[each.key] = payload_value(each.name, mutation, receipt)
    return data
