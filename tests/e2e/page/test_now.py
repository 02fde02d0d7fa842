"""The page Now: what the house does, what it cost, and how it is told to do otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect
from support.browsing import NEEDS_BROWSER, NOW, House, open_page
from support.gateway_house import house_state

from darkstar_common.config import Appliance
from darkstar_common.contract import (
    COMFORT_SET,
    HOUSE_STATE,
    PAUSE_SET,
    PLAN_RUN,
    RISK_APPETITE_SET,
    SHADOW_SET,
    VACATION_SET,
    Channel,
    Reading,
)

pytestmark = NEEDS_BROWSER


async def test_the_flow_of_power_is_drawn_and_told_in_words(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        told = page.locator(".flow dl")
        await expect(told).to_contain_text("Sun 5.9 kW, giving")
        await expect(told).to_contain_text("Grid 0.3 kW, sold")
        await expect(told).to_contain_text("Battery 5.0 kW, charging , 46 %")
        await expect(page.locator(".flow .arrow")).to_have_count(4)
    assert house.complaints == []


async def test_what_is_not_known_is_a_dash_and_what_is_old_is_faint(
    house: House, browser: Browser
) -> None:
    old = Reading(value=4.0, measured_at=NOW - timedelta(minutes=31))
    state = house_state(NOW).model_copy(update={"pv_kw": old, "load_kw": Reading()})
    await house.bus.publish(HOUSE_STATE, state)
    async with house.gateway(), open_page(house, browser) as page:
        await expect(page.get_by_text("Faint: measured 31 min ago")).to_be_visible()
        await expect(page.locator(".flow dl")).to_contain_text("House unknown")
        await expect(page.locator(".flow .value", has_text="–")).to_have_count(1)
    assert house.complaints == []


async def test_nothing_moves_for_those_who_want_no_motion(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        dots = page.locator(".flow .dots").first
        name = "one => getComputedStyle(one).animationName"
        assert await dots.evaluate(name) != "none"
        await page.emulate_media(reduced_motion="reduce")
        assert await dots.evaluate(name) == "none"
        await expect(page.locator(".flow .arrow").first).to_be_visible()


async def test_today_is_told_in_money_and_in_energy(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        today = page.locator(".today")
        for words in ("Earned", "4.31", "Saved by the battery", "9.63", "21.3 kWh", "71 %"):
            await expect(today).to_contain_text(words)


async def test_without_the_recorder_today_says_why_and_can_be_asked_again(
    house: House, browser: Browser
) -> None:
    memory = dict(house.services.memory)
    del house.services.memory["rollups"]
    async with house.gateway(), open_page(house, browser) as page:
        await expect(page.locator(".today")).to_contain_text("Nothing of today is recorded yet")
        house.services.memory.update(memory)
        await page.reload()
        await expect(page.locator(".today")).to_contain_text("4.31")


async def test_advice_says_when_to_start_what(house: House, browser: Browser) -> None:
    dryer = Appliance(id="dryer", duration_hours=2, power_kw=2.0)
    house.config = {"appliances": (dryer,)}
    async with house.gateway(), open_page(house, browser) as page:
        advice = page.locator(".advice")
        await expect(advice).to_contain_text("Dryer")
        await expect(advice).to_contain_text("saved")
        await expect(advice.locator(".plan li").first).to_contain_text("kWh")


async def test_not_now_pauses_the_house_and_resume_ends_it(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser, "phone") as page:
        await page.get_by_text("1 h", exact=True).click()
        await page.get_by_role("button", name="Not now: pause").click()
        banner = page.locator(".active")
        await expect(banner).to_contain_text("Paused: the house looks after itself")
        await expect(banner).to_contain_text("1 h left, until 15:20")
        await page.locator(".actions").get_by_role("button", name="Resume").click()
        await expect(banner).to_have_count(0)
    assert [one.minutes for one in house.bus.sent(PAUSE_SET)] == [60, 0]


@pytest.mark.parametrize(
    ("name", "button", "channel", "field", "value"),
    [
        ("Risk", "5: keeps least in reserve", RISK_APPETITE_SET, "level", 5),
        ("Warm water", "1: saves most", COMFORT_SET, "level", 1),
    ],
)
async def test_a_dial_shows_what_holds_once_it_holds(  # noqa: PLR0917 (a row of the table)
    house: House,
    browser: Browser,
    name: str,
    button: str,
    channel: Channel[Any],
    field: str,
    value: int,
) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        level = page.get_by_role("group", name=name).get_by_role("button", name=button)
        await expect(level).to_have_attribute("aria-pressed", "false")
        await level.click()
        await expect(level).to_have_attribute("aria-pressed", "true")
    said = house.bus.sent(channel)
    assert [getattr(one, field) for one in said] == [value]


async def test_vacation_and_shadow_mode_are_switched_and_the_plan_is_made_anew(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser) as page:
        await page.get_by_role("switch", name="Vacation").click()
        await expect(page.get_by_text("Nobody is at home, until told otherwise.")).to_be_visible()
        await page.get_by_role("button", name="3 days").click()
        await expect(page.get_by_text("Nobody is at home until Mon 14:20")).to_be_visible()
        shadow = page.get_by_role("switch", name="Shadow mode")
        await expect(shadow).to_have_attribute("aria-checked", "true")
        await shadow.click()
        await expect(shadow).to_have_attribute("aria-checked", "false")
        await page.get_by_role("button", name="Plan now").click()
        await expect(page.get_by_text("plan/run is done.", exact=False)).to_be_visible()
    assert [one.on for one in house.bus.sent(VACATION_SET)] == [True, True]
    assert [one.on for one in house.bus.sent(SHADOW_SET)] == [False]
    assert len(house.bus.sent(PLAN_RUN)) == 1
