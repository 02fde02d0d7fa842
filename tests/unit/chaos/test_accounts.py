from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from chaos.__main__ import crashed
from chaos.accounts import deaf_hours, lost, wrong_hours
from chaos.campaign import Outcome
from chaos.faults import Fault, Kind
from chaos.health import unwell

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def outcome(kind: Kind, target: str = "", *, ahead: int = 0, minutes: float = 10) -> Outcome:
    fault = Fault(number=1, kind=kind, target=target, ahead=ahead)
    begin = NOON + timedelta(minutes=20)
    return Outcome(fault=fault, begin=begin, end=begin + timedelta(minutes=minutes))


@pytest.mark.parametrize("target", ["executor", "recorder", "all"])
@pytest.mark.parametrize(("ahead", "first", "last"), [(2, -1, 3), (-2, -3, 1)])
def test_hours_in_reach_of_a_wrong_clock_are_set_apart(
    target: str, ahead: int, first: int, last: int
) -> None:
    found = wrong_hours([outcome(Kind.CLOCK_JUMP, target, ahead=ahead)])
    assert found == {NOON + number * HOUR for number in range(first, last + 1)}


@pytest.mark.parametrize("target", ["planner", "forecaster", "gateway"])
def test_a_clock_that_dates_no_energy_sets_no_hour_apart(target: str) -> None:
    assert wrong_hours([outcome(Kind.CLOCK_JUMP, target, ahead=2)]) == frozenset()
    assert wrong_hours([outcome(Kind.KILL, "executor")]) == frozenset()


@pytest.mark.parametrize(
    ("kind", "target", "seconds", "hours"),
    [
        (Kind.STOP, "executor", 5, 1),
        (Kind.PARTITION, "executor", 70, 2),
        (Kind.PARTITION, "executor", inf, 2),
        (Kind.KILL, "executor", 0, 0),
        (Kind.BROKER_RESTART, "", 5, 1),
        (Kind.STOP, "planner", 5, 0),
        (Kind.SENSOR_LOST, "executor", 5, 0),
    ],
)
def test_an_hour_that_begins_while_nobody_hears_is_judged_with_the_one_before(
    kind: Kind, target: str, seconds: float, hours: int
) -> None:
    one = replace(outcome(kind, target, minutes=35), recovery={"executor": seconds})
    expected = {NOON + number * HOUR for number in range(1, hours + 1)}
    assert deaf_hours([one], speed=60) == expected


def test_an_action_that_is_not_kept_is_lost() -> None:
    assert lost({"a": NOON, "b": NOON}, ["a"], [], speed=60) == ("b",)


@pytest.mark.parametrize(
    ("kind", "later", "missing"),
    [
        (Kind.BROKER_KILL, timedelta(minutes=19), ()),
        (Kind.BROKER_KILL, timedelta(minutes=21), ("b",)),
        (Kind.BROKER_RESTART, timedelta(0), ("b",)),
        (Kind.KILL, timedelta(0), ("b",)),
    ],
)
def test_only_a_killed_broker_may_take_messages_along(
    kind: Kind, later: timedelta, missing: tuple[str, ...]
) -> None:
    some = [outcome(kind)]
    assert lost({"b": some[0].begin + later}, [], some, speed=60) == missing


def test_who_is_not_well_in_time_is_named() -> None:
    assert unwell({"planner": 29.9, "executor": 30.1, "gateway": float("inf")}, 30) == [
        "executor was not well within 30 s",
        "gateway was not well within 30 s",
    ]


CALLBACK = "Exception in callback BaseSelectorEventLoop.add_writer(7)"


@pytest.mark.parametrize(
    ("log", "found"),
    [
        ('{"event": "planned"}\n', False),
        ('{"event": "crashed", "exception": "Traceback (most recent call last):"}\n', True),
        (f'{{"event": "{CALLBACK}", "exception": "Traceback"}}\n', False),
        ('{"event": "Exception in callback Other()", "exception": "Traceback"}\n', True),
    ],
)
def test_an_exception_in_a_log_is_found(log: str, found: bool) -> None:
    assert crashed(log) is found
