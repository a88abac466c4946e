"""Hugging Face datasets on the folder, offline: one configuration for each table, as the card's header says."""

import sys
from pathlib import Path

from normal import Rows, tables, tell

from datasets import get_dataset_config_names, load_dataset

RELEASE = Path(sys.argv[1])


def read(name: str, path: Path) -> Rows:
    return list(load_dataset(RELEASE.as_posix(), name, split="train", cache_dir=sys.argv[2]))


if __name__ == "__main__":
    assert get_dataset_config_names(RELEASE.as_posix()) == list(tables(RELEASE))
    tell(read)
