"""Why a file is not read at all: one class per reason, one sentence each.

    WorkbookRefused (Invalid)
    ├── WorkbookMissing       there is no such file, or it is a folder, or it cannot be opened
    ├── WorkbookEmpty         the file has no content
    ├── NotAWorkbook          the content is something else, whatever the name says
    ├── WorkbookBroken        it begins like a workbook, but cannot be read to the end
    ├── WorkbookEncrypted     it is protected by a password
    ├── WorkbookTooLarge      more bytes, sheets or cells than any roster of a courtyard has
    ├── WorkbookBomb          it unpacks to far more than it may
    ├── NoHeaderFound         it is a workbook, but no sheet looks like the form that was asked for
    └── ColumnUnknown         a column seems to mean a field of the form, and nobody has said whether it does

Rows that are wrong are not refusals: they are issues of the preview.
"""

from __future__ import annotations

from collections.abc import Sequence

from yuanluo_tenants.errors import Invalid

__all__ = [
    "ColumnUnknown",
    "NoHeaderFound",
    "NotAWorkbook",
    "RowFailed",
    "WorkbookBomb",
    "WorkbookBroken",
    "WorkbookEmpty",
    "WorkbookEncrypted",
    "WorkbookMissing",
    "WorkbookRefused",
    "WorkbookTooLarge",
]


class RowFailed(Exception):  # what failed is its cause
    """Something other than a refusal came up at this row; what it was is the cause."""

    def __init__(self, sheet: str, row: int) -> None:
        super().__init__(f"row {row} of sheet {sheet!r}")
        self.sheet = sheet
        self.row = row


class WorkbookRefused(Invalid):
    """A file was refused before any row was read; `file` is its name without folders."""

    code = "WORKBOOK_REFUSED"

    def __init__(self, file: str, zh: str, en: str) -> None:
        file = file.encode("utf-8", "replace").decode()  # a name that is no text cannot be printed either
        super().__init__(f"文件“{file}”{zh}", f'the file "{file}" {en}', field="file")
        self.file = file


class WorkbookMissing(WorkbookRefused):
    """There is no file to read."""

    code = "WORKBOOK_MISSING"

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            "不存在或无法打开,请核对路径和权限后重试。",
            "does not exist or cannot be opened; check the path and the permissions, then try again.",
        )


class WorkbookEmpty(WorkbookRefused):
    """The file holds nothing."""

    code = "WORKBOOK_EMPTY"

    def __init__(self, file: str) -> None:
        super().__init__(file, "是空的,请重新导出或上传。", "is empty; save or upload it again.")


class NotAWorkbook(WorkbookRefused):
    """The content is not a workbook, whatever the name says."""

    code = "NOT_A_WORKBOOK"

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            "不是电子表格,请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。",
            "is not a workbook; open it in a spreadsheet program and save it as .xlsx.",
        )


class WorkbookBroken(WorkbookRefused):
    """The file begins like a workbook but cannot be read to the end.

    `line` is where the row of a .csv begins whose quoted text is not closed and swallows the rows after it.
    """

    code = "WORKBOOK_BROKEN"

    def __init__(self, file: str, line: int | None = None) -> None:
        if line is None:
            zh = "已损坏或不完整,请重新另存为 .xlsx 后再导入。"
            en = "is damaged or incomplete; save it again as .xlsx and import that copy."
        else:
            zh = f"第{line}行起的引号没有正确闭合,后面的行会被并入一格;请补上或删去该行的引号后再导入。"
            en = f"has a quotation mark in line {line} that is not closed in its row; close or delete it."
        super().__init__(file, zh, en)
        self.line = line


class WorkbookEncrypted(WorkbookRefused):
    """The workbook is protected by a password."""

    code = "WORKBOOK_ENCRYPTED"

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            "设有打开密码,请取消密码后另存再导入。",
            "is protected by a password; remove the password, save it, and import that copy.",
        )


class WorkbookTooLarge(WorkbookRefused):
    """The workbook is larger than any form of a courtyard."""

    code = "WORKBOOK_TOO_LARGE"

    def __init__(self, file: str, zh_limit: str, en_limit: str) -> None:
        super().__init__(
            file,
            f"过大(上限{zh_limit}),请拆分后再导入。",
            f"is too large (the limit is {en_limit}); split it and import the parts.",
        )


class WorkbookBomb(WorkbookRefused):
    """The file unpacks to far more than a workbook may."""

    code = "WORKBOOK_BOMB"

    def __init__(self, file: str) -> None:
        super().__init__(
            file,
            "解压后大小异常,疑似压缩炸弹,已拒绝读取;请核对来源后重新导出。",
            "would unpack to an abnormal size and was not read; check where it came from and export it again.",
        )


class NoHeaderFound(WorkbookRefused):
    """No sheet has the header row of the form that was asked for."""

    code = "NO_HEADER_FOUND"

    def __init__(self, file: str, title: str | None = None) -> None:
        wanted = f"“{title}”" if title else "任何一种已知表格"
        english = f'"{title}"' if title else "any known form"
        super().__init__(
            file,
            f"前10行中没有找到{wanted}的表头,请核对所选表格类型和列名。",
            f"has no header of {english} in its first ten rows; check the kind and the column titles.",
        )


class ColumnUnknown(WorkbookRefused):
    """Columns seem to mean fields of the form; `columns` are title, field and the field's own title (K11)."""

    code = "COLUMN_UNKNOWN"

    def __init__(self, file: str, columns: Sequence[tuple[str, str, str]]) -> None:
        titles = "、".join(f"“{title}”(似为“{meant}”)" for title, _, meant in columns)
        english = ", ".join(f"{title!r} (seems to mean {field})" for title, field, _ in columns)
        super().__init__(
            file,
            f"有不认识的列:{titles},未写入;请改列名,或指明其对应的字段,或声明略过。",
            f"has unknown columns: {english}; nothing was written: rename them, map them, or pass over them.",
        )
        self.columns = tuple(columns)
