"""What the name of an entity must speak of, and what not, to be taken for a role's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_BOUNDS = frozenset({"min", "max", "bound"})
_OTHERS = frozenset({"forecast", "health", "gadget"})
THINGS = frozenset({"ev", "water", "gadget"})
"""What a device is, and all its entities with it: the power of a wallbox is not the house's."""


@dataclass(frozen=True, slots=True)
class Clue:
    """Concepts that must be spoken of, and those that must not.

    Attributes:
        strong: That is enough to take the entity for the role's; else it is merely a hint.
    """

    needs: frozenset[str]
    shuns: frozenset[str]
    strong: bool = True

    def holds(self, own: frozenset[str], around: frozenset[str]) -> bool:
        """Whether the entity is what is looked for.

        Args:
            own: Concepts in the names of the entity itself.
            around: Those in its device's name too.
        """
        spoken = own | (around & THINGS)
        return self.needs <= spoken and not self.shuns & spoken


def _clue(needs: str, shuns: str = "", *, strong: bool = True) -> Clue:
    wanted = frozenset(needs.split())
    unwanted = frozenset(shuns.split()) | _OTHERS | _BOUNDS
    return Clue(wanted, unwanted - wanted, strong)


_PV = "house use battery grid import export charge discharge ev water part to"
_LOAD = "battery charge discharge ev water import export grid made to"
_GRID = "import export battery charge discharge pv house use ev water to"
_MARKET = "battery charge discharge ev water use house"
_COUNTER = "period phase"

CLUES: Mapping[str, tuple[Clue, ...]] = MappingProxyType({
    "battery_soc": (_clue("soc", "ev"), _clue("battery", "ev", strong=False)),
    "battery_power": (
        _clue("battery", "charge discharge pv house import export grid ev phase"),
        _clue("charge discharge", "ev grid phase"),
    ),
    "battery_charge_power": (
        _clue("battery charge", "discharge ev grid phase"),
        _clue("charge", "discharge ev", strong=False),
    ),
    "battery_discharge_power": (
        _clue("battery discharge", "charge ev grid phase"),
        _clue("discharge", "charge ev", strong=False),
    ),
    "pv_power": (_clue("pv", f"{_PV} phase"), _clue("made", _PV, strong=False)),
    "load_power": (_clue("house", f"{_LOAD} phase"), _clue("use", _LOAD, strong=False)),
    "grid_power": (_clue("grid", f"{_GRID} phase"),
                   _clue("grid", "battery pv ev water to", strong=False)),
    "import_power": (_clue("import", f"{_MARKET} export phase"),),
    "export_power": (_clue("export", f"{_MARKET} import phase"),),
    "grid_voltage": (_clue("grid", "battery pv ev part"),
                     _clue("phase", "battery pv ev part", strong=False)),
    "grid_status": (_clue("grid status", "battery pv ev water charge"),
                    _clue("grid", "battery pv ev water charge", strong=False)),
    "automation_switch": (_clue("automation", strong=False),),
    "alarm": (_clue("alarm", strong=False),),
    "water_power": (_clue("water", "ev phase"),),
    "water_temperature": (_clue("water", "ev"),),
    "ev_power": (_clue("ev", "phase battery pv house grid"),),
    "load_energy": (_clue("house", f"{_LOAD} {_COUNTER}"), _clue("use", _LOAD, strong=False)),
    "pv_energy": (_clue("pv", f"{_PV} {_COUNTER}"), _clue("made", _PV, strong=False)),
    "import_energy": (_clue("import", f"{_MARKET} export {_COUNTER}"),
                      _clue("import", f"{_MARKET} export", strong=False)),
    "export_energy": (_clue("export", f"{_MARKET} import {_COUNTER}"),
                      _clue("export", f"{_MARKET} import", strong=False)),
    "charge_energy": (_clue("battery charge", f"discharge ev grid {_COUNTER}"),
                      _clue("charge", "discharge ev", strong=False)),
    "discharge_energy": (_clue("battery discharge", f"charge ev {_COUNTER}"),
                         _clue("discharge", "charge ev", strong=False)),
    "water_energy": (_clue("water", f"ev {_COUNTER}"), _clue("water", "ev", strong=False)),
    "ev_energy": (_clue("ev", f"house grid pv {_COUNTER}"), _clue("ev", strong=False)),
    "water_setpoint": (Clue(frozenset({"water"}), frozenset({"ev", "gadget"})),),
    "water_switch": (_clue("water", "ev"),),
})  # fmt: skip
"""Role of the house to its clues, the best first."""

EV_CLUES: Mapping[str, tuple[Clue, ...]] = MappingProxyType({
    "charging": (_clue("ev charge", "battery"), _clue("ev", "battery", strong=False)),
    "current": (Clue(frozenset({"ev"}), frozenset({"phase", "battery", "gadget"})),),
    "power": (_clue("ev", "phase battery"),),
    "connected": (_clue("ev status", "battery"), _clue("ev", "battery", strong=False)),
    "soc": (_clue("ev soc"), _clue("ev", strong=False)),
})  # fmt: skip
"""The same for the roles of each vehicle."""
