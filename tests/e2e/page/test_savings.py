"""The savings page: what was saved, over which time, in figures, bars and a table."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from support.browsing import NEEDS_BROWSER, SIZES, House, axe, open_page, sideways
from support.gateway_savings import rolled

from darkstar_common.testing import settle

pytestmark = NEEDS_BROWSER


async def seen(page: Page) -> None:
    """Wait until the whole page is there."""
    await expect(page.get_by_role("heading", name="Today so far")).to_be_visible()
    await expect(page.get_by_role("table")).to_be_visible()
    await settle()


@pytest.mark.parametrize("size", SIZES)
async def test_it_tells_what_was_saved_and_fits(house: House, browser: Browser, size: str) -> None:
    house.services.memory["rollups"] = rolled
    async with house.gateway(), open_page(house, browser, size, path="savings") as page:
        await seen(page)
        month = page.get_by_role("region", name="This month in all")
        await expect(month.get_by_text("against no battery")).to_be_visible()
        await expect(month.get_by_text("had all been known before (12 days)")).to_be_visible()
        await expect(month.get_by_text("of what was possible was saved")).to_be_visible()
        assert await sideways(page) <= 0
        assert await axe(page) == []
    assert house.complaints == []


async def test_the_time_can_be_chosen_and_the_rows_follow(house: House, browser: Browser) -> None:
    house.services.memory["rollups"] = rolled
    async with house.gateway(), open_page(house, browser, path="savings") as page:
        await seen(page)
        rows = page.get_by_role("table").get_by_role("row")
        assert await rows.count() == 1 + 12
        await page.get_by_role("button", name="This year").click()
        await expect(page.get_by_role("heading", name="Month by month")).to_be_visible()
        assert await rows.count() == 1 + 6
        await page.get_by_role("button", name="This week").click()
        await expect(rows).to_have_count(1 + 5)
        newest = await rows.nth(1).get_by_role("rowheader").inner_text()
        assert "12 Jun" in newest


async def test_the_table_can_be_taken_along(house: House, browser: Browser) -> None:
    house.services.memory["rollups"] = rolled
    async with house.gateway(), open_page(house, browser, path="savings") as page:
        await seen(page)
        async with page.expect_download() as taking:
            await page.get_by_role("button", name="Save as CSV").click()
        taken = await taking.value
        assert taken.suggested_filename == "darkstar-2026-06-01-2026-06-12.csv"
        text = await asyncio.to_thread(Path(await taken.path()).read_text)
    head, *lines = text.splitlines()
    assert head.startswith("start,end,days,coverage,cost,")
    assert len(lines) == 12


async def test_a_house_without_a_battery_is_spared_its_figures(
    house: House, browser: Browser
) -> None:
    house.services.memory["rollups"] = rolled
    house.config["battery"] = None
    async with house.gateway(), open_page(house, browser, path="savings") as page:
        await seen(page)
        await expect(page.get_by_text("Own power").first).to_be_visible()
        assert await page.get_by_text("Cycles").count() == 0
        assert await page.get_by_text("By planning").count() == 0


async def test_when_the_recorder_refuses_it_says_so_and_asks_again(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser, path="savings") as page:
        del house.services.memory["rollups"]
        await page.reload()
        await expect(
            page.get_by_text("Nothing of this time is recorded yet.").first
        ).to_be_visible()
        house.services.memory["rollups"] = rolled
        await page.get_by_role("button", name="This week").click()
        await seen(page)


async def test_it_speaks_swedish(house: House, browser: Browser) -> None:
    house.services.memory["rollups"] = rolled
    async with (
        house.gateway(),
        open_page(house, browser, path="savings", language="sv-SE") as page,
    ):
        await expect(page.get_by_role("heading", name="Hittills i dag")).to_be_visible()
        await expect(page.get_by_role("heading", name="Dag för dag")).to_be_visible()
