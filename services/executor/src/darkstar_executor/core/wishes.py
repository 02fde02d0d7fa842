"""What people asked for, until when, and what the devices were set to before we came.

The whole is kept in a small file, so that it survives a restart; it ends at its times.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, Field

from darkstar_common.config import Config
from darkstar_common.contract import BatteryTopupSet, Override, OverrideSet, WaterBoostSet
from darkstar_common.contract.base import Part


class Refusal(Exception):  # noqa: N818 (an answer to a person, not a fault)
    """A request that cannot be granted in this house; the text says why."""


class Wishes(Part):
    """People's standing requests. None of them outlives its end."""

    shadow: bool | None = Field(default=None, description="Null: as the configuration says")
    override: Override | None = None
    water_boost_until: AwareDatetime | None = None
    paused_until: AwareDatetime | None = None
    found: dict[str, float | str | bool] = Field(
        default_factory=dict, description="Settings before the first write, by role"
    )

    def current(self, now: datetime, soc_percent: float | None) -> Wishes:
        """Without what has come to its end, by time or by state of charge [%]."""
        override = self.override
        if override is not None and (override.until <= now or reached(override, soc_percent)):
            override = None
        return self._with(
            override=override,
            water_boost_until=_ahead(self.water_boost_until, now),
            paused_until=_ahead(self.paused_until, now),
        )

    def overridden(self, request: OverrideSet, config: Config, now: datetime) -> Wishes:
        """With the override that was asked for.

        Raises:
            Refusal: This house has nothing that could do it.
        """
        if request.action == "force_heat":
            _require(config.water_heater is not None, "there is no water heater in this house")
        else:
            _require(config.battery is not None, "there is no battery in this house")
        if request.action == "force_export":
            _require(config.grid.max_export_kw > 0, "grid.max_export_kw forbids export")
        override = Override(
            action=request.action,
            until=now + timedelta(minutes=request.minutes),
            soc_percent=request.soc_percent,
            requested_by=request.sender,
        )
        return self._with(override=override)

    def topped_up(self, request: BatteryTopupSet, config: Config, now: datetime) -> Wishes:
        """With a forced charge up to the state of charge that was asked for.

        Raises:
            Refusal: There is no battery, or it may not be charged that far.
        """
        battery = config.battery
        if battery is None:
            raise Refusal("there is no battery in this house")
        _require(
            request.soc_percent <= battery.max_soc_percent,
            f"battery.max_soc_percent is {battery.max_soc_percent:g} %",
        )
        override = Override(
            action="force_charge",
            until=now + timedelta(minutes=request.minutes),
            soc_percent=request.soc_percent,
            requested_by="battery_topup",
        )
        return self._with(override=override)

    def boosted(self, request: WaterBoostSet, config: Config, now: datetime) -> Wishes:
        """With hot water for some minutes, or without when they are 0.

        Raises:
            Refusal: There is no water heater.
        """
        _require(config.water_heater is not None, "there is no water heater in this house")
        until = now + timedelta(minutes=request.minutes) if request.minutes else None
        return self._with(water_boost_until=until)

    def paused(self, minutes: float, now: datetime) -> Wishes:
        """Paused for `minutes`; 0 resumes."""
        return self._with(paused_until=now + timedelta(minutes=minutes) if minutes else None)

    def cleared(self) -> Wishes:
        """Without override, top-up and water boost."""
        return self._with(override=None, water_boost_until=None)

    def in_shadow(self, on: bool) -> Wishes:
        """With shadow mode on or off, whatever the configuration says."""
        return self._with(shadow=on)

    def after_first_write(self, found: dict[str, float | str | bool]) -> Wishes:
        """Remembering settings as they were found; what is remembered already stays."""
        return self._with(found={**found, **self.found})

    def released(self) -> Wishes:
        """Hands off: nothing is asked for, nothing is remembered, shadow mode is on."""
        return Wishes(shadow=True)

    def _with(self, **changes: object) -> Wishes:
        return self.model_copy(update=changes)


NO_WISHES = Wishes()


def reached(override: Override, soc_percent: float | None) -> bool:
    """Whether the battery has come to the state of charge that ends `override` [%]."""
    if override.soc_percent is None or soc_percent is None:
        return False
    if override.action == "force_export":
        return soc_percent <= override.soc_percent
    return override.action == "force_charge" and soc_percent >= override.soc_percent


def _ahead(until: datetime | None, now: datetime) -> datetime | None:
    return until if until is not None and until > now else None


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refusal(otherwise)
