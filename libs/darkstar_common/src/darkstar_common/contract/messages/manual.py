"""What people decide for a while instead of the optimiser."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from darkstar_common.contract.base import Kilowatts, Part, Request, SlotStart


class ManualBlock(Part):
    """A stretch of time in which a person decides instead of the optimiser."""

    action: Literal["charge", "export", "heat", "hold"]
    start: SlotStart
    end: SlotStart
    power_kw: Kilowatts | None = Field(default=None, description="Null: as much as can be [kW]")


class ManualBlocksSet(Request):
    """Replace all manual blocks of the schedule; "none" for none at all."""

    examples = (
        "none",
        (
            '{"blocks": [{"action": "charge", "start": "2026-01-01T01:00:00Z",'
            ' "end": "2026-01-01T02:00:00Z"}]}'
        ),
    )

    word_field = "blocks"

    blocks: tuple[ManualBlock, ...]

    @field_validator("blocks", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if value != "none":
            raise ValueError('say "none", or give the blocks as JSON')
        return ()
