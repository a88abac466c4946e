"""The files of one table as an Arrow dataset: from the disk, or by ranges from a store."""

from typing import TYPE_CHECKING, Any

from datapkg.registry.ranges import Ranged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow
    import pyarrow.dataset


def dataset_of(files: "Sequence[Path | Ranged]", *, plain: bool = False) -> "pyarrow.dataset.Dataset":
    """The files as one dataset, whose pages are compared with their checksums as they are read.

    A file that is read by ranges is never held against its digest: page checksums find what was changed in its
    values, and not what was changed in its footer or in the head of a page. `plain` are texts in place of numbers
    in a dictionary, for readers that take such numbers on trust: one that its dictionary does not have is an error.
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
    schema = fragments[0].physical_schema
    if plain:
        fields = (
            field.with_type(getattr(field.type, "value_type", field.type)) if _coded(field) else field
            for field in schema
        )
        schema = pyarrow.schema(fields, schema.metadata)
    return pyarrow.dataset.FileSystemDataset(fragments, schema, kind)


def rows_of(files: "Sequence[Path | Ranged]", columns: "Sequence[str] | None") -> "pyarrow.RecordBatchReader":
    """The rows of the files, batch by batch; an ArrowInvalid where there are other rows than the files have.

    The head of a page is in no checksum: changed there, a dictionary loses values that rows refer to, or a page is
    passed over.
    """
    import pyarrow

    source = dataset_of(files)
    reader = source.scanner(columns=list(columns) if columns is not None else None).to_reader()
    if not any(isinstance(file, Ranged) for file in files):
        return reader
    wanted = sum(fragment.metadata.num_rows for fragment in source.get_fragments())
    return pyarrow.RecordBatchReader.from_batches(reader.schema, _sound(reader, wanted))


def _sound(reader: "pyarrow.RecordBatchReader", wanted: int) -> "Iterator[pyarrow.RecordBatch]":
    import pyarrow

    found = 0
    for batch in reader:
        for column, field in zip(batch.columns, batch.schema, strict=True):
            if _coded(field):
                column.validate(full=True)
        found += batch.num_rows
        yield batch
    if found != wanted:
        raise pyarrow.ArrowInvalid(f"{found:,} rows were read, of {wanted:,} that there should be")


def _coded(field: "pyarrow.Field[Any]") -> bool:
    """Whether a column holds numbers in a dictionary."""
    import pyarrow

    return bool(pyarrow.types.is_dictionary(field.type))
