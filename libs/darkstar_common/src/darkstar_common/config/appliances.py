"""Appliances that people start by hand, whenever that is cheapest."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from darkstar_common.config.section import Positive, Section


class Appliance(Section):
    """Something that runs for a while once it is started."""

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    """Names it."""
    name: str | None = None
    """What people here call it; null: what the page calls a thing of that id."""
    duration_hours: Positive = 2.0
    """How long it runs [h]."""
    power_kw: Positive = 1.0
    """Its mean power while it runs [kW]."""


APPLIANCES: Final = (
    Appliance(id="dishwasher", duration_hours=2.0, power_kw=0.6),
    Appliance(id="washing_machine", duration_hours=2.0, power_kw=0.5),
    Appliance(id="dryer", duration_hours=1.5, power_kw=1.6),
)
