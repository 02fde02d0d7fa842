"""What can go wrong on the bus for its user.

BusError
└── RequestTimeoutError   nobody answered in time
"""

from __future__ import annotations

from datetime import timedelta


class BusError(Exception):
    """Base of all errors of the bus."""


class RequestTimeoutError(BusError):
    """Nobody answered the request on `topic` within `timeout`."""

    def __init__(self, topic: str, timeout: timedelta) -> None:
        super().__init__(
            f"no answer on {topic} within {timeout.total_seconds():g} s; "
            "is the service that receives it running?"
        )
        self.topic = topic
        self.timeout = timeout
