"""`datapkg fmt`: one form for each table, no other value, and no file that cannot be formatted without a guess."""

import csv
import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from building import write_dataset, write_project
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapkg.dialect import Dialect
from datapkg.engine import casts
from datapkg.engine.formatting import format_table
from datapkg.engine.opening import open_table
from datapkg.engine.rawcells import Unsafe, read_raw
from datapkg.engine.sql import name, text
from datapkg.errors import TargetError
from datapkg.fmt import Outcome, State, fmt
from datapkg.limits import Limits
from datapkg.resources import Table
from datapkg.schema import Schema, from_descriptor

DATAPKG = Path(sys.executable).with_name("datapkg")
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "type": "string"},
    {"name": "n", "type": "number"},
    {"name": "k", "type": "integer"},
    {"name": "day", "type": "date"},
    {"name": "yes", "type": "boolean"},
    {"name": "note", "type": "string"},
]
SCHEMA = from_descriptor({"fields": FIELDS, "primaryKey": ["id"], "missingValues": ["", "NA"]})
Format = Callable[..., "tuple[str, list[str]]"]


@pytest.fixture
def formatted(tmp_path: Path) -> Format:
    """formatted("id:integer! n:number\\n2,1.0\\n") writes the table, formats it and gives its text and what was told."""

    def run(table: str | bytes, descriptor: dict[str, Any] | None = None, **resource: Any) -> tuple[str, list[str]]:
        import json

        first, _, rest = (table.decode("latin-1") if isinstance(table, bytes) else table).partition("\n")
        path = write_dataset(tmp_path / "d", {"t": f"{first}\n"})
        given_ = json.loads(path.read_text()) | (descriptor or {})
        given_["resources"][0] |= resource
        path.write_text(json.dumps(given_))
        file = path.with_name("t.csv")
        body = rest.encode("latin-1") if isinstance(table, bytes) else rest.encode()
        file.write_bytes(body if resource.get("raw") or "whole" in first else file.read_bytes() + body)
        found = [outcome for outcome in fmt([path.as_posix()], None) if outcome.path == file]
        return file.read_bytes().decode("utf-8", "replace"), told(found)

    return run


def told(found: list[Outcome]) -> list[str]:
    return [f"{item.line}: {item.text}" for one in found for item in (*one.reasons, *one.notes)]


# ---------------------------------------------------------------- by hand


def test_rows_stand_by_key_and_each_cell_in_its_one_spelling(formatted: Format) -> None:
    table = (
        "id:integer! n:number when:date ok:boolean note:string\n10,1.50,2020-01-02,True,b\n9,+2, 2020-01-01 ,0, a \n"
    )
    assert formatted(table) == (
        "id,n,when,ok,note\n9,2,2020-01-01,false, a \n10,1.5,2020-01-02,true,b\n",
        ["2: 'note' begins or ends with white space; a text is kept as it is"],
    )


@pytest.mark.parametrize("of", ["schema", "field"])
@pytest.mark.parametrize(
    ("missing", "cells"),
    [
        (["", "-9", "-8"], ["", "", "", "5"]),
        ([{"value": "-9", "label": "refused"}, {"value": "-8"}, {"value": ""}], ["-9", "-8", "", "5"]),
    ],
)
def test_texts_for_no_value_that_say_why_stay_as_they_are(
    formatted: Format, of: str, missing: list[Any], cells: list[str]
) -> None:
    field = {"name": "n", "type": "integer"} | ({"missingValues": missing} if of == "field" else {})
    schema = {"fields": [{"name": "id", "type": "string"}, field]} | (
        {"missingValues": missing} if of == "schema" else {}
    )
    text, _ = formatted("id:string n:integer\na,-9\nb,-8\nc,\nd, 5\n", schema=schema)
    assert [line.split(",")[1] for line in text.splitlines()[1:]] == cells


def test_columns_stand_as_in_the_schema_under_its_names(formatted: Format) -> None:
    assert formatted("id:string! n:integer > n, id \n1,a\n")[0] == "id,n\na,1\n"
    assert formatted("a:string! n:integer s:string > s,a,n\n1,x,3\n")[0] == "a,n,s\nx,3,1\n"


def test_quotes_stand_only_where_they_must(formatted: Format) -> None:
    table = 'a:string! b:string\n"x","y z"\n"q""q","a,b"\n"l\nm","\'"\n'
    assert formatted(table)[0] == 'a,b\n"l\nm",\'\n"q""q","a,b"\nx,y z\n'


def test_an_empty_cell_of_a_single_column_is_no_blank_line(formatted: Format) -> None:
    assert formatted('a:string\n"x"\n""\n')[0] == 'a\nx\n""\n'


def test_what_a_line_could_be_taken_for_is_quoted(formatted: Format) -> None:
    assert formatted('a:string b:string\n"<<<<<<< x",1\n"=======",2\n')[0] == 'a,b\n"<<<<<<< x",1\n"=======",2\n'
    commented = {"dialect": {"delimiter": ",", "commentChar": "#"}}
    assert formatted('a:string b:string\n"#x",#1\n', **commented)[0] == 'a,b\n"#x",#1\n'


def test_a_carriage_return_in_a_cell_stays_there(formatted: Format) -> None:
    assert formatted(b'a:string! b:string\n"b\rc","x"\n"a",1\n')[0] == 'a,b\na,1\n"b\rc",x\n'


def test_marks_line_ends_and_blank_lines_are_no_data(formatted: Format) -> None:
    text = "whole a:string! b:string\n\ufeffa,b\r\nx,1\n\ny,2\r\n"
    assert formatted(text)[0] == "a,b\nx,1\ny,2\n"


def test_line_ends_are_those_that_the_dialect_declares(formatted: Format) -> None:
    declared = {"dialect": {"delimiter": ",", "lineTerminator": "\r\n"}}
    assert formatted("a:string! b:string\nx,1\n", **declared)[0] == "a,b\r\nx,1\r\n"


def test_lines_keep_the_ends_that_their_cells_hold(formatted: Format) -> None:
    text = 'whole a:string! b:string\na,b\r\nx,"1\r\n2"\r\nw,3\r\n'
    assert formatted(text)[0] == 'a,b\r\nw,3\r\nx,"1\r\n2"\r\n'


def test_comments_above_the_header_stay(formatted: Format) -> None:
    commented = {"dialect": {"delimiter": ",", "commentChar": "#"}}
    assert (
        formatted("whole a:string! b:string\n# one\n#two\na,b\nx,1.0\nb,2\n", **commented)[0]
        == "# one\n#two\na,b\nb,2\nx,1.0\n"
    )


def test_a_header_of_two_rows_stays(formatted: Format) -> None:
    rows = {"dialect": {"delimiter": ",", "headerRows": [1, 2]}}
    schema = {"schema": {"fields": [{"name": "a x"}, {"name": "b", "type": "number"}], "primaryKey": ["a x"]}}
    assert formatted("whole a:string\na,b\nx,\nq,1.0\np,2.50\n", **rows, **schema)[0] == "a,b\nx,\np,2.5\nq,1\n"


def test_a_table_without_a_key_keeps_its_order(formatted: Format) -> None:
    assert formatted("a:string n:number\nz,1.0\nb,2\na,3\n")[0] == "a,n\nz,1\nb,2\na,3\n"


def test_equal_keys_and_keys_of_no_type_keep_an_order_of_their_own(formatted: Format) -> None:
    assert formatted("a:integer! n:integer\nx,1\n2,2\n2,1\n10,0\n,5\n")[0] == "a,n\n2,2\n2,1\n10,0\n,5\nx,1\n"


def test_what_is_of_no_type_or_may_be_a_code_is_kept_and_told_at_its_new_line(formatted: Format) -> None:
    text, notes = formatted("id:string! n:number k:integer note:string\nb,1.2.3,007,e\u0301\na,2.0,1,\n")
    assert text == "id,n,k,note\na,2,1,\nb,1.2.3,007,e\u0301\n"
    assert notes == [
        "3: 'n' is no number, and was kept as it is",
        "3: 'k' begins with a zero that may mean something, and was kept as it is",
        "3: 'note' is not in Unicode's form NFC; a text is kept as it is",
    ]


def test_many_kept_cells_are_counted(formatted: Format) -> None:
    notes = formatted("id:integer! n:integer\n" + "".join(f"{n},x\n" for n in range(20)))[1]
    assert [note.partition(":")[0] for note in notes] == ["2", "3", "4", "5", "6"]
    assert notes[-1].endswith("kept as it is (and 15 more)")


REFUSED = [
    (
        'a:string! b:string\n"x,1\n',
        "2: a quote opens the cell, and no quote before a delimiter or a line end closes it",
    ),
    ("a:string! b:string\nx,1,2\n", "2: the row has 3 cells where the header has 2"),
    ("a:string! b:string\ny,1\nx\n", "3: the row has 1 cells where the header has 2"),
    ("a:string! b:string\ny,1\n<<<<<<< ours\nx,1\n=======\nx,2\n>>>>>>> theirs\n", "3: an unresolved merge conflict"),
    ("a:string! b:string > a,c\nx,1\n", "1: the file has a column 'c' where its schema has 'b'"),
    ("a:string! b:string > a\nx\n", "1: the column 'b' of its schema is not in the file"),
    ("a:string! b:string > a,b,a\nx,1,2\n", "1: the file has two columns 'a'"),
    (b"a:string! b:string\nx,\xe9\n", "2: bytes that are no text of utf-8: 0xe9 at character 3 of the line"),
    (b"a:string! b:string\nx,\0\n", "2: the cell holds a NUL byte"),
    ("a:string\nx\n\ny\n", "3: a blank line, which may be meant as an empty cell"),
    ("whole a:string\n", "1: the file is empty"),
    ("a:string! b:string\nx\ry,1\n", "2: a carriage return stands without its line feed"),
    ("whole a:string\n<html><body>a</body></html>\n", "1: it is an HTML page"),
]


@pytest.mark.parametrize(("table", "reason"), REFUSED, ids=[reason[3:40] for _, reason in REFUSED])
def test_what_cannot_be_formatted_without_a_guess_is_left_alone(
    formatted: Format, tmp_path: Path, table: str | bytes, reason: str
) -> None:
    reasons = formatted(table)[1]
    assert reason in reasons
    body = (table if isinstance(table, bytes) else table.encode()).partition(b"\n")[2]
    assert (tmp_path / "d" / "t.csv").read_bytes().endswith(body)


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        ({"encoding": "iso-8859-1"}, "its encoding is declared as iso-8859-1; only UTF-8 is written"),
        ({"bytes": 12}, "its descriptor declares its bytes, which another spelling would belie"),
        (
            {"hash": "md5:0cc175b9c0f1b6a831c399e269772661"},
            "its descriptor declares its hash, which another spelling would belie",
        ),
        ({"compression": "gz"}, "the file is compressed (gz)"),
        ({"format": "parquet"}, "Parquet has one form already"),
        (
            {"dialect": {"delimiter": ",", "commentChar": "#"}, "x": "#c\n"},
            "a comment between rows would lose its place",
        ),
    ],
)
def test_what_is_another_form_or_would_be_belied_is_left_alone(
    formatted: Format, resource: dict[str, Any], reason: str
) -> None:
    more = resource.pop("x", "")
    text_, reasons = formatted(f"a:string! n:number\nx,1.0\n{more}b,2\n", **resource)
    assert text_ == f"a,n\nx,1.0\n{more}b,2\n"
    assert [line.partition(": ")[2] for line in reasons] == [reason]


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a,b\nx,1\n\n")
    (tmp_path / "t.csv").symlink_to("real.csv")
    (outcome,) = fmt([(tmp_path / "t.csv").as_posix()], None)
    assert (outcome.state, outcome.reasons[0].text) == (
        State.REFUSED,
        "t.csv is a symbolic link, and links are not written through",
    )
    assert (tmp_path / "t.csv").is_symlink()


def test_a_release_is_never_changed(tmp_path: Path) -> None:
    descriptor = write_dataset(tmp_path, {"t": "a:string! n:number\nx,1.0\n"})
    (tmp_path / "SHA256SUMS").write_text("")
    before = files(tmp_path)
    (outcome,) = fmt([descriptor.as_posix()], None)
    assert (outcome.state, told([outcome])) == (State.REFUSED, ["None: it is a release, and a release never changes"])
    assert files(tmp_path) == before


def test_every_file_of_a_table_is_formatted_by_itself(tmp_path: Path) -> None:
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}]
    resource = {
        "name": "t",
        "path": ["1.csv", "2.csv"],
        "dialect": {"delimiter": ","},
        "schema": {"fields": fields, "primaryKey": ["a"]},
    }
    descriptor = write_dataset(tmp_path, {}, descriptor={"resources": [resource]})
    (tmp_path / "1.csv").write_text("a,b\n3,1.0\n1,2\n")
    (tmp_path / "2.csv").write_text("a,b\n9,1\n2,+2\n")
    list(fmt([descriptor.as_posix()], None))
    assert ((tmp_path / "1.csv").read_text(), (tmp_path / "2.csv").read_text()) == (
        "a,b\n1,2\n3,1\n",
        "a,b\n2,2\n9,1\n",
    )


def test_a_file_of_two_tables_is_formatted_once(tmp_path: Path) -> None:
    one = {"name": "t", "path": "t.csv", "type": "table", "dialect": {"delimiter": ","}}
    descriptor = write_dataset(tmp_path, {}, descriptor={"resources": [one, one | {"name": "u"}]})
    (tmp_path / "t.csv").write_text('a\n"x"\n')
    found = [(outcome.state, told([outcome])) for outcome in fmt([descriptor.as_posix()], None)][1:]
    assert found == [(State.CHANGED, []), (State.LEFT, ["None: it was formatted as the table t"])]


# ---------------------------------------------------------------- laws

NASTY = st.text(st.sampled_from(list("ab,;\t|\"\\#<=> \n\r\u00e9e\u0301\u202e0'")), max_size=8)
CELLS = {
    "id": st.text(st.sampled_from("abcABC-_019 "), min_size=1, max_size=4),
    "n": st.one_of(
        st.floats(allow_nan=False).map(repr), st.sampled_from(["1.0", "+2", "007", " 3", "1e5", "NA", "", "x", "-0"])
    ),
    "k": st.one_of(st.integers(-(10**6), 10**6).map(str), st.sampled_from(["+1", "00", "NA", "1.5", "", " 7 "])),
    "day": st.one_of(st.dates().map(str), st.sampled_from(["", "NA", " 2020-01-02", "2020-13-01"])),
    "yes": st.sampled_from(["true", "True", "0", "1", "", "NA", "maybe", " false"]),
    "note": NASTY,
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), max_size=8, unique_by=lambda row: row["id"])
MARKED = st.sampled_from([b"", b"\xef\xbb\xbf"])


def file_of(rows: list[dict[str, str]], order: list[str], delimiter: str, *, all_quoted: bool, end: str) -> bytes:
    """The rows as other programs write them; a carriage return is always in quotes."""

    def cell(value: str) -> str:
        plain = not all_quoted and not set(value) & {delimiter, '"', "\n", "\r"}
        return value if plain else '"' + value.replace('"', '""') + '"'

    lines = [delimiter.join(map(cell, order)), *(delimiter.join(cell(row[label]) for label in order) for row in rows)]
    return "".join(line + end for line in lines).encode()


def ours(path: Path, dialect: Dialect) -> Counter[tuple[Any, ...]]:
    """The typed values as the reader of `validate` has them; of a cell that it does not trust, nothing."""
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        table = Table("t", (path,), ("t",), "csv", SCHEMA, dialect)
        opened = open_table(con, table, scratch=Path(folder), limits=Limits())
        cells = []
        for column in SCHEMA.columns:
            cell = name(opened.cells[opened.positions[column.name]])
            trimmed = cell if column.type == "string" else f"trim({cell}, {text(' ')})"
            known = f"CASE WHEN {trimmed} IN ('', 'NA') THEN NULL ELSE {casts.value(column, trimmed)} END"
            cells.append(f"CAST({known} AS DOUBLE)" if column.type == "number" else known)
        return Counter(map(repr, con.execute(f"SELECT {', '.join(cells)} FROM ({opened.source})").fetchall()))  # type: ignore[arg-type]


def theirs(path: Path, delimiter: str) -> Counter[str]:
    """The typed values as frictionless has them."""
    from frictionless import Dialect as Theirs
    from frictionless import Resource
    from frictionless import Schema as TheirSchema
    from frictionless.formats import CsvControl

    control = CsvControl(delimiter=delimiter, double_quote=True, skip_initial_space=False)
    fields = [dict(field) for field in FIELDS]
    schema = TheirSchema.from_descriptor({"fields": fields, "missingValues": ["", "NA"]})
    labels = next(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=delimiter))
    schema.fields = [schema.get_field(label) for label in labels]
    dialect = Theirs(controls=[control], header_rows=[1])
    with Resource(
        path=path.name, basepath=str(path.parent), schema=schema, dialect=dialect, encoding="utf-8-sig"
    ) as resource:
        order = [field["name"] for field in FIELDS]
        return Counter(repr([_bare(row[label]) for label in order]) for row in resource.row_stream)


def _bare(value: Any) -> Any:
    """Decimals are equal whatever their zeros, and texts are themselves."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return "-0" if value.is_signed() and not value else value.normalize() if value.is_finite() else str(value)
    return value


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ROWS, st.permutations(list(CELLS)), st.sampled_from(",;\t|"), st.booleans(), st.sampled_from(["\n", "\r\n"]), MARKED
)
def test_formatting_is_idempotent_sorted_and_changes_no_value_for_two_readers(
    tmp_path: Path,
    rows: list[dict[str, str]],
    order: list[str],
    delimiter: str,
    all_quoted: bool,
    end: str,
    mark: bytes,
) -> None:
    path, dialect = tmp_path / "t.csv", Dialect(delimiter=delimiter)
    # Frictionless takes a date with white space around it for none; that is all that formatting may mend.
    bare = [
        {label: cell if label in ("id", "note") else cell.strip(" ") for label, cell in row.items()} for row in rows
    ]
    path.write_bytes(mark + file_of(bare, order, delimiter, all_quoted=all_quoted, end=end))
    trusted = not any("\r" in row["note"] for row in rows)
    before = (ours(path, dialect), theirs(path, delimiter)) if trusted else None
    path.write_bytes(mark + file_of(rows, order, delimiter, all_quoted=all_quoted, end=end))
    once = written(path, dialect)
    path.write_bytes(once)
    assert before is None or before == (ours(path, dialect), theirs(path, delimiter))
    assert written(path, dialect) == once
    told_ = list(csv.reader(io.StringIO(once.decode(), newline=""), delimiter=delimiter))
    assert told_[0] == list(CELLS)
    keys = [row[0] for row in told_[1:]]
    assert keys == sorted(keys)
    assert Counter((row[0], row[5]) for row in told_[1:]) == Counter((row["id"], row["note"]) for row in rows)


def written(path: Path, dialect: Dialect, schema: Schema | None = SCHEMA) -> bytes:
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        table = Table("t", (path,), ("t",), "csv", schema, dialect)
        return format_table(con, table, Path(folder), Limits()).written.read_bytes()


DIALECTS = [
    Dialect(),
    Dialect(delimiter="::"),
    Dialect(quote="'"),
    Dialect(quote=None, escape="\\"),
    Dialect(escape="\\", double_quote=False),
    Dialect(escape="^"),
    Dialect(skip_initial_space=True),
    Dialect(comment="#"),
    Dialect(comment="<"),
    Dialect(header=False, header_rows=()),
    Dialect(line_end="\r\n", delimiter="\t"),
    Dialect(delimiter="|", quote=None, escape="\\", comment="#", skip_initial_space=True),
]


def spelt(cells: list[str], dialect: Dialect) -> str:
    """A row with every mark that its dialect allows: no cell can be taken for another."""
    quote, escape = dialect.quote, dialect.escape
    if quote is None:
        assert escape is not None
        return dialect.delimiter.join("".join(escape + letter for letter in cell) for cell in cells)
    inner = [cell.replace(escape, escape * 2) if escape else cell for cell in cells]
    double = quote * 2 if dialect.double_quote else f"{escape}{quote}"
    return dialect.delimiter.join(quote + cell.replace(quote, double) + quote for cell in inner)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(DIALECTS), st.lists(st.tuples(NASTY.filter(bool), NASTY), min_size=1, max_size=6))
def test_in_any_dialect_no_text_changes(tmp_path: Path, dialect: Dialect, rows: list[tuple[str, str]]) -> None:
    path, end = tmp_path / "t.csv", dialect.line_end or "\n"
    lines = [*([spelt(["a", "b"], dialect)] if dialect.header else []), *(spelt(list(row), dialect) for row in rows)]
    path.write_bytes("".join(line + end for line in lines).encode())
    schema = from_descriptor({"fields": [{"name": "a", "type": "string"}, {"name": "b", "type": "string"}]})
    try:
        once = written(path, dialect, schema)
    except Unsafe:
        # Without quotes a cell that begins a line with a mark, or is empty, may have no other way to be written.
        assert dialect.quote is None
        return
    path.write_bytes(once)
    assert written(path, dialect, schema) == once
    assert texts_of(path, dialect, schema) == rows
    simple = dialect.quote is not None and len(dialect.delimiter) == 1 and not dialect.comment
    if simple and not any("\r" in cell for row in rows for cell in row):
        options: dict[str, Any] = {"quotechar": dialect.quote, "escapechar": dialect.escape}
        options |= {"doublequote": dialect.double_quote, "skipinitialspace": dialect.skip_initial_space}
        told_ = list(csv.reader(io.StringIO(once.decode(), newline=""), delimiter=dialect.delimiter, **options))
        assert [tuple(row) for row in told_[int(dialect.header) :]] == rows


def texts_of(path: Path, dialect: Dialect, schema: Schema) -> list[tuple[str, ...]]:
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        raw = read_raw(con, Table("t", (path,), ("t",), "csv", schema, dialect), Path(folder), Limits())
        return [row[1:] for row in sorted(con.execute(f"SELECT * FROM ({raw.opened.source})").fetchall())]


# ---------------------------------------------------------------- targets, and the command


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write_project(tmp_path / "p", {"t": "id:string! n:number\nb,1.0\na,2\n"}, waivers="[]\n")
    (root / "schemas" / "t.yaml").write_text(
        "# the law\nfields:\n- {name: id,   type: string}\n- name: n # a number\n  type: number\nprimaryKey: [ id ]\n"
    )
    return root


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([DATAPKG, "fmt", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_check_and_diff_write_nothing_and_say_what_would_change(project: Path) -> None:
    before = files(project)
    done = run("--check", cwd=project)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("3 would be formatted")
    shown = run("--diff", cwd=project / "datasets")
    assert shown.returncode == 1
    assert (
        "--- a/datasets/example/data/t.csv\n+++ b/datasets/example/data/t.csv\n@@ -1,3 +1,3 @@\n id,n\n-b,1.0\n a,2\n+b,1\n"
        in shown.stdout
    )
    assert files(project) == before


def test_a_project_is_formatted_with_its_schemas_and_then_stays(project: Path) -> None:
    done = run(cwd=project)
    assert (done.returncode, done.stdout) == (0, "")
    assert (project / "datasets/example/data/t.csv").read_text() == "id,n\na,2\nb,1\n"
    schema = (
        "# the law\nfields:\n  - {name: id, type: string}\n  - name: n # a number\n    type: number\nprimaryKey: [id]\n"
    )
    assert (project / "schemas/t.yaml").read_text() == schema
    after = files(project)
    again = run("--check", cwd=project)
    assert (again.returncode, files(project)) == (0, after)


@pytest.mark.parametrize(
    "target", ["example", "datasets/example", "datasets/example/datapackage.yaml", "datasets/example/data/t.csv"]
)
def test_targets(project: Path, target: str) -> None:
    done = run(target, *(["--schema", "schemas/t.yaml"] if target.endswith("csv") else []), cwd=project)
    assert (done.returncode, (project / "datasets/example/data/t.csv").read_text()) == (0, "id,n\na,2\nb,1\n")


def test_a_refused_file_is_told_with_its_line_and_the_others_are_formatted(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p", {"t": "id:string! n:number\nb,1.0\n", "u": "id:string!\nb,1\n\x1b[31m\n"})
    done = run(cwd=root)
    assert done.returncode == 1
    assert (
        "datasets/example/data/u.csv:2: error: not formatted: the row has 2 cells where the header has 1" in done.stderr
    )
    assert "\x1b" not in done.stderr
    assert (root / "datasets/example/data/t.csv").read_text() == "id,n\nb,1\n"
    assert run("-q", cwd=root).stderr == ""


def test_there_is_nothing_to_format(tmp_path: Path) -> None:
    done = run("nothing.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "error: there is no nothing.csv\n")
    with pytest.raises(TargetError):
        list(fmt([], None))


def test_permissions_stay_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a\n"x"\n')
    path.chmod(0o640)
    (tmp_path / ".datapkg-new-0123456789abcdef").write_text("of a run that was killed")
    list(fmt([path.as_posix()], None))
    assert (path.read_text(), path.stat().st_mode & 0o777, names_in(tmp_path)) == ("a\nx\n", 0o640, ["t.csv"])


def test_a_file_that_changes_meanwhile_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datapkg.errors import OutputError

    path = tmp_path / "t.csv"
    path.write_text('a\n"x"\n')

    def slow(*given_: Any, **more: Any) -> Any:
        found = format_table(*given_, **more)
        path.write_text("a\nsomebody else\n")
        return found

    monkeypatch.setattr("datapkg.fmt.format_table", slow)
    with pytest.raises(OutputError, match="was changed by another process meanwhile"):
        list(fmt([path.as_posix()], None))
    assert (path.read_text(), names_in(tmp_path)) == ("a\nsomebody else\n", ["t.csv"])


def test_two_at_once_leave_one_sound_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "".join(f'"{n}"\n' for n in range(20_000)))
    command = [str(DATAPKG), "fmt", "t.csv"]
    both = [subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[1] for process in both]
    assert {process.returncode for process in both} <= {0, 2}, said
    assert (path.read_text(), names_in(tmp_path)) == ("a\n" + "".join(f"{n}\n" for n in range(20_000)), ["t.csv"])
