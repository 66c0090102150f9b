"""The record: every act of governance, filed once, chained by hash, never changed.

One chain per tenant. A record's `content` is its canonical JSON (sorted keys, no spaces, UTF-8), stored as it was
hashed; its `hash` is SHA-256 over the previous record's hash and that content. So an outsider can verify the chain
with nothing but the rows, and whoever changes, removes or reorders one breaks the first link behind it.

Personal text must be erasable (个人信息保护法 47) without breaking the chain: it is not in the content. It stands
encrypted in `record_personal`; the content has only an HMAC of it under a salt that is stored, and erased, with it.

Every write of a tenant first locks that tenant's head row (`lock_head`), so that records get their numbers in the
order of commits and no two transactions of one courtyard deadlock; `version` counts its writing transactions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from uuid_utils.compat import uuid7

from yuanluo.live import RecordFiled, announce
from yuanluo.sealing import seal_values, unseal
from yuanluo.statements import changed, rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Blob, Choice, Code, Day, Long, Mask, Moment, Sealed, Text
from yuanluo_tenants.crypto import Keyring
from yuanluo_tenants.database import Database
from yuanluo_tenants.tables import TenantTable
from yuanluo_tenants.tree import place_of

__all__ = [
    "BrokenLink",
    "Disclosure",
    "Filed",
    "Head",
    "Record",
    "RecordHead",
    "RecordPersonal",
    "Verification",
    "canonical",
    "current_head",
    "erase_personal",
    "file_record",
    "lock_head",
    "new_head",
    "verify",
]

CHAIN: Final = "record"
PAGE: Final = 1000
ERASED: Final = "record.erase"
GENESIS: Final = "0" * 64
"""The hash before the first record."""


class Disclosure(Enum):
    """Who may read what the record is about."""

    D0 = ("公开", "public")
    D1 = ("院内公开", "the courtyard's residents")
    D2 = ("机构内", "office holders of the body concerned")
    D3 = ("敏感", "sensitive")


class Record(
    TenantTable,
    zh="记录",
    en="a filed act of governance, chained by hash",
    row_class=DataClass.D1,
    row_class_column="disclosure",
    row_body_column="body",
    natural_key=["sequence"],
    order=["sequence"],
    unique=[["sequence"]],
    indexes=[["kind", "day"], ["subject_id"]],
    append_only=True,
):
    """One filed act; append-only."""

    sequence = Long("序号", "number in the courtyard's chain, from 1")
    kind = Code("类型", "kind, such as person.create", klass=DataClass.D1)
    body = Code("所属机构", "whose business it is", klass=DataClass.D1)
    subject_type = Code("对象类型", "GraphQL type of what it is about", klass=DataClass.D1)
    subject_id = Code("对象编号", "row id of what it is about", klass=DataClass.D2, null=True)
    actor = Code("经办人", "account id of who did it", klass=DataClass.D2)
    on_behalf_of = Code("代表", "on whose behalf", klass=DataClass.D2, null=True)
    day = Day("日期", "day of the act in Asia/Shanghai")
    filed_at = Moment("归档时间", "moment of filing")
    disclosure = Choice("公开等级", "who may read what it is about", Disclosure)
    content = Text("内容", "the canonical JSON that was hashed", klass=DataClass.D2, exposed=False)
    previous = Code("上一哈希", "hash of the record before")
    hash = Code("哈希", "SHA-256 over the previous hash and the content, in hex")


class RecordHead(
    TenantTable,
    zh="记录链头",
    en="head of a courtyard's record chain, locked first by every write",
    natural_key=["chain"],
    unique=[["chain"]],
    exposed=False,
):
    """One row per tenant: number and hash of the last record, and a version that every write raises."""

    chain = Code("链", "name of the chain, always `record`")
    sequence = Long("序号", "number of the last record")
    head = Code("哈希", "hash of the last record")
    version = Long("版本", "number of writing transactions so far")


class RecordPersonal(
    TenantTable,
    zh="记录个人信息",
    en="the erasable personal text of a record",
    row_class=DataClass.D3,
    extends=Record,
    exposed=False,
):
    """Personal text under the id of its record, with the salt of its HMAC; deleted when erased."""

    salt = Blob("盐", "salt of the HMAC in the record's content")
    personal = Sealed("个人信息", "personal text", klass=DataClass.D3, mask=Mask.HIDE, null=False)


@dataclass(frozen=True, slots=True)
class Head:
    """The locked head of a tenant's chain: number and hash of the last record, and the version now being written."""

    sequence: int
    hash: str
    version: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A record just filed."""

    id: uuid.UUID
    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first record at which a chain does not hold, and why."""

    sequence: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: how many records hold, how many had personal text erased, the first broken link."""

    tenant: int
    records: int
    erased: int
    head: str
    broken: BrokenLink | None

    @property
    def is_whole(self) -> bool:
        """Whether every link holds."""
        return self.broken is None


def canonical(value: Any) -> str:
    """Return the canonical JSON of `value`: sorted keys, no spaces, UTF-8; dates, UUIDs and Enums as text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return moment_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.name
    raise TypeError(f"a {type(value).__name__} cannot stand in a record's payload")


def moment_text(moment: dt.datetime) -> str:
    """Return `moment` in UTC to the microsecond, as records and GraphQL write it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def link(previous: str, content: str) -> str:
    """Return the hash of a record: SHA-256 over the previous hash and the content."""
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def new_head(tenant: int) -> dict[str, Any]:
    """Return the head row of a new chain, for `insert_rows`."""
    return {"tenant_id": tenant, "chain": CHAIN, "sequence": 0, "head": GENESIS, "version": 0}


async def lock_head(database: Database, tenant: int) -> Head:
    """Lock the head row of `tenant` until the transaction ends and raise its version; make it if there is none."""
    for _ in range(2):
        found = await rows(
            database,
            "UPDATE record_head SET version = version + 1 WHERE tenant_id = $1 AND chain = $2"
            " RETURNING sequence, head, version",
            tenant,
            CHAIN,
        )
        if found:
            return Head(found[0]["sequence"], found[0]["head"], found[0]["version"])
        await place_of(database, tenant)
        await changed(
            database,
            "INSERT INTO record_head (tenant_id, id, chain, sequence, head, version) VALUES ($1, $2, $3, 0, $4, 0)"
            " ON CONFLICT (tenant_id, chain) DO NOTHING",
            tenant,
            uuid7(),
            CHAIN,
            GENESIS,
        )
    raise AssertionError("a head row that was just made is there")


async def current_head(database: Database, tenant: int) -> Head:
    """Return the head row that this transaction has locked, as it stands now."""
    sql = "SELECT sequence, head, version FROM record_head WHERE tenant_id = $1 AND chain = $2"
    [row] = await rows(database, sql, tenant, CHAIN)
    return Head(row["sequence"], row["head"], row["version"])


async def file_record(
    database: Database,
    keys: Keyring,
    kind: str,
    *,
    tenant: int,
    actor: str,
    subject_type: str,
    subject_id: uuid.UUID | None,
    body: str,
    now: dt.datetime,
    day: dt.date,
    disclosure: DataClass = DataClass.D1,
    payload: Mapping[str, Any],
    personal: str | None = None,
    on_behalf_of: str | None = None,
    head: Head | None = None,
    record_id: uuid.UUID | None = None,
) -> Filed:
    """File one record in the current transaction and return its id, number and hash.

    `payload` must not carry personal text; that goes into `personal`, which is sealed and can be erased. The head
    row is locked here unless the caller did so already and passes it as `head`.
    """
    head = head or await lock_head(database, tenant)
    record_id = record_id or uuid7()
    sequence = head.sequence + 1
    salt = secrets.token_bytes(32)
    content = canonical(
        {
            "v": 1,
            "tenant": tenant,
            "id": record_id,
            "sequence": sequence,
            "kind": kind,
            "body": body,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "actor": actor,
            "on_behalf_of": on_behalf_of,
            "day": day,
            "filed_at": now,
            "disclosure": disclosure.name,
            "payload": payload,
            "personal": None if personal is None else _tag(salt, personal),
        }
    )
    digest = link(head.hash, content)
    await database.insert_rows(
        Record,
        [
            {
                "tenant_id": tenant,
                "id": record_id,
                "sequence": sequence,
                "kind": kind,
                "body": body,
                "subject_type": subject_type,
                "subject_id": None if subject_id is None else str(subject_id),
                "actor": actor,
                "on_behalf_of": on_behalf_of,
                "day": day,
                "filed_at": now,
                "disclosure": disclosure.name,
                "content": content,
                "previous": head.hash,
                "hash": digest,
            }
        ],
    )
    if personal is not None:
        row = {"tenant_id": tenant, "id": record_id, "salt": salt, "personal": personal}
        await database.insert_rows(RecordPersonal, [seal_values(keys, RecordPersonal, row)])
    await changed(
        database,
        "UPDATE record_head SET sequence = $1, head = $2 WHERE tenant_id = $3 AND chain = $4",
        sequence,
        digest,
        tenant,
        CHAIN,
    )
    await announce(database, RecordFiled(tenant, sequence, record_id, kind, subject_type, subject_id))
    return Filed(record_id, sequence, digest)


def _tag(salt: bytes, personal: str) -> str:
    return hmac.new(salt, personal.encode(), hashlib.sha256).hexdigest()


async def erase_personal(
    database: Database,
    keys: Keyring,
    record_id: uuid.UUID,
    *,
    tenant: int,
    actor: str,
    now: dt.datetime,
    day: dt.date,
    reason: str,
) -> Filed | None:
    """Erase the personal text of a record, salt included, and file that it was erased; None if there was none.

    Source: 个人信息保护法 47. The chain stays whole: only the HMAC remains, which nobody can test any more.
    """
    async with database.transaction():
        head = await lock_head(database, tenant)
        gone = await changed(
            database, "DELETE FROM record_personal WHERE tenant_id = $1 AND id = $2", tenant, record_id
        )
        if not gone:
            return None
        return await file_record(
            database,
            keys,
            ERASED,
            tenant=tenant,
            actor=actor,
            subject_type="Record",
            subject_id=record_id,
            body="registry",
            now=now,
            day=day,
            payload={"reason": reason},
            head=head,
        )


async def verify(database: Database, tenant: int, keys: Keyring | None = None) -> Verification:
    """Check every link of the chain of `tenant`, which must be in scope, and name the first broken one.

    With `keys`, personal text that is still there is checked against its HMAC as well. Checked are: numbers
    without a gap, previous hashes, hashes over the stored content, columns against the content, the head row, and
    that personal text is missing only where its erasure was recorded.
    """
    previous, sequence, erased = GENESIS, 0, 0
    erasures = await _erasures(database, tenant)
    while True:
        page = await rows(
            database,
            "SELECT r.*, p.salt AS personal_salt, p.personal AS personal_text, p.id AS personal_id FROM record r"
            " LEFT JOIN record_personal p ON p.tenant_id = r.tenant_id AND p.id = r.id"
            " WHERE r.tenant_id = $1 AND r.sequence > $2 ORDER BY r.sequence LIMIT $3",
            tenant,
            sequence,
            PAGE,
        )
        for row in page:
            broken = _check(row, tenant, sequence + 1, previous, erasures, keys)
            if broken is not None:
                return Verification(tenant, sequence, erased, previous, broken)
            erased += str(row["id"]) in erasures
            previous, sequence = row["hash"], sequence + 1
        if len(page) < PAGE:
            break
    return Verification(tenant, sequence, erased, previous, await _check_head(database, tenant, sequence, previous))


async def _erasures(database: Database, tenant: int) -> frozenset[str]:
    found = await rows(database, "SELECT subject_id FROM record WHERE tenant_id = $1 AND kind = $2", tenant, ERASED)
    return frozenset(row["subject_id"] for row in found)


async def _check_head(database: Database, tenant: int, sequence: int, last: str) -> BrokenLink | None:
    found = await rows(
        database,
        "SELECT sequence, head FROM record_head WHERE tenant_id = $1 AND chain = $2",
        tenant,
        CHAIN,
    )
    stored = (found[0]["sequence"], found[0]["head"]) if found else (0, GENESIS)
    if stored == (sequence, last):
        return None
    return BrokenLink(
        sequence + 1,
        f"链头记为第 {stored[0]} 条,实际只有 {sequence} 条:末尾记录可能被删除。",
        f"the head row says record {stored[0]}, but the chain ends at {sequence}: its tail may have been cut.",
    )


def _check(
    row: Mapping[str, Any],
    tenant: int,
    expected: int,
    previous: str,
    erasures: frozenset[str],
    keys: Keyring | None,
) -> BrokenLink | None:
    """Return why `row` is not the record `expected` of an unbroken chain, or None."""

    def broken(zh: str, en: str) -> BrokenLink:
        return BrokenLink(expected, f"第 {expected} 条记录{zh}。", f"record {expected}: {en}.")

    if row["sequence"] != expected:
        return broken("缺失", "it is missing")
    if row["previous"] != previous:
        return broken("与上一条的哈希不符", "it does not continue the record before it")
    if row["hash"] != link(previous, row["content"]):
        return broken("的内容与哈希不符,可能被改动", "its content does not match its hash; it was changed")
    content = json.loads(row["content"])
    columns = {
        "tenant": tenant,
        "id": str(row["id"]),
        "sequence": expected,
        "kind": row["kind"],
        "body": row["body"],
        "subject_type": row["subject_type"],
        "subject_id": row["subject_id"],
        "actor": row["actor"],
        "on_behalf_of": row["on_behalf_of"],
        "day": row["day"].isoformat(),
        "filed_at": moment_text(row["filed_at"]),
        "disclosure": row["disclosure"],
    }
    for name, value in columns.items():
        if content[name] != value:
            return broken(f"的 {name} 列与内容不符", f"its column {name} does not match its content")
    if content["personal"] is None:
        return None
    if row["personal_id"] is None:
        if str(row["id"]) in erasures:
            return None
        return broken("的个人信息缺失且无删除记录", "its personal text is gone without a record of erasure")
    if keys is not None:
        text = unseal(keys, RecordPersonal, tenant, row["id"], "personal", row["personal_text"])
        if not hmac.compare_digest(_tag(row["personal_salt"], text), content["personal"]):
            return broken("的个人信息被改动", "its personal text was changed")
    return None
