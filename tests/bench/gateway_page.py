"""How soon the page is drawn, in Chromium: first, again, and after a new schedule."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.percentiles import met, percentile
from bench.report import machine, table, write_section
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from support.aurora_house import looks_back, said
from support.browsing import ARGUMENTS, CHROMIUM, NOW, House, a_house
from support.gateway_house import schedule

from darkstar_common.contract import SCHEDULE

_LOOKS = 7
TARGETS = (
    ("first look, to the drawn chart", "first", 500),
    ("again in the same tab, to the drawn chart", "again", 200),
    ("in another tab, whose process the browser starts first", "tab", 200),
    ("a new schedule, from its message to its drawing", "update", 150),
)
_DRAWN = """() => new Promise(resolve => {
    const drawn = () => performance.getEntriesByName("darkstar:drawn")[0]
    const look = () => drawn() && document.querySelector(".outlook path.price, .canvas canvas")
        ? requestAnimationFrame(() => resolve(drawn().startTime)) : setTimeout(look, 5)
    look()
})"""
_FORGET = "performance.clearMarks('darkstar:drawn')"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """Times of the page [ms]: from its address being opened, and from a message to its drawing.

    Attributes:
        first: In a browser that has never seen the page.
        again: In one that has, in the tab that is open.
        tab: In one that has, in another tab.
        update: From a schedule being published to its drawing on the page of the plan.
    """

    first: tuple[float, ...]
    again: tuple[float, ...]
    tab: tuple[float, ...]
    update: tuple[float, ...]

    def median(self, name: str) -> float:
        """The middle one [ms]."""
        return percentile(list(getattr(self, name)), 50)


async def measure(looks: int = _LOOKS) -> PageFigures:
    """Look at the page of a played house so often, each first look with a browser's empty cache."""
    with TemporaryDirectory() as state:
        async with async_playwright() as playwright, a_house(Path(state)) as house:
            looks_back(house.services)
            await house.says(said(NOW))
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(ARGUMENTS)
            )
            async with house.gateway():
                await _looked(house, browser)  # the browser and the gateway get warm
                looked = [await _looked(house, browser) for _ in range(looks)]
                update = await _updates(house, browser, looks)
            await browser.close()
    first, again, tab = zip(*looked, strict=True)
    return PageFigures(first=first, again=again, tab=tab, update=tuple(update))


async def _looked(house: House, browser: Browser) -> tuple[float, float, float]:
    """The first look of a window of its own, one more there, and one in another tab."""
    async with _window(browser) as window:
        page = await window.new_page()
        await page.goto(house.url)
        first = await page.evaluate(_DRAWN)
        await page.reload()
        again = await page.evaluate(_DRAWN)
        other = await window.new_page()
        await other.goto(house.url)
        return float(first), float(again), float(await other.evaluate(_DRAWN))


async def _updates(house: House, browser: Browser, count: int) -> list[float]:
    """How long a schedule takes from the bus to its drawing, again and again [ms]."""
    async with _window(browser) as window:
        page = await window.new_page()
        await page.goto(f"{house.url}#/plan")
        await page.evaluate(_DRAWN)
        await page.locator(".state", has_text="Live").wait_for()
        return [await _update(house, page, number) for number in range(count)]


async def _update(house: House, page: Page, number: int) -> float:
    await asyncio.sleep(0.5)
    await page.evaluate(_FORGET)
    made = schedule(NOW + timedelta(minutes=15 * number))
    began = float(await page.evaluate("performance.now()"))
    await house.bus.publish(SCHEDULE, made)
    return float(await page.evaluate(_DRAWN)) - began


@asynccontextmanager
async def _window(browser: Browser) -> AsyncIterator[BrowserContext]:
    window = await browser.new_context()
    yield window
    await window.close()


def section(figures: PageFigures) -> str:
    """The page's section."""
    rows = [
        (name, f"{figures.median(key):.0f} ms", f"{max(getattr(figures, key)):.0f} ms",
         f"{target} ms", met(figures.median(key), target))
        for name, key, target in TARGETS
    ]  # fmt: skip
    head = ("in Chromium", "median", "most", "target", "met")
    return (
        f"## The page\n\n`make bench-gateway` on {machine()}, with a load of "
        f"{os.getloadavg()[0]:.1f}: a played house and its gateway in the benchmark's process, and "
        f"a browser beside it. Each of {len(figures.first)} first looks begins with an empty "
        f"cache.\n\n{table(head, rows)}"
    )


def main() -> None:
    """Measure and write; `--quick` writes nothing."""
    text = section(asyncio.run(measure()))
    if "--quick" not in sys.argv:
        write_section("gateway_page", text)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
