"""The document gate: from a text nobody trusts to an operation that may be executed.

The steps stand in the order of their price, and each is bounded before the next begins: length, tokens, shape
(see `limits`), validation, cost. Validation of overlapping fields is quadratic by nature, so it gets a budget far
below graphql-core's own. What passed is kept by its text: the second request with the same text costs a lookup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Literal

from cachetools import LRUCache
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    ValidationContext,
    VariableValues,
    get_variable_values,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from yuanluo_graphql.limits import (
    CEILING,
    CostModel,
    Limits,
    check_shape,
    check_variables,
    fragments_of,
    over_limit,
)
from yuanluo_graphql.refusals import Problem, RequestError, problems_of

__all__ = ["INTROSPECTION_OFF", "Documents", "Method", "Prepared", "hash_of"]

Method = Literal["GET", "POST", "WEBSOCKET"]

_COMPARISONS = 40_000
_BYTES_PER_TOKEN = 400  # what graphql-core keeps for one, with its share of the tree
_COSTS_KEPT = 64


class _BoundedOverlapRule(OverlappingFieldsCanBeMergedRule):
    """Gives up after 40,000 units of comparison (graphql-core: 500,000), which is some 80 ms."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = _COMPARISONS


# Built once: the cheap rules first, so that a document which is wrong anyway never reaches the quadratic one.
_RULES: tuple[type[ASTValidationRule], ...] = tuple(
    rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule
)
_CLOSED_RULES: tuple[type[ASTValidationRule], ...] = (NoSchemaIntrospectionCustomRule,)
_OVERLAP_RULES: tuple[type[ASTValidationRule], ...] = (_BoundedOverlapRule,)


INTROSPECTION_OFF: Final = Problem(
    "INTROSPECTION_OFF",
    "本部署未开放模式查询,请向运维索取模式文件。",
    "The schema may not be asked for here; ask the operator for the SDL.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One operation that passed the gate. The same text and name give the same object while it is kept.

    Compared and hashed by identity, so it serves as the first part of a plan's key; `page_variables` are the
    variables on which its cost depends.
    """

    text: str
    hash: str
    """SHA-256 of the text, by which operators block it and the slow query log names it."""
    document: DocumentNode
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    page_variables: tuple[str, ...]
    weight: int
    """The bytes that its document takes in memory, about."""
    _costs: dict[tuple[int | None, ...], int]
    """The admitted costs, by the sizes that the page variables have."""

    @property
    def kind(self) -> OperationType:
        """Whether it is a query, a mutation or a subscription."""
        return self.operation.operation

    @property
    def name(self) -> str | None:
        """The operation's name in the document."""
        return self.operation.name.value if self.operation.name else None


@dataclass(frozen=True, slots=True)
class _Kept:
    document: DocumentNode
    operations: Mapping[str | None, Prepared]
    weight: int


class Documents:
    """Prepares documents for one schema, and remembers those that passed."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        *,
        introspection: bool = True,
        suggestions: bool = True,
    ) -> None:
        self.schema = schema
        self.limits = limits or Limits()
        self._introspection = introspection
        # a suggestion is introspection one name at a time
        self._hide_suggestions = not (introspection and suggestions)
        self._costs = CostModel(schema, self.limits)
        self._kept: LRUCache[str, _Kept] = LRUCache(self.limits.cached_bytes, attrgetter("weight"))

    def prepare(self, query: str, operation_name: str | None = None, *, method: Method = "POST") -> Prepared:
        """Return the operation to execute, or raise `RequestError` saying which limit or rule it breaks.

        `method` decides what may run: queries by GET, no subscriptions but over a WebSocket.
        """
        kept = self._kept.get(query)
        if kept is None:
            kept = self._admit(query)
        prepared = _select(kept.operations, operation_name)
        if not prepared.page_variables:
            self._check_cost(prepared, {})
        if prepared.kind is not OperationType.QUERY:
            _check_method(prepared.kind, method)
        return prepared

    def coerce_variables(self, prepared: Prepared, variables: Mapping[str, Any] | None) -> VariableValues:
        """Return the typed variables; refuse wrong ones (BAD_USER_INPUT) and those that make it too dear."""
        definitions = prepared.operation.variable_definitions
        if variables:
            check_variables(variables, self.limits)
        if not definitions:
            return VariableValues({}, {})
        found = get_variable_values(
            self.schema,
            definitions,
            dict(variables or {}),
            max_errors=self.limits.max_errors,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(found, list):
            raise RequestError(*problems_of(found, "BAD_USER_INPUT", "变量有误"))
        if prepared.page_variables:
            self._check_cost(prepared, found.coerced)
        return found

    def cost(self, prepared: Prepared, variables: Mapping[str, Any]) -> int:
        """Return how many values the answer may hold with coerced `variables`."""
        return self._costs.cost(prepared.document, prepared.operation, variables)

    def price(self, prepared: Prepared, variables: Mapping[str, Any]) -> int:
        """Return the cost of an admitted operation; what was admitted with the same pages costs a lookup."""
        found = prepared._costs.get(_pages(prepared, variables))
        return self.cost(prepared, variables) if found is None else found

    def is_kept(self, query: str) -> bool:
        """Whether a document is remembered, so that preparing it costs nothing."""
        return query in self._kept

    @property
    def kept(self) -> int:
        """How many documents are remembered."""
        return len(self._kept)

    def admit(self, query: str) -> DocumentNode:
        """Return a document that is small and valid, whatever its operations cost; raise `RequestError`."""
        kept = self._kept.get(query)
        return (self._admit(query) if kept is None else kept).document

    def _admit(self, query: str) -> _Kept:
        document = self._parse(query)
        check_shape(document, self.limits)
        self._validate(document)
        kept = self._prepare_operations(query, document)
        if kept.weight <= self._kept.maxsize:
            self._kept[query] = kept
        return kept

    def _parse(self, query: str) -> DocumentNode:
        limits = self.limits
        if len(query) > limits.max_document_characters:
            raise _too_large("字符", "characters", limits.max_document_characters)
        try:
            return parse(
                query,
                max_lexical_tokens=limits.max_tokens,
                max_comments=limits.max_comments,
            )
        except GraphQLError as error:
            # graphql-core has no class for its limits, only this sentence.
            if "Document contains more than" in error.message:
                if error.message.endswith("comments."):
                    raise _too_large("注释", "comments", limits.max_comments) from None
                raise _too_large("词元", "tokens", limits.max_tokens) from None
            raise RequestError(*problems_of((error,), "GRAPHQL_PARSE_FAILED", "查询语法有误")) from None

    def _validate(self, document: DocumentNode) -> None:
        limit = self.limits.max_errors
        if not self._introspection and validate(self.schema, document, _CLOSED_RULES, max_errors=1):
            raise RequestError(INTROSPECTION_OFF)
        errors = validate(self.schema, document, _RULES, max_errors=limit, hide_suggestions=self._hide_suggestions)
        if not errors:
            errors = validate(self.schema, document, _OVERLAP_RULES, max_errors=limit)
            if len(errors) == 1 and isinstance(errors[0], ValidationAbortedError):
                raise RequestError(
                    Problem(
                        "OVERLAP_LIMIT",
                        "同一层级中重复的字段或片段过多,请合并。",
                        "Too many fields or fragments overlap in one selection; merge them.",
                    )
                )
        if errors:
            raise RequestError(*problems_of(errors, "GRAPHQL_VALIDATION_FAILED", "查询未通过校验"))

    def _prepare_operations(self, query: str, document: DocumentNode) -> _Kept:
        fragments = MappingProxyType(fragments_of(document))
        variables = self._costs.page_variables(document)
        hashed = hash_of(query)
        weight = len(query) + _BYTES_PER_TOKEN * _count_tokens(document)
        operations: dict[str | None, Prepared] = {}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                declared = {node.variable.name.value for node in definition.variable_definitions or ()}
                pages = tuple(sorted(declared & variables))
                prepared = Prepared(query, hashed, document, definition, fragments, pages, weight, {})
                operations[prepared.name] = prepared
        return _Kept(document, MappingProxyType(operations), weight)

    def _check_cost(self, prepared: Prepared, variables: Mapping[str, Any]) -> None:
        key = _pages(prepared, variables)
        if key in prepared._costs:
            return
        cost = self.cost(prepared, variables)
        if cost > self.limits.max_cost:
            raise RequestError(
                over_limit(
                    "COST_LIMIT",
                    "估算的结果值数",
                    "estimated values",
                    cost,
                    self.limits.max_cost,
                ),
                extensions={"cost": {"estimated": min(cost, CEILING), "limit": self.limits.max_cost}},
            )
        if len(prepared._costs) < _COSTS_KEPT:
            prepared._costs[key] = cost


def hash_of(text: str) -> str:
    """Return the SHA-256 of a document's text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _pages(prepared: Prepared, variables: Mapping[str, Any]) -> tuple[int | None, ...]:
    names = prepared.page_variables
    return tuple([_size(variables.get(name)) for name in names]) if names else ()


def _select(operations: Mapping[str | None, Prepared], operation_name: str | None) -> Prepared:
    if operation_name is None:
        if len(operations) == 1:
            return next(iter(operations.values()))
        raise RequestError(
            Problem(
                "OPERATION_NOT_FOUND",
                "查询中须有且仅有一个操作,否则请给出 operationName。",
                "The document must hold exactly one operation, or name one by `operationName`.",
            )
        )
    prepared = operations.get(operation_name)
    if prepared is None:
        raise RequestError(
            Problem(
                "OPERATION_NOT_FOUND",
                f"查询中没有名为 {operation_name[:80]} 的操作。",
                f"The document has no operation named {operation_name[:80]!r}.",
            )
        )
    return prepared


def _size(value: object) -> int | None:
    """Return what a page variable means for the cost: a size, or the length of a list."""
    if isinstance(value, int):
        return value
    return len(value) if isinstance(value, Sized) else None


def _count_tokens(document: DocumentNode) -> int:
    """Return how many tokens the document keeps in memory; they, not its characters, are its weight."""
    count, token = 0, document.loc.start_token if document.loc else None
    while token is not None:
        count += 1
        token = token.next
    return count


def _too_large(zh: str, en: str, limit: int) -> RequestError:
    return RequestError(
        Problem(
            "DOCUMENT_TOO_LARGE",
            f"查询文本超过 {limit} 个{zh},请缩小或拆分。",
            f"The document has more than {limit} {en}; make it smaller or split it.",
            details={"limit": limit},
        )
    )


def _check_method(kind: OperationType, method: Method) -> None:
    if kind is OperationType.MUTATION and method == "GET":
        raise RequestError(
            Problem(
                "METHOD_NOT_ALLOWED",
                "变更(mutation)须用 POST 提交。",
                "A mutation must be sent by POST.",
            ),
            status=405,
            headers=(("allow", "POST"),),
        )
    if kind is OperationType.SUBSCRIPTION and method != "WEBSOCKET":
        raise RequestError(
            Problem(
                "SUBSCRIPTION_OVER_HTTP",
                "订阅(subscription)须通过 WebSocket,或以 Accept: text/event-stream 提交。",
                "A subscription needs a WebSocket, or `Accept: text/event-stream`.",
            )
        )
