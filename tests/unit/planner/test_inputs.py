"""From the neighbours' messages to a problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from unit.common.keys.probe import changed
from unit.planner.houses import HOUSE, NOON, PLAIN, counted, forecast, house, prices

from darkstar_common.config import Config
from darkstar_common.contract import RunPlan, Service, SlotObservation
from darkstar_common.slots import SLOT
from darkstar_planner.core.errors import UnplannableError
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.matters import matters
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import schedule
from darkstar_planner.core.strategy import Wishes
from darkstar_planner.core.water import heating_day_start

HOUR = timedelta(hours=1)
DAY_AHEAD = changed(PLAIN, "planner.horizon_hours", 24)
WITH_HEATER = changed(HOUSE, "planner.horizon_hours", 24)


def complete(config: Config = PLAIN, *, export_enabled: bool = True) -> Inputs:
    """All inputs at noon: prices for a day, forecasts for two."""
    wishes = replace(Wishes.of(config), export_enabled=export_enabled)
    inputs = Inputs(config=config, wishes=wishes)
    for message in (prices(), forecast("load", 1.0), forecast("pv", 0.5), house(50.0)):
        inputs = inputs.updated(message)
    return inputs


def test_the_problem_is_the_house_at_this_moment() -> None:
    now = NOON + timedelta(minutes=20)
    problem = complete().updated(house(50.0, at=now)).planned(now).problem
    battery = problem.batteries[0]
    assert problem.start == NOON + SLOT
    assert problem.count == 95
    assert problem.load_kw == pytest.approx([1.0] * 95)
    assert problem.pv_kw == pytest.approx([0.5] * 95)
    assert problem.import_price[2] == 3.0
    assert problem.import_price[3] == 1.0
    assert battery.stored_kwh == 5.0
    assert battery.min_kwh == pytest.approx(1.2)
    assert problem.grid.max_export_kw == 11.0
    assert problem.inverter.max_ac_kw == 8.8
    assert problem.options.absolute_gap == 0.05


def test_the_horizon_ends_where_the_first_input_does_and_after_two_days_at_most() -> None:
    inputs = complete().updated(prices(count=400)).updated(forecast("load", 1.0, count=400))
    assert inputs.count(NOON) == 192
    assert inputs.updated(forecast("pv", 0.5, count=400)).count(NOON) == 192
    assert inputs.updated(forecast("pv", 0.5, count=7)).count(NOON) == 7


def test_export_off_forbids_export() -> None:
    problem = complete(export_enabled=False).planned(NOON).problem
    assert problem.grid.max_export_kw == 0.0


def test_a_house_without_sun_needs_no_forecast_of_it() -> None:
    config = PLAIN.model_copy(update={"has_solar": False})
    inputs = Inputs(config=config, wishes=Wishes())
    for message in (prices(), forecast("load", 1.0), house(50.0)):
        inputs = inputs.updated(message)
    assert set(inputs.planned(NOON).problem.pv_kw) == {0.0}


def test_a_house_without_battery_needs_no_charge() -> None:
    config = PLAIN.model_copy(update={"battery": None})
    inputs = Inputs(config=config, wishes=Wishes())
    for message in (prices(), forecast("load", 1.0), forecast("pv", 0.5)):
        inputs = inputs.updated(message)
    assert inputs.planned(NOON).problem.batteries == ()


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        (0, "there is no price curve yet"),
        (1, "there is no load forecast yet"),
        (2, "there is no PV forecast yet"),
        (3, "the battery's state of charge is unknown"),
    ],
)
def test_what_is_missing_is_named(missing: int, said: str) -> None:
    messages = [prices(), forecast("load", 1.0), forecast("pv", 0.5), house(50.0)]
    del messages[missing]
    inputs = Inputs(config=PLAIN, wishes=Wishes())
    for message in messages:
        inputs = inputs.updated(message)
    with pytest.raises(UnplannableError, match=said):
        inputs.planned(NOON)


def test_a_message_of_another_service_is_no_input() -> None:
    with pytest.raises(TypeError, match="RunPlan"):
        complete().updated(RunPlan())


def test_estimated_prices_are_said() -> None:
    planned = complete(DAY_AHEAD).updated(prices(kind="forecast")).planned(NOON)
    assert planned.why == ("24 of 24 hours rest on forecast prices",)


def heated(config: Config, *slots: tuple[datetime, float | None]) -> Inputs:
    inputs = complete(config)
    for start, kwh in slots:
        inputs = inputs.updated(
            SlotObservation(
                sender=Service.RECORDER, emitted_at=start + SLOT, start=start, water_kwh=kwh
            )
        )
    return inputs


def test_the_heaters_day_is_counted_from_its_own_start() -> None:
    # local noon minus: Stockholm is an hour ahead, its heating day began at 05:00 UTC
    begun = datetime(2026, 1, 1, 5, tzinfo=UTC)
    past = [
        (begun + number * SLOT, 0.75 if number in (-1, 0, 1) else 0.0) for number in range(-8, 28)
    ]
    planned = heated(WITH_HEATER, *past).planned(NOON)
    heater = planned.problem.heaters[0]
    assert heater.heated_today_kwh == pytest.approx(1.5)
    assert heater.off_before_slots == 26
    assert heater.on_before_slots == 0
    assert planned.why == ()


def test_an_unknown_slot_is_no_heat_and_said() -> None:
    begun = datetime(2026, 1, 1, 5, tzinfo=UTC)
    past = [(begun + number * SLOT, None if number < 14 else 0.75) for number in range(28)]
    planned = heated(WITH_HEATER, *past).planned(NOON)
    heater = planned.problem.heaters[0]
    assert heater.heated_today_kwh == pytest.approx(14 * 0.75)
    assert heater.on_before_slots == 14
    (said,) = planned.why
    assert said.startswith("only 3.5 of the 7.0 hours since the water heater's day began are known")


def test_the_live_counter_fills_what_is_not_recorded_yet() -> None:
    inputs = complete(Config())
    for minute in range(0, 31, 5):
        at = NOON - timedelta(minutes=30) + timedelta(minutes=minute)
        kwh = 100 + 0.25 * min(minute, 15) / 5
        inputs = inputs.updated(counted(kwh, at=at))
    on, off = inputs.heating.before(NOON, 3.0)
    assert (on, off) == (0, 1)
    assert inputs.heating.between(NOON - HOUR, NOON)[0] == pytest.approx(0.75)


def test_a_counter_that_starts_again_is_no_negative_heat() -> None:
    inputs = complete(Config())
    for number, kwh in enumerate((5.0, 5.5, 0.0, 0.25)):
        inputs = inputs.updated(counted(kwh, at=NOON - HOUR + number * timedelta(minutes=5)))
    assert inputs.heating.between(NOON - HOUR, NOON)[0] == pytest.approx(0.75)


def test_a_long_silence_of_the_counter_tells_no_slot() -> None:
    inputs = complete(Config())
    inputs = inputs.updated(counted(1.0, at=NOON - 3 * HOUR))
    inputs = inputs.updated(counted(9.0, at=NOON))
    assert inputs.heating.between(NOON - 3 * HOUR, NOON) == (0, timedelta(0))


def test_a_block_under_way_is_not_cut_in_the_middle_of_its_slot() -> None:
    inputs = complete(Config())
    now = NOON + timedelta(minutes=6)
    for minute in range(7):
        at = NOON + timedelta(minutes=minute)
        inputs = inputs.updated(counted(0.05 * minute, at=at))
    assert inputs.planned(now).problem.heaters[0].locked_on == ()
    made = plan(inputs.planned(NOON).problem)
    message = schedule(inputs.planned(NOON), made, now=NOON, cause=None)
    on = message.slots[0].model_copy(update={"water_kw": 3.0})
    message = message.model_copy(update={"slots": (on, *message.slots[1:])})
    assert inputs.updated(message).planned(now).problem.heaters[0].locked_on == (0,)


@pytest.mark.parametrize(
    ("now", "defer", "begun"),
    [
        ("2026-01-01T12:00+00:00", 0, "2025-12-31T23:00+00:00"),
        ("2026-01-01T12:00+00:00", 6, "2026-01-01T05:00+00:00"),
        ("2026-01-01T04:00+00:00", 6, "2025-12-31T05:00+00:00"),
        ("2026-03-29T12:00+00:00", 6, "2026-03-29T04:00+00:00"),
        ("2026-10-25T12:00+00:00", 6, "2026-10-25T05:00+00:00"),
    ],
)
def test_when_the_heaters_day_began(now: str, defer: int, begun: str) -> None:
    found = heating_day_start(datetime.fromisoformat(now), Config().zone, timedelta(hours=defer))
    assert found == datetime.fromisoformat(begun)


def with_schedule() -> Inputs:
    inputs = complete()
    planned = inputs.planned(NOON)
    return inputs.updated(schedule(planned, plan(planned.problem), now=NOON, cause=None))


def test_only_what_changes_something_matters() -> None:
    known = with_schedule()
    for message in (
        prices(),
        forecast("load", 1.05),
        forecast("pv", 0.55),
        house(51.0),
        counted(3.0, at=NOON),
    ):
        assert matters(known, known.updated(message), message, NOON) is None


def test_what_changes_something_matters() -> None:
    known = with_schedule()
    for message, reason in (
        (prices(of=lambda start: start.hour / 10), "prices changed"),
        (prices(count=100), "prices changed"),
        (forecast("load", 1.4), "the load forecast changed"),
        (forecast("pv", 0.9), "the pv forecast changed"),
        (house(80.0), "the battery is not where the plan has it"),
    ):
        assert matters(known, known.updated(message), message, NOON) == reason


def test_the_first_moment_a_plan_is_possible_matters() -> None:
    before = Inputs(config=PLAIN, wishes=Wishes())
    message = house(50.0)
    after = complete()
    assert matters(before, after, message, NOON) == "the inputs are complete"
    assert matters(before, before.updated(message), message, NOON) is None
