"""Keys about what is kept, for how long and where."""

from __future__ import annotations

from unit.common.keys.probe import Probe

PROBES: tuple[Probe, ...] = ()
