"""What the pass keeps is what the checks after it read."""

import pytest
from conftest import Judge

from datapkg.engine.connection import workspace
from datapkg.engine.queries import ALL, Read, read_by
from datapkg.limits import Limits


@pytest.mark.parametrize(
    ("query", "tables", "columns"),
    [
        ("SELECT a FROM t WHERE b > 1", "t", "a b"),
        ("SELECT T.A FROM Events AS T JOIN u USING (k)", "events u", "t a k"),
        ("SELECT count(*) FROM t", "t", ""),
        ("WITH c AS (SELECT a FROM t) SELECT c.a FROM c", "t c", "a c"),
        ("SELECT a AS t2 FROM t ORDER BY t2", "t", "a t2"),
        ("SELECT a FROM t QUALIFY row_number() OVER (PARTITION BY b ORDER BY c) > 1", "t", "a b c"),
    ],
)
def test_a_query_reads_what_it_names(query: str, tables: str, columns: str) -> None:
    with workspace(Limits()) as space:
        assert read_by(space, query) == Read(frozenset(tables.split()), frozenset(columns.split()))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM t",
        "FROM t",
        "SELECT t FROM t",
        "SELECT e FROM t AS e",
        "SELECT a FROM t WHERE EXISTS (SELECT * FROM u)",
        "SELECT COLUMNS('a.*') FROM t",
        "SELECT #1 FROM t",
        "SELECT a FROM t NATURAL JOIN u",
        "SELECT t.a FROM t POSITIONAL JOIN u",
        "SUMMARIZE t",
        "PIVOT t ON a USING sum(b)",
        "SELECT FROM WHERE",
        "DELETE FROM t",
    ],
)
def test_a_query_that_does_not_name_all_it_reads_may_read_all(query: str) -> None:
    with workspace(Limits()) as space:
        assert read_by(space, query) == ALL


TABLES = {
    "places": "place_id:string! name:string\np1,Kabul\np2,Herat\n",
    "events": "event_id:string! place_id:string→places.place_id killed:integer note:string\n"
    "e1,p1,1,one\ne2,p2,2, two\ne3,p2,3,=three\n",
}


def test_checks_of_all_layers_find_what_they_look_for(judge: Judge) -> None:
    broken = TABLES | {"events": TABLES["events"].replace("e2,p2", "e2,p9").replace("e3", "e1")}
    found = {(finding.code, finding.place.row) for finding in judge(**broken).findings}
    assert found == {("foreign-key", 2), ("primary-key", 3), ("surrounding-space", 2), ("formula-like-cell", 3)}


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("SELECT event_id FROM events WHERE note = 'one'", 1),
        ("SELECT * FROM events WHERE killed = 2", 2),
        ("SELECT e.event_id FROM events e, places p WHERE p.name = 'Kabul' AND e.place_id = p.place_id", 1),
        ("SELECT e.event_id FROM (SELECT x AS e FROM events AS x) WHERE e.killed = 3", 3),
        ("SELECT event_id FROM events NATURAL JOIN places WHERE name = 'Kabul'", 1),
    ],
)
def test_a_rule_finds_the_same_however_it_names_what_it_reads(judge_project: Judge, query: str, row: int) -> None:
    rule = f"-- message: {{event_id}} is bad\n-- why: So it is.\n-- fix: Mend it.\n-- table: events\n{query}\n"
    findings = judge_project(TABLES, sql={"a-rule": rule}).findings
    assert [finding.place.row for finding in findings if finding.code == "a-rule"] == [row]


def test_a_rule_may_name_no_column_of_a_table(judge_project: Judge) -> None:
    """Of a table without a key, nothing else is read."""
    rule = "-- message: too many\n-- why: So it is.\n-- fix: Mend it.\nSELECT count(*) AS n FROM lines HAVING n > 1\n"
    report = judge_project({"lines": "note:string\none\ntwo\n"}, sql={"too-many": rule})
    assert [finding.code for finding in report.findings] == ["too-many"]
