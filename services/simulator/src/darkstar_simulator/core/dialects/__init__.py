"""The brands that the house can speak, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.dialects.dialect import Dialect, Values, plainly
from darkstar_simulator.core.dialects.fronius import FRONIUS
from darkstar_simulator.core.dialects.generic import GENERIC
from darkstar_simulator.core.dialects.givenergy import GIVENERGY
from darkstar_simulator.core.dialects.goodwe import GOODWE
from darkstar_simulator.core.dialects.growatt import GROWATT
from darkstar_simulator.core.dialects.huawei import HUAWEI
from darkstar_simulator.core.dialects.solaredge import SOLAREDGE
from darkstar_simulator.core.dialects.solis import SOLIS
from darkstar_simulator.core.dialects.sungrow import SUNGROW
from darkstar_simulator.core.dialects.victron import VICTRON

__all__ = ["DIALECTS", "Dialect", "Values", "plainly"]

DIALECTS: Mapping[str, Dialect] = MappingProxyType({
    DEYE.name: DEYE,
    FRONIUS.name: FRONIUS,
    GENERIC.name: GENERIC,
    GIVENERGY.name: GIVENERGY,
    GOODWE.name: GOODWE,
    GROWATT.name: GROWATT,
    HUAWEI.name: HUAWEI,
    SOLAREDGE.name: SOLAREDGE,
    SOLIS.name: SOLIS,
    SUNGROW.name: SUNGROW,
    VICTRON.name: VICTRON,
})  # fmt: skip
