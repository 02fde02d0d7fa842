"""A desk at which settings are written to a house that shows what a test says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from unit.executor.samples import NOON, ears, registry, state_topic

from darkstar_executor.core.case import Manners
from darkstar_executor.core.discovery import Registry
from darkstar_executor.core.entities import Entity
from darkstar_executor.core.setting import STARTING, STOPPING, Sense, Setting, Value
from darkstar_executor.core.writes import NOTHING_DONE, Outcome, plan_writes

MANNERS: dict[str, Any] = {
    "threshold_percent": 2, "min_interval": timedelta(seconds=60), "day": NOON.date(),
}  # fmt: skip
SHOWN: dict[str, object] = {
    "work_mode": "Zero Export To CT", "grid_charging": "OFF", "max_charge_current": 100,
    "max_discharge_current": 100, "export_limit": 11000, "soc_target": 12, "water_setpoint": 60,
}  # fmt: skip
TARGET = Setting(role="soc_target", value=60.0)
CHARGE = Setting(role="grid_charging", value=True, exact=True, stage=STARTING)
NO_CHARGE = Setting(role="grid_charging", value=False, exact=True, stage=STOPPING, calm=True)
SELL = Setting(role="work_mode", value="Export First", exact=True, stage=STARTING)
NO_SALE = Setting(
    role="work_mode", value="Zero Export To CT", exact=True, stage=STOPPING, calm=True
)


def bound(percent: float, sense: Sense | None) -> Setting:
    """The SoC target, as what ends a forced flow."""
    return Setting(role="soc_target", value=percent, sense=sense, bounds=sense is not None)


def limit(role: str, value: float) -> Setting:
    """A power limit."""
    return Setting(role=role, value=value, sense="limit")


class Desk:
    """What is known from one look to the next."""

    def __init__(
        self, shown: dict[str, object] | None = None, *, of: Registry | None = None, **manners: Any
    ) -> None:
        self.ears = ears(SHOWN if shown is None else shown, of=of or registry())
        self.now = NOON
        self.manners = MANNERS | manners
        self.outcome: Outcome = NOTHING_DONE

    def plan(self, *wanted: Setting, **manners: Any) -> dict[str, str]:
        """What comes of each setting, by role."""
        self.outcome = plan_writes(
            wanted, self.ears, self.outcome, Manners(**self.manners | manners), self.now
        )
        return {one.role: one.result for one in self.outcome.writes}

    def result(self, setting: Setting, **manners: Any) -> str:
        """What comes of one setting."""
        return self.plan(setting, **manners)[setting.role]

    @property
    def sent(self) -> list[str]:
        """What was sent at the last look."""
        return [f"{one.role}={one.payload}" for one in self.outcome.orders]

    def detail(self, role: str) -> str:
        """Why, in words."""
        return next(one.detail for one in self.outcome.writes if one.role == role)

    def show(self, role: str, value: object) -> None:
        """An entity says what it is set to; so does a sensor, any word will do."""
        self.ears = self.ears.hearing(state_topic(role), str(value), self.now, retained=False)

    def obey(self) -> None:
        """All that was sent is shown."""
        for one in self.outcome.orders:
            self.show(one.role, one.payload)

    def wait(self, *, alive: bool = True, **duration: float) -> None:
        """Time passes; the house goes on talking, unless it is not `alive`."""
        self.now += timedelta(**duration)
        if alive:
            self.show("battery_soc", 50)

    def entity(self, role: str) -> Entity:
        """Who plays `role`."""
        entity = self.ears.bindings[role].entity
        assert entity is not None
        return entity

    def shows(self, role: str) -> Value | None:
        """What its entity showed at the last look."""
        return self.outcome.shows[role]
