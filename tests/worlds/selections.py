"""Everything that can be selected: what the generated leak tests ask of queries and of events alike."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_leaf_type, is_required_argument

from yuanluo_graphql.grouping import PERIODS, Unit, extremes, group_keys
from yuanluo_graphql.model import (
    AggregateField,
    Entity,
    EntityField,
    Model,
    PermissionsField,
    PythonEntityField,
    Relation,
)
from yuanluo_tenants.classes import DataClass

__all__ = ["Selections"]

_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Selections:
    """What can be selected on the entities of a model, and on their types in its schema beside.

    `above` leaves out what a declaration gives to everybody although it stands on columns above that class.
    """

    model: Model
    schema: GraphQLSchema
    above: DataClass | None = None

    def is_public_by_declaration(self, entity: Entity, each: EntityField) -> bool:
        """Whether a declaration itself gives away something above the class, whoever asks."""
        above = self.above
        if above is None:
            return False
        match each:
            case AggregateField(spec=spec):
                if spec.klass > above:
                    return False
                target = self.model.entities[spec.target]
                columns = [c for c in (spec.via, spec.column, *(w[0] for w in spec.where)) if c]
                return _class_of(target) > above or any(target.columns[c].klass > above for c in columns)
            case PythonEntityField(spec=spec):
                return spec.klass <= above and any(entity.columns[c].klass > above for c in spec.needs)
            case Relation():
                target = self.model.entities[each.target]
                return any(target.columns[c].klass > above for c, _, _ in each.where)
            case _:
                return False

    def fields(self, entity: Entity) -> list[EntityField]:
        return [each for each in entity.fields.values() if not self.is_public_by_declaration(entity, each)]

    def leaves(self, entity: Entity) -> str:
        names = [each.name for each in self.fields(entity) if not isinstance(each, Relation | PermissionsField)]
        return " ".join(["__typename", *names, *self.beside(entity)])

    def beside(self, entity: Entity) -> Iterator[str]:
        """Yield what the type in the schema has beside the entity's own values, such as permissions and indicators."""
        wide = {name for name, _ in self._wide(entity)}
        # an indicator is a ratio of the whole courtyard that is meant for everybody, as an Aggregate is
        given = {"indicators"} if self.above is not None else set[str]()
        yield from self._flat(self._type(entity), 3, self._own(entity) | wide | given)

    def wider(self, entity: Entity) -> Iterator[str]:
        """Yield, in parts that a statement can hold, what has a field for every register, such as statistics."""
        for name, below in self._wide(entity):
            inner = list(self._flat(below, 2))
            for start in range(0, len(inner), _AT_ONCE):
                yield f"{name} {{ {' '.join(inner[start : start + _AT_ONCE])} }}"

    def _type(self, entity: Entity) -> GraphQLObjectType:
        kind = self.schema.type_map[entity.name]
        assert isinstance(kind, GraphQLObjectType)
        return kind

    def _own(self, entity: Entity) -> set[str]:
        return {name for name, each in entity.fields.items() if not isinstance(each, PermissionsField)}

    def _wide(self, entity: Entity) -> Iterator[tuple[str, GraphQLObjectType]]:
        for name, each in self._type(entity).fields.items():
            below = get_named_type(each.type)
            if name in self._own(entity) or below.name in self.model.entities:
                continue
            if isinstance(below, GraphQLObjectType) and _objects_in(below) > 3:
                yield name, below

    def _flat(self, kind: GraphQLObjectType, depth: int, left_out: Container[str] = ()) -> Iterator[str]:
        for name, each in kind.fields.items():
            below = get_named_type(each.type)
            is_asked = not any(is_required_argument(argument) for argument in each.args.values())
            if name in left_out or not is_asked or below.name in self.model.entities:
                continue
            if is_leaf_type(below):
                yield name
            elif isinstance(below, GraphQLObjectType) and depth and (inner := " ".join(self._flat(below, depth - 1))):
                yield f"{name} {{ {inner} }}"

    def connection(self, entity: Entity, inner: str, *, whole: bool) -> str:
        kept = {each.name for each in self.fields(entity)}
        numbers = " ".join(each.name for each in entity.numeric() if each.name in kept)
        stats = f" sum {{ {numbers} }} counted {{ {numbers} }}" if numbers else ""
        stats += f" stats {{ {self.figures(entity)} }}"
        head = (
            f"totalCount pageInfo {{ hasNextPage hasPreviousPage }}{stats} edges {{ node {{ id }} }}" if whole else ""
        )
        return f"{{ {head} nodes {{ {inner} }} }}"

    def figures(self, entity: Entity) -> str:
        """Return a selection of everything that statistics answer."""
        kept = {each.name for each in self.fields(entity)}
        shown = {Unit.VALUE: "", **dict.fromkeys(PERIODS, " { text startsOn }")}
        keys = {each.field: shown.get(each.unit, " { code name }") for each in group_keys(entity).values()}
        parts = ["count suppressed", f"key {{ {' '.join(f'{name}{below}' for name, below in keys.items())} }}"]
        if numbers := " ".join(each.name for each in entity.numeric() if each.name in kept):
            means = " ".join(f"{each} {{ sum count rounded }}" for each in numbers.split())
            parts.append(f"sum {{ {numbers} }} average {{ {means} }}")
        if ends := " ".join(each.name for each in extremes(entity) if each.name in kept):
            parts.append(f"min {{ {ends} }} max {{ {ends} }}")
        return f"groupCount groups {{ {' '.join(parts)} }}"

    def chains(self, entity: Entity, depth: int) -> Iterator[str]:
        """Yield selections on `entity`: its leaves, and every chain of relations down to `depth`."""
        yield self.leaves(entity)
        yield from self.wider(entity)
        if depth == 0:
            return
        for each in self.fields(entity):
            if isinstance(each, Relation):
                target = self.model.entities[each.target]
                for number, inner in enumerate(self.chains(target, depth - 1)):
                    below = self.connection(target, inner, whole=number == 0) if each.many else f"{{ {inner} }}"
                    yield f"{each.name} {below}"


def _objects_in(kind: GraphQLObjectType) -> int:
    return sum(isinstance(get_named_type(each.type), GraphQLObjectType) for each in kind.fields.values())


def _class_of(entity: Entity) -> DataClass:
    return DataClass.D3 if entity.class_column else entity.row_class
