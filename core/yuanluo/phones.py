"""A telephone number as commands take it: read as a workbook's is (N8), so that one number is stored in one form."""

from __future__ import annotations

from yuanluo.sheets.phones import is_several, read_phones
from yuanluo_tenants.errors import Invalid

__all__ = ["PhoneInvalid", "normalize_phone"]


class PhoneInvalid(Invalid):
    """What was given is no telephone number, or more than one; `field` names where."""

    code = "PHONE_INVALID"
    rule = "N8"
    next_zh = "请填写 11 位手机号、8 位本地号码或带区号的号码;其余号码填入备用电话。"
    next_en = "Give a mobile, a local number of 8 digits or one with its area code; further ones go into phoneAlt."

    def __init__(self, field: str) -> None:
        super().__init__("电话无法识别,或一项填了多个号码。", "this is no phone number, or more than one.", field=field)


def normalize_phone(text: str, field: str = "phone") -> str | None:
    """Return the number as it is stored: digits, a local one with 028; None where nothing is written (N1, N8).

    Raise PhoneInvalid, without repeating the number, for anything else.
    """
    reading = read_phones(text)
    if reading.code is not None or is_several(text):
        raise PhoneInvalid(field)
    return reading.numbers[0] if reading.numbers else None
