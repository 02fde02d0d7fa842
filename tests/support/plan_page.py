"""The page of the plan in a browser: what its tests have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Browser, FloatRect, Locator, Page, expect
from support.browsing import NOW, House, open_page
from support.planning_house import Planner, block

from darkstar_common.slots import slot_start

SLOT = slot_start(NOW)
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture(loop_scope="module")
async def planner(house: House) -> Planner:
    """The planner of a house that holds its battery for two hours of the evening."""
    made = Planner(house)
    await made.tell(block("hold", SLOT + 4 * HOUR, 120))
    return made


@asynccontextmanager
async def the_plan(house: House, browser: Browser, size: str = "desktop") -> AsyncIterator[Page]:
    """The page, drawn."""
    async with house.gateway(), open_page(house, browser, size, path="plan") as page:
        await expect(page.get_by_role("heading", name="The next days")).to_be_visible()
        await expect(page.locator(".canvas canvas")).to_have_count(4)
        yield page


def shown_part(page: Page) -> Locator:
    return page.locator(".zoom").get_by_role("status")


async def box(found: Locator) -> FloatRect:
    await found.scroll_into_view_if_needed()
    made = await found.bounding_box()
    assert made is not None
    return made


async def middle(found: Locator) -> tuple[float, float]:
    made = await box(found)
    return made["x"] + made["width"] / 2, made["y"] + made["height"] / 2


async def drag(page: Page, start: tuple[float, float], by: float) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    await page.mouse.move(start[0] + by / 2, start[1], steps=3)
    await page.mouse.move(start[0] + by, start[1], steps=3)
    await page.mouse.up()


def listed(page: Page) -> Locator:
    return page.locator(".blocks li .row")
