"""Same source, same bytes: twenty builds in twenty environments give one digest of the whole release."""

import os
import random
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from everytype import ROWS, write_every

MAIN = "import sys; from datapkg.cli import main; sys.exit(main())"
VIEW = """\
-- key: kind
select kind, count(*) as n, sum(price) as price, max(moment) as last from every where kind is not null
group by kind
"""
LARGE = 3_000
"""Rows of a second table, whose key is in no order."""
VARIATIONS: list[dict[str, str]] = [
    *({"TZ": zone} for zone in ("UTC", "Asia/Kabul", "America/St_Johns", "Pacific/Kiritimati")),
    *({"LC_ALL": locale} for locale in ("C", "C.UTF-8", "POSIX", "tr_TR.UTF-8")),
    *({"PYTHONHASHSEED": seed} for seed in ("0", "1", "4294967295")),
    *({"threads": threads} for threads in ("1", "2", "7")),
    *({"umask": umask} for umask in ("0077", "0000")),
    {"order": "reversed"},
    {"order": "shuffled"},
    {"cwd": "elsewhere"},
    {"HOME": "/nonexistent", "USER": "nobody", "LANG": "fa_IR"},
]


def project(root: Path, order: str = "") -> Path:
    """The project, with its rows and the entries of its folders made in some order."""
    numbers = list(range(ROWS))
    large = list(range(LARGE))
    if order == "reversed":
        numbers, large = numbers[::-1], large[::-1]
    elif order == "shuffled":
        random.Random(1).shuffle(numbers)  # noqa: S311
        random.Random(1).shuffle(large)  # noqa: S311
    write_every(root, numbers)
    dataset = root / "datasets" / "every"
    (dataset / "views").mkdir()
    (dataset / "views" / "by_kind.sql").write_text(VIEW)
    (dataset / "LICENSE").write_text("CC0-1.0\n")
    rows = "".join(f"{number * 7919 % LARGE},{number % 17},{number / 7!r}\n" for number in large)
    (dataset / "data" / "large.csv").write_text(f"n,s,x\n{rows}")
    path = dataset / "datapackage.json"
    schema = (
        '{"fields": [{"name": "n", "type": "integer"}, {"name": "s", "type": "string"}, {"name": "x", "type": "number"}],'
        ' "primaryKey": ["n"]}'
    )
    more = f'{{"name": "large", "type": "table", "path": "data/large.csv", "schema": {schema}}}, '
    text = path.read_text()
    path.write_text(text.replace('"resources": [', f'"resources": [{more}', 1))
    return root


def digest(root: Path, variation: dict[str, str]) -> dict[str, str]:
    """The digest of each file of a release that a process of its own builds."""
    settings = {name: text for name, text in variation.items() if name.isupper()}
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600", **settings}
    threads = [f"--threads={variation['threads']}"] if "threads" in variation else []
    cwd = root / "datasets" / "every" if "cwd" in variation else root
    command = [sys.executable, "-c", MAIN, "release", "every", *threads]
    mask = int(variation.get("umask", "022"), 8)
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment, umask=mask)
    assert run.returncode == 0, run.stderr
    release = root / "dist" / "every-1.0.0"
    files = [path for path in sorted(release.rglob("*")) if path.is_file()]
    modes = {oct(path.stat().st_mode & 0o777) for path in files}
    assert modes == {"0o644"}
    return {path.relative_to(release).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("later", [False, True], ids=["now", "a year later"])
def test_two_builds_of_twenty_environments_have_one_digest(tmp_path: Path, later: bool) -> None:
    assert len(VARIATIONS) == 20
    wanted = digest(project(tmp_path / "first"), {"SOURCE_DATE_EPOCH": "1798761600"} if later else {})
    assert {"data/every.parquet", "data/large.parquet", "data/by_kind.parquet", "SHA256SUMS"} <= wanted.keys()
    others = VARIATIONS[::2] if later else VARIATIONS[1::2]
    for number, variation in enumerate(others):
        root = project(tmp_path / f"p{number}" / "in a folder", variation.get("order", ""))
        found = digest(root, variation)
        differing = [name for name in wanted if found.get(name) != wanted[name] and name not in inputs(variation)]
        assert (found.keys(), differing) == (wanted.keys(), []), variation
        shutil.rmtree(root)


def inputs(variation: dict[str, str]) -> tuple[str, ...]:
    """What names the source's own bytes, which another order of its rows changes."""
    return ("provenance.json",) if "order" in variation else ()
