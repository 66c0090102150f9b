"""How the audit writes down a dirty workbook and, by hand, what the contract says of it (`domain.md` §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yuanluo.sheets import Kind

BLANKS: dict[str, dict[str, Any]] = {
    "party_roster": {
        "name": None,
        "gender": None,
        "ethnicity": None,
        "birth": None,
        "id_number": None,
        "education": None,
        "joined_on": None,
        "confirmed_on": None,
        "member_type": None,
        "branch": None,
        "phone": None,
        "phone_alt": [],
        "room_key": None,
        "remark": None,
    },
    "owner_roster": {
        "room_key": None,
        "area_c": None,
        "owner_name": None,
        "owner_id_number": None,
        "phone": None,
        "phone_alt": [],
        "share": "1/1",
        "occupancy": None,
    },
    "finance_statement": {
        "entry_date": None,
        "voucher_no": None,
        "summary": None,
        "income_fen": 0,
        "expense_fen": 0,
        "balance_fen": None,
        "handler": None,
    },
    "dual_report": {
        "name": None,
        "gender": None,
        "employer": None,
        "home_branch": None,
        "phone": None,
        "phone_alt": [],
        "room_key": None,
        "reported_on": None,
        "skills": [],
        "posts": [],
        "status": "SUBMITTED",
    },
    "opinion_ledger": {
        "received_on": None,
        "reporter": None,
        "room_key": None,
        "phone": None,
        "content": None,
        "category": None,
        "source": None,
        "assignee": None,
        "limit_workdays": None,
        "closed_on": None,
        "result": None,
        "satisfaction": None,
    },
}


def words(line: str) -> list[str]:
    """Return the labels of a header row written as one line."""
    return line.split()


@dataclass(frozen=True, slots=True)
class Told:
    """What the contract says of one sheet; `issues` are lines `row column code [side]`, `skipped` `row reason`."""

    name: str
    header: int | None
    records: Mapping[int | tuple[int, str], Mapping[str, Any]] = field(
        default_factory=dict[int | tuple[int, str], Mapping[str, Any]]
    )
    issues: str = ""
    skipped: str = ""

    def record_rows(self, kind: str) -> list[dict[str, Any]]:
        """Return the records in full; what a case leaves out is empty."""
        rows: list[dict[str, Any]] = []
        for place, said in self.records.items():
            row, side = place if isinstance(place, tuple) else (place, None)
            unknown = said.keys() - BLANKS[kind].keys()
            assert not unknown, f"{kind} has no {unknown}"
            sided = {} if side is None else {"side": side}
            rows.append({"sheet": self.name, "row": row, **sided, **BLANKS[kind], **said})
        return rows

    def issue_rows(self) -> list[dict[str, Any]]:
        """Return the issues as the sidecar writes them."""
        rows: list[dict[str, Any]] = []
        for line in self.issues.strip().splitlines():
            row, column, code, *side = line.split()
            sided = {"side": side[0]} if side else {}
            rows.append({"sheet": self.name, "row": int(row), "column": column, "code": code, **sided})
        return rows

    def skipped_rows(self) -> list[dict[str, Any]]:
        """Return the skipped rows as the sidecar writes them."""
        words = self.skipped.split()
        pairs = zip(words[::2], words[1::2], strict=True)
        return [{"sheet": self.name, "row": int(row), "reason": reason} for row, reason in pairs]


@dataclass(frozen=True, slots=True)
class Case:
    """A dirty workbook and what the contract says of it."""

    name: str
    kind: Kind
    file: str
    build: Callable[[Path], object]
    told: tuple[Told, ...]
    meta: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def sidecar(self) -> dict[str, Any]:
        """Return the sidecar of this workbook."""
        issues = [issue for told in self.told for issue in told.issue_rows()]
        records = [record for told in self.told for record in told.record_rows(self.kind.name)]
        errors = sum(issue["code"].startswith("E_") for issue in issues)
        return {
            "file": self.file,
            "kind": self.kind.name,
            "sheets": [{"name": told.name, "header_row": told.header} for told in self.told if told.header is not None],
            "meta": dict(self.meta),
            "records": records,
            "issues": issues,
            "skipped_rows": [skipped for told in self.told for skipped in told.skipped_rows()],
            "counts": {"records": len(records), "errors": errors, "warnings": len(issues) - errors},
        }
