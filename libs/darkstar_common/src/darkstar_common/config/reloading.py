"""What of the configuration a running service can take over, and what needs a new start."""

from __future__ import annotations

from typing import Final

NEEDS_RESTART: Final = ("site", "mqtt.host", "mqtt.port", "gateway.host", "gateway.port")
"""Keys that a process goes by from its start on: where it listens, and which broker it uses as
whom."""


def within(key: str, place: str) -> bool:
    """Whether `key` is `place` or something below it.

    Example:
        >>> within("mqtt.port", "mqtt"), within("mqtt_port", "mqtt")
        (True, False)
    """
    return key == place or key.startswith(f"{place}.")


def needs_restart(key: str) -> bool:
    """Whether a change of `key` is in force only in a process that was started after it."""
    return any(within(key, place) for place in NEEDS_RESTART)
