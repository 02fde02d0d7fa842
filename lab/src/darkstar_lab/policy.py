"""What a policy is, and the ones that need no plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from darkstar_common.config import Config
from darkstar_common.contract import Command, SlotObservation
from darkstar_common.slots import SLOT_HOURS
from darkstar_executor.core import commands
from darkstar_lab.sight import Known, Sight


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """All a policy is told when a slot begins.

    Attributes:
        at: Start of the slot.
        look: What is known then of prices and of the days ahead, as far as it may see.
        stored_kwh: In the battery.
        heated_today_kwh: What the water heater has heated since its day began.
        before: The slot that has just closed; None at the start.
    """

    at: datetime
    look: Callable[[Sight], Known]
    stored_kwh: float
    heated_today_kwh: float = 0.0
    before: SlotObservation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the house is to do in one slot.

    Attributes:
        command: To the inverter, as the executor would give it.
        heater_kw: Mean power of the water heater [kW].
    """

    command: Command
    heater_kw: float = 0.0


class Policy(Protocol):
    """Decides one slot after the other; a fresh one for each replay."""

    @property
    def config(self) -> Config:
        """The house it runs."""
        ...

    def decide(self, now: Now) -> Decision:
        """What the house is to do in the slot that begins."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfConsumption:
    """No plan: what the sun leaves over is stored, and used when it is missing.

    Without a battery in `config` this is the house without one.
    """

    config: Config

    def decide(self, now: Now) -> Decision:
        """The executor's fallback."""
        return Decision(
            command=commands.self_consume(self.config), heater_kw=heat_at_once(self.config, now)
        )


def heat_at_once(config: Config, now: Now) -> float:
    """Power of a heater that nobody plans [kW]: first thing in its day, until that has enough."""
    heater = config.water_heater
    if heater is None:
        return 0.0
    missing = max(0.0, heater.daily_min_kwh - now.heated_today_kwh)
    return min(heater.power_kw, missing / SLOT_HOURS)
