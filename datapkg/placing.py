"""Which table of which dataset a file holds, told from the descriptors above it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from datapkg.descriptor import read_document
from datapkg.notation import DescriptorFault
from datapkg.paths import normal
from datapkg.project import Project, find_descriptor
from datapkg.resources import Frame, Table, open_resource


def table_at(path: Path, project: Project | None) -> Table | None:
    """The table that the file `path` holds by the nearest descriptor above it, or None; the file is not looked at.

    Its schema and its dialect are taken as they stand: what is wrong with them is for validate to tell.
    """
    path = normal(path.absolute())
    for folder in path.parents:
        descriptor = find_descriptor(folder)
        found = _resource_at(descriptor, path, project) if descriptor is not None else None
        if found is not None:
            return found
        if (folder / ".git").exists():
            break
    return None


def _resource_at(descriptor: Path, path: Path, project: Project | None) -> Table | None:
    try:
        document = read_document(descriptor)
    except DescriptorFault:
        return None
    items = document.data.get("resources") if isinstance(document.data, Mapping) else None
    inside = project is not None and descriptor.is_relative_to(project.datasets)
    root = project.root if project is not None and inside else descriptor.parent
    for number, item in enumerate(items if isinstance(items, list) else []):
        given = item.get("path") if isinstance(item, Mapping) else None
        names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
        if path in [normal(descriptor.parent / str(name)) for name in names]:
            frame = Frame(root, root)
            table = open_resource(frame, document, number, item)[1]
            return replace(table, paths=(path,), shown=(frame.shown(path),)) if table is not None else None
    return None
