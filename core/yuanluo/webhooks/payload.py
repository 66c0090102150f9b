"""What an endpoint is told of a record: what its role would read of the row over GraphQL; of a public one, all.

| the role's clearance for the record's body | told                                                           |
|--------------------------------------------|----------------------------------------------------------------|
| below the record's disclosure, or it is D3 | that record N was filed, when, and the hashes                  |
| the disclosure                             | kind, body, type of the subject, day, disclosure as well       |
| D2, or the record is public (D0)           | the subject's id as well, and the payload where it is asked for |

Records of class D3 are never told, whoever asks: a receiver is outside, where nobody logs what is read. Personal text
is not in a record's content at all (`records.py`); who acted stays inside too. An endpoint that wants only some kinds
is not told of records whose kind it must not learn: that one came would tell the kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yuanluo.records import canonical, moment_text
from yuanluo.subjects import gid_of
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.tree import code_of

__all__ = ["FILED", "KIND_PATTERN", "Message", "message_of"]

FILED: Final = "record.filed"
"""The type of a message that tells only that something was filed."""

KIND_PATTERN: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?")
"""How a wanted kind is written: `person.create`, or `person.*` for all that begin so."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its id, the same at every attempt, its type and its JSON."""

    id: str
    type: str
    body: bytes


def message_of(
    record: Mapping[str, Any],
    clearances: Mapping[str, DataClass],
    kinds: Sequence[str] = (),
    *,
    with_payload: bool = False,
) -> Message | None:
    """Return the message that tells of a row of `record`, or None where the endpoint is not to be told.

    `clearances` are those of the endpoint's role by body, `*` for every body; `kinds` are the wanted ones, or all.
    """
    disclosure = DataClass[record["disclosure"]]
    cleared = max((clearances.get(body, DataClass.D0) for body in (record["body"], "*")), default=DataClass.D0)
    is_told = disclosure is not DataClass.D3 and cleared >= disclosure
    if kinds and not (is_told and any(_is_wanted(record["kind"], each) for each in kinds)):
        return None
    code = code_of(record["tenant_id"])
    data: dict[str, Any] = {
        "tenant": code,
        "sequence": record["sequence"],
        "filed_at": moment_text(record["filed_at"]),
        "hash": record["hash"],
        "previous_hash": record["previous"],
    }
    if is_told:
        data |= _told(record, disclosure, is_whole=disclosure is DataClass.D0 or cleared >= DataClass.D2)
        if with_payload and "subject_id" in data:
            data["payload"] = json.loads(record["content"])["payload"]
    kind = record["kind"] if is_told else FILED
    body = canonical({"type": kind, "timestamp": data["filed_at"], "data": data})
    return Message(f"rec_{code}_{record['sequence']}", kind, body.encode())


def _told(record: Mapping[str, Any], disclosure: DataClass, *, is_whole: bool) -> dict[str, Any]:
    tenant, subject = record["tenant_id"], record["subject_id"]
    told: dict[str, Any] = {
        "id": f"Record:{tenant}:{record['id']}",
        "kind": record["kind"],
        "body": record["body"],
        "subject_type": record["subject_type"],
        "day": record["day"],
        "disclosure": disclosure.name,
    }
    if is_whole:
        told["subject_id"] = None if subject is None else gid_of(record["subject_type"], tenant, subject)
    return told


def _is_wanted(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith(".*") else kind == wanted
