"""Cursors: sealed positions in a list, bound to its order and filter.

A cursor holds the sort values of its row as the viewer saw them. It is encrypted and authenticated with the
description of the list, so that it can neither be read, nor made up, nor used in another list. The digits before
the dot say which of the values are null; the compiled statement depends on that.

A place in a list has one cursor: clients compare them (`endCursor` with that of the last edge, an answer with the one
they kept), so the nonce is made from what is sealed and where. All that equal cursors tell is that it is the same row.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuanluo_tenants.errors import Invalid

__all__ = ["Cursors"]

_NONCE = 12


class Cursors:
    """Seals and opens cursors under a key derived from the deployment's."""

    def __init__(self, secret: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yuanluo cursor").derive(secret)
        self._cipher = AESGCMSIV(key)
        self._nonces = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yuanluo cursor nonce").derive(secret)

    def seal(self, values: list[Any], bound_to: bytes) -> str:
        """Return the cursor of a row with these sort values in the list described by `bound_to`."""
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
        place = len(text).to_bytes(8, "big") + text + bound_to
        nonce = hashlib.blake2b(place, key=self._nonces, digest_size=_NONCE).digest()
        sealed = base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text, bound_to)).decode().rstrip("=")
        return f"{''.join('1' if value is None else '0' for value in values)}.{sealed}"

    def open(self, cursor: str, bound_to: bytes, size: int) -> list[Any]:
        """Return the sort values of `cursor`; raise Invalid (BAD_CURSOR) if it is not of this list."""
        nulls, _, sealed = cursor.partition(".")
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            values = json.loads(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], bound_to))
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise bad_cursor() from error
        found = cast("list[Any]", values)
        if len(found) != size or nulls != "".join("1" if value is None else "0" for value in found):
            raise bad_cursor()
        return found

    @staticmethod
    def nulls(cursor: str, size: int) -> list[bool]:
        """Return which sort values of `cursor` are null, as it says itself."""
        digits = cursor.partition(".")[0]
        if len(digits) != size or digits.strip("01"):
            raise bad_cursor()
        return [digit == "1" for digit in digits]


def bad_cursor() -> Invalid:
    """Return the refusal of a cursor that is not of this list."""
    return Invalid(
        "游标无效,或属于另一列表、另一排序或另一筛选;请从第一页重新查询。",
        "The cursor is not valid for this list, order and filter; start again from the first page.",
        field="after",
        code="BAD_CURSOR",
    )
