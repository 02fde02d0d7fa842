"""The page in a real browser, over a played house: no process but Chromium is started."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect
from support.browsing import NEEDS_BROWSER, NOW, SIZES, House, open_page, sideways
from support.gateway_house import control_state, house_state, service_status

from darkstar_common.contract import (
    AUTOMATION_SET,
    CONTROL_STATE,
    HOUSE_STATE,
    OVERRIDE_CLEAR,
    OVERRIDE_SET,
    Following,
    Issue,
    Service,
)

pytestmark = NEEDS_BROWSER
STEPS = re.compile(r"(M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){8,})+")
"""A drawn line of several steps."""


@pytest.mark.parametrize("size", SIZES)
async def test_it_says_what_the_house_does_without_a_complaint(
    house: House, browser: Browser, size: str
) -> None:
    async with house.gateway(), open_page(house, browser, size) as page:
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
        await expect(page.get_by_text("14:20:00")).to_be_visible()
        await expect(page.locator(".outlook path.price").first).to_have_attribute("d", STEPS)
        assert await sideways(page) == 0
    assert house.complaints == []


async def test_a_change_on_the_bus_shows_without_a_touch(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        charge = page.locator(".flow .soc")
        await expect(charge).to_have_text("46 %")
        await house.bus.publish(HOUSE_STATE, house_state(NOW, 71.0))
        await expect(charge).to_have_text("71 %")
    assert house.complaints == []


async def test_a_quick_action_reaches_the_bus_and_comes_back_as_a_banner(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        await page.get_by_text("15 min").click()
        await page.get_by_role("button", name="Charge", exact=True).click()
        banner = page.locator(".active")
        await expect(banner).to_contain_text("Charging, because you asked")
        await expect(banner).to_contain_text("15 min left, until 14:35")
        await expect(page.get_by_text("override/set is done.")).to_be_visible()
        await banner.get_by_role("button", name="Back to plan").click()
        await expect(banner).to_have_count(0)
    assert [(one.action, one.minutes) for one in house.bus.sent(OVERRIDE_SET)] == [
        ("force_charge", 15)
    ]
    assert len(house.bus.sent(OVERRIDE_CLEAR)) == 1


async def test_what_is_wrong_stands_on_top_with_the_way_out(house: House, browser: Browser) -> None:
    issue = Issue(key="k", severity="error", message="No sun sensor.", guidance="Name one.")
    channel, status = service_status(Service.EXECUTOR, NOW, issue)
    await house.bus.publish(channel, status)
    async with house.gateway(), open_page(house, browser) as page:
        await expect(page.get_by_role("heading", name="One thing to look at")).to_be_visible()
        await expect(page.get_by_text("Name one.")).to_be_visible()


async def test_hands_off_stand_on_top_and_can_be_laid_on_again(
    house: House, browser: Browser
) -> None:
    off = control_state(NOW, shadow=False).model_copy(update={"automation": False})
    await house.bus.publish(CONTROL_STATE, off)
    async with house.gateway(), open_page(house, browser) as page:
        notice = page.locator(".notice")
        await expect(notice).to_contain_text("Automation is off")
        await notice.get_by_role("button", name="Switch on").click()
        await expect(notice).to_have_count(0)
    assert [one.on for one in house.bus.sent(AUTOMATION_SET)] == [True]
    assert house.complaints == []


async def test_what_the_house_does_not_do_as_told_stands_on_top(
    house: House, browser: Browser
) -> None:
    astray = Following(
        state="not_following",
        asked="charge at 5.0 kW",
        seen="0.1 kW into the battery",
        tried="written again 3 times",
        since=NOW - timedelta(minutes=7),
    )
    state = control_state(NOW, shadow=False).model_copy(
        update={"following": astray, "trimmed": "the car, for the fuse", "grid_available": False}
    )
    await house.bus.publish(CONTROL_STATE, state)
    async with house.gateway(), open_page(house, browser) as page:
        outage, notice, trimmed = (page.locator(".notice").nth(number) for number in range(3))
        await expect(outage).to_contain_text("The grid is gone")
        await expect(notice).to_contain_text("not done as it was told since 14:13")
        for line in ("Asked: charge at 5.0 kW", "Seen: 0.1 kW", "Tried: written again 3 times"):
            await expect(notice).to_contain_text(line)
        await expect(trimmed).to_contain_text("The car, for the fuse")
    assert house.complaints == []


async def test_a_house_that_is_silent_says_what_is_waited_for(
    silent: House, browser: Browser
) -> None:
    async with silent.gateway(), open_page(silent, browser) as page:
        await expect(page.get_by_text("Waiting for prices from the forecaster.")).to_be_visible()
        await expect(page.get_by_text("Nothing is commanded yet")).to_be_visible()
        await expect(page.get_by_text("Darkstar cannot control the house")).to_be_visible()
    assert silent.complaints == []


async def test_chosen_colours_are_remembered(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        await page.get_by_role("button", name="Switch to dark colours").click()
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_a_lost_gateway_drops_the_curtain_and_its_return_lifts_it(
    house: House, browser: Browser
) -> None:
    async with house.gateway():
        port = int(house.url.rstrip("/").rpartition(":")[2])
        lookout = open_page(house, browser)
        page = await lookout.__aenter__()
        await expect(page.get_by_text("Storing the sun")).to_be_visible()
    curtain = page.get_by_role("alert")
    await expect(curtain).to_contain_text("What you see is from 14:20")
    await house.clock.advance(timedelta(minutes=5))
    async with house.gateway(port):
        await expect(curtain).to_have_count(0)
        await expect(page.get_by_text("14:25:0")).to_be_visible()
        await lookout.__aexit__(None, None, None)
