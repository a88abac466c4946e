"""The dataset card of a release."""

from pathlib import Path

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
        "# Example | events",
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
