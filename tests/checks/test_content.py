"""Cells that deceive: each fault by one rule, at its place, and no false alarm on what people write."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from building import places, write_dataset

from datapkg.checks import content
from datapkg.engine import blocks
from datapkg.findings import Severity
from datapkg.limits import Limits
from datapkg.validate import validate

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

# What people write; one cell each.
HONEST = """
SÃO PAULO|IRMÃ|MANHÃ—TARDE|CORAÇÃO…|JOÃO’S|JÄRVENPÄÄ–HELSINKI|„Spaß“|CAFÉ…|L’été “ok” – yes…|à…»|é…”|está»—dijo|FRANCÉS»
«Å»|5 Å²|5 Å³ of it|Å–bygd|ÂNGELO|NGUYỄN Văn Ấn|Việt Nam|Nº 5|Ø½"|2×½×½|Łódź, Žilina, Şanlıurfa|Côte d'Ivoire|Þór, Ægir
µm|μm|kΩ|β-carotene|TNF-α|TNFα|IFNγ|Aβ42|ΔΔG|λmax|νmax|αβγ|Ελλάδα|Москва|Україна їжак|БМП-2|Т-72Б3|Қазақстан|COVID-19а
第１回|ＮＨＫ放送|葛\U000e0100城|\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645|\u0647\u200d.\u0634|\u0915\u094d\u200d\u0937
\u0634\u0631\u0643\u0629 (abc)\u200f !|« café »|10 000|de 3 à\u00a0½|« santé\u00a0»|Société\u00a0© 2|NA
-5|+93 70 123 4567|-|--|-1.5e-3|-inf|-70.5, 34.1|1\ufe0f\u20e3|❤\ufe0f|\U0001f44d\U0001f3fd|x²|½ × ½
"""
DECEIVING = {
    "invisible-character": [
        "abc\u202egnp.exe", "\u2066x\u2069", "\ufeffalpha", "\ue000", "a\U000e0041", "so\u00adft", "a\u200bb", "Kab\u200cul",
        "a\u200db", "a\x07b", "x\u2060y",
        "a\ufe0fb", "\ufdd0", "a\u200e", "\u3164", "\U0001f468\u200da", "a\U0001fffe", "\u0634\u200c ", "\x1b[2J",
    ],
    "confusable-character": [
        "Кabul", "Kαbul", "αlpha", "аlpha", "Мoсква", "Кабyл", "Ѕyria", "inc2023а", "Аїr", "Ｋabul", "Ｋａｂｕｌ", "１２３",
    ],
    "mojibake": [
        "CafÃ©", "Itâ€™s", "Ð¼Ð¾Ñ\u0081", "ÃŽle", "SÃ£o", "PEÃ‘A", "MÃ“NICA", "Ã–sterreich", "voilÃ\u00a0", "Ã\u00a0 la",
        "10Â°", "Â«Â\u00a0mot", "â‚¬5", "caf\ufffd", "Viá»‡t", "æ—¥æœ¬", "ðŸ˜€", "РџСЂРёРІРµС‚", "Ø³Ù„Ø§Ù…", "ï»¿id",
        "Ã\u0089cole", "Å’uvre", "Å¡koda", "GarcÃ\u00ada", "×©×œ",
    ],
    "formula-like-cell": ["=1+1", "@SUM(1)", "+a", "-cmd|x", "\t=1+1", "\tx", "\uff1d1", '=DDE("cmd")', "+1+cmd|x!A0"],
    "line-break-character": ["a\u2028b", "a\u2029b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1eb"],
    "surrounding-space": [" a", "a ", "  ", "a\n", "\na", "\u00a0Kabul", "Kabul\u00a0", "Kabul\u202f"],
    "not-normalized": ["cafe\u0301", "\u1100\u1161", "\u212b"],
}  # fmt: skip


def table(folder: Path, texts: Iterable[str], columns: str = "id:string! text:string") -> Path:
    """A dataset whose second column holds the texts."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([f"k{number}", text] for number, text in enumerate(texts))
    path = write_dataset(folder, {"t": f"{columns}\n"})
    with (folder / "t.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(out.getvalue())
    return path


def test_what_people_write_is_no_fault(tmp_path: Path) -> None:
    texts = [text for line in HONEST.strip().splitlines() for text in line.split("|")]
    texts += [FAMILY, ENGLAND, "a\nb", "a\tb"]
    report = validate(table(tmp_path, texts).as_posix())
    assert [(f.code, f.place.value) for f in report.findings] == []
    assert report.datasets[0].tables[0].rows == len(texts)


@pytest.mark.parametrize("code", DECEIVING)
def test_each_fault_is_told_by_one_rule_at_its_cell(code: str, tmp_path: Path) -> None:
    texts = DECEIVING[code]
    report = validate(table(tmp_path, texts).as_posix())
    found = [(f.code, f.place.row, f.place.column, f.place.value) for f in report.findings]
    assert found == [(code, row, "text", text) for row, text in enumerate(texts, 1)]
    assert all("U+" in finding.message for finding in report.findings)


MESSAGES = {
    "a\u200bb": r"'a\u200bb' has what a reader does not see: U+200B ZERO WIDTH SPACE",
    "Кabul": "'Кabul' has К (U+041A CYRILLIC CAPITAL LETTER KA), which looks like K",
    "Мoсква": "'Мoсква' has o (U+006F LATIN SMALL LETTER O), which looks like о",
    "CafÃ©": "'CafÃ©' was read in the wrong encoding: Ã© (U+00C3 U+00A9); it should probably read 'Café'",
    "caf\ufffd": "'caf\ufffd' was read in the wrong encoding: \ufffd (U+FFFD) stands where letters were lost",
    "=1": "'=1' begins with U+003D EQUALS SIGN, as a formula does",
    "a ": "'a ' ends with U+0020 SPACE",
    "cafe\u0301": "'cafe\u0301' is not in the composed form of Unicode (NFC): U+0065 U+0301 for é (U+00E9)",
}


@pytest.mark.parametrize("text", MESSAGES)
def test_a_message_spells_the_code_points(text: str, tmp_path: Path) -> None:
    assert [f.message for f in validate(table(tmp_path, [text]).as_posix()).findings] == [MESSAGES[text]]


def test_a_cell_with_two_faults_is_told_of_both(tmp_path: Path) -> None:
    report = validate(table(tmp_path, ["Кabul\u200b CafÃ©"]).as_posix())
    assert [f.code for f in report.findings] == ["confusable-character", "invisible-character", "mojibake"]


STRICT = {
    "primary key": "id:integer text:string!",
    "unique": "id:string! text:string(unique=true)",
    "pattern": "id:string! text:string(pattern=[^q]*)",
}


@pytest.mark.parametrize("columns", STRICT.values(), ids=STRICT)
@pytest.mark.parametrize("text", ["5\u00a0km", "a\tb", "a\nb", "\u0634\u200f\u0634"])
def test_a_column_of_codes_takes_no_other_space_than_the_plain_one(columns: str, text: str, tmp_path: Path) -> None:
    path = table(tmp_path, [text], columns.replace("id:integer", "id:string"))
    assert [f.code for f in validate(path.as_posix()).findings] == ["invisible-character"]


def test_what_a_declared_rule_tells_is_told_once(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(
        cities="city:string!\nKabul\n",
        events="kind:string(pattern=[a-z]+) city:string→cities.city other:string(maxLength=3) n:integer\n"
        "a\\u200bb,Kabul \\u200b,ab\\u200bcd,1\\u200b\n",
    )
    assert [(code, column) for code, _, column, _ in places(validate(path.as_posix()))] == [
        ("constraint-error", "kind"),
        ("foreign-key", "city"),
        # A length says nothing of the letters.
        ("constraint-error", "other"),
        ("invisible-character", "other"),
        ("type-error", "n"),
    ]


def test_a_reference_is_judged_where_the_key_stands(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(
        cities="city:string!\nKa\\u200bbul\n", events="id:string! city:string→cities.city\na,Ka\\u200bbul\n"
    )
    report = validate(path.as_posix())
    assert [(f.code, f.place.table) for f in report.findings] == [("invisible-character", "cities")]


def test_a_reference_of_which_a_part_is_of_no_type_is_judged_itself(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(
        cities="a:string! b:integer!\nx,1\n", events="id:string! a:string b:integer\n1,x\\u200b,y\n2,x\\u200b,\n"
    )
    reference = '"fields": ["a", "b"], "reference": {"resource": "cities", "fields": ["a", "b"]}'
    text = path.read_text().replace('"primaryKey": [\n     "id"\n    ]', f'"foreignKeys": [{{{reference}}}]')
    assert reference in text
    path.write_text(text)
    assert [(code, line) for code, line, *_ in places(validate(path.as_posix()))] == [
        ("invisible-character", 2),
        ("type-error", 2),
        ("foreign-key", 3),
    ]


def test_bytes_that_are_no_text_are_told_once(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="id:string! text:string\na,caf\\xe9\n")
    assert {f.code for f in validate(path.as_posix()).findings} == {"encoding-error"}


def test_a_table_without_a_schema_and_one_in_parquet_are_judged_too(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    (tmp_path / "t.csv").write_text("id,text\n1,Ka\u200bbul\n-2,\n", encoding="utf-8")
    texts = ["Ka\u200bbul", None, "a\x07"]
    pyarrow.parquet.write_table(pyarrow.table({"id": [1, -2, 3], "text": texts}), tmp_path / "t.parquet")
    for name, rows in (("t.csv", [1]), ("t.parquet", [1, 3])):
        found = validate((tmp_path / name).as_posix()).findings
        assert [(f.code, f.place.row) for f in found] == [("invisible-character", row) for row in rows]


def test_counts_are_complete_and_rules_stand_in_no_ledger(tmp_path: Path) -> None:
    report = validate(table(tmp_path, ["Ka\u200bbul"] * 50).as_posix(), limits=Limits(findings=3))
    assert report.datasets[0].totals == (("invisible-character", "t", "text", 50, 3),)
    codes = {verdict.code for verdict in report.datasets[0].verdicts if verdict.listed}
    assert not codes & {rule.code for rule in (*content.RULES, content.NEAR_DUPLICATE)}


@pytest.mark.parametrize("size", range(3, 9))
def test_a_line_end_is_one_wherever_the_file_is_cut(size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "PIECE", size)
    path = write_dataset(tmp_path, {"t": "id:string! text:string\n"})
    for text, codes in (('"x\r\ny"', []), ('"x\ry"', ["line-ending"]), ('"\r"', ["line-ending"])):
        (tmp_path / "t.csv").write_bytes(f"id,text\r\na,{text}\r\n".encode())
        assert [f.code for f in validate(path.as_posix()).findings] == codes, text


KEYS = {
    "case and space": (["alpha", "alpha ", "ALPHA"], [(3, 2), (4, 2)]),
    "composed": (["caf\u00e9", "cafe\u0301"], [(3, 2)]),
    "alphabet": (["\u041aabul", "kabul"], [(3, 2)]),
    "whole word": (["\u0441\u043e\u0440\u0430", "copa"], [(3, 2)]),
    "case of another alphabet": (["\u0412\u0430\u0441\u044f", "\u0432\u0430\u0441\u044f"], [(3, 2)]),
    "not seen": (["ab", "a\u200bb"], [(3, 2)]),
    "wide": (["a1", "\uff411"], [(3, 2)]),
    "a repeat is a repeat": (["A", "a", "a"], [(3, 2)]),
    "others": (["a", "b", "a-b", "ab", "a1", "al"], []),
}


@pytest.mark.parametrize(("keys", "pairs"), KEYS.values(), ids=KEYS)
def test_keys_that_look_the_same(keys: list[str], pairs: list[tuple[int, int]], tmp_path: Path) -> None:
    path = write_dataset(tmp_path, {"t": "id:string!\n" + "".join(f"{key}\n" for key in keys)})
    found = [f for f in validate(path.as_posix()).findings if f.code == "near-duplicate-key"]
    assert [(f.place.line, int(f.message.split(" on line ")[1].split(";")[0])) for f in found] == pairs
    assert all(f.severity is Severity.WARNING for f in found)


def test_composite_keys_and_numbers_beside_them(make_dataset: Callable[..., Path]) -> None:
    path = make_dataset(t="a:string! n:integer!\nx,1\nX,1\nX,2\ny,\n", u="a:integer!\n1\n2\n")
    found = [f for f in validate(path.as_posix()).findings if f.code == "near-duplicate-key"]
    apart = "U+0058 LATIN CAPITAL LETTER X for U+0078 LATIN SMALL LETTER X"
    message = f"'X', '1' in a, n looks like 'x', '1' on line 2; they differ in {apart}"
    assert [(f.place.line, f.message) for f in found] == [(3, message)]


def test_a_long_word_is_explained_in_time(tmp_path: Path) -> None:
    texts = ["a" * 200_000 + "\u0430", "\u00c3\u00a9" * 100_000]
    found = validate(table(tmp_path, texts).as_posix()).findings
    assert [f.code for f in found] == ["confusable-character", "mojibake"]
