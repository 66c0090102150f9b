"""The engine: from a request and a token to an answer, by one statement where the query allows it.

    text ──gate──> operation ──variables──> plan (cached) ──bind──> one statement ──> bytes
                                                                         └─ Python fields, cursors, read log

The plan's key is (operation, variable shape, rights shape). A query made of columns, relations, aggregates and SQL
expressions answers with the database's own bytes; any other is completed in Python over the same statement.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import graphql
import msgspec
from graphql import ExecutionResult, FieldNode, OperationDefinitionNode, SelectionSetNode
from graphql.language import DocumentNode

from yuanluo.clock import day_in_shanghai
from yuanluo.fields import FieldContext
from yuanluo.viewer import Viewer
from yuanluo_graphql.arguments import variable_shape
from yuanluo_graphql.compiler import Compiler
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents, Prepared
from yuanluo_graphql.finish import Finish, SensitiveRead
from yuanluo_graphql.http import Answer, GraphQLRequest, HttpContext
from yuanluo_graphql.plan import Binding, Plan, PythonRoot
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.scalars import to_json
from yuanluo_graphql.selection import Selection
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Invalid
from yuanluo_tenants.scope import Range, Scope
from yuanluo_tenants.tree import code_of

__all__ = ["CompiledEngine", "Doors", "PluginInfo", "anonymous"]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as the root field `plugins` shows it."""

    name: str
    version: str
    description: str
    healthy: bool
    problem: str | None


def anonymous() -> Viewer:
    """Return the viewer of a request without a token: a scope in which no node lies, and no clearance."""
    return Viewer(uuid.UUID(int=0), "", Scope((Range(0, 0),)), (), ())


@dataclass(slots=True)
class Doors:
    """What the engine needs of the rest of the house."""

    authenticate: Callable[[str], Awaitable[Viewer]]
    """Return the viewer of a bearer token; raise RequestError with status 401 for a bad one."""
    log_reads: Callable[[Viewer, Sequence[SensitiveRead], str], Awaitable[None]]
    """Write the log of sensitive rows read; committed before the first byte of the answer."""
    plugins: Callable[[], Sequence[PluginInfo]] = lambda: ()
    report: Callable[[str, str, Exception], None] = lambda _plugin, _field, _error: None
    """Record in a plugin's health that a field of it failed."""
    recovered: Callable[[str, str], None] = lambda _plugin, _field: None
    """Record that a field of a plugin worked."""
    services: Mapping[str, Any] = field(default_factory=lambda: {})
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What of a request does not depend on who sent it: it passed the gate, its variables are typed."""

    prepared: Prepared
    variables: Mapping[str, Any]
    shape: Hashable


class CompiledEngine:
    """Answers GraphQL requests from one database."""

    def __init__(
        self,
        database: Database,
        documents: Documents,
        compiler: Compiler,
        cursors: Cursors,
        doors: Doors,
        *,
        plans: int = 2_000,
        introspection: bool = True,
    ) -> None:
        self.database = database
        self.documents = documents
        self.compiler = compiler
        self.cursors = cursors
        self.doors = doors
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()
        self._max_plans = plans
        self._introspection = introspection
        self._rights: OrderedDict[int, tuple[Viewer, Rights]] = OrderedDict()
        self._anonymous = Rights.of(anonymous())

    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        """Answer one HTTP request."""
        ready: _Ready | None = request.memo.get("ready")
        if ready is None:
            ready = self._ready(request, http)
        rights = await self.rights_of(http.bearer)
        body = await self.run(ready.prepared, ready.variables, rights, request_id=http.request_id, shape=ready.shape)
        return Answer(body)

    def _ready(self, request: GraphQLRequest, http: HttpContext) -> _Ready:
        """Pass a request through the gate; that of a query by POST is kept with it, in case the same comes again."""
        prepared = self.documents.prepare(request.query, request.operation_name, method=http.method)
        variables = self.documents.coerce_variables(prepared, request.variables).coerced
        ready = _Ready(prepared, variables, variable_shape(prepared.operation, variables))
        if http.method == "POST" and prepared.kind is graphql.OperationType.QUERY:
            request.memo["ready"] = ready
        return ready

    async def rights_of(self, bearer: str | None) -> Rights:
        """Return the rights of a token's viewer, prepared once while the viewer is cached."""
        if bearer is None:
            return self._anonymous
        viewer = await self.doors.authenticate(bearer)
        found = self._rights.get(id(viewer))
        if found is not None and found[0] is viewer:
            return found[1]
        rights = Rights.of(viewer)
        self._rights[id(viewer)] = (viewer, rights)
        if len(self._rights) > 1_000:
            self._rights.popitem(last=False)
        return rights

    def plan(
        self, prepared: Prepared, variables: Mapping[str, Any], rights: Rights, shape: Hashable | None = None
    ) -> Plan:
        """Return the plan for this operation, compiled at its first use; `shape` is that of `variables`, if known."""
        if shape is None:
            shape = variable_shape(prepared.operation, variables)
        key = (prepared, shape, rights.shape)
        plan = self._plans.get(key)
        if plan is None:
            plan = self.compiler.compile(prepared.operation, prepared.fragments, variables, rights)
            self._plans[key] = plan
            if len(self._plans) > self._max_plans:
                self._plans.popitem(last=False)
        else:
            self._plans.move_to_end(key)
        return plan

    async def run(
        self,
        prepared: Prepared,
        variables: Mapping[str, Any],
        rights: Rights,
        *,
        request_id: str = "",
        shape: Hashable | None = None,
    ) -> bytes:
        """Return the response body of an admitted operation for a viewer."""
        plan = self.plan(prepared, variables, rights, shape)
        if plan.introspects and not self._introspection:
            raise Invalid(
                "本部署未开放模式查询,请向运维索取模式文件。",
                "The schema may not be asked for here; ask the operator for the SDL.",
                code="INTROSPECTION_OFF",
            )
        binding = Binding(variables, rights, day_in_shanghai(self.doors.now()), self.cursors)
        json: bytes | None = None
        if plan.sql is not None:
            args = [bind(binding) for bind in plan.binders]
            json = await self.database.fetch_json(plan.sql, args, rights.scope)
            if plan.is_direct:
                assert json is not None
                return b'{"data":' + json + b"}"
        return await self._complete(plan, json, prepared, binding, request_id)

    async def _complete(
        self, plan: Plan, json: bytes | None, prepared: Prepared, binding: Binding, request_id: str
    ) -> bytes:
        data: dict[str, Any] = _decode(json) if json is not None else dict.fromkeys(plan.keys)
        context = FieldContext(binding.rights.viewer, binding.today, self.doors.services)
        finish = Finish(binding, context)
        if plan.completion is not None:
            await finish.complete(data, plan.completion)
        for plugin, name, error in finish.failures:
            self.doors.report(plugin, name, error)
        for plugin, name in finish.successes:
            self.doors.recovered(plugin, name)
        for root in plan.python_roots:
            data[root.key] = self._python_root(root, prepared, binding)
        if plan.introspects:
            self._introspect(data, prepared, binding)
        if finish.reads:
            await self.doors.log_reads(binding.rights.viewer, tuple(finish.reads), request_id)
        answer: dict[str, Any] = {"data": data}
        if finish.errors:
            answer = {"errors": finish.errors, **answer}
        return _encode(answer)

    def _python_root(self, root: PythonRoot, prepared: Prepared, binding: Binding) -> Any:
        selection = Selection(prepared.fragments, binding.variables)
        if root.name == "viewer":
            viewer = binding.rights.viewer
            if binding.rights is self._anonymous:
                return None
            value = {
                "name": viewer.name,
                "roles": [{"role": role, "node": code_of(node)} for role, node in viewer.roles],
                "expiresAt": to_json(viewer.expires_at),
            }
            return _select(value, "Viewer", {"roles": "ViewerRole"}, root.nodes, selection)
        return [
            _select(
                {
                    "name": each.name,
                    "version": each.version,
                    "description": each.description,
                    "healthy": each.healthy,
                    "problem": each.problem,
                },
                "Plugin",
                {},
                root.nodes,
                selection,
            )
            for each in self.doors.plugins()
        ]

    def _introspect(self, data: dict[str, Any], prepared: Prepared, binding: Binding) -> None:
        """Answer `__schema` and `__type` by graphql-core, over the operation cut down to them."""
        fields = Selection(prepared.fragments, binding.variables).collect(
            frozenset({"Query"}), [prepared.operation.selection_set]
        )
        wanted = tuple(
            node
            for nodes in fields.values()
            for node in nodes
            if node.name.value.startswith("__") and node.name.value != "__typename"
        )
        operation = prepared.operation
        cut = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=wanted),
        )
        document = DocumentNode(definitions=(cut, *prepared.fragments.values()))
        execute_sync = cast("Callable[..., ExecutionResult]", cast("Any", graphql).execute_sync)
        result = execute_sync(self.compiler.schema, document, variable_values=dict(binding.variables))
        if result.errors:
            raise result.errors[0]
        data.update(result.data or {})


def _select(
    value: Mapping[str, Any],
    type_name: str,
    types: Mapping[str, str],
    nodes: Sequence[FieldNode],
    selection: Selection,
) -> dict[str, Any]:
    fields = selection.collect(frozenset({type_name}), [node.selection_set for node in nodes])
    answer: dict[str, Any] = {}
    for key, found in fields.items():
        name = found[0].name.value
        if name == "__typename":
            answer[key] = type_name
        elif name in types:
            answer[key] = [_select(item, types[name], {}, found, selection) for item in value[name]]
        else:
            answer[key] = value[name]
    return answer
