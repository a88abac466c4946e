"""Every format of one report that shows every shape, to the letter.

`DATAPKG_RENEW=1 scripts/test tests/render` writes the snapshots anew; read the difference.
"""

import os

import pytest
from conftest import ROOT
from shapes import HOSTILE, clean, shapes

from datapkg.render.reports import RENDERERS

PLAIN = False
SNAPSHOTS = {
    "text": "report.txt",
    "json": "report.json",
    "junit": "report.junit.xml",
    "sarif": "report.sarif",
    "github": "report.github.txt",
    "markdown": "report.md",
    "html": "report.html",
}
CONTROLS = set(map(chr, range(32))) - {"\n"} | set(map(chr, range(127, 160))) | set("\u202e\u200b\ufffe")


def test_every_format_has_its_snapshot() -> None:
    assert RENDERERS.keys() == SNAPSHOTS.keys()


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_the_report_is_what_it_was(name: str) -> None:
    told = "".join(RENDERERS[name](shapes(), PLAIN))
    path = ROOT / "tests" / "snapshots" / SNAPSHOTS[name]
    if os.environ.get("DATAPKG_RENEW") == "1":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_no_format_lets_through_what_moves_a_cursor_or_hides(name: str) -> None:
    told = "".join(RENDERERS[name](shapes(), PLAIN))
    assert HOSTILE not in told
    assert not CONTROLS & set(told)


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_format_ends_its_last_line(name: str) -> None:
    assert "".join(RENDERERS[name](clean(), PLAIN)).endswith("\n")


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_lone_surrogates_can_be_written_to_a_file(name: str) -> None:
    from shapes import saying

    "".join(RENDERERS[name](saying("a\ud800b"), PLAIN)).encode("utf-8")
