"""The command line: parse, one library call, one renderer, exit. Only this package prints."""

from datapkg.cli.main import main

__all__ = ["main"]
