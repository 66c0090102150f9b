"""Apollo Client against a served demo: it pages a list to the same rows, writes, and hears of what was written.

What the schema cannot do (writes, events) is not asked: the steps are made from the schema.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from bundled import bundled_schema
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from node_packages import run_node
from relay_documents import connections_of, object_types
from served_demo import Served

pytestmark = pytest.mark.npm

SCHEMA: Final = bundled_schema().core
ROLE: Final = "council_director"

PEOPLE: Final = """
query People($code: String!, $filter: PersonFilter, $orderBy: [PersonOrder!],
             $first: Int, $after: String, $last: Int, $before: String) {
  courtyard(code: $code) {
    id
    people(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor node { id name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


def apollo(served: Served, *steps: Mapping[str, Any]) -> list[Any]:
    """Run the steps of a plan and return what each found."""
    plan = {
        "url": served.url,
        "socket": served.url.replace("http://", "ws://"),
        "headers": served.headers(ROLE),
        "possibleTypes": {"Node": [each.name for each in object_types(SCHEMA) if each.interfaces]},
        "lists": {each.name: list(connections_of(each)) for each in owners(SCHEMA)},
        "steps": steps,
    }
    done = run_node("apollo.mjs", stdin=json.dumps(plan))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""  # Apollo warns there of what its cache could not merge
    return list(json.loads(done.stdout))


def owners(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """Return the types with lists in pages."""
    assert schema.query_type is not None
    return [each for each in (schema.query_type, *object_types(schema)) if connections_of(each)]


# pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(
    "order", [None, [{"field": "BIRTH", "direction": "DESC"}, {"field": "GENDER"}]], ids=["as_registered", "by_birth"]
)
def test_apollo_pages_people_two_by_two_to_the_same_list(served: Served, order: Any, *, backwards: bool) -> None:
    about = {"code": served.courtyards[0], "filter": {"name": {"startsWith": "李"}}, "orderBy": order}
    whole = served.data(ROLE, PEOPLE, {**about, "first": 200})["courtyard"]["people"]
    rows = [each["node"] for each in whole["edges"]]
    assert 10 < len(rows) == whole["totalCount"] < 200
    page = {"query": PEOPLE, "variables": about, "at": ["courtyard", "people"], "size": 2, "backwards": backwards}
    [found] = apollo(served, {"page": page})
    assert found["requests"] == (len(rows) + 1) // 2
    assert [{"id": each["id"], "name": each["name"]} for each in found["rows"]] == rows
    assert not found["pageInfo"]["hasPreviousPage" if backwards else "hasNextPage"]


def test_a_cursor_is_the_same_wherever_and_whenever_it_is_given(served: Served) -> None:
    about = {"code": served.courtyards[0], "first": 2}
    page, again = (served.data(ROLE, PEOPLE, about)["courtyard"]["people"] for _ in range(2))
    assert page == again
    ends = (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"])
    assert ends == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])


# writes and events, once the schema has them ----------------------------------------------------------------------


def selected(each: GraphQLField) -> str:
    """Return a selection of the values of a field's type and of the ids of the objects below it."""
    named = get_named_type(each.type)
    if not isinstance(named, GraphQLObjectType):
        return ""
    words: list[str] = []
    for name, below in named.fields.items():
        inner = get_named_type(below.type)
        if not isinstance(inner, GraphQLObjectType):
            words.append(name)
        elif "id" in inner.fields:
            words.append(f"{name} {{ id }}")
    return f"{{ {' '.join(words)} }}"


def collecting(code: str) -> Mapping[str, Any]:
    """Return the step that writes down an opinion."""
    assert SCHEMA.mutation_type is not None
    payload = selected(SCHEMA.mutation_type.fields["opinionCollect"])
    given = {
        "node": code,
        "idempotencyKey": str(uuid.uuid4()),
        "content": "三单元门口的路灯不亮",
        "category": "FACILITY",
    }
    mutation = f"mutation Collect($input: OpinionCollectInput!) {{ opinionCollect(input: $input) {payload} }}"
    return {"mutate": {"mutation": mutation, "variables": {"input": given}}}


def apollo_writes(served: Served) -> None:
    """Collect an opinion twice under one key: one record, which the cache holds with its subject."""
    step = collecting(served.courtyards[0])
    first, again = apollo(served, step, step)
    filed, replayed = first["data"]["opinionCollect"], again["data"]["opinionCollect"]
    assert (filed["replayed"], replayed["replayed"]) == (False, True)
    assert replayed["record"]["id"] == filed["record"]["id"]
    opinion_id = filed["opinion"]["id"]
    assert {f"Opinion:{opinion_id}", f"Record:{filed['record']['id']}"} <= set(first["cached"])
    kept = served.data(
        ROLE, "query($id: ID!) { node(id: $id) { ... on Opinion { content category } } }", {"id": opinion_id}
    )
    assert kept["node"] == {"content": "三单元门口的路灯不亮", "category": "FACILITY"}


def apollo_listens(served: Served) -> None:
    """Subscribe to a courtyard's records, collect an opinion, and hear of that record."""
    assert SCHEMA.subscription_type is not None
    code = served.courtyards[0]
    event = selected(SCHEMA.subscription_type.fields["recordFiled"])
    listen = {
        "subscription": f"subscription Filed($courtyards: [String!]) {{ recordFiled(courtyards: $courtyards) {event} }}",
        "variables": {"courtyards": [code]},
        "then": collecting(code),
    }
    [found] = apollo(served, {"listen": listen})
    heard, filed = found["event"]["recordFiled"], found["then"]["data"]["opinionCollect"]
    assert heard["id"] == filed["record"]["id"]
    assert heard["kind"] == "opinion.collect"


def apollo_is_refused_what_the_schema_lacks(served: Served) -> None:
    """Ask for a write that there is not: Apollo shows the refusal as an error."""
    mutation = "mutation { courtyardSell { id } }"
    with pytest.raises(AssertionError, match=r"courtyardSell|变更|mutation"):
        apollo(served, {"mutate": {"mutation": mutation, "variables": {}}})


def has(root: GraphQLObjectType | None, name: str) -> bool:
    return root is not None and name in root.fields


WRITES: Final[Mapping[str, Callable[[Served], None]]] = {
    "refused": apollo_is_refused_what_the_schema_lacks,
    **({"mutation": apollo_writes} if has(SCHEMA.mutation_type, "opinionCollect") else {}),
    **({"subscription": apollo_listens} if has(SCHEMA.subscription_type, "recordFiled") else {}),
}


@pytest.mark.parametrize("what", WRITES)
def test_apollo_writes_and_listens(served: Served, what: str) -> None:
    WRITES[what](served)
