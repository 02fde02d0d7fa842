"""The clock port: no other module reads the time or sleeps by it."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_LONGEST_NAP = 30.0
"""The machine's clock is looked at again at least so often [s], since it may be set."""

_SPECIFICATION = re.compile(r"(?P<start>[^@]+)@(?P<anchor>[0-9.]+)\*(?P<speed>[0-9.]+)")


class Clock(Protocol):
    """Time in UTC, which may pass faster than the wall's."""

    @property
    def speed(self) -> float:
        """Seconds of this clock in a second of the wall's."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`."""

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed."""


class SystemClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        return datetime.now(UTC)

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`, also when the machine's clock is set meanwhile."""
        while (left := (when - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 (a clock is no event)
            await asyncio.sleep(min(left, _LONGEST_NAP))

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` has passed, whatever the machine's clock says."""
        await asyncio.sleep(duration.total_seconds())


class ScaledClock:
    """A simulated time that all processes with the same three figures share.

    It reads the machine's clock once, at start, and goes by the monotonic one from then
    on: a clock set during a run does not tear a simulated day.
    """

    def __init__(self, start: datetime, *, anchor: float, speed: float) -> None:
        """Take the figures.

        Args:
            start: The simulated time at the anchor.
            anchor: A moment of the wall [Unix seconds].
            speed: Simulated seconds in a second of the wall.
        """
        self.speed = speed
        self._start = start.astimezone(UTC)
        self._offset = time.time() - anchor - time.monotonic()

    def now(self) -> datetime:
        """The simulated time, aware, in UTC."""
        return self._start + timedelta(seconds=(time.monotonic() + self._offset) * self.speed)

    async def sleep_until(self, when: datetime) -> None:
        """Return once `now() >= when`; late by a millisecond of the wall at most, when idle."""
        while (left := (when - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 (a clock is no event)
            await asyncio.sleep(left / self.speed)

    async def sleep(self, duration: timedelta) -> None:
        """Return once `duration` of simulated time has passed."""
        await self.sleep_until(self.now() + duration)


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

    Raises:
        ValueError: It is no such thing.

    Example:
        >>> clock_from("2025-06-01T00:00:00+00:00@1750000000*240").speed
        240.0
    """
    if not specification:
        return SystemClock()
    try:
        start, anchor, speed = _figures(specification)
    except ValueError as error:
        raise ValueError(
            f"DARKSTAR_CLOCK is {specification!r} ({error}); it takes START@ANCHOR*SPEED, such as "
            "2025-06-01T00:00:00+00:00@1750000000*240, or nothing for the machine's clock"
        ) from None
    return ScaledClock(start, anchor=anchor, speed=speed)


def clock_specification(start: datetime, *, speed: float, delay: timedelta = timedelta(0)) -> str:
    """The DARKSTAR_CLOCK of processes whose clock shows `start` in `delay` from now."""
    anchor = time.time() + delay.total_seconds()
    return f"{start.astimezone(UTC).isoformat()}@{anchor:.3f}*{speed:g}"


def _figures(specification: str) -> tuple[datetime, float, float]:
    parts = _SPECIFICATION.fullmatch(specification)
    if parts is None:
        raise ValueError("an @ or a * is missing")
    start = datetime.fromisoformat(parts["start"])
    if start.tzinfo is None:
        raise ValueError("the start has no time zone")
    speed = float(parts["speed"])
    if speed <= 0:
        raise ValueError("the speed is not positive")
    return start, float(parts["anchor"]), speed
