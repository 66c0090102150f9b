"""Sealing personal text: AES-256-GCM-SIV per field, a blind index for equality, versions of the deployment key.

    deployment key (version v) --HKDF-SHA256("field", tenant, table, column)--> field key
    sealed = v (1 byte) | nonce (12 bytes) | AESGCMSIV(field key, nonce, text, aad = tenant|table|column|row id)
    index  = v (1 byte) | HMAC-SHA256(HKDF(deployment key v, "index", tenant, table, column), text)

A sealed value therefore opens only in its own tenant, table, column and row. An index is comparable inside one
column of one tenant only; the deployment-wide index, for `Identity` alone, leaves the tenant out. What must be
found under an old key version too is looked up with `indexes`, one per version.

A key that was made beside its database, for a demo or for development, says so by its last eight bytes, however it is
copied: nobody serves a district with it by mistake (`Keyring.is_for_show`).

Keys: 32 bytes each, as base64 lines `version:key` in one file (mode 0600), newest first. `rotate` adds a version:
new values use it, old ones still open until they are sealed anew (`is_current`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuanluo_tenants.errors import ConfigurationError, YuanluoError

__all__ = ["Field", "Keyring", "SealBroken", "create_key_file", "new_key", "read_key_file", "write_key_file"]

K = TypeVar("K")
V = TypeVar("V")
KEY_BYTES: Final = 32
_NONCE: Final = 12
_MARK: Final = 8
_KEPT_KEYS: Final = 65_536
"""Derived keys kept in memory; beyond, the oldest are dropped."""


class SealBroken(YuanluoError):
    """A sealed value does not open: it was changed, moved, or its key is missing."""

    code = "SEAL_BROKEN"

    def __init__(self, field: Field, zh: str, en: str) -> None:
        where = f"{field.table}.{field.column}"
        super().__init__(f"{where} 的密文无法解开:{zh}。", f"a sealed value of {where} does not open: {en}.")
        self.field = field


@dataclass(frozen=True, slots=True)
class Field:
    """Where a sealed value stands; `tenant` is None only for deployment-wide values of ACCOUNT tables."""

    tenant: int | None
    table: str
    column: str

    @property
    def label(self) -> bytes:
        """The field in bytes, unambiguous because names hold no `|`."""
        return f"{'' if self.tenant is None else self.tenant}|{self.table}|{self.column}".encode()


class Keyring:
    """The deployment's keys by version; the highest version seals."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ConfigurationError("未提供部署密钥。", "no deployment key was given.")
        for version, key in keys.items():
            if not 1 <= version <= 255 or len(key) != KEY_BYTES:
                raise ConfigurationError(
                    f"部署密钥第 {version} 版无效:版本须为 1–255,密钥须为 32 字节。",
                    f"deployment key version {version} is invalid: versions are 1 to 255, keys have 32 bytes.",
                )
        self._keys = dict(keys)
        self.version = max(keys)
        self._ciphers: dict[tuple[int, Field], AESGCMSIV] = {}
        self._index_keys: dict[tuple[int, Field], hmac.HMAC] = {}

    @classmethod
    def single(cls, key: bytes) -> Keyring:
        """Return a ring of one key, version 1."""
        return cls({1: key})

    def rotated(self, key: bytes) -> Keyring:
        """Return a ring that seals with `key` as the next version and opens the older ones too."""
        return Keyring({**self._keys, self.version + 1: key})

    @property
    def keys(self) -> Mapping[int, bytes]:
        """The keys by version, for writing the key file."""
        return dict(self._keys)

    @property
    def is_for_show(self) -> bool:
        """Whether what is sealed now is sealed with a key that was made beside its database."""
        head, mark = self._keys[self.version][:-_MARK], self._keys[self.version][-_MARK:]
        return hmac.compare_digest(mark, _mark(head))

    # sealing --------------------------------------------------------------------------------------------

    def seal(self, text: str, field: Field, row: uuid.UUID) -> bytes:
        """Seal `text` for one row of a field."""
        nonce = os.urandom(_NONCE)
        cipher = self._cipher(self.version, field)
        return bytes((self.version,)) + nonce + cipher.encrypt(nonce, text.encode(), _bound_to(field, row))

    def seal_many(self, texts: Sequence[str | None], field: Field, rows: Sequence[uuid.UUID]) -> list[bytes | None]:
        """Seal many values of one field; None stays None."""
        return [None if text is None else self.seal(text, field, row) for text, row in zip(texts, rows, strict=True)]

    def stored(
        self, text: str | None, masked: str | None, field: Field, row: uuid.UUID
    ) -> dict[str, bytes | str | None]:
        """Return the three stored columns of a `Sealed` column by name: ciphertext, index and masked form."""
        name = field.column
        if text is None:
            return {name: None, f"{name}_index": None, f"{name}_masked": None}
        return {
            name: self.seal(text, field, row),
            f"{name}_index": self.index(text, field),
            f"{name}_masked": masked,
        }

    def open(self, sealed: bytes, field: Field, row: uuid.UUID) -> str:
        """Return the text sealed for this row of this field; raise SealBroken for anything else."""
        if len(sealed) < 1 + _NONCE + 16:
            raise SealBroken(field, "长度不足", "it is too short")
        version = sealed[0]
        if version not in self._keys:
            raise SealBroken(field, f"缺少第 {version} 版密钥", f"key version {version} is missing")
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher(version, field).decrypt(nonce, body, _bound_to(field, row)).decode()
        except InvalidTag as error:
            raise SealBroken(field, "内容被改动或移位", "it was changed or moved") from error

    def is_current(self, sealed: bytes) -> bool:
        """Whether a sealed value or an index uses the newest key; if not, it should be made anew."""
        return sealed[:1] == bytes((self.version,))

    # blind index ----------------------------------------------------------------------------------------

    def index(self, text: str, field: Field) -> bytes:
        """Return the blind index of `text` under the newest key: equal texts of a field have equal indexes."""
        return self._index(self.version, text, field)

    def indexes(self, text: str, field: Field) -> list[bytes]:
        """Return the blind indexes of `text` under every key, newest first, for looking values up."""
        return [self._index(version, text, field) for version in sorted(self._keys, reverse=True)]

    def _index(self, version: int, text: str, field: Field) -> bytes:
        kept = self._index_keys.get((version, field))
        if kept is None:
            kept = hmac.new(self._derive(version, b"index|" + field.label), digestmod=sha256)
            _keep(self._index_keys, (version, field), kept)
        code = kept.copy()
        code.update(text.encode())
        return bytes((version,)) + code.digest()

    # keys -----------------------------------------------------------------------------------------------

    def key_for(self, purpose: str) -> bytes:
        """Return a key derived for another purpose of the deployment, such as signing cursors."""
        return self._derive(self.version, b"purpose|" + purpose.encode())

    def _cipher(self, version: int, field: Field) -> AESGCMSIV:
        kept = self._ciphers.get((version, field))
        if kept is None:
            kept = AESGCMSIV(self._derive(version, b"field|" + field.label))
            _keep(self._ciphers, (version, field), kept)
        return kept

    def _derive(self, version: int, info: bytes) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=b"yuanluo", info=info).derive(self._keys[version])


def _bound_to(field: Field, row: uuid.UUID) -> bytes:
    return field.label + b"|" + row.bytes


def _keep(kept: dict[K, V], key: K, value: V) -> None:
    if len(kept) >= _KEPT_KEYS:
        kept.pop(next(iter(kept)))
    kept[key] = value


# the key file -----------------------------------------------------------------------------------------------


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


def show_key() -> bytes:
    """Return a key for a demo or for development: 24 random bytes and the mark that says so."""
    head = os.urandom(KEY_BYTES - _MARK)
    return head + _mark(head)


def _mark(head: bytes) -> bytes:
    return hmac.digest(b"yuanluo: for show, never for production", head, "sha256")[:_MARK]


def decode_key(text: str) -> bytes:
    """Return the 32 bytes that base64 `text` stands for; raise ConfigurationError for anything else."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigurationError(
            "密钥须为 32 字节的 base64 文本,可用 yuanluo key 生成。",
            "a key is the base64 text of 32 bytes; make one with `yuanluo key`.",
        )
    return key


def write_key_file(path: Path, ring: Keyring) -> None:
    """Write the ring to `path`, readable by its owner alone; an older file is replaced in one step."""
    lines = "".join(
        f"{version}:{base64.b64encode(ring.keys[version]).decode()}\n" for version in sorted(ring.keys, reverse=True)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)


def create_key_file(path: Path) -> Keyring:
    """Make a ring with one key for show and write it to `path`; raise FileExistsError if there is one already."""
    ring = Keyring.single(show_key())
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"):
        write_key_file(path, ring)
    return ring


def read_key_file(path: Path) -> Keyring:
    """Read a ring; refuse a file that others may read."""
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            f"密钥文件 {path} 可被他人读取,请改为仅本人可读(chmod 600)。",
            f"the key file {path} can be read by others; restrict it with chmod 600.",
        )
    keys: dict[int, bytes] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        version, separator, text = line.partition(":")
        if not separator or not version.isdigit():
            raise ConfigurationError(
                f"密钥文件 {path} 格式无效。", f"the key file {path} must hold lines of `version:base64`."
            )
        keys[int(version)] = decode_key(text)
    return Keyring(keys)
