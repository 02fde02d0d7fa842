"""What happened in a simulated house, minute by minute, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from unit.executor.days import Day

from darkstar_common.contract import Command
from darkstar_simulator.core.inverter import Flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """What was commanded, written and done in one minute."""

    at: datetime
    soc_percent: float
    rule: str
    command: Command
    written: tuple[str, ...]
    flows: Flows

    def __str__(self) -> str:
        flows, command = self.flows, self.command
        bounds = {
            "charge": command.charge_kw, "discharge": command.discharge_kw,
            "export": command.export_kw, "target": command.soc_target_percent,
        }  # fmt: skip
        known = {name: value for name, value in bounds.items() if value is not None}
        asked = " ".join(f"{name}={value:.2f}" for name, value in known.items())
        done = (
            f"load {flows.load_kw:.2f} pv {flows.pv_kw:.2f} (-{flows.curtailed_kw:.2f}) "
            f"battery {flows.charge_kw - flows.discharge_kw:+.2f} "
            f"grid {flows.import_kw - flows.export_kw:+.2f}"
        )
        writes = f" <- {', '.join(self.written)}" if self.written else ""
        return (
            f"{self.at:%d %H:%M} {self.soc_percent:5.1f} % {self.rule:<22} {command.intent} "
            f"{asked} | {done}{writes}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # thousands of minutes
class Life:
    """A day that was lived.

    Attributes:
        unbound: Roles that the house needs and nobody plays, with the reason.
        refused: Writes that the house did not take, and why.
        writes: How often each entity was written.
    """

    day: Day
    minutes: tuple[Minute, ...]
    unbound: tuple[str, ...]
    refused: tuple[str, ...]
    writes: Mapping[str, int]

    def soc_at(self, moment: datetime) -> float:
        """State of charge [%]."""
        return next(one.soc_percent for one in self.minutes if one.at == moment)

    def story(self, begin: datetime, end: datetime) -> str:
        """What happened from `begin` to `end`: the minutes in which anything changed."""
        lines, before = list[str](), None
        for one in self.minutes:
            state = (one.rule, one.command, one.flows)
            if begin <= one.at <= end and (one.written or state != before):
                lines.append(str(one))
            before = state
        return "\n".join(lines[:60])
