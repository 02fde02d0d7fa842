"""Blocks of one's own on the page of the plan: moved, refused, tried out, applied."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from support.browsing import NEEDS_BROWSER, House, open_page, sideways
from support.plan_page import HOUR, box, drag, listed, middle, the_plan
from support.planning_house import Planner

from darkstar_common.contract import MANUAL_SET, ManualBlock

pytestmark = NEEDS_BROWSER


def lane(page: Page, name: str) -> Locator:
    return page.locator(".lane").filter(has=page.locator(".name", has_text=name))


def sent(house: House) -> list[tuple[ManualBlock, ...]]:
    return [one.blocks for one in house.bus.sent(MANUAL_SET)]


async def test_a_block_is_added_tried_out_and_applied(
    house: House, browser: Browser, planner: Planner
) -> None:
    async with the_plan(house, browser) as page:
        x, y = await middle(lane(page, "Charge").locator(".track"))
        await page.mouse.click(x, y)
        await expect(listed(page)).to_have_count(2)
        await page.get_by_role("button", name="Try out").click()
        await expect(page.get_by_text("All in all 1.25 SEK dearer")).to_be_visible()
        await expect(page.get_by_text("Plan tried out")).to_be_visible()
        bill = page.get_by_role("row", name="Bill with wear")
        await expect(bill.get_by_role("cell")).to_have_text(["18.42", "19.67", "+1.25"])
        assert sent(house) == []
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_text("2 manual block(s) in force")).to_be_visible()
        await expect(page.get_by_text("not in force yet")).to_have_count(0)
        await expect(listed(page)).to_have_count(2)
    (blocks,) = sent(house)
    assert [one.action for one in blocks] == ["hold", "charge"]
    assert blocks[1].end - blocks[1].start == HOUR
    (tried,) = planner.tried
    assert [ManualBlock.model_validate(one) for one in tried.changes["blocks"]] == list(blocks)
    assert house.complaints == []


@pytest.mark.usefixtures("planner")
async def test_a_block_is_moved_and_resized_with_the_pointer_and_discarded(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        an_hour = (await box(lane(page, "Hold").locator(".track")))["width"] / 48
        held = page.locator(".block")
        await drag(page, await middle(held), 3 * an_hour)
        await expect(listed(page)).to_have_text([re.compile("21:15–23:15")])
        edge = await box(held)
        place = (edge["x"] + edge["width"] - 4, edge["y"] + 20)
        await drag(page, place, -an_hour)
        await expect(listed(page)).to_have_text([re.compile("21:15–22:15")])
        await page.get_by_role("button", name="Discard").click()
        await expect(listed(page)).to_have_text([re.compile("18:15–20:15")])
    assert sent(house) == []


@pytest.mark.usefixtures("planner")
async def test_a_block_is_moved_resized_and_taken_away_with_keys(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        held = page.get_by_role("button", name=re.compile("^Hold, 18:15 to 20:15"))
        await held.focus()
        for key, times in {
            "ArrowRight": "18:30–20:30",
            "Shift+ArrowRight": "18:30–20:45",
            "Alt+ArrowLeft": "18:15–20:45",
        }.items():
            await page.locator(".block").press(key)
            await expect(listed(page)).to_have_text([re.compile(times)])
        await page.locator(".block").press("Delete")
        await expect(listed(page)).to_have_count(0)
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_text("0 manual block(s) in force")).to_be_visible()
    assert sent(house) == [()]


@pytest.mark.usefixtures("planner")
async def test_the_form_does_what_the_pointer_does_and_refuses_in_words(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser, "phone") as page:
        await page.get_by_role("button", name="Add a block").click()
        form = page.get_by_role("group", name="Add or change a block")
        await form.get_by_label("From").select_option(label="19:00")
        refusal = "Charge 19:00–20:00 would overlap Hold 18:15–20:15. Nothing was changed"
        await expect(page.get_by_text(refusal)).to_be_visible()
        await expect(listed(page).first).to_have_text(re.compile("14:15–15:15"))
        await form.get_by_label("Power, kW").fill("much")
        await form.get_by_label("Power, kW").press("Enter")
        await expect(page.get_by_text("The power is a number of kW above 0")).to_be_visible()
        await form.get_by_label("From").select_option(label="16:00")
        await form.get_by_label("To").select_option(label="17:30")
        await form.get_by_label("Power, kW").fill("2,5")
        await form.get_by_label("Power, kW").press("Enter")
        await expect(listed(page).first).to_have_text(re.compile("Charge.*16:00–17:30.*2.5 kW"))
        await page.get_by_role("button", name="Apply").click()
        await expect(page.get_by_text("manual block(s) in force")).to_be_visible()
        assert await sideways(page) == 0
    added = sent(house)[0][0]
    assert (added.action, added.power_kw) == ("charge", 2.5)
    assert added.end - added.start == timedelta(minutes=90)


@pytest.mark.usefixtures("planner")
async def test_changes_outlast_a_look_at_another_page_and_guard_the_window(
    house: House, browser: Browser
) -> None:
    async with the_plan(house, browser) as page:
        await page.get_by_role("button", name="Add a block").click()
        await page.get_by_role("link", name="Now").click()
        await expect(page.get_by_role("heading", name="The next days")).to_have_count(0)
        await page.get_by_role("link", name="Plan").click()
        await expect(listed(page)).to_have_count(2)
        asked: list[str] = []

        async def stay(dialog: Any) -> None:
            asked.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.close(run_before_unload=True)
        await expect(listed(page)).to_have_count(2)
        assert asked == ["beforeunload"]


async def test_blocks_that_others_have_set_meanwhile_are_told(
    house: House, browser: Browser, planner: Planner
) -> None:
    async with the_plan(house, browser) as page:
        await page.get_by_role("button", name="Add a block").click()
        told = page.get_by_text("Meanwhile the blocks in force have become others.")
        await expect(told).to_have_count(0)
        await planner.tell()
        await expect(told).to_be_visible()
        await page.get_by_role("button", name="Discard").click()
        await expect(listed(page)).to_have_count(0)


async def test_nothing_is_changed_before_it_is_known_what_is_in_force(
    silent: House, browser: Browser
) -> None:
    async with silent.gateway(), open_page(silent, browser, path="plan") as page:
        waiting = page.get_by_text("Waiting for the planner to say which blocks are in force.")
        await expect(waiting.first).to_be_visible()
        await expect(page.get_by_role("button", name="Add a block")).to_be_disabled()
        await expect(page.get_by_text("Nothing is planned yet.")).to_be_visible()
        await expect(page.get_by_text("Waiting for prices from the forecaster.")).to_be_visible()
    assert silent.complaints == []
