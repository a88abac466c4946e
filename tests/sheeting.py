"""A workbook of a few cells, written down as XLSX, ODS and XLS have it."""

import io
import zipfile
from struct import pack

TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKED = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: dict[str, list[str]]) -> bytes:
    """The bytes of an XLSX file. A row is a text of cells: `A1=text`, `B1=#12` a number, `C1=@45000` a date.

    `D1=!#DIV/0!` is an error, `E1=?1` a boolean. A row without cells is `5:`.
    """
    names = list(enumerate(sheets, 1))
    listed = "".join(f'<sheet name="{name}" sheetId="{number}" r:id="s{number}"/>' for number, name in names)
    linked = "".join(
        f'<Relationship Id="s{number}" Type="{LINKS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in names
    )
    styles = f'<Relationship Id="st" Type="{LINKS}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="r" Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/>'
    members = {
        "[Content_Types].xml": f'<Types xmlns="{PACKED}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKED}/relationships">{root}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKED}/relationships">{linked}{styles}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for number, name in names:
        rows = "".join(_row(row) for row in sheets[name])
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


def _row(text: str) -> str:
    cells = [cell.split("=", 1) for cell in text.split()]
    number = "".join(letter for letter in cells[0][0] if letter.isdigit())
    return f'<row r="{number}">{"".join(_cell(place, value) for place, value in cells)}</row>'


def _cell(place: str, value: str) -> str:
    kinds = {"#": "", "@": ' s="1"', "!": ' t="e"', "?": ' t="b"'}
    if value[:1] in kinds:
        return f'<c r="{place}"{kinds[value[0]]}><v>{value[1:]}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


OASIS = "urn:oasis:names:tc:opendocument:xmlns"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"


def document(rows: list[str]) -> bytes:
    """The bytes of an ODS file. A row is a text of cells: `text`, `#12`, `!Err:502` an error, `3*cell` three of them."""
    lines = []
    for row in rows:
        many, _, cells = row.rpartition("| ")
        repeated = f' table:number-rows-repeated="{many}"' if many else ""
        lines.append(f"<table:table-row{repeated}>{''.join(map(_ods_cell, cells.split()))}</table:table-row>")
    spaces = f'xmlns:office="{OASIS}:office:1.0" xmlns:table="{OASIS}:table:1.0" xmlns:text="{OASIS}:text:1.0"'
    inner = f'<table:table table:name="One">{"".join(lines)}</table:table>'
    text = f"<office:body><office:spreadsheet>{inner}</office:spreadsheet></office:body>"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces} xmlns:calcext="{CALC}">{text}</office:document-content>',
        )
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return file.getvalue()


def _ods_cell(text: str) -> str:
    many, _, value = text.rpartition("*")
    given = f' table:number-columns-repeated="{many}"' if many else ""
    if value == "-":
        return f"<table:table-cell{given}/>"
    kinds = {
        "#": f'office:value-type="float" office:value="{value[1:]}"',
        "!": 'office:value-type="string" office:string-value="" calcext:value-type="error"',
        "?": 'table:formula="of:=1/0" office:value-type="float" office:value="0"',
    }
    kind = kinds.get(value[0], 'office:value-type="string"')
    shown = value[1:] if value[0] in kinds else value
    return f"<table:table-cell{given} {kind}><text:p>{shown}</text:p></table:table-cell>"


def old_workbook(rows: list[list[str]], *, long: bool = True) -> bytes:
    """The bytes of an XLS file. A cell is `text`, `#12` a number, `!` an error, `?` a formula whose result is one.

    A `long` workbook has sectors of its own; a short one lies among the small ones.
    """
    sheet = _record(0x809, pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet += _old_cell(pack("<HHH", row, column, 0), cell) if cell else b""
    sheet += _record(0x0A, b"")
    head = _record(0x809, pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    at = len(head) + 4 + 11 + 4
    book = head + _record(0x85, pack("<IBBBB", at, 0, 0, 3, 0) + b"One") + _record(0x0A, b"") + sheet
    return _container(book.ljust(4096, b"\0") if long else book)


def _record(kind: int, body: bytes) -> bytes:
    return pack("<HH", kind, len(body)) + body


def _old_cell(place: bytes, cell: str) -> bytes:
    if cell[0] == "#":
        return _record(0x203, place + pack("<d", float(cell[1:])))
    if cell == "!":
        return _record(0x205, place + b"\x07\x01")
    if cell == "?":
        return _record(0x06, place + b"\x02\0\x07\0\0\0\xff\xff" + pack("<HIH", 0, 0, 3) + b"\x1e\x01\0")
    return _record(0x204, place + pack("<HB", len(cell), 0) + cell.encode())


def _container(book: bytes) -> bytes:
    """The file that holds a stream: tables of what follows each sector, a list of streams, and the sectors."""
    end, none = 0xFFFFFFFE, 0xFFFFFFFF
    size, short = len(book), len(book) < 4096
    many = -(-size // 512)
    book = book.ljust(many * 512, b"\0")
    pieces = -(-size // 64)
    small = [*range(1, pieces), end] if short else []
    follows = [0xFFFFFFFD, end, end, *range(4, 3 + many), end]

    def entry(name: str, kind: int, start: int, length: int, child: int = none) -> bytes:
        text = name.encode("utf-16-le")
        head = text.ljust(64, b"\0") + pack("<HBBIII", len(text) + 2, kind, 1, none, none, child)
        return head + bytes(36) + pack("<IQ", start, length)

    root = entry("Root Entry", 5, 3 if short else end, many * 512 if short else 0, 1)
    listed = root + entry("Workbook", 2, 0 if short else 3, size) + entry("", 0, 0, 0) * 2
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += pack("<IIIIIIIII", 1, 1, 0, 4096, 2 if short else end, int(short), end, 0, 0) + pack("<I", none) * 108
    table = b"".join(pack("<I", n) for n in [*follows, *[none] * (128 - len(follows))])
    within = b"".join(pack("<I", n) for n in [*small, *[none] * (128 - len(small))])
    return header + table + listed + within + book
