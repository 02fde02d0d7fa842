"""Whatever house, wishes and news there are: a plan, checked, and a schedule that can be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.planner.houses import forecast, house, prices

from darkstar_common.config import Config
from darkstar_common.contract import EvSet, ManualBlock, Schedule, Service, SlotObservation
from darkstar_common.slots import SLOT, slot_start
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import episode, schedule, strategy_message
from darkstar_planner.core.strategy import Wishes

MOMENTS = st.sampled_from(
    [
        "2026-01-15T11:52:00+00:00",
        "2026-01-31T20:07:30+00:00",  # the month ends within the horizon
        "2026-03-28T23:14:59+00:00",  # a day of 23 hours
        "2026-10-24T21:00:00+00:00",  # one of 25
        "2025-12-31T22:45:01+00:00",
    ]
).map(datetime.fromisoformat)
BATTERIES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "capacity_kwh": st.sampled_from([2.0, 10.0, 34.2]),
        "min_charge_kw": st.sampled_from([0.0, 1.0]),
        "charge_taper": st.sampled_from([[], [[80, 5], [100, 0.5]], [[90, 3]]]),
        "charge_from_grid": st.booleans(),
        "discharge_to_grid": st.booleans(),
        "standby_kw": st.sampled_from([0.0, 0.05]),
    },
)
HEATERS = st.none() | st.fixed_dictionaries(
    {"daily_min_kwh": st.sampled_from([0.0, 3.0, 12.0])},
    optional={"max_gap_hours": st.sampled_from([None, 8.0])},
)
CARS = st.lists(
    st.fixed_dictionaries(
        {"departure": st.sampled_from(["07:00", "02:30", "23:59"])},
        optional={"capacity_kwh": st.sampled_from([10.0, 60.0])},
    ),
    max_size=2,
).map(lambda cars: [{**one, "id": f"car{number}"} for number, one in enumerate(cars)])
CONFIGS = st.builds(
    lambda battery, heater, evs, grid, inverter, scenarios: Config.model_validate(
        {
            "battery": battery,
            "water_heater": heater,
            "evs": evs,
            "grid": grid,
            "inverter": inverter,
            "planner": {"horizon_hours": 4, "scenarios": scenarios, "time_limit_seconds": 2},
        }
    ),
    BATTERIES,
    HEATERS,
    CARS,
    st.fixed_dictionaries(
        {},
        optional={
            "max_import_kw": st.sampled_from([0.5, 11.0]),
            "max_export_kw": st.sampled_from([0.0, 11.0]),
            "import_limit_kw": st.sampled_from([None, 1.0]),
            "peak": st.sampled_from([None, {}, {"weekdays_only": False, "top_n": 1}]),
        },
    ),
    st.sampled_from([{}, {"dc_coupled": True, "efficiency": 0.95}, {"max_ac_kw": 0.5}]),
    st.sampled_from([1, 3]),
)
WISHES = st.builds(
    Wishes,
    risk_appetite=st.integers(1, 5),
    comfort=st.integers(1, 5),
    export_enabled=st.booleans(),
    vacation=st.booleans(),
)
SAID = st.none() | st.builds(
    EvSet,
    connected=st.booleans(),
    soc_percent=st.none() | st.integers(0, 100).map(float),
    target_percent=st.none() | st.sampled_from([0.0, 100.0]),
)
BLOCKS = st.lists(
    st.tuples(
        st.sampled_from(["charge", "export", "hold", "heat"]),
        st.integers(-4, 14),
        st.integers(1, 8),
        st.none() | st.sampled_from([0.0, 2.0, 20.0]),
    ),
    max_size=3,
)


def known(config: Config, wishes: Wishes, now: datetime, soc: float, negative: bool) -> Inputs:
    first = slot_start(now)
    low = -0.5 if negative else 0.5
    inputs = Inputs(config=config, wishes=wishes)
    for message in (
        prices(start=first, count=20, of=lambda at: 3.0 if at.hour % 2 else low, at=now),
        forecast("load", 1.0, start=first, count=20, at=now),
        forecast("pv", 2.0, start=first, count=20, at=now),
        house(soc, at=now),
        SlotObservation(
            sender=Service.RECORDER,
            emitted_at=now,
            start=first - SLOT,
            import_kwh=2.0,
            water_kwh=0.75,
            ev_kwh=1.0,
        ),
    ):
        inputs = inputs.updated(message)
    return inputs


def published(inputs: Inputs, now: datetime) -> Schedule:
    """The schedule, after a look at whether everything else can be sent, too."""
    planned = inputs.planned(now)
    solution = plan(planned.problem)
    assert solution.checks.passed, solution.checks.problems
    made = schedule(planned, solution, now=now, cause=None)
    assert strategy_message(planned, now=now, cause=None).model_dump_json()
    assert episode(planned, made).model_dump_json()
    return Schedule.model_validate_json(made.model_dump_json())


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    config=CONFIGS,
    wishes=WISHES,
    now=MOMENTS,
    soc=st.integers(0, 100).map(float),
    said=SAID,
    blocks=BLOCKS,
    negative=st.booleans(),
)
def test_there_is_always_a_plan_and_a_schedule_to_send(  # noqa: PLR0917 (all that varies)
    config: Config,
    wishes: Wishes,
    now: datetime,
    soc: float,
    said: EvSet | None,
    blocks: list[tuple[str, int, int, float | None]],
    negative: bool,
) -> None:
    first = slot_start(now)
    inputs = replace(
        known(config, wishes, now, soc, negative),
        cars={} if said is None else {"car0": said.model_copy(update={"emitted_at": now})},
        blocks=tuple(
            ManualBlock(
                action=action,
                start=first + begin * SLOT,
                end=first + (begin + length) * SLOT,
                power_kw=power,
            )
            for action, begin, length, power in blocks
        ),
    )
    made = published(inputs, now)
    assert len(made.slots) == 16
    assert made.slots[0].start == first
    again = inputs.updated(made).updated(house(soc, at=now + timedelta(minutes=1)))
    assert published(again, now + timedelta(minutes=1)).slots[0].start >= first
