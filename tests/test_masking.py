"""Masks: what is left visible, and that SQL shows exactly the same on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import get_args

import apsw
import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from postgres_server import Server

from yuanluo.masking import MaskRule, mask, mask_sql
from yuanluo.names import COMPOUND_SURNAMES

Ask = Callable[[MaskRule, str | None], object]
RULES: tuple[MaskRule, ...] = get_args(MaskRule)

EXAMPLES: tuple[tuple[MaskRule, str, str], ...] = (
    ("name", "张建国", "张*国"),
    ("name", "王芳", "王*"),
    ("name", "王", "*"),
    ("name", "欧阳锋", "欧阳*"),
    ("name", "欧阳建国", "欧阳*国"),
    ("name", "欧阳", "欧*"),
    ("name", "买买提·艾力", "买买提*"),
    ("name", "·艾力", "*"),
    ("name", "泽仁卓玛", "泽**玛"),
    ("name", "成都某单位后勤处", "成******处"),
    ("name", "甲" * 40, "甲" + "*" * 32 + "甲"),
    ("name", "", ""),
    ("id_number", "510100195207141010", "510***********1010"),
    ("id_number", "51010019880229068X", "510***********068X"),
    ("id_number", "510100520714101", "510********4101"),
    ("id_number", "E12345678", "*********"),
    ("phone", "15400000101", "154****0101"),
    ("phone", "02820000108", "028****0108"),
    ("phone", "0817123456", "081***3456"),
    ("phone", "20000108", "****0108"),
    ("phone", "12345", "*****"),
    ("room_key", "3-2-509", "3-*"),
    ("room_key", "6-0-1302", "6-*"),
    ("room_key", "509", "*"),
    ("address", "枣子巷13号院3栋2单元509", "枣子巷13号院3栋***"),
    ("address", "抚琴西路8号院", "抚琴西路8号院***"),
    ("address", "沙湾路2号楼501", "沙湾路2号楼***"),
    ("address", "茶店子路9号", "***"),
    ("text", "夜间麻将声扰民", "***"),
    ("text", "", "***"),
)

_ALPHABET = "张王李欧阳司马上官买提艾力芳建国·-—栋幢号楼院0123456789'*XxA \N{COMBINING ACUTE ACCENT}\N{GRINNING FACE}"
_KEPT_BY_BOTH = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
VALUES = st.one_of(
    st.none(),
    st.text(st.one_of(st.sampled_from(_ALPHABET), _KEPT_BY_BOTH), max_size=45),
    st.builds(str.__add__, st.sampled_from(sorted(COMPOUND_SURNAMES)), st.text(_KEPT_BY_BOTH, max_size=3)),
    st.from_regex(r"[0-9]{5,20}X?", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}-[0-9]-[0-9]{3,4}", fullmatch=True),
)


@pytest.mark.parametrize(("rule", "clear", "masked"), EXAMPLES)
def test_a_mask_leaves_what_is_needed_to_recognise_a_value(rule: MaskRule, clear: str, masked: str) -> None:
    assert mask(rule, clear) == masked


@pytest.mark.parametrize("rule", RULES)
def test_an_absent_value_stays_absent(rule: MaskRule) -> None:
    assert mask(rule, None) is None


@given(st.sampled_from(RULES), VALUES)
def test_sqlite_masks_like_python(rule: MaskRule, value: str | None) -> None:
    assert _in_sqlite(rule, value) == mask(rule, value)


@pytest.mark.parametrize(("rule", "clear", "masked"), EXAMPLES)
def test_sqlite_masks_the_examples(rule: MaskRule, clear: str, masked: str) -> None:
    assert _in_sqlite(rule, clear) == masked


@given(st.sampled_from(RULES), VALUES)
def test_postgresql_masks_like_python(ask_postgresql: Ask, rule: MaskRule, value: str | None) -> None:
    assert ask_postgresql(rule, value) == mask(rule, value)


@pytest.mark.parametrize(("rule", "clear", "masked"), EXAMPLES)
def test_postgresql_masks_the_examples(ask_postgresql: Ask, rule: MaskRule, clear: str, masked: str) -> None:
    assert ask_postgresql(rule, clear) == masked


@given(st.text(_KEPT_BY_BOTH, min_size=2, max_size=12))
def test_a_masked_name_never_shows_the_whole_name(name: str) -> None:
    masked = mask("name", name)

    assert masked is not None
    assert masked != name or "*" in name
    assert "*" in masked


def _in_sqlite(rule: MaskRule, value: str | None) -> object:
    sql = f"WITH one(v) AS (SELECT ?) SELECT {mask_sql(rule, 'one.v', 'sqlite')} FROM one"
    return apsw.Connection(":memory:").execute(sql, (value,)).get


@pytest.fixture(scope="module")
def ask_postgresql(postgres_server: Server) -> Iterator[Ask]:
    """Mask one value at a time in PostgreSQL."""
    with asyncio.Runner() as loop:
        connection = loop.run(asyncpg.connect(postgres_server.url))

        def ask(rule: MaskRule, value: str | None) -> object:
            masked = mask_sql(rule, "one.v", "postgresql")
            sql = f"WITH one(v) AS (SELECT $1::text) SELECT {masked} FROM one"
            return loop.run(connection.fetchval(sql, value))

        yield ask
        loop.run(connection.close())
