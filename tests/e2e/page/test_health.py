"""The page of health and logs: what is wrong, what to do, and what was logged."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Browser, expect
from support.browsing import NEEDS_BROWSER, NOW, House, open_page
from support.gateway_house import service_status

from darkstar_common.contract import LEARNING_RESET, LOG, Issue, LogLine, LogLines, Service

pytestmark = NEEDS_BROWSER
BROKEN = Issue(
    key="k", severity="error", message="No sun sensor.", guidance="Name one.",
    entity="sensor.sun", since=NOW - timedelta(hours=2),
)  # fmt: skip


def logged(*events: tuple[str, str]) -> LogLines:
    """What the planner logged: levels and events."""
    lines = tuple(
        LogLine.model_validate({"at": NOW, "level": level, "event": event, "details": {"n": 7}})
        for level, event in events
    )
    return LogLines(sender=Service.PLANNER, emitted_at=NOW, lines=lines)


async def test_what_is_wrong_is_grouped_with_what_to_do(house: House, browser: Browser) -> None:
    await house.says(iter([service_status(Service.EXECUTOR, NOW, BROKEN)]))
    await house.says(iter([service_status(Service.RECORDER, NOW, online=False)]))
    async with house.gateway(), open_page(house, browser, path="health") as page:
        await expect(page.get_by_role("heading", name="2 things to look at")).to_be_visible()
        for words in ("Name one.", "sensor.sun", "since 12:20", "Start darkstar-recorder"):
            await expect(page.get_by_text(words)).to_be_visible()
        row = page.get_by_role("row", name="Recorder")
        await expect(row).to_contain_text("away")
        await expect(page.locator("nav .bar .call")).to_have_count(1)
    assert house.complaints == []


async def test_logs_are_followed_filtered_and_held_still(house: House, browser: Browser) -> None:
    planner = LOG[Service.PLANNER]
    async with house.gateway(), open_page(house, browser, path="health") as page:
        box = page.get_by_role("log")
        await expect(box).to_contain_text("No such line has been logged.")
        await house.bus.publish(planner, logged(("info", "plan_made"), ("warning", "plan_late")))
        await expect(box).to_contain_text("plan_made n=7", timeout=10_000)
        await page.get_by_label("With these words").fill("late")
        await expect(box.locator("p")).to_have_count(1)
        await page.get_by_label("With these words").fill("")
        await page.get_by_label("At least").select_option("warning")
        await expect(box.locator("p")).to_have_count(1)
        await expect(box).to_contain_text("plan_late")
        href = await page.get_by_role("link", name="Download", exact=True).get_attribute("href")
        assert href is not None
        assert href.endswith("api/logs/download?level=warning")
        await page.get_by_role("button", name="Hold still").click()
        await expect(page.get_by_role("button", name="Follow")).to_be_visible()
        await expect(box).to_contain_text("plan_late")
    assert house.complaints == []


async def test_todays_learning_is_reset_only_when_that_is_meant(
    house: House, browser: Browser
) -> None:
    async with house.gateway(), open_page(house, browser, "phone", path="health") as page:
        await page.get_by_role("button", name="Reset today's learning").click()
        await page.get_by_role("button", name="Cancel").click()
        assert house.bus.sent(LEARNING_RESET) == []
        await page.get_by_role("button", name="Reset today's learning").click()
        await page.get_by_role("button", name="Yes, forget today's learning").click()
        await expect(page.get_by_text("learning/reset is done.", exact=False)).to_be_visible()
    assert len(house.bus.sent(LEARNING_RESET)) == 1


async def test_a_try_of_home_assistant_ends_in_a_sentence(house: House, browser: Browser) -> None:
    async with house.gateway(), open_page(house, browser, path="health") as page:
        await page.get_by_role("button", name="Try Home Assistant").click()
        result = page.locator(".result")
        await expect(result).not_to_be_empty()
        await expect(result).not_to_contain_text("asking")
        await expect(page.get_by_role("button", name="Try Home Assistant")).to_be_enabled()
