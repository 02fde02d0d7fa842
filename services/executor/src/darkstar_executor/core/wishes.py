"""What people asked for, and until when.

The whole is kept in a small file, so that it survives a restart; it ends at its times.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from darkstar_common.config import Config
from darkstar_common.contract import (
    BatteryTopupSet,
    NotificationKind,
    NotificationsSet,
    Override,
    OverrideAction,
    OverrideSet,
    WaterBoostSet,
)
from darkstar_common.contract.base import Part

Span = Literal["override", "water_boost", "pause"]
"""What lasts for a time."""
_FORCED: frozenset[OverrideAction] = frozenset({"force_charge", "force_export"})
_REACHED = frozenset({"ceiling_reached", "floor_reached"})
"""Rules that hold the battery where a forced flow has taken it."""


class Refusal(Exception):  # noqa: N818 (an answer to a person, not a fault)
    """A request that cannot be granted in this house; the text says why."""


class Wishes(Part):
    """People's standing requests. None of them outlives its end."""

    shadow: bool | None = Field(default=None, description="Null: as the configuration says")
    automation: bool = Field(default=True, description="False: hands off until it is on again")
    override: Override | None = None
    water_boost_until: AwareDatetime | None = None
    paused_at: AwareDatetime | None = None
    paused_until: AwareDatetime | None = None
    minutes: dict[Span, float] = Field(
        default_factory=dict, description="How long each was to last when it was asked for [min]"
    )
    asked: dict[Span, UUID] = Field(
        default_factory=dict, description="The request for each: what is done for it names that"
    )
    notifications: dict[NotificationKind, bool] = Field(
        default_factory=dict, description="Where people want it otherwise than `executor.notify`"
    )

    def current(self, now: datetime, soc_percent: float | None) -> Wishes:
        """Without what has come to its end, by time or by state of charge [%].

        A clock that was set back makes nothing last longer than people asked for.
        """
        until = self._end("override", self.override.until if self.override else None, now)
        override = self.override
        if override is not None and until is not None:
            override = override.model_copy(update={"until": until})
        if override is None or until is None or reached(override, soc_percent):
            override = None
        paused = self._end("pause", self.paused_until, now)
        return self._with(
            override=override,
            water_boost_until=self._end("water_boost", self.water_boost_until, now),
            paused_until=paused,
            paused_at=min(self.paused_at, now) if paused and self.paused_at else None,
        )

    def overridden(
        self, request: OverrideSet, config: Config, now: datetime, *, requested_by: str = ""
    ) -> Wishes:
        """With the override that was asked for, by its sender unless somebody else is named.

        Raises:
            Refusal: This house has nothing that could do it, or may not do it.
        """
        if request.action == "plan":
            return self.cleared()
        _check(request, config)
        override = Override(
            action=request.action,
            until=now + timedelta(minutes=request.minutes),
            soc_percent=request.soc_percent,
            requested_by=requested_by or request.sender,
        )
        return self._lasting("override", request.minutes, request.message_id, override=override)

    def topped_up(self, request: BatteryTopupSet, config: Config, now: datetime) -> Wishes:
        """With a forced charge up to the state of charge that was asked for.

        Raises:
            Refusal: There is no battery, or it may not be charged that far.
        """
        asked = OverrideSet(
            message_id=request.message_id,
            action="force_charge",
            minutes=request.minutes,
            soc_percent=request.soc_percent,
        )
        return self.overridden(asked, config, now, requested_by="battery_topup")

    def boosted(self, request: WaterBoostSet, config: Config, now: datetime) -> Wishes:
        """With hot water for some minutes, or without when they are 0.

        Raises:
            Refusal: There is no water heater.
        """
        _require(config.water_heater is not None, "there is no water heater in this house")
        until = now + timedelta(minutes=request.minutes) if request.minutes else None
        return self._lasting(
            "water_boost", request.minutes, request.message_id, water_boost_until=until
        )

    def paused(self, minutes: float, now: datetime, request: UUID | None = None) -> Wishes:
        """Paused for `minutes`, as a `request` asks for; 0 resumes."""
        if not minutes:
            return self._with(paused_at=None, paused_until=None)
        until = now + timedelta(minutes=minutes)
        return self._lasting("pause", minutes, request, paused_at=now, paused_until=until)

    def cleared(self) -> Wishes:
        """Without override, top-up and water boost."""
        return self._with(override=None, water_boost_until=None)

    def automated(self, on: bool) -> Wishes:
        """With the hands on, or off; switched off, nothing else is asked for any more."""
        if on:
            return self._with(automation=True)
        asked = {"override": None, "water_boost_until": None}
        return self._with(automation=False, paused_at=None, paused_until=None, **asked)

    def notified(self, request: NotificationsSet) -> Wishes:
        """With a kind of notification on or off, whatever the configuration says."""
        return self._with(notifications={**self.notifications, request.kind: request.on})

    def in_shadow(self, on: bool) -> Wishes:
        """With shadow mode on or off, whatever the configuration says."""
        return self._with(shadow=on)

    def released(self) -> Wishes:
        """Hands off: nothing is asked for, shadow mode is on."""
        return Wishes(shadow=True, notifications=self.notifications)

    def request(self, rule: str) -> UUID | None:
        """The request that a decision by `rule` obeys; None: it obeys none, or one not known."""
        if rule == "pause":
            return self.asked.get("pause")
        forced = self.override is not None and self.override.action in _FORCED
        ours = rule.startswith("override_") or (forced and rule in _REACHED)
        return self.asked.get("override") if ours else None

    def _end(self, span: Span, until: datetime | None, now: datetime) -> datetime | None:
        """`until`, if it is ahead; no further ahead than it was when it was asked for."""
        if until is None or until <= now:
            return None
        minutes = self.minutes.get(span)
        return until if minutes is None else min(until, now + timedelta(minutes=minutes))

    def _lasting(
        self, span: Span, minutes: float, request: UUID | None, **changes: object
    ) -> Wishes:
        asked = {one: known for one, known in self.asked.items() if one != span}
        if request is not None:
            asked[span] = request
        return self._with(minutes={**self.minutes, span: minutes}, asked=asked, **changes)

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


def _check(request: OverrideSet, config: Config) -> None:
    """Whether this house has what `request` needs, and may do it.

    Raises:
        Refusal: It has not, or may not.
    """
    battery, soc = config.battery, request.soc_percent
    if request.action == "force_heat":
        _require(config.water_heater is not None, "there is no water heater in this house")
        return
    if request.action == "stop":
        return
    if battery is None:
        raise Refusal("there is no battery in this house")
    if request.action == "force_export":
        _require(config.grid.max_export_kw > 0, "grid.max_export_kw forbids export")
        _require(
            soc is None or soc >= battery.min_soc_percent,
            f"battery.min_soc_percent is {battery.min_soc_percent:g} %",
        )
    if request.action == "force_charge":
        _require(
            soc is None or soc <= battery.max_soc_percent,
            f"battery.max_soc_percent is {battery.max_soc_percent:g} %",
        )


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Refusal(otherwise)
