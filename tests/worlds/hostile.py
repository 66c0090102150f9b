"""Hostile documents and bodies, as data: what strangers send to see whether something breaks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["HOSTILE", "Hostile"]

JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request; `codes` are the answers that are right, `OK` for one without errors."""

    body: bytes
    codes: frozenset[str]
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    method: str = "POST"
    path: str = "/graphql"


def document(query: str, *codes: str, variables: Any = None, **more: Any) -> Hostile:
    """Return a request with this document."""
    envelope = {"query": query, **more}
    if variables is not None:
        envelope["variables"] = variables
    return Hostile(json.dumps(envelope).encode(), frozenset(codes))


def body(raw: bytes, *codes: str, **headers: str) -> Hostile:
    """Return a request with this body."""
    return Hostile(raw, frozenset(codes or ("BAD_REQUEST",)), {**JSON, **headers})


def variables(raw: bytes, *codes: str, type_: str = "Int", query: str = "") -> Hostile:
    """Return a request whose variable `v` is this JSON."""
    text = query or f"query($v: {type_}) {{ courtyards(first: $v) {{ totalCount }} }}"
    return body(b'{"query":' + json.dumps(text).encode() + b',"variables":{"v":' + raw + b"}}", *codes)


def chain(levels: int, inner: str) -> str:
    """Return a document whose fragments spread the next one, as `inner` says."""
    made = " ".join(f"fragment f{n} on Courtyard {{ {inner.format(n + 1)} }}" for n in range(levels))
    return "{ courtyards { nodes { ...f0 } } } " + made + f" fragment f{levels} on Courtyard {{ name }}"


def nested(levels: int, opening: str, closing: str, middle: str = "") -> str:
    """Return `middle` inside so many brackets."""
    return opening * levels + middle + closing * levels


BY_CODE: Final = "query($v: String!) { courtyard(code: $v) { name } }"
PARSE, INVALID, INPUT = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"

HOSTILE: Final[dict[str, Hostile]] = {
    # documents
    "a fragment bomb of 24 doublings": document(chain(24, "...f{0} ...f{0}"), "OK"),
    "a bomb of aliased lists": document(
        chain(12, "a: people(first: 200) {{ nodes {{ courtyard {{ ...f{0} }} }} }} b: code"), "DEPTH_LIMIT"
    ),
    "a bomb of inline fragments": document(chain(24, "... {{ ...f{0} }} ... {{ ...f{0} }}"), "COST_LIMIT"),
    "a chain of 500 fragments": document(chain(500, "...f{0}"), INVALID),
    "45 fragments that spread all others": document(
        "{ courtyards { nodes { ...f0 } } } "
        + " ".join(
            f"fragment f{n} on Courtyard {{ {' '.join(f'...f{other}' for other in range(45))} }}" for n in range(45)
        ),
        INVALID,
    ),
    "a fragment that spreads itself": document(
        "{ courtyards { nodes { ...f } } } fragment f on Courtyard { ...f }", INVALID
    ),
    "a ring of 600 fragments": document(
        "{ courtyards { nodes { ...f0 } } } "
        + " ".join(f"fragment f{n} on Courtyard {{ ...f{(n + 1) % 600} }}" for n in range(600)),
        INVALID,
    ),
    "10,000 aliases": document("{" + " ".join(f"a{n}: __typename" for n in range(10_000)) + "}", "DOCUMENT_TOO_LARGE"),
    "1,000 aliases": document("{" + " ".join(f"a{n}: __typename" for n in range(1_000)) + "}", "ALIAS_LIMIT"),
    "4,900 times one field": document("{ courtyards { nodes { " + "name " * 4_900 + "} } }", "OVERLAP_LIMIT"),
    "820 times one list with arguments": document(
        "{ courtyards { nodes { " + "people(first: 1) { nodes { id } } " * 400 + "} } }", "OVERLAP_LIMIT"
    ),
    "1,200 inline fragments": document("{ courtyards { nodes { " + "... { name } " * 1_200 + "} } }", "OVERLAP_LIMIT"),
    "2,000 unknown fields": document("{ " + " ".join(f"unknown{n}" for n in range(2_000)) + " }", "ROOT_FIELD_LIMIT"),
    "2,000 unknown fields below": document(
        "{ courtyards { nodes { " + " ".join(f"peopleCountt{n}" for n in range(2_000)) + " } } }", INVALID
    ),
    "700 directives on a field": document("{ __typename " + "@include(if: true) " * 700 + "}", "DIRECTIVE_LIMIT"),
    "1,000 unused variables": document(
        "query(" + " ".join(f"$v{n}: Int" for n in range(1_000)) + ") { __typename }", INVALID
    ),
    "51 operations": document(" ".join(f"query q{n} {{ __typename }}" for n in range(51)), "OPERATION_LIMIT"),
    "40 levels of fields": document(
        "{ courtyards { nodes { people { nodes " + nested(40, "{ courtyard ", "}", "{ name }") + "} } } }",
        "DEPTH_LIMIT",
    ),
    "2,000 levels of fields": document(nested(2_000, "{ a ", "}", "{ b }"), PARSE),
    "50,000 opening braces": document("{" * 50_000, PARSE),
    "2,400 levels of a list": document("{ nodes(ids: " + nested(2_400, "[", "]") + ") { id } }", PARSE),
    "1,200 levels of an object": document(
        "{ courtyards(filter: " + nested(1_200, "{and: ", "}", "1") + ") { totalCount } }",
        PARSE,
    ),
    "60 levels of a filter": document(
        "{ courtyards(filter: " + nested(60, "{not: ", "}", "{name: {eq: 1}}") + ") { totalCount } }",
        INVALID,
    ),
    "2,400 levels of a type": document("query($v: " + nested(2_400, "[", "]", "Int") + ") { __typename }", PARSE),
    "an integer of 5,000 digits": document("{ courtyards(first: " + "1" * 5_000 + ") { totalCount } }", INVALID),
    "a float of 5,000 digits": document("{ courtyards(first: 1." + "1" * 5_000 + "e9999) { totalCount } }", INVALID),
    "a default of 5,000 digits": document(
        "query($v: Int = -" + "9" * 5_000 + ") { courtyards(first: $v) { totalCount } }", INVALID
    ),
    "a string of 99,000 characters": document('{ courtyard(code: "' + "x" * 99_000 + '") { name } }', "OK"),
    "a string of 200,000 characters": document(
        '{ courtyard(code: "' + "x" * 200_000 + '") { name } }', "DOCUMENT_TOO_LARGE"
    ),
    "a block string of 30,000 lines": document('{ courtyard(code: """' + "\n x" * 30_000 + '""") { name } }', "OK"),
    "501 comments": document("#\n" * 501 + "{ __typename }", "DOCUMENT_TOO_LARGE"),
    "90,000 commas": document("{ __typename " + "," * 90_000 + "}", "OK"),
    "an escaped surrogate in a string": document('{ courtyard(code: "\\ud800") { name } }', PARSE),
    "an escaped NUL in a string": document('{ courtyard(code: "\\u0000") { name } }', "OK"),
    "a bare NUL in a document": document("{ courtyard(code: \x00) { name } }", PARSE),
    "a string that does not end": document('{ courtyard(code: "' + "\\\\" * 40_000, PARSE),
    "100 times the whole schema": document(
        "{" + " ".join(f"s{n}: __schema {{ types {{ fields {{ name }} }} }}" for n in range(25)) + "}", "COST_LIMIT"
    ),
    "pages in pages": document(
        "{ courtyards(first: 200) { nodes { people(first: 200) { nodes { seats(first: 200) { nodes { id } } } } } } }",
        "COST_LIMIT",
    ),
    "a page of 2,147,483,647": document("{ courtyards(first: 2147483647) { totalCount } }", INPUT),
    "201 ids": document("{ nodes(ids: [" + '"x" ' * 201 + "]) { id } }", INPUT),
    "an id of 90,000 characters": document('{ node(id: "' + "é" * 90_000 + '") { id } }', "OK"),
    "a foreign cursor": document('{ courtyards(after: "AAAA") { totalCount nodes { name } } }', "BAD_CURSOR"),
    "SQL in a string": document('{ courtyard(code: "\' OR 1=1; DROP TABLE person; --") { name } }', "OK"),
    "a type definition": document("type Query { a: Int }", INVALID),
    "a subscription": document("subscription { a }", "SUBSCRIPTION_OVER_HTTP", INVALID),
    "an unknown trusted document": document("", "PERSISTED_QUERY_NOT_SUPPORTED", documentId="x" * 90_000),
    "a persisted query that is a number": document("{ __typename }", "BAD_REQUEST", extensions={"persistedQuery": 1}),
    "a persisted query of another text": document(
        "{ __typename }", "BAD_REQUEST", extensions={"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    ),
    # variables
    "5,000 digits in a variable": variables(b"1" * 5_000, "BAD_REQUEST"),
    "5,000 digits in an id": variables(b"9" * 5_000, "BAD_REQUEST", query="query($v: ID!) { node(id: $v) { id } }"),
    "5,000 digits in a string": variables(b"1" * 5_000, "BAD_REQUEST", query=BY_CODE),
    "1e400 in a variable": variables(b"1e400", "BAD_REQUEST"),
    "a float with 5,000 digits in a variable": variables(b"1." + b"3" * 5_000, INPUT),
    "NaN in a variable": variables(b"NaN", "BAD_REQUEST"),
    "a lone surrogate in a variable": variables(b'"\\ud800"', "BAD_REQUEST", query=BY_CODE),
    "NUL in a variable": variables(b'"\\u0000"', "OK", query=BY_CODE),
    "NUL in a filter": variables(
        b'{"name":{"eq":"\\u0000"}}',
        INPUT,
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "NUL in a search": variables(
        b'{"name":{"contains":"\\u0000%_\\\\"}}',
        INPUT,
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "a date of the year 99999": variables(
        b'{"openedOn":{"eq":"99999-01-01"}}',
        INPUT,
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "a number beyond 64 bits": variables(
        b'{"buildingCount":{"eq":9223372036854775807}}',
        INPUT,
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "a variable that is not UTF-8": variables(b'"\xff\xfe"', "BAD_REQUEST", query=BY_CODE),
    "400,000 characters in a variable": variables(b'"' + b"x" * 400_000 + b'"', "OK", query=BY_CODE),
    "600,000 bytes of variables": variables(b'"' + b"x" * 600_000 + b'"', "VARIABLES_TOO_LARGE", query=BY_CODE),
    "100,000 levels of a list in a variable": variables(b"[" * 100_000 + b"]" * 100_000, "BAD_REQUEST"),
    "900 levels of a list in a variable": variables(b"[" * 900 + b"]" * 900, "VARIABLE_LIMIT"),
    "900 levels of an object in a variable": variables(
        b'{"and":' * 900 + b"1" + b"}" * 900,
        "VARIABLE_LIMIT",
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "15 levels of a filter in a variable": variables(
        b'{"not":' * 15 + b'{"name":{"eq":"a"}}' + b"}" * 15,
        "OK",
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "200,000 items in a variable": variables(b"[" + b"1," * 200_000 + b"1]", INPUT),
    "100,000 wrong ids in a variable": variables(
        b"[" + b"{}," * 100_000 + b"{}]", INPUT, query="query($v: [ID!]!) { nodes(ids: $v) { id } }"
    ),
    "50,000 members in a variable": variables(
        b"{" + b",".join(b'"k%d":1' % n for n in range(40_000)) + b"}",
        INPUT,
        query="query($v: CourtyardFilter) { courtyards(filter: $v) { totalCount } }",
    ),
    "30,000 variables": body(
        b'{"query":"{ __typename }","variables":{' + b",".join(b'"v%d":1' % n for n in range(30_000)) + b"}}",
        "VARIABLE_LIMIT",
    ),
    # bodies
    "no body": body(b""),
    "null": body(b"null"),
    "a number": body(b"1"),
    "a list": body(b"[]"),
    "a batch of 1,000": body(b"[" + b",".join([b'{"query":"{ __typename }"}'] * 1_000) + b"]"),
    "5,000 digits": body(b"1" * 5_000),
    "half an object": body(b'{"query":'),
    "bytes that are not UTF-8": body(b"\xff\xfe\x00\x80" * 1_000),
    "a query that is not UTF-8": body(b'{"query":"{ \xc3\x28 }"}'),
    "UTF-16": body('{"query":"{ __typename }"}'.encode("utf-16")),
    "a null query": body(b'{"query":null}'),
    "everything null": body(
        b'{"query":null,"variables":null,"operationName":null,"extensions":null,"documentId":null}'
    ),
    "a query that is a list": body(b'{"query":["{ __typename }"]}'),
    "variables that are a list": body(b'{"query":"{ __typename }","variables":[1]}'),
    "extensions that are a string": body(b'{"query":"{ __typename }","extensions":"x"}'),
    "an operation name of 900,000 characters": body(
        b'{"query":"{ __typename }","operationName":"' + b"x" * 900_000 + b'"}', "OPERATION_NOT_FOUND"
    ),
    "a million brackets": body(b"[" * 900_000),
    "2 MB": body(b'{"query":"' + b"x" * 2_000_000 + b'"}', "BODY_TOO_LARGE"),
    "a form": Hostile(
        b"query=%7B__typename%7D",
        frozenset({"UNSUPPORTED_MEDIA_TYPE"}),
        {"content-type": "application/x-www-form-urlencoded"},
    ),
    "a body said to be compressed": body(b"\x1f\x8b" * 100, "UNSUPPORTED_MEDIA_TYPE", **{"content-encoding": "gzip"}),
    "a GET of bad escapes": Hostile(b"", frozenset({"BAD_REQUEST"}), {}, "GET", "/graphql?query=%ff%fe"),
    "a GET with one parameter twice": Hostile(
        b"", frozenset({"BAD_REQUEST"}), {}, "GET", "/graphql?query=%7Ba%7D&query=%7Bb%7D"
    ),
    "a GET of a mutation": Hostile(
        b"", frozenset({"METHOD_NOT_ALLOWED", INVALID}), {}, "GET", "/graphql?query=mutation%7Ba%7D"
    ),
    "a DELETE": Hostile(b"", frozenset({"METHOD_NOT_ALLOWED"}), {}, "DELETE"),
}
"""By what they are; at least 36 of them are promised."""
