"""The clock port: no other module reads the time or sleeps by it."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from darkstar_common.runtime.ahead import Ahead

_LONGEST_NAP = 30.0
"""A clock that may be set is looked at again at least so often [s of that clock]."""

_SET_BACK = timedelta(minutes=1)
"""By more than this no clock goes back that is only being kept right."""
_SPECIFICATION = re.compile(
    r"(?P<start>[^@]+)@(?P<anchor>[0-9.]+)\*(?P<speed>[0-9.]+)(?:\+(?P<ahead>.+))?"
)


class Clock(Protocol):
    """Time in UTC, which may pass faster than the wall's."""

    @property
    def speed(self) -> float:
        """Seconds of this clock in a second of the wall's."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`, or soon after the clock was set back by minutes or more.

        Whoever reckoned `when` from a clock that was wrong is to reckon it anew: else work that
        is done every hour would wait for as long as the clock had been ahead.
        """

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""


class SystemClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`, or when the machine's clock was set back meanwhile."""
        await _slept(self.now, when, naps=_LONGEST_NAP)

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed, whatever the machine's clock says."""
        await asyncio.sleep(duration.total_seconds())


class ScaledClock:
    """A simulated time that all processes with the same three figures share.

    It reads the machine's clock once, at start, and goes by the monotonic one from then
    on: a clock set during a run does not tear a simulated day. A clock that is to be torn
    on purpose is given the file that says how far it is `ahead`.
    """

    def __init__(
        self, start: datetime, *, anchor: float, speed: float, ahead: Ahead | None = None
    ) -> None:
        """Take the figures.

        Args:
            start: The simulated time at the anchor.
            anchor: A moment of the wall [Unix seconds].
            speed: Simulated seconds in a second of the wall.
            ahead: How wrong this clock is at present; None: never.
        """
        self.speed = speed
        self._start = start.astimezone(UTC)
        self._offset = time.time() - anchor - time.monotonic()
        self._ahead = ahead

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self._passed() if self._ahead is None else self._passed() + self._ahead.by()

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`; late by a millisecond of the wall at most, when idle.

        Where the clock may be set meanwhile, it is looked at as often as a machine's is.
        """
        naps = math.inf if self._ahead is None else _LONGEST_NAP
        await _slept(self.now, when, naps=naps, speed=self.speed)

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` of simulated time has passed, whatever the clock is set to."""
        end = self._passed() + duration
        while (left := (end - self._passed()).total_seconds()) > 0:  # noqa: ASYNC110 (a clock is no event)
            await asyncio.sleep(left / self.speed)

    def _passed(self) -> datetime:
        """The simulated time that nobody has set."""
        return self._start + timedelta(seconds=(time.monotonic() + self._offset) * self.speed)


async def _slept(
    now: Callable[[], datetime], when: datetime, *, naps: float, speed: float = 1.0
) -> None:
    """Sleep until `when`, in naps of so many seconds of the clock, or until it is set back."""
    latest = now()
    while (left := (when - (at := now())).total_seconds()) > 0 and at > latest - _SET_BACK:
        latest = max(latest, at)
        await asyncio.sleep(min(left, naps) / speed)


class Stopwatch:
    """Measures how long something took in real time."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    @property
    def elapsed(self) -> timedelta:
        """Time since it was made."""
        return timedelta(seconds=time.perf_counter() - self._started)


def clock_from(specification: str) -> SystemClock | ScaledClock:
    """The clock that DARKSTAR_CLOCK asks for: START@ANCHOR*SPEED, or the machine's if empty.

    With +FILE behind it, the clock is ahead by as many seconds as the file says at the moment.

    Raises:
        ValueError: It is no such thing.

    Example:
        >>> clock_from("2025-06-01T00:00:00+00:00@1750000000*240").speed
        240.0
    """
    if not specification:
        return SystemClock()
    try:
        start, anchor, speed, ahead = _figures(specification)
    except (ValueError, OSError) as error:
        raise ValueError(
            f"DARKSTAR_CLOCK is {specification!r} ({error}); it takes START@ANCHOR*SPEED, such as "
            "2025-06-01T00:00:00+00:00@1750000000*240, or nothing for the machine's clock"
        ) from None
    return ScaledClock(start, anchor=anchor, speed=speed, ahead=ahead)


def clock_specification(start: datetime, *, speed: float, delay: timedelta = timedelta(0)) -> str:
    """The DARKSTAR_CLOCK of processes whose clock shows `start` in `delay` from now."""
    anchor = time.time() + delay.total_seconds()
    return f"{start.astimezone(UTC).isoformat()}@{anchor:.3f}*{speed:g}"


def _figures(specification: str) -> tuple[datetime, float, float, Ahead | None]:
    parts = _SPECIFICATION.fullmatch(specification)
    if parts is None:
        raise ValueError("an @ or a * is missing")
    start = datetime.fromisoformat(parts["start"])
    if start.tzinfo is None:
        raise ValueError("the start has no time zone")
    speed = float(parts["speed"])
    if speed <= 0:
        raise ValueError("the speed is not positive")
    ahead = Ahead(Path(parts["ahead"])) if parts["ahead"] else None
    return start, float(parts["anchor"]), speed, ahead
