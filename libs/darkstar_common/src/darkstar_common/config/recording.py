"""The recorder's part of the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from darkstar_common.config.section import NotNegative, Section


class Keep(Section):
    """How long the recorder keeps what; slots, prices and rollups stay for ever."""

    readings_days: int = Field(default=45, ge=2)
    """Readings of the counters, from which slots can be computed anew [days]."""
    issues_days: int = Field(default=90, ge=1)
    """Every issue of prices, forecasts and weather; of older ones, four a day stay [days]."""
    schedules_days: int = Field(default=90, ge=1)
    """Every schedule whole, and the strategy behind it; of older ones stays what was in force in
    each slot [days]."""
    actions_days: int | None = Field(default=1095, ge=1)
    """What the executor did; null: for ever [days]."""
    episodes_days: int | None = Field(default=None, ge=1)
    """Planning runs, whole; null: for ever [days]."""
    notifications_days: int | None = Field(default=365, ge=1)
    """What people were told; null: for ever [days]."""


class Recorder(Section):
    """The memory of the house."""

    gap_profile: Literal["usual", "even"] = "usual"
    """How energy of a silence is divided over its slots: `usual`: as this house uses it at these
    times of day; `even`: alike."""
    keep: Keep = Keep()
    """How long it keeps what."""
    backup_hour: int | None = Field(default=3, ge=0, le=23)
    """Local hour in which the file is copied; null: it is not."""
    backups: int = Field(default=7, ge=1)
    """So many copies are kept."""
    low_disk_mb: NotNegative = 500.0
    """People are told when less than this is free on its disk [MB]."""
    price_entity: str | None = Field(default=None, pattern=r"^sensor\.[a-z0-9_]+$")
    """Home Assistant's sensor of the spot price [currency/kWh], for `backfill`; null: none."""
