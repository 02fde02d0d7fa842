"""The page of the plan: the chart looked into, the reason of each slot, and blocks of one's own."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from support.browsing import NEEDS_BROWSER, NOW, SIZES, House, axe, open_page, sideways
from support.gateway_house import schedule
from support.plan_page import box, drag, listed, middle, shown_part, the_plan

from darkstar_common.contract import SCHEDULE

pytestmark = NEEDS_BROWSER
TWO_DAYS = "02:00 – Sun 02:00"
DRAWN_MS = 150


async def drawn_colours(page: Page, panel: int) -> int:
    """How many colours a panel of the chart shows."""
    script = """canvas => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }"""
    return int(await page.locator(".canvas canvas").nth(panel).evaluate(script))


@pytest.mark.usefixtures("planner")
@pytest.mark.parametrize("size", SIZES)
async def test_it_is_drawn_at_each_size_without_a_complaint(
    house: House, browser: Browser, size: str
) -> None:
    async with the_plan(house, browser, size) as page:
        await expect(listed(page)).to_have_text([re.compile("Hold.*18:15–20:15")])
        await expect(page.get_by_role("table", name="Friday 12 June")).to_be_visible()
        for panel in range(4):
            assert await drawn_colours(page, panel) > 10
        assert await sideways(page) == 0
        assert await axe(page) == []
    assert house.complaints == []


@pytest.mark.usefixtures("planner")
async def test_a_part_is_looked_at_by_wheel_drag_buttons_and_keys(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        part = shown_part(page)
        await expect(part).to_have_text(TWO_DAYS)
        x, y = await middle(page.locator(".canvas").first)
        await page.mouse.move(x, y)
        await page.mouse.wheel(0, -300)
        await expect(part).to_have_text(TWO_DAYS)  # the page scrolls, the chart stays
        x, y = await middle(page.locator(".canvas").first)
        await page.mouse.move(x, y)
        await page.keyboard.down("Control")
        await page.mouse.wheel(0, -300)
        await page.keyboard.up("Control")
        await expect(part).not_to_have_text(TWO_DAYS)
        closer = await part.text_content()
        await drag(page, (x, y), -120)
        await expect(part).not_to_have_text(closer or "")
        await page.mouse.dblclick(x, y)
        await expect(part).to_have_text(TWO_DAYS)
        await page.get_by_role("button", name="Look closer").click()
        await expect(part).not_to_have_text(TWO_DAYS)
        await page.get_by_role("button", name="48 hours around now").click()
        await expect(part).to_have_text(TWO_DAYS)
        await page.get_by_role("button", name="Earlier", exact=True).click()
        await expect(part).to_have_text("Thu 14:00 – Sat 14:00")
        await page.locator(".panels").focus()
        await page.keyboard.press("0")
        await expect(part).to_have_text(TWO_DAYS)
        await page.keyboard.press("+")
        await expect(part).not_to_have_text(TWO_DAYS)
    assert house.complaints == []


@pytest.mark.usefixtures("planner")
async def test_two_fingers_look_closer_and_a_double_tap_goes_back(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser, "phone") as page:
        part = shown_part(page)
        x, y = await middle(page.locator(".canvas").first)
        session = await page.context.new_cdp_session(page)

        async def touch(kind: str, *places: float) -> None:
            points = [{"x": at, "y": y, "id": n} for n, at in enumerate(places)]
            event: dict[str, Any] = {"type": kind, "touchPoints": points}
            await session.send("Input.dispatchTouchEvent", event)

        await touch("touchStart", x - 20, x + 20)
        for spread in (30, 50, 70, 90):
            await touch("touchMove", x - spread, x + spread)
        await touch("touchEnd")
        await expect(part).not_to_have_text(TWO_DAYS)
        await page.touchscreen.tap(x, y)
        await page.touchscreen.tap(x, y)
        await expect(part).to_have_text(TWO_DAYS)
    assert house.complaints == []


@pytest.mark.usefixtures("planner")
async def test_what_is_read_of_a_slot_covers_nothing_of_the_chart(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        panel, canvas = page.locator(".slot"), page.locator(".canvas").nth(1)
        await expect(panel).to_contain_text("14:15–14:30")
        await expect(panel.get_by_role("columnheader")).to_have_text(["kW", "Planned"])
        chart = await box(canvas)
        await page.mouse.move(chart["x"] + 100, chart["y"] + 40)
        await expect(panel.get_by_role("columnheader")).to_have_text(
            ["kW", "Measured", "Planned then"]
        )
        assert (await box(panel))["x"] >= chart["x"] + chart["width"]
        await page.mouse.move(0, 0)
        await page.locator(".panels").focus()
        await page.keyboard.press("ArrowRight")
        await expect(panel).to_contain_text("14:30–14:45")
        await expect(panel.locator(".reason")).to_have_text("Stores the sun for the evening.")
        await page.keyboard.press("Shift+ArrowRight")
        await expect(shown_part(page)).not_to_have_text(TWO_DAYS)
        await expect(panel).to_contain_text("14:30–14:45")
        await page.keyboard.press("Escape")
        await expect(panel).to_contain_text("14:15–14:30")


@pytest.mark.usefixtures("planner")
async def test_on_a_phone_a_touched_slot_is_read_below(house: House, browser: Browser) -> None:
    async with the_plan(house, browser, "phone") as page:
        x, y = await middle(page.locator(".canvas").first)
        await page.touchscreen.tap(x, y)
        panel = page.locator(".slot.chosen")
        await expect(panel).to_be_in_viewport()
        assert (await box(panel))["y"] > y
        await panel.get_by_role("button", name="Back to now").click()
        await expect(panel).to_have_count(0)


@pytest.mark.usefixtures("planner")
async def test_the_table_says_what_is_done_and_why_and_opens_to_quarter_hours(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        table = page.get_by_role("table", name="Saturday 13 June")
        run = table.get_by_role("row").filter(has_text="Charges from the grid")
        await expect(run).to_contain_text("Charges while the price is lowest")
        before = await table.get_by_role("row").count()
        await run.get_by_role("button").click()
        await expect(table.get_by_role("row", name="00:15–00:30")).to_be_visible()
        assert await table.get_by_role("row").count() == before + 5
        await page.get_by_label("Also what has passed").check()
        await expect(page.get_by_text("(measured)").first).to_be_visible()


@pytest.mark.usefixtures("planner")
async def test_a_house_without_battery_heater_and_sun_shows_nothing_of_them(
    house: House, browser: Browser
) -> None:
    house.config = {"battery": None, "water_heater": None, "has_solar": False}
    async with house.gateway(), open_page(house, browser, path="plan") as page:
        await expect(page.locator(".canvas canvas")).to_have_count(3)
        for name in ("Sun", "Charge", "Discharge", "Water", "Battery", "Target", "Car"):
            await expect(page.get_by_role("button", name=f"Show {name}")).to_have_count(0)
        await expect(page.locator(".lane")).to_have_count(0)
        await expect(page.get_by_text("There is neither a battery nor")).to_be_visible()
    assert house.complaints == []


@pytest.mark.usefixtures("planner")
async def test_what_is_switched_off_stays_off(house: House, browser: Browser) -> None:
    async with the_plan(house, browser) as page:
        measured = page.get_by_role("button", name="Measured", exact=True)
        await measured.click()
        sun = page.get_by_role("button", name="Show Sun")
        await sun.click()
        await page.reload()
        await expect(sun).to_have_attribute("aria-pressed", "false")
        await expect(measured).to_have_attribute("aria-pressed", "false")
        await expect(page.get_by_role("button", name="As planned then")).to_have_attribute(
            "aria-pressed", "true"
        )


WATCH = """() => {
    window.times = [];
    window.next = () => new Promise(done => { window.told = done; });
    const { parse } = JSON;
    JSON.parse = (text, ...more) => {
        const said = parse(text, ...more);
        if (said?.changes?.schedule) {
            const heard = performance.now();
            const look = () => {
                const [drawn] = performance.getEntriesByName('darkstar:drawn');
                if (!drawn || drawn.startTime < heard) return requestAnimationFrame(look);
                window.times.push(drawn.startTime - heard);
                window.told?.();
            };
            look();
        }
        return said;
    };
}"""


@pytest.mark.usefixtures("planner")
async def test_a_new_schedule_is_drawn_soon_after_its_message(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        canvas = await page.locator(".canvas canvas").first.element_handle()
        await page.evaluate(WATCH)
        for _ in range(5):
            drawn = asyncio.create_task(page.evaluate("window.next()"))
            await page.evaluate("0")
            await house.bus.publish(SCHEDULE, schedule(NOW))
            await drawn
        times = await page.evaluate("window.times")
        assert sorted(times)[len(times) // 2] <= DRAWN_MS, times
        assert canvas is not None
        assert await canvas.evaluate("canvas => canvas.isConnected")
