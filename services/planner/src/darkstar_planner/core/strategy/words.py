"""What rules have in common in saying what they changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo


def changes(values: Iterable[tuple[str, float, float]]) -> str:
    """What is different, as a list for people; empty when nothing that shows is.

    Args:
        values: A phrase with {} for the number, the number now, and the one configured.

    Example:
        >>> changes([("each start costs {}", 0.25, 0.5), ("{} h apart", 5.0, 5.0)])
        'each start costs 0.25 instead of 0.5'
    """
    shown = [(phrase, f"{now:.3g}", f"{usual:.3g}") for phrase, now, usual in values]
    return ", ".join(
        f"{phrase.format(now)} instead of {usual}" for phrase, now, usual in shown if now != usual
    )


def local_time(moment: datetime, zone: ZoneInfo) -> str:
    """`moment` on the clocks of the house, as in `Thu 01 Jan 13:00`."""
    return f"{moment.astimezone(zone):%a %d %b %H:%M}"
