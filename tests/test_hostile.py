"""Hostile packages, one a line: what is hostile, and the code of the error wanted; `-` is no error.

Nothing here may raise, pass unseen or reach out of its folder, however strange it is. What one
kind of input does in detail is tested beside the function that judges it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datapkg.errors import TargetError
from datapkg.findings import Report
from datapkg.validate import validate

GOOD = "id,name\n1,alpha\n2,beta\n"
ID = {"name": "id", "type": "integer"}
NAME = {"name": "name", "type": "string"}
Rows = list[tuple[str, Any, str]]


def resource(**given: Any) -> dict[str, Any]:
    """A resource of which everything is harmless that is not given."""
    harmless = {"name": "data", "type": "table", "path": "data.csv", "format": "csv"}
    return {**harmless, "dialect": {"delimiter": ","}, "schema": {"fields": [ID, NAME]}, **given}


def package(*resources: dict[str, Any], **given: Any) -> str:
    """The text of a descriptor."""
    return json.dumps({"name": "example", "resources": resources or (resource(),), **given})


def codes(folder: Path, text: str | bytes, data: str | bytes = GOOD, file: str = "data.csv") -> set[str]:
    """The codes of the errors of a package whose one file is `data`."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
    descriptor = folder / "datapackage.json"
    descriptor.write_bytes(text.encode() if isinstance(text, str) else text)
    return errors(validate(descriptor.as_posix()))


def errors(report: Report) -> set[str]:
    """The codes of a report's errors, `-` where there is none; one in it means exit 1."""
    found = {finding.code for finding in report.findings if finding.severity == "error"}
    assert bool(found) == report.failed("error")
    return found or {"-"}


def table(rows: Rows) -> Callable[..., Any]:
    """Rows as cases of a test, each named by its first word."""
    return pytest.mark.parametrize(("hostile", "wanted"), [pytest.param(*row[1:], id=row[0]) for row in rows])


PATHS: Rows = [
    ("absolute", "/etc/passwd", "unsafe-path"),
    ("parent", "../data.csv", "unsafe-path"),
    ("parents", "../../../../etc/passwd", "unsafe-path"),
    ("parent behind a folder", "sub/../../data.csv", "unsafe-path"),
    ("only the parent", "..", "unsafe-path"),
    ("the parent at the end", "sub/..", "unsafe-path"),
    ("backslashes", "..\\..\\x.csv", "unsafe-path"),
    ("a drive", "C:\\x.csv", "unsafe-path"),
    ("a share", "\\\\server\\x.csv", "unsafe-path"),
    ("a home", "~/x.csv", "unsafe-path"),
    ("another's home", "~root/x.csv", "unsafe-path"),
    ("a variable", "$HOME/x.csv", "unsafe-path"),
    ("a variable in braces", "${HOME}/x.csv", "unsafe-path"),
    ("a variable of Windows", "%USERPROFILE%/x.csv", "unsafe-path"),
    ("percent-encoded parents", "%2e%2e/%2e%2e/x.csv", "unsafe-path"),
    ("NUL", "data.csv\0.txt", "unsafe-path"),
    ("a line feed", "data\n.csv", "unsafe-path"),
    ("an escape", "da\x1b[2Jta.csv", "unsafe-path"),
    ("empty", "", "unsafe-path"),
    ("the folder", ".", "unsafe-path"),
    ("hidden", ".env", "unsafe-path"),
    ("hidden folder", ".git/config", "unsafe-path"),
    ("a file URL", "file:///etc/passwd", "unsafe-path"),
    ("a file URL in capitals", "FILE:///etc/passwd", "unsafe-path"),
    ("HTTP", "http://127.0.0.1:9/x.csv", "scheme-error"),
    ("the address of machine secrets", "http://169.254.169.254/latest/x.csv", "scheme-error"),
    ("FTP", "ftp://127.0.0.1/x.csv", "scheme-error"),
    ("a bucket", "s3://bucket/x.csv", "scheme-error"),
    ("a database", "sqlite:///x.db", "scheme-error"),
    ("standard input", "-", "scheme-error"),
    ("data in the path", "data:text/csv,id%2Cname", "scheme-error"),
    ("a star", "*.csv", "scheme-error"),
    ("a device", "con.csv", "unsafe-path"),
    ("a folder that is a device", "aux/x.csv", "unsafe-path"),
    ("a point", "./data.csv", "unsafe-path"),
    ("a list with one bad", ["data.csv", "../x.csv"], "unsafe-path"),
    ("longer than a path", "x" * 5000, "unsafe-path"),
    ("deeper than a path", "a/" * 5000 + "x.csv", "unsafe-path"),
    ("no text", 5, "resource-error"),
    ("an object", {"a": 1}, "resource-error"),
    ("an empty list", [], "resource-error"),
]


@table(PATHS)
def test_path(tmp_path: Path, hostile: Any, wanted: str) -> None:
    assert wanted in codes(tmp_path, package(resource(path=hostile)))


PARTS: Rows = [
    ("a schema above", {"schema": "../../secret.json"}, "unsafe-path"),
    ("a schema by HTTP", {"schema": "http://127.0.0.1:9/s.json"}, "scheme-error"),
    ("a dialect of the machine", {"dialect": "/etc/passwd"}, "unsafe-path"),
    ("the data as schema", {"schema": "data.csv"}, "schema-error"),
    ("a number as schema", {"schema": 5}, "schema-error"),
    ("a number as dialect of CSV", {"dialect": {"csv": 5}}, "dialect-error"),
    ("standard input beside a path", {"scheme": "stdin"}, "scheme-error"),
    ("a list as dialect", {"dialect": [1]}, "dialect-error"),
    ("more paths, one above", {"extrapaths": ["../x.csv"]}, "unsafe-path"),
    ("bytes without end", {"bytes": "x"}, "resource-error"),
    ("a list as hash", {"hash": ["x"]}, "resource-error"),
]


@table(PARTS)
def test_part(tmp_path: Path, hostile: dict[str, Any], wanted: str) -> None:
    assert wanted in codes(tmp_path, package(resource(**hostile)))


def pipe(place: Path) -> None:
    os.mkfifo(place)


def link(to: str) -> Callable[[Path], None]:
    return lambda place: place.symlink_to(to)


SPECIAL: Rows = [
    ("a link out", link("/etc/passwd"), "unsafe-path"),
    ("a link to the environment", link("/proc/self/environ"), "unsafe-path"),
    ("a link without end", link("/dev/zero"), "unsafe-path"),
    ("a link to itself", link("data.csv"), "unsafe-path"),
    ("a link inside", link("datapackage.json"), "unsafe-path"),
    ("a pipe", pipe, "unsafe-path"),
    ("a folder", Path.mkdir, "unsafe-path"),
]


@table(SPECIAL)
def test_file_that_is_none(tmp_path: Path, hostile: Callable[[Path], None], wanted: str) -> None:
    hostile(tmp_path / "data.csv")
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(package())
    assert wanted in errors(validate(descriptor.as_posix()))


NAMES: Rows = [
    ("parents", "../../x", "resource-error"),
    ("a slash", "a/b", "resource-error"),
    ("an escape", "a\x1b[2Jb", "resource-error"),
    ("a line feed", "a\nb", "resource-error"),
    ("NUL", "a\0b", "resource-error"),
    ("a quote", 'a";drop', "resource-error"),
    ("right to left", "a\u202eb", "resource-error"),
    ("a number", 5, "resource-error"),
    ("a system's table", "sqlite_master", "-"),
    ("a system's schema", "information_schema", "-"),
    ("a schema of ours", "judged", "-"),
    ("the default schema", "main", "-"),
    ("a word of SQL", "select", "-"),
]


@table(NAMES)
def test_name_of_a_table(tmp_path: Path, hostile: Any, wanted: str) -> None:
    assert wanted in codes(tmp_path, package(resource(name=hostile)))


TWICE: Rows = [
    ("the same name", ("data", "data"), "resource-error"),
    ("letters of another case", ("data", "Data"), "resource-error"),
    ("letters in another form", ("caf\u00e9", "cafe\u0301"), "resource-error"),
]


@table(TWICE)
def test_two_tables(tmp_path: Path, hostile: tuple[str, str], wanted: str) -> None:
    assert wanted in codes(tmp_path, package(*(resource(name=name) for name in hostile)))


VERSIONS: Rows = [
    ("a number", 1, "package-error"),
    ("a truth", True, "package-error"),
    ("a list", [], "package-error"),
]


@table(VERSIONS)
def test_version(tmp_path: Path, hostile: Any, wanted: str) -> None:
    assert wanted in codes(tmp_path, package(version=hostile))


COLUMNS: Rows = [
    ("a double quote", 'a"b', "-"),
    ("a quote and a statement", 'a"; DROP TABLE data; --', "-"),
    ("a single quote", "o'brien", "-"),
    ("a comment", "a--b", "-"),
    ("an open comment", "/*", "-"),
    ("a call", "read_text('/etc/passwd')", "-"),
    ("a star", "*", "-"),
    ("a word of SQL", "select", "-"),
    ("percent", "%s", "-"),
    ("braces", "{0.__class__}", "-"),
    ("a template", "{{7*7}}", "-"),
    ("a dot", "a.b", "-"),
    ("the index of a data frame", "__index_level_0__", "-"),
    ("the rows of DuckDB", "rowid", "-"),
    ("a column of ours", "datapkg:line", "-"),
    ("a thousand letters", "c" * 1000, "-"),
    ("a tab", "a\tb", "schema-error"),
    ("a line feed", "a\nb", "schema-error"),
    ("NUL", "a\0b", "schema-error"),
    ("right to left", "a\u202eb", "schema-error"),
    ("nothing seen", "a\u200bb", "schema-error"),
    ("empty", "", "schema-error"),
    ("a space at both edges", " a ", "schema-error"),
    ("the same name", "id", "schema-error"),
    ("another case", "ID", "schema-error"),
    ("the numbers of rows", "datapkg:row", "schema-error"),
    ("a number", 7, "field-error"),
]


@table(COLUMNS)
def test_name_of_a_column(tmp_path: Path, hostile: Any, wanted: str) -> None:
    label = '"' + str(hostile).replace('"', '""') + '"'
    schema = {"fields": [ID, {"name": hostile, "type": "string"}]}
    assert wanted in codes(tmp_path, package(resource(schema=schema)), f"id,{label}\n1,a\n")


SQL: Rows = [
    ("writes a file", "COPY data TO 'out.csv'", "rule-forbidden"),
    ("reads a file", "SELECT * FROM read_text('/etc/passwd')", "rule-forbidden"),
    ("reads a file in a subquery", "SELECT 1 WHERE 'a' IN (SELECT content FROM read_text('x'))", "rule-forbidden"),
    ("reads a file behind a comment", "SELECT * FROM read_text/**/('/etc/passwd')", "rule-forbidden"),
    ("lists files", "SELECT * FROM glob('/etc/*')", "rule-forbidden"),
    ("sniffs a file", "FROM sniff_csv('/etc/passwd')", "rule-forbidden"),
    ("names a file", "SELECT * FROM '/etc/passwd.csv'", "rule-forbidden"),
    ("fetches", "SELECT * FROM 'http://127.0.0.1:9/x.csv'", "rule-forbidden"),
    ("reads the environment", "SELECT GeTeNv('HOME')", "rule-forbidden"),
    ("reads a setting", "SELECT current_setting('temp_directory')", "rule-forbidden"),
    ("reads all settings", "SELECT * FROM duckdb_settings()", "rule-forbidden"),
    ("attaches", "ATTACH 'x.db' AS x", "rule-forbidden"),
    ("installs", "INSTALL httpfs", "rule-forbidden"),
    ("loads", "LOAD '/tmp/evil.duckdb_extension'", "rule-forbidden"),
    ("exports", "EXPORT DATABASE 'x'", "rule-forbidden"),
    ("unlocks", "SET lock_configuration=false", "rule-forbidden"),
    ("takes memory", "PRAGMA memory_limit='100GB'", "rule-forbidden"),
    ("calls", "CALL enable_logging()", "rule-forbidden"),
    ("drops", "DROP TABLE data", "rule-forbidden"),
    ("updates", "UPDATE data SET name='x' RETURNING *", "rule-forbidden"),
    ("deletes", "DELETE FROM data", "rule-forbidden"),
    ("inserts", "INSERT INTO data VALUES (3,'c')", "rule-forbidden"),
    ("does two things", "SELECT 1; DROP TABLE data", "rule-forbidden"),
    ("makes a macro", "CREATE MACRO main.count(x) AS 0", "rule-forbidden"),
    ("makes a secret", "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')", "rule-forbidden"),
    ("has a second statement in it", "SELECT * FROM query('FROM read_text(''/etc/passwd'')')", "rule-forbidden"),
]


def test_rule_that_is_no_text(make_project: Callable[..., Any]) -> None:
    project = make_project({"data": "id:integer\n1\n"}, sql={"evil": ""})
    (project.schemas / "cross" / "evil.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    (finding,) = [finding for finding in validate(project=project).findings if finding.severity == "error"]
    assert (finding.code, "at byte 9" in finding.message) == ("rule-forbidden", True)


@table(SQL)
def test_rule_in_sql(judge_project: Callable[..., Report], hostile: str, wanted: str) -> None:
    found = errors(judge_project({"data": "id:integer,name:string\n1,alpha\n"}, sql={"evil": hostile}))
    assert wanted in found


BYTES: Rows = [
    ("Latin-1", "id,name\n1,café\n".encode("latin-1"), "encoding-error"),
    ("UTF-16", "id,name\n1,a\n".encode("utf-16"), "encoding-error"),
    ("UTF-32", "id,name\n1,a\n".encode("utf-32"), "encoding-error"),
    ("Shift JIS, whose second byte is a backslash", "id,name\n1,表\n".encode("shift_jis"), "encoding-error"),
    ("too long a form", b"id,name\n1,\xc0\xaf\n", "encoding-error"),
    ("half a pair", b"id,name\n1,\xed\xa0\x80\n", "encoding-error"),
    ("cut in a letter", b"id,name\n1,caf\xc3", "encoding-error"),
    ("wrong in the end", b"id,name\n" + b"1,a\n" * 20_000 + b"2,\xe9\n", "encoding-error"),
    ("a mark", b"\xef\xbb\xbfid,name\n1,a\n", "-"),
    ("two marks", b"\xef\xbb\xbf\xef\xbb\xbfid,name\n1,a\n", "incorrect-label"),
    ("only a mark", b"\xef\xbb\xbf", "source-error"),
    ("nothing", b"", "source-error"),
    ("only a header", b"id,name\n", "-"),
    ("no last line feed", b"id,name\n1,a", "-"),
    ("CRLF", b"id,name\r\n1,a\r\n", "-"),
    ("separators of Unicode", "id,name\n1,a\u2028b\n2,c\n".encode(), "-"),
    ("an open quote", b'id,name\n1,"alpha\n2,beta\n', "quote-error"),
    ("a quote in a cell", b'id,name\n1,al"pha\n', "quote-error"),
    ("letters behind a quote", b'id,name\n1,"a"b\n', "quote-error"),
    ("NUL in a cell", b"id,name\n1,a\0b\n", "nul-byte"),
    ("NUL in the header", b"id,na\0me\n1,a\n", "nul-byte"),
    ("CR alone", b"id,name\r1,a\r2,b\r", "line-ending"),
    ("mixed line ends", b"id,name\r\n1,a\n2,b\r\n3,c\r", "line-ending"),
    ("a cell of two million letters", b"id,name\n1," + b"x" * 2_000_000, "cell-too-long"),
    ("20,000 columns", b"x," * 20_000 + b"x\n", "too-many-columns"),
    ("a page of errors", b"<!DOCTYPE html><html><body>404</body></html>\n", "not-csv"),
    ("JSON", b'[{"id":1,"name":"a"}]\n', "not-csv"),
    ("a spreadsheet", b"PK\x03\x04\x14\0\x06\0\x08\0", "not-csv"),
    ("a pickle of text", b"cos\nsystem\n(S'true'\ntR.", "incorrect-label"),
    ("a pointer to the file", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 1\n", "lfs-pointer"),
    ("marks of a merge", b"id,name\n<<<<<<< HEAD\n1,a\n=======\n1,b\n>>>>>>> b\n", "merge-conflict"),
    ("single quotes", b"id,name\n1,'a,b'\n", "extra-cell"),
    ("a comment", b"id,name\n#1,a\n", "type-error"),
    ("semicolons", b"id;name\n1;a\n", "incorrect-label"),
    ("no header", b"1,alpha\n2,beta\n", "incorrect-label"),
    ("a blank row", b"id,name\n1,a\n\n2,b\n", "blank-row"),
    ("a row of commas", b"id,name\n1,a\n,\n", "blank-row"),
    ("ragged", b"id,name\n1\n2,b,c\n", "missing-cell"),
]


@table(BYTES)
def test_bytes_of_a_file(tmp_path: Path, hostile: bytes, wanted: str) -> None:
    assert wanted in codes(tmp_path, package(), hostile)


CELLS: Rows = [
    ("5,000 digits", ("integer", "9" * 5000), "type-error"),
    ("an underscore", ("integer", "1_000"), "type-error"),
    ("wide digits", ("integer", "１２"), "type-error"),
    ("Arabic digits", ("integer", "\u0661\u0662"), "type-error"),
    ("a point", ("integer", "1.0"), "type-error"),
    ("an exponent", ("integer", "1e3"), "type-error"),
    ("a comma", ("integer", '"1,000"'), "type-error"),
    ("base 16", ("integer", "0x1F"), "type-error"),
    ("a formula", ("integer", "=1+1"), "type-error"),
    ("a command of a workflow", ("integer", '"x\n::error::y"'), "type-error"),
    ("CR in quotes", ("integer", '"x\r::error::y"'), "line-ending"),
    ("an escape", ("integer", "\x1b[2J"), "type-error"),
    ("marks without end", ("integer", "a" + "\u0301" * 500), "type-error"),
    ("a plus", ("integer", "+5"), "-"),
    ("zero, below", ("integer", "-0"), "-"),
    ("a currency", ("number", "$5"), "type-error"),
    ("percent", ("number", "5%"), "type-error"),
    ("a decimal comma", ("number", '"3,14"'), "type-error"),
    ("a signal", ("number", "sNaN"), "type-error"),
    ("yes", ("boolean", "yes"), "type-error"),
    ("TRUE", ("boolean", "TRUE"), "-"),
    ("no day", ("date", "2023-02-30"), "type-error"),
    ("year 0", ("date", "0000-01-01"), "type-error"),
    ("the last day", ("date", "9999-12-31"), "-"),
    ("after the last day", ("date", "10000-01-01"), "type-error"),
    ("short", ("date", "2024-1-1"), "type-error"),
    ("the number of a day", ("date", "45000"), "type-error"),
    ("basic", ("date", "20240304"), "type-error"),
    ("an hour too many", ("datetime", "2024-01-01T25:00:00Z"), "type-error"),
    ("an offset of a day", ("datetime", "2024-01-01T00:00:00+25:00"), "type-error"),
    ("afternoon", ("time", "1:00 PM"), "type-error"),
    ("not available", ("string", "NA"), "-"),
    ("null", ("string", "null"), "-"),
    ("nan", ("string", "nan"), "-"),
    ("a year too many", ("year", "0"), "type-error"),
    ("a key twice in JSON", ("object", '"{""a"":1,""a"":2}"'), "type-error"),
    ("no number in JSON", ("object", '"{""a"":NaN}"'), "type-error"),
    ("deep", ("array", "[" * 3000 + "]" * 3000), "type-error"),
]


@table(CELLS)
def test_cell(tmp_path: Path, hostile: tuple[str, str], wanted: str) -> None:
    kind, cell = hostile
    schema = {"fields": [ID, {"name": "v", "type": kind}]}
    assert wanted in codes(tmp_path, package(resource(schema=schema)), f"id,v\n1,{cell}\n")


PATTERNS: Rows = [
    ("repeats repeated", ("(a+)+$", "a" * 60 + "!"), "constraint-error"),
    ("repeats repeated, then a letter", ("(x+x+)+y", "x" * 60), "constraint-error"),
    ("alternatives alike", ("(a|a)*b", "a" * 60), "constraint-error"),
    ("alternatives without a bracket", ("cat|dog", "category"), "constraint-error"),
    ("a line feed behind the end", ("^cat$", '"cat\n"'), "constraint-error"),
    ("an open bracket", ("(", "a"), "constraint-unenforced"),
    ("counts of counts", ("((a{0,1000}){0,1000}){0,1000}", "b"), "constraint-unenforced"),
]


@table(PATTERNS)
def test_pattern(tmp_path: Path, hostile: tuple[str, str], wanted: str) -> None:
    pattern, cell = hostile
    schema = {"fields": [ID, {**NAME, "constraints": {"pattern": pattern}}]}
    assert wanted in codes(tmp_path, package(resource(schema=schema)), f"id,name\n1,{cell}\n")


AIM = {"resource": "z", "fields": ["id"]}
AIMLESS = {"fields": [ID, NAME], "foreignKeys": [{"fields": ["id"], "reference": AIM}]}
DESCRIPTORS: Rows = [
    ("empty", "", "package-error"),
    ("a list", "[1, 2]", "package-error"),
    ("cut", package()[:-1], "package-error"),
    ("two", package() * 2, "package-error"),
    ("no text", b"\x89PNG\r\n\x1a\n\0\xff", "package-error"),
    ("a key twice", '{"name":"a","name":"b","resources":[]}', "package-error"),
    ("a number of 5,000 digits", package(x=0)[:-2] + "9" * 5000 + "}", "package-error"),
    ("half a pair", package(resource(name="\ud800")), "package-error"),
    ("half a pair in a title", package(title="\udfff"), "package-error"),
    ("no number", package()[:-1] + ', "x": NaN}', "package-error"),
    ("deep", '{"name":"x","resources":' + "[" * 100_000 + "]" * 100_000 + "}", "package-error"),
    ("resources that are an object", '{"name":"x","resources":{"a":1}}', "package-error"),
    ("resources that are nothing", '{"name":"x","resources":[1,null,[],true]}', "resource-error"),
    ("a key that refers to no table", package(resource(schema=AIMLESS)), "schema-error"),
]


@table(DESCRIPTORS)
def test_descriptor(tmp_path: Path, hostile: str | bytes, wanted: str) -> None:
    assert wanted in codes(tmp_path, hostile)


@pytest.mark.parametrize("name", ["datapackage.json", "datapackage.yaml", "data.csv"])
def test_target_that_is_a_pipe(tmp_path: Path, name: str) -> None:
    pipe(tmp_path / name)
    with pytest.raises(TargetError, match="is no regular file"):
        validate((tmp_path / name).as_posix())


LAUGH = "a0: &a0 [lol]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9))
YAML: Rows = [
    ("aliases of aliases", LAUGH + "name: x\nresources: *a9\n", "package-error"),
    ("an alias of itself", "x: &x [*x]\nname: x\nresources: []\n", "package-error"),
    ("code", "name: x\nresources: !!python/object/apply:os.system ['true']\n", "package-error"),
    ("two documents", "name: x\n---\nname: y\n", "package-error"),
    ("a key twice", "name: x\nname: y\nresources: []\n", "package-error"),
    ("deep", "x: " + "[" * 20_000 + "]" * 20_000, "package-error"),
]


@table(YAML)
def test_descriptor_in_yaml(tmp_path: Path, hostile: str, wanted: str) -> None:
    descriptor = tmp_path / "datapackage.yaml"
    descriptor.write_text(hostile)
    assert wanted in errors(validate(descriptor.as_posix()))


def test_link_to_nothing_as_target(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").symlink_to("absent.json")
    assert errors(validate((tmp_path / "datapackage.json").as_posix())) == {"unsafe-path"}


def test_each_fault_of_a_schema_on_one_line_is_told(tmp_path: Path) -> None:
    hostile = {"fields": [{**ID, "type": "intger"}, NAME], "primaryKey": ["id", "ID"], "uniqueKeys": [["nope"]]}
    assert {"field-error", "schema-error"} <= codes(tmp_path, package(resource(schema=hostile)))


def test_wide_schema_is_judged_column_by_column(tmp_path: Path) -> None:
    fields = [
        {"name": f"f{n}", "type": "integer", "constraints": {"maximum": n, "enum": sorted({0, n})}} for n in range(90)
    ]
    data = ",".join(f"f{n}" for n in range(90)) + "\n" + ",".join(["7"] * 90) + "\n"
    (tmp_path / "data.csv").write_text(data)
    (tmp_path / "datapackage.json").write_text(package(resource(schema={"fields": fields})))
    found = validate((tmp_path / "datapackage.json").as_posix()).findings
    told = {
        (finding.place.column, finding.constraint or finding.message.split(": ")[0].split()[-1]) for finding in found
    }
    assert told == {(f"f{n}", "maximum") for n in range(7)} | {(f"f{n}", "enum") for n in range(90) if n != 7}


def test_schema_wider_than_the_limit(tmp_path: Path) -> None:
    fields = [{"name": f"f{n}", "type": "integer"} for n in range(2001)]
    assert codes(tmp_path, package(resource(schema={"fields": fields}))) == {"too-many-columns"}


def test_many_texts_for_no_value(tmp_path: Path) -> None:
    hostile = {"fields": [ID, NAME], "missingValues": [f"m{n}" for n in range(2000)]}
    assert codes(tmp_path, package(resource(schema=hostile)), "id,name\n1,a\nm1999,b\n") == {"-"}
    assert codes(tmp_path, package(resource(schema=hostile)), "id,name\n1,a\nm2000,b\n") == {"type-error"}


def test_blank_lines_are_counted_at_their_lines(tmp_path: Path) -> None:
    blank = "\n" * 70_000
    (tmp_path / "data.csv").write_text(f"id,name\n1,a\n{blank}x,b\n")
    (tmp_path / "datapackage.json").write_text(package())
    report = validate((tmp_path / "datapackage.json").as_posix())
    assert [total[3] for total in report.datasets[0].totals if total[0] == "blank-row"] == [70_000]
    assert [f.place.line for f in report.findings if f.code == "blank-row"] == list(range(3, 1003))
    assert [f.place.line for f in report.findings if f.code == "type-error"] == [70_003]


def test_parquet_that_repeats_a_text(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    text = pyarrow.array(["x" * 1_000_000] * 100).dictionary_encode()
    pyarrow.parquet.write_table(pyarrow.table({"name": text.cast(pyarrow.string())}), tmp_path / "x.parquet")
    hostile = resource(path="x.parquet", format="parquet", schema={"fields": [NAME]})
    del hostile["dialect"]
    (tmp_path / "datapackage.json").write_text(package(hostile))
    assert errors(validate((tmp_path / "datapackage.json").as_posix())) == {"decompression-limit"}
