"""The files of one table as an Arrow dataset: from the disk, or by ranges from a store."""

from typing import TYPE_CHECKING, Any

from datapkg.registry.ranges import Ranged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow.dataset


def dataset_of(files: "Sequence[Path | Ranged]") -> "pyarrow.dataset.Dataset":
    """The files as one dataset, whose pages are compared with their checksums as they are read.

    A file that is read by ranges is never held against its digest: page checksums find what was changed in its
    values, and not what was changed in its footer.
    """
    import pyarrow
    import pyarrow.dataset

    options = pyarrow.dataset.ParquetFragmentScanOptions(page_checksum_verification=True, pre_buffer=True)
    kind = pyarrow.dataset.ParquetFileFormat(default_fragment_scan_options=options)
    local: Any = pyarrow.fs.LocalFileSystem()
    fragments = [
        kind.make_fragment(pyarrow.PythonFile(file, mode="r"))
        if isinstance(file, Ranged)
        else kind.make_fragment(file.as_posix(), filesystem=local)
        for file in files
    ]
    return pyarrow.dataset.FileSystemDataset(fragments, fragments[0].physical_schema, kind)
