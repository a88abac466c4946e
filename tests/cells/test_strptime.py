"""Patterns of dates and times mean what Python's own strptime says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapkg.cells.strptime import forms, read, translate

PATTERNS = [
    *("%Y-%m-%d", "%d/%m/%y", "%d %B %Y", "%b %d, %Y", "%Y-%j", "%H:%M:%S.%f", "%I:%M %p", "%Y%m%dT%H%M%S"),
    *("%a, %d %b %Y %H:%M:%S %z", "%x %X", "%c", "100%% %Y", "%d.%m.", "%m/%Y"),
]


@given(pattern=st.sampled_from(PATTERNS), moment=st.datetimes(timezones=st.just(UTC)), noise=st.sampled_from(["", "0"]))
def test_a_pattern_reads_what_python_reads(pattern: str, moment: datetime, noise: str) -> None:
    text = moment.strftime(pattern).replace("00", "0" + noise, 1)
    try:
        wanted = datetime.strptime(text, pattern).replace(tzinfo=None)  # noqa: DTZ007
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011  (of any kind)
            read(forms("datetime", pattern), text)
    else:
        assert read(forms("datetime", pattern), text) == wanted


@pytest.mark.parametrize("pattern", ["dd/mm/yyyy", "%U", "%Q", "%d %d", "%Y %y", "%H %I", "%"])
def test_a_pattern_that_cannot_be_judged_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="format"):
        translate(pattern)
