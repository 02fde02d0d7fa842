"""Keys of reflecting."""

from __future__ import annotations

from unit.common.keys.probe import Probe

PROBES: tuple[Probe, ...] = ()
