"""Documents that between them use every member of every filter with every operator, and every order both ways.

Random documents reach most of them; these reach all, one list per use, many lists to a document.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

from documents_strategy import Corpus
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
)

__all__ = ["member_documents", "uses_of"]

LISTS = 16
"""Lists in one document: more would be refused as too much for one statement."""


def member_documents(schema: GraphQLSchema, corpus: Corpus, district: str) -> list[str]:
    """Return the documents, for a district that exists."""
    documents: list[str] = []
    for name, path in paths_to(schema, district).items():
        uses = list(uses_of(schema, corpus, name))
        for start in range(0, len(uses), LISTS):
            lists = " ".join(
                f"a{at}: {path[-1]}({use}, first: 5) {{ totalCount nodes {{ __typename }} }}"
                for at, use in enumerate(uses[start : start + LISTS])
            )
            documents.append(f"{{ {''.join(f'{each} {{ ' for each in path[:-1])}{lists}{' }' * len(path)}")
    return documents


def paths_to(schema: GraphQLSchema, district: str) -> dict[str, list[str]]:
    """Return a shortest way from the root to a list of each type that can be filtered: what to select, in turn."""
    found: dict[str, list[str]] = {"Courtyard": ["courtyards"]}
    waiting: deque[tuple[str, list[str]]] = deque(
        [("Courtyard", ["courtyards", "nodes"]), ("District", [f'district(code: "{district}")'])]
    )
    seen = {"Courtyard", "District"}
    while waiting:
        name, path = waiting.popleft()
        owner = schema.type_map[name]
        assert isinstance(owner, GraphQLObjectType)
        for field_name, each in owner.fields.items():
            target = get_named_type(each.type)
            if not isinstance(target, GraphQLObjectType):
                continue
            row, way = target.name, [*path, field_name]
            if target.name.endswith("Connection"):
                row, way = get_named_type(target.fields["nodes"].type).name, [*path, f"{field_name}(first: 3)", "nodes"]
                if "filter" in each.args:
                    found.setdefault(row, [*path, field_name])
            if row not in seen:
                seen.add(row)
                waiting.append((row, way))
    return found


def uses_of(schema: GraphQLSchema, corpus: Corpus, name: str) -> Iterator[str]:
    """Write each use of the filter and the order of a type as arguments."""
    asked = schema.type_map[f"{name}Filter"]
    assert isinstance(asked, GraphQLInputObjectType)
    some = ""
    for member, about in asked.fields.items():
        operators = get_named_type(about.type)
        assert isinstance(operators, GraphQLInputObjectType)
        if operators is asked:
            many = isinstance(get_nullable_type(about.type), GraphQLList)
            inner = f"{{{some}}}"
            yield f"filter: {{{member}: {f'[{inner}, {inner}]' if many else inner}}}"
            continue
        for operator, value in operators.fields.items():
            some = f"{member}: {{{operator}: {literal(value.type, corpus, asked.name, member)}}}"
            yield f"filter: {{{some}}}"
        if "isNull" in operators.fields:
            yield f"filter: {{{member}: {{isNull: false}}}}"
    fields = schema.type_map[f"{name}OrderField"]
    assert isinstance(fields, GraphQLEnumType)
    for value in fields.values:
        for direction in ("ASC", "DESC"):
            yield f"orderBy: [{{field: {value}, direction: {direction}}}]"


def literal(kind: object, corpus: Corpus, filter_name: str, member: str) -> str:
    """Write a value of a type, one that the rows hold where there is one."""
    named = get_named_type(kind)  # type: ignore[arg-type, call-overload]
    nullable = get_nullable_type(kind)  # type: ignore[arg-type, call-overload]
    if isinstance(nullable, GraphQLList):
        inner = nullable.of_type
        return (
            f"[{literal(inner.of_type if isinstance(inner, GraphQLNonNull) else inner, corpus, filter_name, member)}]"
        )
    if isinstance(named, GraphQLEnumType):
        return str(next(iter(corpus.by_member.get((filter_name, member), named.values))))
    if named.name == "ID":
        return json.dumps(corpus.ids[-1])
    if named.name == "Boolean":
        return "true"
    held = corpus.by_member.get((filter_name, member)) or corpus.by_scalar[named.name]
    return json.dumps(held[len(held) // 2], ensure_ascii=False)
