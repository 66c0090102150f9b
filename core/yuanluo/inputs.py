"""What a command's input asks for, read once from its dataclass: the source of the mutation's input type.

A field that bears the name of a column of the command's table takes its term, kind and target from there. Any other
says so beside its type:

    reason: Annotated[str, Given("原因", "why")]
    fund_id: Annotated[uuid.UUID, Given("资金", "the fund", refers="Fund")]
    id: Annotated[uuid.UUID | None, WITHIN] = None      # for callers inside the process, never for clients

A field whose type is a dataclass, or a tuple of one, is a nested input; its class says by `TABLE` whose columns it
names.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import types
import typing
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin

from yuanluo.readers import read_text
from yuanluo_tenants.columns import About, Bound, Kind, Reads, bound_of, check_glosses
from yuanluo_tenants.errors import DeclarationError, Invalid
from yuanluo_tenants.registry import Registry
from yuanluo_tenants.tables import Declared, TableClass, columns_of

T = TypeVar("T")

__all__ = [
    "WITHIN",
    "Form",
    "Given",
    "InputField",
    "check_bound",
    "fields_of",
    "form_of",
    "read_given",
    "snake",
]


@dataclass(frozen=True, slots=True)
class Given:
    """The meaning of an input field that is no column: its term, and where its type says too little, kind and target.

    `refers` names the GraphQL type whose id is given. `within` marks a field that clients never see.
    """

    zh: str = ""
    en: str = ""
    kind: Kind | None = None
    refers: str | None = None
    upward: bool = False
    """Whether what it refers to belongs to a node above."""
    is_node: bool = False
    """Whether it is the number of a node, which clients give as its code."""
    within: bool = False
    bound: Bound | None = None
    """For numbers: between what it must lie; that of its column or kind unless said otherwise."""
    reads: Reads | None = None
    """For texts: as what it is read; as its column is unless said otherwise."""


WITHIN: Final = Given(within=True)
"""For callers inside the process only, such as the row id to take."""

_KINDS: Final[Mapping[type, Kind]] = {
    str: Kind.TEXT,
    bool: Kind.FLAG,
    int: Kind.INTEGER,
    dt.date: Kind.DAY,
    dt.datetime: Kind.MOMENT,
    uuid.UUID: Kind.REF,
}
_FITTING: Final[Mapping[Kind, frozenset[Kind]]] = {
    Kind.TEXT: frozenset({Kind.TEXT, Kind.CODE, Kind.PARTIAL_DATE}),
    Kind.FLAG: frozenset({Kind.FLAG}),
    Kind.INTEGER: frozenset({Kind.INTEGER, Kind.LONG, Kind.FEN, Kind.AREA, Kind.MINUTES}),
    Kind.DAY: frozenset({Kind.DAY}),
    Kind.MOMENT: frozenset({Kind.MOMENT}),
    Kind.REF: frozenset({Kind.REF, Kind.UPWARD}),
}
"""Which kinds of column a Python type can hold."""


@dataclass(frozen=True, slots=True)
class InputField:
    """One field of an input: its Python name, what it holds and what it means."""

    name: str
    zh: str
    en: str
    kind: Kind | None
    """None for a nested input."""
    is_list: bool
    is_required: bool
    default: Any
    choices: type[Enum] | None = None
    refers: str | None = None
    """For REF and UPWARD: the GraphQL type."""
    is_upward: bool = False
    is_node: bool = False
    nested: type | None = None
    fields: tuple[InputField, ...] = ()
    bound: Bound | None = None
    reads: Reads | None = None

    @property
    def description(self) -> str:
        """Chinese term and English gloss."""
        return f"{self.zh}: {self.en}"


@dataclass(frozen=True, slots=True)
class Form:
    """What clients fill in for a command."""

    fields: tuple[InputField, ...]
    anchor: InputField | None
    """The reference that says at which node the command runs; None: the node is asked for."""
    table: type[Declared] | None
    """The subject's table, where it is one of the schema's."""
    revised: type[Declared] | None
    """The table whose row, the anchor, is written: the client says which revision of it was seen."""
    listed: InputField | None = None
    """The reference to a row of a listing on which the command is offered, such as the grant to be revoked."""


def form_of(
    given: type, registry: Registry, subject_type: str, *, named: str | None = None, is_versioned: bool = True
) -> Form:
    """Return the form of an input dataclass whose command is about `subject_type`."""
    fields = fields_of(given, registry, subject_type)
    anchor = anchor_of(fields, registry, subject_type, named)
    table = registry.by_type(subject_type)
    is_about = anchor is not None and anchor.refers == subject_type and table is not None and table.declared.revised
    return Form(fields, anchor, table, table if is_about and is_versioned else None, _listed(fields, registry))


def _listed(fields: Sequence[InputField], registry: Registry) -> InputField | None:
    for field in fields:
        table = registry.by_type(field.refers or "")
        if table is not None and table.declared.listing is not None and field.is_required and not field.is_list:
            return field
    return None


def snake(type_name: str) -> str:
    """Return the column form of a type name: `PartyOrg` → `party_org`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_name).lower()


def fields_of(given: type, registry: Registry, subject_type: str) -> tuple[InputField, ...]:
    """Return the fields of an input dataclass that clients may give; raise DeclarationError for one without meaning."""
    table = registry.by_type(subject_type)
    return _fields(given, registry, table)


def anchor_of(
    fields: Sequence[InputField], registry: Registry, subject_type: str, named: str | None = None
) -> InputField | None:
    """Return the field that says where a command runs: its subject's id, else its first required reference."""

    def is_anchor(field: InputField) -> bool:
        table = registry.by_type(field.refers or "")
        is_here = table is not None and table.declared.table_class is TableClass.TENANT and table.declared.exposed
        return is_here and field.is_required and not field.is_list and not field.is_upward

    references = [field for field in fields if is_anchor(field)]
    if named is None:
        own = (field for field in references if field.name == f"{snake(subject_type)}_id")
        return next(own, references[0] if references else None)
    for field in references:
        if field.name == named:
            return field
    raise DeclarationError(f"没有必填的引用字段 {named}。", f"there is no required reference {named!r}.")


def _fields(given: type, registry: Registry, table: type[Declared] | None) -> tuple[InputField, ...]:
    name = given.__name__
    if not dataclasses.is_dataclass(given):
        raise DeclarationError(f"输入 {name} 须为 dataclass。", f"its input {name} must be a dataclass.")
    try:
        hints = typing.get_type_hints(given, include_extras=True)
    except NameError as error:
        raise DeclarationError(
            f"输入 {name} 的类型注解无法解析({error});请在运行时导入该名称。",
            f"an annotation of its input {name} cannot be resolved ({error});"
            " import the name where it exists at run time.",
        ) from error
    table = cast("type[Declared] | None", getattr(given, "TABLE", table))
    columns = columns_of(table) if table is not None else {}
    found: list[InputField] = []
    for each in dataclasses.fields(given):
        hint, said = _unannotated(hints[each.name])
        if said.within or each.name == "id":
            continue  # `id` is the row id to take, for callers that refer to the row in the same breath
        found.append(_field(given, registry, table, columns.get(each.name), each, hint, said))
    return tuple(found)


def _field(
    given: type,
    registry: Registry,
    table: type[Declared] | None,
    column: About | None,
    each: dataclasses.Field[Any],
    hint: Any,
    said: Given,
) -> InputField:
    where = f"{given.__name__}.{each.name}"
    inner, is_optional = _present(hint)
    is_list = get_origin(inner) is tuple
    if is_list:
        inner = get_args(inner)[0]
    has_default = each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING
    default = each.default if each.default is not dataclasses.MISSING else None
    zh, en, kind, refers, upward = said.zh, said.en, said.kind, said.refers, said.upward
    if column is not None:
        zh, en = zh or column.zh, en or column.en
        kind = kind or (Kind.TEXT if column.kind is Kind.SEALED else column.kind)
        if column.target is not None and refers is None:
            refers = registry.table(column.target).declared.type_name
            upward = upward or column.kind is Kind.UPWARD
    elif table is not None and each.name == f"{snake(table.declared.type_name)}_id":
        zh, en = zh or table.declared.zh, en or table.declared.en
        refers = refers or table.declared.type_name
    if not (zh and en):
        refer = ', refers="Type"' if inner is uuid.UUID and refers is None else ""
        raise DeclarationError(
            f"输入字段 {where} 缺少中文名和英文释义,请用 Annotated[..., yuanluo.Given(zh, en{refer})] 注明。",
            f"input field {where} has no meaning; say it with Annotated[..., yuanluo.Given(zh, en{refer})].",
        )
    made = InputField(
        each.name,
        zh,
        en,
        None,
        is_list,
        not (is_optional or has_default),
        default,
        refers=refers,
        is_upward=upward,
        is_node=said.is_node,
    )
    if dataclasses.is_dataclass(inner):
        nested = cast("type", inner)
        return dataclasses.replace(made, nested=nested, fields=_fields(nested, registry, None), refers=None)
    if isinstance(inner, type) and issubclass(inner, Enum):
        check_glosses(inner)
        return dataclasses.replace(made, kind=Kind.CHOICE, choices=inner)
    basic = _KINDS.get(cast("type", inner))
    if basic is None:
        raise DeclarationError(
            f"输入字段 {where} 的类型无法表达。", f"the type of input field {where} has no GraphQL form."
        )
    kind = kind if kind is not None and kind in _FITTING[basic] else basic
    if basic is Kind.INTEGER and not said.is_node:
        made = dataclasses.replace(made, bound=bound_of(kind, said.bound or (column.bound if column else None)))
    if basic is Kind.TEXT:
        made = dataclasses.replace(made, reads=said.reads or (column.reads if column else None))
    if inner is uuid.UUID:
        kind = Kind.UPWARD if upward else Kind.REF
        if refers is None:
            raise DeclarationError(
                f'输入字段 {where} 未说明指向何种对象,请在 yuanluo.Given 中写明 refers="类型"。',
                f'input field {where} does not say to what it refers; say it with yuanluo.Given(..., refers="Type").',
            )
    return dataclasses.replace(made, kind=kind)


# what is given ----------------------------------------------------------------------------------------------------

FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2999
"""Between which years a time that is given must lie: periods are reckoned from it, and calendars end at 9999."""


def read_given(fields: Sequence[InputField], given: T) -> T:
    """Return an input as its declaration reads it: texts as they are stored, nested ones included.

    Raise Invalid, naming the field, for a number out of its bound, a time of another age, and a text that is no
    such thing. Every input is read so before its command begins: no number from outside decides how long it runs.
    """
    changed: dict[str, Any] = {}
    for each in fields:
        value: Any = getattr(given, each.name)
        if value is None:
            continue
        if not each.is_list:
            read = _read(each, value)
        else:
            read = tuple(_read(each, one) for one in cast("tuple[Any, ...]", value))
        if read != value:
            changed[each.name] = read
    return cast("T", dataclasses.replace(cast("Any", given), **changed)) if changed else given


def _read(each: InputField, value: Any) -> Any:
    if each.nested is not None:
        return read_given(each.fields, value)
    if each.bound is not None and each.kind is not None:
        check_bound(each.kind, each.bound, value, each.name, each.zh, each.en)
    elif each.kind in _TIMES:
        check_year(value, each.name)
    elif each.reads is not None:
        return read_text(each.reads, value, each.name)
    return value


def check_bound(kind: Kind, bound: Bound, value: int, field: str, zh: str, en: str) -> None:
    """Raise Invalid unless a number of `kind` lies within `bound`, which is told in the unit that people use."""
    if bound.least <= value <= bound.most:
        return
    share, unit_zh, unit_en = _SHOWN.get(kind, (1, "", ""))
    least, most = (f"{Decimal(end) / share:,f}" if share > 1 else str(end) for end in (bound.least, bound.most))
    raise Invalid(
        f"{zh}须在 {least} 至 {most}{unit_zh or ' '}之间。",
        f"{en}: it must lie between {least} and {most}{unit_en}.",
        field=field,
        code=bound.code,
        rule=bound.rule,
    )


_TIMES: Final = frozenset({Kind.DAY, Kind.MOMENT, Kind.PARTIAL_DATE})
_SHOWN: Final[Mapping[Kind, tuple[int, str, str]]] = {
    Kind.FEN: (100, " 元", " yuan"),
    Kind.AREA: (100, " 平方米", " m²"),
    Kind.MINUTES: (1, " 分钟", " minutes"),
}
"""How many of what is stored make one of the unit that people read, and that unit."""


def check_year(value: dt.date | str, field: str) -> None:
    """Raise Invalid for a time far from any courtyard's; a text that is no date is left to who reads it."""
    year = value[:4] if isinstance(value, str) else f"{value.year:04}"
    if year.isdecimal() and not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise Invalid(
            f"年份须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间。",
            f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}.",
            field=field,
            code="YEAR_RANGE",
        )


def _unannotated(hint: Any) -> tuple[Any, Given]:
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        return inner, next((note for note in notes if isinstance(note, Given)), Given())
    return hint, Given()


def _present(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in (Union, types.UnionType):
        rest = [each for each in get_args(hint) if each is not type(None)]
        return rest[0], len(rest) < len(get_args(hint))
    return hint, False
