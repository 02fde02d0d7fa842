"""The table for battery and inverter: rows in order, the first that applies wins.

A row may rely on all rows above it. `docs/decision-table.md` is printed from here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from darkstar_common.contract import Command, Intent, OverrideAction
from darkstar_executor.core import commands, reasons
from darkstar_executor.core.remembering import (
    BELOW_PERCENT,
    CLEAR_PERCENT,
    FAR_BELOW_PERCENT,
    flow,
)
from darkstar_executor.core.situation import OUTAGE_V, Situation

OUTAGE = f"the grid's status says so, or its voltage is known and below {OUTAGE_V:g} V"
RESCUE_PERCENT = 5.0
"""An emergency charge goes so far above the floor."""
_FALLBACK = "fallback: self-consume down to the floor"
_SAFE = "self-consume down to the floor (no discharge while SoC is below it, as in `emergency`)"
_RESCUE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the battery's table; `when` and `then` are for people."""

    name: str
    when: str
    then: str
    applies: Callable[[Situation], bool]
    command: Callable[[Situation], Command]
    reason: Callable[[Situation], str]


def _fallback(case: Situation) -> Command:
    return commands.self_consume(case.config)


def _keep_safe(case: Situation) -> Command:
    empty = case.memory.emergency
    return commands.self_consume(case.config, discharge_kw=0.0 if empty else None)


def _protect(case: Situation) -> Command:
    return commands.self_consume(case.config, discharge_kw=0.0)


def _hold(case: Situation) -> Command:
    """At the end of a forced flow: the battery stays where that took it."""
    target = case.forced.soc_target_percent if case.forced else None
    return commands.self_consume(case.config, intent="hold", discharge_kw=0.0, floor=target)


def _rescue(case: Situation) -> Command:
    """Charge until a whole hour that is near, so that the command stays the same in between."""
    battery = case.config.battery
    hour = case.now.replace(minute=0, second=0, microsecond=0)
    return commands.charge_from_grid(
        case.config,
        charge_kw=battery.max_charge_kw if battery else 0.0,
        ceiling=commands.floor_percent(case.config) + RESCUE_PERCENT,
        until=hour + _RESCUE,
    )


def _wanted(case: Situation) -> Command:
    return case.wanted or _keep_safe(case)


def _is_rescued(case: Situation) -> bool:
    """Whether what is wanted raises the battery anyway, or a person lets it rest."""
    return case.calm or (case.forced is not None and case.forced.intent == "charge_from_grid")


def _has_ended(intent: Intent) -> Callable[[Situation], bool]:
    def applies(case: Situation) -> bool:
        forced = case.forced
        return forced is not None and forced.intent == intent and case.memory.ended == flow(forced)

    return applies


def _override_row(action: OverrideAction, then: str) -> Rule:
    return Rule(
        name=f"override_{action}",
        when=f"override {action}",
        then=then,
        applies=lambda case: case.override is not None and case.override.action == action,
        command=_wanted,
        reason=reasons.override,
    )


def _plan_row(intent: Intent, when: str, then: str) -> Rule:
    return Rule(
        name=f"plan_{intent}",
        when=when,
        then=then,
        applies=lambda case: case.planned is not None and case.planned.intent == intent,
        command=_wanted,
        reason=reasons.plan,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        name="off",
        when="automation is switched off, by people or by the house's own switch",
        then=f"{_FALLBACK}, once; then nothing is written until it is on again",
        applies=lambda case: not case.automation,
        command=_fallback,
        reason=reasons.off,
    ),
    Rule(
        name="pause",
        when="paused",
        then=_FALLBACK,
        applies=lambda case: case.wishes.paused_until is not None,
        command=_fallback,
        reason=lambda case: f"paused until {reasons.clock(case.wishes.paused_until, case)}",
    ),
    Rule(
        name="grid_outage",
        when=OUTAGE,
        then="self-consume down to the floor, no forced flow: the battery keeps the house alive",
        applies=lambda case: case.outage,
        command=_fallback,
        reason=reasons.outage,
    ),
    Rule(
        name="soc_unknown",
        when="override or plan wants a forced charge or export, SoC unknown or too old",
        then=_SAFE,
        applies=lambda case: case.forced is not None and case.soc_percent is None,
        command=_keep_safe,
        reason=lambda _: "no forced charge or discharge while the state of charge is unknown",
    ),
    Rule(
        name="no_bounds",
        when="override or plan wants a forced charge or export; a setting that begins, bounds or "
        "ends it is missing or does not obey",
        then=_SAFE,
        applies=lambda case: case.forced is not None and not case.bounded(case.forced.intent),
        command=_keep_safe,
        reason=reasons.bounds,
    ),
    Rule(
        name="cannot_say",
        when="override or plan wants a forced charge or export; the inverter's profile has no "
        "words for it, or `battery` or `grid` forbid it",
        then=_SAFE,
        applies=lambda case: (
            case.forced is not None and case.forbidden(case.forced.intent) is not None
        ),
        command=_keep_safe,
        reason=reasons.cannot,
    ),
    Rule(
        name="emergency_charge",
        when=f"SoC was more than {FAR_BELOW_PERCENT:g} points below the floor and is not yet "
        f"{CLEAR_PERCENT:g} above it; a grid charge can be bounded; no grid charge, hold, "
        "self_consume or stop is asked for",
        then="charge from the grid at full power, no further than "
        f"{RESCUE_PERCENT:g} points above the floor",
        applies=lambda case: (
            case.memory.emergency_charge
            and not _is_rescued(case)
            and case.can_force("charge_from_grid")
        ),
        command=_rescue,
        reason=reasons.below,
    ),
    Rule(
        name="emergency",
        when=f"SoC was more than {BELOW_PERCENT:g} point below the floor and is not yet "
        f"{CLEAR_PERCENT:g} above it; likewise",
        then="no discharge; PV may charge",
        applies=lambda case: case.memory.emergency and not _is_rescued(case),
        command=_protect,
        reason=reasons.below,
    ),
    Rule(
        name="export_guard",
        when="override or plan wants to export; SoC was at or below the floor and is not yet "
        f"{CLEAR_PERCENT:g} points above it",
        then="self-consume down to the floor",
        applies=lambda case: (
            case.memory.export_guard and case.forced is not None and case.forced.intent == "export"
        ),
        command=_fallback,
        reason=reasons.guarded,
    ),
    Rule(
        name="ceiling_reached",
        when="override or plan charges from the grid, SoC has come to its end, and the inverter "
        "does not end it by itself",
        then=f"hold, until SoC is {CLEAR_PERCENT:g} points below that or something else is asked "
        "for",
        applies=_has_ended("charge_from_grid"),
        command=_hold,
        reason=reasons.ended,
    ),
    Rule(
        name="floor_reached",
        when="override or plan exports, SoC has come to its end, and the inverter does not end it "
        "by itself",
        then=f"hold, until SoC is {CLEAR_PERCENT:g} points above that or something else is asked "
        "for",
        applies=_has_ended("export"),
        command=_hold,
        reason=reasons.ended,
    ),
    _override_row("force_charge", "charge from the grid at full power up to its SoC, else the "
                  "ceiling"),
    _override_row("force_export", "discharge at full power down to its SoC, else the floor"),
    _override_row("hold", "no discharge; PV may charge"),
    _override_row("self_consume", "self-consume down to the floor"),
    _override_row("stop", "the battery rests, sun goes to house and grid; no hot water, no "
                  "vehicle"),
    Rule(
        name="no_schedule",
        when="no schedule was ever received",
        then=_FALLBACK,
        applies=lambda case: case.schedule is None,
        command=_fallback,
        reason=lambda _: "there is no schedule",
    ),
    Rule(
        name="schedule_stale",
        when="`valid_until` has passed",
        then=_FALLBACK,
        applies=lambda case: case.schedule is not None and case.schedule.valid_until <= case.now,
        command=_fallback,
        reason=reasons.stale,
    ),
    Rule(
        name="schedule_misses_now",
        when="no slot of the schedule holds this moment (another day, a hole, clocks that differ)",
        then=_FALLBACK,
        applies=lambda case: case.slot is None,
        command=_fallback,
        reason=reasons.outside,
    ),
    _plan_row("charge_from_grid", "slot charges, and imports more than a twentieth of it (or "
              "anything, while SoC is behind the plan)",
              "charge from the grid with the planned power, up to the SoC at the block's end"),
    _plan_row("curtail", "slot curtails PV",
              "export no more than planned, nor charge (but see charge_from_pv); its floor"),
    _plan_row("charge_from_pv", "slot charges",
              "PV surplus into the battery (no more than planned if the slot also sells more than "
              "a twentieth of it and SoC is not behind the plan); floor: SoC at the slot's start, "
              "rounded down to 5 %"),
    _plan_row("export", "slot discharges, and exports more than a twentieth of it (or anything, "
              "while SoC is ahead of the plan)",
              "discharge with the planned power, down to the SoC at the block's end"),
    _plan_row("discharge", "slot discharges",
              "cover the house down to the SoC at the end of the slots that discharge or sell for "
              "less than a bought kWh costs now (no more than the planned power if the slot also "
              "imports more than a twentieth of it)"),
    _plan_row("hold", "slot imports, battery above its floor stays as it is",
              "no discharge; PV may charge"),
    _plan_row("idle", "slot exports, battery below its ceiling stays as it is",
              "PV surplus to the grid; floor: SoC at the slot's start, rounded down to 5 %"),
    _plan_row("self_consume", "none of these", "self-consume down to the floor"),
)  # fmt: skip

FALLBACK_RULES = frozenset({"no_schedule", "schedule_stale", "schedule_misses_now"})
"""Rows that apply when there is no plan to follow."""
