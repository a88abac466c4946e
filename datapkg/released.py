"""A release seen as its source: without the views that it has as tables."""

from dataclasses import replace

from datapkg.dataset import Dataset
from datapkg.views import VIEW


def as_source(dataset: Dataset) -> Dataset:
    """The dataset without what was made of its tables; one that is no release stays as it is."""
    return replace(dataset, tables=tuple(table for table in dataset.tables if VIEW not in table.descriptor))
