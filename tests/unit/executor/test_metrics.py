"""What Prometheus may read of the house, of its plan, and of what was written."""

from __future__ import annotations

from datetime import timedelta
from math import isnan
from pathlib import Path
from typing import Literal

import pytest
from prometheus_client import REGISTRY, Gauge
from unit.executor.living import House, a_house
from unit.executor.samples import CHARGE, EXPORT, HOLD, NOON, discovery, house, schedule, slot

from darkstar_common.config import Config
from darkstar_common.contract import (
    PRICES,
    SCHEDULE,
    PriceCurve,
    PriceSlot,
    Schedule,
    Service,
)
from darkstar_common.slots import SLOT
from darkstar_executor import metrics
from darkstar_executor.core import gauged
from darkstar_executor.measuring import Measuring

FLOWS = ("load", "pv", "import", "export", "charge", "discharge", "water", "ev")
PLAN = schedule(CHARGE, EXPORT, HOLD, HOLD)
MINUTE = timedelta(minutes=1)


def shown(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"darkstar_{name}", labels)


def figure(name: str, **labels: str) -> float:
    value = shown(name, **labels)
    assert value is not None, f"{name} {labels} is not there"
    return value


def curve(
    *rows: tuple[float, float], kind: Literal["published", "forecast"] = "published"
) -> PriceCurve:
    slots = tuple(
        PriceSlot(
            start=NOON + number * SLOT,
            import_per_kwh=bought,
            export_per_kwh=sold,
            spot_per_kwh=sold,
            kind=kind,
        )
        for number, (bought, sold) in enumerate(rows)
    )
    return PriceCurve(
        sender=Service.FORECASTER, emitted_at=NOON, issued_at=NOON, area="SE4", currency="SEK",
        source="test", slots=slots,
    )  # fmt: skip


async def alive(home: House, **readings: str) -> None:
    """A house of which everything is known, or shows `readings` instead."""
    home.alive = {"battery_soc": "50", "grid_voltage": "230", "load_power": "0.5", **readings}
    for role, value in home.alive.items():
        await home.show(role, value)
    await home.wait(seconds=20)


# --- pure ---


@pytest.mark.parametrize("flow", FLOWS)
def test_without_a_plan_no_flow_is_planned(flow: str) -> None:
    assert gauged.planned_powers(None)[flow] is None


def test_the_planned_load_and_pv_are_what_the_meters_will_show() -> None:
    planned = gauged.planned_powers(
        slot(NOON, load_kw=0.5, water_kw=2.0, ev_kw=3.0, pv_kw=4.0, curtailed_kw=1.5)
    )
    assert planned["load"] == 5.5
    assert planned["pv"] == 2.5
    assert planned["water"] == 2.0
    assert planned["ev"] == 3.0


@pytest.mark.parametrize(
    ("minutes", "place"), [(0, 0), (14.99, 0), (15, 1), (59, 3), (60, None), (-1, None)]
)
def test_the_slot_in_force_is_that_of_the_moment(minutes: float, place: int | None) -> None:
    found = gauged.planned_slot(PLAN, NOON + minutes * MINUTE)
    assert found == (None if place is None else PLAN.slots[place])


@pytest.mark.parametrize("plan", [None, PLAN])
def test_a_plan_that_is_over_has_the_battery_nowhere(plan: Schedule | None) -> None:
    assert gauged.planned_percent(plan, NOON + timedelta(hours=2)) is None


def test_the_battery_is_planned_along_the_slot() -> None:
    assert gauged.planned_percent(PLAN, NOON) == pytest.approx(50)
    assert gauged.planned_percent(PLAN, NOON + SLOT / 2) == pytest.approx(60)


@pytest.mark.parametrize(("minutes", "seconds"), [(0, 0.0), (10, 600.0), (300, 18_000.0)])
def test_a_schedule_grows_old(minutes: int, seconds: float) -> None:
    assert gauged.schedule_age(PLAN, NOON + minutes * MINUTE) == seconds
    assert gauged.schedule_age(None, NOON) is None


@pytest.mark.parametrize(
    ("minutes", "bought", "sold"), [(0, 2.0, 1.0), (20, 0.5, -0.1), (40, None, None)]
)
def test_prices_are_those_of_the_moment(
    minutes: int, bought: float | None, sold: float | None
) -> None:
    found = gauged.prices(curve((2.0, 1.0), (0.5, -0.1)), NOON + minutes * MINUTE)
    assert found == {"import": bought, "export": sold}


def test_without_prices_none_is_known() -> None:
    assert gauged.prices(None, NOON) == {"import": None, "export": None}


@pytest.mark.parametrize(
    ("prices", "expected"),
    [(curve((2.0, 1.0)), True), (curve((2.0, 1.0), kind="forecast"), False), (None, False)],
)
def test_an_estimate_is_no_published_price(prices: PriceCurve | None, expected: bool) -> None:
    assert gauged.published(prices, NOON) is expected
    assert gauged.published(prices, NOON + SLOT) is False


# --- as the service shows them ---


@pytest.mark.parametrize("gauge", metrics.AT_FIRST_UNKNOWN, ids=str)
def test_before_the_first_look_nothing_is_known(gauge: Gauge) -> None:
    gauge.set(1)
    Measuring(house())
    (family,) = gauge.collect()
    assert isnan(family.samples[0].value)


async def test_the_house_is_shown_as_it_is(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home, grid_power="-700", battery_power="1200")
        assert figure("executor_soc_percent") == 50
        assert figure("executor_power_kw", flow="load") == 0.5
        assert figure("executor_power_kw", flow="export") == 0.7
        assert figure("executor_power_kw", flow="import") == 0
        assert figure("executor_power_kw", flow="discharge") == 1.2
        assert figure("executor_power_kw", flow="charge") == 0


async def test_what_is_not_known_is_nan_and_never_a_zero(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        await home.show("load_power", "unavailable")
        await home.wait(seconds=10)
        assert isnan(figure("executor_power_kw", flow="load"))
        home.alive = {"grid_voltage": "230"}
        await home.wait(minutes=30)
        assert isnan(figure("executor_soc_percent"))
        assert figure("executor_reading_known", role="battery_soc") == 0
        assert figure("executor_reading_known", role="grid_voltage") == 1


async def test_a_reading_grows_old_until_the_next_one(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        home.alive = {"battery_soc": "50"}
        await home.wait(minutes=3)
        assert figure("executor_reading_age_seconds", role="grid_voltage") >= 170
        assert figure("executor_reading_age_seconds", role="battery_soc") <= 15
        await home.show("grid_voltage", "231")
        await home.wait(seconds=5)
        assert figure("executor_reading_age_seconds", role="grid_voltage") <= 10


async def test_only_sensors_have_an_age(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        assert shown("executor_reading_age_seconds", role="work_mode") is None
        assert shown("executor_reading_age_seconds", role="max_charge_current") is None


async def test_a_sensor_that_is_gone_is_shown_no_more(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        assert shown("executor_reading_known", role="grid_voltage") == 1
        topic, _ = discovery("grid_voltage")
        await home.bus.publish_raw(topic, "", retain=True)
        home.alive = {"battery_soc": "50"}
        await home.wait(seconds=20)
        assert shown("executor_reading_known", role="grid_voltage") is None
        assert shown("executor_reading_age_seconds", role="grid_voltage") is None


async def test_the_plan_is_shown_beside_the_house_and_ends_with_it(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        assert figure("planned_power_kw", flow="charge") == 3.0
        assert 50 <= figure("planned_soc_percent") <= 53
        assert figure("executor_schedule_age_seconds") <= 60
        await home.wait(minutes=16)
        assert figure("planned_power_kw", flow="charge") == 0
        assert figure("planned_power_kw", flow="discharge") == 4.0
        await home.wait(minutes=60)
        assert isnan(figure("planned_power_kw", flow="charge"))
        assert isnan(figure("planned_soc_percent"))
        assert figure("executor_schedule_age_seconds") >= 4500


async def test_the_price_of_the_slot_is_shown(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.tell(PRICES, curve((2.0, 1.0)))
        await alive(home)
        assert figure("price_per_kwh", direction="import") == 2.0
        assert figure("price_per_kwh", direction="export") == 1.0
        assert figure("price_published") == 1
        await home.wait(minutes=15)
        assert isnan(figure("price_per_kwh", direction="import"))
        assert figure("price_published") == 0


async def test_a_price_that_is_an_estimate_is_shown_as_one(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await home.tell(PRICES, curve((2.0, 1.0), kind="forecast"))
        await alive(home)
        assert figure("price_per_kwh", direction="import") == 2.0
        assert figure("price_published") == 0


def test_how_often_a_plan_is_due_is_shown() -> None:
    Measuring(Config.model_validate({"planner": {"interval_minutes": 65}}))
    assert figure("planning_interval_seconds") == 3900


async def test_writes_are_counted_from_nothing(tmp_path: Path) -> None:
    metrics.WRITES.clear()
    async with a_house() as home, home.executor(tmp_path):
        await home.wait(seconds=1)
        for result in metrics.WRITE_RESULTS:
            name = "executor_writes_total"
            assert figure(name, role="work_mode", result=result) == 0
        assert shown("executor_writes_total", role="battery_soc", result="written") is None


async def test_a_setting_that_does_not_obey_is_counted_until_it_does(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        home.obeys = False
        await home.tell(SCHEDULE, schedule(*[CHARGE] * 8))
        await home.wait(minutes=10)
        assert figure("executor_failing_roles") >= 1
        home.obeys = True
        await home.wait(minutes=40)
        assert figure("executor_failing_roles") == 0


async def test_what_people_asked_for_is_shown_while_it_holds(tmp_path: Path) -> None:
    async with a_house() as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
        await alive(home)
        assert (figure("executor_overridden"), figure("executor_paused")) == (0, 0)
        await home.ask("override/set", '{"action": "force_charge", "minutes": 20}')
        assert figure("executor_overridden") == 1
        await home.ask("override/clear", "now")
        await home.ask("pause/set", "30")
        assert (figure("executor_overridden"), figure("executor_paused")) == (0, 1)


@pytest.mark.parametrize("shadow", [True, False])
async def test_shadow_is_shown(tmp_path: Path, shadow: bool) -> None:
    async with a_house(config=house(shadow=shadow)) as home, home.executor(tmp_path):
        await home.tell(SCHEDULE, PLAN)
        await alive(home)
        assert figure("executor_shadow") == shadow


async def test_however_fast_time_passes_it_is_worked_out_twice_a_second(tmp_path: Path) -> None:
    async with a_house() as home:
        home.clock.speed = 240
        async with home.executor(tmp_path):
            await home.tell(SCHEDULE, schedule(*[HOLD] * 8))
            await home.wait(seconds=10)
            assert figure("executor_soc_percent") == 50
            home.alive = {"battery_soc": "60"}
            await home.wait(seconds=100)
            assert figure("executor_soc_percent") == 50
            await home.wait(seconds=30)
            assert figure("executor_soc_percent") == 60
