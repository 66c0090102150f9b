"""Collecting the fields of a selection: fragments, type conditions, @skip and @include."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.language import BooleanValueNode

__all__ = ["Selection", "select_plain"]


class Selection:
    """Collects fields by response key, with the fragments and variables of one request."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._fragments = fragments
        self._variables = variables

    def collect(
        self, type_names: frozenset[str], sets: Iterable[SelectionSetNode | None]
    ) -> dict[str, list[FieldNode]]:
        """Return the field nodes by response key that apply to a type known by `type_names`."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in sets:
            if each is not None:
                self._visit(type_names, each, found, seen)
        return found

    def _visit(
        self,
        type_names: frozenset[str],
        selection_set: SelectionSetNode,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selection_set.selections:
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or node.type_condition.name.value in type_names:
                    self._visit(type_names, node.selection_set, found, seen)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in seen:
                    continue
                seen.add(name)
                fragment = self._fragments[name]
                if fragment.type_condition.name.value in type_names:
                    self._visit(type_names, fragment.selection_set, found, seen)

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for each in directives or ():
            if each.name.value in ("skip", "include"):
                wanted = self._truth(each)
                if wanted is (each.name.value == "skip"):
                    return False
        return True

    def _truth(self, directive: DirectiveNode) -> bool:
        for argument in directive.arguments or ():
            if argument.name.value == "if":
                value = argument.value
                if isinstance(value, VariableNode):
                    return bool(self._variables.get(value.name.value))
                if isinstance(value, BooleanValueNode):
                    return value.value
        return directive.name.value == "include"


def select_plain(
    value: Mapping[str, Any],
    type_name: str,
    types: Mapping[str, str],
    nodes: Sequence[FieldNode],
    selection: Selection,
) -> dict[str, Any]:
    """Return what a selection takes of a plain value; `types` names the types of its fields that are objects."""
    fields = selection.collect(frozenset({type_name}), [node.selection_set for node in nodes])
    answer: dict[str, Any] = {}
    for key, found in fields.items():
        name = found[0].name.value
        if name == "__typename":
            answer[key] = type_name
            continue
        below = value[name]
        if name not in types or below is None:
            answer[key] = below
        elif isinstance(below, list):
            items = cast("list[Mapping[str, Any]]", below)
            answer[key] = [select_plain(item, types[name], {}, found, selection) for item in items]
        else:
            answer[key] = select_plain(below, types[name], {}, found, selection)
    return answer
