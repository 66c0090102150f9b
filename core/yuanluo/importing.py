"""Workbooks in, workbooks out: the two-step import on top of `yuanluo.sheets`.

A preview reads a file and writes nothing; the commit writes the accepted rows, all or nothing, in one transaction
with one record. `preview_import` runs that very commit in a transaction that is rolled back, so that whatever the
register would refuse is told before, by row (`domain.md` §11 K12). The same file (by SHA-256) for the same kind is not
imported twice into one courtyard: the second time answers the first batch. What the plugin brings is an `Importer`:
the function that turns accepted records into rows. ID numbers are masked in every report; only the preview's own
records hold them in full. What a batch wrote is kept, so that it can be undone (`undoing.py`).

An export is one act as well: collected, filed as a record, and written to its file whole or not at all.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from yuanluo.authority import Action
from yuanluo.command import Command, CommandContext, Outcome, PluginOff, actor_of, run_command
from yuanluo.import_file import ImportFile, RegisterIssue, RowsRefused, row_choices
from yuanluo.import_traces import Traces
from yuanluo.masking import mask_id_number, mask_phone
from yuanluo.records import canonical
from yuanluo.statements import rows, value
from yuanluo_tenants.classes import DataClass
from yuanluo_tenants.columns import Code, Day, Flag, Integer, Moment, Text
from yuanluo_tenants.errors import Invalid, NotFound, Refused
from yuanluo_tenants.scope import scoped
from yuanluo_tenants.tables import TenantTable

if TYPE_CHECKING:
    from yuanluo.house import House
    from yuanluo.sheets import Form, Kind, Preview, TitleChoices

__all__ = [
    "Commit",
    "Exported",
    "Exporter",
    "ImportBatch",
    "ImportFile",
    "ImportReport",
    "Importer",
    "RegisterIssue",
    "RegisterPreview",
    "commit_import",
    "export_file",
    "export_records",
    "masked_records",
    "preview_file",
    "preview_import",
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
    keeps_trace = Flag("可否撤销", "whether what it wrote was kept, so that it can be undone", default=False)
    undone_on = Day("撤销日期", "day on which it was undone, unless the file was imported again", null=True)


Commit = Callable[[CommandContext, ImportFile], Awaitable[Mapping[str, int]]]
Undo = Callable[[CommandContext, Mapping[str, Sequence[uuid.UUID]], str], Awaitable[Mapping[str, int]]]
Configure = Callable[[Mapping[str, str]], Commit]
ExportRows = Callable[[CommandContext, Mapping[str, str]], Awaitable["Exported"]]


@dataclass(frozen=True, slots=True)
class Importer:
    """One kind of workbook that can be imported: `sheet` reads it, `commit` writes it.

    `commit(context, file)` writes the accepted records inside the import's transaction and returns what it
    wrote, such as `{"people": 12, "dwellings": 8}`. It refuses rows by `file.at(record)` and `file.by_row(...)`
    (`yuanluo.import_file`), or raises to refuse the whole file. A preview runs it as well and rolls back.

    A batch is undone by removing the rows it made and giving back values that it changed. Where a kind makes rows that
    are never removed, such as vouchers, `undo(context, made, reason)` does what the rules provide instead, and says
    what it did: `made` holds the ids of the rows that the batch made, by table.

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
    undo: Undo | None = None

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
    issues: tuple[RegisterIssue, ...] = ()
    """What the register said to rows that were written all the same."""


@dataclass(frozen=True, slots=True)
class RegisterPreview:
    """What importing a file would do: what was refused or warned of, by row, and what would be written.

    `counts` is None where a commit would be refused; `repeated` if it was imported before and nothing would be written.
    """

    issues: tuple[RegisterIssue, ...]
    counts: Mapping[str, int] | None
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


def preview_file(
    house: House,
    kind: str,
    path: str | Path,
    today: dt.date,
    default_year: int | None = None,
    titles: TitleChoices | None = None,
) -> Preview:
    """Read the workbook at `path` as `kind` and tell what importing it would do; nothing is written.

    `titles` says what columns of unknown title mean, or that they are passed over (K11).
    """
    from yuanluo.sheets import preview

    importer = importer_of(house, kind)
    with house.plugins.within(house.composition.kind_owners[kind], importer.action.name):
        return preview(importer.sheet, path, today=today, default_year=default_year, titles=titles)


async def commit_import(
    context: CommandContext, preview: Preview, options: Mapping[str, str] | None = None
) -> ImportReport:
    """Write the accepted records of `preview` into the courtyard of `context`: all of them or none.

    `options` are choices that the importer offers, such as `{"fund": "SELF_MANAGED_FEES"}`, and who is meant in rows
    that fit several people: `{"person.12": "<id>"}`, or `"new"`. The same file and kind a second time writes nothing
    and answers the first batch, whatever the options. ColumnUnknown is raised while a
    column has neither been mapped nor passed over (K11).
    """
    importer, file, commit, chosen = _prepared(context, preview, options)
    try:
        return await _write(context, importer, file, commit, chosen)
    except (RowsRefused, Refused):
        if file.refusals:  # what came after them may only follow from their absence
            raise file.first_refusal() from None
        raise


async def preview_import(
    context: CommandContext, preview: Preview, options: Mapping[str, str] | None = None
) -> RegisterPreview:
    """Tell what the register says to the accepted records of `preview`, by row; nothing is written.

    This is the commit itself, rolled back: without an error in `issues` a commit of the same file succeeds, with the
    same counts, as long as nobody writes meanwhile. What is refused for good, such as a missing right or an option that
    the kind does not have, raises as it does there.
    """
    importer, file, commit, chosen = _prepared(context, preview, options)
    report: ImportReport | None = None
    attempts = len(context.attempts)
    try:
        async with context.database.transaction(), context.database.savepoint():
            report = await _write(context, importer, file, commit, chosen)
            raise RowsRefused
    except RowsRefused:
        pass
    except PluginOff:
        raise
    except Refused as refused:
        if not file.refusals:
            file.refuse_whole(refused)
    finally:
        if not context.database.in_transaction():  # refused attempts count whether tried in earnest or not
            for write in context.attempts[attempts:]:
                await write()
            del context.attempts[attempts:]
    if report is None:
        return RegisterPreview(tuple(file.issues_found), None)
    return RegisterPreview(tuple(file.issues_found), report.counts, report.repeated)


def _prepared(
    context: CommandContext, preview: Preview, options: Mapping[str, str] | None
) -> tuple[Importer, ImportFile, Commit, dict[str, str]]:
    importer = importer_of(context.house, preview.kind)
    context.may(importer.action.name).enforce()
    preview.check_columns()
    people, chosen = row_choices(options or {})
    return importer, ImportFile.of(preview, importer.sheet, people), importer.with_options(chosen), chosen


async def _write(
    context: CommandContext, importer: Importer, file: ImportFile, commit: Commit, chosen: Mapping[str, str]
) -> ImportReport:
    """Write a file, or raise: RowsRefused for rows that `file` holds, else what the file as a whole is refused for."""
    if (before := await _batch(context, file)) is not None:
        return before
    if not file.records:
        raise Invalid("文件中没有可导入的记录。", "the file holds no record that can be imported.", field="file")
    reports: list[ImportReport] = []

    async def run(inner: CommandContext, files: Sequence[_File]) -> Sequence[Outcome]:
        if (before := await _batch(inner, file)) is not None:
            raise _Repeated(before)
        traces = await Traces.before(inner)
        counts = dict(await _committed(inner, importer, file, commit))
        file.enforce()
        file.check_choices()
        batch_id = await _file_batch(inner, file, counts)
        await traces.keep(inner, batch_id)
        reports.append(ImportReport(file.kind, batch_id, inner.today, counts, issues=tuple(file.issues_found)))
        payload = {"kind": file.kind, "file_sha256": files[0].file_sha256, "counts": counts, "options": chosen}
        return [Outcome(batch_id, {**payload, "records": len(file.records)})]

    command = Command(action=importer.action, input=_File, many=run, subject_type="ImportBatch", body=importer.body)
    try:
        await run_command(command, context, _File(file.kind, file.file_sha256, file.meta))
    except _Repeated as repeated:
        return repeated.report
    return reports[0]


async def _committed(
    context: CommandContext, importer: Importer, file: ImportFile, commit: Commit
) -> Mapping[str, int]:
    """Run the importer; what it raises otherwise than to refuse is told with plugin, sheet and row."""
    house = context.house
    with house.plugins.within(house.composition.kind_owners[file.kind], importer.action.name):
        try:
            return await commit(context, file)
        except RowsRefused:
            return {}  # `file` holds them
        except Refused:
            raise
        except Exception as error:
            if (failed := file.where_it_failed(error)) is not None:
                raise failed from error
            raise


async def _file_batch(context: CommandContext, file: ImportFile, counts: Mapping[str, int]) -> uuid.UUID:
    """Put the batch on the register; that of a file that was undone is in force again."""
    columns = {
        "file_name": file.file,
        "imported_on": context.today,
        "imported_at": context.now,
        "imported_by": actor_of(context.actor),
        "record_count": len(file.records),
        "counts": canonical(counts),
        "keeps_trace": True,
        "undone_on": None,
    }
    undone: uuid.UUID | None = await value(
        context.database,
        "SELECT id FROM import_batch WHERE tenant_id = $1 AND kind = $2 AND file_sha256 = $3",
        context.tenant,
        file.kind,
        file.file_sha256,
    )
    if undone is not None:
        await context.update(ImportBatch, undone, columns)
        return undone
    [made] = await context.insert(ImportBatch, [{"kind": file.kind, "file_sha256": file.file_sha256, **columns}])
    return made


class _Repeated(Exception):
    """Rolls back an import whose file another transaction imported in between."""

    def __init__(self, report: ImportReport) -> None:
        super().__init__(report.kind)
        self.report = report


async def _batch(context: CommandContext, preview: Preview) -> ImportReport | None:
    with scoped(context.tenant):
        found = await rows(
            context.database,
            "SELECT id, imported_on, counts FROM import_batch WHERE tenant_id = $1 AND kind = $2 AND file_sha256 = $3"
            " AND undone_on IS NULL",
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
    from yuanluo.sheets import check_target, write_whole, write_workbook

    sheet, file = exporter_of(context.house, kind).sheet, check_target(path)
    found = await export_records(context, kind, options)

    def write(beside: Path) -> int:
        return write_workbook(sheet, found.records, beside, title=found.title, meta=found.meta, form=found.form)

    return write_whole(file, write)


def masked_records(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return `records` for a report or a log: ID numbers and phones masked (`domain.md` §5 N15)."""
    masked: list[dict[str, Any]] = []
    for record in records:
        shown = dict(record)
        for name, written in record.items():
            if isinstance(written, str) and name.endswith("id_number"):
                shown[name] = mask_id_number(written)
            elif name == "phone" and isinstance(written, str):
                shown[name] = mask_phone(written)
            elif name == "phone_alt" and isinstance(written, list | tuple):
                shown[name] = [mask_phone(str(each)) for each in cast("Sequence[object]", written)]
        masked.append(shown)
    return masked
