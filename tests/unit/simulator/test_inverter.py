"""Each work mode at one moment, calculated by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.simulator.houses import deye

from darkstar_simulator.core.battery import BatteryLimits
from darkstar_simulator.core.dialects.deye import WorkMode
from darkstar_simulator.core.inverter import Flows, Wants, dispatch
from darkstar_simulator.core.parameters import HouseParameters, InverterParameters

INVERTER = InverterParameters(ac_limit_kw=6.0, own_kw=0.0, fuse_kw=10.0)
PARTS = HouseParameters(inverter=INVERTER)
READY = BatteryLimits(from_pv_kw=3.0, from_grid_kw=0.0, discharge_kw=4.0)
AT_TARGET = BatteryLimits(from_pv_kw=3.0, from_grid_kw=0.0, discharge_kw=0.0)
FULL = BatteryLimits(from_pv_kw=0.0, from_grid_kw=0.0, discharge_kw=4.0)
GRID_CHARGING = BatteryLimits(from_pv_kw=5.0, from_grid_kw=5.0, discharge_kw=0.0)


def flows(
    mode: WorkMode, battery: BatteryLimits, *, load: float, pv: float, export_w: float = 16000
) -> Flows:
    return dispatch(
        Wants(base_load_kw=load, water_kw=0.0, available_pv_kw=pv),
        battery=battery,
        control=deye(PARTS, work_mode=mode, export_surplus_power=export_w).control,
        inverter=INVERTER,
    )


@pytest.mark.parametrize(
    ("battery", "load", "pv", "export_w", "expected"),
    [
        # pv, curtailed, charge, discharge, import, export
        pytest.param(READY, 2, 2, 16000, (2, 0, 0, 0, 0, 0), id="pv covers load"),
        pytest.param(READY, 1, 3, 16000, (3, 0, 2, 0, 0, 0), id="surplus charges"),
        pytest.param(READY, 1, 6, 16000, (6, 0, 3, 0, 0, 2), id="rest is exported"),
        pytest.param(READY, 1, 6, 500, (4.5, 1.5, 3, 0, 0, 0.5), id="rest is curtailed"),
        pytest.param(READY, 1, 6, 0, (4, 2, 3, 0, 0, 0), id="no export at all"),
        pytest.param(FULL, 1, 9, 16000, (6, 3, 0, 0, 0, 5), id="AC limit curtails"),
        pytest.param(READY, 1, 10, 16000, (9, 1, 3, 0, 0, 5), id="charging is before the AC limit"),
        pytest.param(READY, 3, 1, 16000, (1, 0, 0, 2, 0, 0), id="battery covers the rest"),
        pytest.param(READY, 5.5, 1, 16000, (1, 0, 0, 4, 0.5, 0), id="at most its discharge limit"),
        pytest.param(READY, 8, 3, 16000, (3, 0, 0, 3, 2, 0), id="at most the AC limit"),
        pytest.param(AT_TARGET, 3, 1, 16000, (1, 0, 0, 0, 2, 0), id="grid covers it at target"),
        pytest.param(GRID_CHARGING, 1, 0, 16000, (0, 0, 5, 0, 6, 0), id="grid charges"),
        pytest.param(GRID_CHARGING, 1, 3, 16000, (3, 0, 5, 0, 3, 0), id="pv and grid charge"),
        pytest.param(GRID_CHARGING, 7, 0, 16000, (0, 0, 3, 0, 10, 0), id="fuse limits charging"),
        pytest.param(GRID_CHARGING, 8, 1, 16000, (1, 0, 3, 0, 10, 0), id="pv makes room for it"),
        pytest.param(GRID_CHARGING, 12, 0, 16000, (0, 0, 0, 0, 12, 0), id="load above the fuse"),
    ],
)
def test_zero_export_to_ct(
    battery: BatteryLimits, load: float, pv: float, export_w: float, expected: tuple[float, ...]
) -> None:
    found = flows(WorkMode.ZERO_EXPORT, battery, load=load, pv=pv, export_w=export_w)
    assert _figures(found) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("battery", "load", "pv", "export_w", "expected"),
    [
        pytest.param(READY, 1, 3, 2000, (3, 0, 0, 0, 0, 2), id="pv is exported, not stored"),
        pytest.param(READY, 1, 4, 2000, (4, 0, 1, 0, 0, 2), id="pv beyond the limit is stored"),
        pytest.param(READY, 1, 7, 2000, (6, 1, 3, 0, 0, 2), id="and then curtailed"),
        pytest.param(READY, 1, 0, 2000, (0, 0, 0, 3, 0, 2), id="battery feeds the grid"),
        pytest.param(READY, 1, 0, 16000, (0, 0, 0, 4, 0, 3), id="at its discharge limit"),
        pytest.param(READY, 1, 4, 16000, (4, 0, 0, 2, 0, 5), id="both up to the AC limit"),
        pytest.param(AT_TARGET, 1, 0, 16000, (0, 0, 0, 0, 1, 0), id="at target the grid serves"),
        pytest.param(AT_TARGET, 1, 3, 0, (3, 0, 2, 0, 0, 0), id="limit 0 stores"),
    ],
)
def test_export_first(
    battery: BatteryLimits, load: float, pv: float, export_w: float, expected: tuple[float, ...]
) -> None:
    found = flows(WorkMode.EXPORT_FIRST, battery, load=load, pv=pv, export_w=export_w)
    assert _figures(found) == pytest.approx(expected)


def test_grid_charging_stays_within_the_ac_limit() -> None:
    big = BatteryLimits(from_pv_kw=9.0, from_grid_kw=9.0, discharge_kw=0.0)
    assert flows(WorkMode.ZERO_EXPORT, big, load=0, pv=0).charge_kw == pytest.approx(6.0)
    assert flows(WorkMode.ZERO_EXPORT, big, load=0, pv=1).charge_kw == pytest.approx(7.0)


def test_no_more_is_exported_than_the_fuse_carries() -> None:
    found = dispatch(
        Wants(base_load_kw=1.0, water_kw=0.0, available_pv_kw=6.0),
        battery=FULL,
        control=deye(PARTS, work_mode=WorkMode.EXPORT_FIRST).control,
        inverter=InverterParameters(ac_limit_kw=6.0, own_kw=0.0, fuse_kw=2.0),
    )
    assert (found.export_kw, found.curtailed_kw) == pytest.approx((2.0, 3.0))


def test_load_includes_the_heater_and_own_use_is_apart() -> None:
    found = dispatch(
        Wants(base_load_kw=1.0, water_kw=3.0, available_pv_kw=0.0),
        battery=AT_TARGET,
        control=deye(PARTS).control,
        inverter=InverterParameters(ac_limit_kw=6.0, own_kw=0.1, fuse_kw=10.0),
    )
    assert (found.load_kw, found.water_kw) == pytest.approx((4.0, 3.0))
    assert found.import_kw == pytest.approx(4.1)


power = st.floats(0, 20)


@given(
    mode=st.sampled_from(WorkMode),
    load=power,
    pv=power,
    export_w=st.floats(0, 16000),
    from_pv=st.floats(0, 9),
    share=st.floats(0, 1),
    gives=st.floats(0, 9),
    charging=st.booleans(),
)
def test_any_moment_balances_and_keeps_the_limits(
    *,
    mode: WorkMode,
    load: float,
    pv: float,
    export_w: float,
    from_pv: float,
    share: float,
    gives: float,
    charging: bool,
) -> None:
    battery = BatteryLimits(
        from_pv_kw=from_pv,
        from_grid_kw=from_pv * share if charging else 0.0,
        discharge_kw=0.0 if charging else gives,
    )
    found = flows(mode, battery, load=load, pv=pv, export_w=export_w)
    given_in = found.pv_kw + found.discharge_kw + found.import_kw
    taken = found.load_kw + found.own_kw + found.charge_kw + found.export_kw
    assert given_in == pytest.approx(taken, abs=1e-9)
    assert min(_figures(found)) >= 0
    assert found.pv_kw + found.curtailed_kw == pytest.approx(pv, abs=1e-9)
    assert found.export_kw <= export_w / 1000 + 1e-9
    assert abs(found.pv_kw + found.discharge_kw - found.charge_kw) <= 6 + 1e-9
    assert found.charge_kw <= from_pv + 1e-9
    assert found.charge_kw == 0 or found.discharge_kw == 0
    assert found.import_kw <= max(10.0, load) + 1e-9
    if mode is WorkMode.ZERO_EXPORT:
        assert found.export_kw == 0 or found.discharge_kw == 0


def _figures(found: Flows) -> tuple[float, ...]:
    return (
        found.pv_kw,
        found.curtailed_kw,
        found.charge_kw,
        found.discharge_kw,
        found.import_kw,
        found.export_kw,
    )
