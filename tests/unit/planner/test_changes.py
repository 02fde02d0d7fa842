"""What-ifs: any key of a plan can be different, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.common.keys.probe import changed
from unit.planner.houses import NOON, PLAIN
from unit.planner.test_inputs import complete

from darkstar_common.config import Config
from darkstar_common.contract import EvSet
from darkstar_common.slots import SLOT
from darkstar_planner.core.changes import ALIASES, Changes, known_names
from darkstar_planner.core.errors import ProblemError
from darkstar_planner.core.inputs import Inputs
from darkstar_planner.core.plan import plan

KNOWN = complete(Config())


def test_without_changes_nothing_is_different() -> None:
    assert KNOWN.changed({}) == KNOWN


def test_a_wish_can_be_different() -> None:
    wishes = KNOWN.changed(
        {
            "export_enabled": False,
            "risk_appetite": 1,
            "comfort": 5,
            "vacation": True,
            "vacation_until": "2026-01-08T12:00:00Z",
        }
    ).wishes
    assert not wishes.export_enabled
    assert (wishes.risk_appetite, wishes.comfort, wishes.vacation) == (1, 5, True)
    assert wishes.vacation_until is not None
    assert wishes.vacation_until.isoformat() == "2026-01-08T12:00:00+00:00"


def test_a_key_of_the_planner_that_is_a_wish_is_one() -> None:
    assert KNOWN.changed({"planner.risk_appetite": 5}).wishes.risk_appetite == 5
    assert KNOWN.changed({"planner.export_enabled": False}).wishes.export_enabled is False


def test_what_is_not_named_stays() -> None:
    vacation = replace(KNOWN, wishes=replace(KNOWN.wishes, vacation=True, comfort=1))
    wishes = vacation.changed({"comfort": 4}).wishes
    assert (wishes.vacation, wishes.comfort) == (True, 4)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("battery.capacity_kwh", 20.0),
        ("battery.charge_taper", [[80, 5], [100, 1]]),
        ("battery", None),
        ("grid.max_import_kw", 5.0),
        ("grid.peak", {"price_per_kw": 80}),
        ("inverter.dc_coupled", True),
        ("water_heater.daily_min_kwh", 0.0),
        ("water_heater", None),
        ("evs", [{"id": "van", "capacity_kwh": 75}]),
        ("has_solar", False),
        ("planner.horizon_hours", 12),
        ("planner.ramp_penalty_per_kw", 0.2),
    ],
)
def test_a_key_of_the_configuration_can_be_different(path: str, value: object) -> None:
    assert KNOWN.changed({path: value}).config == changed(Config(), path, value)


def test_the_short_names_are_the_planners_keys() -> None:
    config = KNOWN.changed({"horizon_hours": 24, "keep_threshold": 2.5}).config
    assert (config.planner.horizon_hours, config.planner.keep_threshold) == (24, 2.5)


def test_the_charge_can_be_different_and_needs_no_measurement() -> None:
    dark = replace(KNOWN, house=None)
    assert dark.obstacle(NOON) is not None
    problem = dark.changed({"soc_percent": 75}).planned(NOON).problem
    assert problem.batteries[0].stored_kwh == 7.5


@pytest.mark.parametrize(("name", "of"), [("pv_factor", "pv_kw"), ("load_factor", "load_kw")])
def test_another_roof_or_household_is_the_forecast_times_a_factor(name: str, of: str) -> None:
    usual, other = (one.planned(NOON).problem for one in (KNOWN, KNOWN.changed({name: 2})))
    assert getattr(other, of) == pytest.approx([2 * one for one in getattr(usual, of)])


def test_another_tariff_adds_to_every_price_of_a_kwh() -> None:
    other = KNOWN.changed({"import_add_per_kwh": 0.5, "export_add_per_kwh": -0.25})
    was, is_now = KNOWN.planned(NOON).problem, other.planned(NOON).problem
    assert is_now.import_price == pytest.approx([one + 0.5 for one in was.import_price])
    assert is_now.export_price == pytest.approx([one - 0.25 for one in was.export_price])


def test_quantiles_of_another_roof_stay_in_order_and_unknown_means_unknown() -> None:
    assert KNOWN.pv is not None
    scaled = KNOWN.changed({"pv_factor": 0.5}).pv
    assert scaled is not None
    for was, one in zip(KNOWN.pv.slots, scaled.slots, strict=True):
        assert one.p10_kw == 0.5 * was.p10_kw <= one.p50_kw <= one.p90_kw
        assert (one.mean_kw is None) == (was.mean_kw is None)


def test_what_is_to_be_sold_is_charged_for_before() -> None:
    at = NOON + 20 * SLOT
    usual = KNOWN.changed({"horizon_hours": 8})
    other = usual.changed({"export_at": {at.isoformat(): 4.0}})
    made = plan(other.planned(NOON).problem)
    assert made.slots[20].export_kw == pytest.approx(4.0, abs=1e-4)
    assert plan(usual.planned(NOON).problem).slots[20].export_kw < 3.9
    assert not [one for one in made.violations if one.what.startswith("fixed")]


def test_what_cannot_be_sold_is_told_and_what_is_beyond_the_horizon_left_out() -> None:
    later = NOON + 10_000 * SLOT
    other = KNOWN.changed({"horizon_hours": 4, "export_at": {later.isoformat(): 4.0}})
    assert other.planned(NOON).problem.fixed == ()
    much = KNOWN.changed({"horizon_hours": 4, "export_at": {NOON.isoformat(): 500.0}})
    told = [one for one in plan(much.planned(NOON).problem).violations if one.what == "fixed grid"]
    assert len(told) == 1
    assert told[0].amount > 400


def test_blocks_take_the_place_of_those_that_are_set() -> None:
    asked = {"action": "hold", "start": "2026-01-01T13:00:00Z", "end": "2026-01-01T14:00:00Z"}
    with_block = KNOWN.changed({"blocks": [asked]})
    assert [one.action for one in with_block.blocks] == ["hold"]
    assert with_block.changed({"blocks": []}).blocks == ()


def test_a_car_can_come_home_in_a_what_if() -> None:
    config = changed(PLAIN, "evs", [{}])
    inputs = complete(config).changed({"cars": {"car": {"soc_percent": 20}}})
    assert inputs.cars["car"].soc_percent == 20
    assert inputs.planned(NOON).problem.evs[0].stored_kwh == 12.0
    other = replace(inputs, cars={"van": EvSet()}).changed({"cars": {"car": {}}})
    new = complete(PLAIN).changed({"evs": [{"id": "van"}], "cars": {"van": {"soc_percent": 50}}})
    assert new.planned(NOON).problem.evs[0].stored_kwh == 30.0
    assert set(other.cars) == {"car", "van"}


def test_the_earlier_plan_is_left_out_unless_keeping_it_is_the_question() -> None:
    hinted = replace(KNOWN, hint={"slots": []})
    assert hinted.changed({"comfort": 1}).hint is None
    assert hinted.changed({"keep_threshold": 1.0}).hint == {"slots": []}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"battery.colour": 1}, "battery.colour: a what-if cannot change this"),
        ({"battery.capacty_kwh": 1}, "did you mean battery.capacity_kwh?"),
        ({"export": False}, "did you mean"),
        ({"qqq": 1}, "qqq: a what-if cannot change this; it can change export_enabled, risk_"),
        ({"": 1}, "'': a what-if cannot change this"),
        ({"tariff.vat_percent": 0}, "tariff.vat_percent: a what-if cannot change this"),
        ({"planner.interval_minutes": 1}, "planner.interval_minutes: a what-if cannot"),
        ({"battery.capacity_kwh": -1}, "battery.capacity_kwh: Input should be greater than 0"),
        ({"battery.capacity_kwh": "big"}, 'got "big"'),
        ({"battery.min_soc_percent": 100}, "battery.min_soc_percent: min_soc_percent 100 is not"),
        ({"planner.horizon_hours": 0}, "planner.horizon_hours: Input should be greater"),
        ({"horizon_hours": 1e9}, "planner.horizon_hours: Input should be less than"),
        ({"risk_appetite": 6}, "risk_appetite: Input should be less than or equal to 5, got 6"),
        ({"comfort": "warm"}, "comfort: Input should be a valid integer"),
        ({"soc_percent": 101}, "soc_percent: Input should be less than or equal to 100"),
        ({"soc_percent": float("nan")}, "soc_percent: "),
        ({"blocks": [{"action": "charge"}]}, "blocks.0.start: Field required"),
        (
            {"blocks": [{"action": "hold", "start": f"{NOON}", "end": f"{NOON}"}]},
            "blocks[0].end: is not after its start",
        ),
        ({"cars": {"van": {}}}, "cars.van: there is no such vehicle; none is configured"),
        ({"export_at": {"2026-01-01T12:01:00Z": 1}}, "export_at.2026-01-01T12:01:00Z.[key]: "),
        ({"pv_factor": -1}, "pv_factor: Input should be greater than or equal to 0, got -1"),
        ({"import_add_per_kwh": 1e6}, "import_add_per_kwh: Input should be less than"),
        ({"blocks": 3}, "blocks: Input should be a valid tuple, got 3"),
        ({"cars": {"car": {"soc_percent": -1}}}, "cars.car.soc_percent: Input should be greater"),
        ({"grid.peak.top_n": 2}, "grid.peak.top_n: there is no grid.peak in this house's"),
        ({"evs": [{"id": "battery"}]}, "evs: the id 'battery' is taken"),
    ],
)
def test_a_change_that_cannot_be_is_one_line_that_names_it(
    changes: dict[str, object], said: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        KNOWN.changed(changes)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_value_that_never_ends_is_shown_in_part() -> None:
    with pytest.raises(ProblemError) as refused:
        KNOWN.changed({"comfort": "warm" * 1000})
    assert len(str(refused.value)) < 200


def test_every_name_that_is_offered_is_understood() -> None:
    whole = complete(changed(Config(), "grid.peak", {}))
    content = whole.config.model_dump()
    for name in known_names():
        path = ALIASES.get(name, name)
        if path in Changes.model_fields:
            continue
        value: object = content
        for part in path.split("."):
            assert isinstance(value, dict)
            value = value[part]
        assert whole.changed({name: value}).config == whole.config


@settings(deadline=None)
@given(name=st.text(max_size=30), value=st.none() | st.integers() | st.text() | st.just([]))
def test_whatever_is_asked_for_is_done_or_refused_by_name(name: str, value: object) -> None:
    with suppress(ProblemError):
        assert isinstance(KNOWN.changed({name: value}), Inputs)


def test_a_what_if_changes_the_plan_and_not_the_inputs() -> None:
    plain = complete(changed(PLAIN, "planner.horizon_hours", 6))
    larger = plain.changed({"battery.capacity_kwh": 20.0})
    costs = [plan(one.planned(NOON).problem).objective for one in (plain, larger)]
    assert costs[1] < costs[0]
    assert plain.config == changed(PLAIN, "planner.horizon_hours", 6)
