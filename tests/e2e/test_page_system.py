"""What people do at the page, on the running system: through every process to the devices and back.

The house lives sixty times as fast as the wall's clock, so that a quarter of an hour is over in
fifteen seconds.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from support.browsing import NEEDS_BROWSER, browser, listen, window
from support.running import Visitor, running_house

from darkstar_common.bus import RawDelivery
from darkstar_common.config import load_config
from darkstar_common.contract import CONTROL_STATE, ControlState
from darkstar_common.launcher.fleet import BROKER
from darkstar_common.launcher.trial import HISTORY, Trial, span
from darkstar_common.slots import slot_start

__all__ = ["browser"]
pytestmark = [*NEEDS_BROWSER, pytest.mark.timeout(180)]
SHOWN = """async (kwh) => {
  const answer = await fetch("api/dashboard/bundle");
  return (await answer.json()).bundle.house.battery_kwh === kwh;
}"""
"""Whether the gateway goes by a battery of so many kWh."""
SOON = 20_000
"""What is asked for is there within this [ms of the wall]."""
SOLVED = 45_000
"""A plan beside others may take so long [ms of the wall]."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def visitor(
    generated_house: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Visitor]:
    """One house for all of them."""
    first, _ = span(generated_house)
    start = slot_start(first + HISTORY + timedelta(hours=10))
    directory = tmp_path_factory.mktemp("page")
    trial = Trial(directory=directory, house=generated_house, start=start, speed=60)
    async with running_house(trial) as found:
        await found.until(lambda: bool(found.schedules), seconds=30, what="a first schedule")
        await found.until(lambda: "control/state" in found.latest, seconds=20, what="a command")
        yield found


@asynccontextmanager
async def looked_at(
    visitor: Visitor, browser: Browser, size: str, path: str = "now"
) -> AsyncIterator[Page]:
    """A page of the running house; it has nothing to complain of at the end."""
    complaints: list[str] = []
    async with window(browser, size) as made:
        page = await made.new_page()
        page.set_default_timeout(SOON)
        listen(page, complaints)
        await page.goto(f"http://127.0.0.1:{visitor.house.page_port}/#/{path}")
        yield page
    assert complaints == []


def state(visitor: Visitor) -> ControlState:
    found: ControlState = visitor.latest[CONTROL_STATE.path]
    return found


async def test_a_quick_action_goes_from_the_click_to_the_inverter_to_the_banner_and_ends(
    visitor: Visitor, browser: Browser
) -> None:
    async with (
        looked_at(visitor, browser, "phone") as page,
        visitor.bus.inbox(filters=["inverter/#"]) as inbox,
    ):
        await page.get_by_text("15 min", exact=True).click()
        await page.get_by_role("button", name="Charge", exact=True).click()
        async with asyncio.timeout(20):
            async for delivery in inbox:
                if not isinstance(delivery, RawDelivery):
                    continue
                if "grid_charging" in delivery.topic and b"ON" in delivery.payload:
                    break
        banner = page.get_by_text("Charging, because you asked")
        await expect(banner.first).to_be_visible(timeout=SOON)
        assert state(visitor).override is not None
        await expect(banner).to_have_count(0, timeout=30_000)
    assert state(visitor).override is None


async def test_pause_hands_the_house_back_until_resume(visitor: Visitor, browser: Browser) -> None:
    async with looked_at(visitor, browser, "tablet") as page:
        await page.get_by_role("button", name="Not now: pause").click()
        await expect(page.get_by_text("Paused: the house looks after itself")).to_be_visible(
            timeout=SOON
        )
        assert state(visitor).paused_until is not None
        await page.get_by_role("button", name="Resume", exact=True).first.click()
        await expect(page.get_by_text("Paused: the house looks after itself")).to_have_count(0)
    await visitor.until(
        lambda: state(visitor).paused_until is None, seconds=5, what="the pause over"
    )


async def test_a_block_of_ones_own_is_tried_out_in_money_and_applied(
    visitor: Visitor, browser: Browser
) -> None:
    async with looked_at(visitor, browser, "desktop", "plan") as page:
        await page.get_by_role("button", name="Add a block").click()
        await page.get_by_role("button", name="Try out").click()
        said = page.get_by_text(re.compile(r"^All in all "))
        await expect(said.first).to_be_visible(timeout=SOLVED)
        seen = len(visitor.schedules)
        await page.get_by_role("button", name="Apply", exact=True).click()
        await expect(page.get_by_text("Changed, and not in force yet")).to_have_count(0)
        await visitor.until(
            lambda: (
                any("you asked" in slot.reason for slot in visitor.schedules[-1].slots)
                and len(visitor.schedules) > seen
            ),
            seconds=30,
            what="a plan with the block",
        )


async def test_a_setting_is_changed_and_in_force_without_a_restart(
    visitor: Visitor, browser: Browser
) -> None:
    path = visitor.house.trial.directory / "config.yaml"
    before = path.read_text()
    pids = {name: one.pid for name, one in visitor.house.fleet.children.items()}
    async with looked_at(visitor, browser, "desktop", "settings") as page:
        await page.get_by_label("Search the settings").fill("capacity_kwh")
        field = page.get_by_role("textbox", name=re.compile("^Capacity|^Usable"))
        await field.first.fill("7.5")
        await page.get_by_role("button", name=re.compile("^Save")).click()
        await expect(page.get_by_text("1 setting is saved.")).to_be_visible(timeout=SOON)
        await page.wait_for_function(SHOWN, arg=7.5)
    config = load_config(path)
    assert config.battery is not None
    assert config.battery.capacity_kwh == 7.5
    assert len(path.read_text().splitlines()) - len(before.splitlines()) <= 2
    assert {name: one.pid for name, one in visitor.house.fleet.children.items()} == pids


async def test_a_what_if_stands_beside_the_plan_as_it_is(
    visitor: Visitor, browser: Browser
) -> None:
    async with looked_at(visitor, browser, "desktop", "lab") as page:
        sun = page.get_by_role("spinbutton", name=re.compile("^Sun")).or_(
            page.get_by_role("textbox", name=re.compile("^Sun"))
        )
        await sun.first.fill("200")
        await page.get_by_role("button", name="Ask", exact=True).click()
        table = page.get_by_role("table").filter(has_text="Bill, wear included")
        await expect(table).to_contain_text("cheaper", timeout=SOLVED)


async def test_a_broker_that_stops_and_comes_back_drops_and_lifts_the_curtain(
    visitor: Visitor, browser: Browser
) -> None:
    async with looked_at(visitor, browser, "phone") as page:
        await expect(page.get_by_text("Live", exact=True)).to_be_visible(timeout=SOON)
        fleet = visitor.house.fleet
        await fleet.stop(BROKER)
        curtain = page.locator(".curtain")
        await expect(curtain).to_be_visible(timeout=SOON)
        await fleet.start(BROKER, fleet.children[BROKER].command)
        await expect(curtain).to_have_count(0, timeout=2 * SOON)
        await expect(page.get_by_text("Live", exact=True)).to_be_visible()
