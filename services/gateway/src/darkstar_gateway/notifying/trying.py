"""Answers who wants to know whether notifications arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from darkstar_common.bus import RawDelivery
from darkstar_common.contract import NOTIFY_TEST, Notification, RequestResult, Service
from darkstar_common.runtime import Context
from darkstar_gateway.notifying.courier import Courier

PATIENCE: Final = timedelta(seconds=10)
"""Longest one destination is waited for, of the wall's time; who asks waits no longer than 15."""
_NOWHERE: Final = (
    "There is nowhere to send to. Give home_assistant.url in the configuration and "
    "DARKSTAR_HOME_ASSISTANT_TOKEN, or addresses in DARKSTAR_NOTIFY_URLS, to the gateway."
)


async def answer_tests(context: Context, couriers: Sequence[Courier]) -> None:
    """Send a test to every destination whenever somebody asks, until cancelled."""
    async with context.bus.inbox(NOTIFY_TEST) as inbox:
        async for delivery in inbox:
            if isinstance(delivery, RawDelivery):
                continue
            accepted, sentence = await _tried(context, couriers)
            await delivery.answer(
                RequestResult(
                    sender=Service.GATEWAY,
                    emitted_at=context.clock.now(),
                    caused_by=delivery.message.message_id,
                    accepted=accepted,
                    reason=sentence,
                )
            )


async def _tried(context: Context, couriers: Sequence[Courier]) -> tuple[bool, str]:
    """Whether all got it, and what became of each."""
    if not couriers:
        return False, _NOWHERE
    note = Notification(
        sender=Service.GATEWAY,
        emitted_at=context.clock.now(),
        kind="test",
        title="A test of Darkstar",
        text="Whoever reads this is told what happens in the house.",
    )
    outcomes = await asyncio.gather(*(_outcome(one, note) for one in couriers))
    return all(good for good, _ in outcomes), " ".join(sentence for _, sentence in outcomes)


async def _outcome(courier: Courier, note: Notification) -> tuple[bool, str]:
    failed = await courier.attempt(note, patience=PATIENCE)
    await courier.settled(note, 1, failed)
    if failed is None:
        return True, f"{courier.name} has it."
    return False, f"{courier.name} did not get it: {failed.reason}; {failed.guidance}."
