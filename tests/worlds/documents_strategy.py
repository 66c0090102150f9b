"""Random valid documents over any composed schema, with values drawn from the rows.

`documents(schema, corpus)` is a hypothesis strategy. A document uses what a client can: fields, aliases (long ones
too), arguments as literals, as variables, as variables inside of literals and as defaults, fragments named and
inline, on types and on `Node`, spread twice, nested, merged selections, @skip and @include, `__typename`, global ids
that are real, foreign, stale and malformed. Every field with arguments has an alias of its own, so that documents
are valid by construction; sizes are bounded so that hardly any meets a limit.

Two documents in five are aimed: a part of the schema is drawn (a field, an argument, a member of an input, a value
of an enum; see `schema_parts.py`), and a way to it is written into the document. So rare parts are asked as often as
frequent ones, and `document_at` writes a document for any one of them.

Connections may carry `after` and `before` as variables that are null in a first run; `places` says under which
response keys their cursors are found, so that a second run continues from the answer of the first.
"""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionNode,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    visit,
)
from hypothesis import strategies as st
from oracle import Oracle, global_id, shown
from schema_parts import Step, Ways

from yuanluo_graphql.model import ColumnField
from yuanluo_tenants.columns import Kind

__all__ = ["SCALARS", "Corpus", "Document", "corpus_of", "document_at", "document_of", "documents", "smaller"]

MAX_FIELDS = 45
MAX_LEVELS = 11
MAX_LISTS = 3
COMPUTED = ("permissions", "indicator", "indicators", "statistics")
"""Fields that stand beside the rows' own on many types: drawn the oftener."""
AIMED = 40
"""Documents in a hundred that are aimed at a part of the schema."""


SCALARS: Mapping[str, Sequence[Any]] = {
    "String": ["", "张", "a", '"', "\\", "\n", "***", "%", "_", "𠮷", "'"],
    "Int": [0, 1, -1, 2**31 - 1, -(2**31)],
    "Fen": [0, 2**53 - 1, -(2**53 - 1)],
    "Area": [0, 100],
    "Long": [0, 2**53 - 1],
    "Date": ["2026-11-22", "0001-01-01", "9999-12-31"],
    "DateTime": ["2026-11-22T12:00:00+08:00", "0999-01-01T00:00:00Z", "2026-11-22T04:00:00.000001Z"],
    "PartialDate": ["1949", "1949-10", "1990-01-01"],
    "Boolean": [True, False],
}
"""Values of each scalar, whatever the rows hold."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Values to ask with: by input object and member, by scalar, and global ids."""

    by_member: Mapping[tuple[str, str], Sequence[Any]]
    by_scalar: Mapping[str, Sequence[Any]]
    ids: Sequence[str]
    ids_of: Mapping[str, Sequence[str]]
    """Global ids of rows by type."""
    codes: Sequence[str]
    codes_of: Mapping[str, Sequence[str]]
    """Codes by the root field that finds something by them."""
    actions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Document:
    """One document with its variables, and the variables that take cursors: name, key of its list, end of it."""

    text: str
    variables: Mapping[str, Any]
    other: Mapping[str, Any]
    """Other values for the same variables: a plan made for the first must serve them, or not be used."""
    places: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "\n".join(
            [self.text, *(json.dumps(dict(each), ensure_ascii=False) for each in (self.variables, self.other))]
        )


def corpus_of(oracle: Oracle) -> Corpus:
    """Draw the values of a corpus from the rows that the oracle holds."""
    members: dict[tuple[str, str], Sequence[Any]] = {}
    ids_of: dict[str, list[str]] = {}
    ids: list[str] = ["", "x", "Node:1:1", "Query:1:2", "Courtyard:1:1:1"]
    for entity in oracle.model.entities.values():
        rows = [
            row
            for row in oracle.rows[entity.table]
            if all(row[column] == value for column, op, value in entity.where if op == "eq")
        ]
        for row in rows[:: max(1, len(rows) // 8)]:
            gid = global_id(entity, row)
            ids += [gid]
            ids_of.setdefault(entity.name, []).append(gid)
        if rows:
            gid = global_id(entity, rows[-1])
            kind, tenant, key = gid.split(":") if gid.count(":") == 2 else [*gid.split(":"), ""]
            ids += [gid.lower(), f"{kind}:{tenant}", f"{kind}:1:{key}", f"{kind}:{tenant}:{key[:-1]}", f" {gid}"]
            ids += [f"{kind}:{tenant}:{key.upper()}!", f"{kind}:{_next(tenant)}:{key}"]
        for each in entity.fields.values():
            if isinstance(each, ColumnField) and each.about.kind.name not in ("BLOB", "SEALED"):
                found = [shown(row[each.column]) for row in rows if row[each.column] is not None]
                values = list(dict.fromkeys(found))[:12]
                if each.kind in (Kind.TEXT, Kind.CODE):
                    values += [value[:1] for value in values[:3]] + [value[1:] for value in values[:3]]
                if values:
                    members[f"{entity.name}Filter", each.name] = values
    codes = [row["code"] for row in oracle.rows["node"]] + ["", "510107", "5101060240019999", "0", "٣"]
    codes_of = {
        field: [row["code"] for row in oracle.rows["node"] if row["kind"] == field.upper()]
        for field in ("district", "courtyard")
    }
    commands = list(oracle.rules.composition.commands) if oracle.rules is not None else []
    actions = [*commands, "", "person", "no.such"]
    return Corpus(members, SCALARS, list(dict.fromkeys(ids)), ids_of, codes, codes_of, actions)


def _next(tenant: str) -> str:
    return str(int(tenant) + 1) if tenant.isdigit() else f"{tenant[:-1]}0"


def document_of(schema: GraphQLSchema, corpus: Corpus, seed: int) -> Document:
    """Return the document that `seed` stands for."""
    rng = random.Random(seed)
    writer = _Writer(schema, corpus, rng)
    if rng.randrange(100) >= AIMED:
        return writer.document()
    ways = ways_of(schema)
    return writer.document(ways.to(ways.draw(rng), rng))


def document_at(schema: GraphQLSchema, corpus: Corpus, part: str, seed: int, *, beside: int = MAX_FIELDS) -> Document:
    """Return the document that `seed` stands for among those that name a part of the schema.

    It has so many other fields `beside` at most.
    """
    rng = random.Random(seed)
    return _Writer(schema, corpus, rng, MAX_FIELDS - beside).document(ways_of(schema).to(part, rng))


@functools.cache
def ways_of(schema: GraphQLSchema) -> Ways:
    """Return the ways to the parts of a schema."""
    return Ways(schema)


def documents(schema: GraphQLSchema, corpus: Corpus) -> st.SearchStrategy[Document]:
    """Return the strategy of documents over `schema` with values of `corpus`.

    A document hangs on one drawn seed; `smaller` makes a failing one small, far faster than hypothesis could by
    taking away draws.
    """
    return st.integers(0, 2**64 - 1).map(lambda seed: document_of(schema, corpus, seed))


@dataclass(slots=True)
class _Fragment:
    name: str
    text: str
    levels: int
    lists: int
    fields: int


@dataclass(slots=True)
class _Writer:
    schema: GraphQLSchema
    corpus: Corpus
    rng: random.Random
    fields: int = 0
    names: int = 0
    declared: list[str] = field(default_factory=lambda: [])
    variables: dict[str, Any] = field(default_factory=lambda: {})
    reusable: dict[str, list[_Fragment]] = field(default_factory=lambda: {})
    written: list[str] = field(default_factory=lambda: [])
    places: list[tuple[str, str]] = field(default_factory=lambda: [])
    again: dict[str, Callable[[], Any]] = field(default_factory=lambda: {})
    meant: str | None = None
    """The type of the object that the last global id means."""

    # -- chance ----------------------------------------------------------------------------------------------

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def pick(self, options: Sequence[Any]) -> Any:
        return self.rng.choice(options)

    def number(self, lo: int, hi: int) -> int:
        return self.rng.randint(lo, hi)

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    # -- document --------------------------------------------------------------------------------------------

    def document(self, way: tuple[Step, ...] = ()) -> Document:
        query = self.schema.query_type
        assert query is not None
        body = self.selection(query, 0, 0, unique=False, way=way)
        head = f"query ({', '.join(self.declared)}) " if self.declared else ""
        text = "\n".join([f"{head}{body}", *self.written])
        other = {name: again() for name, again in self.again.items()}
        return Document(text, self.variables, other, tuple(self.places))

    def directive(self) -> str:
        if not self.chance(8):
            return ""
        which = self.pick(["include", "skip"])
        if self.chance(50):
            return f" @{which}(if: {self.pick(['true', 'false'])})"
        return f" @{which}(if: {self.variable('Boolean!', lambda: self.pick([True, False]))})"

    def selection(self, parent: Any, level: int, lists: int, *, unique: bool, way: tuple[Step, ...] = ()) -> str:
        """Return a selection set of `parent`; `unique` where equal response keys might clash between types.

        `way` is what must be written in it, from here on.
        """
        parts: list[str] = []
        used: dict[str, tuple[str, Any]] = {}
        count = self.number(0 if way else 1, 6 if level < 4 else 4)
        names = [n for n, f in parent.fields.items() if self.fits(f, level, lists)] if hasattr(parent, "fields") else []
        for _ in range(count):
            dice = self.number(0, 99)
            if dice >= 93 and self.can_fragment(parent):
                parts.append(self.inline(parent, level, lists, unique=unique))
            elif dice >= 87 and self.can_fragment(parent) and not unique:
                parts.append(self.spread(parent, level, lists))
            elif dice >= 84:
                parts.append(f"{self.name('t')}: __typename" if unique or self.chance(50) else "__typename")
            elif dice >= 80 and used:
                key = self.pick(list(used))
                head, definition = used[key]
                below = self.below(definition, level, lists, unique=False)
                parts.append(f"{head}{self.directive()}{below}")
            elif names and self.fields < MAX_FIELDS:
                computed = [name for name in names if name in COMPUTED]
                name = self.pick(computed if computed and self.chance(12) else names)
                parts.append(self.field(parent, name, level, lists, used, unique=unique))
        if way:
            parts.insert(self.number(0, len(parts)), self.step(parent, level, lists, used, unique=unique, way=way))
        if not parts:
            parts.append("__typename")
        return "{ " + " ".join(parts) + " }"

    def step(
        self,
        parent: Any,
        level: int,
        lists: int,
        used: dict[str, tuple[str, Any]],
        *,
        unique: bool,
        way: tuple[Step, ...],
    ) -> str:
        kind, name = way[0]
        if kind == "on":
            on = self.schema.type_map[name]
            return f"... on {name} {self.selection(on, level, lists, unique=unique, way=way[1:])}"
        return self.field(parent, name, level, lists, used, unique=unique, way=way[1:])

    def fits(self, definition: GraphQLField, level: int, lists: int) -> bool:
        named: Any = get_named_type(definition.type)
        if is_leaf_type(named):
            return True
        if level >= MAX_LEVELS - 1:
            return False
        return not (named.name.endswith("Connection") and (lists >= MAX_LISTS or level >= MAX_LEVELS - 3))

    def field(
        self,
        parent: Any,
        name: str,
        level: int,
        lists: int,
        used: dict[str, tuple[str, Any]],
        *,
        unique: bool,
        way: tuple[Step, ...] | None = None,
    ) -> str:
        """Return a field; one that a way leads through is not skipped."""
        definition: GraphQLField = parent.fields[name]
        self.fields += 1
        key = name
        cursor_key = self.name("c") if "after" in definition.args else None
        arguments = self.arguments(parent.name, name, definition, cursor_key, way or ())
        further = way if way and way[0][0] in ("field", "on") else ()
        if cursor_key is not None and self.places and self.places[-1][1] == cursor_key:
            head = f"{cursor_key}: {name}{arguments}"
        elif arguments or unique or self.chance(15):
            long = "l" * 64 if self.chance(5) else "x"
            key = self.name(long)
            head = f"{key}: {name}{arguments}"
        else:
            head = name
        named: Any = get_named_type(definition.type)
        if is_leaf_type(named):
            return f"{head}{self.directive() if way is None else ''}"
        if not (cursor_key and head.startswith(cursor_key + ":")):
            used[key] = (head, definition)
            directive = self.directive() if way is None else ""
            return f"{head}{directive}{self.below(definition, level, lists, unique=False, way=further)}"
        below = self.below(definition, level, lists, unique=False, way=further)
        ends = "pageInfo { startCursor endCursor } " + ("edges { cursor } " if self.chance(30) else "")
        return f"{head}{below[:2]}{ends}{below[2:]}"

    def below(
        self, definition: GraphQLField, level: int, lists: int, *, unique: bool, way: tuple[Step, ...] = ()
    ) -> str:
        named: Any = get_named_type(definition.type)
        if is_leaf_type(named):
            return ""
        more = lists + (1 if named.name.endswith("Connection") else 0)
        is_unique = unique or isinstance(named, GraphQLInterfaceType)
        return " " + self.selection(named, level + 1, more, unique=is_unique, way=way)

    # -- fragments -------------------------------------------------------------------------------------------

    def can_fragment(self, parent: Any) -> bool:
        return self.fields < MAX_FIELDS and isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType))

    def conditions(self, parent: Any) -> list[Any]:
        if isinstance(parent, GraphQLInterfaceType):
            if self.meant is not None and self.chance(70):
                return [self.schema.type_map[self.meant]]
            return [parent, *self.schema.get_possible_types(parent)]
        return [parent, *parent.interfaces]

    def inline(self, parent: Any, level: int, lists: int, *, unique: bool) -> str:
        on = self.pick(self.conditions(parent))
        condition = "" if on is parent and self.chance(40) else f" on {on.name}"
        return f"...{condition}{self.directive()} {self.selection(on, level, lists, unique=unique or isinstance(on, GraphQLInterfaceType))}"

    def spread(self, parent: Any, level: int, lists: int) -> str:
        on = self.pick(self.conditions(parent))
        known = [
            each
            for each in self.reusable.get(on.name, ())
            if level + each.levels < MAX_LEVELS
            and lists + each.lists <= MAX_LISTS
            and self.fields + each.fields < MAX_FIELDS
        ]
        if known and self.chance(50):
            fragment = self.pick(known)
            self.fields += fragment.fields
        else:
            name, before = self.name("F"), self.fields
            directive = self.directive()
            text = self.selection(on, level, lists, unique=isinstance(on, GraphQLInterfaceType))
            fragment = _Fragment(name, text, MAX_LEVELS - level, MAX_LISTS - lists, self.fields - before)
            self.written.append(f"fragment {name} on {on.name} {text}")
            # what stands below one level may stand below any level that is not deeper
            self.reusable.setdefault(on.name, []).append(fragment)
            fragment.levels, fragment.lists = _depth(text), text.count("(")
            return f"...{name}{directive}"
        return f"...{fragment.name}{self.directive()}"

    # -- arguments -------------------------------------------------------------------------------------------

    def variable(self, type_text: str, make: Callable[[], Any] | None, *, default: str | None = None) -> str:
        """Declare a variable whose values `make` makes; without it the client leaves it out."""
        name = self.name("v")
        self.declared.append(f"${name}: {type_text}" + (f" = {default}" if default is not None else ""))
        if make is not None:
            self.variables[name] = make()
            self.again[name] = make
        return f"${name}"

    def arguments(
        self, parent: str, name: str, definition: GraphQLField, cursor_key: str | None, way: tuple[Step, ...]
    ) -> str:
        args = definition.args
        must, further = (way[0][1], way[1:]) if way and way[0][0] == "arg" else ("", ())
        given: list[str] = []

        def give(argument: str, hint: Any) -> None:
            rest = further if argument == must else ()
            given.append(f"{argument}: {self.value(args[argument].type, hint, rest, is_given=argument == must)}")

        if "ids" in args or "id" in args:
            # a condition on the type that is meant is written below, so that there is something to compare
            wanted = way[0][1] if way and way[0][0] == "on" else self.pick(list(self.corpus.ids_of))
            self.meant = wanted if wanted in self.corpus.ids_of else None
        for each in args:
            if each in ("groupBy", "limit", "first", "last", "after", "before"):
                continue
            seldom = parent == "Statistics" or bool(way)  # so that rows are left where the way leads
            odds = {"filter": 15 if seldom else 35, "orderBy": 35, "actions": 40, "names": 75}
            if isinstance(args[each].type, GraphQLNonNull) or each == must or self.chance(odds.get(each, 50)):
                give(each, (each, name) if each == "code" else each)
        if "limit" in args:
            several = 3 if parent != "Statistics" or self.chance(15) else 1
            given += self.grouping(args, must, further, limit_of=several)
        if "first" in args:
            dice = self.number(0, 99)
            if dice >= 30 or must in ("first", "last"):
                which = must if must in ("first", "last") else "first" if dice < 75 else "last"
                sizes = [2, 1, 3, 0, 5, 7]
                shown_size = (
                    str(self.pick(sizes)) if self.chance(60) else self.variable("Int", lambda: self.pick(sizes))
                )
                given.append(f"{which}: {shown_size}")
                if self.chance(4):
                    given.append(f"{'last' if which == 'first' else 'first'}: null")
            if cursor_key is not None and (self.chance(30) or must in ("after", "before")):
                end = must if must in ("after", "before") else self.pick(["after", "before"])
                variable = self.variable("String", lambda: None)
                given.append(f"{end}: {variable}")
                self.places.append((variable[1:], cursor_key))
        return f"({', '.join(given)})" if given else ""

    def grouping(self, args: Any, must: str, way: tuple[Step, ...], *, limit_of: int) -> list[str]:
        """Return keys that name no field twice, and a limit; without rights there is but one key."""
        given: list[str] = []
        if "groupBy" in args and (self.chance(80) or must == "groupBy"):
            named: Any = get_named_type(args["groupBy"].type)
            first = [way[0][1]] if way and must == "groupBy" else []

            def keys() -> list[str]:
                chosen: dict[str, str] = {}
                for member in [*first, *(self.pick(list(named.values)) for _ in range(self.number(0, limit_of)))]:
                    chosen.setdefault(re.sub("_(DAY|MONTH|QUARTER|YEAR)$", "", member), member)
                return list(chosen.values())[: max(limit_of, 1)]

            variable = f"[{named.name}!]"
            text = self.variable(variable, keys) if self.chance(30) else f"[{', '.join(keys())}]"
            given.append(f"groupBy: {text}")
        if self.chance(30) or must == "limit":
            sizes = [1, 2, 0, 50]
            size = str(self.pick(sizes)) if self.chance(60) else self.variable("Int", lambda: self.pick(sizes))
            given.append(f"limit: {size}")
        return given

    def value(self, of: Any, hint: Any, way: tuple[Step, ...] = (), *, is_given: bool = False) -> str:
        """Return an argument's text; parts of it may be variables. `way` is what must stand in it."""
        if self.chance(40):
            return self.variable(str(of), lambda: self._value(of, hint, 0, way, constant=True)[1])
        if not isinstance(of, GraphQLNonNull) and not is_given and self.chance(4):
            return "null" if self.chance(50) else self.variable(str(of), None)
        if self.chance(4):  # a default that the client does not override
            return self.variable(str(of), None, default=self._value(of, hint, 0, way, constant=True)[0])
        return self._value(of, hint, 0, way)[0]

    def _value(
        self, of: Any, hint: Any, depth: int, way: tuple[Step, ...] = (), *, constant: bool = False
    ) -> tuple[str, Any]:
        """Return a value as the text of a literal and as JSON; with variables inside, the JSON form means nothing."""
        inner = of.of_type if isinstance(of, GraphQLNonNull) else of
        if depth and not constant and self.chance(12):
            return self.variable(str(of), lambda: self._value(of, hint, depth, way, constant=True)[1]), None
        if isinstance(inner, GraphQLList):
            size = self.pick([1, 2, 3, 1] if way else [1, 2, 3, 0, 1])
            if hint == "orderBy" and self.chance(6):
                size = 11
            items = [
                self._value(inner.of_type, hint, depth + 1, () if at else way, constant=constant) for at in range(size)
            ]
            if size == 1 and self.chance(15) and (constant or not items[0][0].startswith("$")):
                return items[0]  # a single value stands for a list of one
            return f"[{', '.join(text for text, _ in items)}]", [value for _, value in items]
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner, hint, depth, way, constant=constant)
        if isinstance(inner, GraphQLEnumType):
            name = way[0][1] if way else self.pick(list(inner.values))
            return name, name
        assert isinstance(inner, GraphQLScalarType)
        value = self._scalar(inner.name, hint)
        return json.dumps(value, ensure_ascii=False), value

    def _scalar(self, name: str, hint: Any) -> Any:
        if isinstance(hint, tuple) and hint[0] == "code":
            own = self.corpus.codes_of.get(hint[1])
            return self.pick(own if own and self.chance(80) else self.corpus.codes)
        if hint == "actions":
            return self.pick(self.corpus.actions)
        if name == "ID":
            is_meant = hint in ("id", "ids") and self.meant is not None and self.chance(75)
            return self.pick(self.corpus.ids_of[self.meant or ""] if is_meant else self.corpus.ids)
        if isinstance(hint, tuple) and self.chance(80):
            known = self.corpus.by_member.get(hint)
            if known is not None and (name == "Boolean") is isinstance(known[0], bool):
                return self.pick(known)
        return self.pick(self.corpus.by_scalar[name])

    def _object(
        self, of: GraphQLInputObjectType, hint: Any, depth: int, way: tuple[Step, ...], *, constant: bool
    ) -> tuple[str, Any]:
        names = list(of.fields)
        must = way[0][1] if way else None
        if of.name.endswith("Order"):
            chosen = ["field", "direction"] if self.chance(60) or must == "direction" else ["field"]
        elif "and" in of.fields:
            chosen = [self.pick(names[:-3] if depth > 4 else names) for _ in range(self.pick([1, 1, 2, 0]))]
        else:
            chosen = [self.pick(names) for _ in range(self.pick([1, 1, 1, 2]))]
        if must is not None and must not in chosen:
            chosen = [must, *chosen[1:]]
        texts: list[str] = []
        values: dict[str, Any] = {}
        for name in dict.fromkeys(chosen):
            member = of.fields[name]
            if name != must and self.chance(3) and not isinstance(member.type, GraphQLNonNull):
                texts.append(f"{name}: null")
                values[name] = None
                continue
            below = (of.name, name) if "and" in of.fields else hint
            rest = way[1:] if name == must else ()
            text, value = self._value(member.type, below, depth + 1, rest, constant=constant)
            texts.append(f"{name}: {text}")
            values[name] = value
        return "{" + ", ".join(texts) + "}", values


def _depth(text: str) -> int:
    deepest = level = 0
    for character in text:
        level += (character == "{") - (character == "}")
        deepest = max(deepest, level)
    return deepest


def smaller(document: Document) -> Iterator[Document]:
    """Yield documents with one part of `document` less, larger parts first; some are not valid."""
    tree = parse(document.text, no_location=True)
    parts: list[tuple[int, Node]] = []

    def look(node: Node) -> None:
        for key in node.keys:
            value = getattr(node, key, None)
            for each in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(each, Node):
                    if isinstance(
                        each, (SelectionNode, ArgumentNode, DirectiveNode, ObjectFieldNode, FragmentDefinitionNode)
                    ):
                        parts.append((len(print_ast(each)), each))
                    look(each)

    look(tree)
    for _, gone in sorted(parts, key=lambda part: -part[0]):
        text = print_ast(visit(tree, _Without(gone)))
        used = {name for name in document.variables if f"${name}" in text.partition("{")[2]}
        text = _drop_unused(text)
        if text is not None:
            values = {name: value for name, value in document.variables.items() if name in used}
            others = {name: value for name, value in document.other.items() if name in used}
            yield Document(text, values, others, tuple(place for place in document.places if f"${place[0]}" in text))


def _drop_unused(text: str) -> str | None:
    """Take away what nothing uses any more: fragments and variables; None if a selection became empty."""
    while True:
        try:
            tree = parse(text, no_location=True)
        except GraphQLError:
            return None
        for node in tree.definitions:
            name = getattr(node, "name", None)
            if isinstance(node, FragmentDefinitionNode) and not re.search(rf"\.\.\.{name.value}\b", text):
                text = print_ast(visit(tree, _Without(node)))
                break
            if isinstance(node, OperationDefinitionNode):
                idle = [
                    each
                    for each in node.variable_definitions or ()
                    if len(re.findall(rf"\${each.variable.name.value}\b", text)) == 1
                ]
                if idle:
                    text = print_ast(visit(tree, _Without(idle[0])))
                    break
        else:
            return text


class _Without(Visitor):
    def __init__(self, gone: Node) -> None:
        super().__init__()
        self.gone = gone

    def enter(self, node: Node, *_: Any) -> Any:
        return REMOVE if node is self.gone else None
