"""The brands that the house can speak, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from darkstar_simulator.core.dialects.deye import DEYE
from darkstar_simulator.core.dialects.dialect import Dialect, Values, plainly

__all__ = ["DIALECTS", "Dialect", "Values", "plainly"]

DIALECTS: Mapping[str, Dialect] = MappingProxyType({
    DEYE.name: DEYE,
})  # fmt: skip
