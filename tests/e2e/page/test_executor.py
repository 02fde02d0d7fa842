"""The executor's page: what it does and why, what it did, what people are told, its hands."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect
from support.aurora_house import in_control, looks_back, said
from support.browsing import NEEDS_BROWSER, NOW, SIZES, House, axe, open_page, sideways

from darkstar_common.config import Access
from darkstar_common.contract import (
    CONTROL_RELEASE,
    CONTROL_STATE,
    HISTORY_QUERY,
    NOTIFICATIONS_SET,
    SHADOW_SET,
    Following,
    RequestResult,
    Service,
)
from darkstar_common.runtime import Secrets

pytestmark = NEEDS_BROWSER
OWNER, VIEWER = "the-owners-own", "may-look-only"


@pytest_asyncio.fixture(loop_scope="module")
async def lived(house: House) -> House:
    """A house with a past."""
    looks_back(house.services)
    await house.says(said(NOW))
    return house


async def seen(page: Page) -> None:
    """Wait until the whole page is there."""
    await expect(page.get_by_role("heading", name="The last 7 days")).to_be_visible()
    await expect(page.get_by_text("Settings written").first).to_be_visible()
    await expect(page.get_by_role("button", name="Storing the sun").first).to_be_visible()


def row_of(table: Locator, name: str) -> Locator:
    """The cells of the row that is headed so."""
    header = table.page.get_by_role("rowheader", name=name, exact=True)
    return table.get_by_role("row").filter(has=header).get_by_role("cell")


@pytest.mark.parametrize("size", SIZES)
async def test_it_tells_what_it_does_and_did_and_fits(
    lived: House, browser: Browser, size: str
) -> None:
    async with lived.gateway(), open_page(lived, browser, size, path="executor") as page:
        await seen(page)
        status = page.get_by_role("region", name="What it does")
        await expect(status).to_contain_text("In control")
        await expect(status).to_contain_text("Stores the sun for the evening.")
        await expect(status).to_contain_text("plan_charge_from_pv")
        following = page.get_by_role("complementary", name="Next quarter hour")
        await expect(following).to_contain_text("from 14:30")
        await expect(following).to_contain_text("Charge 5.0 kW")
        await expect(following).to_contain_text("% by its end")
        await page.get_by_role("button", name="Storing the sun").first.click()
        assert await sideways(page) <= 0
        if size == "phone":
            assert await axe(page) == []
    assert lived.complaints == []


async def test_a_row_opens_to_planned_commanded_before_and_after_and_why_nothing_was_written(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        await seen(page)
        row = page.get_by_role("button", name="Storing the sun").first
        await expect(row).to_have_attribute("aria-expanded", "false")
        await row.press("Enter")
        await expect(row).to_have_attribute("aria-expanded", "true")
        opened = page.get_by_role("listitem").filter(has=page.get_by_role("table"))
        planned, found = (opened.get_by_role("table").nth(n) for n in range(2))
        await expect(row_of(planned, "Charge at most")).to_have_text(["4.2 kW", "5.0 kW"])
        await expect(row_of(found, "Charge")).to_have_text(["–", "3.10 kW"])
        written = opened.get_by_role("row", name="max_charge_current").get_by_role("cell")
        await expect(written).to_have_text(["96", "104", "104", "written"])
        await page.get_by_role("button", name="All", exact=True).click()
        await page.get_by_role("button", name="nothing written").first.click()
        await expect(page.get_by_text("Why nothing was written: already set")).to_be_visible()
        await expect(page.get_by_text("There was nothing to set.")).to_be_visible()
    assert lived.complaints == []


async def test_earlier_days_come_when_asked_for_and_failures_can_be_looked_at_alone(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        await seen(page)
        rows = page.get_by_role("region", name="What it did").get_by_role("listitem")
        await expect(rows).to_have_count(12)
        earlier = page.get_by_role("button", name="Earlier")
        asked = len(lived.bus.sent(HISTORY_QUERY))
        for count in (24, 36, 48):
            await earlier.click()
            await expect(rows).to_have_count(count)
        assert len(lived.bus.sent(HISTORY_QUERY)) > asked
        times = await rows.locator(".when").all_inner_texts()
        assert len(set(times)) == len(times)
        await page.get_by_role("button", name="Failures").click()
        await expect(rows.first).to_contain_text("failed")
        assert all("failed" in text for text in await rows.all_inner_texts())
    assert lived.complaints == []


async def test_a_silent_recorder_is_told_and_can_be_asked_again(
    lived: House, browser: Browser
) -> None:
    def refuses(*_: object) -> RequestResult:
        return RequestResult(
            sender=Service.RECORDER, emitted_at=NOW, accepted=False, reason="The disk is full."
        )

    memory = lived.services.memory.pop("actions")
    lived.services.memory["actions"] = refuses  # type: ignore[assignment]
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        history = page.get_by_role("region", name="What it did")
        await expect(history).to_contain_text("The disk is full.")
        lived.services.memory["actions"] = memory
        await history.get_by_role("button", name="Try again").click()
        await expect(history.get_by_role("listitem")).to_have_count(12)
    assert all("422" in one for one in lived.complaints)


async def test_kinds_of_notification_and_shadow_mode_are_switched_on_the_bus(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        begins = page.get_by_role("switch", name="Charging begins")
        await expect(begins).to_have_attribute("aria-checked", "true")
        await begins.click()
        await expect(page.get_by_text("notifications/set is done.")).to_be_visible()
        await expect(begins).to_have_attribute("aria-checked", "false")
        (asked,) = lived.bus.sent(NOTIFICATIONS_SET)
        assert (asked.kind, asked.on) == ("charge_start", False)
        await page.get_by_role("button", name="Send a test").click()
        told = page.get_by_role("region", name="What you are told").get_by_role("status")
        await expect(told).not_to_be_empty()
        await page.get_by_role("switch", name="Shadow mode").click()
        await expect(page.get_by_text("Watching only")).to_be_visible()
        (shadow,) = lived.bus.sent(SHADOW_SET)
        assert shadow.on
    assert all("422" in one for one in lived.complaints)


async def test_the_devices_are_given_back_only_after_a_second_word_and_disobedience_is_said(
    lived: House, browser: Browser
) -> None:
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        give = page.get_by_role("button", name="Give the devices back")
        await give.click()
        dialog = page.get_by_role("dialog", name="Give the devices back?")
        await expect(dialog.get_by_role("button", name="Keep control")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        assert lived.bus.sent(CONTROL_RELEASE) == []
        await give.click()
        await dialog.get_by_role("button", name="Give back").click()
        await expect(page.get_by_text("control/release is done.")).to_be_visible()
        assert len(lived.bus.sent(CONTROL_RELEASE)) == 1
        refuses = Following(state="not_following", asked="charge 5 kW", seen="0.1 kW", tried="")
        state = in_control(NOW + timedelta(seconds=1))
        await lived.bus.publish(CONTROL_STATE, state.model_copy(update={"following": refuses}))
        status = page.get_by_role("region", name="What it does")
        await expect(status).to_contain_text("Not obeyed")
        await expect(status).to_contain_text("Measured: 0.1 kW")
    assert lived.complaints == []


async def test_who_may_only_look_can_change_nothing_on_these_pages(
    lived: House, browser: Browser
) -> None:
    lived.access = Access()
    lived.secrets = Secrets(gateway_password=OWNER, viewer_password=VIEWER)
    async with lived.gateway(), open_page(lived, browser, path="executor") as page:
        await page.get_by_label("Password", exact=True).fill(VIEWER)
        await page.keyboard.press("Enter")
        await seen(page)
        for name in ("Send a test", "Give the devices back"):
            await expect(page.get_by_role("button", name=name)).to_be_disabled()
        await expect(page.get_by_role("switch", name="Shadow mode")).to_be_disabled()
        await page.evaluate("location.hash = '#/aurora'")
        for name in ("Train House now", "Back to the version before", "Put in force", "Forget"):
            await expect(page.get_by_role("button", name=name)).to_be_disabled()
        await page.evaluate("location.hash = '#/lab'")
        await page.get_by_role("checkbox", name="Without the battery").check()
        for name in ("Ask", "Work it out"):
            await expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()


async def test_before_anything_is_known_it_says_what_it_waits_for(
    silent: House, browser: Browser
) -> None:
    async with silent.gateway(), open_page(silent, browser, path="executor") as page:
        await expect(page.get_by_text("Waiting for the executor to report.")).to_be_visible()
        await expect(page.get_by_text("Waiting for the executor to say which")).to_be_visible()
        await expect(page.get_by_text("Nothing of the kind in this time.")).to_be_visible()
    assert silent.complaints == []
