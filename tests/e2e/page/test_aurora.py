"""Aurora's page: models and their scores, what was foretold and came, what was learned."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from support.aurora_house import looks_back, said
from support.browsing import NEEDS_BROWSER, NOW, SIZES, House, axe, open_page, sideways

from darkstar_common.contract import (
    FORECAST_ROLLBACK,
    FORECAST_TRAIN,
    LEARNING_APPLY,
    LEARNING_RESET,
    LEARNING_REVERT,
)

pytestmark = NEEDS_BROWSER


@pytest_asyncio.fixture(loop_scope="module")
async def lived(house: House) -> House:
    """A house with a past."""
    looks_back(house.services)
    await house.says(said(NOW))
    return house


async def seen(page: Page) -> None:
    """Wait until the whole page is there."""
    await expect(page.get_by_role("slider")).to_have_count(2)
    await expect(page.get_by_text("Together")).to_be_visible()
    await expect(page.get_by_text("Risk: 2 → 3")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_it_tells_how_good_the_forecasts_are_and_fits(
    lived: House, browser: Browser, size: str
) -> None:
    async with lived.gateway(), open_page(lived, browser, size, path="aurora") as page:
        await seen(page)
        await expect(page.get_by_text("a graduate")).to_have_count(2)
        await expect(page.get_by_text("next training Sat 02:15")).to_be_visible()
        assert await sideways(page) <= 0
        if size == "phone":
            assert await axe(page) == []
    assert lived.complaints == []


async def test_models_are_trained_and_gone_back_to_and_what_was_learned_is_applied(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="aurora") as page:
        await page.get_by_role("button", name="Train House now").click()
        await expect(page.get_by_text("forecast/train is done.")).to_be_visible()
        (asked,) = lived.bus.sent(FORECAST_TRAIN)
        assert asked.quantity == "load"
        house = page.get_by_role("article", name="House")
        await house.get_by_text("2 other versions").click()
        await expect(house.get_by_text("not good enough")).to_be_visible()
        back = house.get_by_role("button", name="Go back to load-2026")
        await expect(back).to_have_count(1)
        await back.click()
        await expect(page.get_by_text("forecast/rollback is done.")).to_be_visible()
        (wanted,) = lived.bus.sent(FORECAST_ROLLBACK)
        assert wanted.quantity == "load"
        assert str(wanted.version).startswith("load-20260603")
        await expect(page.get_by_text("9 long charges show 11.2 kWh")).to_be_visible()
        await page.get_by_role("button", name="Put in force: Battery").click()
        await expect(page.get_by_text("learning/apply is done.")).to_be_visible()
        await page.get_by_role("button", name="Take back: Sun").click()
        await expect(page.get_by_text("learning/revert is done.")).to_be_visible()
        await page.get_by_role("button", name="Forget today").click()
        await expect(page.get_by_text("learning/reset is done.")).to_be_visible()
        (applied,), (reverted,) = lived.bus.sent(LEARNING_APPLY), lived.bus.sent(LEARNING_REVERT)
        assert applied.parameter == "battery_capacity_kwh"
        assert reverted.parameter == "pv_factor"
        assert len(lived.bus.sent(LEARNING_RESET)) == 1
    assert lived.complaints == []


async def test_quality_by_lead_time_and_what_came_beside_what_was_foretold(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="aurora") as page:
        await seen(page)
        days = page.get_by_role("region", name="Foretold and come")
        await expect(days).to_contain_text("of what came was in the band")
        strip = days.get_by_role("slider")
        assert await strip.locator("path").count() == 3
        await strip.focus()
        await strip.press("End")
        said_last = await strip.get_attribute("aria-valuetext")
        await strip.press("ArrowLeft")
        said_before = await strip.get_attribute("aria-valuetext")
        assert said_last is not None
        assert said_before is not None
        assert "Fri 14:00" in said_last
        assert "Fri 13:45" in said_before
        assert "foretold" in said_before
        await days.get_by_role("button", name="Sun").click()
        await expect(strip).to_have_attribute("aria-label", re.compile("^Sun: what was foretold"))
        quality = page.locator("section", has=page.get_by_role("heading", name="How good the"))
        rows = quality.get_by_role("row")
        await expect(rows).to_have_count(1 + 6)
        nearest = rows.nth(1)
        await expect(nearest).to_contain_text("0–6 h")
        await expect(nearest).to_contain_text("+18 %")
        await quality.get_by_role("button", name="Price").click()
        await expect(quality).to_contain_text("SEK/kWh")
        await expect(nearest).to_contain_text("0.190")
    assert lived.complaints == []


async def test_what_the_planner_goes_by_and_plan_and_reality(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="aurora") as page:
        await seen(page)
        strategy = page.locator("section", has=page.get_by_role("heading", name="How the planner"))
        await expect(strategy).to_contain_text("Wear of the battery counts half")
        log = strategy.locator("ol li")
        await expect(log).to_have_count(2)
        await expect(log.first).to_contain_text("Prices: usual → wild")
        await expect(log.last).to_contain_text("Risk: 2 → 3")
        await expect(page.get_by_text("On average the two were")).to_be_visible()
        bill = page.locator("section", has=page.get_by_role("heading", name="The bill"))
        days = bill.locator("tbody").get_by_role("row")
        await expect(days).to_have_count(11)
        await expect(days.first).to_contain_text("Fri 12 Jun")
    assert lived.complaints == []


async def test_before_anything_is_known_it_says_what_it_waits_for(
    silent: House, browser: Browser
) -> None:
    silent.services.memory.clear()
    async with silent.gateway(), open_page(silent, browser, path="aurora") as page:
        for sentence in (
            "Waiting for the forecaster to say which models it has.",
            "Not scored yet.",
            "Nothing was foretold in these days.",
            "No planned time has passed yet.",
            "No planned day has passed yet.",
            "Waiting for the planner to say how it looks",
            "Nothing changed in the last week.",
            "Waiting for the forecaster to say what it learned.",
        ):
            await expect(page.get_by_text(sentence)).to_be_visible()
    assert silent.complaints == []
