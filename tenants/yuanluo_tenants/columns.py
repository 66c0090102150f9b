"""Described columns: each says once what it means, its unit, its data class and how it is masked.

A column is a Piccolo column that carries an `About`. From it come the DDL, the GraphQL field, the masking, the
place in import and export and in the generated leak test. Stored forms (SQLite / PostgreSQL):

| kind          | SQLite                        | PostgreSQL        | value                                     |
|---------------|-------------------------------|-------------------|-------------------------------------------|
| TEXT, CODE    | TEXT (BINARY)                 | TEXT COLLATE "C"  | text                                      |
| INTEGER       | INTEGER                       | INTEGER           | 32-bit                                    |
| LONG FEN AREA | INTEGER                       | BIGINT            | within ±(2^53-1); fen; 1/100 m²           |
| MINUTES       | INTEGER                       | INTEGER           | minutes                                   |
| FLAG          | INTEGER 0/1                   | BOOLEAN           | bool                                      |
| DAY           | TEXT 2026-11-22               | DATE              | date                                      |
| PARTIAL_DATE  | TEXT 1958 / 1958-07           | TEXT COLLATE "C"  | ISO text, precision by its length         |
| MOMENT        | TEXT 2026-11-22T08:00:00.000000Z | TIMESTAMPTZ    | aware UTC datetime, microseconds          |
| CHOICE        | TEXT with CHECK               | TEXT with CHECK   | member name of an Enum                    |
| UUID, REF     | TEXT lower case               | UUID              | uuid.UUID (version 7)                     |
| BLOB          | BLOB                          | BYTEA             | bytes                                     |
| SEALED        | three columns: BLOB, BLOB, TEXT | BYTEA, BYTEA, TEXT | ciphertext, blind index, masked form   |

A reference (`Ref`) is to a row of the same tenant and becomes a composite foreign key `(tenant_id, x)`; an
`Upward` reference is to a row of an ancestor node and has no database key: command and trigger check it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from piccolo.columns import column_types as pc
from piccolo.columns.base import Column
from piccolo.columns.combination import Where
from uuid_utils.compat import uuid7

from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.errors import DeclarationError

if TYPE_CHECKING:
    from piccolo.table import Table

__all__ = [
    "MOST_AREA",
    "MOST_FEN",
    "About",
    "Area",
    "Blob",
    "Bound",
    "Choice",
    "Code",
    "Day",
    "Described",
    "Fen",
    "Flag",
    "Integer",
    "Kind",
    "Long",
    "Mask",
    "Minutes",
    "Moment",
    "PartialDate",
    "Reads",
    "Ref",
    "Sealed",
    "Text",
    "Upward",
    "UuidKey",
    "about",
    "bound_of",
    "check_glosses",
]

_MEMBER: Final = re.compile(r"[A-Z][A-Z0-9_]*")


class Kind(Enum):
    """The logical kind of a column; DDL, GraphQL and the compiler each map from it."""

    TEXT = "TEXT"
    CODE = "CODE"
    INTEGER = "INTEGER"
    LONG = "LONG"
    FEN = "FEN"
    AREA = "AREA"
    MINUTES = "MINUTES"
    FLAG = "FLAG"
    DAY = "DAY"
    PARTIAL_DATE = "PARTIAL_DATE"
    MOMENT = "MOMENT"
    CHOICE = "CHOICE"
    UUID = "UUID"
    REF = "REF"
    UPWARD = "UPWARD"
    BLOB = "BLOB"
    SEALED = "SEALED"


class Mask(Enum):
    """What a viewer without clearance sees in place of the value."""

    HIDE = "HIDE"
    """null"""
    NAME = "NAME"
    """张*国"""
    PHONE = "PHONE"
    """154****0101"""
    ID_NUMBER = "ID_NUMBER"
    """510***********1010"""
    ROOM = "ROOM"
    """the building alone"""


class Reads(Enum):
    """As what a text is read, by every way it comes in and when it is sought (`yuanluo.readers`)."""

    CODE = "CODE"
    """A code or number: folded, without blanks (N1)."""
    NAME = "NAME"
    """A name: as a code, with one dot (N1, N2)."""
    ROOM = "ROOM"
    """A room key (N9)."""
    PHONE = "PHONE"
    """One phone number (N8)."""
    ID_NUMBER = "ID_NUMBER"
    """An ID number (N6)."""


_READS: Final = {
    Mask.NAME: Reads.NAME,
    Mask.ROOM: Reads.ROOM,
    Mask.PHONE: Reads.PHONE,
    Mask.ID_NUMBER: Reads.ID_NUMBER,
}
"""As what a text is read by how it is masked, unless the column says otherwise."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Between what a number must lie, both ends included, whoever gives it; `code` is that of the refusal.

    Stored sums and counts of such numbers have no bound but what the database holds.
    """

    least: int
    most: int
    code: str = "OUT_OF_RANGE"
    rule: str | None = None


MOST_FEN: Final = 10**11
"""The greatest amount that somebody may give, in fen: a billion yuan. 90,000 of them add up to less than 2^53."""
MOST_AREA: Final = 10**8
"""The greatest area that somebody may give, in 1/100 m²: one square kilometre."""
_MILLION: Final = 10**6
_SAFE: Final = 2**53 - 1
_BOUNDS: Final = {
    Kind.INTEGER: Bound(-_MILLION, _MILLION),
    Kind.MINUTES: Bound(-_MILLION, _MILLION),
    Kind.LONG: Bound(-_SAFE, _SAFE),
    Kind.FEN: Bound(-MOST_FEN, MOST_FEN, "AMOUNT_BOUND"),
    Kind.AREA: Bound(-MOST_AREA, MOST_AREA),
}


def bound_of(kind: Kind, declared: Bound | None = None) -> Bound | None:
    """Return the bound of a number of `kind` as it is given: the one declared, else the kind's; None: no number."""
    return declared or _BOUNDS.get(kind)


@dataclass(frozen=True, slots=True)
class About:
    """What a column means and who may see it."""

    kind: Kind
    zh: str
    en: str
    klass: DataClass
    unit: str | None = None
    mask: Mask = Mask.HIDE
    null: bool = False
    choices: type[Enum] | None = None
    target: str | None = None
    """For REF and UPWARD: the table name of the referenced rows."""
    exposed: bool = True
    """Whether it stands in GraphQL."""
    unique: bool = False
    """Unique within the tenant (TENANT) or the deployment (REFERENCE, ACCOUNT)."""
    index: bool = False
    companion_of: str | None = None
    """For the stored companions of a SEALED column: that column's name."""
    bound: Bound | None = None
    """For numbers: between what one that is given must lie; that of the kind unless said otherwise."""
    reads: Reads | None = None
    """For texts: as what they are read; None: as they are written, without blanks around them."""

    @property
    def description(self) -> str:
        """Chinese term, English gloss and unit, as GraphQL shows it."""
        unit = f" ({self.unit})" if self.unit else ""
        return f"{self.zh}: {self.en}{unit}"


class Described:
    """Mixin of every yuanluo column: it carries an `About`."""

    about: About


def about(column: Column) -> About:
    """Return what `column` says of itself; raise DeclarationError for a column that is not described."""
    found = getattr(column, "about", None)
    if not isinstance(found, About):
        name = f"{column._meta.table.__name__}.{column._meta.name}"
        raise DeclarationError(
            f"{name} 不是 yuanluo 的列,请用 Text、Code、Fen、Day、Ref 等声明。",
            f"{name} is no column of yuanluo; declare it as Text, Code, Fen, Day, Ref or another of its columns.",
        )
    return found


def check_glosses(choices: type[Enum]) -> None:
    """Refuse an Enum whose members are not in capitals or are not glossed in both languages."""
    for member in choices:
        value: Any = member.value
        glosses = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else ()
        if len(glosses) != 2 or not all(isinstance(each, str) and each for each in glosses):
            raise DeclarationError(
                f"枚举 {choices.__name__}.{member.name} 的值须为中文名与英文释义:(zh, en)。",
                f"the value of {choices.__name__}.{member.name} must be its Chinese term and English gloss: (zh, en).",
            )
        if _MEMBER.fullmatch(member.name) is None:
            raise DeclarationError(
                f"枚举成员 {choices.__name__}.{member.name} 须为大写字母、数字和下划线。",
                f"{choices.__name__}.{member.name} must be of capitals, digits and underscores.",
            )


class Text(Described, pc.Text):
    """Text. `mask` says what stays visible without clearance."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D1,
        mask: Mask = Mask.HIDE,
        null: bool = False,
        unique: bool = False,
        index: bool = False,
        exposed: bool = True,
        reads: Reads | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else "")
        self.about = About(
            Kind.TEXT,
            zh,
            en,
            klass,
            mask=mask,
            null=null,
            unique=unique,
            index=index,
            exposed=exposed,
            reads=reads or _READS.get(mask),
        )


class Code(Described, pc.Text):
    """A short identifier such as an administrative code or a voucher number; public unless said otherwise."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        mask: Mask = Mask.HIDE,
        null: bool = False,
        unique: bool = False,
        index: bool = False,
        exposed: bool = True,
        reads: Reads | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else "")
        self.about = About(
            Kind.CODE,
            zh,
            en,
            klass,
            mask=mask,
            null=null,
            unique=unique,
            index=index,
            exposed=exposed,
            reads=reads or _READS.get(mask),
        )


class Integer(Described, pc.Integer):
    """A 32-bit whole number; `unit` says of what."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        unit: str | None = None,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: int | None = 0,
        exposed: bool = True,
        bound: Bound | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else default)
        self.about = About(Kind.INTEGER, zh, en, klass, unit=unit, null=null, exposed=exposed, bound=bound)


class Minutes(Described, pc.Integer):
    """A duration in whole minutes."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: int | None = 0,
        bound: Bound | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else default)
        self.about = About(Kind.MINUTES, zh, en, klass, unit="minutes", null=null, bound=bound)


class Long(Described, pc.BigInt):
    """A whole number within ±(2^53-1)."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        unit: str | None = None,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: int | None = 0,
        index: bool = False,
        exposed: bool = True,
        primary_key: bool = False,
    ) -> None:
        super().__init__(null=null, default=None if null else default, primary_key=primary_key)
        self.about = About(Kind.LONG, zh, en, klass, unit=unit, null=null, index=index, exposed=exposed)


class Fen(Described, pc.BigInt):
    """An amount of money in fen (分), within ±(2^53-1); one that is given is within ±`MOST_FEN`."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: int | None = 0,
        bound: Bound | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else default)
        self.about = About(Kind.FEN, zh, en, klass, unit="fen", null=null, bound=bound)


class Area(Described, pc.BigInt):
    """An area in 1/100 m²."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: int | None = 0,
        bound: Bound | None = None,
    ) -> None:
        super().__init__(null=null, default=None if null else default)
        self.about = About(Kind.AREA, zh, en, klass, unit="1/100 m²", null=null, bound=bound)


class Flag(Described, pc.Boolean):
    """Yes or no."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        default: bool = False,
        exposed: bool = True,
    ) -> None:
        super().__init__(null=null, default=None if null else default)
        self.about = About(Kind.FLAG, zh, en, klass, null=null, exposed=exposed)


class Day(Described, pc.Date):
    """A full calendar day in Asia/Shanghai."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        index: bool = False,
        exposed: bool = True,
    ) -> None:
        super().__init__(null=null, default=None if null else dt.date(1970, 1, 1))
        self.about = About(Kind.DAY, zh, en, klass, null=null, index=index, exposed=exposed)


class PartialDate(Described, pc.Text):
    """A date known to the year, the month or the day: `1958`, `1958-07`, `1958-07-02`."""

    def __init__(self, zh: str, en: str, *, klass: DataClass = DataClass.D1, null: bool = True) -> None:
        super().__init__(null=null, default=None if null else "")
        self.about = About(Kind.PARTIAL_DATE, zh, en, klass, null=null)


class Moment(Described, pc.Timestamptz):
    """A moment in UTC, to the microsecond."""

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        index: bool = False,
        exposed: bool = True,
    ) -> None:
        super().__init__(null=null, default=None if null else dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc))
        self.about = About(Kind.MOMENT, zh, en, klass, null=null, index=index, exposed=exposed)


class Choice(Described, pc.Text):
    """One member of an Enum, stored by its name; the Enum's values are `(zh, en)` glosses."""

    def __init__(
        self,
        zh: str,
        en: str,
        choices: type[Enum],
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        index: bool = False,
        exposed: bool = True,
    ) -> None:
        super().__init__(null=null, default=None if null else "")
        self.about = About(Kind.CHOICE, zh, en, klass, null=null, choices=choices, index=index, exposed=exposed)

    # Piccolo would compare with an Enum member's value, which is its gloss
    def __eq__(self, value: object) -> Where:  # type: ignore[override]  # a column's comparison is a condition
        return _plain(super()).__eq__(_member_name(value))

    def __ne__(self, value: object) -> Where:  # type: ignore[override]  # a column's comparison is a condition
        return _plain(super()).__ne__(_member_name(value))

    def __hash__(self) -> int:
        return hash(self._meta.name)

    def is_in(self, values: Any) -> Where:
        """Compare with several members or names."""
        return _plain(super()).is_in(_member_names(values))

    def not_in(self, values: Any) -> Where:
        """Compare with several members or names."""
        return _plain(super()).not_in(_member_names(values))


class UuidKey(Described, pc.UUID):
    """The row's own id: a UUIDv7 made in the application, unique in the deployment."""

    def __init__(self) -> None:
        super().__init__(primary_key=True, default=cast("Callable[[], uuid.UUID]", uuid7))
        self.about = About(Kind.UUID, "编号", "row id", DataClass.D0)


class Ref(Described, pc.UUID):
    """A reference to a row of the same tenant; GraphQL shows the row under the name without `_id`.

    `target` is the other table's class or its table name; a name allows tables declared later.
    """

    def __init__(
        self,
        zh: str,
        en: str,
        target: type[Table] | str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = False,
        exposed: bool = True,
        unique: bool = False,
    ) -> None:
        super().__init__(null=null, default=None)
        name = target if isinstance(target, str) else target._meta.tablename
        self.about = About(Kind.REF, zh, en, klass, null=null, target=name, exposed=exposed, index=True, unique=unique)


class Upward(Described, pc.UUID):
    """A reference to a row of an ancestor node, such as the upper party organisation."""

    def __init__(
        self,
        zh: str,
        en: str,
        target: type[Table] | str,
        *,
        klass: DataClass = DataClass.D0,
        null: bool = True,
    ) -> None:
        super().__init__(null=null, default=None)
        name = target if isinstance(target, str) else target._meta.tablename
        self.about = About(Kind.UPWARD, zh, en, klass, null=null, target=name, index=True)


class Blob(Described, pc.Bytea):
    """Bytes; never in GraphQL."""

    def __init__(
        self, zh: str, en: str, *, klass: DataClass = DataClass.D3, null: bool = False, index: bool = False
    ) -> None:
        super().__init__(null=null, default=None if null else b"")
        self.about = About(Kind.BLOB, zh, en, klass, null=null, exposed=False, index=index)


class Sealed(Described, pc.Bytea):
    """Text encrypted at rest under the tenant's key: ciphertext, blind index for equality, masked form.

    Declaring `id_number = Sealed(...)` also makes the stored companions `id_number_index` (BLOB) and
    `id_number_masked` (TEXT). GraphQL shows the masked form; clear text is a Python field with its own
    capability.
    """

    def __init__(
        self,
        zh: str,
        en: str,
        *,
        klass: DataClass,
        mask: Mask,
        unique: bool = False,
        null: bool = True,
    ) -> None:
        super().__init__(null=null, default=None if null else b"")
        self.about = About(Kind.SEALED, zh, en, klass, mask=mask, null=null, unique=unique, reads=_READS.get(mask))

    def companions(self, name: str) -> dict[str, Column]:
        """Return the stored companion columns of the sealed column called `name`."""
        index = Blob(f"{self.about.zh}盲索引", f"blind index of {self.about.en}", null=True)
        index.about = replace(index.about, unique=self.about.unique, index=not self.about.unique, companion_of=name)
        masked = Text(f"{self.about.zh}(遮蔽)", f"masked {self.about.en}", klass=DataClass.D0, null=True)
        masked.about = replace(masked.about, exposed=False, companion_of=name)
        return {f"{name}_index": index, f"{name}_masked": masked}


def _member_name(value: object) -> Any:
    return value.name if isinstance(value, Enum) else value


class _Comparing(Protocol):
    def __eq__(self, value: object) -> Where: ...  # type: ignore[override]  # Piccolo's way
    def __ne__(self, value: object) -> Where: ...  # type: ignore[override]  # Piccolo's way
    def is_in(self, values: Any) -> Where: ...
    def not_in(self, values: Any) -> Where: ...
    def __hash__(self) -> int: ...


def _plain(column: Any) -> _Comparing:
    return cast("_Comparing", column)


def _member_names(values: Any) -> Any:
    if isinstance(values, (list, tuple, set, frozenset)):
        return [_member_name(each) for each in cast("list[object]", values)]
    return values


def default_of(column: Column) -> Any:
    """Return the default that a missing value of `column` takes, called if it is callable."""
    value = column.get_default_value()
    return value() if callable(value) else value
