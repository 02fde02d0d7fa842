"""What is odd about an energy, as bits of one number."""

from __future__ import annotations

from collections.abc import Mapping

GAP, RESET, DIP, PARTIAL, LUMP, SPIKE, POWER, HOURLY = (1 << bit for bit in range(8))
NAMES = {
    "gap": GAP, "reset": RESET, "dip": DIP, "partial": PARTIAL,
    "lump": LUMP, "spike": SPIKE, "power": POWER, "hourly": HOURLY,
}  # fmt: skip
"""gap: divided over more than a slot; reset: the counter started again; dip: it stepped back a
little; partial: it does not cover the whole slot; lump: it had stood still and then caught up;
spike: a reading was rejected; power: summed up from powers; hourly: from an hour's value."""
ASSUMED = GAP | LUMP | POWER | HOURLY
"""The energy is somebody's, how it divides over the slots is assumed."""


def names(mask: int) -> tuple[str, ...]:
    """The flags in `mask`, sorted.

    Example:
        >>> names(RESET | GAP)
        ('gap', 'reset')
    """
    return tuple(sorted(name for name, bit in NAMES.items() if mask & bit))


def quality(flags: Mapping[str, int]) -> tuple[str, ...]:
    """The flags of all channels together, sorted."""
    together = 0
    for mask in flags.values():
        together |= mask
    return names(together)
