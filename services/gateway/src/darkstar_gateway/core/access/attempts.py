"""How long somebody who guesses has to wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

WINDOW: Final = timedelta(minutes=1)
LONGEST: Final = timedelta(minutes=15)
"""Longest wait, however often somebody was wrong."""
FORGOTTEN: Final = timedelta(hours=1)
"""After so long without a wrong one, the waits begin short again."""
_OF_ONE_HOUSEHOLD: Final = 64
"""An IPv6 network of this length is one visitor's own [bits]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """The wrong ones from one address.

    Attributes:
        since: When the first of this minute was.
        wrong: How many there were in it.
        locks: How often they were too many.
        until: None is taken before.
        last: When the latest was.
    """

    since: datetime
    wrong: int = 0
    locks: int = 0
    until: datetime | None = None
    last: datetime | None = None

    def wait(self, now: datetime) -> timedelta:
        """How long until the next one is taken; zero: it is taken now."""
        return max(self.until - now, timedelta(0)) if self.until else timedelta(0)

    def failed(self, now: datetime, *, allowed: int) -> Attempts:
        """After one more wrong one; `allowed` of them in a minute have no consequence."""
        state = self
        if self.last is not None and now - self.last >= FORGOTTEN:
            state = Attempts(since=now)
        if now - state.since >= WINDOW:
            state = replace(state, since=now, wrong=0)
        state = replace(state, wrong=state.wrong + 1, last=now)
        if state.wrong < allowed:
            return state
        pause = min(WINDOW * 2 ** min(state.locks, 10), LONGEST)
        return replace(state, since=now + pause, wrong=0, locks=state.locks + 1, until=now + pause)


def visitor(address: str | None) -> str:
    """Who is counted as one: an IPv4 address, or the IPv6 network that one household has."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or ""
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _OF_ONE_HOUSEHOLD), strict=False))
