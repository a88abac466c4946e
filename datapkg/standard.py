"""The one door to frictionless: what it says of a descriptor, here or in a process of its own.

Frictionless takes as long to load as most tables to judge. So a first package is asked about while
others work (`ask`): this file is then run as a script, which reads the descriptor (JSON) from standard
input, writes what frictionless says, and imports nothing of this package.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any

LIBRARY = "frictionless"
_asked = False


def notes(kind: str, data: Mapping[str, Any]) -> list[str]:
    """What frictionless says of a `package`, `resource`, `dialect` or `schema`; nothing where it is as it should be."""
    import frictionless

    judges: dict[str, Any] = {
        "package": frictionless.Package,
        "resource": frictionless.Resource,
        "dialect": frictionless.Dialect,
        "schema": frictionless.Schema,
    }
    try:
        return [str(error.note) for error in judges[kind].metadata_validate(data)]
    except frictionless.FrictionlessException as failure:
        return [str(error.note) for error in failure.reasons or [failure.error]]
    except (AttributeError, KeyError, TypeError, ValueError, re.error) as failure:
        # Frictionless trips over some malformed descriptors instead of judging them.
        return [f"it is malformed ({failure})"]


def ask(package: Mapping[str, Any]) -> Callable[[], list[str]]:
    """A function that gives the notes on a package, which a process of its own makes meanwhile.

    Once frictionless is loaded here, or a package has been asked about so, the next is judged here, which is faster
    then; and so is what is no JSON, or where no process answers.
    """
    global _asked  # noqa: PLW0603  (what a process has loaded is one)
    told = json.dumps(package, default=str)
    if _asked or LIBRARY in sys.modules or json.loads(told) != package:
        return lambda: notes("package", package)
    _asked = True
    answer: Future[list[str] | None] = Future()

    def wait() -> None:
        found = None
        try:
            command = [sys.executable, "-I", __file__]
            done = subprocess.run(command, input=told, capture_output=True, text=True, encoding="utf-8", check=True)
            found = [str(note) for note in json.loads(done.stdout)]
        except (OSError, TypeError, ValueError, subprocess.SubprocessError):
            pass
        finally:
            answer.set_result(found)

    Thread(target=wait, daemon=True).start()

    def answered() -> list[str]:
        found = answer.result()
        return notes("package", package) if found is None else found

    return answered


if __name__ == "__main__":
    print(json.dumps(notes("package", json.load(sys.stdin))))  # noqa: T201  (the answer)
