"""The tables of the strategy in the planner's README hold the numbers of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from unit.planner.test_strategy import RULES

from darkstar_planner.core.learned import LEARNED
from darkstar_planner.core.strategy import comfort, legionella, risk, target, volatility

README = Path(__file__).resolve().parents[3] / "services" / "planner" / "README.md"


def section() -> str:
    return README.read_text().split("## Strategy\n")[1].split("\n## ")[0]


def rows(heading: str) -> dict[str, list[str]]:
    """The cells of the table whose first line begins with `heading`, by their first cell."""
    table = section().split(f"| {heading} |")[1].split("\n\n")[0]
    cells = [[one.strip() for one in line.strip("| ").split("|")] for line in table.split("\n")[2:]]
    return {one[0].strip("`"): one[1:] for one in cells}


def test_every_rule_is_in_the_table() -> None:
    assert set(rows("rule")) == {*RULES, LEARNED}


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_the_risk_table(level: int) -> None:
    quantile, buffer, worth = rows("level | load less PV over the horizon lies at")[str(level)]
    if level in risk.QUANTILE:
        assert quantile == f"{100 * risk.QUANTILE[level]:.0f} %"
    assert buffer.replace("−", "-").startswith(f"{target.BUFFER[level]:+.0f}")
    assert worth.startswith(f"{100 * target.INSURANCE[level]:.0f} %")


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_the_comfort_table(level: int) -> None:
    shown = [float(one) for one in rows("level | daily minimum")[str(level)]]
    one = comfort.LEVELS[level]
    assert shown == [one.daily_min, one.gap, one.gap_penalty, one.start_penalty]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (r"up to ([\d.]+) times as unsure", 1 + volatility.WIDENING),
        (r"The days ahead add up to (\d+) points", target.ADJUSTMENT),
        (r"points or take them: (\d+) for", target.UNCOVERED),
        (r"at most (\d+) hours early", legionella.EARLY.total_seconds() / 3600),
    ],
)
def test_the_numbers_in_the_text(words: str, value: float) -> None:
    found = re.search(words, section())
    assert found is not None
    assert float(found[1]) == value
