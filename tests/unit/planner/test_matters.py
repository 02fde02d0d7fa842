"""Which news are worth a new plan, and which are the noise of every day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from unit.common.keys.probe import changed
from unit.planner.houses import NOON, PLAIN, forecast, house, prices
from unit.planner.test_inputs import complete

from darkstar_common.contract import (
    Message,
    PriceCurve,
    Service,
    SlotObservation,
    WeatherForecast,
    WeatherSlot,
)
from darkstar_common.slots import SLOT
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.matters import matters
from darkstar_planner.core.plan import plan
from darkstar_planner.core.schedule import schedule

HOUR = timedelta(hours=1)
HALF_DAY = changed(PLAIN, "planner.horizon_hours", 12)


def known() -> Inputs:
    """All inputs, and the schedule that was made of them."""
    inputs = complete(HALF_DAY).updated(weather(5.0))
    planned = inputs.planned(NOON)
    return inputs.updated(schedule(planned, plan(planned.problem), now=NOON, cause=None))


def weather(temperature_c: float | None, *, hours: int = 48) -> WeatherForecast:
    return WeatherForecast(
        sender=Service.FORECASTER,
        emitted_at=NOON,
        issued_at=NOON,
        source="test",
        slots=tuple(
            WeatherSlot(start=NOON + number * SLOT, temperature_c=temperature_c)
            for number in range(4 * hours)
        ),
    )


def moved(by: float, *, kind: str = "published", first: int = 0, count: int = 96) -> PriceCurve:
    """The prices of `known`, `by` dearer from a slot on."""
    curve = prices(count=count)
    slots = tuple(
        one.model_copy(
            update={
                "kind": kind if number >= first else "published",
                "import_per_kwh": one.import_per_kwh + (by if number >= first else 0.0),
            }
        )
        for number, one in enumerate(curve.slots)
    )
    return curve.model_copy(update={"slots": slots})


def news(message: Message, *, before: Inputs | None = None, minute: float = 0) -> str | None:
    inputs = before or known()
    return matters(inputs, inputs.updated(message), message, NOON + timedelta(minutes=minute))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (moved(0.0), None),
        (moved(0.001), None),
        (moved(0.1), "prices changed"),
        (moved(0.1, first=95), "prices changed"),
        (moved(0.0, count=99), None),
        (moved(0.0, count=100), "prices changed"),
        (weather(6.0), None),
        (weather(9.0), "the weather forecast changed"),
        (weather(None), None),
        (forecast("load", 1.05), None),
        (forecast("load", 1.3), "the load forecast changed"),
        (forecast("pv", 0.45), None),
        (forecast("pv", 0.8), "the pv forecast changed"),
        (house(53.0), None),
        (house(40.0), "the battery is not where the plan has it"),
        (house(60.0), "the battery is not where the plan has it"),
        (house(None), None),
    ],
)
def test_what_is_worth_a_plan(message: Message, reason: str | None) -> None:
    assert news(message) == reason


@pytest.mark.parametrize(("mean_kw", "matters_now"), [(1.05, False), (1.2, True)])
def test_what_a_forecast_expects_matters_and_its_median_then_does_not(
    mean_kw: float, matters_now: bool
) -> None:
    plain = forecast("load", 1.0)
    slots = tuple(one.model_copy(update={"mean_kw": mean_kw, "p50_kw": 0.6}) for one in plain.slots)
    said = news(plain.model_copy(update={"slots": slots}))
    assert said == ("the load forecast changed" if matters_now else None)


def test_a_forecast_price_that_is_redrawn_a_little_is_no_reason() -> None:
    before = known().updated(moved(0.0, kind="forecast", first=48))
    assert news(moved(0.05, kind="forecast", first=48), before=before) is None
    assert news(moved(0.5, kind="forecast", first=48), before=before) == "prices changed"


def test_a_forecast_price_that_is_published_is_a_reason() -> None:
    before = known().updated(moved(0.0, kind="forecast", first=48))
    assert news(moved(0.0), before=before) == "prices changed"


def test_prices_of_the_past_are_past() -> None:
    past = moved(0.0)
    slots = (past.slots[0].model_copy(update={"import_per_kwh": 9.0}), *past.slots[1:])
    again = past.model_copy(update={"slots": slots})
    assert news(again) == "prices changed"
    assert news(again, minute=15.5, before=fresh(16)) is None


def fresh(minute: float) -> Inputs:
    """`known`, with a charge as planned at that minute."""
    inputs = known()
    assert inputs.schedule is not None
    soc = inputs.schedule.slots[0].soc_percent
    return inputs.updated(house(soc, at=NOON + timedelta(minutes=minute)))


def test_the_first_weather_is_a_reason_and_weather_without_temperature_is_none() -> None:
    bare = replace(known(), weather=None)
    assert news(weather(5.0), before=bare) == "the weather forecast changed"
    assert news(weather(None), before=bare) is None


def test_a_charge_that_changes_as_planned_is_no_reason() -> None:
    inputs = known()
    assert inputs.schedule is not None
    for number in (1, 6, 13):
        begin = inputs.schedule.slots[number - 1].soc_percent or 0.0
        end = inputs.schedule.slots[number].soc_percent or 0.0
        at = NOON + (number + 0.5) * SLOT
        before = inputs.updated(house((begin + end) / 2, at=at))
        message = house((begin + end) / 2 + 1.0, at=at)
        assert matters(before, before.updated(message), message, at) is None
        message = house((begin + end) / 2 - 20.0, at=at)
        reason = matters(before, before.updated(message), message, at)
        assert reason == "the battery is not where the plan has it"


def test_a_charge_after_the_end_of_the_schedule_is_not_off_plan() -> None:
    at = NOON + 13 * HOUR
    before = known().updated(house(50.0, at=at))
    message = house(90.0, at=at)
    assert matters(before, before.updated(message), message, at) is None


def observed(import_kwh: float) -> SlotObservation:
    return SlotObservation(
        sender=Service.RECORDER, emitted_at=NOON, start=NOON - SLOT, import_kwh=import_kwh
    )


def test_a_closed_slot_is_no_reason() -> None:
    assert news(observed(5.0)) is None


def test_a_tank_that_was_made_hot_is_a_reason_on_vacation() -> None:
    before = known()
    after = replace(before, legionella_done_at=NOON)
    assert matters(before, after, observed(0.0), NOON) is None
    away = replace(after, wishes=replace(after.wishes, vacation=True))
    assert matters(before, away, observed(0.0), NOON) == "the tank was made hot"


def test_nothing_is_a_reason_while_there_can_be_no_plan() -> None:
    blind = replace(known(), house=None)
    assert news(moved(1.0), before=blind) is None
    assert news(house(50.0), before=blind) == "the inputs are complete"
