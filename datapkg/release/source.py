"""The descriptor in the source, changed in two values and nowhere else."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from datapkg.descriptor import Document, read_document
from datapkg.errors import Refused
from datapkg.notation import DescriptorFault

SCALAR = r"(?P<quote>[\"']?)[^\"'#,\s]+(?P=quote)(?=[,\s]|$)"


def with_values(path: Path, values: Mapping[str, str]) -> str:
    """The descriptor's text with each top-level text of `values` set; all else stays as it is.

    A property that is not there is added below `name`. Raises Refused where that cannot be done
    by changing one line for each.
    """
    text = path.read_bytes().decode("utf-8")
    with TemporaryDirectory(prefix="datapkg-") as folder:
        copy = Path(folder) / path.name
        wanted = dict(read_document(path).data)
        for name, value in values.items():
            copy.write_text(text, encoding="utf-8", newline="")
            try:
                text = _with_value(read_document(copy), text, name, value)
            except DescriptorFault:  # What was added before stands where it cannot.
                break
            wanted[name] = value
        copy.write_text(text, encoding="utf-8", newline="")
        if _data(copy) != wanted:
            way = f"format it by `datapkg fmt`, or set {' and '.join(values)} in it by hand"
            raise Refused(f"{path.name} is not written a property a line; {way}")
    return text


def replace_text(path: Path, text: str) -> None:
    """Give the file a new text in one step, so that nobody sees half of it; it need not be there yet."""
    fresh = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with fresh.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _with_value(document: Document, text: str, name: str, value: str) -> str:
    """The text with one value changed on its own line, or a line for it added below `name`."""
    lines = text.splitlines(keepends=True)
    json_key = '"' if document.path.suffix == ".json" else "[\"']?"
    if (name,) in document.lines:
        number = document.lines[(name,)] - 1
        match = re.search(rf"(?P<before>(?<!\w){json_key}{name}{json_key}\s*:\s*){SCALAR}", lines[number])
        if match:
            quoted = f"{match['quote']}{value}{match['quote']}"
            lines[number] = f"{lines[number][: match.start()]}{match['before']}{quoted}{lines[number][match.end() :]}"
        return "".join(lines)
    number = document.line("name")
    line = lines[number - 1]
    indent = line[: len(line) - len(line.lstrip())]
    fresh = f'"{name}": {json.dumps(value)},' if document.path.suffix == ".json" else f'{name}: "{value}"'
    lines.insert(number, f"{indent}{fresh}\n")
    return "".join(lines)


def _data(path: Path) -> object:
    try:
        return read_document(path).data
    except DescriptorFault:
        return None
