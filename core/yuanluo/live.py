"""What happens now: the record, told to those who listen.

Filing a record announces it in the same transaction (`Database.announce`), so it is heard when it is committed and
never otherwise. An announcement says which record of which courtyard, not what it says: whoever hears it asks for
the record in his own scope. Records of a courtyard are numbered in the order of their commits, without a gap; so a
listener that was away knows from the heads of the chains which records it missed, and reads them again.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import msgspec

from yuanluo.statements import rows
from yuanluo.subjects import gid_of
from yuanluo_tenants.database import Database
from yuanluo_tenants.scope import crossing, scoped

__all__ = ["RecordFiled", "announce", "head_of", "heads", "records_after"]

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class RecordFiled:
    """A record was filed and committed: where, its number in that chain, and what it is about."""

    tenant: int
    sequence: int
    record_id: uuid.UUID
    kind: str
    subject_type: str
    subject_id: uuid.UUID | None

    def encoded(self) -> str:
        """Return the announcement of this record."""
        return _encode(self).decode()

    @classmethod
    def decoded(cls, text: str | bytes) -> RecordFiled:
        """Return the record an announcement tells of."""
        return _decode(text)

    @property
    def record_gid(self) -> str:
        """The global id of the record."""
        return f"Record:{self.tenant}:{self.record_id}"

    @property
    def subject_gid(self) -> str | None:
        """The global id of what the record is about."""
        return None if self.subject_id is None else gid_of(self.subject_type, self.tenant, self.subject_id)


_decode = msgspec.json.Decoder(RecordFiled).decode


async def announce(database: Database, record: RecordFiled) -> None:
    """Tell all who listen of `record`, once the running transaction is committed."""
    await database.announce(record.encoded())


async def heads(database: Database) -> dict[int, int]:
    """Return the number of the last record of every tenant."""
    with crossing("heads of the record chains, to find what was not announced here"):
        found = await rows(database, "SELECT tenant_id, sequence FROM record_head WHERE chain = 'record'")
    return {row["tenant_id"]: row["sequence"] for row in found}


async def records_after(database: Database, tenant: int, sequence: int, limit: int) -> list[RecordFiled]:
    """Return the first `limit` records of `tenant` after number `sequence`, in order."""
    with scoped(tenant):
        found = await rows(
            database,
            "SELECT sequence, id, kind, subject_type, subject_id FROM record"
            " WHERE tenant_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            tenant,
            sequence,
            limit,
        )
    return [
        RecordFiled(
            tenant,
            row["sequence"],
            row["id"],
            row["kind"],
            row["subject_type"],
            None if row["subject_id"] is None else uuid.UUID(row["subject_id"]),
        )
        for row in found
    ]


async def head_of(database: Database, tenant: int) -> int:
    """Return the number of the last record of `tenant`; 0 where there is none."""
    with scoped(tenant):
        found = await rows(
            database, "SELECT sequence FROM record_head WHERE tenant_id = $1 AND chain = 'record'", tenant
        )
    return int(found[0]["sequence"]) if found else 0
