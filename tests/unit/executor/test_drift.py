"""Obedience by the state of charge alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from unit.executor.samples import NOON
from unit.executor.test_expectation import CHARGE, CONFIG, EXPORT, calm
from unit.executor.test_obedience import Observer

from darkstar_common.contract import Command
from darkstar_executor.core.drift import Drift, drifted
from darkstar_executor.core.measured import Measured

BLIND: dict[str, Any] = {"charge_kw": None, "discharge_kw": None}
HOLD = calm("hold", discharge_kw=0.0)
IDLE = calm("idle", charge_kw=0.0)


def after(command: Command, minutes: float, *, start: float = 50.0, moved: float) -> str:
    """What is said of a battery that has moved by so many points."""
    drift = drifted(
        Drift(at=NOON, soc_percent=start), command, Measured(soc_percent=start + moved), CONFIG,
        NOON + timedelta(minutes=minutes),
    )  # fmt: skip
    assert drift is not None
    return drift.found.verdict


@pytest.mark.parametrize(
    ("command", "minutes", "case", "expected"),
    [
        (CHARGE, 10, {"moved": 6.0}, "follows"),
        (CHARGE, 10, {"moved": 0.0}, "deviates"),
        (CHARGE, 10, {"moved": -2.0}, "deviates"),
        (CHARGE, 4, {"moved": 0.0}, "unknown"),
        (CHARGE, 10, {"start": 78.0, "moved": 0.0}, "follows"),
        (CHARGE.model_copy(update={"soc_target_percent": 100.0}), 10,
         {"start": 94.0, "moved": 0.0}, "follows"),
        (EXPORT, 10, {"moved": -6.0}, "follows"),
        (EXPORT, 10, {"moved": 0.0}, "deviates"),
        (EXPORT, 10, {"start": 22.0, "moved": 0.0}, "follows"),
        (HOLD, 10, {"moved": -3.0}, "deviates"),
        (HOLD, 10, {"moved": -1.0}, "unknown"),
        (HOLD, 60, {"moved": -1.0}, "follows"),
        (HOLD, 10, {"moved": 5.0}, "unknown"),
        (IDLE, 10, {"moved": 3.0}, "deviates"),
        (IDLE, 10, {"moved": -3.0}, "unknown"),
        (calm("self_consume"), 60, {"moved": -9.0}, "unknown"),
    ],
)  # fmt: skip
def test_what_a_state_of_charge_tells(
    command: Command, minutes: float, case: dict[str, float], expected: str
) -> None:
    assert after(command, minutes, **case) == expected


def test_without_a_state_of_charge_nothing_is_known() -> None:
    assert drifted(None, CHARGE, Measured(), CONFIG, NOON) is None


def test_a_clock_set_back_begins_a_stretch_anew() -> None:
    drift = Drift(at=NOON, soc_percent=50.0)
    earlier = NOON - timedelta(hours=1)
    assert drifted(drift, CHARGE, Measured(soc_percent=40.0), CONFIG, earlier) == Drift(
        at=earlier, soc_percent=40.0
    )


def test_a_battery_without_a_power_sensor_that_does_not_charge_is_found() -> None:
    observer = Observer()
    assert observer.look(8, **BLIND) != "not_following"
    assert observer.look(5, **BLIND) == "not_following"
    assert "the state of charge moved by +0.0 points" in observer.following.seen


def test_one_that_charges_follows() -> None:
    observer, soc = Observer(), 20.0
    for _ in range(60):
        soc += 4.0 / 60 * 10
        observer.look(1, **BLIND, soc_percent=soc)
    assert observer.following.state == "following"
