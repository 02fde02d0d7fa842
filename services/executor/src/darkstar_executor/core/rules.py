"""The table for battery and inverter: rows in order, the first that applies wins.

A row may rely on all rows above it. `docs/decision-table.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from darkstar_common.contract import Command, Intent, OverrideAction
from darkstar_executor.core import commands
from darkstar_executor.core.situation import Situation

OUTAGE_V = 100.0
"""Below this there is no grid."""
EMERGENCY_PERCENT = 1.0
"""So far below the floor the battery is kept from discharging at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the battery's table; `when` and `then` are for people."""

    name: str
    when: str
    then: str
    applies: Callable[[Situation], bool]
    command: Callable[[Situation], Command]
    reason: Callable[[Situation], str]


def _keep_safe(case: Situation) -> Command:
    return commands.self_consume(case.config)


def _protect(case: Situation) -> Command:
    return commands.self_consume(case.config, discharge_kw=0.0)


def _wanted(case: Situation) -> Command:
    return case.wanted or _keep_safe(case)


def _at_floor(case: Situation) -> bool:
    return case.soc_percent is not None and case.soc_percent <= commands.floor_percent(case.config)


def _exports(case: Situation) -> bool:
    return case.wanted is not None and case.wanted.intent == "export"


def _far_below_floor(case: Situation) -> bool:
    lowest = commands.floor_percent(case.config) - EMERGENCY_PERCENT
    charging = case.wanted is not None and case.wanted.intent == "charge_from_grid"
    return case.soc_percent is not None and case.soc_percent < lowest and not charging


def _clock(moment: datetime | None, case: Situation) -> str:
    return f"{moment.astimezone(case.config.zone):%H:%M}" if moment else "further notice"


def _override_reason(case: Situation) -> str:
    override = case.override
    if override is None:
        return ""
    words = override.action.replace("_", " ")
    end = f" or {override.soc_percent:g} %" if override.soc_percent is not None else ""
    return (
        f"{words} asked for by {override.requested_by}, until {_clock(override.until, case)}{end}"
    )


def _plan_reason(case: Situation) -> str:
    slot = case.slot
    return (
        slot.reason if slot else ""
    ) or f"the plan for {_clock(slot.start if slot else None, case)}"


def _outside_reason(case: Situation) -> str:
    schedule = case.schedule
    if schedule is None:
        return "there is no schedule"
    return f"the schedule begins at {schedule.slots[0].start.isoformat()}, its slots miss now"


def _override_row(action: OverrideAction, then: str) -> Rule:
    return Rule(
        name=f"override_{action}",
        when=f"override {action}",
        then=then,
        applies=lambda case: case.override is not None and case.override.action == action,
        command=_wanted,
        reason=_override_reason,
    )


def _plan_row(intent: Intent, when: str, then: str) -> Rule:
    return Rule(
        name=f"plan_{intent}",
        when=when,
        then=then,
        applies=lambda case: case.planned is not None and case.planned.intent == intent,
        command=_wanted,
        reason=_plan_reason,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        name="pause",
        when="paused",
        then="fallback: self-consume down to the floor",
        applies=lambda case: case.wishes.paused_until is not None,
        command=_keep_safe,
        reason=lambda case: f"paused until {_clock(case.wishes.paused_until, case)}",
    ),
    Rule(
        name="grid_outage",
        when=f"grid voltage known and below {OUTAGE_V:g} V",
        then="self-consume down to the floor, no forced flow",
        applies=lambda case: case.grid_voltage_v is not None and case.grid_voltage_v < OUTAGE_V,
        command=_keep_safe,
        reason=lambda case: f"no grid: {case.grid_voltage_v:.0f} V",
    ),
    Rule(
        name="soc_unknown",
        when="override or plan wants a forced charge or export, SoC unknown or too old",
        then="self-consume down to the floor",
        applies=lambda case: case.forced and case.soc_percent is None,
        command=_keep_safe,
        reason=lambda _: "no forced charge or discharge while the state of charge is unknown",
    ),
    Rule(
        name="no_bounds",
        when="override or plan wants a forced charge or export; work mode, grid charging or SoC "
        "target is missing or does not obey",
        then="self-consume down to the floor",
        applies=lambda case: case.forced and not case.can_force,
        command=_keep_safe,
        reason=lambda _: "the inverter's SoC target or mode is out of reach, so nothing would end "
        "a forced charge or export",
    ),
    Rule(
        name="emergency",
        when=f"SoC more than {EMERGENCY_PERCENT:g} point below the floor, and not charging from "
        "the grid",
        then="no discharge; PV may charge",
        applies=_far_below_floor,
        command=_protect,
        reason=lambda case: f"{case.soc_percent:.1f} % is below the floor of "
        f"{commands.floor_percent(case.config):g} %",
    ),
    Rule(
        name="export_guard",
        when="override or plan wants to export, SoC at or below the floor",
        then="self-consume down to the floor",
        applies=lambda case: _exports(case) and _at_floor(case),
        command=_keep_safe,
        reason=lambda case: f"nothing to sell: {case.soc_percent:.1f} % is the floor",
    ),
    _override_row("force_charge", "charge from the grid at full power up to its SoC, else the "
                  "ceiling"),
    _override_row("force_export", "discharge at full power down to its SoC, else the floor"),
    _override_row("hold", "no discharge; PV may charge"),
    _override_row("self_consume", "self-consume down to the floor"),
    Rule(
        name="no_schedule",
        when="no schedule was ever received",
        then="fallback: self-consume down to the floor",
        applies=lambda case: case.schedule is None,
        command=_keep_safe,
        reason=lambda _: "there is no schedule",
    ),
    Rule(
        name="schedule_stale",
        when="`valid_until` has passed",
        then="fallback: self-consume down to the floor",
        applies=lambda case: case.schedule is not None and case.schedule.valid_until <= case.now,
        command=_keep_safe,
        reason=lambda case: "the schedule ended at "
        f"{case.schedule.valid_until.isoformat() if case.schedule else ''}",
    ),
    Rule(
        name="schedule_misses_now",
        when="no slot of the schedule holds this moment (another day, or a hole)",
        then="fallback: self-consume down to the floor",
        applies=lambda case: case.slot is None,
        command=_keep_safe,
        reason=_outside_reason,
    ),
    _plan_row("charge_from_grid", "slot charges and imports",
              "charge from the grid with the planned power, up to the SoC at the block's end"),
    _plan_row("curtail", "slot curtails PV",
              "charge and export no more than planned; floor as for charge_from_pv"),
    _plan_row("charge_from_pv", "slot charges, no import",
              "PV surplus into the battery (no more than planned if the slot also exports); floor: "
              "SoC at the slot's start, rounded down to 5 %"),
    _plan_row("export", "slot discharges and exports",
              "discharge with the planned power, down to the SoC at the block's end"),
    _plan_row("discharge", "slot discharges, no export",
              "cover the house down to the SoC at the block's end (no more than the planned power "
              "if the slot also imports)"),
    _plan_row("hold", "slot imports, battery above its floor stays as it is",
              "no discharge; PV may charge"),
    _plan_row("idle", "slot exports, battery below its ceiling stays as it is",
              "PV surplus to the grid; floor: SoC at the slot's start, rounded down to 5 %"),
    _plan_row("self_consume", "none of these", "self-consume down to the floor"),
)  # fmt: skip

FALLBACK_RULES = frozenset({"no_schedule", "schedule_stale", "schedule_misses_now"})
"""Rows that apply when there is no plan to follow."""
