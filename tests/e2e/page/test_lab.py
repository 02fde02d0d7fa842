"""The lab: what-ifs side by side, and selling more at the peaks, step by step."""

from __future__ import annotations

from datetime import datetime

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from support.aurora_house import looks_back, said, simulated
from support.browsing import NEEDS_BROWSER, NOW, SIZES, House, axe, open_page, sideways

from darkstar_common.contract import (
    EXPORT_SET,
    PLAN_SIMULATE,
    RISK_APPETITE_SET,
    Service,
    Simulated,
    SimulatePlan,
)

pytestmark = NEEDS_BROWSER


@pytest_asyncio.fixture(loop_scope="module")
async def lived(house: House) -> House:
    """A house with a past, whose planner answers what-ifs."""
    looks_back(house.services)
    await house.says(said(NOW))
    return house


async def asks(page: Page) -> None:
    """Press the button that asks."""
    await page.get_by_role("button", name="Ask", exact=True).click()


async def wishes(page: Page, field: str, figure: str) -> None:
    """Type a figure."""
    box = page.get_by_role("spinbutton", name=field)
    await box.fill(figure)
    await box.press("Tab")


@pytest.mark.parametrize("size", SIZES)
async def test_two_what_ifs_stand_side_by_side_and_fit(
    lived: House, browser: Browser, size: str
) -> None:
    async with lived.gateway(), open_page(lived, browser, size, path="lab") as page:
        await expect(page.get_by_text("Nothing is different yet")).to_be_visible()
        await wishes(page, "Battery kWh", "20")
        await asks(page)
        table = page.get_by_role("table").first
        await expect(table.get_by_role("columnheader", name="A battery 20 kWh")).to_be_visible()
        bill = table.get_by_role("row", name="Bill")
        await expect(bill.get_by_role("cell")).to_have_text(["18.42", "15.94 -2.48"])
        await expect(table).to_contain_text("2.48 SEK cheaper")
        await wishes(page, "Sun %", "200")
        await asks(page)
        second = table.get_by_role("columnheader", name="B battery 20 kWh, sun 200 %")
        await expect(second).to_be_visible()
        await expect(
            page.get_by_role("slider", name="State of charge of the plans")
        ).to_be_visible()
        assert await sideways(page) <= 0
        if size == "phone":
            assert await axe(page) == []
        first, last = lived.bus.sent(PLAN_SIMULATE)
        assert first.changes == {"battery.capacity_kwh": 20}
        assert last.changes == {"battery.capacity_kwh": 20, "pv_factor": 2}
    assert lived.complaints == []


async def test_a_slider_a_choice_and_relaxed_economics_touch_no_setting(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="lab") as page:
        ask = page.get_by_role("button", name="Ask", exact=True)
        await expect(ask).to_be_disabled()
        slider = page.get_by_role("slider", name="Battery, as a slider")
        await slider.press("ArrowRight")
        await expect(page.get_by_role("spinbutton", name="Battery kWh")).to_have_value("10.5")
        await page.get_by_role("group", name="Risk").get_by_role("button", name="5").click()
        await page.get_by_role("button", name="not allowed").click()
        await asks(page)
        await expect(page.get_by_role("columnheader", name="A battery 10.5 kWh")).to_be_visible()
        (asked,) = lived.bus.sent(PLAN_SIMULATE)
        assert asked.changes == {
            "battery.capacity_kwh": 10.5,
            "risk_appetite": 5,
            "export_enabled": False,
        }
        await page.get_by_role("button", name="All as it is").click()
        await expect(ask).to_be_disabled()
        await page.get_by_role("button", name="Remove battery 10.5 kWh").click()
        await expect(page.get_by_text("Ask something above")).to_be_visible()
        await page.get_by_role("checkbox", name="Relaxed economics").first.check()
        await asks(page)
        await expect(page.get_by_role("columnheader", name="A relaxed")).to_be_visible()
        assert lived.bus.sent(PLAN_SIMULATE)[-1].changes == {
            "risk_appetite": 5,
            "battery.wear_cost_per_kwh": 0,
        }
        assert lived.bus.sent(RISK_APPETITE_SET) == []
        assert lived.bus.sent(EXPORT_SET) == []
    assert lived.complaints == []


async def test_what_the_planner_refuses_is_said_and_answers_are_kept_while_elsewhere(
    lived: House, browser: Browser
) -> None:
    def refuses(asked: SimulatePlan, at: datetime) -> Simulated:
        if asked.changes.get("battery.capacity_kwh") != 99:
            return simulated(asked, at)
        reason = "battery.capacity_kwh: there is no such battery"
        return Simulated(sender=Service.PLANNER, emitted_at=at, accepted=False, reason=reason)

    lived.services.answers[PLAN_SIMULATE.path] = refuses
    async with lived.gateway(), open_page(lived, browser, path="lab") as page:
        await wishes(page, "Battery kWh", "99")
        await asks(page)
        await expect(page.get_by_text("there is no such battery")).to_be_visible()
        await wishes(page, "Battery kWh", "15")
        await asks(page)
        await expect(page.get_by_role("columnheader", name="A battery 15 kWh")).to_be_visible()
        await expect(page.get_by_text("there is no such battery")).to_have_count(0)
        await page.evaluate("location.hash = '#/executor'")
        await expect(page.get_by_role("heading", name="What it did")).to_be_visible()
        await page.evaluate("location.hash = '#/lab'")
        await expect(page.get_by_role("columnheader", name="A battery 15 kWh")).to_be_visible()
    assert all("422" in one for one in lived.complaints)


async def test_selling_more_is_worked_out_step_by_step_and_nonsense_refused(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="lab") as page:
        await page.get_by_role("spinbutton", name="Up to").fill("6")
        await page.get_by_role("button", name="Work it out").click()
        table = page.get_by_role("table")
        await expect(table.locator("tbody").get_by_role("row")).to_have_count(1 + 3)
        steps = await table.locator("tbody").get_by_role("rowheader").all_inner_texts()
        assert steps == ["as it is", "2.0", "4.0", "6.0"]
        await expect(table.get_by_role("row", name="2.0").first).to_contain_text("+1.72")
        await expect(page.get_by_text("4.0 kWh pays most: 2.48 SEK more")).to_be_visible()
        await page.get_by_role("spinbutton", name="In steps of").fill("0.1")
        await page.get_by_role("button", name="Work it out").click()
        await expect(page.get_by_text("At most 20 steps; take larger ones.")).to_be_visible()
        assert len(lived.bus.sent(PLAN_SIMULATE)) == 3
    assert lived.complaints == []


async def test_a_house_without_a_battery_can_ask_of_all_but_the_battery(
    lived: House, browser: Browser
) -> None:
    lived.config = {"battery": None}
    async with lived.gateway(), open_page(lived, browser, path="lab") as page:
        await expect(page.get_by_role("spinbutton", name="Battery kWh")).to_be_disabled()
        await expect(page.get_by_text("There is no battery to sell from.")).to_be_visible()
        await expect(page.get_by_role("button", name="Work it out")).to_be_disabled()
        await wishes(page, "Sun %", "150")
        await asks(page)
        await expect(page.get_by_role("columnheader", name="A sun 150 %")).to_be_visible()
        await expect(page.get_by_role("slider", name="State of charge")).to_have_count(0)
    assert lived.complaints == []
