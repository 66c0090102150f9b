"""Workbooks in, workbooks out: the two-step import on top of `yuanluo.sheets`.

A preview reads a file and writes nothing; the commit writes the accepted rows, all or nothing, in one transaction
with one record. The same file (by SHA-256) for the same kind is not imported twice into one courtyard: the second
time answers the first batch. What the plugin brings is an `Importer`: the function that turns accepted records into
rows. ID numbers are masked in every report; only the preview's own records hold them in full.

An export is one act as well: collected, filed as a record, and written to its file whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from yuanluo.authority import Action
from yuanluo.command import Command, CommandContext, Outcome, actor_of, run_command
from yuanluo.masking import mask_id_number, mask_phone
from yuanluo.records import canonical
from yuanluo.statements import rows
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Code, Day, Integer, Moment, Text
from yuanluo_tenants.errors import Invalid, NotFound
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable

if TYPE_CHECKING:
    from yuanluo.house import House
    from yuanluo.sheets import Form, Kind, Preview

__all__ = [
    "Commit",
    "Exported",
    "Exporter",
    "ImportBatch",
    "ImportReport",
    "Importer",
    "commit_import",
    "export_file",
    "export_records",
    "masked_records",
    "preview_file",
]

KEEPERS = ("COMMUNITY_SECRETARY", "BRANCH_SECRETARY", "COUNCIL_DIRECTOR")
"""Who may import and export unless the plugin says otherwise."""


class ImportBatch(
    TenantTable,
    zh="导入批次",
    en="a file that was imported, known by its hash",
    body="registry",
    row_class=DataClass.D2,
    natural_key=["kind", "file_sha256"],
    order=["imported_at"],
    unique=[["kind", "file_sha256"]],
):
    """One imported file; a second import of the same file answers this row."""

    kind = Code("表格类别", "kind of form, such as owner_roster")
    file_name = Text("文件名", "name of the file, without folders", klass=DataClass.D2)
    file_sha256 = Code("文件哈希", "SHA-256 of the file, in hex")
    imported_on = Day("导入日期", "day of the import")
    imported_at = Moment("导入时间", "moment of the import")
    imported_by = Code("导入人", "account id of who imported it", klass=DataClass.D2)
    record_count = Integer("记录数", "accepted records", unit="records", exposed=False)
    counts = Text("写入计数", "what was written, as JSON", klass=DataClass.D2, exposed=False)


Commit = Callable[[CommandContext, "Preview"], Awaitable[Mapping[str, int]]]
Configure = Callable[[Mapping[str, str]], Commit]
ExportRows = Callable[[CommandContext, Mapping[str, str]], Awaitable["Exported"]]


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of workbook that can be imported: `sheet` reads it, `commit` writes it.

    `commit(context, preview)` writes the accepted records inside the import's transaction and returns what it
    wrote, such as `{"people": 12, "dwellings": 8}`; it raises to refuse the whole file.

    Where the caller may choose what the sheet does not say, `options` names each choice with its meaning, and
    `configure` turns what was chosen (`{"fund": "DONATION"}`, never empty) into the commit that does so; it raises
    Invalid for a value that makes no sense. Options are filed with the import: they name things, never people.
    """

    sheet: Kind
    commit: Commit
    roles: tuple[str, ...] = KEEPERS
    rule: str = "domain 5"
    body: str = "registry"
    options: Mapping[str, str] = field(default_factory=lambda: {})
    configure: Configure | None = None

    def __post_init__(self) -> None:
        if bool(self.options) is not (self.configure is not None):
            raise ValueError(f"the importer of {self.kind} needs both options and configure, or neither")

    @property
    def kind(self) -> str:
        """The name of the kind, such as `owner_roster`."""
        return self.sheet.name

    @property
    def action(self) -> Action:
        """The action that an import is: `import.<kind>`."""
        zh, en = f"导入{self.sheet.title}", f"import a {self.sheet.english}"
        return Action(f"import.{self.kind}", self.roles, self.rule, zh, en)

    def with_options(self, chosen: Mapping[str, str]) -> Commit:
        """Return the commit that does what was chosen; raise Invalid for an option that the kind does not have."""
        for name in chosen:
            if name not in self.options:
                known = "、".join(self.options) or "无"
                raise Invalid(
                    f"导入{self.sheet.title}没有选项 {name},可用:{known}。",
                    f"importing a {self.sheet.english} has no option {name!r};"
                    f" there are: {', '.join(self.options) or 'none'}.",
                    field="option",
                )
        return self.configure(chosen) if chosen and self.configure else self.commit


@dataclass(frozen=True, slots=True)
class Exported:
    """What is to be written: records with the keys of `domain.md` §5, in full, and the meta around them.

    `form` is another of the kind's forms than its usual one, where the records need it.
    """

    records: Sequence[Mapping[str, Any]]
    meta: Mapping[str, Any] = field(default_factory=lambda: {})
    title: str | None = None
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Exporter:
    """One kind of workbook that can be exported: `rows` collects the records, `sheet` writes them.

    Exporting personal data is an action of its own; it is filed as a record. `options` are what the caller asks
    for, such as `{"period": "2026-10"}`.
    """

    sheet: Kind
    rows: ExportRows
    roles: tuple[str, ...] = KEEPERS
    rule: str = "domain 2, PIPL 51"
    body: str = "registry"

    @property
    def kind(self) -> str:
        """The name of the kind, such as `owner_roster`."""
        return self.sheet.name

    @property
    def action(self) -> Action:
        """The action that an export is: `export.<kind>`."""
        zh, en = f"导出{self.sheet.title}", f"export a {self.sheet.english}"
        return Action(f"export.{self.kind}", self.roles, self.rule, zh, en)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import wrote; `repeated` if the same file had been imported before and nothing was written now."""

    kind: str
    batch_id: uuid.UUID
    imported_on: dt.date
    counts: Mapping[str, int]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """The input of the import command; what a record may know of the file."""

    kind: str
    file_sha256: str
    meta: Mapping[str, Any] = field(default_factory=lambda: {})


def importer_of(house: House, kind: str) -> Importer:
    """Return the importer of `kind`; raise NotFound if no plugin brings one."""
    importer = house.composition.importers.get(kind)
    if importer is None:
        known = "、".join(sorted(house.composition.importers))
        raise NotFound(f"没有可导入 {kind} 的插件,可用:{known}。", f"no plugin imports {kind!r}; there are: {known}.")
    return importer


def preview_file(house: House, kind: str, path: str | Path, today: dt.date, default_year: int | None = None) -> Preview:
    """Read the workbook at `path` as `kind` and tell what importing it would do; nothing is written."""
    from yuanluo.sheets import preview

    importer = importer_of(house, kind)
    with house.plugins.within(house.composition.kind_owners[kind], importer.action.name):
        return preview(importer.sheet, path, today=today, default_year=default_year)


async def commit_import(
    context: CommandContext, preview: Preview, options: Mapping[str, str] | None = None
) -> ImportReport:
    """Write the accepted records of `preview` into the courtyard of `context`: all of them or none.

    `options` are choices that the importer offers, such as `{"fund": "SELF_MANAGED_FEES"}`. The same file and kind
    a second time writes nothing and answers the first batch, whatever the options.
    """
    importer = importer_of(context.house, preview.kind)
    context.may(importer.action.name).enforce()
    chosen = dict(options or {})
    commit = importer.with_options(chosen)
    if (before := await _batch(context, preview)) is not None:
        return before
    if not preview.records:
        raise Invalid("文件中没有可导入的记录。", "the file holds no record that can be imported.", field="file")
    reports: list[ImportReport] = []

    async def run(inner: CommandContext, files: Sequence[_File]) -> Sequence[Outcome]:
        if (before := await _batch(inner, preview)) is not None:
            raise _Repeated(before)
        house = inner.house
        with house.plugins.within(house.composition.kind_owners[preview.kind], importer.action.name):
            counts = dict(await commit(inner, preview))
        [batch_id] = await inner.insert(
            ImportBatch,
            [
                {
                    "kind": preview.kind,
                    "file_name": preview.file,
                    "file_sha256": preview.file_sha256,
                    "imported_on": inner.today,
                    "imported_at": inner.now,
                    "imported_by": actor_of(inner.actor),
                    "record_count": len(preview.records),
                    "counts": canonical(counts),
                }
            ],
        )
        reports.append(ImportReport(preview.kind, batch_id, inner.today, counts))
        payload = {"kind": preview.kind, "file_sha256": files[0].file_sha256, "counts": counts, "options": chosen}
        return [Outcome(batch_id, {**payload, "records": len(preview.records)})]

    command = Command(action=importer.action, input=_File, many=run, subject_type="ImportBatch", body=importer.body)
    try:
        await run_command(command, context, _File(preview.kind, preview.file_sha256, preview.meta))
    except _Repeated as repeated:
        return repeated.report
    return reports[0]


class _Repeated(Exception):
    """Rolls back an import whose file another transaction imported in between."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report.kind)
        self.report = report


async def _batch(context: CommandContext, preview: Preview) -> ImportReport | None:
    with scoped(context.tenant):
        found = await rows(
            context.database,
            "SELECT id, imported_on, counts FROM import_batch WHERE tenant_id = $1 AND kind = $2 AND file_sha256 = $3",
            context.tenant,
            preview.kind,
            preview.file_sha256,
        )
    if not found:
        return None
    batch = found[0]
    return ImportReport(preview.kind, batch["id"], batch["imported_on"], json.loads(batch["counts"]), repeated=True)


def exporter_of(house: House, kind: str) -> Exporter:
    """Return the exporter of `kind`; raise NotFound if no plugin brings one."""
    exporter = house.composition.exporters.get(kind)
    if exporter is None:
        known = "、".join(sorted(house.composition.exporters))
        raise NotFound(f"没有可导出 {kind} 的插件,可用:{known}。", f"no plugin exports {kind!r}; there are: {known}.")
    return exporter


async def export_records(context: CommandContext, kind: str, options: Mapping[str, str] | None = None) -> Exported:
    """Return the records of `kind` of the courtyard of `context`, in full; the export is filed as a record."""
    exporter = exporter_of(context.house, kind)
    collected: list[Exported] = []

    async def run(inner: CommandContext, files: Sequence[_File]) -> Sequence[Outcome]:
        house = inner.house
        with house.plugins.within(house.composition.kind_owners[kind], exporter.action.name):
            exported = await exporter.rows(inner, options or {})
        collected.append(exported)
        payload = {"kind": files[0].kind, "records": len(exported.records), "purpose": inner.purpose}
        return [Outcome(None, payload)]

    command = Command(action=exporter.action, input=_File, many=run, subject_type="ImportBatch", body=exporter.body)
    await run_command(command, context, _File(kind, ""))
    return collected[0]


async def export_file(
    context: CommandContext, kind: str, path: str | Path, options: Mapping[str, str] | None = None
) -> int:
    """Write the records of `kind` to the workbook at `path`, whole or not at all; return how many there were."""
    sheet, file = exporter_of(context.house, kind).sheet, _target(path)
    return _write_whole(sheet, await export_records(context, kind, options), file)


def _target(path: str | Path) -> Path:
    """Return where an export may be written; raise Invalid before anything is collected or filed."""
    file = Path(path).absolute()
    if file.suffix.lower() != ".xlsx":
        raise Invalid("导出文件名须以 .xlsx 结尾。", "the file to write must end in .xlsx.", field="file")
    if not file.parent.is_dir():
        raise Invalid(f"文件夹 {file.parent} 不存在。", f"the folder {file.parent} does not exist.", field="file")
    return file


def _write_whole(sheet: Kind, exported: Exported, file: Path) -> int:
    """Write beside the target and rename: a half-written workbook never stands under its name."""
    from yuanluo.sheets import write_workbook

    handle, name = tempfile.mkstemp(suffix=".xlsx", dir=file.parent)
    os.close(handle)
    beside = Path(name)
    try:
        count = write_workbook(
            sheet, exported.records, beside, title=exported.title, meta=exported.meta, form=exported.form
        )
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    return count


def masked_records(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return `records` for a report or a log: ID numbers and phones masked (`domain.md` §5 N15)."""
    masked: list[dict[str, Any]] = []
    for record in records:
        shown = dict(record)
        for name, value in record.items():
            if isinstance(value, str) and name.endswith("id_number"):
                shown[name] = mask_id_number(value)
            elif name == "phone" and isinstance(value, str):
                shown[name] = mask_phone(value)
            elif name == "phone_alt" and isinstance(value, list | tuple):
                shown[name] = [mask_phone(str(each)) for each in cast("Sequence[object]", value)]
        masked.append(shown)
    return masked
