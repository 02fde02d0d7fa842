"""The load forecast."""

from __future__ import annotations

from darkstar_forecaster.core.load.method import Load
from darkstar_forecaster.core.method import Method

LOAD: Method = Load()
__all__ = ["LOAD"]
