"""What a Mosquitto broker tells about itself below `$SYS`, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping

_ROOT = "$SYS/broker/"
CONNECTED = f"{_ROOT}clients/connected"
AWAY = f"{_ROOT}clients/disconnected"
STORED = f"{_ROOT}store/messages/count"
RETAINED = f"{_ROOT}retained messages/count"
DROPPED = f"{_ROOT}publish/messages/dropped"
TOPICS = (CONNECTED, AWAY, STORED, RETAINED, DROPPED)
"""Other brokers have none of these: then nothing is known."""


def figure(payload: bytes) -> int | None:
    """A count as the broker writes it; None: that is none.

    Example:
        >>> figure(b"12"), figure(b"-1"), figure(b"many")
        (12, None, None)
    """
    text = payload.decode("ascii", errors="replace").strip()
    return int(text) if text.isascii() and text.isdecimal() else None


def queued(figures: Mapping[str, int]) -> int | None:
    """Messages that are stored and not retained: they wait for somebody; None: not known."""
    stored, retained = figures.get(STORED), figures.get(RETAINED)
    return None if stored is None or retained is None else max(0, stored - retained)
