"""What a local day is good for, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, get_args

from darkstar_common.slots import SLOT, SLOT_HOURS
from darkstar_recorder.core.flags import GAP, LUMP, PARTIAL, POWER
from darkstar_recorder.core.limits import Limits

Label = Literal["clean", "mask_battery", "exclude"]
"""mask_battery: all but its battery columns; exclude: nothing is learned from it."""
LABELS: tuple[Label, ...] = get_args(Label)
Judge = Literal["doctor", "predecessor", "person"]
JUDGES: tuple[Judge, ...] = get_args(Judge)
"""Who labels days; a later one is not overruled by an earlier one."""

HOUSE, BATTERY = ("load", "pv", "import", "export"), ("charge", "discharge")
SEVERAL = 8
"""So many slots [2 h] of a day may be doubtful in a channel, and it is still good."""
JUMP = 40.0
"""No battery gains or loses so much in a slot [percentage points]."""
_GUESSED = GAP | LUMP | PARTIAL
_AT_RAND = GAP | LUMP | PARTIAL | POWER
_LOSSES, _ROUNDING_KWH = 0.2, 0.25
"""What a balance may be off by: this share of what flowed, and so much of any slot [kWh]."""
_RESTS_KWH = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLabel:
    """What a local day is good for."""

    day: date
    label: Label
    reasons: str


class Observed(Protocol):
    """A slot as it is known."""

    @property
    def start(self) -> datetime: ...  # noqa: D102 (as SlotRow has them)
    @property
    def kwh(self) -> Mapping[str, float]: ...  # noqa: D102
    @property
    def flags(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def residual_kwh(self) -> float | None: ...  # noqa: D102
    @property
    def soc_percent_start(self) -> float | None: ...  # noqa: D102
    @property
    def soc_percent_end(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A local day that is over, to be judged."""

    day: date
    starts: Sequence[datetime]
    """Of its slots."""
    channels: frozenset[str]
    """Those that this house has, and had on that day."""


def label(text: object) -> Label:
    """A label by its name.

    Raises:
        ValueError: There is none of that name; the message is a sentence.
    """
    for known in LABELS:
        if text == known:
            return known
    raise ValueError(f"its label is {text!r}, none of {', '.join(LABELS)}")


def judged(day: Judged, slots: Mapping[datetime, Observed], limits: Limits) -> DayLabel:
    """What `day` is good for, by its slots alone.

    It is left out when for more than two hours what a meter of the house counted is unknown,
    guessed or impossible; its battery columns are, when that holds for the battery's meters,
    when its charge jumps, or when the balance does not come out while it is at work.
    A balance that is off while it rests does not say which meter it is, and masks nothing.
    """
    found = [slots.get(start) for start in day.starts]
    bad = [*_doubtful(found, HOUSE, day, limits)]
    if bad:
        return DayLabel(day=day.day, label="exclude", reasons="; ".join(bad))
    known = [one for one in found if one is not None]
    bad = [*_doubtful(found, BATTERY, day, limits)]
    if any(jumps(known)):
        bad.append("the state of charge jumps")
    off = sum(unbalanced(one) and not _rests(one) for one in known)
    if off > SEVERAL:
        bad.append(f"{off} slots do not balance while the battery works")
    return DayLabel(day=day.day, label="mask_battery" if bad else "clean", reasons="; ".join(bad))


def _doubtful(
    slots: Sequence[Observed | None], channels: Iterable[str], day: Judged, limits: Limits
) -> Iterator[str]:
    for channel in channels:
        if channel in day.channels:
            bad = sum(one is None or not _good(one, channel, limits) for one in slots)
            if bad > SEVERAL:
                yield f"{channel} is unknown, guessed or impossible in {bad} of {len(slots)} slots"


def _good(slot: Observed, channel: str, limits: Limits) -> bool:
    kwh = slot.kwh.get(channel)
    if kwh is None or slot.flags.get(channel, 0) & _GUESSED:
        return False
    return kwh >= 0 and limits.possible(channel, kwh, SLOT_HOURS)


def unbalanced(slot: Observed) -> bool:
    """Whether more came into a slot than went out, or less, than losses and rounding explain."""
    if slot.residual_kwh is None:
        return False
    if any(slot.flags.get(channel, 0) & _AT_RAND for channel in (*HOUSE, *BATTERY)):
        return False  # each divides over its slots in a way of its own
    arrived, left = (
        sum(slot.kwh.get(channel, 0.0) for channel in channels)
        for channels in (("pv", "import", "discharge"), ("load", "export", "charge"))
    )
    return abs(slot.residual_kwh) > _ROUNDING_KWH + _LOSSES * max(arrived, left)


def _rests(slot: Observed) -> bool:
    return sum(slot.kwh.get(channel, 0.0) for channel in BATTERY) <= _RESTS_KWH


def jumps(slots: Sequence[Observed]) -> Iterator[tuple[datetime, float, float]]:
    """When the state of charge is elsewhere all of a sudden: where it was, where it is [%].

    Args:
        slots: In order of time.
    """
    before: Observed | None = None
    for one in slots:
        steps = [(one.soc_percent_start, one.soc_percent_end)]
        if before is not None and before.start + SLOT == one.start:
            steps.insert(0, (before.soc_percent_end, one.soc_percent_start))
        for was, now in steps:
            if was is not None and now is not None and abs(now - was) > JUMP:
                yield one.start, was, now
        before = one
