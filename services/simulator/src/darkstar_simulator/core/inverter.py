"""The hybrid inverter: who feeds whom at this moment.

All powers in kW, non-negative, constant over a stretch of time in which nothing changes. PV and
battery share the inverter's DC side; house and grid are on its AC side. `Control` says what each
of its fields does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from darkstar_simulator.core.battery import BatteryLimits
from darkstar_simulator.core.control import Control
from darkstar_simulator.core.parameters import InverterParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The powers of one moment [kW], none negative.

    PV + discharge + import = load + own + charge + export. `load_kw` is all consumption with water
    heater and car in it, `water_kw` the heater alone, `ev_kw` the car alone, `pv_kw` what is used
    of the PV and `curtailed_kw` what is not. `standby_kw` is lost from the store, `own_kw` is the
    inverter's own use on the AC side.
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
    ev_kw: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What house and sun bring at this moment [kW]."""

    base_load_kw: float
    water_kw: float
    available_pv_kw: float
    ev_kw: float = 0.0

    @property
    def load_kw(self) -> float:
        """All consumption [kW]."""
        return self.base_load_kw + self.water_kw + self.ev_kw


def dispatch(
    wants: Wants, *, battery: BatteryLimits, control: Control, inverter: InverterParameters
) -> Flows:
    """The flows under `control`.

    A load above the main fuse is imported all the same: the house has no breaker to trip.
    """
    load, pv = wants.load_kw, wants.available_pv_kw
    own = inverter.own_kw + battery.standby_ac_kw
    need = load + own
    if control.grid_setpoint_kw is not None:
        battery = battery.steered(control.grid_setpoint_kw - need + pv)
    outlet = min(need + min(control.export_kw, inverter.fuse_kw), inverter.ac_limit_kw)
    house = min(need, inverter.ac_limit_kw)
    selling = control.battery_serves == "grid" and battery.discharge_kw > 0
    reach = {"house": house, "grid": outlet, "nobody": 0.0}[control.battery_serves]

    pv_out = min(pv, outlet if control.pv_to == "grid" or selling else house)
    charge = min(pv - pv_out, battery.from_pv_kw)
    pv_out += min(pv - pv_out - charge, outlet - pv_out)
    discharge = min(max(reach - pv_out, 0.0), battery.discharge_kw)
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
        water_kw=wants.water_kw,
        ev_kw=wants.ev_kw,
        own_kw=own,
        pv_kw=pv_out + charge,
        curtailed_kw=max(pv - pv_out - charge, 0.0),
        charge_kw=charge + top_up,
        discharge_kw=discharge,
        import_kw=max(net, 0.0),
        export_kw=max(-net, 0.0),
        standby_kw=battery.standby_kw,
    )


def islanded(flows: Flows) -> Flows:
    """The same without a grid to import from: what cannot be served goes dark."""
    missing = flows.import_kw
    load = max(flows.load_kw - missing, 0.0)
    own = max(flows.own_kw - max(missing - flows.load_kw, 0.0), 0.0)
    return replace(flows, load_kw=load, own_kw=own, import_kw=0.0)
