"""A service for tests of another configuration: it says what it runs with, and how it leaves.

Run as `python reload_service.py NAME`; it crashes where the battery's capacity is 13.
"""

from __future__ import annotations

import asyncio
import sys

from darkstar_common.contract import NOTIFY, OVERRIDE_SET, Issue, Notification, Service
from darkstar_common.runtime import Context, run


async def main(context: Context) -> None:
    battery = context.config.battery
    capacity = battery.capacity_kwh if battery else 0.0
    if capacity == 13:
        raise ExceptionGroup("all", [ValueError("13 brings bad luck")])
    async with context.bus.inbox(OVERRIDE_SET) as inbox:
        await say(context, f"{capacity:g} kWh")
        trouble = Issue(key=f"at_{capacity:g}", severity="info", message="Just so.")
        await context.status.raise_issue(trouble)
        try:
            async for _ in inbox:
                await say(context, f"asked at {capacity:g}")
        finally:
            await say(context, "goes on" if context.reread.restarting else "ends")
            if capacity == 11:
                await asyncio.sleep(0.5)  # takes its time, as a slow one does


async def say(context: Context, text: str) -> None:
    now = context.clock.now()
    note = Notification(
        sender=Service.EXECUTOR, emitted_at=now, kind="reload", title="Reload", text=text
    )
    await context.bus.publish(NOTIFY, note)


if __name__ == "__main__":
    run(Service(sys.argv[1]), main)
