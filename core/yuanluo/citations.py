"""Citations: which document, in which version, at which clause, says so.

Rules stand beside what they rule as short text, `"PBR 4, 5; R1"` or `"会计法 35"`. `cite` reads the first citation of
such a text into document, version and clause, for people and programs who want to look it up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["DOMAIN", "Citation", "cite"]

DOMAIN: Final = "院落治理规则"
"""The rules of the field as the product encodes them; their clauses are chapters and the rules R, C and F."""

_DOCUMENTS: Final[dict[str, tuple[str, str]]] = {
    "CC": ("民法典", "2020"),
    "民法典": ("民法典", "2020"),
    "PMR": ("物业管理条例", "2018"),
    "OAR": ("业主大会和业主委员会指导规则", "建房〔2009〕274号"),
    "MFM": ("住宅专项维修资金管理办法", "建设部令第165号"),
    "PBR": ("中国共产党支部工作条例(试行)", "2018"),
    "PER": ("中国共产党基层组织选举工作条例", "2020"),
    "PIPL": ("个人信息保护法", "2021"),
    "个人信息保护法": ("个人信息保护法", "2021"),
    "PML": ("人民调解法", "2010"),
    "ACL": ("会计法", "2024"),
    "会计法": ("会计法", "2024"),
    "VOL": ("志愿服务条例", "2017"),
    "志愿服务条例": ("志愿服务条例", "2017"),
    "SPC": ("最高法建筑物区分所有权解释", "2020"),
    "BJ": ("北京市物业管理条例", "2024"),
}
"""Short names of the sources (`domain.md`, head) with their titles and versions."""
_NAMED: Final = re.compile(rf"({'|'.join(sorted(_DOCUMENTS, key=len, reverse=True))})\s+(.+)")
_OWN: Final = re.compile(r"domain\s+(.+)|([RCFN]\d+.*)|(§.+)")


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a document; `text` is the rule as it stands where it is applied, further sources included."""

    document: str
    version: str | None
    clause: str
    text: str


@lru_cache(maxsize=1024)
def cite(text: str) -> Citation:
    """Return the first citation in `text`; what names no known document is a clause of the product's own rules."""
    first = text.partition(";")[0].strip()
    if (named := _NAMED.match(first)) is not None:
        document, version = _DOCUMENTS[named.group(1)]
        return Citation(document, version, named.group(2).strip(), text)
    for part in first.split(","):
        if (own := _OWN.match(part.strip())) is not None:
            return Citation(DOMAIN, "1", next(each for each in own.groups() if each), text)
    return Citation(DOMAIN, "1", first, text)
