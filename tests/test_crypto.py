"""Sealing: what opens where, blind indexes, rotation, the key file, and speed."""

from __future__ import annotations

import base64
import stat
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace import steps

from yuanluo_tenants.crypto import (
    Field,
    Keyring,
    SealBroken,
    create_key_file,
    decode_key,
    new_key,
    read_key_file,
    write_key_file,
)
from yuanluo_tenants.errors import ConfigurationError

PHONE = Field(5101060240010001, "person", "phone")
ROW = uuid.UUID("01890000-0000-7000-8000-000000000001")
RING = Keyring.single(bytes(range(32)))


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert RING.open(RING.seal(text, PHONE, ROW), PHONE, ROW) == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert RING.seal("13900000000", PHONE, ROW) != RING.seal("13900000000", PHONE, ROW)


@pytest.mark.parametrize(
    ("field", "row"),
    [
        (replace(PHONE, tenant=5101060240010002), ROW),
        (replace(PHONE, tenant=None), ROW),
        (replace(PHONE, table="account"), ROW),
        (replace(PHONE, column="id_number"), ROW),
        (PHONE, uuid.UUID(int=ROW.int + 1)),
    ],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(field: Field, row: uuid.UUID) -> None:
    sealed = RING.seal("13900000000", PHONE, ROW)
    with pytest.raises(SealBroken):
        RING.open(sealed, field, row)


def test_a_changed_bit_or_a_cut_tail_does_not_open() -> None:
    sealed = RING.seal("13900000000", PHONE, ROW)
    for place in range(len(sealed)):
        with pytest.raises(SealBroken):
            RING.open(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :], PHONE, ROW)
        with pytest.raises(SealBroken):
            RING.open(sealed[:place], PHONE, ROW)


def test_another_deployment_cannot_open() -> None:
    with pytest.raises(SealBroken):
        Keyring.single(new_key()).open(RING.seal("x", PHONE, ROW), PHONE, ROW)


def test_equal_texts_have_equal_indexes_inside_one_field_only() -> None:
    index = RING.index("510106199001010010", PHONE)
    assert index == RING.index("510106199001010010", PHONE)
    assert index != RING.index("510106199001010011", PHONE)
    others = [
        replace(PHONE, tenant=5101060240010002),
        replace(PHONE, tenant=None),
        replace(PHONE, column="x"),
    ]
    assert index not in [RING.index("510106199001010010", other) for other in others]


def test_after_rotation_old_values_open_and_are_found_and_new_ones_use_the_new_key() -> None:
    rotated = RING.rotated(new_key())
    old, old_index = RING.seal("x", PHONE, ROW), RING.index("x", PHONE)
    assert rotated.open(old, PHONE, ROW) == "x"
    assert old_index in rotated.indexes("x", PHONE)
    assert not rotated.is_current(old)
    assert not rotated.is_current(old_index)
    new = rotated.seal("x", PHONE, ROW)
    assert rotated.is_current(new)
    assert rotated.indexes("x", PHONE)[0] == rotated.index("x", PHONE) != old_index
    with pytest.raises(SealBroken, match="version 2 is missing"):
        RING.open(new, PHONE, ROW)


def test_the_stored_form_is_pinned() -> None:
    # a change here makes every stored value unreadable
    assert RING.index("13900000000", PHONE).hex() == EXPECTED_INDEX
    assert RING.open(bytes.fromhex(EXPECTED_SEALED), PHONE, ROW) == "13900000000"


EXPECTED_INDEX = "018552068a9dbf85aafd34441b1a24499991d703ad88c634618aa5b28a9bae5d9c"
EXPECTED_SEALED = "01fda66df95ce04c5fc26bf9a138968305cb847eca768adf9c60a857abb0bd45168b85c1012f2048"


def test_a_sealed_column_is_stored_in_three() -> None:
    stored = RING.stored("13900000000", "139****0000", PHONE, ROW)
    assert list(stored) == ["phone", "phone_index", "phone_masked"]
    assert stored["phone_index"] == RING.index("13900000000", PHONE)
    assert stored["phone_masked"] == "139****0000"
    assert set(RING.stored(None, None, PHONE, ROW).values()) == {None}


def test_a_new_key_file_is_readable_by_its_owner_alone_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "deployment.key"
    ring = create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).keys == ring.keys
    with pytest.raises(FileExistsError):
        create_key_file(path)
    write_key_file(path, ring.rotated(new_key()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key_file(path).version == 2
    assert [each.name for each in path.parent.iterdir()] == ["deployment.key"]


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deployment.key"
    create_key_file(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_key_file(path)


@pytest.mark.parametrize("text", ["", "x", base64.b64encode(b"short").decode(), "1:=="])
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        decode_key(text)


@pytest.mark.parametrize("keys", [{}, {0: bytes(32)}, {256: bytes(32)}, {1: bytes(31)}])
def test_a_malformed_ring_is_refused(keys: dict[int, bytes]) -> None:
    with pytest.raises(ConfigurationError):
        Keyring(keys)


def test_five_thousand_values_are_sealed_and_indexed_with_little_work() -> None:
    rows = [uuid.uuid4() for _ in range(5_000)]
    texts = [f"139{n:08}" for n in range(5_000)]

    def seal_and_index() -> None:
        assert len(set(RING.seal_many(texts, PHONE, rows))) == len({RING.index(text, PHONE) for text in texts}) == 5_000

    steps(seal_and_index, 5_000 * 40)
    assert RING.seal_many([None], PHONE, rows[:1]) == [None]
