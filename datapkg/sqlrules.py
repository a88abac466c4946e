"""Maintainers' rules over several tables: one SQL file each, selecting the rows at fault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datapkg.findings import Layer, Rule, Severity

HEADER = re.compile(r"--\s*([a-z]+):\s*(.*?)\s*")
WHY = "The maintainers declared it a law of these tables."
FIX = "Correct the row, or the rows that it does not agree with."
KEYS = ("rule", "severity", "message", "why", "fix", "table", "column")


@dataclass(frozen=True)
class SqlRule:
    """A query that selects bad rows; `table` and `column` say where a finding stands.

    A rule that may not even be read has a `refusal`, one that is not understood a `mistake`.
    """

    rule: Rule
    path: Path
    query: str
    table: str | None
    column: str | None
    refusal: str | None = None
    mistake: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the rule can be asked."""
        return self.refusal is None and self.mistake is None


def read_sql_rules(folder: Path) -> tuple[SqlRule, ...]:
    """The rules of `folder`, by file name; what is wrong with one is in it."""
    if not folder.is_dir():
        return ()
    return tuple(read_sql_rule(path) for path in sorted(folder.glob("*.sql")))


def read_sql_rule(path: Path) -> SqlRule:
    """The rule of one file. Without a header its name is the file's and its severity error."""
    unread = Rule(path.stem, Layer.DUCKDB, f"the row breaks {path.stem}", WHY, FIX)
    if path.is_symlink() or path.parent.is_symlink() or path.parent.parent.is_symlink():
        return SqlRule(unread, path, "", None, None, "symbolic links are not followed")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return SqlRule(unread, path, "", None, None, f"it is not UTF-8, at byte {error.start + 1}")
    except OSError as error:
        return SqlRule(unread, path, "", None, None, mistake=f"its file cannot be read: {error.strerror}")
    header = _header(text)
    severity = header.get("severity", "error")
    if severity not in tuple(Severity):
        note = f"its severity {severity!r} is not error, warning or info"
        return SqlRule(unread, path, "", None, None, mistake=note)
    code = header.get("rule", path.stem)
    if code != path.stem:
        note = f"its header calls it {code!r}; rule and file must have the same name"
        return SqlRule(unread, path, "", None, None, mistake=note)
    rule = Rule(
        code=code,
        layer=Layer.DUCKDB,
        severity=Severity(severity),
        message=header.get("message", f"the row breaks {code}"),
        why=header.get("why", WHY),
        fix=header.get("fix", FIX),
    )
    return SqlRule(rule, path, text.strip().rstrip(";"), header.get("table"), header.get("column"))


def _header(text: str) -> Mapping[str, str]:
    """The `-- key: value` lines at the top of the file; a line that goes on is joined."""
    found: dict[str, str] = {}
    last = None
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        match = HEADER.fullmatch(line)
        if match and match[1] in KEYS:
            last = match[1]
            found[last] = match[2]
        elif last and line.startswith("--   "):
            found[last] += " " + line[2:].strip()
        else:
            last = None
    return found
