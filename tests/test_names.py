"""Names: one stored form, a sort key without a Chinese collation, first letters for search."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanluo.names import COMPOUND_SURNAMES, initials, normalize_name, pinyin_key


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("张 建 国", "张建国"),
        ("张\u3000建国\u200b", "张建国"),
        ("张\x01建\x1b国\x7f\x85", "张建国"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("买买提‧艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("成都某单位（后勤处）", "成都某单位(后勤处)"),
        ("ABC Co., Ltd.", "ABCCo.,Ltd."),
        ("Ｌi", "Li"),
    ],
)
def test_a_name_has_one_stored_form(written: str, stored: str) -> None:
    assert normalize_name(written) == stored


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("张建国", "zhang jian guo"),
        ("李长富", "li chang fu"),
        ("吕布", "lv bu"),
        ("曾志强", "zeng zhi qiang"),
        ("解放", "xie fang"),
        ("仇和", "qiu he"),
        ("区伯", "ou bo"),
        ("查良镛", "zha liang yong"),
        ("单田芳", "shan tian fang"),
        ("单于", "shan yu"),
        ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"),
        ("任平", "ren ping"),
        ("曾", "zeng"),
        ("王单", "wang dan"),
        ("欧阳锋", "ou yang feng"),
        ("买买提·艾力", "mai mai ti ai li"),
        ("单增·卓玛", "dan zeng zhuo ma"),
        ("John Smith", "johnsmith"),
        ("成都某单位2部", "cheng du mou dan wei 2 bu"),
        ("张𠀀", "zhang ~20000"),
        ("", ""),
    ],
)
def test_a_name_sorts_by_its_reading_as_a_name(name: str, key: str) -> None:
    assert pinyin_key(name) == key


def test_initials_are_the_first_letters_of_the_syllables() -> None:
    assert initials("张建国") == "zjg"
    assert initials("欧阳锋") == "oyf"
    assert initials("曾志强") == "zzq"
    assert initials("") == ""


def test_each_compound_surname_reads_as_two_syllables() -> None:
    assert {len(surname) for surname in COMPOUND_SURNAMES} == {2}
    assert {len(reading.split()) for reading in COMPOUND_SURNAMES.values()} == {2}


def test_names_do_not_load_the_phrase_dictionary() -> None:
    program = "import sys, yuanluo.names as n; n.pinyin_key('张建国'); print('pypinyin' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"


@given(st.text())
def test_a_stored_name_is_already_normal(name: str) -> None:
    once = normalize_name(name)

    assert normalize_name(once) == once
    assert not any(char.isspace() for char in once)


@given(st.text())
def test_a_key_is_lower_case_ascii_and_does_not_depend_on_how_the_name_was_written(name: str) -> None:
    key = pinyin_key(name)

    assert key.isascii()
    assert key == key.lower() == " ".join(key.split())
    assert key == pinyin_key(normalize_name(name))
    assert initials(name) == "".join(syllable[0] for syllable in key.split())
