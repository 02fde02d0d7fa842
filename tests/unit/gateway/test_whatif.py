"""What-ifs over HTTP, answered by the planner itself on the same bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from support.gateway_app import NOON, Gateway, a_gateway
from support.gateway_house import schedule
from unit.planner.houses import PLAIN, forecast, house, prices

from darkstar_common.bus import MemoryBus, RawDelivery
from darkstar_common.config import Config
from darkstar_common.contract import (
    HOUSE_STATE,
    LOAD_FORECAST,
    PLAN_SIMULATE,
    PRICES,
    PV_FORECAST,
    SCHEDULE,
    Schedule,
    Service,
)
from darkstar_common.testing import a_context, settle
from darkstar_gateway.api.page import Page
from darkstar_planner.service import planner

QUICK = PLAIN.model_copy(
    update={"planner": PLAIN.planner.model_copy(update={"horizon_hours": 6, "jitter_seconds": 0})}
)


async def asked(gateway: Gateway, path: str, body: object) -> tuple[int, dict[str, Any]]:
    answer = await gateway.client.post(f"/api/{path}", json=body)
    return answer.status_code, answer.json()


@pytest.fixture
async def planned(gateway: Gateway, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway that shows the first plan of a planner."""
    bus = MemoryBus(broker=gateway.bus.broker, sender=Service.PLANNER, now=gateway.clock.now)
    context = a_context(
        bus, state_dir=tmp_path, config=QUICK, clock=gateway.clock, service=Service.PLANNER
    )
    async with gateway.bus.inbox(SCHEDULE) as inbox:
        running = asyncio.create_task(planner(context))
        await gateway.bus.publish(PRICES, prices(start=NOON, at=NOON))
        await gateway.bus.publish(LOAD_FORECAST, forecast("load", 1.0, start=NOON, at=NOON))
        await gateway.bus.publish(PV_FORECAST, forecast("pv", 0.5, start=NOON, at=NOON))
        await gateway.bus.publish(HOUSE_STATE, house(50.0, at=NOON))
        await settle()
        delivery = await anext(aiter(inbox))
        assert not isinstance(delivery, RawDelivery)
        gateway.live.apply(SCHEDULE.path, delivery.message)
        yield gateway
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_what_if_is_a_plan_in_money_beside_the_usual_one(planned: Gateway) -> None:
    status, said = await asked(planned, "whatif", {"changes": {"battery.capacity_kwh": 2.0}})
    assert status == 200
    assert said["accepted"] is True
    usual = said["usual"]
    assert said["objective_change"] == pytest.approx(said["objective"] - usual["objective"])
    Schedule.model_validate(said["schedule"])


async def test_selling_step_by_step_is_realised_and_has_a_price(planned: Gateway) -> None:
    steps = [await asked(planned, "whatif/export", {"kwh": kwh}) for kwh in (1.0, 3.0)]
    assert [status for status, _ in steps] == [200, 200]
    few, many = (said for _, said in steps)
    assert few["realised_kwh"] == pytest.approx(1.0, abs=0.01)
    assert many["realised_kwh"] == pytest.approx(3.0, abs=0.01)
    assert many["net"] < few["net"] < 0.001


async def test_relaxed_economics_leave_the_wear_out(planned: Gateway) -> None:
    _, said = await asked(planned, "whatif/export", {"kwh": 2.0, "relaxed": True})
    assert said["money"]["wear_cost"] == 0.0


async def test_what_cannot_be_changed_is_refused_in_the_planners_words(planned: Gateway) -> None:
    status, said = await asked(planned, "whatif", {"changes": {"battery.colour": 1}})
    assert status == 422
    assert str(said["detail"]).startswith("battery.colour: a what-if cannot change this")


@pytest.mark.parametrize(
    "body", [{"kwh": 0}, {"kwh": -1}, {"kwh": "much"}, {"kwh": 1, "colour": 1}, {}, []]
)
async def test_nonsense_is_refused_before_anybody_is_asked(gateway: Gateway, body: object) -> None:
    status, said = await asked(gateway, "whatif/export", body)
    assert status == 422
    assert said["detail"]
    assert not gateway.bus.sent(PLAN_SIMULATE)


async def test_without_a_plan_there_are_no_dearest_hours(gateway: Gateway) -> None:
    status, said = await asked(gateway, "whatif/export", {"kwh": 1})
    assert status == 409
    assert "no plan yet" in str(said["detail"])


async def test_a_house_without_a_battery_is_told_that_it_has_nothing_to_sell(page: Page) -> None:
    async with a_gateway(page, config=Config.model_validate({"battery": None})) as bare:
        bare.live.apply(SCHEDULE.path, schedule(NOON))
        status, said = await asked(bare, "whatif/export", {"kwh": 1})
    assert status == 422
    assert "no battery" in str(said["detail"])


async def test_a_planner_that_is_away_is_named(hasty: Gateway) -> None:
    status, said = await asked(hasty, "whatif", {"changes": {}})
    assert status == 504
    assert "planner did not answer" in str(said["detail"])
