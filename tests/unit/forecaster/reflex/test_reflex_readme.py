"""The table of Reflex in the forecaster's README holds the numbers of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from unit.forecaster.reflex.learned import HOUSE

from darkstar_common.contract import Learned
from darkstar_forecaster.core.reflex import bias, bounds, evenings, round_trip, rules, swings, worth
from darkstar_forecaster.core.reflex.learnings import RESPECTED
from darkstar_forecaster.core.reflex.observed import GUESSED

README = Path(__file__).resolve().parents[4] / "services" / "forecaster" / "README.md"


def section() -> str:
    return README.read_text().split("## Reflex\n")[1].split("\n## ")[0]


def row(figure: str) -> list[str]:
    """Evidence, step and bounds of a figure."""
    (line,) = [one for one in section().split("\n") if one.startswith("| `") and figure in one]
    return [one.strip() for one in line.strip("| ").split(" | ")][1:]


def numbers(text: str) -> list[float]:
    return [float(one) for one in re.findall(r"\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("figure", ["pv_factor", "load_factor", "charge_efficiency"])
def test_steps_and_bounds_are_those_of_the_code(figure: Learned) -> None:
    rule = rules(HOUSE)[figure]
    _, step, limits = row(figure)
    assert numbers(step)[0] == rule.step
    assert numbers(limits) == [rule.lowest, rule.highest]


def test_what_goes_by_the_configuration_does() -> None:
    capacity, wear = rules(HOUSE)["battery_capacity_kwh"], rules(HOUSE)["wear_cost_per_kwh"]
    _, step, limits = row("battery_capacity_kwh")
    assert numbers(step) == [bounds.CAPACITY_STEP_KWH, 100 * bounds.CAPACITY_STEP]
    assert [one / 100 * 34.2 for one in numbers(limits)] == pytest.approx(
        [capacity.lowest, capacity.highest]
    )
    _, step, limits = row("wear_cost_per_kwh")
    assert numbers(step) == [worth.FOLLOWS]
    assert "at most a quarter" in step
    assert bounds.WEAR_STEP == 0.25
    low, high = numbers(limits)
    assert [low * 0.2, high * 0.2] == pytest.approx([wear.lowest, wear.highest])


@pytest.mark.parametrize(
    ("figure", "values"),
    [
        ("pv_factor", [bias.DAYS, bias.LEAST["pv_factor"], bias.LEAST_DAYS]),
        (
            "load_factor",
            [
                bias.LEAST["load_factor"],
                evenings.EVENINGS,
                *evenings.EVENING,
                evenings.DAYS,
                evenings.LOW_PERCENT,
                100 * evenings.UNFORESEEN,
                evenings.NOON,
            ],
        ),
        (
            "battery_capacity_kwh",
            [
                swings.LEAST_SWING,
                swings.LEAST_EACH,
                swings.DAYS,
                100 * swings.DEAD_BAND,
                100 * swings.ON_THE_WAY,
            ],
        ),
        (
            "charge_efficiency",
            [round_trip.LEAST_CYCLES, round_trip.DAYS, 100 * round_trip.DEAD_BAND],
        ),
        ("wear_cost_per_kwh", [worth.LEAST_CYCLES, worth.DAYS]),
    ],
)
def test_the_evidence_is_that_of_the_code(figure: str, values: list[float]) -> None:
    assert numbers(row(figure)[0]) == pytest.approx(values)


def test_the_text_holds_the_numbers_of_the_code() -> None:
    assert f"must be off by {bias.DEAD_BAND:g}" in section()
    assert f"for {RESPECTED.days} days not applied by itself" in section()
    assert all(f"`{flag}`" in section() for flag in GUESSED)
    assert f"{evenings.RETURN:g} back to 1 after {evenings.QUIET_DAYS} quiet days" in section()
