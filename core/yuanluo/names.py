"""Names of people: how they are normalised, sorted and found by their first letters.

Sorting goes by a stored key of tone-free pinyin, so that both databases order names alike without a Chinese
collation. Readings come from pypinyin's single-character dictionary, read as a file: importing the package
itself costs 59 MB for a phrase dictionary that names do not need, the file read this way under 1 MB. What
single characters get wrong is the surname (曾 is zēng, not céng), hence the two surname tables below.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

__all__ = ["COMPOUND_SURNAMES", "NAME_DOT", "initials", "normalize_name", "pinyin_key"]

NAME_DOT = "·"
"""The one dot between the parts of a transcribed name (买买提·艾力)."""

COMPOUND_SURNAMES: Mapping[str, str] = MappingProxyType(
    {
        "欧阳": "ou yang",
        "上官": "shang guan",
        "司马": "si ma",
        "司徒": "si tu",
        "司空": "si kong",
        "诸葛": "zhu ge",
        "尉迟": "yu chi",
        "长孙": "zhang sun",
        "单于": "chan yu",
        "万俟": "mo qi",
        "令狐": "ling hu",
        "澹台": "tan tai",
        "皇甫": "huang fu",
        "东方": "dong fang",
        "慕容": "mu rong",
        "宇文": "yu wen",
        "夏侯": "xia hou",
        "公孙": "gong sun",
        "轩辕": "xuan yuan",
        "端木": "duan mu",
        "南宫": "nan gong",
        "独孤": "du gu",
        "西门": "xi men",
        "东郭": "dong guo",
        "百里": "bai li",
        "呼延": "hu yan",
        "钟离": "zhong li",
        "闻人": "wen ren",
        "鲜于": "xian yu",
        "申屠": "shen tu",
        "公冶": "gong ye",
        "濮阳": "pu yang",
        "淳于": "chun yu",
        "太史": "tai shi",
        "拓跋": "tuo ba",
        "赫连": "he lian",
        "谷梁": "gu liang",
        "亓官": "qi guan",
    }
)
"""Surnames of two characters with their reading; masking keeps them whole."""

_SURNAMES: Mapping[str, str] = MappingProxyType(
    {
        "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "单": "shan", "尉": "wei",
        "朴": "piao", "盖": "ge", "乐": "yue", "翟": "zhai", "覃": "qin", "缪": "miao", "员": "yun",
        "召": "shao", "黑": "he", "秘": "bi", "种": "chong", "繁": "po", "折": "she", "祭": "zhai",
        "郇": "xun", "佴": "nai", "句": "gou", "藏": "zang", "乜": "nie", "都": "du", "能": "nai",
        "洗": "xian", "冼": "xian", "薄": "bo", "重": "chong", "隗": "wei", "晟": "cheng",
        "逄": "pang", "宿": "su", "幺": "yao", "适": "kuo", "盛": "sheng", "谌": "chen", "贾": "jia",
    }
)  # fmt: skip

_GIVEN: Mapping[str, str] = MappingProxyType({"长": "chang", "晟": "sheng", "都": "du"})
"""Readings that are right in a name although the dictionary lists another one first (李长富)."""

_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･●⸱ꞏ᛫˙⸳", NAME_DOT))
_RADICALS = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺈⺉⺊⺌⺎⺏⺐⺒⺓⺕⺖⺘⺙⺜⺝⺞⺠⺡⺢⺣⺤⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺶⺹⺻⺼⺾⺿⻀⻁⻂⻃"
    "⻄⻅⻆⻈⻉⻋⻌⻍⻎⻐⻑⻒⻓⻔⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂乛乚乙亻冂刀刂卜小兀尣尢巳幺彐忄扌攵日月歺民氵氺灬爫丬牛犭王疋目示礻竹糹纟罓罒羊耂聿肉艹艹艹虎衤覀"
    "西见角讠贝车辶辶辶钅長镸长门雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)
"""Radicals that stand for characters in texts from PDFs, which NFKC leaves (Unicode, EquivalentUnifiedIdeograph)."""
_INVISIBLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    r"\U000e0000-\U000e0fff]+"
)
"""Blanks, controls, and what shows nothing of itself: joiners, directions, variation selectors."""
_STOP_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff])[.。](?=[\u3400-\u9fff])")
_ENTRY = re.compile(r'"(\d+)":\s*"([^",]+)')
_FIRST_HAN, _LAST_HAN = 0x3400, 0x9FFF


def normalize_name(name: str) -> str:
    """Return `name` in the one form that is stored and compared (`domain.md` §5 N1, N2).

    Compatibility forms are folded (NFKC) and radicals are the characters they stand for; every space, control,
    zero-width character and variation selector is removed, and each variant of the dot becomes "·"; a full stop
    counts as the dot only between two Han characters.
    """
    folded = unicodedata.normalize("NFKC", name.translate(_DOTS)).translate(_DOTS).translate(_RADICALS)
    bare = unicodedata.normalize("NFKC", _INVISIBLE.sub("", folded))
    return _STOP_BETWEEN_HAN.sub(NAME_DOT, bare)


def pinyin_key(name: str) -> str:
    """Return the stored sort key of `name`: tone-free syllables in lower-case ASCII, separated by spaces.

    ü is written v. Letters and digits of other scripts stand as they are, if ASCII; a character without a
    known reading becomes "~" and its code point, so that it sorts last. The same name gives the same key
    everywhere.
    """
    return " ".join(_syllables(normalize_name(name)))


def initials(name: str) -> str:
    """Return the first letters of the syllables of `name`: 张建国 gives "zjg"."""
    return "".join(syllable[0] for syllable in _syllables(normalize_name(name)))


def _syllables(name: str) -> list[str]:
    if NAME_DOT in name:
        return _plain_syllables(name)
    if len(name) > 2 and (compound := COMPOUND_SURNAMES.get(name[:2])):
        return [*compound.split(), *_plain_syllables(name[2:])]
    if surname := _SURNAMES.get(name[:1]):
        return [surname, *_plain_syllables(name[1:])]
    return _plain_syllables(name)


def _plain_syllables(text: str) -> list[str]:
    syllables: list[str] = []
    word = ""
    for char in text:
        if char.isascii() and char.isalnum():
            word += char.lower()
            continue
        if word:
            syllables.append(word)
            word = ""
        if reading := _reading(char):
            syllables.append(reading)
    if word:
        syllables.append(word)
    return syllables


@lru_cache(maxsize=8192)
def _reading(char: str) -> str:
    if given := _GIVEN.get(char):
        return given
    point = ord(char)
    known = _readings()[point - _FIRST_HAN] if _FIRST_HAN <= point <= _LAST_HAN else ""
    if known:
        return known
    return f"~{point:05x}" if char.isalpha() else ""


@lru_cache(maxsize=1)
def _readings() -> tuple[str, ...]:
    """Read the first reading of every Han character of the basic plane, on first use."""
    package = find_spec("pypinyin")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("pypinyin is not installed; names cannot be sorted", name="pypinyin")
    text = Path(package.submodule_search_locations[0], "pinyin_dict.json").read_text(encoding="utf-8")
    found = [""] * (_LAST_HAN - _FIRST_HAN + 1)
    without_tone: dict[str, str] = {}
    for match in _ENTRY.finditer(text):
        index = int(match[1]) - _FIRST_HAN
        if 0 <= index < len(found):
            toned = match[2]
            plain = without_tone.get(toned)
            if plain is None:
                plain = without_tone[toned] = _strip_tone(toned)
            found[index] = plain
    return tuple(found)


def _strip_tone(syllable: str) -> str:
    """Return `syllable` without its tone mark: lǚ gives lv."""
    parts = unicodedata.normalize("NFD", syllable).replace("\u0308", "v")
    plain = "".join(letter for letter in parts if "a" <= letter <= "z")
    return sys.intern(plain.replace("uv", "v"))
