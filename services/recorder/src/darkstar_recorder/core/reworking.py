"""Slots that are not what their readings make of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from darkstar_common.slots import SLOT
from darkstar_recorder.core.flags import GAP, LUMP, PARTIAL
from darkstar_recorder.core.slots import SlotEnergy

APART_KWH = 0.005
"""Less than this is rounding."""
_SPREAD = GAP | LUMP


def reworked(
    found: Mapping[datetime, SlotEnergy], known: Mapping[datetime, SlotEnergy]
) -> Iterator[tuple[SlotEnergy, ...]]:
    """Runs of slots to be replaced, each whole, so that no energy is lost at its borders.

    How a gap divides over its slots depends on what was usual then, so that alone is no
    difference. Energies that the readings, which do not go back for ever, know less of
    stay as they are.

    Args:
        found: What the readings make.
        known: What was recorded.
    """
    run = list[tuple[SlotEnergy, bool]]()
    for start in sorted(found):
        before, better = known.get(start), _better(found[start], known.get(start))
        if run and (run[-1][0].start + SLOT != start or better == before):
            yield from _whole(run)
            run = []
        if better != before:
            run.append((better, before is None or _wrong(better, before)))
    yield from _whole(run)


def _whole(run: Sequence[tuple[SlotEnergy, bool]]) -> Iterator[tuple[SlotEnergy, ...]]:
    if any(wrong for _, wrong in run):
        yield tuple(row for row, _ in run)


def _better(found: SlotEnergy, known: SlotEnergy | None) -> SlotEnergy:
    """What was recorded, with what the readings know better."""
    if known is None:
        return found
    kwh, flags = dict(known.kwh), dict(known.flags)
    for channel, energy in found.kwh.items():
        mask = found.flags.get(channel, 0)
        if channel in kwh and mask & PARTIAL and not flags.get(channel, 0) & PARTIAL:
            continue
        if channel in kwh and abs(kwh[channel] - energy) <= APART_KWH:
            continue
        kwh[channel] = energy
        flags = {**flags, channel: mask}
    return replace(known, kwh=kwh, flags={name: mask for name, mask in flags.items() if mask})


def _wrong(better: SlotEnergy, known: SlotEnergy) -> bool:
    return any(
        channel not in known.kwh
        or not (better.flags.get(channel, 0) & known.flags.get(channel, 0) & _SPREAD)
        for channel, energy in better.kwh.items()
        if known.kwh.get(channel) != energy
    )
