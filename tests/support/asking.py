"""A question to the recorder, as whoever needs the answer asks it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from pydantic import ValidationError

from darkstar_common.bus import Bus, RequestTimeoutError
from darkstar_common.contract import HISTORY_QUERY, HistoryQuery, HistoryRows

PATIENCE = timedelta(seconds=2)


async def ask(bus: Bus, **query: object) -> HistoryRows:
    """Ask until there are rows; a recorder that has much to take in may refuse for a while."""
    while True:
        asked = HistoryQuery.model_validate(query)  # a new one: each is answered once
        try:
            reply = await bus.request(HISTORY_QUERY, asked, timeout=PATIENCE)
        except RequestTimeoutError:
            continue
        with suppress(ValidationError):
            return reply.read(HistoryRows)
        assert not reply.result.accepted
        await asyncio.sleep(0.1)  # it has work to do
