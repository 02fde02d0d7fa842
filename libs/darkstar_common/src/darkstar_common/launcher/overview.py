"""What the bus says of the whole, as a person at a terminal wants to read it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from darkstar_common.bus import Delivery
from darkstar_common.contract import (
    ControlState,
    HouseState,
    Issue,
    PlanStatus,
    Reading,
    Schedule,
    ServiceStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The latest of everything; a new value for each message."""

    online: dict[str, bool] = field(default_factory=dict)
    issues: dict[str, tuple[Issue, ...]] = field(default_factory=dict)
    house: HouseState | None = None
    schedule: Schedule | None = None
    plan: PlanStatus | None = None
    control: ControlState | None = None

    def updated(self, delivery: Delivery[Any]) -> Overview:
        """This overview with what `delivery` says in place of what it said before."""
        match delivery.message:
            case ServiceStatus() as status:
                name = delivery.channel.path.split("/")[1]
                return replace(
                    self,
                    online={**self.online, name: status.online},
                    issues={**self.issues, name: status.issues},
                )
            case HouseState() as house:
                return replace(self, house=house)
            case Schedule() as schedule:
                return replace(self, schedule=schedule)
            case PlanStatus() as plan:
                return replace(self, plan=plan)
            case ControlState() as control:
                return replace(self, control=control)
            case _:
                return self

    def house_line(self) -> str:
        """Powers and state of charge in a line."""
        if self.house is None:
            return "not seen yet"
        state = self.house
        parts = (
            ("battery", state.soc_percent, "%"),
            ("PV", state.pv_kw, "kW"),
            ("load", state.load_kw, "kW"),
            ("import", state.import_kw, "kW"),
            ("export", state.export_kw, "kW"),
        )
        return "  ".join(f"{name} {_figure(reading, unit)}" for name, reading, unit in parts)

    def plan_line(self) -> str:
        """The schedule in force in a line."""
        if self.plan is not None and self.plan.last_error:
            return f"no plan: {self.plan.last_error}"
        if self.schedule is None:
            return "none yet"
        made = self.schedule
        until = made.valid_until
        return (
            f"{made.status}, {len(made.slots)} slots until {until:%a %H:%M} UTC, expected cost "
            f"{made.cost:.2f} {made.currency}, solved in {made.solve_seconds:.2f} s"
        )

    def control_line(self) -> str:
        """What is commanded, and why, in a line."""
        if self.control is None:
            return "nothing yet"
        shadow = " (shadow: nothing is written)" if self.control.shadow else ""
        return f"{self.control.command.intent}{shadow}: {self.control.reason}"

    def issue_lines(self) -> tuple[str, ...]:
        """Every issue of every service, with its way out."""
        return tuple(
            f"{name}: {issue.message} {issue.guidance}".rstrip()
            for name, issues in sorted(self.issues.items())
            for issue in issues
        )


def _figure(reading: Reading, unit: str) -> str:
    return "?" if reading.value is None else f"{reading.value:.1f} {unit}"


def simulated(now: datetime, speed: float) -> str:
    """The house's time, and how fast it passes."""
    pace = "" if speed == 1 else f", {speed:g} times as fast as yours"
    return f"{now:%Y-%m-%d %H:%M:%S} UTC{pace}"
