"""The types of writing: one root field, one input and one payload per command; and what `permissions` shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

import strawberry
from strawberry.types.field import StrawberryField

from yuanluo.fields import camel
from yuanluo.inputs import InputField
from yuanluo_graphql.model import Model, Mutation
from yuanluo_tenants.columns import Kind
from yuanluo_tenants.errors import PluginError

__all__ = ["Argument", "MutationTypes", "permission_types"]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a field: its annotation and description."""

    name: str
    annotation: str
    description: str
    default: object = strawberry.UNSET


class Make(Protocol):
    """Makes a type of fields and puts it into the namespace."""

    def __call__(self, name: str, description: str, fields: list[StrawberryField], *, is_input: bool = False) -> type:
        """Return the type."""
        ...


class MakeField(Protocol):
    """Makes a field."""

    def __call__(
        self,
        name: str,
        annotation: str,
        description: str,
        arguments: tuple[Argument, ...] = (),
        *,
        is_input: bool = False,
    ) -> StrawberryField:
        """Return the field."""
        ...


class Annotate(Protocol):
    """Names the GraphQL type of a kind."""

    def __call__(self, kind: Kind, choices: type[Enum] | None, *, nullable: bool) -> str:
        """Return the annotation."""
        ...


def permission_types(make: Make, field_of: MakeField) -> None:
    """Make the types that say what a viewer may do, and by which rule."""
    make(
        "RuleCitation",
        "依据: where it is written",
        [
            field_of("document", "str", "文件: title of the document"),
            field_of("version", "str | None", "版本: its version"),
            field_of("clause", "str", "条款: the clause"),
            field_of("text", "str", "原文标注: the rule as it is cited, further sources included"),
        ],
    )
    make(
        "Permission",
        "可办事项: one thing that the viewer may or may not do",
        [
            field_of("action", "str", "事项代码: the action, such as `opinion.close`"),
            field_of("mutation", "str", "变更名: the mutation that does it"),
            field_of("allowed", "bool", "是否可办: whether the viewer may do it now"),
            field_of("reason", "str", "理由: who may and why not, in the language asked for"),
            field_of("rule", "RuleCitation", "依据: the rule that decides"),
        ],
    )


@dataclass(slots=True)
class MutationTypes:
    """Makes the root type of mutations and what hangs on it."""

    model: Model
    make: Make
    field_of: MakeField
    annotation: Annotate
    taken: dict[str, Any]
    """The types that are there already, by name."""
    nested: dict[str, type] = field(default_factory=lambda: {})

    def root(self) -> type | None:
        """Return the type `Mutation`; None where there is no command."""
        fields = [self.mutation(each) for each in self.model.mutations.values()]
        return (
            self.make("Mutation", "变更: what can be written; each in a transaction of its own", fields)
            if fields
            else None
        )

    def mutation(self, each: Mutation) -> StrawberryField:
        """Return the root field of a command."""
        given, answered, does = f"{each.type_prefix}Input", f"{each.type_prefix}Payload", each.command.action.en
        for name in (given, answered):
            self.check_free(each, name)
        self.make(given, f"输入: what is given to {does}", self.input_fields(each), is_input=True)
        self.make(answered, f"结果: what came of it: {does}", self.payload_fields(each))
        return self.field_of(
            each.name, f"{answered} | None", each.description, (Argument("input", given, "输入: what is given"),)
        )

    def check_free(self, mutation: Mutation, name: str) -> None:
        """Raise PluginError if something else bears the name of a mutation's type."""
        if name in self.taken:
            raise PluginError(
                mutation.plugin,
                f"命令 {mutation.command.name} 需要的类型名 {name} 已被占用,请改名。",
                f"its command {mutation.command.name!r} needs the type name {name!r}, which is taken.",
            )

    def input_fields(self, mutation: Mutation) -> list[StrawberryField]:
        """Return the fields of an input: those of the command, and those that every write takes."""
        form, fields = mutation.form, list[StrawberryField]()
        if form.anchor is None:
            fields.append(self.given("node", "str", "节点代码: code of the courtyard or node it happens at"))
        if form.revised is not None:
            fields.append(self.given("revision", "Long", "修订号: the revision of the object that was seen"))
        for each in form.fields:
            if camel(each.name) in ("node", "revision", "onBehalfOf", "idempotencyKey"):
                raise PluginError(
                    mutation.plugin,
                    f"命令 {mutation.command.name} 的输入字段 {each.name} 与通用字段同名,请改名。",
                    f"the input field {each.name!r} of its command {mutation.command.name!r} has a common name.",
                )
            fields.append(self.input_field(mutation, each))
        if mutation.command.acts_for is not None:
            fields.append(self.given("onBehalfOf", "ID | None", "代办对象: the resident for whom it is done"))
        key = "幂等键: the same key gives the same answer and is done once, for 7 days"
        fields.append(self.given("idempotencyKey", "str | None", key))
        return fields

    def given(self, name: str, annotation: str, description: str) -> StrawberryField:
        """Return a field of an input type."""
        return self.field_of(name, annotation, description, is_input=True)

    def input_field(self, mutation: Mutation, each: InputField) -> StrawberryField:
        """Return the field of an input type for a field of a command's input."""
        if each.nested is not None:
            inner = self.nested_input(mutation, each.nested, each)
        elif each.is_node:
            inner = "str"
        else:
            assert each.kind is not None
            inner = self.annotation(each.kind, each.choices, nullable=False)
        whole = f"list[{inner}]" if each.is_list else inner
        return self.given(camel(each.name), whole if each.is_required else f"{whole} | None", each.description)

    def nested_input(self, mutation: Mutation, nested: type, each: InputField) -> str:
        """Return the name of a nested input's type, made at its first use."""
        name = f"{nested.__name__}Input"
        if self.nested.get(name) is not nested:
            self.check_free(mutation, name)
            self.nested[name] = nested
            self.make(name, each.description, [self.input_field(mutation, one) for one in each.fields], is_input=True)
        return name

    def payload_fields(self, mutation: Mutation) -> list[StrawberryField]:
        """Return the fields of a payload."""
        fields: list[StrawberryField] = []
        if "Record" in self.model.entities:
            record = "记录: the record that was filed; null where the viewer may not read it"
            fields.append(self.field_of("record", "Record | None", record))
        if mutation.subject is not None and mutation.subject_field is not None:
            about = self.model.entities[mutation.subject].description
            fields.append(self.field_of(mutation.subject_field, f"{mutation.subject} | None", about))
        else:
            fields.append(self.field_of("subjectId", "ID | None", "对象编号: id of what it was about"))
        if mutation.command.secret is not None:
            zh, en = mutation.command.secret
            fields.append(self.field_of("secret", "str | None", f"{zh}: {en}; shown once, null on a replay"))
        fields.append(self.field_of("replayed", "bool", "是否重放: whether the same key had been used before"))
        return fields
