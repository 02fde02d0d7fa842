"""What the executor's benchmark says of its figures, and that it measures what it claims."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from bench.executor import Case, Figures, section
from bench.executor_core import Wear, tick_seconds
from bench.flood import SENSORS, message
from bench.percentiles import met, percentile
from hypothesis import given
from hypothesis import strategies as st

VALUES = st.lists(st.floats(0, 1e6), min_size=1)
CASE = Case(rate=0, heard=0.0, first=[0.006] * 99 + [0.02], last=[0.03] * 100, busy=12.0)
FIGURES = Figures(
    cases=(CASE, replace(CASE, rate=1000, heard=1003.0, first=[0.01] * 98 + [0.06] * 2)),
    memory=(56.0, 45.0, 41.0), rest=60.0, core=[0.001] * 98 + [0.012] * 2, ticks=(200, 199),
    mean=0.002, wear=(Wear(profile="deye", entity="number.target", most=16, total=51),), load=0.5,
)  # fmt: skip


def line(text: str, start: str) -> str:
    """The table's line that begins so."""
    return next(one for one in text.splitlines() if one.startswith(f"| {start}"))


@given(VALUES, st.floats(0.1, 100))
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(one <= found for one in values) >= len(values) * share / 100 - 1e-6


@given(VALUES)
def test_the_hundredth_is_the_most(values: list[float]) -> None:
    assert percentile(values, 100) == max(values)


def test_of_two_hundred_the_third_from_above_is_p99() -> None:
    assert percentile([*range(200)], 99) == 197
    assert percentile([7.0], 50) == 7.0


@pytest.mark.parametrize(("values", "share"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_what_is_no_percentile_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match=r"no percentile|not over 0"):
        percentile(values, share)


def test_under_sixty_is_not_sixty() -> None:
    assert met(60, 60) == "yes"
    assert met(60, 60, below=True) == met(61, 60) == "**no**"
    assert met(59, 60, below=True) == "yes"


def test_each_rate_is_held_against_the_target_and_the_quiet_one() -> None:
    text = section(FIGURES)
    quiet, flooded = line(text, "no / 0"), line(text, "1000 / 1003")
    assert quiet.endswith("| 6.0 ms | 6.0 ms | 20.0 ms | 1.0 | 30.0 / 30.0 ms | 12 % | yes |")
    assert flooded.endswith(
        "| 10.0 ms | 60.0 ms | 60.0 ms | 10.0 | 30.0 / 30.0 ms | 12 % | **no** |"
    )


def test_every_missed_target_is_said() -> None:
    missed = replace(FIGURES, memory=(60.0, 45.0, 41.0), mean=0.011)
    text = section(missed)
    for start in ("a tick's core, p99", "a tick in the process, mean", "resident after 60 s"):
        assert line(text, start).endswith("| **no** |")
    assert (
        line(text, "of 200 ticks within 10 ms") == "| of 200 ticks within 10 ms | 99.50 % |  |  |"
    )
    assert line(text, "deye") == "| deye | `number.target` | 16 | 90 | 51 | yes |"


def test_other_work_on_the_machine_is_said() -> None:
    assert "busy with other work" not in section(FIGURES)
    assert "busy with other work as well (a load of 3.0" in section(replace(FIGURES, load=3.0))


def test_the_flood_tells_every_sensor_something_else_each_time() -> None:
    told = [message(number) for number in range(30 * len(SENSORS))]
    assert {topic for topic, _ in told[: len(SENSORS)]} == {f"house/{role}" for role in SENSORS}
    for role in SENSORS:
        values = [float(payload) for topic, payload in told if topic == f"house/{role}"]
        assert all(one != another for one, another in pairwise(values))
        assert "energy" not in role or values == sorted(values)


def test_each_timed_tick_decides_on_another_override() -> None:
    assert len(tick_seconds(6)) == 6
