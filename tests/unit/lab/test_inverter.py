"""What the house does with a command in a slot, by hand and for any house."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkstar_common.config import Battery, Config, Grid, Inverter
from darkstar_common.contract import Command, Intent
from darkstar_common.slots import SLOT_HOURS
from darkstar_executor.core import commands
from darkstar_lab.inverter import Flows, run_slot

HOUSE = Config(
    battery=Battery(
        capacity_kwh=10.0,
        min_soc_percent=10.0,
        max_charge_kw=4.0,
        max_discharge_kw=4.0,
        charge_efficiency=0.8,
        discharge_efficiency=0.5,
        standby_kw=0.0,
    ),
    water_heater=None,
    grid=Grid(max_import_kw=9.0, max_export_kw=3.0),
    inverter=Inverter(max_ac_kw=6.0),
)


def run(
    command: Command,
    *,
    load: float = 1.0,
    pv: float = 0.0,
    stored: float = 5.0,
    heater: float = 0.0,
) -> Flows:
    return run_slot(command, HOUSE, load_kw=load, pv_kw=pv, heater_kw=heater, stored_kwh=stored)


self_consume = partial(commands.self_consume, HOUSE)


def charge(kw: float, ceiling: float) -> Command:
    return commands.charge_from_grid(HOUSE, charge_kw=kw, ceiling=ceiling)


def export(kw: float, floor: float) -> Command:
    return commands.export(HOUSE, discharge_kw=kw, floor=floor)


@pytest.mark.parametrize(
    ("command", "given_", "expected"),
    [
        pytest.param(self_consume(), {}, {"discharge_kw": 1.0, "stored_kwh": 4.5}, id="covers"),
        pytest.param(self_consume(discharge_kw=0.4), {}, {"discharge_kw": 0.4, "import_kw": 0.6},
                     id="shares the load when told to"),
        pytest.param(self_consume(discharge_kw=0.0), {}, {"discharge_kw": 0.0, "import_kw": 1.0},
                     id="holds"),
        pytest.param(self_consume(floor=50.0), {}, {"discharge_kw": 0.0, "import_kw": 1.0},
                     id="stops at the floor it was given"),
        pytest.param(self_consume(), {"stored": 1.1}, {"discharge_kw": 0.2, "import_kw": 0.8},
                     id="stops at its own floor"),
        pytest.param(self_consume(), {"load": 6.0}, {"discharge_kw": 4.0, "import_kw": 2.0},
                     id="gives what it can"),
        pytest.param(self_consume(), {"heater": 2.0}, {"discharge_kw": 3.0}, id="heats as well"),
        pytest.param(self_consume(), {"pv": 3.0}, {"charge_kw": 2.0, "stored_kwh": 5.4},
                     id="stores what is left over"),
        pytest.param(self_consume(charge_kw=0.5), {"pv": 3.0}, {"charge_kw": 0.5, "export_kw": 1.5},
                     id="sells the rest when told to"),
        pytest.param(self_consume(), {"pv": 3.0, "stored": 9.9},
                     {"charge_kw": 0.5, "export_kw": 1.5}, id="sells what does not fit"),
        pytest.param(self_consume(), {"pv": 6.0, "stored": 10.0},
                     {"export_kw": 3.0, "curtailed_kw": 2.0}, id="cuts above the export limit"),
        pytest.param(self_consume(export_kw=0.0), {"pv": 3.0, "stored": 10.0},
                     {"export_kw": 0.0, "curtailed_kw": 2.0}, id="cuts when told to"),
        pytest.param(charge(3.0, 100.0), {}, {"charge_kw": 3.0, "import_kw": 4.0}, id="buys"),
        pytest.param(charge(3.0, 52.0), {}, {"charge_kw": 1.0, "stored_kwh": 5.2},
                     id="buys up to its ceiling"),
        pytest.param(charge(3.0, 40.0), {"pv": 2.0}, {"charge_kw": 1.0, "import_kw": 0.0},
                     id="stores the sun above its ceiling"),
        pytest.param(charge(4.0, 100.0), {"load": 7.0}, {"charge_kw": 2.0, "import_kw": 9.0},
                     id="keeps the fuse"),
        pytest.param(export(3.0, 10.0), {}, {"discharge_kw": 3.0, "export_kw": 2.0}, id="sells"),
        pytest.param(export(4.0, 46.0), {}, {"discharge_kw": 0.8, "import_kw": 0.2},
                     id="sells down to its floor"),
        pytest.param(export(4.0, 10.0), {"load": 0.5}, {"discharge_kw": 3.5, "export_kw": 3.0},
                     id="sells no more than the grid takes"),
        pytest.param(export(4.0, 10.0), {"load": 9.0, "pv": 5.0},
                     {"discharge_kw": 1.0, "import_kw": 3.0}, id="keeps the inverter's limit"),
    ],
)  # fmt: skip
def test_by_hand(command: Command, given_: dict[str, float], expected: dict[str, float]) -> None:
    flows = run(command, **given_)
    for name, value in expected.items():
        assert getattr(flows, name) == pytest.approx(value), name


def test_without_a_battery_the_grid_takes_and_gives() -> None:
    bare = HOUSE.model_copy(update={"battery": None})
    flows = run_slot(
        commands.self_consume(bare), bare, load_kw=1.0, pv_kw=3.0, heater_kw=0.0, stored_kwh=0.0
    )
    assert (flows.export_kw, flows.stored_kwh) == (2.0, 0.0)


def test_a_battery_at_its_floor_is_held_there_from_the_grid() -> None:
    leaky = HOUSE.model_copy(
        update={"battery": HOUSE.battery and HOUSE.battery.model_copy(update={"standby_kw": 0.08})}
    )
    flows = run_slot(
        commands.self_consume(leaky), leaky, load_kw=1.0, pv_kw=0.0, heater_kw=0.0, stored_kwh=1.0
    )
    assert flows.stored_kwh == pytest.approx(1.0)
    assert flows.import_kw == pytest.approx(1.0 + 0.08 / 0.8)


INTENTS: tuple[Intent, ...] = (
    "charge_from_grid", "charge_from_pv", "self_consume", "discharge", "export", "hold",
    "curtail", "idle",
)  # fmt: skip


@given(
    intent=st.sampled_from(INTENTS),
    limits=st.tuples(*[st.floats(0, 6)] * 3),
    target=st.floats(0, 100),
    house=st.tuples(st.floats(0, 8.5), st.floats(0, 8), st.floats(1, 10)),
)
def test_whatever_is_commanded_limits_are_kept_and_nothing_is_lost(
    intent: Intent,
    limits: tuple[float, ...],
    target: float,
    house: tuple[float, float, float],
) -> None:
    charge_kw, discharge_kw, export_kw = limits
    command = commands.limited(
        Command(
            intent=intent,
            charge_kw=charge_kw,
            discharge_kw=discharge_kw,
            export_kw=export_kw,
            soc_target_percent=target,
        ),
        HOUSE,
    )
    load, pv, stored = house
    flows = run(command, load=load, pv=pv, stored=stored)
    came = flows.import_kw + pv - flows.curtailed_kw + flows.discharge_kw
    assert came == pytest.approx(load + flows.export_kw + flows.charge_kw)
    gained = SLOT_HOURS * (0.8 * flows.charge_kw - flows.discharge_kw / 0.5)
    assert flows.stored_kwh == pytest.approx(stored + gained)
    assert 1 - 1e-9 <= flows.stored_kwh <= 10 + 1e-9
    through = pv - flows.curtailed_kw + flows.discharge_kw - flows.charge_kw
    assert abs(through) <= 6 + 1e-9
    assert flows.import_kw <= 9 + 1e-9
    assert flows.export_kw <= min(3, export_kw) + 1e-9
    for power in (flows.import_kw, flows.export_kw, flows.curtailed_kw):
        assert power >= 0
