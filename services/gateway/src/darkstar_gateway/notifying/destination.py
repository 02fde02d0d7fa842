"""What a place that notifications go to must be able to do.

DeliveryError   it did not take one; why, and what a person can do about it
"""

from __future__ import annotations

from typing import Protocol

from darkstar_common.contract import Notification


class DeliveryError(Exception):
    """A notification was not taken. Neither sentence holds a secret."""

    def __init__(self, reason: str, guidance: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.guidance = guidance


class Destination(Protocol):
    """A place that notifications go to."""

    @property
    def key(self) -> str:
        """Names it in issues, metrics and logs; no secret."""

    @property
    def name(self) -> str:
        """What people call it; no secret."""

    async def send(self, notification: Notification) -> None:
        """Bring one there.

        Raises:
            DeliveryError: It was not taken, as far as can be seen.
        """
