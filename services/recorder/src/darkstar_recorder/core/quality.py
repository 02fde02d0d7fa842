"""What a local day is good for, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Label = Literal["clean", "mask_battery", "exclude"]
"""mask_battery: all but its battery columns; exclude: nothing is learned from it."""
LABELS: tuple[Label, ...] = get_args(Label)
Judge = Literal["doctor", "predecessor", "person"]
JUDGES: tuple[Judge, ...] = get_args(Judge)
"""Who labels days; a later one is not overruled by an earlier one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLabel:
    """What a local day is good for."""

    day: date
    label: Label
    reasons: str


def label(text: object) -> Label:
    """A label by its name.

    Raises:
        ValueError: There is none of that name; the message is a sentence.
    """
    for known in LABELS:
        if text == known:
            return known
    raise ValueError(f"its label is {text!r}, none of {', '.join(LABELS)}")
