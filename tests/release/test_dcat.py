"""`dcat.ttl` conforms to the shapes of DCAT-AP 3.0.1, and is the same text every time."""

import os
import subprocess
import sys
from pathlib import Path

import pyshacl
import pytest
import rdflib
from conftest import SHARED
from rdflib.namespace import DCAT, DCTERMS, RDF, SH

STANDARDS = SHARED / "standards"
HERE = "https://example.org/r/"
needs_shapes = pytest.mark.skipif(not STANDARDS.exists(), reason="../shared has the shapes, and is not here")


def graph_of(text: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=text, format="turtle", publicID=HERE)


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    """The shapes and the ranges of the profile, without five of its shapes that say nothing at all."""
    found = rdflib.Graph()
    for name in ("shacl", "ranges"):
        found.parse(STANDARDS / f"dcat-ap-3.0.1-{name}.ttl")
    empty = [(shape, part) for shape, part in found.subject_objects(SH.property) if (part, None, None) not in found]
    assert len(empty) == 5
    for shape, part in empty:
        found.remove((shape, SH.property, part))
    return found


@needs_shapes
@pytest.mark.parametrize("kind", ["rich", "hostile", "bare", "parted"])
def test_it_conforms(releases: dict[str, Path], shapes: rdflib.Graph, kind: str) -> None:
    conforms, _, told = pyshacl.validate(graph_of((releases[kind] / "dcat.ttl").read_text()), shacl_graph=shapes)
    assert conforms, told


@needs_shapes
def test_the_shapes_would_find_a_fault(releases: dict[str, Path], shapes: rdflib.Graph) -> None:
    for predicate, kind in ((DCTERMS.title, DCAT.Dataset), (DCAT.accessURL, DCAT.Distribution)):
        graph = graph_of((releases["rich"] / "dcat.ttl").read_text())
        graph.remove((graph.value(None, RDF.type, kind, any=True), predicate, None))
        assert not pyshacl.validate(graph, shacl_graph=shapes)[0]


def test_files_are_found_beside_it(releases: dict[str, Path]) -> None:
    graph = graph_of((releases["parted"] / "dcat.ttl").read_text())
    found = sorted(str(address).removeprefix(HERE) for address in graph.objects(None, DCAT.downloadURL))
    data = releases["parted"] / "data"
    assert found == sorted(path.relative_to(data.parent).as_posix() for path in data.rglob("*.parquet"))


def test_no_node_is_blank(releases: dict[str, Path]) -> None:
    for folder in releases.values():
        graph = graph_of((folder / "dcat.ttl").read_text())
        assert not [node for node in graph.all_nodes() if isinstance(node, rdflib.BNode)]


BUILD = (
    "import sys; from pathlib import Path; sys.path[:0] = ['tests', '.']\n"
    "from describing import RICH, write_described; from datapkg.release.build import build\n"
    "print(build('example', write_described(Path(sys.argv[1]), RICH)).folder)"
)


def test_every_file_is_the_same_text_whatever_the_order_of_sets(releases: dict[str, Path], tmp_path: Path) -> None:
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", BUILD, (tmp_path / seed).as_posix()],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Kabul", "LC_ALL": "C"},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stderr
        sums = Path(run.stdout.strip()) / "SHA256SUMS"
        assert sums.read_text() == (releases["rich"] / "SHA256SUMS").read_text()
