"""What lies below the typed bus: a wire to a broker that carries bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A payload on its way to the broker."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    expiry: timedelta | None = None
    response_topic: str | None = None
    correlation: bytes | None = None

    @property
    def key(self) -> str | None:
        """What a newer one may replace while it waits: the state of a topic."""
        return self.topic if self.retain else None


class Wire(Protocol):
    """Carries bytes to and from a broker, reconnecting by itself."""

    def post(self, outgoing: Outgoing) -> None:
        """Queue it; never blocks."""

    async def subscribe(self, *filters: str) -> None:
        """Have the broker send what falls under `filters`, what it retained first."""

    async def unsubscribe(self, *filters: str) -> None:
        """Have the broker stop sending it."""
