"""Planning problems of every kind that a house, a person or a broken sensor may make.

Each is drawn from a seed, as the JSON document that `darkstar-planner solve` reads.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

Draw = np.random.Generator
Document = dict[str, Any]

# around the turns of the clock in Stockholm, of a month and of a year
STARTS = (
    "2026-03-28T22:15:00Z",
    "2026-10-24T20:30:00Z",
    "2026-01-31T20:00:00Z",
    "2026-12-31T12:00:00Z",
    "2026-06-15T02:15:00Z",
    "2026-06-15T03:30:00Z",
)


def any_problem(seed: int) -> Document:
    """The problem of `seed`: 1 to 120 slots, up to 2 of each kind of device."""
    draw = np.random.default_rng([26, seed])
    count = int(draw.choice([1, 2, 5, 12, 24, 48, 120], p=[0.1, 0.1, 0.2, 0.2, 0.2, 0.15, 0.05]))
    document = _house(draw, count)
    document["batteries"] = [_battery(draw, n, count) for n in range(draw.integers(0, 3))]
    document["evs"] = [_car(draw, n, count) for n in range(draw.choice([0, 0, 1, 2]))]
    document["heaters"] = [_heater(draw, n, count) for n in range(draw.choice([0, 1, 1, 2]))]
    document["deferrables"] = [_load(draw, n, count) for n in range(draw.choice([0, 0, 1, 2]))]
    document["fixed"] = _fixed(draw, document, count)
    if maybe(draw, 0.15):
        document["scenarios"] = _scenarios(draw, document, count)
        document["commit_slots"] = int(draw.integers(1, count + 1))
    return document


def maybe(draw: Draw, chance: float) -> bool:
    """Yes, with that chance."""
    return bool(draw.random() < chance)


def pick(draw: Draw, *values: Any) -> Any:
    """One of `values`."""
    return values[int(draw.integers(len(values)))]


def given(**fields: Any) -> Document:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _house(draw: Draw, count: int) -> Document:
    spot = draw.normal(pick(draw, 0.0, 0.6, 2.0), pick(draw, 0.01, 0.5, 2.0), count)
    import_price = spot * pick(draw, 1.0, 1.25) + pick(draw, 0.0, 0.8)
    export_price = spot + pick(draw, -0.3, 0.0, 0.4)
    sun = np.clip(draw.normal(0, 3, count), 0, None) * pick(draw, 0, 1, 4)
    return given(
        start=pick(draw, *STARTS),
        timezone=pick(draw, "UTC", "Europe/Stockholm", "America/New_York"),
        slot_hours=_slot_hours(draw, count),
        import_price=_rounded(import_price),
        export_price=_rounded(export_price),
        load_kw=_rounded(draw.gamma(0.7, 1.5, count) * pick(draw, 0, 1, 3)),
        pv_kw=_rounded(sun),
        grid=_grid(draw),
        inverter=given(
            max_ac_kw=pick(draw, None, None, 0.0, 3.0, 9.0),
            dc_coupled=maybe(draw, 0.2),
            efficiency=pick(draw, 1.0, 0.95),
        ),
        curtailable=maybe(draw, 0.7),
        ramp_penalty_per_kw=pick(draw, None, None, 0.02),
        previous_power_kw=pick(draw, None, -3.0, 4.0),
        options={
            "time_limit_seconds": 5.0,
            "absolute_gap": pick(draw, 0.05, 0.001),
            "keep_threshold": pick(draw, 0.0, 0.2),
        },
    )


def _slot_hours(draw: Draw, count: int) -> Any:
    if maybe(draw, 0.15):
        return [pick(draw, 0.05, 0.25, 0.5, 1.0) for _ in range(count)]
    return pick(draw, None, 0.25, 0.25, 0.5, 1.0)


def _grid(draw: Draw) -> Document:
    grid = given(
        max_import_kw=pick(draw, None, 0.0, 4.0, 11.0, 17.0),
        max_export_kw=pick(draw, None, 0.0, 3.0, 11.0),
        import_limit_kw=pick(draw, None, None, 2.0),
        import_limit_penalty_per_kwh=pick(draw, None, 5.0),
    )
    if maybe(draw, 0.3):
        grid["peak"] = given(
            price_per_kw=pick(draw, 0.0, 3.0, 80.0),
            already_kw=pick(draw, None, 4.0, [5.0, 2.0]),
            hours=pick(draw, None, list(range(24)), [], [7, 17]),
            weekdays_only=maybe(draw, 0.5),
            top_n=pick(draw, None, 3),
        )
    return grid


def _storage(draw: Draw, count: int, capacity: float) -> Document:
    low = pick(draw, 0.0, 0.1 * capacity)
    high = pick(draw, None, capacity, 0.9 * capacity)
    most = pick(draw, 0.0, 3.0, 8.88)
    return given(
        capacity_kwh=capacity,
        # below its minimum, above its maximum and even above its capacity
        stored_kwh=round(float(draw.uniform(0.0, 1.05)) * capacity, 3),
        min_kwh=low,
        max_kwh=high,
        max_charge_kw=most,
        charge_efficiency=pick(draw, 1.0, 0.92),
        discharge_efficiency=pick(draw, 1.0, 0.95),
        wear_cost_per_kwh=pick(draw, 0.0, 0.05, 1.0),
        standby_kw=pick(draw, 0.0, 0.0, 0.08),
        charge_taper=pick(draw, None, None, [[0.0, 6.0], [0.8 * capacity, 6.0], [capacity, 1.0]]),
        discharge_taper=pick(draw, None, None, [[0.0, 0.0], [0.3 * capacity, 6.0]]),
        charge_from_grid=maybe(draw, 0.8),
        discharge_to_grid=maybe(draw, 0.8),
        min_charge_kw=pick(draw, 0.0, 0.0, min(1.4, most)),
        goals=[
            {
                "slot": int(draw.integers(count)),
                "kwh": round(float(draw.uniform(0, 1.2)) * capacity, 2),
                "penalty_per_kwh": pick(draw, 0.0, 0.5, 30.0),
            }
            for _ in range(draw.choice([0, 0, 0, 2]))
        ],
    )


def _battery(draw: Draw, number: int, count: int) -> Document:
    capacity = pick(draw, 2.0, 10.0, 34.2)
    worth = given(terminal_value_per_kwh=pick(draw, None, -0.5, 0.9))
    if maybe(draw, 0.4):
        worth = {"terminal_value_curve": [[0.3 * capacity, 2.0], [capacity, pick(draw, 0.4, -0.1)]]}
    wish = {"target_kwh": 0.6 * capacity} if maybe(draw, 0.2) else {}
    return (
        _storage(draw, count, capacity)
        | worth
        | wish
        | {
            "id": f"battery {number}",
            "max_discharge_kw": pick(draw, 0.0, 3.0, 8.88),
        }
    )


def _car(draw: Draw, number: int, count: int) -> Document:
    # a target that cannot be met, a departure at once or past the end
    return _storage(draw, count, pick(draw, 20.0, 60.0)) | given(
        id=f"car {number}",
        target_kwh=pick(draw, None, 15.0, 60.0),
        target_penalty_per_kwh=pick(draw, None, 10.0),
        departure_slot=pick(draw, None, 0, count // 2, 3 * count),
        available=pick(draw, None, [maybe(draw, 0.6) for _ in range(count)], [False] * count),
        max_discharge_kw=pick(draw, None, None, 5.0),
    )


def _heater(draw: Draw, number: int, count: int) -> Document:
    power = pick(draw, 1.0, 3.0)
    return given(
        id=f"heater {number}",
        power_kw=power,
        daily_min_kwh=pick(draw, 0.0, 2.0, 6.0, 100.0),
        heated_today_kwh=pick(draw, None, 1.3, 50.0),
        defer_hours=pick(draw, None, 6.0),
        max_gap_hours=pick(draw, None, 0.0, 3.3, 8.0),
        gap_penalty_per_hour=pick(draw, None, 0.3, 2.0),
        min_spacing_hours=pick(draw, None, 1.1, 5.0),
        start_penalty=pick(draw, None, 0.5, 3.0),
        on_before_slots=pick(draw, None, 0, 4),
        off_before_slots=pick(draw, None, 0, 7, 400),
        locked_on=pick(draw, None, None, [0], [0, 1, count + 50]),
        max_kw_steps=pick(draw, None, None, None, None, 3, [power / 3, power]),
    )


def _load(draw: Draw, number: int, count: int) -> Document:
    size: Document = pick(draw, {"hours": 1.0}, {"kwh": 0.0}, {"kwh": 2.3}, {"hours": 100.0})
    return size | given(
        id=f"load {number}",
        power_kw=pick(draw, 0.4, 2.0),
        earliest_slot=pick(draw, None, count // 3, 2 * count),
        deadline_slot=pick(draw, None, 0, count // 2, 2 * count),
        contiguous=pick(draw, None, False),
    )


def _fixed(draw: Draw, document: Document, count: int) -> list[Document]:
    if not maybe(draw, 0.25):
        return []
    wanted: list[Document] = [{"device": "grid", "export_kw": pick(draw, 0.0, 5.0)}]
    for one in (*document["batteries"], *document["evs"]):
        wanted.append({"device": one["id"], "charge_kw": pick(draw, 0.0, 2.0, 50.0)})
        wanted.append({"device": one["id"], "discharge_kw": pick(draw, 0.0, 2.0)})
    wanted += [
        {"device": one["id"], "on": maybe(draw, 0.5)}
        for one in (*document["heaters"], *document["deferrables"])
    ]
    chosen = [pick(draw, *wanted) for _ in range(draw.integers(1, 5))]
    return [one | {"slot": int(draw.integers(count))} for one in chosen]


def _scenarios(draw: Draw, document: Document, count: int) -> list[Document]:
    number = int(draw.integers(1, 4))
    share = pick(draw, 1.0, 0.8) / number
    return [
        given(
            probability=share,
            load_kw=_rounded(np.array(document["load_kw"]) * draw.uniform(0.5, 1.5)),
            pv_kw=_rounded(np.array(document["pv_kw"]) * draw.uniform(0.0, 1.5)),
            import_price=pick(draw, None, _rounded(draw.normal(1.0, 1.0, count))),
        )
        for _ in range(number)
    ]


def _rounded(values: Any) -> list[float]:
    return [round(float(one), 4) for one in values]


def a_slot_later(document: Document, earlier: Document) -> Document:
    """The same problem again with `earlier` as the hint, begun a slot later in time."""
    start = datetime.fromisoformat(document["start"]).astimezone(UTC) + timedelta(minutes=15)
    options = document["options"] | {"hint": earlier}
    return document | {"start": start.isoformat(), "options": options}
