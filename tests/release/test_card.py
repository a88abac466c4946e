"""The dataset card of a release."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from releasing import build_example


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> str:
    return (build_example(tmp_path_factory.mktemp("release") / "project") / "README.md").read_text()


def test_the_header_is_what_hugging_face_reads(card: str) -> None:
    _, header, _ = card.split("---\n", 2)
    assert yaml.safe_load(header) == {
        "pretty_name": "Example | events",
        "license": "cc-by-4.0",
        "size_categories": ["n<1K"],
        "configs": [
            {
                "config_name": "events",
                "data_files": [{"split": "train", "path": "data/events.parquet"}],
                "default": True,
            },
            {"config_name": "persons", "data_files": [{"split": "train", "path": "data/persons.parquet"}]},
        ],
    }


@pytest.mark.parametrize(
    "line",
    [
        "# Example \\| events",
        "Events, 3 rows, in `data/events.parquet`.",
        "| `id` | string, required |  | Key. |",
        "| `kind` | string |  | What \\| it was. One of `war`, `raid`, `peace`. |",
        "| `killed` | integer | persons | Killed |",
        "Key: `id`.",
        "- `who` refers to `person` of `persons`",
        "- A newspaper (<https://example.com/a>)",
        "- CC-BY-4.0 (<https://creativecommons.org/licenses/by/4.0/>)",
        "- Somebody: curator",
        "None.",
    ],
)
def test_the_card_says(card: str, line: str) -> None:
    assert line in card.splitlines()


def test_the_card_is_about_no_machine(card: str) -> None:
    assert Path.home().as_posix() not in card


DATASETS = """
import json, sys
import datasets
folder = sys.argv[1]
names = datasets.get_dataset_config_names(folder)
found = {name: datasets.load_dataset(folder, name, split="train") for name in names}
print(json.dumps({name: [table.num_rows, table.column_names] for name, table in found.items()}))
print(json.dumps(datasets.load_dataset(folder, split="train").num_rows))
"""


@pytest.mark.parametrize("kind", ["rich", "hostile", "bare", "parted"])
def test_hugging_face_loads_every_table(releases: dict[str, Path], tmp_path: Path, kind: str) -> None:
    pytest.importorskip("datasets")
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": tmp_path.as_posix(), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    command = [sys.executable, "-c", DATASETS, releases[kind].as_posix()]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **offline})
    assert run.returncode == 0, run.stderr
    tables, default = run.stdout.splitlines()
    package = json.loads((releases[kind] / "datapackage.json").read_text())
    columns = {item["name"]: [field["name"] for field in item["schema"]["fields"]] for item in package["resources"]}
    assert json.loads(tables) == {"events": [3, columns["events"]], "persons": [2, columns["persons"]]}
    assert default == "3"


def header(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (folder / "README.md").read_text().split("\n---\n", 1)[0].removeprefix("---\n")
    )
    return found


def test_the_header_tells_language_tags_and_licences(releases: dict[str, Path]) -> None:
    found = header(releases["rich"])
    assert (found["language"], found["license"], found["size_categories"]) == (["en"], ["odbl", "cc-by-4.0"], ["n<1K"])
    assert found["tags"] == ["events", "made up", "événements", "صلح"]
    assert header(releases["bare"])["license"] == "unknown"


def test_no_text_of_the_dataset_ends_the_header(releases: dict[str, Path]) -> None:
    found = header(releases["hostile"])
    assert found["pretty_name"].startswith("--- # </script>") and "\n" not in found["pretty_name"]
    assert (found["license"], found["license_link"]) == ("other", "LICENSE")
    assert re.fullmatch(r"[a-z0-9.-]+", found["license_name"])
    assert found["tags"][1:5] == ["a: b", "- x", "null", "&a *b"]
    assert [config["config_name"] for config in found["configs"]] == ["events", "persons"]
