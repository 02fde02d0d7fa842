"""What a played house has done, foretold and learned, for the pages that look back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from support.gateway_answers import Services, history
from support.gateway_house import (
    Sent,
    appetite,
    control_state,
    hour,
    messages,
    schedule,
    spot,
    sun,
)
from support.gateway_savings import rolled

from darkstar_common.contract import (
    CONTROL_STATE,
    LEARNING,
    MODELS,
    PLAN_SIMULATE,
    STRATEGY,
    Command,
    Following,
    ForecastScore,
    HistoryQuery,
    HistoryRows,
    LearnedChange,
    LearningState,
    ModelCard,
    ModelCards,
    Money,
    Proposal,
    RuleEffect,
    Seen,
    Service,
    Simulated,
    SimulatePlan,
    Strategy,
    Write,
)
from darkstar_common.contract.messages.control import NOTIFICATION_KINDS
from darkstar_common.slots import SLOT, slot_start

LEADS = ("0-6", "6-12", "12-24", "24-48", "48-168", "all")
DAY = timedelta(days=1)
RULES = (
    RuleEffect(
        rule="terminal_value",
        changed="a stored kWh at the end is worth up to 4.1 kWh 1.92, up to 12 kWh 0.71",
        reason="what the house will need next saves average import, the rest cheap import",
    ),
    RuleEffect(
        rule="price_regime",
        changed="wear of the battery counts half",
        reason="prices of the days ahead differ by 2.14, more than usual",
    ),
)


def looks_back(services: Services) -> None:
    """Give the recorder and the planner of a played house something to tell."""
    services.memory.update(
        actions=_actions,
        strategy=_strategies,
        outcomes=_outcomes,
        rollups=_rollups,
        forecasts=_forecasts,
        prices=_prices,
    )
    services.answers[PLAN_SIMULATE.path] = simulated


def said(now: datetime) -> Iterator[Sent]:
    """All that a healthy house says, with its models, what it learned and how it looks ahead."""
    yield from messages(now)
    yield CONTROL_STATE, in_control(now)
    yield STRATEGY, strategy(now)
    yield MODELS, models(now)
    yield LEARNING, learning(now)


def in_control(now: datetime) -> Any:
    """The executor with the house in its hands, and it obeys."""
    command = Command(
        intent="charge_from_pv", charge_kw=5.0, discharge_kw=0.0, export_kw=8.8,
        soc_target_percent=90, grid_kw=-0.4, water_temperature_c=56,
    )  # fmt: skip
    return control_state(now, shadow=False).model_copy(
        update={
            "command": command,
            "rule": "plan_charge_from_pv",
            "water_rule": "plan_heats",
            "following": Following(state="following"),
            "notifications": {
                **{kind: not kind.endswith("_stop") for kind in NOTIFICATION_KINDS},
                "plan_failed": True,
            },
        }
    )


def strategy(now: datetime) -> Strategy:
    """How the planner looks ahead today."""
    return Strategy(
        sender=Service.PLANNER, emitted_at=now, risk_appetite=3, comfort=3, vacation=False,
        export_enabled=True, price_regime="wide", weather_volatility=0.22, target_soc_percent=41.0,
        s_index=1.12, terminal_value_per_kwh=1.92, rules=RULES,
    )  # fmt: skip


def models(now: datetime) -> ModelCards:
    """A house of 63 days: models of load and PV, a naive price."""
    return ModelCards(
        sender=Service.FORECASTER,
        emitted_at=now,
        cards=(*_loads(now), *_suns(now), *_spots(now)),
        scores=tuple(_scores()),
        next_training_at=slot_start(now) + timedelta(hours=12),
    )


def _card(quantity: Any, days: float, now: datetime, **said: Any) -> ModelCard:
    trained = now - timedelta(days=days)
    fields: dict[str, Any] = {
        "quantity": quantity,
        "version": f"{quantity}-{trained:%Y%m%dT%H%M%S}",
        "level": "graduate",
        "trained_at": trained,
        "from_slot": slot_start(trained) - timedelta(days=56),
        "to_slot": slot_start(trained),
        "features": ("hour", "weekday", "temperature_c", "same_slot_kw", "vacation"),
        **said,
    }
    return ModelCard(**fields)


def _loads(now: datetime) -> Iterator[ModelCard]:
    yield _card(
        "load", 2.4, now, promoted_at=now - timedelta(days=2.4),
        reason="It beats the one before by 4.1 % of the pinball loss on the last 14 days.",
        scores={"mae_kw": 0.281, "pinball": 0.094},
    )  # fmt: skip
    yield _card("load", 9.4, now, state="former", reason="Replaced by a better one.")
    yield _card(
        "load", 5.4, now, state="rejected", reason="It was 1.3 % worse than the one in use."
    )


def _suns(now: datetime) -> Iterator[ModelCard]:
    yield _card(
        "pv", 2.4, now, promoted_at=now - timedelta(days=2.4), scores={"mae_kw": 0.412},
        reason="The first model that beat the roof alone.",
        features=("prior_kw", "sun_elevation", "cloud_cover_percent"),
    )  # fmt: skip


def _spots(now: datetime) -> Iterator[ModelCard]:
    yield _card(
        "price", 0, now, level="naive", basis="recent_days", trained_at=None,
        version="recent-days-1", features=(),
    )  # fmt: skip


def _scores() -> Iterator[ForecastScore]:
    sizes = {"load": 0.28, "pv": 0.41, "price": 0.19}
    for quantity, size in sizes.items():
        for number, lead in enumerate(LEADS):
            mae, base = size * (1 + 0.13 * number), size * (1.22 + 0.08 * number)
            yield ForecastScore(
                quantity=quantity,
                lead=lead, slots=1344 - 96 * number, mae=mae, bias=0.02 * (number - 2),
                pinball=mae / 3, coverage=0.82 - 0.02 * number, baseline="the slot a week before",
                baseline_mae=base, skill=1 - mae / base,
            )  # fmt: skip


def learning(now: datetime) -> LearningState:
    """One proposal, and one figure that was changed."""
    night = slot_start(now) - timedelta(hours=11)
    return LearningState(
        sender=Service.FORECASTER,
        emitted_at=now,
        automatic=False,
        values={"pv_factor": 0.96},
        proposals=(
            Proposal(
                parameter="battery_capacity_kwh", current=12.0, proposed=11.8, lowest=6.0,
                highest=12.0, proposed_at=night, samples=9,
                evidence="9 long charges show 11.2 kWh between 0 and 100 %, 93 % of what the "
                "configuration says.",
            ),
        ),
        changes=(
            LearnedChange(
                parameter="pv_factor", before=1.0, after=0.96, changed_at=night - 3 * DAY,
                automatic=False, evidence="PV was 5 % below the forecast over 14 days.",
            ),
        ),
        looked_at=night,
    )  # fmt: skip


def simulated(asked: SimulatePlan, now: datetime) -> Simulated:
    """The plan at hand, a little cheaper with a larger battery, and sold from where asked."""
    plan = schedule(now)
    sales = asked.changes.get("export_at", {})
    more = sum(float(one) for one in sales.values()) / 4
    larger = float(asked.changes.get("battery.capacity_kwh", 12.0)) - 12.0
    gain = 0.31 * larger + 1.1 * more - 0.12 * more**2
    made = [
        one.model_copy(
            update={
                "export_kw": max(one.export_kw, float(sales.get(one.start.isoformat(), 0.0))),
                "soc_percent": min(100.0, (one.soc_percent or 0.0) * 12 / (12 + larger) + 3),
            }
        )
        for one in plan.slots
    ]
    usual = Money(
        cost=18.42, objective=20.1, import_cost=27.9, export_revenue=11.2, wear_cost=1.72,
        stored_worth=9.4, import_kwh=14.6, export_kwh=16.1,
    )  # fmt: skip
    return Simulated(
        sender=Service.PLANNER,
        emitted_at=now,
        accepted=True,
        reason="it would cost less over the planned time",
        status="optimal",
        cost=usual.cost - gain,
        objective=usual.objective - gain,
        objective_change=-gain,
        import_cost=usual.import_cost + 0.4 * more,
        export_revenue=usual.export_revenue + 1.5 * more,
        wear_cost=usual.wear_cost + 0.11 * more,
        stored_worth=usual.stored_worth,
        usual=usual,
        schedule=plan.model_copy(update={"slots": tuple(made)}).model_dump(mode="json"),
    )


def _between(query: HistoryQuery, now: datetime, step: timedelta) -> Iterator[datetime]:
    assert query.start is not None
    first = slot_start(query.start)
    end = min(query.end or now, now)
    for number in range(max(0, (end - first) // step)):
        yield first + number * step


def _columns(what: Any, rows: list[dict[str, Any]], now: datetime) -> HistoryRows:
    names = rows[0] if rows else {}
    return history(what, {name: tuple(row[name] for row in rows) for name in names}, now)


def _soc(at: datetime) -> float:
    return 55 + 35 * math.sin(2 * math.pi * (hour(at) - 10) / 24)


def _outcomes(query: HistoryQuery, now: datetime) -> HistoryRows:
    rows = [
        {
            "start": one,
            "soc_percent_end": _soc(one) + 2.4 * math.sin(one.timestamp() / 9000),
            "planned_soc_percent_end": _soc(one),
        }
        for one in _between(query, now, SLOT)
    ]
    return _columns("outcomes", rows, now)


def _rollups(query: HistoryQuery, now: datetime) -> HistoryRows:
    told = rolled(query.model_copy(update={"end": min(query.end or now, now)}), now).columns
    costs, slots = told.get("cost", ()), told.get("expected_slots", ())
    columns = {
        **told,
        "day": tuple(f"{one:%Y-%m-%d}" for one in told.get("start", ())),
        "planned_slots": tuple(one - number % 3 for number, one in enumerate(slots)),
        "planned_cost": tuple(one - 0.9 * math.sin(3 * n) for n, one in enumerate(costs)),
        "cost_where_planned": costs,
    }
    return history("rollups", columns, now)


def _forecasts(query: HistoryQuery, now: datetime) -> HistoryRows:
    wide = 0.2 + (query.lead_hours or 0) / 100
    rows = [
        {
            "start": one, "quantity": quantity, "p10_kw": kw * (1 - wide), "p50_kw": kw,
            "p90_kw": kw * (1 + wide), "issued_at": one, "model_version": "m", "level": "graduate",
        }
        for one in _between(query, now, SLOT)
        for quantity, kw in (("load", appetite(one)), ("pv", 1.06 * sun(one)))
    ]  # fmt: skip
    return _columns("forecasts", rows, now)


def _prices(query: HistoryQuery, now: datetime) -> HistoryRows:
    ahead = query.lead_hours is not None
    rows = [
        {
            "start": one, "spot_per_kwh": spot(one) * (1.08 if ahead else 1), "kind": "published",
            "spot_p10_per_kwh": spot(one) - 0.3, "spot_p90_per_kwh": spot(one) + 0.3,
            "import_per_kwh": 1.25 * (spot(one) + 0.6846), "export_per_kwh": spot(one),
            "issued_at": one,
        }
        for one in _between(query, now, SLOT)
    ]  # fmt: skip
    return _columns("prices", rows, now)


def _strategies(query: HistoryQuery, now: datetime) -> HistoryRows:
    first = strategy(now).model_copy(
        update={"risk_appetite": 2, "price_regime": "usual", "rules": RULES[:1]}
    )
    stages = [
        (now - 3 * DAY, first),
        (now - 2 * DAY, first.model_copy(update={"risk_appetite": 3})),
        (now - timedelta(hours=5), strategy(now)),
    ]
    rows = [
        {
            **one.model_dump(mode="json", exclude={"message_id", "sender", "emitted_at", "rules"}),
            "emitted_at": at,
            "rules": json.dumps([rule.model_dump() for rule in one.rules]),
        }
        for at, one in stages
        if query.start is not None and at >= query.start
    ]
    return _columns("strategy", rows, now)


def _actions(query: HistoryQuery, now: datetime) -> HistoryRows:
    every = timedelta(minutes=15)
    rows = [_action(number, at) for number, at in enumerate(_between(query, now, every))]
    return _columns("actions", rows, now)


def _action(number: int, at: datetime) -> dict[str, Any]:
    """A change every third time, and what came of it the time after: one in forty fails."""
    kind = ("change", "settled", "slot")[number % 3]
    failed, change = number % 120 == 7, kind == "change"
    writes = _writes(failed=failed, change=change) if kind != "slot" else ()
    seen = Seen(soc_percent=_soc(at), pv_kw=sun(at), load_kw=appetite(at), work_mode="Zero Export")
    intent: Any = "charge_from_pv" if sun(at) > 1 else "self_consume"
    planned = Command(intent=intent, charge_kw=4.2, discharge_kw=0.0, soc_target_percent=90)
    commanded = planned.model_copy(update={"charge_kw": 5.0, "grid_kw": -0.4})
    dumped = {
        "planned": planned.model_dump_json(),
        "commanded": commanded.model_dump_json(),
        "writes": json.dumps([one.model_dump() for one in writes]),
        "before": seen.model_dump_json(),
        "after": seen.model_copy(update={"charge_kw": 3.1}).model_dump_json(),
    }
    return {
        "message_id": f"00000000-0000-0000-0000-{int(at.timestamp()):012d}", "caused_by": None,
        "emitted_at": at, "slot_start": slot_start(at), "rule": f"plan_{intent}",
        "reason": "stores the sun for the evening" if sun(at) > 1 else "covers the house",
        "intent": intent, **dumped, "soc_percent": _soc(at), "success": not failed,
        "duration_seconds": 1.4, "kind": kind,
        "planned_soc_percent": _soc(at + SLOT), "override": None,
        "skipped": "already set" if kind == "slot" else None, "ticks": 0 if change else 14,
        "version": "0.1.0",
    }  # fmt: skip


def _writes(*, failed: bool, change: bool) -> tuple[Write, ...]:
    return (
        Write(
            role="max_charge_current", entity="number.inverter_max_charging_current", before=96.0,
            wanted=104.0, after=96.0 if failed else 104.0,
            result="written" if change else "not_confirmed" if failed else "confirmed",
            detail="it still shows 96 after three tries" if failed else "",
        ),
        Write(
            role="work_mode", entity="select.inverter_work_mode", before="Zero Export To CT",
            wanted="Zero Export To CT", result="unchanged",
        ),
    )  # fmt: skip
