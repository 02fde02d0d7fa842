"""A service for tests of the runtime: it echoes overrides, and does as it is told.

Run as `python echo_service.py NAME`; the word `hold` crashes it, `force_heat` ends it.
"""

from __future__ import annotations

import sys

from darkstar_common.bus import Delivery
from darkstar_common.bus.mqtt import Presence
from darkstar_common.contract import NOTIFY, OVERRIDE_SET, SERVICES, Notification, Service
from darkstar_common.runtime import Context, because_of, run


async def main(context: Context) -> None:
    async with context.bus.inbox(OVERRIDE_SET) as inbox:
        try:
            async for delivery in inbox:
                assert isinstance(delivery, Delivery)
                word = delivery.message.action
                because_of(context.log, delivery.message).info("request_received", word=word)
                if word == "hold":
                    raise RuntimeError("told to crash")
                await say(context, word)
                if word == "force_heat":
                    return
        finally:
            await say(context, f"last words in {context.state_dir.name}")


async def say(context: Context, text: str) -> None:
    await context.bus.publish(
        NOTIFY,
        Notification(
            sender=Service.EXECUTOR,
            emitted_at=context.clock.now(),
            kind="echo",
            title="Echo",
            text=text,
        ),
    )


if __name__ == "__main__":
    name = sys.argv[1]
    run(
        Service(name) if name in SERVICES else name,
        main,
        presence=lambda config: Presence(
            f"{config.site}/{name}", online=lambda: b"online", offline=lambda: b"offline"
        ),
    )
