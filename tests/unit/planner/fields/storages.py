"""What each field of a battery does, and of a car, which is a battery that leaves."""

from __future__ import annotations

from typing import Any

from unit.planner.fields.probe import ABSENT, Probe, objective
from unit.planner.problems import a_battery, quiet

from darkstar_planner.core.solution import Solution

KINDS = ("batteries", "evs")


def names(made: Solution) -> object:
    """The batteries and cars that the plan speaks of."""
    return sorted([*made.slots[0].batteries, *made.slots[0].evs])


def a_storage_probe(
    kind: str, name: str, values: tuple[object, object], figures: tuple[object, object], **rest: Any
) -> Probe:
    """A probe in a house with one storage, of the fields `storage` besides those by default."""
    storage = a_battery(**rest.pop("storage", {}))
    house = rest.pop("house", {}) | {kind: [storage]}
    return Probe(path=f"{kind}[].{name}", values=values, figures=figures, house=house, **rest)


def of_both(kind: str) -> tuple[Probe, ...]:
    """Two hours of 2 kW at 1 and 3, unless said otherwise: an empty battery buys all at 1."""

    def probe(
        name: str, values: tuple[object, object], figures: tuple[object, object], **rest: Any
    ) -> Probe:
        return a_storage_probe(kind, name, values, figures, **rest)

    full: dict[str, Any] = {"stored_kwh": 10.0}
    sells = {"export_price": [3.0]}
    taper = [[0.0, 1.0], [10.0, 0.0]]
    curve = [[2.0, 3.0], [4.0, 1.5], [6.0, 0.5]]
    alone = {"price": (1.0,), "figure": objective}
    target = {"target_kwh": 3.0, "target_penalty_per_kwh": 4.0}
    goal = {"goals": [{"slot": 0, "kwh": 2.0, "penalty_per_kwh": 9.0}]}
    falling = {"price": (3.0, 1.0), "house": quiet(2), "storage": goal}
    return (
        probe("id", ("one", "other"), (["one"], ["other"]), figure=names),
        # room for 1 of the 2 kWh
        probe("capacity_kwh", (10.0, 1.0), (4.0, 3.0 + 3.0)),
        probe("max_kwh", (ABSENT, 1.0), (4.0, 3.0 + 3.0)),
        probe("stored_kwh", (0.0, 1.0), (4.0, 3.0)),
        probe("min_kwh", (0.0, 1.0), (2.0, 3.0), storage={"stored_kwh": 2.0}),
        probe("max_charge_kw", (5.0, 1.0), (4.0, 3.0 + 3.0)),
        probe("max_discharge_kw", (5.0, 0.5), (4.0, 2.5 + 1.5 * 3.0)),
        probe("charge_efficiency", (1.0, 0.8), (4.0, 2.0 + 2.0 / 0.8)),
        probe("discharge_efficiency", (1.0, 0.5), (4.0, 2.0 + 2.0 / 0.5)),
        probe("wear_cost_per_kwh", (0.0, 0.5), (4.0, 4.0 + 2.0 * 0.5)),
        # 1 kWh an hour is lost, and bought back at 1
        probe("standby_kw", (0.0, 1.0), (0.0, 2.0), storage={"stored_kwh": 4.0}),
        probe("charge_taper", ([], taper), (4.0, 3.0 + 3.0)),
        # 1 kW of 2 kWh, then 0.5 kW of 1
        probe(
            "discharge_taper",
            ([], [[0.0, 0.0], [4.0, 2.0]]),
            (2.0 * 3.0, 3.0 + 1.5 * 3.0),
            price=(3.0, 3.0),
            storage={"stored_kwh": 2.0},
        ),
        probe("terminal_value_per_kwh", (0.0, 1.5), (2.0, 2.0 + 5.0 - 7.5), **alone),
        probe("terminal_value_curve", ([], curve), (2.0, 2.0 + 4.0 - 6.0 - 3.0), **alone),
        probe("target_kwh", (ABSENT, 3.0), (2.0, 5.0), storage=target, **alone),
        probe("target_penalty_per_kwh", (4.0, 0.5), (5.0, 2.0 + 1.5), storage=target, **alone),
        probe("charge_from_grid", (True, False), (4.0, 8.0)),
        probe(
            "discharge_to_grid", (True, False), (-9.0, 0.0), price=(1.0,), house=sells, storage=full
        ),
        # at least 3 kW, of which 1 kWh is left over
        probe("min_charge_kw", (0.0, 3.0), (4.0, 2.0 + 3.0)),
        probe("goals[].slot", (0, 1), (2 * 3.0, 2 * 1.0), **falling),
        probe("goals[].kwh", (2.0, 1.0), (2 * 3.0, 1 * 3.0), **falling),
        probe(
            "goals[].penalty_per_kwh",
            (9.0, 1.0),
            (2 * 3.0, 2 * 1.0),
            **falling | {"figure": objective},
        ),
    )


CAR = {"target_kwh": 5.0, "target_penalty_per_kwh": 50.0}

OF_CARS = (
    a_storage_probe(
        "evs",
        "available",
        ([True, True], [True, False]),
        (5 * 1.0, 5 * 3.0),
        price=(3.0, 1.0),
        house=quiet(2),
        storage=CAR,
    ),
    # 5 kWh by the start of slot 1, or of slot 2
    a_storage_probe(
        "evs",
        "departure_slot",
        (2, 1),
        (5 * 1.0, 5 * 3.0),
        price=(3.0, 1.0),
        house=quiet(2),
        storage=CAR,
    ),
)

PROBES = (*of_both("batteries"), *of_both("evs"), *OF_CARS)
