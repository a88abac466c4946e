"""Columns of Arrow as the streams of bytes that `digests` tells of, and whether rows are in order."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy
    import pyarrow

NONE = 0xFFFFFFFF
"""The length of no value."""
NAN = 0x7FF8 << 48
WORD, EXACT = 8, 16
"""Bytes of a number, and of an exact one."""


def streams(cells: "pyarrow.Array") -> "Iterator[memoryview]":
    """The streams of a column other than one of points: two of them, and three of a list."""
    import numpy
    import pyarrow

    kind = cells.type
    known = cells.drop_null() if cells.null_count else cells
    if pyarrow.types.is_list(kind):
        yield _sizes(cells, numpy.diff(known.offsets.to_numpy())).data
        yield from streams(known.flatten())
    elif pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
        _, offsets, data = known.buffers()
        width = "<i8" if pyarrow.types.is_large_string(kind) else "<i4"
        ends = numpy.frombuffer(offsets, width, len(known) + 1, known.offset * int(width[-1])) if len(known) else [0]
        yield _sizes(cells, numpy.diff(ends)).data
        yield memoryview(data)[ends[0] : ends[-1]] if data is not None else memoryview(b"")
    elif pyarrow.types.is_decimal(kind):
        yield _sizes(cells, EXACT).data
        data = known.buffers()[1]
        yield memoryview(data)[EXACT * known.offset : EXACT * (known.offset + len(known))]
    elif pyarrow.types.is_boolean(kind):
        yield _sizes(cells, 1).data
        yield known.cast(pyarrow.uint8()).to_numpy(zero_copy_only=False).data
    elif pyarrow.types.is_float64(kind):
        yield _sizes(cells, WORD).data
        yield _numbers(known).data
    else:
        yield _sizes(cells, WORD).data
        yield _whole(known).data


def point_streams(lon: "pyarrow.Array", lat: "pyarrow.Array") -> "Iterator[memoryview]":
    """The streams of a column of points, told as their longitudes and latitudes; where one is missing is none."""
    import numpy
    import pyarrow.compute

    there = pyarrow.compute.and_(lon.is_valid(), lat.is_valid())
    pair = [_numbers(cells.filter(there)) for cells in (lon, lat)]
    yield _sizes(pyarrow.compute.if_else(there, lon, None), 2 * WORD).data
    yield numpy.column_stack(pair).data


def _sizes(cells: "pyarrow.Array", known: "int | numpy.ndarray[Any, Any]") -> "numpy.ndarray[Any, Any]":
    """The length of each value, from those that are `known`: one for all, or one for each that is there."""
    import numpy

    if not cells.null_count:
        return numpy.full(len(cells), known, "<u4") if isinstance(known, int) else known.astype("<u4")
    found = numpy.full(len(cells), NONE, "<u4")
    found[cells.is_valid().to_numpy(zero_copy_only=False)] = known
    return found


def _numbers(known: "pyarrow.Array") -> "numpy.ndarray[Any, Any]":
    import numpy

    found = known.to_numpy(zero_copy_only=False) + 0.0  # of -0 this is 0
    if (odd := numpy.isnan(found)).any():
        found.view("u8")[odd] = NAN
    return numpy.asarray(found, "<f8")


def _whole(known: "pyarrow.Array") -> "numpy.ndarray[Any, Any]":
    """Integers, and what is counted from a beginning, as 64 bits."""
    import numpy
    import pyarrow

    if pyarrow.types.is_date32(known.type):
        known = known.view(pyarrow.int32())
    elif not pyarrow.types.is_integer(known.type):
        known = known.view(pyarrow.int64())
    return numpy.asarray(known.cast(pyarrow.int64()).to_numpy(zero_copy_only=False), "<i8")


# ---------------------------------------------------------------- their order


def in_order(columns: "Sequence[pyarrow.Array | None]") -> bool:
    """Whether each row comes after the one before it, or is the same, by columns of which the first counts most.

    It may say no where it is not easily seen: of lists, of NaN, and of a column of which nothing is known.
    """
    import numpy
    import pyarrow
    import pyarrow.compute as pc

    rows: Any = None
    for cells in columns:
        if cells is None or pyarrow.types.is_nested(cells.type):
            return False
        whole = cells.cast(pyarrow.uint8()) if pyarrow.types.is_boolean(cells.type) else cells
        before, after = whole.slice(0, len(whole) - 1), whole.slice(1)
        if rows is not None:
            before, after = before.take(rows), after.take(rows)
        less, same = (pc.fill_null(told, False) for told in (pc.less(before, after), pc.equal(before, after)))
        if whole.null_count:
            less = pc.or_(less, pc.and_(before.is_valid(), after.is_null()))
            same = pc.or_(same, pc.and_(before.is_null(), after.is_null()))
        if not pc.all(pc.or_(less, same), min_count=0).as_py():
            return False
        left = numpy.flatnonzero(same.to_numpy(zero_copy_only=False))
        if not len(left):
            return True
        rows = pyarrow.array(left if rows is None else rows.to_numpy()[left])
    return True
