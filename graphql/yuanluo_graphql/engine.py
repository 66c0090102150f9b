"""The engine: from a request and a token to an answer, by one statement where the query allows it.

    token, budget, text ──gate──> operation ──variables──> plan (cached) ──turn, bind──> one statement ──> bytes
                                                                         └─ Python fields, cursors, read log

The plan's key is (operation, variable shape, rights shape). A query made of columns, relations, aggregates and SQL
expressions answers with the database's own bytes; any other is completed in Python over the same statement.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import msgspec
from cachetools import LRUCache
from graphql import OperationDefinitionNode, OperationType, SelectionSetNode
from graphql.language import DocumentNode

from yuanluo.authority import Decision
from yuanluo.clock import day_in_shanghai
from yuanluo.command import Receipt
from yuanluo.fields import FieldContext
from yuanluo.viewer import Viewer
from yuanluo_graphql.arguments import variable_shape
from yuanluo_graphql.budgets import CHARACTER_PRICE, REQUEST_PRICE, Account
from yuanluo_graphql.compiler import Compiler
from yuanluo_graphql.cursors import Cursors
from yuanluo_graphql.documents import Documents, Method, Prepared
from yuanluo_graphql.finish import Finish, SensitiveRead
from yuanluo_graphql.guards import Guards, Told, with_cost
from yuanluo_graphql.http import Answer, GraphQLRequest, HttpContext
from yuanluo_graphql.indicators import about_indicator
from yuanluo_graphql.introspection import introspect
from yuanluo_graphql.mutations import Asked
from yuanluo_graphql.permissions import Decide, Permits
from yuanluo_graphql.plan import Binding, Plan, PythonRoot
from yuanluo_graphql.refusals import RequestError, problem_of
from yuanluo_graphql.rights import Rights
from yuanluo_graphql.scalars import to_json
from yuanluo_graphql.selection import Selection, select_plain
from yuanluo_graphql.writing import Write, write
from yuanluo_tenants.database import Away, Database
from yuanluo_tenants.errors import Invalid, Locale, Refused
from yuanluo_tenants.scope import Range, Scope
from yuanluo_tenants.tree import code_of

__all__ = ["Admitted", "CompiledEngine", "Doors", "PluginInfo", "anonymous"]

_log = logging.getLogger("yuanluo.graphql")

_AWAY_SECONDS: Final = 2
"""After how many seconds a client may try again while the database is away."""

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


def _no_rules(_viewer: Viewer, action: str, _tenant: int) -> Decision:
    raise Invalid(f"没有操作 {action}。", f"there is no action {action!r}.")


async def _no_commands(_viewer: Viewer, asked: Asked) -> Receipt:
    raise Invalid(f"没有变更 {asked.mutation.name}。", f"there is no mutation {asked.mutation.name!r}.")


@dataclass(slots=True)
class Doors:
    """What the engine needs of the rest of the house."""

    authenticate: Callable[[str], Awaitable[Viewer]]
    """Return the viewer of a bearer token; raise RequestError with status 401 for a bad one."""
    log_reads: Callable[[Viewer, Sequence[SensitiveRead], str], Awaitable[None]]
    """Write the log of sensitive rows read; committed before the first byte of the answer."""
    is_known: Callable[[str], bool] = lambda _token: False
    """Whether a bearer token held when it was last looked up, a while ago at most."""
    plugins: Callable[[], Sequence[PluginInfo]] = lambda: ()
    report: Callable[[str, str, Exception], None] = lambda _plugin, _field, _error: None
    """Record in a plugin's health that a field of it failed."""
    recovered: Callable[[str, str], None] = lambda _plugin, _field: None
    """Record that a field of a plugin worked."""
    services: Mapping[str, Any] = field(default_factory=lambda: {})
    decide: Decide = _no_rules
    """Decide whether a viewer may do an action at a node."""
    perform: Callable[[Viewer, Asked], Awaitable[Receipt]] = _no_commands
    """Run the command that a mutation means, committed when it returns."""
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What of a request does not depend on who sent it: it passed the gate, its variables are typed and priced."""

    prepared: Prepared
    variables: Mapping[str, Any]
    shape: Hashable
    cost: int


class Admitted(msgspec.Struct, frozen=True):
    """An operation that passed every gate: what is to run, for whom, who pays, and what is told of its cost."""

    ready: _Ready
    rights: Rights
    payer: Hashable
    told: Told | None

    @property
    def prepared(self) -> Prepared:
        """The operation."""
        return self.ready.prepared

    @property
    def variables(self) -> Mapping[str, Any]:
        """Its variables, typed."""
        return self.ready.variables


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
        plans: int = 32_000_000,
        guards: Guards | None = None,
    ) -> None:
        self.database = database
        self.documents = documents
        self.compiler = compiler
        self.cursors = cursors
        self.doors = doors
        self._plans: LRUCache[Hashable, tuple[Plan, int]] = LRUCache(plans, itemgetter(1))
        self.guards = guards or Guards()
        self._rights: LRUCache[int, tuple[Viewer, Rights]] = LRUCache(1_000)
        self.anonymous = Rights.of(anonymous())

    async def execute(self, request: GraphQLRequest, http: HttpContext, /) -> Answer:
        """Answer one HTTP request; raise RequestError with 503 while the database is away."""
        try:
            return await self._answer(request, http)
        except Refused:
            raise
        except Exception as error:
            if not self.database.is_away(error):
                raise
            _log.warning("request %s met a database that is away: %s", http.request_id, error)
            raise RequestError(
                problem_of(Away()), status=503, headers=(("retry-after", str(_AWAY_SECONDS)),)
            ) from error

    async def _answer(self, request: GraphQLRequest, http: HttpContext) -> Answer:
        admitted = await self.admit(request, http, http.method)
        ready, rights, request_id, locale = admitted.ready, admitted.rights, http.request_id, http.locale
        tail = b"" if admitted.told is None else admitted.told.tail

        def work() -> Awaitable[bytes]:
            if ready.prepared.kind is OperationType.MUTATION:
                return write(self, Write(ready.prepared, ready.variables, rights, request_id, locale), tail)
            return self.run(
                ready.prepared,
                ready.variables,
                rights,
                request_id=request_id,
                locale=locale,
                tail=tail,
                shape=ready.shape,
            )

        try:
            body = await self.guards.run(ready.prepared, ready.cost, admitted.payer, rights, request_id, work)
        except Refused as error:
            raise with_cost(error, admitted.told) from error
        return Answer(body)

    async def admit(self, request: GraphQLRequest, http: HttpContext, method: Method) -> Admitted:
        """Return the operation of a request that may run, paid for; raise RequestError for any other.

        A request that came before in the same bytes skips the gate, but not the token, the budget and the blocks.
        """
        guards, limit = self.guards, self.documents.limits.max_cost
        rights = await self.rights_of(http.bearer, http.client)
        trace = http.trace
        if trace is not None and rights is not self.anonymous:
            trace.account = str(rights.viewer.account_id)
        payer = guards.payer(rights, http)
        account = guards.account(payer, rights)
        account.pay(REQUEST_PRICE)
        ready: _Ready | None = request.memo.get("ready")
        if ready is None or rights.viewer.trusted_only:
            ready = self._ready(request, method, rights, account)
        if trace is not None:
            trace.kind, trace.document = ready.prepared.kind.value, ready.prepared.hash
            trace.operation = guards.named(ready.prepared)
        guards.refuse_blocked(ready.prepared)
        account.pay(ready.cost)
        if trace is not None:
            trace.cost = ready.cost
        return Admitted(ready, rights, payer, guards.told(ready.cost, limit, account))

    def _ready(self, request: GraphQLRequest, method: Method, rights: Rights, account: Account) -> _Ready:
        """Pass a request through the gate; that of a query by POST is kept with it, in case the same comes again."""
        documents = self.documents
        text = self.guards.trusted.text_of(request, only=rights.viewer.trusted_only)
        if not documents.is_kept(text):
            account.pay(CHARACTER_PRICE * min(len(text), documents.limits.max_document_characters))
        prepared = documents.prepare(text, request.operation_name, method=method)
        self.guards.refuse_blocked(prepared)
        variables = documents.coerce_variables(prepared, request.variables).coerced
        shape = variable_shape(prepared.operation, variables)
        ready = _Ready(prepared, variables, shape, documents.price(prepared, variables))
        if method == "POST" and prepared.kind is OperationType.QUERY:
            request.memo["ready"] = ready
        return ready

    async def rights_of(self, bearer: str | None, client: str | None = None) -> Rights:
        """Return the rights of a token's viewer, prepared once while the viewer is cached.

        The address `client` of the request answers for wrong tokens. Ones that held before are looked up all the
        same, so that nobody is shut out by a neighbour behind his address.
        """
        if bearer is None:
            return self.anonymous
        seconds = self.guards.shut_out(client)
        if seconds and not self.doors.is_known(bearer):
            raise self.guards.stranger(seconds)
        try:
            viewer = await self.doors.authenticate(bearer)
        except RequestError as refused:
            if refused.status == 401:
                self.guards.count_wrong_token(client)
            raise
        found = self._rights.get(id(viewer))
        if found is not None and found[0] is viewer:
            return found[1]
        rights = Rights.of(viewer)
        self._rights[id(viewer)] = (viewer, rights)
        return rights

    def plan(
        self, prepared: Prepared, variables: Mapping[str, Any], rights: Rights, shape: Hashable | None = None
    ) -> Plan:
        """Return the plan for this operation, compiled at its first use; `shape` is that of `variables`, if known."""
        if shape is None:
            shape = variable_shape(prepared.operation, variables)
        key = (prepared, shape, rights.shape)
        kept = self._plans.get(key)
        if kept is not None:
            return kept[0]
        plan = self.compiler.compile(prepared.operation, prepared.fragments, variables, rights)
        weight = plan.weight + prepared.weight  # its key keeps the document
        if weight <= self._plans.maxsize:
            self._plans[key] = plan, weight
        return plan

    async def run(
        self,
        prepared: Prepared,
        variables: Mapping[str, Any],
        rights: Rights,
        *,
        request_id: str = "",
        locale: Locale = "zh-CN",
        tail: bytes = b"",
        shape: Hashable | None = None,
    ) -> bytes:
        """Return the response body of an admitted query for a viewer; `tail` goes before its last brace."""
        plan = self.plan(prepared, variables, rights, shape)
        now = self.doors.now()
        binding = Binding(variables, rights, day_in_shanghai(now), self.cursors, now, locale=locale)
        json: bytes | None = None
        if plan.sql is not None:
            args = [bind(binding) for bind in plan.binders]
            json = await self.database.fetch_json(plan.sql, args, rights.scope)
            if plan.is_direct:
                assert json is not None
                return b"".join((b'{"data":', json, tail, b"}"))
        body = await self._complete(plan, json, prepared, binding, request_id)
        return b"".join((body[:-1], tail, b"}")) if tail else body

    async def _complete(
        self, plan: Plan, json: bytes | None, prepared: Prepared, binding: Binding, request_id: str
    ) -> bytes:
        data: dict[str, Any] = _decode(json) if json is not None else dict.fromkeys(plan.keys)
        finish = await self.finish(plan, data, prepared, binding)
        for root in plan.python_roots:
            data[root.key] = self._python_root(root, prepared, binding, data.get(root.key))
        if plan.introspects:
            await self._introspect(data, prepared, binding)
        if finish.reads:
            await self.doors.log_reads(binding.rights.viewer, tuple(finish.reads), request_id)
        answer: dict[str, Any] = {"data": data}
        if finish.errors:
            answer = {"errors": finish.errors, **answer}
        return _encode(answer)

    async def finish(self, plan: Plan, data: dict[str, Any], prepared: Prepared, binding: Binding) -> Finish:
        """Complete the data of one statement in Python, and report how the plugins' fields went."""
        viewer = binding.rights.viewer
        finish = Finish(
            binding,
            FieldContext(viewer, binding.today, self.doors.services),
            Permits(self.doors.decide, viewer, self.doors.now(), binding.locale),
            Selection(prepared.fragments, binding.variables),
        )
        if plan.completion is not None:
            await finish.complete(data, plan.completion)
        for plugin, name, error in finish.failures:
            self.doors.report(plugin, name, error)
        for plugin, name in finish.successes:
            self.doors.recovered(plugin, name)
        return finish

    def _python_root(
        self, root: PythonRoot, prepared: Prepared, binding: Binding, stored: dict[str, Any] | None
    ) -> Any:
        """Return the answer of a root field; `stored` is what the database says of it, if it was asked."""
        selection = Selection(prepared.fragments, binding.variables)
        if root.name == "viewer":
            viewer = binding.rights.viewer
            if binding.rights is self.anonymous:
                return None
            value = {
                "name": viewer.name,
                "roles": [{"role": role, "node": code_of(node)} for role, node in viewer.roles],
                "expiresAt": to_json(viewer.expires_at),
                "person": None,
                "people": None,
            }
            answer = select_plain(value, "Viewer", {"roles": "ViewerRole"}, root.nodes, selection)
            return {**answer, **(stored or {})}
        if root.name == "indicators":
            return [
                select_plain(about_indicator(each), "IndicatorAbout", {}, root.nodes, selection)
                for each in self.compiler.model.indicators.values()
            ]
        return [
            select_plain(
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

    async def _introspect(self, data: dict[str, Any], prepared: Prepared, binding: Binding) -> None:
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
        data.update(await introspect(self.compiler.schema, document, binding.variables))
