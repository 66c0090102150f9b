"""The document gate: what is admitted, what is refused with which code, and that refusing is quick."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from graphql import OperationDefinitionNode, OperationType, build_schema, get_introspection_query, parse
from hypothesis import given, settings
from hypothesis import strategies as st
from pace import steps

from yuanluo_graphql.documents import Documents
from yuanluo_graphql.limits import CostModel, Limits, measure
from yuanluo_graphql.refusals import RequestError

SCHEMA = build_schema(
    """
    scalar Picky
    enum Colour { RED GREEN }
    interface Node { id: ID! }
    type Person implements Node {
      id: ID!  name: String!  home: Home
      friends(first: Int, last: Int, after: String): PersonConnection!
    }
    type Home implements Node { id: ID!  rooms: [Room!]!  owners(first: Int): [Person!]! }
    type Room { name: String  home: Home }
    type PersonEdge { node: Person! cursor: String! }
    type PersonConnection { edges: [PersonEdge!]! nodes: [Person!]! totalCount: Int! more: Boolean! }
    input Range { low: Int! high: Int }
    type Query {
      me: Person  self: Query  count(n: Int, in: Range, picky: Picky): Int  painted(in: Colour): Int
      node(id: ID!): Node  nodes(ids: [ID!]!): [Node]!
      people(first: Int = 5, last: Int): PersonConnection!
    }
    type Mutation { greet: String }
    type Subscription { greeted: String }
    """
)


def refuse_picky(value: Any) -> Any:
    raise ZeroDivisionError("picky")


vars(SCHEMA.type_map["Picky"])["coerce_input_value"] = refuse_picky
vars(SCHEMA.type_map["Picky"])["parse_value"] = refuse_picky


def gate(**limits: Any) -> Documents:
    return Documents(SCHEMA, Limits(**limits))


def refusal(query: str, variables: Mapping[str, Any] | None = None, **limits: Any) -> RequestError:
    documents = gate(**limits)
    with pytest.raises(RequestError) as caught:
        documents.coerce_variables(documents.prepare(query), variables)
    return caught.value


def cost(query: str, **variables: Any) -> int:
    documents = gate(max_cost=10**9, prices={})
    prepared = documents.prepare(query)
    return documents.cost(prepared, documents.coerce_variables(prepared, variables).coerced)


def test_a_sound_document_is_admitted_and_remembered() -> None:
    documents = gate()
    first = documents.prepare("query Mine { me { name } }")
    assert documents.prepare("query Mine { me { name } }", "Mine") is first
    assert (first.name, first.kind, documents.kept) == ("Mine", OperationType.QUERY, 1)


def test_graphiql_may_read_the_schema() -> None:
    assert gate().prepare(get_introspection_query(input_value_deprecation=True)).name == "IntrospectionQuery"


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Person") { name } }',
        "query($n: String!) { a: __type(name: $n) { fields { name } } }",
        "{ ...F } fragment F on Query { self { ... on Query { s: __schema { types { name } } } } }",
        "{ count @skip(if: true) ... @include(if: false) { __schema { types { name } } } }",
        "mutation { greet } query Q { __schema { types { name } } }",
    ],
)
def test_introspection_that_is_off_is_refused_wherever_it_hides(query: str) -> None:
    with pytest.raises(RequestError) as caught:
        Documents(SCHEMA, introspection=False).prepare(query, "Q" if "query Q" in query else None)
    assert caught.value.stable_code == "INTROSPECTION_OFF"


def test_the_names_of_types_stay_where_introspection_is_off() -> None:
    assert Documents(SCHEMA, introspection=False).prepare("{ me { __typename } }").name is None


@pytest.mark.parametrize(
    "query",
    [
        "{ mee { id } }",
        "{ me { nam } }",
        "{ me { id ... on Hom { id } } }",
        "{ count(nn: 1) }",
        "{ count(in: {lo: 1, low: 1}) }",
        "query($x: Rang) { count }",
        "{ painted(in: RAD) }",
        "query($c: Colour) { painted(in: $c) }",
    ],
)
@pytest.mark.parametrize("closed", [{"suggestions": False}, {"introspection": False}])
def test_no_error_suggests_names_where_suggestions_are_off(query: str, closed: dict[str, bool]) -> None:
    def said(documents: Documents) -> str:
        with pytest.raises(RequestError) as caught:
            documents.coerce_variables(documents.prepare(query), {"c": "RAD"})
        return " ".join(problem.zh + problem.en for problem in caught.value.problems)

    assert "Did you mean" in said(Documents(SCHEMA))
    assert "Did you mean" not in said(Documents(SCHEMA, **closed))


def test_reading_the_whole_schema_many_times_is_too_dear() -> None:
    query = "{" + " ".join(f"s{number}: __schema {{ types {{ name }} }}" for number in range(6)) + "}"
    assert refusal(query).stable_code == "COST_LIMIT"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ me { name } ", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { ...F } } fragment F on Person { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ me { ...Missing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a: me { id } a: self { count } }", "GRAPHQL_VALIDATION_FAILED"),
        ("type Query { a: Int }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ count(n: " + "1" * 5_000 + ") }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ count(picky: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Person { id }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { me { id } } query B { me { id } }", "OPERATION_NOT_FOUND"),
        ("subscription { greeted }", "SUBSCRIPTION_OVER_HTTP"),
        ("{ people(first: 201) { more } }", "BAD_USER_INPUT"),
        ("{ people(first: -1) { more } }", "BAD_USER_INPUT"),
        ("query($n: Int!) { count(n: $n) }", "BAD_USER_INPUT"),
        ("{ nodes(ids: [" + '"x" ' * 201 + "]) { id } }", "BAD_USER_INPUT"),
        ('{ node(id: "' + "x" * 100_000 + '") { id } }', "DOCUMENT_TOO_LARGE"),
        ("{ " + "count " * 5_000 + "}", "DOCUMENT_TOO_LARGE"),
        ("#\n" * 501 + "{ count }", "DOCUMENT_TOO_LARGE"),
        ("{ self " * 20 + "{ count }" + "}" * 20, "DEPTH_LIMIT"),
        ("{ self {" + " ".join(f"a{n}: count" for n in range(201)) + "} }", "ALIAS_LIMIT"),
        ("{ self { count " + "@include(if: true) " * 201 + "} }", "DIRECTIVE_LIMIT"),
        ("{ " + "count " * 31 + "}", "ROOT_FIELD_LIMIT"),
        (" ".join(f"query q{n} {{ count }}" for n in range(51)), "OPERATION_LIMIT"),
        ("{ self { " + "count " * 2_000 + "} }", "OVERLAP_LIMIT"),
        (
            "{ people(first: 200) { nodes { friends(first: 200) { nodes { friends { nodes { id } } } } } } }",
            "COST_LIMIT",
        ),
    ],
)
def test_each_refusal_has_its_code(query: str, code: str) -> None:
    error = refusal(query)
    assert error.stable_code == code
    assert all(problem.zh and problem.en for problem in error.problems)


def test_limits_are_inclusive() -> None:
    gate(max_depth=3).prepare("{ self { self { count } } }")
    gate(max_aliases=2).prepare("{ a: count b: count }")
    gate(max_root_fields=2).prepare("{ count me { id } }")
    gate(max_page_size=7).prepare("{ people(first: 7) { more } }")
    gate(max_tokens=3).prepare("{ count }")


def test_a_limit_counts_what_fragments_hold_each_time_they_are_spread() -> None:
    query = "{ x: self { ...F } y: self { ...F } } fragment F on Query { a: count b: count }"
    (shape,) = measure(parse(query))
    assert (shape.depth, shape.aliases, shape.top_fields) == (2, 6, 2)
    assert refusal(query, max_aliases=5).stable_code == "ALIAS_LIMIT"


def test_errors_tell_where_and_are_few() -> None:
    error = refusal("{ self {" + " ".join(f"x{n}" for n in range(500)) + "} }")
    assert len(error.problems) <= Limits().max_errors + 1
    assert error.problems[0].locations == ((1, 9),)


def doubling(levels: int, body: str) -> str:
    fragments = [f"fragment f{n} on Query {{ {body.format(n + 1)} }}" for n in range(levels)]
    return "{ ...f0 } " + " ".join(fragments) + f" fragment f{levels} on Query {{ count }}"


def steps_to_prepare(query: str, most: int) -> int:
    """Return the calls that a fresh gate makes to answer, admitted or not; more than `most` are a failure."""
    documents = gate()

    def prepare() -> None:
        with contextlib.suppress(RequestError):
            documents.prepare(query)

    return steps(prepare, most)


@pytest.mark.parametrize(
    "body",
    ["...f{0} ...f{0}", "a: self {{ ...f{0} }} b: self {{ ...f{0} }}", "... {{ ...f{0} }} ... {{ ...f{0} }}"],
)
def test_24_doublings_of_a_fragment_take_no_time(body: str) -> None:
    steps_to_prepare(doubling(24, body), 100_000)


def of_size(kind: str, size: int) -> str:
    """Return a document whose length grows evenly with `size`."""
    match kind:
        case "wide":
            return "{" + " ".join(f"a{n}: self {{ count }}" for n in range(size)) + "}"
        case "chain":
            chain = " ".join(f"fragment f{n} on Query {{ self {{ ...f{n + 1} }} }}" for n in range(size))
            return "{ ...f0 } " + chain + f" fragment f{size} on Query {{ count }}"
        case "doubled":
            return doubling(size, "a: self {{ ...f{0} }} b: self {{ ...f{0} }}")
        case "lists":
            pages = " ".join(f"p{n}: people(first: 5) {{ nodes {{ id name }} totalCount }}" for n in range(size))
            return "{" + pages + "}"
        case _:
            uses = " ".join(f"... on Query {{ ...f{n} }}" for n in range(size))
            return "{" + uses + "}" + " ".join(f" fragment f{n} on Query {{ a{n}: count }}" for n in range(size))


@pytest.mark.parametrize("kind", ["wide", "chain", "doubled", "lists", "spread"])
def test_measuring_and_pricing_take_calls_in_proportion_to_the_document(kind: str) -> None:
    model = CostModel(SCHEMA, Limits())

    def work(size: int) -> Callable[[], None]:
        document = parse(of_size(kind, size))
        (operation,) = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]

        def measured() -> None:
            measure(document)
            model.page_variables(document)
            model.cost(document, operation, {})

        return measured

    # eight times the document: 64 times the calls if it were quadratic, and the doubled one would never end
    small = steps(work(300))
    assert steps(work(2_400), 10 * small) < 9 * small


def spread_all(count: int, inner: str) -> str:
    fragments = " ".join(f"fragment f{n} on Query {{ {inner} }}" for n in range(count))
    return "{ self { " + " ".join(f"...f{n}" for n in range(count)) + " } } " + fragments


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{n}: count" for n in range(10_000)) + "}",
        "{ self {" + "count " * 4_900 + "} }",
        "{ self {" + "count(n: 1) " * 820 + "} }",
        "{ self {" + "self { self { count } } " * 700 + "} }",
        "{ self {" + "... { count } " * 1_200 + "} }",
        "{ self {" + " ".join(f"unknown{n}" for n in range(4_900)) + "} }",
        spread_all(330, "count me { id }"),
        spread_all(450, "count"),
        "{ ...f0 } " + " ".join(f"fragment f{n} on Query {{ ...f{(n + 1) % 600} }}" for n in range(600)),
        "{ ...f0 } "
        + " ".join(
            f"fragment f{n} on Query {{ {' '.join(f'...f{other}' for other in range(45))} }}" for n in range(45)
        ),
        " ".join(f"query q{n} {{ ...f0 }}" for n in range(50))
        + " ".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(500))
        + " fragment f500 on Query { count }",
        "query(" + " ".join(f"$v{n}: Int" for n in range(1_200)) + ") { count }",
        "{ node(id: [" * 9_000,
        "{" * 50_000,
        '{ node(id: """' + "\n x" * 30_000 + '""") { id } }',
    ],
)
def test_a_hostile_document_is_answered_with_little_work(query: str) -> None:
    steps_to_prepare(query, 2_500_000)


def test_a_chain_of_fragments_is_measured_without_recursion() -> None:
    chain = " ".join(f"fragment f{n} on Query {{ self {{ ...f{n + 1} }} }}" for n in range(3_000))
    (shape,) = measure(parse("{ ...f0 } " + chain + " fragment f3000 on Query { count }"))
    assert shape.depth == 3_001


def test_a_page_multiplies_what_is_below_it() -> None:
    assert cost("{ me { id name } }") == 3
    assert cost("{ people(first: 10) { nodes { id name } } }") == 1 + 1 + 10 * 2
    assert cost("{ people(last: 10) { edges { node { id } } } }") == 1 + 1 + 10 * (1 + 1)
    assert cost("{ people(first: 10) { totalCount more } }") == 3
    assert cost("{ people { nodes { id } } }") == 1 + 1 + 50
    assert cost("{ people(first: null) { nodes { id } } }") == 1 + 1 + 50
    assert cost("{ people(first: 3) { nodes { friends(first: 4) { nodes { id } } } } }") == 2 + 3 * (2 + 4)


def test_a_list_without_a_page_has_an_assumed_size() -> None:
    assert cost("{ me { home { rooms { name } } } }") == 1 + 1 + 1 + 10
    assert cost("{ me { home { owners(first: 3) { id } } } }") == 1 + 1 + 1 + 3


def test_nodes_cost_as_many_as_ids_are_given() -> None:
    assert cost('{ nodes(ids: ["a", "b", "c"]) { id } }') == 1 + 3
    assert cost("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["a", "b"]) == 1 + 2


def test_fragments_cost_what_they_hold_where_they_are_spread() -> None:
    fragment = " fragment F on PersonConnection { nodes { id } more }"
    query = "{ a: people(first: 3) { ...F } b: people(first: 100) { ... on PersonConnection { ...F } } }"
    assert cost(query + fragment) == (1 + 2 + 3) + (1 + 2 + 100)


def test_the_cost_follows_the_variables() -> None:
    query = "query($n: Int) { people(first: $n) { nodes { friends(first: $n) { nodes { id } } } } }"
    assert cost(query, n=2) == 2 + 2 * (2 + 2)
    assert cost(query) == 2 + 50 * (2 + 50)
    documents = gate(max_cost=100)
    prepared = documents.prepare(query)
    assert prepared.page_variables == ("n",)
    documents.coerce_variables(prepared, {"n": 5})
    for _ in range(2):
        with pytest.raises(RequestError) as caught:
            documents.coerce_variables(prepared, {"n": 50})
        assert caught.value.stable_code == "COST_LIMIT"
    documents.coerce_variables(prepared, {"n": 5})


def test_a_page_variable_is_held_to_the_page_size() -> None:
    query = "query($n: Int) { people(first: $n) { more } }"
    for size in (-1, 201):
        assert refusal(query, {"n": size}).stable_code == "BAD_USER_INPUT"


def test_a_price_is_added_to_the_field_it_names() -> None:
    documents = gate(prices={"totalCount": 40, "Person.name": 7})
    prepared = documents.prepare("{ me { name } people(first: 1) { totalCount } }")
    assert documents.cost(prepared, {}) == 1 + 8 + 1 + 41


def test_too_dear_an_operation_does_not_condemn_its_neighbour() -> None:
    documents = gate(max_cost=100)
    text = "query Small { me { id } } query Large { people(first: 200) { nodes { id } } }"
    assert documents.prepare(text, "Small").name == "Small"
    with pytest.raises(RequestError, match="limit is 100"):
        documents.prepare(text, "Large")


def test_a_refusal_by_cost_tells_the_cost() -> None:
    error = refusal("{ people(first: 200) { nodes { id } } }", max_cost=100)
    assert error.extensions == {"cost": {"estimated": 202, "limit": 100}}


def test_an_admitted_cost_is_remembered_by_its_pages() -> None:
    documents = gate()
    prepared = documents.prepare("query($n: Int) { people(first: $n) { nodes { id } } }")
    for size in (3, 7, 3):
        values = documents.coerce_variables(prepared, {"n": size}).coerced
        assert documents.price(prepared, values) == documents.cost(prepared, values) == 2 + size
    assert documents.price(documents.prepare("{ count }"), {}) == 1


def test_variables_become_typed_values() -> None:
    documents = gate()
    prepared = documents.prepare("query($in: Range, $n: Int = 3) { count(n: $n, in: $in) }")
    values = documents.coerce_variables(prepared, {"in": {"low": 1}, "unknown": [1]})
    assert values.coerced == {"in": {"low": 1}, "n": 3}
    assert documents.coerce_variables(documents.prepare("{ count }"), {"n": 1}).coerced == {}


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "variables",
    [
        None,
        {},
        {"n": None},
        {"n": "1"},
        {"n": True},
        {"n": 1.5},
        {"n": 2**31},
        {"n": 10**4_000},
        {"n": float("inf")},
        {"n": []},
        {"n": nested(15)},
    ],
)
def test_wrong_variables_are_bad_user_input(variables: dict[str, Any] | None) -> None:
    error = refusal("query($n: Int!) { count(n: $n) }", variables)
    assert error.stable_code == "BAD_USER_INPUT"
    assert "$n" in error.problems[0].en


@pytest.mark.parametrize(
    "variables",
    [{"n": nested(21)}, {"n": {"a": nested(20)}}, {"n": nested(800)}, {f"v{n}": n for n in range(101)}],
)
def test_variables_are_bounded_in_number_and_depth_whether_declared_or_not(variables: dict[str, Any]) -> None:
    for query in ("query($n: Int!) { count(n: $n) }", "{ count }"):
        assert refusal(query, variables).stable_code == "VARIABLE_LIMIT"
    gate().coerce_variables(gate().prepare("{ count }"), {"n": nested(20)})


def test_a_scalar_that_fails_on_a_variable_is_bad_user_input() -> None:
    assert refusal("query($p: Picky) { count(picky: $p) }", {"p": 1}).stable_code == "BAD_USER_INPUT"


def test_many_wrong_variables_give_few_errors() -> None:
    names = [f"v{n}" for n in range(100)]
    declared = " ".join(f"${name}: Int!" for name in names)
    used = " ".join(f"a{name}: count(n: ${name})" for name in names)
    error = refusal(f"query({declared}) {{ self {{ {used} }} }}", {})
    assert len(error.problems) <= Limits().max_errors + 1


def test_a_query_may_come_by_get_and_a_mutation_may_not() -> None:
    documents = gate()
    documents.prepare("{ count }", method="GET")
    documents.prepare("mutation { greet }", method="POST")
    with pytest.raises(RequestError) as caught:
        documents.prepare("mutation { greet }", method="GET")
    assert (caught.value.stable_code, caught.value.status) == ("METHOD_NOT_ALLOWED", 405)


def test_a_subscription_needs_a_websocket() -> None:
    prepared = gate().prepare("subscription { greeted }", method="WEBSOCKET")
    assert prepared.kind is OperationType.SUBSCRIPTION


def test_the_oldest_documents_are_forgotten_first() -> None:
    documents = gate(cached_bytes=8_000)  # some 4,000 each
    first = documents.prepare("{ count }")
    second = documents.prepare("{ me { id } }")
    documents.prepare("{ count }")
    documents.prepare("{ me { name } }")
    assert documents.kept == 2
    assert documents.prepare("{ count }") is first
    assert documents.prepare("{ me { id } }") is not second


def test_the_memory_for_documents_is_bounded() -> None:
    documents = gate(cached_bytes=40_000)
    for number in range(50):
        documents.prepare(f"query q{number} {{ me {{ id name }} }}")
    assert 0 < documents.kept < 15


def test_a_document_larger_than_the_whole_memory_is_served_but_not_kept() -> None:
    documents = gate(cached_bytes=100)
    assert documents.prepare("{ count }").name is None
    assert documents.kept == 0


def test_refused_documents_are_not_kept() -> None:
    documents = gate()
    with pytest.raises(RequestError):
        documents.prepare("{ unknown }")
    assert documents.kept == 0


WORDS = """{ } ( ) [ ] : ... @ $ ! = me id name people first last fragment on Person query mutation F 1 -1 1e9 "x" null
nodes self self{ ...F $n __typename __schema ids @include(if:true) {me{id}} {me{...F}} {people(first:1){nodes{id}}}
query($n:Int){people(first:$n){more}}"""
TOKENS = st.sampled_from([*WORDS.split(), "fragment F on Person { id }", "query Q { self { count } }"])


@settings(max_examples=300)
@given(st.lists(TOKENS, max_size=60))
def test_any_sequence_of_tokens_is_prepared_or_refused(tokens: list[str]) -> None:
    documents = gate()
    admitted = None
    with contextlib.suppress(RequestError):
        admitted = documents.prepare(" ".join(tokens))
    assert documents.kept <= 1
    assert admitted is None or admitted.operation in admitted.document.definitions
