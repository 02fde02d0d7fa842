"""The hybrid inverter: who feeds whom at this moment.

All powers in kW, non-negative, constant over a stretch of time in which nothing changes. PV and
battery share the inverter's DC side; house and grid are on its AC side.

*Zero Export To CT*: PV serves the house, then the battery, then the grid up to the export limit;
the battery serves the house while SoC is above the target and never the grid.
*Export First*: PV serves the house, then the grid up to the export limit, then the battery; the
battery serves both while SoC is above the target.
In both modes grid charging fills the battery up to the target, within AC limit and main fuse.
"""

from __future__ import annotations

from dataclasses import dataclass

from darkstar_simulator.core.battery import BatteryLimits
from darkstar_simulator.core.parameters import InverterParameters
from darkstar_simulator.core.settings import Settings, WorkMode

_KILO = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The powers of one moment [kW], none negative.

    PV + discharge + import = load + own + charge + export. `load_kw` is all consumption with the
    water heater in it, `water_kw` the heater alone, `pv_kw` what is used of the PV and
    `curtailed_kw` what is not. `standby_kw` is lost from the store, `own_kw` is the inverter's own
    use on the AC side.
    """

    load_kw: float
    water_kw: float
    own_kw: float
    pv_kw: float
    curtailed_kw: float
    charge_kw: float
    discharge_kw: float
    import_kw: float
    export_kw: float
    standby_kw: float = 0.0


def dispatch(
    *,
    base_load_kw: float,
    water_kw: float,
    available_pv_kw: float,
    battery: BatteryLimits,
    settings: Settings,
    inverter: InverterParameters,
) -> Flows:
    """The flows under `settings`.

    A load above the main fuse is imported all the same: the house has no breaker to trip.
    """
    load = base_load_kw + water_kw
    own = inverter.own_kw + battery.standby_ac_kw
    need = load + own
    export_first = settings.work_mode is WorkMode.EXPORT_FIRST
    may_export = min(settings.export_limit_w / _KILO, inverter.fuse_kw)
    outlet = min(need + may_export, inverter.ac_limit_kw)

    first = outlet if export_first else min(need, inverter.ac_limit_kw)
    pv_out = min(available_pv_kw, first)
    charge = min(available_pv_kw - pv_out, battery.from_pv_kw)
    pv_out += min(available_pv_kw - pv_out - charge, outlet - pv_out)
    discharge = min(max(first - pv_out, 0.0), battery.discharge_kw)
    top_up = max(
        0.0,
        min(
            battery.from_grid_kw - charge,
            inverter.ac_limit_kw + pv_out,
            inverter.fuse_kw - need + pv_out,
        ),
    )
    net = need - pv_out - discharge + top_up
    return Flows(
        load_kw=load,
        water_kw=water_kw,
        own_kw=own,
        pv_kw=pv_out + charge,
        curtailed_kw=max(available_pv_kw - pv_out - charge, 0.0),
        charge_kw=charge + top_up,
        discharge_kw=discharge,
        import_kw=max(net, 0.0),
        export_kw=max(-net, 0.0),
        standby_kw=battery.standby_kw,
    )
