"""Each slot says why it is as it is, in words a person would use, and what it says is true."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.planner.problems import a_battery, a_heater, a_problem, quiet
from unit.planner.test_every_plan import problems

from darkstar_planner.core.plan import plan
from darkstar_planner.core.problem import Problem
from darkstar_planner.core.solution import Solution, StoragePlan
from darkstar_planner.core.wishes import heating_days

NOTICED = 0.05
CENT = 0.0051


def said(**fields: Any) -> list[str]:
    return [slot.reason for slot in plan(a_problem(**fields)).slots]


def test_charging_says_what_it_is_for() -> None:
    found = said(import_price=[1.0, 3.0], load_kw=[1.0, 1.0], batteries=[a_battery()])
    assert found[0] == "charges: 1.00 now saves 3.00 at 01:00"
    assert found[1] == "discharges: saves import at 3.00"


def test_the_dearest_of_the_slots_it_serves_is_named() -> None:
    found = said(
        import_price=[1.0, 2.0, 4.0, 3.0], load_kw=[0.0, 1.0, 1.0, 1.0], batteries=[a_battery()]
    )
    assert found[0] == "charges: 1.00 now saves 4.00 at 02:00"


def test_energy_is_for_no_slot_after_the_battery_is_empty() -> None:
    found = said(
        import_price=[1.0, 2.0, 1.0, 3.0],
        load_kw=[0.0, 2.0, 0.0, 2.0],
        batteries=[a_battery(max_charge_kw=2.0)],
    )
    assert found[0] == "charges: 1.00 now saves 2.00 at 01:00"
    assert found[2] == "charges: 1.00 now saves 3.00 at 03:00"


def test_a_time_a_day_ahead_has_its_weekday() -> None:
    found = said(
        import_price=[0.5, *[1.0] * 24, 3.0],
        **quiet(26) | {"load_kw": [*[0.0] * 25, 1.0]},
        batteries=[a_battery()],
    )
    assert found[0] == "charges: 0.50 now saves 3.00 at Fri 01:00"
    assert found[1] == "keeps 1.0 kWh for Fri 01:00, when a kWh saves 3.00"
    assert found[2] == "keeps 1.0 kWh for 01:00, when a kWh saves 3.00"
    assert found[-1] == "discharges: saves import at 3.00"


def test_selling_says_what_it_earns() -> None:
    found = said(
        import_price=[5.0, 5.0],
        export_price=[0.0, 4.0],
        load_kw=[0.0, 0.0],
        batteries=[a_battery(stored_kwh=5.0)],
    )
    assert found == [
        "keeps 5.0 kWh for 01:00, when a kWh earns 4.00",
        "discharges: export earns 4.00",
    ]


def test_what_is_kept_says_for_when() -> None:
    found = said(
        import_price=[1.0, 1.0, 3.4],
        load_kw=[1.0, 1.0, 5.0],
        batteries=[a_battery(stored_kwh=5.0, max_charge_kw=0.0)],
    )
    assert found[:2] == ["keeps 5.0 kWh for 02:00, when a kWh saves 3.40"] * 2


def test_what_is_left_says_what_it_is_worth() -> None:
    found = said(
        import_price=[1.0, 2.0],
        load_kw=[0.0, 0.0],
        batteries=[a_battery(terminal_value_per_kwh=1.5)],
    )
    assert found[0] == "charges: 1.00 now is kept for after the plan, worth 1.50 there"
    assert found[1] == "keeps 5.0 kWh for after the plan"


@pytest.mark.parametrize(
    ("pv_kw", "words"),
    [(0.0, "runs the hot water at 1.00"), (9.0, "runs the hot water on own power")],
)
def test_a_heater_is_named_without_underscores_and_says_what_it_costs(
    pv_kw: float, words: str
) -> None:
    found = said(
        import_price=[1.0],
        load_kw=[0.0],
        pv_kw=[pv_kw],
        curtailable=False,
        heaters=[a_heater(id="hot_water", locked_on=[0])],
    )
    assert f"{words}: it has begun already" in found[0]


def test_a_heater_says_that_its_slots_are_cheap_or_its_rest_was_long() -> None:
    cheap = said(import_price=[2.0, 1.0, 3.0], heaters=[a_heater(daily_min_kwh=0.1)])
    assert cheap[1] == "runs the heater at 1.00: among the cheapest slots of its day"
    heater = a_heater(max_gap_hours=2.0, gap_penalty_per_hour=9.0, off_before_slots=0)
    due = said(import_price=[2.0, 2.0, 3.0, 3.0], heaters=[heater])
    assert "runs the heater at 2.00: it was off for 1.0 h" in due[1]


def test_a_load_says_by_when_it_is_to_be_done() -> None:
    washer = {"id": "dish_washer", "power_kw": 1.0, "hours": 1.0, "deadline_slot": 2}
    found = said(import_price=[1.0, 2.0, 0.5], deferrables=[washer])
    assert found[0] == "runs the dish washer at 1.00: to be done by 02:00"


def test_a_car_charges_by_its_departure() -> None:
    car = a_battery(id="car", max_discharge_kw=0.0, target_kwh=4.0, departure_slot=2)
    found = said(import_price=[1.0, 2.0, 0.5], evs=[car], **quiet(3))
    assert found[0] == "charges the car: 1.00 now for the 4.0 kWh wanted by 02:00"


def test_several_batteries_are_told_apart() -> None:
    both = [a_battery(id=name, max_charge_kw=1.0) for name in ("old", "new_one")]
    found = said(import_price=[1.0, 3.0], load_kw=[0.0, 2.0], batteries=both)
    assert "charges the old: 1.00 now saves 3.00 at 01:00" in found[0]
    assert "discharges the new one: saves import at 3.00" in found[1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"export_price": [-0.5]}, "curtails: export would earn -0.50"),
        (
            {"grid": {"max_export_kw": 1.0}, "export_price": [0.5]},
            "the grid takes no more than 1.0 kW",
        ),
        (
            {"inverter": {"max_ac_kw": 2.0}, "export_price": [0.5]},
            "curtails: the inverter carries no more than 2.0 kW",
        ),
    ],
)
def test_curtailment_says_what_keeps_the_sun_from_being_sold(
    fields: dict[str, Any], words: str
) -> None:
    found = said(import_price=[1.0], load_kw=[0.0], pv_kw=[5.0], **fields)
    assert words in found[0]


def test_a_surplus_is_sold() -> None:
    found = said(import_price=[1.0], export_price=[0.4], load_kw=[0.0], pv_kw=[2.0])
    assert found == ["exports the surplus at 0.40"]


def test_a_battery_keeps_the_house_within_the_peak() -> None:
    found = said(
        start="2026-01-01T12:00:00Z",
        import_price=[1.0, 1.0],
        load_kw=[1.0, 6.0],
        batteries=[a_battery(stored_kwh=3.0)],
        grid={"peak": {"price_per_kw": 50.0, "already_kw": 4.0}},
    )
    assert "stays within the month's peak of 4.0 kW" in found[1]


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"device": "battery", "charge_kw": 2.0}, "charges: you asked for this"),
        ({"device": "battery", "discharge_kw": 2.0}, "discharges: you asked for this"),
        ({"device": "battery", "charge_kw": 0.0}, "rests: you asked for this"),
        ({"device": "heater", "on": True}, "runs the heater at 1.00: you asked for this"),
        ({"device": "heater", "on": False}, "leaves the heater off: you asked for this"),
        ({"device": "washer", "on": True}, "runs the washer at 1.00: you asked for this"),
        ({"device": "grid", "export_kw": 0.0}, "exports 0.0 kW: you asked for this"),
        ({"device": "battery", "charge_kw": 9.0}, "not all that you asked of the battery fits"),
    ],
)
def test_what_a_person_asked_for_is_called_that(block: dict[str, Any], words: str) -> None:
    found = said(
        import_price=[1.0, 1.0],
        load_kw=[1.0, 1.0],
        batteries=[a_battery(stored_kwh=2.0 if "discharge_kw" in block else 0.0)],
        heaters=[a_heater(daily_min_kwh=0.0)],
        deferrables=[{"id": "washer", "power_kw": 1.0, "hours": 1.0}],
        fixed=[{"slot": 0} | block],
    )
    assert words in found[0]


def test_a_block_that_forbids_charging_is_no_reason_to_discharge() -> None:
    found = said(
        import_price=[3.0, 1.0],
        load_kw=[1.0, 1.0],
        batteries=[a_battery(stored_kwh=1.0)],
        fixed=[{"slot": 0, "device": "battery", "charge_kw": 0.0}],
    )
    assert found[0] == "discharges: saves import at 3.00"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"grid": {"max_import_kw": 1.0}}, "the fuse cannot carry the load"),
        ({"grid": {"import_limit_kw": 1.5}}, "0.50 kWh over the import limit"),
        (
            {"batteries": [a_battery(stored_kwh=0.0, min_kwh=6.0)]},
            "the battery is 1.00 kWh below its minimum",
        ),
        (
            {"evs": [a_battery(id="car", max_charge_kw=1.0, target_kwh=3.0)]},
            "the car is 2.00 kWh short of what it should have",
        ),
        (
            {"heaters": [a_heater(daily_min_kwh=50.0)]},
            "the heater gets 1.08 kWh less than its day needs",
        ),
        (
            {"pv_kw": [9.0], "curtailable": False, "grid": {"max_export_kw": 1.0}},
            "more sun than the house and the grid can take",
        ),
        (
            {"batteries": [a_battery(standby_kw=0.1, max_charge_kw=0.0)]},
            "the battery is empty",
        ),
    ],
)
def test_what_cannot_be_kept_is_said(fields: dict[str, Any], words: str) -> None:
    assert words in said(import_price=[1.0], **fields)[0]


@pytest.mark.parametrize(("limit_kw", "words"), [(0.9, "0.10 kWh over"), (0.998, "0.00")])
def test_what_would_be_told_as_nothing_is_not_told(limit_kw: float, words: str) -> None:
    (found,) = said(import_price=[1.0], load_kw=[1.0], grid={"import_limit_kw": limit_kw})
    assert (words in found) is (limit_kw == 0.9)


def test_nothing_is_never_negative() -> None:
    (found,) = said(import_price=[1.0], export_price=[-0.001], load_kw=[0.0], pv_kw=[5.0])
    assert found == "curtails: export would earn 0.00"


def test_nothing_to_do_says_so() -> None:
    assert said(import_price=[1.0], load_kw=[1.0]) == ["rests: nothing to gain"]


def test_a_plan_by_rule_has_reasons_too() -> None:
    from darkstar_planner.core.plan import planned_by_rule  # noqa: PLC0415 (only here)

    made = planned_by_rule(a_problem([1.0, 3.0], batteries=[a_battery(stored_kwh=3.0)]), "tried")
    assert all(slot.reason for slot in made.slots)


# From here on: each claim is looked up in the plan.


class Claim:
    """One part of a reason, with the plan it is about."""

    def __init__(self, problem: Problem, made: Solution, t: int, found: re.Match[str]) -> None:
        self.problem, self.made, self.t, self.found = problem, made, t, found
        self.slot = made.slots[t]

    def number(self, name: str) -> float:
        return float(self.found[name])

    def storage(self) -> str:
        """The id of the device it speaks of; without a name, of the only battery."""
        name = self.found["who"]
        if name is None:
            (battery,) = self.problem.batteries
            return battery.id
        return next(one.id for one in self.problem.storages if one.id.replace("_", " ") == name)

    def floor(self) -> float:
        return next(one.min_kwh for one in self.problem.storages if one.id == self.storage())

    def flows(self) -> list[StoragePlan]:
        return [(slot.batteries | slot.evs)[self.storage()] for slot in self.made.slots]

    def when(self) -> list[int]:
        """The later slots that begin at the time it names; T is the end."""
        ends = self.problem.start + timedelta(hours=self.problem.edges[-1])
        moments: Sequence[datetime] = (*self.problem.starts, ends)
        now = moments[self.t]
        local = [one.astimezone(self.problem.zone) for one in moments]
        return [
            s
            for s in range(self.t + 1, len(moments))
            if self.found["at"]
            == (
                f"{local[s]:%H:%M}"
                if moments[s] - now < timedelta(days=1)
                else f"{local[s]:%a %H:%M}"
            )
        ]

    def worth(self, s: int) -> float:
        sold = self.made.slots[s].export_kw > NOTICED
        return (self.problem.export_price if sold else self.problem.import_price)[s]

    def is_used_later(self, worth: float) -> bool:
        """Whether the storage discharges at the named time, for `worth`, never empty before."""
        flows = self.flows()
        return any(
            s < self.problem.count
            and flows[s].discharge_kw > NOTICED
            and abs(self.worth(s) - worth) < CENT
            and min(one.stored_kwh for one in flows[self.t : s]) > self.floor() + NOTICED
            for s in self.when()
        )

    def lasts(self) -> bool:
        """Whether what is stored now is not used up within the plan."""
        return min(one.stored_kwh for one in self.flows()[self.t :]) > self.floor() + NOTICED


def charges(claim: Claim) -> bool:
    source = claim.found["source"]
    if source.endswith("surplus now"):
        paid = claim.slot.import_kw <= NOTICED
        paid &= ("free" in source) == (claim.slot.curtailed_kw > NOTICED)
    else:
        price = claim.problem.import_price[claim.t]
        paid = claim.slot.import_kw > NOTICED and source == f"{round(price, 2) + 0.0:.2f} now"
    return paid and claim.flows()[claim.t].charge_kw >= NOTICED


def charges_for_later(claim: Claim) -> bool:
    return charges(claim) and claim.is_used_later(claim.number("worth"))


def charges_for_after(claim: Claim) -> bool:
    return charges(claim) and claim.lasts()


def charges_for_goal(claim: Claim) -> bool:
    flows = claim.flows()
    reached = [flows[s - 1].stored_kwh for s in claim.when()]
    no_more = any(stored <= claim.number("kwh") + 2 * NOTICED for stored in reached)
    return charges(claim) and no_more


def keeps_for_later(claim: Claim) -> bool:
    kept = claim.flows()[claim.t].stored_kwh - claim.floor()
    sells = claim.found["verb"] == "earns"
    sold = any(
        (claim.made.slots[s].export_kw > NOTICED) == sells
        for s in claim.when()
        if s < claim.problem.count
    )
    still = claim.flows()[claim.t]
    rests = max(still.charge_kw, still.discharge_kw) <= NOTICED
    right = abs(kept - claim.number("kwh")) < NOTICED + 1e-6
    return rests and sold and right and claim.is_used_later(claim.number("worth"))


def keeps_for_after(claim: Claim) -> bool:
    later = claim.flows()[claim.t + 1 :]
    unused = all(one.discharge_kw <= NOTICED for one in later)
    return unused and claim.lasts()


def discharges(claim: Claim) -> bool:
    return claim.flows()[claim.t].discharge_kw >= NOTICED


def sells(claim: Claim) -> bool:
    price = claim.problem.export_price[claim.t]
    return claim.slot.export_kw > NOTICED and abs(price - claim.number("worth")) < CENT


def saves(claim: Claim) -> bool:
    price = claim.problem.import_price[claim.t]
    no_export = claim.slot.export_kw <= NOTICED
    return discharges(claim) and no_export and abs(price - claim.number("worth")) < CENT


def runs(claim: Claim) -> bool:
    names = claim.slot.heaters | claim.slot.deferrables
    power = next(kw for name, kw in names.items() if name == claim.found["who"])
    paid, price = claim.found["paid"], claim.problem.import_price[claim.t]
    if paid.startswith("at "):
        return (
            power > 0
            and claim.slot.import_kw > NOTICED
            and paid == f"at {round(price, 2) + 0.0:.2f}"
        )
    return power > 0 and claim.slot.import_kw <= NOTICED


def runs_cheaply(claim: Claim) -> bool:
    (heater,) = claim.problem.heaters
    days = heating_days(claim.problem, heater)
    (slots,) = (day.slots for day in days if claim.t in day.slots)
    prices = claim.problem.import_price
    on = sum(claim.made.slots[t].heaters[heater.id] > 0 for t in slots)
    cheaper = sum(prices[t] < prices[claim.t] for t in slots)
    return runs(claim) and cheaper < on


def runs_locked(claim: Claim) -> bool:
    (heater,) = claim.problem.heaters
    return runs(claim) and claim.t in heater.locked_on


def curtails(claim: Claim) -> bool:
    return claim.slot.curtailed_kw > NOTICED


def is_broken(claim: Claim) -> bool:
    return any(one.slot == claim.t for one in claim.made.violations)


def nothing(claim: Claim) -> bool:
    flows = (*claim.slot.batteries.values(), *claim.slot.evs.values())
    powers = [kw for one in flows for kw in (one.charge_kw, one.discharge_kw)]
    powers += [*claim.slot.heaters.values(), *claim.slot.deferrables.values()]
    return all(kw <= NOTICED for kw in powers)


WHO = r"(?: the (?P<who>.+?))?"
SOURCE = r"(?P<source>-?[\d.]+ now|free surplus now|surplus now)"
AT = r"(?P<at>(?:\w{3} )?\d\d:\d\d)"
WORTH = r"(?P<worth>-?[\d.]+)"
PAID = r"(?P<paid>at -?[\d.]+|on own power|for nothing)"
LACKS = r"below its minimum|above its maximum|short of .*|less than .*|too long|is empty"
CLAIMS: dict[str, Callable[[Claim], bool]] = {
    rf"charges{WHO}: {SOURCE} saves {WORTH} at {AT}": charges_for_later,
    rf"charges{WHO}: {SOURCE} for the (?P<kwh>[\d.]+) kWh wanted by {AT}": charges_for_goal,
    rf"charges{WHO}: {SOURCE} makes up for what it loses at rest": charges,
    rf"charges{WHO}: {SOURCE} is kept for after the plan(, worth .+ there)?": charges_for_after,
    rf"discharges{WHO}: export earns {WORTH}": sells,
    rf"discharges{WHO}: saves import at {WORTH}": saves,
    rf"keeps(?: in the (?P<who>.+?))? (?P<kwh>[\d.]+) kWh for {AT}, "
    rf"when a kWh (?P<verb>saves|earns) {WORTH}": keeps_for_later,
    r"keeps(?: in the (?P<who>.+?))? [\d.]+ kWh for after the plan": keeps_for_after,
    rf"runs the (?P<who>.+?) {PAID}: among the cheapest slots of its day": runs_cheaply,
    rf"runs the (?P<who>.+?) {PAID}: it has begun already": runs_locked,
    rf"runs the (?P<who>.+?) {PAID}(: it was off for [\d.]+ h|: to be done by [\w :]+)?": runs,
    r"curtails: .+": curtails,
    r"exports [\d.]+ kW: you asked for this": lambda claim: bool(claim.problem.fixed),
    rf"exports the surplus at {WORTH}": sells,
    rf"the .* ({LACKS})": is_broken,
    r"more sun than .*|.* over the import limit|the fuse .*|not all that you asked .*": is_broken,
    r"rests: nothing to gain": nothing,
}


@settings(max_examples=120, deadline=None)
@given(problem=problems(), gap=st.sampled_from([1e-4, 0.5]))
def test_every_reason_is_true(problem: Problem, gap: float) -> None:
    options = problem.options.model_copy(update={"absolute_gap": gap})
    made = plan(problem.model_copy(update={"options": options}))
    for t, slot in enumerate(made.slots):
        assert slot.marginal_price is not None
        for part in slot.reason.split("; "):
            found = ((re.fullmatch(pattern, part), holds) for pattern, holds in CLAIMS.items())
            match, holds = next((one for one in found if one[0] is not None), (None, nothing))
            assert match is not None, f"nobody knows whether this is true: {part}"
            assert holds(Claim(problem, made, t, match)), f"slot {t}: {part}"
