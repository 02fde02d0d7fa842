"""A solution as the messages that the house runs by."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from darkstar_common.config import Config
from darkstar_common.contract import (
    Episode,
    Schedule,
    ScheduleSlot,
    Service,
    Strategy,
)
from darkstar_common.contract import Violation as ViolationPart
from darkstar_common.slots import SLOT
from darkstar_planner.core.assemble import Planned, forecast_share
from darkstar_planner.core.peak_hours import borne_kw
from darkstar_planner.core.solution import SlotPlan, Solution
from darkstar_planner.core.story import ASKED as ASKED_FOR
from darkstar_planner.core.strategy.legionella import LEGIONELLA
from darkstar_planner.core.unmet import reported, unmet

RESTS = "rests"
ASKED = {
    "charge": "you asked to charge",
    "export": "you asked to export",
    "heat": "you asked to heat",
    "hold": "you asked to hold",
}

ENVELOPE = ("message_id", "sender", "emitted_at", "caused_by")


def schedule(
    planned: Planned, solution: Solution, *, now: datetime, cause: UUID | None
) -> Schedule:
    """`solution` as the schedule in force from `now` on."""
    problem = planned.problem
    first = problem.batteries[0] if problem.batteries else None
    return Schedule(
        sender=Service.PLANNER,
        emitted_at=now,
        caused_by=cause,
        issued_at=now,
        valid_until=problem.starts[-1] + SLOT,
        status=solution.status,
        currency=planned.currency,
        cost=solution.cost,
        objective=solution.objective,
        bound=solution.objective if solution.bound is None else solution.bound,
        gap=max(0.0, solution.gap or 0.0),
        solver=solution.solver,
        solve_seconds=solution.solve_seconds,
        kept_saving=solution.kept_saving,
        forecast_price_share=forecast_share(planned.prices),
        peak_kw=borne_kw(problem, [one.import_kw for one in solution.slots]),
        soc_percent_at_start=_percent(first.stored_kwh, first.capacity_kwh) if first else None,
        made_from=dict(planned.made_from),
        slots=tuple(_slot(planned, one, t) for t, one in enumerate(solution.slots)),
        violations=tuple(
            ViolationPart(
                what=one.what,
                slot=one.slot,
                amount=one.amount,
                unit=one.unit,
                penalty=one.penalty,
            )
            for one in reported(problem, solution, planned.asked)
        ),
        why=(
            *_quality(solution),
            *solution.notes,
            *unmet(problem, solution, planned.asked),
            *planned.why,
        ),
    )


def _slot(planned: Planned, one: SlotPlan, t: int) -> ScheduleSlot:
    problem, price = planned.problem, planned.prices[t]
    capacity = sum(battery.capacity_kwh for battery in problem.batteries)
    stored = sum(battery.stored_kwh for battery in one.batteries.values())
    return ScheduleSlot(
        start=one.start,
        import_kw=one.import_kw,
        export_kw=one.export_kw,
        charge_kw=sum(battery.charge_kw for battery in one.batteries.values()),
        discharge_kw=sum(battery.discharge_kw for battery in one.batteries.values()),
        curtailed_kw=one.curtailed_kw,
        water_kw=sum(one.heaters.values()) + one.deferrables.get(LEGIONELLA, 0.0),
        water_c=_water_c(planned, one),
        ev_kw=sum(ev.charge_kw for ev in one.evs.values()),
        evs={name: ev.charge_kw for name, ev in one.evs.items()},
        soc_percent=_percent(stored, capacity) if problem.batteries else None,
        load_kw=problem.load_kw[t],
        pv_kw=problem.pv_kw[t],
        import_per_kwh=price.import_per_kwh,
        export_per_kwh=price.export_per_kwh,
        price_kind=price.kind,
        marginal_price_per_kwh=one.marginal_price,
        reason=_reason(planned, one, t),
    )


def _water_c(planned: Planned, one: SlotPlan) -> float | None:
    """The set-point of a run against legionella; None: the normal one."""
    heater = planned.config.water_heater
    runs = one.deferrables.get(LEGIONELLA, 0.0) > 0
    return heater.legionella_c if runs and heater is not None else None


def _reason(planned: Planned, one: SlotPlan, t: int) -> str:
    """Why the slot is as it is; what people asked for needs no other reason."""
    asked = [ASKED[each.block.action] for each in planned.asked if t in each.slots]
    told = one.reason.replace(f": {ASKED_FOR}", "") if asked else one.reason
    rests = asked and told.startswith(RESTS)
    return "; ".join(asked if rests or not told else [*asked, told])


def _percent(stored_kwh: float, capacity_kwh: float) -> float:
    return min(100.0, max(0.0, 100.0 * stored_kwh / capacity_kwh))


def _quality(solution: Solution) -> tuple[str, ...]:
    if solution.status == "fallback":
        return (f"made by rule, nothing is proven about its cost: {solution.reason}",)
    if solution.status == "feasible" and solution.gap is None:
        return ("nothing is proven about its cost",)
    if solution.status == "feasible":
        return (f"the time was up {solution.gap:.2f} from the proven bound",)
    return ()


def strategy_message(planned: Planned, *, now: datetime, cause: UUID | None) -> Strategy:
    """The view that the plan was made with."""
    view = planned.view
    away = view.wishes.away(now)
    return Strategy(
        sender=Service.PLANNER,
        emitted_at=now,
        caused_by=cause,
        risk_appetite=view.wishes.risk_appetite,
        comfort=view.wishes.comfort,
        vacation=away,
        vacation_until=view.wishes.vacation_until if away else None,
        export_enabled=view.export_enabled,
        price_regime=view.price_regime,
        weather_volatility=view.weather_volatility,
        legionella_due=view.legionella_due,
        legionella_done_at=planned.legionella_done_at,
        target_soc_percent=view.target_soc_percent,
        s_index=view.s_index,
        terminal_value_per_kwh=view.terminal_value_per_kwh,
        rules=view.rules,
    )


def episode(planned: Planned, made: Schedule, *, because: str = "", version: str = "") -> Episode:
    """The whole run, for the recorder.

    The hint is an earlier schedule, which the recorder has: its id stands for it.

    Args:
        planned: What was solved, and where it comes from.
        made: What came of it.
        because: Why there was a run at this time.
        version: Of this planner; empty: not known.
    """
    view = strategy_message(planned, now=made.emitted_at, cause=made.message_id)
    return Episode(
        sender=Service.PLANNER,
        emitted_at=made.emitted_at,
        caused_by=made.message_id,
        inputs=planned.problem.model_dump(
            mode="json", exclude_defaults=True, exclude={"options": {"hint"}}
        ),
        context={
            "because": because,
            "version": version,
            "config_hash": config_hash(planned.config),
            "why": planned.why,
            "wishes": asdict(planned.view.wishes),
            "blocks": [one.block.model_dump(mode="json") for one in planned.asked],
            "strategy": view.model_dump(mode="json", exclude={*ENVELOPE, "rules"}),
            "hint_schedule_id": None if planned.hint_id is None else str(planned.hint_id),
            "planner": planned.config.planner.model_dump(mode="json"),
        },
        schedule_id=str(made.message_id),
        schedule=made.model_dump(mode="json"),
        overrides=planned.view.rules,
    )


def config_hash(config: Config) -> str:
    """Another one means another configuration; runs that are to be compared have the same."""
    text = json.dumps(config.model_dump(mode="json"), sort_keys=True)
    return blake2b(text.encode(), digest_size=8).hexdigest()
