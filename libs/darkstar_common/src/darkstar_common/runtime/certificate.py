"""Says in time that the broker's certificate ends, when nobody would get in any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import NoReturn

from darkstar_common.bus.stopping import stop
from darkstar_common.contract import Issue
from darkstar_common.runtime.clock import Clock
from darkstar_common.runtime.status import Status

ENDING = "broker_certificate"
"""The issue's key."""
SOON = timedelta(days=30)
"""So long before its end people are told."""
_PAUSE = timedelta(hours=1)


def trouble(ends: datetime | None, now: datetime) -> Issue | None:
    """The issue about a certificate that `ends` then; None while there is time, or none known."""
    if ends is None or ends - now > SOON:
        return None
    left = max(0, (ends - now).days)
    return Issue(
        key=ENDING,
        severity="warning",
        message=(
            f"The broker's certificate ends on {ends:%Y-%m-%d}, in {left} days. From then on no "
            "service gets in, and the house is left to itself."
        ),
        guidance="Renew it with `make certs`, then start the broker anew.",
    )


@asynccontextmanager
async def certificate_watched(
    ends: Callable[[], datetime | None], status: Status, clock: Clock
) -> AsyncIterator[None]:
    """Keep the issue as it should be while this is open.

    Args:
        ends: When the certificate that was shown last ends; None: none was.
        status: Where the issue goes.
        clock: Against which its end is measured.
    """
    watching = asyncio.create_task(_watch(ends, status, clock), name="certificate")
    try:
        yield
    finally:
        await stop(watching)


async def _watch(ends: Callable[[], datetime | None], status: Status, clock: Clock) -> NoReturn:
    while True:
        issue = trouble(ends(), clock.now())
        if issue is None:
            await status.clear_issue(ENDING)
        else:
            await status.raise_issue(issue)
        await clock.sleep(_PAUSE)
