"""frictionless as it comes, without our plugin: the cells of Parquet as its own parser hands them over."""

import sys
from pathlib import Path
from types import ModuleType

sys.modules["frictionless_datapkg"] = ModuleType("frictionless_datapkg")  # it is found by its name

import frictionless  # noqa: E402
from normal import Rows, tell  # noqa: E402
from read_frictionless import texts  # noqa: E402

PACKAGE = frictionless.Package(f"{sys.argv[1]}/datapackage.json")


def read(name: str, path: Path) -> Rows:
    resource = PACKAGE.get_resource(name)
    assert type(frictionless.system.create_parser(resource)).__module__.startswith("frictionless.formats.")
    return [texts(name, row.to_dict()) for row in resource.read_rows()]


if __name__ == "__main__":
    tell(read)
