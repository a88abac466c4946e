"""A workbook of a few cells, written down as the XML that XLSX is made of."""

import io
import zipfile

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
