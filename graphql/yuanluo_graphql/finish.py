"""The second finish: completing in Python what a statement cannot say.

The statement's JSON is parsed and walked once beside the plan's `Completion` tree. Python fields are gathered over
the whole answer and each is called once; cursors are sealed; rows whose reading is to be logged are collected.
Hidden values are removed. A Python field that fails leaves null and an error at its path, and is reported as its
plugin's problem; the rest of the answer stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from yuanluo.fields import FieldContext
from yuanluo_graphql.model import PythonEntityField
from yuanluo_graphql.permissions import OfferFailed, Permits
from yuanluo_graphql.plan import CLEARED, HIDDEN, Binding, Completion, Permitted
from yuanluo_graphql.scalars import to_json
from yuanluo_graphql.selection import Selection, select_plain
from yuanluo_tenants.errors import Refused

__all__ = ["Finish", "SensitiveRead"]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SensitiveRead:
    """One row of data class D3 that reached a viewer: type, tenant number, row id."""

    type_name: str
    tenant: int
    row: str


@dataclass(slots=True)
class _Batch:
    spec: PythonEntityField
    rows: list[dict[str, Any]] = field(default_factory=lambda: [])
    places: list[tuple[dict[str, Any], str, Path]] = field(default_factory=lambda: [])


@dataclass(slots=True)
class Finish:
    """Completes one answer; `errors` and `reads` are what came out besides the data."""

    binding: Binding
    context: FieldContext
    permits: Permits | None = None
    selection: Selection | None = None
    errors: list[dict[str, Any]] = field(default_factory=lambda: [])
    reads: set[SensitiveRead] = field(default_factory=set[SensitiveRead])
    failures: list[tuple[str, str, Exception]] = field(default_factory=lambda: [])
    """Plugin, field and error of what failed."""
    successes: list[tuple[str, str]] = field(default_factory=lambda: [])
    """Plugin and field of what worked."""
    _batches: dict[tuple[str, str], _Batch] = field(default_factory=lambda: {})

    async def complete(self, data: dict[str, Any], completion: Completion) -> None:
        """Complete `data` in place."""
        self._walk(data, completion, ())
        for batch in self._batches.values():
            await self._resolve(batch)
        if self.permits is not None:
            failed = {(plugin, place) for plugin, place, _ in self.failures}
            self.successes += sorted(self.permits.successes - failed)

    def _walk(self, value: Any, completion: Completion, path: Path) -> None:
        if isinstance(value, list):
            items = cast("list[Any]", value)
            listed = any(key.startswith("#") for key in completion.children)
            for index, item in enumerate(items):
                below = completion.children.get(f"#{index}") if listed else completion
                if below is not None:
                    self._walk(item, below, (*path, index))
            return
        if not isinstance(value, dict):
            return
        row = cast("dict[str, Any]", value)
        hidden = row.pop(HIDDEN, None)
        if completion.cursor_keys:
            self._cursors(row, hidden, completion)
        elif completion.start_keys or completion.end_keys:
            self._page_cursors(row, hidden, completion)
        elif hidden is not None:
            self._row(row, hidden, completion, path)
        for key, below in completion.children.items():
            self._walk(row.get(key), below, (*path, key))

    def _cursors(self, row: dict[str, Any], hidden: list[Any], completion: Completion) -> None:
        sealed = self._seal(hidden, completion)
        for key in completion.cursor_keys:
            row[key] = sealed

    def _page_cursors(self, row: dict[str, Any], hidden: list[list[Any]], completion: Completion) -> None:
        for key in completion.start_keys:
            row[key] = self._seal(hidden[0], completion) if hidden else None
        for key in completion.end_keys:
            row[key] = self._seal(hidden[-1], completion) if hidden else None

    def _seal(self, values: list[Any], completion: Completion) -> str:
        assert completion.bound_to is not None
        memo = ("bound", id(completion))
        if memo not in self.binding.memo:
            self.binding.memo[memo] = completion.bound_to(self.binding)
        return self.binding.cursors.seal(values, self.binding.memo[memo])

    def _row(self, row: dict[str, Any], hidden: dict[str, Any], completion: Completion, path: Path) -> None:
        tenant, row_id = int(hidden["t"]), str(hidden["i"])
        if completion.logged is not None and hidden.get("c", "D3") == "D3":
            self.reads.add(SensitiveRead(completion.logged[0], tenant, row_id))
        for each in completion.permissions:
            self._permissions(row, each, hidden["permissions"], tenant or int(row_id), path)
        for key, spec in completion.python:
            found = hidden.get(f"p_{spec.name}")
            if not found or not found[CLEARED]:
                continue
            # the same field may stand here under several aliases
            needs = {name: value for name, value in found.items() if name != CLEARED}
            needs["tenant_id"], needs["id"] = tenant, row_id
            batch = self._batches.setdefault((spec.spec.on, spec.name), _Batch(spec))
            batch.rows.append(needs)
            batch.places.append((row, key, (*path, key)))

    def _permissions(self, row: dict[str, Any], each: Permitted, said: dict[str, Any], tenant: int, path: Path) -> None:
        assert self.permits is not None
        assert self.selection is not None
        actions = None if each.actions is None else each.actions(self.binding.variables)
        entries = self.permits.of(each.field, tenant, said["row"] or {}, said["off"], actions)
        row[each.key] = [
            select_plain(entry, "Permission", {"rule": "RuleCitation"}, each.nodes, self.selection) for entry in entries
        ]
        for plugin, place, error in self.permits.failures:
            self.failures.append((plugin, place, error))
            message = OfferFailed.of(plugin).message(self.binding.locale)
            self._problem(message, OfferFailed.code, (*path, each.key))
        self.permits.failures.clear()

    async def _resolve(self, batch: _Batch) -> None:
        values: Sequence[Any]
        failure: Exception | None = None
        try:
            values = await batch.spec.spec.resolve(batch.rows, self.context)
            if len(values) != len(batch.rows):
                raise ValueError(f"answered {len(values)} values for {len(batch.rows)} rows")
        except Exception as error:  # noqa: BLE001  # a plugin's failure is its own: reported, and null here
            failure = error
            values = [error] * len(batch.rows)
        for value, (row, key, path) in zip(values, batch.places, strict=True):
            try:
                if isinstance(value, Exception):
                    raise value
                row[key] = to_json(value)
            except Exception as error:  # noqa: BLE001  # the value itself may be the error
                row[key] = None
                self._error(batch.spec, error, path)
                failure = failure if isinstance(error, Refused) else error
        place = batch.spec.plugin, f"{batch.spec.spec.on}.{batch.spec.name}"
        if failure is None:
            self.successes.append(place)
        else:
            self.failures.append((*place, failure))

    def _error(self, spec: PythonEntityField, error: Exception, path: Path) -> None:
        if isinstance(error, Refused):
            message, code = error.message(self.binding.locale), error.stable_code
        else:
            zh = f"字段 {spec.name} 暂时无法计算(插件 {spec.plugin})。"
            en = f"the field {spec.name} cannot be computed now (plugin {spec.plugin})."
            message, code = zh if self.binding.locale == "zh-CN" else en, "PLUGIN_FAILED"
        self._problem(message, code, path)

    def _problem(self, message: str, code: str, path: Path) -> None:
        self.errors.append({"message": message, "path": list(path), "extensions": {"code": code}})
