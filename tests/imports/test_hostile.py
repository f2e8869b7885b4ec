"""Files that mean harm, or are not what they are called: refused in seconds, in bounded memory, with a reason."""

import resource
import struct
import time
import zipfile
from datetime import date

import pytest

from ledger.imports import refusals
from ledger.imports.read import MEMORY, check_apart
from ledger.imports.sheets import read_sheets

TODAY = date(2026, 11, 24)
SECONDS = 20
"""How long the slowest refusal may take on a busy machine."""

WORKBOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>%s</sheets></workbook>'
)
SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
PREFIXED = (
    '<?xml version="1.0"?><x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<x:sheetData>%s</x:sheetData></x:worksheet>"
)
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>'
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
WORKSHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def package(path, *sheets):
    """Write an XLSX by hand, its sheets as XML."""
    numbers = range(1, len(sheets) + 1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("[Content_Types].xml", TYPES)
        target.writestr(
            "_rels/.rels", RELATIONS % f'<Relationship Id="r1" Type="{DOCUMENT}" Target="xl/workbook.xml"/>'
        )
        target.writestr(
            "xl/workbook.xml", WORKBOOK % "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        )
        links = "".join(
            f'<Relationship Id="r{n}" Type="{WORKSHEET}" Target="worksheets/sheet{n}.xml"/>' for n in numbers
        )
        target.writestr("xl/_rels/workbook.xml.rels", RELATIONS % links)
        for number, sheet in zip(numbers, sheets, strict=True):
            target.writestr(f"xl/worksheets/sheet{number}.xml", sheet)
    return path


def cell(address, text="酒"):
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


LIST = f'<row r="1">{cell("A1", "品名")}{cell("B1", "单位")}{cell("C1", "数量")}</row>'


@pytest.fixture
def refused(tmp_path):
    """Check a file as the server does; return the code of the refusal, and hold it to its bounds."""

    def refused(path):
        start = time.monotonic()
        with pytest.raises(refusals.LedgerError) as refusal:
            check_apart(path, tmp_path / "staged", mapping={}, taught={}, today=TODAY)
        assert time.monotonic() - start < SECONDS
        assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < MEMORY
        assert str(refusal.value)
        return refusal.value.code

    return refused


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "list.xlsx"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n ,,\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not_a_table"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "not_a_table"),
        (b"%PDF-1.7 \n", "not_a_table"),
        (b"<html><table><tr><td>\xe5\x93\x81</td></tr></table></html>", "not_a_table"),
        (b'<?xml version="1.0"?><Workbook/>', "not_a_table"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "not_a_table"),
        (bytes(range(256)) * 8, "not_a_table"),
        (b"PK\x03\x04" + bytes(200), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5000), "damaged"),
    ],
)
def test_what_is_no_table_is_refused_whatever_it_is_called(refused, write, content, code):
    assert refused(write(content)) == code


def test_a_document_in_a_package_is_no_table(refused, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as target:
        target.writestr("word/document.xml", "<w/>")

    assert refused(tmp_path / "a.xlsx") == "not_a_table"


def test_a_cut_off_workbook_is_damaged(refused, xlsx, write):
    content = xlsx([["品名", "单位", "数量"]]).read_bytes()

    assert refused(write(content[: len(content) // 2])) == "damaged"


def test_a_workbook_with_macros_is_refused(refused, tmp_path):
    path = tmp_path / "a.xlsx"
    package(path, SHEET % LIST)
    with zipfile.ZipFile(path, "a") as target:
        target.writestr("xl/vbaProject.bin", b"x")

    assert refused(path) == "has_macros"


def test_a_workbook_with_a_password_is_refused(refused, write):
    assert refused(write(compound({"EncryptionInfo": b"x" * 5000, "EncryptedPackage": b"y" * 5000}))) == "protected"


def test_an_old_document_is_no_table(refused, write):
    assert refused(write(compound({"WordDocument": b"x" * 5000}))) == "not_a_table"


def test_an_old_workbook_with_macros_is_refused(refused, write):
    assert refused(write(compound({"_VBA_PROJECT_CUR": b"x" * 5000, "Workbook": b"y" * 5000}))) == "has_macros"


def test_a_bomb_is_refused_by_its_directory(refused, tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/workbook.xml", "<workbook/>")
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(200):
                part.write(bytes(1 << 20))

    assert path.stat().st_size < 1 << 20
    assert refused(path) == "file_too_heavy"


def test_two_cells_at_the_far_corners_are_refused_before_room_is_made(tmp_path):
    path = package(
        tmp_path / "a.xlsx", SHEET % f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'
    )

    with pytest.raises(refusals.FileTooHeavy):
        read_sheets(path)


@pytest.mark.parametrize("far", ["A200001", "GS1", "XFD1", "A1048576"])
def test_a_cell_far_away_is_refused(tmp_path, far):
    row = far.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    path = package(tmp_path / "a.xlsx", SHEET % f'{LIST}<row r="{row}">{cell(far)}</row>')

    with pytest.raises(refusals.FileTooHeavy):
        read_sheets(path)


def test_empty_cells_far_away_do_not_matter(tmp_path):
    path = package(tmp_path / "a.xlsx", SHEET % f'{LIST}<row r="1048576"><c r="XFD1048576" s="1"/></row>')

    assert [len(sheet.rows) for sheet in read_sheets(path)] == [1]


def test_cells_without_addresses_are_counted(tmp_path):
    line = "<row><c><v>1</v></c></row>"
    path = package(tmp_path / "a.xlsx", SHEET % f"{line * 200_001}<row><c><f>1</f></c></row>")

    with pytest.raises(refusals.FileTooHeavy):
        read_sheets(path)


def test_ten_million_empty_rows_are_trimmed_or_refused(refused, tmp_path):
    rows = "".join(f'<row r="{number}"/>' for number in range(2, 1_000_002))

    assert refused(package(tmp_path / "a.xlsx", *[SHEET % rows] * 10)) in ("empty", "file_too_heavy")


def test_too_many_cells_in_all_are_refused(refused, tmp_path):
    corner = SHEET % f'<row r="1">{cell("A1")}</row><row r="190000">{cell("GA190000")}</row>'

    assert refused(package(tmp_path / "a.xlsx", corner)) == "file_too_heavy"


def test_declared_entities_are_refused(refused, tmp_path):
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    sheet = (SHEET % "<row r='1'><c r='A1'><f>1</f><v>1</v></c></row>").replace("?>", f"?>{bomb}", 1)

    assert refused(package(tmp_path / "a.xlsx", sheet)) == "damaged"


def test_a_row_without_a_proper_number_is_damaged(refused, tmp_path):
    assert refused(package(tmp_path / "a.xlsx", SHEET % '<row r="x"><c r="A1"><f>1</f></c></row>')) == "damaged"


@pytest.mark.parametrize("line", ["酒" * 3_000_000, "酒," * 3_000_000, '"' + "酒" * 3_000_000])
def test_a_text_of_one_endless_line_is_refused(refused, write, line):
    assert refused(write(line.encode())) == "file_too_heavy"


def test_a_text_of_too_many_lines_is_refused(refused, write):
    assert refused(write("酒,瓶,1\n".encode() * 200_001)) == "file_too_heavy"


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET % f'{LIST}<row r="2">{cell("A2")}{cell("B2", "瓶")}<c r="C2"><f>1+1</f><v>2</v></c></row>',
        SHEET % f'{LIST}<row r="2">{cell("A2")}{cell("B2", "瓶")}<c r="C2"><f t="shared" si="0"/><v>2</v></c></row>',
        SHEET % f"{LIST}<row r='2'>{cell('A2')}{cell('B2', '瓶')}<c r='C2'><f>1+1</f><v>2</v></c></row>",
        PREFIXED
        % f'{LIST}<row r="2">{cell("A2")}{cell("B2", "瓶")}<c r="C2"><f>1+1</f><v>2</v></c></row>'.replace("</", "</x:")
        .replace("<", "<x:")
        .replace("<x:/x:", "</x:"),
    ],
)
def test_a_formula_is_seen_however_it_is_written(tmp_path, check, sheet):
    found = check(package(tmp_path / "a.xlsx", sheet))

    assert found.errors == [(2, "C", "formula")]


def test_a_list_of_errors_alone_is_told_in_bounds(csv, check, monkeypatch):
    monkeypatch.setattr("ledger.imports.rows.MOST_ERRORS", 5)

    found = check(csv("品名,单位,数量\n" + ",,约3\n" * 4 + "酒,瓶,1\n"))

    assert (found.head["bad_rows"], found.head["good_rows"], found.head["rows"]) == (4, 1, 5)
    assert (len(found.errors), found.head["errors_left_out"]) == (5, 7)


def test_a_list_of_nothing_but_strokes_says_that_it_has_no_heading(csv, check):
    assert check(csv("——,——\n/,/\n")).errors == [(1, "", "no_header")]


@pytest.mark.parametrize("size", [(0, 2**31, 0, 2), (9, 1, 0, 2), (0, 1, 5, 2), (0, 1, 0, 300)])
def test_an_old_workbook_of_an_impossible_size_is_damaged(refused, write, size):
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0))
    book = begin + record(0x0200, struct.pack("<IIHHH", *size, 0)) + record(0x000A)

    assert refused(write(compound({"Workbook": book.ljust(5000, b"\0")}))) == "damaged"


def test_a_fault_of_the_program_is_not_blamed_on_the_file(tmp_path):
    with pytest.raises(RuntimeError, match="FileNotFoundError"):
        check_apart(tmp_path / "missing", tmp_path / "staged", mapping={}, taught={}, today=TODAY)


def compound(streams):
    """Write a compound file: header, one sector of allocation, directory, then the streams."""
    size, end = 512, 0xFFFFFFFE
    names = ["Root Entry", *streams]
    directory_sectors = -(-len(names) // 4)
    following = [0xFFFFFFFD, *range(2, directory_sectors + 1), end]
    entries, body = [(5, end, 0)], b""
    for content in streams.values():
        first, count = len(following), -(-len(content) // size)
        following += [*range(first + 1, first + count), end]
        entries.append((2, first, len(content)))
        body += content.ljust(count * size, b"\0")
    directory = b""
    for name, (kind, first, length) in zip(names, entries, strict=True):
        coded = (name + "\0").encode("utf-16-le")
        links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, 1 if kind == 5 else 0xFFFFFFFF)
        directory += coded.ljust(64, b"\0") + struct.pack("<HBB", len(coded), kind, 1) + links + bytes(36)
        directory += struct.pack("<IQ", first, length)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    table = struct.pack(f"<{len(following)}I", *following).ljust(size, b"\xff")
    return header + table + directory.ljust(directory_sectors * size, b"\0") + body


def record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def label(row, column, text):
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def test_an_old_workbook_is_read_and_its_formulas_seen(check, write):
    begin, name = struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0), "清单".encode("utf-16-le")
    cells = b"".join(label(0, column, text) for column, text in enumerate(("品名", "单位", "数量")))
    cells += label(1, 0, "白酒") + label(1, 1, "瓶") + record(0x0203, struct.pack("<HHHd", 1, 2, 0, 12))
    cells += label(2, 0, "红酒") + label(2, 1, "瓶")
    cells += record(0x0006, struct.pack("<HHHdHI", 2, 2, 0, 24, 0, 0) + struct.pack("<H", 3) + b"\x1e\x18\x00")
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x10, 0, 0, 0, 0)) + cells + record(0x000A)
    start = len(record(0x0809, begin)) + 4 + 8 + len(name) + 4
    bound = record(0x0085, struct.pack("<IHBB", start, 0, 2, 1) + name)
    book = record(0x0809, begin) + bound + record(0x000A) + sheet

    found = check(write(compound({"Workbook": book.ljust(5000, b"\0")})))

    assert found.names == ["白酒"]
    assert found.errors == [(3, "C", "formula")]
