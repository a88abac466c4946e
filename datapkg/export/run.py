"""`export`: a release made ready for a service, and sent there only where that is asked for."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datapkg import targets
from datapkg.errors import DatapkgError, OutputError, Refused, TargetError
from datapkg.export import github, huggingface, zenodo
from datapkg.export.bundle import read_bundle
from datapkg.export.client import Answered, Client, Unreachable
from datapkg.export.steps import State, write_requests
from datapkg.project import Project
from datapkg.release.about import about

SERVICES = {"zenodo": zenodo, "huggingface": huggingface, "github": github}
REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")


@dataclass(frozen=True)
class Order:
    """Where to: a service, its address where it is not the usual one, and a repository there where it has some."""

    service: str
    repo: str | None = None
    endpoint: str | None = None
    publish: bool = False

    @property
    def base(self) -> str:
        """The service's address."""
        return (self.endpoint or SERVICES[self.service].ENDPOINT).rstrip("/")


@dataclass(frozen=True)
class Exported:
    """What was made ready in `folder`, by how many requests and files, and where it went, if it was sent."""

    folder: Path
    requests: int
    files: Mapping[str, int]
    address: str | None = None


def export(target: str, project: Project | None, order: Order, *, output: Path | None, send: bool) -> Exported:
    """Make a release ready in a folder; with `send`, send it.

    The folder has `requests.json`, which lists what would be sent, and the archive where there is
    one. What is sent is a draft, or private; `publish` of the order makes it public. A second run
    goes on where the first was interrupted, and does nothing where all is there. Raises Refused where
    there is something else under this version, Unreachable where the service does not answer.
    """
    bundle = read_bundle(target, project)
    folder = output or Path("exports") / bundle.tag / order.service
    repo = _repo(order)
    try:
        if order.service == "huggingface":
            files, steps = dict(bundle.files), list(huggingface.steps(bundle, repo))
        else:
            files = bundle.archived(folder)
            steps = list(zenodo.steps(bundle, files) if not repo else github.steps(bundle, repo, files))
        write_requests(folder, order.base, steps)
        done = Exported(folder, len(steps), {name: path.stat().st_size for name, path in files.items()})
        if not send:
            return done
        client = _client(order)
        if order.service == "huggingface":
            address = huggingface.send(bundle, repo, client, publish=order.publish)
        elif order.service == "github":
            address = github.send(bundle, repo, files, client, publish=order.publish)
        else:
            address = zenodo.send(
                bundle, files, client, State(folder / "state.json", order.base), publish=order.publish
            )
    except Answered as answer:
        raise Unreachable(f"{order.base} answered {answer}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"{order.base} answers otherwise than it is known here ({error})") from None
    except OSError as error:
        raise OutputError(f"the export cannot be written: {error.filename}: {error.strerror or error}") from None
    return Exported(done.folder, done.requests, done.files, address)


def reserve(name: str, project: Project | None, order: Order, *, output: Path | None, previous: str | None) -> str:
    """A DOI of Zenodo for the next release of a dataset, to be written into its descriptor as `id`."""
    if order.service != "zenodo":
        raise Refused(f"{order.service} has no DOIs; Zenodo has")
    if previous is not None and not re.fullmatch("[A-Za-z0-9-]{1,40}", previous):
        raise TargetError(f"{previous!r} is no number of a record")
    dataset = targets.dataset(name, project)
    told = about(dataset.descriptor, dataset.name, dataset.version or "", str(dataset.descriptor.get("created", "")))
    folder = output or Path("exports") / dataset.name / order.service
    version = f"{order.base}#{dataset.version}"
    try:
        return zenodo.reserve(told, _client(order), State(folder / "reserved.json", version), previous)
    except Answered as answer:
        raise Unreachable(f"{order.base} answered {answer}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreachable(f"{order.base} answers otherwise than it is known here ({error})") from None


def _repo(order: Order) -> str:
    if order.service == "zenodo":
        return ""
    if order.repo is None or not REPO.fullmatch(order.repo):
        raise DatapkgError(f"{order.service} needs a repository, --repo OWNER/NAME, and got {order.repo!r}")
    return order.repo


def _client(order: Order) -> Client:
    variable = SERVICES[order.service].TOKEN
    token = os.environ.get(variable, "").strip()
    if not token or not token.isprintable():
        raise DatapkgError(f"there is no token for {order.service}; set {variable}")
    headers = github.HEADERS if order.service == "github" else {}
    return Client(order.base, token, headers=headers)
