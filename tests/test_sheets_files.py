"""Opening files: what is refused and how fast, what is read besides .xlsx, and what a workbook may contain."""

from __future__ import annotations

import datetime as dt
import os
import struct
import subprocess
import sys
import textwrap
import zipfile

import pytest
from pace import processor_seconds, steps
from sheets_support import OWNER, PARTY, SAMPLES, TODAY, Book, codes, moment, row_of

from yuanluo.sheets import (
    OWNER_ROSTER,
    NotAWorkbook,
    WorkbookBomb,
    WorkbookBroken,
    WorkbookEmpty,
    WorkbookEncrypted,
    WorkbookMissing,
    WorkbookRefused,
    WorkbookTooLarge,
    open_workbook,
    preview,
)
from yuanluo.sheets.grid import GridBuilder
from yuanluo_party.roster import PARTY_ROSTER

SAMPLE = next(SAMPLES.glob("01*.xlsx"))
MEBIBYTE = 1024 * 1024


def refused(path):
    with pytest.raises(WorkbookRefused) as caught:
        open_workbook(path)
    error = caught.value
    assert error.file == path.name
    for sentence in (error.zh, error.en):
        assert path.name in sentence
        assert "\n" not in sentence
        assert str(path.parent) not in sentence
    assert error.stable_code == type(error).code
    return type(error)


def workbook_xml(path, sheet, *, styles=None, book="", parts=None):
    """Write a minimal .xlsx around the XML of one sheet."""
    namespace = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(
            "xl/workbook.xml",
            f'<workbook {namespace} xmlns:r="{relations}">{book}'
            '<sheets><sheet name="甲" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        made.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships><Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="r2" Type="{relations}/styles" Target="/xl/styles.xml"/>'
            f'<Relationship Id="r3" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        made.writestr(
            "xl/worksheets/sheet1.xml",
            sheet if isinstance(sheet, bytes) else sheet.replace("<worksheet", f"<worksheet {namespace}"),
        )
        if styles:
            made.writestr("xl/styles.xml", f"<styleSheet {namespace}>{styles}</styleSheet>")
        for name, content in (parts or {}).items():
            made.writestr(name, content)
    return path


def cells(path):
    return open_workbook(path).grids[0].rows


def test_a_missing_file_and_a_folder(tmp_path):
    assert refused(tmp_path / "无.xlsx") is WorkbookMissing
    assert refused(tmp_path) is WorkbookMissing


def test_an_empty_file(tmp_path):
    path = tmp_path / "空.xlsx"
    path.touch()
    assert refused(path) is WorkbookEmpty


@pytest.mark.parametrize(
    "content",
    [
        b"hello, world\n",
        "姓名,性别\n张三,男\n".encode(),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"%PDF-1.7",
        b"<html><table></table></html>",
    ],
)
def test_something_else_named_xlsx(tmp_path, content):
    path = tmp_path / "假.xlsx"
    path.write_bytes(content)
    assert refused(path) is NotAWorkbook


def test_an_archive_that_is_no_workbook(tmp_path):
    path = tmp_path / "压缩包.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("说明.txt", "x")
    assert refused(path) is NotAWorkbook


def test_a_text_document_of_the_same_family(tmp_path):
    path = tmp_path / "文档.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(
            "_rels/.rels",
            '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        made.writestr("word/document.xml", "<document/>")
    assert refused(path) is NotAWorkbook


@pytest.mark.parametrize("kept", [100, 2000, 5000])
def test_a_workbook_cut_short(tmp_path, kept):
    path = tmp_path / "断.xlsx"
    path.write_bytes(SAMPLE.read_bytes()[:kept])
    assert refused(path) is WorkbookBroken


def test_a_workbook_with_damaged_bytes(tmp_path):
    content = bytearray(SAMPLE.read_bytes())
    with zipfile.ZipFile(SAMPLE) as sample:
        entry = sample.getinfo("xl/worksheets/sheet1.xml")
    start = entry.header_offset + 60
    content[start : start + 40] = bytes(40)
    path = tmp_path / "坏.xlsx"
    path.write_bytes(content)
    assert refused(path) is WorkbookBroken


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row></sheetData></worksheet>",
        '<worksheet><sheetData><row r="x"/></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="A9999999"><v>1</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>7</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row r="1"><c r="A1"><v>x</v></c></row></sheetData></worksheet>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>',
        b"\x00\x01",
    ],
)
def test_a_sheet_that_is_no_sheet(tmp_path, sheet):
    assert refused(workbook_xml(tmp_path / "乱.xlsx", sheet)) is WorkbookBroken


def test_a_billion_laughs_are_not_laughed(tmp_path):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<!DOCTYPE w [<!ENTITY e0 "ha">{entities}]>'
    sheet += '<worksheet><sheetData><row><c t="inlineStr"><is><t>&e9;</t></is></c></row></sheetData></worksheet>'
    assert refused(workbook_xml(tmp_path / "笑.xlsx", sheet.encode())) is WorkbookBroken


def test_a_password_protected_workbook(tmp_path):
    path = tmp_path / "密.xlsx"
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
    )
    assert refused(path) is WorkbookEncrypted


def test_an_archive_with_a_password(tmp_path):
    content = bytearray(SAMPLE.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    path = tmp_path / "密.xlsx"
    path.write_bytes(content)
    assert refused(path) is WorkbookEncrypted


def test_an_old_word_document_named_xls(tmp_path):
    path = tmp_path / "旧.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "WordDocument".encode("utf-16-le"))
    assert refused(path) is NotAWorkbook


def test_a_large_file_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "大.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/media/photo.jpg", os.urandom(21 * MEBIBYTE))
    assert refused(path) is WorkbookTooLarge


def test_a_bomb_declared_in_the_directory_is_refused(tmp_path):
    path = tmp_path / "弹.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.writestr("xl/worksheets/sheet1.xml", bytes(30 * MEBIBYTE))
    assert path.stat().st_size < MEBIBYTE
    assert refused(path) is WorkbookBomb


def test_a_bomb_that_lies_about_its_size_is_not_inflated(tmp_path):
    path = tmp_path / "弹.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b"<workbook>" + bytes(30 * MEBIBYTE))
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<L", 1000)
    path.write_bytes(content)
    assert refused(path) is WorkbookBroken


def test_inflating_stops_at_the_limit(tmp_path):
    noise = os.urandom(MEBIBYTE // 2).translate(b"abcd" * 64) + b"--><!--"
    path = tmp_path / "慢.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("xl/workbook.xml", b"<workbook><!--" + noise * 99 + b"--></workbook>")
    assert refused(path) is WorkbookTooLarge


def test_one_endless_tag_is_given_up_early(tmp_path):
    path = tmp_path / "长.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("xl/workbook.xml", b"<workbook><!--" + os.urandom(MEBIBYTE).translate(b"abcd" * 64) * 30)
    assert processor_seconds(lambda: refused(path)) < 5  # quadratic, it takes minutes
    assert refused(path) is WorkbookBroken


def test_a_directory_of_absurd_length_is_not_read(tmp_path):
    path = tmp_path / "目录.xlsx"
    with zipfile.ZipFile(path, "w") as made:
        for number in range(5000):
            made.writestr(f"xl/{number}", b"")
    assert refused(path) is WorkbookBomb


def test_overlapping_entries_are_a_bomb(tmp_path):
    path = tmp_path / "叠.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", os.urandom(50_000))
    content = path.read_bytes()
    directory, end = content.find(b"PK\x01\x02"), content.find(b"PK\x05\x06")
    entry = content[directory:end]
    record = bytearray(content[end:])
    record[8:16] = struct.pack("<2HL", 10, 10, 10 * len(entry))
    path.write_bytes(content[:directory] + entry * 10 + bytes(record))
    assert refused(path) is WorkbookBomb


def test_a_bomb_of_thirty_megabytes_on_disk_is_refused_fast_and_small(tmp_path):
    path = tmp_path / "三十兆.xlsx"
    zeros = bytes(MEBIBYTE)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        with made.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as entry:
            for _ in range(1500):
                entry.write(zeros)
        made.writestr("xl/media/noise", os.urandom(30 * MEBIBYTE), zipfile.ZIP_STORED)
    assert path.stat().st_size > 30 * MEBIBYTE
    program = """
        import re, sys, time
        from pathlib import Path
        from yuanluo.sheets import WorkbookBomb, open_workbook
        try:
            open_workbook(sys.argv[1])
        except WorkbookBomb:
            print(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1], time.process_time())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), str(path)], capture_output=True, text=True, check=True
    )
    kilobytes, seconds = done.stdout.split()
    assert int(kilobytes) < 200 * 1024
    assert float(seconds) < 25  # of the processor; unpacked whole, it takes minutes


def test_a_sheet_claiming_all_of_excel_costs_what_is_written(tmp_path):
    header = "".join(f'<c t="inlineStr"><is><t>{label}</t></is></c>' for label in PARTY)
    sheet = (
        '<worksheet><dimension ref="A1:XFD1048576"/><sheetData>'
        f'<row r="1">{header}</row><row r="2"><c r="B2" t="inlineStr"><is><t>张三</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576" s="1"/></row></sheetData>'
        '<mergeCells><mergeCell ref="A3:XFD1048576"/><mergeCell ref="B2:B1048576"/></mergeCells></worksheet>'
    )
    path = workbook_xml(tmp_path / "空旷.xlsx", sheet)
    steps(lambda: preview(PARTY_ROSTER, path, today=TODAY), 500_000)
    result = preview(PARTY_ROSTER, path, today=TODAY)
    assert [record["name"] for record in result.records] == ["张三"]
    assert result.skipped_rows == ()


def test_merges_over_a_far_last_row_are_limited(tmp_path):
    header = "".join(f'<c t="inlineStr"><is><t>{label}</t></is></c>' for label in PARTY)
    merges = "".join(f'<mergeCell ref="{chr(65 + n)}2:{chr(65 + n)}1048576"/>' for n in range(14))
    row = "".join(f'<c r="{chr(65 + n)}2"><v>1</v></c>' for n in range(14))
    last = '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'
    rows = f'<row r="1">{header}</row><row r="2">{row}</row>{last}'
    sheet = f"<worksheet><sheetData>{rows}</sheetData><mergeCells>{merges}</mergeCells></worksheet>"
    with pytest.raises(WorkbookTooLarge):
        preview(PARTY_ROSTER, workbook_xml(tmp_path / "合并.xlsx", sheet), today=TODAY)


def test_too_many_written_cells_are_refused():
    builder = GridBuilder("多.xlsx", left=2)
    builder.put(1, 1, "甲")
    builder.put(1, 2, "  ")
    builder.put(1, 3, 0)
    with pytest.raises(WorkbookTooLarge):
        builder.put(2, 1, "乙")


def test_cells_keep_their_types(tmp_path):
    sheet = (
        '<worksheet><sheetData><row r="2"><c r="B2"><v>15</v></c><c><v>15.5</v></c><c t="b"><v>1</v></c>'
        '<c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>甲</v></c><c><f>A1</f></c><c t="str"><f>A1</f><v></v></c>'
        '<c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="d"><v>2026-10-08T00:00:00</v></c>'
        "</row></sheetData></worksheet>"
    )
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<si><r><t>王</t></r><r><t xml:space="preserve"> 秀英</t></r>'
        "<rPh><t>wang</t></rPh></si><si><t>一_x000a_二</t></si></sst>"
    )
    grid = open_workbook(workbook_xml(tmp_path / "型.xlsx", sheet, parts={"xl/sharedStrings.xml": strings})).grids[0]
    row = grid.rows[2]
    assert (row[2], row[3], row[4], row[5].text, row[6]) == (15, 15.5, True, "#REF!", "甲")
    assert type(row[2]) is int
    assert 7 not in row
    assert 8 not in row
    assert (row[9], row[10], row[11]) == ("王 秀英", "一\n二", moment("2026-10-08"))
    assert grid.last_row == 2


def test_half_a_character_is_replaced_and_two_halves_are_one(tmp_path):
    sheet = (
        '<worksheet><sheetData><row><c t="str"><v>张_xD83D__xDE00_三</v></c><c t="str"><v>李_xD800_四</v></c></row>'
        "</sheetData></worksheet>"
    )
    row = cells(workbook_xml(tmp_path / "半.xlsx", sheet))[1]
    assert (row[1], row[2]) == ("张😀三", "李\ufffd四")


def test_a_row_without_height_is_hidden(tmp_path):
    sheet = (
        '<worksheet><sheetData><row ht="0" customHeight="1"/><row ht="0.75"/><row hidden="1"/></sheetData></worksheet>'
    )
    assert open_workbook(workbook_xml(tmp_path / "高.xlsx", sheet)).grids[0].hidden == {1, 3}


def test_numbers_in_date_formats_are_dates(tmp_path):
    formats = ["yyyy.mm.dd", "[$-804]yyyy年m月d日", '"d"0', "0.00", "General", "[Red]0", "[h]:mm"]
    styles = (
        "<numFmts>"
        + "".join(
            f'<numFmt numFmtId="{170 + n}" formatCode="{code.replace(chr(34), "&quot;")}"/>'
            for n, code in enumerate(formats)
        )
        + "</numFmts>"
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="31"/><xf numFmtId="57"/>'
        + "".join(f'<xf numFmtId="{170 + n}"/>' for n in range(len(formats)))
        + '</cellXfs><dxfs><dxf><numFmt numFmtId="31" formatCode="@"/></dxf></dxfs>'
    )
    sheet = (
        '<worksheet><sheetData><row r="1">'
        + "".join(f'<c s="{n}"><v>18172</v></c>' for n in range(11))
        + "</row></sheetData></worksheet>"
    )
    row = cells(workbook_xml(tmp_path / "日期.xlsx", sheet, styles=styles))[1]
    assert [column for column, cell in row.items() if isinstance(cell, dt.datetime)] == [2, 3, 4, 5, 6, 11]
    assert row[2] == moment("1949-10-01")


def test_a_workbook_may_count_from_1904(tmp_path):
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    sheet = '<worksheet><sheetData><row><c s="1"><v>44843</v></c><c><v>44843</v></c></row></sheetData></worksheet>'
    book = open_workbook(workbook_xml(tmp_path / "苹果.xlsx", sheet, styles=styles, book='<workbookPr date1904="1"/>'))
    assert book.epoch_1904
    assert book.grids[0].rows[1][1] == moment("2026-10-10")


def test_the_day_before_the_false_leap_day_is_right(tmp_path):
    styles = '<cellXfs><xf numFmtId="14"/></cellXfs>'
    numbers = "".join(f'<c s="0"><v>{number}</v></c>' for number in (59, 61, 0.5))
    sheet = f"<worksheet><sheetData><row>{numbers}</row></sheetData></worksheet>"
    row = cells(workbook_xml(tmp_path / "闰.xlsx", sheet, styles=styles))[1]
    assert (row[1], row[2], row[3]) == (moment("1900-02-28"), moment("1900-03-01"), 0.5)


def test_the_hash_is_that_of_the_file():
    import hashlib

    assert open_workbook(SAMPLE).file_sha256 == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_csv_file_is_read_in_either_encoding(tmp_path, encoding, separator):
    path = tmp_path / "名册.csv"
    lines = [PARTY, row_of(PARTY, 姓名="张三", 身份证号="510100195207141010", 入党时间="1975.07.01", 备注='"甲\n乙"')]
    path.write_bytes("\r\n".join(separator.join(str(cell or "") for cell in line) for line in lines).encode(encoding))
    result = preview(PARTY_ROSTER, path, today=TODAY)
    assert [sheet.name for sheet in result.sheets] == ["名册"]
    assert codes(result) == []
    (record,) = result.records
    assert (record["birth"], record["joined_on"], record["remark"]) == ("1952-07-14", "1975-07-01", "甲 乙")


def test_a_csv_file_with_an_open_quote_is_refused_rather_than_read_short(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text('姓名,性别,民族,备注\n张三,男,汉,"甲\n李四,男,汉,乙\n', "utf-8")
    assert refused(path) is WorkbookBroken


def test_a_csv_file_may_write_its_numbers_as_formulas_of_text(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text('姓名,身份证号,联系电话\n张三,="510100195207141010","=""15400000101"""\n', "utf-8")
    (record,) = preview(PARTY_ROSTER, path, today=TODAY).records
    assert (record["id_number"], record["phone"]) == ("510100195207141010", "15400000101")


def test_a_csv_file_may_break_lines_within_a_cell_by_a_vertical_tab(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_bytes("姓名,性别,民族,备注\r\n张三,男,汉,甲\v乙\r\n".encode("gb18030"))
    (record,) = preview(PARTY_ROSTER, path, today=TODAY).records
    assert record["remark"] == "甲 乙"


def test_a_text_without_columns_is_no_table(tmp_path):
    path = tmp_path / "名册.csv"
    path.write_text("只有一列\n又一行\n", "utf-8")
    assert refused(path) is NotAWorkbook


def ods(path, rows):
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        made.writestr("META-INF/manifest.xml", "<manifest/>")
        made.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}"'
            ' office:version="1.2"><office:body><office:spreadsheet>'
            f'<table:table table:name="甲">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return path


def ods_row(labels, repeated=1):
    def cell(value):
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, (int, float)):
            number = f'office:value-type="float" office:value="{value}"'
            return f"<table:table-cell {number}><text:p>{value}</text:p></table:table-cell>"
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(map(cell, labels))}</table:table-row>'


def test_an_ods_workbook_is_read(tmp_path):
    row = row_of(OWNER, 楼栋=1, 单元="一单元", 房号=101, 建筑面积=58.32, 产权人="甲")
    cell = '<table:table-cell table:number-columns-repeated="16384"/>'
    empty = f'<table:table-row table:number-rows-repeated="1048000">{cell}</table:table-row>'
    path = ods(tmp_path / "名册.ods", ods_row(["业主花名册"]) + ods_row(OWNER) + ods_row(row) + empty)
    result = preview(OWNER_ROSTER, path, today=TODAY)
    assert [(record["row"], record["room_key"], record["area_c"]) for record in result.records] == [
        (3, "1-1-101", 5832)
    ]


def test_an_ods_workbook_that_unfolds_too_far_is_refused(tmp_path):
    assert refused(ods(tmp_path / "名册.ods", ods_row(OWNER, repeated=1_000_000))) is WorkbookTooLarge


def test_an_old_xls_that_is_broken_is_refused(tmp_path):
    path = tmp_path / "旧.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + "Workbook".encode("utf-16-le") + bytes(2000))
    assert refused(path) is WorkbookBroken


def test_five_thousand_rows_take_about_a_second(tmp_path):
    book = Book(tmp_path / "大.xlsx")
    book.sheet(
        [
            PARTY,
            *(
                row_of(
                    PARTY,
                    姓名="张三",
                    出生年月="1952.07",
                    入党时间="1975.07.01",
                    联系电话="15400000101",
                    住址="1栋1单元301",
                )
                for _ in range(5000)
            ),
        ]
    )
    book.book.save(book.path)
    assert preview(PARTY_ROSTER, book.path, today=TODAY).counts.records == 5000
    steps(lambda: preview(PARTY_ROSTER, book.path, today=TODAY), 6_000_000)
