"""Everything that can be selected: what the generated leak tests ask of queries and of events alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yuanluo_graphql.grouping import PERIODS, Unit, extremes, group_keys
from yuanluo_graphql.model import AggregateField, Entity, EntityField, Model, PythonEntityField, Relation
from yuanluo_tenants.classes import DataClass

__all__ = ["Selections"]


@dataclass(frozen=True, slots=True)
class Selections:
    """What can be selected on the entities of a model.

    `above` leaves out what a declaration gives to everybody although it stands on columns above that class.
    """

    model: Model
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
        names = [each.name for each in self.fields(entity) if not isinstance(each, Relation)]
        return " ".join(["__typename", *names])

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
        if depth == 0:
            return
        for each in self.fields(entity):
            if isinstance(each, Relation):
                target = self.model.entities[each.target]
                for number, inner in enumerate(self.chains(target, depth - 1)):
                    below = self.connection(target, inner, whole=number == 0) if each.many else f"{{ {inner} }}"
                    yield f"{each.name} {below}"


def _class_of(entity: Entity) -> DataClass:
    return DataClass.D3 if entity.class_column else entity.row_class
