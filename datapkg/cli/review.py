"""`datapkg review`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from datapkg.cache.entries import cache_at
from datapkg.cli.options import color_option, limit_options, limits_of, wants_color, write_text
from datapkg.cli.progress import progress
from datapkg.render.review import REVIEWS
from datapkg.review import How
from datapkg.review import review as run
from datapkg.ruling import rules_from


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--base", required=True, metavar="git:REF", help="The commit, branch or tag that the change is made to.")
@click.option("--format", "name", type=click.Choice(list(REVIEWS)), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Write the review to this file.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), default="error", show_default=True)
@click.option("--limit", type=click.IntRange(0), default=1000, show_default=True, help="Rows and findings shown.")
@click.option("--rules-from", metavar="git:REF", help="Take schemas, rules, waivers and settings from a commit.")
@click.option("--untrusted", is_flag=True, help="Run no code and no SQL that comes with the data.")
@click.option("--no-cache", is_flag=True, help="Judge anew what has not changed since it was judged, and keep nothing.")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; the exit code tells.")
@limit_options
@color_option
@click.pass_context
def review(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    base: str,
    name: str,
    output: Path | None,
    quiet: bool,
    color: str,
    **options: Any,
) -> None:
    """Say in one report what the work tree changes against a commit: for whoever accepts the change.

    For each dataset that differs: what validation says of it, what changed row by row, the bump
    that this asks for, the waivers that came and went, and which rows have no evidence. TARGET is
    a dataset of the project. A stranger's change is reviewed with --rules-from the same commit:
    then nothing that came with it is run.

    \b
    Example:
      datapkg review --base git:main
    """
    origin, project = options["rules_from"], context.obj
    with rules_from(origin, project) if origin is not None else nullcontext(project) as judge, progress(quiet=quiet):
        limits = limits_of(judge, memory=options["memory"], threads=options["threads"], findings=options["limit"])
        cache = None if options["no_cache"] else cache_at(apart_from=project.root if project is not None else None)
        how = How(judge, options["untrusted"], limits, options["limit"], cache)
        found = run(base, *targets, project=project, how=how)
    if output is not None or not quiet:
        write_text(REVIEWS[name](found, wants_color(color, output)), name, output)
    context.exit(1 if found.failed(options["fail_on"]) else 0)
