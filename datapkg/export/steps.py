"""What an exporter would send, as values that can be looked at before; and what it must remember to go on."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Step:
    """One request: `{id}` in its path is what an earlier answer gives. One that is `asked` needs --publish."""

    method: str
    path: str
    why: str
    body: Any = None
    file: Path | None = None
    asked: bool = False

    def told(self, folder: Path) -> dict[str, Any]:
        """As the listing has it."""
        found: dict[str, Any] = {"method": self.method, "path": self.path, "why": self.why}
        if self.body is not None:
            found["body"] = self.body
        if self.file is not None:
            found["file"] = Path(os.path.relpath(self.file, folder)).as_posix()
            found["bytes"] = self.file.stat().st_size
        return {**found, "only": "with --publish"} if self.asked else found


@dataclass(frozen=True)
class State:
    """What the service called our draft: kept in a file, so that the next run goes on with it."""

    path: Path
    base: str

    def get(self, name: str) -> str | None:
        """What was kept for this service."""
        found = self._all().get(self.base, {}).get(name)
        return found if isinstance(found, str) else None

    def put(self, name: str, value: str) -> str:
        """Keep it, in one step."""
        kept = self._all()
        kept[self.base] = {**kept.get(self.base, {}), name: value}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        beside.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        beside.replace(self.path)
        return value

    def _all(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        held = found.items() if isinstance(found, Mapping) else ()
        return {str(base): dict(kept) for base, kept in held if isinstance(kept, Mapping)}


def write_requests(folder: Path, base: str, steps: Iterable[Step]) -> Path:
    """The listing of what would be sent, `requests.json`."""
    path = folder / "requests.json"
    told = {"format": "datapkg-export/1", "to": base, "requests": [step.told(folder) for step in steps]}
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path
