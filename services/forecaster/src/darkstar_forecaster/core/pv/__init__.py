"""PV: physics first, then what this roof has shown of itself."""

from __future__ import annotations

from darkstar_forecaster.core.method import Method
from darkstar_forecaster.core.pv.method import Pv

PV: Method = Pv()
__all__ = ["PV"]
