"""Counts wrong passwords and tokens by address, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Final

from darkstar_common.runtime import Clock
from darkstar_gateway.api.problems import Problem
from darkstar_gateway.core.access.attempts import Attempts, visitor

MOST: Final = 1000
"""Addresses that are remembered; of more those that tried longest ago are forgotten."""


class Turnstile:
    """Lets so many wrong ones of an address pass in a minute, and then makes it wait."""

    def __init__(self, clock: Clock, *, allowed: int) -> None:
        self._clock, self._allowed = clock, allowed
        self._known: OrderedDict[str, Attempts] = OrderedDict()

    def enter(self, address: str | None) -> None:
        """Count an attempt as wrong, until `passed` says otherwise: many at once gain nothing.

        Raises:
            Problem: This address has to wait.
        """
        now, who = self._clock.now(), visitor(address)
        known = self._known.get(who) or Attempts(since=now)
        if (wait := known.wait(now)) > timedelta(0):
            raise _too_many(wait)
        self._known[who] = known.failed(now, allowed=self._allowed)
        self._known.move_to_end(who)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def passed(self, address: str | None) -> None:
        """It was right: nothing is held against the address any more."""
        self._known.pop(visitor(address), None)


def _too_many(wait: timedelta) -> Problem:
    seconds = max(ceil(wait.total_seconds()), 1)
    return Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"Too many wrong ones from your address. Try again in {seconds} s.",
        retry_after_seconds=seconds,
    )
