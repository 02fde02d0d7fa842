"""Percentiles as a benchmark may claim them: only values that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil


def percentile(values: Sequence[float], share: float) -> float:
    """The least of `values` that so many percent of them do not exceed.

    Args:
        values: In any order and unit.
        share: Over 0 and up to 100 [%].

    Raises:
        ValueError: There are no values, or the share is none.

    Example:
        >>> percentile([4.0, 1.0, 3.0, 2.0], 50)
        2.0
    """
    if not values:
        raise ValueError("no values, no percentile")
    if not 0 < share <= 100:
        raise ValueError(f"a share of {share:g} % is not over 0 and up to 100")
    return sorted(values)[ceil(len(values) * share / 100) - 1]


def met(value: float, target: float, *, below: bool = False) -> str:
    """Whether a target is met, for a table; `below`: the target itself is too much."""
    return "yes" if value < target or (value == target and not below) else "**no**"
