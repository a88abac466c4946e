"""The review of a change: for a person at a terminal, for programs (`datapkg-review/1`), for a pull request."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from datapkg import diffjson
from datapkg.changes import Op
from datapkg.findings import DatasetReport
from datapkg.render import changes_markdown, changes_text, json, markdown, text
from datapkg.render.markdown import code, table_cell
from datapkg.render.wording import brief, verdict
from datapkg.review import Coverage, DatasetReview, Review, WaiverChange
from datapkg.versions import TOOL, Version

FORMAT = "datapkg-review/1"
SHOWN = 20
"""Waivers, and rows without evidence, that are named in formats for people."""
CHANGES, FINDINGS = 32_000, 20_000
"""Characters of a comment for what changed and for what validation says of it."""
WENT = {Op.ADDED: "new", Op.CHANGED: "changed", Op.REMOVED: "gone"}


# ---------------------------------------------------------------- for people at a terminal


def render_text(review: Review, color: bool) -> Iterator[str]:
    """Dataset by dataset: what changed, the bump, waivers and evidence, findings; the counts at the end."""
    for dataset in review.datasets:
        yield f"{brief(dataset.name)}: {_bump(dataset)}\n\n"
        if dataset.changes is not None:
            yield from changes_text.render(dataset.changes, color)
            yield "\n"
        for line in chain(_waivers(dataset), _evidence(dataset)):
            yield f"{line}\n"
    yield from (f"{line}\n" for line in _rest(review))
    yield from text.render(review.report, color)


def _bump(dataset: DatasetReview) -> str:
    """What the change asks of the version, in words."""
    if dataset.note is not None:
        return brief(dataset.note)
    changes = dataset.changes
    if changes is None:
        return "a new dataset"
    if dataset.bump is None:
        return "nothing that a reader sees has changed"
    asked, base, now = f"asks for a {dataset.bump} bump", changes.old.version, changes.new.version
    if base is None:
        return asked
    if now != base:
        return f"{asked}; the version goes from {brief(base)} to {brief(now or 'none')}"
    try:
        return f"{asked}, from {base} to {Version.parse(base).bump(dataset.bump)}"
    except ValueError:
        return asked


def _waivers(dataset: DatasetReview) -> Iterator[str]:
    for change in dataset.waivers[:SHOWN]:
        yield _waiver(change)
    if len(dataset.waivers) > SHOWN:
        yield f"{len(dataset.waivers) - SHOWN:,} more waivers came or went"


def _waiver(change: WaiverChange) -> str:
    waiver = change.waiver
    where = ", ".join(f"{name}={value}" for name, value in waiver.key.items())
    until = f"until {waiver.expires.isoformat()} by {waiver.by}"
    return brief(f"{WENT[change.op]} waiver: {waiver.rule} in {waiver.table}, {where}, {until}: {waiver.reason}")


def _evidence(dataset: DatasetReview) -> Iterator[str]:
    for found in dataset.coverage:
        if found.touched:
            yield brief(f"evidence: {found.table}: {_told(found)}")
            yield from (brief(f"  without: {key}") for key in found.bare[:SHOWN])


def _told(found: Coverage) -> str:
    """How much of what came or changed in a table has evidence."""
    looked = f"{found.looked - len(found.bare):,} of {found.looked:,} rows that are new or changed have evidence"
    more = f" ({found.touched - found.looked:,} more were not looked at)" if found.touched > found.looked else ""
    return f"{looked}{more}; {found.supported:,} of {found.rows:,} rows of the table"


def _rest(review: Review) -> Iterator[str]:
    if review.unchanged:
        yield brief(f"no file has changed in {', '.join(review.unchanged)}")
    for name in review.removed:
        yield brief(f"{name}: the dataset is gone")


# ---------------------------------------------------------------- for a pull request


def render_markdown(review: Review, color: bool) -> Iterator[str]:
    """The verdict, then dataset by dataset; all of it fits a comment as long as there are few datasets."""
    yield f"## datapkg review: {verdict(review.report)}\n"
    share = max(1, len(review.datasets))
    for dataset in review.datasets:
        yield f"\n### {code(dataset.name)}: {code(_bump(dataset))}\n"
        if dataset.changes is not None:
            yield from changes_markdown.parts(dataset.changes, CHANGES // share)
        for line in chain(_waivers(dataset), _evidence(dataset)):
            yield f"\n- {code(line)}"
        yield from _coverage_table(dataset)
    for line in _rest(review):
        yield f"\n{code(line)}\n"
    yield "\n"
    yield from markdown.parts(review.report, FINDINGS)


def _coverage_table(dataset: DatasetReview) -> Iterator[str]:
    """The evidence of all tables, folded in."""
    if not dataset.coverage:
        yield "\n"
        return
    yield "\n\n<details><summary>Rows with evidence</summary>\n\n"
    yield "| table | rows | with evidence | new or changed | of them without |\n| --- | --: | --: | --: | --: |\n"
    for found in dataset.coverage:
        counts = (found.rows, found.supported, found.touched, len(found.bare))
        yield f"| {table_cell(found.table)} | {' | '.join(f'{count:,}' for count in counts)} |\n"
    yield "\n</details>\n"


# ---------------------------------------------------------------- for programs


def render_json(review: Review, color: bool) -> Iterator[str]:
    """`datapkg-review/1`: for each dataset its part of the report and, as `changes`, a `datapkg-diff/1`."""
    head = {
        "format": FORMAT,
        "tool": {"name": "datapkg", "version": TOOL},
        "base": review.base,
        "valid": review.report.valid,
        "counts": review.report.counts,
        "unchanged": review.unchanged,
        "removed": review.removed,
    }
    yield "{\n" + "".join(f"{json.dump(name)}: {json.dump(value)},\n" for name, value in head.items())
    yield '"datasets": ['
    for number, dataset in enumerate(review.datasets):
        yield ",\n" if number else "\n"
        yield "{\n" + "".join(f"{json.dump(name)}: {json.dump(value)},\n" for name, value in _facts(dataset).items())
        yield '"changes": '
        if dataset.changes is None:
            yield "null,\n"
        else:
            yield from map(json.plain, diffjson.pieces(dataset.changes))
            yield ",\n"
        yield '"report": '
        yield from json.dataset_report(dataset.report)
        yield "\n}"
    yield '\n],\n"others": ['
    yield from _reports(review.others)
    yield "]\n}\n"


def _reports(reports: tuple[DatasetReport, ...]) -> Iterator[str]:
    for number, report in enumerate(reports):
        yield ",\n" if number else "\n"
        yield from json.dataset_report(report)


def _facts(dataset: DatasetReview) -> Mapping[str, Any]:
    changes = dataset.changes
    return {
        "name": dataset.name,
        "status": "changed" if changes is not None else "unreadable" if dataset.note else "new",
        "note": dataset.note,
        "base_version": changes.old.version if changes is not None else None,
        "version": dataset.report.version,
        "bump": dataset.bump,
        "waivers": [
            {
                "op": change.op,
                "rule": change.waiver.rule,
                "table": change.waiver.table,
                "key": dict(change.waiver.key),
                "value": change.waiver.value,
                "reason": change.waiver.reason,
                "by": change.waiver.by,
                "expires": change.waiver.expires.isoformat(),
            }
            for change in dataset.waivers
        ],
        "evidence": [
            {
                "table": found.table,
                "rows": found.rows,
                "supported": found.supported,
                "touched": found.touched,
                "looked": found.looked,
                "bare": found.bare,
            }
            for found in dataset.coverage
        ],
    }


REVIEWS: Mapping[str, Callable[[Review, bool], Iterator[str]]] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
}
"""Each renders a review as pieces of text; the flag says whether colour is wanted."""
