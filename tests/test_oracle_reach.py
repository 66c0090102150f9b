"""What the oracle is asked is the whole schema: a part that no random document can name is listed here, or fails."""

from __future__ import annotations

import pytest
from bundled import bundled_schema
from documents_strategy import SCALARS, Corpus, document_at
from graphql import GraphQLSchema, build_schema
from schema_parts import Ways, parts_named, parts_of

NOT_AT_RANDOM = {
    "Query.__schema": "graphql-core answers it; test_oracle.py compares the whole of it",
    "Query.__type": "graphql-core answers it; test_oracle.py compares a type of every kind",
}
"""Parts that stand outside of the random documents, each with the reason and where it is compared.

Values of enums that stand in answers only are no parts: rows hold them, and no document can name them.
"""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return bundled_schema().core


def corpus_without_rows(schema: GraphQLSchema) -> Corpus:
    ids_of = {name: [f"{name}:1:1"] for name in Ways(schema).node_types}
    return Corpus({}, SCALARS, ["x"], ids_of, ["510106"], {}, ["person.create"])


def test_random_documents_name_every_part_of_the_schema_that_is_not_listed(schema: GraphQLSchema) -> None:
    parts, corpus = parts_of(schema), corpus_without_rows(schema)
    assert NOT_AT_RANDOM.keys() <= parts
    waiting = sorted(parts - NOT_AT_RANDOM.keys(), reverse=True)
    named: set[str] = set()
    while waiting:
        part = waiting.pop()
        if part not in named:
            document = document_at(schema, corpus, part, len(waiting))
            named |= parts_named(schema, document.text, document.variables)
            assert part in named, f"aimed at {part}, but it is not in\n{document}"
    assert parts - named == NOT_AT_RANDOM.keys()


def test_a_type_that_no_field_leads_to_is_refused() -> None:
    sdl = "interface Node { id: ID! } type Query { a: A } type A implements Node { id: ID! } type B implements Node { id: ID! }"
    with pytest.raises(AssertionError, match=r"no field leads to: \['B'\]"):
        Ways(build_schema(sdl))
