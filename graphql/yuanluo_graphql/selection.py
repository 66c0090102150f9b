"""Collecting the fields of a selection: fragments, type conditions, @skip and @include."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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

__all__ = ["Selection"]


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
