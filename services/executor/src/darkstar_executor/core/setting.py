"""What one role is to be set to, and how that is to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Value = float | str | bool
Sense = Literal["limit", "ceiling", "floor"]
"""Which way a number is the safer: a power nearer to zero, a ceiling lower, a floor higher."""

STOPPING, BOUNDING, STARTING, RAISING, PRESSING = 0, 1, 2, 3, 4
"""Stages of writing: what stops a flow, its bounds, what starts one, what a mode that is on takes,
buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value for the entity in a role, in the entity's own unit and words.

    Attributes:
        exact: A limit that must not be missed by a write threshold (a zero, a floor).
        stage: Lower ones are written first.
        calm: It stops a forced flow, so it is written beyond the daily cap too.
        refresh: It is written again after so long, or the inverter drops it; None: it holds.
        after: For a button (its value is True): it is pressed after a write to one of these
            roles, and not otherwise.
        sense: Which way it is the safer; None: nobody can tell.
        bounds: A forced flow ends by it, so none is started before it is shown.
        most: What it is at most in this house; an entity's range may say nothing about that.
    """

    role: str
    value: Value
    exact: bool = False
    stage: int = BOUNDING
    calm: bool = False
    refresh: timedelta | None = None
    after: tuple[str, ...] = ()
    sense: Sense | None = None
    bounds: bool = False
    most: float | None = None
