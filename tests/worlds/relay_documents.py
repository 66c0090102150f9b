"""What a Relay application over a whole schema would write: fragments and operations for every type and field.

A module of a Relay application holds tagged templates whose names begin with the module's. `relay_modules` writes

- for each object type, a fragment of all fields (`Person_all`, refetchable by `node(id:)` where the type is a Node), with
  two ids of each list, and one of those without a selection (`Person_brief`), which stands wherever the type is met; of a wide type also its fields in parts, for
  all at once may be more than the server admits;
- for each list in pages, a pagination fragment as `usePaginationFragment` takes it, in both directions, with all
  arguments and with everything that a list tells of itself;
- for each register in the figures of a district a query of its own;
- for each root field an operation, also for those of mutation and subscription, once there are any; for an interface or
  a union one per type that it may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_required_argument,
)

__all__ = ["WIDE", "connections_of", "object_types", "relay_modules"]

WIDE: Final = 40
"""From this many fields on, all of them may be more than one statement takes."""
PART: Final = 20

Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


def object_types(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    """Return the object types that are no roots and not introspection's."""
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    return [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and each not in roots and not each.name.startswith("__")
    ]


def connections_of(owner: GraphQLObjectType) -> dict[str, GraphQLField]:
    """Return the fields of a type that are lists in pages."""
    return {name: each for name, each in owner.fields.items() if get_named_type(each.type).name.endswith("Connection")}


def relay_modules(schema: GraphQLSchema) -> dict[str, str]:
    """Return the text of each module of the application, by its name."""
    modules: dict[str, str] = {}
    for owner in object_types(schema):
        modules[owner.name] = _module(_brief(owner), *_whole(schema, owner))
    assert schema.query_type is not None
    for owner in (schema.query_type, *object_types(schema)):
        if owner is schema.query_type or _is_node(owner):
            for name, each in connections_of(owner).items():
                module = f"{owner.name}{_upper(name)}Pages"
                modules[module] = _module(_pages(schema, module, owner, name, each))
    if isinstance(figures := schema.type_map.get("Statistics"), GraphQLObjectType):
        for name, each in figures.fields.items():
            module = f"Statistics{_upper(name)}"
            asked = f"{name}{_literals(each)}{_selection(schema, get_named_type(each.type))}"
            modules[module] = _module(
                f"query {module}Query($code: String!) {{ district(code: $code) {{ statistics {{ {asked} }} }} }}\n"
            )
    for kind, root in (
        ("query", schema.query_type),
        ("mutation", schema.mutation_type),
        ("subscription", schema.subscription_type),
    ):
        for name, each in root.fields.items() if root is not None else ():
            named = get_named_type(each.type)
            for possible in [None] if not is_abstract_type(named) else schema.get_possible_types(named):
                module = f"{kind.capitalize()}{_upper(name)}{'Of' + possible.name if possible is not None else ''}"
                modules[module] = _module(_operation(schema, kind, module, name, each, possible))
    return modules


def _module(*documents: str) -> str:
    templates = "\n".join(f"graphql`\n{each}`;" for each in documents if each)
    return f"import {{ graphql }} from 'react-relay';\n{templates}\n"


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]


def _is_node(owner: GraphQLObjectType) -> bool:
    return any(each.name == "Node" for each in owner.interfaces)


def _is_plain(owner: GraphQLObjectType) -> bool:
    """Whether a type is a value that stands in an object, such as a mean, and is asked for as a whole."""
    is_of_list = owner.name.endswith(("Connection", "Edge"))
    return not (is_of_list or owner.interfaces or any(each.args for each in owner.fields.values()))


def _is_leaf(each: GraphQLField) -> bool:
    return not isinstance(get_named_type(each.type), Composite)


def _brief(owner: GraphQLObjectType) -> str:
    leaves = [name for name, each in owner.fields.items() if _is_leaf(each) and not _needs(each)]
    body = "".join(f"  {name}\n" for name in leaves or ["__typename"])
    return f"fragment {owner.name}_brief on {owner.name} {{\n{body}}}\n"


def _needs(each: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in each.args.values())


def _literals(each: GraphQLField) -> str:
    """Return all arguments of a field that is no list in pages, each with a value that its type admits."""
    passed = ", ".join(f"{name}: {_literal(argument.type)}" for name, argument in each.args.items())
    return f"({passed})" if passed else ""


def _literal(of: GraphQLInputType) -> str:
    if isinstance(of, GraphQLNonNull):
        return _literal(of.of_type)
    if isinstance(of, GraphQLList):
        return f"[{_literal(of.of_type)}]"
    if isinstance(of, GraphQLEnumType):
        return next(iter(of.values))
    if isinstance(of, GraphQLInputObjectType):
        return "{}"
    return {"Int": "5", "Long": "5", "Boolean": "true"}.get(of.name, '"x"')


def _whole(schema: GraphQLSchema, owner: GraphQLObjectType) -> Iterator[str]:
    """Write the fragment of all fields, and parts of it where a type is wide."""
    lines: list[str] = []
    for name, each in owner.fields.items():
        named = get_named_type(each.type)
        is_page = name in connections_of(owner)
        if is_page:
            selection = f"(first: 2){_page_selection(named, 'id')}"
        else:
            selection = _literals(each) + _selection(schema, named)
        lines.append(f"  {name}{selection}\n")
    parts = {"all": lines}
    if len(lines) > WIDE and _is_node(owner):
        parts |= {f"part{at // PART}": lines[at : at + PART] for at in range(0, len(lines), PART)}
    for part, some in parts.items():
        again = "" if part == "all" else part.capitalize()
        refetch = f' @refetchable(queryName: "{owner.name}{again}AgainQuery")' if _is_node(owner) else ""
        yield f"fragment {owner.name}_{part} on {owner.name}{refetch} {{\n{''.join(some)}}}\n"


def _selection(schema: GraphQLSchema, named: GraphQLNamedType) -> str:
    """Return the selection set with which a field of this type is asked for."""
    if not isinstance(named, Composite):
        return ""
    return f" {{ {' '.join(_spreads(schema, named))} }}"


def _spreads(schema: GraphQLSchema, named: Composite) -> Iterator[str]:
    if not isinstance(named, GraphQLObjectType):
        # fields of one name may differ in type between the possible types, so that no selection takes all of them
        yield "__typename"
        yield from (f"... on {each.name} {{ __typename }}" for each in schema.get_possible_types(named))
        return
    yield f"...{named.name}_{'all' if _is_plain(named) else 'brief'}"
    if named.name.endswith("Connection"):
        for name, each in named.fields.items():
            if name not in ("edges", "pageInfo") and not _is_leaf(each):
                yield f"{name}{_literals(each)}{_selection(schema, get_named_type(each.type))}"


def _page_selection(connection: GraphQLNamedType, node: str, more: str = "") -> str:
    """Return the selection set of a list in pages: what Relay needs of it, and more."""
    assert isinstance(connection, GraphQLObjectType)
    return f" {{ edges {{ cursor node {{ {node} }} }} pageInfo {{ ...PageInfo_brief }} {more}}}"


def _pages(schema: GraphQLSchema, module: str, owner: GraphQLObjectType, name: str, each: GraphQLField) -> str:
    defaults = {"first": ", defaultValue: 2"}
    defined = ", ".join(f'{key}: {{type: "{about.type}"{defaults.get(key, "")}}}' for key, about in each.args.items())
    passed = ", ".join(f"{key}: ${key}" for key in each.args)
    connection = get_named_type(each.type)
    assert isinstance(connection, GraphQLObjectType)
    edge = get_named_type(connection.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    row = get_named_type(edge.fields["node"].type)
    assert isinstance(row, GraphQLObjectType)
    selection = _page_selection(
        connection, " ".join(_spreads(schema, row)), f"{' '.join(_spreads(schema, connection))} "
    )
    return (
        f'fragment {module}_owner on {owner.name} @refetchable(queryName: "{module}Query")'
        f" @argumentDefinitions({defined}) {{\n"
        f'  {name}({passed}) @connection(key: "{module}_{name}"){selection}\n}}\n'
    )


def _operation(
    schema: GraphQLSchema, kind: str, module: str, name: str, each: GraphQLField, possible: GraphQLObjectType | None
) -> str:
    defined = ", ".join(f"${key}: {about.type}" for key, about in each.args.items())
    named = get_named_type(each.type)
    passed = ", ".join(f"{key}: ${key}" for key in each.args)
    if possible is not None:
        selection = f" {{ __typename ...{possible.name}_all @alias }}"
    elif isinstance(named, GraphQLObjectType) and not named.name.endswith("Connection"):
        selection = f" {{ ...{named.name}_all }}"
    else:
        selection = _selection(schema, named)
    return (
        f"{kind} {module}{kind.capitalize()}{f'({defined})' if defined else ''} {{\n"
        f"  {name}{f'({passed})' if passed else ''}{selection}\n}}\n"
    )
