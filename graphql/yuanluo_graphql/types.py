"""From the model to strawberry types: the one module where types are made dynamically.

Strawberry owns what the client sees: types, validation, introspection, the SDL. The fields have no resolvers;
the compiler answers them (`compiler.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from types import new_class
from typing import Any, cast

import strawberry
from graphql import GraphQLSchema
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from yuanluo.fields import camel
from yuanluo_graphql.indicator_types import indicator_fields, indicator_roots, indicator_types
from yuanluo_graphql.model import (
    AggregateField,
    ColumnField,
    ComputedField,
    Entity,
    Model,
    NodeIdField,
    PermissionsField,
    PythonEntityField,
    Relation,
)
from yuanluo_graphql.mutation_types import Argument, MutationTypes, permission_types
from yuanluo_graphql.scalar_types import SCALARS, Area, Date, DateTime, Fen, Long, PartialDate, scalar_of
from yuanluo_graphql.stats_types import STATISTICS, statistics, stats_field, stats_of, stats_types
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Kind

__all__ = ["Argument", "Types", "build_schema", "core_schema"]


_PAGE = (
    Argument("first", "int | None", "取前若干条: the first so many rows (default and maximum are settings)"),
    Argument("after", "str | None", "在此游标之后: only rows after this cursor"),
    Argument("last", "int | None", "取后若干条: the last so many rows"),
    Argument("before", "str | None", "在此游标之前: only rows before this cursor"),
)

_ACTIONS = Argument("actions", "list[str] | None", "事项代码: only these actions, such as `opinion.close`")

_OPERATORS: dict[Kind, tuple[str, str, tuple[str, ...]]] = {
    Kind.TEXT: ("TextFilter", "str", ("eq", "ne", "in", "contains", "startsWith", "isNull")),
    Kind.CODE: ("TextFilter", "str", ("eq", "ne", "in", "contains", "startsWith", "isNull")),
    Kind.INTEGER: ("IntFilter", "int", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.MINUTES: ("IntFilter", "int", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.LONG: ("LongFilter", "Long", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.FEN: ("FenFilter", "Fen", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.AREA: ("AreaFilter", "Area", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.FLAG: ("BooleanFilter", "bool", ("eq", "isNull")),
    Kind.DAY: ("DateFilter", "Date", ("eq", "ne", "in", "lt", "le", "gt", "ge", "isNull")),
    Kind.PARTIAL_DATE: ("PartialDateFilter", "PartialDate", ("eq", "ne", "lt", "le", "gt", "ge", "isNull")),
    Kind.MOMENT: ("DateTimeFilter", "DateTime", ("lt", "le", "gt", "ge", "isNull")),
}

_OPERATOR_TEXT = {
    "eq": "等于: equal to",
    "ne": "不等于: not equal to, and not null",
    "in": "属于其一: one of these",
    "lt": "小于: less than",
    "le": "不大于: at most",
    "gt": "大于: greater than",
    "ge": "不小于: at least",
    "contains": "包含: contains this text, exactly as written",
    "startsWith": "开头是: begins with this text, exactly as written",
    "isNull": "是否为空: whether there is no value (or none that the viewer may see)",
}


_SAID = {
    "PartialDateFilter": (
        "\n\n按两者中较粗的精度比较: compared at the coarser precision:"
        " 2026-09 is equal to each of its days, and to 2026"
    ),
    "TextFilter": (
        "\n\n姓名、房号、编号先按存储形式归一: eq, ne and in read a name, a room or a number as it is stored,"
        " whatever its blanks, width and dots"
    ),
}
"""What is said of an operator type besides."""


@dataclass
class Types:
    """The types of one schema while they are made, by name."""

    model: Model
    namespace: dict[str, Any] = field(default_factory=lambda: {})

    def make(
        self,
        name: str,
        description: str,
        fields: list[StrawberryField],
        *,
        is_input: bool = False,
        is_interface: bool = False,
        bases: tuple[type, ...] = (),
    ) -> type:
        namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
        for each in fields:
            python_name = each.python_name
            namespace[python_name] = each
            namespace["__annotations__"][python_name] = Any
        made = new_class(name, bases, {}, lambda ns: ns.update(namespace))
        annotations = {each.python_name: each.type_annotation for each in fields}
        typed = strawberry.type(made, name=name, description=description, is_input=is_input, is_interface=is_interface)
        definition = cast("Any", typed).__strawberry_definition__
        for each in definition.fields:
            if each.python_name in annotations:
                each.type_annotation = annotations[each.python_name]
        self.namespace[name] = typed
        return typed

    def field(
        self,
        name: str,
        annotation: str,
        description: str,
        arguments: tuple[Argument, ...] = (),
        *,
        is_input: bool = False,
    ) -> StrawberryField:
        made = StrawberryField(
            python_name=f"f_{name}",
            graphql_name=name,
            type_annotation=StrawberryAnnotation(annotation, namespace=self.namespace),
            description=description,
            default=strawberry.UNSET if is_input else None,
        )
        made.arguments = [
            StrawberryArgument(
                python_name=each.name,
                graphql_name=each.name,
                type_annotation=StrawberryAnnotation(each.annotation, namespace=self.namespace),
                description=each.description,
                default=each.default,
            )
            for each in arguments
        ]
        return made

    def filters(self) -> None:
        for name, scalar, operators in {v[0]: v for v in _OPERATORS.values()}.values():
            said = f"{scalar} 条件: conditions on a {scalar}, all must hold{_SAID.get(name, '')}"
            self.operator_input(name, scalar, operators, said)
        for name in self.model.enums:
            self.operator_input(
                f"{name}Filter", name, ("eq", "ne", "in", "isNull"), f"{name} 条件: conditions on a {name}"
            )
        self.operator_input("IdFilter", "ID", ("eq", "in", "isNull"), "引用条件: conditions on a reference")

    def operator_input(self, name: str, scalar: str, operators: tuple[str, ...], description: str) -> None:
        annotation = {"in": f"list[{scalar}] | None", "isNull": "bool | None"}
        self.make(
            name,
            description,
            [
                self.field(op, annotation.get(op, f"{scalar} | None"), _OPERATOR_TEXT[op], is_input=True)
                for op in operators
            ],
            is_input=True,
        )

    def enums(self) -> None:
        self.namespace.update(
            {
                "Any": Any,
                "ID": strawberry.ID,
                "Fen": Fen,
                "Area": Area,
                "Long": Long,
                "Date": Date,
                "DateTime": DateTime,
                "PartialDate": PartialDate,
            }
        )
        for name, choices in self.model.enums.items():
            gloss = (choices.__doc__ or name).strip().splitlines()[0].rstrip(".")
            self.namespace[name] = self.enum(
                name,
                f"{self.model.enum_terms[name]}: {gloss[:1].lower()}{gloss[1:]}",
                {member.name: _gloss(member) for member in choices},
            )
        self.namespace["OrderDirection"] = self.enum(
            "OrderDirection",
            "排序方向: direction of an order; rows without a value come last either way",
            {"ASC": "升序: ascending", "DESC": "降序: descending"},
        )

    def enum(self, name: str, description: str, members: dict[str, str]) -> Any:
        functional: Any = Enum
        made = functional(name, {member: member for member in members})
        typed = strawberry.enum(made, name=name, description=description)
        definition = typed.__strawberry_definition__
        for value in definition.values:
            value.description = members[value.name]
        return typed

    def annotation(self, kind: Kind, choices: type[Enum] | None, *, nullable: bool) -> str:
        name = choices.__name__ if choices is not None else _name_of(scalar_of(kind))
        return f"{name} | None" if nullable else name

    def entity(self, entity: Entity) -> None:
        fields: list[StrawberryField] = []
        for each in entity.fields.values():
            match each:
                case NodeIdField():
                    continue
                case ColumnField():
                    annotation = self.annotation(each.kind, each.about.choices, nullable=each.is_nullable)
                    fields.append(self.field(each.name, annotation, each.description))
                case Relation(many=False):
                    fields.append(self.field(each.name, f"{each.target} | None", each.description))
                case Relation():
                    optional = " | None" if each.is_nullable else ""
                    fields.append(
                        self.field(
                            each.name,
                            f"{each.target}Connection{optional}",
                            each.description,
                            (*_PAGE, *self.list_arguments(self.model.entities[each.target])),
                        )
                    )
                case AggregateField():
                    fields.append(
                        self.field(each.name, self.annotation(each.kind, None, nullable=True), each.description)
                    )
                case ComputedField() | PythonEntityField():
                    choices = each.spec.choices if isinstance(each, ComputedField) else None
                    fields.append(
                        self.field(each.name, self.annotation(each.kind, choices, nullable=True), each.description)
                    )
                case PermissionsField():
                    fields.append(self.field(each.name, "list[Permission]", each.description, (_ACTIONS,)))
        if entity.name in STATISTICS:
            fields.append(self.field("statistics", "Statistics", "统计: registers at and below this node, by figures"))
        fields.extend(indicator_fields(self, entity))
        self.make(entity.name, entity.description, fields, bases=(self.namespace["Node"],))

    def list_arguments(self, entity: Entity) -> tuple[Argument, ...]:
        arguments: list[Argument] = []
        if entity.filterable():
            arguments = [
                Argument("filter", f"{entity.name}Filter | None", "筛选: only rows for which this holds"),
                Argument(
                    "orderBy",
                    f"list[{entity.name}Order] | None",
                    "排序: order of the rows; the default order of the register if absent",
                ),
            ]
        return tuple(arguments)

    def lists(self, entity: Entity) -> None:
        columns = entity.filterable()
        gloss = entity.description
        if columns:
            inputs: list[StrawberryField] = []
            for each in columns:
                choices = each.about.choices
                name = f"{choices.__name__}Filter" if choices is not None else _OPERATORS[each.kind][0]
                inputs.append(self.field(each.name, f"{name} | None", each.description, is_input=True))
            for name, about in entity.columns.items():
                # a reference to a table outside of the schema has no field, and so no filter
                if about.kind is Kind.REF and about.exposed and _camel_ref(name) in entity.fields:
                    inputs.append(self.field(_camel_ref(name), "IdFilter | None", about.description, is_input=True))
            own = f"{entity.name}Filter"
            inputs.append(self.field("and", f"list[{own}] | None", "且: all of these", is_input=True))
            inputs.append(self.field("or", f"list[{own}] | None", "或: at least one of these", is_input=True))
            inputs.append(self.field("not", f"{own} | None", "非: not this", is_input=True))
            self.make(own, f"筛选条件,全部满足: conditions that must all hold; {gloss}", inputs, is_input=True)
            self.namespace[f"{entity.name}OrderField"] = self.enum(
                f"{entity.name}OrderField",
                f"可排序的字段: fields to order by; {gloss}",
                {each.column.upper(): each.description for each in columns},
            )
            self.make(
                f"{entity.name}Order",
                f"排序: one field to order by; {gloss}",
                [
                    self.field("field", f"{entity.name}OrderField", "字段: the field", is_input=True),
                    self.field("direction", "OrderDirection | None", "方向: ASC if absent", is_input=True),
                ],
                is_input=True,
            )
        self.make(
            f"{entity.name}Edge",
            f"列表项: one row of a connection with its cursor; {gloss}",
            [
                self.field("cursor", "str", "游标: where this row stands in its list"),
                self.field("node", entity.name, gloss),
            ],
        )
        connection = [
            self.field("edges", f"list[{entity.name}Edge]", "列表项: the rows with their cursors"),
            self.field("nodes", f"list[{entity.name}]", "各行: the rows"),
            self.field("pageInfo", "PageInfo", "分页信息: where this page stands"),
            self.field("totalCount", "Long", "总数: how many rows match, on all pages"),
        ]
        if entity.is_tenant and (entity.row_class is not DataClass.D0 or entity.class_column is not None):
            connection.append(
                self.field(
                    "othersCount",
                    "Long | None",
                    "不可见行数: how many rows of the courtyard's whole list the viewer may not see, whatever the"
                    " filter; null for small numbers (kpi.min_cell) and for every other list",
                )
            )
        numbers = entity.numeric()
        if numbers:
            for suffix, zh, en in (
                ("Sum", "合计", "sums over all matching rows, null where nothing was counted"),
                ("Counted", "计入行数", "how many matching rows had a value that a sum counted"),
            ):
                self.make(
                    f"{entity.name}{suffix}",
                    f"{zh}: {en}; {gloss}",
                    [
                        self.field(
                            each.name,
                            "Long" if suffix == "Counted" else self.annotation(_wide(each.kind), None, nullable=True),
                            each.description,
                        )
                        for each in numbers
                    ],
                )
                connection.append(self.field(suffix.lower(), f"{entity.name}{suffix}", f"{zh}: {en}"))
        stats_of(self, entity)
        connection.append(stats_field(self, entity))
        self.make(f"{entity.name}Connection", f"列表: a list in pages; {gloss}", connection)


def _wide(kind: Kind) -> Kind:
    return Kind.LONG if kind in (Kind.INTEGER, Kind.MINUTES) else kind


def _camel_ref(column: str) -> str:
    return camel(column.removesuffix("_id"))


def _name_of(scalar: Any) -> str:
    return "ID" if scalar is strawberry.ID else str(scalar.__name__)


def _gloss(member: Enum) -> str:
    value: Any = member.value
    if isinstance(value, tuple):
        return ": ".join(str(part) for part in cast("tuple[Any, ...]", value))
    return str(value)


def _himself(types: Types) -> tuple[Any, ...]:
    """Return the fields of `Viewer` that say who he is; none in a house without people."""
    if "Person" not in types.model.entities:
        return ()
    return (
        types.field(
            "person",
            "Person | None",
            "本人: who the viewer is in that courtyard; without a code, where he is somebody in one alone",
            (Argument("courtyard", "str | None", "院落代码: the courtyard's code"),),
        ),
        types.field("people", "list[Person]", "本人(各院落): who the viewer is, in each of his courtyards"),
    )


def build_schema(model: Model) -> strawberry.Schema:
    """Return the strawberry schema of `model`; pure, and can be called again."""
    types = Types(model)
    types.enums()
    types.make(
        "Node",
        "节点: an object with a global id",
        [types.field("id", "ID", NodeIdField().description)],
        is_interface=True,
    )
    types.make(
        "PageInfo",
        "分页信息: where a page stands in its list",
        [
            types.field("hasNextPage", "bool", "后面还有: whether more rows follow"),
            types.field("hasPreviousPage", "bool", "前面还有: whether rows stand before"),
            types.field("startCursor", "str | None", "首行游标: cursor of the first row of the page"),
            types.field("endCursor", "str | None", "末行游标: cursor of the last row of the page"),
        ],
    )
    types.filters()
    permission_types(types.make, types.field)
    stats_types(types)
    indicator_types(types)
    for entity in model.entities.values():
        types.entity(entity)
        types.lists(entity)
    statistics(types)
    mutation = MutationTypes(model, types.make, types.field, types.annotation, types.namespace).root()
    types.make(
        "ViewerRole",
        "角色: a role that the viewer holds on a node of the tree",
        [
            types.field("role", "str", "角色代码: the role"),
            types.field("node", "str", "节点代码: code of the node on which it is granted"),
        ],
    )
    types.make(
        "Viewer",
        "当前用户: who asks, and with which roles",
        [
            types.field("name", "str", "名称: name of the account"),
            types.field("roles", "list[ViewerRole]", "角色: roles in force"),
            types.field("expiresAt", "DateTime | None", "令牌到期: when the token ends"),
            *_himself(types),
        ],
    )
    types.make(
        "Plugin",
        "插件: a plugin of this deployment",
        [
            types.field("name", "str", "名称: its name"),
            types.field("version", "str", "版本: its version"),
            types.field("description", "str", "说明: what it adds"),
            types.field("healthy", "bool", "是否正常: whether its last calls succeeded"),
            types.field("problem", "str | None", "问题: what failed last, if anything did"),
        ],
    )
    query = types.make(
        "Query",
        "查询: what can be asked",
        [
            types.field("viewer", "Viewer | None", "当前用户: who asks; null without a token"),
            types.field(
                "node",
                "Node | None",
                "按编号取: the object with this global id, or null",
                (Argument("id", "ID", "全局编号: its global id"),),
            ),
            types.field(
                "nodes",
                "list[Node | None]",
                "按编号批量取: the objects with these global ids, null where there is none",
                (Argument("ids", "list[ID]", "全局编号: their global ids"),),
            ),
            types.field(
                "district",
                "District | None",
                "按代码取区: the district with this 6-digit code, or null",
                (Argument("code", "str", "区划代码: its 6-digit code"),),
            ),
            types.field(
                "courtyard",
                "Courtyard | None",
                "按代码取院落: the courtyard with this code, or null",
                (Argument("code", "str", "院落代码: its code"),),
            ),
            types.field(
                "courtyards",
                "CourtyardConnection",
                "院落列表: the courtyards that the viewer may see",
                (*_PAGE, *types.list_arguments(model.entities["Courtyard"])),
            ),
            types.field("plugins", "list[Plugin]", "插件列表: the plugins of this deployment"),
            *(
                types.field(
                    name, f"{each.name}Connection | None", each.description, (*_PAGE, *types.list_arguments(each))
                )
                for name, each in model.listed.items()
            ),
            *indicator_roots(types),
        ],
    )
    return strawberry.Schema(
        query=query,
        mutation=mutation,
        subscription=_subscription(types) if "Record" in model.entities else None,
        types=[types.namespace[name] for name in model.entities],
        config=StrawberryConfig(auto_camel_case=False, scalar_map=cast("Any", SCALARS)),
    )


def _subscription(types: Types) -> type:
    return types.make(
        "Subscription",
        "订阅: what can be listened to; see docs/live.md",
        [
            types.field(
                "recordFiled",
                "Record",
                "新记录: each record that is filed and that the viewer may see, in the order of each courtyard's chain",
                (
                    Argument("courtyards", "list[str] | None", "院落代码: only of these courtyards; all if absent"),
                    Argument("subject", "ID | None", "对象: only about the object with this global id"),
                    Argument("kinds", "list[str] | None", "类型: only of these kinds, such as person.create"),
                    Argument(
                        "after",
                        "Long | None",
                        "续订序号: first those after this sequence number, of the one courtyard that is named",
                    ),
                ),
            )
        ],
    )


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Return the graphql-core schema behind a strawberry schema."""
    return cast("GraphQLSchema", cast("Any", schema)._schema)
