"""A pytest plugin: with DATAPKG_TEST_ALL=1 a skipped test is a failed one.

One reason is good all the same: material that lies beside the checkout, in `../shared`, is not
on every machine. Where that folder is absent, a test that says so in its reason may skip.
"""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

BESIDE = "../shared"
ABSENT = not (Path(__file__).resolve().parents[2] / "shared").is_dir()


def forbidden(reason: str) -> bool:
    """Whether this reason is not good enough here."""
    return os.environ.get("DATAPKG_TEST_ALL") == "1" and not (ABSENT and BESIDE in reason)


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Why the test was skipped."""
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the skip of a test into a failure."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and forbidden(reason_of(report)):
        report.longrepr = f"skipped, which DATAPKG_TEST_ALL forbids: {reason_of(report)}"
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole file into a failure."""
    report = yield
    if report.skipped and forbidden(reason_of(report)):
        report.longrepr = f"skipped, which DATAPKG_TEST_ALL forbids: {reason_of(report)}"
        report.outcome = "failed"
    return report
