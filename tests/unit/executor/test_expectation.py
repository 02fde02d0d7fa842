"""What each command implies for what is measured."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Battery, Config, Executor, Grid, Inverter
from darkstar_common.contract import Command, Intent
from darkstar_executor.core import commands
from darkstar_executor.core.expectation import asked, sight, told_limits
from darkstar_executor.core.measured import Measured
from darkstar_executor.profiles import load_profile

CONFIG = Config(
    battery=Battery(capacity_kwh=10, min_soc_percent=10, max_charge_kw=5, max_discharge_kw=5),
    grid=Grid(max_import_kw=11, max_export_kw=8),
    inverter=Inverter(max_ac_kw=8),
    executor=Executor(not_following_kw=0.5),
)
HOUSE: dict[str, Any] = {
    "soc_percent": 50.0, "pv_kw": 0.0, "load_kw": 0.5, "import_kw": 0.0, "export_kw": 0.0,
    "charge_kw": 0.0, "discharge_kw": 0.0, "grid_available": True,
}  # fmt: skip
CHARGE = commands.charge_from_grid(CONFIG, charge_kw=4.0, ceiling=80.0)
EXPORT = commands.export(CONFIG, discharge_kw=4.0, floor=20.0)


def calm(intent: Intent, **more: Any) -> Command:
    return commands.self_consume(CONFIG, intent=intent, **more)


def verdict(command: Command, **readings: Any) -> str:
    return sight(command, Measured(**HOUSE | readings), CONFIG).verdict


@pytest.mark.parametrize(
    ("command", "readings", "expected"),
    [
        (CHARGE, {"charge_kw": 4.0}, "follows"),
        (CHARGE, {"charge_kw": 3.6}, "follows"),
        (CHARGE, {"charge_kw": 3.4}, "deviates"),
        (CHARGE, {"discharge_kw": 0.5}, "deviates"),
        (CHARGE, {"charge_kw": 0.0, "soc_percent": 79.0}, "follows"),
        (CHARGE, {"charge_kw": 2.0, "import_kw": 10.6}, "follows"),
        (CHARGE, {"charge_kw": None}, "unknown"),
        (CHARGE, {"charge_kw": 0.0, "soc_percent": None}, "unknown"),
        (CHARGE, {"charge_kw": 0.0, "grid_available": False}, "follows"),
        (CHARGE, {"charge_kw": 4.0, "export_kw": 9.0}, "deviates"),
        (CHARGE.model_copy(update={"charge_kw": 0.3}), {"charge_kw": 0.0}, "follows"),
        (CHARGE.model_copy(update={"soc_target_percent": 100.0}),
         {"charge_kw": 1.0, "soc_percent": 96.0}, "follows"),
        (EXPORT, {"discharge_kw": 4.0}, "follows"),
        (EXPORT, {"discharge_kw": 3.4}, "deviates"),
        (EXPORT, {"charge_kw": 4.0}, "deviates"),
        (EXPORT, {"discharge_kw": 0.0, "soc_percent": 21.0}, "follows"),
        (EXPORT, {"discharge_kw": 3.0, "export_kw": 7.5}, "follows"),
        (EXPORT, {"discharge_kw": 1.5, "pv_kw": 6.0}, "follows"),
        (EXPORT, {"discharge_kw": None}, "unknown"),
        (calm("hold", discharge_kw=0.0), {"import_kw": 3.0}, "follows"),
        (calm("hold", discharge_kw=0.0), {"discharge_kw": 0.4}, "follows"),
        (calm("hold", discharge_kw=0.0), {"discharge_kw": 0.6}, "deviates"),
        (calm("hold", discharge_kw=0.0), {"charge_kw": 2.0}, "follows"),
        (calm("hold", discharge_kw=0.0), {"charge_kw": 2.0, "import_kw": 2.5}, "deviates"),
        (calm("hold", discharge_kw=0.0), {"discharge_kw": None, "charge_kw": None}, "unknown"),
        (calm("idle", charge_kw=0.0), {"export_kw": 3.0}, "follows"),
        (calm("idle", charge_kw=0.0), {"charge_kw": 3.0}, "deviates"),
        (calm("idle", charge_kw=0.0, discharge_kw=0.0), {"discharge_kw": 1.0}, "deviates"),
        (calm("curtail", charge_kw=1.0, export_kw=0.0), {"charge_kw": 1.0}, "follows"),
        (calm("curtail", charge_kw=1.0, export_kw=0.0), {"charge_kw": 2.0}, "deviates"),
        (calm("curtail", charge_kw=1.0, export_kw=0.0), {"export_kw": 2.0}, "deviates"),
        (calm("discharge", discharge_kw=1.0), {"discharge_kw": 1.0, "import_kw": 3.0}, "follows"),
        (calm("discharge", discharge_kw=1.0), {"discharge_kw": 3.0}, "deviates"),
        (calm("discharge", discharge_kw=5.0), {"discharge_kw": 3.0, "export_kw": 2.0}, "deviates"),
        (calm("self_consume"), {"discharge_kw": 0.5}, "follows"),
        (calm("self_consume"), {"import_kw": 0.4}, "follows"),
        (calm("self_consume"), {"import_kw": 2.0}, "deviates"),
        (calm("self_consume"), {"import_kw": 2.0, "soc_percent": 11.0}, "follows"),
        (calm("self_consume"), {"import_kw": 7.0, "discharge_kw": 4.8}, "follows"),
        (calm("self_consume"), {"import_kw": 3.0, "charge_kw": 2.5}, "deviates"),
        (calm("self_consume"), {"import_kw": 3.0, "charge_kw": 2.5, "soc_percent": 4.0},
         "follows"),
        (calm("self_consume"), {"export_kw": 3.0}, "deviates"),
        (calm("self_consume"), {"export_kw": 3.0, "charge_kw": 4.8}, "follows"),
        (calm("self_consume"), {"export_kw": 3.0, "soc_percent": 96.0}, "follows"),
        (calm("self_consume"), {"export_kw": 3.0, "charge_kw": None}, "follows"),
        (calm("charge_from_pv", charge_kw=2.0), {"export_kw": 3.0, "charge_kw": 2.0}, "follows"),
        (calm("charge_from_pv"), {"export_kw": 3.0, "charge_kw": 0.0}, "deviates"),
    ],
)  # fmt: skip
def test_what_a_command_implies(command: Command, readings: dict[str, Any], expected: str) -> None:
    assert verdict(command, **readings) == expected


@pytest.mark.parametrize("intent", get_args(Intent))
def test_nothing_known_is_unknown_never_disobedience(intent: Intent) -> None:
    blind = dict.fromkeys((*HOUSE,), None)
    assert verdict(calm(intent), **blind) == "unknown"


readings = st.fixed_dictionaries(
    {name: st.none() | st.floats(0, 20) for name in HOUSE if name.endswith("_kw")}
    | {"soc_percent": st.none() | st.floats(0, 100)}
)
some_command = st.sampled_from(
    [CHARGE, EXPORT, *(calm(one) for one in get_args(Intent) if one not in commands.FORCED)]
)


@given(some_command, readings)
def test_a_deviation_is_always_told_with_a_figure(command: Command, seen: dict[str, Any]) -> None:
    look = sight(command, Measured(**seen, grid_available=True), CONFIG)
    assert (look.verdict == "deviates") == bool(look.seen)
    assert look.verdict != "deviates" or " kW" in look.seen


@given(some_command, readings, st.sampled_from(sorted(HOUSE)))
def test_knowing_less_never_makes_a_house_disobedient(
    command: Command, seen: dict[str, Any], lost: str
) -> None:
    if lost in {"pv_kw", "grid_available", "import_kw", "export_kw"}:
        return  # these only excuse
    before = sight(command, Measured(**seen), CONFIG).verdict
    after = sight(command, Measured(**seen | {lost: None}), CONFIG).verdict
    assert not (after == "deviates" and before != "deviates")


@pytest.mark.parametrize(
    ("name", "intent", "lacking", "limits"),
    [
        ("deye", "discharge", (), {"charge", "discharge", "export"}),
        ("deye", "discharge", ("max_discharge_current",), {"charge", "export"}),
        ("growatt", "discharge", (), {"export"}),
        ("growatt", "export", (), {"discharge", "export"}),
    ],
)
def test_which_powers_a_house_can_be_limited_in(
    name: str, intent: Intent, lacking: tuple[str, ...], limits: set[str]
) -> None:
    profile = load_profile(name)
    assert told_limits(profile, intent, set(profile.settings) - set(lacking)) == limits


def test_a_power_it_cannot_be_limited_in_is_none_to_keep() -> None:
    shared, house = calm("discharge", discharge_kw=1.0), Measured(**HOUSE | {"discharge_kw": 3.0})
    assert sight(shared, house, CONFIG, frozenset({"discharge"})).verdict == "deviates"
    assert sight(shared, house, CONFIG, frozenset()).verdict == "follows"
    held = calm("hold", discharge_kw=0.0)
    assert sight(held, house, CONFIG, frozenset()).verdict == "deviates", "a hold is no limit"


def test_a_house_without_a_battery_has_nothing_to_follow() -> None:
    bare = CONFIG.model_copy(update={"battery": None})
    assert sight(CHARGE, Measured(**HOUSE), bare).verdict == "follows"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (CHARGE, "charge from grid: charge at most 4.0 kW"),
        (CHARGE, "up to 80 %"),
        (EXPORT, "down to 20 %"),
        (Command(intent="hold"), "hold"),
    ],
)
def test_a_command_in_words(command: Command, words: str) -> None:
    assert words in asked(command)
