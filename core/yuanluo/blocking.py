"""Operations that the operator has blocked while the server runs, each by the SHA-256 of its document.

A document is known by its exact text: another space makes another hash. So a block stops one client's harmful query
until the client is mended; who varies his text is stopped by his budget, by trusted documents, or by revoking the
token.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from yuanluo.statements import changed, rows
from yuanluo_tenants.columns import Code, Moment, Text
from yuanluo_tenants.database import Database
from yuanluo_tenants.errors import Conflict, Invalid, NotFound
from yuanluo_tenants.tables import AccountTable

__all__ = ["Block", "BlockedOperation", "Blocks", "block", "blocks", "unblock"]

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_REASON: Final = 300


class BlockedOperation(
    AccountTable, zh="停用查询", en="a GraphQL document that is not executed", exposed=False, order=["blocked_at"]
):
    """One row per blocked document; unblocking deletes it."""

    hash = Code("哈希", "SHA-256 of the document's text, in hex", unique=True)
    reason = Text("原因", "why, as its clients are told")
    blocked_at = Moment("停用时间", "since when")


@dataclass(frozen=True, slots=True)
class Block:
    """A blocked document."""

    hash: str
    reason: str
    blocked_at: dt.datetime


class Blocks:
    """The blocked documents as a running server knows them: `reasons` by hash, as of the last `refresh`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reasons: Mapping[str, str] = MappingProxyType({})

    async def refresh(self) -> None:
        """Read them anew."""
        self.reasons = MappingProxyType({each.hash: each.reason for each in await blocks(self._database)})


async def blocks(database: Database) -> list[Block]:
    """Return every blocked document, the oldest first."""
    found = await rows(
        database, "SELECT hash, reason, blocked_at FROM blocked_operation ORDER BY blocked_at, hash", shared=True
    )
    return [Block(row["hash"], row["reason"], row["blocked_at"]) for row in found]


async def block(database: Database, document: str, reason: str, now: dt.datetime) -> Block:
    """Block the document whose SHA-256 is `document`; running servers refuse it within two seconds."""
    made = Block(_hash(document), reason.strip(), now)
    if not made.reason or len(made.reason) > _LONGEST_REASON:
        raise Invalid(
            f"请说明停用原因(1–{_LONGEST_REASON} 字)。",
            f"say why, in 1 to {_LONGEST_REASON} characters.",
            field="reason",
        )
    if any(each.hash == made.hash for each in await blocks(database)):
        raise Conflict(
            "该查询已停用。",
            "the document is blocked already; unblock it first to change the reason.",
            code="ALREADY_BLOCKED",
            rule="domain 7",
        )
    await database.insert_rows(
        BlockedOperation, [{"hash": made.hash, "reason": made.reason, "blocked_at": made.blocked_at}]
    )
    return made


async def unblock(database: Database, document: str) -> None:
    """Let the document be executed again."""
    sql = "DELETE FROM blocked_operation WHERE hash = $1"
    if not await changed(database, sql, _hash(document), shared=True):
        raise NotFound("该查询并未停用。", "no document with this hash is blocked.")


def _hash(text: str) -> str:
    found = text.strip().lower().removeprefix("sha256:")
    if not _HASH.fullmatch(found):
        raise Invalid(
            f"{text[:80]} 不是 SHA-256(64 个十六进制字符);慢查询日志和 yuanluo documents hash 会给出。",
            f"{text[:80]} is not a SHA-256 of 64 hexadecimal digits; the slow query log and "
            "`yuanluo documents hash` tell it.",
            field="hash",
        )
    return found
